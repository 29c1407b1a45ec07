/*
 * What replicas and the append-only file get to know of groups
 * -----------------------------------------------------------
 * Reading for a group depends on the clock, on what is there and on who waited, so it is told as its outcome:
 * who has which message since when, how far the group is, which consumer is new.
 */
import type { Bytes } from '../../bytes.ts';
import type { ConsumerGroup, Delivery } from '../../keyspace/stream-groups.ts';
import { formatId, type StreamId } from '../../keyspace/stream-id.ts';

/** A group by its names. */
export interface NamedGroup {
  readonly key: Bytes;
  readonly name: Bytes;
  readonly group: ConsumerGroup;
}

/** The message is with the consumer of `delivery`. One whose entry is gone is told so as well, and the receiver drops it. */
export function claimed({ key, name, group }: NamedGroup, id: StreamId, { consumer, atMs, count }: Delivery): readonly Bytes[] {
  return ['XCLAIM', key, name, consumer.name, '0', formatId(id), 'TIME', String(atMs), 'RETRYCOUNT', String(count), 'FORCE', 'JUSTID', 'LASTID', formatId(group.lastId)];
}

export function groupMoved({ key, name, group }: NamedGroup): readonly Bytes[] {
  return ['XGROUP', 'SETID', key, name, formatId(group.lastId), 'ENTRIESREAD', String(group.entriesRead)];
}

export function consumerCreated({ key, name }: NamedGroup, consumer: Bytes): readonly Bytes[] {
  return ['XGROUP', 'CREATECONSUMER', key, name, consumer];
}
