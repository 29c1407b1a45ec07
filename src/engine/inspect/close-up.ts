/*
 * Closer looks
 * ------------
 * What pictures ask beyond the inspector's lists: the way to one key, the buckets of a SCAN, how full a
 * table is, a stretch of a value, the deadlines of a million keys in a handful of classes. Read-only and
 * bounded like the rest; large things are answered from samples, and the answer says how large a sample.
 */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import type { Database } from '../keyspace/database.ts';
import { stringBytes, stringLength } from '../keyspace/string-value.ts';
import type { Dict } from '../structures/dict.ts';
import { dictPath, dictStrip, scanVisit, type DictPath, type DictStrip, type ScanVisit } from '../structures/dict-paths.ts';
import { dictLayout, type DictLayout } from '../structures/dict-view.ts';
import type { RaxLayout } from '../structures/rax.ts';
import type { ExpiryCycleView } from './views.ts';

export interface CloseUp {
  /** How many buckets each table has: one number, or two during a rehash, or none before the first key. */
  tableSizes(db: number, which: 'keys' | 'expires'): readonly number[];
  /** The inspector's dictLayout with a smaller histogram: of at most `histogramBuckets` buckets. */
  layout(db: number, which: 'keys' | 'expires', limit: number, from: number, histogramBuckets: number): DictLayout;
  /** How a lookup would find `key` in the table of keys or of deadlines. */
  path(db: number, which: 'keys' | 'expires', key: Bytes): DictPath;
  /** The buckets that SCAN with this cursor visits first, at most `limit`, and the cursor after them. */
  scanVisit(db: number, which: 'keys' | 'expires', cursor: number, limit: number): ScanVisit;
  /** How full a table is, in at most `cells` cells (a power of two). */
  strip(db: number, which: 'keys' | 'expires', table: 0 | 1, cells: number): DictStrip;
  /** Bytes of a string from `from` on, at most `limit`; undefined when there is no such string. */
  stretch(db: number, key: Bytes, from: number, limit: number): Bytes | undefined;
  /** A string in `cells` pieces, each told by up to 64 of its bytes: how many are zero, printable, others. */
  density(db: number, key: Bytes, cells: number): readonly ByteMix[];
  /** The radix tree that a stream keeps its nodes in, nearest to its root first, at most `limit`; undefined when there is no such stream. */
  radixTree(db: number, key: Bytes, limit: number): RaxLayout | undefined;
  /** How many keys end within each class; see DeadlineClasses. */
  deadlines(db: number, edgesMs: readonly number[], limit: number): DeadlineClasses;
  /** What the inspector's expiry() says besides the deadlines themselves. */
  expirySummary(db: number): ExpirySummary;
}

export interface ExpirySummary {
  readonly nowMs: number;
  readonly lastSweep: ExpiryCycleView | undefined;
  readonly expiredTotal: number;
}

export interface ByteMix {
  readonly zero: number;
  readonly printable: number;
  readonly other: number;
}

export interface DeadlineClasses {
  /** Keys with less than edges[0] milliseconds left, then with less than edges[1] …, and last the rest. */
  readonly counts: readonly number[];
  /** Keys counted: all of them, or a sample in the order of the table, which has nothing to do with time. */
  readonly lookedAt: number;
}

const DENSITY_BYTES = 64;

export function closeUp(server: ServerForCommands): CloseUp {
  const database = (id: number): Database => {
    const db = server.databases[id];
    if (db === undefined) throw new Error(`there is no database ${id}`);
    return db;
  };
  const table = (id: number, which: 'keys' | 'expires'): Dict<unknown> => database(id)[which];

  const stretch = (id: number, key: Bytes, from: number, limit: number): Bytes | undefined => {
    const object = database(id).keys.peek(key)?.value;
    if (object?.type !== 'string') return undefined;
    const { value } = object;
    return typeof value === 'object' ? value.getRange(from, from + limit) : stringBytes(object).slice(from, from + limit);
  };

  return {
    tableSizes: (id, which) => ([0, 1] as const).map((side) => table(id, which).buckets(side)).filter((size) => size > 0),
    layout: (id, which, limit, from, histogramBuckets) => dictLayout(table(id, which), limit, from, histogramBuckets),
    expirySummary: (id) => ({
      nowMs: Math.floor(server.env.clock.now() / 1000),
      lastSweep: server.expireCycle.lastSweeps.get(id),
      expiredTotal: server.statistics.keyspace.expiredKeys,
    }),
    path: (id, which, key) => dictPath(table(id, which), key),
    scanVisit: (id, which, cursor, limit) => scanVisit(table(id, which), cursor, limit),
    strip: (id, which, side, cells) => dictStrip(table(id, which), side, cells),
    stretch,

    density(id, key, cells) {
      const object = database(id).keys.peek(key)?.value;
      if (object?.type !== 'string') return [];
      const length = stringLength(object);
      const piece = Math.max(1, Math.ceil(length / cells));
      const mixes: ByteMix[] = [];
      for (let from = 0; from < length; from += piece) mixes.push(mixOf(stretch(id, key, from, Math.min(piece, DENSITY_BYTES)) ?? ''));
      return mixes;
    },

    radixTree(id, key, limit) {
      const object = database(id).keys.peek(key)?.value;
      return object?.type === 'stream' ? object.value.nodes.layout(limit) : undefined;
    },

    deadlines(id, edgesMs, limit) {
      const { expires } = database(id);
      const nowMs = Math.floor(server.env.clock.now() / 1000);
      const counts = new Array<number>(edgesMs.length + 1).fill(0);
      let lookedAt = 0;
      let cursor = 0;
      do {
        cursor = expires.scan(cursor, ({ value }) => {
          const leftMs = Number(value) - nowMs;
          const at = edgesMs.findIndex((edge) => leftMs < edge);
          const cell = at === -1 ? edgesMs.length : at;
          counts[cell] = (counts[cell] ?? 0) + 1;
          lookedAt++;
        });
      } while (cursor !== 0 && lookedAt < limit);
      return { counts, lookedAt };
    },
  };
}

function mixOf(bytes: Bytes): ByteMix {
  let zero = 0;
  let printable = 0;
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes.charCodeAt(i);
    if (code === 0) zero++;
    else if (code >= 32 && code < 127) printable++;
  }
  return { zero, printable, other: bytes.length - zero - printable };
}
