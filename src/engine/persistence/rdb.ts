/*
 * The RDB file
 * ------------
 *     REDIS0012                         signature and version of the format
 *     FA name value …                   facts about the server that wrote it
 *     FE n                              what follows belongs to database n
 *     FB keys expires                   how large its two tables will be
 *     F5 text                           the source of a library of functions
 *     [FC ms] [F8 s | F9 n] type key value …    a key, before it its deadline (8 bytes, lowest first) and,
 *                                       under an LRU or LFU policy, its time without use or frequency
 *     FF crc64                          end, and the checksum of all before (zero: not computed)
 *
 * The writer yields the file in pieces of about a megabyte, so that a large dataset never stands in
 * memory twice. The reader hands out one key at a time, and stops between two of them: whenever it has read so
 * much that clients should be served, and when what it reads has not come yet, because a master still sends it.
 */
import type { Bytes } from '../bytes.ts';
import { narrow, parseInteger } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import type { Database, Moment } from '../keyspace/database.ts';
import type { EncodingHost } from '../keyspace/encodings.ts';
import type { RedisObject } from '../keyspace/object.ts';
import { objectFromRdb, objectToRdb } from '../keyspace/types.ts';
import { decayed, idleMs, type PastUsage } from '../keyspace/usage.ts';
import type { LogLevel } from '../log.ts';
import { REDIS_VERSION } from '../version.ts';
import { Crc64 } from './crc64.ts';
import { decodeObject, encodeObject, RDB_VERSION } from './dump.ts';
import { EmptyValueError, encodeLength, encodeString, endsTooEarly, RdbDamageError, RdbEndError, RdbFormatError, RdbHeaderError, RdbReader, type RdbWriteOptions } from './rdb-string.ts';

const AUX = 0xfa;
const RESIZE_DB = 0xfb;
const EXPIRE_MS = 0xfc;
const EXPIRE_SECONDS = 0xfd;
const SELECT_DB = 0xfe;
const EOF = 0xff;
const FREQUENCY = 0xf9;
const IDLE = 0xf8;
const MODULE_AUX = 0xf7;
const FUNCTION_PRE_GA = 0xf6;
const FUNCTION = 0xf5;
const SLOT_INFO = 0xf4;
/** Types of values that belong to modules. */
const MODULE = 6;
const MODULE_2 = 7;
const PIECE_BYTES = 1024 * 1024;

/** A point of a history of the dataset: whoever has loaded a snapshot of it can go on from there. */
export interface HistoryPoint {
  /** Name of the history, and how many bytes of it the snapshot holds. */
  readonly id: Bytes;
  readonly offset: number;
  /** Database that the stream speaks of there. */
  readonly db: number;
}

/** The point that a file notes, if its writer was part of any replication. */
export function historyPoint(facts: RdbContents['facts']): HistoryPoint | undefined {
  const [id = '', offset, db] = ['repl-id', 'repl-offset', 'repl-stream-db'].map((name) => facts.get(name));
  const numbers = [offset, db].map((value) => Number(parseInteger(value ?? '') ?? -1));
  const [offsetNumber = -1, dbNumber = -1] = numbers;
  return id.length === 40 && offsetNumber >= 0 && dbNumber >= 0 ? { id, offset: offsetNumber, db: dbNumber } : undefined;
}

export interface RdbFacts {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly config: Config;
  readonly usedMemoryBytes: number;
  /** The file is the base of an append-only file. */
  readonly isAofBase?: boolean;
  readonly libraries?: readonly Bytes[];
  /** Where the dataset stands in its history, if anybody could go on from there. */
  readonly point?: HistoryPoint | undefined;
}

/** The time without use or the frequency that goes before a key, as the policy counts. */
function usageRecord(lru: number, policy: Bytes, { nowMs, config }: RdbFacts): Bytes {
  if (policy.endsWith('lru')) return code(IDLE) + encodeLength(Math.floor(idleMs(lru, nowMs) / 1000));
  return policy.endsWith('lfu') ? code(FREQUENCY) + String.fromCharCode(decayed(lru, nowMs, config)) : '';
}

const code = (opcode: number): Bytes => String.fromCharCode(opcode);

function deadline(ms: Moment): Bytes {
  let out = '';
  let rest = BigInt.asUintN(64, BigInt(ms));
  for (let i = 0; i < 8; i++) {
    out += String.fromCharCode(Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

/** A part of a file: what it adds, and how many keys are in it. */
export interface FilePiece {
  readonly bytes: Bytes;
  readonly keys: number;
}

/** The file in pieces, of no more than `keysPerPiece` keys each. `checksum` false writes zeros in its place (rdbchecksum no). */
export function* encodeRdb(databases: readonly Database[], facts: RdbFacts, options: RdbWriteOptions & { readonly checksum: boolean; readonly keysPerPiece?: number }): Generator<FilePiece> {
  const { keysPerPiece = Infinity } = options;
  let keys = 0;
  const crc = new Crc64();
  const aux = (name: Bytes, value: Bytes): Bytes => code(AUX) + encodeString(name, options) + encodeString(value, options);
  let piece = `REDIS${String(RDB_VERSION).padStart(4, '0')}`;
  piece += aux('redis-ver', REDIS_VERSION) + aux('redis-bits', '64') + aux('ctime', String(Math.floor(facts.nowMs / 1000))) + aux('used-mem', String(facts.usedMemoryBytes));
  const { point } = facts;
  if (point !== undefined) piece += aux('repl-stream-db', String(point.db)) + aux('repl-id', point.id) + aux('repl-offset', String(point.offset));
  piece += aux('aof-base', facts.isAofBase === true ? '1' : '0');
  const policy = facts.config.text('maxmemory-policy');
  for (const library of facts.libraries ?? []) piece += code(FUNCTION) + encodeString(library, options);
  for (const db of databases) {
    if (db.keys.size === 0) continue;
    piece += code(SELECT_DB) + encodeLength(db.id) + code(RESIZE_DB) + encodeLength(db.keys.size) + encodeLength(db.expires.size);
    for (const { key, value } of db.keys.entries()) {
      const when = db.expires.size > 0 ? db.expires.peek(key)?.value : undefined;
      if (when !== undefined) piece += code(EXPIRE_MS) + deadline(when);
      piece += usageRecord(value.lru, policy, facts);
      const encoded = encodeObject(objectToRdb(value), options);
      piece += code(encoded.code) + encodeString(key, options) + encoded.body;
      keys++;
      if (piece.length >= PIECE_BYTES || keys >= keysPerPiece) {
        if (options.checksum) crc.update(piece);
        yield { bytes: piece, keys };
        piece = '';
        keys = 0;
      }
    }
  }
  piece += code(EOF);
  if (options.checksum) crc.update(piece);
  yield { bytes: piece + (options.checksum ? crc.bytes : '\0'.repeat(8)), keys };
}

export interface RdbReceiver {
  /** Keys beyond this number of databases have no place. */
  readonly databases: number;
  /** For the age of the file, which the log tells. */
  readonly nowSeconds?: number;
  /** `expiresAtMs` undefined for a key without a deadline. Keys come in the file's order; false for one that was there before. */
  key(db: number, key: Bytes, object: RedisObject, expiresAtMs: Moment | undefined, usage: PastUsage): boolean;
  /** The source text of a library of functions; the text of a problem, or undefined. */
  library?(code: Bytes): Bytes | undefined;
  /** Whatever the checksum says, the file is taken. */
  readonly skipChecksum?: boolean;
  /** A line for the log, about the file or about a key of it. */
  log?(level: LogLevel, text: Bytes): void;
  /** A fact of the writer, as soon as it is read. */
  fact?(name: Bytes, value: Bytes): void;
  /** After so many bytes the reader stops; it does not while this is undefined. */
  sliceBytes?(): number;
}

export interface RdbContents {
  /** Facts of the writer, by name. */
  readonly facts: ReadonlyMap<Bytes, Bytes>;
  /** Where the file ended: an append-only file may go on behind it. */
  readonly end: number;
  /** Keys without content, which some old servers wrote. */
  readonly emptySkipped: number;
}

/** Empty keys that the log names; the others are only counted. */
const EMPTY_KEYS_LOGGED = 10;

/**
 * Reads a file of version 1 … 12; values get the encodings of `host`. Throws RdbFormatError with what the log
 * should say, one line each.
 */
export function decodeRdb(bytes: Bytes, host: EncodingHost, receiver: RdbReceiver): RdbContents {
  const reading = readRdb(new RdbReader(bytes), host, receiver);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}

/** The same in slices: yields the bytes read so far, and goes on when it is asked again. Of a reader that is still fed it takes what is there. */
export function* readRdb(reader: RdbReader, host: EncodingHost, receiver: RdbReceiver): Generator<number, RdbContents> {
  const facts = new Map<Bytes, Bytes>();
  try {
    const header = yield* whole(reader, () => reader.raw(9));
    if (!header.startsWith('REDIS')) throw new RdbHeaderError('Wrong signature trying to load DB from file');
    const version = Number(parseInteger(header.slice(5).replace(/^0+(?=.)/, '')) ?? 0);
    if (version < 1 || version > RDB_VERSION) throw new RdbHeaderError(`Can't handle RDB format version ${version}`);
    const emptySkipped = yield* readRecords(reader, host, receiver, facts);
    // Before version 5 there was no checksum; zeros say that none was computed.
    if (version >= 5) {
      const end = reader.position;
      checkSum(yield* whole(reader, () => reader.raw(8)), end, reader, receiver);
    }
    return { facts, end: reader.position, emptySkipped };
  } catch (problem) {
    if (!(problem instanceof RdbEndError)) throw problem;
    throw new RdbFormatError(endsTooEarly(reader.position));
  }
}

/** What `read` reads, once all of it has come: until then the reader is taken back to where it stood. */
function* whole<T>(reader: RdbReader, read: () => T): Generator<number, T> {
  for (;;) {
    const start = reader.position;
    const pieces = reader.packedPieces;
    try {
      const value = read();
      reader.wanted = 0;
      return value;
    } catch (problem) {
      if (!(problem instanceof RdbEndError) || !reader.isFed) throw problem;
      reader.position = start;
      reader.packedPieces = pieces;
      reader.wanted = problem.wanted;
      yield start;
    }
  }
}

/** Reads up to the mark of the end; returns how many empty keys were left out. */
function* readRecords(reader: RdbReader, host: EncodingHost, receiver: RdbReceiver, facts: Map<Bytes, Bytes>): Generator<number, number> {
  const records = new RecordReader(reader, host, receiver, facts);
  const record = (): boolean => records.next();
  let sliceBytes = receiver.sliceBytes?.() ?? Infinity;
  let slice = 0;
  for (;;) {
    // The plain way for what lies there whole: a generator for each record would cost more than the record.
    if (!(reader.isFed ? yield* whole(reader, record) : record())) return records.emptySkipped;
    const reached = Math.floor(reader.position / sliceBytes);
    if (reached <= slice) continue;
    reader.sum();
    yield reader.position;
    sliceBytes = receiver.sliceBytes?.() ?? Infinity;
    slice = Math.floor(reader.position / sliceBytes);
  }
}

/** Reads one record after the other, and keeps what is said of a key before the key comes. */
class RecordReader {
  emptySkipped = 0;
  private db = 0;
  private expiresAtMs: Moment | undefined;
  private usage: { idleSeconds?: number; frequency?: number } = {};
  private readonly reader: RdbReader;
  private readonly host: EncodingHost;
  private readonly receiver: RdbReceiver;
  private readonly facts: Map<Bytes, Bytes>;

  constructor(reader: RdbReader, host: EncodingHost, receiver: RdbReceiver, facts: Map<Bytes, Bytes>) {
    this.reader = reader;
    this.host = host;
    this.receiver = receiver;
    this.facts = facts;
  }

  /** Nothing is done with a record before all of it is read. False for the mark of the end. */
  next(): boolean {
    const { reader, receiver } = this;
    const opcode = reader.byte();
    switch (opcode) {
      case EOF:
        return false;
      case SELECT_DB: {
        const db = reader.length();
        if (db >= receiver.databases) throw new RdbFormatError(`FATAL: Data file was created with a Redis server configured to handle more than ${receiver.databases} databases. Exiting`);
        this.db = db;
        break;
      }
      case RESIZE_DB:
        reader.length();
        reader.length();
        break;
      case SLOT_INFO:
        for (let i = 0; i < 3; i++) reader.length();
        break;
      case AUX: {
        const [name, value] = [reader.string(), reader.string()];
        this.facts.set(name, value);
        receiver.fact?.(name, value);
        logFact(name, value, receiver);
        break;
      }
      case FUNCTION: {
        const problem = receiver.library?.(reader.string());
        if (problem !== undefined) throw new RdbFormatError(problem);
        break;
      }
      case FUNCTION_PRE_GA:
        throw new RdbFormatError('Pre-release function format not supported.');
      case MODULE_AUX:
        throw new RdbFormatError(`The RDB file contains AUX module data I can't load: no matching module '${moduleName(reader)}'`);
      case EXPIRE_MS:
        this.expiresAtMs = littleEndian(reader.raw(8));
        break;
      case EXPIRE_SECONDS:
        this.expiresAtMs = Number(littleEndian(reader.raw(4))) * 1000;
        break;
      case FREQUENCY:
        this.usage.frequency = reader.byte();
        break;
      case IDLE:
        this.usage.idleSeconds = reader.length();
        break;
      default:
        this.key(opcode);
    }
    return true;
  }

  private key(type: number): void {
    const { reader, receiver, db } = this;
    const key = reader.string();
    if (type === MODULE || type === MODULE_2) throw new RdbFormatError(`The RDB file contains module data I can't load: no matching module type '${moduleName(reader)}'`);
    const object = this.valueOrNothing(type);
    if (object === undefined) {
      if (this.emptySkipped++ < EMPTY_KEYS_LOGGED) receiver.log?.('notice', `rdbLoadObject skipping empty key: ${key}`);
    } else if (!receiver.key(db, key, object, this.expiresAtMs, this.usage)) {
      throw new RdbFormatError(`RDB has duplicated key '${key}' in DB ${db}\nDuplicated key found in RDB file`);
    }
    this.expiresAtMs = undefined;
    this.usage = {};
  }

  private valueOrNothing(type: number): RedisObject | undefined {
    try {
      return objectFromRdb(decodeObject(type, this.reader), this.host);
    } catch (problem) {
      if (problem instanceof EmptyValueError) return undefined;
      if (problem instanceof RdbEndError || !(problem instanceof RdbFormatError)) throw problem;
      throw new RdbDamageError(problem, this.reader.position);
    }
  }
}


/** What the log tells of the server that wrote the file. */
function logFact(name: Bytes, value: Bytes, { log, nowSeconds = 0 }: RdbReceiver): void {
  if (name.startsWith('%')) log?.('notice', `RDB '${name}': ${value}`);
  else if (name === 'redis-ver') log?.('notice', `Loading RDB produced by version ${value}`);
  else if (name === 'ctime') log?.('notice', `RDB age ${Math.max(0, nowSeconds - Number(value))} seconds`);
  else if (name === 'used-mem') log?.('notice', `RDB memory usage when created ${(Number(value) / 1048576).toFixed(2)} Mb`);
  else if (name === 'aof-preamble' && value !== '0') log?.('notice', 'RDB has an AOF tail');
  else if (name === 'aof-base' && value !== '0') log?.('notice', 'RDB is base AOF');
}

function checkSum(stored: Bytes, end: number, reader: RdbReader, receiver: RdbReceiver): void {
  if (stored === '\0'.repeat(8)) {
    receiver.log?.('notice', 'RDB file was saved with checksum disabled: no check performed.');
    return;
  }
  if (receiver.skipChecksum === true) return;
  const computed = reader.checksum(end);
  if (stored !== computed) throw new RdbFormatError(`Wrong RDB checksum expected: (${hexOf(computed)}) but got (${hexOf(stored)}). Aborting now.\nInternal error in RDB reading offset 0 -> RDB CRC error`);
}

const MODULE_NAME_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The name of a module's type: nine letters of six bits each, in the upper part of a number of 64 bits. */
function moduleName(reader: RdbReader): Bytes {
  let id = reader.longLength() >> 10n;
  let name = '';
  for (let i = 0; i < 9; i++) {
    name = MODULE_NAME_LETTERS.charAt(Number(id & 63n)) + name;
    id >>= 6n;
  }
  return name;
}

function littleEndian(bytes: Bytes): Moment {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return narrow(BigInt.asIntN(8 * bytes.length, value));
}

function hexOf(lowestFirst: Bytes): Bytes {
  let out = '';
  for (let i = lowestFirst.length - 1; i >= 0; i--) out += lowestFirst.charCodeAt(i).toString(16).padStart(2, '0');
  return out.replace(/^0+(?=.)/, '');
}
