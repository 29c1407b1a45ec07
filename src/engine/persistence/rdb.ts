/*
 * The RDB file
 * ------------
 *     REDIS0012                         signature and version of the format
 *     FA name value …                   facts about the server that wrote it
 *     FE n                              what follows belongs to database n
 *     FB keys expires                   how large its two tables will be
 *     [FC ms] type key value …          a key, before it its deadline (8 bytes, lowest first)
 *     FF crc64                          end, and the checksum of all before (zero: not computed)
 *
 * The writer yields the file in pieces of about a megabyte, so that a large dataset never stands in
 * memory twice; the reader takes it whole and hands out one key at a time.
 */
import type { Bytes } from '../bytes.ts';
import { parseInteger } from '../bytes.ts';
import type { Database } from '../keyspace/database.ts';
import type { EncodingHost } from '../keyspace/encodings.ts';
import type { RedisObject } from '../keyspace/object.ts';
import { objectFromRdb, objectToRdb } from '../keyspace/types.ts';
import { REDIS_VERSION } from '../version.ts';
import { Crc64 } from './crc64.ts';
import { decodeObject, encodeObject, RDB_VERSION } from './dump.ts';
import { encodeLength, encodeString, RdbFormatError, RdbReader, type RdbWriteOptions } from './rdb-string.ts';

const AUX = 0xfa;
const RESIZE_DB = 0xfb;
const EXPIRE_MS = 0xfc;
const EXPIRE_SECONDS = 0xfd;
const SELECT_DB = 0xfe;
const EOF = 0xff;
const FREQUENCY = 0xf9;
const IDLE = 0xf8;
const PIECE_BYTES = 1024 * 1024;

export interface RdbFacts {
  readonly nowSeconds: number;
  readonly usedMemoryBytes: number;
}

const code = (opcode: number): Bytes => String.fromCharCode(opcode);

function deadline(ms: number): Bytes {
  let out = '';
  let rest = BigInt.asUintN(64, BigInt(ms));
  for (let i = 0; i < 8; i++) {
    out += String.fromCharCode(Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

/** The file's bytes in pieces. `checksum` false writes zeros in its place (rdbchecksum no). */
export function* encodeRdb(databases: readonly Database[], facts: RdbFacts, options: RdbWriteOptions & { readonly checksum: boolean }): Generator<Bytes> {
  const crc = new Crc64();
  const aux = (name: Bytes, value: Bytes): Bytes => code(AUX) + encodeString(name, options) + encodeString(value, options);
  let piece = `REDIS${String(RDB_VERSION).padStart(4, '0')}`;
  piece += aux('redis-ver', REDIS_VERSION) + aux('redis-bits', '64') + aux('ctime', String(facts.nowSeconds)) + aux('used-mem', String(facts.usedMemoryBytes)) + aux('aof-base', '0');
  for (const db of databases) {
    if (db.keys.size === 0) continue;
    piece += code(SELECT_DB) + encodeLength(db.id) + code(RESIZE_DB) + encodeLength(db.keys.size) + encodeLength(db.expires.size);
    for (const { key, value } of db.keys.entries()) {
      const when = db.expires.size > 0 ? db.expires.peek(key)?.value : undefined;
      if (when !== undefined) piece += code(EXPIRE_MS) + deadline(Number(when));
      const encoded = encodeObject(objectToRdb(value), options);
      piece += code(encoded.code) + encodeString(key, options) + encoded.body;
      if (piece.length >= PIECE_BYTES) {
        if (options.checksum) crc.update(piece);
        yield piece;
        piece = '';
      }
    }
  }
  piece += code(EOF);
  if (options.checksum) crc.update(piece);
  yield piece + (options.checksum ? crc.bytes : '\0'.repeat(8));
}

export interface RdbContents {
  /** Facts of the writer, by name. */
  readonly facts: ReadonlyMap<Bytes, Bytes>;
}

export interface RdbReceiver {
  /** `expiresAtMs` undefined for a key without a deadline. Keys come in the file's order. */
  key(db: number, key: Bytes, object: RedisObject, expiresAtMs: number | undefined): void;
}

/** Reads a file of version 1 … 12; values get the encodings of `host`. Throws RdbFormatError with what the log should say. */
export function decodeRdb(bytes: Bytes, host: EncodingHost, receiver: RdbReceiver): RdbContents {
  if (bytes.slice(0, 5) !== 'REDIS') throw new RdbFormatError('Wrong signature trying to load DB from file');
  const version = Number(parseInteger(bytes.slice(5, 9).replace(/^0+(?=.)/, '')) ?? 0);
  if (version < 1 || version > RDB_VERSION) throw new RdbFormatError(`Can't handle RDB format version ${version}`);
  const reader = new RdbReader(bytes, 9);
  const facts = new Map<Bytes, Bytes>();
  let db = 0;
  let expiresAtMs: number | undefined;
  for (;;) {
    const opcode = reader.byte();
    if (opcode === EOF) break;
    if (opcode === SELECT_DB) db = reader.length();
    else if (opcode === RESIZE_DB) {
      reader.length();
      reader.length();
    } else if (opcode === AUX) facts.set(reader.string(), reader.string());
    else if (opcode === EXPIRE_MS) expiresAtMs = littleEndian(reader.raw(8));
    else if (opcode === EXPIRE_SECONDS) expiresAtMs = littleEndian(reader.raw(4)) * 1000;
    else if (opcode === FREQUENCY) reader.byte();
    else if (opcode === IDLE) reader.length();
    else {
      const key = reader.string();
      receiver.key(db, key, objectFromRdb(decodeObject(opcode, reader), host), expiresAtMs);
      expiresAtMs = undefined;
    }
  }
  // Before version 5 there was no checksum; zeros say that none was computed.
  if (version >= 5) {
    const end = reader.position;
    const stored = reader.raw(8);
    const computed = new Crc64().update(bytes, 0, end).bytes;
    if (stored !== '\0'.repeat(8) && stored !== computed) throw new RdbFormatError(`Wrong RDB checksum expected: (${hexOf(computed)}) but got (${hexOf(stored)}). Aborting now.`);
  }
  return { facts };
}

function littleEndian(bytes: Bytes): number {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return Number(BigInt.asIntN(64, value));
}

function hexOf(lowestFirst: Bytes): Bytes {
  let out = '';
  for (let i = lowestFirst.length - 1; i >= 0; i--) out += lowestFirst.charCodeAt(i).toString(16).padStart(2, '0');
  return out.replace(/^0+(?=.)/, '');
}
