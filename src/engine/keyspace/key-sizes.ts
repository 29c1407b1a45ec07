/*
 * How large the values of a database are
 * --------------------------------------
 * Values are counted in classes by powers of two, for INFO's keysizes: 0, 1, 2–3, 4–7 … For strings the size is the
 * length in bytes, for all others the number of elements. Counts are kept with every change, because a walk over the
 * keys would hold up a server of a million keys for most of a second each time somebody looks. Each value keeps the
 * class it is counted in, so that a change needs to know nothing else of what was before.
 */
import type { ObjectType, RedisObject } from './object.ts';
import { stringLength } from './string-value.ts';
import { objectSize } from './types.ts';

/** The class of a size, from 1 on: 0 is for values that nobody counts. A size of 2^(n − 2) to 2^(n − 1) − 1 is in class n. */
function classOf(size: number): number {
  if (size < 0x100000000) return 33 - Math.clz32(size);
  return 2 + Math.floor(Math.log2(size));
}

export class KeySizes {
  /** By type and class, up to the largest class that there ever was: a database without values costs nothing. */
  private readonly counts: Record<ObjectType, number[]> = {
    string: [], list: [], set: [], zset: [], hash: [], stream: [],
  };

  /** The value is new in the database. */
  add(object: RedisObject): void {
    object.sizeClass = 0;
    this.update(object);
  }

  /** The value may have another size now. */
  update(object: RedisObject): void {
    // Strings are asked without the table of types: most commands change one.
    const now = classOf(object.type === 'string' ? stringLength(object) : objectSize(object));
    const before = object.sizeClass;
    if (now === before) return;
    const counts = this.counts[object.type];
    if (before > 0) counts[before]!--;
    while (counts.length <= now) counts.push(0);
    counts[now]!++;
    object.sizeClass = now;
  }

  /** The value is gone. */
  remove(object: RedisObject): void {
    if (object.sizeClass > 0) this.counts[object.type][object.sizeClass]!--;
    object.sizeClass = 0;
  }

  /** Values of a type by size: the first number is that of empty ones, number n that of sizes from 2^(n − 1) on; as far as there ever were any. */
  of(type: ObjectType): readonly number[] {
    return this.counts[type].slice(1);
  }
}
