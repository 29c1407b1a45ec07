/*
 * The run hash
 * ------------
 * A rolling 64-bit hash over everything that happened: (at, seq, host, kind, payload) of each event and
 * every draw of chance. Two runs with the same hash were the same run, so a replay proves itself by
 * comparing sixteen digits. Integer arithmetic only, because every browser must agree on each bit.
 */
import type { Bytes } from '../engine/index.ts';

const LANE_A = 0x9e3779b1 | 0;
const LANE_B = 0x85ebca6b | 0;
const NO_BYTE = 'text reached a place that takes bytes: a character above 255';

/** Hash of a text, 32 bits. Also checks the edge: a character that is no byte throws. */
export function hashBytes(bytes: Bytes, seed = 0): number {
  let h = (seed ^ bytes.length) | 0;
  let all = 0;
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes.charCodeAt(i);
    all |= code;
    h = Math.imul(h ^ code, 0x01000193);
    h ^= h >>> 15;
  }
  if (all > 255) throw new Error(NO_BYTE);
  return avalanche(h);
}

/** The same for what crosses the network: four characters at once, because messages are long and many. */
export function hashChunk(bytes: Bytes): number {
  const { length } = bytes;
  let h = length | 0;
  let all = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = bytes.charCodeAt(i);
    const b = bytes.charCodeAt(i + 1);
    const c = bytes.charCodeAt(i + 2);
    const d = bytes.charCodeAt(i + 3);
    all |= a | b | c | d;
    h = Math.imul(h ^ (a | (b << 8) | (c << 16) | (d << 24)), LANE_A);
    h ^= h >>> 15;
  }
  if (all > 255) throw new Error(NO_BYTE);
  return hashBytes(bytes.slice(i), h);
}

/** Spreads every input bit over the whole word. */
export function avalanche(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

export class RunHash {
  private a = 0x243f6a88 | 0;
  private b = 0x13198a2e | 0;

  /** Takes a whole number in: 32 bits, or up to 53. */
  fold(value: number): void {
    this.mix(value | 0);
    if (value > 0x7fffffff || value < -0x80000000) this.mix(Math.floor(value / 0x100000000) | 0);
  }

  private mix(word: number): void {
    this.a = Math.imul((this.a << 5) ^ (this.a >>> 27) ^ word, LANE_A);
    this.b = Math.imul((this.b << 13) ^ (this.b >>> 19) ^ word, LANE_B);
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    const hex = (word: number): string => (avalanche(word) >>> 0).toString(16).padStart(8, '0');
    return hex(this.a) + hex(this.b);
  }
}
