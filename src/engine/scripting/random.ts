/*
 * math.random as Redis has it
 * ---------------------------
 * Scripts get the same numbers on every machine: the linear congruential generator of drand48 (48 bits,
 * multiplier 0x5DEECE66D, increment 11), of which 31 bits are used. A server begins with the same seed, and
 * goes on from script to script.
 */
const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;
/** Above the largest number drawn, so that a fraction stays below one. */
const LIMIT = 0x7fffffff;

export class LuaRandom {
  private state = 0x1234abcd330en;

  /** Begins anew: the seed becomes the upper 32 bits of the state. */
  seed(seed: number): void {
    this.state = (BigInt(seed >>> 0) << 16n) | 0x330en;
  }

  /** A number in 0 ≤ x < 1. */
  next(): number {
    this.state = (this.state * MULTIPLIER + 11n) & MASK;
    return (Number(this.state >> 17n) % LIMIT) / LIMIT;
  }
}
