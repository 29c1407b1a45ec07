/*
 * The world as one Sentinel believes it to be
 * -------------------------------------------
 * Whom it watches, since when each has owed it an answer, whom it calls down, what the others have told it, whom they
 * vote for, and how far its failover is. Another Sentinel may believe otherwise.
 */
import type { Bytes } from '../bytes.ts';
import { silentFor, votesNeeded } from '../sentinel/agreement.ts';
import { byMerit, whyUnfit, type Unfit } from '../sentinel/failover.ts';
import type { FailoverState, Instance, Master, Peer, Replica } from '../sentinel/instance.ts';
import type { Sentinel } from '../sentinel/sentinel.ts';
import type { Server } from '../server.ts';

const MASTERS_LIMIT = 16;
const INSTANCES_LIMIT = 32;

export interface SentinelView {
  readonly myId: Bytes;
  readonly nowMs: number;
  readonly currentEpoch: number;
  /** It decides nothing, because its clock has jumped or it was stopped. */
  readonly inTilt: boolean;
  /** At most 16. */
  readonly masters: readonly SentinelMasterView[];
}

export interface SentinelMasterView extends WatchedView {
  readonly name: Bytes;
  readonly quorum: number;
  /** Votes that make a leader: a majority of all known Sentinels, and no fewer than the quorum. */
  readonly votesNeeded: number;
  readonly parallelSyncs: number;
  readonly failoverTimeoutMs: number;
  readonly state: FailoverState;
  readonly stateSinceMs: number;
  readonly isFailingOver: boolean;
  readonly failoverEpoch: number;
  /** Before this moment it begins no failover; 0 when it may. */
  readonly waitsUntilMs: number;
  /** Whom it has given its own vote, and for which epoch. '' and 0: nobody yet. */
  readonly votedFor: Bytes;
  readonly votedEpoch: number;
  /** Where clients are sent. */
  readonly current: { readonly ip: Bytes; readonly port: number };
  /** In the order in which they would be promoted, those that may not be last; at most 32. */
  readonly replicas: readonly SentinelReplicaView[];
  /** The other Sentinels, at most 32. */
  readonly sentinels: readonly SentinelPeerView[];
}

export interface WatchedView {
  readonly ip: Bytes;
  readonly port: number;
  readonly runId: Bytes;
  /** How long it has owed an answer, and how long it may. */
  readonly silentMs: number;
  readonly downAfterMs: number;
  readonly isDown: boolean;
  readonly downSinceMs: number;
  readonly isDownForAll: boolean;
  readonly isConnected: boolean;
}

export interface SentinelReplicaView extends WatchedView {
  readonly priority: number;
  readonly offset: number;
  /** The rule that keeps it from being promoted; null when it may be. */
  readonly unfit: Unfit | null;
  readonly isPromoted: boolean;
  /** How far it is in following the promoted one. */
  readonly reconf: 'sent' | 'inprog' | 'done' | null;
}

export interface SentinelPeerView extends WatchedView {
  /** What it answered last when it was asked about the master. */
  readonly saysMasterDown: boolean;
  readonly votedFor: Bytes;
  readonly votedEpoch: number;
}

/** What a Sentinel believes; undefined for a server that is none. */
export function sentinelView({ sentinel }: Server): SentinelView | undefined {
  if (sentinel === undefined) return undefined;
  const { id, nowMs, currentEpoch, inTilt, masters } = sentinel;
  return { myId: id, nowMs, currentEpoch: Number(currentEpoch), inTilt, masters: [...masters.values()].slice(0, MASTERS_LIMIT).map((master) => masterView(sentinel, master)) };
}

function masterView(sentinel: Sentinel, master: Master): SentinelMasterView {
  const { nowMs } = sentinel;
  const waitsUntilMs = master.failoverStartedMs + master.failoverTimeoutMs * 2;
  const replicas = [...master.replicas.values()].map((replica) => ({ replica, unfit: whyUnfit(sentinel, master, replica) ?? null }));
  replicas.sort((a, b) => Number(a.unfit !== null) - Number(b.unfit !== null) || byMerit(a.replica, b.replica));
  return {
    ...watched(master, nowMs), name: master.name, quorum: master.quorum, votesNeeded: votesNeeded(master), parallelSyncs: master.parallelSyncs,
    failoverTimeoutMs: master.failoverTimeoutMs, state: master.failoverState, stateSinceMs: master.failoverChangedMs, isFailingOver: master.isFailingOver, failoverEpoch: Number(master.failoverEpoch),
    waitsUntilMs: !master.isFailingOver && master.failoverStartedMs > 0 && waitsUntilMs > nowMs ? waitsUntilMs : 0,
    votedFor: master.leader ?? '', votedEpoch: Number(master.leaderEpoch),
    current: { ip: master.currentAddress.ip, port: master.currentAddress.port },
    replicas: replicas.slice(0, INSTANCES_LIMIT).map(({ replica, unfit }) => replicaView(replica, unfit, nowMs)),
    sentinels: [...master.sentinels.values()].slice(0, INSTANCES_LIMIT).map((peer) => peerView(peer, nowMs)),
  };
}

function replicaView(replica: Replica, unfit: Unfit | null, nowMs: number): SentinelReplicaView {
  return { ...watched(replica, nowMs), priority: replica.priority, offset: replica.offset, unfit, isPromoted: replica.isPromoted, reconf: replica.reconf ?? null };
}

function peerView(peer: Peer, nowMs: number): SentinelPeerView {
  return { ...watched(peer, nowMs), saysMasterDown: peer.saysMasterDown, votedFor: peer.leader ?? '', votedEpoch: Number(peer.leaderEpoch) };
}

function watched(instance: Instance, nowMs: number): WatchedView {
  return {
    ip: instance.address.ip, port: instance.address.port, runId: instance.runId ?? '',
    silentMs: silentFor(instance, nowMs), downAfterMs: instance.downAfterMs,
    isDown: instance.isSubjectivelyDown, downSinceMs: instance.isSubjectivelyDown ? instance.subjectivelyDownSinceMs : 0, isDownForAll: instance.isObjectivelyDown, isConnected: !instance.link.isDisconnected,
  };
}
