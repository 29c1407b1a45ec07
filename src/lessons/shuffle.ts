/*
 * Order by seed
 * -------------
 * A variant of a quiz is a number: the same seed gives the same questions in the same order, so a page that is
 * loaded again shows what it showed. mulberry-like mixing of 32 bits is random enough for shuffling options.
 */

/** A generator of numbers in [0, 1) that follows from `seed` and `name` alone. */
export function seeded(seed: number, name: string): () => number {
  let state = seed >>> 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A fair permutation of 0 … length-1. */
export function permutation(length: number, next: () => number): number[] {
  const order = Array.from({ length }, (_, index) => index);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
