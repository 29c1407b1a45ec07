/*
 * SHA-256 (FIPS 180-4) over bytes: the form in which passwords of users are kept.
 */
import type { Bytes } from './bytes.ts';

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

/** The first 32 bits of the fractional part of a root, as the standard draws its constants. */
const fraction = (root: number): number => ((root - Math.floor(root)) * 0x100000000) | 0;

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** Of the cube roots of the first 64 primes: 35 bits are used of the 53 that a double has, so an engine's last bit does not count. */
const ROUND_CONSTANTS: readonly number[] = primes(64).map((prime) => fraction(Math.cbrt(prime)));
/** Of the square roots of the first eight. */
const FIRST_STATE: readonly number[] = primes(8).map((prime) => fraction(Math.sqrt(prime)));

/** The 32 bytes of the digest. */
export function sha256(message: Bytes): Bytes {
  const state = Int32Array.from(FIRST_STATE);
  const bits = message.length * 8;
  const blocks = ((message.length + 8) >>> 6) + 1;
  const w = new Int32Array(64);
  const word = (t: number): number => w[t] ?? 0;
  const byteAt = (i: number): number => (i < message.length ? message.charCodeAt(i) : i === message.length ? 0x80 : 0);
  for (let block = 0; block < blocks; block++) {
    for (let t = 0; t < 16; t++) {
      const i = block * 64 + t * 4;
      w[t] = (byteAt(i) << 24) | (byteAt(i + 1) << 16) | (byteAt(i + 2) << 8) | byteAt(i + 3);
    }
    if (block === blocks - 1) {
      w[14] = Math.floor(bits / 0x100000000);
      w[15] = bits | 0;
    }
    for (let t = 16; t < 64; t++) {
      const [early, late] = [word(t - 15), word(t - 2)];
      const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      w[t] = (word(t - 16) + s0 + word(t - 7) + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[t] ?? 0) + word(t)) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] ?? 0) + value) | 0;
  }
  return Array.from(state, (each) => String.fromCharCode((each >>> 24) & 255, (each >>> 16) & 255, (each >>> 8) & 255, each & 255)).join('');
}
