/*
 * maxmemory: making room
 * ----------------------
 * Before a command runs, while more memory is used than maxmemory allows, a key is chosen by the
 * policy and removed; when no key may go, commands that would need memory are refused.
 *
 * The choice is by sampling, as Redis does it: a few keys of each database are drawn, the best of
 * them join a pool of sixteen candidates kept from one eviction to the next, and the best of the pool
 * goes. `allkeys-*` draws from all keys, `volatile-*` from those with a deadline.
 *
 * How much is used is only counted while maxmemory is set: each database then keeps the bytes of
 * every value (KeyBytes), so that a server without a limit pays nothing.
 */
import type { Bytes } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import type { Random } from '../env.ts';
import type { Database } from './database.ts';
import type { RedisObject } from './object.ts';
import { decayed, idleMs } from './usage.ts';

/** Candidates kept between evictions (EVPOOL_SIZE). */
const POOL_SIZE = 16;
/** A bound on one call: more than this is left to the next command. */
const KEYS_PER_CALL = 10_000;

export interface EvictionHost {
  readonly config: Config;
  readonly random: Random;
  readonly databases: readonly Database[];
  readonly nowMs: number;
  /** What is held against maxmemory. */
  countedMemory(): number;
  /** What keys and values take of it. */
  keyspaceMemory(): number;
  /** Removes the key with everything that says so. */
  evict(db: Database, key: Bytes): void;
}

interface Candidate {
  readonly db: Database;
  readonly key: Bytes;
  readonly object: RedisObject;
  /** The higher, the sooner it goes. */
  readonly score: number;
}

export class Eviction {
  private pool: Candidate[] = [];
  private nextDatabase = 0;

  /** Makes room; false when more is used than allowed and no key may go. */
  run(host: EvictionHost): boolean {
    const limit = host.config.number('maxmemory');
    if (limit === 0) return true;
    const policy = host.config.text('maxmemory-policy');
    const excess = host.countedMemory() - limit;
    if (excess <= 0) return true;
    // Reckoned once: what is told of each eviction, to replicas and to clients that cache, must not ask for further ones.
    const goal = host.keyspaceMemory() - excess;
    for (let removed = 0; host.keyspaceMemory() > goal; removed++) {
      if (policy === 'noeviction' || removed === KEYS_PER_CALL) return false;
      const victim = policy.endsWith('random') ? this.anyKey(host, policy) : this.bestKey(host, policy);
      if (victim === undefined) return false;
      host.evict(victim.db, victim.key);
    }
    return true;
  }

  private anyKey(host: EvictionHost, policy: Bytes): { db: Database; key: Bytes } | undefined {
    const { databases } = host;
    // Databases take turns, so that one does not pay for all.
    for (let i = 0; i < databases.length; i++) {
      const db = databases[this.nextDatabase++ % databases.length];
      if (db === undefined) continue;
      const entry = policy.startsWith('allkeys') ? db.keys.anyEntry(host.random) : db.expires.anyEntry(host.random);
      if (entry !== undefined) return { db, key: entry.key };
    }
    return undefined;
  }

  private bestKey(host: EvictionHost, policy: Bytes): { db: Database; key: Bytes } | undefined {
    for (;;) {
      let candidates = 0;
      for (const db of host.databases) candidates += this.sample(host, db, policy);
      // A candidate may have been removed or replaced since it was drawn.
      for (let best = this.pool.pop(); best !== undefined; best = this.pool.pop()) {
        if (best.db.keys.peek(best.key)?.value === best.object) return best;
      }
      if (candidates === 0) return undefined;
    }
  }

  /** Draws keys of a database into the pool; returns how many it had to draw from. */
  private sample(host: EvictionHost, db: Database, policy: Bytes): number {
    const ofAll = policy.startsWith('allkeys');
    const table = ofAll ? db.keys : db.expires;
    if (table.size === 0) return 0;
    for (const { key } of table.someEntries(host.random, host.config.number('maxmemory-samples'))) {
      const object = db.keys.peek(key)?.value;
      if (object === undefined || this.pool.some((each) => each.db === db && each.key === key)) continue;
      this.enter({ db, key, object, score: scoreOf(host, db, key, object, policy) });
    }
    return table.size;
  }

  /** Keeps the pool in rising order of score, the best last. */
  private enter(candidate: Candidate): void {
    const at = this.pool.findIndex((each) => each.score >= candidate.score);
    if (at === 0 && this.pool.length === POOL_SIZE) return;
    this.pool.splice(at === -1 ? this.pool.length : at, 0, candidate);
    if (this.pool.length > POOL_SIZE) this.pool.shift();
  }
}

function scoreOf(host: EvictionHost, db: Database, key: Bytes, object: RedisObject, policy: Bytes): number {
  if (policy.endsWith('lfu')) return 255 - decayed(object.lru, host.nowMs, host.config);
  if (policy === 'volatile-ttl') return -Number(db.expires.peek(key)?.value ?? 0);
  return idleMs(object.lru, host.nowMs);
}
