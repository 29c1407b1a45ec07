/*
 * The test kit of the engine
 * --------------------------
 * A TestServer is a real Server on a clock that only moves when told, chance from a seed, a disk that
 * is a map, and sockets that are buffers. Nothing of the engine is mocked: what a test sees are the
 * bytes a client would see.
 *
 *     const { cases, transcript } = testKit(test);
 *
 *     cases('SET', [
 *       ['SET k v', OK],
 *       ['SET k v NX', nil, { given: ['SET k old'] }],
 *     ]);
 *
 *     transcript('a watched key', `
 *       a> WATCH k
 *       b> SET k 1
 *       a> MULTI
 *       a> EXEC
 *       a< (nil)
 *     `);
 *
 * The engine imports no package, so the kit is handed the test framework's `test`.
 */
import { digestOfValue } from './commands/server/digest.ts';
import { digestOfServer } from './inspect/digest.ts';
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';
import { commandTable } from './commands/index.ts';
import { Config, type Renaming } from './config/config.ts';
import { launch } from './config/launch.ts';
import type { DirectiveValue } from './config/values.ts';
import type { Clock, Disk, DiskError, Env, Network, OpenFile, Random, RunningProgram, SocketEvents } from './env.ts';
import type { ServerEvent } from './events.ts';
import { quote } from './monitor.ts';
import { Crc64 } from './persistence/crc64.ts';
import { encodeReply } from './protocol/writer.ts';
import { splitArguments } from './protocol/split-arguments.ts';
import { errorReply, type Reply, type TaggedReply } from './reply.ts';
import { localLuaModule } from './scripting/local-module.ts';
import { createLuaVm, type CompiledModule } from './scripting/wasm-lua.ts';
import { Server } from './server.ts';

export { OK, QUEUED, NIL_ARRAY as nilArray, status } from './reply.ts';

/** What an error reply looks like in a table of cases. */
export const error = (text: Bytes): TaggedReply => errorReply(text);
export const nil: Reply = null;

/** 2023-11-14 22:13:20 UTC, where every test begins: 1,700,000,000 s. */
export const TEST_EPOCH_MS = 1_700_000_000_000;

/** Lua's module, compiled once for all servers of a test file. */
function luaModule(): CompiledModule {
  const module = localLuaModule();
  if (module === undefined) throw new Error('tests run in Node');
  return module;
}

interface Timer {
  readonly atUs: number;
  readonly order: number;
  readonly what: string;
  readonly fn: () => void;
}

/** Time that stands still until advance() is called or somebody spends it. */
export class TestClock implements Clock {
  /** Microseconds since the epoch. */
  us: number;
  /** Added to every reading of the monotonic clock: makes each command take that long. */
  tickUs = 0;
  private timers: Timer[] = [];
  private order = 0;
  private readonly startedUs: number;

  constructor(nowMs: number = TEST_EPOCH_MS) {
    this.us = nowMs * 1000;
    this.startedUs = this.us;
  }

  now(): number {
    return this.us;
  }

  monotonic(): number {
    this.us += this.tickUs;
    return this.us - this.startedUs;
  }

  after(us: number, what: string, fn: () => void): () => void {
    const timer: Timer = { atUs: this.us + us, order: this.order++, what, fn };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  spend(us: number): void {
    this.us += us;
  }

  /** Moves on, running every timer on the way at its own moment. */
  advance(ms: number): void {
    const untilUs = this.us + ms * 1000;
    for (;;) {
      const next = this.timers.reduce<Timer | undefined>(
        (best, each) => (best === undefined || each.atUs < best.atUs || (each.atUs === best.atUs && each.order < best.order) ? each : best), undefined,
      );
      if (next === undefined || next.atUs > untilUs) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.us = Math.max(this.us, next.atUs);
      next.fn();
    }
    this.us = Math.max(this.us, untilUs);
  }
}

/** Numbers that look like chance and are the same in every run (mulberry32). */
export class SeededRandom implements Random {
  private state: number;
  private readonly seed: number;
  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * n);
  }
  fork(name: string): Random {
    let h = this.seed ^ 0x9e3779b9;
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
    return new SeededRandom(h);
  }
}

/** Files in a map; every write is durable at once. */
export class TestDisk implements Disk {
  readonly files = new Map<string, Bytes>();
  /** What every write is answered while it is set: a full disk, a broken one. */
  refuse: DiskError | undefined;
  /** What making durable is answered while it is set. */
  refuseSync: DiskError | undefined;
  /** How long it takes to make a file durable. */
  syncUs = 0;
  /** Open files and the names they go by now; a removed one has none. */
  private readonly opened = new Set<{ path: string | undefined }>();
  private readonly clock: Clock;
  constructor(clock: Clock) {
    this.clock = clock;
  }
  read(path: string): Bytes | DiskError {
    return this.files.get(path) ?? missing();
  }
  write(path: string, content: Bytes): DiskError | undefined {
    if (this.refuse !== undefined) return this.refuse;
    this.files.set(path, content);
    return undefined;
  }
  append(path: string, content: Bytes): DiskError | undefined {
    if (this.refuse !== undefined) return this.refuse;
    this.files.set(path, (this.files.get(path) ?? '') + content);
    return undefined;
  }
  rename(from: string, to: string): DiskError | undefined {
    const content = this.files.get(from);
    if (content === undefined) return missing();
    this.files.delete(from);
    this.files.set(to, content);
    for (const file of this.opened) {
      if (file.path === to) file.path = undefined;
      else if (file.path === from) file.path = to;
    }
    return undefined;
  }
  remove(path: string): DiskError | undefined {
    for (const file of this.opened) if (file.path === path) file.path = undefined;
    return this.files.delete(path) ? undefined : missing();
  }
  makeDirectory(): DiskError | undefined {
    return undefined;
  }
  list(path: string): string[] | DiskError {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.files.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }
  stat(path: string): { kind: 'file' | 'directory'; sizeBytes: number; modifiedMs: number } | DiskError {
    const content = this.files.get(path);
    return content === undefined ? missing() : { kind: 'file', sizeBytes: content.length, modifiedMs: Math.floor(this.clock.now() / 1000) };
  }
  sync(_path: string, done: (error?: DiskError) => void): void {
    this.clock.after(this.syncUs, 'disk sync', () => done(this.refuseSync));
  }
  open(path: string, how: 'append' | 'truncate'): OpenFile | DiskError {
    const problem = how === 'truncate' ? this.write(path, '') : this.append(path, '');
    if (problem !== undefined) return problem;
    const file: { path: string | undefined } = { path };
    this.opened.add(file);
    return {
      append: (content) => (file.path === undefined ? this.refuse : this.append(file.path, content)),
      sync: (done) => this.sync(path, done),
      syncNow: () => this.refuseSync,
      close: () => void this.opened.delete(file),
    };
  }
}

const missing = (): DiskError => ({ code: 'ENOENT', message: 'No such file or directory' });

export interface TestServerOptions {
  readonly config?: Readonly<Record<string, DirectiveValue>>;
  readonly renamings?: readonly Renaming[];
  /** Files that are there when it starts, by absolute path. */
  readonly files?: Readonly<Record<string, Bytes>>;
  readonly seed?: number;
  /** Started as a Sentinel, by the configuration file of its host at this path. */
  readonly sentinel?: Bytes;
  /** Shared with other servers; by default each has a clock of its own and reaches nobody. */
  readonly clock?: TestClock;
  readonly network?: Network;
  /** What becomes of a program that the server starts. */
  readonly run?: (argv: readonly Bytes[], ended: (code: number, signal: number) => void) => RunningProgram | undefined;
  readonly nowMs?: number;
}

/** A server with everything around it under the test's control. */
export class TestServer {
  readonly clock: TestClock;
  readonly disk: TestDisk;
  readonly env: Env;
  readonly server: Server;
  /** What the server announced since the test began or cleared it. */
  readonly events: ServerEvent[] = [];
  stdout: Bytes = '';
  exitCode: number | undefined;
  private readonly clients = new Map<string, TestClient>();
  private nextPort = 50001;

  constructor(options: TestServerOptions = {}) {
    this.clock = options.clock ?? new TestClock(options.nowMs);
    this.disk = new TestDisk(this.clock);
    for (const [path, content] of Object.entries(options.files ?? {})) this.disk.files.set(path, content);
    this.env = {
      clock: this.clock,
      random: new SeededRandom(options.seed ?? 1),
      disk: this.disk,
      network: options.network ?? { connect: (_address, on) => on.closed('refused') },
      lua: { open: () => createLuaVm(luaModule()), sliceCostUs: 1000 },
      surroundings: {
        os: 'Linux 6.1.0 x86_64', hostname: 'test', pid: 4711, executable: '/usr/bin/redis-server', directory: '/data',
        totalMemoryBytes: 4 * 1024 ** 3, cpu: () => ({ user: 0, system: 0 }),
      },
      ...(options.run === undefined ? {} : { run: options.run }),
      stdout: (text) => (this.stdout += text),
      stderr: (text) => (this.stdout += text),
      exit: (code) => (this.exitCode = code),
    };
    const config = options.sentinel === undefined ? new Config() : this.launchSentinel(options.sentinel);
    for (const [name, value] of Object.entries(options.config ?? {})) config.put(name, value);
    config.renamings.push(...(options.renamings ?? []));
    this.server = new Server(this.env, config);
    this.server.start();
  }

  /** What redis-sentinel makes of its command line. */
  private launchSentinel(path: Bytes): Config {
    const started = launch(this.env, [path], { resolve: (each) => each, changeDirectory: () => undefined, readStdin: () => '', isTerminal: false, isSentinel: true, commands: commandTable });
    if (started.kind === 'exit') throw new Error(`the Sentinel does not start: ${this.stdout}`);
    return started.config;
  }

  /** Collects events from now on: listening costs the server a little, so it is asked for. */
  listen(): ServerEvent[] {
    this.server.events.listen((event) => this.events.push(event));
    return this.events;
  }

  /** The client of this name, connected when first asked for. */
  client(name = 'a'): TestClient {
    let client = this.clients.get(name);
    if (client === undefined) {
      client = new TestClient(this.server, `127.0.0.1:${this.nextPort++}`);
      this.clients.set(name, client);
    }
    return client;
  }

  /** A client that is done with: the next of its name connects anew. */
  forget(name: string): void {
    this.clients.delete(name);
  }

  /** Sends a line as redis-cli would split it and returns the bytes of the reply. */
  send(line: Bytes, client = 'a'): Bytes {
    return this.client(client).send(line);
  }

  /** The same for words that are already split. */
  sendArgv(argv: readonly Bytes[], client = 'a'): Bytes {
    return this.client(client).sendArgv(argv);
  }

  /** Sends and reads the reply back as a value that shows well in a failed test: `(integer) 1`, `"v"`. */
  ask(line: Bytes, client = 'a'): string {
    return showWire(this.send(line, client));
  }

  /** What DEBUG DIGEST tells of the whole dataset, or DIGEST-VALUE of a key of the first database, whether that command is allowed or not. */
  digest(key?: Bytes): Bytes {
    if (key === undefined) return digestOfServer(this.server);
    const object = this.server.firstDatabase.lookupNoTouch(key);
    if (object === undefined) throw new Error(`there is no key ${key}`);
    return digestOfValue(object, false);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }
}

/** One connection: what it sends is served at once, what it receives gathers in `received`. */
export class TestClient {
  received: Bytes = '';
  closed = false;
  /** False: what is sent to it stays with the server. */
  isReading = true;
  private readonly events: SocketEvents;
  private readonly server: Server;
  private readonly address: string;

  constructor(server: Server, address: string) {
    this.server = server;
    this.address = address;
    this.events = server.accept({
      peer: address,
      local: '127.0.0.1:6379',
      send: (chunk) => (this.received += chunk),
      unsentBytes: () => (this.isReading ? 0 : this.received.length),
      close: () => (this.closed = true),
    });
  }

  /** The server's side of this connection. */
  get serverSide(): Client {
    for (const client of this.server.clients.values()) if (client.socket?.peer === this.address) return client;
    throw new Error(`the server has no client ${this.address}`);
  }

  /** Bytes as they are; returns all that came back meanwhile. */
  raw(bytes: Bytes): Bytes {
    this.events.data(bytes);
    return this.take();
  }

  sendArgv(argv: readonly Bytes[]): Bytes {
    return this.raw(encodeReply(argv, 2));
  }

  send(line: Bytes): Bytes {
    const argv = splitArguments(line);
    if (argv === undefined) throw new Error(`unbalanced quotes: ${line}`);
    return this.sendArgv(argv);
  }

  /** What has been received since the last take. */
  take(): Bytes {
    const bytes = this.received;
    this.received = '';
    return bytes;
  }

  disconnect(): void {
    this.events.closed('closed by the test');
  }
}

/** A payload for RESTORE made of any type, body and version: with the checksum that such content has. */
export const sealedPayload = (content: Bytes): Bytes => content + new Crc64().update(content).bytes;

// --- showing ------------------------------------------------------------------------------------

/** Replies on one line, much as redis-cli prints them: `1) "a"  2) (nil)`. */
export function showWire(bytes: Bytes): string {
  if (bytes === '') return '(no reply)';
  const shown: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [text, next] = showOne(bytes, at);
    shown.push(text);
    at = next;
  }
  return shown.join(' | ');
}

function showOne(bytes: Bytes, start: number): [string, number] {
  const end = bytes.indexOf('\r\n', start);
  if (end === -1) return [`(incomplete) ${quote(bytes.slice(start))}`, bytes.length];
  const line = bytes.slice(start + 1, end);
  const next = end + 2;
  switch (bytes.charAt(start)) {
    case '+':
      return [line, next];
    case '-':
      return [`(error) ${line}`, next];
    case ':':
      return [`(integer) ${line}`, next];
    case ',':
      return [`(double) ${line}`, next];
    case '#':
      return [line === 't' ? '(true)' : '(false)', next];
    case '(':
      return [line, next];
    case '_':
      return ['(nil)', next];
    case '$':
    case '=': {
      const length = Number(line);
      return length < 0 ? ['(nil)', next] : [quote(bytes.slice(next, next + length)), next + length + 2];
    }
    case '*':
    case '~':
    case '>':
    case '%': {
      const isMap = bytes.charAt(start) === '%';
      const count = Number(line);
      if (count < 0) return ['(nil)', next];
      if (count === 0) return [isMap ? '(empty hash)' : bytes.charAt(start) === '~' ? '(empty set)' : '(empty array)', next];
      const items: string[] = [];
      let at = next;
      for (let i = 1; i <= count; i++) {
        const [text, after] = showOne(bytes, at);
        at = after;
        if (!isMap) {
          items.push(`${i}) ${text}`);
          continue;
        }
        const [value, afterValue] = showOne(bytes, at);
        at = afterValue;
        items.push(`${i}# ${text} => ${value}`);
      }
      return [items.join('  '), at];
    }
    default:
      return [`(not RESP) ${quote(bytes.slice(start))}`, bytes.length];
  }
}

// --- forms of test --------------------------------------------------------------------------------

export interface CaseOptions extends TestServerOptions {
  /** Lines that run before, on the same server; none may answer an error. */
  readonly given?: readonly Bytes[];
  /** Milliseconds that pass between `given` and the line. */
  readonly later?: number;
  /** Lines with their replies that run afterwards and show what has become of the data. */
  readonly after?: readonly (readonly [Bytes, Reply])[];
  /** Dirty count that the line must leave behind. */
  readonly dirty?: number;
  /** The keyspace notifications the line must send, as `event key`. */
  readonly notifies?: readonly string[];
  readonly resp?: 2 | 3;
}

export type Case = readonly [line: Bytes, reply: Reply, options?: CaseOptions];

type TestFunction = (name: string, run: () => void) => void;

/** Binds the kit to a test framework. */
export function testKit(test: TestFunction) {
  /** One test for each row, each on a server of its own. */
  function cases(name: string, rows: readonly Case[]): void {
    for (const [line, reply, options = {}] of rows) {
      const given = options.given === undefined ? '' : ` after ${options.given.join(', ')}`;
      test(`${name}: ${line}${given}`, () => checkCase(line, reply, options));
    }
  }

  /** What several clients see, as a session. See runTranscript for the lines it knows. */
  function transcript(name: string, text: string, options: TestServerOptions = {}): void {
    test(name, () => runTranscript(text, new TestServer(options)));
  }

  return { cases, transcript };
}

/** Runs one row; throws an Error that tells what was expected. */
export function checkCase(line: Bytes, reply: Reply, options: CaseOptions): void {
  const world = new TestServer(options);
  for (const given of options.given ?? []) {
    const answer = world.send(given);
    if (answer.startsWith('-')) throw new Error(`given ${given}: ${showWire(answer)}`);
  }
  if (options.later !== undefined) world.advance(options.later);
  if (options.resp === 3) world.client().serverSide.resp = 3;
  const dirtyBefore = world.server.dirty;
  const events = options.notifies === undefined ? [] : world.listen();
  expectReply(line, world.send(line), reply, options.resp ?? 2);
  if (options.dirty !== undefined && world.server.dirty - dirtyBefore !== options.dirty) {
    throw new Error(`${line}: expected ${options.dirty} changes, counted ${world.server.dirty - dirtyBefore}`);
  }
  if (options.notifies !== undefined) {
    const sent = events.flatMap((event) => (event.type === 'keyChanged' && event.event !== 'new' && event.event !== 'keymiss' ? [`${event.event} ${event.key}`] : []));
    if (sent.join(', ') !== options.notifies.join(', ')) throw new Error(`${line}: expected notifications [${options.notifies.join(', ')}], sent [${sent.join(', ')}]`);
  }
  for (const [next, expected] of options.after ?? []) expectReply(`${line}, then ${next}`, world.send(next), expected, options.resp ?? 2);
}

function expectReply(line: Bytes, actual: Bytes, expected: Reply, resp: 2 | 3): void {
  const wanted = encodeReply(expected, resp);
  if (actual !== wanted) throw new Error(`${line}\n  expected ${showWire(wanted)}\n  received ${showWire(actual)}`);
}

/**
 * A session, a line at a time:
 *
 *     a> SET k v                a sends
 *     a< OK                     the next reply a has received, as showWire prints it
 *     a  is waiting             (or "is still waiting"): nothing has come
 *     + 1500 ms                 time passes
 *     # words for the reader
 *
 * Replies that no line asks for are dropped when the client sends its next command, but an error
 * that nobody expected fails the test.
 */
export function runTranscript(text: string, world: TestServer): void {
  const waiting = new Map<string, Bytes>();
  const pending = (name: string): Bytes => (waiting.get(name) ?? '') + world.client(name).take();
  const dropUnread = (name: string, line: string): void => {
    const unread = pending(name);
    if (showWire(unread).startsWith('(error)')) throw new Error(`before "${line}": ${name} received ${showWire(unread)}, which no line expects`);
    waiting.set(name, '');
  };
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const pause = /^\+ ?(\d+) ?ms$/.exec(line);
    if (pause !== null) {
      world.advance(Number(pause[1]));
      continue;
    }
    const match = /^(\w+)(>|<|\s+is (?:still )?waiting)\s?(.*)$/.exec(line);
    if (match === null) throw new Error(`a transcript cannot say "${line}"`);
    const [, name = '', sign = '', rest = ''] = match;
    if (sign === '>') {
      dropUnread(name, line);
      const answer = world.send(rest, name);
      waiting.set(name, answer);
    } else if (sign === '<') {
      const bytes = pending(name);
      if (bytes === '') throw new Error(`"${line}": ${name} has received nothing`);
      const [shown, next] = showOne(bytes, 0);
      waiting.set(name, bytes.slice(next));
      if (shown !== rest) throw new Error(`"${line}"\n  received ${shown}`);
    } else {
      const bytes = pending(name);
      if (bytes !== '') throw new Error(`"${line}": but it received ${showWire(bytes)}`);
    }
  }
  for (const name of waiting.keys()) dropUnread(name, 'the end');
}
