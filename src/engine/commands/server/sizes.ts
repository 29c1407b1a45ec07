/*
 * How large the values are: INFO's keysizes
 * -----------------------------------------
 * Values are counted in bins by powers of two: 0, 1, 2–3, 4–7 … For strings the size is the length in
 * bytes. Counted when asked, which costs a walk over the keys; the real server keeps the counts.
 */
import type { Bytes } from '../../bytes.ts';
import type { Database } from '../../keyspace/database.ts';
import type { RedisObject } from '../../keyspace/object.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** A bin's name: its lower bound, with K, M, G for 2^10, 2^20 … */
function binName(exponent: number): Bytes {
  return `${2 ** (exponent % 10)}${UNITS[Math.floor(exponent / 10)] ?? ''}`;
}

/** Length in bytes of a string value, whatever its encoding. */
function sizeOf(object: RedisObject): number {
  const { value } = object;
  return typeof value === 'string' ? value.length : typeof value === 'object' ? value.length : String(value).length;
}

/** Pairs of `strings_sizes` and `1=2,4=1`; types without values are left out. */
export function sizeHistogram(db: Database): (readonly [Bytes, Bytes])[] {
  let zeros = 0;
  const bins = new Array<number>(60).fill(0);
  for (const { value } of db.keys.entries()) {
    const size = sizeOf(value);
    if (size === 0) zeros++;
    else {
      const exponent = Math.floor(Math.log2(size));
      bins[exponent] = (bins[exponent] ?? 0) + 1;
    }
  }
  const texts = bins.flatMap((count, exponent) => (count === 0 ? [] : [`${binName(exponent)}=${count}`]));
  if (zeros > 0) texts.unshift(`0=${zeros}`);
  return texts.length === 0 ? [] : [['strings_sizes', texts.join(',')]];
}
