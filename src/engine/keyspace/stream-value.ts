/*
 * Streams, as they are stored
 * ---------------------------
 * Entries lie in nodes (stream-node.ts), the nodes in a radix tree under the id of the first entry each
 * was made for; ids only rise, so the tree is in order of time and a new entry belongs to its last node:
 *
 *     1700000000000-0  ─►  up to stream-node-max-entries entries, or stream-node-max-bytes bytes
 *     1700000004711-3  ─►  …
 *
 * Beside the tree stand numbers that outlive the entries: the last id that was given, the highest one
 * that XDEL removed, and how many entries were ever added. From them follows a group's lag without a
 * walk, as long as no deletion lies between the group and the end.
 */
import type { Bytes } from '../bytes.ts';
import { intact, RdbFormatError } from '../persistence/rdb-string.ts';
import type { RdbStream } from '../persistence/stream-rdb.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import { Rax } from '../structures/rax.ts';
import type { EncodingHost } from './encodings.ts';
import type { RedisObject, StreamObject } from './object.ts';
import { ConsumerGroup, UNKNOWN_ENTRIES_READ } from './stream-groups.ts';
import { MAX_ID, MIN_ID, type StreamId } from './stream-id.ts';
import { StreamNode, type EntryAt } from './stream-node.ts';

/** A node takes no more, whatever stream-node-max-bytes says (bytes). */
const STREAM_LISTPACK_MAX_BYTES = 2 ** 30;

export interface StreamEntry {
  readonly id: StreamId;
  /** Field, value, field, value … */
  readonly pairs: readonly Bytes[];
}

/** What is to be cut off at the old end. */
export interface Trimming {
  readonly by: { readonly maxLength: number | bigint } | { readonly minId: StreamId };
  /** Whole nodes only. */
  readonly approximate: boolean;
  /** No more entries than this; 0 for no limit. */
  readonly limit: number;
}

/** An entry and the node it lies in. */
interface Found {
  readonly master: StreamId;
  readonly node: StreamNode;
  readonly entry: EntryAt;
}

export class Stream {
  readonly nodes = new Rax<StreamNode>();
  readonly groups = new Rax<ConsumerGroup>();
  length = 0;
  /** The last id that was given, whether its entry is still there or not. */
  lastId: StreamId = MIN_ID;
  /** The first entry; 0-0 when there is none. */
  firstId: StreamId = MIN_ID;
  /** The highest id that XDEL removed. */
  maxDeletedId: StreamId = MIN_ID;
  /** All entries that were ever added: those since the count was last set, and what it was set to. Counting in bigints took a tenth of an XADD. */
  private added = 0;
  private addedBefore = 0n;

  // ---- Reading ----------------------------------------------------------------------------------

  get entriesAdded(): bigint {
    return this.addedBefore + BigInt(this.added);
  }

  set entriesAdded(count: bigint) {
    this.addedBefore = count;
    this.added = 0;
  }

  /** Entries from `start` to `end`, both included, or back from `end`. The stream may not change meanwhile. */
  *range(start: StreamId, end: StreamId, backwards = false): Generator<StreamEntry> {
    for (const { node, entry } of this.places(start, end, backwards)) yield { id: entry.id, pairs: node.pairs(entry) };
  }

  private *places(start: StreamId, end: StreamId, backwards: boolean): Generator<Found> {
    if (backwards) {
      for (const { key: master, value: node } of this.nodes.entriesFrom('<=', end)) {
        for (const entry of node.entriesBackwards(master)) {
          if (entry.id < start) return;
          if (!entry.isDeleted && entry.id <= end) yield { master, node, entry };
        }
      }
      return;
    }
    const begin = this.nodes.seek('<=', start) ?? this.nodes.first();
    for (let at = begin; at !== undefined; at = this.nodes.seek('>', at.key)) {
      for (const entry of at.value.entries(at.key)) {
        if (entry.id > end) return;
        if (!entry.isDeleted && entry.id >= start) yield { master: at.key, node: at.value, entry };
      }
    }
  }

  private find(id: StreamId): Found | undefined {
    return this.places(id, id, false).next().value as Found | undefined;
  }

  has(id: StreamId): boolean {
    return this.find(id) !== undefined;
  }

  get(id: StreamId): StreamEntry | undefined {
    const found = this.find(id);
    return found && { id, pairs: found.node.pairs(found.entry) };
  }

  /** The id of the first or last entry that is there. */
  private edgeId(backwards: boolean): StreamId | undefined {
    for (const { entry } of this.places(MIN_ID, MAX_ID, backwards)) return entry.id;
    return undefined;
  }

  /** The id of the oldest entry whose bytes are still there, deleted or not. */
  get oldestId(): StreamId | undefined {
    const first = this.nodes.first();
    return first?.value.entries(first.key).next().value?.id;
  }

  /** The last entry that is there; when none is, the last id that was given. */
  get lastEntryId(): StreamId {
    return this.edgeId(true) ?? this.lastId;
  }

  // ---- Writing ----------------------------------------------------------------------------------

  /** Adds an entry; `id` must be higher than the last one. `pairs`: field, value, field, value … False when it is too large to be stored. */
  append(id: StreamId, pairs: readonly Bytes[], host: EncodingHost): boolean {
    let bytes = 0;
    for (const word of pairs) bytes += word.length;
    if (bytes > STREAM_LISTPACK_MAX_BYTES) return false;
    const maxBytes = host.config.number('stream-node-max-bytes');
    let last = this.nodes.last();
    if (last !== undefined && isFull(last.value, bytes, host)) {
      last.value.shrinkToFit();
      last = undefined;
    }
    const node = last?.value ?? StreamNode.create(pairs, maxBytes);
    if (last === undefined) this.nodes.set(id, node);
    node.append(id, last?.key ?? id, pairs);
    this.length++;
    this.added++;
    this.lastId = id;
    if (this.length === 1) this.firstId = id;
    return true;
  }

  /** Deletes entries; returns how many were there. */
  delete(ids: readonly StreamId[]): number {
    let deleted = 0;
    let tookFirst = false;
    for (const id of ids) {
      const found = this.find(id);
      if (found === undefined) continue;
      const { master, node, entry } = found;
      if (node.live === 1) this.nodes.delete(master);
      else {
        node.flagDeleted(entry);
        node.countDeleted(1);
      }
      this.length--;
      deleted++;
      if (id === this.firstId) tookFirst = true;
      if (id > this.maxDeletedId) this.maxDeletedId = id;
    }
    if (this.length === 0) this.firstId = MIN_ID;
    else if (tookFirst) this.firstId = this.edgeId(false) ?? MIN_ID;
    return deleted;
  }

  /** Cuts off old entries; returns how many. Whole nodes go at once; in the last one, entries are deleted where they lie. */
  trim({ by, approximate, limit }: Trimming): number {
    let removed = 0;
    for (const { key: master, value: node } of this.nodes.entries()) {
      const { live } = node;
      if ('maxLength' in by && this.length <= by.maxLength) break;
      if (limit > 0 && removed + live > limit) break;
      const goesWhole = 'maxLength' in by ? BigInt(this.length - live) >= BigInt(by.maxLength) : (node.lastId(master) ?? master) < by.minId;
      if (goesWhole) {
        this.nodes.delete(master);
        this.length -= live;
        removed += live;
        continue;
      }
      if (approximate) break;
      removed += this.trimWithin(node, master, by);
      break;
    }
    if (this.length === 0) this.firstId = MIN_ID;
    else if (removed > 0) this.firstId = this.edgeId(false) ?? MIN_ID;
    return removed;
  }

  private trimWithin(node: StreamNode, master: StreamId, by: Trimming['by']): number {
    let deleted = 0;
    for (const entry of node.entries(master)) {
      if ('maxLength' in by ? this.length <= by.maxLength : entry.id >= by.minId) break;
      if (entry.isDeleted) continue;
      node.flagDeleted(entry);
      this.length--;
      deleted++;
    }
    node.countDeleted(deleted);
    return deleted;
  }

  // ---- Groups -----------------------------------------------------------------------------------

  /** A new group; false when there is one of that name. */
  createGroup(name: Bytes, lastId: StreamId, entriesRead: bigint): boolean {
    if (this.groups.has(name)) return false;
    this.groups.set(name, new ConsumerGroup(lastId, entriesRead));
    return true;
  }

  /** Whether XDEL may have removed something at or behind `start`. Deletions before the first entry do not count. */
  private hasTombstonesFrom(start: StreamId): boolean {
    if (this.length === 0 || this.maxDeletedId === MIN_ID) return false;
    return this.firstId <= this.maxDeletedId && start <= this.maxDeletedId;
  }

  /** How many entries were added up to `id`, as far as that can be told without counting them. */
  entriesUpTo(id: StreamId): bigint {
    const { length, entriesAdded, lastId, firstId, maxDeletedId } = this;
    if (entriesAdded === 0n) return 0n;
    if (length === 0 && id <= lastId) return entriesAdded;
    // Deletions behind a place in the past make every count before them uncertain.
    if (id !== MIN_ID && id < maxDeletedId) return UNKNOWN_ENTRIES_READ;
    if (id === lastId) return entriesAdded;
    if (id > lastId) return UNKNOWN_ENTRIES_READ;
    if (maxDeletedId === MIN_ID || maxDeletedId < firstId) {
      if (id < firstId) return entriesAdded - BigInt(length);
      if (id === firstId) return entriesAdded - BigInt(length) + 1n;
    }
    return UNKNOWN_ENTRIES_READ;
  }

  /** The group has been given the entry `id`, which lies behind its last one. */
  advance(group: ConsumerGroup, id: StreamId): void {
    if (group.entriesRead !== UNKNOWN_ENTRIES_READ && group.lastId >= this.firstId && !this.hasTombstonesFrom(group.lastId)) group.entriesRead++;
    else if (this.entriesAdded !== 0n) group.entriesRead = this.entriesUpTo(id);
    group.lastId = id;
  }

  /** Entries that the group has still to read; undefined when that cannot be told. */
  lagOf(group: ConsumerGroup): bigint | undefined {
    if (this.length === 0) return 0n;
    // Nothing was deleted behind the first entry, and the group has not come to it: all that is there lies ahead.
    if (group.lastId < this.firstId && this.maxDeletedId < this.firstId) return BigInt(this.length);
    if (group.entriesRead !== UNKNOWN_ENTRIES_READ && !this.hasTombstonesFrom(group.lastId)) return BigInt.asIntN(64, this.entriesAdded - group.entriesRead);
    const read = this.entriesUpTo(group.lastId);
    return read === UNKNOWN_ENTRIES_READ ? undefined : BigInt.asIntN(64, this.entriesAdded - read);
  }

  // ---- Copies -----------------------------------------------------------------------------------

  /** A copy that shares nothing. */
  clone(): Stream {
    const copy = new Stream();
    for (const { key, value } of this.nodes.entries()) copy.nodes.set(key, value.clone());
    for (const { key, value } of this.groups.entries()) copy.groups.set(key, value.clone());
    const { length, lastId, firstId, maxDeletedId, entriesAdded } = this;
    return Object.assign(copy, { length, lastId, firstId, maxDeletedId, entriesAdded });
  }
}

/** Whether so many bytes more belong into a new node. */
function isFull(node: StreamNode, bytes: number, { config }: EncodingHost): boolean {
  const configured = config.number('stream-node-max-bytes');
  const maxBytes = configured === 0 ? STREAM_LISTPACK_MAX_BYTES : Math.min(configured, STREAM_LISTPACK_MAX_BYTES);
  if (node.byteLength + bytes >= maxBytes) return true;
  const maxEntries = config.number('stream-node-max-entries');
  return maxEntries > 0 && node.live + node.deleted >= maxEntries;
}

// ---- Objects ------------------------------------------------------------------------------------------

export function newStream(): StreamObject {
  return { type: 'stream', encoding: 'stream', value: new Stream(), lru: 0, sizeClass: 0 };
}

/** The object's stream, undefined for a key that is not there; another type is the client's mistake. */
export function asStream(object: RedisObject | undefined): Stream | undefined {
  if (object !== undefined && object.type !== 'stream') throw new CommandError(WRONG_TYPE);
  return object?.value;
}

export function duplicateStream({ value, lru }: StreamObject): StreamObject {
  return { type: 'stream', encoding: 'stream', value: value.clone(), lru, sizeClass: 0 };
}

/** How many allocations it takes to free a stream, judged by its first group. */
export function streamFreeEffort({ value: { nodes, groups } }: StreamObject): number {
  return nodes.nodes + groups.size * (1 + (groups.first()?.value.pending.size ?? 0));
}

/** The stream in the form that the RDB format writes. */
export function streamToRdb({ value: stream }: StreamObject): RdbStream {
  const { length, lastId, firstId, maxDeletedId, entriesAdded } = stream;
  return {
    type: 'stream', length, lastId, firstId, maxDeletedId, entriesAdded,
    nodes: Array.from(stream.nodes.entries(), ({ key, value }) => ({ master: key, listpack: value.listpack })),
    groups: Array.from(stream.groups.entries(), ({ key: name, value: group }) => ({
      name, lastId: group.lastId, entriesRead: group.entriesRead,
      pending: Array.from(group.pending.entries(), ({ key: id, value }) => ({ id, atMs: value.atMs, count: value.count })),
      consumers: Array.from(group.consumers.entries(), ({ value: consumer }) => ({
        name: consumer.name, seenMs: consumer.seenMs, activeMs: consumer.activeMs, pending: Array.from(consumer.pending.entries(), ({ key }) => key),
      })),
    })),
  };
}

/** The stream in a file or payload; undefined when it contradicts itself. */
export function streamFromRdb(rdb: RdbStream): StreamObject {
  const object = newStream();
  const { value: stream } = object;
  let live = 0;
  for (const { master, listpack } of rdb.nodes) {
    const node = intact(StreamNode.fromListpack(listpack, master), 'Stream listpack');
    const before = stream.nodes.last();
    if (before !== undefined && (before.value.lastId(before.key) ?? before.key) >= master) throw new RdbFormatError('Listpack re-added with existing key');
    stream.nodes.set(master, node);
    live += node.live;
  }
  const last = stream.nodes.last();
  if (live !== rdb.length || (last !== undefined && (last.value.lastId(last.key) ?? last.key) > rdb.lastId)) throw new RdbFormatError('Stream length inconsistent with rax entries');
  stream.length = rdb.length;
  stream.lastId = rdb.lastId;
  stream.maxDeletedId = rdb.maxDeletedId;
  stream.entriesAdded = rdb.entriesAdded;
  // Version 1 of the format says neither; what the entries say is right for the first id of any version.
  stream.firstId = (rdb.firstId ?? (live > 0 ? [...stream.range(MIN_ID, MAX_ID)][0]?.id : undefined)) ?? MIN_ID;
  for (const each of rdb.groups) {
    if (!stream.createGroup(each.name, each.lastId, each.entriesRead ?? stream.entriesUpTo(each.lastId))) throw new RdbFormatError(`Duplicated consumer group name ${each.name}`);
    readDeliveries(stream.groups.get(each.name) as ConsumerGroup, each);
  }
  return object;
}

/** Fills in consumers and what is pending for them. Throws RdbFormatError when a message has no consumer or several. */
function readDeliveries(group: ConsumerGroup, { pending, consumers }: RdbStream['groups'][number]): void {
  const facts = new Map(pending.map((each) => [each.id, each]));
  if (facts.size !== pending.length) throw new RdbFormatError('Duplicated global PEL entry loading stream consumer group');
  for (const { name, seenMs, activeMs, pending: ids } of consumers) {
    const consumer = group.createConsumer(name, seenMs);
    if (consumer === undefined) throw new RdbFormatError('Duplicate stream consumer detected.');
    consumer.activeMs = activeMs ?? seenMs;
    for (const id of ids) {
      const fact = facts.get(id);
      if (fact === undefined) throw new RdbFormatError('Consumer entry not found in group global PEL');
      if (group.pending.has(id)) throw new RdbFormatError('Duplicated consumer PEL entry  loading a stream consumer group');
      group.assign(id, { consumer, atMs: fact.atMs, count: fact.count }, consumer);
    }
  }
  if (group.pending.size !== facts.size) throw new RdbFormatError('Stream CG PEL entry without consumer');
}
