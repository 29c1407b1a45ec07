/*
 * Who is down, and who shall act
 * ------------------------------
 * An instance that does not answer for long enough is down for this Sentinel alone (subjectively). For a master the
 * others are then asked; when a quorum says the same it is down for all (objectively). That alone allows nothing:
 * to act, a Sentinel needs the votes of a majority of all that are known, down ones included, for one epoch, and each
 * gives one vote per epoch, to the first who asks. What it has given is on disk before the answer leaves.
 */
import type { Bytes } from '../bytes.ts';
import { asEpoch, type Epoch } from '../epoch.ts';
import { masterOf, type Instance, type Master, type Peer } from './instance.ts';
import { closeDeadConnections } from './monitoring.ts';
import type { Sentinel } from './sentinel.ts';
import { flushConfig } from './settings.ts';

/** Answers older than so many ask periods are forgotten. */
const ANSWER_PERIODS = 5;
/** A voter for somebody else waits up to so long more before its own try. */
const MAX_DESYNC_MS = 1000;

/** How long an instance has owed an answer: what is held against its `down-after-milliseconds`. */
export function silentFor({ link }: Instance, nowMs: number): number {
  return link.activePingMs !== 0 ? nowMs - link.activePingMs : link.isDisconnected ? nowMs - link.lastAvailableMs : 0;
}

export function checkSubjectivelyDown(sentinel: Sentinel, instance: Instance): void {
  const { nowMs, times } = sentinel;
  const silentMs = silentFor(instance, nowMs);
  closeDeadConnections(sentinel, instance);
  // A master that calls itself a replica for longer than any reconfiguration takes is of no use as a master.
  const isNoMaster = instance.kind === 'master' && instance.roleReported === 'slave' && nowMs - instance.roleReportedMs > instance.downAfterMs + times.infoPeriod * 2;
  const hasLostItsData = instance.hasRebooted && nowMs - instance.rebootedMs > masterOf(instance).rebootDownAfterMs;
  if (silentMs > instance.downAfterMs || isNoMaster || hasLostItsData) {
    if (instance.isSubjectivelyDown) return;
    sentinel.event('warning', '+sdown', instance);
    instance.subjectivelyDownSinceMs = nowMs;
    instance.isSubjectivelyDown = true;
  } else if (instance.isSubjectivelyDown) {
    sentinel.event('warning', '-sdown', instance);
    instance.isSubjectivelyDown = false;
    instance.scriptKillSent = false;
  }
}

export function checkObjectivelyDown(sentinel: Sentinel, master: Master): void {
  let agreeing = 0;
  if (master.isSubjectivelyDown) agreeing = 1 + [...master.sentinels.values()].filter((each) => each.saysMasterDown).length;
  if (master.isSubjectivelyDown && agreeing >= master.quorum) {
    if (master.isObjectivelyDown) return;
    sentinel.event('warning', '+odown', master, ` #quorum ${agreeing}/${master.quorum}`);
    master.isObjectivelyDown = true;
    master.objectivelyDownSinceMs = sentinel.nowMs;
  } else if (master.isObjectivelyDown) {
    sentinel.event('warning', '-odown', master);
    master.isObjectivelyDown = false;
  }
}

/** Asks the others whether the master is down for them, and for their vote once a failover has begun; `now`: without waiting for the next time. */
export function askOthers(sentinel: Sentinel, master: Master, now: boolean): void {
  const { nowMs, times, currentEpoch } = sentinel;
  for (const peer of master.sentinels.values()) {
    const elapsedMs = nowMs - peer.lastAnswerMs;
    if (elapsedMs > times.askPeriod * ANSWER_PERIODS) {
      peer.saysMasterDown = false;
      peer.leader = undefined;
    }
    if (!master.isSubjectivelyDown || peer.link.isDisconnected || (!now && elapsedMs < times.askPeriod)) continue;
    const candidate = master.failoverState === 'none' ? '*' : sentinel.id;
    const { address } = master;
    peer.link.ask(['SENTINEL', 'is-master-down-by-addr', sentinel.shownHost(address), String(address.port), String(currentEpoch), candidate], (reply) => {
      if (reply.type !== 'array') return;
      const [down, leader, epoch] = reply.items;
      if (down?.type === 'integer' && leader?.type === 'bulk' && epoch?.type === 'integer') answered(sentinel, peer, Number(down.value) === 1, leader.text, asEpoch(epoch.value));
    });
  }
}

function answered({ server }: Sentinel, peer: Peer, isDown: boolean, leader: Bytes, epoch: Epoch): void {
  peer.lastAnswerMs = server.nowMs;
  peer.saysMasterDown = isDown;
  if (leader === '*') return;
  if (peer.leaderEpoch !== epoch) server.log('notice', `${peer.name} voted for ${leader} ${epoch}`);
  peer.leader = leader;
  peer.leaderEpoch = epoch;
}

/** Gives this Sentinel's vote, unless it is given already; who has it, and for which epoch, is to be read from the master. */
export function vote(sentinel: Sentinel, master: Master, epoch: Epoch, candidate: Bytes): void {
  if (epoch > sentinel.currentEpoch) {
    sentinel.currentEpoch = epoch;
    flushConfig(sentinel);
    sentinel.announce('warning', '+new-epoch', String(epoch), master);
  }
  if (master.leaderEpoch >= epoch || sentinel.currentEpoch > epoch) return;
  master.leader = candidate;
  master.leaderEpoch = sentinel.currentEpoch;
  flushConfig(sentinel);
  sentinel.announce('warning', '+vote-for-leader', `${candidate} ${master.leaderEpoch}`, master);
  // Who has voted for another gives that one time, and not the same time as everybody else.
  if (candidate !== sentinel.id) master.failoverStartedMs = sentinel.nowMs + sentinel.random.below(MAX_DESYNC_MS);
}

/** Who has won the epoch's election, as far as is known here. This Sentinel's own vote goes to who has most, or to itself. */
export function leaderOf(sentinel: Sentinel, master: Master, epoch: Epoch): Bytes | undefined {
  const votes = new Map<Bytes, number>();
  const count = (candidate: Bytes): void => void votes.set(candidate, (votes.get(candidate) ?? 0) + 1);
  for (const peer of master.sentinels.values()) if (peer.leader !== undefined && peer.leaderEpoch === sentinel.currentEpoch) count(peer.leader);
  vote(sentinel, master, epoch, mostVoted(votes)?.[0] ?? sentinel.id);
  if (master.leader !== undefined && master.leaderEpoch === epoch) count(master.leader);
  const [winner, most] = mostVoted(votes) ?? [undefined, 0];
  return most >= votesNeeded(master) ? winner : undefined;
}

/** A majority of all Sentinels that are known, and no fewer than the quorum. */
export function votesNeeded(master: Master): number {
  return Math.max(Math.floor((master.sentinels.size + 1) / 2) + 1, master.quorum);
}

function mostVoted(votes: ReadonlyMap<Bytes, number>): readonly [Bytes, number] | undefined {
  let best: readonly [Bytes, number] | undefined;
  for (const each of votes) if (best === undefined || each[1] > best[1]) best = each;
  return best;
}
