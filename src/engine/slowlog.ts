/*
 * The slow log
 * ------------
 * The last commands whose handler took longer than slowlog-log-slower-than. Long commands are cut, so
 * that the log cannot hold the memory it warns of: 32 words, 128 bytes of each.
 */
import type { Bytes } from './bytes.ts';
import { own } from './bytes.ts';

export interface SlowLogEntry {
  readonly id: number;
  readonly atSeconds: number;
  readonly durationUs: number;
  readonly argv: readonly Bytes[];
  readonly clientAddress: Bytes;
  readonly clientName: Bytes;
}

const SLOWLOG_ENTRY_MAX_ARGC = 32;
const SLOWLOG_ENTRY_MAX_STRING = 128;

export class SlowLog {
  /** Newest first. */
  entries: SlowLogEntry[] = [];
  private nextId = 0;

  /** Keeps the command; `maxEntries` is slowlog-max-len. */
  add(argv: readonly Bytes[], durationUs: number, atSeconds: number, clientAddress: Bytes, clientName: Bytes, maxEntries: number): void {
    if (maxEntries === 0) return;
    this.entries.unshift({ id: this.nextId++, atSeconds, durationUs, argv: shorten(argv), clientAddress, clientName });
    if (this.entries.length > maxEntries) this.entries.length = maxEntries;
  }

  reset(): void {
    this.entries = [];
  }
}

function shorten(argv: readonly Bytes[]): Bytes[] {
  const kept = argv.length > SLOWLOG_ENTRY_MAX_ARGC ? SLOWLOG_ENTRY_MAX_ARGC - 1 : argv.length;
  const words = argv.slice(0, kept).map((word) => {
    const more = word.length - SLOWLOG_ENTRY_MAX_STRING;
    return more > 0 ? `${word.slice(0, SLOWLOG_ENTRY_MAX_STRING)}... (${more} more bytes)` : own(word);
  });
  if (kept < argv.length) words.push(`... (${argv.length - kept} more arguments)`);
  return words;
}
