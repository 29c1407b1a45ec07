/*
 * The terminal device
 * -------------------
 * What the kernel puts between a screen and the programs of one session: a queue of typed bytes, the line
 * discipline (raw or cooked), the foreground group, and the output that goes to the screen.
 *
 * The foreground is a stack. At the bottom stands the session's leader, the shell; each foreground job is
 * a group on top of its parent's. Keys go to the topmost group. Ctrl-C goes to every group above the
 * leader, so that a script and the command it waits for both hear it; with no job running it goes to the
 * leader.
 *
 * Typed bytes wait in the queue until a process in front asks for them, and are handed over up to each
 * Enter. Only then is looked again who stands in front: of a paste of three lines the first may start
 * redis-cli and the other two are then its own.
 */
import type { Bytes } from '../engine/index.ts';
import type { Signal, Tty } from './process.ts';
import { hashBytes } from './run-hash.ts';
import type { ProcessInput, Sink, Source, StreamUser } from './streams.ts';

/** A process as its terminal sees it. */
export interface TerminalUser extends StreamUser {
  readonly pid: number;
  readonly argv: readonly Bytes[];
  readonly stopped: boolean;
}

interface Group {
  readonly owner: TerminalUser | undefined;
  readonly members: Set<TerminalUser>;
}

export interface TerminalEvents {
  /** Bytes for the screen. */
  output(bytes: Bytes): void;
  /** Another program stands in front, or its prompt changed. */
  frontChanged(): void;
}

/** How the device reaches the queue of events: at the present instant, on behalf of its host. */
export type AfterThis = (kind: string, what: string, fn: () => void, at?: number) => void;

const MAX_TYPED_AHEAD = 1_048_576;
/** What Ctrl-D at the start of a line reads as: nothing at all. */
const END_OF_INPUT = '';
const SIGNAL_OF: Readonly<Record<string, Signal>> = { '\x03': 'SIGINT', '\x1a': 'SIGTSTP', '\x1c': 'SIGQUIT' };

export class TerminalDevice implements Sink, Source {
  readonly isTty = true;
  readonly id: string;
  columns: number;
  rows: number;
  private mode: 'raw' | 'cooked' = 'cooked';
  private keepSignals = true;
  private queue: Bytes = '';
  /** The line being edited in cooked mode. */
  private line: Bytes = '';
  private delivering: object | undefined;
  private pumpScheduled = false;
  private readonly groups: Group[] = [];
  /** Processes that are about to hear of their child's end, and how often: keys wait until they have. */
  private readonly untold = new Map<StreamUser, number>();
  private readonly inputs = new Map<StreamUser, ProcessInput>();
  private readonly resizeHandlers = new Map<TerminalUser, (size: { columns: number; rows: number }) => void>();
  private readonly prompts = new Map<TerminalUser, string>();
  private lastByte = '';
  /** How often a prompt was shown: a line is done when the number has risen. */
  promptsShown = 0;
  private closed = false;
  private readonly events: TerminalEvents;
  private readonly afterThis: AfterThis;

  constructor(id: string, size: { columns: number; rows: number }, events: TerminalEvents, afterThis: AfterThis) {
    this.id = id;
    this.columns = size.columns;
    this.rows = size.rows;
    this.events = events;
    this.afterThis = afterThis;
  }

  // --- keys -------------------------------------------------------------------------------------

  /** Bytes as typed. Call it from an event. */
  type(bytes: Bytes): void {
    if (this.closed) return;
    this.queue += bytes;
    if (this.queue.length > MAX_TYPED_AHEAD) this.queue = this.queue.slice(0, MAX_TYPED_AHEAD);
    // Nobody reads: signals still work, and what was typed before them is given up.
    if (this.keepSignals && this.reader() === undefined) this.takeSignals();
    this.pump();
  }

  private takeSignals(): void {
    for (let i = this.queue.length - 1; i >= 0; i--) {
      const signal = SIGNAL_OF[this.queue.charAt(i)];
      if (signal === undefined) continue;
      const key = this.queue.charAt(i);
      this.queue = this.queue.slice(i + 1);
      this.signal(key, signal);
      return;
    }
  }

  private signal(key: Bytes, signal: Signal): void {
    this.line = '';
    if (this.mode === 'cooked') this.echo(`^${String.fromCharCode(key.charCodeAt(0) + 64)}`);
    for (const process of this.interruptible()) process.raise(signal);
  }

  private interruptible(): TerminalUser[] {
    const groups = this.groups.length > 1 ? this.groups.slice(1) : this.groups;
    return groups.flatMap((group) => [...group.members]);
  }

  private pumpSoon(): void {
    if (this.pumpScheduled || this.closed || this.queue === '') return;
    this.pumpScheduled = true;
    this.afterThis('keys', `${this.id}: typed ahead`, () => {
      this.pumpScheduled = false;
      this.pump();
    });
  }

  /** Hands the next piece of the queue to the process in front, if it reads. */
  private pump(): void {
    while (this.queue !== '' && this.delivering === undefined && this.untold.size === 0) {
      const input = this.reader();
      if (input === undefined) return;
      const piece = this.mode === 'raw' ? this.takeRaw() : this.takeCooked();
      if (piece === undefined) continue;
      const token = {};
      this.delivering = token;
      input.user.deliver(input.user.localNow(), 'keys', `${this.id}: ${piece.length} bytes typed`, () => {
        if (this.delivering === token) this.delivering = undefined;
        if (piece === END_OF_INPUT) input.end?.();
        else input.data?.(piece);
        this.pumpSoon(); // after what the handler has started or printed
      }, hashBytes(piece));
    }
  }

  /** Up to and with the next Enter or control key; undefined when it was a signal. */
  private takeRaw(): Bytes | undefined {
    let end = 0;
    while (end < this.queue.length) {
      const code = this.queue.charCodeAt(end);
      if (this.keepSignals && SIGNAL_OF[this.queue.charAt(end)] !== undefined) {
        if (end > 0) break;
        const key = this.queue.charAt(0);
        this.queue = this.queue.slice(1);
        this.signal(key, SIGNAL_OF[key] ?? 'SIGINT');
        return undefined;
      }
      end++;
      if (code === 13 || code === 10 || code === 3 || code === 4) break;
    }
    const piece = this.queue.slice(0, end);
    this.queue = this.queue.slice(end);
    return piece;
  }

  /** Edits the line byte by byte; gives the finished line, or undefined when there is none yet. */
  private takeCooked(): Bytes | undefined {
    while (this.queue !== '') {
      const key = this.queue.charAt(0);
      const code = key.charCodeAt(0);
      this.queue = this.queue.slice(1);
      const signal = this.keepSignals ? SIGNAL_OF[key] : undefined;
      if (signal !== undefined) {
        this.signal(key, signal);
        return undefined;
      }
      if (code === 13 || code === 10) {
        this.echo('\n');
        const line = `${this.line}\n`;
        this.line = '';
        return line;
      }
      if (code === 4) {
        const line = this.line;
        this.line = '';
        return line === '' ? END_OF_INPUT : line;
      }
      if (code === 127 || code === 8) this.eraseCharacter();
      else if (code === 21) while (this.line !== '') this.eraseCharacter();
      else if (code === 23) this.eraseWord();
      else {
        this.line += key;
        this.echo(code < 32 && code !== 9 ? `^${String.fromCharCode(code + 64)}` : key);
      }
    }
    return undefined;
  }

  private eraseCharacter(): void {
    if (this.line === '') return;
    let end = this.line.length - 1;
    while (end > 0 && (this.line.charCodeAt(end) & 0xc0) === 0x80) end--; // the whole of a UTF-8 character
    const code = this.line.charCodeAt(end);
    this.line = this.line.slice(0, end);
    this.echo(code < 32 && code !== 9 ? '\b \b\b \b' : '\b \b');
  }

  private eraseWord(): void {
    while (this.line.endsWith(' ')) this.eraseCharacter();
    while (this.line !== '' && !this.line.endsWith(' ')) this.eraseCharacter();
  }

  // --- who stands in front ----------------------------------------------------------------------

  /** The first process of the session. */
  lead(process: TerminalUser): void {
    this.groups.push({ owner: undefined, members: new Set([process]) });
    this.events.frontChanged();
  }

  /** Whether the process belongs to one of the foreground groups. */
  holds(process: TerminalUser): boolean {
    return this.groups.some((group) => group.members.has(process));
  }

  /** `child` comes to the front, in one group with what its parent has put there before. */
  bringToFront(owner: TerminalUser, child: TerminalUser): void {
    const top = this.groups.at(-1);
    if (top !== undefined && top.owner === owner) top.members.add(child);
    else this.groups.push({ owner, members: new Set([child]) });
    this.events.frontChanged();
    this.pumpSoon();
  }

  /** The process has ended, was stopped or has detached: it leaves the front. */
  leaveFront(process: TerminalUser, forGood: boolean): void {
    const group = this.groups.find((each) => each.members.has(process));
    if (forGood) {
      this.untold.delete(process);
      this.resizeHandlers.delete(process);
      this.prompts.delete(process);
    }
    if (group === undefined) return;
    if (forGood) group.members.delete(process);
    if ([...group.members].every((member) => member.stopped) && group !== this.groups[0]) this.groups.splice(this.groups.indexOf(group), 1);
    this.events.frontChanged();
    this.pumpSoon();
  }

  /**
   * `parent` will hear that its child has left the front. Until then no key is handed over: the shell has
   * not shown its prompt yet, nor put the terminal into the mode it edits lines in.
   */
  holdKeysFor(parent: StreamUser): () => void {
    this.untold.set(parent, (this.untold.get(parent) ?? 0) + 1);
    return () => {
      const count = this.untold.get(parent) ?? 0;
      if (count > 1) this.untold.set(parent, count - 1);
      else this.untold.delete(parent);
      this.pumpSoon();
    };
  }

  /** The process in front that reads the keys. */
  private reader(): ProcessInput | undefined {
    for (const process of [...(this.groups.at(-1)?.members ?? [])].reverse()) {
      const input = this.inputs.get(process);
      if (input?.data !== undefined) return input;
    }
    return undefined;
  }

  /** What runs in front and the prompt it waits at; the prompt is undefined while it is at work. */
  front(): { process: TerminalUser; program: string; prompt: string | undefined } | undefined {
    const members = [...(this.groups.at(-1)?.members ?? [])];
    const process = members.findLast((member) => this.prompts.has(member)) ?? members.at(-1);
    if (process === undefined) return undefined;
    return { process, program: process.argv[0] ?? '', prompt: this.prompts.get(process) };
  }

  /** Whether everything typed so far was handed over. */
  get drained(): boolean {
    return this.queue === '' && this.delivering === undefined;
  }

  // --- source -----------------------------------------------------------------------------------

  read(user: StreamUser, input: ProcessInput): void {
    this.inputs.set(user, input);
    this.pumpSoon();
  }

  detach(user?: StreamUser): void {
    if (user === undefined) return;
    const input = this.inputs.get(user);
    this.inputs.delete(user);
    // What was on its way to a process that ended is lost with it; the next one must not wait for it.
    if (input !== undefined && user.ended) {
      this.delivering = undefined;
      this.pumpSoon();
    }
  }

  // --- sink -------------------------------------------------------------------------------------

  attach(): void {}

  write(bytes: Bytes, user: StreamUser): void {
    // An event, because a process that declared CPU cost is ahead of the clock and its output must not be.
    this.afterThis('screen', `${this.id}: ${bytes.length} bytes`, () => this.emit(bytes), user.localNow());
  }

  /** Behind what programs have written before, although that may not have reached the screen yet. */
  private echo(text: Bytes): void {
    this.afterThis('screen', `${this.id}: echo`, () => this.emit(text));
  }

  /** Sends to the screen; lone line feeds get their carriage return here. */
  private emit(bytes: Bytes): void {
    if (this.closed || bytes === '') return;
    let out = bytes;
    if (bytes.includes('\n')) {
      out = '';
      let from = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (bytes.charCodeAt(i) === 10 && (i === 0 ? this.lastByte : bytes.charAt(i - 1)) !== '\r') {
          out += `${bytes.slice(from, i)}\r\n`;
          from = i + 1;
        }
      }
      out += bytes.slice(from);
    }
    this.lastByte = bytes.charAt(bytes.length - 1);
    this.events.output(out);
  }

  // --- settings ---------------------------------------------------------------------------------

  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return;
    this.columns = columns;
    this.rows = rows;
    for (const [process, handler] of this.resizeHandlers) {
      process.deliver(process.localNow(), 'resize', `${this.id}: ${columns}×${rows}`, () => handler({ columns, rows }));
    }
  }

  /** The view of one process. A process in the background cannot change how the terminal behaves. */
  ttyOf(process: TerminalUser): Tty {
    return {
      size: () => ({ columns: this.columns, rows: this.rows }),
      onResize: (handler) => {
        this.resizeHandlers.set(process, handler);
      },
      setMode: (mode, keepSignals = true) => {
        if (!this.holds(process)) return;
        this.mode = mode;
        this.keepSignals = keepSignals;
        this.pumpSoon();
      },
      prompting: (prompt) => {
        if (prompt === undefined) this.prompts.delete(process);
        else {
          this.prompts.set(process, prompt);
          this.promptsShown++;
        }
        this.events.frontChanged();
      },
    };
  }

  close(): void {
    this.closed = true;
    this.queue = '';
  }
}
