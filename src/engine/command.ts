/*
 * A command, declared once
 * ------------------------
 * `command(spec, handler)` is the only way to make a command, and everything that talks about
 * commands reads the spec: processCommand (arity, flags), ACL categories, COMMAND INFO/DOCS/GETKEYS,
 * redis-cli's hints and completion, the reference page, help. A container (CLIENT, CONFIG) is a spec
 * with `subcommands`, each of them a full command.
 *
 * Handlers parse their options by hand: Redis's habits differ per command (which pair conflicts first,
 * which error wins) and learners compare. The `args` grammar serves docs, hints and tests.
 */
import type { Acl } from './acl/acl.ts';
import type { Bytes } from './bytes.ts';
import type { Reply } from './reply.ts';
import type { Blocked, Client } from './client.ts';
import type { ClientLimits } from './client-limits.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { ClusterCompatibility } from './cluster/compatibility.ts';
import type { Config } from './config/config.ts';
import type { DirectiveValue } from './config/values.ts';
import type { Env, Socket, SocketEvents } from './env.ts';
import type { ServerEvents } from './events.ts';
import type { MemoryParts } from './keyspace/memory-report.ts';
import type { Database, KeyspaceHost } from './keyspace/database.ts';
import type { ExpireCycle } from './keyspace/expire.ts';
import type { LatencyMonitor } from './latency.ts';
import type { LogLevel } from './log.ts';
import type { AppendOnlyFile } from './persistence/append-only-file.ts';
import type { Fork } from './persistence/fork.ts';
import type { Loading } from './persistence/loading.ts';
import type { Snapshots } from './persistence/snapshots.ts';
import type { MigrateSockets } from './migration/migrate-sockets.ts';
import type { Propagation, Receiver } from './propagation.ts';
import type { Sentinel } from './sentinel/sentinel.ts';
import type { Scripting } from './scripting/scripting.ts';
import type { PubSub } from './pubsub.ts';
import type { Replication } from './replication/replication.ts';
import type { IoThreads } from './io-threads.ts';
import type { Statistics } from './statistics.ts';
import type { Shutdown } from './shutdown.ts';
import type { SlowLog } from './slowlog.ts';
import type { Tracking } from './tracking.ts';

export type CommandFlag =
  | 'write' | 'readonly' | 'denyoom' | 'module' | 'admin' | 'pubsub' | 'noscript' | 'blocking' | 'loading' | 'stale'
  | 'skip_monitor' | 'skip_slowlog' | 'asking' | 'fast' | 'no_auth' | 'may_replicate' | 'no_async_loading' | 'no_multi'
  | 'movablekeys' | 'allow_busy' | 'no_mandatory_keys' | 'sentinel' | 'only_sentinel' | 'protected';

export type Group =
  | 'string' | 'generic' | 'list' | 'hash' | 'set' | 'sorted-set' | 'stream' | 'bitmap' | 'hyperloglog' | 'geo'
  | 'connection' | 'pubsub' | 'transactions' | 'scripting' | 'server' | 'cluster' | 'sentinel';

export type AclCategory =
  | 'keyspace' | 'read' | 'write' | 'set' | 'sortedset' | 'list' | 'hash' | 'string' | 'bitmap' | 'hyperloglog' | 'geo'
  | 'stream' | 'pubsub' | 'admin' | 'fast' | 'slow' | 'blocking' | 'dangerous' | 'connection' | 'transaction' | 'scripting';

/** Flags of a key, as COMMAND INFO names them. */
export type KeyFlag = 'RO' | 'RW' | 'OW' | 'RM' | 'access' | 'update' | 'insert' | 'delete' | 'not_key' | 'incomplete' | 'variable_flags';

/** Where keys begin and how to find the rest: the key specification of COMMAND INFO. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin: { readonly index: number } | { readonly keyword: Bytes; readonly startFrom: number } | 'unknown';
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number }
    | 'unknown';
  readonly notes?: string;
}

/** One argument of the grammar (COMMAND DOCS `arguments`). */
export interface Arg {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'double' | 'key' | 'pattern' | 'unix-time' | 'pure-token' | 'oneof' | 'block';
  readonly token?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly keySpecIndex?: number;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly displayText?: string;
  readonly args?: readonly Arg[];
}

export interface CommandSpec {
  /** Upper case; of a subcommand its own word only ('GET' in CONFIG GET). */
  readonly name: string;
  readonly group: Group;
  readonly since: string;
  /** Our own words, for learners. */
  readonly summary: string;
  readonly complexity?: string;
  /** Number of words, name included; negative when it is a minimum. Written out, because learners meet it. */
  readonly arity: number;
  readonly flags?: readonly CommandFlag[];
  readonly keys?: readonly KeySpec[];
  /** Where no range can say it: indices into argv of all keys. Throws CommandError for a wrong call. */
  readonly getKeys?: (argv: readonly Bytes[]) => readonly { index: number; flags: readonly KeyFlag[] }[];
  readonly args?: readonly Arg[];
  /** Words that are channels, which the user must be allowed: so many from the first, or all. */
  readonly channels?: { readonly first: number; readonly count: number | 'all'; readonly arePatterns?: boolean };
  /** ACL categories beyond those that flags and group imply. */
  readonly acl?: readonly AclCategory[];
  readonly tips?: readonly string[];
  /** What changed in which version: [version, our own words]. */
  readonly history?: readonly (readonly [string, string])[];
  readonly deprecated?: { readonly since: string; readonly replacedBy?: string };
  readonly docFlags?: readonly ('deprecated' | 'syscmd')[];
  /** Indices of words that nobody else may see (passwords): MONITOR, the slow log and events show `(redacted)`. */
  readonly secrets?: (argv: readonly Bytes[]) => readonly number[];
  readonly subcommands?: readonly Command[];
  /** What the reply can be, in words, for the reference page: one entry a case. */
  readonly replies?: readonly string[];
  /** Lines that run one after the other on an empty database: shown and run on the reference page. */
  readonly examples?: readonly string[];
  /** A difference from the real server that is kept on purpose, with its reason. */
  readonly differs?: string;
}

/**
 * What a handler is given. `ctx` belongs to the client and is filled anew for each call: a handler
 * that keeps something keeps the value, never the ctx.
 */
export interface Ctx {
  readonly server: ServerForCommands;
  readonly client: Client;
  /** The client's selected database. */
  readonly db: Database;
  /** The command's words, name first. Slices of the input: own() what is stored. */
  readonly argv: readonly Bytes[];
  /** Milliseconds since the epoch, read once for this command. */
  readonly now: number;
}

/** The server as commands see it; server.ts implements it. */
export interface ServerForCommands extends KeyspaceHost {
  /** What it takes besides its data. */
  memoryParts(): MemoryParts;
  readonly env: Env;
  readonly config: Config;
  readonly events: ServerEvents;
  readonly databases: readonly Database[];
  readonly clients: ReadonlyMap<number, Client>;
  readonly commands: CommandTable;
  readonly pubsub: PubSub;
  readonly acl: Acl;
  readonly statistics: Statistics;
  readonly ioThreads: IoThreads;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly snapshots: Snapshots;
  readonly aof: AppendOnlyFile;
  readonly fork: Fork;
  readonly propagation: Propagation;
  /** Called whenever more of the append-only file is durable: WAITAOF. */
  readonly waitingForSync: Set<() => void>;
  readonly replication: Replication;
  /** It follows nobody. In a cluster a replica is none, from its start on, before it follows too. */
  readonly isMaster: boolean;
  /** What this server knows of its cluster; undefined when it is in none. */
  readonly cluster: Cluster | undefined;
  /** What would not work if it were in one. */
  readonly compatibility: ClusterCompatibility;
  /** What watches masters, in a server that was started to do that and nothing else. */
  readonly sentinel: Sentinel | undefined;
  readonly scripting: Scripting;
  /** Microseconds since the epoch, frozen while a command runs. */
  readonly nowUs: number;
  readonly startedAtUs: number;
  readonly runId: Bytes;
  /** 40 hex digits that name the history of this dataset; a new one after DEBUG CHANGE-REPL-ID. */
  readonly replicationId: Bytes;
  changeReplicationId(): void;
  readonly port: number;
  /** The clients that asked for MONITOR. */
  readonly monitors: Set<Client>;
  /** Who caches which keys, and has to hear when they change. */
  readonly tracking: Tracking;
  /** What clients may take, and who takes too much. */
  readonly limits: ClientLimits;
  /** Runs one command for a client that already passed all checks: the way of EXEC and of scripts. */
  call(client: Client, command: Command, argv: readonly Bytes[]): Reply;
  /**
   * What the append-only file and replicas shall run in place of the running command, in its database; none: nothing.
   * Without this a command that changed something goes out as it came.
   */
  propagateAs(...commands: readonly (readonly Bytes[])[]): void;
  /** A change beside the running command: a key that was found expired, one that was evicted. Comes before the command itself. */
  alsoPropagate(db: number, argv: readonly Bytes[]): void;
  /** Who is told of what follows: everybody, one of the two, or nobody (redis.set_repl). */
  propagateOnly(to: Receiver | 'all' | 'none'): void;
  /** Shows a command to monitors, for those that say when themselves. */
  feedMonitors(client: Client, argv: readonly Bytes[]): void;
  /** Memory is short, as found before the running command. */
  readonly shortOfMemory: boolean;
  /** A replica that has lost its master, and does not answer with what it has. */
  readonly isStale: boolean;
  /** Why no command may write now; undefined when it may. */
  refusesWrites(): Bytes | undefined;
  /** A replica that takes writes of its own. */
  readonly isWritableReplica: boolean;
  /** Something has happened: the cached time is set anew. */
  beginEvent(): void;
  /** Goes on with the suspended command: `work` says its reply, or SUSPENDED again. EXEC around it goes on too. */
  goOnSuspended(work: () => Reply): void;
  /** From now on nothing that comes is heard: a command waits for another server, as the real one does with all it is. */
  standStill(): void;
  /** The waiting is over: does `work`, then all that has come meanwhile, in that order. */
  moveOn(work: () => void): void;
  /** A server with the same configuration in another world; it has not been started, and has no data. */
  twin(env: Env): Twin;
  /** The client's connection belongs to another server from now on; here the client is gone. */
  handOver(client: Client, taker: SocketEvents): void;
  /** Connections to servers that keys were moved to. */
  readonly migrateSockets: MigrateSockets;
  /** What a client has sent is read at the end of this event. */
  readLater(client: Client): void;
  /** Elements touched, turned into virtual time by the host (KEYS over a million keys takes long there too). */
  work(elements: number): void;
  /** Every database becomes empty. */
  emptyData(): void;
  /** Ends a client's connection: at once, or after its replies are sent. */
  closeClient(client: Client, why: Bytes, afterReplies?: boolean): void;
  /** Sends what waits for clients other than the calling one, at the end of this event. */
  flushLater(client: Client): void;
  /** Stops reading requests of the client until `resume` is called. */
  block(client: Client, why: Blocked['why'], release: Blocked['release'], keys?: readonly Bytes[]): void;
  resume(client: Client): void;
  /** Runs a command again that waited for a key, before anything else of its client is read. */
  runAgain(client: Client, argv: readonly Bytes[], deadlineMs: number): void;
  /** Answers a command whose waiting ended without a key; its client goes on at the end of this event. */
  answerBlocked(client: Client, argv: readonly Bytes[], reply: Reply): void;
  /**
   * Runs `fn` as an event of its own after `us` microseconds; returns its own cancel. `what` names the timer.
   * While a script keeps the server busy, or a dataset is loaded, timers wait, unless it is 'always'.
   */
  later(us: number, what: string, fn: () => void, when?: 'always'): () => void;
  /** A handler that was suspended inside another command's (EXEC) goes on with the reply. */
  whenFinished(goOn: (reply: Reply) => Reply): void;
  /** The dataset on its way into memory. */
  readonly loading: Loading;
  /** SHUTDOWN. */
  readonly shutdown: Shutdown;
  /** Why a directive cannot take a checked value now (a port in use); undefined when it can. */
  refusesDirective(name: Bytes, value: DirectiveValue): Bytes | undefined;
  /** The server dies here and now, with a report in the log: DEBUG PANIC, a bug of ours. */
  crash(report: Bytes, code: number): void;
  /** The same when something has been found to be as it must not be: with use-exit-on-panic the process ends without a core. */
  panic(what: Bytes): void;
  /** A line for the log, as the real server words it, without time and pid. */
  log(level: LogLevel, text: Bytes): void;
  /** Time in which CLIENT PAUSE holds clients back; kind 'write' lets reads pass. */
  pauseClients(untilMs: number, kind: 'all' | 'write'): void;
  unpauseClients(): void;
  /** What DEBUG switches. */
  readonly debug: DebugSwitches;
  /** The active expiry cycle, run by the cron and before the server sleeps. */
  readonly expireCycle: ExpireCycle;
  /** Where the cron goes on the next time. */
  readonly cronState: { nextDatabase: number; second: number };
}

export interface DebugSwitches {
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpire: boolean;
  /** DEBUG PAUSE-CRON. */
  cronPaused: boolean;
  /** DEBUG DICT-RESIZING. */
  dictResizing: boolean;
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: payloads of RESTORE and files are taken whatever their checksum says. */
  skipChecksum: boolean;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is not allowed from scripts. */
  scriptsMayAll: boolean;
  /** DEBUG AOF-FLUSH-SLEEP: so many microseconds pass before the append-only file is written. */
  aofFlushSleepUs: number;
  /** DEBUG REPL-PAUSE: where in a full synchronization the process stops. */
  readonly replicationPauses: Set<ReplicationPause>;
}

export type ReplicationPause = 'after-fork' | 'before-rdb-channel' | 'on-streaming-repl-buf';

export interface CommandTable {
  /** By folded name ('get'); container commands hold their subcommands. */
  lookup(name: Bytes): Command | undefined;
  all(): Iterable<Command>;
}

export type Handler = (ctx: Ctx) => Reply;

/** Another server, as whoever has made it drives it. */
export interface Twin extends ServerForCommands {
  accept(socket: Socket): SocketEvents;
  asEvent(fn: () => void): void;
  processCommand(client: Client, argv: readonly Bytes[]): void;
}

/** A spec with its handler and the facts that are asked for on every call, derived once. */
export interface Command {
  readonly spec: CommandSpec;
  readonly handler: Handler;
  /** 'get', or 'config|get' for a subcommand: as Redis names it in stats, errors and ACLs. */
  fullName: Bytes;
  parent: Command | undefined;
  readonly subcommands: ReadonlyMap<Bytes, Command> | undefined;
  readonly flags: ReadonlySet<CommandFlag>;
  readonly isWrite: boolean;
  readonly isReadonly: boolean;
  readonly denyOom: boolean;
  readonly isProtected: boolean;
  readonly skipMonitor: boolean;
  readonly skipSlowlog: boolean;
  /** Rising number of the command, the place of its counters in each server's statistics. */
  readonly index: number;
}

let declared = 0;

const lower = (name: string): Bytes => name.toLowerCase(); // names are ASCII literals of ours

/** Declares a command: its spec and its handler in one expression. */
export function command(spec: CommandSpec, handler: Handler): Command {
  const flags = new Set(spec.flags ?? []);
  const self: Command = {
    spec,
    handler,
    fullName: lower(spec.name),
    parent: undefined,
    subcommands: spec.subcommands && new Map(spec.subcommands.map((sub) => [lower(sub.spec.name), sub])),
    flags,
    isWrite: flags.has('write'),
    isReadonly: flags.has('readonly'),
    denyOom: flags.has('denyoom'),
    isProtected: flags.has('protected'),
    skipMonitor: flags.has('skip_monitor') || flags.has('admin'),
    skipSlowlog: flags.has('skip_slowlog'),
    index: declared++,
  };
  for (const sub of spec.subcommands ?? []) {
    sub.parent = self;
    sub.fullName = `${self.fullName}|${lower(sub.spec.name)}`;
  }
  return self;
}

/** Declares a container command (CLIENT, CONFIG): it has subcommands and no work of its own. */
export function container(spec: CommandSpec & { readonly subcommands: readonly Command[] }): Command {
  return command(spec, () => {
    throw new Error(`${spec.name} is a container: processCommand must have chosen a subcommand`);
  });
}

// Shorthand for the grammar: `args: [key('key'), string('value'), optional(oneOf('condition', [token('nx', 'NX'), …]))]`

type ArgOptions = Omit<Arg, 'name' | 'type' | 'args'>;
export const key = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'key', keySpecIndex: 0, ...options });
export const string = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'string', ...options });
export const integer = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'integer', ...options });
export const doubleArg = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'double', ...options });
export const pattern = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'pattern', ...options });
export const unixTime = (name: string, options: ArgOptions = {}): Arg => ({ name, type: 'unix-time', ...options });
export const token = (name: string, word: string, options: ArgOptions = {}): Arg => ({ name, type: 'pure-token', token: word, ...options });
export const oneOf = (name: string, args: readonly Arg[], options: ArgOptions = {}): Arg => ({ name, type: 'oneof', args, ...options });
export const block = (name: string, args: readonly Arg[], options: ArgOptions = {}): Arg => ({ name, type: 'block', args, ...options });
export const optional = (arg: Arg): Arg => ({ ...arg, optional: true });
export const multiple = (arg: Arg): Arg => ({ ...arg, multiple: true });

/** Key specification of the usual kind: from argv[first], every `step` words, to `last` (0: the same key; −1: to the end). */
export function keyRange(flags: readonly KeyFlag[], first = 1, last = 0, step = 1, limit = 0): KeySpec {
  return { flags, begin: { index: first }, find: { lastKey: last, step, limit } };
}
