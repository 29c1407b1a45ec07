/*
 * Keys that end, as a view
 * ------------------------
 * Deadlines on a line of wall-clock time. Marks stand still and the present moves, because a deadline is a
 * moment that was fixed once; a key has no clock of its own that runs down. The line is a window of a few
 * standard lengths, and it moves on by a quarter when the present comes near its middle.
 *
 *   S  up to 60 keys with a deadline     each on a line of its own
 *   M  up to 2,000                       the hundred soonest as dots, and classes of time left
 *   L  more                              classes from a sample
 *
 * The present is rounded to 1/240 of the window, so that a quiet server gives the same view again.
 */
import type { Bytes } from '../../engine/index.ts';
import { count, counted, duration, listed, shown, timeOfDay } from '../words.ts';

export type Level = 'S' | 'M' | 'L';

export interface DeadlineView {
  readonly key: Bytes;
  readonly atMs: number;
  /** Past its time, and still in the table. */
  readonly isDead: boolean;
}

/** How a key whose time had passed left the table. */
export interface RemovalView {
  /** Rises through the run. */
  readonly id: number;
  readonly key: Bytes;
  readonly how: 'access' | 'cycle';
  readonly lateMs: number;
  /** The command that came upon it; undefined for the cycle. */
  readonly command: string | undefined;
}

export interface CycleView {
  readonly kind: 'slow' | 'fast';
  readonly sampled: number;
  readonly expired: number;
  readonly loops: number;
  readonly timeUp: boolean;
  /** Keys looked at, in order, at most 60; names only at level S. */
  readonly probes: readonly { readonly key: Bytes | undefined; readonly expired: boolean }[];
}

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CommandView {
  readonly id: number;
  readonly text: string;
  /** In capitals. */
  readonly name: string;
  readonly key: Bytes;
  readonly words: number;
}

export interface ExpiryView {
  readonly place: string | undefined;
  readonly db: number;
  readonly level: Level;
  readonly nowMs: number;
  readonly window: TimeWindow;
  /** Keys in the table, dead ones included: what DBSIZE counts. */
  readonly physical: number;
  readonly withDeadline: number;
  /** Of them, past their time: counted, or estimated from `sampledFrom`. */
  readonly dead: number;
  readonly sampledFrom: number;
  /** The soonest first, at most 100. */
  readonly deadlines: readonly DeadlineView[];
  /** Levels M and L: keys by time left, classes as CLASS_EDGES_MS has them. */
  readonly classes: readonly number[];
  readonly classesFrom: number;
  /** The last run of the active cycle that removed something: the many that find nothing would only flicker. */
  readonly sweep: CycleView | undefined;
  /** The last removals, newest first, at most 12. */
  readonly removals: readonly RemovalView[];
  /** Removed since the server started, both ways together. */
  readonly expiredTotal: number;
  /** Shares of dead keys in the samples of the last cycles that removed something, in percent, oldest first; at most 60. */
  readonly staleTrace: readonly number[];
  /** Cycles a second, and the effort from 1 to 10. */
  readonly hz: number;
  readonly effort: number;
  readonly isCycleOff: boolean;
  readonly command: CommandView | undefined;
}

/** Less than this left, in milliseconds; the first class is of those past their time. */
export const CLASS_EDGES_MS: readonly number[] = [0, 1000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 604_800_000];
export const CLASS_NAMES: readonly string[] = ['past', 'under 1 s', '1–10 s', '10–60 s', '1–10 min', '10–60 min', '1–24 h', '1–7 days', 'longer'];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths of the line, each with round quarters. */
const SPANS_MS = [20 * SECOND, MINUTE, 2 * MINUTE, 4 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 2 * HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 12 * DAY, 28 * DAY, 100 * DAY, 400 * DAY, 4000 * DAY];

/** The window in which at least half of the deadlines lie; `soonest` are sorted. */
export function windowFor(nowMs: number, soonest: readonly { readonly atMs: number }[], total: number): TimeWindow {
  const middle = soonest[Math.min(soonest.length - 1, Math.floor((Math.min(total, soonest.length) - 1) / 2))];
  const aheadMs = middle === undefined ? MINUTE : Math.max(0, middle.atMs - nowMs);
  const span = SPANS_MS.find((each) => each / 2 >= aheadMs) ?? (SPANS_MS.at(-1) as number);
  const quarter = span / 4;
  const fromMs = Math.floor(nowMs / quarter) * quarter - quarter;
  return { fromMs, toMs: fromMs + span };
}

/** Where a moment lies in the window, 0 … 1; beyond the ends it is cut to them. */
export function placeIn(window: TimeWindow, atMs: number): number {
  return Math.max(0, Math.min(1, (atMs - window.fromMs) / (window.toMs - window.fromMs)));
}

/** Moments for the marks of the axis: quarters, or eighths where there is room. */
export function ticks(window: TimeWindow, parts: number): { atMs: number; label: string }[] {
  const step = (window.toMs - window.fromMs) / parts;
  return Array.from({ length: parts + 1 }, (_, i) => {
    const atMs = window.fromMs + i * step;
    return { atMs, label: moment(window, atMs) };
  });
}

/** A moment as finely as the window needs it. */
export function moment(window: TimeWindow, atMs: number): string {
  const span = window.toMs - window.fromMs;
  if (span < 4 * HOUR) return timeOfDay(atMs);
  const date = dayAndMonth(atMs);
  return span <= 2 * DAY ? timeOfDay(atMs).slice(0, 5) : date;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "14 Nov" of a moment, UTC: the civil calendar from a count of days. */
export function dayAndMonth(atMs: number): string {
  // Years are counted from March, so that the leap day is the last day of one.
  const days = Math.floor(atMs / DAY) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const year = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  return `${dayOfYear - Math.floor((153 * march + 2) / 5) + 1} ${MONTHS[(march + 2) % 12] ?? ''}`;
}

export function nothingToSee(db: number): ExpiryView {
  return {
    place: undefined, db, level: 'S', nowMs: 0, window: { fromMs: 0, toMs: 1 }, physical: 0, withDeadline: 0, dead: 0, sampledFrom: 0, deadlines: [], classes: [],
    classesFrom: 0, sweep: undefined, removals: [], expiredTotal: 0, staleTrace: [], hz: 10, effort: 1, isCycleOff: false, command: undefined,
  };
}

// --- words --------------------------------------------------------------------------------------

/** Moments are told by the clock on the wall, not by the time left: so the words change only when something happens. */
export function describeExpiry(view: ExpiryView): string {
  if (view.place === undefined) return 'No server is running here.';
  const lines: string[] = [];
  const about = view.sampledFrom < view.withDeadline ? 'about ' : '';
  lines.push(`Database ${view.db} of ${view.place}: ${counted(view.physical, 'key')} in the table, ${count(view.withDeadline)} with a deadline. ${view.dead === 0 ? 'All are alive.' : `${about}${counted(view.dead, 'key')} ${view.dead === 1 ? 'is' : 'are'} past ${view.dead === 1 ? 'its' : 'their'} time and not removed yet: no client sees ${view.dead === 1 ? 'it' : 'them'}, but the memory is not free.`}`);
  if (view.level === 'L') {
    const from = view.classesFrom < view.withDeadline ? `Of ${count(view.classesFrom)} looked at, time left` : 'Time left';
    lines.push(`${from}: ${listed(view.classes.flatMap((n, i) => (n === 0 ? [] : [`${CLASS_NAMES[i] ?? ''} ${count(n)}`])), 12)}.`);
  } else if (view.deadlines.length > 0) {
    const names = view.deadlines.map((each) => `${shown(each.key)} ${each.isDead ? 'ended' : 'ends'} at ${timeOfDay(each.atMs)}${view.window.toMs - view.window.fromMs > 2 * DAY ? ` on ${dayAndMonth(each.atMs)}` : ''}`);
    lines.push(`Soonest first: ${listed(names, 8, view.withDeadline - Math.min(8, names.length))}.`);
  }
  if (view.isCycleOff) lines.push('The active cycle is switched off: only a look removes a dead key.');
  else lines.push(cycleWords(view));
  const [last] = view.removals;
  if (last !== undefined) lines.push(removalWords(last));
  lines.push(`Removed since the start: ${count(view.expiredTotal)}.`);
  return lines.join('\n');
}

export function cycleWords({ sweep, hz }: ExpiryView): string {
  const often = `The active cycle runs ${hz === 1 ? 'once' : `${hz} times`} a second`;
  if (sweep === undefined) return `${often}; it has removed nothing here yet.`;
  const rounds = sweep.loops > 1 ? ` in ${sweep.loops} rounds` : '';
  return `${often}. When it last removed something, it looked at ${counted(sweep.sampled, 'key')}${rounds} and removed ${count(sweep.expired)}.${sweep.timeUp ? ' It stopped because its time was up.' : ''}`;
}

export function removalWords(removal: RemovalView): string {
  const late = removal.lateMs <= 0 ? 'at its moment' : `${duration(removal.lateMs)} after its moment`;
  return removal.how === 'access'
    ? `${shown(removal.key)} was removed by a look at it${removal.command === undefined ? '' : ` (${removal.command})`}, ${late}.`
    : `${shown(removal.key)} was removed by the active cycle, ${late}.`;
}

/** Removals in `after` that `before` did not know. */
export function newRemovals(before: ExpiryView, after: ExpiryView): readonly RemovalView[] {
  const known = before.removals[0]?.id ?? 0;
  return after.removals.filter((removal) => removal.id > known);
}

/** True when nothing happened between two states but time and cycles that found nothing. */
export function onlyTimePassed(after: ExpiryView, before: ExpiryView): boolean {
  return before.place === after.place && before.db === after.db && before.physical === after.physical && before.withDeadline === after.withDeadline &&
    before.dead === after.dead && before.expiredTotal === after.expiredTotal && before.command?.id === after.command?.id &&
    before.deadlines.length === after.deadlines.length && before.deadlines.every((each, i) => each.key === after.deadlines[i]?.key && each.atMs === after.deadlines[i]?.atMs);
}

export function expiryChanges(before: ExpiryView, after: ExpiryView): string[] {
  if (before.place !== after.place || before.db !== after.db) return [];
  const changes: string[] = [];
  const removed = newRemovals(before, after);
  changes.push(...removed.slice(0, 4).map(removalWords));
  if (removed.length > 4) changes.push(`And ${count(removed.length - 4)} more.`);
  const was = new Map(before.deadlines.map((each) => [each.key, each]));
  const is = new Map(after.deadlines.map((each) => [each.key, each]));
  const gone = new Set(removed.map((each) => each.key));
  const isWhole = after.deadlines.length === after.withDeadline && before.deadlines.length === before.withDeadline;
  for (const each of after.deadlines) {
    const earlier = was.get(each.key);
    if (earlier === undefined && isWhole) changes.push(`${shown(each.key)} got a deadline: ${timeOfDay(each.atMs)}.`);
    else if (earlier !== undefined && earlier.atMs !== each.atMs) changes.push(`The deadline of ${shown(each.key)} went from ${timeOfDay(earlier.atMs)} to ${timeOfDay(each.atMs)}.`);
    else if (earlier !== undefined && !earlier.isDead && each.isDead) changes.push(`The time of ${shown(each.key)} has passed; it is still in the table.`);
  }
  if (isWhole) for (const each of before.deadlines) if (!is.has(each.key) && !gone.has(each.key)) changes.push(`${shown(each.key)} has no deadline any more.`);
  return changes.slice(0, 8);
}
