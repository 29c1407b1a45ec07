/*
 * A replica's link to its master
 * ------------------------------
 *     connect ─► connecting ─► handshake ─► sync ─► connected
 *        ▲           │             │   └──────────────▲  │
 *        └───────────┴─────────────┴── the link fails ┴──┘
 *
 * The handshake is a conversation in lines: PING, AUTH, who I am, what I can, PSYNC. Its last answer decides:
 * CONTINUE, and the stream goes on where it stopped; FULLRESYNC, and a snapshot comes first. Once connected, the
 * master is a client like any other whose commands are run, only that nothing is answered, and that each
 * command's bytes count in the offset and go on to this server's own replicas.
 *
 * The snapshot comes through this connection, before the stream, or through a second one (rdb-channel.ts). Then the
 * stream begins at once and is kept until the snapshot is loaded; the link stands while it catches up with that.
 *
 * What a broken link leaves behind is the name of the history and the offset in it, which is all that the next
 * handshake needs.
 */
import type { Bytes } from '../bytes.ts';
import { parseInteger } from '../bytes.ts';
import { Client } from '../client.ts';
import type { Socket } from '../env.ts';
import { encodeCommand } from '../persistence/aof-format.ts';
import { historyPoint, type RdbContents } from '../persistence/rdb.ts';
import type { Server } from '../server.ts';
import { ArrivingSnapshot, type SnapshotUser } from './arriving-snapshot.ts';
import { firstLine } from './first-line.ts';
import { errorText, RdbChannel } from './rdb-channel.ts';
import type { Replication } from './replication.ts';

type State = 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';

/** So much of the kept stream is run at a time (PROTO_IOBUF_LEN). */
const CATCH_UP_BYTES = 16 * 1024;

/** What the next line of the handshake answers. */
type Awaited = 'ping' | 'auth' | 'port' | 'ip' | 'capa' | 'psync';

export class MasterLink {
  readonly host: Bytes;
  readonly port: number;
  state: State = 'connect';
  /** There is a history to go on with: a snapshot was loaded once, or this server was a master. */
  mayContinue: boolean;
  /** Milliseconds since the epoch; −1: the link never stood. */
  downSinceMs = -1;
  private lastIoMs: number;
  private client: Client | undefined;
  private socket: Socket | undefined;
  private input: Bytes = '';
  private awaited: Awaited[] = [];
  private snapshot: ArrivingSnapshot | undefined;
  /** Through which the snapshot comes, if not through this connection. */
  private channel: RdbChannel | undefined;
  /** The snapshot is loaded, and what the stream has brought meanwhile is being run. */
  private isCatchingUp = false;
  /** Why this connection is gone, while there is still something to be done with what it has brought. */
  private lostBecause: Bytes | undefined;
  /** What the connection brings while a snapshot that has come is loaded: it is not read before that is over. */
  private unread: (() => void)[] = [];
  /** Second in which the master heard last that this server is alive. */
  private saidAliveAt = 0;
  /** Name and offset of the snapshot that is coming. */
  private snapshotOf = { id: '', offset: 0 };
  /** Bytes that came and are not applied yet. */
  private unapplied: Bytes = '';
  /** Where commands go after the link was lost: the database that the stream spoke of. */
  private streamDb = 0;
  /** Rising with each try, so that what an old connection still says is not heard. */
  private attempt = 0;
  private readonly server: Server;
  private readonly replication: Replication;

  /** `before`: whether there is a history to go on with, and the database that its stream speaks of. */
  constructor(server: Server, replication: Replication, host: Bytes, port: number, before: { readonly mayContinue: boolean; readonly db: number }) {
    this.server = server;
    this.replication = replication;
    this.host = host;
    this.port = port;
    this.mayContinue = before.mayContinue;
    this.streamDb = before.db;
    this.lastIoMs = server.nowMs;
  }

  /** Database that the stream speaks of. */
  get db(): number {
    return this.streamDb;
  }

  /** The dataset is one of the history, whose stream speaks of that database. */
  goOnFrom(db: number): void {
    this.mayContinue = true;
    this.streamDb = db;
  }

  get isUp(): boolean {
    return this.state === 'connected';
  }

  /** Seconds since anything came from the master, −1 without a link. */
  get lastIoSeconds(): number {
    return this.client === undefined ? -1 : Math.floor((this.server.nowMs - this.client.lastInteractionMs) / 1000);
  }

  /** Seconds since anything came while the link is being made. */
  get silentSeconds(): number {
    return Math.floor((this.server.nowMs - this.lastIoMs) / 1000);
  }

  /** Offset of what has been read, applied or not. */
  get readOffset(): number {
    return this.replication.offset + this.unapplied.length;
  }

  /** Bytes of the snapshot so far, and in all (0: not known). */
  get transferred(): { readonly read: number; readonly total: number } {
    return this.snapshot?.transferred ?? { read: 0, total: 0 };
  }

  // --- connecting --------------------------------------------------------------------------------

  connect(): void {
    const { server } = this;
    const attempt = ++this.attempt;
    const current = (fn: () => void): void => {
      if (attempt !== this.attempt) return;
      if (this.channel === undefined && this.snapshot?.isLoadingFile === true) this.unread.push(() => attempt === this.attempt && fn());
      else server.asEvent(fn);
    };
    this.state = 'connecting';
    this.lastIoMs = server.nowMs;
    server.log('notice', 'MASTER <-> REPLICA sync started');
    server.env.network.connect(`${this.host}:${this.port}`, {
      open: (socket) => current(() => this.opened(socket)),
      data: (chunk) => current(() => this.received(chunk)),
      closed: (reason) => current(() => this.closed(reason)),
    });
  }

  private opened(socket: Socket): void {
    this.socket = socket;
    this.server.log('notice', 'Non blocking connect for SYNC fired the event.');
    this.state = 'handshake';
    this.input = '';
    this.ask('ping', ['PING']);
  }

  private ask(what: Awaited, argv: readonly Bytes[]): void {
    this.awaited.push(what);
    this.socket?.send(encodeCommand(argv));
  }

  private received(chunk: Bytes): void {
    if (this.isCatchingUp || this.channel?.snapshot !== undefined) return this.replication.fullSyncBuffer.take(chunk);
    if (this.client !== undefined) return this.applyFrom(this.client, chunk);
    if (this.snapshot !== undefined) return this.snapshot.receive(chunk);
    this.lastIoMs = this.server.nowMs;
    this.input += chunk;
    return this.readLines();
  }

  private readLines(): void {
    while (this.state === 'handshake' && this.channel === undefined) {
      const first = firstLine(this.input);
      if (first === undefined) return;
      this.input = first.rest;
      // An empty line only says that the master is still there.
      if (first.line !== '') this.answered(this.awaited.shift(), first.line);
    }
    if (this.snapshot === undefined) return;
    const rest = this.input;
    this.input = '';
    this.snapshot.receive(rest);
  }

  private answered(what: Awaited | undefined, line: Bytes): void {
    const { server } = this;
    const failed = line.startsWith('-');
    switch (what) {
      case 'ping':
        if (failed && !/^-(NOAUTH|NOPERM|ERR operation not permitted)/.test(line)) return this.abort(`Error reply to PING from master: '${line}'`);
        server.log('notice', 'Master replied to PING, replication can continue...');
        return this.introduce();
      case 'auth':
        return failed ? this.abort(`Unable to AUTH to MASTER: ${line}`) : undefined;
      case 'port':
        if (failed) server.log('notice', `(Non critical) Master does not understand REPLCONF listening-port: ${line}`);
        return undefined;
      case 'ip':
        if (failed) server.log('notice', `(Non critical) Master does not understand REPLCONF ip-address: ${line}`);
        return undefined;
      case 'capa':
        if (failed) server.log('notice', `(Non critical) Master does not understand REPLCONF capa: ${line}`);
        return this.askToContinue();
      case 'psync':
        return this.decide(line);
      default:
        return this.abort(`Unexpected line from master: ${line}`);
    }
  }

  private get login(): readonly Bytes[] | undefined {
    const { config } = this.server;
    const [user, password] = [config.text('masteruser'), config.text('masterauth')];
    if (password === '') return undefined;
    return user === '' ? ['AUTH', password] : ['AUTH', user, password];
  }

  private get announcedPort(): string {
    const port = this.server.config.number('replica-announce-port');
    return String(port === 0 ? this.server.port : port);
  }

  private introduce(): void {
    const { config } = this.server;
    if (this.login !== undefined) this.ask('auth', this.login);
    this.ask('port', ['REPLCONF', 'listening-port', this.announcedPort]);
    const ip = config.text('replica-announce-ip');
    if (ip !== '') this.ask('ip', ['REPLCONF', 'ip-address', ip]);
    this.ask('capa', ['REPLCONF', 'capa', 'eof', 'capa', 'psync2', ...(config.flag('repl-rdb-channel') ? ['capa', 'rdb-channel-repl'] : [])]);
  }

  private askToContinue(): void {
    const { server, replication } = this;
    if (this.mayContinue) {
      const from = String(replication.offset + 1);
      server.log('notice', `Trying a partial resynchronization (request ${server.replicationId}:${from}).`);
      this.ask('psync', ['PSYNC', server.replicationId, from, ...(replication.failover.state === 'failover-in-progress' ? ['FAILOVER'] : [])]);
    } else {
      server.log('notice', 'Partial resynchronization not possible (no cached master)');
      this.ask('psync', ['PSYNC', '?', '-1']);
    }
  }

  private decide(line: Bytes): void {
    const { server } = this;
    const words = line.split(' ');
    if (words[0] === '+FULLRESYNC') {
      const offset = parseInteger(words[2] ?? '');
      if (words[1]?.length !== 40 || offset === undefined) return this.abort('Master replied with wrong +FULLRESYNC syntax.');
      this.replication.failover.succeeded();
      server.log('notice', `Full resync from master: ${words[1]}:${words[2]}`);
      this.expectSnapshot({ id: words[1], offset: Number(offset) }, (isHeld) => this.socket?.hold?.(isHeld));
      return undefined;
    }
    if (words[0] === '+RDBCHANNELSYNC' && words[1] !== undefined) {
      this.replication.failover.succeeded();
      server.log('notice', 'PSYNC is not possible, initialize RDB channel.');
      return this.openChannel(words[1]);
    }
    if (words[0] === '+CONTINUE') {
      server.log('notice', 'Successful partial resynchronization with master.');
      const id = words[1];
      if (id?.length === 40 && id !== server.replicationId) {
        server.log('notice', 'Master replication ID changed to ' + id);
        this.replication.rename(id);
      }
      if (this.replication.backlog === undefined) this.replication.createBacklog();
      server.log('notice', 'MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.');
      this.replication.failover.succeeded();
      this.becomeConnected(this.streamDb);
      return undefined;
    }
    if (this.replication.failover.state === 'failover-in-progress' && line.startsWith('-')) {
      this.replication.failover.refused('Failover target rejected psync request');
      return undefined;
    }
    if (/^-(NOMASTERLINK|LOADING)/.test(line)) return this.abort(`Master is currently unable to PSYNC but should be in the future: ${line}`);
    if (!line.startsWith('-ERR')) server.log('warning', `Unexpected reply to PSYNC from master: ${line}`);
    else server.log('notice', `Master does not support PSYNC or is in error state (reply: ${line})`);
    server.log('notice', 'Retrying with SYNC...');
    // A history without a name: nothing can be continued later.
    this.expectSnapshot({ id: '', offset: -1 }, (isHeld) => this.socket?.hold?.(isHeld));
    this.socket?.send('SYNC\r\n');
    return undefined;
  }

  // --- the snapshot ------------------------------------------------------------------------------

  private expectSnapshot(point: { readonly id: Bytes; readonly offset: number }, hold: SnapshotUser['hold']): ArrivingSnapshot {
    const link = this;
    this.snapshotOf = point;
    this.state = 'sync';
    this.lastIoMs = this.server.nowMs;
    this.snapshot = new ArrivingSnapshot(this.server, point.id, {
      hold,
      heard: () => (this.lastIoMs = this.server.nowMs),
      get heardMs() {
        return link.lastIoMs;
      },
      beforeReplacing: () => this.beforeReplacing(),
      loaded: (contents, rest, lostBecause) => {
        // A connection that was for the snapshot only may go.
        const isStreams = this.channel === undefined;
        this.readLater();
        this.loaded(contents, rest);
        if (lostBecause === undefined || !isStreams) return;
        const { attempt } = this;
        this.server.later(0, 'the connection with the master is lost', () => attempt === this.attempt && this.closed(lostBecause));
      },
      failed: (why, isEarly) => {
        this.readLater();
        if (why !== undefined) this.server.log('warning', why);
        if (isEarly === true) this.giveUp();
        else this.startOver();
      },
    });
    return this.snapshot;
  }

  /** A file is loaded, or not: what the connection has brought meanwhile is read next. */
  private readLater(): void {
    const { unread } = this;
    this.unread = [];
    if (unread.length > 0) this.server.later(0, 'what the master has sent meanwhile is read', () => unread.forEach((each) => each()));
  }

  private openChannel(mainChannelId: Bytes): void {
    const { server, replication } = this;
    // The stream is not read before it is known where it begins.
    this.socket?.hold?.(true);
    const channel: RdbChannel = new RdbChannel(server, mainChannelId, {
      login: this.login,
      port: this.announcedPort,
      heard: () => (this.lastIoMs = server.nowMs),
      begins: (point) => {
        server.log('notice', 'Starting to receive RDB and replication stream in parallel.');
        const { input, lostBecause, socket } = this;
        this.input = '';
        replication.fullSyncBuffer.begin((isHeld) => socket?.hold?.(isHeld));
        replication.fullSyncBuffer.take(input);
        socket?.hold?.(false);
        if (lostBecause !== undefined) server.later(0, 'the connection with the master is lost', () => this.channel === channel && this.closed(lostBecause));
        return this.expectSnapshot(point, (isHeld) => channel.hold(isHeld));
      },
      failed: () => this.giveUp(),
      lost: () => this.startOver(),
    });
    this.channel = channel;
    channel.connect(`${this.host}:${this.port}`);
  }

  /** The old dataset goes, and with it all that could be continued. */
  private beforeReplacing(): void {
    const { server } = this;
    if (this.mayContinue) server.log('notice', 'Discarding previously cached master state.');
    this.mayContinue = false;
    this.replication.dropReplicas('a new dataset is loaded');
  }

  private loaded(contents: RdbContents, rest: Bytes): void {
    const { server, replication } = this;
    // Turned on or off while it was loaded, perhaps.
    const usesAof = server.config.flag('appendonly');
    if (server.config.flag('rdb-del-sync-files') && !server.snapshots.hasSavePoints && !usesAof) server.env.disk.remove(server.snapshots.file);
    replication.adopt(this.snapshotOf.id === '' ? server.replicationId : this.snapshotOf.id, Math.max(0, this.snapshotOf.offset));
    this.mayContinue = this.snapshotOf.id !== '';
    server.log('notice', 'MASTER <-> REPLICA sync: Finished with success');
    // The stream goes on in the database that it spoke of, when the master is itself a replica.
    const { channel } = this;
    this.snapshot = undefined;
    this.channel = undefined;
    this.becomeConnected(historyPoint(contents.facts)?.db ?? 0);
    server.aof.asConfigured();
    // The master that streams waits for this before it goes on.
    this.acknowledge();
    if (this.client === undefined) return;
    if (channel !== undefined) {
      channel.close();
      this.catchUp(this.client);
    } else if (rest !== '') this.applyFrom(this.client, rest);
  }

  /** Runs what the stream has brought while the snapshot came another way. Others are served between two parts of it. */
  private catchUp(client: Client): void {
    const { server, replication: { fullSyncBuffer: buffer } } = this;
    server.log('notice', `MASTER <-> REPLICA sync: Starting to stream replication buffer into the db (${buffer.used} bytes).`);
    this.isCatchingUp = true;
    buffer.beginEmptying();
    let total = 0;
    const goOn = (): void => {
      if (this.client !== client || client.closed) return server.log('warning', 'Master client was freed while streaming accumulated replication data to db.');
      for (let piece = buffer.next(CATCH_UP_BYTES); piece !== undefined; piece = buffer.next(CATCH_UP_BYTES)) {
        this.applyFrom(client, piece);
        const every = server.config.number('loading-process-events-interval-bytes');
        const isDue = every > 0 && Math.floor((total + piece.length) / every) > Math.floor(total / every);
        total += piece.length;
        const later = (): void => {
          this.sayAlive();
          server.later(0, 'the stream of the full synchronization goes on', goOn);
        };
        if (server.debug.replicationPauses.has('on-streaming-repl-buf')) return server.stopProcess(isDue ? later : goOn);
        if (isDue) return later();
        if (client.closed) return goOn();
      }
      server.log('notice', `MASTER <-> REPLICA sync: Successfully streamed replication buffer into the db (${total} bytes in total)`);
      this.isCatchingUp = false;
      const rest = buffer.end();
      const { lostBecause } = this;
      if (rest !== '') this.applyFrom(client, rest);
      if (lostBecause !== undefined) server.later(0, 'the connection with the master is lost', () => this.client === client && this.closed(lostBecause));
      return undefined;
    };
    goOn();
  }

  /** A snapshot is being loaded, or the stream of that time is run: once a second the master hears that somebody is there. */
  sayAlive(): void {
    const second = Math.floor(this.server.env.clock.now() / 1e6);
    if ((this.state !== 'sync' && !this.isCatchingUp) || second === this.saidAliveAt) return;
    this.saidAliveAt = second;
    this.socket?.send('\n');
  }

  // --- the stream --------------------------------------------------------------------------------

  private becomeConnected(db: number): void {
    const { server, socket } = this;
    if (socket === undefined) throw new Error('a link without a socket cannot be connected');
    const client = server.connections.adopt(socket, server.databases[db] ?? server.firstDatabase);
    client.isMaster = true;
    client.mustBeObeyed = true;
    this.client = client;
    this.state = 'connected';
    this.unapplied = '';
    this.downSinceMs = -1;
    server.events.emit(() => ({ type: 'masterLinkUp', atUs: server.nowUs, master: `${this.host}:${this.port}`, offset: this.replication.offset }));
    const rest = this.input;
    this.input = '';
    if (rest !== '') this.applyFrom(client, rest);
  }

  private applyFrom(client: Client, chunk: Bytes): void {
    this.unapplied += chunk;
    this.server.connections.receiveFrom(client, chunk);
  }

  /** The master's client has run a command. Inside a transaction nothing counts before its end: it must come again as a whole. */
  applied(client: Client): void {
    if (client !== this.client || client.queue !== undefined) return;
    const bytes = this.unapplied.length - client.parser.waitingBytes;
    this.streamDb = client.db.id;
    this.replication.forward(this.unapplied.slice(0, bytes));
    this.unapplied = this.unapplied.slice(bytes);
  }

  /** Tells the master how far this server is. */
  acknowledge(): void {
    const { client, server } = this;
    if (client === undefined) return;
    const words = ['REPLCONF', 'ACK', String(this.replication.offset)];
    if (server.aof.state !== 'off') words.push('FACK', String(server.aof.syncedOffset));
    client.out += encodeCommand(words);
    server.flushLater(client);
  }

  // --- losing it ----------------------------------------------------------------------------------

  private closed(reason: string): void {
    const { server, client, snapshot } = this;
    if (this.channel !== undefined) return this.mainChannelClosed(reason, this.channel);
    if (this.isCatchingUp && client?.closed === false) {
      // What it has brought is of use.
      this.lostBecause = reason;
      return;
    }
    // What has come may be all of it.
    if (snapshot?.closed(reason) === true) return;
    const was = this.state;
    if (was === 'sync') {
      server.log('warning', 'I/O error trying to sync with MASTER: connection lost');
      return this.startOver();
    }
    this.reset();
    if (was === 'connecting') {
      server.log('warning', `Error condition on socket for SYNC: ${reason === 'refused' ? 'Connection refused' : reason}`);
      return;
    }
    if (client === undefined) {
      server.log('warning', 'The handshake with the master ended early: connection lost');
      return;
    }
    server.log('notice', 'Connection with master lost.');
    this.lost(client);
    server.log('notice', `Reconnecting to MASTER ${this.host}:${this.port}`);
    this.connect();
  }

  /** The connection of the stream is gone while the snapshot comes through the other. */
  private mainChannelClosed(reason: Bytes, channel: RdbChannel): void {
    const { server } = this;
    const { snapshot } = channel;
    this.lostBecause = reason;
    // It is not read before the snapshot begins.
    if (snapshot === undefined) return;
    server.log('warning', `Main channel error while reading from master: ${errorText(reason)}`);
    if (!snapshot.isLoading) return this.startOver();
    server.log('notice', 'Aborting rdb channel sync while loading the RDB.');
    // The snapshot and what the stream has brought are enough to continue from, when the one is whole.
    if (snapshot.isLoadingFile) server.log('notice', 'After loading RDB, replica will try psync with master.');
    else snapshot.abort();
    return undefined;
  }

  /** The master's client is gone: what it leaves is enough to continue. */
  private lost(client: Client): void {
    this.server.log('notice', 'Caching the disconnected master state.');
    if (this.downSinceMs === -1) this.downSinceMs = this.server.nowMs;
    this.server.closeClient(client, 'connection with master lost');
    this.server.events.emit(() => ({ type: 'masterLinkDown', atUs: this.server.nowUs, master: `${this.host}:${this.port}` }));
  }

  private reset(): void {
    this.attempt++;
    this.state = 'connect';
    this.socket = undefined;
    this.client = undefined;
    const { snapshot, channel } = this;
    this.snapshot = undefined;
    this.channel = undefined;
    if (channel !== undefined) {
      this.server.log('notice', 'Aborting rdb channel sync');
      channel.close();
    }
    snapshot?.discard();
    if (channel !== undefined || this.isCatchingUp) this.replication.fullSyncBuffer.clear();
    this.isCatchingUp = false;
    this.lostBecause = undefined;
    this.unread = [];
    this.awaited = [];
    this.input = '';
    this.unapplied = '';
  }

  /** Gives this try up; the cron makes the next. */
  private abort(why: Bytes): void {
    this.server.log('warning', why);
    this.giveUp();
  }

  private giveUp(): void {
    this.socket?.close();
    this.reset();
  }

  /** Gives this try up and makes the next at once. */
  private startOver(): void {
    this.giveUp();
    this.server.log('notice', `Reconnecting to MASTER ${this.host}:${this.port} after failure`);
    this.connect();
  }

  /** The master's client was closed from this side: a protocol error, CLIENT KILL, a timeout. */
  clientClosed(client: Client): void {
    if (client !== this.client) return;
    // Its data grows old from now on, not from when there is time to connect again.
    this.downSinceMs = this.server.nowMs;
    this.server.later(0, 'reconnect to the master', () => this.closed('closed'));
  }

  /** Another master, or none: this link is over. */
  end(): void {
    const { client, socket } = this;
    if (client === undefined) socket?.close();
    this.reset();
    if (client !== undefined) this.lost(client);
  }

  /** Once a second: what has been silent too long is dropped, what is down is tried again. */
  cron(timeoutMs: number): void {
    const { server, client } = this;
    const silentMs = server.nowMs - this.lastIoMs;
    if ((this.state === 'connecting' || this.state === 'handshake') && silentMs > timeoutMs) {
      server.log('warning', 'Timeout connecting to the MASTER...');
      this.startOver();
    } else if (this.state === 'sync' && silentMs > timeoutMs) {
      server.log('warning', "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.");
      this.startOver();
    } else if (client !== undefined && server.nowMs - client.lastInteractionMs > timeoutMs) {
      server.log('warning', 'MASTER timeout: no data nor PING received...');
      server.closeClient(client, 'master timeout');
    }
    if (this.state === 'connect') {
      server.log('notice', `Connecting to MASTER ${this.host}:${this.port}`);
      this.connect();
    } else if (this.state === 'connected') this.acknowledge();
  }
}
