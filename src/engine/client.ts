/*
 * One connected client
 * --------------------
 * The state that belongs to a connection: how far its request has come, which database and RESP
 * version it speaks, its queued transaction, its subscriptions, and the reply bytes that wait to be
 * sent. The server drives it; commands read and change it through Ctx.
 */
import type { User } from './acl/user.ts';
import type { Bytes } from './bytes.ts';
import { ReplyBuffer } from './client-memory.ts';
import type { Socket, SocketEvents } from './env.ts';
import type { Database, WatchedKey } from './keyspace/database.ts';
import { isTagged, type Reply } from './reply.ts';
import { encodeReply, type RespVersion } from './protocol/writer.ts';
import type { ReplicaState } from './replication/replica-state.ts';
import { RequestParser } from './protocol/request-parser.ts';
import { QueryBuffer } from './query-buffer.ts';
import type { ClientTracking } from './tracking.ts';

export type Release = 'timeout' | 'error' | 'demoted' | { readonly error: Bytes };

/** What the client waits for; its further requests stay unread meanwhile. */
export interface Blocked {
  readonly why: 'pause' | 'keys' | 'wait' | 'shutdown' | 'script';
  /** Gives up waiting: CLIENT UNBLOCK (whose ERROR asks for an error), disconnection, end of the pause, a server that became a replica. */
  readonly release: (how?: Release) => void;
  /** The keys that it waits for, and whether only to read them. */
  readonly keys?: readonly Bytes[];
}

export type ReplyMode = 'on' | 'off' | 'skip' | 'skip-next';

export class Client {
  readonly id: number;
  readonly socket: Socket | undefined;
  readonly parser = new RequestParser();
  readonly queryBuffer = new QueryBuffer(this.parser);
  /** When it connected, and when it last sent something: milliseconds since the epoch. */
  readonly createdMs: number;
  lastInteractionMs: number;

  db: Database;
  resp: RespVersion = 2;
  /** Has shown a password, or came when none was asked for. */
  authenticated: boolean;
  user: User;
  name: Bytes | undefined = undefined;
  libraryName: Bytes = '';
  libraryVersion: Bytes = '';

  /** Commands queued since MULTI; undefined outside a transaction. */
  queue: (readonly Bytes[])[] | undefined = undefined;
  /** A queued command was refused: EXEC aborts. */
  dirtyExec = false;
  /** A watched key changed: EXEC answers nil. */
  dirtyCas = false;
  watched: WatchedKey[] = [];
  /** Its EVALs run under the debugger: in a copy of the dataset, or in the dataset itself while nobody else is served. */
  debugs: 'copy' | 'sync' | undefined = undefined;
  /** Who reads and writes for it (io-threads.ts). */
  ioThread = 0;
  /** What takes everything that arrives from now on: the debugger of its script. */
  taker: SocketEvents | undefined = undefined;
  /** Commands of scripts run for it: MONITOR calls it lua. */
  isScript = false;
  /** EXEC is running this client's queue now. */
  executing = false;
  /** That queue: it takes its memory until the last of it has run. */
  executingQueue: readonly (readonly Bytes[])[] = [];

  readonly channels = new Set<Bytes>();
  readonly patterns = new Set<Bytes>();
  readonly shardChannels = new Set<Bytes>();

  /** Client-side caching, while it is on. */
  tracking: ClientTracking | undefined = undefined;

  /** This is the connection to the server's own master: its commands are obeyed, and nothing is answered. */
  isMaster = false;
  /** It runs what has been decided already, as the master and the append-only file do: what only a person may not ask is done. */
  mustBeObeyed = false;
  /** What a server that replicates from this one has told about itself. */
  replica: ReplicaState | undefined = undefined;
  isMonitor = false;
  /** In a cluster: the next command was sent here by an ASK; reads may be served from this replica. */
  asking = false;
  readsReplica = false;
  noEvict = false;
  noTouch = false;
  replyMode: ReplyMode = 'on';
  blocked: Blocked | undefined = undefined;
  /** A blocked command of it was answered within this event, and what it sent meanwhile has not been read yet. */
  goesOn = false;
  /** A blocking command runs again because its key is there: when its waiting must end (milliseconds since the epoch). */
  resumedDeadlineMs: number | undefined = undefined;
  /** How far the dataset's history had come after its last command that wrote: WAIT and WAITAOF. */
  writeOffset = 0;
  closeAfterReply = false;
  /** What has gathered for it leaves at the end of this event. */
  waitsForFlush = false;
  /** It is to be closed, and something would have been pushed to it. */
  endsAtFlush = false;
  /** The connection is gone or being dropped: nothing more is read or written. */
  closed = false;

  /** argv and full name of the last command, for CLIENT LIST. */
  lastCommand: Bytes = 'NULL';
  argv: readonly Bytes[] = [];
  bytesIn = 0;
  bytesOut = 0;
  commandsProcessed = 0;

  readonly replyBuffer = new ReplyBuffer();
  /** Since when its unsent replies are over the soft limit, milliseconds since the epoch. */
  softLimitSinceMs: number | undefined = undefined;
  /** Replies that wait for the end of the event. */
  out: Bytes = '';
  /** While a command of this client runs: messages to itself wait here, so that its reply comes first. */
  postponed: Bytes | undefined = undefined;

  constructor(id: number, socket: Socket | undefined, db: Database, nowMs: number, user: User) {
    this.id = id;
    this.socket = socket;
    this.db = db;
    this.createdMs = nowMs;
    this.lastInteractionMs = nowMs;
    this.user = user;
    this.authenticated = user.isOpen;
  }

  /** Adds a reply to the output, in this client's RESP version; respects CLIENT REPLY. */
  reply(reply: Reply): void {
    if (this.closed || this.isMaster) return;
    if (this.replyMode === 'on') this.out += encodeReply(reply, this.resp);
    else if (typeof reply === 'object') for (const each of pushesIn(reply)) this.out += encodeReply(each, this.resp);
  }

  /** Adds a message that the client did not ask for. CLIENT REPLY OFF silences MONITOR's lines, and no push. */
  deliver(message: Reply): void {
    if (this.replyMode !== 'on' && !(isTagged(message) && message.kind === 'push')) return;
    this.deliverPush(encodeReply(message, this.resp));
  }

  /** The same for a push that is encoded already. */
  deliverPush(bytes: Bytes): void {
    if (this.closed) return;
    if (this.closeAfterReply) {
      this.endsAtFlush = true;
      return;
    }
    if (this.postponed === undefined) this.out += bytes;
    else this.postponed += bytes;
  }

  /** The reply of the running command is written: what waited behind it follows. */
  deliverPostponed(): void {
    if (this.postponed !== undefined && this.postponed !== '') this.out += this.postponed;
    this.postponed = undefined;
  }

  get inTransaction(): boolean {
    return this.queue !== undefined;
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }
}

/** The parts of a reply that are pushes, as the answers to SUBSCRIBE are, inside EXEC too: CLIENT REPLY OFF does not hold them back. */
function pushesIn(reply: Reply): readonly Reply[] {
  if (typeof reply !== 'object' || reply === null) return [];
  if (!isTagged(reply)) return reply.flatMap(pushesIn);
  if (reply.kind === 'push') return [reply];
  if (reply.kind === 'spoken') return pushesIn(reply.reply).map((each) => ({ ...reply, reply: each }));
  return reply.kind === 'many' ? reply.replies.flatMap(pushesIn) : [];
}
