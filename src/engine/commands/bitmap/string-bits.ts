/*
 * A string seen as bits
 * ---------------------
 * Bit 0 is the highest of the first byte. What lies behind the end reads as zeros; a write there makes the
 * string longer, with zeros in the gap.
 */
import type { Bytes } from '../../bytes.ts';
import { parseInteger } from '../../bytes.ts';
import type { Ctx } from '../../command.ts';
import type { StringObject } from '../../keyspace/object.ts';
import { announceEncoding, asString, stringBytes, stringLength, writableBuffer } from '../../keyspace/string-value.ts';
import { CommandError } from '../../reply.ts';
import { ByteBuffer } from '../../structures/byte-buffer.ts';

const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';

/** The offset of a bit. With `fieldBits`, `#n` means n times so many bits. */
export function bitOffset(text: Bytes, { config }: Ctx['server'], fieldBits?: number): number {
  const counted = fieldBits !== undefined && text.startsWith('#');
  const number = parseInteger(counted ? text.slice(1) : text);
  if (number === undefined) throw new CommandError(BAD_OFFSET);
  // Multiplied in 64 bits, as in the real server: what overflows may come out as another offset.
  const offset = counted ? BigInt.asIntN(64, BigInt(number) * BigInt(fieldBits)) : BigInt(number);
  if (offset < 0n || offset >> 3n >= BigInt(config.number('proto-max-bulk-len'))) throw new CommandError(BAD_OFFSET);
  return Number(offset);
}

/** The bytes of a string, for reading: 0 past the end. */
export interface ReadableBits {
  readonly length: number;
  at(index: number): number;
}

const NOTHING: ReadableBits = { length: 0, at: () => 0 };

export function readableBits(object: StringObject | undefined): ReadableBits {
  if (object === undefined) return NOTHING;
  if (object.value instanceof ByteBuffer) return object.value;
  const bytes = stringBytes(object);
  return { length: bytes.length, at: (index) => (index < bytes.length ? bytes.charCodeAt(index) : 0) };
}

/** The string at a key, writable and long enough for the bit at `offset`; `grown` tells that it was made or made longer. */
export function writableBits({ db }: Ctx, name: Bytes, offset: number): { readonly buffer: ByteBuffer; readonly grown: boolean } {
  const bytes = Math.floor(offset / 8) + 1;
  const object = asString(db.lookupKeyWrite(name));
  if (object === undefined) {
    const buffer = ByteBuffer.ofLength(bytes);
    db.add(name, { type: 'string', encoding: 'raw', value: buffer, lru: 0, sizeClass: 0 });
    return { buffer, grown: true };
  }
  const grown = stringLength(object) < bytes;
  const from = object.encoding;
  const buffer = writableBuffer(object);
  buffer.lengthen(bytes);
  announceEncoding(db, name, from, object);
  return { buffer, grown };
}
