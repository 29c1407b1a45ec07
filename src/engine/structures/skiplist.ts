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
 */
import type { Bytes } from '../bytes.ts';
import type { Random } from '../env.ts';

/** Lanes there can be: enough for 2^64 elements. */
export const SKIPLIST_MAXLEVEL = 32;
/** One element in so many is in the next lane too. */
const SKIPLIST_RATIO = 4;

export class SkipListNode {
  readonly member: Bytes;
  score: number;
  backward: SkipListNode | undefined = undefined;
  /** By lane, the slowest first: the next element, and how many places on it is. */
  readonly next: (SkipListNode | undefined)[];
  readonly span: number[];

  constructor(lanes: number, score: number, member: Bytes) {
    this.member = member;
    this.score = score;
    this.next = new Array<SkipListNode | undefined>(lanes).fill(undefined);
    this.span = new Array<number>(lanes).fill(0);
  }
}

/*
 * The way to a place: in each lane the last element before it, and how many places lie before that one. Two
 * arrays serve all lists, because nothing else happens while one of them is used, and making them for each
 * insertion costs more than the search; what they hold afterwards means nothing.
 */
const path: SkipListNode[] = [];
const passed: number[] = [];

/** Whether an element lies before a limit. Must be true for a first part of the list and false for the rest. */
export type Before = (node: SkipListNode) => boolean;

export class SkipList {
  readonly head = new SkipListNode(SKIPLIST_MAXLEVEL, 0, '');
  tail: SkipListNode | undefined = undefined;
  /** Lanes in use. */
  lanes = 1;
  length = 0;

  get first(): SkipListNode | undefined {
    return this.head.next[0];
  }

  /** All elements, the last one first. */
  backwards(): SkipListNode[] {
    const nodes: SkipListNode[] = [];
    for (let node = this.tail; node !== undefined; node = node.backward) nodes.push(node);
    return nodes;
  }

  /** A copy with the same elements in the same lanes; shares nothing. */
  clone(): SkipList {
    const copy = new SkipList();
    const last = new Array<SkipListNode>(this.lanes).fill(copy.head);
    const lastPlace = new Array<number>(this.lanes).fill(0);
    for (let node = this.first; node !== undefined; node = node.next[0]) {
      const twin = new SkipListNode(node.next.length, node.score, node.member);
      copy.length++;
      twin.backward = copy.tail;
      copy.tail = twin;
      for (let lane = 0; lane < node.next.length; lane++) {
        const before = last[lane] as SkipListNode;
        before.next[lane] = twin;
        before.span[lane] = copy.length - (lastPlace[lane] ?? 0);
        last[lane] = twin;
        lastPlace[lane] = copy.length;
      }
    }
    last.forEach((node, lane) => (node.span[lane] = copy.length - (lastPlace[lane] ?? 0)));
    copy.lanes = this.lanes;
    return copy;
  }

  /** Puts an element at its place; `random` chooses its lanes. It must not be there already. */
  insert(score: number, member: Bytes, random: Random): SkipListNode {
    this.search(score, member);
    const lanes = chooseLanes(random);
    for (; this.lanes < lanes; this.lanes++) {
      this.head.span[this.lanes] = this.length;
      path[this.lanes] = this.head;
      passed[this.lanes] = 0;
    }
    const node = new SkipListNode(lanes, score, member);
    const place = passed[0] ?? 0;
    for (let lane = 0; lane < this.lanes; lane++) {
      const before = path[lane] as SkipListNode;
      if (lane >= lanes) {
        before.span[lane] = (before.span[lane] ?? 0) + 1;
        continue;
      }
      const skipped = place - (passed[lane] ?? 0);
      node.next[lane] = before.next[lane];
      node.span[lane] = (before.span[lane] ?? 0) - skipped;
      before.next[lane] = node;
      before.span[lane] = skipped + 1;
    }
    node.backward = path[0] === this.head ? undefined : path[0];
    const following = node.next[0];
    if (following === undefined) this.tail = node;
    else following.backward = node;
    this.length++;
    return node;
  }

  /** Removes the element with this score and name; undefined when there is none. */
  delete(score: number, member: Bytes): SkipListNode | undefined {
    this.search(score, member);
    const node = path[0]?.next[0];
    if (node === undefined || node.score !== score || node.member !== member) return undefined;
    this.unlink(node);
    return node;
  }

  /** Gives an element another score; it keeps its place if that still fits, else it is put anew. */
  updateScore(node: SkipListNode, score: number, random: Random): SkipListNode {
    const { backward, member } = node;
    const following = node.next[0];
    if ((backward === undefined || backward.score < score) && (following === undefined || following.score > score)) {
      node.score = score;
      return node;
    }
    this.delete(node.score, member);
    return this.insert(score, member, random);
  }

  /** Finds the way to the place of `score` and `member`: in `path` and `passed`. */
  private search(score: number, member: Bytes): void {
    let at = this.head;
    let count = 0;
    for (let lane = this.lanes - 1; lane >= 0; lane--) {
      for (let next = at.next[lane]; next !== undefined; next = at.next[lane]) {
        if (next.score >= score && (next.score !== score || next.member >= member)) break;
        count += at.span[lane] as number;
        at = next;
      }
      path[lane] = at;
      passed[lane] = count;
    }
  }

  /** Takes out the element that `path` leads to. */
  private unlink(node: SkipListNode): void {
    for (let lane = 0; lane < this.lanes; lane++) {
      const before = path[lane] as SkipListNode;
      const span = before.span[lane] ?? 0;
      if (before.next[lane] === node) {
        before.span[lane] = span + (node.span[lane] ?? 0) - 1;
        before.next[lane] = node.next[lane];
      } else before.span[lane] = span - 1;
    }
    const following = node.next[0];
    if (following === undefined) this.tail = node.backward;
    else following.backward = node.backward;
    while (this.lanes > 1 && this.head.next[this.lanes - 1] === undefined) this.lanes--;
    this.length--;
  }

  /** How many elements `before` holds for, and the last of them (undefined when none). */
  seek(before: Before): { readonly count: number; readonly last: SkipListNode | undefined } {
    let count = 0;
    let at = this.head;
    for (let lane = this.lanes - 1; lane >= 0; lane--) {
      for (let next = at.next[lane]; next !== undefined && before(next); next = at.next[lane]) {
        count += at.span[lane] ?? 0;
        at = next;
      }
    }
    return { count, last: at === this.head ? undefined : at };
  }

  /** The place of an element that is there: 0 for the first. */
  rank(score: number, member: Bytes): number {
    this.search(score, member);
    return passed[0] ?? 0;
  }

  /** The element at a place: 0 for the first. */
  at(rank: number): SkipListNode | undefined {
    if (rank < 0 || rank >= this.length) return undefined;
    let left = rank + 1;
    let at = this.head;
    for (let lane = this.lanes - 1; lane >= 0 && left > 0; lane--) {
      for (let next = at.next[lane]; next !== undefined && (at.span[lane] ?? 0) <= left; next = at.next[lane]) {
        left -= at.span[lane] ?? 0;
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
