/*
 * Quicklist: a long list of small listpacks
 * -----------------------------------------
 *     head ─► [ a b c d ] ⇄ [ e f g ] ⇄ ( one long value ) ⇄ [ h i ] ◄─ tail
 *
 * A listpack is dense but slow to write to in the middle; a linked list is quick at its ends but spends
 * pointers on every element. So elements lie in listpacks, and these are linked. `fill` limits a node:
 * a positive one is a number of elements, −1 … −5 stand for 4, 8, 16, 32 and 64 kilobytes. A value that
 * would be over the limit alone is kept plain, in a node of its own.
 *
 * Pushing fills the node at the end until it is full and then makes another. Writing into the middle
 * splits a full node and merges neighbours that fit into one. Deleting merges nothing: a list that was
 * thinned out keeps its nodes.
 *
 * `depth` says how many nodes at each end stay uncompressed (0: all of them). Here no node is ever
 * compressed in memory: which ones would be, and how many bytes they would take, is computed when the
 * memory model or DUMP asks.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import { Listpack, NOWHERE } from './listpack.ts';

/** Bytes of a node for the fills −1 … −5. */
const SIZES = [4096, 8192, 16384, 32768, 65536] as const;
/** A node that is limited by its number of elements has no more bytes than this either. */
const SIZE_SAFETY_LIMIT = 8192;
/** What an entry is expected to cost besides its text (bytes). */
const SIZE_ESTIMATE_OVERHEAD = 8;
/** Two listpacks that become one lose a header and an end (bytes). */
const MERGE_SAVES = 7;

/** The most that a node may have; one of the two is Infinity. */
export function nodeLimit(fill: number): { readonly bytes: number; readonly entries: number } {
  if (fill >= 0) return { bytes: Infinity, entries: Math.max(1, fill) };
  return { bytes: SIZES[Math.min(-fill, SIZES.length) - 1] ?? SIZE_SAFETY_LIMIT, entries: Infinity };
}

/** Whether a node of so many bytes and entries would be over the limit. */
export function nodeExceedsLimit(fill: number, bytes: number, entries: number): boolean {
  const limit = nodeLimit(fill);
  if (limit.bytes !== Infinity) return bytes > limit.bytes;
  return bytes > SIZE_SAFETY_LIMIT || entries > limit.entries;
}

export class QuicklistNode {
  previous: QuicklistNode | undefined;
  next: QuicklistNode | undefined;
  /** A listpack, or one long value. */
  entry: Listpack | Bytes;
  constructor(entry: Listpack | Bytes) {
    this.entry = entry;
  }

  get count(): number {
    return typeof this.entry === 'string' ? 1 : this.entry.length;
  }

  /** Bytes of the listpack, or of the value. */
  get byteLength(): number {
    return typeof this.entry === 'string' ? this.entry.length : this.entry.byteLength;
  }

  /** The element at an index of this node, which must be there. */
  get(index: number): Bytes {
    return typeof this.entry === 'string' ? this.entry : this.entry.get(this.entry.seek(index));
  }
}

/** Where an element is: its node, and which of the node's it is. */
export interface QuicklistPlace {
  readonly node: QuicklistNode;
  readonly offset: number;
}

export class Quicklist {
  head: QuicklistNode | undefined;
  tail: QuicklistNode | undefined;
  /** Number of nodes. */
  nodes = 0;
  private count = 0;
  readonly fill: number;
  readonly depth: number;
  /** From this length on (bytes) a value is kept plain, whatever `fill` says; 0: `fill` decides. For tests. */
  private readonly plainFrom: number;

  constructor(fill: number, depth: number, plainFrom = 0) {
    this.fill = fill;
    this.depth = depth;
    this.plainFrom = plainFrom;
  }

  /** Whether a value of so many bytes is kept in a node of its own. */
  private isLarge(bytes: number): boolean {
    if (this.plainFrom > 0) return bytes >= this.plainFrom;
    return bytes > (this.fill >= 0 ? SIZE_SAFETY_LIMIT : nodeLimit(this.fill).bytes);
  }

  /** Number of elements. */
  get length(): number {
    return this.count;
  }

  // ---- Ends -------------------------------------------------------------------------------------

  pushHead(value: Bytes): void {
    const { head } = this;
    if (head !== undefined && this.allowsInsert(head, value.length)) (head.entry as Listpack).prepend(value);
    else this.link(undefined, this.newNode(value), head);
    this.count++;
  }

  pushTail(value: Bytes): void {
    const { tail } = this;
    if (tail !== undefined && this.allowsInsert(tail, value.length)) (tail.entry as Listpack).append(value);
    else this.link(tail, this.newNode(value), undefined);
    this.count++;
  }

  popHead(): Bytes | undefined {
    const { head } = this;
    if (head === undefined) return undefined;
    const value = head.get(0);
    this.deleteAt(head, 0);
    return value;
  }

  popTail(): Bytes | undefined {
    const { tail } = this;
    if (tail === undefined) return undefined;
    const value = tail.get(tail.count - 1);
    this.deleteAt(tail, tail.count - 1);
    return value;
  }

  /** Links a node at the tail: how a list is loaded. */
  appendNode(entry: Listpack | Bytes): void {
    const node = new QuicklistNode(entry);
    this.link(this.tail, node, undefined);
    this.count += node.count;
  }

  // ---- Walking ----------------------------------------------------------------------------------

  /** The place of the element at `index`, counted from the nearer end; negative ones count from the tail. */
  seek(index: number): QuicklistPlace | undefined {
    const target = index < 0 ? this.count + index : index;
    if (target < 0 || target >= this.count) return undefined;
    if (target < this.count / 2) {
      let left = target;
      for (let node = this.head; node !== undefined; node = node.next) {
        if (left < node.count) return { node, offset: left };
        left -= node.count;
      }
    }
    let left = this.count - 1 - target;
    for (let node = this.tail; node !== undefined; node = node.previous) {
      if (left < node.count) return { node, offset: node.count - 1 - left };
      left -= node.count;
    }
    return undefined;
  }

  /** Elements from `index` on, towards the tail. The list must not change meanwhile. */
  *from(index: number): Generator<Bytes> {
    const start = this.seek(index);
    if (start === undefined) return;
    let { offset } = start;
    for (let node: QuicklistNode | undefined = start.node; node !== undefined; node = node.next) {
      const { entry } = node;
      if (typeof entry === 'string') yield entry;
      else for (let place = entry.seek(offset); place !== NOWHERE; place = entry.next(place)) yield entry.get(place);
      offset = 0;
    }
  }

  /** Up to `count` elements from `index` on, all at once: several times as fast as a walk. */
  slice(index: number, count: number): Bytes[] {
    const found: Bytes[] = [];
    const start = this.seek(index);
    let offset = start?.offset ?? 0;
    for (let node = start?.node; node !== undefined && found.length < count; node = node.next) {
      const { entry } = node;
      if (typeof entry === 'string') found.push(entry);
      else entry.readInto(found, entry.seek(offset), count - found.length);
      offset = 0;
    }
    return found;
  }

  /** Elements from `index` on, towards the head. The list must not change meanwhile. */
  *backFrom(index: number): Generator<Bytes> {
    const start = this.seek(index);
    if (start === undefined) return;
    let offset = start.offset;
    for (let node: QuicklistNode | undefined = start.node; node !== undefined; node = node.previous) {
      const { entry } = node;
      if (typeof entry === 'string') yield entry;
      else for (let place = entry.seek(offset); place !== NOWHERE; place = entry.previous(place)) yield entry.get(place);
      offset = -1;
    }
  }

  /** Nodes from the head on. */
  *eachNode(): Generator<QuicklistNode> {
    for (let node = this.head; node !== undefined; node = node.next) yield node;
  }

  // ---- Writing into the middle --------------------------------------------------------------------

  insert({ node, offset }: QuicklistPlace, value: Bytes, after: boolean): void {
    const full = !this.allowsInsert(node, value.length);
    const atTail = after && offset === node.count - 1;
    const atHead = !after && offset === 0;
    const neighbour = atTail ? node.next : atHead ? node.previous : undefined;
    if (this.isLarge(value.length)) {
      const plain = new QuicklistNode(own(value));
      if (typeof node.entry === 'string' || atTail || atHead) this.linkBeside(node, plain, after);
      else {
        const split = this.split(node, offset, after);
        this.linkBeside(node, plain, after);
        this.linkBeside(plain, split, after);
      }
    } else if (!full) {
      const pack = node.entry as Listpack;
      const place = pack.seek(offset);
      if (after) pack.insertAfter(place, value);
      else pack.insertBefore(place, value);
    } else if (neighbour !== undefined && this.allowsInsert(neighbour, value.length)) {
      // Full, but at an end whose neighbour has room.
      if (after) (neighbour.entry as Listpack).prepend(value);
      else (neighbour.entry as Listpack).append(value);
    } else if (atTail || atHead || typeof node.entry === 'string') {
      this.linkBeside(node, new QuicklistNode(Listpack.of([value])), after);
    } else {
      const split = this.split(node, offset, after);
      if (after) (split.entry as Listpack).prepend(value);
      else (split.entry as Listpack).append(value);
      this.linkBeside(node, split, after);
      this.mergeAround(node);
    }
    this.count++;
  }

  replace({ node, offset }: QuicklistPlace, value: Bytes): void {
    const large = this.isLarge(value.length);
    if (typeof node.entry !== 'string' && !large) {
      node.entry.replace(node.entry.seek(offset), value);
      return;
    }
    if (typeof node.entry === 'string') {
      if (large) node.entry = own(value);
      else {
        this.insert({ node, offset: 0 }, value, true);
        this.unlink(node);
        this.count--;
      }
      return;
    }
    // A long value takes the place of one in a listpack: the node is split there.
    const split = offset === node.count - 1 ? undefined : this.split(node, offset, true);
    const plain = new QuicklistNode(own(value));
    this.linkBeside(node, plain, true);
    if (split !== undefined) this.linkBeside(plain, split, true);
    this.count++;
    if (node.count === 1) {
      this.unlink(node);
      this.count--;
    } else {
      this.deleteAt(node, node.count - 1);
      this.mergeAround(plain);
    }
  }

  /** Removes the element at `offset` of a node; a node that gets empty goes. */
  deleteAt(node: QuicklistNode, offset: number): void {
    if (typeof node.entry === 'string' || node.entry.length === 1) this.unlink(node);
    else node.entry.deleteRange(offset, 1);
    this.count--;
  }

  /** Removes up to `howMany` elements from `index` on; whole nodes at once. */
  deleteRange(index: number, howMany: number): number {
    const start = this.seek(index);
    if (start === undefined) return 0;
    let left = Math.min(howMany, this.count - (index < 0 ? this.count + index : index));
    const removed = left;
    let { offset } = start;
    let node: QuicklistNode | undefined = start.node;
    while (left > 0 && node !== undefined) {
      const following: QuicklistNode | undefined = node.next;
      const here = Math.min(left, node.count - offset);
      if (here === node.count) this.unlink(node);
      else (node.entry as Listpack).deleteRange(offset, here);
      this.count -= here;
      left -= here;
      offset = 0;
      node = following;
    }
    return removed;
  }

  /**
   * Removes elements equal to `value`, at most `most` of them, from one end on; returns how many.
   */
  deleteEqual(value: Bytes, most: number, fromTail: boolean): number {
    let removed = 0;
    let node = fromTail ? this.tail : this.head;
    while (node !== undefined && removed < most) {
      const following: QuicklistNode | undefined = fromTail ? node.previous : node.next;
      const { entry } = node;
      const here = typeof entry === 'string' ? (entry === value ? 1 : 0) : deleteEqualIn(entry, value, most - removed, fromTail);
      if (here > 0 && (typeof entry === 'string' || entry.length === 0)) this.unlink(node);
      this.count -= here;
      removed += here;
      node = following;
    }
    return removed;
  }

  /** Whether a node of this index lies so deep that it would be compressed. */
  isInner(index: number): boolean {
    return this.depth > 0 && index >= this.depth && index < this.nodes - this.depth;
  }

  /** A copy that shares nothing. */
  clone(): Quicklist {
    const copy = new Quicklist(this.fill, this.depth, this.plainFrom);
    for (const { entry } of this.eachNode()) copy.appendNode(typeof entry === 'string' ? entry : entry.clone());
    return copy;
  }

  // ---- Nodes --------------------------------------------------------------------------------------

  /** Whether a node can take a value of so many bytes: judged by an estimate that is rather too high. */
  private allowsInsert(node: QuicklistNode, bytes: number): boolean {
    if (typeof node.entry === 'string' || this.isLarge(bytes)) return false;
    return !nodeExceedsLimit(this.fill, node.entry.byteLength + bytes + SIZE_ESTIMATE_OVERHEAD, node.entry.length + 1);
  }

  private allowsMerge(a: QuicklistNode | undefined, b: QuicklistNode | undefined): boolean {
    if (a === undefined || b === undefined || typeof a.entry === 'string' || typeof b.entry === 'string') return false;
    return !nodeExceedsLimit(this.fill, a.entry.byteLength + b.entry.byteLength - MERGE_SAVES, a.entry.length + b.entry.length);
  }

  private newNode(value: Bytes): QuicklistNode {
    return new QuicklistNode(this.isLarge(value.length) ? own(value) : Listpack.of([value]));
  }

  /** Puts a node between two that are neighbours. */
  private link(previous: QuicklistNode | undefined, node: QuicklistNode, next: QuicklistNode | undefined): void {
    node.previous = previous;
    node.next = next;
    if (previous === undefined) this.head = node;
    else previous.next = node;
    if (next === undefined) this.tail = node;
    else next.previous = node;
    this.nodes++;
  }

  private linkBeside(node: QuicklistNode, other: QuicklistNode, after: boolean): void {
    if (after) this.link(node, other, node.next);
    else this.link(node.previous, other, node);
  }

  /** Takes a node out. Its elements are the caller's to count. */
  private unlink(node: QuicklistNode): void {
    if (node.previous === undefined) this.head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.tail = node.previous;
    else node.next.previous = node.previous;
    this.nodes--;
  }

  /**
   * Cuts a listpack in two at `offset`. After: the node keeps what comes up to it, and the new one gets
   * the rest. Before: the node keeps it and what follows, and the new one gets what came before.
   */
  private split(node: QuicklistNode, offset: number, after: boolean): QuicklistNode {
    const pack = node.entry as Listpack;
    const other = pack.clone();
    const first = after ? offset + 1 : offset;
    (after ? pack : other).deleteRange(first, pack.length);
    (after ? other : pack).delete(other.first(), first);
    return new QuicklistNode(other);
  }

  /** Merges the neighbours of a node that fit into one, then the node with what stands beside it. */
  private mergeAround(center: QuicklistNode): void {
    const { previous, next } = center;
    if (this.allowsMerge(previous?.previous, previous)) this.merge(previous?.previous, previous);
    if (this.allowsMerge(next, next?.next)) this.merge(next, next?.next);
    let target = center;
    if (this.allowsMerge(center.previous, center)) target = this.merge(center.previous, center) ?? center;
    if (this.allowsMerge(target, target.next)) this.merge(target, target.next);
  }

  /** Appends the elements of `b` to `a`; returns the node that has them now. */
  private merge(a: QuicklistNode | undefined, b: QuicklistNode | undefined): QuicklistNode | undefined {
    if (a === undefined || b === undefined || typeof a.entry === 'string' || typeof b.entry === 'string') return undefined;
    for (const value of b.entry.values()) a.entry.append(value);
    this.unlink(b);
    return a;
  }
}

/** Removes entries of a listpack that equal `value`, at most `most`, from one end on; returns how many. */
export function deleteEqualIn(pack: Listpack, value: Bytes, most: number, fromTail: boolean): number {
  let removed = 0;
  if (!fromTail) {
    for (let place = pack.find(value); place !== NOWHERE && removed < most; place = place === NOWHERE ? NOWHERE : pack.find(value, 0, place)) {
      place = pack.delete(place);
      removed++;
      if (place === NOWHERE) break;
    }
    return removed;
  }
  let place = pack.last();
  while (place !== NOWHERE && removed < most) {
    const before = pack.previous(place);
    if (pack.equals(place, value)) {
      pack.delete(place);
      removed++;
    }
    place = before;
  }
  return removed;
}
