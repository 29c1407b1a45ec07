/*
 * Slots
 * -----
 * The keyspace of a cluster is cut into 16384 slots; a key's slot follows from its name alone, so that every
 * node and every client agree on it without asking. A node says which slots it serves with one bit for each:
 * two kilobytes, which travel with every message of the bus.
 */
import type { Bytes } from '../bytes.ts';
import { fromUint8Array } from '../bytes.ts';

export const CLUSTER_SLOTS = 16384;
export const SLOT_BYTES = CLUSTER_SLOTS / 8;

/** CRC16 as XMODEM has it (polynomial 0x1021, nothing reflected), a byte at a time without a table. */
export function crc16(bytes: Bytes, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    let x = (crc >> 8) ^ bytes.charCodeAt(i);
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  }
  return crc;
}

/**
 * The slot of `key`: CRC16 modulo 16384, taken over the text between the first `{` and the next `}` if there
 * is any. Braces are how an application keeps related keys on one node, so an empty pair must not send every
 * key to one slot.
 */
export function keyHashSlot(key: Bytes): number {
  const open = key.indexOf('{');
  if (open !== -1) {
    const close = key.indexOf('}', open + 1);
    if (close > open + 1) return crc16(key, open + 1, close) & (CLUSTER_SLOTS - 1);
  }
  return crc16(key, 0, key.length) & (CLUSTER_SLOTS - 1);
}

/**
 * The one slot that all keys matching `pattern` are in, or undefined. That is so when a tag in braces stands in
 * the pattern as it is (nothing before or in it may stand for anything else), and when the pattern is one key.
 */
export function patternHashSlot(pattern: Bytes): number | undefined {
  let open = -1;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if ('*?[\\'.includes(character)) return undefined;
    if (open === -1 && character === '{') open = i;
    else if (open !== -1 && character === '}' && i !== open + 1) return crc16(pattern, open + 1, i) & (CLUSTER_SLOTS - 1);
  }
  return crc16(pattern, 0, pattern.length) & (CLUSTER_SLOTS - 1);
}

export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** Which slots one node serves. */
export class SlotSet {
  count = 0;
  private readonly bits = new Uint8Array(SLOT_BYTES);
  private bytesNow: Bytes | undefined;
  private rangesNow: readonly SlotRange[] | undefined;

  has(slot: number): boolean {
    return ((this.bits[slot >> 3] as number) & (1 << (slot & 7))) !== 0;
  }

  /** True when it was not there. */
  add(slot: number): boolean {
    if (this.has(slot)) return false;
    this.bits[slot >> 3] = (this.bits[slot >> 3] as number) | (1 << (slot & 7));
    this.changed(1);
    return true;
  }

  /** True when it was there. */
  delete(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.bits[slot >> 3] = (this.bits[slot >> 3] as number) & ~(1 << (slot & 7));
    this.changed(-1);
    return true;
  }

  private changed(by: number): void {
    this.count += by;
    this.bytesNow = undefined;
    this.rangesNow = undefined;
  }

  /** The bitmap as messages carry it. */
  get bytes(): Bytes {
    return (this.bytesNow ??= fromUint8Array(this.bits));
  }

  get ranges(): readonly SlotRange[] {
    return (this.rangesNow ??= rangesOf(slotsOf(this.bytes)));
  }
}

/** The slots of a bitmap, rising. */
export function slotsOf(bitmap: Bytes): number[] {
  const slots: number[] = [];
  for (let byte = 0; byte < SLOT_BYTES; byte++) {
    const bits = bitmap.charCodeAt(byte);
    if (bits === 0) continue;
    for (let bit = 0; bit < 8; bit++) if ((bits & (1 << bit)) !== 0) slots.push(byte * 8 + bit);
  }
  return slots;
}

/** Rising numbers as ranges without gaps. */
export function rangesOf(slots: readonly number[]): SlotRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const slot of slots) {
    const open = ranges.at(-1);
    if (open !== undefined && open.last === slot - 1) open.last = slot;
    else ranges.push({ first: slot, last: slot });
  }
  return ranges;
}
