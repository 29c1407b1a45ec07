/*
 * Replication
 * -----------
 * A history of the dataset has a name (40 hex digits) and a length in bytes: the commands that made it, in
 * RESP, one after the other. A master writes that stream into its backlog and to every replica; a replica
 * applies it and passes the very same bytes on to its own replicas, so that all of a tree agree on name and
 * offset. Whoever was away asks for the stream from where it stopped (PSYNC name offset+1) and gets it, when
 * the name is right and the backlog reaches back that far. If not, it gets a snapshot first.
 *
 * When a replica becomes master its history takes a new name. It remembers the old one, and up to which offset
 * it holds, so that replicas that followed the same master need no snapshot to follow the new one.
 *
 * Here stands what a server is in this respect, and the master's side of it. The snapshot for a replica is
 * replica-sync.ts, the replica's side master-link.ts.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import { clientLine } from '../commands/connection/client-list.ts';
import { waitingBytes } from '../client-memory.ts';
import { encodeCommand } from '../persistence/aof-format.ts';
import type { HistoryPoint } from '../persistence/rdb.ts';
import { deletionOf, type PropagatedCommand, type PropagationTarget } from '../propagation.ts';
import { CommandError, isTagged, NOT_AN_INTEGER, type Reply } from '../reply.ts';
import type { Server } from '../server.ts';
import { ReplicationBacklog, type HeldBlocks } from './backlog.ts';
import { Failover } from './failover.ts';
import { MasterLink } from './master-link.ts';
import { FullSyncBuffer } from './full-sync-buffer.ts';
import { isReplica, newReplicaState, replicaAddress, shownState, replicaName, type ReplicaClient, type ReplicaState } from './replica-state.ts';
import { ReplicaSync } from './replica-sync.ts';

/** The name of no history. */
export const NO_HISTORY = '0'.repeat(40);

export class Replication implements PropagationTarget {
  readonly receiver = 'replicas';
  /** Name of the history that was followed before, and the first offset at which it no longer holds (−1: none). */
  previousId: Bytes = NO_HISTORY;
  secondOffset = -1;
  backlog: ReplicationBacklog | undefined;
  readonly replicas = new Set<ReplicaClient>();
  readonly sync: ReplicaSync;
  readonly failover: Failover;
  /** The master that is followed; undefined on a master. */
  link: MasterLink | undefined;
  /** Replicas that are online and heard of within min-replicas-max-lag. */
  goodReplicas = 0;
  /** What the master's stream brings while the snapshot comes another way. */
  readonly fullSyncBuffer: FullSyncBuffer;
  /** Counters of INFO. */
  readonly counts = { full: 0, partialOk: 0, partialErr: 0 };
  /** Database that the stream speaks of at its end; −1: say it anew. */
  private streamDb = -1;
  /** A replica of a cluster began with a snapshot of its history, and learns from the others where its master is: the database that the stream spoke of. */
  private restoredDb: number | undefined;
  private noReplicasSinceMs: number;
  private wantsAcks = false;
  private readonly server: Server;
  /** WAIT and WAITAOF: asked whenever a replica has come further. */
  private readonly waiting = new Set<() => void>();

  constructor(server: Server) {
    this.server = server;
    this.sync = new ReplicaSync(server, this);
    this.failover = new Failover(server, this);
    this.fullSyncBuffer = new FullSyncBuffer(server);
    this.noReplicasSinceMs = server.nowMs;
    const { config } = server;
    config.follow('repl-backlog-size', () => this.backlog?.resize(config.number('repl-backlog-size')));
    config.follow('min-replicas-to-write', () => this.countGoodReplicas());
    config.follow('min-replicas-max-lag', () => this.countGoodReplicas());
  }

  /** Bytes of the history so far (master_repl_offset). */
  get offset(): number {
    return this.server.propagation.offset;
  }

  set offset(offset: number) {
    this.server.propagation.offset = offset;
  }

  get isReplica(): boolean {
    return this.link !== undefined;
  }

  /** How far this server has come, as the other nodes of its cluster are told: 0 while it loads a snapshot, with nothing to go on from. */
  get toldOffset(): number {
    return this.link === undefined || this.link.isUp || this.link.mayContinue ? this.offset : 0;
  }

  // --- the stream ----------------------------------------------------------------------------

  /** What this server itself changed. A replica's own changes (replica-read-only no) go to nobody. */
  feed(unit: readonly PropagatedCommand[]): void {
    if (this.isReplica) return;
    let bytes = '';
    const isTransaction = unit.length > 1;
    if (isTransaction) bytes += encodeCommand(['MULTI']);
    for (const { db, argv } of unit) {
      if (db !== this.streamDb) {
        bytes += encodeCommand(['SELECT', String(db)]);
        this.streamDb = db;
      }
      bytes += encodeCommand(argv);
    }
    if (isTransaction) bytes += encodeCommand(['EXEC']);
    this.write(bytes);
  }

  /** A command that belongs to no database: PING, REPLCONF GETACK. */
  private feedPlain(argv: readonly Bytes[]): void {
    this.write(encodeCommand(argv));
  }

  /** Bytes that a replica received from its master and applied: they go on as they came. */
  forward(bytes: Bytes): void {
    this.write(bytes);
  }

  private write(bytes: Bytes): void {
    this.offset += bytes.length;
    for (const client of this.replicas) {
      const { replica } = client;
      // One whose snapshot has not begun will find these bytes in it.
      if (replica.state === 'wait_bgsave_start' || replica.state === 'wait_rdb_channel' || replica.rdbOnly) continue;
      replica.held ??= this.held;
      if (replica.state === 'send_bulk_and_stream' || (replica.state === 'online' && !replica.streamsOnAck)) this.stream(client, bytes);
      else {
        replica.pending += bytes;
        // It may be too much.
        this.server.flushLater(client);
      }
    }
    this.backlog?.append(bytes);
  }

  private stream(client: ReplicaClient, bytes: Bytes): void {
    client.replica.streamed += bytes.length;
    this.send(client, bytes);
  }

  /** Sends to a replica with the next flush. */
  send(client: ReplicaClient, bytes: Bytes): void {
    client.out += bytes;
    this.server.flushLater(client);
  }

  /** The stream says its database anew: before a snapshot, whose reader begins with database 0. */
  forgetStreamDb(): void {
    this.streamDb = -1;
  }

  createBacklog(): void {
    this.backlog = new ReplicationBacklog(this.server.config.number('repl-backlog-size'), this.offset + 1, () => this.neededFrom);
    this.server.propagation.add(this);
    this.server.propagation.countsBytes = true;
  }

  private freeBacklog(): void {
    this.backlog = undefined;
    this.server.propagation.remove(this);
    this.server.propagation.countsBytes = false;
  }

  // --- replicas --------------------------------------------------------------------------------

  /** SYNC and PSYNC: the client becomes a replica. `asked` is what it wants to continue from; undefined for SYNC. */
  attach(client: Client, asked: { readonly id: Bytes; readonly offset: number | bigint | undefined } | undefined): void {
    const { server } = this;
    const state: ReplicaState = (client.replica ??= newReplicaState());
    const replica = client as ReplicaClient;
    server.log('notice', `Replica ${replicaName(replica)} asks for synchronization`);
    if (asked !== undefined) {
      if (asked.offset === undefined) {
        server.log('warning', `Replica ${replicaName(replica)} asks for synchronization but with a wrong offset`);
        throw new CommandError(NOT_AN_INTEGER);
      }
      if (this.continuePartially(replica, { id: asked.id, offset: Number(asked.offset) })) {
        this.counts.partialOk++;
        return;
      }
      // One that knows it has nothing to continue is no failure.
      if (!asked.id.startsWith('?')) this.counts.partialErr++;
      if (state.capaRdbChannel) return this.awaitRdbChannel(replica);
    } else state.isOld = true;
    this.counts.full++;
    state.state = 'wait_bgsave_start';
    state.waitingSinceMs = server.nowMs;
    this.replicas.add(replica);
    this.createBacklogIfNeeded();
    this.sync.attach(replica);
  }

  private createBacklogIfNeeded(): void {
    const { server } = this;
    if (this.backlog !== undefined) return;
    // A stream that nobody kept until now is a history of its own.
    if (!this.isReplica) {
      server.changeReplicationId();
      this.previousId = NO_HISTORY;
      this.secondOffset = -1;
    }
    this.createBacklog();
    server.log('notice', `Replication backlog created, my new replication IDs are '${server.replicationId}' and '${this.previousId}'`);
  }

  /** The replica is told to fetch its snapshot through a second connection, which shall name this one. */
  private awaitRdbChannel(client: ReplicaClient): void {
    client.replica.state = 'wait_rdb_channel';
    client.replica.ackMs = this.server.nowMs;
    this.replicas.add(client);
    this.createBacklogIfNeeded();
    this.server.log('notice', `Replica ${replicaName(client)} is capable of rdb channel synchronization, and partial sync isn't possible. Full sync will continue with dedicated rdb channel.`);
    this.send(client, `+RDBCHANNELSYNC ${client.id}\r\n`);
    return undefined;
  }

  /** The connection that has the stream while `client` gets the snapshot; undefined when it has none, or that is gone. */
  mainChannelOf({ replica }: ReplicaClient): ReplicaClient | undefined {
    const main = replica.isRdbChannel && replica.mainChannelId !== 0 ? this.server.clients.get(replica.mainChannelId) : undefined;
    return main !== undefined && isReplica(main) ? main : undefined;
  }

  /** CONFIG RESETSTAT. */
  resetCounts(): void {
    Object.assign(this.counts, { full: 0, partialOk: 0, partialErr: 0 });
  }

  private continuePartially(client: ReplicaClient, { id, offset }: { readonly id: Bytes; readonly offset: number }): boolean {
    const { server, backlog } = this;
    const knowsHistory = id === server.replicationId || (id === this.previousId && offset <= this.secondOffset);
    if (!knowsHistory) {
      if (id.startsWith('?')) server.log('notice', `Full resync requested by replica ${replicaName(client)} ${client.replica.isRdbChannel ? '(rdb-channel)' : ''}`);
      else if (id !== server.replicationId && id !== this.previousId) {
        server.log('notice', `Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '${id}', my replication IDs are '${server.replicationId}' and '${this.previousId}')`);
      } else server.log('notice', `Partial resynchronization not accepted: Requested offset for second ID was ${offset}, but I can reply up to ${this.secondOffset}`);
      return false;
    }
    if (backlog === undefined || !backlog.has(offset)) {
      server.log('notice', `Unable to partial resync with replica ${replicaName(client)} for lack of backlog (Replica request was: ${offset}).`);
      if (offset > this.offset) server.log('warning', `Warning: replica ${replicaName(client)} tried to PSYNC with an offset that is greater than the master replication offset.`);
      return false;
    }
    const { replica } = client;
    replica.state = 'online';
    replica.ackMs = server.nowMs;
    replica.streamsOnAck = false;
    this.replicas.add(client);
    this.send(client, replica.capaPsync2 ? `+CONTINUE ${server.replicationId}\r\n` : '+CONTINUE\r\n');
    const missing = backlog.from(offset);
    if (backlog.length > 0) replica.held = this.held;
    this.stream(client, missing);
    server.log('notice', `Partial resynchronization request from ${replicaName(client)} accepted. Sending ${missing.length} bytes of backlog starting from offset ${offset}.`);
    this.countGoodReplicas();
    this.announceReplica(client, 'online');
    return true;
  }

  /** The snapshot has arrived: what was held back follows, now or at the replica's first acknowledgement. */
  putOnline(client: ReplicaClient, streamsOnAck: boolean): void {
    const { replica } = client;
    replica.state = 'online';
    replica.ackMs = this.server.nowMs;
    replica.streamsOnAck = streamsOnAck;
    if (!streamsOnAck) this.startStream(client);
    this.countGoodReplicas();
    this.announceReplica(client, 'online');
    this.server.log('notice', `Synchronization with replica ${replicaName(client)} succeeded`);
  }

  private startStream(client: ReplicaClient): void {
    const { replica } = client;
    replica.streamsOnAck = false;
    this.stream(client, replica.pending);
    replica.pending = '';
  }

  /** REPLCONF ACK: how far the replica has come. */
  acknowledged(client: ReplicaClient, offset: number, aofOffset: number | undefined): void {
    const { replica } = client;
    if (offset > replica.ackOffset) replica.ackOffset = offset;
    if (aofOffset !== undefined && aofOffset > replica.ackAofOffset) replica.ackAofOffset = aofOffset;
    replica.ackMs = this.server.nowMs;
    if (replica.streamsOnAck && replica.state === 'online') this.startStream(client);
    // It has loaded what its other connection brought, and says so before the child's end is noticed.
    if (replica.state === 'send_bulk_and_stream') this.putOnline(client, false);
    for (const check of [...this.waiting]) check();
    this.failover.check();
  }

  /** The connection of a replica is gone. */
  forget(client: Client): void {
    if (!isReplica(client) || !this.replicas.delete(client)) return;
    this.server.log('notice', `Connection with replica${client.replica.isRdbChannel ? ' (rdbchannel)' : ''} ${replicaName(client)} lost.`);
    if (this.replicas.size === 0) this.noReplicasSinceMs = this.server.nowMs;
    this.backlog?.trim();
    if (client.replica.state === 'online') this.announceReplica(client, 'offline');
    if (client.replica.state === 'wait_bgsave_end') this.sync.left();
    this.countGoodReplicas();
  }

  /** A reply would stand in the middle of the stream of changes, so a replica that asked for one is dropped instead: true then. */
  dropsAnswered(client: Client, reply: Reply): boolean {
    if (!isReplica(client) || client.replyMode !== 'on' || (isTagged(reply) && reply.kind === 'none')) return false;
    this.server.log('warning', `Replica generated a reply to command '${client.lastCommand}', disconnecting it: ${clientLine(this.server, client, client)}`);
    this.server.closeClient(client, 'a reply to a replica');
    return true;
  }

  dropReplicas(why: Bytes): void {
    for (const client of [...this.replicas]) this.server.closeClient(client, why);
  }

  private announceReplica(client: ReplicaClient, what: 'online' | 'offline'): void {
    this.server.events.emit(() => ({ type: what === 'online' ? 'replicaSynced' : 'replicaLost', atUs: this.server.nowUs, clientId: client.id, offset: this.offset }));
  }

  private countGoodReplicas(): void {
    const maxLagMs = this.server.config.number('min-replicas-max-lag') * 1000;
    let good = 0;
    for (const { replica } of this.replicas) if (replica.state === 'online' && lagMs(replica, this.server.nowMs) <= maxLagMs) good++;
    this.goodReplicas = good;
  }

  /** Writes are refused: fewer replicas than min-replicas-to-write are near enough. */
  get lacksReplicas(): boolean {
    const { config } = this.server;
    const wanted = config.number('min-replicas-to-write');
    return wanted > 0 && config.number('min-replicas-max-lag') > 0 && !this.isReplica && this.goodReplicas < wanted;
  }

  // --- waiting for replicas ---------------------------------------------------------------------

  /** Replicas whose acknowledged offset has reached `offset`. */
  countAcks(offset: number): number {
    let count = 0;
    for (const { replica } of this.replicas) if (replica.state === 'online' && replica.ackOffset >= offset) count++;
    return count;
  }

  countAofAcks(offset: number): number {
    let count = 0;
    for (const { replica } of this.replicas) if (replica.state === 'online' && replica.ackAofOffset >= offset) count++;
    return count;
  }

  /** `check` is called whenever a replica has acknowledged; returns its own end. All replicas are asked at the end of this event. */
  waitForAcks(check: () => void): () => void {
    this.waiting.add(check);
    this.askForAcks();
    return () => this.waiting.delete(check);
  }

  /** All replicas shall say how far they are, at the end of this event. */
  askForAcks(): void {
    this.wantsAcks = true;
  }

  /** Before the server sleeps: replicas are asked how far they are, when somebody waits for it. */
  beforeSleep(): void {
    if (!this.wantsAcks) return;
    this.wantsAcks = false;
    if (this.replicas.size > 0 && !this.isReplica) this.feedPlain(['REPLCONF', 'GETACK', '*']);
  }

  // --- roles -------------------------------------------------------------------------------------

  /** REPLICAOF host port. `hasHistory`: this server was a master, and may go on from its own data. */
  follow(host: Bytes, port: number, hasHistory = true): void {
    const { server } = this;
    const wasMaster = !this.isReplica;
    const before = this.link;
    before?.end();
    const isRestored = this.restoredDb !== undefined;
    this.link = new MasterLink(server, this, host, port, before ?? { mayContinue: hasHistory || isRestored, db: this.restoredDb ?? 0 });
    this.restoredDb = undefined;
    server.config.put('replicaof', `${host} ${port}`);
    if (wasMaster) server.path.unblockAll();
    if (wasMaster && hasHistory) server.log('notice', 'Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to synchronize with the new master with just a partial transfer.');
    server.log('notice', `Connecting to MASTER ${host}:${port}`);
    this.link.connect();
  }

  /** The server starts as a replica: it will connect when its own file is loaded. */
  willFollow(host: Bytes, port: number): void {
    this.link = new MasterLink(this.server, this, host, port, { mayContinue: false, db: 0 });
  }

  /** What a snapshot notes of now; undefined when nobody could go on from there. */
  get point(): HistoryPoint | undefined {
    const { link, offset, server: { replicationId: id } } = this;
    if (link !== undefined) return link.mayContinue ? { id, offset, db: link.db } : undefined;
    return this.backlog === undefined ? undefined : { id, offset, db: Math.max(0, this.streamDb) };
  }

  /**
   * The server has begun with a snapshot of that point. A replica asks its master to go on from there. A master tells its
   * history anew, but knows the old one, so that its replicas need no snapshot; what it left out they must remove.
   */
  restore({ id, offset, db }: HistoryPoint, expired: readonly { readonly db: number; readonly key: Bytes }[]): void {
    const { server } = this;
    this.offset = offset;
    if (!server.isMaster) {
      server.replicationId = id;
      if (this.link === undefined) this.restoredDb = db;
      else this.link.goOnFrom(db);
      return;
    }
    this.previousId = id;
    this.secondOffset = offset + 1;
    this.createBacklog();
    this.noReplicasSinceMs = server.nowMs;
    for (const each of expired) this.feed([{ db: each.db, argv: deletionOf(each.key, server.config.flag('lazyfree-lazy-expire')) }]);
  }

  /** REPLICAOF NO ONE. */
  becomeMaster(): void {
    const { server, link } = this;
    if (link === undefined) return;
    this.link = undefined;
    server.config.put('replicaof', '');
    link.end();
    this.shiftId();
    this.dropReplicas('this server became a master');
    this.forgetStreamDb();
    this.noReplicasSinceMs = server.nowMs;
    if (this.backlog === undefined && server.propagation.countsBytes) this.createBacklog();
  }

  /** The history goes on under a new name; the old one holds up to here. */
  private shiftId(): void {
    const { server } = this;
    this.previousId = server.replicationId;
    this.secondOffset = this.offset + 1;
    server.changeReplicationId();
    server.log('notice', `Setting secondary replication ID to ${this.previousId}, valid up to offset: ${this.secondOffset}. New replication ID is ${server.replicationId}`);
  }

  /** A replica has loaded its master's snapshot: it is at that point of that history, and of no other. */
  adopt(id: Bytes, offset: number): void {
    this.server.replicationId = id;
    this.offset = offset;
    this.previousId = NO_HISTORY;
    this.secondOffset = -1;
    this.createBacklog();
  }

  /** The master's history has a new name, and this server is at the same point of it. */
  rename(id: Bytes): void {
    const { server } = this;
    this.previousId = server.replicationId;
    this.secondOffset = this.offset + 1;
    server.replicationId = id;
    // They follow by asking again, and get the new name.
    this.dropReplicas('the history has a new name');
  }

  // --- once a second ---------------------------------------------------------------------------

  cron(): void {
    const { server } = this;
    const { config, nowMs } = server;
    const timeoutMs = config.number('repl-timeout') * 1000;
    this.link?.cron(timeoutMs);
    if (!this.isReplica && this.replicas.size > 0 && Math.floor(nowMs / 1000) % config.number('repl-ping-replica-period') === 0) this.feedPlain(['PING']);
    for (const client of [...this.replicas]) {
      const { replica } = client;
      if (replica.state === 'online') {
        if (!replica.isOld && nowMs - replica.ackMs > timeoutMs) {
          server.log('warning', `Disconnecting timedout replica (streaming sync): ${replicaName(client)}`);
          server.closeClient(client, 'replica timeout');
        }
      } else if (replica.state === 'wait_bgsave_start' || (replica.state === 'wait_bgsave_end' && !this.sync.isDiskless)) {
        // An empty line tells the one who waits that somebody is there.
        this.send(client, '\n');
      }
    }
    const backlogTtlMs = config.number('repl-backlog-ttl') * 1000;
    if (this.replicas.size === 0 && backlogTtlMs > 0 && this.backlog !== undefined && !this.isReplica && nowMs - this.noReplicasSinceMs > backlogTtlMs) {
      // Whoever comes later cannot continue: the history must not be taken for one that is still told.
      server.changeReplicationId();
      this.previousId = NO_HISTORY;
      this.secondOffset = -1;
      this.freeBacklog();
      server.log('notice', `Replication backlog freed after ${config.number('repl-backlog-ttl')} seconds without connected replicas.`);
    }
    this.backlog?.trim();
    this.sync.startIfDue();
    this.countGoodReplicas();
  }

  /** Offset of the first byte of the stream that a replica has not taken. */
  private get neededFrom(): number {
    let most = 0;
    for (const client of this.replicas) most = Math.max(most, waitingBytes(client));
    return most === 0 ? Infinity : this.offset - most + 1;
  }

  private readonly held = (untaken: number): HeldBlocks => this.backlog?.heldFrom(this.offset - untaken + 1) ?? { blocks: 0, bytes: 0 };

  // --- what INFO and ROLE tell ------------------------------------------------------------------

  /** One that has two connections counts once, by that of the stream. */
  get wholeReplicas(): ReplicaClient[] {
    return [...this.replicas].filter((client) => this.mainChannelOf(client) === undefined);
  }

  /** Replicas in the order in which they came, as INFO and ROLE list them. */
  describeReplicas(): { readonly ip: Bytes; readonly port: number; readonly state: Bytes; readonly offset: number; readonly lagSeconds: number }[] {
    return this.wholeReplicas.filter(({ replica }) => replica.state !== 'rdb_transmitted').map((client) => {
      const { replica } = client;
      const state = shownState(replica);
      return { ...replicaAddress(client), state, offset: replica.ackOffset, lagSeconds: state === 'online' ? Math.floor(lagMs(replica, this.server.nowMs) / 1000) : 0 };
    });
  }
}

const lagMs = ({ ackMs }: ReplicaState, nowMs: number): number => nowMs - ackMs;
