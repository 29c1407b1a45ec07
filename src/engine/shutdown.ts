/*
 * SHUTDOWN: leaving without losing anything
 * -----------------------------------------
 *     asked ─► waiting until the replicas have everything ─► the files are written ─► gone
 *                  │ aborted, or the files cannot be written
 *                  └─► goes on as if nothing had been
 *
 * While it waits, for shutdown-timeout at most, writers are held back, so that the replicas have something to
 * reach. NOW does not wait for them; FORCE leaves whatever fails.
 */
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';
import { errorReply } from './reply.ts';
import { replicaName, shownState } from './replication/replica-state.ts';
import type { Server } from './server.ts';

export interface ShutdownRequest {
  readonly save: 'save' | 'nosave' | 'default';
  readonly force: boolean;
  readonly now: boolean;
}

export const SHUTDOWN_FAILED = 'ERR Errors trying to SHUTDOWN. Check logs.';

export class Shutdown {
  private readonly server: Server;
  /** What is to be done, and until when it waits for the replicas (milliseconds since the epoch). */
  private current: { readonly request: ShutdownRequest; readonly untilMs: number } | undefined;
  /** What a signal has asked for, until it is over: the cron begins it, and a second SIGINT does not wait for it. */
  private signalled: ShutdownRequest | undefined;
  /** Those who asked hear only if it fails. */
  private readonly asked = new Set<Client>();

  constructor(server: Server) {
    this.server = server;
  }

  /** Milliseconds that are left to the replicas; undefined while nobody waits. */
  get leftMs(): number | undefined {
    return this.current === undefined ? undefined : this.current.untilMs - this.server.nowMs;
  }

  /** Asked by SHUTDOWN or a signal: whether the server leaves now, waits for its replicas first, or must stay. */
  begin(asked: ShutdownRequest): 'leaves' | 'waits' | 'stays' {
    if (this.current !== undefined) return 'waits';
    const { server } = this;
    // Half a dataset must not take the place of the whole one.
    const request: ShutdownRequest = server.loading.inProgress ? { ...asked, save: 'nosave' } : asked;
    server.log('notice', 'User requested shutdown...');
    const timeoutMs = server.config.number('shutdown-timeout') * 1000;
    if (request.now || timeoutMs === 0 || this.replicasHaveAll) return this.finish(request) ? 'leaves' : 'stays';
    this.current = { request, untilMs: server.nowMs + timeoutMs };
    server.replication.askForAcks();
    server.pauseClients(Number.MAX_SAFE_INTEGER, 'write');
    server.log('notice', 'Waiting for replicas before shutting down.');
    return 'waits';
  }

  /** A second SIGINT, or one after SIGTERM: whoever sends it will not wait. */
  isInsisting(name: 'SIGTERM' | 'SIGINT'): boolean {
    return this.signalled !== undefined && name === 'SIGINT';
  }

  /** SIGTERM or SIGINT. The handler of the real server only leaves a note for the cron; here it is the same moment, unless the cron is held up. */
  signal(name: 'SIGTERM' | 'SIGINT', request: ShutdownRequest): void {
    const { server } = this;
    if (this.isInsisting(name)) {
      if (server.snapshots.inProgress) server.fork.kill();
      server.stop('crash', 1);
      return;
    }
    this.signalled = request;
    if (!server.debug.cronPaused) this.check();
  }

  /** The client waits for the end, its own and the server's. */
  hold(client: Client): void {
    this.asked.add(client);
    this.server.block(client, 'shutdown', () => this.asked.delete(client));
  }

  /** The cron's work: what a signal has asked for is begun; do the replicas have everything by now, or is the time over? */
  check(): void {
    const { current, signalled } = this;
    if (current === undefined && signalled !== undefined && this.begin(signalled) === 'stays') this.signalled = undefined;
    if (current === undefined || !(this.replicasHaveAll || this.server.nowMs >= current.untilMs)) return;
    if (!this.finish(current.request)) this.goOn();
  }

  /** SHUTDOWN ABORT; false when there is nothing to abort. */
  abort(): boolean {
    if (this.current === undefined && this.signalled === undefined) return false;
    this.goOn();
    this.server.log('notice', 'Shutdown manually aborted.');
    return true;
  }

  private get replicasHaveAll(): boolean {
    const { replicas, offset } = this.server.replication;
    return [...replicas].every(({ replica }) => replica.ackOffset === offset);
  }

  private goOn(): void {
    const wasWaiting = this.current !== undefined;
    this.current = undefined;
    this.signalled = undefined;
    if (!wasWaiting) return;
    for (const client of this.asked) {
      client.blocked = undefined;
      this.server.path.replyTo(client, errorReply(SHUTDOWN_FAILED));
      this.server.readLater(client);
    }
    this.asked.clear();
    this.server.unpauseClients();
  }

  private finish({ save, force }: ShutdownRequest): boolean {
    const { server } = this;
    if (server.sentinel === undefined) {
      this.tellLag();
      const failed = this.writeFiles(save, force);
      if (failed) {
        server.log('warning', 'Errors trying to shut down the server. Check the logs for more information.');
        return false;
      }
    }
    this.removeFile('pidfile', 'Removing the pid file.');
    this.removeFile('unixsocket', 'Removing the unix socket file.');
    server.stop('graceful', 0);
    return true;
  }

  /** Takes away what only a running server has. */
  private removeFile(directive: 'pidfile' | 'unixsocket', saying: Bytes): void {
    const { server } = this;
    const path = server.config.text(directive);
    if (path === '') return;
    server.log('notice', saying);
    server.env.disk.remove(path.startsWith('/') ? path : server.pathOf(path));
  }

  private tellLag(): void {
    const { server } = this;
    const { replicas, offset } = server.replication;
    let lagging = 0;
    for (const client of replicas) {
      const { replica } = client;
      if (replica.ackOffset === offset) continue;
      lagging++;
      const isOnline = replica.state === 'online';
      const lag = isOnline ? Math.floor((server.nowMs - replica.ackMs) / 1000) : 0;
      server.log('notice', `Lagging replica ${replicaName(client)} reported offset ${offset - replica.ackOffset} behind master, lag=${lag}, state=${shownState(replica)}.`);
    }
    if (replicas.size > 0) server.log('notice', `${replicas.size - lagging} of ${replicas.size} replicas are in sync when shutting down.`);
  }

  /** True when something could not be written, and the server is to stay for it. */
  private writeFiles(save: ShutdownRequest['save'], force: boolean): boolean {
    const { server } = this;
    const { snapshots, aof } = server;
    if (snapshots.inProgress) {
      server.log('warning', 'There is a child saving an .rdb. Killing it!');
      server.fork.kill();
    }
    if (aof.state !== 'off' && !aof.shutdown(force)) return true;
    if (save === 'nosave' || (save === 'default' && !snapshots.hasSavePoints)) return false;
    server.log('notice', 'Saving the final RDB snapshot before exiting.');
    if (snapshots.save() || force) return false;
    server.log('warning', "Error trying to save the DB, can't exit.");
    return true;
  }
}

/** What the words behind SHUTDOWN, or a directive for signals, ask for. */
export function shutdownRequest(words: readonly Bytes[]): ShutdownRequest {
  return { save: words.includes('nosave') ? 'nosave' : words.includes('save') ? 'save' : 'default', force: words.includes('force'), now: words.includes('now') };
}
