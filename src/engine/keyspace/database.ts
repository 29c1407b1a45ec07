/*
 * One database
 * ------------
 * Two hash tables: keys to values, and keys to the moment they expire. Every access goes through a
 * lookup, so that no command can see a key past its time, and every change through a method here, so
 * that watchers, notifications and statistics hear of it.
 *
 * Shared facts of the server (time, statistics, notification) come through KeyspaceHost, so that the
 * keyspace does not know the server.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import type { Random } from '../env.ts';
import type { ServerEvents } from '../events.ts';
import { BlockedKeys } from './blocking.ts';
import { KeyBytes } from './key-bytes.ts';
import { KeySizes } from './key-sizes.ts';
import { Dict, type ResizePolicy } from '../structures/dict.ts';
import { hashDelete, hashLength } from './hash-value.ts';
import type { HashObject, RedisObject } from './object.ts';

/** From so many keys per bucket on a table grows whatever maxmemory says (HASHTABLE_MAX_LOAD_FACTOR). */
const MAX_LOAD_FACTOR = 1.618;

/** What the keyspace needs of its server. */
export interface KeyspaceHost {
  readonly events: ServerEvents;
  readonly random: Random;
  /** Milliseconds since the epoch, frozen while a command runs. */
  readonly nowMs: number;
  readonly keyspaceStats: KeyspaceStats;
  /** Counts changes since the last save. */
  dirty: number;
  /** Keyspace notification `event` of class `kind` (the letter of notify-keyspace-events). */
  notify(kind: Bytes, event: Bytes, key: Bytes, db: number): void;
  /** LRU or LFU bits of a value used now; `old` undefined for a new value. */
  touch(old: number | undefined): number;
  /** The running command asked not to count as use (CLIENT NO-TOUCH, TOUCH aside). */
  readonly noTouch: boolean;
  /** A key has changed, or (`isByServer`) has expired or been evicted: whoever caches it must hear. */
  keyModified(key: Bytes, isByServer: boolean): void;
  /** Somebody waits for this key, and it has just been made. */
  keyReady(db: number, key: Bytes): void;
  /** Whether hash tables may resize now: one object, shared by all tables of the server. */
  readonly resizePolicy: ResizePolicy;
  /** Whether so much more memory stays within maxmemory. */
  fitsInMemory(moreBytes: number): boolean;
  /** False while active and lazy expiry are off (loading, DEBUG SET-ACTIVE-EXPIRE does not count). */
  readonly mayExpire: boolean;
  /** The append-only file and replicas are to remove the key as well, which nobody asked for. */
  propagateDeletion(db: number, key: Bytes, why: 'expired' | 'evicted'): void;
  /** What was told so far belongs together; what comes next does not. */
  unitOver(): void;
  /** CLIENT PAUSE is in force: keys past their time are hidden but stay, so that the data stands still. */
  readonly expiryPaused: boolean;
  /** A replica that takes writes of its own: it must remove itself what these have given a deadline. */
  readonly isWritableReplica: boolean;
  /** A change beside the running command, for the append-only file and replicas. */
  alsoPropagate(db: number, argv: readonly Bytes[]): void;
}

/** Told of each key that comes or goes. */
export interface KeyIndex {
  added(key: Bytes): void;
  removed(key: Bytes): void;
  cleared(): void;
}

export interface KeyspaceStats {
  hits: number;
  misses: number;
  expiredKeys: number;
  expiredSubkeys: number;
  evictedKeys: number;
  lazyFreed: number;
}

/** Who watches keys, with what is watched. */
export interface Watcher {
  dirtyCas: boolean;
  watched: WatchedKey[];
}

/** The watcher watches nothing any more. */
export function unwatchAll(watcher: Watcher): void {
  for (const watched of watcher.watched) watched.db.unwatch(watched);
  watcher.watched = [];
}

/** One key that somebody watches, whose transaction fails when it changes. */
export interface WatchedKey {
  readonly db: Database;
  readonly key: Bytes;
  readonly watcher: Watcher;
  /** The key is there though its time had passed before it was watched: that it goes is no change. */
  expired: boolean;
}

/**
 * Milliseconds since the epoch; a bigint only where a number would not be exact (beyond 2^53). A negative one, which
 * RESTORE makes of a time to live that overflows, is no deadline for lookups, but the active cycle clears it away.
 */
export type Moment = number | bigint;

export class Database {
  readonly id: number;
  keys: Dict<RedisObject>;
  /** Moments of expiry, in milliseconds since the epoch. */
  expires: Dict<Moment>;
  /** Hashes some of whose fields end, each with the moment at which the field cycle should visit it (nextExpiryMs). */
  hashesWithDeadlines = new Map<Bytes, HashObject>();
  /** No hash is due before this moment. */
  private nextFieldExpiryMs = Infinity;
  readonly watchers = new Map<Bytes, Set<WatchedKey>>();
  /** Clients that wait for keys of this database. */
  readonly blocked: BlockedKeys;
  /** Where the active cycle goes on, and its running mean of lifetimes (INFO's avg_ttl), in ms. */
  expireCursor = 0;
  averageTtlMs = 0;
  /** On a writable replica: keys that its own clients gave a deadline. The master knows nothing of them. */
  ownExpires: Set<Bytes> | undefined;
  /** Bytes of all keys and values, counted while maxmemory is set. */
  bytes: KeyBytes | undefined;
  /** How large the values are: INFO's keysizes. */
  sizes = new KeySizes();
  /** The key that was last looked up or put, and its value now. A command tells of its change by the key alone, and nearly always it is this one. */
  private lastKey: Bytes | undefined;
  private lastObject: RedisObject | undefined;
  /** The keys by slot, on a node of a cluster. */
  index: KeyIndex | undefined;
  private readonly host: KeyspaceHost;

  constructor(id: number, host: KeyspaceHost) {
    this.id = id;
    this.host = host;
    this.blocked = new BlockedKeys((key) => host.keyReady(id, key));
    const { keys, expires } = this.emptyTables();
    this.keys = keys;
    this.expires = expires;
  }

  /** Two new tables of this database, wired to the events that pictures draw. */
  private emptyTables(): { keys: Dict<RedisObject>; expires: Dict<Moment> } {
    const seed = this.host.random.below(0x100000000);
    const { host } = this;
    // These tables alone may not grow beyond maxmemory, as long as they are not much too small.
    const policy: ResizePolicy = {
      get resize() {
        return host.resizePolicy.resize;
      },
      allows: (moreBytes, usedRatio) => usedRatio > MAX_LOAD_FACTOR || host.fitsInMemory(moreBytes),
    };
    return {
      keys: new Dict<RedisObject>({ seed, policy, hooks: this.hooks('keys') }),
      expires: new Dict<Moment>({ seed, policy, hooks: this.hooks('expires') }),
    };
  }

  private hooks(which: 'keys' | 'expires') {
    const { events } = this.host;
    return {
      rehashStarted: (fromSize: number, toSize: number) => events.emit(() => ({ type: 'rehashStarted', db: this.id, which, fromSize, toSize })),
      rehashStep: (bucketsLeft: number) => events.emit(() => ({ type: 'rehashStep', db: this.id, which, bucketsLeft })),
      rehashCompleted: (size: number) => events.emit(() => ({ type: 'rehashCompleted', db: this.id, which, size })),
    };
  }

  /** The value for a command that reads; counts a hit or a miss. */
  lookupKeyRead(key: Bytes): RedisObject | undefined {
    const object = this.lookup(key, true);
    if (object === undefined) {
      this.host.keyspaceStats.misses++;
      this.host.notify('m', 'keymiss', key, this.id);
    } else this.host.keyspaceStats.hits++;
    return object;
  }

  /** The value for a command that will change it; counts nothing. */
  lookupKeyWrite(key: Bytes): RedisObject | undefined {
    return this.lookup(key, true, true);
  }

  /** Like lookupKeyRead, but looking is no use of the value: EXISTS, TYPE, TTL, OBJECT. `silent`: a miss is counted, not announced. */
  lookupKeyReadNoTouch(key: Bytes, silent = false): RedisObject | undefined {
    const object = this.lookup(key, false);
    if (object === undefined) {
      this.host.keyspaceStats.misses++;
      if (!silent) this.host.notify('m', 'keymiss', key, this.id);
    } else this.host.keyspaceStats.hits++;
    return object;
  }

  /** The value without counting anything: DEBUG. Expired keys are gone all the same. */
  lookupNoTouch(key: Bytes): RedisObject | undefined {
    return this.lookup(key, false);
  }

  private lookup(key: Bytes, touch: boolean, forWrite = false): RedisObject | undefined {
    if (this.expires.size > 0 && this.expireIfNeeded(key, forWrite)) return undefined;
    const object = this.keys.get(key);
    this.remember(key, object);
    if (object !== undefined && touch && !this.host.noTouch) object.lru = this.host.touch(object.lru);
    return object;
  }

  /** Whether the key's time has passed. Removes nothing and pays no rehash step. */
  isPastItsTime(key: Bytes): boolean {
    if (this.expires.size === 0) return false;
    const when = this.expires.peek(key)?.value;
    return when !== undefined && this.host.nowMs > when && when >= 0 && this.host.mayExpire;
  }

  /** Removes the key if its time has passed; true when it is gone for the caller. A write to a replica needs its place, a read leaves it to the master. */
  expireIfNeeded(key: Bytes, forWrite = false): boolean {
    const when = this.expires.get(key);
    if (when === undefined || this.host.nowMs <= when || when < 0 || !this.host.mayExpire) return false;
    if (!this.host.expiryPaused || (forWrite && this.host.isWritableReplica)) this.removeExpired(key, 'access');
    return true;
  }

  /** Removes a key whose time has passed, with everything that says so. */
  removeExpired(key: Bytes, how: 'access' | 'cycle'): void {
    const lateMs = this.host.nowMs - Number(this.expires.get(key) ?? this.host.nowMs);
    this.remove(key, 'expired');
    this.host.propagateDeletion(this.id, key, 'expired');
    this.host.keyspaceStats.expiredKeys++;
    this.host.events.emit(() => ({ type: 'keyExpired', db: this.id, key, how, lateMs }));
    this.host.notify('x', 'expired', key, this.id);
    this.touchWatchers(key);
    this.host.keyModified(key, true);
    if (how === 'cycle') this.host.unitOver();
  }

  /** Milliseconds since the epoch, frozen while a command runs. */
  get nowMs(): number {
    return this.host.nowMs;
  }

  /** Removes keys that this replica's own clients gave a deadline that has passed; looks at no more than `most`. */
  expireOwnKeys(most: number): void {
    const keys = this.ownExpires;
    if (keys === undefined) return;
    for (const key of [...keys].slice(0, most)) {
      keys.delete(key);
      const when = this.expires.peek(key)?.value;
      if (when === undefined) continue;
      if (when <= this.host.nowMs) this.removeExpired(key, 'cycle');
      // Behind the others, so that the next time looks at those.
      else keys.add(key);
    }
  }

  // ---- Fields that end ------------------------------------------------------------------------------------

  /** A hash that came with a place in the queue (RENAME, COPY, RESTORE) gets it here, too. */
  private queueAgain(key: Bytes, object: RedisObject): void {
    if (object.type === 'hash' && object.nextExpiryMs !== undefined) this.queueFields(key, object, object.nextExpiryMs);
  }

  /** Has the field cycle visit the hash at this moment, or not at all. */
  queueFields(key: Bytes, object: HashObject, whenMs: number | undefined | 'unchanged'): void {
    if (whenMs === 'unchanged') return;
    object.nextExpiryMs = whenMs;
    if (whenMs === undefined) this.hashesWithDeadlines.delete(key);
    else {
      this.hashesWithDeadlines.set(this.keys.peek(key)?.key ?? own(key), object);
      this.nextFieldExpiryMs = Math.min(this.nextFieldExpiryMs, whenMs);
    }
  }

  /** Removes a field whose time has passed; the caller announces it. */
  expireField(key: Bytes, object: HashObject, field: Bytes): void {
    hashDelete(object, field);
    this.host.keyspaceStats.expiredSubkeys++;
    this.host.alsoPropagate(this.id, ['HDEL', key, field]);
  }

  /** Removes all fields of a hash whose time has passed, with everything that says so; returns how many. For the cycle each is a unit by itself. */
  expireFieldsOf(key: Bytes, object: HashObject, how: 'access' | 'cycle' = 'access'): number {
    const { deadlines = new Map<Bytes, number>() } = object;
    const due = [...deadlines].filter(([, when]) => when <= this.host.nowMs).sort(([, a], [, b]) => a - b);
    for (const [field] of due) {
      this.expireField(key, object, field);
      if (how === 'cycle') this.host.unitOver();
    }
    this.queueFields(key, object, deadlines.size === 0 ? undefined : Math.min(...deadlines.values()));
    if (due.length === 0) return 0;
    this.host.notify('h', 'hexpired', key, this.id);
    if (hashLength(object) === 0) {
      this.host.notify('g', 'del', key, this.id);
      this.remove(key, 'expired');
    }
    this.signalModified(key);
    return due.length;
  }

  /** The field cycle: visits the hashes that are due. */
  expireDueFields(): void {
    if (this.host.nowMs < this.nextFieldExpiryMs) return;
    this.nextFieldExpiryMs = Infinity;
    for (const [key, object] of [...this.hashesWithDeadlines]) {
      const when = object.nextExpiryMs ?? Infinity;
      if (when <= this.host.nowMs) this.expireFieldsOf(key, object, 'cycle');
      else this.nextFieldExpiryMs = Math.min(this.nextFieldExpiryMs, when);
    }
  }

  /** Puts a new key. It must not exist. */
  add(key: Bytes, object: RedisObject): void {
    const owned = own(key);
    object.lru = this.host.touch(undefined);
    this.keys.set(owned, object);
    this.sizes.add(object);
    this.remember(owned, object);
    this.queueAgain(owned, object);
    this.bytes?.put(owned, object);
    this.index?.added(owned);
    if (this.blocked.size > 0) this.blocked.signal(key);
    this.host.notify('n', 'new', key, this.id);
  }

  /** Puts a key of a file: nobody hears of it. False when the key is there already. */
  load(key: Bytes, object: RedisObject): boolean {
    if (this.keys.has(key)) return false;
    this.keys.set(key, object);
    this.sizes.add(object);
    this.index?.added(key);
    return true;
  }

  /**
   * Puts a value whether or not the key existed: SET's work. Clears the expiry unless `keepTtl`,
   * and touches watchers. `known` is the value found before, which saves a second lookup.
   */
  setKey(key: Bytes, object: RedisObject, keepTtl = false, known: RedisObject | undefined = this.lookupKeyWrite(key)): void {
    if (known === undefined) this.add(key, object);
    else this.overwrite(key, object, known);
    if (!keepTtl && this.expires.size > 0) this.removeExpire(key);
    this.signalModified(key);
  }

  /** Replaces the value of a key that exists; LFU counters live on. */
  overwrite(key: Bytes, object: RedisObject, old: RedisObject): void {
    object.lru = old.lru;
    this.keys.replace(key, object);
    this.sizes.remove(old);
    this.sizes.add(object);
    this.remember(key, object);
    if (this.hashesWithDeadlines.size > 0) this.hashesWithDeadlines.delete(key);
    this.queueAgain(key, object);
    this.bytes?.forget(old);
    this.bytes?.put(key, object);
    if (this.blocked.size > 0) this.blocked.signalGone(key);
  }

  /** Removes the key; true if it was there. Says nothing to watchers: the command does. */
  remove(key: Bytes, why: 'deleted' | 'expired' | 'evicted' | 'overwritten' = 'deleted'): boolean {
    if (this.expires.size > 0) this.expires.delete(key);
    const removed = this.keys.delete(key);
    if (removed === undefined) return false;
    if (this.hashesWithDeadlines.size > 0) this.hashesWithDeadlines.delete(key);
    this.sizes.remove(removed.value);
    this.remember(key, undefined);
    this.bytes?.forget(removed.value);
    this.index?.removed(key);
    if (this.blocked.size > 0) this.blocked.signalGone(key);
    this.host.events.emit(() => ({ type: 'keyRemoved', db: this.id, key, why }));
    return true;
  }

  /** Moment of expiry in milliseconds since the epoch, or undefined. */
  getExpire(key: Bytes): Moment | undefined {
    return this.expires.size === 0 ? undefined : this.expires.get(key);
  }

  setExpire(key: Bytes, whenMs: Moment): void {
    if (this.host.isWritableReplica && this.host.mayExpire) (this.ownExpires ??= new Set()).add(own(key));
    const entry = this.expires.find(key);
    if (entry !== undefined) entry.value = whenMs;
    else this.expires.set(this.keys.find(key)?.key ?? own(key), whenMs);
  }

  /** Takes the expiry away; true if there was one. */
  removeExpire(key: Bytes): boolean {
    return this.expires.size > 0 && this.expires.delete(key) !== undefined;
  }

  /** The key's value has changed: transactions that watch it fail. Every writing command calls it. */
  signalModified(key: Bytes): void {
    if (this.watchers.size > 0) this.touchWatchers(key);
    this.host.keyModified(key, false);
    this.measure(key);
  }

  private remember(key: Bytes | undefined, object: RedisObject | undefined): void {
    this.lastKey = key;
    this.lastObject = object;
  }

  /** The value has another size now, or takes more or less memory. For changes that watchers are not told of, as those within a consumer group. */
  measure(key: Bytes): void {
    const object = key === this.lastKey ? this.lastObject : this.keys.peek(key)?.value;
    if (object === undefined) return;
    this.sizes.update(object);
    this.bytes?.put(key, object);
  }

  /** Begins or ends counting bytes: maxmemory was set, or taken away. */
  countBytes(on: boolean): void {
    this.bytes = on ? new KeyBytes(this.keys) : undefined;
  }

  /** Removes a key to make room, with everything that says so. */
  evict(key: Bytes): void {
    this.remove(key, 'evicted');
    this.host.propagateDeletion(this.id, key, 'evicted');
    this.host.keyspaceStats.evictedKeys++;
    this.host.notify('e', 'evicted', key, this.id);
    this.touchWatchers(key);
    this.host.keyModified(key, true);
    this.host.unitOver();
  }

  private touchWatchers(key: Bytes): void {
    for (const watched of this.watchers.get(key) ?? []) {
      if (!watched.expired) {
        watched.watcher.dirtyCas = true;
        unwatchAll(watched.watcher);
      }
      // What had expired is gone now; what comes next is a change.
      else if (this.keys.peek(key) === undefined) watched.expired = false;
      else return;
    }
  }

  /**
   * All that is in this database is about to go, and what `next` holds takes its place: watchers hear of keys that this
   * changes. A key past its time counts as none, before and after. Unlike those of a single key they go on watching, as with
   * the real server, which only CLIENT LIST and INFO show.
   */
  touchAllWatchers(next?: Database): void {
    for (const [key, watching] of this.watchers) {
      const was = this.keys.peek(key) !== undefined;
      const becomes = next !== undefined && next.keys.peek(key) !== undefined;
      if (!was && !becomes) continue;
      for (const watched of watching) {
        if (watched.expired && !becomes) watched.expired = false;
        else if (watched.expired && next?.isPastItsTime(key) === true) continue;
        else if (!watched.expired && !was && next?.isPastItsTime(key) === true) watched.expired = true;
        else watched.watcher.dirtyCas = true;
      }
    }
  }

  /** Announces that a value was converted where it lies: APPEND to an integer makes it raw. */
  encodingChanged(key: Bytes, from: string, to: string): void {
    if (this.host.events.heard) this.host.events.emit(() => ({ type: 'encodingChanged', db: this.id, key: own(key), from, to }));
  }

  /** The watcher's transaction fails when the key changes, until the result is given to unwatch(). */
  watch(key: Bytes, watcher: Watcher): WatchedKey {
    const owned = own(key);
    const watched: WatchedKey = { db: this, key: owned, watcher, expired: this.isPastItsTime(key) };
    const set = this.watchers.get(owned);
    if (set === undefined) this.watchers.set(owned, new Set([watched]));
    else set.add(watched);
    return watched;
  }

  unwatch(watched: WatchedKey): void {
    const set = this.watchers.get(watched.key);
    if (set === undefined) return;
    set.delete(watched);
    if (set.size === 0) this.watchers.delete(watched.key);
  }

  /** Removes every key; returns how many there were. Watchers of existing keys are told. `isLazy`: in the real server another thread frees them. */
  flush(isLazy = false): number {
    const removed = this.keys.size;
    if (isLazy) this.host.keyspaceStats.lazyFreed += removed;
    this.touchAllWatchers();
    const { keys, expires } = this.emptyTables();
    this.keys = keys;
    this.expires = expires;
    this.sizes = new KeySizes();
    this.remember(undefined, undefined);
    this.hashesWithDeadlines = new Map();
    this.nextFieldExpiryMs = Infinity;
    this.expireCursor = 0;
    this.averageTtlMs = 0;
    this.ownExpires = undefined;
    if (this.bytes !== undefined) this.countBytes(true);
    this.index?.cleared();
    this.blocked.signalAllGone();
    this.host.events.emit(() => ({ type: 'databaseFlushed', db: this.id }));
    return removed;
  }

  /** Exchanges contents with another database (SWAPDB). */
  swapContents(other: Database): void {
    this.touchAllWatchers(other);
    other.touchAllWatchers(this);
    [this.keys, other.keys] = [other.keys, this.keys];
    [this.expires, other.expires] = [other.expires, this.expires];
    [this.hashesWithDeadlines, other.hashesWithDeadlines] = [other.hashesWithDeadlines, this.hashesWithDeadlines];
    [this.nextFieldExpiryMs, other.nextFieldExpiryMs] = [other.nextFieldExpiryMs, this.nextFieldExpiryMs];
    [this.expireCursor, other.expireCursor] = [other.expireCursor, this.expireCursor];
    [this.averageTtlMs, other.averageTtlMs] = [other.averageTtlMs, this.averageTtlMs];
    [this.bytes, other.bytes] = [other.bytes, this.bytes];
    [this.sizes, other.sizes] = [other.sizes, this.sizes];
    this.remember(undefined, undefined);
    other.remember(undefined, undefined);
    // Whoever waits, waits for a key of this number, whatever it holds now.
    for (const db of [this, other]) db.blocked.signalAll((key) => db.keys.peek(key) !== undefined);
  }

  /** A dataset that was loaded beside this one takes its place; the old one goes. */
  takeContents(loaded: Database): void {
    this.swapContents(loaded);
    this.ownExpires = undefined;
    // The exchange has brought a dataset that nobody counted.
    if (loaded.bytes !== undefined) this.countBytes(true);
    this.index?.cleared();
    if (this.index !== undefined) for (const { key } of this.keys.entries()) this.index.added(key);
    this.host.events.emit(() => ({ type: 'databaseFlushed', db: this.id }));
  }
}
