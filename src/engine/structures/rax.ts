/*
 * Rax: a radix tree of byte strings
 * ---------------------------------
 * Keys with a common beginning share it. A node where several bytes may follow has a child for each; a
 * chain of single children is one compressed node. With `foo`, `foobar` and `footer`:
 *
 *     [foo] ─► (key foo) b ─► [ar]  ─► (key foobar)
 *                        t ─► [er]  ─► (key footer)
 *
 * A node is of one of three kinds:
 *
 *     leaf         no children; always a key
 *     compressed   two bytes or more, all of them on the way to its only child
 *     branch       one byte for each child, in order
 *
 * and any of them is a key when the bytes on the way to it are one. The tree is ordered, so it can be
 * entered at any key, whether that is there or not, and walked both ways from it.
 *
 * Nodes are split and joined exactly where Redis does it, because XINFO STREAM tells how many there are
 * and MEMORY USAGE counts them. That includes two joins that Redis leaves out: a compressed node that
 * stops being a key is not joined with the one before it, and a node above a key that goes away is only
 * looked at when it is left with a single child.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';

interface RaxNode<V> {
  /** The bytes that lead to children: of a compressed node all to the only one, else one to each. */
  edges: Bytes;
  compressed: boolean;
  children: RaxNode<V>[];
  isKey: boolean;
  value: V | undefined;
}

export interface RaxEntry<V> {
  readonly key: Bytes;
  readonly value: V;
}

/** Where to enter the tree: at the key beside `key` on the side that the operator says. */
export type RaxOperator = '>=' | '>' | '<=' | '<';

/** One node as pictures draw it. */
export interface RaxNodeView {
  /** Place in the list of nodes of the one above; −1 for the root. */
  readonly parent: number;
  /** The bytes on the way to this node. */
  readonly prefix: Bytes;
  readonly kind: 'leaf' | 'compressed' | 'branch';
  readonly edges: Bytes;
  readonly isKey: boolean;
  /** Children that the list leaves out. */
  readonly hidden: number;
}

export interface RaxLayout {
  readonly keys: number;
  readonly nodes: number;
  /** The nodes nearest to the root, row by row. */
  readonly shown: readonly RaxNodeView[];
}

/** A node's fixed fields, and the bytes that Redis takes for all else of it on average: pointers of keys, children, padding. */
const NODE_BYTES = 4;
const NODE_OVERHEAD_BYTES = 8 * 30;
/** Redis measures its trees for stream ids, whatever their keys are. */
const KEY_BYTES = 16;

const leaf = <V>(): RaxNode<V> => ({ edges: '', compressed: false, children: [], isKey: false, value: undefined });

/** How far a search came. */
interface Walk<V> {
  /** The node where it ended. */
  readonly node: RaxNode<V>;
  /** The nodes before it, the root first. */
  readonly above: RaxNode<V>[];
  /** Bytes of the key that were found. */
  readonly matched: number;
  /** How many of them are within the (compressed) node where it ended. */
  readonly within: number;
}

export class Rax<V> {
  private root: RaxNode<V> = leaf();
  private keyCount = 0;
  /** The highest key, while nothing was written since it was asked for: XADD asks each time. */
  private lastKnown: RaxEntry<V> | undefined;
  private nodeCount = 1;

  /** Number of keys. */
  get size(): number {
    return this.keyCount;
  }

  /** Number of nodes; an empty tree has one. */
  get nodes(): number {
    return this.nodeCount;
  }

  /** What Redis says that the tree takes, values and its own three fields aside: an estimate from its counts (bytes). */
  get estimatedBytes(): number {
    return this.keyCount * KEY_BYTES + this.nodeCount * (NODE_BYTES + NODE_OVERHEAD_BYTES);
  }

  // ---- One key ----------------------------------------------------------------------------------

  private walk(key: Bytes): Walk<V> {
    const above: RaxNode<V>[] = [];
    let node = this.root;
    let matched = 0;
    while (node.edges !== '' && matched < key.length) {
      if (node.compressed) {
        let within = 0;
        while (within < node.edges.length && matched < key.length && node.edges.charCodeAt(within) === key.charCodeAt(matched)) {
          within++;
          matched++;
        }
        if (within < node.edges.length) return { node, above, matched, within };
        above.push(node);
        node = node.children[0] as RaxNode<V>;
      } else {
        const child = node.children[node.edges.indexOf(key.charAt(matched))];
        if (child === undefined) break;
        matched++;
        above.push(node);
        node = child;
      }
    }
    return { node, above, matched, within: 0 };
  }

  /** The node of a key, undefined when it is not there. */
  private find(key: Bytes): RaxNode<V> | undefined {
    const { node, matched, within } = this.walk(key);
    return matched === key.length && within === 0 && node.isKey ? node : undefined;
  }

  get(key: Bytes): V | undefined {
    return this.find(key)?.value;
  }

  has(key: Bytes): boolean {
    return this.find(key) !== undefined;
  }

  /** Gives a key a value; true when the key is new. */
  set(key: Bytes, value: V): boolean {
    this.lastKnown = undefined;
    const { node, matched, within } = this.walk(key);
    let at = node;
    if (matched < key.length && node.compressed) at = this.splitForBranch(node, within);
    else if (matched === key.length && within > 0) at = this.splitForKey(node, within);
    const isNew = !at.isKey || matched < key.length;
    at = this.grow(at, key, matched);
    at.isKey = true;
    at.value = value;
    if (isNew) this.keyCount++;
    return isNew;
  }

  /** A byte after the first `within` of a compressed node differs: it becomes what is before, a branch, and what is behind. The branch is returned. */
  private splitForBranch(node: RaxNode<V>, within: number): RaxNode<V> {
    const { edges } = node;
    const child = node.children[0] as RaxNode<V>;
    const rest = edges.slice(within + 1);
    const behind = rest === '' ? child : this.chain(rest, child);
    if (within === 0) {
      node.edges = edges.charAt(0);
      node.compressed = false;
      node.children = [behind];
      return node;
    }
    const branch: RaxNode<V> = { ...leaf<V>(), edges: edges.charAt(within), children: [behind] };
    this.nodeCount++;
    node.edges = edges.slice(0, within);
    node.compressed = within > 1;
    node.children = [branch];
    return branch;
  }

  /** A key ends within a compressed node: what is behind becomes a node of its own, which is returned. */
  private splitForKey(node: RaxNode<V>, within: number): RaxNode<V> {
    const behind = this.chain(node.edges.slice(within), node.children[0] as RaxNode<V>);
    node.edges = node.edges.slice(0, within);
    node.compressed = within > 1;
    node.children = [behind];
    return behind;
  }

  /** A new node with one child, `edges` apart. */
  private chain(edges: Bytes, child: RaxNode<V>): RaxNode<V> {
    this.nodeCount++;
    return { ...leaf<V>(), edges: own(edges), compressed: edges.length > 1, children: [child] };
  }

  /** Adds the nodes for the bytes of `key` from `from` on; returns the last one. */
  private grow(node: RaxNode<V>, key: Bytes, from: number): RaxNode<V> {
    let at = node;
    for (let matched = from; matched < key.length; ) {
      const child = leaf<V>();
      this.nodeCount++;
      if (at.edges === '' && key.length - matched > 1) {
        at.edges = own(key.slice(matched));
        at.compressed = true;
        at.children = [child];
        return child;
      }
      const byte = key.charAt(matched);
      let place = 0;
      while (place < at.edges.length && at.edges.charAt(place) < byte) place++;
      at.edges = at.edges.slice(0, place) + byte + at.edges.slice(place);
      at.children.splice(place, 0, child);
      matched++;
      at = child;
    }
    return at;
  }

  /** Removes a key and returns its value; undefined when it was not there. */
  delete(key: Bytes): V | undefined {
    this.lastKnown = undefined;
    const { node, above, matched, within } = this.walk(key);
    if (matched < key.length || within > 0 || !node.isKey) return undefined;
    const { value } = node;
    node.isKey = false;
    node.value = undefined;
    this.keyCount--;
    if (node.edges === '') {
      const left = this.removeBranch(node, above);
      if (left !== undefined && left.edges.length === 1 && !left.isKey) this.join(left, above);
    } else if (node.edges.length === 1) this.join(node, above);
    return value;
  }

  /** Takes a leaf away, and all above it that led to nothing else. Returns the node that lost a child; `above` ends before it then. */
  private removeBranch(node: RaxNode<V>, above: RaxNode<V>[]): RaxNode<V> | undefined {
    let gone = node;
    for (let parent = above.pop(); parent !== undefined; parent = above.pop()) {
      this.nodeCount--;
      const isPassage = !parent.isKey && (parent.compressed || parent.edges.length === 1);
      if (isPassage && parent !== this.root) {
        gone = parent;
        continue;
      }
      const place = parent.children.indexOf(gone);
      parent.children.splice(place, 1);
      parent.edges = parent.compressed ? '' : parent.edges.slice(0, place) + parent.edges.slice(place + 1);
      parent.compressed = false;
      return parent;
    }
    return undefined; // the root itself was the key
  }

  /** Makes one compressed node of a chain of single children around `node`. */
  private join(node: RaxNode<V>, above: RaxNode<V>[]): void {
    let start = node;
    for (let parent = above.pop(); parent !== undefined && !parent.isKey && (parent.compressed || parent.edges.length === 1); parent = above.pop()) start = parent;
    let { edges } = start;
    let end = start.children[0] as RaxNode<V>;
    while (!end.isKey && (end.compressed || end.edges.length === 1)) {
      edges += end.edges;
      end = end.children[0] as RaxNode<V>;
      this.nodeCount--;
    }
    if (edges.length === start.edges.length) return;
    start.edges = own(edges);
    start.compressed = true;
    start.children = [end];
  }

  // ---- In order ---------------------------------------------------------------------------------

  /** The lowest key. */
  first(): RaxEntry<V> | undefined {
    return lowest(this.root, '');
  }

  /** The highest key. */
  last(): RaxEntry<V> | undefined {
    if (this.keyCount > 0) this.lastKnown ??= highest(this.root, '');
    return this.lastKnown;
  }

  /** The key that stands to `key` as the operator says, the nearest one of them. */
  seek(operator: RaxOperator, key: Bytes): RaxEntry<V> | undefined {
    switch (operator) {
      case '>=':
        return this.seekUp(key, true);
      case '>':
        return this.seekUp(key, false);
      case '<=':
        return this.seekDown(key, true);
      case '<':
        return this.seekDown(key, false);
    }
  }

  private seekUp(key: Bytes, inclusive: boolean): RaxEntry<V> | undefined {
    let node = this.root;
    let matched = 0;
    /** The nearest branch to the right of the way, where all keys are higher. */
    let beside: { node: RaxNode<V>; prefix: Bytes } | undefined;
    const orBeside = (): RaxEntry<V> | undefined => (beside === undefined ? undefined : lowest(beside.node, beside.prefix));
    for (;;) {
      if (matched === key.length) {
        if (inclusive) return lowest(node, key) ?? orBeside();
        return node.children[0] === undefined ? orBeside() : lowest(node.children[0], key + (node.compressed ? node.edges : node.edges.charAt(0)));
      }
      if (node.compressed) {
        const rest = key.slice(matched, matched + node.edges.length);
        if (rest !== node.edges) return rest < node.edges ? lowest(node.children[0] as RaxNode<V>, key.slice(0, matched) + node.edges) : orBeside();
        matched += rest.length;
        node = node.children[0] as RaxNode<V>;
        continue;
      }
      const byte = key.charAt(matched);
      let place = 0;
      while (place < node.edges.length && node.edges.charAt(place) < byte) place++;
      const isThere = node.edges.charAt(place) === byte;
      const right = node.children[isThere ? place + 1 : place];
      if (right !== undefined) beside = { node: right, prefix: key.slice(0, matched) + node.edges.charAt(isThere ? place + 1 : place) };
      if (!isThere) return orBeside();
      matched++;
      node = node.children[place] as RaxNode<V>;
    }
  }

  private seekDown(key: Bytes, inclusive: boolean): RaxEntry<V> | undefined {
    let node = this.root;
    let matched = 0;
    /** The nearest lower thing: a key on the way itself, or a branch to the left of it. */
    let beside: { node: RaxNode<V>; prefix: Bytes; alone: boolean } | undefined;
    const orBeside = (): RaxEntry<V> | undefined => {
      if (beside === undefined) return undefined;
      return beside.alone ? { key: beside.prefix, value: beside.node.value as V } : highest(beside.node, beside.prefix);
    };
    for (;;) {
      if (matched === key.length) return inclusive && node.isKey ? { key, value: node.value as V } : orBeside();
      if (node.isKey) beside = { node, prefix: key.slice(0, matched), alone: true };
      if (node.compressed) {
        const rest = key.slice(matched, matched + node.edges.length);
        if (rest !== node.edges) return rest > node.edges ? highest(node.children[0] as RaxNode<V>, key.slice(0, matched) + node.edges) : orBeside();
        matched += rest.length;
        node = node.children[0] as RaxNode<V>;
        continue;
      }
      const byte = key.charAt(matched);
      let place = 0;
      while (place < node.edges.length && node.edges.charAt(place) < byte) place++;
      const left = node.children[place - 1];
      if (left !== undefined) beside = { node: left, prefix: key.slice(0, matched) + node.edges.charAt(place - 1), alone: false };
      if (node.edges.charAt(place) !== byte) return orBeside();
      matched++;
      node = node.children[place] as RaxNode<V>;
    }
  }

  /** All keys from the lowest up. Each is looked for anew from the one before, so the tree may change meanwhile. */
  *entries(): Generator<RaxEntry<V>> {
    for (let entry = this.first(); entry !== undefined; entry = this.seek('>', entry.key)) yield entry;
  }

  /** The same from the place that `operator` and `key` say: up for >= and >, down for <= and <. */
  *entriesFrom(operator: RaxOperator, key: Bytes): Generator<RaxEntry<V>> {
    const onward = operator.startsWith('>') ? '>' : '<';
    for (let entry = this.seek(operator, key); entry !== undefined; entry = this.seek(onward, entry.key)) yield entry;
  }

  // ---- Pictures ---------------------------------------------------------------------------------

  /** The nodes nearest to the root, at most `limit`, row by row. */
  layout(limit: number): RaxLayout {
    const queue: { node: RaxNode<V>; parent: number; prefix: Bytes }[] = [{ node: this.root, parent: -1, prefix: '' }];
    const shown: RaxNodeView[] = [];
    for (let at = 0; at < queue.length && at < limit; at++) {
      const { node, parent, prefix } = queue[at] as (typeof queue)[number];
      const taken = node.children.slice(0, Math.max(0, limit - queue.length));
      taken.forEach((child, place) => queue.push({ node: child, parent: at, prefix: prefix + (node.compressed ? node.edges : node.edges.charAt(place)) }));
      const kind = node.edges === '' ? 'leaf' : node.compressed ? 'compressed' : 'branch';
      shown.push({ parent, prefix, kind, edges: node.edges, isKey: node.isKey, hidden: node.children.length - taken.length });
    }
    return { keys: this.keyCount, nodes: this.nodeCount, shown };
  }
}

/** The lowest key at or below a node; undefined only in an empty tree. */
function lowest<V>(from: RaxNode<V>, prefix: Bytes): RaxEntry<V> | undefined {
  let node = from;
  let key = prefix;
  while (!node.isKey) {
    const child = node.children[0];
    if (child === undefined) return undefined;
    key += node.compressed ? node.edges : node.edges.charAt(0);
    node = child;
  }
  return { key, value: node.value as V };
}

/** The highest key at or below a node of a tree that is not empty. */
function highest<V>(from: RaxNode<V>, prefix: Bytes): RaxEntry<V> {
  let node = from;
  let key = prefix;
  for (let child = node.children.at(-1); child !== undefined; child = node.children.at(-1)) {
    key += node.compressed ? node.edges : node.edges.charAt(node.edges.length - 1);
    node = child;
  }
  return { key, value: node.value as V };
}
