/*
 * HyperLogLog
 * -----------
 * How many different elements were there? Each is hashed to 64 bits. Fourteen of them choose one of 16384 registers,
 * and the register remembers the longest run of zeros it has seen at the end of the other fifty. Rare hashes have
 * long runs, so the registers together tell how many different hashes there must have been, within about 0.81 %.
 * (Philippe Flajolet and others, 2007; the estimate is the one of Otmar Ertl, 2017, which needs no tables for
 * small and large numbers.)
 *
 * All of it is a string of bytes, so that it can be read, kept and sent like any other:
 *
 *     ┌ HYLL ┬ encoding ┬ 3 unused ┬ 8 bytes: the latest estimate ┬ registers …
 *
 * The estimate is little-endian; its highest bit says that registers have changed since.
 *
 *   dense    6 bits for each register, from the low bits of each byte up: 12288 bytes
 *   sparse   runs of registers as opcodes, as long as that is shorter:
 *              00xxxxxx           1 to 64 registers that are 0              (ZERO)
 *              01xxxxxx yyyyyyyy  1 to 16384 registers that are 0           (XZERO)
 *              1vvvvvxx           1 to 4 registers of the same value 1 … 32 (VAL)
 *
 * The bytes may come from a client (SET, RESTORE), so nothing here trusts them: what is damaged throws.
 */
import { INT64_MIN, type Bytes } from '../bytes.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { murmurHash64A } from './murmur.ts';

const HLL_P = 14;
export const HLL_REGISTERS = 2 ** HLL_P;
/** Bits of the hash that are left to count zeros in. */
const HLL_Q = 64 - HLL_P;
const HLL_HDR_SIZE = 16;
const HLL_BITS = 6;
export const HLL_DENSE_SIZE = HLL_HDR_SIZE + (HLL_REGISTERS * HLL_BITS) / 8;
const HLL_SEED = 0xadc83b19;
/** 1 / (2 ln 2). */
const HLL_ALPHA_INF = 0.7213475204444817;

const HLL_DENSE = 0;
const HLL_SPARSE = 1;
const MAGIC = 'HYLL';
const ENCODING_AT = 4;
const CARDINALITY_AT = 8;
const STALE_BIT = 0x80;

const ZERO_MAX_LEN = 64;
const VAL_MAX_VALUE = 32;
const VAL_MAX_LEN = 4;
/** Opcodes that one change can make neighbours of their like. */
const MERGE_SCAN = 5;

/** The registers do not add up: the bytes were not written by this structure. */
export class DamagedHyperLogLog extends Error {}

/** A run of registers of one value, as an opcode says it. */
interface Run {
  readonly value: number;
  readonly length: number;
  /** Bytes of the opcode. */
  readonly bytes: number;
}

function runAt(bytes: Uint8Array, at: number): Run {
  const byte = bytes[at] ?? 0;
  if (byte & 0x80) return { value: ((byte >> 2) & 31) + 1, length: (byte & 3) + 1, bytes: 1 };
  if (byte & 0x40) return { value: 0, length: (((byte & 63) << 8) | (bytes[at + 1] ?? 0)) + 1, bytes: 2 };
  return { value: 0, length: (byte & 63) + 1, bytes: 1 };
}

const valOpcode = (value: number, length: number): number => 0x80 | ((value - 1) << 2) | (length - 1);

function opcodesOf(value: number, length: number): readonly number[] {
  if (length === 0) return [];
  if (value > 0) return [valOpcode(value, length)];
  return length > ZERO_MAX_LEN ? [0x40 | ((length - 1) >> 8), (length - 1) & 255] : [length - 1];
}

/** The register that an element belongs to, and the run of zeros that it brings, counted from 1. */
export function registerOf(element: Bytes): { readonly index: number; readonly count: number } {
  const { high, low } = murmurHash64A(element, HLL_SEED);
  const index = low & (HLL_REGISTERS - 1);
  // The lower 32 of the fifty bits, then the upper 18; a bit beyond them ends the longest run.
  const near = (low >>> HLL_P) | (high << (32 - HLL_P));
  const far = (high >>> HLL_P) | (1 << (HLL_Q - 32));
  return { index, count: near !== 0 ? trailingZeros(near) + 1 : trailingZeros(far) + 33 };
}

const trailingZeros = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Whether the bytes claim to be a HyperLogLog: header, encoding, and the length that goes with dense. */
export function isHyperLogLog(bytes: { readonly length: number; at(index: number): number }): boolean {
  if (bytes.length < HLL_HDR_SIZE) return false;
  for (let i = 0; i < MAGIC.length; i++) if (bytes.at(i) !== MAGIC.charCodeAt(i)) return false;
  const encoding = bytes.at(ENCODING_AT);
  return encoding === HLL_SPARSE || (encoding === HLL_DENSE && bytes.length === HLL_DENSE_SIZE);
}

/** The bytes of a HyperLogLog that has seen nothing. */
export function newHyperLogLogBytes(): ByteBuffer {
  return new ByteBuffer(`${MAGIC}${String.fromCharCode(HLL_SPARSE)}${'\0'.repeat(11)}\x7f\xff`);
}

/** A string's bytes, seen as a HyperLogLog. It writes where they lie. */
export class HyperLogLog {
  private readonly buffer: ByteBuffer;

  /** `buffer` holds what isHyperLogLog() accepts. */
  constructor(buffer: ByteBuffer) {
    this.buffer = buffer;
  }

  get isDense(): boolean {
    return this.buffer.at(ENCODING_AT) === HLL_DENSE;
  }

  /** The estimate that was made last, undefined when registers have changed since. */
  get cachedCount(): bigint | undefined {
    if (this.buffer.at(CARDINALITY_AT + 7) & STALE_BIT) return undefined;
    let count = 0n;
    for (let i = 7; i >= 0; i--) count = (count << 8n) | BigInt(this.buffer.at(CARDINALITY_AT + i));
    return count;
  }

  /** Keeps an estimate. One that needs the highest bit counts as out of date at once. */
  cacheCount(count: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(count));
    for (let i = 0; i < 8; i++) {
      this.buffer.setByte(CARDINALITY_AT + i, Number(rest & 255n));
      rest >>= 8n;
    }
  }

  invalidateCount(): void {
    this.buffer.setByte(CARDINALITY_AT + 7, this.buffer.at(CARDINALITY_AT + 7) | STALE_BIT);
  }

  /** Adds an element; true when that changed a register. */
  add(element: Bytes, sparseMaxBytes: number): boolean {
    const { index, count } = registerOf(element);
    return this.raise(index, count, sparseMaxBytes);
  }

  /** Raises a register to `value` if it is lower; true when it was. */
  raise(index: number, value: number, sparseMaxBytes: number): boolean {
    return this.isDense ? this.raiseDense(index, value) : this.raiseSparse(index, value, sparseMaxBytes);
  }

  /** Estimate of the number of different elements. */
  count(): number | bigint {
    const histogram = new Array<number>(2 ** HLL_BITS).fill(0);
    if (this.isDense) for (let i = 0; i < HLL_REGISTERS; i++) increase(histogram, this.denseRegister(i), 1);
    else for (const { value, length } of this.runs()) increase(histogram, value, length);
    return estimate(histogram);
  }

  /** Raises each of `registers` that is lower than the one here. */
  mergeInto(registers: Uint8Array): void {
    let index = 0;
    if (this.isDense) for (; index < HLL_REGISTERS; index++) registers[index] = Math.max(registers[index] ?? 0, this.denseRegister(index));
    else {
      for (const { value, length } of this.runs()) {
        for (const end = index + length; index < end; index++) registers[index] = Math.max(registers[index] ?? 0, value);
      }
    }
  }

  /** All registers. */
  registers(): Uint8Array {
    const registers = new Uint8Array(HLL_REGISTERS);
    this.mergeInto(registers);
    return registers;
  }

  /** Turns sparse into dense, for good; the estimate is kept. */
  toDense(): void {
    if (this.isDense) return;
    const registers = this.registers();
    const dense = new Uint8Array(HLL_DENSE_SIZE);
    dense.set(this.buffer.view().subarray(0, HLL_HDR_SIZE));
    dense[ENCODING_AT] = HLL_DENSE;
    this.buffer.assign(dense);
    registers.forEach((value, index) => value > 0 && this.raiseDense(index, value));
  }

  /** The opcodes of a sparse one in words: `z:3 Z:200 v:2,1` for runs of 3, 200 and 1 registers; damage shows as it is. */
  describeRuns(): Bytes {
    const bytes = this.buffer.view();
    const words: Bytes[] = [];
    for (let at = HLL_HDR_SIZE; at < bytes.length; ) {
      const run = runAt(bytes, at);
      words.push(run.value > 0 ? `v:${run.value},${run.length}` : `${run.bytes === 2 ? 'Z' : 'z'}:${run.length}`);
      at += run.bytes;
    }
    return words.join(' ');
  }

  /** The runs of a sparse one. Throws as soon as they are too long, or at the end if they are too short. */
  private *runs(): Generator<Run> {
    const bytes = this.buffer.view();
    let covered = 0;
    for (let at = HLL_HDR_SIZE; at < bytes.length; ) {
      const run = runAt(bytes, at);
      covered += run.length;
      if (covered > HLL_REGISTERS) break;
      yield run;
      at += run.bytes;
    }
    if (covered !== HLL_REGISTERS) throw new DamagedHyperLogLog();
  }

  private denseRegister(index: number): number {
    const bit = index * HLL_BITS;
    const at = HLL_HDR_SIZE + (bit >> 3);
    return ((this.buffer.at(at) | (this.buffer.at(at + 1) << 8)) >> (bit & 7)) & (2 ** HLL_BITS - 1);
  }

  private raiseDense(index: number, value: number): boolean {
    if (this.denseRegister(index) >= value) return false;
    const bit = index * HLL_BITS;
    const at = HLL_HDR_SIZE + (bit >> 3);
    const shift = bit & 7;
    const mask = (2 ** HLL_BITS - 1) << shift;
    const two = ((this.buffer.at(at) | (this.buffer.at(at + 1) << 8)) & ~mask) | (value << shift);
    this.buffer.setByte(at, two & 255);
    if (shift > 8 - HLL_BITS) this.buffer.setByte(at + 1, two >> 8);
    return true;
  }

  /** Splits the run in which the register lies; dense when the value or the result does not fit. */
  private raiseSparse(index: number, value: number, sparseMaxBytes: number): boolean {
    if (value > VAL_MAX_VALUE) return this.promote(index, value);
    this.makeRoom(sparseMaxBytes);
    const bytes = this.buffer.view();
    let at = HLL_HDR_SIZE;
    let previous = HLL_HDR_SIZE;
    let first = 0;
    let run: Run | undefined;
    for (; at < bytes.length; at += run.bytes) {
      run = runAt(bytes, at);
      if (index < first + run.length) break;
      previous = at;
      first += run.length;
    }
    if (run === undefined || at >= bytes.length) throw new DamagedHyperLogLog();
    if (run.value >= value) return false;

    const after = first + run.length - 1 - index;
    const opcodes = [...opcodesOf(run.value, index - first), valOpcode(value, 1), ...opcodesOf(run.value, after)];
    const growth = opcodes.length - run.bytes;
    if (growth > 0 && bytes.length + growth > sparseMaxBytes) return this.promote(index, value);
    this.buffer.splice(at, run.bytes, opcodes);
    this.mergeNeighbours(previous);
    this.invalidateCount();
    return true;
  }

  private promote(index: number, value: number): boolean {
    this.toDense();
    return this.raiseDense(index, value);
  }

  /** Room for the opcodes that one change may add: twice the length, or 300 bytes more once that is less, within the limit. */
  private makeRoom(sparseMaxBytes: number): void {
    const { length, allocated } = this.buffer;
    if (allocated >= sparseMaxBytes || allocated - length >= 3) return;
    const wanted = length + 3;
    this.buffer.resize(Math.min(wanted + Math.min(wanted, 300), sparseMaxBytes));
  }

  /** Neighbouring runs of the same value become one, if it is not too long for an opcode. */
  private mergeNeighbours(from: number): void {
    let at = from;
    for (let scanned = 0; scanned < MERGE_SCAN && at < this.buffer.length; scanned++) {
      const bytes = this.buffer.view();
      const run = runAt(bytes, at);
      const next = at + 1 < bytes.length ? runAt(bytes, at + 1) : undefined;
      const length = run.length + (next?.length ?? 0);
      if (run.value > 0 && run.value === next?.value && length <= VAL_MAX_LEN) this.buffer.splice(at, 2, [valOpcode(run.value, length)]);
      else at += run.bytes;
    }
  }
}

/** Estimate from registers as mergeInto() fills them. */
export function countOfRegisters(registers: Uint8Array): number | bigint {
  const histogram = new Array<number>(2 ** HLL_BITS).fill(0);
  for (const value of registers) increase(histogram, value, 1);
  return estimate(histogram);
}

function increase(histogram: number[], value: number, by: number): void {
  histogram[value] = (histogram[value] ?? 0) + by;
}

/** Ertl's improved raw estimator. Only sums, products and square roots: those come out alike in every engine. */
function estimate(histogram: readonly number[]): number | bigint {
  const m = HLL_REGISTERS;
  let z = m * tau((m - (histogram[HLL_Q + 1] ?? 0)) / m);
  for (let j = HLL_Q; j >= 1; j--) {
    z += histogram[j] ?? 0;
    z *= 0.5;
  }
  z += m * sigma((histogram[0] ?? 0) / m);
  const count = Math.round((HLL_ALPHA_INF * m * m) / z);
  if (Number.isSafeInteger(count)) return count;
  // Only made-up registers are so full. What no 64 bits can say becomes their lowest number, as C converts it.
  return count < 2 ** 63 ? BigInt(count) : INT64_MIN;
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let x = share;
  let y = 1;
  let z = x;
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    if (before === z) return z;
    y += y;
  }
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (before === z) return z / 3;
  }
}
