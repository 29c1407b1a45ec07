/*
 * A failover, step by step
 * ------------------------
 *     wait_start ─► select_slave ─► send_slaveof_noone ─► wait_promotion ─► reconf_slaves ─► update_config
 *     the votes     the best one    it shall be master    INFO says so      the others        the name goes over
 *
 * Each step is tried at every turn of the timer. Before the promotion it can be given up, and nothing has happened;
 * after it the new configuration has an epoch and is spread, whatever becomes of the Sentinel that made it.
 */
import { compare, fold } from '../bytes.ts';
import { nextEpoch } from '../epoch.ts';
import { utcParts } from '../log.ts';
import { leaderOf } from './agreement.ts';
import type { FailoverState, Master, Replica } from './instance.ts';
import { crashAsAsked, sendReplicaOf } from './monitoring.ts';
import type { Sentinel } from './sentinel.ts';

/** The random part of a failover's start, in milliseconds. */
const MAX_DESYNC_MS = 1000;
/** A replica that was silent for so many PING periods is not chosen. */
const SILENT_PINGS = 5;
/** Nor one whose link to the master was down for so many times the time after which that one is called down. */
const LINK_DOWN_FACTOR = 10;

/** The master is down for all: begins, unless one is under way or the last was not long ago. */
export function startFailoverIfNeeded(sentinel: Sentinel, master: Master): boolean {
  if (!master.isObjectivelyDown || master.isFailingOver) return false;
  const waitsUntilMs = master.failoverStartedMs + master.failoverTimeoutMs * 2;
  if (sentinel.nowMs < waitsUntilMs) {
    if (master.failoverDelayLoggedMs !== master.failoverStartedMs) {
      master.failoverDelayLoggedMs = master.failoverStartedMs;
      sentinel.server.log('notice', `Next failover delay: I will not start a failover before ${ctime(waitsUntilMs)}`);
    }
    return false;
  }
  startFailover(sentinel, master);
  return true;
}

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment as C's ctime() writes it: `Thu Nov 26 23:00:57 2026`. */
function ctime(ms: number): string {
  const t = utcParts(ms * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${DAYS[Math.floor(ms / 86400000) % 7]} ${MONTHS[t.month]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`;
}

export function startFailover(sentinel: Sentinel, master: Master): void {
  const { nowMs } = sentinel;
  master.failoverState = 'wait_start';
  master.isFailingOver = true;
  master.failoverEpoch = sentinel.currentEpoch = nextEpoch(sentinel.currentEpoch);
  sentinel.announce('warning', '+new-epoch', String(sentinel.currentEpoch), master);
  sentinel.event('warning', '+try-failover', master);
  master.failoverStartedMs = nowMs + sentinel.random.below(MAX_DESYNC_MS);
  master.failoverChangedMs = nowMs;
}

/** The next step, if it is time for it. */
export function runFailover(sentinel: Sentinel, master: Master): void {
  if (!master.isFailingOver) return;
  switch (master.failoverState) {
    case 'wait_start':
      waitStart(sentinel, master);
      break;
    case 'select_slave':
      select(sentinel, master);
      break;
    case 'send_slaveof_noone':
      promote(sentinel, master);
      break;
    case 'wait_promotion':
      // INFO tells when it is one; see monitoring.ts.
      if (sentinel.nowMs - master.failoverChangedMs > master.failoverTimeoutMs) giveUp(sentinel, master, '-failover-abort-slave-timeout');
      break;
    case 'reconf_slaves':
      reconfigureReplicas(sentinel, master);
      break;
    default:
  }
}

function enter(sentinel: Sentinel, master: Master, state: FailoverState): void {
  master.failoverState = state;
  master.failoverChangedMs = sentinel.nowMs;
}

function giveUp(sentinel: Sentinel, master: Master, event: string): void {
  sentinel.event('warning', event, master);
  master.isFailingOver = false;
  master.isForced = false;
  enter(sentinel, master, 'none');
  if (master.promoted !== undefined) master.promoted.isPromoted = false;
  master.promoted = undefined;
}

function waitStart(sentinel: Sentinel, master: Master): void {
  if (leaderOf(sentinel, master, master.failoverEpoch) !== sentinel.id && !master.isForced) {
    const limitMs = Math.min(sentinel.times.electionTimeout, master.failoverTimeoutMs);
    if (sentinel.nowMs - master.failoverStartedMs > limitMs) giveUp(sentinel, master, '-failover-abort-not-elected');
    return;
  }
  sentinel.event('warning', '+elected-leader', master);
  if (sentinel.crashesAfterElection) return crashAsAsked(sentinel);
  enter(sentinel, master, 'select_slave');
  sentinel.event('warning', '+failover-state-select-slave', master);
  return undefined;
}

function select(sentinel: Sentinel, master: Master): void {
  const replica = selectReplica(sentinel, master);
  if (replica === undefined) return giveUp(sentinel, master, '-failover-abort-no-good-slave');
  sentinel.event('warning', '+selected-slave', replica);
  replica.isPromoted = true;
  master.promoted = replica;
  enter(sentinel, master, 'send_slaveof_noone');
  sentinel.event('notice', '+failover-state-send-slaveof-noone', replica);
  return undefined;
}

/** The replica to promote: the lowest priority, then the one that has most, then the lowest run id; none, when none is good. */
export function selectReplica(sentinel: Sentinel, master: Master): Replica | undefined {
  return [...master.replicas.values()].filter((each) => whyUnfit(sentinel, master, each) === undefined).sort(byMerit)[0];
}

/** The rule by which a replica may not be promoted. */
export type Unfit = 'down' | 'no link' | 'silent' | 'priority 0' | 'old INFO' | 'apart too long';

/** Which rule keeps a replica from being promoted; undefined when it is a candidate. */
export function whyUnfit(sentinel: Sentinel, master: Master, replica: Replica): Unfit | undefined {
  const { nowMs, times } = sentinel;
  const isDown = master.isSubjectivelyDown;
  // The link of a good one cannot have been down much longer than the master.
  const longestLinkDownMs = (isDown ? nowMs - master.subjectivelyDownSinceMs : 0) + master.downAfterMs * LINK_DOWN_FACTOR;
  const oldestInfoMs = isDown ? times.pingPeriod * SILENT_PINGS : times.infoPeriod * 3;
  if (replica.isSubjectivelyDown || replica.isObjectivelyDown) return 'down';
  if (replica.link.isDisconnected) return 'no link';
  if (nowMs - replica.link.lastAvailableMs > times.pingPeriod * SILENT_PINGS) return 'silent';
  if (replica.priority === 0) return 'priority 0';
  if (nowMs - replica.infoRefreshedMs > oldestInfoMs) return 'old INFO';
  return replica.masterLinkDownMs > longestLinkDownMs ? 'apart too long' : undefined;
}

/** The better of two candidates comes first. */
export function byMerit(a: Replica, b: Replica): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.offset !== b.offset) return b.offset - a.offset;
  if (a.runId === undefined || b.runId === undefined) return Number(a.runId === undefined) - Number(b.runId === undefined);
  return compare(fold(a.runId), fold(b.runId));
}

function promote(sentinel: Sentinel, master: Master): void {
  const { promoted } = master;
  if (promoted === undefined) throw new Error('a replica was selected');
  if (promoted.link.isDisconnected) {
    if (sentinel.nowMs - master.failoverChangedMs > master.failoverTimeoutMs) giveUp(sentinel, master, '-failover-abort-slave-timeout');
    return;
  }
  if (!sendReplicaOf(sentinel, promoted, undefined)) return;
  sentinel.event('notice', '+failover-state-wait-promotion', promoted);
  enter(sentinel, master, 'wait_promotion');
}

/** The others follow the new master, a few at a time: each has no data to serve while it loads. */
function reconfigureReplicas(sentinel: Sentinel, master: Master): void {
  const { promoted } = master;
  const { nowMs, times } = sentinel;
  if (promoted === undefined) throw new Error('a replica was promoted');
  const replicas = [...master.replicas.values()];
  let underWay = replicas.filter(({ reconf }) => reconf === 'sent' || reconf === 'inprog').length;
  for (const each of replicas) {
    if (underWay >= master.parallelSyncs) break;
    if (each.isPromoted || each.reconf === 'done') continue;
    if (each.reconf === 'sent' && nowMs - each.reconfSentMs > times.slaveReconfTimeout) {
      // It counts as done, and is told once more for all that.
      sentinel.event('notice', '-slave-reconf-sent-timeout', each);
      each.reconf = 'done';
      if (!each.link.isDisconnected && sendReplicaOf(sentinel, each, promoted.address)) sentinel.event('notice', '+slave-reconf-sent', each);
      continue;
    }
    if (each.reconf !== undefined || each.link.isDisconnected || !sendReplicaOf(sentinel, each, promoted.address)) continue;
    each.reconf = 'sent';
    each.reconfSentMs = nowMs;
    sentinel.event('notice', '+slave-reconf-sent', each);
    underWay++;
  }
  detectEnd(sentinel, master, promoted);
}

function detectEnd(sentinel: Sentinel, master: Master, promoted: Replica): void {
  if (promoted.isSubjectivelyDown) return;
  const replicas = [...master.replicas.values()];
  const isLate = sentinel.nowMs - master.failoverChangedMs > master.failoverTimeoutMs;
  if (!isLate && replicas.some((each) => !each.isPromoted && each.reconf !== 'done' && !each.isSubjectivelyDown)) return;
  if (isLate) sentinel.event('warning', '+failover-end-for-timeout', master);
  sentinel.event('warning', '+failover-end', master);
  enter(sentinel, master, 'update_config');
  if (!isLate) return;
  // What is not done by now is told once more, and not waited for.
  for (const each of replicas) {
    if (each.isPromoted || each.reconf === 'done' || each.reconf === 'sent' || each.link.isDisconnected) continue;
    if (!sendReplicaOf(sentinel, each, promoted.address)) continue;
    sentinel.event('notice', '+slave-reconf-sent-be', each);
    each.reconf = 'sent';
  }
}
