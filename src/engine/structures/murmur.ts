/*
 * MurmurHash64A
 * -------------
 * Austin Appleby's hash of 64 bits, which HyperLogLog uses with a fixed seed so that the same element meets the
 * same register on every server. It multiplies by one odd constant modulo 2^64; a number here is two halves of
 * 32 bits, because BigInt would make each element ten times as dear.
 */
import type { Bytes } from '../bytes.ts';

/** The constant 0xc6a4a7935bd1e995, in halves. */
const M_HIGH = 0xc6a4a793;
const M_LOW = 0x5bd1e995;

export interface Hash64 {
  /** Bits 32 to 63 and 0 to 31, each as an unsigned number. */
  readonly high: number;
  readonly low: number;
}

/** Upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + (((middle & 0xffff) + aLow * bHigh) / 0x10000 | 0);
}

const timesHigh = (high: number, low: number): number => (Math.imul(high, M_LOW) + Math.imul(low, M_HIGH) + multiplyHigh(low >>> 0, M_LOW)) | 0;

/** The hash of `bytes` under a seed of 32 bits. */
export function murmurHash64A(bytes: Bytes, seed: number): Hash64 {
  const { length } = bytes;
  let high = timesHigh(0, length);
  let low = seed ^ Math.imul(length, M_LOW);
  const whole = length - (length % 8);
  for (let i = 0; i < whole; i += 8) {
    let blockLow = bytes.charCodeAt(i) | (bytes.charCodeAt(i + 1) << 8) | (bytes.charCodeAt(i + 2) << 16) | (bytes.charCodeAt(i + 3) << 24);
    let blockHigh = bytes.charCodeAt(i + 4) | (bytes.charCodeAt(i + 5) << 8) | (bytes.charCodeAt(i + 6) << 16) | (bytes.charCodeAt(i + 7) << 24);
    blockHigh = timesHigh(blockHigh, blockLow);
    blockLow = Math.imul(blockLow, M_LOW);
    blockLow ^= blockHigh >>> 15; // a shift by 47 leaves nothing of the upper half where it was
    blockHigh = timesHigh(blockHigh, blockLow);
    blockLow = Math.imul(blockLow, M_LOW);
    high ^= blockHigh;
    low ^= blockLow;
    high = timesHigh(high, low);
    low = Math.imul(low, M_LOW);
  }
  if (whole < length) {
    for (let i = whole; i < length; i++) {
      const at = (i - whole) * 8;
      if (at < 32) low ^= bytes.charCodeAt(i) << at;
      else high ^= bytes.charCodeAt(i) << (at - 32);
    }
    high = timesHigh(high, low);
    low = Math.imul(low, M_LOW);
  }
  low ^= high >>> 15;
  high = timesHigh(high, low);
  low = Math.imul(low, M_LOW);
  low ^= high >>> 15;
  return { high: high >>> 0, low: low >>> 0 };
}
