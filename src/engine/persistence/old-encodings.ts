/*
 * Encodings that older servers wrote
 * ----------------------------------
 * Until version 6.2 small collections were ziplists, until 2.4 small hashes were zipmaps. Nobody writes
 * them any more, but their files are still about: they are read here and become listpacks.
 *
 *   ziplist   bytes(4) tail(4) count(2)  then for each entry: length of the one before, encoding, content;
 *             a last byte ff. Numbers have the lowest byte first, lengths of strings the highest.
 *   zipmap    count(1)  then for each pair: length, field, length, unused bytes(1), value, the unused
 *             bytes; a last byte ff
 */
import { own, type Bytes } from '../bytes.ts';
import { Listpack } from '../structures/listpack.ts';
import { damaged } from './rdb-string.ts';

const ZIPLIST_HEADER_BYTES = 10;
const END = 0xff;
/** In place of a length of one byte: the length follows in four. */
const LONG_LENGTH = 0xfe;
/** More entries than this are not counted in the header. */
const COUNT_UNKNOWN = 0xffff;

/** Walks over bytes that may be damaged. */
class Walk {
  position: number;
  private readonly bytes: Bytes;
  private readonly what: string;

  constructor(bytes: Bytes, position: number, what: string) {
    this.bytes = bytes;
    this.position = position;
    this.what = what;
  }

  damaged(): never {
    damaged(this.what);
  }

  byte(): number {
    if (this.position >= this.bytes.length) this.damaged();
    return this.bytes.charCodeAt(this.position++);
  }

  /** The next byte, not taken yet. */
  peek(): number {
    if (this.position >= this.bytes.length) this.damaged();
    return this.bytes.charCodeAt(this.position);
  }

  text(length: number): Bytes {
    if (length > this.bytes.length - this.position) this.damaged();
    this.position += length;
    return own(this.bytes.slice(this.position - length, this.position));
  }

  lowestFirst(count: number): bigint {
    let value = 0n;
    for (let i = 0; i < count; i++) value |= BigInt(this.byte()) << BigInt(8 * i);
    return value;
  }

  highestFirst(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + this.byte();
    return value;
  }

  /** A whole number of so many bytes, with its sign, as text. */
  signed(count: number): Bytes {
    return String(BigInt.asIntN(8 * count, this.lowestFirst(count)));
  }
}

/** What a ziplist holds, in its order. Throws RdbFormatError for one that is damaged. */
export function ziplistEntries(bytes: Bytes, what: string): Bytes[] {
  const walk = new Walk(bytes, 0, what);
  const total = Number(walk.lowestFirst(4));
  const tail = Number(walk.lowestFirst(4));
  const count = Number(walk.lowestFirst(2));
  if (total !== bytes.length || bytes.charCodeAt(bytes.length - 1) !== END) walk.damaged();
  const entries: Bytes[] = [];
  let previousBytes = 0;
  let last = ZIPLIST_HEADER_BYTES;
  while (walk.peek() !== END) {
    last = walk.position;
    const before = walk.byte();
    const told = before === LONG_LENGTH ? Number(walk.lowestFirst(4)) : before;
    if (told !== previousBytes) walk.damaged();
    entries.push(ziplistValue(walk));
    previousBytes = walk.position - last;
  }
  const isCounted = count === COUNT_UNKNOWN || count === entries.length;
  if (walk.position !== bytes.length - 1 || tail !== last || !isCounted) walk.damaged();
  return entries;
}

function ziplistValue(walk: Walk): Bytes {
  const encoding = walk.byte();
  switch (encoding >> 6) {
    case 0:
      return walk.text(encoding);
    case 1:
      return walk.text(((encoding & 63) << 8) | walk.byte());
    case 2:
      return walk.text(walk.highestFirst(4));
    default:
      break;
  }
  if (encoding === 0xc0) return walk.signed(2);
  if (encoding === 0xd0) return walk.signed(4);
  if (encoding === 0xe0) return walk.signed(8);
  if (encoding === 0xf0) return walk.signed(3);
  if (encoding === 0xfe) return walk.signed(1);
  // A number from 0 to 12 stands in the encoding itself.
  if (encoding >= 0xf1 && encoding <= 0xfd) return String((encoding & 15) - 1);
  return walk.damaged();
}

export function listpackOfZiplist(bytes: Bytes, what: string): Listpack {
  return Listpack.of(ziplistEntries(bytes, what));
}

/** Fields of a zipmap with their values. Throws RdbFormatError for one that is damaged. */
export function zipmapPairs(bytes: Bytes, what: string): (readonly [Bytes, Bytes])[] {
  const walk = new Walk(bytes, 0, what);
  const count = walk.byte();
  const length = (): number => {
    const first = walk.byte();
    if (first === END) walk.damaged();
    return first === LONG_LENGTH ? Number(walk.lowestFirst(4)) : first;
  };
  const pairs: (readonly [Bytes, Bytes])[] = [];
  while (walk.peek() !== END) {
    const field = walk.text(length());
    const valueLength = length();
    const unused = walk.byte();
    pairs.push([field, walk.text(valueLength)]);
    walk.text(unused);
  }
  if (pairs.length === 0 || walk.position !== bytes.length - 1 || (count < LONG_LENGTH && count !== pairs.length)) walk.damaged();
  return pairs;
}
