/*
 * Events: what has become true
 * ----------------------------
 * Past tense, plain data, announced after the fact. They inform and never steer: nothing in the
 * server depends on somebody listening. `emit` builds the payload only if someone does, and a
 * listener that calls back into the server throws (Server.call asserts it).
 */
import type { Bytes } from './bytes.ts';
import type { Reply } from './reply.ts';

export type ServerEvent =
  | { type: 'commandExecuted'; atUs: number; clientId: number; db: number; argv: readonly Bytes[]; reply: Reply; durationUs: number; dirty: number; inTransaction: boolean }
  /** A command refused before its handler ran (unknown, wrong arity, no auth): `error` is the reply's text. */
  | { type: 'commandRejected'; atUs: number; clientId: number; db: number; argv: readonly Bytes[]; error: Bytes }
  | { type: 'keyChanged'; db: number; key: Bytes; event: Bytes }
  | { type: 'keyRemoved'; db: number; key: Bytes; why: 'deleted' | 'expired' | 'evicted' | 'overwritten' }
  | { type: 'keyExpired'; db: number; key: Bytes; how: 'access' | 'cycle'; lateMs: number }
  | { type: 'expiryCycleRan'; atUs: number; kind: 'slow' | 'fast'; sampled: number; expired: number; stalePercent: number }
  | { type: 'encodingChanged'; db: number; key: Bytes; from: string; to: string }
  | { type: 'rehashStep'; db: number; which: 'keys' | 'expires'; bucketsLeft: number }
  | { type: 'rehashStarted'; db: number; which: 'keys' | 'expires'; fromSize: number; toSize: number }
  | { type: 'rehashCompleted'; db: number; which: 'keys' | 'expires'; size: number }
  | { type: 'databaseFlushed'; db: number }
  | { type: 'clientConnected'; atUs: number; clientId: number; address: Bytes }
  /** A command waits for keys; further requests of the client stay unread. */
  | { type: 'clientBlocked'; atUs: number; clientId: number; db: number; keys: readonly Bytes[] }
  | { type: 'clientUnblocked'; atUs: number; clientId: number; why: 'served' | 'timeout' | 'unblocked' | 'left' }
  | { type: 'clientDisconnected'; atUs: number; clientId: number; why: Bytes }
  /** Bytes as they crossed the socket: what the wire picture draws. */
  | { type: 'bytesReceived'; atUs: number; clientId: number; bytes: Bytes }
  | { type: 'bytesSent'; atUs: number; clientId: number; bytes: Bytes }
  /** A replica has what it needs to follow the stream; or its connection is gone. */
  | { type: 'replicaSynced' | 'replicaLost'; atUs: number; clientId: number; offset: number }
  /** The link to the master stands, with the dataset of that offset; or it is down. */
  | { type: 'masterLinkUp'; atUs: number; master: Bytes; offset: number }
  | { type: 'masterLinkDown'; atUs: number; master: Bytes }
  /** A node of the cluster: this server cannot reach it; a majority cannot; it is back. */
  | { type: 'nodeSuspected' | 'nodeFailed' | 'nodeRecovered'; atUs: number; node: Bytes }
  /** A replica will ask for its master's place after a delay, asks for votes, has won. */
  | { type: 'electionScheduled'; atUs: number; delayMs: number; rank: number }
  | { type: 'electionStarted'; atUs: number; epoch: number }
  | { type: 'electionWon'; atUs: number; epoch: number; replaced: Bytes }
  | { type: 'voteGranted'; atUs: number; epoch: number; node: Bytes }
  | { type: 'clusterStateChanged'; atUs: number; state: 'ok' | 'fail' }
  /** A Sentinel tells what has happened, in the words that it publishes: `+odown`, `master mymaster 10.0.0.1 6379 #quorum 2/2`. */
  | { type: 'sentinelEvent'; atUs: number; event: Bytes; text: Bytes }
  | { type: 'serverReady'; atUs: number; port: number }
  | { type: 'serverStopped'; atUs: number; code: number };

export type ServerEventType = ServerEvent['type'];
export type ServerListener = (event: ServerEvent) => void;

/** The listeners of one server. */
export class ServerEvents {
  private listeners: ServerListener[] = [];
  /** True while listeners run: the server refuses to be called then. */
  delivering = false;

  /** Hears every event from now on; returns its own removal. */
  listen(listener: ServerListener): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  /** True when somebody listens; check it before building a payload on a hot path. */
  get heard(): boolean {
    return this.listeners.length > 0;
  }

  emit(make: () => ServerEvent): void {
    if (this.listeners.length === 0) return;
    const event = make();
    const outer = this.delivering;
    this.delivering = true;
    try {
      for (const listener of this.listeners) listener(event);
    } finally {
      this.delivering = outer;
    }
  }
}
