/*
 * fork()
 * ------
 * BGSAVE and BGREWRITEAOF let a child process write the dataset as it is at one moment, while the server
 * goes on. Here no process is made: the bytes of that moment are produced at once, which makes "as it was
 * at the fork" exact, and are then written piece by piece, each in an event of its own that comes as much
 * later as a disk would take. So a file that grows, a disk that fills up half way, a child that is killed and
 * a temporary file that a crash leaves behind are all there to be seen. There is one child at a time. Where there
 * are real processes one stands for it: its pid is true, and whoever kills it ends the work.
 */
import type { Bytes } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import { isDiskError, type Env, type OpenFile, type RunningProgram } from '../env.ts';
import type { Database } from '../keyspace/database.ts';
import { logLine, writeLog, type LogLevel } from '../log.ts';
import type { ResizePolicy } from '../structures/dict.ts';
import type { FilePiece } from './rdb.ts';

/** A child needs so long to start and to end, and writes so much in a microsecond. */
const CHILD_OVERHEAD_US = 2000;
const CHILD_BYTES_PER_US = 200;
/** With incremental syncing the file is made durable whenever it has grown by this. */
const INCREMENTAL_SYNC_BYTES = 4 * 1024 * 1024;
/** What the C library gathers before it writes: a smaller file meets a full disk only at its end. */
const STDIO_BUFFER_BYTES = 4096;
const PAGE_BYTES = 4096;
/** So often a child looks whether a full sink takes more. */
const FULL_SINK_US = 1000;
/** What a child writes to memory of its own (stack, buffers) though nobody changes a key: as measured on the real server. */
const CHILD_OWN_BYTES = 466_944;
/** A write touches the value's page, the entry's and one of the table; of all pages so many in ten are ever touched. */
const PAGES_PER_WRITE = 3;
const TOUCHED_TENTHS = 6;

export interface ForkHost {
  readonly env: Env;
  readonly config: Config;
  readonly resizePolicy: ResizePolicy;
  readonly databases: readonly Database[];
  /** Changes to keys, counted. */
  readonly dirty: number;
  /** What the process holds, in bytes. */
  residentMemory(): number;
  /** Runs `fn` as an event of the server. */
  asEvent(fn: () => void): void;
}

const SIGKILL = 9;
export const SIGUSR1 = 10;

/** What went wrong in the child, at which step of its work. */
export interface ForkProblem {
  /** `killed`: a signal has ended it, and nothing more is to be told. */
  readonly step: 'open' | 'write' | 'flush' | 'fsync' | 'killed';
  readonly message: Bytes;
  /** Which one: SIGUSR1 is the server's own, SIGKILL somebody else's. */
  readonly signal?: typeof SIGKILL | typeof SIGUSR1;
}

export interface ForkJob {
  readonly kind: 'rdb' | 'aof';
  /** The file; at least one piece. */
  readonly pieces: readonly FilePiece[];
  /** The file to write, given the child's pid. It is removed when the child is killed or fails. */
  temporary(pid: number): Bytes;
  /** Where the pieces go instead of a file: to replicas. Called as events of the server. */
  readonly sink?: (piece: Bytes) => void;
  /** Whether a receiver has not taken what it was sent: the child waits for the slowest. */
  readonly isSinkFull?: () => boolean;
  /** Directive that asks for syncing on the way. */
  readonly incrementalSync: 'rdb-save-incremental-fsync' | 'aof-rewrite-incremental-fsync';
  /** The file is complete and durable, or not to be had. Called as an event of the server. */
  done(child: Child, problem: ForkProblem | undefined): void;
}

export interface Child {
  readonly pid: number;
  readonly kind: 'rdb' | 'aof';
  readonly temporary: Bytes;
  readonly startedSeconds: number;
}

interface Running extends Child {
  readonly keysTotal: number;
  /** Changes before it began, and the memory it shares. */
  readonly dirtyBefore: number;
  readonly sharedBytes: number;
  readonly bytesTotal: number;
  bytesWritten: number;
  keysProcessed: number;
  /** rdb-key-save-delay as it was at the fork: microseconds for each key. */
  readonly keyDelayUs: number;
  readonly job: ForkJob;
  readonly standIn: RunningProgram | undefined;
  file: OpenFile | undefined;
  cancel: () => void;
  unsyncedBytes: number;
}

/** What `ps` calls a child. */
const NAMES = { rdb: 'redis-rdb-bgsave', aof: 'redis-aof-rewrite', replicas: 'redis-rdb-to-slaves' } as const;

export class Fork {
  private running: Running | undefined;
  private nextPid: number;
  /** Children begun since the last CONFIG RESETSTAT. */
  count = 0;
  private readonly host: ForkHost;

  constructor(host: ForkHost) {
    this.host = host;
    this.nextPid = host.env.surroundings.pid + 1;
  }

  /** Keys that the running child has written. */
  get keysProcessed(): number {
    return this.running?.keysProcessed ?? 0;
  }

  /** Keys that the running child writes, 0 without one. */
  get keysTotal(): number {
    return this.running?.keysTotal ?? 0;
  }

  /** How much of its work the running child has done, from 0 to 1. */
  get progress(): number {
    const { running } = this;
    return running === undefined || running.bytesTotal === 0 ? 0 : running.bytesWritten / running.bytesTotal;
  }

  /** Memory that the last child of each kind could not share to the end. */
  readonly lastCopiedBytes = { rdb: 0, aof: 0 };

  /**
   * Memory that child and server cannot share any more, because one of them has written to it: pages are copied as
   * they are changed, few at first, and in the end nearly all that are ever written to.
   */
  get copiedBytes(): number {
    const { running } = this;
    if (running === undefined) return 0;
    const most = Math.floor((running.sharedBytes / PAGE_BYTES) * (TOUCHED_TENTHS / 10));
    // One less a falling exponential of the writes, by the first terms of its series: exp() is not the same everywhere.
    const x = most === 0 ? 0 : (Math.max(0, this.host.dirty - running.dirtyBefore) * PAGES_PER_WRITE) / most;
    return CHILD_OWN_BYTES + Math.floor(most * (1 - 1 / (1 + x + (x * x) / 2 + (x * x * x) / 6))) * PAGE_BYTES;
  }

  get child(): Child | undefined {
    return this.running;
  }

  isRunning(kind?: 'rdb' | 'aof'): boolean {
    return this.running !== undefined && (kind === undefined || this.running.kind === kind);
  }

  /** Starts the child and returns it. The caller has made sure that there is none. */
  start(job: ForkJob): Child {
    const { host } = this;
    const standIn = host.env.standIn?.(NAMES[job.sink === undefined ? job.kind : 'replicas'], () => void (this.running?.standIn === standIn && this.killedFromOutside()));
    const pid = standIn?.pid ?? this.nextPid++;
    this.count++;
    const startedSeconds = Math.floor(host.env.clock.now() / 1e6);
    const keysTotal = host.databases.reduce((sum, { keys }) => sum + keys.size, 0);
    const running: Running = {
      keysTotal, keysProcessed: 0, keyDelayUs: keyDelayUs(host.config, 'rdb-key-save-delay'), dirtyBefore: host.dirty, sharedBytes: host.residentMemory(), bytesTotal: job.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0), bytesWritten: 0,
      pid, kind: job.kind, temporary: job.temporary(pid), startedSeconds, job, standIn, file: undefined, cancel: () => {}, unsyncedBytes: 0,
    };
    this.running = running;
    // Moving entries about would copy pages that the child still shares.
    if (host.resizePolicy.resize === 'enable') host.resizePolicy.resize = 'avoid';
    if (running.keyDelayUs === 0 || job.sink !== undefined) this.writeLater(running, 0, CHILD_OVERHEAD_US);
    else {
      // The first write is a long way off, and the file is there before.
      running.cancel = host.env.clock.after(CHILD_OVERHEAD_US, 'a child opens its file', () => {
        if (this.open(running) !== undefined) this.writeLater(running, 0, 0);
      });
    }
    return running;
  }

  /** Ends the child with SIGUSR1, of which it says a last word, its file undone; returns it. */
  kill(): Child | undefined {
    const { running, host } = this;
    if (running === undefined) return undefined;
    running.cancel();
    this.end(running);
    if (running.job.sink === undefined) host.env.disk.remove(running.temporary);
    writeLog(host.env, host.config.text('logfile'), `${running.pid}:signal-handler (${Math.floor(host.env.clock.now() / 1e6)}) Received SIGUSR1 in child, exiting now.\n`);
    return running;
  }

  /** The same where those who wait for its work are to hear that there will be none: in an event of its own, as the server finds it dead. */
  giveUp(): void {
    const child = this.running;
    if (child === undefined) return;
    this.kill();
    this.host.env.clock.after(0, 'the end of a child is noticed', () => this.host.asEvent(() => child.job.done(child, { step: 'killed', message: '', signal: SIGUSR1 })));
  }

  /** Somebody has ended the child with SIGKILL: its work has failed. False when there was none. */
  killedFromOutside(): boolean {
    const { running } = this;
    if (running === undefined) return false;
    running.cancel();
    this.finish(running, { step: 'killed', message: '', signal: SIGKILL });
    return true;
  }

  /** The child cannot go on: nobody takes what it writes. */
  fail(): void {
    const { running } = this;
    if (running === undefined) return;
    running.cancel();
    this.finish(running, { step: 'write', message: '' });
  }

  /** A line that the child writes to the log. */
  log(child: Child, level: LogLevel, text: Bytes): void {
    const { env, config } = this.host;
    writeLog(env, config.text('logfile'), logLine(child.pid, 'C', level, env.clock.now(), text));
  }

  private end(running: Running): void {
    running.file?.close();
    running.standIn?.kill();
    this.lastCopiedBytes[running.kind] = this.copiedBytes;
    this.running = undefined;
    if (this.host.resizePolicy.resize === 'avoid') this.host.resizePolicy.resize = 'enable';
  }

  private finish(running: Running, problem: ForkProblem | undefined): void {
    this.end(running);
    if (problem !== undefined && running.job.sink === undefined) this.host.env.disk.remove(running.temporary);
    this.host.asEvent(() => running.job.done(running, problem));
  }

  private writeLater(running: Running, index: number, overheadUs: number): void {
    const { bytes = '', keys = 0 } = running.job.pieces[index] ?? {};
    running.cancel = this.host.env.clock.after(overheadUs + Math.ceil(bytes.length / CHILD_BYTES_PER_US + keys * running.keyDelayUs), `${running.kind === 'rdb' ? 'background save' : 'AOF rewrite'} writes`, () => this.write(running, index));
  }

  /** Its file, opened if it is not yet; undefined when it cannot be, and then the child has ended. */
  private open(running: Running): OpenFile | undefined {
    if (running.file !== undefined) return running.file;
    const file = this.host.env.disk.open(running.temporary, 'truncate');
    if (isDiskError(file)) {
      this.finish(running, { step: 'open', message: file.message });
      return undefined;
    }
    return (running.file = file);
  }

  private write(running: Running, index: number): void {
    const { pieces, incrementalSync, sink, isSinkFull } = running.job;
    const { bytes: piece = '', keys = 0 } = pieces[index] ?? {};
    if (isSinkFull?.() === true) {
      running.cancel = this.host.env.clock.after(FULL_SINK_US, 'background save waits for a replica', () => this.write(running, index));
      return undefined;
    }
    running.keysProcessed += keys;
    running.bytesWritten += piece.length;
    if (sink !== undefined) {
      this.host.asEvent(() => sink(piece));
      // Sending may have ended the child: a replica's limit was reached, the server stops.
      if (this.running !== running) return undefined;
      return index + 1 >= pieces.length ? this.finish(running, undefined) : this.writeLater(running, index + 1, 0);
    }
    const file = this.open(running);
    if (file === undefined) return undefined;
    const refused = file.append(piece);
    const isSmall = pieces.length === 1 && piece.length < STDIO_BUFFER_BYTES;
    if (refused !== undefined) return this.finish(running, { step: isSmall ? 'flush' : 'write', message: refused.message });
    running.unsyncedBytes += piece.length;
    const isLast = index + 1 >= pieces.length;
    if (!isLast && !(running.unsyncedBytes >= INCREMENTAL_SYNC_BYTES && this.host.config.flag(incrementalSync))) return this.writeLater(running, index + 1, 0);
    running.unsyncedBytes = 0;
    running.cancel = () => {};
    file.sync((error) => {
      // It may have been killed while it waited for the disk.
      if (this.running !== running) return;
      if (error !== undefined) this.finish(running, { step: 'fsync', message: error.message });
      else if (isLast) this.finish(running, undefined);
      else this.writeLater(running, index + 1, 0);
    });
    return undefined;
  }
}

/** What rdb-key-save-delay makes each key cost, in microseconds; of a negative number, one in so many keys costs one. */
export function keyDelayUs(config: Config, directive: 'rdb-key-save-delay' | 'key-load-delay'): number {
  const delay = config.number(directive);
  return delay < 0 ? 1 / -delay : delay;
}

/** A delay is spent in steps of about so long: as many keys as that makes go into one piece. */
const DELAY_STEP_US = 10_000;

export function keysPerStep(delayUs: number): number {
  return delayUs === 0 ? Infinity : Math.max(1, Math.ceil(DELAY_STEP_US / delayUs));
}
