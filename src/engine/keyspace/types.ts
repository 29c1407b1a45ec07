/*
 * What differs by type
 * --------------------
 * Commands that work on any key (COPY, OBJECT, DUMP, UNLINK, the key browser) ask this table instead of
 * knowing the types. A type that joins the engine adds its line here and its member to RedisObject.
 */
import type { Bytes } from '../bytes.ts';
import { dumpObject, restoreObject, type RdbObject } from '../persistence/dump.ts';
import type { RdbWriteOptions } from '../persistence/rdb-string.ts';
import { CommandError } from '../reply.ts';
import type { RedisObject } from './object.ts';
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
  fromRdb(rdb: Extract<RdbObject, { type: T['type'] }>): T;
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
};

export function duplicateObject(object: RedisObject): RedisObject {
  return operations[object.type].duplicate(object);
}

export function freeEffort(object: RedisObject): number {
  return operations[object.type].freeEffort(object);
}

export function objectSize(object: RedisObject): number {
  return operations[object.type].size(object);
}

export function objectRefcount(object: RedisObject): number {
  return operations[object.type].refcount(object);
}

/** The name that OBJECT ENCODING answers. */
export function encodingName(object: RedisObject): Bytes {
  return object.encoding;
}

/** The value in the form that the RDB format writes, and back. */
export function objectToRdb(object: RedisObject): RdbObject {
  return operations[object.type].toRdb(object);
}

export function objectFromRdb(rdb: RdbObject): RedisObject {
  return operations[rdb.type].fromRdb(rdb);
}

/** The payload of DUMP. */
export function dumpValue(object: RedisObject, options: RdbWriteOptions): Bytes {
  return dumpObject(objectToRdb(object), options);
}

/** The value in a payload of DUMP. Throws what RESTORE answers to a payload that is none. */
export function restoreValue(payload: Bytes): RedisObject {
  const restored = restoreObject(payload);
  if ('error' in restored) throw new CommandError(restored.error);
  return objectFromRdb(restored.object);
}
