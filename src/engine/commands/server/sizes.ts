/*
 * INFO's keysizes
 * ---------------
 * Lines of how many values there are of which size.
 */
import type { Bytes } from '../../bytes.ts';
import type { Database } from '../../keyspace/database.ts';
import type { ObjectType } from '../../keyspace/object.ts';

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
export function sizeHistogram({ sizes }: Database): (readonly [Bytes, Bytes])[] {
  const lines: (readonly [Bytes, Bytes])[] = [];
  for (const [type, name] of LINES) {
    const texts: Bytes[] = [];
    for (const [bin, count] of sizes.of(type).entries()) if (count > 0) texts.push(`${bin === 0 ? '0' : binName(bin - 1)}=${count}`);
    if (texts.length > 0) lines.push([name, texts.join(',')]);
  }
  return lines;
}
