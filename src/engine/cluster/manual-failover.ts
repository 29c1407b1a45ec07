/*
 * CLUSTER FAILOVER: a change of places without a failure
 * ------------------------------------------------------
 *     replica ── MFSTART ─► master         it holds its writers back,
 *     replica ◄── PING, paused, offset ──  says how far the stream has come,
 *     replica reads the stream up to there, and asks for votes at once.
 *
 * Nothing is lost, because nothing is written between the two offsets being equal and the change. It must all be
 * done within five seconds; the writers wait for up to ten, so that none writes to the old master after its time.
 */
import type { Cluster } from './cluster.ts';
import type { ClusterLink } from './link.ts';
import type { ClusterNode } from './node.ts';

const TIMEOUT_MS = 5000;
/** The pause is so many times longer. */
const PAUSE_FACTOR = 2;

export class ManualFailover {
  private endsMs = 0;
  /** Everything that the master wrote is here. */
  private hasCaughtUp = false;
  /** On the master: the replica that asked. */
  private replica: ClusterNode | undefined;
  private masterOffset = -1;
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  get isRunning(): boolean {
    return this.endsMs !== 0;
  }

  /** The replica may ask for votes though its master is up. */
  get canStart(): boolean {
    return this.isRunning && this.hasCaughtUp;
  }

  /** On the replica: begun by CLUSTER FAILOVER; `force`: without asking the master. */
  start(force: boolean): void {
    const { cluster } = this;
    const master = cluster.myself.slaveof;
    this.reset();
    this.endsMs = cluster.server.nowMs + TIMEOUT_MS;
    if (force) {
      cluster.server.log('notice', 'Forced failover user request accepted.');
      this.hasCaughtUp = true;
      cluster.later('failover');
    } else {
      cluster.server.log('notice', 'Manual failover user request accepted.');
      if (master?.link !== undefined) cluster.bus.send(master.link, { type: 'mfstart' });
    }
  }

  /** On the master: a replica of mine wants my place. */
  askedByReplica(link: ClusterLink, sender: ClusterNode): void {
    const { cluster } = this;
    const { server } = cluster;
    if (sender.slaveof !== cluster.myself) return;
    this.reset();
    this.endsMs = server.nowMs + TIMEOUT_MS;
    this.replica = sender;
    server.pauseClients(server.nowMs + TIMEOUT_MS * PAUSE_FACTOR, 'write');
    server.log('notice', `Manual failover requested by replica ${sender.name} (${sender.humanName}).`);
    cluster.gossip.sendPing(link, 'ping');
  }

  /** On the master: the replica that waits for the offset. */
  waits(node: ClusterNode): boolean {
    return this.isRunning && this.replica === node;
  }

  /** On the replica: the master stands still at this offset. */
  hearOffset(offset: number): void {
    if (!this.isRunning || this.masterOffset !== -1) return;
    this.masterOffset = offset;
    this.cluster.later('manual');
    this.cluster.server.log('notice', `Received replication offset for paused master manual failover: ${offset}`);
  }

  /** On the replica: is everything here? Asked until it is. */
  handle(): void {
    if (!this.isRunning || this.hasCaughtUp || this.masterOffset === -1) return;
    const { cluster } = this;
    if (this.masterOffset !== cluster.server.replication.offset) {
      cluster.later('manual');
      return;
    }
    this.hasCaughtUp = true;
    cluster.server.log('notice', 'All master replication stream processed, manual failover can start.');
    cluster.later('failover');
  }

  checkTimeout(): void {
    if (!this.isRunning || this.endsMs >= this.cluster.server.nowMs) return;
    this.cluster.server.log('warning', 'Manual failover timed out.');
    this.reset();
  }

  reset(): void {
    if (this.replica !== undefined) this.cluster.server.unpauseClients();
    this.endsMs = 0;
    this.hasCaughtUp = false;
    this.replica = undefined;
    this.masterOffset = -1;
  }
}
