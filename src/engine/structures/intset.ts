/*
 * Intset: whole numbers in order
 * ------------------------------
 *     width    count    number  number  …  number      lowest first, no number twice
 *     4 bytes  4 bytes  ──────────────────────────
 *
 * All numbers of one set have one width: 2, 4 or 8 bytes, as the widest of them needs. A number that does
 * not fit makes all of them wider, at once; nothing makes them narrower again. A search halves the
 * range, a write moves what lies behind it.
 */
import type { Bytes } from '../bytes.ts';
import { narrow } from '../bytes.ts';
import { mallocSize } from './sds.ts';

/** Bytes of one number. */
export type IntsetWidth = 2 | 4 | 8;
/** A whole number within 64 bits; a bigint only past 2^53. */
export type IntsetNumber = number | bigint;

const HEADER_BYTES = 8;

function widthOf(value: IntsetNumber): IntsetWidth {
  if (value >= -32768 && value <= 32767) return 2;
  return value >= -2147483648 && value <= 2147483647 ? 4 : 8;
}

export class Intset {
  private numbers: IntsetNumber[] = [];
  private bytesEach: IntsetWidth = 2;

  get length(): number {
    return this.numbers.length;
  }

  /** Bytes of each number now. */
  get width(): IntsetWidth {
    return this.bytesEach;
  }

  /** Bytes in all, header included. */
  get byteLength(): number {
    return HEADER_BYTES + this.numbers.length * this.bytesEach;
  }

  /** What the allocator gives for it (bytes). */
  get mallocBytes(): number {
    return mallocSize(this.byteLength);
  }

  /** The number at an index, lowest first. */
  at(index: number): IntsetNumber | undefined {
    return this.numbers[index];
  }

  /** All numbers, lowest first. The set must not change meanwhile. */
  values(): readonly IntsetNumber[] {
    return this.numbers;
  }

  has(value: IntsetNumber): boolean {
    return this.numbers[this.placeOf(value)] === value;
  }

  /** Adds a number; false when it is there already. */
  add(value: IntsetNumber): boolean {
    const width = widthOf(value);
    const at = this.placeOf(value);
    if (this.numbers[at] === value) return false;
    if (width > this.bytesEach) this.bytesEach = width;
    this.numbers.splice(at, 0, value);
    return true;
  }

  /** Removes a number; false when it is not there. */
  delete(value: IntsetNumber): boolean {
    const at = this.placeOf(value);
    if (this.numbers[at] !== value) return false;
    this.numbers.splice(at, 1);
    return true;
  }

  /** Where the number stands, or would stand. */
  private placeOf(value: IntsetNumber): number {
    let low = 0;
    let high = this.numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.numbers[middle] as IntsetNumber) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  clone(): Intset {
    const copy = new Intset();
    copy.numbers = this.numbers.slice();
    copy.bytesEach = this.bytesEach;
    return copy;
  }

  /** The bytes as DUMP writes them: every number lowest byte first. */
  toBytes(): Bytes {
    let out = littleEndian(this.bytesEach, 4) + littleEndian(this.numbers.length, 4);
    for (const value of this.numbers) out += littleEndian(value, this.bytesEach);
    return out;
  }

  /** The set whose bytes these are; undefined when they are none: empty, out of order, of a wrong length. */
  static fromBytes(bytes: Bytes): Intset | undefined {
    if (bytes.length < HEADER_BYTES) return undefined;
    const width = Number(readLittleEndian(bytes, 0, 4));
    const count = Number(readLittleEndian(bytes, 4, 4));
    if ((width !== 2 && width !== 4 && width !== 8) || count <= 0 || bytes.length !== HEADER_BYTES + count * width) return undefined;
    const set = new Intset();
    set.bytesEach = width;
    for (let i = 0; i < count; i++) {
      const value = readLittleEndian(bytes, HEADER_BYTES + i * width, width);
      const before = set.numbers[i - 1];
      if (before !== undefined && before >= value) return undefined;
      set.numbers.push(value);
    }
    return set;
  }
}

function littleEndian(value: IntsetNumber, bytes: number): Bytes {
  if (typeof value === 'number' && bytes <= 4) {
    let out = '';
    for (let i = 0; i < bytes; i++) out += String.fromCharCode((value >> (8 * i)) & 255);
    return out;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  let out = '';
  for (let i = 0; i < bytes; i++) {
    out += String.fromCharCode(Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

function readLittleEndian(bytes: Bytes, from: number, count: number): IntsetNumber {
  if (count <= 4) {
    let value = 0;
    for (let i = 0; i < count; i++) value |= bytes.charCodeAt(from + i) << (8 * i);
    return count === 2 ? (value << 16) >> 16 : value;
  }
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(from + i));
  return narrow(BigInt.asIntN(64, value));
}
