/*
 * Ways through a dict, looked at
 * ------------------------------
 * Three questions that a picture asks and no command does: where does this key lie, and past whom does
 * a lookup walk; which buckets does one call of SCAN visit; how full is the table, in so many cells.
 * Nothing here pays a rehash step, and the last is answered from a few buckets of each cell when there
 * are too many, so that a table of a million buckets costs what one of ten thousand costs.
 */
import type { Bytes } from '../bytes.ts';
import { type Dict, nextCursor } from './dict.ts';
import { hashBytes } from './hash.ts';

/** Buckets of one cell that are looked at, at most. */
const BUCKETS_PER_CELL = 16;
/** Keys of a chain that are named, at most, and bytes of one. */
const NAMES = 8;
const NAME_BYTES = 64;

/** One bucket that a lookup goes to. */
export interface DictVisit {
  readonly table: 0 | 1;
  readonly bucket: number;
  readonly size: number;
  /** The bucket lies behind the rehash index: it is empty, and a lookup does not even go there. */
  readonly passed: boolean;
  /** Keys it compares, in order, the wanted one last if it is there; at most 8. */
  readonly compared: readonly Bytes[];
  /** How many comparisons in all. */
  readonly comparisons: number;
  readonly found: boolean;
}

export interface DictPath {
  readonly hash: number;
  readonly visits: readonly DictVisit[];
  readonly found: boolean;
}

/** How a lookup finds `key`, or how it finds out that there is none. */
export function dictPath<V>(dict: Dict<V>, key: Bytes): DictPath {
  const hash = hashBytes(key, dict.seed);
  const visits: DictVisit[] = [];
  for (const table of [0, 1] as const) {
    const size = dict.buckets(table);
    if (size === 0) continue;
    const bucket = hash & (size - 1);
    const passed = table === 0 && dict.isRehashing && bucket < dict.rehashIndex;
    const compared: Bytes[] = [];
    let comparisons = 0;
    let found = false;
    if (!passed) {
      for (let entry = dict.chainAt(table, bucket); entry !== undefined && !found; entry = entry.next) {
        comparisons++;
        found = entry.hash === hash && entry.key === key;
        if (compared.length < NAMES) compared.push(entry.key.slice(0, NAME_BYTES));
      }
    }
    visits.push({ table, bucket, size, passed, compared, comparisons, found });
    if (found) return { hash, visits, found: true };
  }
  return { hash, visits, found: false };
}

export interface ScanVisit {
  /** Buckets in the order in which scan() visits them, the smaller table's first; at most `limit`. */
  readonly buckets: readonly { readonly table: 0 | 1; readonly bucket: number }[];
  /** The cursor it returns; 0 when all has been seen. */
  readonly next: number;
}

/** What scan(cursor) visits. */
export function scanVisit<V>(dict: Dict<V>, cursor: number, limit: number): ScanVisit {
  if (dict.size === 0) return { buckets: [], next: 0 };
  if (!dict.isRehashing) {
    const mask = dict.buckets(0) - 1;
    return { buckets: [{ table: 0, bucket: cursor & mask }], next: nextCursor(cursor, mask) };
  }
  const small: 0 | 1 = dict.buckets(0) <= dict.buckets(1) ? 0 : 1;
  const large: 0 | 1 = small === 0 ? 1 : 0;
  const smallMask = dict.buckets(small) - 1;
  const largeMask = dict.buckets(large) - 1;
  const buckets: { table: 0 | 1; bucket: number }[] = [{ table: small, bucket: cursor & smallMask }];
  let v = cursor;
  do {
    if (buckets.length < limit) buckets.push({ table: large, bucket: v & largeMask });
    v = nextCursor(v, largeMask);
  } while ((v & (smallMask ^ largeMask)) !== 0);
  return { buckets, next: v };
}

/** How full a table is, cell by cell; a cell is as many buckets as needed to have no more than asked for. */
export interface DictStrip {
  readonly bucketsPerCell: number;
  /** Buckets looked at in each cell: all of them, or 16 spread evenly. */
  readonly lookedAt: number;
  /** Entries found in those buckets. */
  readonly entries: readonly number[];
  /** The longest chain among them. */
  readonly longest: readonly number[];
}

/** `cells` is a power of two. */
export function dictStrip<V>(dict: Dict<V>, table: 0 | 1, cells: number): DictStrip {
  const size = dict.buckets(table);
  const bucketsPerCell = Math.max(1, Math.ceil(size / cells));
  const lookedAt = Math.min(bucketsPerCell, BUCKETS_PER_CELL);
  const step = bucketsPerCell / lookedAt;
  const entries: number[] = [];
  const longest: number[] = [];
  for (let first = 0; first < size; first += bucketsPerCell) {
    let count = 0;
    let most = 0;
    for (let i = 0; i < lookedAt; i++) {
      let length = 0;
      for (let entry = dict.chainAt(table, first + i * step); entry !== undefined; entry = entry.next) length++;
      count += length;
      most = Math.max(most, length);
    }
    entries.push(count);
    longest.push(most);
  }
  return { bucketsPerCell, lookedAt, entries, longest };
}
