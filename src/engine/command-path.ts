/*
 * The one way of a command
 * ------------------------
 * processCommand decides whether the command may run, in the order of the real server's checks, and queues
 * it, postpones it or hands it to `call`. `call` alone runs handlers: it measures, feeds monitors, counts,
 * says what is to be propagated, and catches CommandError. EXEC, scripts and clients whose waiting is over
 * come through it too.
 */
import { denialOf, denialText } from './acl/check.ts';
import { noteDenial } from './acl/refusals.ts';
import type { Bytes } from './bytes.ts';
import { refusalOf, refusalText } from './cluster/redirection.ts';
import { cText, fold, own, upper } from './bytes.ts';
import type { Client } from './client.ts';
import type { Command, Ctx, ServerForCommands } from './command.ts';
import { protection } from './commands/server/protected.ts';
import { discardTransaction } from './commands/transactions/transactions.ts';
import type { Database } from './keyspace/database.ts';
import { Eviction } from './keyspace/evict.ts';
import { monitorLine, quote } from './monitor.ts';
import { isReplica } from './replication/replica-state.ts';
import { CommandError, errorReply, errorText, isCounted, isTagged, LOADING, QUEUED, SUSPENDED, type Reply } from './reply.ts';
import type { Server } from './server.ts';

const PUBSUB_ALLOWED = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe', 'ping', 'quit', 'reset']);
/** First words of a line that only an HTTP client sends. */
const HTTP_WORDS = new Set(['post', 'host:']);
/** Commands that touch whatever keys lie on their way (flag TOUCHES_ARBITRARY_KEYS). */
const MEETS_KEYS_BY_CHANCE = new Set(['keys', 'scan', 'randomkey']);
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

/** What `call` needs to know when a suspended command is over. */
interface SuspendedCall extends CallBeginning {
  readonly client: Client;
  readonly command: Command;
  readonly argv: readonly Bytes[];
  readonly goOn: ((reply: Reply) => Reply) | undefined;
}

/** How things stood when a command began. */
interface CallBeginning {
  readonly isNested: boolean;
  readonly startedUs: number;
  readonly dirtyBefore: number;
  readonly dbBefore: number;
}

export class CommandPath {
  private readonly server: Server;
  private readonly contexts = new Map<Client, CallContext>();
  private readonly eviction = new Eviction();
  /** Keys that were made while somebody waits for them, in that order. */
  private readyKeys: { readonly db: number; readonly key: Bytes }[] = [];
  private servingReadyKeys = false;
  /** Error replies counted when the last command began or ended. */
  private errorsSeen = 0;
  // Directives that every command asks for, followed rather than looked up.
  private slowlogThresholdUs = 10000;
  private limitsMemory = false;
  private tracksLatency = true;
  /** Memory was short before the running command. */
  shortOfMemory = false;
  /** Commands that a script has left in the middle, the innermost first: EVAL, then EXEC around it. */
  private suspended: SuspendedCall[] = [];
  /** How the handler that is about to be suspended goes on. */
  private continuation: ((reply: Reply) => Reply) | undefined;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    config.follow('slowlog-log-slower-than', () => (this.slowlogThresholdUs = config.number('slowlog-log-slower-than')));
    config.follow('latency-tracking', () => (this.tracksLatency = config.flag('latency-tracking')));
    config.follow('maxmemory', () => (this.limitsMemory = config.number('maxmemory') > 0));
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.contexts.delete(client);
  }

  /** Checks everything that can stand between a request and its handler, then runs or queues it. */
  processCommand(client: Client, argv: readonly Bytes[]): void {
    const { tracking } = this.server;
    const outer = tracking.currentClient;
    tracking.currentClient = client;
    this.checkAndRun(client, argv);
    tracking.currentClient = outer;
    // ASKING holds for the next command, or for a whole transaction.
    if (client.asking && client.queue === undefined && client.lastCommand !== 'asking') client.asking = false;
    // CLIENT CACHING holds for the next command, or the next transaction.
    if (client.tracking?.caching === true && client.queue === undefined && !client.lastCommand.startsWith('client|')) client.tracking.caching = false;
    // What a suspended command has made is not served before it is over.
    if (this.readyKeys.length > 0 && this.suspended.length === 0) this.serveReadyKeys();
  }

  private checkAndRun(client: Client, argv: readonly Bytes[]): void {
    const { server } = this;
    client.argv = argv;
    const name = argv[0] as Bytes;
    // Most clients send one of the two plain spellings, which need no folding.
    const top = server.commands.lookup(name) ?? server.commands.lookup(fold(name));
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
    if (command.isProtected) {
      const refusal = protection(server.config, client, (top ?? command).fullName.split('|', 1)[0] as Bytes);
      if (refusal !== undefined) return this.reject(client, command, refusal);
    }
    if (!command.flags.has('no_auth') && this.mustLogIn(client)) return this.reject(client, command, 'NOAUTH Authentication required.');
    if (client.queue !== undefined && command.flags.has('no_multi')) return this.reject(client, command, 'ERR Command not allowed inside a transaction');
    const obeys = client.mustBeObeyed;
    const denial = denialOf(client.user, command, argv);
    if (denial !== undefined) {
      noteDenial(server, client, denial, command, argv);
      return this.reject(client, command, `NOPERM ${denialText(denial, client.user, command, argv)}`);
    }
    if (server.cluster !== undefined && !obeys) {
      const refusal = refusalOf(server.cluster, client, command, argv);
      if (refusal !== undefined) return this.redirect(client, command, refusalText(server.cluster, refusal));
    } else if (server.compatibility.isOn && !obeys) server.compatibility.look(client, command, argv);
    this.shortOfMemory = this.limitsMemory && !obeys && !this.ignoresMaxmemory && !server.scripting.isBusy && !this.makeRoom();
    if (this.shortOfMemory && this.needsMemory(client, command)) {
      return this.reject(client, command, "OOM command not allowed when used memory > 'maxmemory'.");
    }
    if (server.tracking.clients > 0) server.tracking.limitTable();
    const refusal = obeys ? undefined : this.refusalByState(client, command);
    if (refusal !== undefined) return this.reject(client, command, refusal);
    const busy = server.scripting.busyError;
    if (busy !== undefined && !command.flags.has('allow_busy')) return this.reject(client, command, busy);
    if ((client.isMonitor || isReplica(client)) && this.touchesKeys(client, command)) return this.reject(client, command, "ERR Replica can't interact with the keyspace");
    if (client.queue !== undefined && !NEVER_QUEUED.has(command.fullName)) {
      // A transaction that must fail already answers QUEUED and keeps nothing.
      if (!client.dirtyExec && !client.dirtyCas) client.queue.push(argv.map(own));
      this.replyTo(client, QUEUED);
      return;
    }
    if (server.pause.inForce && server.pause.mustWait(client, command)) {
      server.pause.postpone(client, argv);
      return;
    }
    client.postponed = '';
    // A replica's keys live until its master says otherwise.
    if (obeys) server.obeys = true;
    const reply = this.call(client, command, argv);
    if (obeys) server.obeys = false;
    if (reply === SUSPENDED) {
      // The chunk that the words were cut from may be gone when they are wanted again.
      client.argv = argv.map(own);
      server.block(client, 'script', () => {});
    } else this.commandOver(client, reply);
  }

  /** What follows a command: its reply, what it has changed for others, messages that waited for the reply. */
  private commandOver(client: Client, reply: Reply): void {
    this.answer(client, reply);
    const { propagation } = this.server;
    if (propagation.hasPending) {
      const before = propagation.offset;
      // Keys that one of these finds dead have nothing to do with each other: no transaction holds their removals together.
      propagation.unitOver(MEETS_KEYS_BY_CHANCE.has(client.lastCommand));
      // Who only reads goes on waiting for the last write: what the server itself has sent since, as a PING, is none of it.
      if (propagation.offset !== before) client.writeOffset = propagation.offset;
    }
    this.server.tracking.sendPending();
    client.deliverPostponed();
  }

  /** The default user has a password, or is off, and the client has not logged in. */
  mustLogIn(client: Client): boolean {
    return !client.authenticated && !this.server.acl.defaultUser.isOpen;
  }

  /** maxmemory: evicts as far as needed; false when more is used than allowed all the same. */
  makeRoom(): boolean {
    const { server } = this;
    const startedUs = server.env.clock.monotonic();
    const fits = this.eviction.run(server);
    server.latency.addIfNeeded('eviction-cycle', server.env.clock.monotonic() - startedUs, Math.floor(server.nowMs / 1000));
    return fits;
  }

  private lookupFullName(fullName: Bytes): Command | undefined {
    const bar = fullName.indexOf('|');
    return this.server.commands.lookup(fullName.slice(0, bar))?.subcommands?.get(fullName.slice(bar + 1));
  }

  /** A page in a browser was made to send HTTP here: the words that every such request has end the connection. */
  private endHttpAttack(client: Client): void {
    this.server.log('warning', `Possible SECURITY ATTACK detected: ${client.socket?.peer ?? '?'} sent POST or Host:, as HTTP does. Connection aborted.`);
    this.server.closeClient(client, 'HTTP request');
  }

  /** Redis advances CLIENT REPLY SKIP when the command is over. */
  private answer(client: Client, reply: Reply): void {
    if ((client.isMaster || client.replica !== undefined) && typeof reply === 'object') this.noteError(client, reply);
    if (client.replica !== undefined && this.server.replication.dropsAnswered(client, reply)) return;
    client.reply(reply);
    if (client.replyMode === 'skip') client.replyMode = 'on';
    else if (client.replyMode === 'skip-next') client.replyMode = 'skip';
  }

  /** Servers run what they are sent without an error, or they differ already: it is told, and may end the process. */
  private noteError(client: Client, reply: Reply): void {
    const error = errorText(reply);
    const isToMaster = client.isMaster;
    if (error === undefined || !(isToMaster || isReplica(client))) return;
    const { server } = this;
    const [from, to] = isToMaster ? ['replica', 'master'] : ['master', 'replica'];
    const name = client.lastCommand === 'NULL' ? '<unknown>' : client.lastCommand;
    server.log('warning', `== CRITICAL == This ${from} is sending an error to its ${to}: '${loggedError(error)}' after processing the command '${name}'`);
    server.statistics.unexpectedErrorReplies++;
    if (!isToMaster) return;
    const { backlog } = server.replication;
    if (backlog !== undefined && backlog.length > 0) server.log('notice', `Latest backlog is: '${quote(backlog.end(SHOWN_BACKLOG_BYTES))}'`);
    const panics = ['panic', 'panic-on-replicas'].includes(server.config.text('propagation-error-behavior'));
    if (panics && server.config.flag('replica-read-only')) server.panic(`This ${from} panicked sending an error to its ${to} after processing the command '${name}'`);
  }

  /** Answers without having run a handler; an error counts. */
  replyTo(client: Client, reply: Reply): void {
    const text = errorText(reply);
    if (text !== undefined) this.server.statistics.countError(text);
    this.answer(client, reply);
  }

  /** A queue may grow without bound, so in a transaction everything is refused but what ends it. */
  private needsMemory(client: Client, command: Command): boolean {
    if (command.denyOom) return true;
    if (client.queue === undefined) return false;
    if (command.fullName === 'exec') return this.someQueued(client, (queued) => queued.denyOom);
    return !NEVER_QUEUED.has(command.fullName);
  }

  /** Nobody holds a replica back when clients are paused, so the keys are not for it. */
  private touchesKeys(client: Client, command: Command): boolean {
    const touches = ({ isWrite, flags }: Command): boolean => isWrite || flags.has('readonly') || flags.has('may_replicate');
    return touches(command) || (command.fullName === 'exec' && this.someQueued(client, touches));
  }

  private refusalByState(client: Client, command: Command): Bytes | undefined {
    if (command.isWrite || command.fullName === 'ping' || command.fullName === 'exec') {
      const problem = this.diskProblem();
      if (problem !== undefined && (command.fullName !== 'exec' || this.queuedWrite(client))) return problem;
    }
    const { replication, config } = this.server;
    const writes = command.isWrite || (command.fullName === 'exec' && this.queuedWrite(client));
    if (writes && replication.lacksReplicas) return 'NOREPLICAS Not enough good replicas to write.';
    if (writes && replication.isReplica && config.flag('replica-read-only')) return "READONLY You can't write against a read only replica.";
    if (client.resp === 2 && client.subscriptions > 0 && !PUBSUB_ALLOWED.has(command.fullName)) {
      return `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
    }
    if (this.isStale && (!command.flags.has('stale') || (command.fullName === 'exec' && this.someQueued(client, (queued) => !queued.flags.has('stale'))))) return MASTER_DOWN;
    return this.refusalByLoading(client, command);
  }

  /** While a dataset is loaded few commands are served; while the old one still answers, most are. */
  private refusalByLoading(client: Client, command: Command): Bytes | undefined {
    const { loading } = this.server;
    if (!loading.inProgress) return undefined;
    const refused = loading.isAsync ? (each: Command) => each.flags.has('no_async_loading') : (each: Command) => !each.flags.has('loading');
    return refused(command) || (command.fullName === 'exec' && this.someQueued(client, refused)) ? LOADING : undefined;
  }

  /** A replica that has lost its master, and does not answer with what it has. */
  get isStale(): boolean {
    const { replication, config } = this.server;
    return replication.link?.isUp === false && !config.flag('replica-serve-stale-data');
  }

  /** A replica holds what its master holds, unless it is told to have limits of its own. */
  get ignoresMaxmemory(): boolean {
    return this.server.replication.isReplica && this.server.config.flag('replica-ignore-maxmemory');
  }

  /** Why a script may not write now. */
  refusesWrites(): Bytes | undefined {
    const { replication, config } = this.server;
    if (replication.isReplica && config.flag('replica-read-only')) return "READONLY You can't write against a read only replica.";
    return this.diskProblem() ?? (replication.lacksReplicas ? 'NOREPLICAS Not enough good replicas to write.' : undefined);
  }

  /** What writes are refused with, and PING, so that whoever watches the server notices. */
  private diskProblem(): Bytes | undefined {
    const { snapshots, aof, config } = this.server;
    if (snapshots.lastStatus === 'err' && snapshots.hasSavePoints && config.flag('stop-writes-on-bgsave-error')) return CANNOT_PERSIST;
    const { writeProblem } = aof;
    return writeProblem === undefined ? undefined : `MISCONF Errors writing to the AOF file: ${writeProblem}`;
  }

  /** Whether a queued command of the transaction is one of these. */
  private someQueued(client: Client, which: (command: Command, argv: readonly Bytes[]) => boolean): boolean {
    return (client.queue ?? []).some((argv) => {
      const top = this.server.commands.lookup(fold(argv[0] ?? ''));
      const queued = top?.subcommands?.get(fold(argv[1] ?? '')) ?? top;
      return queued !== undefined && which(queued, argv);
    });
  }

  private queuedWrite(client: Client): boolean {
    // A script counts when it has said that it writes.
    return this.someQueued(client, (queued, argv) => queued.isWrite || this.server.scripting.mayWrite(queued, argv));
  }

  /** Answers an error before any handler ran; a transaction being queued will abort. */
  private reject(client: Client, command: Command | undefined, text: Bytes): void {
    const { server } = this;
    if (client.queue !== undefined) client.dirtyExec = true;
    if (command !== undefined) server.statistics.countersOf(command).rejected++;
    if (command?.fullName === 'exec') {
      // A refused EXEC ends the transaction all the same, and says what it was refused for.
      discardTransaction(client);
      text = `EXECABORT Transaction discarded because of: ${text.startsWith('ERR ') ? text.slice(4) : text}`;
    }
    server.events.emit(() => ({ type: 'commandRejected', atUs: server.nowUs, clientId: client.id, db: client.db.id, argv: command === undefined ? client.argv : shownWords(command, client.argv), error: text }));
    this.replyTo(client, errorReply(text));
  }

  /** The command belongs to another node of the cluster: a transaction ends with it. */
  private redirect(client: Client, command: Command, text: Bytes): void {
    if (command.fullName !== 'exec') return this.reject(client, command, text);
    discardTransaction(client);
    this.server.statistics.countersOf(command).rejected++;
    return this.replyTo(client, errorReply(text));
  }

  /** Runs the handler: measures, feeds monitors, counts, announces. The only place that catches CommandError. */
  call(client: Client, command: Command, argv: readonly Bytes[]): Reply {
    const { server } = this;
    let ctx = this.contexts.get(client);
    if (ctx === undefined) {
      ctx = new CallContext(server, client);
      this.contexts.set(client, ctx);
    }
    const outer = { argv: ctx.argv, now: ctx.now };
    const isNested = client.executing;
    // Inside EXEC the time stands still, so that all its commands see one moment.
    const startedUs = isNested ? server.env.clock.monotonic() : server.time.beginCommand();
    ctx.argv = argv;
    ctx.now = server.nowMs;
    this.errorsSeen = server.statistics.errorReplies;
    if (!isNested) server.workUs = 0;
    const dirtyBefore = server.dirty;
    const dbBefore = client.db.id;
    server.noTouch = client.noTouch && command.fullName !== 'touch';
    const { tracking } = server;
    const outerWriter = tracking.writer;
    tracking.writer = client;
    tracking.isExecuting = true;
    let reply: Reply;
    try {
      reply = command.handler(ctx);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reply = errorReply(error.text);
    }
    server.noTouch = false;
    tracking.writer = outerWriter;
    tracking.isExecuting = outerWriter !== undefined;
    ctx.argv = outer.argv;
    ctx.now = outer.now;
    const beginning = { isNested, startedUs, dirtyBefore, dbBefore };
    if (reply === SUSPENDED) {
      this.suspended.push({ ...beginning, client, command, argv: argv.map(own), goOn: this.continuation });
      this.continuation = undefined;
      return reply;
    }
    return this.callOver(client, command, argv, reply, beginning);
  }

  /** The handler has answered: everything that `call` does afterwards. */
  private callOver(client: Client, command: Command, argv: readonly Bytes[], reply: Reply, { isNested, startedUs, dirtyBefore, dbBefore }: CallBeginning): Reply {
    const { server } = this;
    if (server.tracking.clients > 0) server.tracking.commandRan(command, argv);
    const durationUs = server.time.endCommand() - startedUs;
    // EXEC's own changes are those of its commands, which have been told one by one. A count that went down was set to
    // zero by a save, SHUTDOWN's among them: that is nothing to tell.
    if (server.propagation.active) server.propagation.commandOver(dbBefore, argv, server.dirty > dirtyBefore && command.fullName !== 'exec');
    if (server.latency.isOn) server.latency.addIfNeeded(command.flags.has('fast') ? 'fast-command' : 'command', durationUs, Math.floor(server.nowUs / 1e6));
    const shown = shownWords(command, argv);
    // One that waits is shown to monitors at once, and again to nobody; it counts when it is over.
    if (!command.skipMonitor && client.resumedDeadlineMs === undefined) this.feedMonitors(client, shown);
    if (client.blocked?.why === 'keys') return reply;
    const { statistics } = server;
    const counters = statistics.countCall(command, durationUs, this.tracksLatency);
    client.commandsProcessed++;
    const error = typeof reply === 'object' ? errorText(reply) : undefined;
    let failed: number | undefined;
    if (command.spec.group === 'scripting') failed = this.countErrorsIn(reply);
    else if (error !== undefined) statistics.countError(error);
    // As the real server counts: an error that the command made another client hear (CLIENT UNBLOCK … ERROR) is its
    // own, too. What a script has met inside is not, unless it ends in it.
    counters.failed += failed ?? (statistics.errorReplies > this.errorsSeen ? 1 : 0);
    this.errorsSeen = statistics.errorReplies;
    if (this.slowlogThresholdUs >= 0 && durationUs >= this.slowlogThresholdUs && !command.skipSlowlog && !client.isScript) {
      server.slowLog.add(shown, durationUs, Math.floor(server.nowUs / 1e6), client.socket?.peer ?? '', client.name ?? '', server.config.number('slowlog-max-len'));
    }
    if (server.events.heard) {
      const dirty = server.dirty - dirtyBefore;
      server.events.emit(() => ({
        type: 'commandExecuted', atUs: server.nowUs, clientId: client.id, db: client.db.id, argv: shown.map(own), reply, durationUs, dirty, inTransaction: isNested,
      }));
    }
    return reply;
  }

  /** Runs a command of the append-only file, past all checks; false for one that there is not. */
  replay(client: Client, argv: readonly Bytes[]): boolean {
    const { server } = this;
    const top = server.commands.lookup(fold(argv[0] ?? ''));
    const command = top?.subcommands === undefined ? top : top.subcommands.get(fold(argv[1] ?? ''));
    if (command === undefined) return false;
    const ctx = new CallContext(server, client);
    ctx.argv = argv;
    ctx.now = server.nowMs;
    let reply: Reply;
    try {
      reply = command.handler(ctx);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reply = errorReply(error.text);
    }
    const error = typeof reply === 'object' ? errorText(reply) : undefined;
    if (error !== undefined) {
      server.log('warning', `== CRITICAL == This server is sending an error to its AOF-loading-client: '${loggedError(error)}' after processing the command '${command.fullName}'`);
      server.statistics.unexpectedErrorReplies++;
      if (server.config.text('propagation-error-behavior') === 'panic') server.panic(`This server panicked sending an error to its AOF-loading-client after processing the command '${command.fullName}'`);
    }
    return true;
  }

  /** The handler that calls this is about to return SUSPENDED because a command that it ran has: so it goes on. */
  whenFinished(goOn: (reply: Reply) => Reply): void {
    this.continuation = goOn;
  }

  /** Goes on with a suspended command in a later event; when it is over, so are those around it, unless one is suspended anew. */
  goOnSuspended(work: () => Reply): void {
    const { tracking } = this.server;
    const caller = this.suspended.at(-1)?.client;
    tracking.currentClient = caller;
    tracking.writer = caller;
    tracking.isExecuting = true;
    const reply = work();
    tracking.writer = undefined;
    tracking.isExecuting = false;
    if (reply !== SUSPENDED) this.finishSuspended(reply);
    tracking.currentClient = undefined;
    if (this.readyKeys.length > 0 && this.suspended.length === 0) this.serveReadyKeys();
  }

  private finishSuspended(innermost: Reply): void {
    const calls = this.suspended;
    this.suspended = [];
    let reply = innermost;
    let outermost: Client | undefined;
    for (const [i, { client, command, argv, goOn, ...beginning }] of calls.entries()) {
      if (goOn !== undefined) reply = goOn(reply);
      if (reply === SUSPENDED) {
        this.suspended.push({ ...beginning, client, command, argv, goOn: this.continuation }, ...calls.slice(i + 1));
        this.continuation = undefined;
        return;
      }
      reply = this.callOver(client, command, argv, reply, beginning);
      outermost = client;
    }
    if (outermost === undefined) return;
    outermost.blocked = undefined;
    this.commandOver(outermost, reply);
    this.server.connections.goOn(outermost);
  }

  /**
   * Counts the errors in what a script returns, and tells how often the script has failed: as the real server counts, once
   * for each error that the statistics had from inside it, and once for all others.
   */
  private countErrorsIn(whole: Reply): number {
    const { statistics } = this.server;
    let [known, fresh] = [0, 0];
    // No recursion: a script may return what is nested deeper than the stack is.
    const left: Reply[] = [];
    const look = (part: Reply): void => {
      if (typeof part !== 'object' || part === null) return;
      if (!isTagged(part) || part.kind === 'map' || part.kind === 'set') left.push(part);
      else if (part.kind === 'error') {
        if (isCounted(part)) known++;
        else {
          statistics.countError(part.text);
          fresh = 1;
        }
      }
    };
    look(whole);
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      if (typeof part !== 'object' || part === null) continue;
      if (!isTagged(part)) part.forEach(look);
      else if (part.kind === 'map') part.pairs.flat().forEach(look);
      else if (part.kind === 'set') part.members.forEach(look);
    }
    return known + fresh;
  }

  feedMonitors(client: Client, argv: readonly Bytes[]): void {
    const { server } = this;
    if (server.monitors.size === 0) return;
    const line = monitorLine(server.nowUs, client, argv);
    for (const monitor of server.monitors) {
      monitor.deliver({ kind: 'status', text: line });
      server.flushLater(monitor);
    }
  }

  /** Everybody who waits for a key or for replicas is answered with an error: the server became a replica. */
  unblockAll(): void {
    for (const { blocked } of [...this.server.clients.values()]) if (blocked?.why === 'keys' || blocked?.why === 'wait') blocked.release('demoted');
  }

  // --- clients that waited for keys -----------------------------------------------------------

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
        const database = this.server.databases[db];
        // A key past its time is no key for those who wait, and stays for whoever looks it up next.
        database?.blocked.serve(key, () => (database.isPastItsTime(key) ? undefined : database.keys.peek(key)?.value.type));
      }
    }
    this.servingReadyKeys = false;
  }

  /** Runs a command again that waited for a key, before anything else of its client is read. */
  runAgain(client: Client, argv: readonly Bytes[], deadlineMs: number): void {
    client.resumedDeadlineMs = deadlineMs;
    this.processCommand(client, argv);
    client.resumedDeadlineMs = undefined;
    this.server.connections.goOn(client);
  }

  /** Answers a command whose waiting ended without a key; its client goes on at the end of this event. */
  answerBlocked(client: Client, argv: readonly Bytes[], reply: Reply): void {
    const { server } = this;
    const command = server.commands.lookup(fold(argv[0] ?? ''));
    if (command !== undefined) {
      const counters = server.statistics.countCall(command, 0, this.tracksLatency);
      if (errorText(reply) !== undefined) counters.failed++;
    }
    client.commandsProcessed++;
    this.replyTo(client, reply);
    if (server.events.heard) {
      server.events.emit(() => ({ type: 'commandExecuted', atUs: server.nowUs, clientId: client.id, db: client.db.id, argv, reply, durationUs: 0, dirty: 0, inTransaction: false }));
    }
    server.connections.goOn(client);
  }
}

/** An error as the log of failed streams shows it. */
const loggedError = (error: Bytes): Bytes => (error.startsWith('ERR ') ? error.slice(4) : `-${error}`);

/** How much of the stream the log shows when something went wrong in it. */
const SHOWN_BACKLOG_BYTES = 256;

/** The words of a request as others may see them: secret ones are hidden. */
function shownWords({ spec }: Command, argv: readonly Bytes[]): readonly Bytes[] {
  const secrets = spec.secrets?.(argv) ?? [];
  return secrets.length === 0 ? argv : argv.map((word, index) => (secrets.includes(index) ? '(redacted)' : word));
}

/** The error for a name that is no command, with the first words that came with it. */
function unknownCommand(argv: readonly Bytes[]): Bytes {
  let words = '';
  for (let i = 1; i < argv.length && words.length < 128; i++) words += `'${cText(argv[i] as Bytes, 128 - words.length)}' `;
  return `ERR unknown command '${cText(argv[0] as Bytes, 128)}', with args beginning with: ${words}`;
}


const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";

const CANNOT_PERSIST =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";
