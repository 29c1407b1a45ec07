/*
 * What a server knows of a client that is its replica
 * ---------------------------------------------------
 *
 *     REPLCONF …        it tells about itself, before anything else
 *     PSYNC             ─► continues from the backlog: online
 *                       ─► wait_bgsave_start ─► wait_bgsave_end ─► send_bulk ─► online
 *                          a snapshot is due    it is being made   it travels   the stream follows
 *                       ─► wait_rdb_channel ─► send_bulk_and_stream ─► online
 *
 * What is written while the snapshot is made and travels waits in `pending`: it comes after the snapshot. Unless the
 * replica gets the snapshot through a connection of its own (an rdb channel, a replica as well from here, which wants a
 * snapshot only and goes the first way, up to rdb_transmitted). Then the stream needs not wait: send_bulk_and_stream.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import type { HeldBlocks } from './backlog.ts';

export type RdbFilter = 'all' | 'functions' | 'nothing';

export interface ReplicaState {
  state: 'none' | 'wait_rdb_channel' | 'wait_bgsave_start' | 'wait_bgsave_end' | 'send_bulk' | 'send_bulk_and_stream' | 'rdb_transmitted' | 'online';
  listeningPort: number;
  announcedIp: Bytes;
  /** It can read a snapshot whose end is a mark (`capa eof`), and follow a change of the history's name (`capa psync2`). */
  capaEof: boolean;
  capaPsync2: boolean;
  /** It can take the snapshot through a second connection (`capa rdb-channel-repl`), and both sides want it so. */
  capaRdbChannel: boolean;
  /** This is that second connection, and the stream goes to the client with that id; 0: it has told of none. */
  isRdbChannel: boolean;
  mainChannelId: number;
  /** It asked with SYNC: it knows nothing of offsets and acknowledges nothing. */
  isOld: boolean;
  /** How far it has come, by its own word, and when it said so (milliseconds since the epoch). */
  ackOffset: number;
  ackAofOffset: number;
  ackMs: number;
  /** After a snapshot that ended with a mark, the stream waits until the replica says that it has loaded it. */
  streamsOnAck: boolean;
  /** It gets a snapshot and nothing else (redis-cli --rdb). */
  rdbOnly: boolean;
  /** Of the dataset it wants functions only, or nothing (REPLCONF rdb-filter-only). */
  rdbFilter: RdbFilter;
  pending: Bytes;
  /** Bytes of the stream that were sent to it. */
  streamed: number;
  /** What it holds of the stream's blocks while it has not taken so many bytes; undefined before its first byte. */
  held: ((untaken: number) => HeldBlocks) | undefined;
  /** Offset of the snapshot that it waits for. */
  snapshotOffset: number;
  /** Since when it has been waiting for a snapshot to begin. */
  waitingSinceMs: number;
  /** What it had not taken of a snapshot when that was looked at last, and since when it is so. */
  unsentBefore: number;
  unsentSinceMs: number;
}

export function newReplicaState(): ReplicaState {
  return {
    state: 'none', listeningPort: 0, announcedIp: '', capaEof: false, capaPsync2: false, capaRdbChannel: false, isRdbChannel: false, mainChannelId: 0, isOld: false, ackOffset: 0, ackAofOffset: 0, ackMs: 0, streamsOnAck: false,
    rdbOnly: false, rdbFilter: 'all', pending: '', streamed: 0, held: undefined, snapshotOffset: 0, waitingSinceMs: 0, unsentBefore: 0, unsentSinceMs: 0,
  };
}

/** A client that is a replica, with what is known of it. */
export type ReplicaClient = Client & { readonly replica: ReplicaState };

export function isReplica(client: Client): client is ReplicaClient {
  return client.replica !== undefined && client.replica.state !== 'none';
}

/** The state as INFO names it. */
export function shownState({ state }: ReplicaState): Bytes {
  return state.startsWith('wait_') ? 'wait_bgsave' : state;
}

/** Whether one snapshot is for both: they want the same, the same way. */
export function wantsTheSame(one: ReplicaState, other: ReplicaState): boolean {
  return one.rdbFilter === other.rdbFilter && one.isRdbChannel === other.isRdbChannel;
}

/** Address as the log and INFO name it: what it announced, or where it comes from. */
export function replicaAddress({ replica, socket }: ReplicaClient): { readonly ip: Bytes; readonly port: number } {
  const peer = socket?.peer ?? '';
  return { ip: replica.announcedIp === '' ? peer.slice(0, peer.lastIndexOf(':')) : replica.announcedIp, port: replica.listeningPort };
}

export function replicaName(client: ReplicaClient): Bytes {
  const { ip, port } = replicaAddress(client);
  return `${ip}:${port === 0 ? '<unknown-replica-port>' : port}`;
}
