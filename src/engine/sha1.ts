/*
 * SHA-1 (RFC 3174) over bytes. Redis names scripts by it and DEBUG DIGEST mixes it; it guards nothing.
 */
import type { Bytes } from './bytes.ts';

const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));

/** The 20 bytes of the digest. */
export function sha1(message: Bytes): Bytes {
  let [a0, b0, c0, d0, e0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const bits = message.length * 8;
  const blocks = ((message.length + 8) >>> 6) + 1;
  const w = new Int32Array(80);
  const byteAt = (i: number): number => (i < message.length ? message.charCodeAt(i) : i === message.length ? 0x80 : 0);
  for (let block = 0; block < blocks; block++) {
    const at = block * 64;
    for (let t = 0; t < 16; t++) {
      const i = at + t * 4;
      w[t] = (byteAt(i) << 24) | (byteAt(i + 1) << 16) | (byteAt(i + 2) << 8) | byteAt(i + 3);
    }
    if (block === blocks - 1) {
      w[14] = Math.floor(bits / 0x100000000);
      w[15] = bits | 0;
    }
    for (let t = 16; t < 80; t++) w[t] = rotate((w[t - 3] ?? 0) ^ (w[t - 8] ?? 0) ^ (w[t - 14] ?? 0) ^ (w[t - 16] ?? 0), 1);
    let [a, b, c, d, e] = [a0, b0, c0, d0, e0];
    for (let t = 0; t < 80; t++) {
      const round = t < 20 ? ((b & c) | (~b & d)) + 0x5a827999 : t < 40 ? (b ^ c ^ d) + 0x6ed9eba1 : t < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
      const next = (rotate(a, 5) + round + e + (w[t] ?? 0)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [a0, b0, c0, d0, e0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0, (e0 + e) | 0];
  }
  return [a0, b0, c0, d0, e0].map((word) => String.fromCharCode((word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255)).join('');
}

/** Two hex digits for each byte. */
export function hex(bytes: Bytes): Bytes {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += bytes.charCodeAt(i).toString(16).padStart(2, '0');
  return out;
}
