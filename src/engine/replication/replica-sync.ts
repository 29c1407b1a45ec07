/*
 * A snapshot for a replica
 * ------------------------
 * With repl-diskless-sync the child writes straight to the replicas. It waits repl-diskless-sync-delay seconds
 * for more of them, because one that comes when it has begun must wait for the next. Nobody knows the length
 * beforehand, so 40 random bytes mark the end. Without, the child makes a file, and whoever comes meanwhile may
 * share it: the file and what was written since are the same for all.
 *
 * Until the child is done the stream waits in each replica's `pending`. Replicas that have opened a second
 * connection for the snapshot have a child of their own, which writes to their sockets itself; they get the stream
 * meanwhile, through the first.
 */
import type { Bytes } from '../bytes.ts';
import { unsentBytes } from '../client-memory.ts';
import { isDiskError } from '../env.ts';
import type { ForkProblem } from '../persistence/fork.ts';
import type { Server } from '../server.ts';
import { replicaName, wantsTheSame, type ReplicaClient } from './replica-state.ts';
import type { Replication } from './replication.ts';

/** So much may wait for a replica before the child that makes its snapshot waits too. */
const MOST_UNSENT_BYTES = 64 * 1024;
/** A child that writes to sockets itself gathers so much before it does (PROTO_IOBUF_LEN). */
const GATHERED_BYTES = 16 * 1024;

export class ReplicaSync {
  /** The running snapshot goes to replicas, without a file. */
  isDiskless = false;
  /** The child writes it to connections that are for nothing else. */
  private isRdbChannel = false;
  private readonly server: Server;
  private readonly replication: Replication;

  constructor(server: Server, replication: Replication) {
    this.server = server;
    this.replication = replication;
  }

  /** A replica waits for a snapshot: it joins one that is being made, or one is begun, now or soon. */
  attach(client: ReplicaClient): void {
    const { server } = this;
    const { config, fork } = server;
    if (server.snapshots.inProgress && !this.isDiskless) {
      const other = [...this.replication.replicas].find(({ replica }) => replica.state === 'wait_bgsave_end' && !replica.rdbOnly && wantsTheSame(replica, client.replica));
      if (other === undefined) server.log('notice', "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC");
      else {
        client.replica.pending = other.replica.pending;
        client.replica.held = other.replica.held;
        this.begin(client, other.replica.snapshotOffset);
        server.log('notice', 'Waiting for end of BGSAVE for SYNC');
      }
    } else if (server.snapshots.inProgress) server.log('notice', 'Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC');
    else if (config.flag('repl-diskless-sync') && client.replica.capaEof && config.number('repl-diskless-sync-delay') > 0) server.log('notice', 'Delay next BGSAVE for diskless SYNC');
    else if (fork.isRunning()) server.log('notice', 'No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed');
    else this.start();
  }

  /** The cron's question: do replicas wait, and long enough? */
  startIfDue(): void {
    const { server } = this;
    if (!server.snapshots.inProgress) {
      // FLUSHALL has killed the child that they waited for.
      this.isDiskless = false;
      this.fail();
    }
    if (server.fork.isRunning()) return;
    const waiting = this.waiting();
    if (waiting.length === 0) return;
    const waitedMs = server.nowMs - Math.min(...waiting.map(({ replica }) => replica.waitingSinceMs));
    const enough = server.config.number('repl-diskless-sync-max-replicas');
    const isDue = !this.wouldBeDiskless(waiting) || waitedMs >= server.config.number('repl-diskless-sync-delay') * 1000 || (enough > 0 && waiting.length >= enough);
    if (isDue) this.start();
  }

  private waiting(): ReplicaClient[] {
    const all = [...this.replication.replicas].filter(({ replica }) => replica.state === 'wait_bgsave_start');
    // One snapshot is for those who want the same.
    return all.filter(({ replica }) => all[0] !== undefined && wantsTheSame(replica, all[0].replica));
  }

  private wouldBeDiskless(waiting: readonly ReplicaClient[]): boolean {
    // A part of the dataset must not take the place of the server's own file.
    const wants = this.server.config.flag('repl-diskless-sync') || waiting.some(({ replica }) => replica.rdbFilter !== 'all');
    return wants && waiting.every(({ replica }) => replica.capaEof);
  }

  /** The snapshot that this replica gets is of `offset`: what follows is kept for it from here on. */
  private begin(client: ReplicaClient, offset: number): void {
    const { replica } = client;
    replica.state = 'wait_bgsave_end';
    replica.snapshotOffset = offset;
    this.replication.forgetStreamDb();
    if (replica.isRdbChannel && !replica.isOld) this.beginStream(client);
    if (!replica.isOld) this.replication.send(client, `+FULLRESYNC ${this.server.replicationId} ${offset}\r\n`);
  }

  /** The replica's other connection has the stream from here on. */
  private beginStream(client: ReplicaClient): void {
    const { server } = this;
    const main = this.replication.mainChannelOf(client);
    if (main?.replica.state !== 'wait_rdb_channel') {
      server.log('warning', `Starting to deliver RDB to replica ${replicaName(client)} but it has no associated main channel`);
      return;
    }
    main.replica.state = 'send_bulk_and_stream';
    server.log('notice', `Starting to deliver RDB and replication stream to replica: ${replicaName(main)}`);
  }

  private start(): void {
    const { server } = this;
    const clients = this.waiting();
    this.isDiskless = this.wouldBeDiskless(clients);
    this.isRdbChannel = clients[0]?.replica.isRdbChannel === true;
    server.log('notice', `Starting BGSAVE for SYNC with target: ${this.isDiskless ? 'replicas sockets' : 'disk'}${this.isRdbChannel ? ' (rdb-channel)' : ''}`);
    for (const client of clients) {
      client.replica.pending = '';
      this.begin(client, this.replication.offset);
    }
    if (this.isDiskless) this.stream(clients);
    else server.snapshots.startBackground((problem) => this.sendFile(problem));
    if (server.debug.replicationPauses.has('after-fork')) server.stopProcess(() => {});
  }

  private stream(clients: readonly ReplicaClient[]): void {
    const { server, replication } = this;
    const random = server.random.fork(`snapshot mark ${server.nowUs}`);
    const mark = Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(random.below(16))).join('');
    const present = (): ReplicaClient[] => clients.filter((client) => replication.replicas.has(client));
    const { isRdbChannel } = this;
    const sockets = isRdbChannel ? this.sockets(clients) : undefined;
    const send = sockets?.write ?? ((bytes: Bytes): void => present().forEach((client) => replication.send(client, bytes)));
    const isSinkFull = sockets?.areFull ?? ((): boolean => {
      for (const client of present()) this.closeStalled(client);
      return present().some((client) => unsentBytes(client) > MOST_UNSENT_BYTES);
    });
    send(`$EOF:${mark}\r\n`);
    server.snapshots.startStreaming(clients[0]?.replica.rdbFilter ?? 'all', { sink: send, isSinkFull }, isRdbChannel ? 'replica socket' : 'parent process pipe', (problem) => {
      this.isDiskless = false;
      if (problem !== undefined) {
        server.log('warning', problem.step === 'killed' ? `Background transfer terminated by signal ${problem.signal}` : 'Background transfer error');
        return this.fail();
      }
      send(mark);
      sockets?.flush();
      if (!isRdbChannel) server.log('notice', `Diskless rdb transfer, done reading from pipe, ${present().length} replicas still up.`);
      server.log('notice', 'Background RDB transfer terminated with success');
      for (const client of this.streaming()) replication.putOnline(client, false);
      for (const client of present()) {
        server.log('notice', `Streamed RDB transfer with replica ${replicaName(client)} succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming`);
        this.arrived(client, true);
      }
      // More may have come meanwhile.
      this.startIfDue();
      return undefined;
    });
  }

  /** Connections that get the stream while the snapshot of their replicas is made. */
  private streaming(): ReplicaClient[] {
    return [...this.replication.replicas].filter(({ replica }) => replica.state === 'send_bulk_and_stream');
  }

  /** What a child that writes to these connections itself does: it notices at a write that one has gone, and before the next that none is left. */
  private sockets(clients: readonly ReplicaClient[]): { write(bytes: Bytes): void; flush(): void; areFull(): boolean } {
    const { server, replication } = this;
    let open = clients;
    let gathered = '';
    const flush = (): void => {
      const bytes = gathered;
      gathered = '';
      if (open.length === 0) return server.fork.fail();
      open = open.filter((client) => replication.replicas.has(client));
      for (const client of open) replication.send(client, bytes);
      return undefined;
    };
    return {
      flush,
      write(bytes) {
        gathered += bytes;
        if (gathered.length > GATHERED_BYTES) flush();
      },
      areFull: () => {
        open = open.filter((client) => !this.isStalled(client));
        return open.some((client) => replication.replicas.has(client) && unsentBytes(client) > MOST_UNSENT_BYTES);
      },
    };
  }

  /** One that takes nothing for repl-timeout is given up, lest all others wait with it. */
  private closeStalled(client: ReplicaClient): void {
    const { server } = this;
    if (!this.isStalled(client)) return;
    server.log('warning', `Disconnecting timedout replica (full sync): ${replicaName(client)}`);
    server.closeClient(client, 'replica timeout');
  }

  private isStalled(client: ReplicaClient): boolean {
    const { server } = this;
    const { replica } = client;
    const unsent = unsentBytes(client);
    if (unsent > MOST_UNSENT_BYTES && unsent === replica.unsentBefore) return server.nowMs - replica.unsentSinceMs > server.config.number('repl-timeout') * 1000;
    replica.unsentBefore = unsent;
    replica.unsentSinceMs = server.nowMs;
    return false;
  }

  /** A replica is gone: a child that has nobody left to write to is ended. */
  left(): void {
    const { server } = this;
    const { snapshots } = server;
    if (this.isRdbChannel || !snapshots.inProgress || [...this.replication.replicas].some(({ replica }) => replica.state === 'wait_bgsave_end')) return;
    if (!this.isDiskless) {
      // A server that saves for itself has a use for the file.
      if (!snapshots.hasSavePoints) snapshots.killChild();
      return;
    }
    server.log('notice', 'Diskless rdb transfer, last replica dropped, killing fork child.');
    server.fork.kill();
    server.log('warning', 'Background transfer terminated by signal 10');
    this.isDiskless = false;
  }

  private sendFile(problem: ForkProblem | undefined): void {
    const { server, replication } = this;
    const content = problem === undefined ? server.env.disk.read(server.snapshots.file) : undefined;
    if (content === undefined || isDiskError(content)) return this.fail();
    for (const client of [...replication.replicas]) {
      if (client.replica.state !== 'wait_bgsave_end') continue;
      client.replica.state = 'send_bulk';
      replication.send(client, `$${content.length}\r\n${content}`);
      this.arrived(client, false);
    }
    for (const client of this.streaming()) replication.putOnline(client, false);
    this.startIfDue();
    return undefined;
  }

  private arrived(client: ReplicaClient, streamsOnAck: boolean): void {
    if (client.replica.rdbOnly) {
      this.server.log('notice', `RDB transfer completed, rdb only replica (${replicaName(client)}) should be disconnected asap`);
      client.replica.state = 'rdb_transmitted';
      this.server.closeClient(client, 'it wanted a snapshot only', true);
    } else this.replication.putOnline(client, streamsOnAck && !client.replica.isOld);
  }

  /** No snapshot could be made: those who wait for it must ask again. */
  private fail(): void {
    for (const client of this.streaming()) this.server.closeClient(client, 'no snapshot could be made', true);
    for (const client of [...this.replication.replicas]) {
      if (client.replica.state !== 'wait_bgsave_end') continue;
      this.server.log('warning', 'SYNC failed. BGSAVE child returned an error');
      this.server.closeClient(client, 'no snapshot could be made', true);
    }
  }
}
