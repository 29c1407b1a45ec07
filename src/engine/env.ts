/*
 * All a server may ask of the world
 * ---------------------------------
 * The engine is a state machine over bytes. Whatever is not in its own memory reaches it through
 * these interfaces: the simulation implements them with virtual time and seeded chance, src/node
 * with real sockets, files and clocks. Nothing else may leak in, or a run could not be replayed.
 */
import type { Bytes } from './bytes.ts';
import type { LuaVm } from './scripting/lua-vm.ts';

/** An integer count of microseconds. */
export type Micros = number;

export interface Clock {
  /** Wall clock: microseconds since the Unix epoch. Constant while one event is handled (in the simulation). */
  now(): Micros;
  /** A clock that never jumps, for durations. */
  monotonic(): Micros;
  /**
   * Calls `fn` once after `us` microseconds; returns its own cancel. `what` names the timer
   * ('serverCron'), so that a paused learner can be shown everything that can happen next.
   */
  after(us: Micros, what: string, fn: () => void): () => void;
  /** The process is busy for `us`: DEBUG SLEEP and declared CPU cost. Virtual in the simulation, real in Node. */
  spend(us: Micros): void;
  /** Work was done that takes so long on a real machine. Where time passes by itself there is no such function. */
  charge?(us: Micros): void;
}

export interface Random {
  /** A whole number in 0 … n−1, n at most 2^32. */
  below(n: number): number;
  /** An independent stream that depends on the seed and the name alone: a new user shifts nobody's numbers. */
  fork(name: string): Random;
}

/** What went wrong on the disk; `code` is the errno name, `message` what strerror() says. */
export interface DiskError {
  code: 'ENOENT' | 'EACCES' | 'EISDIR' | 'ENOTDIR' | 'EEXIST' | 'EINVAL' | 'ENOSPC' | 'EIO' | 'ENOTEMPTY';
  message: string;
}

/** Files of one host. Paths are absolute and use `/`. A returned DiskError means nothing was changed. */
export interface Disk {
  read(path: string): Bytes | DiskError;
  /** Replaces the file whole, or makes it. */
  write(path: string, content: Bytes): DiskError | undefined;
  append(path: string, content: Bytes): DiskError | undefined;
  rename(from: string, to: string): DiskError | undefined;
  remove(path: string): DiskError | undefined;
  makeDirectory(path: string): DiskError | undefined;
  list(path: string): string[] | DiskError;
  stat(path: string): { kind: 'file' | 'directory'; sizeBytes: number; modifiedMs: number } | DiskError;
  /** Asks for the file to be durable; `done` comes as an event of its own. */
  sync(path: string, done: (error?: DiskError) => void): void;
  /** Opens for appending, made when absent, emptied on request. */
  open(path: string, how: 'append' | 'truncate'): OpenFile | DiskError;
}

/** A file held open for appending: it stays the same file when its name is changed or taken away. */
export interface OpenFile {
  append(content: Bytes): DiskError | undefined;
  /** As Disk.sync. */
  sync(done: (error?: DiskError) => void): void;
  /** Waits until what was written is durable: nothing else is done meanwhile. */
  syncNow(): DiskError | undefined;
  /** As flock(): takes the file, under whatever name, until it is closed or this process has ended; false while another process has it. Where nobody can, there is no such function. */
  lock?(): boolean;
  close(): void;
}

export interface Socket {
  /** The other side, as `127.0.0.1:51234`; through a Unix socket, as `/path/to/it:0`. */
  readonly peer: string;
  /** This side, as `127.0.0.1:6379`. */
  readonly local: string;
  send(chunk: Bytes): void;
  /** Closes once everything has been sent. */
  close(): void;
  /** Closes at once: of what was sent, the other side gets what the kernels have taken already. Where there is no such function, close() does. */
  abandon?(): void;
  /** Bytes that were sent and that the other side has not taken; where nobody can tell, there is no such function. */
  unsentBytes?(): number;
  /** Nothing is read until further notice, so that the other side has to wait; where nobody can make it, there is no such function. */
  hold?(isHeld: boolean): void;
}

export interface SocketEvents {
  /** Bytes arrived; a chunk may be cut anywhere. */
  data(chunk: Bytes): void;
  /** The connection is gone; nothing may be sent any more. */
  closed(reason: string): void;
}

export interface Network {
  /** Connects to `host:port`. `on` hears data or `closed('refused')`; `open` is called once it stands. */
  connect(address: string, on: SocketEvents & { open(socket: Socket): void }): void;
  /** The address of a host that is called by its name: at once, as getaddrinfo() answers; undefined when nobody knows it. Where there are no names there is no such function. */
  resolve?(name: Bytes): Bytes | undefined;
}

/** Constants of the surroundings that INFO tells. */
export interface Surroundings {
  readonly os: string; // 'Linux 6.1.0 x86_64'
  readonly hostname: string;
  readonly pid: number;
  readonly executable: string; // '/usr/bin/redis-server'
  readonly directory: string; // where the process was started
  readonly totalMemoryBytes: number;
  /** What the process has used of the CPU so far, in microseconds. */
  cpu(): { user: Micros; system: Micros };
}

/** Where scripts get their Lua. */
export interface LuaSource {
  /** A machine of its own, at once: whoever drives the server has Lua ready before a script can come. */
  open(): LuaVm;
  /** What a hundred thousand instructions cost, charged to the clock; 0 where time passes by itself. */
  readonly sliceCostUs: Micros;
}

export interface RunningProgram {
  readonly pid: number;
  kill(): void;
}

export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly lua: LuaSource;
  readonly surroundings: Surroundings;
  /**
   * Starts a program of the surroundings: its path and its arguments. `ended` comes as an event of its own, with the exit
   * code, or the number of the signal that has ended it. Where nothing can be started there is no such function.
   */
  run?(argv: readonly Bytes[], ended: (code: number, signal: number) => void): RunningProgram | undefined;
  /**
   * A process that stands for a child of this one: `ps` shows it by `name`, and it can be killed. `ended` comes when somebody else
   * has done that. Where others see no processes of this server there is no such function.
   */
  standIn?(name: Bytes, ended: () => void): RunningProgram | undefined;
  /** Standard output of the process (start-up banner, log lines when no logfile is set). */
  stdout(text: Bytes): void;
  stderr(text: Bytes): void;
  /** Stops the process, now or after the current event, until somebody lets it go on, as SIGSTOP and SIGCONT do. Where that cannot be there is no such function. */
  stop?(): void;
  /** Ends the process with this exit code, after the current event. */
  exit(code: number): void;
}

/** Narrowing helper: whether a disk answer is a failure. */
export function isDiskError(answer: unknown): answer is DiskError {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer;
}

/** Whether a connection comes from this host: from its own address, or through a Unix socket. */
export function isLocalPeer(peer: string): boolean {
  return peer.startsWith('127.') || peer.startsWith('[::1]') || peer.startsWith('::1') || peer.startsWith('/');
}
