/*
 * A bench for attempts
 * --------------------
 * Does what a learner would do, in an inline lab, and reads what they would read: types into terminals, looks
 * at the screen between two prompts, lets checks be judged. Every attempt gets a lab of its own.
 */
import { utf8, type Bytes } from '../engine/bytes.ts';
import { createInlineLab, type InlineLab } from '../lab/inline.ts';
import type { Notice } from '../lab/protocol.ts';
import type { Check, CheckResult, Start } from '../lessons/index.ts';
import type { Step } from '../simulation/index.ts';

/** Wall clock at the beginning of every attempt: 2026-11-23 09:00 UTC. */
const EPOCH_MS = 1_795_424_400_000;
/** Wide enough that no line is wrapped. */
const COLUMNS = 500;
const ROWS = 200;
export const MAIN = 'main';

export class Bench {
  readonly problems: string[] = [];
  private readonly lab: InlineLab = createInlineLab();
  private readonly host: string;
  private readonly fronts = new Map<string, { program: string; prompt: string }>();
  private readonly open = new Set<string>();

  constructor(start: Start, checks: readonly Check[] = [], answers: Readonly<Record<string, number>> = {}) {
    this.host = start.scenario.hosts[0]?.name ?? 'local';
    this.lab.listen('bench', (notice) => this.hear(notice));
    this.lab.send({ type: 'open', lab: 'bench', scenario: start.scenario, nowMs: EPOCH_MS });
    this.lab.send({ type: 'prepare', lab: 'bench', steps: start.steps });
    if (checks.length > 0) this.lab.send({ type: 'checks', lab: 'bench', checks, answers });
  }

  private hear(notice: Notice): void {
    const problem = notice.type === 'problem' ? `${notice.what} ${notice.remedy}` : notice.type === 'crashed' ? `the lab crashed: ${notice.report}` : undefined;
    // What goes wrong with every step is told once.
    if (problem !== undefined && !this.problems.includes(problem)) this.problems.push(problem);
    if (notice.type === 'foreground') this.fronts.set(notice.tty, { program: notice.program, prompt: notice.prompt });
  }

  dispose(): void {
    this.lab.send({ type: 'close', lab: 'bench' });
    this.lab.dispose();
  }

  private terminal(tty: string): void {
    if (this.open.has(tty)) return;
    this.open.add(tty);
    this.lab.send({ type: 'openTerminal', lab: 'bench', tty, host: this.host, columns: COLUMNS, rows: ROWS });
  }

  /** Types one line where a run button would, and returns what was printed before the next prompt. */
  type(command: string, at: 'redis' | 'shell', tty: string): string {
    this.terminal(tty);
    // A terminal in the middle of SUBSCRIBE or MONITOR is freed as a learner frees it.
    const front = this.fronts.get(tty);
    if (front !== undefined && front.prompt === '') this.lab.send({ type: 'input', lab: 'bench', tty, bytes: '\x03' });
    const before = this.lines(tty);
    this.lab.send({ type: 'runStep', lab: 'bench', tty, step: at === 'shell' ? `$ ${utf8(command)}` : utf8(command) });
    const after = this.lines(tty);
    return printedBetween(before, after, command);
  }

  private lines(tty: string): string[] {
    return this.lab.transcript('bench', tty).split('\n');
  }

  /** What stands on a terminal now. */
  screen(tty: string): string {
    return this.lab.transcript('bench', tty);
  }

  perform(steps: readonly Step[]): void {
    this.terminal(MAIN);
    this.lab.send({ type: 'perform', lab: 'bench', tty: MAIN, steps });
    this.lab.settle('bench');
  }

  results(): readonly CheckResult[] {
    return this.lab.results('bench');
  }

  /** Runs a command silently, as a start step. */
  prepare(text: Bytes): void {
    this.lab.send({ type: 'prepare', lab: 'bench', steps: [{ kind: 'redis', text }] });
  }
}

/**
 * The lines between the command that was typed and the prompt after it. The command stands at the end of a
 * prompt line; before it there may be lines of redis-cli being started.
 */
export function printedBetween(before: readonly string[], after: readonly string[], command: string): string {
  const wanted = command.trimEnd();
  const from = Math.max(0, before.length - 1);
  let typed = -1;
  for (let at = from; at < after.length; at++) {
    const line = after[at] ?? '';
    if (line.endsWith(` ${wanted}`) && /[>$] ?$/.test(line.slice(0, line.length - wanted.length))) {
      typed = at;
      break;
    }
  }
  if (typed < 0) return after.slice(from).join('\n');
  const rest = after.slice(typed + 1);
  // A status line, which the next message overwrites.
  if (/^Reading messages\.\.\. \(/.test(rest[rest.length - 1] ?? '')) rest.pop();
  // The last line is the next prompt, unless the program has not come back to one.
  const last = rest[rest.length - 1] ?? '';
  if (/^(\S+:\d+(\[\d+\])?(\(TX\))?|not connected)>$|^(\(subscribed mode\))|[$#]$|>$/.test(last.trimEnd()) || last === '') rest.pop();
  return rest.join('\n').replace(/\n+$/, '');
}
