/*
 * Skip list: a sorted list with lanes
 * -----------------------------------
 * Elements lie in order of score, and by name where scores are equal. A lane above the list leaves most
 * of them out, the lane above that leaves out most of the rest; a search takes the fastest lane as far
 * as it can and goes down one. How many lanes an element is in is left to chance (a quarter of those in
 * one lane are in the next), so nothing needs to be balanced.
 *
 *     3  ●───────────────────── 5 ─────────────────▶          the numbers are spans: how many
 *     2  ●──────── 2 ──────▶ ●───────── 3 ─────────▶          places a step of this lane goes on
 *     1  ●── 1 ──▶ a ── 1 ──▶ b ── 1 ──▶ c ── 1 ──▶ d ── 1 ──▶ e
 *
 * The spans answer which place an element has, and which element has a place, in as few steps as any
 * search: add them up on the way. Every element also knows the one before it, to be walked backwards.
 *
 * A search among a million elements looks at some thirty of them, scattered over memory, and waiting for that
 * memory is what it costs. So elements are no objects, each with arrays of its own, but records that lie in one
 * typed array: a step reads one short record. An element's address is where its record begins, counted in words
 * of 32 bits:
 *
 *     score        before   name     lanes   –       next, span   next, span …
 *     two words    address  index    number          lane 0       lane 1
 *
 * The score is read through a second view of the same memory, which is why records begin at even addresses; the
 * name is an index into an array beside it, since a string has no place in a typed array. At address 0 lies the
 * head, where all lanes begin. It is no element, so 0 also says that there is none. The array doubles when it is
 * full, and the record of a deleted element waits for the next one with as many lanes.
 */
import type { Bytes } from '../bytes.ts';
import type { Random } from '../env.ts';

/** Lanes there can be: enough for 2^64 elements. */
export const SKIPLIST_MAXLEVEL = 32;
/** One element in so many is in the next lane too. */
const SKIPLIST_RATIO = 4;

/** Where an element's record begins. It holds until the element is deleted. */
export type Address = number;
/** The address of what is not there; as a place to begin at, it is the head's. */
export const NO_ELEMENT: Address = 0;

// A record, in words from its address on.
const BEFORE = 2;
const NAME = 3;
const LANES = 4;
const LINKS = 6;
const recordWords = (lanes: number): number => LINKS + 2 * lanes;

const HEAD = NO_ELEMENT;
const HEAD_WORDS = recordWords(SKIPLIST_MAXLEVEL);
const FIRST_WORDS = 256;
/** A list is worth packing when its array is longer than this and its elements would need less than a sixteenth. */
const PACKED_WORDS = 1 << 16;
const WORDS_PER_ELEMENT = 9;

/*
 * The way to a place: in each lane the last element before it, and how many places lie before that one. Two
 * arrays serve all lists, because nothing else happens while one of them is used, and making them for each
 * insertion costs more than the search; what they hold afterwards means nothing.
 */
const path = new Int32Array(SKIPLIST_MAXLEVEL);
const passed = new Int32Array(SKIPLIST_MAXLEVEL);

export interface SkipListElement {
  readonly score: number;
  readonly member: Bytes;
}

/** Whether an element lies before a limit. Must be true for a first part of the list and false for the rest. The element is lent, not given. */
export type Before = (element: SkipListElement) => boolean;

/** An element as `Before` is shown it: what is not asked for is not read. */
class Glance implements SkipListElement {
  private readonly list: SkipList;
  address: Address = NO_ELEMENT;
  constructor(list: SkipList) {
    this.list = list;
  }
  get score(): number {
    return this.list.score(this.address);
  }
  get member(): Bytes {
    return this.list.member(this.address);
  }
}

export class SkipList {
  /** The last element. */
  tail: Address = NO_ELEMENT;
  /** Lanes in use. */
  lanes = 1;
  length = 0;
  private words = new Int32Array(FIRST_WORDS);
  private scores = new Float64Array(this.words.buffer);
  private used = HEAD_WORDS;
  private readonly names: Bytes[] = [];
  /** By number of lanes: the first record that is free; its word BEFORE leads to the next. */
  private readonly free: Address[] = [];

  get first(): Address {
    return this.next(HEAD);
  }

  score(element: Address): number {
    return this.scores[element >> 1] as number;
  }

  member(element: Address): Bytes {
    return this.names[this.words[element + NAME] as number] as Bytes;
  }

  /** Number of lanes the element is in. */
  lanesOf(element: Address): number {
    return this.words[element + LANES] as number;
  }

  /** The next element of a lane, by default of the slowest, in which are all. */
  next(element: Address, lane = 0): Address {
    return this.words[element + LINKS + 2 * lane] as number;
  }

  /** How many places on the next element of a lane is. */
  span(element: Address, lane: number): number {
    return this.words[element + LINKS + 2 * lane + 1] as number;
  }

  /** The element before this one. */
  previous(element: Address): Address {
    return this.words[element + BEFORE] as number;
  }

  /** All elements, in order or the last one first. */
  *elements(backwards = false): Generator<SkipListElement> {
    for (let at = backwards ? this.tail : this.first; at !== NO_ELEMENT; at = backwards ? this.previous(at) : this.next(at)) {
      yield { member: this.member(at), score: this.score(at) };
    }
  }

  /** A copy with the same elements in the same lanes; shares nothing, and has no free records between them. */
  clone(): SkipList {
    const copy = new SkipList();
    path.fill(HEAD);
    passed.fill(0);
    for (let at = this.first; at !== NO_ELEMENT; at = this.next(at)) {
      const lanes = this.lanesOf(at);
      const twin = copy.allocate(lanes, this.score(at), this.member(at));
      copy.length++;
      copy.words[twin + BEFORE] = copy.tail;
      copy.tail = twin;
      for (let lane = 0; lane < lanes; lane++) {
        copy.link(path[lane] as number, lane, twin, copy.length - (passed[lane] as number));
        path[lane] = twin;
        passed[lane] = copy.length;
      }
    }
    copy.lanes = this.lanes;
    for (let lane = 0; lane < copy.lanes; lane++) copy.link(path[lane] as number, lane, NO_ELEMENT, copy.length - (passed[lane] as number));
    return copy;
  }

  /** Most of its memory lies idle: a clone needs far less. */
  get isSparse(): boolean {
    return this.words.length > PACKED_WORDS && this.length * WORDS_PER_ELEMENT * 16 < this.words.length;
  }

  // ---- Writing ----------------------------------------------------------------------------------

  /** Puts an element at its place; `random` chooses its lanes. It must not be there already. */
  insert(score: number, member: Bytes, random: Random): Address {
    const element = this.allocate(chooseLanes(random), score, member);
    this.search(score, member);
    this.linkBehindPath(element);
    return element;
  }

  /** Removes the element with this score and name; false when there is none. */
  delete(score: number, member: Bytes): boolean {
    this.search(score, member);
    const element = this.next(path[0] as number);
    if (element === NO_ELEMENT || this.score(element) !== score || this.member(element) !== member) return false;
    this.unlinkBehindPath(element);
    this.release(element);
    return true;
  }

  /** Gives an element another score, and puts it where that belongs. */
  updateScore(element: Address, score: number): void {
    const before = this.previous(element);
    const following = this.next(element);
    const fits = (before === NO_ELEMENT || this.score(before) < score) && (following === NO_ELEMENT || this.score(following) > score);
    if (fits) this.scores[element >> 1] = score;
    else {
      const member = this.member(element);
      this.search(this.score(element), member);
      this.unlinkBehindPath(element);
      this.scores[element >> 1] = score;
      this.search(score, member);
      this.linkBehindPath(element);
    }
  }

  /** Finds the way to the place of `score` and `member`: in `path` and `passed`. */
  private search(score: number, member: Bytes): void {
    const { words, scores, names } = this;
    let at = HEAD;
    let count = 0;
    for (let lane = this.lanes - 1; lane >= 0; lane--) {
      const link = LINKS + 2 * lane;
      for (let next = words[at + link] as number; next !== NO_ELEMENT; next = words[at + link] as number) {
        const other = scores[next >> 1] as number;
        if (other >= score && (other !== score || (names[words[next + NAME] as number] as Bytes) >= member)) break;
        count += words[at + link + 1] as number;
        at = next;
      }
      path[lane] = at;
      passed[lane] = count;
    }
  }

  private link(from: Address, lane: number, to: Address, span: number): void {
    this.words[from + LINKS + 2 * lane] = to;
    this.words[from + LINKS + 2 * lane + 1] = span;
  }

  /** Makes the element the next one on the way that was found. */
  private linkBehindPath(element: Address): void {
    const lanes = this.lanesOf(element);
    for (; this.lanes < lanes; this.lanes++) {
      this.link(HEAD, this.lanes, NO_ELEMENT, this.length);
      path[this.lanes] = HEAD;
      passed[this.lanes] = 0;
    }
    const place = passed[0] as number;
    for (let lane = 0; lane < this.lanes; lane++) {
      const before = path[lane] as number;
      const span = this.span(before, lane);
      if (lane < lanes) {
        const skipped = place - (passed[lane] as number);
        this.link(element, lane, this.next(before, lane), span - skipped);
        this.link(before, lane, element, skipped + 1);
      } else this.words[before + LINKS + 2 * lane + 1] = span + 1;
    }
    this.words[element + BEFORE] = path[0] as number;
    const following = this.next(element);
    if (following === NO_ELEMENT) this.tail = element;
    else this.words[following + BEFORE] = element;
    this.length++;
  }

  /** Takes the element, to which the way was found, out of all lanes; its record stays. */
  private unlinkBehindPath(element: Address): void {
    for (let lane = 0; lane < this.lanes; lane++) {
      const before = path[lane] as number;
      const span = this.span(before, lane);
      if (this.next(before, lane) === element) this.link(before, lane, this.next(element, lane), span + this.span(element, lane) - 1);
      else this.words[before + LINKS + 2 * lane + 1] = span - 1;
    }
    const following = this.next(element);
    if (following === NO_ELEMENT) this.tail = this.previous(element);
    else this.words[following + BEFORE] = this.previous(element);
    while (this.lanes > 1 && this.next(HEAD, this.lanes - 1) === NO_ELEMENT) this.lanes--;
    this.length--;
  }

  // ---- Records ----------------------------------------------------------------------------------

  private allocate(lanes: number, score: number, member: Bytes): Address {
    let element = this.free[lanes] ?? NO_ELEMENT;
    if (element === NO_ELEMENT) {
      element = this.used;
      this.used += recordWords(lanes);
      if (this.used > this.words.length) this.grow();
      this.words[element + NAME] = this.names.length;
      this.words[element + LANES] = lanes;
      this.names.push(member);
    } else {
      this.free[lanes] = this.words[element + BEFORE] as number;
      this.names[this.words[element + NAME] as number] = member;
    }
    this.scores[element >> 1] = score;
    return element;
  }

  /** Keeps the record, and its place among the names, for another element. */
  private release(element: Address): void {
    const lanes = this.lanesOf(element);
    this.names[this.words[element + NAME] as number] = '';
    this.words[element + BEFORE] = this.free[lanes] ?? NO_ELEMENT;
    this.free[lanes] = element;
  }

  private grow(): void {
    const grown = new Int32Array(2 * this.words.length);
    grown.set(this.words);
    this.words = grown;
    this.scores = new Float64Array(grown.buffer);
  }

  // ---- Reading ----------------------------------------------------------------------------------

  /** How many elements `before` holds for, and the last of them. */
  seek(before: Before): { readonly count: number; readonly last: Address } {
    const glance = new Glance(this);
    const holds = (element: Address): boolean => {
      glance.address = element;
      return before(glance);
    };
    let count = 0;
    let at = HEAD;
    for (let lane = this.lanes - 1; lane >= 0; lane--) {
      for (let next = this.next(at, lane); next !== NO_ELEMENT && holds(next); next = this.next(at, lane)) {
        count += this.span(at, lane);
        at = next;
      }
    }
    return { count, last: at };
  }

  /** The place of an element that is there: 0 for the first. */
  rank(score: number, member: Bytes): number {
    this.search(score, member);
    return passed[0] as number;
  }

  /** The element at a place: 0 for the first. */
  at(rank: number): Address {
    if (rank < 0 || rank >= this.length) return NO_ELEMENT;
    const { words } = this;
    let left = rank + 1;
    let at = HEAD;
    for (let lane = this.lanes - 1; lane >= 0 && left > 0; lane--) {
      const link = LINKS + 2 * lane;
      for (let next = words[at + link] as number; next !== NO_ELEMENT && (words[at + link + 1] as number) <= left; next = words[at + link] as number) {
        left -= words[at + link + 1] as number;
        at = next;
      }
    }
    return at;
  }
}

function chooseLanes(random: Random): number {
  let lanes = 1;
  while (lanes < SKIPLIST_MAXLEVEL && random.below(SKIPLIST_RATIO) === 0) lanes++;
  return lanes;
}
