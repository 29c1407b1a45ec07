/*
 * Recorded sessions
 * -----------------
 * A golden is a scenario with what the real server sent at each step, kept as text: `npm run goldens`
 * records it, and the tests replay it on our engine without a real server at hand. Requests are written
 * as one would type them, with escapes for odd bytes.
 */
import type { Bytes } from '../../engine/index.ts';
import { splitArguments } from '../../engine/protocol/index.ts';
import { inlineWord, type Scenario, type Step } from '../conformance/scenario.ts';
import type { Turn } from '../conformance/side.ts';

/** One step: the line; what came back, to the sender or by client; the clients whose connection ended. */
export type GoldenStep = readonly [line: string, received?: Bytes | Readonly<Record<string, Bytes>>, closed?: readonly string[]];

export interface GoldenSession {
  readonly title: string;
  readonly steps: readonly GoldenStep[];
}

export interface GoldenFile {
  readonly redisVersion: string;
  /** Wall clock when the recording of this file began, milliseconds. */
  readonly atMs: number;
  readonly sessions: readonly GoldenSession[];
}

const LINE = /^(\w+)(> |\| |  leaves$)(.*)$/s;

/** `a> SET k v`, `a| "raw bytes"`, `a  leaves`, `+ 60 ms`; without a name it is client a. */
export function stepOf(line: string): Step {
  const wait = /^\+ (\d+) ms$/.exec(line);
  if (wait !== null) return { kind: 'wait', ms: Number(wait[1]) };
  const [, client = 'a', sign = '> ', rest = line] = LINE.exec(line) ?? [];
  if (sign === '  leaves') return { kind: 'leave', client };
  const words = splitArguments(rest);
  if (words === undefined) throw new Error(`quotes do not close: ${line}`);
  if (sign === '| ') return { kind: 'raw', client, bytes: words.join(''), pieces: [] };
  return { kind: 'command', client, argv: words };
}

export function lineOf(step: Step): string {
  switch (step.kind) {
    case 'wait':
      return `+ ${step.ms} ms`;
    case 'leave':
      return `${step.client}  leaves`;
    case 'raw':
      return `${step.client}| ${inlineWord(step.bytes)}`;
    case 'command':
      return `${step.client}> ${step.argv.map(inlineWord).join(' ')}`;
  }
}

export function goldenOf(title: string, scenario: Scenario, turns: readonly Turn[]): GoldenSession {
  const steps = scenario.steps.map((step, index): GoldenStep => {
    const turn = turns[index];
    if (turn === undefined) throw new Error('a stepwise run has a turn for each step');
    const sender = step.kind === 'wait' ? undefined : step.client;
    const isPlain = turn.received.size === 0 || (turn.received.size === 1 && sender !== undefined && turn.received.has(sender));
    const received = isPlain ? (turn.received.get(sender ?? '') ?? '') : Object.fromEntries(turn.received);
    if (turn.closed.length > 0) return [lineOf(step), received, turn.closed];
    return received === '' ? [lineOf(step)] : [lineOf(step), received];
  });
  return { title, steps };
}

/** The scenario and what the real server sent. */
export function replayOf(session: GoldenSession): { scenario: Scenario; turns: readonly Turn[] } {
  const steps = session.steps.map(([line]) => stepOf(line));
  const turns = session.steps.map(([, received = '', closed = []], index): Turn => {
    const step = steps[index] as Step;
    const sender = step.kind === 'wait' ? '' : step.client;
    const map = typeof received === 'string' ? (received === '' ? [] : [[sender, received] as const]) : Object.entries(received);
    return { from: index, to: index + 1, received: new Map(map), closed };
  });
  return { scenario: { family: 'golden', name: session.title, steps }, turns };
}
