/*
 * Listpack: a small list in one piece of memory
 * ---------------------------------------------
 *     total bytes  count   entry  entry  …  entry   FF
 *     4 bytes      2       ────────────────────     end
 *
 *     entry:  encoding [data]  length of these two, written so that it can be read backwards
 *
 * No pointers and no allocation per element, so it is the smallest form for a few short values; every
 * search is a walk and every write moves what lies behind it, so it is for few of them only. Text that
 * spells an integer is kept as one, in as few bytes as will do. The first bits tell what an entry is:
 *
 *     0ddddddd             0 to 127                 1111 0001  16 bits      1111 0000  4 bytes of length, text
 *     10llllll text        up to 63 bytes           1111 0010  24 bits      1111 1111  the end
 *     110ddddd d…          −4096 to 4095            1111 0011  32 bits
 *     1110llll l… text     up to 4095 bytes         1111 0100  64 bits
 *
 * The bytes are those of the real server, so DUMP and RDB copy them out and in as they are. The count
 * has two bytes; 65535 stands for "so many or more".
 *
 * A place is the offset of an entry. Any write makes every place behind it void, except the one that
 * the write returns. NOWHERE (−1) is the place of what is not there.
 */
import type { Bytes } from '../bytes.ts';
import { fromUint8Array, narrow, parseInteger, toUint8Array } from '../bytes.ts';
import { mallocSize } from './sds.ts';

/** The place of an entry that is not there. */
export const NOWHERE = -1;

const HEADER_BYTES = 6;
const END = 0xff;
const COUNT_UNKNOWN = 0xffff;
/** An empty one: the header and the end. */
export const LISTPACK_EMPTY_BYTES = HEADER_BYTES + 1;
/** Up to this length a listpack gets no room beyond what it needs (bytes). */
const GROWS_EXACTLY = 128;
/** Longer texts are not tried as integers. */
const LONGEST_INTEGER = 20;

/** What can be stored: text, or an integer that is known to be one (within 64 bits). */
export type ListpackValue = Bytes | number | bigint;

/** Bytes that `encoded` (encoding and data together) needs to say its length backwards. */
function backLengthBytes(encoded: number): number {
  return encoded <= 127 ? 1 : encoded < 16383 ? 2 : encoded < 2097151 ? 3 : encoded < 268435455 ? 4 : 5;
}

/** Bytes of encoding and data for an integer. */
function integerBytes(value: number | bigint): number {
  if (value >= 0 && value <= 127) return 1;
  if (value >= -4096 && value <= 4095) return 2;
  if (value >= -32768 && value <= 32767) return 3;
  if (value >= -8388608 && value <= 8388607) return 4;
  return value >= -2147483648 && value <= 2147483647 ? 5 : 9;
}

const textHeaderBytes = (length: number): number => (length < 64 ? 1 : length < 4096 ? 2 : 5);

/** The integer that a value is kept as; undefined for text. */
function asInteger(value: ListpackValue): number | bigint | undefined {
  if (typeof value !== 'string') return value;
  return value.length <= LONGEST_INTEGER ? parseInteger(value) : undefined;
}

/** Bytes that a value would take as an entry, all included. */
export function listpackEntryBytes(value: ListpackValue): number {
  const integer = asInteger(value);
  const encoded = integer !== undefined ? integerBytes(integer) : textHeaderBytes((value as Bytes).length) + (value as Bytes).length;
  return encoded + backLengthBytes(encoded);
}

export class Listpack {
  private bytes: Uint8Array<ArrayBuffer>;
  /** Bytes in use, header and end included. */
  private used: number;
  private count: number;

  constructor() {
    this.bytes = new Uint8Array(mallocSize(LISTPACK_EMPTY_BYTES));
    this.used = LISTPACK_EMPTY_BYTES;
    this.count = 0;
    this.bytes[HEADER_BYTES] = END;
  }

  /** One with these values, in order. */
  static of(values: Iterable<ListpackValue>): Listpack {
    const listpack = new Listpack();
    for (const value of values) listpack.append(value);
    return listpack;
  }

  /** The one whose bytes these are; undefined when they are no listpack from the first byte to the last. */
  static fromBytes(bytes: Bytes): Listpack | undefined {
    if (bytes.length < LISTPACK_EMPTY_BYTES) return undefined;
    const listpack = new Listpack();
    listpack.bytes = toUint8Array(bytes);
    listpack.used = bytes.length;
    const total = listpack.at(0) + listpack.at(1) * 0x100 + listpack.at(2) * 0x10000 + listpack.at(3) * 0x1000000;
    if (total !== bytes.length || listpack.at(bytes.length - 1) !== END) return undefined;
    let place = HEADER_BYTES;
    while (place < bytes.length - 1) {
      const next = listpack.validEnd(place);
      if (next === undefined) return undefined;
      place = next;
      listpack.count++;
    }
    const said = listpack.at(4) + listpack.at(5) * 0x100;
    return place === bytes.length - 1 && (said === COUNT_UNKNOWN || said === listpack.count) ? listpack : undefined;
  }

  /** A copy that shares nothing. */
  clone(): Listpack {
    const copy = new Listpack();
    copy.bytes = this.bytes.slice();
    copy.used = this.used;
    copy.count = this.count;
    return copy;
  }

  /** Number of entries. */
  get length(): number {
    return this.count;
  }

  /** Bytes in use, header and end included: what limits in bytes are compared with. */
  get byteLength(): number {
    return this.used;
  }

  /** What the allocator gives for it (bytes). */
  get mallocBytes(): number {
    return mallocSize(this.used);
  }

  /** The bytes as DUMP writes them. */
  toBytes(): Bytes {
    const { bytes, used } = this;
    const said = Math.min(this.count, COUNT_UNKNOWN);
    bytes[0] = used & 255;
    bytes[1] = (used >>> 8) & 255;
    bytes[2] = (used >>> 16) & 255;
    bytes[3] = (used >>> 24) & 255;
    bytes[4] = said & 255;
    bytes[5] = said >>> 8;
    return fromUint8Array(bytes.subarray(0, used));
  }

  // ---- Walking ----------------------------------------------------------------------------------

  /** The first entry. */
  first(): number {
    return this.count === 0 ? NOWHERE : HEADER_BYTES;
  }

  /** The last entry. */
  last(): number {
    return this.count === 0 ? NOWHERE : this.before(this.used - 1);
  }

  /** The entry after the one at `place`. */
  next(place: number): number {
    const next = this.endOf(place);
    return next >= this.used - 1 ? NOWHERE : next;
  }

  /** The entry before the one at `place`. */
  previous(place: number): number {
    return place <= HEADER_BYTES ? NOWHERE : this.before(place);
  }

  /** The entry of this index; negative ones count from the end (−1 is the last). Walks from the nearer end. */
  seek(index: number): number {
    const { count } = this;
    const target = index < 0 ? count + index : index;
    if (target < 0 || target >= count) return NOWHERE;
    if (target <= count >> 1) {
      let place = HEADER_BYTES;
      for (let i = 0; i < target; i++) place = this.endOf(place);
      return place;
    }
    let place = this.before(this.used - 1);
    for (let i = count - 1; i > target; i--) place = this.before(place);
    return place;
  }

  /** The place of the entry that ends where `end` begins. */
  private before(end: number): number {
    let encoded = 0;
    let factor = 1;
    let at = end - 1;
    for (;;) {
      const byte = this.at(at);
      encoded += (byte & 127) * factor;
      if (byte < 128) break;
      factor *= 128;
      at--;
    }
    return at - encoded;
  }

  /** Where the entry at `place` ends, its backward length included. */
  private endOf(place: number): number {
    const encoded = this.encodedBytes(place);
    return place + encoded + backLengthBytes(encoded);
  }

  /** Bytes of encoding and data of the entry at `place`. */
  private encodedBytes(place: number): number {
    const lead = this.at(place);
    if (lead < 0x80) return 1;
    if (lead < 0xc0) return 1 + (lead & 63);
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 2 + (((lead & 15) << 8) | this.at(place + 1));
    switch (lead) {
      case 0xf0:
        return 5 + this.at(place + 1) + this.at(place + 2) * 0x100 + this.at(place + 3) * 0x10000 + this.at(place + 4) * 0x1000000;
      case 0xf1:
        return 3;
      case 0xf2:
        return 4;
      case 0xf3:
        return 5;
      case 0xf4:
        return 9;
      default:
        throw new Error(`listpack: no entry begins with byte ${lead} (at ${place})`);
    }
  }

  /** Where the entry at `place` ends, or undefined when what stands there is no whole entry. */
  private validEnd(place: number): number | undefined {
    const lead = this.at(place);
    const limit = this.used - 1;
    if (lead >= 0xf5) return undefined;
    const headerBytes = lead === 0xf0 ? 5 : lead >= 0xe0 && lead < 0xf0 ? 2 : 1;
    if (place + headerBytes > limit) return undefined;
    const encoded = this.encodedBytes(place);
    const end = place + encoded + backLengthBytes(encoded);
    return end <= limit && this.before(end) === place ? end : undefined;
  }

  private at(index: number): number {
    return this.bytes[index] ?? 0;
  }

  // ---- Reading ----------------------------------------------------------------------------------

  /** The value at `place` as a client would be sent it. */
  get(place: number): Bytes {
    const lead = this.at(place);
    if (lead < 0x80) return String(lead);
    if (lead < 0xc0) return fromUint8Array(this.bytes, place + 1, lead & 63);
    if (lead >= 0xe0 && lead <= 0xf0) {
      const header = lead === 0xf0 ? 5 : 2;
      return fromUint8Array(this.bytes, place + header, this.encodedBytes(place) - header);
    }
    return String(this.integerAt(place, lead));
  }

  /** Adds to `found` up to `howMany` values from `place` on: several times as fast as one at a time. */
  readInto(found: Bytes[], from: number, howMany: number): void {
    const { bytes } = this;
    const limit = this.used - 1;
    let place = from;
    for (let left = howMany; left > 0 && place !== NOWHERE && place < limit; left--) {
      const lead = bytes[place] as number;
      if (lead >= 0x80 && lead < 0xc0) {
        const length = lead & 63;
        found.push(fromUint8Array(this.bytes, place + 1, length));
        place += length + 2;
      } else {
        found.push(this.get(place));
        place = this.endOf(place);
      }
    }
  }

  /** The integer at `place`; undefined when text is kept there (which then spells none). A bigint only beyond 2^53. */
  integer(place: number): number | bigint | undefined {
    const lead = this.at(place);
    if (lead < 0x80) return lead;
    if (lead < 0xc0 || (lead >= 0xe0 && lead <= 0xf0)) return undefined;
    return this.integerAt(place, lead);
  }

  private integerAt(place: number, lead: number): number | bigint {
    if (lead < 0xe0) return ((((lead & 31) << 8) | this.at(place + 1)) << 19) >> 19;
    switch (lead) {
      case 0xf1:
        return ((this.at(place + 1) | (this.at(place + 2) << 8)) << 16) >> 16;
      case 0xf2:
        return ((this.at(place + 1) | (this.at(place + 2) << 8) | (this.at(place + 3) << 16)) << 8) >> 8;
      case 0xf3:
        return this.at(place + 1) | (this.at(place + 2) << 8) | (this.at(place + 3) << 16) | (this.at(place + 4) << 24);
      default:
        break;
    }
    let exact = 0n;
    for (let i = 8; i >= 1; i--) exact = (exact << 8n) | BigInt(this.at(place + i));
    return narrow(BigInt.asIntN(64, exact));
  }

  /** Length in bytes of the value at `place` as a client would be sent it. */
  valueLength(place: number): number {
    const lead = this.at(place);
    if (lead >= 0x80 && lead < 0xc0) return lead & 63;
    if (lead >= 0xe0 && lead <= 0xf0) return this.encodedBytes(place) - (lead === 0xf0 ? 5 : 2);
    return this.get(place).length;
  }

  /** Whether the value at `place` is `value`. */
  equals(place: number, value: ListpackValue): boolean {
    return this.matches(place, typeof value === 'string' ? value : String(value), asInteger(value));
  }

  private matches(place: number, text: Bytes, integer: number | bigint | undefined): boolean {
    const lead = this.at(place);
    let start: number;
    if (lead < 0x80) return integer === lead;
    if (lead < 0xc0) {
      if ((lead & 63) !== text.length) return false;
      start = place + 1;
    } else if (lead >= 0xe0 && lead <= 0xf0) {
      start = place + (lead === 0xf0 ? 5 : 2);
      if (this.encodedBytes(place) - (start - place) !== text.length) return false;
    } else return integer !== undefined && this.integerAt(place, lead) === integer;
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /**
   * The first entry from `place` on that holds `value`; after each comparison `skip` entries are passed,
   * so that keys can be searched where values stand between them.
   */
  find(value: ListpackValue, skip = 0, place: number = this.first()): number {
    if (place === NOWHERE) return NOWHERE;
    const text = typeof value === 'string' ? value : String(value);
    const integer = asInteger(value);
    const end = this.used - 1;
    let left = 0;
    while (place < end) {
      if (left > 0) left--;
      else if (this.matches(place, text, integer)) return place;
      else left = skip;
      place = this.endOf(place);
    }
    return NOWHERE;
  }

  /** All values in order. */
  *values(): Generator<Bytes> {
    for (let place = this.first(); place !== NOWHERE; place = this.next(place)) yield this.get(place);
  }

  // ---- Writing ----------------------------------------------------------------------------------

  /** Makes room for `length` bytes in all: who knows that much will come need not copy it time and again. */
  reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(mallocSize(length));
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
  }

  /** Keeps no more memory than the bytes in use need. */
  shrinkToFit(): void {
    const needed = mallocSize(this.used);
    if (needed < this.bytes.length) this.bytes = this.bytes.slice(0, needed);
  }

  /** Adds a value at the end; returns its place. */
  append(value: ListpackValue): number {
    return this.write(this.used - 1, 0, value);
  }

  /** Adds a value at the beginning; returns its place. */
  prepend(value: ListpackValue): number {
    return this.write(HEADER_BYTES, 0, value);
  }

  /** Puts a value before the entry at `place`; returns the new one's place. */
  insertBefore(place: number, value: ListpackValue): number {
    return this.write(place, 0, value);
  }

  /** Puts a value behind the entry at `place`; returns the new one's place. */
  insertAfter(place: number, value: ListpackValue): number {
    return this.write(this.endOf(place), 0, value);
  }

  /** Writes another value where the entry at `place` stands; the place stays. */
  replace(place: number, value: ListpackValue): number {
    this.count--;
    return this.write(place, this.endOf(place) - place, value);
  }

  /** Removes the entry at `place`, and with `howMany` those behind it; returns the place of what follows. */
  delete(place: number, howMany = 1): number {
    let end = place;
    let removed = 0;
    while (removed < howMany && end < this.used - 1) {
      end = this.endOf(end);
      removed++;
    }
    this.bytes.copyWithin(place, end, this.used);
    this.count -= removed;
    this.used -= end - place;
    this.giveBack();
    return place >= this.used - 1 ? NOWHERE : place;
  }

  /** Removes `howMany` entries from the index `start` (negative: from the end) on. */
  deleteRange(start: number, howMany: number): void {
    const place = this.seek(start);
    if (place !== NOWHERE && howMany > 0) this.delete(place, howMany);
  }

  /** Puts an entry in the place of `oldBytes` bytes at `place`. */
  private write(place: number, oldBytes: number, value: ListpackValue): number {
    const integer = asInteger(value);
    const encoded = integer !== undefined ? integerBytes(integer) : textHeaderBytes((value as Bytes).length) + (value as Bytes).length;
    const newBytes = encoded + backLengthBytes(encoded);
    const used = this.used;
    if (newBytes > oldBytes) this.makeRoom(used + newBytes - oldBytes);
    if (place + oldBytes === used - 1) this.bytes[place + newBytes] = END; // the last entry: moving a single byte by a call costs more than all the rest
    else if (newBytes !== oldBytes) this.bytes.copyWithin(place + newBytes, place + oldBytes, used);
    if (integer !== undefined) this.putInteger(place, integer);
    else this.putText(place, value as Bytes);
    this.putBackLength(place + encoded, encoded);
    this.count++;
    this.used = used + newBytes - oldBytes;
    if (newBytes < oldBytes) this.giveBack();
    return place;
  }

  private putInteger(place: number, value: number | bigint): void {
    const { bytes } = this;
    const size = integerBytes(value);
    if (size === 9) {
      bytes[place] = 0xf4;
      let rest = BigInt.asUintN(64, BigInt(value));
      for (let i = 1; i <= 8; i++) {
        bytes[place + i] = Number(rest & 255n);
        rest >>= 8n;
      }
      return;
    }
    const number = Number(value);
    if (size === 1) bytes[place] = number;
    else if (size === 2) {
      bytes[place] = 0xc0 | ((number >> 8) & 31);
      bytes[place + 1] = number & 255;
    } else {
      bytes[place] = 0xf1 + (size - 3);
      for (let i = 1; i < size; i++) bytes[place + i] = (number >> (8 * (i - 1))) & 255;
    }
  }

  private putText(place: number, text: Bytes): void {
    const { bytes } = this;
    const { length } = text;
    const header = textHeaderBytes(length);
    if (header === 1) bytes[place] = 0x80 | length;
    else if (header === 2) {
      bytes[place] = 0xe0 | (length >> 8);
      bytes[place + 1] = length & 255;
    } else {
      bytes[place] = 0xf0;
      for (let i = 1; i <= 4; i++) bytes[place + i] = (length >>> (8 * (i - 1))) & 255;
    }
    for (let i = 0; i < length; i++) bytes[place + header + i] = text.charCodeAt(i);
  }

  /** Seven bits a byte, the lowest last; every byte but the first says that another stands before it. */
  private putBackLength(place: number, encoded: number): void {
    let rest = encoded;
    for (let at = place + backLengthBytes(encoded) - 1; at >= place; at--) {
      this.bytes[at] = (rest & 127) | (at === place ? 0 : 128);
      rest = Math.floor(rest / 128);
    }
  }

  /** A longer one gets half of its length as room beyond, so that values added one by one do not copy it each time. */
  private makeRoom(length: number): void {
    if (length > this.bytes.length) this.reserve(length <= GROWS_EXACTLY ? length : length + (length >> 1));
  }

  /** Gives memory back once most of it lies idle. */
  private giveBack(): void {
    if (this.bytes.length > 64 && this.used * 4 < this.bytes.length) this.shrinkToFit();
  }
}
