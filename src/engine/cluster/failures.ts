/*
 * Who has failed
 * --------------
 * That I cannot reach a node says little: it may be my own cable. So there are two words. PFAIL is an opinion,
 * told in the gossip. When enough masters tell the same within a time, their opinion becomes FAIL, which is
 * broadcast and which all obey. Opinions of replicas and of masters without slots do not count, for they could be
 * made at will.
 */
import type { Bytes } from '../bytes.ts';
import type { Cluster } from './cluster.ts';
import { FAIL, PFAIL, type ClusterNode } from './node.ts';

/** Reports older than so many node timeouts are forgotten; a failed master is let back after as many. */
const TIMEOUTS = 2;

export class Failures {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** A master says that it cannot reach a node; true when it did not say so before. */
  report(node: ClusterNode, by: ClusterNode): boolean {
    const isNew = !node.failureReports.has(by);
    node.failureReports.set(by, this.cluster.server.nowMs);
    return isNew;
  }

  /** A master does not say so any more; true when it did. */
  takeBack(node: ClusterNode, by: ClusterNode): boolean {
    return node.failureReports.size > 0 && node.failureReports.delete(by);
  }

  /** How many masters report the node, not too long ago. */
  count(node: ClusterNode): number {
    if (node.failureReports.size === 0) return 0;
    const oldest = this.cluster.server.nowMs - this.cluster.nodeTimeoutMs * TIMEOUTS;
    for (const [by, atMs] of node.failureReports) if (atMs < oldest) node.failureReports.delete(by);
    return node.failureReports.size;
  }

  /** PFAIL becomes FAIL when a majority of the masters with slots is of that opinion. */
  markIfNeeded(node: ClusterNode): void {
    const { cluster } = this;
    if (!node.has(PFAIL) || node.has(FAIL)) return;
    const opinions = this.count(node) + (cluster.myself.isMaster ? 1 : 0);
    if (opinions < cluster.quorum) return;
    cluster.server.log('notice', `Marking node ${node.name} (${node.humanName}) as failing (quorum reached).`);
    this.fail(node);
    cluster.bus.broadcast({ type: 'fail', name: node.name });
  }

  /** FAIL, as decided here or told by another. */
  fail(node: ClusterNode): void {
    node.flags = (node.flags & ~PFAIL) | FAIL;
    node.failedMs = this.cluster.server.nowMs;
    this.cluster.later('save', 'updateState');
    this.cluster.announce(() => ({ type: 'nodeFailed', atUs: this.cluster.server.nowUs, node: node.name }));
  }

  /** The node is reachable again. A master whose slots somebody could still take over must wait. */
  clearIfNeeded(node: ClusterNode): void {
    const { server } = this.cluster;
    let why: Bytes | undefined;
    if (node.isReplica || node.slots.count === 0) why = `:${node.isReplica ? 'replica' : 'master without slots'} is reachable again.`;
    else if (server.nowMs - node.failedMs > this.cluster.nodeTimeoutMs * TIMEOUTS) why = ': is reachable again and nobody is serving its slots after some time.';
    if (why === undefined) return;
    server.log('notice', `Clear FAIL state for node ${node.name} (${node.humanName})${why}`);
    node.set(FAIL, false);
    this.cluster.later('save', 'updateState');
    this.cluster.announce(() => ({ type: 'nodeRecovered', atUs: server.nowUs, node: node.name }));
  }
}
