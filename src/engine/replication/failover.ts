/*
 * FAILOVER: master and replica change places, and nothing is lost
 * ---------------------------------------------------------------
 *     no-failover ─► waiting-for-sync ─► failover-in-progress ─► no-failover, as a replica
 *
 * The master holds its writers back until a replica has acknowledged every byte. Then it follows that replica,
 * and its PSYNC carries the word FAILOVER, which makes the replica a master first. The held-back writers go on
 * when that is done, and learn that this is a replica now. When no replica gets there in time, all is as before;
 * with FORCE the change is made all the same.
 */
import type { Bytes } from '../bytes.ts';
import type { Server } from '../server.ts';
import { replicaAddress, type ReplicaClient } from './replica-state.ts';
import type { Replication } from './replication.ts';

export type FailoverState = 'no-failover' | 'waiting-for-sync' | 'failover-in-progress';

export interface FailoverRequest {
  /** Any replica will do when there is none. */
  readonly target: { readonly host: Bytes; readonly port: number } | undefined;
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly force: boolean;
}

export class Failover {
  state: FailoverState = 'no-failover';
  private request: FailoverRequest = { target: undefined, timeoutMs: 0, force: false };
  private endsMs = Infinity;
  private readonly server: Server;
  private readonly replication: Replication;

  constructor(server: Server, replication: Replication) {
    this.server = server;
    this.replication = replication;
  }

  start(request: FailoverRequest): void {
    const { server } = this;
    const { target, timeoutMs } = request;
    server.log('notice', target === undefined ? 'FAILOVER requested.' : `FAILOVER requested to ${target.host}:${target.port}.`);
    this.request = request;
    this.endsMs = timeoutMs === 0 ? Infinity : server.nowMs + timeoutMs;
    this.state = 'waiting-for-sync';
    server.pauseClients(Number.MAX_SAFE_INTEGER, 'write');
    // Replicas answer with their offset, and so one that is ready is found.
    this.replication.askForAcks();
  }

  /** Has something changed: an acknowledgement came, a tenth of a second has passed? */
  check(): void {
    if (this.state !== 'waiting-for-sync') return;
    const { server, replication } = this;
    const { target, force } = this.request;
    const candidates = [...replication.replicas].filter((client) => target === undefined || isAt(client, target));
    const ready = candidates.find(({ replica }) => replica.state === 'online' && replica.ackOffset === replication.offset);
    if (ready !== undefined) {
      const { ip, port } = replicaAddress(ready);
      server.log('notice', `Failover target ${ip}:${port} is synced, failing over.`);
      this.followTarget(ip, port);
    } else if (server.nowMs >= this.endsMs) {
      if (!force || target === undefined) return this.abort('Replica never caught up before timeout');
      server.log('notice', `Failover to ${target.host}:${target.port} time out exceeded, failing over.`);
      this.followTarget(target.host, target.port);
    }
    return undefined;
  }

  private followTarget(host: Bytes, port: number): void {
    this.state = 'failover-in-progress';
    this.replication.follow(host, port);
  }

  /** The target has become a master and this server follows it. */
  succeeded(): void {
    if (this.state === 'failover-in-progress') this.end();
  }

  /** The target would not: this server is the master again. */
  refused(why: Bytes): void {
    if (this.state === 'failover-in-progress') this.abort(why);
  }

  abort(why: Bytes): void {
    const { target } = this.request;
    this.server.log('notice', target === undefined ? `Aborting failover. ${why}` : `Aborting failover to ${target.host}:${target.port} while ${this.state === 'waiting-for-sync' ? 'waiting for sync' : 'in progress'}. ${why}`);
    const wasFollowing = this.state === 'failover-in-progress';
    if (wasFollowing) this.replication.becomeMaster();
    this.end();
  }

  private end(): void {
    this.state = 'no-failover';
    this.server.unpauseClients();
  }
}

export function isAt(client: ReplicaClient, { host, port }: { readonly host: Bytes; readonly port: number }): boolean {
  const address = replicaAddress(client);
  return address.ip === host && address.port === port;
}
