/*
 * A server's place in replication, to be looked at
 * ------------------------------------------------
 * Which history it has and how far, what stretch of it the backlog holds, who follows it and whom it follows.
 * The last commands of the stream are read back from the backlog: it is kept in blocks that begin with a command.
 */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import { RequestParser } from '../protocol/request-parser.ts';
import { NO_HISTORY } from '../replication/replication.ts';
import type { Server } from '../server.ts';

const REPLICAS_LIMIT = 100;
const WORDS_LIMIT = 6;
const WORD_LIMIT = 40;
/** What is read back of the stream at most, in bytes. */
const TAIL_BYTES = 64 * 1024;

export interface ReplicationView {
  readonly role: 'master' | 'replica';
  /** Name of its history, 40 hex digits, and how many bytes of it have been. */
  readonly id: Bytes;
  readonly offset: number;
  /** The history before, with the first offset at which it no longer holds; null when there is none. */
  readonly previous: { readonly id: Bytes; readonly secondOffset: number } | null;
  /** null while nothing is kept. */
  readonly backlog: { readonly firstByte: number; readonly length: number; readonly sizeBytes: number } | null;
  /** At most 100, as INFO tells them. */
  readonly replicas: readonly ReplicaView[];
  readonly link: MasterLinkView | null;
  /** sync_full, sync_partial_ok, sync_partial_err. */
  readonly counts: { readonly full: number; readonly partialOk: number; readonly partialErr: number };
}

/** A replica as its master sees it. */
export interface ReplicaView {
  readonly ip: Bytes;
  readonly port: number;
  readonly state: Bytes;
  /** What it has said that it has. */
  readonly ackOffset: number;
  readonly lagSeconds: number;
}

/** The link to the master as the replica sees it. */
export interface MasterLinkView {
  readonly host: Bytes;
  readonly port: number;
  readonly state: 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';
  /** It has something to go on with, so it asks for `offset + 1` of its history. */
  readonly mayContinue: boolean;
  /** Bytes of the snapshot that have come, and in all (0: not known, −1: it has not begun). */
  readonly transferred: { readonly read: number; readonly total: number };
  /** Milliseconds since the epoch; −1 while the link stands, and when it never stood. */
  readonly downSinceMs: number;
}

/** A command of the stream with the offsets of its first and last byte. */
export interface StreamCommandView {
  readonly from: number;
  readonly to: number;
  /** Its first words, cut. */
  readonly argv: readonly Bytes[];
}

/** The least of it: what a picture of many servers says of each. */
export interface ReplicationPlace {
  readonly role: 'master' | 'replica';
  readonly offset: number;
  readonly link: Pick<MasterLinkView, 'host' | 'port' | 'state'> | null;
  /** Slots of the cluster that it serves itself; 0 outside one. */
  readonly slots: number;
  /** Where other nodes of a cluster reach it; 0 outside one. */
  readonly busPort: number;
}

export function replicationPlace({ replication: { link, offset }, cluster, busPort }: Server): ReplicationPlace {
  return {
    role: link === undefined ? 'master' : 'replica', offset,
    link: link === undefined ? null : { host: link.host, port: link.port, state: link.state },
    slots: cluster?.myself.slots.count ?? 0, busPort: cluster === undefined ? 0 : busPort,
  };
}

export function replicationView(server: ServerForCommands): ReplicationView {
  const { replication } = server;
  const { backlog, link, previousId, secondOffset } = replication;
  return {
    role: link === undefined ? 'master' : 'replica',
    id: server.replicationId,
    offset: replication.offset,
    previous: previousId === NO_HISTORY || secondOffset < 0 ? null : { id: previousId, secondOffset },
    backlog: backlog === undefined ? null : { firstByte: backlog.firstByteOffset, length: backlog.length, sizeBytes: server.config.number('repl-backlog-size') },
    replicas: replication.describeReplicas().slice(0, REPLICAS_LIMIT).map(({ ip, port, state, offset, lagSeconds }) => ({ ip, port, state, ackOffset: offset, lagSeconds })),
    link: link === undefined ? null : { host: link.host, port: link.port, state: link.state, mayContinue: link.mayContinue, transferred: link.transferred, downSinceMs: link.downSinceMs },
    counts: { ...replication.counts },
  };
}

/** The last commands of the stream, at most `limit`, the oldest first. Empty where nothing is kept, or the last is too long to be read back. */
export function streamTail(server: ServerForCommands, limit: number): StreamCommandView[] {
  const blocks = server.replication.backlog?.lastCommands(TAIL_BYTES);
  if (blocks === undefined) return [];
  const parser = new RequestParser();
  const commands: StreamCommandView[] = [];
  let from = blocks.offset;
  parser.feed(blocks.bytes);
  for (;;) {
    const argv = parser.next({ authenticated: true, maxBulkBytes: TAIL_BYTES });
    if (argv === undefined) return commands.slice(-limit);
    const next = blocks.offset + blocks.bytes.length - parser.waitingBytes;
    commands.push({ from, to: next - 1, argv: argv.slice(0, WORDS_LIMIT).map((word) => word.slice(0, WORD_LIMIT)) });
    from = next;
  }
}
