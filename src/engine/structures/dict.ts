/*
 * Dict: a hash table that never stops the world
 * ---------------------------------------------
 * Buckets are chains of entries; the low bits of a key's hash choose the bucket. When there are as
 * many entries as buckets the table should double, and moving ten million entries at once would
 * stop the server for seconds. So there are two tables for a while:
 *
 *     table 0  [ . ][ . ][ c ][ d ][ e ] …       rehashIndex ──┐
 *                ▲    ▲                                        │ buckets before it are empty
 *                └────┴── moved ──────────────────────────────-┘
 *     table 1  [ a ][ . ][ b ][ . ][ . ] … (twice as many, or fewer when it shrinks)
 *
 * Every lookup, insertion and deletion pays for the move of one bucket: the very bucket it looks at
 * if that is still unmoved (it is in the processor's cache anyway), else the one at rehashIndex.
 * New entries go to table 1 only, so table 0 can only get emptier; when it is empty, table 1 takes
 * its place. A server's cron helps with rehashFor() when clients are quiet.
 *
 * Rules of size, as in Redis 8.0: four buckets at first; grow when used ≥ buckets; shrink when
 * used × 8 ≤ buckets. While a child process saves, moving memory would copy shared pages, so
 * resizing is avoided: growth waits for used ≥ 4 × buckets, shrinking for used × 32 ≤ buckets.
 *
 * SCAN's cursor counts with its bits reversed (see `scan`): whatever stood in the table from the
 * first call to the last is visited at least once, however often the table was resized in between.
 *
 * Buckets live in segments made when first written to. A table of 2^24 buckets in one array would
 * take a tenth of a second to make, which is what this structure exists to avoid, and JavaScript
 * engines turn arrays above 2^25 elements into something slow. As table 0 empties, its segments go.
 */
import type { Bytes } from '../bytes.ts';
import type { Random } from '../env.ts';
import { HASH_BITS, hashBytes } from './hash.ts';
import { Prefetch } from './prefetch.ts';

/** Number of buckets of the first table. */
export const DICT_HT_INITIAL_SIZE = 4;
/** used / buckets that forces growth although resizing is to be avoided. */
const DICT_FORCE_RESIZE_RATIO = 4;
/** A table shrinks when fewer than one bucket in so many has an entry to show for it. */
const HASHTABLE_MIN_FILL = 8;
/** Entries that randomEntry() draws from, so that long chains weigh what they should. */
const FAIR_SAMPLE = 15;
/** Empty buckets a rehash step may pass for each bucket it is asked to move. */
const EMPTY_VISITS_PER_STEP = 10;

/** Smaller tables lie in the processor's cache anyway. */
const PREFETCH_FROM_BUCKETS = 1024;

const SEGMENT_BITS = 12;
const SEGMENT_SIZE = 1 << SEGMENT_BITS;
const SEGMENT_MASK = SEGMENT_SIZE - 1;

/** One key with its value. Callers may keep an entry and write `value`; the rest is the table's. */
export class DictEntry<V> {
  readonly key: Bytes;
  value: V;
  /** The next entry of the same bucket. */
  next: DictEntry<V> | undefined;
  readonly hash: number;
  constructor(key: Bytes, value: V, next: DictEntry<V> | undefined, hash: number) {
    this.key = key;
    this.value = value;
    this.next = next;
    this.hash = hash;
  }
}

/**
 * Whether tables may be resized: `avoid` while a child process shares the memory, `forbid` never.
 * One policy object is shared by all the tables of a server, as it is one fact.
 */
export interface ResizePolicy {
  resize: 'enable' | 'avoid' | 'forbid';
  /** May refuse a growth by `moreBytes` (maxmemory); `usedRatio` is entries per bucket now. */
  allows?: (moreBytes: number, usedRatio: number) => boolean;
}

/** Told after the fact. A hook must not call back into the dict. */
export interface DictHooks {
  rehashStarted?: (fromSize: number, toSize: number) => void;
  /** A bucket was moved; so many buckets of table 0 are still ahead of the rehash index. */
  rehashStep?: (bucketsLeft: number) => void;
  rehashCompleted?: (size: number) => void;
}

export interface DictOptions {
  /** Seed of the hash: any 32-bit integer. */
  readonly seed: number;
  readonly policy?: ResizePolicy;
  readonly hooks?: DictHooks;
}

type Bucket<V> = DictEntry<V> | undefined;
type Segment<V> = Bucket<V>[];
/** A table's segments; one that was never written to is missing. */
type Segments<V> = (Segment<V> | undefined)[];

export class Dict<V> {
  readonly seed: number;
  readonly policy: ResizePolicy;
  hooks: DictHooks;
  /** Next bucket of table 0 to move; −1 when no rehash is under way. */
  private rehashAt = -1;
  private segments0: Segments<V> = [];
  private segments1: Segments<V> = [];
  private size0 = 0;
  private size1 = 0;
  private used0 = 0;
  private used1 = 0;
  private rehashPauses = 0;
  private resizePauses = 0;
  private ahead: Prefetch | undefined;

  constructor(options: DictOptions) {
    this.seed = options.seed;
    this.policy = options.policy ?? { resize: 'enable' };
    this.hooks = options.hooks ?? {};
  }

  /** Number of entries. */
  get size(): number {
    return this.used0 + this.used1;
  }

  /** Number of buckets of both tables together. */
  get capacity(): number {
    return this.size0 + this.size1;
  }

  get isRehashing(): boolean {
    return this.rehashAt !== -1;
  }

  /** The next bucket of table 0 to be moved, −1 when no rehash is under way. */
  get rehashIndex(): number {
    return this.rehashAt;
  }

  /** Number of buckets of one table: a power of two, or 0 when there is no such table now. */
  buckets(table: 0 | 1): number {
    return table === 0 ? this.size0 : this.size1;
  }

  /** Number of entries in one table. */
  used(table: 0 | 1): number {
    return table === 0 ? this.used0 : this.used1;
  }

  // ---- Looking up -------------------------------------------------------------------------------

  /** Says that `keys[first]`, `keys[first + step]` … (the next PREFETCH_KEYS of them) will be looked up, in this order: prefetch.ts. Changes nothing. */
  prefetch(keys: readonly Bytes[], first: number, step: number): void {
    // Of one key alone there is nothing to wait for together.
    if (this.size0 < PREFETCH_FROM_BUCKETS || first + step >= keys.length) return;
    const mask = this.size0 - 1;
    this.ahead ??= new Prefetch();
    this.ahead.walk(keys, first, step, this.seed, (hash) => bucketOf(this.segments0, hash & mask));
  }

  private hashOf(key: Bytes): number {
    if (this.ahead !== undefined) {
      const known = this.ahead.hashOf(key);
      if (known !== -1) return known;
    }
    return hashBytes(key, this.seed);
  }

  /** The entry of `key`, or undefined. Pays a rehash step, as every operation does. */
  find(key: Bytes): DictEntry<V> | undefined {
    if (this.used0 + this.used1 === 0) return undefined;
    const hash = this.hashOf(key);
    if (this.rehashAt !== -1) this.rehashStepAt(hash & (this.size0 - 1));
    return this.search(key, hash);
  }

  get(key: Bytes): V | undefined {
    return this.find(key)?.value;
  }

  has(key: Bytes): boolean {
    return this.find(key) !== undefined;
  }

  /** The entry of `key` without paying a step: for pictures and checks, which must not touch. */
  peek(key: Bytes): DictEntry<V> | undefined {
    return this.used0 + this.used1 === 0 ? undefined : this.search(key, hashBytes(key, this.seed));
  }

  private search(key: Bytes, hash: number): DictEntry<V> | undefined {
    const index = hash & (this.size0 - 1);
    if (index >= this.rehashAt) {
      const segment = this.segments0[index >>> SEGMENT_BITS];
      if (segment !== undefined) {
        let entry = segment[index & SEGMENT_MASK];
        while (entry !== undefined) {
          if (entry.hash === hash && entry.key === key) return entry;
          entry = entry.next;
        }
      }
    }
    if (this.rehashAt === -1) return undefined;
    let entry = bucketOf(this.segments1, hash & (this.size1 - 1));
    while (entry !== undefined) {
      if (entry.hash === hash && entry.key === key) return entry;
      entry = entry.next;
    }
    return undefined;
  }

  // ---- Writing ----------------------------------------------------------------------------------

  /** Stores `value` under `key`, whatever was there. True when the key is new. */
  set(key: Bytes, value: V): boolean {
    const hash = this.prepareInsert(key);
    if (this.used0 + this.used1 > 0) {
      const existing = this.search(key, hash);
      if (existing !== undefined) {
        existing.value = value;
        return false;
      }
    }
    this.link(key, value, hash);
    return true;
  }

  /** Adds a key that is not there yet and returns its entry; undefined (and no change, but growth that was due) if it is. `keep` makes of the key what is stored: own, for a slice of the input. */
  add(key: Bytes, value: V, keep?: (key: Bytes) => Bytes): DictEntry<V> | undefined {
    const hash = this.prepareInsert(key);
    if (this.used0 + this.used1 > 0 && this.search(key, hash) !== undefined) return undefined;
    return this.link(keep === undefined ? key : keep(key), value, hash);
  }

  /** Writes the value of a key that exists and returns the former one; undefined if there is no such key. */
  replace(key: Bytes, value: V): V | undefined {
    const entry = this.find(key);
    if (entry === undefined) return undefined;
    const former = entry.value;
    entry.value = value;
    return former;
  }

  /** Removes `key` and returns its entry, or undefined. */
  delete(key: Bytes): DictEntry<V> | undefined {
    if (this.used0 + this.used1 === 0) return undefined;
    const hash = hashBytes(key, this.seed);
    if (this.rehashAt !== -1) this.rehashStepAt(hash & (this.size0 - 1));
    let removed: DictEntry<V> | undefined;
    const index = hash & (this.size0 - 1);
    if (index >= this.rehashAt) {
      removed = unlink(this.segments0, index, key, hash);
      if (removed !== undefined) this.used0--;
    }
    if (removed === undefined && this.rehashAt !== -1) {
      removed = unlink(this.segments1, hash & (this.size1 - 1), key, hash);
      if (removed !== undefined) this.used1--;
    }
    if (removed !== undefined) {
      removed.next = undefined; // who keeps the entry must not keep its neighbours
      if (this.resizePauses === 0) this.shrinkIfNeeded();
    }
    return removed;
  }

  /** Removes everything, the tables too. */
  clear(): void {
    this.segments0 = [];
    this.segments1 = [];
    this.size0 = this.size1 = this.used0 = this.used1 = 0;
    this.rehashAt = -1;
  }

  /** Pays the step and grows if it is time, before the place for a key is looked for. */
  private prepareInsert(key: Bytes): number {
    const hash = hashBytes(key, this.seed);
    if (this.rehashAt !== -1) this.rehashStepAt(hash & (this.size0 - 1));
    if (this.rehashAt === -1 && this.used0 >= this.size0 && this.resizePauses === 0) this.expandIfNeeded();
    // Growth may have been forbidden, but without any table there is no place for the key.
    if (this.size0 === 0) this.resizeTo(DICT_HT_INITIAL_SIZE);
    return hash;
  }

  /** New entries stand at the head of their chain: what was just written is likely to be read next. */
  private link(key: Bytes, value: V, hash: number): DictEntry<V> {
    const rehashing = this.rehashAt !== -1;
    const size = rehashing ? this.size1 : this.size0;
    const index = hash & (size - 1);
    const segment = segmentFor(rehashing ? this.segments1 : this.segments0, index, size);
    const at = index & SEGMENT_MASK;
    const entry = new DictEntry(key, value, segment[at], hash);
    segment[at] = entry;
    if (rehashing) this.used1++;
    else this.used0++;
    return entry;
  }

  // ---- Resizing ---------------------------------------------------------------------------------

  /** Starts to grow if there are too many entries for the buckets and the policy lets it. */
  expandIfNeeded(): boolean {
    if (this.rehashAt !== -1) return false;
    if (this.size0 === 0) return this.resizeTo(DICT_HT_INITIAL_SIZE);
    const { resize } = this.policy;
    const wanted =
      (resize === 'enable' && this.used0 >= this.size0) ||
      (resize !== 'forbid' && this.used0 >= DICT_FORCE_RESIZE_RATIO * this.size0);
    if (!wanted || !this.growthAllowed(this.used0 + 1)) return false;
    return this.expand(this.used0 + 1);
  }

  /** Starts to shrink if most buckets are empty and the policy lets it. */
  shrinkIfNeeded(): boolean {
    if (this.rehashAt !== -1 || this.size0 <= DICT_HT_INITIAL_SIZE) return false;
    const { resize } = this.policy;
    const wanted =
      (resize === 'enable' && this.used0 * HASHTABLE_MIN_FILL <= this.size0) ||
      (resize !== 'forbid' && this.used0 * HASHTABLE_MIN_FILL * DICT_FORCE_RESIZE_RATIO <= this.size0);
    if (!wanted || !this.growthAllowed(this.used0)) return false;
    return this.resizeTo(nextPower(this.used0));
  }

  /** Makes room for `entries` (before a load, say). False when it has it, or a rehash is under way. */
  expand(entries: number): boolean {
    return this.rehashAt === -1 && entries >= this.used0 && this.resizeTo(nextPower(entries));
  }

  private growthAllowed(entries: number): boolean {
    const { allows } = this.policy;
    return allows === undefined || allows(nextPower(entries) * 8, this.used0 / this.size0);
  }

  private resizeTo(size: number): boolean {
    if (size === this.size0) return false;
    if (this.used0 === 0) {
      // Nothing to move: the new table simply takes the old one's place.
      this.segments0 = [];
      this.size0 = size;
      return true;
    }
    this.segments1 = [];
    this.size1 = size;
    this.used1 = 0;
    this.rehashAt = 0;
    this.hooks.rehashStarted?.(this.size0, size);
    return true;
  }

  /** No entry moves until as many resumeRehashing() calls follow. */
  pauseRehashing(): void {
    this.rehashPauses++;
  }

  resumeRehashing(): void {
    if (this.rehashPauses === 0) throw new Error('Dict: resumeRehashing() without pauseRehashing()');
    this.rehashPauses--;
  }

  /** Insertions and deletions start no resize until as many resumeAutoResize() calls follow. */
  pauseAutoResize(): void {
    this.resizePauses++;
  }

  resumeAutoResize(): void {
    if (this.resizePauses === 0) throw new Error('Dict: resumeAutoResize() without pauseAutoResize()');
    this.resizePauses--;
  }

  // ---- Moving entries ---------------------------------------------------------------------------

  /**
   * Moves up to `n` buckets that hold something, passing at most ten times as many empty ones.
   * True while there is more to move.
   */
  rehashSteps(n: number): boolean {
    if (!this.mayMove()) return false;
    let emptyVisits = n * EMPTY_VISITS_PER_STEP;
    for (let moved = 0; moved < n && this.used0 > 0; moved++) {
      while (bucketOf(this.segments0, this.rehashAt) === undefined) {
        this.passBucket();
        if (--emptyVisits === 0) return true;
      }
      this.moveBucket(this.rehashAt);
      this.passBucket();
      this.hooks.rehashStep?.(this.size0 - this.rehashAt);
    }
    return !this.completeIfMoved();
  }

  /**
   * Moves buckets a hundred at a time until all are moved or `goOn` says the time is over. Returns
   * how many batches of a hundred were moved whole.
   */
  rehashFor(goOn: () => boolean): number {
    if (this.rehashPauses > 0) return 0;
    let batches = 0;
    while (this.rehashSteps(100)) {
      batches++;
      if (!goOn()) break;
    }
    return batches;
  }

  /** The step an operation on bucket `visited` of table 0 pays. */
  private rehashStepAt(visited: number): void {
    if (this.rehashPauses > 0) return;
    if (visited < this.rehashAt || bucketOf(this.segments0, visited) === undefined) {
      this.rehashSteps(1);
    } else if (this.mayMove()) {
      this.moveBucket(visited);
      this.hooks.rehashStep?.(this.size0 - this.rehashAt);
      this.completeIfMoved();
    }
  }

  private mayMove(): boolean {
    if (this.rehashAt === -1) return false;
    const { resize } = this.policy;
    if (resize === 'enable') return true;
    if (resize === 'forbid') return false;
    return this.size1 > this.size0
      ? this.size1 >= DICT_FORCE_RESIZE_RATIO * this.size0
      : this.size0 >= HASHTABLE_MIN_FILL * DICT_FORCE_RESIZE_RATIO * this.size1;
  }

  private moveBucket(index: number): void {
    const segment = this.segments0[index >>> SEGMENT_BITS];
    if (segment === undefined) return;
    let entry = segment[index & SEGMENT_MASK];
    segment[index & SEGMENT_MASK] = undefined;
    const { segments1, size1 } = this;
    const mask = size1 - 1;
    let moved = 0;
    while (entry !== undefined) {
      const following: Bucket<V> = entry.next;
      const to = entry.hash & mask;
      const target = segmentFor(segments1, to, size1);
      entry.next = target[to & SEGMENT_MASK];
      target[to & SEGMENT_MASK] = entry;
      moved++;
      entry = following;
    }
    this.used0 -= moved;
    this.used1 += moved;
  }

  /** Goes to the next bucket and lets go of a segment that is done with. */
  private passBucket(): void {
    this.rehashAt++;
    if ((this.rehashAt & SEGMENT_MASK) === 0) this.segments0[(this.rehashAt >>> SEGMENT_BITS) - 1] = undefined;
  }

  private completeIfMoved(): boolean {
    if (this.used0 !== 0) return false;
    this.segments0 = this.segments1;
    this.size0 = this.size1;
    this.used0 = this.used1;
    this.segments1 = [];
    this.size1 = this.used1 = 0;
    this.rehashAt = -1;
    this.hooks.rehashCompleted?.(this.size0);
    return true;
  }

  // ---- Walking ----------------------------------------------------------------------------------

  /**
   * Visits one bucket (and, during a rehash, every bucket of the larger table it belongs to), and
   * returns the cursor to go on with; 0 means all has been seen. Start with 0.
   *
   * The cursor counts upwards in its bits read backwards: 000, 100, 010, 110, 001 … When a table of
   * 8 becomes one of 16, bucket xyz splits into 0xyz and 1xyz, which follow each other in that
   * order; when it becomes one of 4, xyz and its twin fall into yz. So what lies before the cursor
   * is the same set of keys in every size, and nothing unseen can slip behind it. The price: after a
   * shrink some keys come twice.
   *
   * `visit` may delete the entry it is given. Nothing moves while it runs.
   */
  scan(cursor: number, visit: (entry: DictEntry<V>) => void): number {
    if (this.size === 0) return 0;
    this.pauseRehashing();
    try {
      if (this.rehashAt === -1) {
        const mask = this.size0 - 1;
        const at = cursor & mask;
        visitChain(bucketOf(this.segments0, at), visit);
        return nextCursor(cursor, mask);
      }
      const zeroIsSmaller = this.size0 <= this.size1;
      const small = zeroIsSmaller ? this.segments0 : this.segments1;
      const large = zeroIsSmaller ? this.segments1 : this.segments0;
      const smallMask = (zeroIsSmaller ? this.size0 : this.size1) - 1;
      const largeMask = (zeroIsSmaller ? this.size1 : this.size0) - 1;
      visitChain(bucketOf(small, cursor & smallMask), visit);
      let v = cursor;
      do {
        visitChain(bucketOf(large, v & largeMask), visit);
        v = nextCursor(v, largeMask);
      } while ((v & (smallMask ^ largeMask)) !== 0);
      return v;
    } finally {
      this.resumeRehashing();
    }
  }

  /**
   * All entries in table order: table 0 from bucket 0, then table 1. Rehashing is paused until the
   * walk ends, so entries may be changed and the one just given deleted; added ones may be missed.
   */
  *entries(): IterableIterator<DictEntry<V>> {
    this.pauseRehashing();
    try {
      for (const table of [0, 1] as const) {
        for (let i = 0; i < this.buckets(table); i++) {
          if ((i & SEGMENT_MASK) === 0 && this.segmentsOf(table)[i >>> SEGMENT_BITS] === undefined) {
            i += SEGMENT_MASK;
            continue;
          }
          let entry = bucketOf(this.segmentsOf(table), i);
          while (entry !== undefined) {
            const following: Bucket<V> = entry.next;
            yield entry;
            entry = following;
          }
        }
      }
    } finally {
      this.resumeRehashing();
    }
  }

  [Symbol.iterator](): IterableIterator<DictEntry<V>> {
    return this.entries();
  }

  // ---- Chance -----------------------------------------------------------------------------------

  /**
   * An entry by chance: a bucket that is not empty, then a link of its chain. Quick, but an entry
   * alone in its bucket comes more often than one that shares it.
   */
  anyEntry(random: Random): DictEntry<V> | undefined {
    if (this.size === 0) return undefined;
    if (this.rehashAt !== -1) this.rehashStepAt(-1);
    let head: Bucket<V>;
    while (head === undefined) {
      if (this.rehashAt === -1) {
        head = bucketOf(this.segments0, random.below(this.size0));
      } else {
        // Nothing stands before the rehash index in table 0.
        const at = this.rehashAt + random.below(this.size0 + this.size1 - this.rehashAt);
        head = at < this.size0 ? bucketOf(this.segments0, at) : bucketOf(this.segments1, at - this.size0);
      }
    }
    let length = 0;
    for (let entry: Bucket<V> = head; entry !== undefined; entry = entry.next) length++;
    let chosen = head;
    for (let skip = length === 1 ? 0 : random.below(length); skip > 0 && chosen.next !== undefined; skip--) chosen = chosen.next;
    return chosen;
  }

  /** An entry by chance, fairer than anyEntry(): one of a sample of neighbouring entries. */
  randomEntry(random: Random): DictEntry<V> | undefined {
    const sample = this.someEntries(random, FAIR_SAMPLE);
    return sample.length === 0 ? this.anyEntry(random) : sample[random.below(sample.length)];
  }

  /**
   * Up to `n` entries from neighbouring buckets, starting at a random one: cheap sampling for
   * eviction and expiry. No entry twice, but they are not independent draws, and there may be fewer
   * than asked for: the search ends after 10 × n buckets.
   */
  someEntries(random: Random, n: number): DictEntry<V>[] {
    const count = Math.min(n, this.size);
    const found: DictEntry<V>[] = [];
    if (count === 0) return found;
    for (let i = 0; i < count && this.rehashAt !== -1; i++) this.rehashStepAt(-1);
    const mask = Math.max(this.size0, this.size1) - 1;
    let stored = 0;
    let emptyRun = 0;
    let i = random.below(mask + 1);
    for (let steps = count * 10; steps > 0 && stored < count; steps--) {
      for (const table of this.rehashAt === -1 ? ONE_TABLE : BOTH_TABLES) {
        if (this.rehashAt !== -1 && table === 0 && i < this.rehashAt) {
          // Table 0 is empty here. In a shrink, table 1 may not reach this far either: jump.
          if (i >= this.size1) i = this.rehashAt;
          else continue;
        }
        if (i >= this.buckets(table)) continue;
        let entry = bucketOf(this.segmentsOf(table), i);
        if (entry === undefined) {
          emptyRun++;
          if (emptyRun >= 5 && emptyRun > count) {
            i = random.below(mask + 1);
            emptyRun = 0;
          }
          continue;
        }
        emptyRun = 0;
        // A chain is taken to its end, replacing earlier picks by chance, or its tail could never be drawn.
        for (; entry !== undefined; entry = entry.next) {
          if (stored < count) found.push(entry);
          else {
            const at = random.below(stored + 1);
            if (at < count) found[at] = entry;
          }
          stored++;
        }
        if (stored >= count) break;
      }
      i = (i + 1) & mask;
    }
    return found;
  }

  // ---- Being looked at --------------------------------------------------------------------------

  /** The chain of a bucket, for the picture and the statistics next door. Touches nothing. */
  chainAt(table: 0 | 1, index: number): DictEntry<V> | undefined {
    return bucketOf(this.segmentsOf(table), index);
  }

  private segmentsOf(table: 0 | 1): Segments<V> {
    return table === 0 ? this.segments0 : this.segments1;
  }
}

const ONE_TABLE = [0] as const;
const BOTH_TABLES = [0, 1] as const;

function bucketOf<V>(segments: Segments<V>, index: number): Bucket<V> {
  const segment = segments[index >>> SEGMENT_BITS];
  return segment === undefined ? undefined : segment[index & SEGMENT_MASK];
}

function segmentFor<V>(segments: Segments<V>, index: number, size: number): Segment<V> {
  return segments[index >>> SEGMENT_BITS] ?? makeSegment(segments, index >>> SEGMENT_BITS, size);
}

function makeSegment<V>(segments: Segments<V>, at: number, size: number): Segment<V> {
  // Filled to its length, so that all segments are of one kind to the optimiser.
  const segment = new Array<Bucket<V>>(Math.min(size, SEGMENT_SIZE)).fill(undefined);
  while (segments.length <= at) segments.push(undefined);
  segments[at] = segment;
  return segment;
}

function unlink<V>(segments: Segments<V>, index: number, key: Bytes, hash: number): DictEntry<V> | undefined {
  const segment = segments[index >>> SEGMENT_BITS];
  if (segment === undefined) return undefined;
  let previous: Bucket<V>;
  let entry = segment[index & SEGMENT_MASK];
  while (entry !== undefined) {
    if (entry.hash === hash && entry.key === key) {
      if (previous === undefined) segment[index & SEGMENT_MASK] = entry.next;
      else previous.next = entry.next;
      return entry;
    }
    previous = entry;
    entry = entry.next;
  }
  return undefined;
}

function visitChain<V>(head: Bucket<V>, visit: (entry: DictEntry<V>) => void): void {
  let entry = head;
  while (entry !== undefined) {
    const following: Bucket<V> = entry.next;
    visit(entry);
    entry = following;
  }
}

/** The smallest power of two that is no less than `entries`, within the limits of a table. */
function nextPower(entries: number): number {
  if (entries <= DICT_HT_INITIAL_SIZE) return DICT_HT_INITIAL_SIZE;
  return entries > 2 ** (HASH_BITS - 1) ? 2 ** HASH_BITS : 2 ** (32 - Math.clz32(entries - 1));
}

/** Adds one to the part of the cursor under the mask, its bits read backwards. */
export function nextCursor(cursor: number, mask: number): number {
  return reverseBits((reverseBits(cursor | ~mask) + 1) >>> 0);
}

/** The 32 bits of a number in reverse order, as an unsigned number. */
export function reverseBits(value: number): number {
  let v = value;
  v = ((v >>> 1) & 0x55555555) | ((v & 0x55555555) << 1);
  v = ((v >>> 2) & 0x33333333) | ((v & 0x33333333) << 2);
  v = ((v >>> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
  v = ((v >>> 8) & 0x00ff00ff) | ((v & 0x00ff00ff) << 8);
  return ((v >>> 16) | (v << 16)) >>> 0;
}
