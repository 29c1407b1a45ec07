/*
 * Looking at a cluster: what one node knows of all
 * ------------------------------------------------
 * SLOTS and SHARDS are for clients, who want to know where to ask; NODES, LINKS and INFO for people.
 */
import type { Bytes } from '../../bytes.ts';
import { MESSAGE_TYPES } from '../../cluster/bus-message.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { nodeLine, nodeLines } from '../../cluster/node-lines.ts';
import { FAIL, PFAIL, type ClusterNode } from '../../cluster/node.ts';
import { preferredEndpoint } from '../../cluster/redirection.ts';
import { CLUSTER_SLOTS, keyHashSlot } from '../../cluster/slots.ts';
import { CommandError, mapReply, verbatim, type Reply } from '../../reply.ts';
import { member, nodeArgument, numberArgument } from './member.ts';

export const nodes = member((cluster) => verbatim(nodeLines(cluster)));

export const replicas = member((cluster, argv) => {
  const node = nodeArgument(cluster, argv[2]);
  if (node.isReplica) throw new CommandError('ERR The specified node is not a master');
  return node.replicas.map((each) => nodeLine(cluster, each));
});

export const myId = member((cluster) => cluster.myself.name);
export const myShardId = member((cluster) => cluster.myself.shardId);
export const keySlot = member((_cluster, argv) => keyHashSlot(argv[2] as Bytes));
export const countFailureReports = member((cluster, argv) => cluster.failures.count(nodeArgument(cluster, argv[2])));

export const countKeysInSlot = member((cluster, argv) => {
  const slot = numberArgument(argv[2]);
  if (slot < 0 || slot >= CLUSTER_SLOTS) throw new CommandError('ERR Invalid slot');
  return cluster.keys.count(slot);
});

export const getKeysInSlot = member((cluster, argv) => {
  const [slot, count] = [numberArgument(argv[2]), numberArgument(argv[3])];
  if (slot < 0 || slot >= CLUSTER_SLOTS || count < 0) throw new CommandError('ERR Invalid slot or number of keys');
  return cluster.keys.first(slot, count);
});

/** How far a node has come in the stream, by its own last word. */
function offsetOf(cluster: Cluster, node: ClusterNode): number {
  return node === cluster.myself ? cluster.server.replication.toldOffset : node.replOffset;
}

// --- INFO -------------------------------------------------------------------------------------------

export const info = member((cluster) => {
  const owners = cluster.slots.filter((owner) => owner !== undefined);
  const failed = owners.filter((owner) => owner.has(FAIL)).length;
  const suspected = owners.filter((owner) => !owner.has(FAIL) && owner.has(PFAIL)).length;
  const lines: [Bytes, Bytes | number][] = [
    ['cluster_state', cluster.state], ['cluster_slots_assigned', owners.length], ['cluster_slots_ok', owners.length - failed - suspected], ['cluster_slots_pfail', suspected],
    ['cluster_slots_fail', failed], ['cluster_known_nodes', cluster.nodes.size], ['cluster_size', cluster.size], ['cluster_current_epoch', String(cluster.currentEpoch)],
    ['cluster_my_epoch', String(cluster.myself.epoch)],
  ];
  for (const [counts, way] of [[cluster.bus.sent, 'sent'], [cluster.bus.received, 'received']] as const) {
    for (const [at, count] of counts.entries()) if (count > 0) lines.push([`cluster_stats_messages_${MESSAGE_TYPES[at]}_${way}`, count]);
    lines.push([`cluster_stats_messages_${way}`, counts.reduce((sum, each) => sum + each, 0)]);
  }
  lines.push(['total_cluster_links_buffer_limit_exceeded', cluster.bus.limitExceeded]);
  return verbatim(lines.map(([name, value]) => `${name}:${value}\r\n`).join(''));
});

// --- SLOTS ------------------------------------------------------------------------------------------

export const slots = member((cluster) => {
  const ranges: Reply[] = [];
  for (let first = 0; first < CLUSTER_SLOTS; ) {
    const owner = cluster.slots[first];
    let last = first;
    while (last + 1 < CLUSTER_SLOTS && cluster.slots[last + 1] === owner) last++;
    if (owner !== undefined) {
      const available = owner.replicas.filter((each) => !each.has(FAIL) && offsetOf(cluster, each) !== 0);
      ranges.push([first, last, ...[owner, ...available].map((node) => placeOf(cluster, node))]);
    }
    first = last + 1;
  }
  return ranges;
});

/** Endpoint, port and id of a node; behind them its other names. */
function placeOf(cluster: Cluster, node: ClusterNode): Reply {
  const preferred = cluster.server.config.text('cluster-preferred-endpoint-type');
  const others: [Reply, Reply][] = [];
  if (preferred !== 'ip') others.push(['ip', node.ip]);
  if (preferred !== 'hostname' && node.hostname !== '') others.push(['hostname', node.hostname]);
  return [preferredEndpoint(cluster, node) ?? null, node.port, node.name, mapReply(others)];
}

// --- SHARDS -----------------------------------------------------------------------------------------

export const shards = member((cluster) => {
  const byId = new Map<Bytes, ClusterNode[]>();
  for (const node of cluster.nodes.values()) {
    const shard = byId.get(node.shardId);
    if (shard === undefined) byId.set(node.shardId, [node]);
    else shard.push(node);
  }
  return [...byId.values()].map((members) => {
    const owner = members.find((node) => node.slots.count > 0);
    members.sort((one, other) => one.joinedShard - other.joinedShard);
    return mapReply([
      ['slots', (owner?.slots.ranges ?? []).flatMap(({ first, last }) => [first, last])],
      ['nodes', members.map((node) => describe(cluster, node))],
    ]);
  });
});

function describe(cluster: Cluster, node: ClusterNode): Reply {
  const offset = offsetOf(cluster, node);
  return mapReply([
    ['id', node.name], ['port', node.port], ['ip', node.ip], ['endpoint', preferredEndpoint(cluster, node) ?? null], ...(node.hostname === '' ? [] : [['hostname', node.hostname] as const]),
    ['role', node.isReplica ? 'replica' : 'master'], ['replication-offset', offset],
    ['health', node.has(FAIL) ? 'fail' : node.isReplica && offset === 0 ? 'loading' : 'online'],
  ]);
}

// --- LINKS ------------------------------------------------------------------------------------------

export const links = member((cluster) =>
  [...cluster.bus.links()].map((link) =>
    mapReply([
      ['direction', link.isInbound ? 'from' : 'to'], ['node', link.node?.name ?? ''], ['create-time', link.createdMs], ['events', link.unsentBytes > 0 ? 'rw' : 'r'],
      ['send-buffer-allocated', link.queueBytes], ['send-buffer-used', link.queueBytes],
    ])));
