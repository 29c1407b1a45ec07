/*
 * Offsets and backlog, as a view
 * ------------------------------
 * The stream of a master is a line of bytes, each with a number. The backlog is a window on its end; each
 * follower stands somewhere on the line. What PSYNC would answer is a test of one interval, and it is made
 * here as the master makes it:
 *
 *            forgotten │  backlog: firstByte … offset  │
 *     ────────┬────────┼──────────┬────────────────────┤
 *             │                   └ asks for this byte: CONTINUE, if it names the right history
 *             └ asks for this byte: FULLRESYNC
 *
 * The followers are found in the world and tell their own offset; what they have acknowledged is what the master knows.
 */
import type { Bytes } from '../../engine/index.ts';
import type { ReplicationView as ServerReplication } from '../../engine/inspect/index.ts';
import { bytesSize, count, counted, listed } from '../words.ts';

/** What a master would answer to a follower that asks now, and why. */
export type Verdict =
  | { readonly kind: 'continue'; readonly bytes: number }
  | { readonly kind: 'full'; readonly why: 'nothing' | 'other history' | 'past the second offset' | 'no backlog' | 'forgotten' | 'ahead' };

export interface FollowerView {
  /** host:port */
  readonly place: string;
  readonly id: Bytes;
  /** Bytes of the history that it has, by its own count. */
  readonly offset: number;
  /** What the master knows it has; undefined when the master does not know it (any more). */
  readonly acknowledged: number | undefined;
  /** How the master sees it: online, wait_bgsave, send_bulk; undefined as above. */
  readonly state: string | undefined;
  readonly lagSeconds: number;
  /** How it sees the link itself. */
  readonly link: 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';
  readonly transferred: { readonly read: number; readonly total: number };
  readonly verdict: Verdict;
}

/** Any server of the world, so that a change of roles can be told. */
export interface ServerView {
  readonly place: string;
  readonly role: 'master' | 'replica';
  readonly id: Bytes;
  readonly offset: number;
  readonly follows: string | undefined;
  /** Name of the history before, when it remembers one. */
  readonly previousId: Bytes | undefined;
}

export interface PieceView {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface ReplicationView {
  /** The server whose stream is drawn; undefined when there is none. */
  readonly place: string | undefined;
  readonly role: 'master' | 'replica';
  readonly follows: string | undefined;
  readonly id: Bytes;
  readonly offset: number;
  readonly previous: ServerReplication['previous'];
  readonly backlog: ServerReplication['backlog'];
  readonly counts: ServerReplication['counts'];
  /** At most 24. */
  readonly followers: readonly FollowerView[];
  /** At most 64. */
  readonly servers: readonly ServerView[];
  /** The last commands of the stream, oldest first, at most 40. */
  readonly pieces: readonly PieceView[];
  readonly span: 'near' | 'all';
  /** The last command of a client. `name` in capitals. */
  readonly command: { readonly id: number; readonly text: string; readonly name: string; readonly wrote: boolean } | undefined;
}

export const NO_COUNTS = { full: 0, partialOk: 0, partialErr: 0 };

export function nothingToSee(span: 'near' | 'all'): ReplicationView {
  return { place: undefined, role: 'master', follows: undefined, id: '', offset: 0, previous: null, backlog: null, counts: NO_COUNTS, followers: [], servers: [], pieces: [], span, command: undefined };
}

/** The answer to PSYNC `id` `offset + 1`, decided as the master decides it. */
export function verdictOf(master: Pick<ServerReplication, 'id' | 'offset' | 'previous' | 'backlog'>, asks: { readonly id: Bytes; readonly offset: number; readonly mayContinue: boolean }): Verdict {
  const from = asks.offset + 1;
  if (!asks.mayContinue) return { kind: 'full', why: 'nothing' };
  if (asks.id !== master.id) {
    if (master.previous === null || asks.id !== master.previous.id) return { kind: 'full', why: 'other history' };
    if (from > master.previous.secondOffset) return { kind: 'full', why: 'past the second offset' };
  }
  const { backlog } = master;
  if (backlog === null) return { kind: 'full', why: 'no backlog' };
  if (from < backlog.firstByte) return { kind: 'full', why: 'forgotten' };
  if (from > backlog.firstByte + backlog.length) return { kind: 'full', why: 'ahead' };
  return { kind: 'continue', bytes: backlog.firstByte + backlog.length - from };
}

/** Eight digits are enough to tell histories apart by eye. */
export const shortId = (id: Bytes): string => id.slice(0, 8);

// --- the line -------------------------------------------------------------------------------------

export interface LineSpan {
  readonly from: number;
  readonly to: number;
}

const LEAST_BYTES = 120;

/** The stretch of the stream that is drawn: with everything that somebody stands at, or the whole backlog. */
export function spanOf(view: ReplicationView): LineSpan {
  const first = view.backlog?.firstByte ?? view.offset + 1;
  const places = view.followers.flatMap((each) => (each.link === 'sync' ? [] : [each.offset, each.acknowledged ?? each.offset])).filter((at) => at > 0);
  const near = Math.min(view.pieces[Math.max(0, view.pieces.length - 8)]?.from ?? first, ...places);
  const from = view.span === 'all' ? Math.min(first, ...places) : near;
  const to = Math.max(view.offset, ...places);
  const length = Math.max(LEAST_BYTES, to - from);
  return { from: Math.max(0, from - Math.ceil(length * 0.04)), to: Math.max(to, from + length) };
}

// --- words ----------------------------------------------------------------------------------------

export function verdictWords(verdict: Verdict, view: Pick<ReplicationView, 'backlog' | 'previous'>): string {
  if (verdict.kind === 'continue') return verdict.bytes === 0 ? 'CONTINUE, nothing is missing' : `CONTINUE with ${counted(verdict.bytes, 'byte')} from the backlog`;
  switch (verdict.why) {
    case 'nothing': return 'FULLRESYNC: it has nothing to go on with';
    case 'other history': return 'FULLRESYNC: it names another history';
    case 'past the second offset': return `FULLRESYNC: the old history holds only up to ${count((view.previous?.secondOffset ?? 1) - 1)}`;
    case 'no backlog': return 'FULLRESYNC: nothing of the stream is kept';
    case 'forgotten': return `FULLRESYNC: the backlog begins at ${count(view.backlog?.firstByte ?? 0)} only`;
    case 'ahead': return 'FULLRESYNC: it is ahead of this stream';
  }
}

const LINKS: Readonly<Record<FollowerView['link'], string>> = {
  connect: 'has no link', connecting: 'is connecting', handshake: 'is introducing itself', sync: 'is getting a snapshot', connected: 'has a link',
};

export function followerWords(each: FollowerView, view: ReplicationView): string {
  if (each.link === 'sync') {
    const { read, total } = each.transferred;
    return `${each.place} is getting a snapshot${total > 0 ? `: ${bytesSize(read)} of ${bytesSize(total)}` : ''}; it follows the stream afterwards.`;
  }
  const behind = view.offset - each.offset;
  const step = each.id === view.id || each.id === view.previous?.id ? (behind === 0 ? 'in step' : behind > 0 ? `${counted(behind, 'byte')} behind` : `${counted(-behind, 'byte')} ahead`) : `in the history ${shortId(each.id)}`;
  const known = each.acknowledged === undefined ? 'the master does not know it' : `acknowledged ${count(each.acknowledged)}${each.lagSeconds > 1 ? ` and nothing for ${counted(each.lagSeconds, 'second')}` : ''}`;
  const isQuiet = each.link === 'connected' && behind === 0;
  return `${each.place} ${LINKS[each.link]} and stands at ${count(each.offset)}, ${step}; ${known}.${isQuiet ? '' : ` If it asks anew for ${count(each.offset + 1)}: ${verdictWords(each.verdict, view)}.`}`;
}

export function describeReplication(view: ReplicationView): string {
  if (view.place === undefined) return 'No server is running here.';
  const lines = [`${view.place} is a ${view.role}${view.follows === undefined ? '' : ` of ${view.follows}`}. Its history ${shortId(view.id)} has ${counted(view.offset, 'byte')}.`];
  if (view.previous !== null) lines.push(`Before, its history was ${shortId(view.previous.id)}; that holds up to ${count(view.previous.secondOffset - 1)}.`);
  lines.push(view.backlog === null ? 'No backlog is kept: nobody follows it.' : `Its backlog holds ${counted(view.backlog.length, 'byte')} from ${count(view.backlog.firstByte)} on, room for ${bytesSize(view.backlog.sizeBytes)}.`);
  if (view.pieces.length > 0) lines.push(`The stream ends with ${listed(view.pieces.slice(-3).map((piece) => `${piece.text} (${count(piece.from)}–${count(piece.to)})`))}.`);
  if (view.followers.length === 0) lines.push('Nobody follows it.');
  for (const each of view.followers) lines.push(followerWords(each, view));
  lines.push(countWords(view));
  return lines.join('\n');
}

export function countWords({ counts }: ReplicationView): string {
  return `So far ${counted(counts.full, 'full synchronization')}, ${counted(counts.partialOk, 'partial one')}, ${counted(counts.partialErr, 'partial one')} refused.`;
}

export function replicationChanges(before: ReplicationView, after: ReplicationView): string[] {
  const changes: string[] = [];
  const roles = new Map(before.servers.map((each) => [each.place, each]));
  for (const each of after.servers) {
    const was = roles.get(each.place);
    if (was === undefined) changes.push(`${each.place} has started.`);
    else if (was.role !== each.role || was.follows !== each.follows) changes.push(each.role === 'master' ? `${each.place} is a master now; its history goes on as ${shortId(each.id)}.` : `${each.place} follows ${each.follows ?? 'nobody'} now.`);
    roles.delete(each.place);
  }
  for (const gone of roles.keys()) changes.push(`${gone} is gone.`);
  if (before.place !== after.place) return changes;
  if (after.id === before.id && after.offset > before.offset) {
    const fresh = after.pieces.filter((piece) => piece.from > before.offset);
    changes.push(`The stream grew by ${counted(after.offset - before.offset, 'byte')}${fresh.length === 0 ? '' : `: ${listed(fresh.map((piece) => piece.text), 4)}`}.`);
  }
  if (before.backlog !== null && after.backlog !== null && after.backlog.firstByte > before.backlog.firstByte && after.id === before.id) changes.push(`The backlog forgot everything before ${count(after.backlog.firstByte)}.`);
  if (after.counts.full > before.counts.full) changes.push('A replica was answered FULLRESYNC: it gets a snapshot.');
  if (after.counts.partialOk > before.counts.partialOk) changes.push('A replica was answered CONTINUE: it goes on from the backlog.');
  const were = new Map(before.followers.map((each) => [each.place, each]));
  for (const each of after.followers) {
    const was = were.get(each.place);
    if (was === undefined) continue;
    if (was.link === 'connected' && each.link !== 'connected') changes.push(`${each.place} lost its link at ${count(each.offset)}.`);
    else if (was.link !== 'connected' && each.link === 'connected') changes.push(`${each.place} has its link again.`);
    else if (each.offset > was.offset) changes.push(`${each.place} applied up to ${count(each.offset)}.`);
    if (was.verdict.kind === 'continue' && each.verdict.kind === 'full') changes.push(`${each.place} could not continue any more.`);
  }
  return changes.slice(0, 8);
}

/** True when nothing but time has passed: pings and acknowledgements of the same state. */
export function onlyTimePassed(after: ReplicationView, before: ReplicationView): boolean {
  return before.place === after.place && before.id === after.id && before.offset === after.offset && before.command?.id === after.command?.id && before.span === after.span &&
    before.backlog?.firstByte === after.backlog?.firstByte && JSON.stringify(before.servers) === JSON.stringify(after.servers) && before.followers.every((each, i) => {
      const is = after.followers[i];
      return is !== undefined && is.place === each.place && is.link === each.link && is.acknowledged === each.acknowledged && is.state === each.state;
    });
}
