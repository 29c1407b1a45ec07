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
 * What a broken link leaves behind is the name of the history and the offset in it, which is all that the next
 * handshake needs.
 */
import type { Bytes } from '../bytes.ts';
import { parseInteger } from '../bytes.ts';
import { Client } from '../client.ts';
import type { Socket } from '../env.ts';
import { encodeCommand } from '../persistence/aof-format.ts';
import type { Loaded } from '../persistence/loading.ts';
import { historyPoint, type RdbContents } from '../persistence/rdb.ts';
import { RdbReader } from '../persistence/rdb-string.ts';
import type { Server } from '../server.ts';
import type { Replication } from './replication.ts';
import { DirectLoad } from './direct-load.ts';
import { MARK_BYTES, Transfer } from './transfer.ts';

type State = 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';

/** How often a snapshot that is loaded as it comes is watched, in microseconds. */
const WATCH_US = 1_000_000;

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
  private transfer: Transfer | undefined;
  private direct: DirectLoad | undefined;
  /** What the connection brings while a snapshot that has come is loaded: it is not read before that is over. */
  private unread: (() => void)[] | undefined;
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
    const transfer = this.transfer ?? this.direct;
    return { read: transfer?.received ?? 0, total: transfer?.totalBytes ?? 0 };
  }

  // --- connecting --------------------------------------------------------------------------------

  connect(): void {
    const { server } = this;
    const attempt = ++this.attempt;
    const current = (fn: () => void): void => {
      if (attempt !== this.attempt) return;
      if (this.unread === undefined) server.asEvent(fn);
      else this.unread.push(() => attempt === this.attempt && fn());
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
    this.lastIoMs = this.server.nowMs;
    if (this.client !== undefined) {
      this.applyFrom(this.client, chunk);
      return;
    }
    if (this.direct !== undefined) {
      this.input += this.direct.take(chunk);
      // What is not loaded yet must not pile up here: the master waits with the rest.
      if (this.direct.isFull) this.socket?.hold?.(true);
      this.direct.goOn();
      return;
    }
    if (this.transfer !== undefined) {
      this.receiveSnapshot(this.transfer, chunk);
      return;
    }
    this.input += chunk;
    this.readLines();
  }

  private readLines(): void {
    while (this.client === undefined && this.transfer === undefined && this.direct === undefined && (this.state === 'handshake' || this.state === 'sync')) {
      const end = this.input.indexOf('\n');
      if (end === -1) return;
      const line = this.input.slice(0, end).replace(/\r$/, '');
      this.input = this.input.slice(end + 1);
      // An empty line only says that the master is still there.
      if (line === '') continue;
      if (this.state === 'sync') this.beginTransfer(line);
      else this.answered(this.awaited.shift(), line);
    }
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

  private introduce(): void {
    const { config } = this.server;
    const [user, password] = [config.text('masteruser'), config.text('masterauth')];
    if (password !== '') this.ask('auth', user === '' ? ['AUTH', password] : ['AUTH', user, password]);
    const port = config.number('replica-announce-port');
    this.ask('port', ['REPLCONF', 'listening-port', String(port === 0 ? this.server.port : port)]);
    const ip = config.text('replica-announce-ip');
    if (ip !== '') this.ask('ip', ['REPLCONF', 'ip-address', ip]);
    this.ask('capa', ['REPLCONF', 'capa', 'eof', 'capa', 'psync2']);
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
      this.snapshotOf = { id: words[1], offset: Number(offset) };
      server.log('notice', `Full resync from master: ${words[1]}:${words[2]}`);
      this.state = 'sync';
      return undefined;
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
    this.snapshotOf = { id: '', offset: -1 };
    this.state = 'sync';
    this.socket?.send('SYNC\r\n');
    return undefined;
  }

  // --- the snapshot ------------------------------------------------------------------------------

  private beginTransfer(line: Bytes): void {
    const { server } = this;
    if (line.startsWith('-')) return this.abort(`MASTER aborted replication with an error: ${line.slice(1)}`);
    if (!line.startsWith('$')) return this.abort(`Bad protocol from MASTER, the first byte is not '$' (we received '${line}'), are you sure the host and port are right?`);
    const mark = line.startsWith('$EOF:') ? line.slice(5) : undefined;
    const bytes = Number(parseInteger(line.slice(1)) ?? NaN);
    if (mark === undefined ? !(bytes >= 0) : mark.length !== MARK_BYTES) return this.abort(`Bad protocol from MASTER: '${line}'`);
    const end = mark === undefined ? { bytes } : { mark };
    const isDirect = DirectLoad.isWanted(server);
    const what = mark === undefined ? `${bytes} bytes from master` : 'streamed RDB from master with EOF';
    server.log('notice', `MASTER <-> REPLICA sync: receiving ${what} ${isDirect ? 'to parser' : 'to disk'}`);
    if (isDirect) return this.loadDirectly(new DirectLoad(server, end, { beforeReplacing: () => this.beforeReplacing(), starved: () => this.socket?.hold?.(false) }));
    const transfer = Transfer.begin(server, end);
    if (typeof transfer === 'string') return this.abort(transfer);
    this.transfer = transfer;
    const rest = this.input;
    this.input = '';
    return this.receiveSnapshot(transfer, rest);
  }

  private receiveSnapshot(transfer: Transfer, chunk: Bytes): void {
    const refused = transfer.take(chunk);
    if (refused !== undefined) this.abort(refused);
    else if (transfer.isComplete) this.load(transfer);
  }

  /** The old dataset goes, and with it all that could be continued. */
  private beforeReplacing(): void {
    const { server } = this;
    if (this.mayContinue) server.log('notice', 'Discarding previously cached master state.');
    this.mayContinue = false;
    this.replication.dropReplicas('a new dataset is loaded');
  }

  private loadDirectly(direct: DirectLoad): void {
    const { server, attempt } = this;
    this.direct = direct;
    // The same history: what is here is but an earlier moment of what comes.
    const isAsync = server.config.text('repl-diskless-load') === 'swapdb' && this.snapshotOf.id === server.replicationId;
    if (server.aof.state !== 'off') server.aof.turnOff();
    server.loading.run(direct.load(isAsync), (loaded) => {
      if (attempt !== this.attempt) return;
      this.direct = undefined;
      this.socket?.hold?.(false);
      const { lostBecause } = direct;
      if (loaded === undefined) {
        this.socket?.close();
        this.reset();
        server.log('notice', `Reconnecting to MASTER ${this.host}:${this.port} after failure`);
        this.connect();
        return;
      }
      const rest = this.input;
      this.input = '';
      this.loaded(loaded, rest);
      if (lostBecause !== undefined) server.later(0, 'the connection with the master is lost', () => attempt === this.attempt && this.closed(lostBecause));
    });
    this.watch(direct);
    const rest = this.input;
    this.input = direct.take(rest);
    direct.goOn();
  }

  /** A master that falls silent in the middle of a snapshot is given up; the cron waits for the end of loading. */
  private watch(direct: DirectLoad): void {
    const { server } = this;
    server.later(WATCH_US, 'the master is watched', () => {
      if (this.direct !== direct) return;
      if (server.nowMs - this.lastIoMs > server.config.number('repl-timeout') * 1000) direct.close('timeout');
      else this.watch(direct);
    }, 'always');
  }

  private load(transfer: Transfer): void {
    const { server } = this;
    const { content, rest } = transfer;
    const refused = transfer.install();
    if (refused !== undefined) return this.abort(refused);
    this.beforeReplacing();
    server.log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    if (server.aof.state !== 'off') server.aof.turnOff();
    const { attempt } = this;
    const unread: (() => void)[] = [];
    this.unread = unread;
    this.socket?.hold?.(true);
    server.loading.run(this.loadFile(content), (loaded) => {
      // A link that was given up meanwhile has nothing to go on with.
      if (attempt !== this.attempt) return;
      this.unread = undefined;
      this.transfer = undefined;
      this.socket?.hold?.(false);
      if (loaded !== undefined) this.loaded(loaded, rest);
      else {
        server.emptyData();
        this.abort('Failed trying to load the MASTER synchronization DB from disk, check server logs.');
      }
      if (unread.length > 0) server.later(0, 'what the master has sent meanwhile is read', () => unread.forEach((each) => each()));
    });
    return undefined;
  }

  private *loadFile(content: Bytes): Generator<Loaded, RdbContents | undefined> {
    const { server } = this;
    server.log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
    server.emptyData();
    server.loading.begin(content.length);
    return yield* server.snapshots.loadContent(new RdbReader(content), { keepsExpired: true });
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
    this.becomeConnected(historyPoint(contents.facts)?.db ?? 0);
    server.aof.asConfigured();
    // The master that streams waits for this before it goes on.
    this.acknowledge();
    if (rest !== '' && this.client !== undefined) this.applyFrom(this.client, rest);
  }

  /** A snapshot is being loaded: once a second the master hears that somebody is there. */
  sayAlive(): void {
    const second = Math.floor(this.server.env.clock.now() / 1e6);
    if (this.state !== 'sync' || second === this.saidAliveAt) return;
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
    const { server } = this;
    const { client, direct } = this;
    // What has come may be all of it.
    if (direct !== undefined) return direct.close(reason);
    const was = this.state;
    this.reset();
    if (was === 'connecting') {
      server.log('warning', `Error condition on socket for SYNC: ${reason === 'refused' ? 'Connection refused' : reason}`);
      return;
    }
    if (client === undefined) {
      server.log('warning', was === 'sync' ? 'I/O error trying to sync with MASTER: connection lost' : 'The handshake with the master ended early: connection lost');
      return;
    }
    server.log('notice', 'Connection with master lost.');
    this.lost(client);
    server.log('notice', `Reconnecting to MASTER ${this.host}:${this.port}`);
    this.connect();
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
    if (this.unread === undefined) this.transfer?.discard();
    this.transfer = undefined;
    this.unread = undefined;
    const { direct } = this;
    this.direct = undefined;
    direct?.close('given up');
    this.awaited = [];
    this.input = '';
    this.unapplied = '';
  }

  /** Gives this try up; the cron makes the next. */
  private abort(why: Bytes): void {
    this.server.log('warning', why);
    this.socket?.close();
    this.reset();
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
    if ((this.state === 'connecting' || this.state === 'handshake') && silentMs > timeoutMs) this.abort('Timeout connecting to the MASTER...');
    else if (this.state === 'sync' && silentMs > timeoutMs) {
      this.abort("Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.");
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
