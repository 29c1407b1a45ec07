/*
 * The monitor matrix, as a view
 * -----------------------------
 * Every Sentinel has its own opinion of every server and of every other Sentinel; nothing else is known of who is down.
 * A row is an observer, a column what it observes:
 *
 *     silent   how long it has owed an answer, against down-after       an opinion is formed when the bar is full
 *     down     this Sentinel alone believes so (SDOWN)
 *     for all  for a master only: so many of those who were asked say the same, and that is the quorum (ODOWN)
 */
import type { ToldView } from '../sentinels.ts';
import { count, counted, duration, listed } from '../words.ts';

export interface CellView {
  /** What the observer takes it for. */
  readonly role: 'master' | 'replica' | 'sentinel';
  readonly silentMs: number;
  readonly downAfterMs: number;
  readonly isDown: boolean;
  readonly isDownForAll: boolean;
  readonly isConnected: boolean;
}

export interface ObserverView {
  /** host:port */
  readonly place: string;
  readonly inTilt: boolean;
  readonly quorum: number;
  /** Place of the server that it takes for the master. */
  readonly master: string;
  /** How many say that the master is down, itself included; 0 while it does not say so itself. */
  readonly agreeing: number;
  /** Places of those who answered so. */
  readonly agreed: readonly string[];
  /** By column; null where it knows nothing of the kind. */
  readonly cells: readonly (CellView | null)[];
}

export interface MonitorsView {
  /** The master that is looked at, by its name; undefined when no Sentinel runs. */
  readonly name: string | undefined;
  readonly names: readonly string[];
  /** At most 16. */
  readonly observers: readonly ObserverView[];
  /** Places, masters first; at most 32. */
  readonly observed: readonly string[];
  /** The newest thing that a Sentinel told. */
  readonly told: ToldView | undefined;
}

export const NO_SENTINEL: MonitorsView = { name: undefined, names: [], observers: [], observed: [], told: undefined };

/** Silence that is worth a word: two periods of PING. */
const NOTABLE_MS = 2000;

export function cellAt(view: MonitorsView, observer: ObserverView, place: string): CellView | null {
  return observer.cells[view.observed.indexOf(place)] ?? null;
}

export function cellWords(observer: ObserverView, place: string, cell: CellView | null): string {
  if (observer.place === place) return `${place} is this Sentinel itself.`;
  if (cell === null) return `${observer.place} does not know ${place}.`;
  const role = cell.role === 'sentinel' ? 'a Sentinel' : `a ${cell.role}`;
  const silence = cell.silentMs < NOTABLE_MS ? 'and it answers' : `and it has owed an answer for ${duration(cell.silentMs)} of ${duration(cell.downAfterMs)}`;
  if (cell.isDownForAll) return `${observer.place} takes ${place} for ${role}; it has been silent for ${duration(cell.silentMs)}, and ${observer.agreeing} of the ${observer.quorum} that are needed say so: down for all (ODOWN).`;
  if (cell.isDown) return `${observer.place} takes ${place} for ${role} and calls it down (SDOWN)${cell.role === 'master' ? `; ${observer.agreeing} of the ${observer.quorum} that are needed say so` : ''}.`;
  return `${observer.place} takes ${place} for ${role}, ${silence}.`;
}

export function toldWords({ place, event, text }: ToldView): string {
  return `${place} told ${event} ${text}`;
}

export function describeMonitors(view: MonitorsView): string {
  if (view.name === undefined) return 'No server is running here as a Sentinel.';
  const [first] = view.observers;
  const lines = [`${view.name} is watched by ${counted(view.observers.length, 'Sentinel')}; the quorum is ${first?.quorum ?? 0}.`];
  for (const observer of view.observers) {
    const notable = view.observed.flatMap((place, column) => {
      const cell = observer.cells[column] ?? null;
      return cell !== null && (cell.isDown || cell.silentMs >= NOTABLE_MS) ? [cellWords(observer, place, cell)] : [];
    });
    lines.push(`${observer.place} takes ${observer.master} for the master${observer.inTilt ? ' and is in TILT, so it decides nothing' : ''}. ${notable.length === 0 ? 'Everybody it knows answers.' : notable.join(' ')}`);
  }
  if (view.told !== undefined) lines.push(`${toldWords(view.told)}.`);
  return lines.join('\n');
}

export function monitorsChanges(before: MonitorsView, after: MonitorsView): string[] {
  if (before.name !== after.name) return [];
  const changes: string[] = [];
  const were = new Map(before.observers.map((each) => [each.place, each]));
  for (const observer of after.observers) {
    const was = were.get(observer.place);
    were.delete(observer.place);
    if (was === undefined) {
      changes.push(`${observer.place} watches now.`);
      continue;
    }
    if (was.master !== observer.master) changes.push(`${observer.place} takes ${observer.master} for the master now.`);
    if (was.inTilt !== observer.inTilt) changes.push(`${observer.place} ${observer.inTilt ? 'is in TILT: its time has jumped, so it decides nothing' : 'has left TILT'}.`);
    if (observer.agreeing > was.agreeing && observer.agreeing > 1) changes.push(`For ${observer.place}, ${listed([...observer.agreed])} ${observer.agreed.length === 1 ? 'says' : 'say'} the same: ${observer.agreeing} of ${observer.quorum}.`);
    for (const place of after.observed) {
      const [old, now] = [cellAt(before, was, place), cellAt(after, observer, place)];
      if (now === null || old === null) continue;
      if (now.isDownForAll && !old.isDownForAll) changes.push(`${place} is down for all, says ${observer.place} (ODOWN).`);
      else if (now.isDown && !old.isDown) changes.push(`${observer.place} calls ${place} down after ${duration(now.silentMs)} of silence (SDOWN).`);
      else if (!now.isDown && old.isDown) changes.push(`${place} answers ${observer.place} again.`);
    }
  }
  for (const gone of were.keys()) changes.push(`${gone} watches no more.`);
  return changes.slice(0, 8);
}

/** Silence grows by itself, and an answer ends it: neither is a change of opinion. */
export function onlyTimePassed(after: MonitorsView, before: MonitorsView): boolean {
  const plain = (view: MonitorsView): string => JSON.stringify({ ...view, observers: view.observers.map((each) => ({ ...each, cells: each.cells.map((cell) => (cell === null ? null : { ...cell, silentMs: 0 })) })) });
  return plain(after) === plain(before);
}

/** Beyond this many columns a row is told by counts. */
export const MOST_COLUMNS = 14;

/** The cells of a row that are beyond the columns, counted. */
export function restWords(observer: ObserverView): string {
  const rest = observer.cells.slice(MOST_COLUMNS).filter((cell) => cell !== null);
  return `${count(rest.length)} more, ${count(rest.filter((cell) => cell.isDown).length)} down`;
}
