/*
 * What differs by type
 * --------------------
 * Commands that work on any key (COPY, OBJECT, DUMP, UNLINK, the key browser) ask this table instead of
 * knowing the types. A type that joins the engine adds its line here and its member to RedisObject.
 */
import type { Bytes } from '../bytes.ts';
import type { LogLevel } from '../log.ts';
import { BAD_DATA, dumpObject, isEmptyRdb, restoreObject, type RdbObject } from '../persistence/dump.ts';
import { damageText, EmptyValueError, intact, RdbEndError, RdbFormatError, type RdbWriteOptions } from '../persistence/rdb-string.ts';
import { CommandError } from '../reply.ts';
import { Intset } from '../structures/intset.ts';
import { Listpack } from '../structures/listpack.ts';
import type { EncodingHost } from './encodings.ts';
import { deadlineListpack, earliestDeadline, prepareDeadlines, setFieldDeadline } from './hash-expiry.ts';
import { duplicateHash, hashEntries, hashFromListpack, hashFromPairs, hashLength } from './hash-value.ts';
import { duplicateList, listFromElements, listFromNodes, listLength } from './list-value.ts';
import type { RedisObject } from './object.ts';
import { duplicateSet, setFromIntset, setFromListpack, setFromMembers, setMembers, setSize } from './set-value.ts';
import { duplicateStream, streamFreeEffort, streamFromRdb, streamToRdb } from './stream-value.ts';
import { duplicateZset, zsetFromElements, zsetFromListpack, zsetLength } from './zset-value.ts';
import { duplicateString, newString, stringBytes, stringLength, stringRefcount } from './string-value.ts';

interface TypeOperations<T extends RedisObject> {
  /** A copy that shares nothing with the original. */
  duplicate(object: T): T;
  /** How many allocations it takes to free the value: UNLINK hands what costs more than 64 to another thread. */
  freeEffort(object: T): number;
  /** Bytes of a string; elements of everything else. */
  size(object: T): number;
  refcount(object: T): number;
  /** To the form that the RDB format writes, and from it. */
  toRdb(object: T): Extract<RdbObject, { type: T['type'] }>;
  /** Throws RdbFormatError for content that no value of the type can have (a field that comes twice). */
  fromRdb(rdb: Extract<RdbObject, { type: T['type'] }>, host: EncodingHost): T;
}

/** The members of a collection, of which none comes twice. `content` is what was read: a listpack checks itself. */
function orDamaged<T>(object: T | undefined, content: unknown, listpack: string, members: string): T {
  if (object !== undefined) return object;
  throw new RdbFormatError(content instanceof Listpack ? `${listpack} integrity check failed.` : members);
}

type Operations = { readonly [T in RedisObject as T['type']]: TypeOperations<T> };

const operations: Operations = {
  string: {
    duplicate: duplicateString,
    freeEffort: () => 1,
    size: stringLength,
    refcount: stringRefcount,
    toRdb: (object) => ({ type: 'string', value: stringBytes(object) }),
    fromRdb: (rdb) => newString(rdb.value),
  },
  list: {
    duplicate: duplicateList,
    freeEffort: (object) => (object.value instanceof Listpack ? 1 : object.value.nodes),
    size: listLength,
    refcount: () => 1,
    toRdb: ({ value }) => ({
      type: 'list',
      nodes: value instanceof Listpack ? [{ entry: value, compressed: false }] : [...value.eachNode()].map(({ entry }, index) => ({ entry, compressed: value.isInner(index) })),
    }),
    fromRdb: (rdb, host) => intact('elements' in rdb ? listFromElements(rdb.elements, host, rdb.staysQuicklist !== true) : listFromNodes(rdb.nodes.map(({ entry }) => entry), host), 'Quicklist'),
  },
  zset: {
    duplicate: duplicateZset,
    // Each member is an allocation of its own in the list; the table's entries do not count.
    freeEffort: (object) => (object.value instanceof Listpack ? 1 : object.value.list.length),
    size: zsetLength,
    refcount: () => 1,
    // A skip list is written from its end: so a reader can put each element at the front, without a search.
    toRdb: ({ value }) => ({ type: 'zset', content: value instanceof Listpack ? value : [...value.list.elements(true)] }),
    fromRdb: ({ content }, host) => orDamaged(
      content instanceof Listpack ? zsetFromListpack(content, host) : zsetFromElements(content, host), content, 'Zset listpack',
      content instanceof Listpack || !content.some(({ score }) => Number.isNaN(score)) ? 'Duplicate zset fields detected' : 'Zset with NAN score detected',
    ),
  },
  set: {
    duplicate: duplicateSet,
    freeEffort: ({ value }) => (value instanceof Intset || value instanceof Listpack ? 1 : value.size),
    size: setSize,
    refcount: () => 1,
    toRdb: (object) => ({ type: 'set', content: object.value instanceof Intset || object.value instanceof Listpack ? object.value : [...setMembers(object)] }),
    fromRdb: ({ content }, host) => {
      if (content instanceof Intset) return setFromIntset(content, host);
      return orDamaged(content instanceof Listpack ? setFromListpack(content, host) : setFromMembers(content, host), content, 'Set listpack', 'Duplicate set members detected');
    },
  },
  hash: {
    duplicate: duplicateHash,
    freeEffort: (object) => (object.value instanceof Listpack ? 1 : object.value.size),
    size: hashLength,
    refcount: () => 1,
    toRdb(object) {
      const { value, encoding, deadlines } = object;
      if (encoding === 'listpackex') return { type: 'hash', content: deadlineListpack(object), deadlines: deadlines ?? new Map(), earliest: object.nextExpiryMs ?? 0 };
      const content = value instanceof Listpack ? value : [...hashEntries(object)];
      return deadlines === undefined || deadlines.size === 0 ? { type: 'hash', content } : { type: 'hash', content, deadlines, earliest: earliestDeadline(object) };
    },
    fromRdb({ content, deadlines }, host) {
      const object = orDamaged(content instanceof Listpack ? hashFromListpack(content, host) : hashFromPairs(content, host), content, 'Hash listpack', 'Duplicate hash fields detected');
      if (deadlines === undefined) return object;
      prepareDeadlines(object);
      for (const [field, when] of [...deadlines].reverse()) setFieldDeadline(object, field, when);
      object.nextExpiryMs = earliestDeadline(object);
      return object;
    },
  },
  stream: {
    duplicate: duplicateStream,
    freeEffort: streamFreeEffort,
    size: ({ value }) => value.length,
    refcount: () => 1,
    toRdb: streamToRdb,
    fromRdb: streamFromRdb,
  },
};

/** The line of the table for an object. Its type picks the line, so the two fit each other; the compiler sees only a union of lines. */
function operationsOf<T extends RedisObject>(object: T): TypeOperations<T> {
  return operations[object.type] as unknown as TypeOperations<T>;
}

export function duplicateObject(object: RedisObject): RedisObject {
  return operationsOf(object).duplicate(object);
}

/** What takes more allocations than this to free is freed in the background. */
export const LAZYFREE_THRESHOLD = 64;

/** Whether another thread frees the value, where somebody asks for that. */
export function isFreedLazily(object: RedisObject): boolean {
  return freeEffort(object) > LAZYFREE_THRESHOLD;
}

export function freeEffort(object: RedisObject): number {
  return operationsOf(object).freeEffort(object);
}

export function objectSize(object: RedisObject): number {
  return operationsOf(object).size(object);
}

export function objectRefcount(object: RedisObject): number {
  return operationsOf(object).refcount(object);
}

/** The name that OBJECT ENCODING answers. */
export function encodingName(object: RedisObject): Bytes {
  return object.encoding;
}

/** The value in the form that the RDB format writes. */
export function objectToRdb(object: RedisObject): RdbObject {
  return operationsOf(object).toRdb(object);
}

/** The value that the RDB format holds. Throws RdbFormatError for what no key can hold, EmptyValueError where nothing is in it. */
export function objectFromRdb(rdb: RdbObject, host: EncodingHost): RedisObject {
  const { fromRdb } = operations[rdb.type] as { fromRdb(rdb: RdbObject, host: EncodingHost): RedisObject };
  if (isEmptyRdb(rdb)) throw new EmptyValueError(`an empty ${rdb.type}`);
  return fromRdb(rdb, host);
}

/** The payload of DUMP. */
export function dumpValue(object: RedisObject, options: RdbWriteOptions): Bytes {
  return dumpObject(objectToRdb(object), options);
}

/** How a payload of DUMP is looked at. */
interface RestoreManner {
  readonly skipChecksum?: boolean;
  /** Hears how many packed pieces are in the payload, whether it is taken or not. */
  readonly looked?: (packedPieces: number) => void;
}

/** The value in a payload of DUMP. Throws what RESTORE answers to a payload that is none. */
export function restoreValue(payload: Bytes, host: EncodingHost & { log(level: LogLevel, text: Bytes): void }, { skipChecksum, looked }: RestoreManner): RedisObject {
  // Bytes that end too early are not told, nor is a collection without elements.
  const told = (damage: RdbFormatError): void => {
    if (!(damage instanceof RdbEndError || damage instanceof EmptyValueError)) host.log('verbose', damageText(damage));
  };
  const restored = restoreObject(payload, skipChecksum, looked);
  if ('error' in restored) {
    if (restored.damage !== undefined) told(restored.damage);
    throw new CommandError(restored.error);
  }
  try {
    return objectFromRdb(restored.object, host);
  } catch (problem) {
    if (!(problem instanceof RdbFormatError)) throw problem;
    told(problem);
    throw new CommandError(BAD_DATA);
  }
}
