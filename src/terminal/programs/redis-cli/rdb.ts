/*
 * A snapshot from a server into a file
 * ------------------------------------
 * --rdb and --functions-rdb ask a server for what it sends to a new replica, and keep it. What is said meanwhile goes to
 * standard error: the file may be standard output.
 */
import { type Bytes, isDiskError, type Micros, type Socket } from '../../../engine/index.ts';
import type { Process } from '../../../simulation/index.ts';
import { type Task, until } from '../task.ts';
import type { Options } from './options.ts';

const MARK_BYTES = 40;

/** A connection that is read as a stream of bytes. */
export class ByteStream {
  private input: Bytes = '';
  private socket: Socket | undefined;
  private isOver = false;
  private waiting: (() => void) | undefined;

  /** What went wrong, or undefined once it stands. */
  *open({ env: { network } }: Process, address: Bytes): Task<Bytes | undefined> {
    return yield* until<Bytes | undefined>((done) => network.connect(address, {
      open: (socket) => {
        this.socket = socket;
        done(undefined);
      },
      data: (chunk) => {
        this.input += chunk;
        this.wake();
      },
      closed: (reason) => {
        this.isOver = true;
        if (this.socket === undefined) done(reason);
        else this.wake();
      },
    }));
  }

  send(argv: readonly Bytes[]): void {
    this.socket?.send(`*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  }

  sendBytes(bytes: Bytes): void {
    this.socket?.send(bytes);
  }

  close(): void {
    this.isOver = true;
    this.socket?.close();
  }

  /** A line without its end; undefined when the connection is over. */
  *line(): Task<Bytes | undefined> {
    for (;;) {
      const end = this.input.indexOf('\n');
      if (end >= 0) {
        const line = this.input.slice(0, end).replace(/\r$/, '');
        this.input = this.input.slice(end + 1);
        return line;
      }
      if (this.isOver) return undefined;
      yield* this.more();
    }
  }

  /** What has come, at least a byte; undefined when the connection is over. */
  *chunk(): Task<Bytes | undefined> {
    while (this.input === '' && !this.isOver) yield* this.more();
    const { input } = this;
    this.input = '';
    return input === '' ? undefined : input;
  }

  /** The same, but 'nudged' when somebody wants it to look around. */
  *chunkOrNudge(): Task<{ readonly bytes: Bytes } | 'nudged' | undefined> {
    if (this.input === '' && !this.isOver) yield* this.more();
    if (this.input === '') return this.isOver ? undefined : 'nudged';
    return { bytes: (yield* this.chunk()) ?? '' };
  }

  /** The same, but 'late' when nothing has come for so long. */
  *chunkWithin({ env: { clock } }: Process, us: Micros): Task<{ readonly bytes: Bytes } | 'late' | undefined> {
    if (this.input === '' && !this.isOver) {
      const cancel = clock.after(us, 'redis-cli --pipe-timeout', () => this.nudge());
      yield* this.more();
      cancel();
    }
    if (this.input === '') return this.isOver ? undefined : 'late';
    return { bytes: (yield* this.chunk()) ?? '' };
  }

  nudge(): void {
    this.wake();
  }

  private *more(): Task<void> {
    yield* until<void>((done) => (this.waiting = () => done()));
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }
}

export interface RdbRequest {
  readonly process: Process;
  readonly options: Options;
}

/** Fetches the snapshot of the server at `address`. True when it is in the file; what happens is told on standard error. */
export function* fetchRdb({ process, options }: RdbRequest, address: Bytes, file: Bytes, replconf: readonly (readonly [Bytes, Bytes])[] = []): Task<boolean> {
  const tell = (text: Bytes): false => {
    process.stderr.write(text);
    return false;
  };
  const stream = new ByteStream();
  const problem = yield* stream.open(process, address);
  if (problem !== undefined) return tell(`Could not connect to Redis at ${address}: ${problem === 'refused' ? 'Connection refused' : problem}\n`);
  const { user, password } = options;
  if (password !== undefined) {
    stream.send(user === undefined ? ['AUTH', password] : ['AUTH', user, password]);
    const answer = yield* stream.line();
    if (answer?.startsWith('-') === true) tell(`AUTH failed: ${answer.slice(1)}\n`);
  }
  for (const [name, value] of replconf) {
    tell(`sending REPLCONF ${name} ${value}\n`);
    stream.send(['REPLCONF', name, value]);
    const answer = yield* stream.line();
    if (answer === undefined) return tell('\nI/O error\n');
    if (!answer.startsWith('-')) continue;
    tell(`REPLCONF ${name} error: ${answer.slice(1)}\n`);
    if (name === 'rdb-filter-only') return tell('Failed requesting functions only RDB from server, aborting\n');
  }
  const announced = yield* announce(stream);
  if (announced === undefined) return tell('Error reading bulk length while SYNCing\n');
  if (announced.startsWith('-')) return tell(`SYNC with master failed: ${announced}\n`);
  const mark = announced.startsWith('$EOF:') ? announced.slice(5, 5 + MARK_BYTES) : undefined;
  const bytes = Number(announced.slice(1));
  tell(mark === undefined ? `SYNC sent to master, writing ${bytes} bytes to '${file}'\n` : `SYNC sent to master, writing bytes of bulk transfer until EOF marker to '${file}'\n`);
  let content = '';
  while (mark === undefined ? content.length < bytes : !content.endsWith(mark)) {
    const chunk = yield* stream.chunk();
    if (chunk === undefined) return tell('I/O Error reading RDB payload from socket\n');
    content += chunk;
  }
  stream.close();
  content = mark === undefined ? content.slice(0, bytes) : content.slice(0, -MARK_BYTES);
  if (file === '-') process.stdout.write(content);
  else {
    const failed = process.env.disk.write(process.resolve(file), content);
    if (isDiskError(failed)) return tell(`Error opening '${file}': ${failed.message}\n`);
  }
  tell(mark === undefined ? 'Transfer finished with success.\n' : `Transfer finished with success after ${content.length} bytes\n`);
  return true;
}

/** SYNC, and the line that says what comes. Empty lines before it only say that the server is at work. */
export function* announce(stream: ByteStream): Task<Bytes | undefined> {
  stream.sendBytes('SYNC\r\n');
  for (;;) {
    const line = yield* stream.line();
    if (line !== '') return line;
  }
}
