/*
 * What one client takes
 * ---------------------
 * The sizes behind CLIENT LIST, the limits of output buffers and the eviction of clients, all from one model:
 *
 *   - the client's own structure, and the buffer that replies are written to first, 16 KiB at the beginning; the
 *     cron makes it smaller for a client whose replies are short, and larger again
 *   - replies that find no room there: blocks of 20,464 bytes in a list, each with its header. They grow while
 *     the client does not read
 *   - the query buffer, for a client that has one of its own, or is served out of the shared one (query-buffer.ts)
 *   - words of the request, of a queued transaction; watched keys, subscriptions, prefixes
 */
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';
import { isReplica } from './replication/replica-state.ts';
import { mallocSize } from './structures/sds.ts';

/** Where replies are written first, at most and at least (PROTO_REPLY_CHUNK_BYTES, PROTO_REPLY_MIN_BYTES). */
export const REPLY_CHUNK_BYTES = 16 * 1024;
const REPLY_MIN_BYTES = 1024;
/** The client's own structure. */
const CLIENT_BYTES = 896;
/** A block of further replies: its room, and the list's node and the block's header. */
const REPLY_BLOCK_BYTES = 20464;
const REPLY_BLOCK_OVERHEAD = 40;
const QUEUED_COMMAND_BYTES = 24;
const WATCHED_KEY_BYTES = 80;
const POINTER_BYTES = 8;
const DICT_ENTRY_BYTES = 24;
const PREFIX_NODE_BYTES = 32;

export interface ClientMemory {
  /** Bytes in the query buffer, and its free room. */
  readonly query: number;
  readonly queryFree: number;
  /** Words of the request that is being served. */
  readonly argv: number;
  /** Words of queued requests. */
  readonly multi: number;
  /** Replies not sent: bytes in the buffer, blocks in the list, what these take. */
  readonly outBuffer: number;
  readonly outBlocks: number;
  readonly outMemory: number;
  readonly total: number;
}

/** The buffer that replies are written to first: see the cron's clientsCronResizeOutputBuffer. */
export class ReplyBuffer {
  size = REPLY_CHUNK_BYTES;
  /** The most that was in it since the last reset of this figure. */
  peak = REPLY_CHUNK_BYTES;
  private peakResetMs = 0;

  /** So many bytes of replies left at once. */
  filled(bytes: number): void {
    this.peak = Math.max(this.peak, Math.min(bytes, this.size));
  }

  /** The cron's look: half the size for a buffer that is never half full, twice the size for a full one. */
  resize(nowMs: number, peakResetAfterMs: number): 'shrunk' | 'grown' | undefined {
    let size = 0;
    let done: 'shrunk' | 'grown' | undefined;
    if (this.size / 2 >= REPLY_MIN_BYTES && this.peak < this.size / 2) {
      size = Math.max(REPLY_MIN_BYTES, this.peak + 1);
      done = 'shrunk';
    } else if (this.size * 2 < REPLY_CHUNK_BYTES * 2 && this.peak === this.size) {
      size = Math.min(REPLY_CHUNK_BYTES, this.size * 2);
      done = 'grown';
    }
    if (peakResetAfterMs >= 0 && nowMs - this.peakResetMs > peakResetAfterMs) {
      this.peak = 0;
      this.peakResetMs = nowMs;
    }
    if (size > 0) this.size = mallocSize(size);
    return done;
  }
}

/** Replies of this client that have not been sent, or were sent and not taken. */
export const unsentBytes = (client: Client): number => client.out.length + (client.socket?.unsentBytes?.() ?? 0);

/** What waits for this client to take it, as limits count it: a replica's snapshot is none of it, the stream behind that is. */
export function waitingBytes(client: Client): number {
  const unsent = unsentBytes(client);
  return isReplica(client) ? Math.min(unsent, client.replica.streamed) + client.replica.pending.length : unsent;
}

/** `isServed`: a request of this client is at work. `isReadElsewhere`: the buffer that it was read into is another thread's. */
export function clientMemory(client: Client, isServed: boolean, isReadElsewhere = false): ClientMemory {
  const { used: query, free: queryFree, memory: queryMemory } = client.queryBuffer.view(isServed && !isReadElsewhere);
  const words = isServed || client.blocked !== undefined ? client.argv : client.parser.readWords;
  const argv = lengthOf(words);
  const queued = client.queue ?? client.executingQueue;
  const multi = queued.reduce((sum, words) => sum + lengthOf(words) + words.length * POINTER_BYTES, 0);
  const out = waitingBytes(client);
  // The stream of a replica is in no buffer of its own.
  const held = client.replica?.held?.(out);
  const outBuffer = held === undefined ? Math.min(out, client.replyBuffer.size) : 0;
  const outBlocks = held?.blocks ?? Math.ceil((out - outBuffer) / REPLY_BLOCK_BYTES);
  const outMemory = held?.bytes ?? outBlocks * (REPLY_BLOCK_BYTES + REPLY_BLOCK_OVERHEAD);
  const total = CLIENT_BYTES + client.replyBuffer.size + outMemory
    + queryMemory + argv + words.length * POINTER_BYTES
    + multi + (queued.length === 0 ? 0 : powerOfTwoFrom(Math.max(2, queued.length)) * QUEUED_COMMAND_BYTES)
    + client.watched.length * WATCHED_KEY_BYTES
    + tableBytes(client.channels.size) + tableBytes(client.patterns.size) + tableBytes(client.shardChannels.size)
    + (client.tracking?.prefixes.length ? radixNodes(client.tracking.prefixes) * PREFIX_NODE_BYTES : 0);
  return { query, queryFree, argv, multi, outBuffer, outBlocks, outMemory, total };
}

const lengthOf = (words: readonly Bytes[]): number => words.reduce((sum, word) => sum + word.length, 0);
const powerOfTwoFrom = (n: number): number => 2 ** Math.ceil(Math.log2(n));
const tableBytes = (entries: number): number => (entries === 0 ? 0 : entries * DICT_ENTRY_BYTES + powerOfTwoFrom(Math.max(4, entries)) * POINTER_BYTES);

/** Nodes of a radix tree that holds these words: chains without a branch are one node. */
function radixNodes(words: readonly Bytes[]): number {
  const groups = new Map<string, Bytes[]>();
  for (const word of words) if (word !== '') groups.set(word.charAt(0), [...(groups.get(word.charAt(0)) ?? []), word]);
  let nodes = 1;
  for (const group of groups.values()) {
    let common = 1;
    const [first = ''] = group;
    if (groups.size === 1) while (common < first.length && group.every((word) => word.length > common && word[common] === first[common])) common++;
    nodes += radixNodes(group.map((word) => word.slice(common)));
  }
  return nodes;
}
