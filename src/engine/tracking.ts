/*
 * Client-side caching
 * -------------------
 * A client that keeps copies of keys asks to be told when they change. The server offers two ways:
 *
 * By default it remembers which client has read which key, in one table for all databases. When a key
 * changes, each of its readers gets one message, and the entry goes: who wants to be told again has to read
 * again. The table is bounded by tracking-table-max-keys; what falls out of it is told as if it had changed.
 *
 * In BCAST mode the server remembers no reads, only prefixes. All keys under a prefix that change within one
 * turn of the event loop go out together, in order, at its end.
 *
 * A message to the very client whose command runs must not stand in the middle of its reply (of an EXEC, above
 * all): such keys are pending until the reply is written. RESP3 has a kind for messages (push). A client of
 * RESP2 names another connection with REDIRECT, which hears of it like a subscriber of __redis__:invalidate.
 * Ids are kept rather than clients, so that a client that leaves costs no search through the table.
 */
import type { Bytes } from './bytes.ts';
import { compare, own } from './bytes.ts';
import type { Client } from './client.ts';
import type { Command } from './command.ts';
import { keysOf } from './commands/server/facts.ts';
import type { Config } from './config/config.ts';
import type { Random } from './env.ts';
import { encodeReply } from './protocol/writer.ts';
import { CommandError, push } from './reply.ts';
import { Dict } from './structures/dict.ts';

/** What one client has asked for; it has none while tracking is off. */
export interface ClientTracking {
  /** The id of the connection that gets the messages; 0 for this one. */
  redirect: number;
  readonly bcast: boolean;
  readonly optin: boolean;
  readonly optout: boolean;
  readonly noloop: boolean;
  /** CLIENT CACHING was called for the next command: YES under OPTIN, NO under OPTOUT. */
  caching: boolean;
  /** The connection that the messages should go to is gone. */
  brokenRedirect: boolean;
  /** In order; of BCAST mode. */
  readonly prefixes: readonly Bytes[];
}

/** The keys under one prefix that changed in this turn, each with the client that changed it last, and who is to be told. */
interface Prefix {
  readonly changed: Map<Bytes, Client | undefined>;
  readonly clients: Set<Client>;
}

/** What stands before the keys: in a push of RESP3, and in a message to a subscriber of RESP2. */
const PUSH_HEADER = `>2\r\n${encodeReply('invalidate', 3)}`;
const MESSAGE_HEADER = `*3\r\n${encodeReply('message', 2)}${encodeReply('__redis__:invalidate', 2)}`;
/** Keys that one call drops from a table that is too large, times one more for each call before that was not enough. */
const EFFORT = 100;
/** Read-only scripts are not readers themselves: the commands that they call are. */
const SCRIPT_COMMANDS = new Set(['eval_ro', 'evalsha_ro', 'fcall_ro']);

/** What tracking needs of its server. */
export interface TrackingHost {
  readonly clients: ReadonlyMap<number, Client>;
  readonly config: Config;
  readonly random: Random;
  flushLater(client: Client): void;
}

export class Tracking {
  private readonly host: TrackingHost;
  private readonly table: Dict<Set<number>>;
  private readonly prefixes = new Map<Bytes, Prefix>();
  private pending: (Bytes | null)[] = [];
  /** Readers in all entries of the table. */
  totalItems = 0;
  /** Clients with tracking on. */
  clients = 0;
  private overLimitCalls = 0;
  /** The client whose request is being served, and whether its handler runs now; the client that the running handler was given. */
  currentClient: Client | undefined;
  isExecuting = false;
  writer: Client | undefined;

  constructor(host: TrackingHost) {
    this.host = host;
    this.table = new Dict<Set<number>>({ seed: host.random.fork('tracking').below(0x100000000), policy: { resize: 'enable' } });
  }

  get totalKeys(): number {
    return this.table.size;
  }

  get totalPrefixes(): number {
    return this.prefixes.size;
  }

  // --- on and off --------------------------------------------------------------------------------

  /** Turns tracking on, or changes its options; the caller has checked that they fit. Prefixes join those of before. */
  enable(client: Client, options: Omit<ClientTracking, 'caching' | 'brokenRedirect'>): void {
    if (client.tracking === undefined) this.clients++;
    const added = options.bcast && options.prefixes.length === 0 ? [''] : options.prefixes;
    const prefixes = options.bcast ? [...new Set([...(client.tracking?.prefixes ?? []), ...added.map(own)])].sort(compare) : [];
    client.tracking = { ...options, prefixes, caching: client.tracking?.caching ?? false, brokenRedirect: false };
    for (const name of prefixes) {
      const prefix = this.prefixes.get(name);
      if (prefix === undefined) this.prefixes.set(name, { changed: new Map(), clients: new Set([client]) });
      else prefix.clients.add(client);
    }
  }

  disable(client: Client): void {
    const { tracking } = client;
    if (tracking === undefined) return;
    client.tracking = undefined;
    this.clients--;
    for (const name of tracking.prefixes) {
      const prefix = this.prefixes.get(name);
      prefix?.clients.delete(client);
      if (prefix?.clients.size === 0) this.prefixes.delete(name);
    }
  }

  // --- what was read -----------------------------------------------------------------------------

  /** A command has run for the client at the door: what it read is remembered. */
  commandRan(command: Command, argv: readonly Bytes[]): void {
    const client = this.currentClient;
    const tracking = client?.tracking;
    if (client === undefined || tracking === undefined || tracking.bcast || !command.isReadonly || SCRIPT_COMMANDS.has(command.fullName)) return;
    if ((tracking.optin && !tracking.caching) || (tracking.optout && tracking.caching)) return;
    for (const index of keyIndices(command, argv)) this.remember(argv[index] as Bytes, client.id);
  }

  private remember(key: Bytes, id: number): void {
    const readers = this.table.get(key);
    if (readers === undefined) this.table.set(own(key), new Set([id]));
    else if (readers.has(id)) return;
    else readers.add(id);
    this.totalItems++;
  }

  // --- what has changed --------------------------------------------------------------------------

  /** A key has changed: by the running command, or (`isByServer`) because it expired or was evicted. */
  keyModified(key: Bytes, isByServer: boolean): void {
    if (this.prefixes.size > 0) this.noteForPrefixes(key, isByServer ? undefined : this.writer);
    if (this.table.size > 0) this.invalidate(key);
  }

  private noteForPrefixes(key: Bytes, by: Client | undefined): void {
    for (const [name, prefix] of this.prefixes) if (key.startsWith(name)) prefix.changed.set(own(key), by);
  }

  private invalidate(key: Bytes): void {
    const readers = this.table.get(key);
    if (readers === undefined) return;
    for (const id of [...readers].sort((a, b) => a - b)) {
      const client = this.host.clients.get(id);
      if (client?.tracking === undefined || client.tracking.bcast) continue;
      if (client.tracking.noloop && client === this.currentClient) continue;
      if (client === this.currentClient && this.isExecuting) this.pending.push(own(key));
      else this.send(client, [key]);
    }
    this.totalItems -= readers.size;
    this.table.delete(key);
  }

  /** All keys of a database are gone: everybody drops everything. */
  datasetFlushed(): void {
    if (this.clients > 0) {
      for (const client of this.host.clients.values()) {
        if (client.tracking === undefined) continue;
        if (client === this.currentClient) this.pending.push(null);
        else this.send(client, null);
      }
    }
    this.table.clear();
    this.totalItems = 0;
  }

  /** The reply of the current client is written: what it must hear itself follows. */
  sendPending(): void {
    if (this.pending.length === 0) return;
    const keys = this.pending;
    this.pending = [];
    const client = this.currentClient;
    if (client === undefined || client.closed) return;
    for (const key of keys) this.send(client, key === null ? null : [key]);
  }

  /** The end of a turn: what changed under the prefixes goes out. */
  broadcast(): void {
    if (this.prefixes.size === 0) return;
    for (const [, { changed, clients }] of [...this.prefixes].sort(([a], [b]) => compare(a, b))) {
      if (changed.size === 0) continue;
      const keys = [...changed.keys()].sort(compare);
      for (const client of clients) {
        const told = client.tracking?.noloop === true ? keys.filter((key) => changed.get(key) !== client) : keys;
        if (told.length > 0) this.send(client, told);
      }
      changed.clear();
    }
  }

  /** Keeps the table within tracking-table-max-keys by dropping keys at random, and more the longer it has been too large. */
  limitTable(): void {
    const most = this.host.config.number('tracking-table-max-keys');
    if (most === 0) return;
    if (this.table.size <= most) {
      this.overLimitCalls = 0;
      return;
    }
    for (let effort = EFFORT * (this.overLimitCalls + 1); effort > 0; effort--) {
      const entry = this.table.anyEntry(this.host.random);
      if (entry === undefined) break;
      this.invalidate(entry.key);
      if (this.table.size <= most) {
        this.overLimitCalls = 0;
        return;
      }
    }
    this.overLimitCalls++;
  }

  /** Tells a client, or the connection it has named, which keys to drop; null: all of them. */
  private send(client: Client, keys: readonly Bytes[] | null): void {
    const { tracking } = client;
    let receiver = client;
    if (tracking !== undefined && tracking.redirect !== 0) {
      const target = this.host.clients.get(tracking.redirect);
      if (target === undefined) {
        tracking.brokenRedirect = true;
        if (client.resp === 3) this.deliver(client, encodeReply(push(['tracking-redir-broken', tracking.redirect]), 3));
        return;
      }
      receiver = target;
    }
    // A client may name itself, too.
    // The null is spelled in the version of the client that tracks, whoever receives it: as the real server does.
    const what = keys === null ? encodeReply(null, client.resp) : encodeReply(keys, receiver.resp);
    if (receiver.resp === 3) this.deliver(receiver, PUSH_HEADER + what);
    else if (tracking !== undefined && tracking.redirect !== 0 && receiver.subscriptions > 0) this.deliver(receiver, MESSAGE_HEADER + what);
  }

  private deliver(client: Client, bytes: Bytes): void {
    client.deliverPush(bytes);
    this.host.flushLater(client);
  }
}

/** Where the keys stand; nowhere when the request is wrong. */
function keyIndices(command: Command, argv: readonly Bytes[]): readonly number[] {
  if (command.flags.has('pubsub')) return [];
  try {
    return keysOf(command, argv).map(({ index }) => index);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

/** Whether one of the two begins with the other. */
export const prefixesOverlap = (a: Bytes, b: Bytes): boolean => (a.length < b.length ? b.startsWith(a) : a.startsWith(b));
