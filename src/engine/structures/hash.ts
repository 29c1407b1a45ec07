/*
 * The hash of a key
 * -----------------
 * A hash table wants every bit of a key to reach the low bits of its hash, because those choose the
 * bucket. Four bytes are taken as one word, mixed into the state by a multiplication (which carries
 * upwards) and a shifted exclusive-or (which brings the upper bits down again); a last, stronger
 * round does the same for the whole. The seed differs per server, so the order of SCAN and KEYS
 * does too, as with the real one.
 *
 * Thirty bits are kept: they are a small integer in every JavaScript engine, so an entry can hold
 * its hash without another object. Why this and not SipHash: docs/decisions/hash-function.md.
 */
import type { Bytes } from '../bytes.ts';

/** Bits of a hash. A table can have no more than 2 to this power of buckets. */
export const HASH_BITS = 30;

/** The hash of `bytes` under `seed` (any 32-bit integer): a whole number in 0 … 2^30 − 1. */
export function hashBytes(bytes: Bytes, seed: number): number {
  const length = bytes.length;
  const whole = length & ~3;
  let h = seed ^ Math.imul(length, 0x9e3779b1);
  let i = 0;
  for (; i < whole; i += 4) {
    const word =
      bytes.charCodeAt(i) | (bytes.charCodeAt(i + 1) << 8) | (bytes.charCodeAt(i + 2) << 16) | (bytes.charCodeAt(i + 3) << 24);
    h = Math.imul(h ^ word, 0x2c1b3c6d);
    h ^= h >>> 15;
  }
  if (i < length) {
    let word = bytes.charCodeAt(i++);
    if (i < length) word |= bytes.charCodeAt(i++) << 8;
    if (i < length) word |= bytes.charCodeAt(i) << 16;
    h = Math.imul(h ^ word, 0x2c1b3c6d);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) & 0x3fffffff;
}
