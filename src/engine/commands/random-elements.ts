/*
 * HRANDFIELD, SRANDMEMBER, ZRANDMEMBER
 * ------------------------------------
 * A count above zero asks for so many different elements (all of them when there are no more), one below
 * zero for as many draws, each from all elements.
 */
import type { Bytes } from '../bytes.ts';
import { equalsFolded, INT64_MAX } from '../bytes.ts';
import type { Random } from '../env.ts';
import { CommandError, syntaxError } from '../reply.ts';
import type { Dict } from '../structures/dict.ts';
import { integerArgument } from './expiry-arguments.ts';

const OUT_OF_RANGE = `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`;

/** Reads `count [WITH…]` from argv[2] on; `word` is the option's name in lower case. */
export function parseRandomCount(argv: readonly Bytes[], word: Bytes): { readonly count: number; readonly withValues: boolean } {
  const count = integerArgument(argv[2] as Bytes);
  if (count < -INT64_MAX) throw new CommandError(OUT_OF_RANGE);
  if (argv.length > 4 || (argv.length === 4 && !equalsFolded(argv[3] as Bytes, word))) syntaxError();
  const withValues = argv.length === 4;
  // Each draw then takes two places in the reply.
  if (withValues && (count < -(INT64_MAX / 2n) || count > INT64_MAX / 2n)) throw new CommandError('ERR value is out of range');
  return { count: Number(count), withValues };
}

/** Draws that fit a reply which can be held in memory. */
const MOST_DRAWS = 2 ** 24;
/** What the specs say about it. */
export const DRAWS_DIFFER = 'More than 16,777,216 draws with repetition are refused; a real server would begin and run out of memory.';

function refuseEndless(count: number): void {
  if (count < -MOST_DRAWS) throw new CommandError('ERR value is out of range');
}

/** `count` draws out of the numbers 0 … size − 1: different ones in rising order, or independent ones when count is below zero. */
export function drawIndices(random: Random, size: number, count: number): number[] {
  refuseEndless(count);
  if (count < 0) return Array.from({ length: -count }, () => random.below(size));
  if (count >= size) return Array.from({ length: size }, (_, index) => index);
  // Each index is taken with the chance that leaves as many as are still wanted (so all sets are alike).
  const chosen: number[] = [];
  for (let index = 0; chosen.length < count; index++) if (random.below(size - index) < count - chosen.length) chosen.push(index);
  return chosen;
}

/** Above this share of the table it is cheaper to leave some out than to draw until enough are different. */
const SUBTRACT_RATIO = 3;

/** Entries of a table, drawn as `count` asks. */
export function drawEntries<V>(random: Random, table: Dict<V>, count: number): { readonly key: Bytes; readonly value: V }[] {
  refuseEndless(count);
  if (count < 0) {
    const drawn: { readonly key: Bytes; readonly value: V }[] = [];
    for (let left = -count; left > 0; left--) {
      const entry = table.randomEntry(random);
      if (entry !== undefined) drawn.push(entry);
    }
    return drawn;
  }
  if (count >= table.size) return [...table.entries()];
  if (count * SUBTRACT_RATIO > table.size) {
    const all = [...table.entries()];
    return drawIndices(random, all.length, count).flatMap((index) => all[index] ?? []);
  }
  const drawn = new Map<Bytes, { readonly key: Bytes; readonly value: V }>();
  while (drawn.size < count) {
    const entry = table.randomEntry(random);
    if (entry !== undefined) drawn.set(entry.key, entry);
  }
  return [...drawn.values()];
}
