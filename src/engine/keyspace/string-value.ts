/*
 * Strings, as they are stored
 * ---------------------------
 *   int      the value is a 64-bit integer spelled exactly as Redis would print it: `42`, not `042`
 *   embstr   up to 44 bytes, in one allocation with the object's header (64 bytes together)
 *   raw      anything longer, and whatever was written to in place
 *
 * A new value gets the smallest that fits (newString). Writes in place (APPEND, SETRANGE) make the
 * value raw and leave it raw, however short: an embstr cannot grow where it lies. INCR gives an int
 * whatever was there; INCRBYFLOAT gives an embstr even when the result looks like an integer.
 *
 * An object belongs to one key, so a new value is written into the object that is there already and
 * SET costs no more than the value itself. Redis shares the integers 0 to 9999 among all keys, and
 * OBJECT REFCOUNT shows it: 2147483647 for a shared one. Here an int that Redis would keep private
 * (a copy made by COPY) holds a bigint, and a shared one a number.
 */
import type { Bytes } from '../bytes.ts';
import { own, parseInteger } from '../bytes.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import { ByteBuffer } from '../structures/byte-buffer.ts';
import type { Database } from './database.ts';
import type { RedisObject, StringEncoding, StringObject } from './object.ts';

/** The longest value, in bytes, that is stored in one allocation with its header. */
export const OBJ_ENCODING_EMBSTR_SIZE_LIMIT = 44;
/** Integers below this are one shared object each. */
export const OBJ_SHARED_INTEGERS = 10000;
/** Longer texts are not tried as integers. */
const LONGEST_INTEGER = 20;

/** A new value in the encoding that SET would give it. `bytes` may be a slice of the input. */
export function newString(bytes: Bytes): StringObject {
  const integer = bytes.length <= LONGEST_INTEGER ? parseInteger(bytes) : undefined;
  if (integer !== undefined) return { type: 'string', encoding: 'int', value: integer, lru: 0, sizeClass: 0 };
  return newText(bytes);
}

/** A new value that is not tried as an integer: INCRBYFLOAT's results stay text. */
export function newText(bytes: Bytes): StringObject {
  return { type: 'string', encoding: bytes.length <= OBJ_ENCODING_EMBSTR_SIZE_LIMIT ? 'embstr' : 'raw', value: own(bytes), lru: 0, sizeClass: 0 };
}

/** Gives an object that exists a new value, in the encoding that SET would give it. */
export function assignString(object: StringObject, bytes: Bytes): void {
  const integer = bytes.length <= LONGEST_INTEGER ? parseInteger(bytes) : undefined;
  if (integer !== undefined) {
    object.encoding = 'int';
    object.value = integer;
  } else {
    object.encoding = bytes.length <= OBJ_ENCODING_EMBSTR_SIZE_LIMIT ? 'embstr' : 'raw';
    object.value = own(bytes);
  }
}

/** The bytes that a client would be sent. */
export function stringBytes(object: StringObject): Bytes {
  const { value } = object;
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return value.toBytes();
  return String(value);
}

/** Length in bytes of what a client would be sent. */
export function stringLength(object: StringObject): number {
  const { value } = object;
  if (typeof value === 'string' || typeof value === 'object') return value.length;
  return typeof value === 'number' ? decimalLength(value) : String(value).length;
}

/** How many characters a safe integer takes, its sign included. */
function decimalLength(value: number): number {
  const size = Math.abs(value);
  let length = value < 0 ? 2 : 1;
  for (let bound = 10; bound <= size; bound *= 10) length++;
  return length;
}

/** The integer that the value spells, or undefined. A bigint only where a number would not be exact. */
export function stringInteger(object: StringObject): number | bigint | undefined {
  const { value } = object;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value.length > LONGEST_INTEGER ? undefined : parseInteger(typeof value === 'string' ? value : value.toBytes());
}

/** The same object as a private, writable buffer: what APPEND and SETRANGE work on. Its encoding becomes raw. */
export function writableBuffer(object: StringObject): ByteBuffer {
  const { value } = object;
  if (typeof value === 'object') return value;
  const buffer = new ByteBuffer(typeof value === 'string' ? value : String(value));
  object.encoding = 'raw';
  object.value = buffer;
  return buffer;
}

/** How many hold this value, as OBJECT REFCOUNT answers: INT_MAX for a shared integer. */
export function stringRefcount(object: StringObject): number {
  const { value } = object;
  return typeof value === 'number' && value >= 0 && value < OBJ_SHARED_INTEGERS ? 2147483647 : 1;
}

/** A copy that shares nothing; the encoding is kept, and a shared integer becomes a private one. */
export function duplicateString(object: StringObject): StringObject {
  const { value, encoding } = object;
  if (typeof value === 'number') return { type: 'string', encoding, value: BigInt(value), lru: object.lru, sizeClass: 0 };
  return { type: 'string', encoding, value: typeof value === 'object' ? value.toBytes() : value, lru: object.lru, sizeClass: 0 };
}

/** The object as a string, undefined for a key that is not there; another type is the client's mistake. */
export function asString(object: RedisObject | undefined): StringObject | undefined {
  if (object !== undefined && object.type !== 'string') throw new CommandError(WRONG_TYPE);
  return object;
}

/**
 * SET's work: the key has this value afterwards, whatever type it had; its expiry is gone unless
 * `keepTtl`. `known` is what lookupKeyWrite has found. Says nothing to keyspace listeners.
 */
export function setString(db: Database, key: Bytes, value: Bytes, keepTtl: boolean, known: RedisObject | undefined): void {
  if (known === undefined) db.add(key, newString(value));
  else {
    if (known.type === 'string') assignString(known, value);
    else db.overwrite(key, newString(value), known);
    if (!keepTtl) db.removeExpire(key);
  }
  db.signalModified(key);
}

/** Announces that a value in place has changed its encoding; call it after the change. */
export function announceEncoding(db: Database, key: Bytes, from: StringEncoding, object: StringObject): void {
  if (from !== object.encoding) db.encodingChanged(key, from, object.encoding);
}
