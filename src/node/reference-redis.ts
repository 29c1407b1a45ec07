/*
 * The two servers that are compared
 * ---------------------------------
 * The real one is Redis 8.0: from ../shared/tools/reference-redis where that tool lies beside the
 * repository, else the `redis-server` of the PATH if its version is 8.0. Ours is bundled afresh from
 * src/node/redis-server.ts, so that what is compared is what stands in the working tree.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { REDIS_VERSION } from '../engine/index.ts';

const SERIES = REDIS_VERSION.split('.').slice(0, 2).join('.');

/** What stands in the way of a comparison, in one sentence. */
export class NoReferenceRedis extends Error {}

/** The folder of the real server's programs ('' when the PATH has them). Throws NoReferenceRedis. */
export function referenceFolder(): string {
  const tool = resolve('../shared/tools/reference-redis');
  if (existsSync(tool)) {
    const made = spawnSync(tool, { encoding: 'utf8' });
    if (made.status === 0) return made.stdout.trim();
  }
  const asked = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  const version = /v=(\d+\.\d+)/.exec(asked.stdout ?? '')?.[1];
  if (version === SERIES) return '';
  throw new NoReferenceRedis(
    version === undefined
      ? `There is no real Redis to compare with: put a redis-server of version ${SERIES} on the PATH.`
      : `The redis-server on the PATH is version ${version}; put one of version ${SERIES} there to compare with.`,
  );
}

/** The path of one of the real server's programs (redis-cli, redis-benchmark). */
export function referenceProgram(name: string): string {
  const folder = referenceFolder();
  return folder === '' ? name : join(folder, name);
}

/** Whether there is no real server, which a test then says once. */
export function isReferenceMissing(subject: string): boolean {
  try {
    referenceFolder();
    return false;
  } catch (error) {
    if (!(error instanceof NoReferenceRedis)) throw error;
    process.stderr.write(`${subject} with the real server is not tested: ${error.message}\n`);
    return true;
  }
}

/** What the real redis-cli prints for a command. */
export function askServer({ port }: RunningServer, ...words: string[]): string {
  return spawnSync(referenceProgram('redis-cli'), ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim();
}

let bundled: Promise<string> | undefined;

/** Bundles our server, once for all that this process starts, and returns the file. */
export function bundleOurServer(): Promise<string> {
  return (bundled ??= bundleOurs('redis-server'));
}

/** Bundles a program of this room and returns the file. */
export async function bundleOurs(program: 'redis-server' | 'program'): Promise<string> {
  const { rolldown } = await import('rolldown');
  const folder = resolve('node_modules/.cache/keyspace');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `compared-${program}-${process.pid}.mjs`);
  const made = await rolldown({ input: resolve(`src/node/${program}.ts`), platform: 'node', logLevel: 'warn' });
  await made.write({ file, format: 'esm' });
  await made.close();
  process.on('exit', () => rmSync(file, { force: true }));
  return file;
}

export interface RunningServer {
  readonly name: 'real' | 'ours';
  readonly port: number;
  readonly pid: number;
  /** The program has ended, asked or not. */
  readonly ended: () => boolean;
  /** What it wrote, for the report of a crash. */
  readonly output: () => string;
  stop(): Promise<void>;
}

async function start(name: 'real' | 'ours', program: string, words: readonly string[], port: number): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `keyspace-${name}-`));
  const child: ChildProcess = spawn(program, [...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer) => (output = (output + chunk.toString('latin1')).slice(-20000));
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  let ended = false;
  const end = new Promise<void>((done) => {
    child.once('exit', (code, signal) => {
      ended = true;
      output += `\n(ended with ${signal === null ? `code ${String(code)}` : signal})`;
      rmSync(folder, { recursive: true, force: true });
      done();
    });
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  for (let attempt = 0; ; attempt++) {
    if (await answers(port)) break;
    if (ended || attempt > 200) throw new Error(`the ${name} server does not answer on port ${port}:\n${output}`);
    await pauseMs(25);
  }
  return {
    name, port, pid: child.pid ?? 0,
    ended: () => ended,
    output: () => output,
    async stop() {
      process.removeListener('exit', kill);
      child.kill('SIGKILL');
      await end;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'));
    socket.once('data', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}

export const pauseMs = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Ports below those that the system gives to connections: one of these could take a port between the look and the listening. */
const FIRST_PORT = 21_500;
const PORTS = 11_000;
/** Processes of one test run begin apart, so that they seldom look at the same one. */
let lookedAt = (process.pid * 97) % PORTS;

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    lookedAt = (lookedAt + 1) % PORTS;
    const port = FIRST_PORT + lookedAt;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${FIRST_PORT} and ${FIRST_PORT + PORTS} is free`);
}

/** Whether somebody could listen there now. */
export const isFree = (port: number): Promise<boolean> => new Promise((done) => {
  const probe = net.createServer();
  probe.once('error', () => done(false));
  probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
});

export async function startRealServer(port: number, words: readonly string[] = []): Promise<RunningServer> {
  return start('real', referenceProgram('redis-server'), ['--port', String(port), '--save', '', '--daemonize', 'no', ...words], port);
}

export async function startOurServer(port: number, words: readonly string[] = []): Promise<RunningServer> {
  return start('ours', process.execPath, [await bundleOurServer(), '--port', String(port), '--save', '', ...words], port);
}

/** A Sentinel with these lines besides its port; the file is written for it. `left`: the file that another one has left. */
export async function startSentinel(kind: 'real' | 'ours', port: number, lines: readonly string[], left?: string): Promise<RunningServer & { readonly fileText: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), 'keyspace-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, left?.replace(/^dir .*$/m, `dir "${folder}"`) ?? `${[`port ${port}`, ...lines].join('\n')}\n`);
  const program = kind === 'real' ? [referenceProgram('redis-sentinel'), file] : [process.execPath, await bundleOurServer(), file, '--sentinel'];
  const started = await start(kind, program[0] ?? '', program.slice(1), port);
  return {
    ...started,
    fileText: () => readFileSync(file, 'utf8'),
    async stop() {
      await started.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
