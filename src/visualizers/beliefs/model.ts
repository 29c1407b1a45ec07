/*
 * Gossip and failure detection, as a view
 * ---------------------------------------
 * What every node of a cluster believes of every other. A row is who believes, a column about whom:
 *
 *     ok      it has answered          FAIL?   no answer for node-timeout: this node's own opinion (PFAIL)
 *     FAIL    a majority of the masters with slots was of that opinion; it was told to all, and all obey
 *
 * An opinion travels in the gossip of PING and PONG, and is kept by the hearer as a report with its age. Reports of
 * replicas, and of masters without slots, do not count.
 */
import { count, counted, duration, listed } from '../words.ts';

export interface BeliefCell {
  readonly health: 'ok' | 'fail?' | 'fail' | 'handshake';
  /** How long it has owed an answer. */
  readonly silentMs: number;
  /** Who has reported it to this node, and how long ago; places. At most 32. */
  readonly reports: readonly { readonly by: string; readonly agoMs: number }[];
}

export interface NodeRow {
  /** host:port */
  readonly place: string;
  readonly role: 'master' | 'replica';
  /** Its opinion counts. */
  readonly votes: boolean;
  readonly state: 'ok' | 'fail';
  readonly epoch: number;
  readonly quorum: number;
  /** By column; null for itself and where it knows nothing of the kind. */
  readonly cells: readonly (BeliefCell | null)[];
}

export interface BeliefsView {
  readonly nodeTimeoutMs: number;
  /** Who runs and believes; at most 100. */
  readonly rows: readonly NodeRow[];
  /** Places, by name; at most 100. */
  readonly columns: readonly string[];
  /** The newest announcement of a node about another. */
  readonly told: { readonly id: number; readonly place: string; readonly about: string; readonly what: 'suspects' | 'failed' | 'recovered' } | undefined;
}

export const NO_CLUSTER: BeliefsView = { nodeTimeoutMs: 0, rows: [], columns: [], told: undefined };

/** As it stands in heads: the usual port goes without saying. */
export const short = (place: string): string => place.replace(/:6379$/, '');

/** Up to so many nodes each cell has its word; beyond, it is a square. */
export const MOST_WORDED = 12;

export function beliefOf(view: BeliefsView, row: NodeRow, place: string): BeliefCell | null {
  return row.cells[view.columns.indexOf(place)] ?? null;
}

const HEALTH: Readonly<Record<BeliefCell['health'], string>> = { ok: 'reachable', 'fail?': 'not reachable by itself (PFAIL)', fail: 'failed (FAIL)', handshake: 'not known yet' };

/** How many opinions a row has of a node: reports of masters, and its own when it counts. */
export function opinions(row: NodeRow, cell: BeliefCell): number {
  return cell.reports.length + (row.votes && cell.health === 'fail?' ? 1 : 0);
}

export function beliefWords(row: NodeRow, place: string, cell: BeliefCell | null): string {
  if (row.place === place) return `${place} is this node itself.`;
  if (cell === null) return `${row.place} does not know ${place}.`;
  const reports = cell.reports.length === 0 ? '' : ` It has been told so by ${listed(cell.reports.map(({ by, agoMs }) => `${by} ${duration(agoMs)} ago`))}.`;
  const tally = cell.health === 'fail?' ? ` ${opinions(row, cell)} of ${row.quorum} opinions that make it FAIL.` : '';
  return `${row.place} believes ${place} to be ${HEALTH[cell.health]}${cell.health === 'ok' && cell.silentMs >= 1000 ? `; it has owed an answer for ${duration(cell.silentMs)}` : ''}.${tally}${reports}`;
}

/** What is believed of a node that not everybody takes for reachable. */
export interface Doubt {
  readonly place: string;
  /** Places of those who cannot reach it themselves, of those for whom it has failed, and of those who know it and do not doubt. */
  readonly suspectedBy: readonly string[];
  readonly failedFor: readonly string[];
  readonly fineFor: readonly string[];
}

export function doubts(view: BeliefsView): Doubt[] {
  return view.columns.flatMap((place, i) => {
    const by = (health: BeliefCell['health']): string[] => view.rows.flatMap((row) => (row.cells[i]?.health === health ? [row.place] : []));
    const [suspectedBy, failedFor] = [by('fail?'), by('fail')];
    return suspectedBy.length + failedFor.length === 0 ? [] : [{ place, suspectedBy, failedFor, fineFor: by('ok') }];
  });
}

export function doubtWords({ suspectedBy, failedFor, fineFor }: Doubt): string {
  return [
    ...(failedFor.length === 0 ? [] : [`failed (FAIL) for ${counted(failedFor.length, 'node')}`]),
    ...(suspectedBy.length === 0 ? [] : [`not reachable by itself (PFAIL) for ${listed(suspectedBy, 4)}`]),
    ...(fineFor.length === 0 ? [] : [`reachable for ${fineFor.length > 4 ? counted(fineFor.length, 'node') : listed(fineFor, 4)}`]),
  ].join('; ');
}

/** Many nodes: by whom it is about, because a hundred rows that say the same say nothing. */
function describeMany(view: BeliefsView): string[] {
  const doubted = doubts(view);
  const down = view.rows.filter(({ state }) => state !== 'ok').map(({ place }) => place);
  return [
    `All beliefs, counted: ${totals(view)}.`,
    ...doubted.map((doubt) => `${doubt.place} is ${doubtWords(doubt)}.`),
    doubted.length === 0 ? 'Everybody believes everybody to be reachable.' : `Nobody doubts the other ${count(view.columns.length - doubted.length)}.`,
    down.length === 0 ? 'All call the cluster ok.' : `${listed(down, 6)} ${down.length === 1 ? 'calls' : 'call'} the cluster down.`,
  ];
}

export function describeBeliefs(view: BeliefsView): string {
  if (view.rows.length === 0) return 'No server is running here as a node of a cluster.';
  const lines = [`${counted(view.rows.length, 'node')} with a node timeout of ${duration(view.nodeTimeoutMs)}; ${view.rows[0]?.quorum ?? 0} opinions of masters with slots make a failure.`];
  if (view.columns.length > MOST_WORDED) lines.push(...describeMany(view));
  else for (const row of view.rows) {
    const odd = view.columns.flatMap((place, i) => {
      const cell = row.cells[i] ?? null;
      return cell !== null && (cell.health !== 'ok' || cell.reports.length > 0) ? [beliefWords(row, place, cell)] : [];
    });
    lines.push(`${row.place}, ${row.role === 'replica' ? 'a replica' : row.votes ? 'a master' : 'a master without slots'}, calls the cluster ${row.state === 'ok' ? 'ok' : 'down'}. ${odd.length === 0 ? 'It believes everybody to be reachable.' : listed(odd, 6).replaceAll('., ', '. ').replaceAll('. and ', '. ')}`);
  }
  if (view.told !== undefined) lines.push(toldOfNode(view.told));
  return lines.join('\n');
}

export function toldOfNode({ place, about, what }: NonNullable<BeliefsView['told']>): string {
  return what === 'suspects' ? `${place} cannot reach ${about}.` : what === 'failed' ? `${place} has marked ${about} as failed.` : `For ${place}, ${about} is back.`;
}

export function beliefsChanges(before: BeliefsView, after: BeliefsView): string[] {
  const changes: string[] = [];
  const were = new Map(before.rows.map((row) => [row.place, row]));
  for (const row of after.rows) {
    const was = were.get(row.place);
    were.delete(row.place);
    if (was === undefined) continue;
    if (was.state !== row.state) changes.push(`${row.place} calls the cluster ${row.state === 'ok' ? 'ok again' : 'down'}.`);
    if (was.role !== row.role) changes.push(`${row.place} is a ${row.role} now.`);
    for (const place of after.columns) {
      const [old, now] = [beliefOf(before, was, place), beliefOf(after, row, place)];
      if (old === null || now === null) continue;
      if (old.health !== now.health) changes.push(`${row.place} believes ${place} to be ${HEALTH[now.health]}${now.health === 'fail?' ? ` after ${duration(now.silentMs)}` : ''}.`);
      for (const { by } of now.reports) if (!old.reports.some((each) => each.by === by)) changes.push(`${by} told ${row.place} that it cannot reach ${place}: ${now.reports.length + (row.votes && now.health !== 'ok' ? 1 : 0)} of ${row.quorum}.`);
    }
  }
  for (const gone of were.keys()) changes.push(`${gone} runs no more: what it believed is gone with it.`);
  return changes.slice(0, 8);
}

/** Silence and the ages of reports go on by themselves. */
export function onlyTimePassed(after: BeliefsView, before: BeliefsView): boolean {
  const plain = (view: BeliefsView): string => JSON.stringify({ ...view, rows: view.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => (cell === null ? null : { health: cell.health, reports: cell.reports.map(({ by }) => by) })) })) });
  return plain(after) === plain(before);
}

/** All beliefs, counted. */
export function totals(view: BeliefsView): string {
  const cells = view.rows.flatMap((row) => row.cells).filter((cell) => cell !== null);
  const of = (health: BeliefCell['health']): string => count(cells.filter((cell) => cell.health === health).length);
  return `${of('ok')} ok, ${of('fail?')} PFAIL, ${of('fail')} FAIL`;
}
