/*
 * Typing for the learner
 * ----------------------
 * A run button types what a learner would type. Steps wait in a queue for each terminal; a step is typed
 * when the program in front shows its prompt, and is done when a prompt stands there again. A Redis
 * command at the shell's prompt starts redis-cli first; a line that begins with `$ ` leaves redis-cli.
 *
 * What it types goes through the same door as keys, so the recording holds the keys and nothing of the
 * queue: a replay needs no stepper.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import type { Session } from './session.ts';

interface Queued {
  /** As it is to be typed, without Enter. */
  readonly line: Bytes;
  readonly at: 'shell' | 'redis-cli';
}

interface TerminalQueue {
  readonly steps: Queued[];
  /** Prompts shown when the last line was typed: it is done when there are more. */
  typedAt: number | undefined;
  /** What the line under way was for. */
  doing: 'step' | 'start redis-cli' | 'leave redis-cli' | undefined;
  /** When the step began to wait for a prompt. */
  waitingSince: Micros | undefined;
  /** The learner has typed part of a line at this prompt. */
  halfTyped: boolean;
}

const SHELL_STEP = /^\$ /;
/** Virtual time a step waits for a prompt before the learner is told. */
const PATIENCE_US: Micros = 15_000_000;
const CLEAR_LINE = '\x15';

export interface StepProblem {
  readonly tty: string;
  readonly what: string;
  readonly remedy: string;
}

export class Stepper {
  private readonly queues = new Map<string, TerminalQueue>();
  private readonly session: () => Session;
  private readonly type: (tty: string, bytes: Bytes) => void;
  private readonly problem: (problem: StepProblem) => void;

  /** `type` records and types; `session` is asked each time because undo replaces it. */
  constructor(session: () => Session, type: (tty: string, bytes: Bytes) => void, problem: (problem: StepProblem) => void) {
    this.session = session;
    this.type = type;
    this.problem = problem;
  }

  /** Queues a line for a terminal: a Redis command, or `$ ` and a shell line. */
  add(tty: string, step: Bytes): void {
    const isShell = SHELL_STEP.test(step);
    this.queue(tty).steps.push({ line: isShell ? step.slice(2) : step, at: isShell ? 'shell' : 'redis-cli' });
  }

  /** The learner typed something: a step that comes next clears a half-typed line first. */
  noteTyped(tty: string, bytes: Bytes): void {
    const last = bytes.charCodeAt(bytes.length - 1);
    this.queue(tty).halfTyped = !(last === 13 || last === 10 || last === 3 || last === 4 || last === 21);
  }

  /** Steps wait to be typed. */
  get waits(): boolean {
    for (const queue of this.queues.values()) if (queue.steps.length > 0) return true;
    return false;
  }

  /** Steps wait for this terminal. */
  waitsFor(tty: string): boolean {
    return (this.queues.get(tty)?.steps.length ?? 0) > 0;
  }

  /** A line was typed into this terminal and its prompt has not come back. */
  isDoing(tty: string): boolean {
    return this.queues.get(tty)?.doing !== undefined;
  }

  /** Earliest moment at which a waiting step gives up; undefined when none waits. */
  deadline(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const { waitingSince } of this.queues.values()) {
      if (waitingSince !== undefined) earliest = Math.min(earliest ?? Infinity, waitingSince + PATIENCE_US);
    }
    return earliest;
  }

  forget(): void {
    this.queues.clear();
  }

  private queue(tty: string): TerminalQueue {
    let queue = this.queues.get(tty);
    if (queue === undefined) {
      queue = { steps: [], typedAt: undefined, doing: undefined, waitingSince: undefined, halfTyped: false };
      this.queues.set(tty, queue);
    }
    return queue;
  }

  /** Types what can be typed now. Call it after every event that changed a prompt. */
  pump(): void {
    if (this.queues.size === 0) return;
    for (const [tty, queue] of this.queues) this.pumpOne(tty, queue);
  }

  private pumpOne(tty: string, queue: TerminalQueue): void {
    if (queue.steps.length === 0 && queue.doing === undefined) return;
    const terminal = this.session().terminals.get(tty);
    if (terminal === undefined) {
      queue.steps.length = 0;
      queue.doing = undefined;
      queue.waitingSince = undefined;
      return;
    }
    const front = terminal.front();
    const ready = front?.prompt !== undefined && terminal.drained;
    if (queue.typedAt !== undefined) {
      if (!ready || terminal.promptsShown === queue.typedAt) {
        this.waitFor(queue, tty, front?.program);
        return;
      }
      queue.typedAt = undefined;
    }
    const done = queue.doing;
    queue.doing = undefined;
    const step = queue.steps[0];
    if (step === undefined) {
      queue.waitingSince = undefined;
      return;
    }
    if (!ready || front === undefined) {
      this.waitFor(queue, tty, front?.program);
      return;
    }
    queue.waitingSince = undefined;
    const inRedisCli = nameOf(front.program) === 'redis-cli';
    if (step.at === 'redis-cli' && !inRedisCli) {
      if (done === 'start redis-cli') this.giveUp(queue, tty, 'redis-cli has ended again', 'Look at what it printed in the terminal.');
      else this.enter(queue, tty, 'redis-cli', 'start redis-cli', terminal.promptsShown);
    } else if (step.at === 'shell' && inRedisCli) {
      this.enter(queue, tty, 'exit', 'leave redis-cli', terminal.promptsShown);
    } else {
      queue.steps.shift();
      this.enter(queue, tty, step.line, 'step', terminal.promptsShown);
    }
  }

  private enter(queue: TerminalQueue, tty: string, line: Bytes, doing: NonNullable<TerminalQueue['doing']>, promptsShown: number): void {
    const clear = queue.halfTyped ? CLEAR_LINE : '';
    queue.typedAt = promptsShown;
    queue.doing = doing;
    queue.waitingSince = this.session().nowUs;
    this.type(tty, `${clear}${line}\r`);
    queue.halfTyped = false;
  }

  /** A step that waits in vain is given up when others stand behind it; a command that blocks may block. */
  private waitFor(queue: TerminalQueue, tty: string, program: string | undefined): void {
    const now = this.session().nowUs;
    if (queue.steps.length === 0) {
      queue.waitingSince = undefined;
      return;
    }
    queue.waitingSince ??= now;
    if (now - queue.waitingSince < PATIENCE_US) return;
    this.giveUp(queue, tty, `The terminal is busy: ${nameOf(program ?? '') || 'a program'} is still at work there`, 'Press Ctrl-C in the terminal, or wait until its prompt is back, and run the step again.');
  }

  private giveUp(queue: TerminalQueue, tty: string, what: string, remedy: string): void {
    queue.steps.length = 0;
    queue.waitingSince = undefined;
    this.problem({ tty, what, remedy });
  }
}

function nameOf(program: Bytes): string {
  return program.slice(program.lastIndexOf('/') + 1);
}
