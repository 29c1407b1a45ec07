/*
 * Which keys a slot has
 * ---------------------
 * To move a slot is to move its keys, so they must be found by slot. The index is a set of names for each slot
 * that has any; the database tells it of each key that comes or goes. A server that is in no cluster has none.
 */
import type { Bytes } from '../bytes.ts';
import type { Server } from '../server.ts';
import { deletionOf } from '../propagation.ts';
import { keyHashSlot, patternHashSlot } from './slots.ts';

export class KeysInSlots {
  private slots = new Map<number, Set<Bytes>>();
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
    server.firstDatabase.index = this;
  }

  // --- what the database tells --------------------------------------------------------------------

  added(key: Bytes): void {
    const slot = keyHashSlot(key);
    const keys = this.slots.get(slot);
    if (keys === undefined) this.slots.set(slot, new Set([key]));
    else keys.add(key);
  }

  removed(key: Bytes): void {
    const slot = keyHashSlot(key);
    const keys = this.slots.get(slot);
    if (keys?.delete(key) === true && keys.size === 0) this.slots.delete(slot);
  }

  cleared(): void {
    this.slots = new Map();
  }

  // --- what the cluster asks ----------------------------------------------------------------------

  count(slot: number): number {
    return this.slots.get(slot)?.size ?? 0;
  }

  /** Slots that have keys, rising. */
  get used(): number[] {
    return [...this.slots.keys()].sort((a, b) => a - b);
  }

  first(slot: number, count: number): Bytes[] {
    const keys: Bytes[] = [];
    for (const key of this.slots.get(slot) ?? []) {
      if (keys.length >= count) break;
      keys.push(key);
    }
    return keys;
  }

  /** All keys of the slot that a pattern is bound to; undefined when it may match keys of several. */
  matchable(pattern: Bytes): { readonly key: Bytes }[] | undefined {
    const slot = patternHashSlot(pattern);
    return slot === undefined ? undefined : this.first(slot, Infinity).map((key) => ({ key }));
  }

  /** Removes the keys of a slot that is another's now, with everything that says so; returns how many. */
  deleteAll(slot: number): number {
    const { server } = this;
    const db = server.firstDatabase;
    const keys = [...(this.slots.get(slot) ?? [])];
    for (const key of keys) {
      db.remove(key);
      db.signalModified(key);
      server.notify('g', 'del', key, db.id);
      server.alsoPropagate(db.id, deletionOf(key, false));
      server.unitOver();
      server.dirty++;
    }
    return keys.length;
  }
}
