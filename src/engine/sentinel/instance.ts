/*
 * What a Sentinel watches
 * -----------------------
 * A monitored master, its replicas, and the other Sentinels that watch the same master are instances: an address,
 * a link, and what is known of it, with the moment since when. All moments are milliseconds since the epoch.
 */
import { fold, type Bytes } from '../bytes.ts';
import type { Epoch } from '../epoch.ts';
import type { Address } from './addresses.ts';
import type { InstanceLink } from './link.ts';

export type Role = 'master' | 'slave';

/** What every instance has. */
abstract class InstanceBase {
  abstract readonly kind: 'master' | 'slave' | 'sentinel';
  name: Bytes;
  address: Address;
  link: InstanceLink;
  runId: Bytes | undefined = undefined;
  configEpoch: Epoch = 0n;

  /** This Sentinel alone believes it to be down. */
  isSubjectivelyDown = false;
  subjectivelyDownSinceMs = 0;
  isObjectivelyDown = false;
  objectivelyDownSinceMs = 0;
  downAfterMs: number;
  /** A script kept it busy while it was down, and has been asked to end. */
  scriptKillSent = false;

  /** When this Sentinel last told it of itself. */
  lastPublishedMs: number;
  /** When its INFO last came; 0: never. */
  infoRefreshedMs = 0;
  info: Bytes | undefined = undefined;
  roleReported: Role;
  roleReportedMs: number;
  /** It came back as another process, and has not answered PONG since. */
  hasRebooted = false;
  rebootedMs = 0;
  masterLinkDownMs = 0;

  constructor(name: Bytes, address: Address, link: InstanceLink, downAfterMs: number, role: Role, nowMs: number) {
    this.name = name;
    this.address = address;
    this.link = link;
    this.downAfterMs = downAfterMs;
    this.roleReported = role;
    this.roleReportedMs = nowMs;
    this.lastPublishedMs = nowMs;
  }
}

/** How far the master's failover is; `none` when there is none. */
export type FailoverState = 'none' | 'wait_start' | 'select_slave' | 'send_slaveof_noone' | 'wait_promotion' | 'reconf_slaves' | 'update_config';

export class Master extends InstanceBase {
  readonly kind = 'master';
  quorum: number;
  readonly replicas = new Map<Bytes, Replica>();
  readonly sentinels = new Map<Bytes, Peer>();
  failoverTimeoutMs: number;
  parallelSyncs = 1;
  /** 0: reboots are not looked for. */
  rebootDownAfterMs = 0;
  notificationScript: Bytes | undefined = undefined;
  clientReconfigScript: Bytes | undefined = undefined;
  authPass: Bytes | undefined = undefined;
  authUser: Bytes | undefined = undefined;
  /** Names that its servers gave to commands, by the usual name. */
  readonly renamed = new Map<Bytes, Bytes>();

  /** Whom this Sentinel has given its vote for this master, and in which epoch. */
  leader: Bytes | undefined = undefined;
  leaderEpoch: Epoch = 0n;
  failoverState: FailoverState = 'none';
  failoverEpoch: Epoch = 0n;
  failoverChangedMs = 0;
  /** When the last failover began here, or was voted for: the next must wait from then. */
  failoverStartedMs = 0;
  failoverDelayLoggedMs = 0;
  isFailingOver = false;
  /** Asked for by a person: nobody else has to agree. */
  isForced = false;
  promoted: Replica | undefined = undefined;

  constructor(name: Bytes, address: Address, quorum: number, link: InstanceLink, downAfterMs: number, failoverTimeoutMs: number, nowMs: number) {
    super(name, address, link, downAfterMs, 'master', nowMs);
    this.quorum = quorum;
    this.failoverTimeoutMs = failoverTimeoutMs;
  }

  /** The name of a command as this master's servers know it. */
  commandName(name: Bytes): Bytes {
    return this.renamed.get(fold(name)) ?? name;
  }

  /** Where clients shall go: the promoted replica as soon as it is a master. */
  get currentAddress(): Address {
    const isPromoted = this.isFailingOver && this.promoted !== undefined && (this.failoverState === 'reconf_slaves' || this.failoverState === 'update_config');
    return isPromoted && this.promoted !== undefined ? this.promoted.address : this.address;
  }
}

export class Replica extends InstanceBase {
  readonly kind = 'slave';
  readonly master: Master;
  priority = 100;
  isAnnounced = true;
  offset = 0;
  masterHost: Bytes | undefined = undefined;
  masterPort = 0;
  isMasterLinkUp = false;
  /** When it last reported another master than before. */
  configChangedMs: number;
  isPromoted = false;
  /** How far it is in following the promoted replica. */
  reconf: 'sent' | 'inprog' | 'done' | undefined = undefined;
  reconfSentMs = 0;

  constructor(master: Master, name: Bytes, address: Address, link: InstanceLink, nowMs: number) {
    super(name, address, link, master.downAfterMs, 'slave', nowMs);
    this.master = master;
    this.configChangedMs = nowMs;
  }
}

/** Another Sentinel, as a watcher of one master. */
export class Peer extends InstanceBase {
  readonly kind = 'sentinel';
  readonly master: Master;
  lastHelloMs: number;
  /** It has answered that the master is down for it too. */
  saysMasterDown = false;
  lastAnswerMs: number;
  /** Whom it has given its vote, as it told; undefined: it did not, lately. */
  leader: Bytes | undefined = undefined;
  leaderEpoch: Epoch = 0n;

  constructor(master: Master, runId: Bytes, address: Address, link: InstanceLink, nowMs: number) {
    super(runId, address, link, master.downAfterMs, 'master', nowMs);
    this.master = master;
    this.runId = runId;
    this.lastHelloMs = nowMs;
    this.lastAnswerMs = nowMs;
  }
}

export type Instance = Master | Replica | Peer;

/** The master that an instance belongs to. */
export function masterOf(instance: Instance): Master {
  return instance.kind === 'master' ? instance : instance.master;
}

/** Neither believed down now nor within the last `ms`. */
export function wasUpFor(instance: Instance, ms: number, nowMs: number): boolean {
  const since = Math.max(instance.subjectivelyDownSinceMs, instance.objectivelyDownSinceMs);
  return since === 0 || nowMs - since > ms;
}

/** It is what it shall be, nothing is wrong with it, and that was heard not long ago. */
export function looksSane(master: Master, infoPeriodMs: number, nowMs: number): boolean {
  return master.roleReported === 'master' && !master.isSubjectivelyDown && !master.isObjectivelyDown && nowMs - master.infoRefreshedMs < infoPeriodMs * 2;
}
