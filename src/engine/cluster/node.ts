/*
 * A node of the cluster, as another sees it
 * -----------------------------------------
 * Everything here is one node's opinion: how to reach the other, whose replica it is, which slots it serves,
 * since when it does not answer. Opinions meet in the gossip; only an epoch decides between two of them.
 */
import type { Bytes } from '../bytes.ts';
import type { Epoch } from '../epoch.ts';
import type { ClusterLink } from './link.ts';
import { SlotSet } from './slots.ts';

/** Bits of a node's flags, as messages carry them. */
export const MASTER = 1;
export const SLAVE = 2;
/** I cannot reach it. */
export const PFAIL = 4;
/** A majority of masters cannot reach it. */
export const FAIL = 8;
export const MYSELF = 16;
/** We have not exchanged ids yet: its name is a random one. */
export const HANDSHAKE = 32;
export const NOADDR = 64;
/** The first message to it is to be a MEET. */
export const MEET = 128;
/** It has had replicas: one that lost them all may be given one by another master. */
export const MIGRATE_TO = 256;
/** A replica that does not want to take its master's place. */
export const NOFAILOVER = 512;
export const EXTENSIONS_SUPPORTED = 1024;

const FLAG_NAMES: readonly (readonly [number, Bytes])[] = [
  [MYSELF, 'myself'], [MASTER, 'master'], [SLAVE, 'slave'], [PFAIL, 'fail?'], [FAIL, 'fail'], [HANDSHAKE, 'handshake'], [NOADDR, 'noaddr'], [NOFAILOVER, 'nofailover'],
];

/** Each change of shard has a number, so that those of one shard can be told in the order in which they came. */
let joins = 0;

export class ClusterNode {
  /** 40 hex digits. */
  name: Bytes;
  private shard: Bytes;
  /** The number of its coming to its shard: a failover changes roles, and no places. */
  joinedShard = ++joins;
  flags: number;
  configEpoch: Epoch = 0n;
  readonly slots = new SlotSet();
  /** Its replicas, in the order in which they became so. */
  replicas: ClusterNode[] = [];
  slaveof: ClusterNode | undefined = undefined;
  // Moments, in milliseconds since the epoch; 0: none.
  readonly createdMs: number;
  /** When the ping was sent that it has not answered yet. */
  pingSentMs = 0;
  pongReceivedMs = 0;
  /** When anything came from it. */
  dataReceivedMs = 0;
  failedMs = 0;
  /** When this server voted for a replica of it. */
  votedMs = 0;
  orphanedMs = 0;
  replOffset = 0;
  ip: Bytes = '';
  port = 0;
  busPort = 0;
  tlsPort = 0;
  hostname: Bytes = '';
  humanName: Bytes = '';
  /** The connection that was made to it, and the one that it has made. */
  link: ClusterLink | undefined = undefined;
  inboundLink: ClusterLink | undefined = undefined;
  /** Which masters say that they cannot reach it, and when they last said so. */
  readonly failureReports = new Map<ClusterNode, number>();

  constructor(name: Bytes, shardId: Bytes, flags: number, nowMs: number) {
    this.name = name;
    this.shard = shardId;
    this.flags = flags;
    this.createdMs = nowMs;
  }

  get shardId(): Bytes {
    return this.shard;
  }

  set shardId(id: Bytes) {
    if (id === this.shard) return;
    this.shard = id;
    this.joinedShard = ++joins;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  set(flag: number, on: boolean): void {
    this.flags = on ? this.flags | flag : this.flags & ~flag;
  }

  get isMaster(): boolean {
    return this.has(MASTER);
  }

  get isReplica(): boolean {
    return this.has(SLAVE);
  }

  /** A master with slots: only these vote, on failures and on who takes a failed master's place. */
  get votes(): boolean {
    return this.isMaster && this.slots.count > 0;
  }

  /** The epoch of its slots: a replica's is its master's. */
  get epoch(): Epoch {
    return this.slaveof?.configEpoch ?? this.configEpoch;
  }

  /** Replicas that are reachable. */
  get workingReplicas(): number {
    let count = 0;
    for (const each of this.replicas) if (!each.has(PFAIL | FAIL)) count++;
    return count;
  }

  addReplica(replica: ClusterNode): void {
    if (!this.replicas.includes(replica)) this.replicas.push(replica);
    this.set(MIGRATE_TO, true);
  }

  removeReplica(replica: ClusterNode): void {
    this.replicas = this.replicas.filter((each) => each !== replica);
    if (this.replicas.length === 0) this.set(MIGRATE_TO, false);
  }

  /** Its flags in words. */
  get flagNames(): Bytes {
    const names = FLAG_NAMES.filter(([flag]) => this.has(flag)).map(([, name]) => name);
    return names.length === 0 ? 'noflags' : names.join(',');
  }
}
