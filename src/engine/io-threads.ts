/*
 * Threads that read and write
 * ---------------------------
 * With io-threads above 1 the real server lets other threads read requests and write replies; commands run in the main
 * thread all the same. Here one thread does everything, so what is left is who would have which client, for INFO and CLIENT LIST:
 *
 *   - a new client goes to the thread with the fewest clients
 *   - a client that others may write to at any time (a replica, a subscriber, a monitor, one that is blocked, tracks keys or
 *     debugs a script) is taken by the main thread, number 0, and given back with the first reply after that is over
 */
import type { Client } from './client.ts';
import { isReplica } from './replication/replica-state.ts';
import type { Statistics } from './statistics.ts';

/** Whether no other thread than the main one may have this client. */
const isMainThreads = (client: Client): boolean =>
  client.blocked !== undefined || client.subscriptions > 0 || client.tracking !== undefined || client.isMonitor || client.isMaster || client.debugs !== undefined || isReplica(client);

export class IoThreads {
  /** How many clients each has; the main thread first. */
  readonly clients: number[];
  private readonly statistics: Statistics;

  constructor(count: number, statistics: Statistics) {
    this.clients = Array.from({ length: count }, () => 0);
    this.statistics = statistics;
  }

  /** A connection was taken. */
  join(client: Client): void {
    this.move(client, 0, 1);
    if (this.clients.length > 1 && !isMainThreads(client)) this.giveAway(client);
  }

  leave(client: Client): void {
    this.move(client, client.ioThread, -1);
  }

  /** Bytes of it were read. */
  read({ ioThread }: Client): void {
    this.statistics.totalReadsProcessed++;
    if (ioThread !== 0) this.statistics.ioThreadReads[ioThread] = (this.statistics.ioThreadReads[ioThread] ?? 0) + 1;
  }

  /** All that it has sent has been run. */
  processed(client: Client): void {
    if (client.ioThread === 0 || !isMainThreads(client)) return;
    this.move(client, client.ioThread, -1);
    this.move(client, 0, 1);
  }

  /** Replies are about to be written. */
  write(client: Client): void {
    const { statistics, clients } = this;
    statistics.totalWritesProcessed++;
    if (clients.length === 1) return;
    this.processed(client);
    if (client.ioThread === 0 && !client.closeAfterReply && !isMainThreads(client)) this.giveAway(client);
    const { ioThread } = client;
    if (ioThread !== 0) statistics.ioThreadWrites[ioThread] = (statistics.ioThreadWrites[ioThread] ?? 0) + 1;
  }

  private giveAway(client: Client): void {
    this.move(client, 0, -1);
    let fewest = 1;
    for (let thread = 2; thread < this.clients.length; thread++) if ((this.clients[thread] ?? 0) < (this.clients[fewest] ?? 0)) fewest = thread;
    this.move(client, fewest, 1);
  }

  private move(client: Client, thread: number, by: 1 | -1): void {
    this.clients[thread] = (this.clients[thread] ?? 0) + by;
    client.ioThread = thread;
  }
}
