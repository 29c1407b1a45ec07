/*
 * A Redis server
 * --------------
 * Bytes in, bytes out. Everything a client sends goes one way: its parser yields argv, processCommand
 * decides whether the command may run, `call` runs it. `call` alone measures, feeds monitors, counts,
 * and catches CommandError; EXEC and scripts come through it too.
 *
 * Replies gather in each client's `out` and leave at the end of the event, so that a pipeline of a
 * hundred commands is one write. Time is read once per command from the monotonic clock; the end of
 * one command is the beginning of the next.
 */
import type { Bytes } from './bytes.ts';
import { cText, fold, own, upper } from './bytes.ts';
import { Client, type Blocked } from './client.ts';
import type { Command, CommandTable, Ctx, DebugSwitches, ServerForCommands } from './command.ts';
import { commandTable, tableWith } from './commands/index.ts';
import { discardTransaction } from './commands/transactions/transactions.ts';
import type { Config } from './config/config.ts';
import type { DirectiveValue } from './config/values.ts';
import type { Env, Socket, SocketEvents } from './env.ts';
import { ServerEvents } from './events.ts';
import { Database } from './keyspace/database.ts';
import { ExpireCycle } from './keyspace/expire.ts';
import type { RedisObject } from './keyspace/object.ts';
import { Eviction } from './keyspace/evict.ts';
import { memoryReport } from './keyspace/memory-report.ts';
import { touchBits } from './keyspace/usage.ts';
import { NotificationClasses } from './keyspace/notifications.ts';
import { isLogged, logLine, writeLog, type LogLevel } from './log.ts';
import { Snapshots } from './persistence/snapshots.ts';
import { PubSub } from './pubsub.ts';
import { CommandError, errorReply, errorText, QUEUED, type Reply } from './reply.ts';
import { SlowLog } from './slowlog.ts';
import type { ResizePolicy } from './structures/dict.ts';
import { Statistics } from './statistics.ts';
import { serverCron } from './cron.ts';
import { monitorLine } from './monitor.ts';




const PUBSUB_ALLOWED = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe', 'ping', 'quit', 'reset']);
/** First words of a line that only an HTTP client sends. */
const HTTP_WORDS = new Set(['post', 'host:']);
const NEVER_QUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** The ctx of one client: filled anew for each call, so that a command costs no allocation. */
class CallContext implements Ctx {
  readonly server: ServerForCommands;
  readonly client: Client;
  argv: readonly Bytes[] = [];
  now = 0;
  constructor(server: ServerForCommands, client: Client) {
    this.server = server;
    this.client = client;
  }
  get db(): Database {
    return this.client.db;
  }
}

export class Server implements ServerForCommands {
  readonly env: Env;
  readonly config: Config;
  readonly events = new ServerEvents();
  readonly databases: Database[];
  readonly clients = new Map<number, Client>();
  readonly commands: CommandTable;
  readonly statistics = new Statistics();
  readonly slowLog = new SlowLog();
  readonly snapshots: Snapshots;
  readonly pubsub = new PubSub((client) => this.flushLater(client));
  readonly monitors = new Set<Client>();
  readonly random: Env['random'];
  readonly resizePolicy: ResizePolicy = { resize: 'enable' };
  readonly expireCycle = new ExpireCycle();
  readonly cronState = { nextDatabase: 0 };
  readonly debug: DebugSwitches = { activeExpire: true, cronPaused: false, dictResizing: true };
  readonly runId: Bytes;
  replicationId: Bytes;
  readonly startedAtUs: number;
  private readonly newId: () => Bytes;

  dirty = 0;
  noTouch = false;
  mayExpire = true;
  nowMs = 0;
  nowUs = 0;
  /** The server is leaving: no request is read and no cron runs any more. */
  private stopping = false;
  private nextClientId = 1;
  private readonly contexts = new Map<Client, CallContext>();
  private readonly waitingToFlush = new Set<Client>();
  /** Keys that were made while somebody waits for them, in that order. */
  private readyKeys: { readonly db: number; readonly key: Bytes }[] = [];
  private servingReadyKeys = false;
  /** Clients whose waiting is over: what they sent meanwhile is read at the end of the event. */
  private readonly unblocked: Client[] = [];
  private cancelCron: (() => void) | undefined;
  private wallAtEventUs = 0;
  private monotonicAtEventUs = 0;
  private lastReadUs = 0;
  private pause: { untilMs: number; kind: 'all' | 'write'; clients: Set<Client>; cancel: () => void } | undefined;

  // Directives that every command asks for, followed rather than looked up.
  private requirePass: Bytes = '';
  private slowlogThresholdUs = 10000;
  private maxBulkBytes = 0;
  private usesLfu = false;
  private limitsMemory = false;
  private readonly eviction = new Eviction();
  private notifications = new NotificationClasses('');

  constructor(env: Env, config: Config) {
    this.env = env;
    this.config = config;
    this.commands = config.renamings.length === 0 ? commandTable : tableWith(config.renamings);
    this.random = env.random;
    this.startedAtUs = env.clock.now();
    this.beginEvent();
    const ids = env.random.fork('ids');
    this.newId = () => Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(ids.below(16))).join('');
    this.runId = this.newId();
    this.replicationId = this.newId();
    this.databases = Array.from({ length: config.number('databases') }, (_, id) => new Database(id, this));
    this.snapshots = new Snapshots(this);
    config.follow('maxmemory', () => {
      const limits = config.number('maxmemory') > 0;
      if (limits === this.limitsMemory) return;
      this.limitsMemory = limits;
      for (const db of this.databases) db.countBytes(limits);
    });
    config.follow('requirepass', () => (this.requirePass = config.text('requirepass')));
    config.follow('slowlog-log-slower-than', () => (this.slowlogThresholdUs = config.number('slowlog-log-slower-than')));
    config.follow('proto-max-bulk-len', () => (this.maxBulkBytes = config.number('proto-max-bulk-len')));
    config.follow('maxmemory-policy', () => (this.usesLfu = config.text('maxmemory-policy').includes('lfu')));
    config.follow('notify-keyspace-events', () => (this.notifications = new NotificationClasses(config.text('notify-keyspace-events'))));
  }

  get port(): number {
    return this.config.number('port');
  }

  changeReplicationId(): void {
    this.replicationId = this.newId();
  }

  get expiryPaused(): boolean {
    return this.pause !== undefined;
  }

  get keyspaceStats() {
    return this.statistics.keyspace;
  }

  /** Loads the dataset, says that it is ready, starts the cron. Listening is the process's work: it hands each connection to `accept`. */
  start(): void {
    this.beginEvent();
    this.log('notice', 'Server initialized');
    const problem = this.snapshots.load();
    if (problem !== undefined) {
      this.log('warning', problem);
      this.stop('crash', 1);
      return;
    }
    this.log('notice', 'Ready to accept connections tcp');
    this.scheduleCron();
    this.events.emit(() => ({ type: 'serverReady', atUs: this.nowUs, port: this.port }));
  }

  private scheduleCron(): void {
    this.cancelCron = this.env.clock.after(Math.round(1e6 / this.config.number('hz')), 'serverCron', () => {
      if (this.stopping) return;
      this.beginEvent();
      serverCron(this);
      this.endEvent();
      this.scheduleCron();
    });
  }

  // --- connections ---------------------------------------------------------------------------

  /** Takes a connection: hand the returned events what arrives. Chunks may be cut anywhere. */
  accept(socket: Socket): SocketEvents {
    this.beginEvent();
    this.statistics.connectionsReceived++;
    const refusal = this.refusalOf(socket);
    if (refusal !== undefined) {
      this.statistics.rejectedConnections++;
      socket.send(refusal);
      socket.close();
      return { data: () => {}, closed: () => {} };
    }
    const client = new Client(this.nextClientId++, socket, this.databases[0] as Database, this.nowMs, this.requirePass === '');
    this.clients.set(client.id, client);
    this.events.emit(() => ({ type: 'clientConnected', atUs: this.nowUs, clientId: client.id, address: socket.peer }));
    return {
      data: (chunk) => this.receive(client, chunk),
      closed: (reason) => {
        this.beginEvent();
        this.freeClient(client, reason);
        this.endEvent();
      },
    };
  }

  private refusalOf(socket: Socket): Bytes | undefined {
    if (this.clients.size >= this.config.number('maxclients')) return '-ERR max number of clients reached\r\n';
    const local = socket.peer.startsWith('127.') || socket.peer.startsWith('[::1]') || socket.peer.startsWith('::1');
    if (!local && this.config.flag('protected-mode') && this.requirePass === '') return PROTECTED_MODE;
    return undefined;
  }

  private receive(client: Client, chunk: Bytes): void {
    if (client.closed || client.closeAfterReply) return;
    this.beginEvent();
    this.statistics.netInputBytes += chunk.length;
    this.statistics.totalReadsProcessed++;
    client.bytesIn += chunk.length;
    client.lastInteractionMs = this.nowMs;
    if (this.events.heard) this.events.emit(() => ({ type: 'bytesReceived', atUs: this.nowUs, clientId: client.id, bytes: chunk }));
    client.parser.feed(chunk);
    this.processInput(client);
    this.endEvent();
  }

  private processInput(client: Client): void {
    const limits = { authenticated: client.authenticated, maxBulkBytes: this.maxBulkBytes };
    while (client.blocked === undefined && !client.closed && !client.closeAfterReply && !this.stopping) {
      const argv = client.parser.next(limits);
      if (argv === undefined) {
        const problem = client.parser.problem;
        if (problem !== undefined) this.protocolError(client, problem);
        break;
      }
      this.processCommand(client, argv);
      limits.authenticated = client.authenticated;
    }
    if (client.out !== '' || client.closeAfterReply) this.waitingToFlush.add(client);
  }

  private protocolError(client: Client, problem: Bytes): void {
    this.replyTo(client, errorReply(`ERR ${problem}`));
    client.closeAfterReply = true;
  }

  /** Sends what has gathered for the client. */
  private flush(client: Client): void {
    const { socket } = client;
    if (socket === undefined || client.closed) return;
    const { out } = client;
    if (out !== '') {
      client.out = '';
      client.bytesOut += out.length;
      this.statistics.netOutputBytes += out.length;
      this.statistics.totalWritesProcessed++;
      if (this.events.heard) this.events.emit(() => ({ type: 'bytesSent', atUs: this.nowUs, clientId: client.id, bytes: out }));
      socket.send(out);
    }
    // Closed after its last reply: a client that wanted none (CLIENT REPLY OFF) stays, and is not heard any more.
    if (client.closeAfterReply && out !== '') {
      socket.close();
      this.freeClient(client, 'closed by the server');
    }
  }

  flushLater(client: Client): void {
    this.waitingToFlush.add(client);
  }

  closeClient(client: Client, why: Bytes, afterReplies = false): void {
    if (client.closed) return;
    if (afterReplies) {
      client.closeAfterReply = true;
      this.waitingToFlush.add(client);
      return;
    }
    client.socket?.close();
    this.freeClient(client, why);
  }

  private freeClient(client: Client, why: Bytes): void {
    if (client.closed) return;
    client.closed = true;
    client.blocked?.release();
    client.blocked = undefined;
    this.pubsub.forget(client);
    this.monitors.delete(client);
    for (const { db, key } of client.watched) db.unwatch(key, client);
    client.watched = [];
    this.clients.delete(client.id);
    this.contexts.delete(client);
    this.waitingToFlush.delete(client);
    this.pause?.clients.delete(client);
    this.events.emit(() => ({ type: 'clientDisconnected', atUs: this.nowUs, clientId: client.id, why }));
  }

  // --- events and time -----------------------------------------------------------------------

  /** An event has begun: the cached time is set anew. */
  private beginEvent(): void {
    if (this.events.delivering) throw new Error('a listener called the server: events inform, they never steer');
    this.wallAtEventUs = this.env.clock.now();
    this.monotonicAtEventUs = this.env.clock.monotonic();
    this.lastReadUs = this.monotonicAtEventUs;
    this.setNow(this.wallAtEventUs);
  }

  private setNow(us: number): void {
    this.nowUs = us;
    this.nowMs = Math.floor(us / 1000);
  }

  private endEvent(): void {
    for (let client = this.unblocked.shift(); client !== undefined; client = this.unblocked.shift()) {
      if (client.blocked === undefined && !client.closed) this.processInput(client);
    }
    if (this.debug.activeExpire && this.mayExpire) this.expireCycle.beforeSleep(this);
    for (const client of this.waitingToFlush) this.flush(client);
    this.waitingToFlush.clear();
  }

  // --- one command ---------------------------------------------------------------------------

  /** Checks everything that can stand between a request and its handler, then runs or queues it. */
  processCommand(client: Client, argv: readonly Bytes[]): void {
    client.argv = argv;
    const name = argv[0] as Bytes;
    // Most clients send one of the two plain spellings, which need no folding.
    const top = this.commands.lookup(name) ?? this.commands.lookup(fold(name));
    if (top === undefined && HTTP_WORDS.has(fold(name))) return this.endHttpAttack(client);
    // The real server takes the command it ran last, without a look at its table, when the full name comes
    // again: after CONFIG GET, `config|get` is one.
    const repeated = top === undefined && name.includes('|') && fold(name) === client.lastCommand ? this.lookupFullName(client.lastCommand) : undefined;
    client.lastCommand = 'NULL';
    if (top === undefined && repeated === undefined) return this.reject(client, undefined, unknownCommand(argv));
    let command = (repeated ?? top) as Command;
    if (top?.subcommands !== undefined && argv.length >= 2) {
      const sub = top.subcommands.get(fold(argv[1] as Bytes));
      if (sub === undefined) {
        return this.reject(client, undefined, `ERR unknown subcommand '${cText(argv[1] as Bytes, 128)}'. Try ${upper(top.fullName)} HELP.`);
      }
      command = sub;
    }
    client.lastCommand = command.fullName;
    const { arity } = command.spec;
    if ((arity > 0 && arity !== argv.length) || argv.length < -arity) {
      return this.reject(client, command, `ERR wrong number of arguments for '${command.fullName}' command`);
    }
    if (!client.authenticated && !command.flags.has('no_auth')) return this.reject(client, command, 'NOAUTH Authentication required.');
    if (client.queue !== undefined && command.flags.has('no_multi')) return this.reject(client, command, 'ERR Command not allowed inside a transaction');
    const refusal = this.refusalByState(client, command);
    if (refusal !== undefined) return this.reject(client, command, refusal);
    if (this.limitsMemory && !this.eviction.run(this) && this.needsMemory(client, command)) {
      return this.reject(client, command, "OOM command not allowed when used memory > 'maxmemory'.");
    }
    if (client.queue !== undefined && !NEVER_QUEUED.has(command.fullName)) {
      // A transaction that must fail already answers QUEUED and keeps nothing.
      if (!client.dirtyExec && !client.dirtyCas) client.queue.push(argv.map(own));
      this.replyTo(client, QUEUED);
      return;
    }
    if (this.pause !== undefined && this.mustWait(client, command)) {
      this.postpone(client, argv);
      return;
    }
    client.postponed = '';
    this.afterCommand(client, this.call(client, command, argv));
    client.deliverPostponed();
    if (this.readyKeys.length > 0) this.serveReadyKeys();
  }

  private lookupFullName(fullName: Bytes): Command | undefined {
    const bar = fullName.indexOf('|');
    return this.commands.lookup(fullName.slice(0, bar))?.subcommands?.get(fullName.slice(bar + 1));
  }

  /** A page in a browser was made to send HTTP here: the words that every such request has end the connection. */
  private endHttpAttack(client: Client): void {
    this.log('warning', `Possible SECURITY ATTACK detected: ${client.socket?.peer ?? '?'} sent POST or Host:, as HTTP does. Connection aborted.`);
    this.closeClient(client, 'HTTP request');
  }

  /** Redis counts a command and advances CLIENT REPLY SKIP when the command is over. */
  private afterCommand(client: Client, reply: Reply): void {
    client.reply(reply);
    if (client.replyMode === 'skip') client.replyMode = 'on';
    else if (client.replyMode === 'skip-next') client.replyMode = 'skip';
  }

  private replyTo(client: Client, reply: Reply): void {
    const text = errorText(reply);
    if (text !== undefined) this.statistics.countError(text);
    this.afterCommand(client, reply);
  }

  /** A queue may grow without bound, so in a transaction everything is refused but what ends it. */
  private needsMemory(client: Client, command: Command): boolean {
    if (command.denyOom) return true;
    if (client.queue === undefined) return false;
    if (command.fullName === 'exec') return client.queue.some((argv) => this.commands.lookup(fold(argv[0] ?? ''))?.denyOom === true);
    return !NEVER_QUEUED.has(command.fullName);
  }

  usedMemory(): number {
    return memoryReport(this).used;
  }

  evict(db: Database, key: Bytes): void {
    db.evict(key);
  }

  private refusalByState(client: Client, command: Command): Bytes | undefined {
    if (command.isWrite && this.snapshots.lastStatus === 'err' && this.snapshots.hasSavePoints && this.config.flag('stop-writes-on-bgsave-error')) return CANNOT_PERSIST;
    if (client.resp === 2 && client.subscriptions > 0 && !PUBSUB_ALLOWED.has(command.fullName)) {
      return `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
    }
    return undefined;
  }

  /** Answers an error before any handler ran; a transaction being queued will abort. */
  private reject(client: Client, command: Command | undefined, text: Bytes): void {
    if (client.queue !== undefined) client.dirtyExec = true;
    if (command !== undefined) this.statistics.countersOf(command).rejected++;
    if (command?.fullName === 'exec') {
      // A refused EXEC ends the transaction all the same, and says what it was refused for.
      discardTransaction(client);
      text = `EXECABORT Transaction discarded because of: ${text.startsWith('ERR ') ? text.slice(4) : text}`;
    }
    this.events.emit(() => ({ type: 'commandRejected', atUs: this.nowUs, clientId: client.id, db: client.db.id, argv: client.argv, error: text }));
    this.replyTo(client, errorReply(text));
  }

  /** Runs the handler: measures, feeds monitors, counts, announces. The only place that catches CommandError. */
  call(client: Client, command: Command, argv: readonly Bytes[]): Reply {
    let ctx = this.contexts.get(client);
    if (ctx === undefined) {
      ctx = new CallContext(this, client);
      this.contexts.set(client, ctx);
    }
    const outer = { argv: ctx.argv, now: ctx.now };
    const isNested = client.executing;
    // Inside EXEC the time stands still, so that all its commands see one moment.
    if (!isNested) this.setNow(this.wallAtEventUs + (this.lastReadUs - this.monotonicAtEventUs));
    ctx.argv = argv;
    ctx.now = this.nowMs;
    const dirtyBefore = this.dirty;
    this.noTouch = client.noTouch && command.fullName !== 'touch';
    const startedUs = isNested ? this.env.clock.monotonic() : this.lastReadUs;
    let reply: Reply;
    try {
      reply = command.handler(ctx);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reply = errorReply(error.text);
    }
    this.noTouch = false;
    const endedUs = this.env.clock.monotonic();
    this.lastReadUs = endedUs;
    const durationUs = endedUs - startedUs;
    const shown = command.spec.secrets === undefined ? argv : redacted(argv, command.spec.secrets(argv));
    // One that waits is shown to monitors at once, and again to nobody; it counts when it is over.
    if (this.monitors.size > 0 && !command.skipMonitor && client.resumedDeadlineMs === undefined) this.feedMonitors(client, shown);
    if (client.blocked?.why === 'keys') {
      ctx.argv = outer.argv;
      ctx.now = outer.now;
      return reply;
    }
    const counters = this.statistics.countersOf(command);
    counters.calls++;
    counters.usec += durationUs;
    this.statistics.commandUsec += durationUs;
    this.statistics.commandsProcessed++;
    client.commandsProcessed++;
    const error = typeof reply === 'object' ? errorText(reply) : undefined;
    if (error !== undefined) {
      counters.failed++;
      this.statistics.countError(error);
    }
    if (this.slowlogThresholdUs >= 0 && durationUs >= this.slowlogThresholdUs && !command.skipSlowlog) {
      this.slowLog.add(shown, durationUs, Math.floor(this.nowUs / 1e6), client.socket?.peer ?? '', client.name ?? '', this.config.number('slowlog-max-len'));
    }
    if (this.events.heard) {
      const dirty = this.dirty - dirtyBefore;
      this.events.emit(() => ({
        type: 'commandExecuted', atUs: this.nowUs, clientId: client.id, db: client.db.id, argv: shown.map(own), reply, durationUs, dirty, inTransaction: isNested,
      }));
    }
    ctx.argv = outer.argv;
    ctx.now = outer.now;
    return reply;
  }

  private feedMonitors(client: Client, argv: readonly Bytes[]): void {
    const line = monitorLine(this.nowUs, client, argv);
    for (const monitor of this.monitors) {
      monitor.deliver({ kind: 'status', text: line });
      this.flushLater(monitor);
    }
  }

  // --- what the keyspace and commands ask of the server -----------------------------------------

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

  work(_elements: number): void {
    // Handlers already say what they touch. No host charges time for it so far, so durations within a
    // simulated host are 0; a simulated clock that does so takes the count here, never Node's, whose spend() sleeps.
  }

  log(level: LogLevel, text: Bytes): void {
    if (!isLogged(level, this.config.text('loglevel'))) return;
    writeLog(this.env, this.config.text('logfile'), logLine(this.env.surroundings.pid, 'M', level, this.env.clock.now(), text));
  }

  /** The process may refuse a directive's new value: a port that is in use, a folder that is not there. */
  refuseDirective: (name: Bytes, value: DirectiveValue) => Bytes | undefined = () => undefined;

  refusesDirective(name: Bytes, value: DirectiveValue): Bytes | undefined {
    return this.refuseDirective(name, value);
  }

  block(client: Client, why: Blocked['why'], release: Blocked['release']): void {
    client.blocked = { why, release };
  }

  later(us: number, what: string, fn: () => void): () => void {
    return this.env.clock.after(us, what, () => {
      if (this.stopping) return;
      this.beginEvent();
      fn();
      this.endEvent();
    });
  }

  resume(client: Client): void {
    client.blocked = undefined;
    if (!client.closed) this.processInput(client);
  }

  keyReady(db: number, key: Bytes): void {
    this.readyKeys.push({ db, key });
  }

  /** Serves those who wait for keys that were made. What they do may make further keys ready: the loop takes these too. */
  private serveReadyKeys(): void {
    if (this.servingReadyKeys) return;
    this.servingReadyKeys = true;
    while (this.readyKeys.length > 0) {
      const batch = this.readyKeys;
      this.readyKeys = [];
      for (const { db, key } of batch) {
        const database = this.databases[db];
        database?.blocked.serve(key, () => database.keys.peek(key)?.value.type);
      }
    }
    this.servingReadyKeys = false;
  }

  runAgain(client: Client, argv: readonly Bytes[], deadlineMs: number): void {
    client.resumedDeadlineMs = deadlineMs;
    this.processCommand(client, argv);
    client.resumedDeadlineMs = undefined;
    this.goOn(client);
  }

  answerBlocked(client: Client, argv: readonly Bytes[], reply: Reply): void {
    const command = this.commands.lookup(fold(argv[0] ?? ''));
    if (command !== undefined) {
      const counters = this.statistics.countersOf(command);
      counters.calls++;
      if (errorText(reply) !== undefined) counters.failed++;
    }
    this.statistics.commandsProcessed++;
    client.commandsProcessed++;
    this.replyTo(client, reply);
    if (this.events.heard) {
      this.events.emit(() => ({ type: 'commandExecuted', atUs: this.nowUs, clientId: client.id, db: client.db.id, argv, reply, durationUs: 0, dirty: 0, inTransaction: false }));
    }
    this.goOn(client);
  }

  private goOn(client: Client): void {
    this.flushLater(client);
    if (client.blocked === undefined) this.unblocked.push(client);
  }

  pauseClients(untilMs: number, kind: 'all' | 'write'): void {
    const clients = this.pause?.clients ?? new Set<Client>();
    const until = Math.max(untilMs, this.pause?.untilMs ?? 0);
    this.pause?.cancel();
    const cancel = this.env.clock.after(Math.max(0, until - this.nowMs) * 1000, 'client pause ends', () => {
      this.beginEvent();
      this.unpauseClients();
      this.endEvent();
    });
    this.pause = { untilMs: until, kind: this.pause?.kind === 'all' ? 'all' : kind, clients, cancel };
  }

  unpauseClients(): void {
    const pause = this.pause;
    if (pause === undefined) return;
    this.pause = undefined;
    pause.cancel();
    for (const client of pause.clients) client.blocked?.release();
  }

  private mustWait(client: Client, command: Command): boolean {
    if (this.pause === undefined || client.executing) return false;
    if (this.pause.kind === 'all') return command.fullName !== 'client|unpause' && command.fullName !== 'client|pause';
    if (command.isWrite || command.flags.has('may_replicate')) return true;
    return command.fullName === 'exec' && (client.queue ?? []).some((argv) => this.isWriteCall(argv));
  }

  private isWriteCall(argv: readonly Bytes[]): boolean {
    const command = this.commands.lookup(fold(argv[0] ?? ''));
    return command !== undefined && (command.isWrite || command.flags.has('may_replicate'));
  }

  private postpone(client: Client, argv: readonly Bytes[]): void {
    const kept = argv.map(own);
    this.pause?.clients.add(client);
    this.block(client, 'pause', () => {
      client.blocked = undefined;
      if (client.closed) return;
      this.processCommand(client, kept);
      this.processInput(client);
    });
  }

  /** Asked by SHUTDOWN or a signal. Saving to disk joins with persistence; there is nothing to refuse yet. */
  shutdown(save: 'save' | 'nosave' | 'default', force: boolean, _now: boolean): Bytes | undefined {
    this.log('notice', 'User requested shutdown...');
    this.snapshots.killChild();
    if (save === 'save' || (save === 'default' && this.snapshots.hasSavePoints)) {
      this.log('notice', 'Saving the final RDB snapshot before exiting.');
      if (this.snapshots.save() !== undefined && !force) {
        this.log('warning', "Error trying to save the DB, can't exit.");
        this.log('warning', 'Errors trying to shut down the server. Check the logs for more information.');
        return 'ERR Errors trying to SHUTDOWN. Check logs.';
      }
    }
    this.stop('graceful', 0);
    return undefined;
  }

  /** A key of the file that is being loaded. Its time may have passed while the server was down. */
  putLoaded(db: number, key: Bytes, object: RedisObject, expiresAtMs: number | undefined): boolean {
    if (expiresAtMs !== undefined && expiresAtMs < this.nowMs) return false;
    const target = this.databases[db];
    if (target === undefined) return false;
    object.lru = this.touch(undefined);
    target.keys.set(key, object);
    if (expiresAtMs !== undefined) target.setExpire(key, expiresAtMs);
    return true;
  }

  /** SIGTERM and SIGINT end the server gracefully; the handler's line has a form of its own in the log. */
  signal(name: 'SIGTERM' | 'SIGINT'): void {
    this.beginEvent();
    writeLog(this.env, this.config.text('logfile'), `${this.env.surroundings.pid}:signal-handler (${Math.floor(this.nowUs / 1e6)}) Received ${name} scheduling shutdown...\n`);
    const words = this.config.text(name === 'SIGTERM' ? 'shutdown-on-sigterm' : 'shutdown-on-sigint').split(' ');
    this.shutdown(words.includes('nosave') ? 'nosave' : words.includes('save') ? 'save' : 'default', words.includes('force'), words.includes('now'));
  }

  /** Leaves: connections are closed, timers end, the process exits with `code`. */
  stop(how: 'graceful' | 'crash', code = how === 'graceful' ? 0 : 1): void {
    if (this.stopping) return;
    this.stopping = true;
    this.cancelCron?.();
    this.pause?.cancel();
    if (how === 'graceful') this.log('warning', 'Redis is now ready to exit, bye bye...');
    for (const client of [...this.clients.values()]) this.closeClient(client, 'the server stops');
    this.events.emit(() => ({ type: 'serverStopped', atUs: this.nowUs, code }));
    this.env.exit(code);
  }
}

/** The words with the secret ones hidden. */
function redacted(argv: readonly Bytes[], secrets: readonly number[]): readonly Bytes[] {
  return secrets.length === 0 ? argv : argv.map((word, index) => (secrets.includes(index) ? '(redacted)' : word));
}

/** The error for a name that is no command, with the first words that came with it. */
function unknownCommand(argv: readonly Bytes[]): Bytes {
  let words = '';
  for (let i = 1; i < argv.length && words.length < 128; i++) words += `'${cText(argv[i] as Bytes, 128 - words.length)}' `;
  return `ERR unknown command '${cText(argv[0] as Bytes, 128)}', with args beginning with: ${words}`;
}

const CANNOT_PERSIST =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

const PROTECTED_MODE =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.\r\n';
