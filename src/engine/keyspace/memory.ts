/*
 * What a key costs
 * ----------------
 * One model of memory for MEMORY USAGE, used_memory, maxmemory and the pictures: what the real
 * server would take on a 64-bit build with jemalloc. A key is
 *
 *     entry of the table   24     key, value, next
 *     the key's sds        header + length + 1, rounded up by the allocator
 *     the value's object   by encoding:
 *
 *   int      16                               the number lies where the pointer would
 *   embstr   malloc(16 + 3 + length + 1)      object, header, bytes and zero in one piece
 *   raw      16 + malloc(header + room + 1)   room is the length, or more once it has grown in place
 *
 * (Header sizes, rounding and growth: structures/sds.ts.) A TTL is not counted by MEMORY USAGE,
 * though it costs an entry of the second table; nor are the buckets of the tables.
 * SAMPLES makes no difference for strings. Compared with MEMORY USAGE of 8.0.2 for keys of 0–600
 * bytes, values of 0–100,000 and around each size class up to a megabyte, and APPENDs: no
 * difference.
 */
import type { Bytes } from '../bytes.ts';
import type { Dict } from '../structures/dict.ts';
import { lzfNode } from '../persistence/rdb-string.ts';
import { Intset } from '../structures/intset.ts';
import { Listpack } from '../structures/listpack.ts';
import type { Quicklist } from '../structures/quicklist.ts';
import { SKIPLIST_MAXLEVEL } from '../structures/skiplist.ts';
import { mallocSize, sdsHeaderSize, sdsRoom, type SdsRoom } from '../structures/sds.ts';
import { deadlineListpack } from './hash-expiry.ts';
import type { RedisObject, StringObject } from './object.ts';
import type { Stream } from './stream-value.ts';

/** robj: type, encoding, LRU bits, reference count and a pointer. */
export const OBJECT_BYTES = 16;
/** An entry of a dict: key, value, next. */
export const DICT_ENTRY_BYTES = 24;
/** A bucket of a dict is a pointer. */
const BUCKET_BYTES = 8;
/** The header that an embstr has, however short it is. */
const EMBSTR_HEADER_BYTES = 3;
/** From this length on an argument is not copied: the buffer it was read into becomes the value. */
const PROTO_MBULK_BIG_ARG = 32 * 1024;

/** What a string's object needs to say for itself to be measured. */
type MeasuredString = Pick<StringObject, 'encoding' | 'value'>;

/** Where a string's bytes lie (bytes). */
export interface StringAllocation {
  /** The object: type, encoding, LRU, reference count, pointer. */
  readonly header: number;
  /** The header of the text; 0 for an int, whose value stands in the pointer. */
  readonly textHeader: number;
  /** Bytes in use. */
  readonly used: number;
  /** Room behind them that growth can use; for an embstr, which cannot grow, none. */
  readonly spare: number;
  /** Object and text lie in one piece. */
  readonly embedded: boolean;
  /** Taken from the allocator, closing zero and rounding included. */
  readonly total: number;
}

export function stringAllocation({ encoding, value }: MeasuredString): StringAllocation {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return { header: OBJECT_BYTES, textHeader: 0, used: 0, spare: 0, embedded: false, total: OBJECT_BYTES };
  }
  const used = value.length;
  if (encoding === 'embstr') {
    const total = mallocSize(OBJECT_BYTES + EMBSTR_HEADER_BYTES + used + 1);
    return { header: OBJECT_BYTES, textHeader: EMBSTR_HEADER_BYTES, used, spare: 0, embedded: true, total };
  }
  const room = typeof value === 'string' ? rawRoom(used) : { headerBytes: value.headerBytes, alloc: value.allocated, size: value.mallocBytes };
  return { header: OBJECT_BYTES, textHeader: room.headerBytes, used, spare: room.alloc - used, embedded: false, total: OBJECT_BYTES + room.size };
}

/**
 * The room of a raw string that was set whole. A long one keeps the buffer it was read into, made for
 * two bytes more (the line end), unless that left more than a tenth free; then it is cut to size.
 */
function rawRoom(length: number): SdsRoom {
  if (length < PROTO_MBULK_BIG_ARG) return sdsRoom(length);
  const buffer = sdsRoom(length + 2);
  return buffer.alloc - length > Math.floor(length / 10) ? sdsRoom(length) : buffer;
}

/** Memory of a string's object and what it holds (bytes). */
export function stringObjectSize(object: MeasuredString): number {
  return stringAllocation(object).total;
}

/** Memory of an sds made with `length` bytes: of a key, say (bytes). */
export function sdsSize(length: number): number {
  return mallocSize(sdsHeaderSize(length) + length + 1);
}

/** MEMORY USAGE of a key whose value's object takes `objectBytes` (bytes). */
export function memoryUsage(key: Bytes, objectBytes: number): number {
  return DICT_ENTRY_BYTES + sdsSize(key.length) + objectBytes;
}

/** Elements of a table that are measured to know what all of them take; MEMORY USAGE takes as many unless told. */
export const OBJECT_SAMPLES = 5;
/** A dict: two tables' pointers, counts and sizes, and its state. */
const DICT_BYTES = 56;
/** A quicklist: two pointers, two counts, its settings. */
const QUICKLIST_BYTES = 40;
/** A node: three pointers, a size, a count and flags. */
const QUICKLIST_NODE_BYTES = 40;
/** Before a compressed node stands its length. */
const LZF_HEADER_BYTES = 8;

/** A node of a skip list: member, score, the one before; and for each lane the next and its span. */
const NODE_BYTES = 24;
const LANE_BYTES = 16;
/** The two pointers of a sorted set, the list's own fields, and its first node, which has every lane. */
const SORTED_SET_BYTES = 16 + 32 + mallocSize(NODE_BYTES + LANE_BYTES * SKIPLIST_MAXLEVEL);

/** A listpackex: its place in the queue, and the listpack. */
const LISTPACK_EX_BYTES = 32;
/** What a table whose fields may end has beside. */
const ENDING_TABLE_BYTES = 0;
/** Before a field that ends stands its place in the queue of its hash. */
const DEADLINE_BYTES = 16;

/** Memory of a value's object and all it holds (bytes). Large ones are judged by their first `samples` elements (0: all). */
export function objectBytes(object: RedisObject, samples = OBJECT_SAMPLES): number {
  switch (object.type) {
    case 'string':
      return stringObjectSize(object);
    case 'list':
      return OBJECT_BYTES + (object.value instanceof Listpack ? object.value.mallocBytes : quicklistBytes(object.value, samples));
    case 'zset': {
      const { value } = object;
      if (value instanceof Listpack) return OBJECT_BYTES + value.mallocBytes;
      return OBJECT_BYTES + SORTED_SET_BYTES + tableBytes(value.dict, samples, (member, element) => sdsSize(member.length) + mallocSize(NODE_BYTES + LANE_BYTES * value.list.lanesOf(element)));
    }
    case 'set': {
      const { value } = object;
      if (value instanceof Intset || value instanceof Listpack) return OBJECT_BYTES + value.mallocBytes;
      return OBJECT_BYTES + tableBytes(value, samples, (member) => sdsSize(member.length));
    }
    case 'hash': {
      const { value } = object;
      if (object.encoding === 'listpackex') return OBJECT_BYTES + LISTPACK_EX_BYTES + deadlineListpack(object).mallocBytes;
      if (value instanceof Listpack) return OBJECT_BYTES + value.mallocBytes;
      return OBJECT_BYTES + (object.deadlines === undefined ? 0 : ENDING_TABLE_BYTES) + tableBytes(value, samples, (field, text) => (object.deadlines?.has(field) === true || object.lostDeadlines?.has(field) === true ? mallocSize(DEADLINE_BYTES + sdsHeaderSize(field.length) + field.length + 1) : sdsSize(field.length)) + sdsSize(text.length));
    }
    case 'stream':
      return OBJECT_BYTES + streamBytes(object.value, samples);
  }
}

/** A stream: a tree, its length, three ids, the entries added, the tree of groups. */
const STREAM_BYTES = 80;
/** A group: an id, a count, two trees. */
const GROUP_BYTES = 40;
/** A consumer: two moments, its name, its tree. */
const CONSUMER_BYTES = 32;
/** A pending message: when it was delivered, how often, to whom. */
const DELIVERY_BYTES = 24;

/**
 * Memory of a stream (bytes). All nodes but the last are judged by the first `samples`, because the last is
 * often not full. Names of groups and what their tree takes are not counted.
 */
function streamBytes({ nodes, groups }: Stream, samples: number): number {
  let bytes = STREAM_BYTES + nodes.estimatedBytes;
  let sampled = 0;
  let held = 0;
  for (const { value } of nodes.entries()) {
    if (sampled === samples && samples > 0) break;
    held += value.mallocBytes;
    sampled++;
  }
  bytes += nodes.size <= sampled ? held : Math.floor(held / sampled) * (nodes.size - 1) + (nodes.last()?.value.mallocBytes ?? 0);
  for (const { value: group } of groups.entries()) {
    bytes += GROUP_BYTES + group.pending.estimatedBytes + DELIVERY_BYTES * group.pending.size;
    for (const { value: consumer } of group.consumers.entries()) bytes += CONSUMER_BYTES + consumer.name.length + consumer.pending.estimatedBytes;
  }
  return bytes;
}

/** Memory of a quicklist (bytes): what an element takes is judged by those of the first `samples` nodes. */
function quicklistBytes(list: Quicklist, samples: number): number {
  let sampled = 0;
  let elements = 0;
  let bytes = 0;
  for (const { entry, count } of list.eachNode()) {
    const packed = list.isInner(sampled) ? lzfNode(typeof entry === 'string' ? entry : entry.toBytes()) : undefined;
    const held = packed !== undefined ? mallocSize(LZF_HEADER_BYTES + packed.length) : typeof entry === 'string' ? mallocSize(entry.length) : entry.mallocBytes;
    bytes += QUICKLIST_NODE_BYTES + held;
    elements += count;
    if (++sampled === samples) break;
  }
  return QUICKLIST_BYTES + (elements === 0 ? 0 : Math.floor((bytes / elements) * list.length));
}

/** Memory of a table as a value has it, with its elements (bytes). `each` tells what an entry holds. */
function tableBytes<V>(table: Dict<V>, samples: number, each: (key: Bytes, value: V) => number): number {
  let sampled = 0;
  let bytes = 0;
  for (const { key, value } of table.entries()) {
    bytes += each(key, value) + DICT_ENTRY_BYTES;
    if (++sampled === samples) break;
  }
  const buckets = dictTableSize(table.buckets(0)) + dictTableSize(table.buckets(1));
  return DICT_BYTES + buckets + (sampled === 0 ? 0 : Math.floor((bytes / sampled) * table.size));
}

/** MEMORY USAGE of a key with this value (bytes). */
export function keyMemory(key: Bytes, object: RedisObject, samples = OBJECT_SAMPLES): number {
  return memoryUsage(key, objectBytes(object, samples));
}

/** Memory of a table's buckets: `buckets` is a power of two, or 0 for no table (bytes). */
export function dictTableSize(buckets: number): number {
  return buckets === 0 ? 0 : mallocSize(buckets * BUCKET_BYTES);
}
