/*
 * Hashes, as they are stored
 * --------------------------
 *   listpack    field, value, field, value … in one piece, in the order they came; a search walks it
 *   hashtable   a dict from field to value
 *
 * A small hash is a listpack and becomes a hashtable for good when it gets more fields than
 * hash-max-listpack-entries, or a field or value longer than hash-max-listpack-value bytes. A command
 * that brings several fields looks at the lengths of all of them first, so that a hash is not built
 * one way and then the other. Nothing turns a hashtable back, however small it gets.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import type { Dict } from '../structures/dict.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { duplicateTable, newTable, type EncodingHost } from './encodings.ts';
import type { HashObject, RedisObject } from './object.ts';

/** An empty hash: a listpack until it proves too large. */
export function newHash(): HashObject {
  return { type: 'hash', encoding: 'listpack', value: new Listpack(), lru: 0, sizeClass: 0 };
}

/** The object as a hash, undefined for a key that is not there; another type is the client's mistake. */
export function asHash(object: RedisObject | undefined): HashObject | undefined {
  if (object !== undefined && object.type !== 'hash') throw new CommandError(WRONG_TYPE);
  return object;
}

/** Number of fields. */
export function hashLength({ value }: HashObject): number {
  return value instanceof Listpack ? value.length / 2 : value.size;
}

/** The value of a field, or undefined. */
export function hashGet({ value }: HashObject, field: Bytes): Bytes | undefined {
  if (!(value instanceof Listpack)) return value.get(field);
  const place = value.find(field, 1);
  return place === NOWHERE ? undefined : value.get(value.next(place));
}

export function hashHas({ value }: HashObject, field: Bytes): boolean {
  return value instanceof Listpack ? value.find(field, 1) !== NOWHERE : value.has(field);
}

/** Takes the deadline of a field away; false when it had none. */
export function loseDeadline(object: HashObject, field: Bytes): boolean {
  if (object.deadlines?.delete(field) !== true) return false;
  if (object.encoding === 'hashtable') (object.lostDeadlines ??= new Set()).add(own(field));
  return true;
}

/** Gives a field a value; true when the field is new. A deadline goes, unless `keepDeadline`. */
export function hashSet(object: HashObject, field: Bytes, value: Bytes, host: EncodingHost, keepDeadline = false): boolean {
  if (object.value instanceof Listpack) {
    const longest = host.config.number('hash-max-listpack-value');
    if (field.length > longest || value.length > longest) hashConvert(object, host);
  }
  const { value: store } = object;
  const loses = !keepDeadline && loseDeadline(object, field);
  if (!(store instanceof Listpack)) {
    const entry = store.find(field);
    if (entry !== undefined) {
      entry.value = own(value);
      return false;
    }
    store.set(own(field), own(value));
    return true;
  }
  const place = store.find(field, 1);
  if (place !== NOWHERE) {
    if (loses) {
      // Among fields in the order of their deadlines, one that lasts stands last.
      store.delete(place, 2);
      store.append(field);
      store.append(value);
    } else store.replace(store.next(place), value);
    return false;
  }
  store.append(field);
  store.append(value);
  if (store.length / 2 > host.config.number('hash-max-listpack-entries')) hashConvert(object, host);
  return true;
}

/** Removes a field; true if it was there. */
export function hashDelete({ value, deadlines, lostDeadlines }: HashObject, field: Bytes): boolean {
  deadlines?.delete(field);
  lostDeadlines?.delete(field);
  if (!(value instanceof Listpack)) return value.delete(field) !== undefined;
  const place = value.find(field, 1);
  if (place === NOWHERE) return false;
  value.delete(place, 2);
  return true;
}

/** Fields and values, in the order in which they are stored. */
export function* hashEntries({ value }: HashObject): Generator<readonly [Bytes, Bytes]> {
  if (!(value instanceof Listpack)) {
    for (const entry of value.entries()) yield [entry.key, entry.value];
    return;
  }
  for (let place = value.first(); place !== NOWHERE; ) {
    const at = value.next(place);
    yield [value.get(place), value.get(at)];
    place = value.next(at);
  }
}

/** Before the words argv[from] … argv[to] (fields and values in turns) are stored: whether a listpack can take them. */
export function hashPrepare(object: HashObject, argv: readonly Bytes[], from: number, to: number, host: EncodingHost): void {
  if (!(object.value instanceof Listpack)) return;
  const fields = Math.floor((to - from + 1) / 2);
  if (fields > host.config.number('hash-max-listpack-entries')) {
    hashConvert(object, host).expand(fields);
    return;
  }
  const longest = host.config.number('hash-max-listpack-value');
  for (let i = from; i <= to; i++) {
    if ((argv[i] as Bytes).length > longest) {
      hashConvert(object, host);
      return;
    }
  }
}

/** Turns a listpack into a table, where it lies. */
function hashConvert(object: HashObject, host: EncodingHost): Dict<Bytes> {
  const table = newTable<Bytes>(host);
  table.expand(hashLength(object));
  for (const [field, value] of hashEntries(object)) table.set(field, value);
  object.encoding = 'hashtable';
  object.value = table;
  return table;
}

/** A copy that shares nothing; encoding and deadlines are kept. */
export function duplicateHash({ encoding, value, deadlines, nextExpiryMs, lru }: HashObject): HashObject {
  const copy: HashObject = { type: 'hash', encoding, value: value instanceof Listpack ? value.clone() : duplicateTable(value), lru, sizeClass: 0 };
  if (deadlines === undefined) return copy;
  // The cycle visits the copy when it would have visited the original, though what was due then may last now: DUMP tells that moment.
  return { ...copy, deadlines: new Map(deadlines), nextExpiryMs };
}

/** A hash of pairs that come from a file or payload; undefined when a field comes twice. */
export function hashFromPairs(pairs: readonly (readonly [Bytes, Bytes])[], host: EncodingHost): HashObject | undefined {
  if (pairs.length === 0) return undefined;
  const object = newHash();
  const longest = host.config.number('hash-max-listpack-value');
  if (pairs.length > host.config.number('hash-max-listpack-entries') || pairs.some(([field, value]) => field.length > longest || value.length > longest)) {
    hashConvert(object, host).expand(pairs.length);
  }
  for (const [field, value] of pairs) if (!hashSet(object, field, value, host)) return undefined;
  return object;
}

/** A hash of the listpack in a file or payload, turned into a table if it is over the limits now; undefined when its fields are not in pairs or come twice. */
export function hashFromListpack(listpack: Listpack, host: EncodingHost): HashObject | undefined {
  if (listpack.length === 0 || listpack.length % 2 !== 0) return undefined;
  const object: HashObject = { type: 'hash', encoding: 'listpack', value: listpack, lru: 0, sizeClass: 0 };
  const fields = new Set<Bytes>();
  for (const [field] of hashEntries(object)) fields.add(field);
  if (fields.size !== listpack.length / 2) return undefined;
  if (fields.size > host.config.number('hash-max-listpack-entries')) hashConvert(object, host);
  return object;
}
