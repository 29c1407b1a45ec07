/*
 * A dict, looked at
 * -----------------
 * Two views of the same tables: the text of DEBUG HTSTATS, and plain data for the picture of the
 * hash table. Neither touches the dict: no step is paid and nothing is drawn by chance. The picture
 * is bounded whatever the size, so it shows a window of buckets, and a histogram of chain lengths
 * from evenly spread buckets when there are too many to count.
 */
import type { Bytes } from '../bytes.ts';
import type { Dict } from './dict.ts';

/** Chains of this length or more share one cell that HTSTATS does not print. */
const LONGEST_COUNTED_CHAIN = 49;
/** Buckets that a histogram for the picture is taken from at most. */
const HISTOGRAM_BUCKETS = 16384;
/** Links of one chain that the picture gets at most, and bytes of one key. */
const CHAIN_LIMIT = 8;
const KEY_LIMIT = 64;

export interface DictTableStats {
  readonly size: number;
  readonly used: number;
  /** Buckets that hold something. */
  readonly slots: number;
  readonly longestChain: number;
  readonly entriesCounted: number;
  /** How many buckets have a chain of 0, 1, 2 … entries. */
  readonly chains: readonly number[];
}

/** Facts of one table, by walking it: O(buckets). */
export function dictTableStats<V>(dict: Dict<V>, table: 0 | 1): DictTableStats {
  const size = dict.buckets(table);
  const chains = new Array<number>(LONGEST_COUNTED_CHAIN + 1).fill(0);
  let slots = 0;
  let longestChain = 0;
  let entriesCounted = 0;
  for (let i = 0; i < size; i++) {
    const length = chainLength(dict, table, i);
    const cell = Math.min(length, LONGEST_COUNTED_CHAIN);
    chains[cell] = (chains[cell] ?? 0) + 1;
    if (length > 0) slots++;
    if (length > longestChain) longestChain = length;
    entriesCounted += length;
  }
  return { size, used: dict.used(table), slots, longestChain, entriesCounted, chains };
}

/**
 * The section of DEBUG HTSTATS about one dict, as 8.0.2 prints it. `name` is 'Dictionary HT' or
 * 'Expires HT'. A database that has not held a key since it was flushed has no table, and so no more
 * than the heading.
 */
export function htStats<V>(dict: Dict<V>, name: Bytes, full: boolean): Bytes {
  let out = `[${name}]\n`;
  if (dict.buckets(0) > 0) out += tableText(dict, 0, full);
  if (dict.isRehashing) out += tableText(dict, 1, full);
  return out;
}

function tableText<V>(dict: Dict<V>, table: 0 | 1, full: boolean): Bytes {
  const used = dict.used(table);
  const size = dict.buckets(table);
  let out = `Hash table ${table} stats (${table === 0 ? 'main hash table' : 'rehashing target'}):\n`;
  if (used === 0) return `${out}No stats available for empty dictionaries\n`;
  out += ` table size: ${size}\n number of elements: ${used}\n`;
  if (!full) return out;
  const { slots, longestChain, entriesCounted, chains } = dictTableStats(dict, table);
  out += ` different slots: ${slots}\n max chain length: ${longestChain}\n`;
  out += ` avg chain length (counted): ${single(entriesCounted / slots)}\n`;
  out += ` avg chain length (computed): ${single(used / slots)}\n`;
  out += ' Chain length distribution:\n';
  chains.forEach((count, length) => {
    if (count === 0 || length === LONGEST_COUNTED_CHAIN) return;
    out += `   ${length}: ${count} (${single(Math.fround(count / size) * 100)}%)\n`;
  });
  return out;
}

/** Two decimals of a number that the real server keeps in single precision. */
const single = (value: number): Bytes => Math.fround(value).toFixed(2);

export interface DictEntryView {
  /** Cut to 64 bytes; `keyLength` tells how long it is. */
  readonly key: Bytes;
  readonly keyLength: number;
  readonly hash: number;
}

export interface DictBucketView {
  readonly index: number;
  readonly chain: readonly DictEntryView[];
  /** Entries of the chain that are left out. */
  readonly more: number;
}

export interface DictTableView {
  readonly size: number;
  readonly used: number;
  /** How many low bits of a hash choose the bucket; size − 1 is the mask. */
  readonly maskBits: number;
  readonly mask: number;
  /** A window of buckets that follow each other. */
  readonly buckets: readonly DictBucketView[];
  readonly bucketsBefore: number;
  readonly bucketsAfter: number;
  /** How many buckets have a chain of 0, 1, 2 … entries, among `histogramOf` buckets spread evenly. */
  readonly histogram: readonly number[];
  readonly histogramOf: number;
}

export interface DictLayout {
  readonly size: number;
  /** One table, or two during a rehash; none before the first key. */
  readonly tables: readonly DictTableView[];
  /** The next bucket of table 0 to be moved; −1 when no rehash is under way. */
  readonly rehashIndex: number;
  readonly resize: 'enable' | 'avoid' | 'forbid';
}

/** Both tables as plain data: `limit` buckets of each from bucket `from` on, and a histogram of at most so many buckets. */
export function dictLayout<V>(dict: Dict<V>, limit: number, from = 0, histogramBuckets = HISTOGRAM_BUCKETS): DictLayout {
  const tables: DictTableView[] = [];
  if (dict.buckets(0) > 0) tables.push(tableView(dict, 0, limit, from, histogramBuckets));
  if (dict.isRehashing) tables.push(tableView(dict, 1, limit, from, histogramBuckets));
  return { size: dict.size, tables, rehashIndex: dict.rehashIndex, resize: dict.policy.resize };
}

function tableView<V>(dict: Dict<V>, table: 0 | 1, limit: number, from: number, histogramBuckets: number): DictTableView {
  const size = dict.buckets(table);
  const first = Math.max(0, Math.min(from, size - limit));
  const end = Math.min(size, first + limit);
  const buckets: DictBucketView[] = [];
  for (let index = first; index < end; index++) buckets.push(bucketView(dict, table, index));

  const step = Math.max(1, Math.ceil(size / histogramBuckets));
  const histogram: number[] = [];
  let histogramOf = 0;
  for (let index = 0; index < size; index += step) {
    const length = chainLength(dict, table, index);
    while (histogram.length <= length) histogram.push(0);
    histogram[length] = (histogram[length] ?? 0) + 1;
    histogramOf++;
  }
  return {
    size,
    used: dict.used(table),
    maskBits: 31 - Math.clz32(size),
    mask: size - 1,
    buckets,
    bucketsBefore: first,
    bucketsAfter: size - end,
    histogram,
    histogramOf,
  };
}

function bucketView<V>(dict: Dict<V>, table: 0 | 1, index: number): DictBucketView {
  const chain: DictEntryView[] = [];
  let more = 0;
  for (let entry = dict.chainAt(table, index); entry !== undefined; entry = entry.next) {
    if (chain.length < CHAIN_LIMIT) chain.push({ key: entry.key.slice(0, KEY_LIMIT), keyLength: entry.key.length, hash: entry.hash });
    else more++;
  }
  return { index, chain, more };
}

function chainLength<V>(dict: Dict<V>, table: 0 | 1, index: number): number {
  let length = 0;
  for (let entry = dict.chainAt(table, index); entry !== undefined; entry = entry.next) length++;
  return length;
}
