/*
 * A replica takes its master's place
 * ----------------------------------
 *     the master is FAIL ─► wait ─► ask all masters ─► a majority votes ─► its slots are mine
 *                           500–999 ms, and a second more for each sibling that has more of the stream
 *
 * The wait lets the news of the failure reach the voters, and lets the replica with the most data ask first. An
 * election that is not won in time is begun anew later, with a new epoch: each master votes once in an epoch.
 */
import type { Bytes } from '../bytes.ts';
import { nextEpoch, type Epoch } from '../epoch.ts';
import { FORCEACK } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import { FAIL, NOFAILOVER } from './node.ts';

const FIXED_DELAY_MS = 500;
const RANDOM_DELAY_MS = 500;
const DELAY_PER_RANK_MS = 1000;
/** Reasons are told anew after this, and none for a while after the failure: an election takes its time. */
const RELOG_MS = 1000;
const NO_LOG_MS = 5000;

export class Election {
  /** When votes may be asked for, and whether that was done. */
  private startsMs = 0;
  private hasAsked = false;
  private epoch: Epoch = 0n;
  private votes = 0;
  private rank = 0;
  private reasonTold: Bytes = '';
  private reasonToldMs = 0;
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** How many siblings have more of the stream: they should ask first. */
  private rankNow(): number {
    const { myself, server } = this.cluster;
    const offset = server.replication.offset;
    return (myself.slaveof?.replicas ?? []).filter((each) => each !== myself && !each.has(NOFAILOVER) && each.replOffset > offset).length;
  }

  /** Goes on with what is due: begins, asks, wins or gives up. */
  handle(): void {
    const { cluster } = this;
    const { myself, server, manual, random } = cluster;
    const master = myself.slaveof;
    const isManual = manual.canStart;
    const timeoutMs = Math.max(cluster.nodeTimeoutMs * 2, 2000);
    if (!myself.isReplica || master === undefined || (!master.has(FAIL) && !isManual) || (server.config.flag('cluster-replica-no-failover') && !isManual) || master.slots.count === 0) {
      this.reasonTold = '';
      return;
    }
    if (!isManual && this.isDataTooOld()) {
      this.tell("Disconnected from master for longer than allowed. Please check the 'cluster-replica-validity-factor' configuration option.");
      return;
    }
    const { nowMs } = server;
    const ageMs = nowMs - this.startsMs;
    if (ageMs > timeoutMs * 2) {
      this.rank = manual.isRunning ? 0 : this.rankNow();
      this.startsMs = manual.isRunning ? nowMs : nowMs + FIXED_DELAY_MS + random.below(RANDOM_DELAY_MS) + this.rank * DELAY_PER_RANK_MS;
      this.votes = 0;
      this.hasAsked = false;
      if (manual.isRunning) cluster.later('failover');
      server.log('notice', `Start of election delayed for ${this.startsMs - nowMs} milliseconds (rank #${this.rank}, offset ${server.replication.offset}).`);
      // The siblings learn how far I am, and reckon their rank with it.
      cluster.gossip.broadcastPong('local replicas');
      cluster.announce(() => ({ type: 'electionScheduled', atUs: server.nowUs, delayMs: this.startsMs - nowMs, rank: this.rank }));
      return;
    }
    if (!this.hasAsked && !manual.isRunning) this.raiseRank();
    if (nowMs < this.startsMs) this.tell('Waiting the delay before I can start a new failover.');
    else if (ageMs > timeoutMs) this.tell('Failover attempt expired.');
    else if (!this.hasAsked) this.ask();
    else if (this.votes >= cluster.quorum) this.win();
    else this.tell('Waiting for votes, but majority still not reached.');
  }

  /** The link to the master was down for too long before it failed: the data would be too old. */
  private isDataTooOld(): boolean {
    const { cluster } = this;
    const { config, nowMs, replication: { link } } = cluster.server;
    const factor = config.number('cluster-replica-validity-factor');
    const seconds = Math.floor(nowMs / 1000) - Math.floor(Math.max(0, link?.downSinceMs ?? 0) / 1000);
    let ageMs = (link?.isUp === true ? link.lastIoSeconds : seconds) * 1000;
    if (ageMs > cluster.nodeTimeoutMs) ageMs -= cluster.nodeTimeoutMs;
    return factor > 0 && ageMs > config.number('repl-ping-replica-period') * 1000 + cluster.nodeTimeoutMs * factor;
  }

  /** A sibling has told meanwhile that it has more: it goes first. */
  private raiseRank(): void {
    const rank = this.rankNow();
    if (rank <= this.rank) return;
    const addedMs = (rank - this.rank) * DELAY_PER_RANK_MS;
    this.startsMs += addedMs;
    this.rank = rank;
    this.cluster.server.log('notice', `Replica rank updated to #${rank}, added ${addedMs} milliseconds of delay.`);
  }

  private ask(): void {
    const { cluster } = this;
    this.epoch = cluster.currentEpoch = nextEpoch(cluster.currentEpoch);
    this.hasAsked = true;
    cluster.server.log('notice', `Starting a failover election for epoch ${this.epoch}.`);
    cluster.bus.broadcast({ type: 'auth-req' }, cluster.manual.isRunning ? FORCEACK : 0);
    cluster.later('save', 'updateState');
    cluster.announce(() => ({ type: 'electionStarted', atUs: cluster.server.nowUs, epoch: Number(this.epoch) }));
  }

  hearVote(sender: { readonly votes: boolean }, currentEpoch: Epoch): void {
    if (!sender.votes || currentEpoch < this.epoch) return;
    this.votes++;
    this.cluster.later('failover');
  }

  private win(): void {
    const { cluster } = this;
    const { myself, server } = cluster;
    server.log('notice', "Failover election won: I'm the new master.");
    if (myself.configEpoch < this.epoch) {
      myself.configEpoch = this.epoch;
      server.log('notice', `configEpoch set to ${this.epoch} after successful failover`);
    }
    const replaced = myself.slaveof?.name ?? '';
    this.replaceMaster();
    cluster.announce(() => ({ type: 'electionWon', atUs: server.nowUs, epoch: Number(myself.configEpoch), replaced }));
  }

  /** The slots of the master are mine from now on, and everybody hears it. */
  replaceMaster(): void {
    const { cluster } = this;
    const { myself, server } = cluster;
    const master = myself.slaveof;
    if (master === undefined || myself.isMaster) return;
    cluster.setNodeAsMaster(myself);
    server.replication.becomeMaster();
    for (const [slot, owner] of cluster.slots.entries()) {
      if (owner !== master) continue;
      cluster.deleteSlot(slot);
      cluster.addSlot(slot, myself);
    }
    cluster.updateState();
    cluster.saveNow();
    cluster.gossip.broadcastPong('all');
    cluster.manual.reset();
  }

  /** What stands in the way, in the log, once in a while. */
  private tell(reason: Bytes): void {
    const { server, myself, nodeTimeoutMs } = this.cluster;
    if (reason === this.reasonTold && server.nowMs - this.reasonToldMs < RELOG_MS) return;
    this.reasonTold = reason;
    const master = myself.slaveof;
    if (master?.has(FAIL) === true && server.nowMs - master.failedMs < nodeTimeoutMs + NO_LOG_MS) return;
    this.reasonToldMs = server.nowMs;
    server.log('notice', `Currently unable to failover: ${reason}`);
    if (this.hasAsked) server.log('notice', `Needed quorum: ${this.cluster.quorum}. Number of votes received so far: ${this.votes}`);
  }
}
