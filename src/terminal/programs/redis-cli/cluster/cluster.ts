/*
 * The cluster as the tool sees it
 * -------------------------------
 * One node is asked who the others are, each of these is asked about itself, and what can be reached makes up the
 * list that everything else works on. A master that cannot be reached is counted: repairing without it is dangerous.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { ReceivedReply } from '../../../../engine/protocol/index.ts';
import { type Task } from '../../task.ts';
import type { ClusterOptions } from './options.ts';
import { ClusterNode, itemsOf, parseAddress, SLOTS, type Surroundings, textOf } from './node.ts';
import type { Report } from './report.ts';

const INVALID_HOST = '[ERR] Invalid arguments: you need to pass either a valid address (ie. 120.0.0.1:7000) or space separated IP and port (ie. 120.0.0.1 7000)\n';

/** Thrown where the tool ends at once, whatever it is in the middle of. */
export class ToolEnds extends Error {}

export class Cluster {
  readonly around: Surroundings;
  readonly wanted: ClusterOptions;
  readonly report: Report;
  nodes: ClusterNode[] = [];
  unreachableMasters = 0;

  constructor(around: Surroundings, wanted: ClusterOptions) {
    this.around = around;
    this.wanted = wanted;
    this.report = around.report;
  }

  get masters(): ClusterNode[] {
    return this.nodes.filter((node) => !node.isReplica);
  }

  byName(name: Bytes): ClusterNode | undefined {
    const lower = name.toLowerCase();
    return this.nodes.find((node) => node.name === lower);
  }

  /** The node that `host:port`, or `host port`, names; complains when they name none. */
  nodeNamed(words: readonly Bytes[], complaint: Bytes = INVALID_HOST): ClusterNode | undefined {
    const address = parseAddress(words.length === 1 ? (words[0] as Bytes) : `${words[0] ?? ''}:${words[1] ?? ''}`);
    if (address === undefined || address.host === '' || address.port === 0) {
      this.report.complain(complaint);
      return undefined;
    }
    return new ClusterNode(this.around, address.host, address.port);
  }

  /** Loads the cluster from the node that the words name; false when that failed, which was said. */
  *load(words: readonly Bytes[]): Task<boolean> {
    const node = this.nodeNamed(words);
    return node !== undefined && (yield* this.loadFrom(node));
  }

  *loadFrom(node: ClusterNode): Task<boolean> {
    if (!node.isConnected && !(yield* node.connect())) return false;
    if (!(yield* this.isClusterNode(node))) return false;
    const loaded = yield* node.loadInfo();
    if ('error' in loaded) {
      if (loaded.error !== undefined) node.printError(loaded.error);
      return false;
    }
    this.nodes = [node];
    for (const other of loaded.others) {
      if (yield* this.loadFriend(other)) this.nodes.push(other);
      else if (!other.isReplica) this.unreachableMasters++;
    }
    for (const each of this.nodes) {
      if (each.replicate === undefined) continue;
      const master = this.byName(each.replicate);
      if (master === undefined) this.report.warn(`*** WARNING: ${each.address} claims to be slave of unknown node ID ${each.replicate}.\n`);
      else master.replicasCount++;
    }
    return true;
  }

  private *loadFriend(node: ClusterNode): Task<boolean> {
    if (node.host === '' || node.port === 0 || !(yield* node.connect())) return false;
    const loaded = yield* node.loadInfo();
    if ('error' in loaded) {
      this.report.error(`[ERR] Unable to load info for node ${node.address}\n`);
      return false;
    }
    return !node.flags.some((flag) => flag === 'noaddr' || flag === 'disconnected' || flag === 'fail');
  }

  /** Whether cluster support is on there; says so when not. */
  *isClusterNode(node: ClusterNode): Task<boolean> {
    const enabled = yield* node.field(['INFO'], 'cluster_enabled');
    if ('value' in enabled && enabled.value !== 0) return true;
    this.report.error(`[ERR] Node ${node.address} ${'error' in enabled && enabled.error !== undefined ? enabled.error : 'is not configured as a cluster node.'}\n`);
    return false;
  }

  /** Whether it has no keys and knows nobody; says so when not. */
  *isEmptyNode(node: ClusterNode): Task<boolean> {
    const info = yield* node.field(['INFO'], 'cluster_enabled');
    let error = 'error' in info ? info.error : undefined;
    if ('text' in info && !info.text.includes('db0:')) {
      const known = yield* node.field(['CLUSTER', 'INFO'], 'cluster_known_nodes');
      if ('value' in known && known.value === 1) return true;
      if ('error' in known) error = known.error;
    }
    this.report.error(`[ERR] Node ${node.address} ${error ?? 'is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or contains some key in database 0.'}\n`);
    return false;
  }

  showNodes(): void {
    for (const node of this.nodes) this.report.print(`${node.describe()}\n`);
  }

  /** One line a master, and how many keys there are. */
  *showInfo(): Task<void> {
    let keys = 0;
    let masters = 0;
    for (const node of this.nodes) {
      if (node.isReplica || node.name === '') continue;
      masters++;
      const reply = yield* node.ask(['DBSIZE']);
      const size = reply?.type === 'integer' ? Number(reply.value) : -1;
      if (size >= 0) keys += size;
      this.report.print(`${node.address} (${node.name.slice(0, 8)}...) -> ${size} keys | ${node.slotsCount} slots | ${node.replicasCount} slaves.\n`);
    }
    this.report.success(`[OK] ${keys} keys in ${masters} masters.\n`);
    this.report.print(`${(keys / SLOTS).toFixed(2)} keys per slot on average.\n`);
  }

  /** Whether all nodes tell the same about who has which slots. */
  *agrees(): Task<boolean> {
    if (this.nodes.length <= 1) return this.nodes.length === 1;
    let first: Bytes | undefined;
    for (const node of this.nodes) {
      const reply = yield* node.ask(['CLUSTER', 'NODES']);
      if (reply === undefined || reply.type === 'error') return false;
      const signature = signatureOf(textOf(reply));
      first ??= signature;
      if (signature !== first) return false;
    }
    return true;
  }

  /** Who owns a slot by the word of this node; an error is handed back. */
  *ownerOf(node: ClusterNode, slot: number): Task<{ readonly owner: Bytes | undefined } | { readonly error: Bytes }> {
    const reply = yield* node.ask(['CLUSTER', 'SLOTS']);
    if (reply?.type === 'error') return { error: reply.text };
    for (const range of itemsOf(reply)) {
      const [from, to, owner] = itemsOf(range);
      if (numberOf(from) <= slot && slot <= numberOf(to)) return { owner: textOf(itemsOf(owner)[2]) };
    }
    return { owner: undefined };
  }

  leastReplicated(): ClusterNode | undefined {
    let least: ClusterNode | undefined;
    for (const node of this.masters) if (least === undefined || node.replicasCount < least.replicasCount) least = node;
    return least;
  }

  close(): void {
    for (const node of this.nodes) node.close();
  }
}

function numberOf(reply: ReceivedReply | undefined): number {
  return reply?.type === 'integer' ? Number(reply.value) : NaN;
}

/** The slots of each master in one text, the same whatever the order of the lines. */
function signatureOf(nodes: Bytes): Bytes {
  const owners: Bytes[] = [];
  for (const line of nodes.split('\n')) {
    const [name = '', , , , , , , , ...slots] = line.split(' ');
    const owned = slots.filter((slot) => slot !== '' && !slot.startsWith('[')).sort();
    if (owned.length > 0) owners.push(`${name}:${owned.join(',')}`);
  }
  return owners.sort().join('|');
}
