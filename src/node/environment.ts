/*
 * The real world, as a server asks for it
 * ---------------------------------------
 * The same engine that runs in the page runs here as one OS process: wall clock, sockets and files
 * are real. One clock reading serves a whole turn of the event loop where the engine allows it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { performance } from 'node:perf_hooks';
import { createLuaVm, LuaMissing, type Bytes, type Clock, type CompiledModule, type Disk, type DiskError, type Env, type LuaSource, type Network, type OpenFile, type Random } from '../engine/index.ts';
import { resolveName } from './resolve-name.ts';
import { connectSocket } from './sockets.ts';

/** Longest real timer, in milliseconds: Node cuts longer ones to one. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** So long one measurement of the wall clock serves, in milliseconds. */
const WALL_CLOCK_SERVES_MS = 100;
/** The wall clock is read to whole milliseconds: it has been set only when it is off by more. */
const WALL_CLOCK_GRAIN_MS = 2;
let wallOriginMs = performance.timeOrigin;
let wallMeasuredMs = 0;

/** Microseconds of the wall clock, which Node reads to milliseconds only: counted on from the last time it was set. */
function wallClock(): number {
  const nowMs = performance.now();
  if (nowMs - wallMeasuredMs > WALL_CLOCK_SERVES_MS) {
    wallMeasuredMs = nowMs;
    const originMs = Date.now() - nowMs;
    if (Math.abs(originMs - wallOriginMs) > WALL_CLOCK_GRAIN_MS) wallOriginMs = originMs;
  }
  return Math.floor((wallOriginMs + nowMs) * 1000);
}

const clock: Clock = {
  now: wallClock,
  monotonic: () => Math.floor(performance.now() * 1000),
  after(us, _what, fn) {
    if (us === 0) {
      // Node makes a millisecond of no time at all, and a dataset is loaded in a great many slices.
      const next = setImmediate(fn);
      return () => clearImmediate(next);
    }
    const timer = setTimeout(fn, Math.min(us / 1000, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  spend(us) {
    if (us > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, us / 1000);
  },
};

/** xoshiro128** over a seed of 16 bytes from the operating system. */
function systemRandom(): Random {
  const seed = randomBytes(16);
  let [a, b, c, d] = [seed.readInt32LE(0), seed.readInt32LE(4), seed.readInt32LE(8), seed.readInt32LE(12) | 1];
  const next = (): number => {
    const scrambled = Math.imul((Math.imul(b, 5) << 7) | (Math.imul(b, 5) >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return scrambled;
  };
  return { below: (n) => Math.floor((next() / 0x100000000) * n), fork: systemRandom };
}

const MESSAGES: Readonly<Record<string, DiskError>> = {
  ENOENT: { code: 'ENOENT', message: 'No such file or directory' },
  EACCES: { code: 'EACCES', message: 'Permission denied' },
  EISDIR: { code: 'EISDIR', message: 'Is a directory' },
  ENOTDIR: { code: 'ENOTDIR', message: 'Not a directory' },
  EEXIST: { code: 'EEXIST', message: 'File exists' },
  ENOSPC: { code: 'ENOSPC', message: 'No space left on device' },
  ENOTEMPTY: { code: 'ENOTEMPTY', message: 'Directory not empty' },
};

function attempt<T>(work: () => T): T | DiskError {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return MESSAGES[code] ?? { code: 'EIO', message: 'Input/output error' };
  }
}

const done = (result: void | DiskError): DiskError | undefined => result ?? undefined;

const IO_ERROR: DiskError = { code: 'EIO', message: 'Input/output error' };

/** What flock says when another has the file. */
const LOCKED = 1;

/**
 * Node cannot lock a file, but a lock belongs to what was opened and not to who asked for it: the program of that name
 * takes it on the descriptor that it is given, and it stays when the program is gone. Where there is none, nothing is locked.
 */
const lockFile = (file: number): boolean => spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] }).status !== LOCKED;

function openFile(file: number): OpenFile {
  /** Calls of fsync that are under way: the descriptor is closed after the last. */
  let syncing = 0;
  let closing = false;
  const closeWhenIdle = (): void => {
    if (closing && syncing === 0) fs.closeSync(file);
  };
  return {
    append: (content) => done(attempt(() => {
      const bytes = Buffer.from(content, 'latin1');
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
    })),
    sync(finished) {
      syncing++;
      fs.fsync(file, (error) => {
        syncing--;
        closeWhenIdle();
        finished(error === null ? undefined : IO_ERROR);
      });
    },
    syncNow: () => done(attempt(() => fs.fsyncSync(file))),
    lock: () => lockFile(file),
    close() {
      closing = true;
      closeWhenIdle();
    },
  };
}

export const disk: Disk = {
  read: (path) => attempt(() => fs.readFileSync(path, 'latin1')),
  write: (path, content) => done(attempt(() => fs.writeFileSync(path, content, 'latin1'))),
  append: (path, content) => done(attempt(() => fs.appendFileSync(path, content, 'latin1'))),
  rename: (from, to) => done(attempt(() => fs.renameSync(from, to))),
  remove: (path) => done(attempt(() => fs.unlinkSync(path))),
  makeDirectory: (path) => done(attempt(() => fs.mkdirSync(path))),
  list: (path) => attempt(() => fs.readdirSync(path)),
  stat: (path) => attempt(() => {
    const stat = fs.statSync(path);
    return { kind: stat.isDirectory() ? ('directory' as const) : ('file' as const), sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
  }),
  open(path, how) {
    const file = attempt(() => fs.openSync(path, how === 'append' ? 'a' : 'w'));
    return typeof file === 'number' ? openFile(file) : file;
  },
  sync(path, finished) {
    fs.open(path, 'r', (openError, file) => {
      if (openError !== null) return finished(MESSAGES[openError.code ?? ''] ?? { code: 'EIO', message: 'Input/output error' });
      fs.fsync(file, (syncError) => fs.close(file, () => finished(syncError === null ? undefined : { code: 'EIO', message: 'Input/output error' })));
    });
  },
};

const network: Network = { connect: connectSocket, resolve: resolveName };

let compiledLua: CompiledModule | undefined;

function readLua(): Buffer<ArrayBuffer> {
  try {
    return fs.readFileSync(createRequire(import.meta.url).resolve('wasmoon-lua5.1/dist/liblua5.1.wasm'));
  } catch {
    throw new LuaMissing('the package wasmoon-lua5.1, which has Lua, is not installed beside this program');
  }
}

/** Lua's module, read and compiled when the first script comes. */
export const lua: LuaSource = {
  open() {
    compiledLua ??= new WebAssembly.Module(readLua());
    return createLuaVm(compiledLua);
  },
  sliceCostUs: 0,
};

/** What a shell tells of a program that cannot be run. */
const CANNOT_RUN = 2;

const runProgram: NonNullable<Env['run']> = ([program = '', ...words], ended) => {
  const toText = (bytes: Bytes): string => Buffer.from(bytes, 'latin1').toString('utf8');
  const child = spawn(toText(program), words.map(toText), { stdio: 'inherit' });
  let over = false;
  const once = (code: number, signal: number): void => {
    if (!over) ended(code, signal);
    over = true;
  };
  child.once('error', () => once(CANNOT_RUN, 0));
  child.once('exit', (code, signal) => once(code ?? 0, signal === null ? 0 : os.constants.signals[signal]));
  return { pid: child.pid ?? 0, kill: () => void child.kill('SIGKILL') };
};

/** Waits for an end of its input that comes with the end of this process, however that ends. */
const standIn: NonNullable<Env['standIn']> = (name, ended) => {
  const child = spawn('cat', [], { argv0: name, stdio: ['pipe', 'ignore', 'ignore'] });
  let isOver = false;
  child.on('error', () => {});
  child.once('exit', () => {
    if (!isOver) ended();
  });
  return child.pid === undefined ? undefined : {
    pid: child.pid,
    kill() {
      isOver = true;
      child.kill('SIGKILL');
    },
  };
};

/** The environment of this process. `write` takes the log lines (standard output, or the log file). */
export function nodeEnvironment(write: (text: Bytes) => void): Env {
  return {
    clock,
    random: systemRandom(),
    disk,
    network,
    lua,
    surroundings: {
      os: `${os.type()} ${os.release()} ${os.machine()}`,
      hostname: os.hostname(),
      pid: process.pid,
      executable: process.argv[1] ?? process.execPath,
      get directory() {
        return process.cwd();
      },
      totalMemoryBytes: os.totalmem(),
      cpu: () => process.cpuUsage(), // {user, system} in microseconds, as asked
    },
    run: runProgram,
    standIn,
    stdout: write,
    stderr: (text) => fs.writeSync(2, Buffer.from(text, 'latin1')),
    stop: () => void process.kill(process.pid, 'SIGSTOP'),
    exit: (code) => setImmediate(() => process.exit(code)),
  };
}
