/*
 * How a master votes
 * ------------------
 * Once in an epoch, and for one replica of a master within two node timeouts. The vote is on the disk before it
 * is sent: a master that crashed and came back must not give another in the same epoch.
 */
import type { Bytes } from '../bytes.ts';
import type { BusMessage } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import { FAIL, type ClusterNode } from './node.ts';
import { isForced } from './packets.ts';
import { slotsOf } from './slots.ts';

export class Voter {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** A replica asks for a vote. */
  consider(node: ClusterNode, request: BusMessage): void {
    const { cluster } = this;
    const { server } = cluster;
    if (!cluster.myself.votes) return;
    const refusal = this.refusalOf(node, request);
    if (refusal !== undefined) {
      server.log('warning', `Failover auth denied to ${node.name} (${node.humanName}): ${refusal}`);
      return;
    }
    if (node.slaveof !== undefined) node.slaveof.votedMs = server.nowMs;
    cluster.lastVoteEpoch = cluster.currentEpoch;
    cluster.later('save');
    if (node.link !== undefined) cluster.bus.send(node.link, { type: 'auth-ack' });
    server.log('notice', `Failover auth granted to ${node.name} (${node.humanName}) for epoch ${cluster.currentEpoch}`);
    cluster.announce(() => ({ type: 'voteGranted', atUs: server.nowUs, epoch: Number(cluster.currentEpoch), node: node.name }));
  }

  private refusalOf(node: ClusterNode, request: BusMessage): Bytes | undefined {
    const { cluster } = this;
    const { currentEpoch, slots, server } = cluster;
    if (request.currentEpoch < currentEpoch) return `reqEpoch (${request.currentEpoch}) < curEpoch(${currentEpoch})`;
    if (cluster.lastVoteEpoch === currentEpoch) return `already voted for epoch ${currentEpoch}`;
    const master = node.slaveof;
    if (node.isMaster) return 'it is a master node';
    if (master === undefined) return "I don't know its master";
    if (!master.has(FAIL) && !isForced(request)) return 'its master is up';
    const sinceMs = server.nowMs - master.votedMs;
    if (sinceMs < cluster.nodeTimeoutMs * 2) return `can't vote about this master before ${cluster.nodeTimeoutMs * 2 - sinceMs} milliseconds`;
    for (const slot of slotsOf(request.slots)) {
      const owner = slots[slot];
      if (owner !== undefined && owner.configEpoch > request.configEpoch) return `slot ${slot} epoch (${owner.configEpoch}) > reqEpoch (${request.configEpoch})`;
    }
    return undefined;
  }
}
