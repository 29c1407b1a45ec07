/*
 * How large the values are: INFO's keysizes
 * -----------------------------------------
 * Values are counted in bins by powers of two: 0, 1, 2–3, 4–7 … For strings the size is the length in
 * bytes, for all others the number of elements. Counted when asked, which costs a walk over the keys; the real server keeps the counts.
 */
import type { Bytes } from '../../bytes.ts';
import type { Database } from '../../keyspace/database.ts';
import type { ObjectType } from '../../keyspace/object.ts';
import { objectSize } from '../../keyspace/types.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** A bin's name: its lower bound, with K, M, G for 2^10, 2^20 … */
function binName(exponent: number): Bytes {
  return `${2 ** (exponent % 10)}${UNITS[Math.floor(exponent / 10)] ?? ''}`;
}

/** Names of the lines, in the order of INFO. */
const LINES: readonly (readonly [ObjectType, Bytes])[] = [
  ['string', 'strings_sizes'], ['list', 'lists_items'], ['set', 'sets_items'], ['zset', 'zsets_items'], ['hash', 'hashes_items'],
];

/** Pairs of `strings_sizes` and `1=2,4=1`; types without values are left out. */
export function sizeHistogram(db: Database): (readonly [Bytes, Bytes])[] {
  /** Bin 0 is for empty values; bin n for sizes from 2^(n − 1) on. */
  const bins = new Map<ObjectType, number[]>();
  for (const { value } of db.keys.entries()) {
    const size = objectSize(value);
    const ofType = bins.get(value.type) ?? new Array<number>(60).fill(0);
    bins.set(value.type, ofType);
    const bin = size === 0 ? 0 : 1 + Math.floor(Math.log2(size));
    ofType[bin] = (ofType[bin] ?? 0) + 1;
  }
  return LINES.flatMap(([type, name]) => {
    const texts = (bins.get(type) ?? []).flatMap((count, bin) => (count === 0 ? [] : [`${bin === 0 ? '0' : binName(bin - 1)}=${count}`]));
    return texts.length === 0 ? [] : [[name, texts.join(',')] as const];
  });
}
