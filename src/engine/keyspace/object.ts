/*
 * Values
 * ------
 * What a key maps to: a type, the encoding it is stored in now, the value itself, and the 24 bits
 * that tell when (LRU) or how often (LFU) it was used. Encodings are Redis's own and convert exactly
 * where Redis converts. A type adds its member to the union below and stays the only place that
 * looks inside its value.
 */
import type { Bytes } from '../bytes.ts';
import type { ByteBuffer } from '../structures/byte-buffer.ts';
import type { Dict } from '../structures/dict.ts';
import type { Intset } from '../structures/intset.ts';
import type { Listpack } from '../structures/listpack.ts';
import type { Stream } from './stream-value.ts';
import type { SortedSet } from './zset-value.ts';
import type { Quicklist } from '../structures/quicklist.ts';

export type ObjectType = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream';
export type StringEncoding = 'int' | 'embstr' | 'raw';

/**
 * A string. 'int' holds a number or, past 2^53, a bigint; 'embstr' and 'raw' hold Bytes; 'raw' may
 * also hold a ByteBuffer after a write in place (SETBIT, SETRANGE, APPEND).
 */
export interface StringObject {
  readonly type: 'string';
  encoding: StringEncoding;
  value: Bytes | number | bigint | ByteBuffer;
  /** 24 bits: the LRU clock in seconds, or LFU (16 bits of minutes, 8 bits of counter). */
  lru: number;
  /** Under which size its database counts it (key-sizes.ts); 0: it is in none. Every value has it from the start, so that all look the same to the compiler. */
  sizeClass: number;
}

/**
 * A hash: 'listpack' holds fields and values in turns, 'hashtable' a table from field to value. A 'listpackex' is a
 * listpack whose fields may end; hash-expiry.ts says how.
 */
export interface HashObject {
  readonly type: 'hash';
  encoding: 'listpack' | 'listpackex' | 'hashtable';
  value: Listpack | Dict<Bytes>;
  /** When fields end, for those that do (milliseconds since the epoch); undefined as long as none ever did. */
  deadlines?: Map<Bytes, number> | undefined;
  /** Fields of a table that had a deadline and lost it: they keep the memory for one. */
  lostDeadlines?: Set<Bytes> | undefined;
  /** Under which moment the database has queued the hash for its field cycle. */
  nextExpiryMs?: number | undefined;
  lru: number;
  sizeClass: number;
}

/** A list: 'listpack' holds the elements in one piece, 'quicklist' in a chain of pieces. */
export interface ListObject {
  readonly type: 'list';
  encoding: 'listpack' | 'quicklist';
  value: Listpack | Quicklist;
  lru: number;
  sizeClass: number;
}

/** A sorted set: 'listpack' holds members and scores in turns and in order, 'skiplist' a skip list and a table. */
export interface ZsetObject {
  readonly type: 'zset';
  encoding: 'listpack' | 'skiplist';
  value: Listpack | SortedSet;
  lru: number;
  sizeClass: number;
}

/** A set: 'intset' holds whole numbers, 'listpack' short members in one piece, 'hashtable' entries without values. */
export interface SetObject {
  readonly type: 'set';
  encoding: 'intset' | 'listpack' | 'hashtable';
  value: Intset | Listpack | Dict<undefined>;
  lru: number;
  sizeClass: number;
}

/** A stream: entries in listpacks in a radix tree, and its consumer groups. */
export interface StreamObject {
  readonly type: 'stream';
  readonly encoding: 'stream';
  readonly value: Stream;
  lru: number;
  sizeClass: number;
}

export type RedisObject = StreamObject | SetObject | ZsetObject | StringObject | ListObject | HashObject;
