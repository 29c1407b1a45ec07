/*
 * A value that is written in place
 * --------------------------------
 * Values are immutable strings of bytes. To set one bit of a long one, or to append to it a thousand
 * times, would copy it each time, so such a write turns the value into this private array, and the
 * next read of the whole value turns it back (and keeps the string until the next write).
 *
 * It grows as Redis's sds does: when there is no room for what comes, room is made for twice the new
 * length, or for one megabyte more once that is longer than a megabyte, and the allocator's rounding
 * is room as well. So a loop of APPENDs copies each byte about twice in all. `allocated` is what sds
 * calls alloc: MEMORY USAGE and the picture of a string read it.
 */
import type { Bytes } from '../bytes.ts';
import { fromUint8Array } from '../bytes.ts';
import { sdsGrownRoom, sdsResizedRoom, sdsRoom, type SdsRoom } from './sds.ts';

export class ByteBuffer {
  private bytes: Uint8Array<ArrayBuffer>;
  private used: number;
  private room: SdsRoom;
  /** The whole value, while nothing has been written since it was asked for. */
  private cached: Bytes | undefined;

  /** A buffer that holds `value` and has the room that a string just made has. */
  constructor(value: Bytes = '') {
    this.room = sdsRoom(value.length);
    this.bytes = new Uint8Array(this.room.alloc);
    this.used = value.length;
    this.cached = value;
    copyInto(this.bytes, 0, value);
  }

  /** Number of bytes. */
  get length(): number {
    return this.used;
  }

  /** A buffer of `length` zeros, made at once: without the room that growing to it would leave. */
  static ofLength(length: number): ByteBuffer {
    const buffer = new ByteBuffer();
    buffer.room = sdsRoom(length);
    buffer.bytes = new Uint8Array(buffer.room.alloc);
    buffer.used = length;
    buffer.cached = undefined;
    return buffer;
  }

  /** Number of bytes there is room for without growing. */
  get allocated(): number {
    return this.room.alloc;
  }

  /** Size of the header before the bytes. */
  get headerBytes(): number {
    return this.room.headerBytes;
  }

  /** What the allocator gave for header, room and closing zero. */
  get mallocBytes(): number {
    return this.room.size;
  }

  /** The byte at `index`; 0 past the end, as bit commands see it. */
  at(index: number): number {
    return index < this.used ? (this.bytes[index] ?? 0) : 0;
  }

  /** Writes one byte. Bytes between the old end and `index` become zero. */
  setByte(index: number, byte: number): void {
    this.lengthen(index + 1);
    this.bytes[index] = byte;
    this.cached = undefined;
  }

  /** Writes `value` from `offset` on. Bytes between the old end and `offset` become zero. */
  setRange(offset: number, value: Bytes): void {
    if (value.length === 0) return;
    this.lengthen(offset + value.length);
    copyInto(this.bytes, offset, value);
    this.cached = undefined;
  }

  /** Adds `value` at the end. */
  append(value: Bytes): void {
    this.setRange(this.used, value);
  }

  /** The bytes from `start` up to and not including `end`, within the value. */
  getRange(start: number, end: number): Bytes {
    if (this.cached !== undefined) return this.cached.slice(start, end);
    return fromUint8Array(this.bytes.subarray(Math.max(0, start), Math.max(0, Math.min(end, this.used))));
  }

  /** Makes the value at least `length` bytes long, with zeros at its end. */
  lengthen(length: number): void {
    if (length <= this.used) return;
    this.makeRoom(length);
    // Room is zero already: never written to, or cleared by splice.
    this.used = length;
    this.cached = undefined;
  }

  /** Puts `inserted` in the place of `removed` bytes from `start` on; what follows moves. */
  splice(start: number, removed: number, inserted: readonly number[]): void {
    const moved = inserted.length - removed;
    if (moved > 0) this.makeRoom(this.used + moved);
    if (moved !== 0) this.bytes.copyWithin(start + inserted.length, start + removed, this.used);
    if (moved < 0) this.bytes.fill(0, this.used + moved, this.used);
    this.bytes.set(inserted, start);
    this.used += moved;
    this.cached = undefined;
  }

  /** Gives the value room for exactly `alloc` bytes, which must not be fewer than it has. */
  resize(alloc: number): void {
    if (alloc === this.room.alloc) return;
    this.room = sdsResizedRoom(alloc);
    const resized = new Uint8Array(alloc);
    resized.set(this.view());
    this.bytes = resized;
  }

  /** Takes another value, with the room that a string just made has. */
  assign(value: Uint8Array): void {
    this.room = sdsRoom(value.length);
    this.bytes = new Uint8Array(this.room.alloc);
    this.bytes.set(value);
    this.used = value.length;
    this.cached = undefined;
  }

  /** The bytes themselves, for loops over the whole value (BITCOUNT, BITOP). A window: do not keep it, do not write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.used);
  }

  /** The whole value. Made once and kept until the next write. */
  toBytes(): Bytes {
    this.cached ??= fromUint8Array(this.bytes.subarray(0, this.used));
    return this.cached;
  }

  private makeRoom(length: number): void {
    if (length <= this.room.alloc) return;
    this.room = sdsGrownRoom(length);
    const grown = new Uint8Array(this.room.alloc);
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

function copyInto(target: Uint8Array, offset: number, value: Bytes): void {
  for (let i = 0; i < value.length; i++) target[offset + i] = value.charCodeAt(i);
}
