/*
 * Clients that wait for keys
 * --------------------------
 * BLPOP on a key that is not there waits until somebody makes it. A database knows for each key who
 * waits, in the order in which they came:
 *
 *     jobs     ─►  a, b        RPUSH jobs x  serves a; b keeps waiting
 *     results  ─►  b
 *
 * A key becomes ready when it is made, by whatever command: RPUSH, LMOVE, RENAME, COPY, RESTORE, SWAPDB,
 * one inside a transaction. Nobody is served at that moment, because the command may go on to add more
 * or take the key away again. When it is over (for a transaction: when EXEC is), the ready keys are
 * looked at in the order in which they became ready, and for each those who waited, while the key is
 * still there and of the type they wait for. Serving a client means running its command again, so it
 * can find less than it hoped for and wait anew, behind the others.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import type { ObjectType } from './object.ts';

/** Somebody who waits for a value of one type. */
export interface Waiter {
  readonly type: ObjectType;
  /** It wants to hear, too, that the key is gone or of another type: XREADGROUP, whose group goes with it. */
  readonly evenWhenGone: boolean;
  /** Ends the waiting and runs the command again. */
  serve(): void;
}

/** Who waits for which key of one database. */
export class BlockedKeys {
  private readonly waiters = new Map<Bytes, Set<Waiter>>();
  private readonly ready = new Set<Bytes>();
  private readonly announce: (key: Bytes) => void;

  /** `announce` is told once of every key that became ready, until it is taken. */
  constructor(announce: (key: Bytes) => void) {
    this.announce = announce;
  }

  /** Number of keys that somebody waits for. */
  get size(): number {
    return this.waiters.size;
  }

  /** Number of keys for which somebody waits who wants to hear of their end as well. */
  get sizeEvenWhenGone(): number {
    return [...this.waiters.values()].filter((here) => [...here].some(({ evenWhenGone }) => evenWhenGone)).length;
  }

  wait(key: Bytes, waiter: Waiter): void {
    const here = this.waiters.get(key);
    if (here === undefined) this.waiters.set(own(key), new Set([waiter]));
    else here.add(waiter);
  }

  forget(key: Bytes, waiter: Waiter): void {
    const here = this.waiters.get(key);
    if (here === undefined) return;
    here.delete(waiter);
    if (here.size === 0) this.waiters.delete(key);
  }

  /** The key has been made. */
  signal(key: Bytes): void {
    if (!this.waiters.has(key) || this.ready.has(key)) return;
    const owned = own(key);
    this.ready.add(owned);
    this.announce(owned);
  }

  /** The key has gone, or has been given another value. */
  signalGone(key: Bytes): void {
    for (const { evenWhenGone } of this.waiters.get(key) ?? []) if (evenWhenGone) return this.signal(key);
  }

  /** All keys have gone. */
  signalAllGone(): void {
    for (const key of this.waiters.keys()) this.signalGone(key);
  }

  /** The contents of the database were exchanged: every key that is there now counts as made, every other as gone. */
  signalAll(exists: (key: Bytes) => boolean): void {
    for (const key of this.waiters.keys()) {
      if (exists(key)) this.signal(key);
      else this.signalGone(key);
    }
  }

  /** Serves those who wait for the key now, first come first served. `typeNow` says what it holds at each moment. */
  serve(key: Bytes, typeNow: () => ObjectType | undefined): void {
    this.ready.delete(key);
    for (const waiter of [...(this.waiters.get(key) ?? [])]) {
      // Serving one may have ended another's waiting.
      if ((typeNow() === waiter.type || waiter.evenWhenGone) && this.waiters.get(key)?.has(waiter) === true) waiter.serve();
    }
  }
}
