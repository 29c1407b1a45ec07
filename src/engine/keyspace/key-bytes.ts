/*
 * The bytes of every key of a database, kept up to date while maxmemory is set.
 */
import type { Bytes } from '../bytes.ts';
import type { Dict } from '../structures/dict.ts';
import { DICT_ENTRY_BYTES, keyMemory } from './memory.ts';
import type { RedisObject } from './object.ts';

export class KeyBytes {
  /** Keys and values together; the tables' entries are counted with the tables. */
  total = 0;
  private readonly sizes = new Map<RedisObject, number>();

  /** Counts what is there now. */
  constructor(keys: Dict<RedisObject>) {
    for (const { key, value } of keys.entries()) this.put(key, value);
  }

  /** The value of `key` is new or has changed. */
  put(key: Bytes, object: RedisObject): void {
    const size = keyMemory(key, object) - DICT_ENTRY_BYTES;
    this.total += size - (this.sizes.get(object) ?? 0);
    this.sizes.set(object, size);
  }

  /** The value is gone. */
  forget(object: RedisObject): void {
    this.total -= this.sizes.get(object) ?? 0;
    this.sizes.delete(object);
  }
}
