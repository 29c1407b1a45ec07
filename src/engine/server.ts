/*
 * A Redis server
 * --------------
 * Bytes in, bytes out. Everything a client sends goes one way: its parser yields argv (connections.ts),
 * processCommand decides whether the command may run, `call` runs it (command-path.ts). This file holds the
 * parts together: what an event is, when the server starts and stops, and what the keyspace and the commands
 * may ask of their server.
 */
import { Acl } from './acl/acl.ts';
import { openUser } from './acl/user.ts';
import type { Bytes } from './bytes.ts';
import { Client, type Blocked } from './client.ts';
import { ClientBytes } from './client-bytes.ts';
import { ClientLimits } from './client-limits.ts';
import { ClientPause, type PauseHost } from './client-pause.ts';
import { CLUSTER_PORT_INCR, MOST_PORT, openCluster, type Cluster } from './cluster/cluster.ts';
import { ClusterCompatibility } from './cluster/compatibility.ts';
import type { Command, CommandTable, DebugSwitches } from './command.ts';
import { CommandPath } from './command-path.ts';
import { commandTable, sentinelTable, tableWith } from './commands/index.ts';
import type { Config } from './config/config.ts';
import type { DirectiveValue } from './config/values.ts';
import { Connections } from './connections.ts';
import { serverCron } from './cron.ts';
import type { Env, Socket, SocketEvents } from './env.ts';
import { EventTime } from './event-time.ts';
import { ServerEvents } from './events.ts';
import { ABORTED } from './exit-codes.ts';
import { Database } from './keyspace/database.ts';
import { ExpireCycle } from './keyspace/expire.ts';
import { earliestDeadline } from './keyspace/hash-expiry.ts';
import { keyspaceBytes, memoryReport, type MemoryParts } from './keyspace/memory-report.ts';
import { NotificationClasses } from './keyspace/notifications.ts';
import type { RedisObject } from './keyspace/object.ts';
import { bitsOfPast, touchBits } from './keyspace/usage.ts';
import { LatencyMonitor } from './latency.ts';
import { isLogged, logLine, writeFromHandler, writeLog, type LogLevel } from './log.ts';
import { MigrateSockets } from './migration/migrate-sockets.ts';
import { AppendOnlyFile } from './persistence/append-only-file.ts';
import { Fork } from './persistence/fork.ts';
import { Loading, type Loaded } from './persistence/loading.ts';
import type { HistoryPoint } from './persistence/rdb.ts';
import { RdbReader } from './persistence/rdb-string.ts';
import { Snapshots, type LoadedKey } from './persistence/snapshots.ts';
import { deletionOf, Propagation, type Receiver } from './propagation.ts';
import { openSentinel, type Sentinel } from './sentinel/sentinel.ts';
import { Scripting } from './scripting/scripting.ts';
import { PubSub } from './pubsub.ts';
import { Replication } from './replication/replication.ts';
import type { Reply } from './reply.ts';
import { Shutdown, shutdownRequest } from './shutdown.ts';
import { SlowLog } from './slowlog.ts';
import { IoThreads } from './io-threads.ts';
import { Statistics } from './statistics.ts';
import type { ResizePolicy } from './structures/dict.ts';
import { Tracking } from './tracking.ts';
import { Watchdog } from './watchdog.ts';

/** What an element costs on a simulated host, and what is too little to be charged (microseconds): see docs/decisions/virtual-work.md. */
const ELEMENT_COST_US = 0.1;
const LEAST_CHARGE_US = 100;

export interface Listener {
  readonly port: number;
  /** As the log calls it. */
  readonly what: 'tcp' | 'cluster';
  /** Takes a connection: hand the returned events what arrives. Chunks may be cut anywhere. */
  accept(socket: Socket): SocketEvents;
}

export class Server implements PauseHost {
  readonly env: Env;
  readonly config: Config;
  readonly events = new ServerEvents();
  readonly databases: Database[];
  readonly commands: CommandTable;
  readonly time: EventTime;
  readonly statistics = new Statistics();
  readonly ioThreads: IoThreads;
  readonly slowLog = new SlowLog();
  readonly latency: LatencyMonitor;
  readonly propagation = new Propagation();
  readonly fork: Fork;
  readonly snapshots: Snapshots;
  readonly loading = new Loading(this);
  readonly aof: AppendOnlyFile;
  readonly scripting: Scripting;
  readonly pubsub = new PubSub((client) => this.flushLater(client));
  readonly acl: Acl;
  readonly monitors = new Set<Client>();
  readonly tracking: Tracking;
  readonly random: Env['random'];
  readonly resizePolicy: ResizePolicy = { resize: 'enable' };
  readonly expireCycle = new ExpireCycle();
  readonly cronState = { nextDatabase: 0, second: -1 };
  readonly debug: DebugSwitches = { activeExpire: true, cronPaused: false, dictResizing: true, skipChecksum: false, scriptsMayAll: false, aofFlushSleepUs: 0, replicationPauses: new Set() };
  readonly replication: Replication;
  readonly connections: Connections;
  readonly limits: ClientLimits;
  readonly clientBytes = new ClientBytes();
  readonly path: CommandPath;
  readonly pause: ClientPause;
  readonly shutdown: Shutdown;
  readonly watchdog: Watchdog;
  /** What watches masters: this is no server of data then. */
  readonly sentinel: Sentinel | undefined;
  /** What this server knows of its cluster; undefined when it is in none. */
  readonly cluster: Cluster | undefined;
  readonly compatibility: ClusterCompatibility;
  readonly runId: Bytes;
  replicationId: Bytes;
  readonly startedAtUs: number;
  private readonly newId: () => Bytes;

  dirty = 0;
  /** Work of the running command that no time was charged for yet, in microseconds. */
  workUs = 0;
  noTouch = false;
  /** The running command has been decided elsewhere: it finds the keys as they were there. */
  obeys = false;
  /** The server is leaving: no request is read and no cron runs any more. */
  stopping = false;
  private cancelCron: (() => void) | undefined;
  private usesLfu = false;
  /** What has come since the server stands still (MIGRATE), and is not heard yet. */
  private unheard: (() => void)[] | undefined;
  private openMigrateSockets: MigrateSockets | undefined;
  private commandsAtLastCycle = 0;
  /** Called whenever more of the append-only file is durable, or there is none any more: WAITAOF. */
  readonly waitingForSync = new Set<() => void>();
  private notifications = new NotificationClasses('');

  constructor(env: Env, config: Config) {
    this.env = env;
    this.config = config;
    const isInCluster = config.flag('cluster-enabled');
    if (isInCluster) config.put('databases', 1);
    const isSentinel = config.sentinel !== undefined;
    this.commands = isSentinel ? sentinelTable(config.renamings) : config.renamings.length === 0 ? commandTable : tableWith(config.renamings);
    this.random = env.random;
    this.startedAtUs = env.clock.now();
    this.time = new EventTime(env.clock);
    this.tracking = new Tracking(this);
    this.latency = new LatencyMonitor(config);
    const ids = env.random.fork('ids');
    this.newId = () => Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(ids.below(16))).join('');
    this.runId = this.newId();
    this.replicationId = this.newId();
    this.databases = Array.from({ length: config.number('databases') }, (_, id) => new Database(id, this));
    this.acl = new Acl(config, isSentinel ? this.commands : commandTable, (rule) => {
      this.log('warning', `Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get disabled in the future (offender: ${rule})`);
    });
    this.fork = new Fork(this);
    this.snapshots = new Snapshots(this);
    this.aof = new AppendOnlyFile(this);
    this.replication = new Replication(this);
    this.ioThreads = new IoThreads(this.config.number('io-threads'), this.statistics);
    this.connections = new Connections(this);
    this.limits = new ClientLimits(this);
    this.path = new CommandPath(this);
    this.pause = new ClientPause(this);
    this.shutdown = new Shutdown(this);
    this.watchdog = new Watchdog(env, config);
    this.scripting = new Scripting(this);
    this.sentinel = isSentinel ? openSentinel(this) : undefined;
    this.cluster = isInCluster ? openCluster(this) : undefined;
    this.compatibility = new ClusterCompatibility(this);
    this.statistics.onTooManyErrors = (codes) => {
      this.log('warning', 'Errorstats stopped adding new errors because the number of errors reached the limit, may be misuse of lua error_reply, please check INFO ERRORSTATS, this can be re-enabled via CONFIG RESETSTAT.');
      this.log('warning', `Current errors code list: ${codes.join(', ')}`);
      this.statistics.keyspace.lazyFreed += codes.length;
    };
    let limitsMemory = false;
    config.follow('maxmemory', () => {
      const limits = config.number('maxmemory') > 0;
      if (limits !== limitsMemory) {
        for (const db of this.databases) db.countBytes(limits);
        this.clientBytes.follow(limits ? this.clients.values() : undefined);
      }
      limitsMemory = limits;
      if (this.cancelCron !== undefined) this.keepWithinMemory();
    });
    config.follow('maxmemory-policy', () => (this.usesLfu = config.text('maxmemory-policy').includes('lfu')));
    config.follow('notify-keyspace-events', () => (this.notifications = new NotificationClasses(config.text('notify-keyspace-events'))));
  }

  /** CONFIG SET maxmemory: a new limit below what is used is kept at once, whoever comes next. */
  private keepWithinMemory(): void {
    const limit = this.config.number('maxmemory');
    const used = limit === 0 ? 0 : this.usedMemory();
    if (used <= limit) return;
    this.log('warning', `WARNING: the new maxmemory value set via CONFIG SET (${limit}) is smaller than the current memory usage (${used}). This will result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.`);
    if (!this.path.ignoresMaxmemory) this.later(0, 'eviction', () => void this.path.makeRoom());
  }

  get port(): number {
    return this.config.number('port');
  }

  /** Where the other nodes of a cluster reach this one. */
  get busPort(): number {
    const port = this.config.number('cluster-port');
    return port === 0 ? this.port + CLUSTER_PORT_INCR : port;
  }

  get nowMs(): number {
    return this.time.nowMs;
  }

  get nowUs(): number {
    return this.time.nowUs;
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.connections.clients;
  }

  /** Where every client begins. */
  get firstDatabase(): Database {
    return this.databases[0] as Database;
  }

  // --- from start to stop --------------------------------------------------------------------

  /** Loads the dataset, then says that it is ready and starts the cron. Listening is the process's work: it hands each connection to `accept`. */
  start(): void {
    this.beginEvent();
    if (this.cluster?.open() === false) {
      this.stop('crash', 1);
      return;
    }
    if (this.sentinel !== undefined) return this.startSentinel(this.sentinel);
    this.log('notice', 'Server initialized');
    this.followConfigured();
    const usesAof = this.config.flag('appendonly');
    // Also where no file is written: it goes on where an earlier one has ended when it is turned on.
    if (!this.aof.files.read()) return this.stop('crash', 1);
    this.loading.run(usesAof ? this.aof.load() : this.snapshots.load(true), (isLoaded) => {
      if (isLoaded && (!usesAof || this.aof.openAtStart())) this.ready();
      else this.stop('crash', 1);
    });
  }

  /** The dataset is there. */
  private ready(): void {
    this.aof.files.removeHistory();
    this.aof.asConfigured();
    this.config.follow('appendonly', () => this.switchAof());
    this.config.follow('aof-disable-auto-gc', () => this.aof.files.removeHistory());
    this.cluster?.start();
    if (this.port !== 0) this.log('notice', 'Ready to accept connections tcp');
    if (this.config.text('unixsocket') !== '') this.log('notice', 'Ready to accept connections unix');
    this.replication.link?.connect();
    this.scheduleCron();
    this.events.emit(() => ({ type: 'serverReady', atUs: this.nowUs, port: this.port }));
  }

  /** Nothing to load, nothing to follow: it watches. */
  private startSentinel(sentinel: Sentinel): void {
    if (!sentinel.start()) return this.stop('crash', 1);
    this.scheduleCron();
    this.endEvent();
    return this.events.emit(() => ({ type: 'serverReady', atUs: this.nowUs, port: this.port }));
  }

  /** The `replicaof` of the configuration: this server is a replica from the beginning, while it loads its file. */
  private followConfigured(): void {
    const [host, port] = this.config.text('replicaof').split(' ');
    if (host !== undefined && port !== undefined && port !== '') this.replication.willFollow(host, Number(port));
  }

  /** Takes a connection: hand the returned events what arrives. Chunks may be cut anywhere. */
  accept(socket: Socket): SocketEvents {
    if (this.unheard === undefined) return this.connections.accept(socket);
    // The kernel takes the connection and what comes through it; the server hears of both later.
    let taken: SocketEvents | undefined;
    this.hear(() => (taken = this.connections.accept(socket)));
    return { data: (chunk) => this.hear(() => taken?.data(chunk)), closed: (reason) => this.hear(() => taken?.closed(reason)) };
  }

  /** Where the process is to listen, and who takes what comes: clients, and the other nodes of a cluster. */
  get listeners(): readonly Listener[] {
    const { cluster } = this;
    const listeners: Listener[] = [];
    if (this.port !== 0) listeners.push({ port: this.port, what: 'tcp', accept: (socket) => this.accept(socket) });
    if (cluster !== undefined && this.busPort <= MOST_PORT) listeners.push({ port: this.busPort, what: 'cluster', accept: (socket) => cluster.bus.accept(socket) });
    return listeners;
  }

  private scheduleCron(): void {
    this.cancelCron = this.later(Math.round(1e6 / (this.sentinel?.hz ?? this.config.number('hz'))), this.sentinel === undefined ? 'serverCron' : 'sentinelTimer', () => {
      const startedUs = this.env.clock.monotonic();
      this.watchdog.wind();
      serverCron(this);
      this.statistics.eventLoop.cronUs += this.time.endCommand() - startedUs;
      this.scheduleCron();
    });
  }

  /** SIGTERM and SIGINT end the server gracefully; SIGALRM asks what it is doing. */
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGALRM'): void {
    if (name === 'SIGALRM') return this.watchdog.tell(`Received ${name}`);
    const plain = this.loading.inProgress ? 'Received shutdown signal during loading, scheduling shutdown.' : `Received ${name} scheduling shutdown...`;
    writeFromHandler(this.env, this.config, this.shutdown.isInsisting(name) ? 'You insist... exiting now.' : plain);
    const words = this.config.text(name === 'SIGTERM' ? 'shutdown-on-sigterm' : 'shutdown-on-sigint').split(' ');
    this.asEvent(() => this.shutdown.signal(name, shutdownRequest(words)));
  }

  /** Leaves: connections are closed, timers end, the process exits with `code`. */
  stop(how: 'graceful' | 'crash', code = how === 'graceful' ? 0 : 1): void {
    if (this.stopping) return;
    this.stopping = true;
    this.cancelCron?.();
    this.watchdog.stop();
    this.pause.stop();
    this.cluster?.bus.close();
    this.sentinel?.stop();
    if (how === 'graceful') this.log('warning', `${this.sentinel === undefined ? 'Redis' : 'Sentinel'} is now ready to exit, bye bye...`);
    // First: who is told that the connection is over may come back at once.
    this.stopListening();
    for (const client of [...this.clients.values()]) this.closeClient(client, 'the server stops');
    this.events.emit(() => ({ type: 'serverStopped', atUs: this.nowUs, code }));
    this.env.exit(code);
  }

  // --- events --------------------------------------------------------------------------------

  /** Something has happened: a chunk came, a timer is due. The cached time is set anew. */
  beginEvent(): void {
    if (this.events.delivering) throw new Error('a listener called the server: events inform, they never steer');
    this.time.beginEvent();
  }

  /** What remains to be done before the server sleeps: reading on, expiring, sending. */
  endEvent(): void {
    if (this.standsStill) return;
    if (this.loading.inProgress) return this.endEventWhileLoading();
    this.cluster?.beforeSleep();
    this.connections.readUnblocked();
    if (this.debug.activeExpire && this.mayExpire && this.isMaster && !this.scripting.isBusy) this.expireCycle.beforeSleep(this);
    this.replication.beforeSleep();
    this.tracking.broadcast();
    this.limits.evictClients();
    // What the replies promise is on its way to the disk before they leave.
    this.flushAof();
    this.countCycle();
    if (this.stopping) return;
    this.cluster?.bus.flush();
    this.connections.flushAll();
  }

  /** Only replies leave: nothing else is done to a dataset that is not there yet. */
  private endEventWhileLoading(): void {
    this.flushAof();
    if (this.stopping) return;
    this.cluster?.bus.flush();
    this.connections.flushAll();
  }

  private flushAof(): void {
    if (this.aof.state === 'off') return;
    const startedUs = this.env.clock.monotonic();
    this.aof.flush();
    this.statistics.eventLoop.aofUs += this.time.endCommand() - startedUs;
  }

  /** INFO tells how often the event loop turns, and how long a turn takes. */
  private countCycle(): void {
    const { eventLoop, commandsProcessed } = this.statistics;
    const { eventUs } = this.time;
    eventLoop.cycles++;
    eventLoop.durationUs += eventUs;
    eventLoop.longestUs = Math.max(eventLoop.longestUs, eventUs);
    eventLoop.mostCommands = Math.max(eventLoop.mostCommands, commandsProcessed - this.commandsAtLastCycle);
    this.commandsAtLastCycle = commandsProcessed;
  }

  asEvent(fn: () => void): void {
    if (this.stopping) return;
    if (this.standsStill) return this.hear(() => this.asEvent(fn));
    this.beginEvent();
    fn();
    this.endEvent();
  }

  later(us: number, what: string, fn: () => void, when?: 'always'): () => void {
    let cancelled = false;
    const cancel = this.env.clock.after(us, what, () => {
      if (this.scripting.isBusy && when !== 'always') this.scripting.defer(() => cancelled || fn());
      else if (this.loading.inProgress && when !== 'always') this.loading.defer(() => cancelled || fn());
      else this.asEvent(() => cancelled || fn());
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  get standsStill(): boolean {
    return this.unheard !== undefined;
  }

  /** Does it now, or when the server hears again. */
  hear(work: () => void): void {
    if (this.unheard === undefined) work();
    else this.unheard.push(work);
  }

  standStill(): void {
    this.unheard = [];
  }

  stopProcess(then: () => void): void {
    this.log('notice', 'Process is about to stop.');
    this.env.stop?.();
    this.later(0, 'the process goes on', () => {
      this.log('notice', 'Process has been continued.');
      then();
    }, 'always');
  }

  moveOn(work: () => void): void {
    const unheard = this.unheard ?? [];
    this.unheard = undefined;
    this.asEvent(work);
    // One of them may make the server stand still again; the rest then waits anew, in the same order.
    for (const each of unheard) this.hear(each);
  }

  twin(env: Env): Server {
    return new Server(env, this.config.clone());
  }

  handOver(client: Client, taker: SocketEvents): void {
    this.connections.handOver(client, taker);
  }

  get migrateSockets(): MigrateSockets {
    return (this.openMigrateSockets ??= new MigrateSockets(this.env));
  }

  // --- what the keyspace asks of the server -----------------------------------------------------

  get keyspaceStats() {
    return this.statistics.keyspace;
  }

  get expiryPaused(): boolean {
    // On a replica only its master says when a key is gone.
    return this.pause.inForce || this.replication.isReplica;
  }

  get isWritableReplica(): boolean {
    return this.replication.isReplica && !this.config.flag('replica-read-only') && !this.pause.inForce;
  }

  touch(old: number | undefined): number {
    return touchBits(old, this.nowMs, this.usesLfu, this.config, this.random);
  }

  notify(kind: Bytes, event: Bytes, key: Bytes, db: number): void {
    if (this.events.heard) this.events.emit(() => ({ type: 'keyChanged', db, key, event }));
    const classes = this.notifications;
    if (!classes.any || !classes.wants(kind)) return;
    if (classes.keyspace) this.pubsub.publish(`__keyspace@${db}__:${key}`, event);
    if (classes.keyevent) this.pubsub.publish(`__keyevent@${db}__:${event}`, key);
  }

  keyModified(key: Bytes, isByServer: boolean): void {
    if (this.tracking.clients > 0) this.tracking.keyModified(key, isByServer);
  }

  keyReady(db: number, key: Bytes): void {
    this.path.keyReady(db, key);
  }

  get historyPoint(): HistoryPoint | undefined {
    return this.replication.point;
  }

  restoreHistory(point: HistoryPoint, expired: readonly { readonly db: number; readonly key: Bytes }[]): void {
    this.replication.restore(point, expired);
  }

  get isMaster(): boolean {
    return this.cluster === undefined ? !this.replication.isReplica : this.cluster.myself.isMaster;
  }

  libraries(): readonly Bytes[] {
    return this.scripting.functions.codes();
  }

  putLibrary(code: Bytes, replaces: boolean): Bytes | undefined {
    return this.scripting.functions.loadFromFile(code, replaces);
  }

  putLoaded(target: Database | undefined, key: Bytes, object: RedisObject, { expiresAtMs, usage, keepsExpired }: LoadedKey): 'loaded' | 'expired' | 'duplicate' {
    // Its time may have passed while the server was down.
    if (!keepsExpired && expiresAtMs !== undefined && expiresAtMs < this.nowMs) return 'expired';
    if (target === undefined) throw new Error('a loaded key belongs to a database');
    object.lru = bitsOfPast(usage, this.nowMs, this.usesLfu) ?? this.touch(undefined);
    if (!target.load(key, object)) return 'duplicate';
    if (expiresAtMs !== undefined) target.setExpire(key, expiresAtMs);
    if (object.type === 'hash' && object.deadlines !== undefined) target.queueFields(key, object, earliestDeadline(object));
    return 'loaded';
  }

  // --- what the files ask of the server -----------------------------------------------------------

  /** A name made absolute against the server's directory. */
  pathOf(name: Bytes): Bytes {
    const directory = this.config.text('dir') === '' ? this.env.surroundings.directory : this.config.text('dir');
    return name === '' ? directory : `${directory === '/' ? '' : directory}/${name}`;
  }

  get inTransaction(): boolean {
    return [...this.clients.values()].some((client) => client.executing);
  }

  get mayExpire(): boolean {
    return !this.obeys && !this.loading.inProgress;
  }

  betweenSlices(): void {
    this.replication.link?.sayAlive();
  }

  loadingClient(): { run(argv: readonly Bytes[]): boolean; readonly isSuspended: boolean } {
    const client = new Client(0, undefined, this.firstDatabase, this.nowMs, openUser('default'));
    client.executing = true;
    client.mustBeObeyed = true;
    const { path, scripting } = this;
    return {
      run: (argv) => path.replay(client, argv),
      get isSuspended() {
        return scripting.isBusy;
      },
    };
  }

  *loadRdbBase(content: Bytes): Generator<Loaded, number | undefined> {
    return (yield* this.snapshots.loadContent(new RdbReader(content), { keepsExpired: true }))?.end;
  }

  aofSynced(): void {
    for (const wake of [...this.waitingForSync]) wake();
  }

  /** CONFIG SET appendonly has taken effect, or was taken back. */
  private switchAof(): void {
    const wanted = this.config.flag('appendonly');
    // A snapshot of the master is loaded, and the file is off meanwhile: it is as wanted when that is done.
    if (this.loading.inProgress) return;
    if (wanted && this.aof.state === 'off') this.aof.turnOn();
    else if (!wanted && this.aof.state !== 'off') this.aof.turnOff();
  }

  usedMemory(): number {
    return memoryReport(this).used;
  }

  countedMemory(): number {
    const { used, notCounted } = memoryReport(this);
    return used - notCounted;
  }

  keyspaceMemory(): number {
    return keyspaceBytes(this.databases);
  }

  fitsInMemory(moreBytes: number): boolean {
    const limit = this.config.number('maxmemory');
    return limit === 0 || this.countedMemory() + moreBytes <= limit;
  }

  memoryParts(): MemoryParts {
    const { replication, aof, cluster, config, clientBytes } = this;
    const { evals, functions } = this.scripting;
    return {
      ...clientBytes.sums(this.clients.values()), replicas: replication.replicas.size, replicationBuffers: replication.backlog?.memory ?? 0, backlogTree: replication.backlog?.treeMemory ?? 0, backlogSize: config.number('repl-backlog-size'), fullSyncBuffer: replication.fullSyncBuffer.memory, aofBuffer: aof.bufferLength,
      clusterLinks: cluster?.bus.bytes ?? 0, evalScripts: evals.bytes, functions: functions.bytes, scriptMachines: evals.vmBytes + functions.vmBytes,
    };
  }

  /**
   * CPU time that a real server would have taken for what this one has done, microseconds: a system call takes some,
   * a command and a cron's look around little. It is told (top, INFO cpu) and moves no event.
   */
  estimatedCpuUs(): number {
    const { totalReadsProcessed, totalWritesProcessed, commandsProcessed, netInputBytes, netOutputBytes } = this.statistics;
    const crons = ((this.nowUs - this.startedAtUs) / 1e6) * this.config.number('hz');
    return Math.round((totalReadsProcessed + totalWritesProcessed) * 2.5 + commandsProcessed + (netInputBytes + netOutputBytes) / 2000 + Math.max(0, crons) * 30);
  }

  /** What the process holds, as the operating system sees it. */
  residentMemory(): number {
    return memoryReport(this).resident;
  }

  /** Every database becomes empty: before a master's snapshot is loaded. */
  emptyData(isLazy = false): void {
    for (const db of this.databases) db.flush(isLazy);
    this.scripting.functions.flush();
  }

  evict(db: Database, key: Bytes): void {
    db.evict(key);
  }

  // --- what commands ask of the server ----------------------------------------------------------

  processCommand(client: Client, argv: readonly Bytes[]): void {
    this.connections.run(client, argv);
  }

  processInput(client: Client): void {
    this.connections.processInput(client);
  }

  call(client: Client, command: Command, argv: readonly Bytes[]): Reply {
    return this.path.call(client, command, argv);
  }

  propagateAs(...commands: readonly (readonly Bytes[])[]): void {
    this.propagation.propagateAs(commands);
  }

  alsoPropagate(db: number, argv: readonly Bytes[]): void {
    this.propagation.alsoPropagate(db, argv);
  }

  propagateDeletion(db: number, key: Bytes, why: 'expired' | 'evicted'): void {
    if (this.propagation.active) this.propagation.alsoPropagate(db, deletionOf(key, this.config.flag(why === 'expired' ? 'lazyfree-lazy-expire' : 'lazyfree-lazy-eviction')));
  }

  unitOver(): void {
    this.propagation.unitOver();
  }

  propagateOnly(to: Receiver | 'all' | 'none'): void {
    this.propagation.muted = to === 'none';
    this.propagation.only = to === 'file' || to === 'replicas' ? to : undefined;
  }

  feedMonitors(client: Client, argv: readonly Bytes[]): void {
    this.path.feedMonitors(client, argv);
  }

  get shortOfMemory(): boolean {
    return this.path.shortOfMemory;
  }

  get isStale(): boolean {
    return this.path.isStale;
  }

  refusesWrites(): Bytes | undefined {
    return this.path.refusesWrites();
  }

  goOnSuspended(work: () => Reply): void {
    this.path.goOnSuspended(work);
  }

  whenFinished(goOn: (reply: Reply) => Reply): void {
    this.path.whenFinished(goOn);
  }

  readLater(client: Client): void {
    this.connections.goOn(client);
  }

  changeReplicationId(): void {
    this.replicationId = this.newId();
  }

  work(elements: number): void {
    this.workUs += elements * ELEMENT_COST_US;
    const { clock } = this.env;
    if (clock.charge === undefined || this.workUs < LEAST_CHARGE_US) return;
    const us = Math.floor(this.workUs);
    this.workUs -= us;
    clock.charge(us);
  }

  crash(report: Bytes, code: number): void {
    this.log('warning', `=== REDIS BUG REPORT START: ${report} === exit code ${code} === REDIS BUG REPORT END`);
    this.stop('crash', code);
  }

  panic(what: Bytes): void {
    this.crash(what, this.config.flag('use-exit-on-panic') ? 1 : ABORTED);
  }

  log(level: LogLevel, text: Bytes): void {
    if (!isLogged(level, this.config.text('loglevel'))) return;
    writeLog(this.env, this.config.text('logfile'), logLine(this.env.surroundings.pid, this.config.sentinel !== undefined ? 'X' : this.replication?.isReplica === true ? 'S' : 'M', level, this.env.clock.now(), text));
  }

  /** The process takes no more connections. On a simulated host nobody can come in between. */
  stopListening: () => void = () => {};

  /** The process may refuse a directive's new value: a port that is in use, a folder that is not there. */
  refuseDirective: (name: Bytes, value: DirectiveValue) => Bytes | undefined = () => undefined;

  refusesDirective(name: Bytes, value: DirectiveValue): Bytes | undefined {
    if (name === 'appendonly' && value === true && this.aof.state === 'off' && !this.loading.inProgress && !this.aof.turnOn()) return 'Unable to turn on AOF. Check server logs.';
    if (name === 'activedefrag' && value === true) return 'Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution';
    return this.refuseDirective(name, value);
  }

  flushLater(client: Client): void {
    this.connections.flushLater(client);
  }

  closeClient(client: Client, why: Bytes, afterReplies = false): void {
    this.connections.close(client, why, afterReplies);
  }

  block(client: Client, why: Blocked['why'], release: Blocked['release'], keys?: readonly Bytes[]): void {
    this.connections.block(client, why, release, keys);
  }

  resume(client: Client): void {
    this.connections.resume(client);
  }

  runAgain(client: Client, argv: readonly Bytes[], deadlineMs: number): void {
    this.path.runAgain(client, argv, deadlineMs);
  }

  answerBlocked(client: Client, argv: readonly Bytes[], reply: Reply): void {
    this.path.answerBlocked(client, argv, reply);
  }

  pauseClients(untilMs: number, kind: 'all' | 'write'): void {
    this.pause.begin(untilMs, kind);
  }

  unpauseClients(): void {
    this.pause.end();
  }
}
