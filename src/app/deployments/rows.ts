/*
 * The space-time diagram as data
 * ------------------------------
 * A line for each machine, time downwards, one event a row, because moments lie too far apart for a scale. What is between
 * two rows and is not shown is counted. Machines have states along their line: nothing runs, without its master.
 */
import type { LoggedEvent } from '../../simulation/index.ts';
import type { Listed } from './event-classes.ts';
import type { DeploymentFacts } from './facts.ts';

export interface Row {
  readonly seq: number;
  readonly executed: number;
  readonly atUs: number;
  /** '' for a fault, which concerns all. */
  readonly host: string;
  /** Where the message came from, when it is one between machines. */
  readonly from: string | undefined;
  /** The row of its sending, when that is drawn. */
  readonly causeRow: number | undefined;
  readonly text: string;
  readonly kind: 'message' | 'told' | 'fault' | 'other';
  /** Events before it that are not drawn. */
  readonly folded: number;
}

const KINDS = new Set(['data', 'close', 'accept', 'connect', 'timeout', 'start', 'exit', 'signal', 'told', 'fault']);
/** Talk within a machine: a terminal and its own server. */
const WITHIN = /^127\.0\.0\.1:/;

/** The events as rows of a diagram, oldest first, at most `limit`, the newest unless `skip` of them are left out. */
export function rowsOf(facts: { readonly events: readonly (LoggedEvent | Listed)[]; readonly hosts: DeploymentFacts['hosts'] }, limit: number, skip = 0): Row[] {
  const hostOf = new Map(facts.hosts.map((host) => [host.address, host.name]));
  const names = new Set(facts.hosts.map(({ name }) => name));
  const all: { event: LoggedEvent; folded: number }[] = [];
  let folded = 0;
  for (const event of facts.events) {
    folded += event.folded ?? 0;
    if (!KINDS.has(event.kind) || (event.host === '127.0.0.1') || isWithin(event.what) || (event.host !== '' && !names.has(event.host))) folded++;
    else {
      all.push({ event, folded });
      folded = 0;
    }
  }
  const shown = all.slice(0, all.length - skip).slice(-limit);
  const rowBySeq = new Map(shown.map(({ event }, i) => [event.seq, i]));
  return shown.map(({ event, folded: before }) => {
    const way = /(\d+\.\d+\.\d+\.\d+):\d+ → /.exec(event.what);
    const sender = way === null ? undefined : hostOf.get(way[1] ?? '');
    return {
      seq: event.seq, executed: event.executed, atUs: event.atUs, host: event.host,
      from: sender === event.host || event.kind === 'told' || event.kind === 'fault' ? undefined : sender,
      causeRow: rowBySeq.get(event.cause),
      text: event.kind === 'data' ? event.what.split(': ')[0] ?? event.what : event.what,
      kind: event.kind === 'told' || event.kind === 'fault' ? event.kind : event.kind === 'data' ? 'message' : 'other',
      folded: before,
    };
  });
}

const isWithin = (what: string): boolean => WITHIN.test(what) || / 127\.0\.0\.1:\d+ → 127\.0\.0\.1:/.test(what);

/** How many rows there could be. */
export function countRows(facts: Parameters<typeof rowsOf>[0]): number {
  return rowsOf(facts, Infinity).length;
}

export type LineState = 'runs' | 'down' | 'apart';

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly state: LineState;
}

/** The states along each machine's line, in rows: −1 is before the first, `rows.length` after the last. */
export function spansOf(host: string, rows: readonly Row[], now: LineState): Span[] {
  const changes: { row: number; state: LineState }[] = [];
  rows.forEach((row, i) => {
    const state = row.host === host ? stateAfter(row, now) : undefined;
    if (state !== undefined) changes.push({ row: i, state });
  });
  const spans: Span[] = [];
  // What it was before its first change can only be what that one ended.
  const first = changes[0];
  let state: LineState = first === undefined ? now : first.state === 'runs' ? 'down' : 'runs';
  let from = -1;
  for (const change of changes) {
    if (change.state === state) continue;
    spans.push({ from, to: change.row, state });
    from = change.row;
    state = change.state;
  }
  spans.push({ from, to: rows.length, state });
  return spans;
}

function stateAfter({ kind, text }: Row, now: LineState): LineState | undefined {
  if (kind !== 'told') return undefined;
  if (text === 'has stopped') return 'down';
  if (text.startsWith('is ready')) return 'runs';
  if (/^the link to its master .* is down$/.test(text)) return 'apart';
  // One that was promoted hears of no link any more: it has taken slots, or has a replica of its own, and is not apart now.
  if (text.startsWith('has won epoch') || (now === 'runs' && text.startsWith('a replica is in step'))) return 'runs';
  return /^the link to its master .* stands$/.test(text) ? 'runs' : undefined;
}

/** How many events fell into each of `bins` equal parts of the time that they span. */
export function activity(events: readonly LoggedEvent[], bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  const [first, last] = [events[0]?.atUs ?? 0, events.at(-1)?.atUs ?? 0];
  for (const event of events) {
    const bin = last === first ? 0 : Math.min(bins - 1, Math.floor(((event.atUs - first) / (last - first)) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1 + (event.folded ?? 0);
  }
  return counts;
}

/** A chain of causes as events, oldest first, with what machines do all the time counted instead of told. */
export function pastOf(chain: readonly LoggedEvent[]): Listed[] {
  const past: Listed[] = [];
  let folded = 0;
  for (const event of chain.toReversed()) {
    if (event.isBackground && event !== chain[0]) folded++;
    else {
      past.push({ ...event, folded });
      folded = 0;
    }
  }
  return past;
}
