/*
 * A cluster as one of its nodes sees it
 * -------------------------------------
 * Every node has its own opinion of who serves which slot and who can be reached; this is one of them. Another node
 * may think otherwise, and the picture is always that of the node that was asked.
 */
import type { Bytes } from '../bytes.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { FAIL, HANDSHAKE, PFAIL } from '../cluster/node.ts';
import { CLUSTER_SLOTS, keyHashSlot } from '../cluster/slots.ts';
import { slotKeysOf } from '../commands/server/facts.ts';
import type { Server } from '../server.ts';

const NODES_LIMIT = 128;
const RANGES_LIMIT = 2000;
const MOVES_LIMIT = 64;

export interface ClusterView {
  readonly myId: Bytes;
  readonly nowMs: number;
  readonly state: 'ok' | 'fail';
  readonly currentEpoch: number;
  /** Votes that are a majority of the masters with slots. */
  readonly quorum: number;
  readonly nodeTimeoutMs: number;
  /** At most 128, this node first. */
  readonly nodes: readonly ClusterNodeView[];
  /** Stretches of slots with one owner, rising, those without an owner left out; at most 2000. */
  readonly ranges: readonly { readonly first: number; readonly last: number; readonly owner: Bytes }[];
  readonly uncovered: number;
  /** Slots on their way: out to a node or in from one; at most 64. */
  readonly moves: readonly { readonly slot: number; readonly way: 'out' | 'in'; readonly node: Bytes }[];
  /** Keys that this node holds. */
  readonly keys: number;
}

/** A node in the opinion of the one that was asked. */
export interface ClusterNodeView {
  readonly id: Bytes;
  readonly ip: Bytes;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** Id of its master; '' for a master. */
  readonly master: Bytes;
  /** `fail?`: this node cannot reach it; `fail`: a majority cannot; `handshake`: it is not known yet. */
  readonly health: 'ok' | 'fail?' | 'fail' | 'handshake';
  readonly configEpoch: number;
  readonly slots: number;
  /** Since when it has not answered a ping, milliseconds since the epoch; 0 when it has. */
  readonly pingSentMs: number;
  /** When it answered last. */
  readonly pongReceivedMs: number;
  /** Its opinion counts: a master with slots. */
  readonly votes: boolean;
  /** Masters that report it, and when they last did. */
  readonly reports: readonly { readonly by: Bytes; readonly atMs: number }[];
}

/** What the server knows of its cluster; undefined when it is in none. */
export function clusterView(server: Server): ClusterView | undefined {
  const { cluster } = server;
  if (cluster === undefined) return undefined;
  const nodes = [cluster.myself, ...[...cluster.nodes.values()].filter((node) => node !== cluster.myself)].slice(0, NODES_LIMIT);
  const ranges: { first: number; last: number; owner: Bytes }[] = [];
  let uncovered = 0;
  for (let slot = 0; slot < CLUSTER_SLOTS; slot++) {
    const owner = cluster.slots[slot]?.name;
    const last = ranges.at(-1);
    if (owner === undefined) uncovered++;
    else if (last?.owner === owner && last.last === slot - 1) last.last = slot;
    else if (ranges.length < RANGES_LIMIT) ranges.push({ first: slot, last: slot, owner });
  }
  const moves = [
    ...[...cluster.migrating].map(([slot, node]) => ({ slot, way: 'out' as const, node: node.name })),
    ...[...cluster.importing].map(([slot, node]) => ({ slot, way: 'in' as const, node: node.name })),
  ];
  return {
    myId: cluster.myself.name, nowMs: server.nowMs, state: cluster.state, currentEpoch: Number(cluster.currentEpoch), quorum: cluster.quorum, nodeTimeoutMs: cluster.nodeTimeoutMs,
    nodes: nodes.map(nodeView), ranges, uncovered, moves: moves.slice(0, MOVES_LIMIT), keys: server.firstDatabase.keys.size,
  };
}

function nodeView(node: ClusterNode): ClusterNodeView {
  return {
    id: node.name, ip: node.ip, port: node.port,
    role: node.isReplica ? 'replica' : 'master', master: node.slaveof?.name ?? '',
    health: node.has(FAIL) ? 'fail' : node.has(PFAIL) ? 'fail?' : node.has(HANDSHAKE) ? 'handshake' : 'ok',
    configEpoch: Number(node.epoch), slots: node.slots.count, pingSentMs: node.pingSentMs, pongReceivedMs: node.pongReceivedMs, votes: node.votes,
    reports: [...node.failureReports].map(([by, atMs]) => ({ by: by.name, atMs })),
  };
}

/** The slots of a request's keys, each once, in the order of the keys; none where a wrong call's keys cannot be told. */
export function slotsOfRequest(server: Server, argv: readonly Bytes[]): number[] {
  const command = server.commands.lookup(argv[0] ?? '');
  if (command === undefined) return [];
  try {
    return [...new Set(slotKeysOf(command, argv).map(keyHashSlot))];
  } catch {
    return [];
  }
}
