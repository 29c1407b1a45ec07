/*
 * A cluster, as one of its nodes knows it
 * ---------------------------------------
 * No node is in charge. Each keeps a table of all nodes and of who serves which slot, tells the others of itself
 * all the time, and believes of each slot the claim with the highest epoch:
 *
 *     gossip.ts       what is told and heard            packets.ts         what a message changes
 *     failures.ts     who does not answer               ownership.ts       who wins a slot
 *     election.ts     a replica asks to be master       voter.ts           a master says yes or no
 *     manual-failover.ts, replica-migration.ts          link.ts            the connections
 *     redirection.ts  where a command belongs           keys-in-slots.ts   the keys of a slot
 *
 * Here stand the table itself, the clock that drives all of it (clusterCron, ten times a second), and what has to
 * be done at the end of an event: first decide, then write the file of nodes, then speak.
 */
import type { Bytes } from '../bytes.ts';
import { laterEpoch, type Epoch } from '../epoch.ts';
import { isDiskError } from '../env.ts';
import { replaceFile } from '../persistence/replace-file.ts';
import type { Random } from '../env.ts';
import type { ServerEvent } from '../events.ts';
import type { Server } from '../server.ts';
import { Election } from './election.ts';
import { Failures } from './failures.ts';
import { Gossip } from './gossip.ts';
import { KeysInSlots } from './keys-in-slots.ts';
import { ClusterBus } from './link.ts';
import { ManualFailover } from './manual-failover.ts';
import { nodesFile, readNodesFile } from './node-lines.ts';
import { ClusterNode, FAIL, HANDSHAKE, MASTER, MIGRATE_TO, MYSELF, NOADDR, NOFAILOVER, PFAIL, SLAVE } from './node.ts';
import { Ownership } from './ownership.ts';
import { Packets } from './packets.ts';
import { migrateToOrphan } from './replica-migration.ts';
import { errorForWaiting } from './redirection.ts';
import { unsubscribeFromOthers, unsubscribeFromSlot } from './shard-channels.ts';
import { CLUSTER_SLOTS, slotsOf } from './slots.ts';
import { Voter } from './voter.ts';

const CRON_US = 100_000;
/** Each tenth cron pings one of five. */
const PING_EVERY = 10;
const PING_SAMPLES = 5;
/** Who is not answered in a handshake for so long is dropped, even when the node timeout is shorter. */
const LEAST_HANDSHAKE_MS = 1000;
/** A master says nothing for so long after its start: its slots may have been taken meanwhile. */
const WRITABLE_DELAY_MS = 2000;
/** How long a master that was with the minority waits before it serves again. */
const [LEAST_REJOIN_MS, MOST_REJOIN_MS] = [500, 5000];

/** The port of the bus is so much higher than the one for clients. */
export const CLUSTER_PORT_INCR = 10000;
export const MOST_PORT = 65535;

/** What the end of the event has to do. */
type Todo = 'save' | 'updateState' | 'failover' | 'manual';

export class Cluster {
  readonly server: Server;
  readonly random: Random;
  readonly nodes = new Map<Bytes, ClusterNode>();
  myself!: ClusterNode;
  readonly slots = new Array<ClusterNode | undefined>(CLUSTER_SLOTS).fill(undefined);
  /** Slots on their way out and in, and to or from whom. */
  readonly migrating = new Map<number, ClusterNode>();
  readonly importing = new Map<number, ClusterNode>();
  /** Slots whose owner does not claim them any more. */
  readonly unclaimed = new Set<number>();
  currentEpoch: Epoch = 0n;
  lastVoteEpoch: Epoch = 0n;
  state: 'ok' | 'fail' = 'fail';
  /** Masters with slots. */
  size = 0;
  /** What all nodes of the cluster know and nobody else. */
  secret: Bytes;
  readonly bus: ClusterBus;
  readonly gossip: Gossip;
  readonly packets: Packets;
  readonly failures: Failures;
  readonly ownership: Ownership;
  readonly election: Election;
  readonly voter: Voter;
  readonly manual: ManualFailover;
  readonly keys: KeysInSlots;
  private readonly todo = new Set<Todo>();
  private listed: readonly ClusterNode[] | undefined;
  private announcedIp: Bytes = '';
  private crons = 0;
  private firstUpdateMs = 0;
  private minorityMs = 0;

  constructor(server: Server) {
    this.server = server;
    this.random = server.env.random.fork('cluster');
    this.secret = this.newId();
    this.bus = new ClusterBus(this);
    this.gossip = new Gossip(this);
    this.packets = new Packets(this);
    this.failures = new Failures(this);
    this.ownership = new Ownership(this);
    this.election = new Election(this);
    this.voter = new Voter(this);
    this.manual = new ManualFailover(this);
    this.keys = new KeysInSlots(server);
  }

  get nodeTimeoutMs(): number {
    return this.server.config.number('cluster-node-timeout');
  }

  /** How many votes are a majority. */
  get quorum(): number {
    return Math.floor(this.size / 2) + 1;
  }

  newId(): Bytes {
    return Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(this.random.below(16))).join('');
  }

  announce(make: () => ServerEvent): void {
    this.server.events.emit(make);
  }

  // --- from start to stop ----------------------------------------------------------------------------

  /** Reads the file of nodes, or begins as a node that is alone; false when the server cannot start. */
  open(): boolean {
    const { server } = this;
    const { disk } = server.env;
    // The lock is on the file as it is now. A save puts another in its place, which nobody has locked; so does the real server's.
    const file = disk.open(this.path, 'append');
    if (isDiskError(file)) {
      server.log('warning', `Can't open ${server.config.text('cluster-config-file')} in order to acquire a lock: ${file.message}`);
      return false;
    }
    if (file.lock?.() === false) {
      server.log('warning', `Sorry, the cluster configuration file ${server.config.text('cluster-config-file')} is already used by a different Redis Cluster node. Please make sure that different nodes use different cluster configuration files.`);
      return false;
    }
    const content = disk.read(this.path);
    if (isDiskError(content) || content === '') {
      this.myself = new ClusterNode(this.newId(), this.newId(), MYSELF | MASTER, server.nowMs);
      server.log('notice', `No cluster configuration found, I'm ${this.myself.name}`);
      this.addNode(this.myself);
      this.describeMyself();
      if (!this.save()) return false;
    } else {
      const damaged = readNodesFile(this, content);
      if (damaged !== undefined) {
        server.log('warning', `Unrecoverable error: corrupted cluster config file "${damaged}".`);
        return false;
      }
      server.log('notice', `Node configuration loaded, I'm ${this.myself.name}`);
      this.describeMyself();
    }
    if (server.port > MOST_PORT - CLUSTER_PORT_INCR) {
      server.log('warning', `Redis port number too high. Cluster communication port is 10,000 port numbers higher than your Redis port. Your Redis port number must be ${MOST_PORT - CLUSTER_PORT_INCR} or less.`);
      return false;
    }
    for (const name of DESCRIBING) server.config.follow(name, () => this.describeMyself());
    return true;
  }

  /** The dataset is loaded: slots that have keys are taken, where they are nobody's; then the clock starts. */
  start(): void {
    this.claimSlotsWithKeys();
    this.scheduleCron();
  }

  private claimSlotsWithKeys(): void {
    const { server, myself, slots } = this;
    if (myself.isReplica) return;
    for (const slot of this.keys.used) {
      const owner = slots[slot];
      if (owner === myself || this.importing.has(slot)) continue;
      if (owner === undefined) {
        server.log('notice', `I have keys for unassigned slot ${slot}. Taking responsibility for it.`);
        this.addSlot(slot, myself);
      } else {
        server.log('notice', `I have keys for slot ${slot}, but the slot is assigned to another node. Setting it to importing state.`);
        this.importing.set(slot, owner);
      }
      this.later('save');
    }
  }

  /** What the configuration says about this node. */
  private describeMyself(): void {
    const { myself, server: { config } } = this;
    const port = config.number('port');
    const announced = (name: Bytes, otherwise: number): number => (config.number(name) === 0 ? otherwise : config.number(name));
    myself.port = announced('cluster-announce-port', port);
    myself.busPort = announced('cluster-announce-bus-port', this.server.busPort);
    const ip = config.text('cluster-announce-ip');
    if (ip !== this.announcedIp) {
      // Not announced any more, it is found out anew.
      myself.ip = ip;
      this.announcedIp = ip;
    }
    const [hostname, humanName] = [config.text('cluster-announce-hostname'), config.text('cluster-announce-human-nodename')];
    if (myself.hostname !== hostname || myself.humanName !== humanName) this.later('save');
    myself.hostname = hostname;
    myself.humanName = humanName;
    myself.set(NOFAILOVER, config.flag('cluster-replica-no-failover'));
  }

  // --- the file of nodes -------------------------------------------------------------------------------

  private get path(): Bytes {
    const name = this.server.config.text('cluster-config-file');
    return name.startsWith('/') ? name : this.server.pathOf(name);
  }

  /** Writes a new file and gives it the name of the old one: there is always a whole one. */
  save(): boolean {
    this.todo.delete('save');
    const { disk } = this.server.env;
    const temporary = `${this.path}.tmp-${this.server.env.surroundings.pid}-${this.server.nowMs}`;
    const problem = replaceFile(disk, this.path, temporary, nodesFile(this));
    if (problem === undefined) return true;
    this.server.log('warning', `Could not write the cluster config file: ${problem.message}`);
    return false;
  }

  /** A node that cannot keep what it has promised must not go on. */
  saveNow(): void {
    if (this.save()) return;
    this.server.log('warning', "Fatal: can't update cluster config file.");
    this.server.stop('crash', 1);
  }

  // --- the clock ---------------------------------------------------------------------------------------

  private scheduleCron(): void {
    this.server.later(CRON_US, 'clusterCron', () => {
      this.cron();
      this.scheduleCron();
    });
  }

  private cron(): void {
    this.crons++;
    this.connectAll();
    if (this.crons % PING_EVERY === 0) this.pingOne();
    const { orphans, most, mine } = this.lookAfterNodes();
    const { myself, server } = this;
    if (myself.slaveof !== undefined && !server.replication.isReplica && myself.isReplica && myself.slaveof.ip !== '') this.follow(myself.slaveof, false);
    this.manual.checkTimeout();
    if (myself.isReplica) {
      this.manual.handle();
      if (!this.todo.has('failover')) this.election.handle();
      if (orphans > 0 && most >= 2 && mine === most && server.config.flag('cluster-allow-replica-migration')) migrateToOrphan(this, most);
    }
    if (this.todo.has('updateState') || this.state === 'fail') this.updateState();
    this.redirectBlocked();
  }

  /** Everybody who is not connected is called; who has not told its id in time is dropped. */
  private connectAll(): void {
    const { server } = this;
    const handshakeMs = Math.max(this.nodeTimeoutMs, LEAST_HANDSHAKE_MS);
    this.bus.enforceLimit(server.config.number('cluster-link-sendbuf-limit'));
    for (const node of this.allNodes) {
      if (node.has(MYSELF | NOADDR)) continue;
      if (node.has(HANDSHAKE) && server.nowMs - node.createdMs > handshakeMs) this.deleteNode(node);
      else if (node.link === undefined) this.bus.connect(node);
    }
  }

  /** Of some at random the one that was heard of the longest ago. */
  private pingOne(): void {
    const all = this.allNodes;
    let oldest: ClusterNode | undefined;
    for (let i = 0; i < PING_SAMPLES; i++) {
      const node = all[this.random.below(all.length)] as ClusterNode;
      if (node.link === undefined || node.pingSentMs !== 0 || node.has(MYSELF | HANDSHAKE)) continue;
      if (oldest === undefined || node.pongReceivedMs < oldest.pongReceivedMs) oldest = node;
    }
    if (oldest?.link !== undefined) this.gossip.sendPing(oldest.link, 'ping');
  }

  /** Pings who was not heard of for long, suspects who does not answer; counts masters without a replica. */
  private lookAfterNodes(): { readonly orphans: number; readonly most: number; readonly mine: number } {
    const { server, myself, nodeTimeoutMs } = this;
    const { nowMs } = server;
    const pingIntervalMs = server.config.number('cluster-ping-interval');
    let [orphans, most, mine] = [0, 0, 0];
    for (const node of this.allNodes) {
      if (node.has(MYSELF | NOADDR | HANDSHAKE)) continue;
      if (myself.isReplica && node.isMaster && !node.has(FAIL)) {
        const working = node.workingReplicas;
        if (working === 0 && node.slots.count > 0 && node.has(MIGRATE_TO)) orphans++;
        most = Math.max(most, working);
        if (myself.slaveof === node) mine = working;
      }
      const isSilent = node.pingSentMs !== 0 && nowMs - node.pingSentMs > nodeTimeoutMs / 2 && nowMs - node.dataReceivedMs > nodeTimeoutMs / 2;
      // Perhaps it is the connection only.
      if (node.link !== undefined && nowMs - node.link.createdMs > nodeTimeoutMs && isSilent) this.bus.free(node.link);
      if (node.link !== undefined && node.pingSentMs === 0 && nowMs - node.pongReceivedMs > (pingIntervalMs === 0 ? nodeTimeoutMs / 2 : pingIntervalMs)) {
        this.gossip.sendPing(node.link, 'ping');
        continue;
      }
      if (node.link !== undefined && myself.isMaster && this.manual.waits(node)) {
        this.gossip.sendPing(node.link, 'ping');
        continue;
      }
      if (node.pingSentMs === 0) continue;
      if (Math.min(nowMs - node.pingSentMs, nowMs - node.dataReceivedMs) > nodeTimeoutMs && !node.has(PFAIL | FAIL)) {
        node.set(PFAIL, true);
        this.later('updateState');
        // The only master with slots is a majority by itself, and nobody else will tell it.
        if (this.size === 1 && myself.votes) this.failures.markIfNeeded(node);
        else server.log('debug', `*** NODE ${node.name} possibly failing`);
        this.announce(() => ({ type: 'nodeSuspected', atUs: server.nowUs, node: node.name }));
      }
    }
    return { orphans, most, mine };
  }

  // --- the end of an event -------------------------------------------------------------------------------

  later(...what: readonly Todo[]): void {
    for (const each of what) this.todo.add(each);
  }

  beforeSleep(): void {
    if (this.todo.size === 0) return;
    const due = new Set(this.todo);
    this.todo.clear();
    if (due.has('manual') && this.myself.isReplica) this.manual.handle();
    if ((due.has('failover') || due.has('manual')) && this.myself.isReplica) this.election.handle();
    if (due.has('updateState')) this.updateState();
    if (due.has('save')) this.saveNow();
  }

  /** How many slots have an owner that has not failed. */
  private get servedSlots(): number {
    let served = 0;
    for (const node of this.nodes.values()) if (!node.has(FAIL)) served += node.slots.count;
    return served;
  }

  /** Is the cluster able to serve, as far as this node can tell? */
  updateState(): void {
    const { server, myself } = this;
    const { nowMs } = server;
    this.todo.delete('updateState');
    if (this.firstUpdateMs === 0) this.firstUpdateMs = nowMs;
    if (myself.isMaster && this.state === 'fail' && nowMs - this.firstUpdateMs < WRITABLE_DELAY_MS) {
      this.later('updateState');
      return;
    }
    let now: 'ok' | 'fail' = 'ok';
    if (server.config.flag('cluster-require-full-coverage') && this.servedSlots < CLUSTER_SLOTS) now = 'fail';
    const voting = [...this.nodes.values()].filter((node) => node.votes);
    this.size = voting.length;
    if (voting.filter((node) => !node.has(FAIL | PFAIL)).length < this.quorum) {
      now = 'fail';
      this.minorityMs = nowMs;
    }
    if (now === this.state) return;
    // One that comes back from the minority first hears what has changed.
    const rejoinMs = Math.min(Math.max(this.nodeTimeoutMs, LEAST_REJOIN_MS), MOST_REJOIN_MS);
    if (now === 'ok' && myself.isMaster && nowMs - this.minorityMs < rejoinMs) return;
    server.log('notice', `Cluster state changed: ${now}`);
    this.state = now;
    this.announce(() => ({ type: 'clusterStateChanged', atUs: server.nowUs, state: now }));
  }

  // --- the table of nodes --------------------------------------------------------------------------------

  /** The nodes in their order, as a list of its own: it stays as it is while nodes come and go. */
  get allNodes(): readonly ClusterNode[] {
    return (this.listed ??= [...this.nodes.values()]);
  }

  addNode(node: ClusterNode): void {
    this.listed = undefined;
    this.nodes.set(node.name, node);
  }

  /** The node of this name, made when there is none: lines of the file name others before their own line comes. */
  nodeNamed(name: Bytes): ClusterNode {
    const known = this.nodes.get(name);
    if (known !== undefined) return known;
    const node = new ClusterNode(name, this.newId(), 0, this.server.nowMs);
    this.addNode(node);
    return node;
  }

  renameNode(node: ClusterNode, name: Bytes): void {
    this.listed = undefined;
    this.nodes.delete(node.name);
    node.name = name;
    this.nodes.set(name, node);
  }

  deleteNode(node: ClusterNode): void {
    this.deleteSlotsOf(node);
    for (const open of [this.migrating, this.importing]) for (const [slot, other] of open) if (other === node) open.delete(slot);
    for (const other of this.nodes.values()) other.failureReports.delete(node);
    for (const replica of node.replicas) replica.slaveof = undefined;
    node.slaveof?.removeReplica(node);
    this.listed = undefined;
    this.nodes.delete(node.name);
    if (node.link !== undefined) this.bus.free(node.link);
    if (node.inboundLink !== undefined) this.bus.free(node.inboundLink);
  }

  highestEpoch(): Epoch {
    let highest = this.currentEpoch;
    for (const node of this.nodes.values()) highest = laterEpoch(highest, node.configEpoch);
    return highest;
  }

  setNodeAsMaster(node: ClusterNode): void {
    if (node.isMaster) return;
    if (node.slaveof !== undefined) {
      node.slaveof.removeReplica(node);
      if (node !== this.myself) node.set(MIGRATE_TO, true);
    }
    node.flags = (node.flags & ~SLAVE) | MASTER;
    node.slaveof = undefined;
    this.later('save', 'updateState');
  }

  /** This server becomes a replica of that node. */
  setMaster(node: ClusterNode): void {
    const { myself } = this;
    if (myself.isMaster) {
      myself.flags = (myself.flags & ~(MASTER | MIGRATE_TO)) | SLAVE;
      this.migrating.clear();
      this.importing.clear();
    } else myself.slaveof?.removeReplica(myself);
    myself.slaveof = node;
    this.gossip.setShardId(myself, node.shardId);
    node.addReplica(myself);
    this.follow(node);
    unsubscribeFromOthers(this.server, (slot) => this.slots[slot] === node);
    this.manual.reset();
  }

  /** The stream of commands comes from there. */
  follow(master: ClusterNode, hasHistory = true): void {
    this.server.replication.follow(master.ip, master.port, hasHistory);
  }

  // --- messages to subscribers -----------------------------------------------------------------------------

  /** To the subscribers of all other nodes. */
  publish(channel: Bytes, message: Bytes): void {
    this.bus.broadcast({ type: 'publish', channel, message });
  }

  /** To those of the other nodes of this shard: nobody subscribes to the channel elsewhere. */
  publishToShard(channel: Bytes, message: Bytes): void {
    const { shardId } = this.myself;
    this.bus.broadcast({ type: 'publishshard', channel, message }, 0, [...this.nodes.values()].filter((node) => node.shardId === shardId));
  }

  /** Clients that wait for keys of a slot that is another's now, or that nobody can serve, are told so. */
  private redirectBlocked(): void {
    for (const client of this.server.clients.values()) {
      if (client.blocked === undefined) continue;
      const { keys, release } = client.blocked;
      const error = keys === undefined ? undefined : errorForWaiting(this, client, keys);
      if (error !== undefined) release?.({ error });
    }
  }

  // --- slots ---------------------------------------------------------------------------------------------

  addSlot(slot: number, node: ClusterNode): void {
    node.slots.add(slot);
    this.slots[slot] = node;
    this.unclaimed.delete(slot);
  }

  deleteSlot(slot: number): void {
    const owner = this.slots[slot];
    if (owner === undefined) return;
    owner.slots.delete(slot);
    this.slots[slot] = undefined;
    if (this.server.pubsub.shardChannels.size > 0) unsubscribeFromSlot(this.server, slot);
    this.unclaimed.delete(slot);
  }

  /** The node has no slots any more; returns those that it had. */
  deleteSlotsOf(node: ClusterNode): number[] {
    const slots = slotsOf(node.slots.bytes);
    for (const slot of slots) this.deleteSlot(slot);
    return slots;
  }
}

const DESCRIBING = [
  'port', 'cluster-announce-ip', 'cluster-announce-port', 'cluster-announce-bus-port', 'cluster-announce-hostname', 'cluster-announce-human-nodename', 'cluster-replica-no-failover',
] as const;

/** A server with cluster-enabled becomes a node. */
export function openCluster(server: Server): Cluster {
  return new Cluster(server);
}
