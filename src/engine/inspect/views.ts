/*
 * What the inspector shows
 * ------------------------
 * Plain data that may be posted to another thread: numbers, bytes, lists with a stated limit. A moment
 * or an amount that leaves exact numbers is rounded here; pictures do not need its last digit.
 */
import type { Bytes } from '../bytes.ts';
import type { StringAllocation } from '../keyspace/memory.ts';
import type { ObjectType } from '../keyspace/object.ts';
import type { StreamView } from './stream-view.ts';

export interface DatabaseView {
  readonly id: number;
  readonly keys: number;
  /** Keys that have an expiry. */
  readonly expires: number;
  /** Running mean of the time to live that the active cycle has seen, in milliseconds. */
  readonly averageTtlMs: number;
}

export interface KeySummary {
  readonly key: Bytes;
  readonly type: ObjectType;
  readonly encoding: string;
  /** Milliseconds left, negative once the time has passed and nobody has noticed yet; null without expiry. */
  readonly ttlMs: number | null;
  /** The key is past its time: no client can see it any more, but its memory is not free yet. */
  readonly expired: boolean;
  /** Bytes of a string; elements of everything else. */
  readonly size: number;
  /** What MEMORY USAGE answers for it. */
  readonly memoryBytes: number;
}

export interface KeyPage {
  readonly keys: readonly KeySummary[];
  /** Where the next page begins; 0 when this was the last one. As with SCAN, a key may come twice. */
  readonly cursor: number;
  /** Keys in the database, whether they match or not. */
  readonly total: number;
}

export interface StringView {
  readonly type: 'string';
  /** The first bytes, up to the limit that was asked for. */
  readonly value: Bytes;
  /** All of its bytes. */
  readonly length: number;
  /** An int's value in decimal digits, undefined for text. */
  readonly integer: Bytes | undefined;
  /** Where the bytes lie: headers, use, spare room. */
  readonly allocation: StringAllocation;
}

/** How a value is stored, by type. Other types join with their commands. */
export type ValueView = StringView | ElementsView | StreamView;

/** A value of elements, as a table: one row an element, one cell a part of it. */
export interface ElementsView {
  readonly type: Exclude<ObjectType, 'string' | 'stream'>;
  /** Number of elements. */
  readonly length: number;
  /** What the cells of a row are: field and value, member and score … */
  readonly columns: readonly string[];
  /** The first elements as they are stored, up to the limit that was asked for. */
  readonly rows: readonly (readonly Bytes[])[];
}

export interface KeyView extends KeySummary {
  /** Moment of expiry, milliseconds since the epoch. */
  readonly expiresAtMs: number | null;
  /** Since it was last used, in milliseconds (LRU policies). */
  readonly idleMs: number;
  /** How often it is used, 0–255 (LFU policies); null when that is not counted. */
  readonly frequency: number | null;
  readonly refcount: number;
  readonly value: ValueView;
}

export interface Deadline {
  readonly key: Bytes;
  readonly atMs: number;
  /** Negative when the time has passed. */
  readonly leftMs: number;
}

/** One run of the active expiry cycle over one database. */
export interface ExpiryCycleView {
  readonly kind: 'slow' | 'fast';
  readonly atUs: number;
  readonly db: number;
  /** Keys looked at, in order, and whether each was removed. At most 200. */
  readonly probes: readonly { readonly key: Bytes; readonly expired: boolean }[];
  readonly sampled: number;
  readonly expired: number;
  /** How often it went on because too many of a sample were stale. */
  readonly loops: number;
  /** It stopped because its time was up. */
  readonly timeUp: boolean;
}

export interface ExpiryView {
  readonly nowMs: number;
  readonly keysWithExpiry: number;
  /** The deadlines that come first, soonest first, past ones included. */
  readonly deadlines: readonly Deadline[];
  /** Deadlines were taken from a sample of so many keys; all of them when it equals `keysWithExpiry`. */
  readonly sampledFrom: number;
  /** How many of the sampled are past their time. */
  readonly overdue: number;
  /** The server's own estimate: running share of stale keys, in percent. */
  readonly stalePercent: number;
  /** The latest run of the cycle over this database. */
  readonly lastCycle: ExpiryCycleView | undefined;
  /** The latest run that removed something from it. */
  readonly lastSweep: ExpiryCycleView | undefined;
  readonly expiredTotal: number;
}

export interface ClientView {
  readonly id: number;
  readonly address: Bytes;
  readonly name: Bytes;
  readonly db: number;
  readonly resp: 2 | 3;
  readonly user: Bytes;
  /** Full name of the last command, 'NULL' before the first. */
  readonly lastCommand: Bytes;
  /** Queued commands, or null outside a transaction. */
  readonly queued: number | null;
  /** EXEC will fail: a watched key changed, or a queued command was refused. */
  readonly doomed: boolean;
  readonly watched: readonly { readonly db: number; readonly key: Bytes }[];
  readonly subscriptions: number;
  readonly isMonitor: boolean;
  readonly blocked: 'pause' | 'keys' | 'wait' | 'shutdown' | 'script' | null;
  readonly idleMs: number;
  readonly ageMs: number;
}

/** How far the parser is in a client's request. */
export interface WireView {
  readonly clientId: number;
  readonly resp: 2 | 3;
  /** Bytes that have come and are not understood yet. */
  readonly waitingBytes: number;
  /** Words of the request that are still to come; 0 between requests. */
  readonly wordsLeft: number;
  /** Length of the word being read; −1 when its length has not come yet. */
  readonly bulkLength: number;
  /** Words already read, each cut to 200 bytes, at most 50. */
  readonly words: readonly Bytes[];
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** What is wrong with the input, once something is. */
  readonly problem: Bytes | undefined;
}
