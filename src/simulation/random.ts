/*
 * Seeded chance
 * -------------
 * One root seed, and a generator of its own for every (host, stream) name: xoshiro128** whose state is
 * hashed from seed and names. A new user of chance therefore shifts nobody's numbers, and a new host
 * does not disturb the others. 32-bit integers only.
 */
import type { Random } from '../engine/index.ts';
import { avalanche, hashBytes } from './run-hash.ts';

/** Hears every draw, to fold it into the run hash. */
export type DrawListener = (value: number) => void;

export class SeededRandom implements Random {
  private readonly seed: number;
  private readonly name: string;
  private readonly drawn: DrawListener | undefined;
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** `name` is the path of the stream, `host/stream`; equal seed and name give equal numbers. */
  constructor(seed: number, name: string, drawn?: DrawListener) {
    this.seed = seed;
    this.name = name;
    this.drawn = drawn;
    let word = hashBytes(name, avalanche(seed)) ^ avalanche(seed + 0x9e3779b9);
    const next = (): number => {
      word = (word + 0x9e3779b9) | 0;
      return avalanche(word);
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1; // the all-zero state would stay zero for ever
  }

  private next(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.b, 5), 7), 9);
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = rotate(this.d, 11);
    return scrambled >>> 0;
  }

  below(n: number): number {
    if (!(n >= 1 && n <= 0x100000000)) throw new Error(`below(${n}): the bound must be 1 … 2^32`);
    // Numbers past the last whole multiple of n are drawn again, or small results would be likelier.
    const limit = Math.floor(0x100000000 / n) * n;
    let value = this.next();
    while (value >= limit) value = this.next();
    const result = value % n;
    this.drawn?.(result);
    return result;
  }

  fork(name: string): Random {
    return new SeededRandom(this.seed, `${this.name}/${name}`, this.drawn);
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
