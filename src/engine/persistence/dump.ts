/*
 * DUMP and RESTORE
 * ----------------
 * The payload of DUMP is a value as it would stand in an RDB file, behind the code of its type, and
 * a footer of ten bytes: the RDB version (two bytes, lowest first) and the CRC-64 of all before.
 *
 *     00 c0 2a | 0c 00 | 5b 6c … e3          type string, the integer 42, version 12, checksum
 *
 * The footer tells a mistaken or newer payload from a good one; it keeps nobody from forging one, so
 * reading checks every byte it uses. A type takes part by one entry in `codecs`: how to write it,
 * and under which codes it can be read (older servers used other codes for the same type).
 */
import { fromUint8Array, own, parseDouble, toUint8Array, type Bytes } from '../bytes.ts';
import { Intset } from '../structures/intset.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { Crc64 } from './crc64.ts';
import { listpackOfZiplist, ziplistEntries, zipmapPairs } from './old-encodings.ts';
import { encodeLength, encodeNode, encodeString, intact, RdbFormatError, RdbReader, type RdbWriteOptions } from './rdb-string.ts';
import {
  encodeStream, readStream, RDB_TYPE_STREAM_LISTPACKS, RDB_TYPE_STREAM_LISTPACKS_2, RDB_TYPE_STREAM_LISTPACKS_3, type RdbStream,
} from './stream-rdb.ts';

/** Version of the format that Redis 8.0 writes. Newer payloads are refused. */
export const RDB_VERSION = 12;

export const RDB_TYPE_STRING = 0;
const RDB_TYPE_LIST = 1;
const RDB_TYPE_SET = 2;
const RDB_TYPE_SET_INTSET = 11;
const RDB_TYPE_SET_LISTPACK = 20;
const RDB_TYPE_ZSET = 3;
const RDB_TYPE_HASH = 4;
const RDB_TYPE_ZSET_2 = 5;
const RDB_TYPE_LIST_QUICKLIST_2 = 18;
const RDB_TYPE_HASH_LISTPACK = 16;
/** Hashes with deadlines of fields, and as they were written before 7.4.0 was finished. */
const RDB_TYPE_HASH_METADATA_PRE_GA = 22;
const RDB_TYPE_HASH_LISTPACK_EX_PRE_GA = 23;
export const RDB_TYPE_HASH_METADATA = 24;
export const RDB_TYPE_HASH_LISTPACK_EX = 25;
const RDB_TYPE_ZSET_LISTPACK = 17;
// Written by servers before 7.0 (ziplists) and before 2.6 (zipmaps).
const RDB_TYPE_HASH_ZIPMAP = 9;
const RDB_TYPE_LIST_ZIPLIST = 10;
const RDB_TYPE_ZSET_ZIPLIST = 12;
const RDB_TYPE_HASH_ZIPLIST = 13;
const RDB_TYPE_LIST_QUICKLIST = 14;

const FOOTER_BYTES = 10;

/** A value between the keyspace and the format. A new type adds its member and its codec. */
export interface RdbString {
  readonly type: 'string';
  readonly value: Bytes;
}
/** What is in one piece of memory is written as it is; a table as its members. */
export interface RdbSet {
  readonly type: 'set';
  readonly content: Intset | Listpack | readonly Bytes[];
}
/** A node of a list: a listpack, or one long element. */
export interface RdbListNode {
  readonly entry: Listpack | Bytes;
  /** It is compressed in memory, so it is written compressed. */
  readonly compressed: boolean;
}
/** A list is written as its nodes; older servers wrote one element after the other. */
export type RdbList =
  | { readonly type: 'list'; readonly nodes: readonly RdbListNode[] }
  /** The real server leaves what was one ziplist a quicklist, however short it is. */
  | { readonly type: 'list'; readonly elements: readonly Bytes[]; readonly staysQuicklist?: boolean };
/** What is in one piece of memory is written as it is; a table as its pairs. */
export interface RdbHash {
  readonly type: 'hash';
  readonly content: Listpack | readonly (readonly [Bytes, Bytes])[];
  /**
   * When fields end. With it a listpack has three entries a field, the third a deadline or 0, and `earliest` (0: none)
   * stands before it.
   */
  readonly deadlines?: ReadonlyMap<Bytes, number> | undefined;
  readonly earliest?: number | undefined;
}
export interface RdbZset {
  readonly type: 'zset';
  readonly content: Listpack | readonly { readonly member: Bytes; readonly score: number }[];
}
export type RdbObject = RdbSet | RdbZset | RdbString | RdbList | RdbHash | RdbStream;

/** Whether nothing is in a value that no key can hold then. A string of no bytes is a value, and so is a stream whose entries are gone. */
export function isEmptyRdb(object: RdbObject): boolean {
  switch (object.type) {
    case 'list':
      return 'elements' in object ? object.elements.length === 0 : object.nodes.every(({ entry }) => typeof entry !== 'string' && entry.length === 0);
    case 'set':
    case 'zset':
    case 'hash':
      return object.content.length === 0;
    default:
      return false;
  }
}

/** How one type is written and read. */
interface RdbCodec<T extends RdbObject> {
  /** The type's code for this value (other types have one for each encoding) and its body. */
  write(object: T, options: RdbWriteOptions): { readonly code: number; readonly body: Bytes };
  /** One reader for each code under which the type is found. Throws RdbFormatError. */
  readonly read: ReadonlyMap<number, (reader: RdbReader) => T>;
}

const stringCodec: RdbCodec<RdbString> = {
  write: (object, options) => ({ code: RDB_TYPE_STRING, body: encodeString(object.value, options) }),
  read: new Map([[RDB_TYPE_STRING, (reader) => ({ type: 'string', value: reader.string() })]]),
};

/** A listpack that stands in the place of a string; `what` names it for the log when it is damaged. */
function readListpack(reader: RdbReader, what: string): Listpack {
  return intact(Listpack.fromBytes(reader.packed()), what);
}

/** As many items as a length before them says. */
export function readItems<T>(reader: RdbReader, read: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.length(); left > 0; left--) items.push(read());
  return items;
}

/** Kinds of node. */
const NODE_PLAIN = 1;
const NODE_PACKED = 2;

function readNode(reader: RdbReader): RdbListNode {
  const kind = reader.length();
  if (kind === NODE_PACKED) return { entry: readListpack(reader, 'Listpack'), compressed: false };
  const entry = kind === NODE_PLAIN ? own(reader.string()) : undefined;
  // A plain node is there because its element is long.
  return { entry: intact(entry === '' ? undefined : entry, 'Quicklist'), compressed: false };
}

const listCodec: RdbCodec<RdbList> = {
  write(object, options) {
    if (!('nodes' in object)) throw new Error('lists are written as nodes');
    const nodes = object.nodes.map(({ entry, compressed }) => {
      const bytes = typeof entry === 'string' ? entry : entry.toBytes();
      return encodeLength(typeof entry === 'string' ? NODE_PLAIN : NODE_PACKED) + (compressed ? encodeNode(bytes, options) : encodeString(bytes, options));
    });
    return { code: RDB_TYPE_LIST_QUICKLIST_2, body: encodeLength(nodes.length) + nodes.join('') };
  },
  read: new Map<number, (reader: RdbReader) => RdbList>([
    [RDB_TYPE_LIST, (reader) => ({ type: 'list', elements: readItems(reader, () => own(reader.string())) })],
    [RDB_TYPE_LIST_ZIPLIST, (reader) => ({ type: 'list', elements: ziplistEntries(reader.string(), 'List ziplist'), staysQuicklist: true })],
    [RDB_TYPE_LIST_QUICKLIST, (reader) => ({ type: 'list', nodes: readItems(reader, () => ({ entry: listpackOfZiplist(reader.string(), 'Ziplist'), compressed: false })) })],
    [RDB_TYPE_LIST_QUICKLIST_2, (reader) => ({ type: 'list', nodes: readItems(reader, () => readNode(reader)) })],
  ]),
};

/** A double in eight bytes, the lowest first. */
function encodeDouble(value: number): Bytes {
  return fromUint8Array(new Uint8Array(new Float64Array([value]).buffer));
}

function readDouble(reader: RdbReader): number {
  return new Float64Array(toUint8Array(reader.raw(8)).buffer)[0] ?? NaN;
}

/** A score as version 1 of the format has it: text with its length, or one of three lengths with a meaning. */
function readTextScore(reader: RdbReader): number {
  const length = reader.byte();
  if (length === 253) return NaN;
  if (length >= 254) return length === 254 ? Infinity : -Infinity;
  return parseDouble(reader.raw(length)) ?? NaN;
}

const readElements = (reader: RdbReader, score: (reader: RdbReader) => number): RdbZset => ({
  type: 'zset', content: readItems(reader, () => ({ member: own(reader.string()), score: score(reader) })),
});

const zsetCodec: RdbCodec<RdbZset> = {
  write: ({ content }, options) => content instanceof Listpack
    ? { code: RDB_TYPE_ZSET_LISTPACK, body: encodeString(content.toBytes(), options) }
    : { code: RDB_TYPE_ZSET_2, body: encodeLength(content.length) + content.map(({ member, score }) => encodeString(member, options) + encodeDouble(score)).join('') },
  read: new Map<number, (reader: RdbReader) => RdbZset>([
    [RDB_TYPE_ZSET, (reader) => readElements(reader, readTextScore)],
    [RDB_TYPE_ZSET_2, (reader) => readElements(reader, readDouble)],
    [RDB_TYPE_ZSET_ZIPLIST, (reader) => ({ type: 'zset', content: listpackOfZiplist(reader.string(), 'Zset ziplist') })],
    [RDB_TYPE_ZSET_LISTPACK, (reader) => ({ type: 'zset', content: readListpack(reader, 'Zset listpack') })],
  ]),
};

function readIntset(reader: RdbReader): Intset {
  return intact(Intset.fromBytes(reader.packed()), 'Intset');
}

const setCodec: RdbCodec<RdbSet> = {
  write({ content }, options) {
    if (content instanceof Intset) return { code: RDB_TYPE_SET_INTSET, body: encodeString(content.toBytes(), options) };
    if (content instanceof Listpack) return { code: RDB_TYPE_SET_LISTPACK, body: encodeString(content.toBytes(), options) };
    return { code: RDB_TYPE_SET, body: encodeLength(content.length) + content.map((member) => encodeString(member, options)).join('') };
  },
  read: new Map<number, (reader: RdbReader) => RdbSet>([
    [RDB_TYPE_SET, (reader) => ({ type: 'set', content: readItems(reader, () => own(reader.string())) })],
    [RDB_TYPE_SET_INTSET, (reader) => ({ type: 'set', content: readIntset(reader) })],
    [RDB_TYPE_SET_LISTPACK, (reader) => ({ type: 'set', content: readListpack(reader, 'Set listpack') })],
  ]),
};

/** A moment in eight bytes, the lowest first. */
function encodeMoment(ms: number): Bytes {
  return fromUint8Array(new Uint8Array(new BigUint64Array([BigInt(ms)]).buffer));
}

function readMoment(reader: RdbReader): number {
  return Number(new BigUint64Array(toUint8Array(reader.raw(8)).buffer)[0] ?? 0n);
}

/** In a table each field follows its deadline, counted from the earliest and one more; 0 says that there is none. */
function encodeEndingFields(pairs: readonly (readonly [Bytes, Bytes])[], deadlines: ReadonlyMap<Bytes, number>, earliest: number, options: RdbWriteOptions): Bytes {
  const distance = (field: Bytes): number => {
    const when = deadlines.get(field);
    return when === undefined ? 0 : when - earliest + 1;
  };
  return encodeMoment(earliest) + encodeLength(pairs.length) + pairs.map(([field, value]) => encodeLength(distance(field)) + encodeString(field, options) + encodeString(value, options)).join('');
}

/** Deadlines of fields have 48 bits, of which the highest values mean something else. */
const FIELD_MOMENT_MAX = 2 ** 48 - 2;

/** The moment as a deadline. Throws RdbFormatError for one that no field can have. */
function fieldMoment(when: number): number {
  if (!(when > 0 && when <= FIELD_MOMENT_MAX)) throw new RdbFormatError(`invalid expireAt time: ${when}`);
  return when;
}

function readEndingFields(reader: RdbReader, moment: (read: number) => number): RdbHash {
  const deadlines = new Map<Bytes, number>();
  const content = readItems(reader, () => {
    const read = reader.length();
    const field = own(reader.string());
    if (read !== 0) deadlines.set(field, fieldMoment(moment(read)));
    return [field, own(reader.string())] as const;
  });
  return { type: 'hash', content, deadlines };
}

function readEndingListpack(reader: RdbReader): RdbHash {
  const listpack = readListpack(reader, 'Hash listpack');
  intact(listpack.length === 0 || listpack.length % 3 !== 0 ? undefined : listpack, 'Hash listpack');
  const deadlines = new Map<Bytes, number>();
  const pairs = new Listpack();
  let before = -1;
  for (let place = listpack.first(); place !== NOWHERE; ) {
    const field = listpack.get(place);
    const valuePlace = listpack.next(place);
    const deadlinePlace = listpack.next(valuePlace);
    const when = Number(listpack.integer(deadlinePlace) ?? NaN);
    // The field that ends next stands first, and those that stay stand last.
    const isInPlace = when === 0 || (before !== 0 && when >= before && when <= FIELD_MOMENT_MAX);
    before = intact(isInPlace ? when : undefined, 'Hash listpack');
    pairs.append(field);
    pairs.append(listpack.get(valuePlace));
    if (when !== 0) deadlines.set(field, when);
    place = listpack.next(deadlinePlace);
  }
  return { type: 'hash', content: pairs, deadlines };
}

function writeEnding({ content, deadlines = new Map(), earliest = 0 }: RdbHash, options: RdbWriteOptions): { readonly code: number; readonly body: Bytes } {
  return content instanceof Listpack
    ? { code: RDB_TYPE_HASH_LISTPACK_EX, body: encodeMoment(earliest) + encodeString(content.toBytes(), options) }
    : { code: RDB_TYPE_HASH_METADATA, body: encodeEndingFields(content, deadlines, earliest, options) };
}

const writeLasting = (content: RdbHash['content'], options: RdbWriteOptions): { readonly code: number; readonly body: Bytes } =>
  content instanceof Listpack
    ? { code: RDB_TYPE_HASH_LISTPACK, body: encodeString(content.toBytes(), options) }
    : { code: RDB_TYPE_HASH, body: encodeLength(content.length) + content.map(([field, value]) => encodeString(field, options) + encodeString(value, options)).join('') };

const hashCodec: RdbCodec<RdbHash> = {
  write: (object, options) => object.deadlines !== undefined ? writeEnding(object, options) : writeLasting(object.content, options),
  read: new Map<number, (reader: RdbReader) => RdbHash>([
    [RDB_TYPE_HASH_METADATA_PRE_GA, (reader) => readEndingFields(reader, (moment) => moment)],
    [RDB_TYPE_HASH_LISTPACK_EX_PRE_GA, readEndingListpack],
    [RDB_TYPE_HASH_METADATA, (reader) => {
      const earliest = readMoment(reader);
      return readEndingFields(reader, (distance) => earliest + distance - 1);
    }],
    [RDB_TYPE_HASH_LISTPACK_EX, (reader) => {
      readMoment(reader);
      return readEndingListpack(reader);
    }],
    [RDB_TYPE_HASH, (reader) => ({ type: 'hash', content: readItems(reader, () => [own(reader.string()), own(reader.string())] as const) })],
    [RDB_TYPE_HASH_ZIPMAP, (reader) => ({ type: 'hash', content: zipmapPairs(reader.string(), 'Zipmap') })],
    [RDB_TYPE_HASH_ZIPLIST, (reader) => ({ type: 'hash', content: listpackOfZiplist(reader.string(), 'Hash ziplist') })],
    [RDB_TYPE_HASH_LISTPACK, (reader) => ({ type: 'hash', content: readListpack(reader, 'Hash listpack') })],
  ]),
};

const streamCodec: RdbCodec<RdbStream> = {
  write: (stream, options) => ({ code: RDB_TYPE_STREAM_LISTPACKS_3, body: encodeStream(stream, options) }),
  read: new Map<number, (reader: RdbReader) => RdbStream>([
    [RDB_TYPE_STREAM_LISTPACKS, (reader) => readStream(reader, 1)],
    [RDB_TYPE_STREAM_LISTPACKS_2, (reader) => readStream(reader, 2)],
    [RDB_TYPE_STREAM_LISTPACKS_3, (reader) => readStream(reader, 3)],
  ]),
};

const codecs: { readonly [T in RdbObject['type']]: RdbCodec<Extract<RdbObject, { type: T }>> } = {
  string: stringCodec,
  list: listCodec,
  set: setCodec,
  hash: hashCodec,
  zset: zsetCodec,
  stream: streamCodec,
};

const readers: ReadonlyMap<number, (reader: RdbReader) => RdbObject> = new Map(
  Object.values(codecs).flatMap((codec): (readonly [number, (reader: RdbReader) => RdbObject])[] => [...codec.read]),
);

/** Type code and body, as they stand in a file; in a file the key comes between them. */
export function encodeObject(object: RdbObject, options: RdbWriteOptions): { readonly code: number; readonly body: Bytes } {
  // The type picks the codec, so the two fit each other; the compiler sees only a union of codecs.
  return (codecs[object.type] as unknown as RdbCodec<RdbObject>).write(object, options);
}

/** Reads the body of a value of type `code`. Throws RdbFormatError, also for a code nobody knows. */
export function decodeObject(code: number, reader: RdbReader): RdbObject {
  const read = readers.get(code);
  if (read === undefined) throw new RdbFormatError(`Unknown RDB encoding type ${code}`);
  return read(reader);
}

/** The payload of DUMP. */
export function dumpObject(object: RdbObject, options: RdbWriteOptions): Bytes {
  const { code, body } = encodeObject(object, options);
  const content = String.fromCharCode(code) + body + String.fromCharCode(RDB_VERSION & 255, RDB_VERSION >> 8);
  return content + new Crc64().update(content).bytes;
}

export const BAD_PAYLOAD = 'ERR DUMP payload version or checksum are wrong';
export const BAD_DATA = 'ERR Bad data format';

/** Whether RESTORE may look at the content: long enough, of no newer version, unharmed (unless that is not asked). */
export function verifyDumpPayload(payload: Bytes, skipChecksum = false): boolean {
  if (payload.length < FOOTER_BYTES) return false;
  const footer = payload.length - FOOTER_BYTES;
  const version = payload.charCodeAt(footer) | (payload.charCodeAt(footer + 1) << 8);
  return version <= RDB_VERSION && (skipChecksum || new Crc64().update(payload, 0, payload.length - 8).bytes === payload.slice(-8));
}

/**
 * The value in a payload of DUMP, or the error that RESTORE replies. As in the real server the
 * footer's bytes count as readable (a value cut short may swallow them if the checksum is right), and
 * what follows the value is ignored. `looked` hears how many packed pieces were looked at, whether the value is taken or not.
 */
export function restoreObject(payload: Bytes, skipChecksum = false, looked?: (packedPieces: number) => void): { readonly object: RdbObject } | { readonly error: Bytes; readonly damage?: RdbFormatError } {
  if (!verifyDumpPayload(payload, skipChecksum)) return { error: BAD_PAYLOAD };
  const reader = new RdbReader(payload);
  try {
    return { object: decodeObject(reader.byte(), reader) };
  } catch (damage) {
    if (damage instanceof RdbFormatError) return { error: BAD_DATA, damage };
    throw damage;
  } finally {
    looked?.(reader.packedPieces);
  }
}
