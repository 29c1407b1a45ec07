/*
 * Keys that will be looked up next
 * --------------------------------
 * A lookup in a large table is three waits for memory: for the bucket, for its entry, for the entry's key. A command of
 * many keys can wait for each of the three once for all of them, because the processor fetches at the same time what does
 * not depend on each other. So the keys are walked three times, one step further each time, before the command begins.
 * The first walk needs the hashes; they are kept until the lookups come, in the same order. Nothing else is kept, so
 * that whatever the command does in between is seen.
 */
import type { Bytes } from '../bytes.ts';
import type { DictEntry } from './dict.ts';
import { hashBytes } from './hash.ts';

/** So many keys are looked at together. */
export const PREFETCH_KEYS = 16;

export class Prefetch {
  private readonly keys: Bytes[] = new Array<Bytes>(PREFETCH_KEYS).fill('');
  private readonly hashes: number[] = new Array<number>(PREFETCH_KEYS).fill(0);
  private readonly heads: (DictEntry<unknown> | undefined)[] = new Array<DictEntry<unknown> | undefined>(PREFETCH_KEYS).fill(undefined);
  /** The next lookup's, and where those that are known end. */
  private at = 0;
  private end = 0;
  /** What was read last: the compiler would leave out what is read for nothing. */
  lastRead = 0;

  /** Walks `keys[first]`, `keys[first + step]` … up to PREFETCH_KEYS of them; `headOf` is the first entry of a hash's bucket. */
  walk(keys: readonly Bytes[], first: number, step: number, seed: number, headOf: (hash: number) => DictEntry<unknown> | undefined): void {
    let count = 0;
    for (let i = first; i < keys.length && count < PREFETCH_KEYS; i += step) {
      const key = keys[i] as Bytes;
      const hash = hashBytes(key, seed);
      this.keys[count] = key;
      this.hashes[count] = hash;
      this.heads[count++] = headOf(hash);
    }
    let read = 0;
    for (let i = 0; i < count; i++) read ^= this.heads[i]?.hash ?? 0;
    for (let i = 0; i < count; i++) {
      read ^= this.heads[i]?.key.charCodeAt(0) ?? 0;
      this.heads[i] = undefined;
    }
    this.lastRead = read;
    this.at = 0;
    this.end = count;
  }

  /** The hash of a key if it is the one that was to come next, else −1. */
  hashOf(key: Bytes): number {
    if (this.at >= this.end || key !== this.keys[this.at]) return -1;
    this.keys[this.at] = ''; // it is a window onto a whole chunk of input
    return this.hashes[this.at++] as number;
  }
}
