import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { murmurHash64A } from './murmur.ts';

const M = 0xc6a4a7935bd1e995n;
const mask = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The same, said with whole 64-bit numbers. */
function plain(bytes: string, seed: number): bigint {
  let h = mask(BigInt(seed) ^ (BigInt(bytes.length) * M));
  const word = (from: number, to: number): bigint => {
    let k = 0n;
    for (let i = to - 1; i >= from; i--) k = (k << 8n) | BigInt(bytes.charCodeAt(i));
    return k;
  };
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    let k = mask(word(at, at + 8) * M);
    k = mask((k ^ (k >> 47n)) * M);
    h = mask((h ^ k) * M);
  }
  if (at < bytes.length) h = mask((h ^ word(at, bytes.length)) * M);
  h = mask((h ^ (h >> 47n)) * M);
  return h ^ (h >> 47n);
}

test('halves of 32 bits come out as 64-bit arithmetic does', () => {
  const random = new SeededRandom(7);
  for (let i = 0; i < 3000; i++) {
    let bytes = '';
    for (let n = random.below(40); n > 0; n--) bytes += String.fromCharCode(random.below(256));
    const { high, low } = murmurHash64A(bytes, 0xadc83b19);
    expect((BigInt(high) << 32n) | BigInt(low)).toBe(plain(bytes, 0xadc83b19));
  }
});
