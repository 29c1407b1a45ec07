/*
 * Pipes, files and nothing: the streams of processes
 * --------------------------------------------------
 * Behind an Output stands a sink, behind an Input a source. Each process holds its own end of it, so
 * that the kernel knows who writes (his time, his SIGPIPE) and when the last writer is gone.
 *
 * A pipe is bounded as on Linux: past 64 KiB the writing process gets no further event until the reader
 * has taken what is there. The event at hand may overshoot, since a program here cannot stop in mid-event.
 */
import type { Bytes, DiskError, Micros } from '../engine/index.ts';
import type { AppendHandle } from './disk.ts';
import type { Input, Output, Signal } from './process.ts';
import { hashBytes } from './run-hash.ts';

/** A process as streams see it. */
export interface StreamUser {
  readonly ended: boolean;
  localNow(): Micros;
  deliver(at: Micros, kind: string, what: string, fn: () => void, payload?: number): void;
  raise(signal: Signal): void;
  /** No further events until `unblock` with the same token. */
  block(token: object): void;
  unblock(token: object): void;
  /** A write to a file failed: the process says so on its standard error and ends. */
  writeFailed(error: DiskError): void;
}

export interface Sink {
  readonly isTty: boolean;
  write(bytes: Bytes, user: StreamUser): void;
  /** One more process writes here. */
  attach(): void;
  /** One fewer; `counted` is false for the process that made the sink and never counted as a writer. */
  detach(user: StreamUser, counted: boolean): void;
}

export interface Source {
  readonly isTty: boolean;
  /** The handlers of `user` changed: deliver what waits. */
  read(user: StreamUser, input: ProcessInput): void;
  detach(user: StreamUser): void;
}

/** One process's end of a sink. */
export class ProcessOutput implements Output {
  readonly sink: Sink;
  private readonly user: StreamUser;
  private readonly counted: boolean;
  private closed = false;

  constructor(sink: Sink, user: StreamUser, counted: boolean) {
    this.sink = sink;
    this.user = user;
    this.counted = counted;
    if (counted) sink.attach();
  }

  get isTty(): boolean {
    return this.sink.isTty;
  }

  write(bytes: Bytes): void {
    if (!this.closed && bytes.length > 0) this.sink.write(bytes, this.user);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.sink.detach(this.user, this.counted);
  }
}

/** One process's end of a source. */
export class ProcessInput implements Input {
  readonly source: Source;
  readonly user: StreamUser;
  data: ((bytes: Bytes) => void) | undefined;
  end: (() => void) | undefined;

  constructor(source: Source, user: StreamUser) {
    this.source = source;
    this.user = user;
  }

  get isTty(): boolean {
    return this.source.isTty;
  }

  onData(handler: (bytes: Bytes) => void): void {
    this.data = handler;
    this.source.read(this.user, this);
  }

  onEnd(handler: () => void): void {
    this.end = handler;
    this.source.read(this.user, this);
  }

  detach(): void {
    this.data = undefined;
    this.end = undefined;
    this.source.detach(this.user);
  }
}

/** What a pipe holds before its writers have to wait. */
export const PIPE_BYTES = 65_536;

export class Pipe implements Sink {
  readonly isTty = false;
  private writers = 0;
  private ended = false;
  private endTold = false;
  private readerGone = false;
  private heldBytes = 0;
  private lastArrival: Micros = 0;
  private input: ProcessInput | undefined;
  /** What was written before anybody read. */
  private early: Bytes[] = [];
  private readonly waiting = new Set<StreamUser>();

  write(bytes: Bytes, user: StreamUser): void {
    if (this.readerGone) {
      user.raise('SIGPIPE');
      return;
    }
    this.heldBytes += bytes.length;
    this.lastArrival = Math.max(this.lastArrival, user.localNow());
    if (this.heldBytes > PIPE_BYTES) {
      this.waiting.add(user);
      user.block(this);
    }
    if (this.input?.data === undefined) this.early.push(bytes);
    else this.pass(bytes, this.input);
  }

  private pass(bytes: Bytes, input: ProcessInput): void {
    this.lastArrival = Math.max(this.lastArrival, input.user.localNow());
    input.user.deliver(this.lastArrival, 'pipe', `${bytes.length} bytes through a pipe`, () => {
      this.heldBytes -= bytes.length;
      if (this.heldBytes <= PIPE_BYTES) this.wakeWriters();
      input.data?.(bytes);
    }, hashBytes(bytes));
  }

  attach(): void {
    this.writers++;
  }

  detach(user: StreamUser, counted: boolean): void {
    if (this.waiting.delete(user)) user.unblock(this);
    this.lastArrival = Math.max(this.lastArrival, user.localNow());
    if (counted) this.writers--;
    if (this.writers > 0) return;
    this.ended = true;
    this.tellEnd();
  }

  private read(user: StreamUser, input: ProcessInput): void {
    if (user.ended) return;
    this.input = input;
    if (input.data !== undefined) {
      const early = this.early;
      this.early = [];
      for (const bytes of early) this.pass(bytes, input);
    }
    this.tellEnd();
  }

  /** The end comes after the last byte, once somebody listens for it. */
  private tellEnd(): void {
    const input = this.input;
    if (!this.ended || this.endTold || input?.end === undefined || this.early.length > 0) return;
    this.endTold = true;
    this.lastArrival = Math.max(this.lastArrival, input.user.localNow());
    input.user.deliver(this.lastArrival, 'pipe', 'end of a pipe', () => input.end?.());
  }

  private detachReader(): void {
    this.readerGone = true;
    this.early = [];
    for (const writer of this.waiting) {
      writer.unblock(this);
      writer.raise('SIGPIPE');
    }
    this.waiting.clear();
  }

  /** The side that is read from. */
  readonly reader: Source = {
    isTty: false,
    read: (user, input) => this.read(user, input),
    detach: () => this.detachReader(),
  };

  private wakeWriters(): void {
    for (const writer of this.waiting) writer.unblock(this);
    this.waiting.clear();
  }
}

/** A file that is written to, or `/dev/null`. */
export class FileSink implements Sink {
  readonly isTty = false;
  private readonly append: AppendHandle;

  constructor(append: AppendHandle) {
    this.append = append;
  }

  write(bytes: Bytes, user: StreamUser): void {
    const problem = this.append(bytes, user.localNow());
    if (problem !== undefined) user.writeFailed(problem);
  }

  attach(): void {}
  detach(): void {}
}

/** Swallows everything: the output of a daemon. */
export const NULL_SINK: Sink = { isTty: false, write() {}, attach() {}, detach() {} };

/** A content that was there when it was opened: a file, or nothing at all. */
export class ContentSource implements Source {
  readonly isTty = false;
  private rest: Bytes;
  private underway = false;
  private endTold = false;

  constructor(content: Bytes) {
    this.rest = content;
  }

  read(user: StreamUser, input: ProcessInput): void {
    if (this.underway) return;
    if (this.rest !== '') {
      if (input.data === undefined) return;
      this.underway = true;
      const chunk = this.rest.slice(0, PIPE_BYTES);
      user.deliver(user.localNow(), 'file', `${chunk.length} bytes read`, () => {
        this.underway = false;
        this.rest = this.rest.slice(PIPE_BYTES);
        input.data?.(chunk);
        this.read(user, input);
      });
    } else if (input.end !== undefined && !this.endTold) {
      this.endTold = true;
      user.deliver(user.localNow(), 'file', 'end of input', () => input.end?.());
    }
  }

  detach(): void {}
}

/** An Output that a program made itself: its `write` runs as an event of that program. */
export class ForeignSink implements Sink {
  readonly isTty: boolean;
  private readonly output: Output;
  private readonly owner: StreamUser;
  private writers = 0;

  constructor(output: Output, owner: StreamUser) {
    this.output = output;
    this.owner = owner;
    this.isTty = output.isTty;
  }

  write(bytes: Bytes, user: StreamUser): void {
    this.owner.deliver(Math.max(user.localNow(), this.owner.localNow()), 'pipe', `${bytes.length} bytes`, () => this.output.write(bytes), hashBytes(bytes));
  }

  attach(): void {
    this.writers++;
  }

  detach(user: StreamUser): void {
    if (--this.writers > 0) return;
    this.owner.deliver(Math.max(user.localNow(), this.owner.localNow()), 'pipe', 'end of output', () => this.output.close());
  }
}

/** An Input that a program made itself: what it gives arrives as an event of the reader. */
export class ForeignSource implements Source {
  readonly isTty: boolean;
  private readonly input: Input;
  private started = false;

  constructor(input: Input) {
    this.input = input;
    this.isTty = input.isTty;
  }

  read(user: StreamUser, input: ProcessInput): void {
    if (this.started || input.data === undefined) return;
    this.started = true;
    this.input.onData((bytes) => user.deliver(user.localNow(), 'pipe', `${bytes.length} bytes`, () => input.data?.(bytes), hashBytes(bytes)));
    this.input.onEnd(() => user.deliver(user.localNow(), 'pipe', 'end of input', () => input.end?.()));
  }

  detach(): void {}
}
