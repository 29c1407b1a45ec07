/*
 * Where two runs of one scenario part
 * -----------------------------------
 * Batched runs are fast but several replies come at once; when something differs in one, the scenario
 * runs again step by step, so that the first request with another reply is known, and is then cut down
 * to the few steps that are needed for it.
 */
import { fold, type Bytes } from '../../engine/index.ts';
import { clockTolerance, commandOf, maskBytes, maskClientLines, parseAll, sameBesideSubscriptions, sameMessages, sameReply, sameUnsubscriptions } from './compare.ts';
import { shown, type Scenario, type Step } from './scenario.ts';
import type { FinalState, Run, Side, Turn } from './side.ts';

export interface Difference {
  /** The step that showed it; undefined for the state at the end. */
  readonly step: Step | undefined;
  /** Which command, as the summary counts it. */
  readonly command: string;
  /** Differences with one signature have one cause, as far as a program can tell. */
  readonly signature: string;
  readonly real: string;
  readonly ours: string;
}

/** What was compared, for the summary. */
export class Tally {
  readonly commands = new Map<string, number>();
  readonly declared = new Map<string, number>();
  /** Differences that a second run did not show: the machine was slow, or a race. */
  readonly notRepeated: string[] = [];
  /** Scenarios in which the real server reported a bug of its own and ended. */
  readonly crashedReal: string[] = [];

  count(scenario: Scenario): void {
    for (const step of scenario.steps) {
      const name = step.kind === 'command' ? (commandOf(step.argv)?.fullName ?? '(unknown)') : step.kind === 'raw' ? '(raw bytes)' : undefined;
      if (name !== undefined) this.commands.set(name, (this.commands.get(name) ?? 0) + 1);
    }
  }

  declare(reason: string): void {
    this.declared.set(reason, (this.declared.get(reason) ?? 0) + 1);
  }

  get total(): number {
    let sum = 0;
    for (const each of this.commands.values()) sum += each;
    return sum;
  }
}

/** Follows MULTI … EXEC of each client, to know which reply of EXEC belongs to which request. */
class Queues {
  private readonly open = new Map<string, (readonly Bytes[])[]>();
  private readonly ran = new Map<Step, readonly (readonly Bytes[])[]>();

  constructor(scenario: Scenario) {
    for (const step of scenario.steps) {
      if (step.kind === 'wait') continue;
      if (step.kind !== 'command') {
        this.open.delete(step.client);
        continue;
      }
      const queue = this.open.get(step.client);
      switch (fold(step.argv[0] ?? '')) {
        case 'multi':
          if (queue === undefined) this.open.set(step.client, []);
          break;
        case 'exec':
          this.ran.set(step, queue ?? []);
          this.open.delete(step.client);
          break;
        case 'discard':
        case 'reset':
        case 'quit':
          this.open.delete(step.client);
          break;
        case 'watch': // refused inside a transaction, which goes on
          break;
        default:
          queue?.push(step.argv);
      }
    }
  }

  of(step: Step): readonly (readonly Bytes[])[] {
    return this.ran.get(step) ?? [];
  }
}

/** The first difference; 'unsure' when a batched turn cannot be told apart reply by reply. */
export function firstDifference(scenario: Scenario, real: Run, ours: Run, tally: Tally | undefined): Difference | 'unsure' | undefined {
  const queues = new Queues(scenario);
  const clockMs = clockTolerance(Math.max(real.tookMs, ours.tookMs));
  for (const [index, theirs] of real.turns.entries()) {
    const mine = ours.turns[index];
    if (mine === undefined) throw new Error('both runs have the same turns');
    const found = inTurn(scenario, theirs, mine, { queues, clockMs, tally });
    if (found !== undefined) return found;
  }
  return inState(real.state, ours.state, clockMs);
}

function inTurn(scenario: Scenario, real: Turn, ours: Turn, { queues, clockMs, tally }: { queues: Queues; clockMs: number; tally: Tally | undefined }): Difference | 'unsure' | undefined {
  const steps = scenario.steps.slice(real.from, real.to);
  const first = steps[0] as Step;
  for (const client of new Set([...real.received.keys(), ...ours.received.keys()])) {
    const [theirs, mine] = [real.received.get(client) ?? '', ours.received.get(client) ?? ''];
    if (theirs === mine || maskBytes(theirs) === maskBytes(mine)) continue;
    const [theirReplies, myReplies] = [parseAll(theirs), parseAll(mine)];
    if (theirReplies !== undefined && myReplies !== undefined && sameMessages(theirReplies, myReplies)) {
      tally?.declare('the order of patterns or of clients that track, by chance in the real server');
      continue;
    }
    const isCommand = first.kind === 'command' && first.client === client;
    // CLIENT REPLY declares what it does inside EXEC: the real server's reply breaks off.
    if (steps.length === 1 && isCommand && queues.of(first).some((each) => commandOf(each)?.fullName === 'client|reply')) {
      tally?.declare('declared: CLIENT REPLY inside EXEC');
      continue;
    }
    // An AUTH that says nothing inside EXEC leaves its array short: no client can read it, but the bytes can be compared.
    if (theirReplies === undefined && myReplies === undefined && isCommand && steps.length === 1 && withoutNumbers(theirs) === withoutNumbers(mine)) continue;
    // Closed with requests unread, TCP may throw away the last reply on its way.
    if (first.kind === 'raw' && first.bytes.length > 16_000 && real.closed.includes(client) && ours.closed.includes(client) && (theirs.startsWith(mine) || mine.startsWith(theirs))) {
      tally?.declare('a long request whose connection is closed: the last reply may be lost on its way');
      continue;
    }
    if (isCommand && steps.length === 1 && sameBesideSubscriptions(theirs, mine, queues.of(first))) {
      tally?.declare('the order of channels, by chance in the real server');
      continue;
    }
    const matched = theirReplies !== undefined && myReplies !== undefined && theirReplies.length === myReplies.length
      && isCommand && (steps.length === 1 || theirReplies.length === steps.length);
    if (!matched) return steps.length > 1 ? 'unsure' : difference(first, theirs, mine);
    if (steps.length === 1 && first.kind === 'command' && sameUnsubscriptions(theirReplies, myReplies, first.argv)) {
      tally?.declare('the order of channels, by chance in the real server');
      continue;
    }
    for (const [index, reply] of theirReplies.entries()) {
      const step = steps.length === 1 ? first : (steps[index] as Step);
      const other = myReplies[index];
      if (step.kind !== 'command' || other === undefined) continue;
      const verdict = sameReply(reply, other, step.argv, clockMs, queues.of(step));
      if (!verdict.same) return steps.length > 1 ? 'unsure' : difference(step, theirs, mine);
      if (verdict.reason !== undefined) tally?.declare(verdict.reason);
    }
  }
  if (real.closed.join() !== ours.closed.join()) {
    return steps.length > 1 ? 'unsure' : difference(first, `connections ended: ${real.closed.join(', ') || 'none'}`, `connections ended: ${ours.closed.join(', ') || 'none'}`);
  }
  return undefined;
}

const withoutNumbers = (bytes: Bytes): Bytes => maskClientLines(maskBytes(bytes)).replace(/([:$])\d+/g, '$1#');

function nameOf(step: Step): string {
  return step.kind === 'command' ? (commandOf(step.argv)?.fullName ?? '(unknown)') : step.kind === 'raw' ? '(raw bytes)' : `(${step.kind})`;
}

const outline = (bytes: Bytes): string => bytes.slice(0, 60).replace(/-?\d+/g, '#');

function difference(step: Step, real: Bytes, ours: Bytes): Difference {
  const command = nameOf(step);
  const [theirs, mine] = aroundDifference(real, ours);
  return { step, command, signature: `${command} ${outline(real)} ${outline(ours)}`, real: theirs, ours: mine };
}

/** Long replies are shown from a little before the first byte that differs. */
function aroundDifference(real: Bytes, ours: Bytes): [string, string] {
  if (real.length < 500 && ours.length < 500) return [shown(real, 500), shown(ours, 500)];
  let at = 0;
  while (at < real.length && real[at] === ours[at]) at++;
  const from = Math.max(0, at - 120);
  const part = (bytes: Bytes) => `${from > 0 ? `(from byte ${from}) ` : ''}${shown(bytes.slice(from, at + 280), 500)}`;
  return [part(real), part(ours)];
}

/** Moments of expiry may part by `clockMs`. */
function inState(real: FinalState, ours: FinalState, clockMs: number): Difference | undefined {
  const state = (what: string, theirs: string, mine: string): Difference => ({ step: undefined, command: `(${what})`, signature: `(${what})`, real: theirs, ours: mine });
  for (const [key, theirs] of real.keys) {
    const mine = ours.keys.get(key);
    if (mine === undefined) return state('keys at the end', `has ${shown(key)}`, 'has it not');
    if (mine.encoding !== theirs.encoding) return state('encoding at the end', `${shown(key)}: ${theirs.encoding}`, mine.encoding);
    const bothExpire = mine.expires >= 0 && theirs.expires >= 0;
    if (mine.expires !== theirs.expires && !(bothExpire && Math.abs(mine.expires - theirs.expires) <= clockMs)) {
      return state('expiry at the end', `${shown(key)}: ${theirs.expires}`, String(mine.expires));
    }
  }
  for (const key of ours.keys.keys()) if (!real.keys.has(key)) return state('keys at the end', `has not ${shown(key)}`, 'has it');
  if (real.digest !== ours.digest) return state('digest at the end', real.digest, ours.digest);
  const parted = partOf(real.commandStats, ours.commandStats);
  if (parted !== undefined) return { ...state('command statistics', ...parted), signature: `(command statistics) ${outline(parted[0])}` };
  const errors = partOf(real.errorStats, ours.errorStats);
  if (errors !== undefined) return state('error statistics', ...errors);
  return undefined;
}

function partOf(real: readonly string[], ours: readonly string[]): [string, string] | undefined {
  const [theirs, mine] = [real.filter((line) => !ours.includes(line)), ours.filter((line) => !real.includes(line))];
  return theirs.length === 0 && mine.length === 0 ? undefined : [theirs.join(' ') || 'nothing', mine.join(' ') || 'nothing'];
}

/** What is told of a difference that did not come again. */
const SEEN_ONCE_CHARACTERS = 200;

export class Pair {
  readonly real: Side;
  readonly ours: Side;
  constructor(real: Side, ours: Side) {
    this.real = real;
    this.ours = ours;
  }

  async compare(scenario: Scenario, stepwise: boolean, tally?: Tally): Promise<Difference | 'unsure' | undefined> {
    const [real, ours] = await Promise.all([this.real.run(scenario, stepwise), this.ours.run(scenario, stepwise)]);
    return firstDifference(scenario, real, ours, tally);
  }

  /** Runs a scenario; a difference is one that shows twice. */
  async check(scenario: Scenario, tally: Tally): Promise<{ difference: Difference; stepwise: boolean } | undefined> {
    tally.count(scenario);
    const batched = await this.compare(scenario, false, tally);
    if (batched === undefined) return undefined;
    let seen = batched;
    for (let attempt = 0; attempt < 2; attempt++) {
      const single = await this.compare(scenario, true, attempt === 0 ? tally : undefined);
      if (single === 'unsure') throw new Error('a single step is never unsure');
      if (single !== undefined) {
        seen = single;
        const again = await this.compare(scenario, true);
        if (again !== undefined && again !== 'unsure') return { difference: again, stepwise: true };
      } else if (batched === 'unsure') return undefined; // reply by reply they agree
    }
    const again = await this.compare(scenario, false);
    if (again !== undefined && again !== 'unsure') return { difference: again, stepwise: false };
    tally.notRepeated.push(`${scenario.name}${seen === 'unsure' ? '' : ` (${seen.command}: real ${seen.real.slice(0, SEEN_ONCE_CHARACTERS)}, ours ${seen.ours.slice(0, SEEN_ONCE_CHARACTERS)})`}`);
    return undefined;
  }

  /** Cuts the scenario down while the same difference shows. */
  async shrink(scenario: Scenario, wanted: Difference, stepwise: boolean, mostRuns = 150): Promise<{ scenario: Scenario; difference: Difference }> {
    let best = { scenario, difference: wanted };
    let runs = 0;
    const attempt = async (steps: readonly Step[]): Promise<boolean> => {
      if (++runs > mostRuns) return false;
      const candidate = { ...scenario, steps };
      const found = await this.compare(candidate, stepwise);
      if (found === undefined || found === 'unsure' || found.signature !== wanted.signature) return false;
      best = { scenario: candidate, difference: found };
      return true;
    };
    if (wanted.step !== undefined) await attempt(scenario.steps.slice(0, scenario.steps.indexOf(wanted.step) + 1));
    for (let size = Math.ceil(best.scenario.steps.length / 2); runs < mostRuns; size = Math.ceil(size / 2)) {
      for (let at = 0; at < best.scenario.steps.length && runs < mostRuns; ) {
        const { steps } = best.scenario;
        if (steps.length <= 1 || !(await attempt([...steps.slice(0, at), ...steps.slice(at + size)]))) at += size;
      }
      if (size === 1) break;
    }
    return best;
  }
}
