/*
 * The log of refusals
 * -------------------
 * Failed logins and requests that rules refused, newest first. The same refusal again within a minute of the
 * last time counts up the entry that is there instead of filling the log; only the ten newest entries are
 * looked at for that.
 */
import type { Bytes } from '../bytes.ts';
import type { DenialReason } from './check.ts';

export type RefusalReason = DenialReason | 'auth';
export type RefusalContext = 'toplevel' | 'multi' | 'lua' | 'module';

/** What was refused, to whom, where. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly context: RefusalContext;
  readonly object: Bytes;
  readonly username: Bytes;
}

export interface AclLogEntry extends Refusal {
  readonly id: number;
  count: number;
  /** The line of CLIENT INFO at the last time. */
  clientInfo: Bytes;
  readonly createdMs: number;
  updatedMs: number;
}

const ENTRIES_COMPARED = 10;
const SAME_WITHIN_MS = 60_000;

export class AclLog {
  entries: AclLogEntry[] = [];
  private nextId = 0;

  add(refusal: Refusal, clientInfo: Bytes, nowMs: number, maxEntries: number): void {
    const same = maxEntries === 0 ? undefined : this.entries.slice(0, ENTRIES_COMPARED).find((each) =>
      each.reason === refusal.reason && each.context === refusal.context && each.object === refusal.object && each.username === refusal.username
      && nowMs - each.updatedMs <= SAME_WITHIN_MS);
    if (same === undefined) {
      if (maxEntries > 0) this.entries.unshift({ ...refusal, id: this.nextId++, count: 1, clientInfo, createdMs: nowMs, updatedMs: nowMs });
      this.entries.length = Math.min(this.entries.length, maxEntries);
      return;
    }
    same.count++;
    same.clientInfo = clientInfo;
    same.updatedMs = nowMs;
    this.entries = [same, ...this.entries.filter((each) => each !== same)];
  }

  reset(): void {
    this.entries = [];
  }
}
