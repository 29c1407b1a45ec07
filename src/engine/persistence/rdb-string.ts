/*
 * Lengths and strings of the RDB format
 * -------------------------------------
 * The first two bits of a length tell its size:
 *
 *   00LLLLLL                    0–63
 *   01LLLLLL LLLLLLLL           up to 16,383
 *   10000000 + 4 bytes          up to 2^32 − 1, highest byte first
 *   10000001 + 8 bytes          more, highest byte first
 *   11EEEEEE                    no length: a string in the special encoding E
 *
 * A string is a length and its bytes, unless a special encoding is shorter: a number that fits 8, 16
 * or 32 bits (lowest byte first), or LZF: compressed length, plain length, compressed bytes.
 */
import { parseInteger, type Bytes } from '../bytes.ts';
import { Crc64 } from './crc64.ts';
import { lzfCompress, lzfDecompress } from './lzf.ts';

const ENC_INT8 = 0;
const ENC_INT16 = 1;
const ENC_INT32 = 2;
const ENC_LZF = 3;
/** The marker of a special encoding, its number in the low six bits. */
const ENCODED = 0xc0;

/** Longer strings are not looked at as numbers: −2147483648 has 11 characters. */
const LONGEST_INTEGER = 11;
/** Shorter strings are not compressed. */
const SHORTEST_COMPRESSED = 21;
/** Compression must save as much, or the plain bytes are written. */
const LZF_MUST_SAVE = 4;

export interface RdbWriteOptions {
  /** Directive rdbcompression. */
  readonly compression: boolean;
}

/** Something in a payload or file is not of the RDB format. `message` says what, for the log. */
export class RdbFormatError extends Error {}

/** What the log says of a value that cannot be read. */
export const damageText = (damage: RdbFormatError, offset = 0): Bytes => `Internal error in RDB reading offset ${offset} -> ${damage.message}`;

/** What the log says of a file that ends before it is over. */
export const endsTooEarly = (offset: number): Bytes => `Short read or OOM loading DB. Unrecoverable error, aborting now.\nInternal error in RDB reading offset ${offset} -> Unexpected EOF reading RDB file`;

/** A value in a file is damaged. */
export class RdbDamageError extends RdbFormatError {
  constructor(damage: RdbFormatError, offset: number) {
    super(damageText(damage, offset));
  }
}

/** The file is no RDB file, or of a later version. */
export class RdbHeaderError extends RdbFormatError {}

/** Throws for one piece of memory (a listpack, a ziplist, …) that is not as it must be; `what` names it in the log. */
export function damaged(what: string): never {
  throw new RdbFormatError(`${what} integrity check failed.`);
}

/** What was read, unless it was damaged. */
export function intact<T>(read: T | undefined, what: string): T {
  return read === undefined ? damaged(what) : read;
}

/** A collection without elements, which no key can hold. A file that has one is read on without it; RESTORE refuses it. */
export class EmptyValueError extends RdbFormatError {}

/** The bytes are over where something should follow. */
export class RdbEndError extends RdbFormatError {
  /** So many more would be needed at least. */
  readonly wanted: number;
  constructor(message: string, wanted: number) {
    super(message);
    this.wanted = wanted;
  }
}

/** A length as the format writes it; other numbers without a sign may be written so, too. */
export function encodeLength(length: number | bigint): Bytes {
  if (typeof length === 'bigint') return `\x81${bigEndian32(Number(length >> 32n))}${bigEndian32(Number(length & 0xffffffffn))}`;
  if (length < 64) return String.fromCharCode(length);
  if (length < 16384) return String.fromCharCode(0x40 | (length >> 8), length & 255);
  if (length <= 0xffffffff) return `\x80${bigEndian32(length)}`;
  return `\x81${bigEndian32(Math.floor(length / 2 ** 32))}${bigEndian32(length % 2 ** 32)}`;
}

/** A string as the format writes it, in the shortest encoding the real server would choose. */
export function encodeString(value: Bytes, options: RdbWriteOptions): Bytes {
  if (value.length <= LONGEST_INTEGER) {
    const integer = parseInteger(value);
    if (typeof integer === 'number') {
      const encoded = encodeInteger(integer);
      if (encoded !== undefined) return encoded;
    }
  }
  if (options.compression && value.length >= SHORTEST_COMPRESSED) {
    const compressed = lzfCompress(value, value.length - LZF_MUST_SAVE);
    if (compressed !== undefined) {
      return String.fromCharCode(ENCODED | ENC_LZF) + encodeLength(compressed.length) + encodeLength(value.length) + compressed;
    }
  }
  return encodeLength(value.length) + value;
}

/** Nodes of a list that are shorter are not worth compressing (bytes). */
const MIN_COMPRESS_BYTES = 48;
/** Compressing a node must save more than this (bytes). */
const MIN_COMPRESS_IMPROVE = 8;

/** A node of a quicklist, compressed; undefined where the real server would leave it as it is. */
export function lzfNode(bytes: Bytes): Bytes | undefined {
  if (bytes.length < MIN_COMPRESS_BYTES) return undefined;
  const compressed = lzfCompress(bytes, bytes.length);
  return compressed === undefined || compressed.length + MIN_COMPRESS_IMPROVE >= bytes.length ? undefined : compressed;
}

/** A node that is compressed in memory is written as it is, whatever the options say. */
export function encodeNode(bytes: Bytes, options: RdbWriteOptions): Bytes {
  const compressed = lzfNode(bytes);
  if (compressed === undefined) return encodeString(bytes, options);
  return String.fromCharCode(ENCODED | ENC_LZF) + encodeLength(compressed.length) + encodeLength(bytes.length) + compressed;
}

function encodeInteger(value: number): Bytes | undefined {
  if (value >= -0x80 && value <= 0x7f) return String.fromCharCode(ENCODED | ENC_INT8, value & 255);
  if (value >= -0x8000 && value <= 0x7fff) return String.fromCharCode(ENCODED | ENC_INT16, value & 255, (value >> 8) & 255);
  if (value >= -0x80000000 && value <= 0x7fffffff) {
    return String.fromCharCode(ENCODED | ENC_INT32, value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  }
  return undefined;
}

function bigEndian32(value: number): Bytes {
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/**
 * Reads a payload or file from front to back. Every method throws RdbFormatError where the bytes end or do not fit. One
 * that is fed (`RdbReader.fed()`) reads what is still coming, and forgets what was read.
 */
export class RdbReader {
  /** More may come: where the bytes end, the file does not. */
  isFed = false;
  /** So many more bytes than there are the last try would have needed. */
  wanted = 0;
  /** So many packed pieces of memory were read. */
  packedPieces = 0;
  private bytes: Bytes;
  private end: number;
  private at: number;
  /** Bytes that were read and forgotten. */
  private forgotten = 0;
  /** The checksum, and up to where in `bytes` it has come. */
  private crc: Crc64 | undefined;
  private summed = 0;

  /** Reads `bytes` from `position` up to and not including `end`. */
  constructor(bytes: Bytes, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = position;
    this.end = end;
  }

  /** A reader of what is yet to come. */
  static fed(): RdbReader {
    const reader = new RdbReader('');
    reader.isFed = true;
    return reader;
  }

  /** More has come. */
  feed(chunk: Bytes): void {
    this.sum();
    this.forgotten += this.at;
    this.bytes = this.bytes.slice(this.at) + chunk;
    this.end = this.bytes.length;
    this.at = 0;
    this.summed = 0;
  }

  /** What was not read yet is forgotten, and nothing more will come. */
  cut(): void {
    this.end = this.at;
    this.isFed = false;
  }

  /** Takes what was read into the checksum, so that it need not be done all at the end. */
  sum(end = this.at): Crc64 {
    const crc = (this.crc ??= new Crc64()).update(this.bytes, this.summed, end);
    this.summed = end;
    return crc;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.forgotten + this.at;
  }

  set position(position: number) {
    this.at = position - this.forgotten;
  }

  /** Bytes that are there and not read. */
  get left(): number {
    return this.end - this.at;
  }

  /** The checksum of all bytes before `end`, where it was not taken further. */
  checksum(end: number): Bytes {
    return this.sum(end - this.forgotten).bytes;
  }

  byte(): number {
    return this.raw(1).charCodeAt(0);
  }

  /** The next `count` bytes as they are. */
  raw(count: number): Bytes {
    const { at } = this;
    if (count > this.end - at) throw new RdbEndError(`${count} bytes wanted at offset ${this.position}, ${this.end - at} left`, count - (this.end - at));
    this.at = at + count;
    return this.bytes.slice(at, at + count);
  }

  /** A number without a sign in 64 bits; a bigint where a number would not be exact. */
  exactLength(): number | bigint {
    const start = this.at;
    const length = this.length();
    if (Number.isSafeInteger(length)) return length;
    this.at = start + 1;
    return (BigInt(this.bigEndian32()) << 32n) | BigInt(this.bigEndian32());
  }

  /** A plain length. The number of a special encoding in its place is taken for one, as the real server does. */
  length(): number {
    return this.lengthOrEncoding().value;
  }

  /** A plain length in all its 64 bits. */
  longLength(): bigint {
    if (this.bytes.charCodeAt(this.at) !== 0x81) return BigInt(this.length());
    this.at++;
    return (BigInt(this.bigEndian32()) << 32n) | BigInt(this.bigEndian32());
  }

  /** A string that is a packed piece of memory, a listpack or an intset, whose content somebody looks at. */
  packed(): Bytes {
    const bytes = this.string();
    this.packedPieces++;
    return bytes;
  }

  /** A string in any encoding. It may be a window onto the payload: who keeps it calls own(). */
  string(): Bytes {
    const { value, encoded } = this.lengthOrEncoding();
    if (!encoded) return this.raw(value);
    switch (value) {
      case ENC_INT8:
        return String((this.byte() << 24) >> 24);
      case ENC_INT16:
        return String((this.littleEndian(2) << 16) >> 16);
      case ENC_INT32:
        return String(this.littleEndian(4) | 0);
      case ENC_LZF: {
        const compressed = this.length();
        const length = this.length();
        const plain = lzfDecompress(this.raw(compressed), length);
        if (plain === undefined) throw new RdbFormatError('Invalid LZF compressed string');
        return plain;
      }
      default:
        throw new RdbFormatError(`Unknown RDB string encoding type ${value}`);
    }
  }

  private lengthOrEncoding(): { value: number; encoded: boolean } {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return { value: first, encoded: false };
      case 1:
        return { value: ((first & 63) << 8) | this.byte(), encoded: false };
      case 3:
        return { value: first & 63, encoded: true };
      default:
        break;
    }
    if (first === 0x80) return { value: this.bigEndian32(), encoded: false };
    if (first === 0x81) return { value: this.bigEndian32() * 2 ** 32 + this.bigEndian32(), encoded: false };
    throw new RdbFormatError(`Unknown length encoding ${first >> 6 === 2 ? first : first >> 6} in rdbLoadLen()`);
  }

  private bigEndian32(): number {
    return ((this.byte() << 24) | (this.byte() << 16) | (this.byte() << 8) | this.byte()) >>> 0;
  }

  private littleEndian(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value |= this.byte() << (8 * i);
    return value;
  }
}
