/*
 * Streams in the RDB format
 * -------------------------
 *     number of nodes, and of each: master id (16 bytes as a string), its listpack
 *     length · last id · [2: first id · highest deleted id · entries added]
 *     number of groups, and of each:
 *         name · last id · [2: entries read]
 *         number of pending messages, and of each: id (16 bytes), time of delivery, number of deliveries
 *         number of consumers, and of each: name · seen · [3: active] · number of its pending messages, their ids
 *
 * An id outside of keys is two lengths. What is marked 2 or 3 came with that version of the format; 8.0
 * writes version 3 and reads all.
 */
import type { Bytes } from '../bytes.ts';
import { narrow, own } from '../bytes.ts';
import { idMs, idSeq, streamId, type StreamId } from '../keyspace/stream-id.ts';
import { Listpack } from '../structures/listpack.ts';
import { encodeLength, encodeString, intact, RdbFormatError, type RdbReader, type RdbWriteOptions } from './rdb-string.ts';

export const RDB_TYPE_STREAM_LISTPACKS = 15;
export const RDB_TYPE_STREAM_LISTPACKS_2 = 19;
export const RDB_TYPE_STREAM_LISTPACKS_3 = 21;

/** A 64-bit number that is a number where that is exact. */
type Int64 = number | bigint;

export interface RdbStream {
  readonly type: 'stream';
  readonly nodes: readonly { readonly master: StreamId; readonly listpack: Listpack }[];
  readonly length: number;
  readonly lastId: StreamId;
  /** Undefined where the format does not say it. */
  readonly firstId: StreamId | undefined;
  readonly maxDeletedId: StreamId;
  readonly entriesAdded: bigint;
  readonly groups: readonly RdbGroup[];
}

export interface RdbGroup {
  readonly name: Bytes;
  readonly lastId: StreamId;
  /** Undefined where the format does not say it. */
  readonly entriesRead: bigint | undefined;
  readonly pending: readonly { readonly id: StreamId; readonly atMs: Int64; readonly count: Int64 }[];
  readonly consumers: readonly RdbConsumer[];
}

export interface RdbConsumer {
  readonly name: Bytes;
  readonly seenMs: Int64;
  /** Undefined where the format does not say it. */
  readonly activeMs: Int64 | undefined;
  readonly pending: readonly StreamId[];
}

// ---- Writing ------------------------------------------------------------------------------------------

const encodeId = (id: StreamId): Bytes => encodeLength(idMs(id)) + encodeLength(idSeq(id));

/** A signed number in eight bytes, the lowest first. */
function encodeTime(ms: Int64): Bytes {
  let out = '';
  let rest = BigInt.asUintN(64, BigInt(ms));
  for (let i = 0; i < 8; i++) {
    out += String.fromCharCode(Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

const encodeUnsigned = (value: Int64): Bytes => encodeLength(narrow(BigInt.asUintN(64, BigInt(value))));

/** How many there are, and each of them. */
const encodeItems = <T>(items: readonly T[], encode: (item: T) => Bytes): Bytes => encodeLength(items.length) + items.map(encode).join('');

export function encodeStream(stream: RdbStream, options: RdbWriteOptions): Bytes {
  if (stream.firstId === undefined) throw new Error('version 3 of a stream says its first id');
  return encodeItems(stream.nodes, ({ master, listpack }) => encodeString(master, options) + encodeString(listpack.toBytes(), options))
    + encodeLength(stream.length) + encodeId(stream.lastId) + encodeId(stream.firstId) + encodeId(stream.maxDeletedId) + encodeUnsigned(stream.entriesAdded)
    + encodeItems(stream.groups, (group) => encodeGroup(group, options));
}

function encodeGroup(group: RdbGroup, options: RdbWriteOptions): Bytes {
  if (group.entriesRead === undefined) throw new Error('version 3 of a group says how much it has read');
  return encodeString(group.name, options) + encodeId(group.lastId) + encodeUnsigned(group.entriesRead)
    + encodeItems(group.pending, ({ id, atMs, count }) => id + encodeTime(atMs) + encodeUnsigned(count))
    + encodeItems(group.consumers, ({ name, seenMs, activeMs, pending }) => encodeString(name, options) + encodeTime(seenMs) + encodeTime(activeMs ?? seenMs) + encodeItems(pending, (id) => id));
}

// ---- Reading ------------------------------------------------------------------------------------------

const readId = (reader: RdbReader): StreamId => streamId(reader.exactLength(), reader.exactLength());

const readRawId = (reader: RdbReader): StreamId => own(reader.raw(16));

/** A counter that is kept as a signed number. */
const readCounter = (reader: RdbReader): bigint => BigInt.asIntN(64, BigInt(reader.exactLength()));

function readTime(reader: RdbReader): Int64 {
  const bytes = reader.raw(8);
  let value = 0n;
  for (let i = 7; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return narrow(BigInt.asIntN(64, value));
}

function readItems<T>(reader: RdbReader, read: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.length(); left > 0; left--) items.push(read());
  return items;
}

function readNode(reader: RdbReader): RdbStream['nodes'][number] {
  const master = own(reader.string());
  if (master.length !== 16) throw new RdbFormatError('Stream node key entry is not the size of a stream ID');
  return { master, listpack: intact(Listpack.fromBytes(reader.packed()), 'Stream listpack') };
}

export function readStream(reader: RdbReader, version: 1 | 2 | 3): RdbStream {
  const nodes = readItems(reader, () => readNode(reader));
  const length = reader.length();
  const lastId = readId(reader);
  const ofVersion2 = version >= 2 ? { firstId: readId(reader), maxDeletedId: readId(reader), entriesAdded: readCounter(reader) } : { firstId: undefined, maxDeletedId: '\0'.repeat(16), entriesAdded: BigInt(length) };
  return { type: 'stream', nodes, length, lastId, ...ofVersion2, groups: readItems(reader, () => readGroup(reader, version)) };
}

function readGroup(reader: RdbReader, version: 1 | 2 | 3): RdbGroup {
  const name = own(reader.string());
  const lastId = readId(reader);
  const entriesRead = version >= 2 ? readCounter(reader) : undefined;
  const pending = readItems(reader, () => ({ id: readRawId(reader), atMs: readTime(reader), count: narrow(readCounter(reader)) }));
  const consumers = readItems(reader, () => {
    const consumer = { name: own(reader.string()), seenMs: readTime(reader), activeMs: version >= 3 ? readTime(reader) : undefined };
    return { ...consumer, pending: readItems(reader, () => readRawId(reader)) };
  });
  return { name, lastId, entriesRead, pending, consumers };
}
