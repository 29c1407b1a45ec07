/*
 * The hash table of a database, as a view
 * ---------------------------------------
 * Three levels of detail, by the number of buckets of both tables together:
 *
 *   S  up to 192      every bucket with its chain
 *   M  up to 6,144    every bucket as a cell that tells the length of its chain, and a lens of 16 buckets
 *   L  more           1,024 cells of many buckets, told from samples, how many chains have which length, and the lens
 *
 * A view is at most about 7,000 numbers and 200 keys, whatever the size of the database.
 */
import type { Bytes } from '../../engine/index.ts';
import type { DictPath, DictStrip } from '../../engine/inspect/index.ts';
import { count, counted, listed, shown } from '../words.ts';

export type Level = 'S' | 'M' | 'L';

export interface EntryView {
  /** Cut to 64 bytes; `length` is the whole. */
  readonly key: Bytes;
  readonly length: number;
  readonly hash: number;
}

export interface BucketView {
  readonly index: number;
  readonly chain: readonly EntryView[];
  /** Entries of the chain that are left out. */
  readonly more: number;
}

export interface TableView {
  readonly table: 0 | 1;
  readonly size: number;
  readonly used: number;
  readonly maskBits: number;
  /** All buckets at level S, the lens otherwise. */
  readonly buckets: readonly BucketView[];
  /** Levels M and L. */
  readonly strip: DictStrip | undefined;
  /** How many buckets have a chain of 0, 1, 2 … entries, among `histogramOf` spread evenly. */
  readonly histogram: readonly number[];
  readonly histogramOf: number;
}

export interface ScanView {
  /** The learner's own SCAN, or a walk by hand in the picture. */
  readonly by: 'command' | 'hand';
  /** "SCAN 12 COUNT 5"; empty for a walk by hand. */
  readonly text: string;
  readonly cursor: number;
  /** Where the next call goes on; 0 is the end. */
  readonly next: number;
  /** Buckets visited, in order; empty when the table has changed since and they cannot be told. */
  readonly visits: readonly { readonly table: 0 | 1; readonly bucket: number }[];
  /** What a walk by hand visited before, in order; at most 256 buckets. */
  readonly earlier: readonly { readonly table: 0 | 1; readonly bucket: number }[];
  /** Keys that lie there now, at most 20. */
  readonly keys: readonly Bytes[];
  /** Bits of a cursor that count: those of the larger table. */
  readonly bits: number;
}

/** Who moved buckets last, and how many. */
export interface RehashStep {
  /** Rises through the run. */
  readonly id: number;
  /** The command that paid; undefined when the server's cron did. */
  readonly command: string | undefined;
  readonly bucketsMoved: number;
}

export interface KeyspaceView {
  /** "local:6379"; undefined when no server runs there. */
  readonly place: string | undefined;
  readonly db: number;
  readonly which: 'keys' | 'expires';
  readonly level: Level;
  readonly entries: number;
  readonly tables: readonly TableView[];
  /** Next bucket of table 0 to be moved; −1 when no rehash is under way. */
  readonly rehashIndex: number;
  readonly resize: 'enable' | 'avoid' | 'forbid';
  /** Whether the server's cron moves buckets too (activerehashing). */
  readonly cronMoves: boolean;
  /** First bucket of the lens. */
  readonly lensFrom: number;
  readonly path: ({ readonly key: Bytes } & DictPath) | undefined;
  readonly scan: ScanView | undefined;
  readonly lastStep: RehashStep | undefined;
  /** The last command that read or wrote this database. */
  readonly command: { readonly id: number; readonly text: string } | undefined;
}

export const noServer = (db: number, which: 'keys' | 'expires'): KeyspaceView => ({
  place: undefined, db, which, level: 'S', entries: 0, tables: [], rehashIndex: -1, resize: 'enable', cronMoves: true,
  lensFrom: 0, path: undefined, scan: undefined, lastStep: undefined, command: undefined,
});

/** Entries per bucket. */
export function loadFactor(table: TableView): number {
  return table.size === 0 ? 0 : table.used / table.size;
}

/** The bits of a hash or a bucket number, grouped by four from the right: "1011 0010". */
export function bits(value: number, length: number): string {
  let out = '';
  for (let i = length - 1; i >= 0; i--) out += ((value >>> i) & 1) + (i % 4 === 0 && i > 0 ? ' ' : '');
  return out;
}

/** Where each named key lies: by key, its table and bucket. */
export function places(view: KeyspaceView): Map<Bytes, { table: 0 | 1; bucket: number }> {
  const at = new Map<Bytes, { table: 0 | 1; bucket: number }>();
  for (const { table, buckets } of view.tables) for (const bucket of buckets) for (const entry of bucket.chain) at.set(entry.key, { table, bucket: bucket.index });
  return at;
}

// --- words --------------------------------------------------------------------------------------

export function describeKeyspace(view: KeyspaceView): string {
  if (view.place === undefined) return 'No server is running here.';
  const what = view.which === 'keys' ? 'key' : 'deadline';
  if (view.tables.length === 0) return `Database ${view.db} of ${view.place} has no ${what}, and so no table of them yet.`;
  const lines = [`Database ${view.db} of ${view.place} holds ${counted(view.entries, what)} in ${view.tables.length === 1 ? 'one hash table' : 'two hash tables, because it is being resized'}.`];
  for (const table of view.tables) {
    const load = loadFactor(table);
    lines.push(`Table ${table.table}: ${counted(table.used, 'entry', 'entries')} in ${counted(table.size, 'bucket')}, ${load.toFixed(2)} per bucket; the lowest ${counted(table.maskBits, 'bit')} of a hash choose the bucket.`);
    if (view.level === 'S') {
      const taken = table.buckets.filter((bucket) => bucket.chain.length > 0);
      for (const bucket of taken) lines.push(`  bucket ${bucket.index}: ${listed(bucket.chain.map((entry) => shown(entry.key)), 8, bucket.more)}`);
      const empty = table.size - taken.length;
      if (empty > 0 && taken.length > 0) lines.push(`  ${counted(empty, 'bucket')} ${empty === 1 ? 'is' : 'are'} empty.`);
    } else {
      lines.push(`  ${chainWords(table)}`);
      const taken = table.buckets.filter((bucket) => bucket.chain.length > 0);
      const first = table.buckets[0];
      if (first !== undefined) lines.push(`  Under the lens, buckets ${first.index} to ${first.index + table.buckets.length - 1}: ${taken.length === 0 ? 'all empty' : taken.map((bucket) => `${bucket.index}: ${listed(bucket.chain.map((entry) => shown(entry.key)), 8, bucket.more)}`).join('; ')}.`);
    }
  }
  const old = view.tables[0];
  if (view.rehashIndex >= 0 && old !== undefined) {
    lines.push(`${counted(view.rehashIndex, 'bucket')} of ${count(old.size)} in table 0 ${view.rehashIndex === 1 ? 'is' : 'are'} behind the rehash index. ${view.cronMoves ? 'Each lookup and each new key moves one more, and the cron of the server goes on with it ten times a second.' : 'Each lookup and each new key moves one more; activerehashing is off, so nothing else does.'}`);
  }
  if (view.lastStep !== undefined) lines.push(stepWords(view.lastStep));
  if (view.path !== undefined) lines.push(pathWords(view.path));
  if (view.scan !== undefined) lines.push(scanWords(view.scan));
  return lines.join('\n');
}

function chainWords(table: TableView): string {
  const share = (n: number): string => `${((100 * n) / Math.max(1, table.histogramOf)).toFixed(1)} %`;
  const sampled = table.histogramOf < table.size ? `Of ${count(table.histogramOf)} buckets looked at, ` : '';
  const parts = table.histogram.map((n, length) => `${share(n)} ${length === 0 ? 'are empty' : `have ${length}`}`);
  const text = `${sampled}${listed(parts, 12)}.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function stepWords(step: RehashStep): string {
  const buckets = counted(step.bucketsMoved, 'bucket');
  return step.command === undefined ? `The server's cron moved ${buckets} between commands.` : `${step.command} paid for the move of ${buckets}.`;
}

export function pathWords(path: { readonly key: Bytes } & DictPath): string {
  const steps = path.visits.map((visit) => {
    const where = `bucket ${visit.bucket} of table ${visit.table}`;
    if (visit.passed) return `${where} was moved already and is passed over`;
    return `${where}: ${visit.comparisons === 0 ? 'empty' : counted(visit.comparisons, 'comparison')}${visit.found ? ', found' : ''}`;
  });
  return `The way to ${shown(path.key)}: its hash ends in ${bits(path.hash, 12)}; ${steps.length === 0 ? 'there is no table' : steps.join('; then ')}.${path.found ? '' : ' It is not there.'}`;
}

export function scanWords(scan: ScanView): string {
  const who = scan.by === 'hand' ? `By hand, cursor ${scan.cursor}` : scan.text;
  const where = scan.visits.length === 0 ? 'the table has changed since' : `visited ${listed(scan.visits.map((visit) => `bucket ${visit.bucket} of table ${visit.table}`), 12)}`;
  return `${who}: ${where}; ${scan.next === 0 ? 'cursor 0, all has been seen' : `it goes on at cursor ${scan.next}, ${bits(scan.next, scan.bits)} in bits`}.`;
}

/** What differs between two states, as sentences: what a moving picture shows to those who see no motion. */
export function keyspaceChanges(before: KeyspaceView, after: KeyspaceView): string[] {
  if (before.place !== after.place || before.db !== after.db || before.which !== after.which) return [];
  const changes: string[] = [];
  const [oldOnly] = before.tables;
  if (before.rehashIndex < 0 && after.rehashIndex >= 0) {
    const target = after.tables[1];
    if (target !== undefined && after.tables[0] !== undefined) changes.push(`A second table of ${count(target.size)} buckets was made; table 0 keeps ${count(after.tables[0].size)} until it is empty.`);
  } else if (before.rehashIndex >= 0 && after.rehashIndex < 0) {
    changes.push(`Table 0 is empty and gone; the table of ${count(after.tables[0]?.size ?? 0)} buckets has taken its place.`);
  } else if (oldOnly !== undefined && after.tables[0] !== undefined && oldOnly.size !== after.tables[0].size && before.rehashIndex < 0) {
    changes.push(`The table has ${count(after.tables[0].size)} buckets instead of ${count(oldOnly.size)}.`);
  }
  if (before.level === 'S' && after.level === 'S') {
    const was = places(before);
    const is = places(after);
    const came: string[] = [];
    const moved: string[] = [];
    const gone: string[] = [];
    const promoted = before.rehashIndex >= 0 && after.rehashIndex < 0;
    for (const [key, at] of is) {
      const earlier = was.get(key);
      if (earlier === undefined) came.push(`${shown(key)} to bucket ${at.bucket} of table ${at.table}`);
      else if (earlier.bucket !== at.bucket || (earlier.table !== at.table && !promoted) || (promoted && earlier.table === 0)) moved.push(`${shown(key)} from bucket ${earlier.bucket} to bucket ${at.bucket}${earlier.table === at.table && !promoted ? '' : ' of the new table'}`);
    }
    for (const key of was.keys()) if (!is.has(key)) gone.push(shown(key));
    if (came.length > 0) changes.push(`Came: ${listed(came)}.`);
    if (moved.length > 0) changes.push(`Moved: ${listed(moved)}.`);
    if (gone.length > 0) changes.push(`Gone: ${listed(gone)}.`);
  } else if (before.entries !== after.entries) {
    const more = after.entries - before.entries;
    changes.push(`${counted(Math.abs(more), after.which === 'keys' ? 'key' : 'deadline')} ${more > 0 ? 'more' : 'fewer'}.`);
  }
  if (before.rehashIndex >= 0 && after.rehashIndex > before.rehashIndex) changes.push(`The rehash index went from ${count(before.rehashIndex)} to ${count(after.rehashIndex)}.`);
  if (after.lastStep !== undefined && after.lastStep.id !== before.lastStep?.id) changes.push(stepWords(after.lastStep));
  return changes;
}
