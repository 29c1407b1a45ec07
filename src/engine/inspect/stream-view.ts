/*
 * A stream as the key browser and pictures see it: its first entries, its groups and what is pending
 */
import type { Bytes } from '../bytes.ts';
import type { StreamObject } from '../keyspace/object.ts';
import { UNKNOWN_ENTRIES_READ, type ConsumerGroup } from '../keyspace/stream-groups.ts';
import { formatId, MAX_ID, MIN_ID } from '../keyspace/stream-id.ts';
import type { Stream } from '../keyspace/stream-value.ts';

const GROUPS_LIMIT = 50;
const CONSUMERS_LIMIT = 50;
const PENDING_LIMIT = 50;
/** What an entry counts for beside its words, so that empty ones have a limit too. */
const ENTRY_BYTES = 32;

export interface StreamView {
  readonly type: 'stream';
  /** Number of entries. */
  readonly length: number;
  readonly lastId: Bytes;
  /** All entries that were ever added. */
  readonly entriesAdded: number;
  /** The first entries, up to the limit that was asked for. */
  readonly entries: readonly StreamEntryView[];
  /** The first 50 groups by name. */
  readonly groups: readonly StreamGroupView[];
  readonly groupCount: number;
}

export interface StreamEntryView {
  readonly id: Bytes;
  /** Fields and their values, in the order in which they were given. */
  readonly fields: readonly (readonly [Bytes, Bytes])[];
}

export interface StreamGroupView {
  readonly name: Bytes;
  readonly lastId: Bytes;
  /** Null when it cannot be told. */
  readonly entriesRead: number | null;
  readonly lag: number | null;
  readonly pendingCount: number;
  /** The first 50 pending messages. */
  readonly pending: readonly PendingView[];
  readonly consumerCount: number;
  /** The first 50 consumers by name. */
  readonly consumers: readonly { readonly name: Bytes; readonly pending: number; readonly idleMs: number }[];
}

export interface PendingView {
  readonly id: Bytes;
  readonly consumer: Bytes;
  readonly idleMs: number;
  readonly deliveries: number;
}

/** Entries until they have about `limit` bytes; each word is cut there too. */
export function streamView({ value: stream }: StreamObject, limit: number, nowMs: number): StreamView {
  const entries: StreamEntryView[] = [];
  let bytes = 0;
  for (const { id, pairs } of stream.range(MIN_ID, MAX_ID)) {
    bytes += pairs.reduce((sum, word) => sum + word.length, ENTRY_BYTES);
    if (bytes > limit && entries.length > 0) break;
    const fields: (readonly [Bytes, Bytes])[] = [];
    for (let i = 0; i + 1 < pairs.length; i += 2) fields.push([(pairs[i] as Bytes).slice(0, limit), (pairs[i + 1] as Bytes).slice(0, limit)]);
    entries.push({ id: formatId(id), fields });
  }
  const groups = firstOf(stream.groups.entries(), GROUPS_LIMIT).map(({ key: name, value }) => groupView(stream, name, value, nowMs));
  return { type: 'stream', length: stream.length, lastId: formatId(stream.lastId), entriesAdded: Number(stream.entriesAdded), entries, groups, groupCount: stream.groups.size };
}

function groupView(stream: Stream, name: Bytes, group: ConsumerGroup, nowMs: number): StreamGroupView {
  const lag = stream.lagOf(group);
  return {
    name,
    lastId: formatId(group.lastId),
    entriesRead: group.entriesRead === UNKNOWN_ENTRIES_READ ? null : Number(group.entriesRead),
    lag: lag === undefined ? null : Number(lag),
    pendingCount: group.pending.size,
    pending: firstOf(group.pending.entries(), PENDING_LIMIT).map(({ key: id, value: { consumer, atMs, count } }) => ({ id: formatId(id), consumer: consumer.name, idleMs: nowMs - Number(atMs), deliveries: Number(count) })),
    consumerCount: group.consumers.size,
    consumers: firstOf(group.consumers.entries(), CONSUMERS_LIMIT).map(({ value }) => ({ name: value.name, pending: value.pending.size, idleMs: nowMs - Number(value.seenMs) })),
  };
}

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === most) break;
    found.push(item);
  }
  return found;
}
