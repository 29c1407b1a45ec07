/*
 * What the cluster tool prints, and what it asks
 * ----------------------------------------------
 * Lines of four kinds, in colour where the terminal is an xterm by its name (even into a pipe: the real tool looks at
 * nothing else), problems that are remembered, and questions that are answered from standard input.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { Process } from '../../../../simulation/index.ts';
import { type Task, until } from '../../task.ts';

const COLORS = { info: '29;1m', warn: '33;1m', error: '31;1m', success: '32;1m' } as const;

export class Report {
  /** Problems of the cluster that a check has found. */
  readonly problems: Bytes[] = [];
  private readonly process: Process;
  private readonly isColored: boolean;
  private typed: Bytes = '';
  private isOver = false;
  private isReading = false;
  private waiting: (() => void) | undefined;

  constructor(process: Process) {
    this.process = process;
    this.isColored = process.environment.get('TERM')?.includes('xterm') === true;
  }

  print(text: Bytes): void {
    this.process.stdout.write(text);
  }

  complain(text: Bytes): void {
    this.process.stderr.write(text);
  }

  info(text: Bytes): void {
    this.colored('info', text);
  }

  warn(text: Bytes): void {
    this.colored('warn', text);
  }

  error(text: Bytes): void {
    this.colored('error', text);
  }

  success(text: Bytes): void {
    this.colored('success', text);
  }

  /** A problem of the cluster: printed, and remembered by those who must not go on with one. */
  problem(text: Bytes): void {
    this.problems.push(text);
    this.error(`${text}\n`);
  }

  private colored(kind: keyof typeof COLORS, text: Bytes): void {
    this.print(this.isColored ? `\x1b[${COLORS[kind]}${text}\x1b[0m` : text);
  }

  /** Asks a question that only `yes` accepts. */
  *accepts(question: Bytes): Task<boolean> {
    this.print(`${question} (type 'yes' to accept): `);
    return yield* this.isYes();
  }

  /** The first bytes of the answer are looked at, as the real tool does: "yesterday" is a yes, too. */
  *isYes(): Task<boolean> {
    const answer = yield* this.read(4);
    return answer !== undefined && answer.slice(0, 3) === 'yes';
  }

  /** An answer of one line, at most `most` bytes long with its end; undefined when there is no more input. */
  *answer(question: Bytes, most: number): Task<Bytes | undefined> {
    this.print(question);
    const line = yield* this.read(most);
    if (line === undefined) return undefined;
    if (!line.endsWith('\n')) yield* this.skipLine();
    return line.slice(0, -1);
  }

  /** What a read() of so many bytes gives: of a terminal at most a line, of a pipe whatever is there. */
  private *read(most: number): Task<Bytes | undefined> {
    yield* this.input();
    if (this.typed === '') return undefined;
    const lineEnd = this.process.stdin.isTty ? this.typed.indexOf('\n') : -1;
    const length = lineEnd < 0 ? most : Math.min(most, lineEnd + 1);
    const read = this.typed.slice(0, length);
    this.typed = this.typed.slice(length);
    return read;
  }

  private *skipLine(): Task<void> {
    for (;;) {
      const end = this.typed.indexOf('\n');
      if (end >= 0) {
        this.typed = this.typed.slice(end + 1);
        return;
      }
      this.typed = '';
      yield* this.input();
      if (this.typed === '') return;
    }
  }

  /** Waits until something is typed, or the input is over. */
  private *input(): Task<void> {
    if (!this.isReading) {
      this.isReading = true;
      this.process.tty?.setMode('cooked');
      this.process.stdin.onData((bytes) => {
        this.typed += bytes;
        this.wake();
      });
      this.process.stdin.onEnd(() => {
        this.isOver = true;
        this.wake();
      });
    }
    if (this.typed === '' && !this.isOver) yield* until<void>((done) => (this.waiting = () => done()));
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }
}
