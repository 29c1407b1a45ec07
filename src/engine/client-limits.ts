/*
 * Clients that take too much
 * --------------------------
 * A client that does not read what it is sent, or sends without end, would take the server's memory. Three limits
 * end such connections: client-output-buffer-limit (a hard one at once, a soft one after some seconds), for each
 * class of client; client-query-buffer-limit; and maxmemory-clients, which closes the largest clients until all
 * of them together fit.
 */
import { quote } from './monitor.ts';
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';
import { clientMemory, REPLY_CHUNK_BYTES, waitingBytes } from './client-memory.ts';
import { clientLine, clientType } from './commands/connection/client-list.ts';
import type { Server } from './server.ts';

interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** What a client may send before it has authenticated, in bytes. */
const UNAUTHENTICATED_QUERY_BYTES = 1024 * 1024;
/** What may wait for it besides its first buffer, in bytes. */
const UNAUTHENTICATED_REPLY_BYTES = 1024;
/** An empty bulk string on the wire. */
const LEAST_ELEMENT_BYTES = 6;
/** Bytes of a query that the log shows. */
const SHOWN_QUERY_BYTES = 64;
/** Clients that the cron looks at each time, at least; all of them within a second. */
const CRON_MIN_CLIENTS = 5;

export class ClientLimits {
  private readonly server: Server;
  private readonly outputLimits = new Map<string, OutputLimit>();
  private queryLimitBytes = 0;
  private nextClient = 0;
  /** When the peak of a reply buffer is forgotten, in milliseconds (DEBUG REPLYBUFFER PEAK-RESET-TIME); −1 for never. */
  peakResetAfterMs = DEFAULT_PEAK_RESET_MS;
  resizesReplyBuffers = true;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    config.follow('client-output-buffer-limit', () => {
      const words = config.text('client-output-buffer-limit').split(' ');
      for (let i = 0; i + 3 < words.length; i += 4) {
        this.outputLimits.set(words[i] as string, { hardBytes: Number(words[i + 1]), softBytes: Number(words[i + 2]), softSeconds: Number(words[i + 3]) });
      }
    });
    config.follow('client-query-buffer-limit', () => (this.queryLimitBytes = config.number('client-query-buffer-limit')));
  }

  // --- output --------------------------------------------------------------------------------------

  /** What has gathered for the client is about to leave: true when it was too much and the connection is closed instead. */
  closesForOutput(client: Client, how: 'scheduled to be closed ASAP' | 'closed' = 'scheduled to be closed ASAP'): boolean {
    const out = waitingBytes(client);
    // Most replies find room in the buffer, which no limit counts.
    if (out <= REPLY_CHUNK_BYTES && client.softLimitSinceMs === undefined && out <= client.replyBuffer.size) return false;
    const { outMemory } = clientMemory(client, false);
    if (outMemory === 0 || !this.isOverOutputLimit(client, outMemory)) return false;
    this.closeForOutput(client, how);
    return true;
  }

  private closeForOutput(client: Client, how: Bytes = 'scheduled to be closed ASAP'): void {
    const { server } = this;
    server.log('warning', `Client ${clientLine(server, client, server.tracking.currentClient)} ${how} for overcoming of output buffer limits.`);
    server.statistics.clientOutputBufferDisconnects++;
    server.closeClient(client, 'output buffer limit');
  }

  /**
   * A reply of so many elements is about to be made: true when the client may not have as much at once, and is closed, as it
   * would be on the way. Nothing is made of it then.
   */
  closesForElements(client: Client, elements: number): boolean {
    if (elements * LEAST_ELEMENT_BYTES <= client.replyBuffer.size || !this.isOverOutputLimit(client, elements * LEAST_ELEMENT_BYTES)) return false;
    this.closeForOutput(client);
    return true;
  }

  private isOverOutputLimit(client: Client, bytes: number): boolean {
    if (bytes > UNAUTHENTICATED_REPLY_BYTES && this.server.path.mustLogIn(client)) return true;
    const type = clientType(client);
    const limit = this.outputLimits.get(type === 'replica' ? 'slave' : type === 'master' ? 'normal' : type);
    if (limit === undefined) return false;
    const isOverSoft = limit.softBytes > 0 && bytes >= limit.softBytes;
    if (!isOverSoft) client.softLimitSinceMs = undefined;
    else client.softLimitSinceMs ??= this.server.nowMs;
    const forSeconds = client.softLimitSinceMs === undefined ? 0 : Math.floor(this.server.nowMs / 1000) - Math.floor(client.softLimitSinceMs / 1000);
    // What the backlog keeps is shared: a lower limit for a replica would close it right after it has continued.
    const hardBytes = type === 'replica' ? Math.max(limit.hardBytes, this.server.config.number('repl-backlog-size')) : limit.hardBytes;
    return (limit.hardBytes > 0 && bytes >= hardBytes) || forSeconds > limit.softSeconds;
  }

  // --- input ---------------------------------------------------------------------------------------

  /** More has come from the client: true when it was too much and the connection is closed. */
  closesForQuery(client: Client): boolean {
    // What a master sends must be taken, however long it is.
    if (client.isMaster) return false;
    const waiting = client.parser.waitingBytes;
    if (waiting <= UNAUTHENTICATED_QUERY_BYTES && client.queue === undefined) return false;
    const bytes = waiting + clientMemory(client, false).multi;
    if (bytes <= this.queryLimitBytes && (client.authenticated || bytes <= UNAUTHENTICATED_QUERY_BYTES)) return false;
    const { server } = this;
    const shown = quote(client.parser.waitingText(SHOWN_QUERY_BYTES));
    server.log('warning', `Closing client that reached max query buffer length: ${clientLine(server, client, undefined)} (qbuf initial bytes: ${shown})`);
    server.statistics.clientQueryBufferDisconnects++;
    server.closeClient(client, 'query buffer limit');
    return true;
  }

  // --- all together ----------------------------------------------------------------------------------

  /** maxmemory-clients in bytes; a share of maxmemory when it was given in percent. 0: no limit. */
  get maxmemoryClients(): number {
    const { config } = this.server;
    const value = config.number('maxmemory-clients');
    return value >= 0 ? value : Math.floor((-value * config.number('maxmemory')) / 100);
  }

  /** Closes the largest clients until all of them together take no more than maxmemory-clients. */
  evictClients(): void {
    const limit = this.maxmemoryClients;
    if (limit === 0) return;
    const { server } = this;
    const served = server.tracking.currentClient;
    // Whoever is over a limit of its own goes first: its closing may make room for all others.
    for (const client of [...server.clients.values()]) this.closesForOutput(client);
    const sizes = [...server.clients.values()].filter((client) => !client.noEvict && !client.closed).map((client) => ({ client, bytes: clientMemory(client, client === served).total }));
    let sum = sizes.reduce((total, { bytes }) => total + bytes, 0);
    if (sum <= limit) return;
    // By powers of two, as the real server keeps them; within one, who came first.
    for (const { client, bytes } of sizes.sort((a, b) => Math.floor(Math.log2(b.bytes)) - Math.floor(Math.log2(a.bytes)) || a.client.id - b.client.id)) {
      if (sum <= limit) return;
      server.log('notice', `Evicting client: ${clientLine(server, client, served)}`);
      server.statistics.evictedClients++;
      server.closeClient(client, 'maxmemory-clients');
      sum -= bytes;
    }
  }

  /** The cron's share: soft limits whose time is over, and buffers of another size. Every client has its turn once a second. */
  cron(): void {
    const { server } = this;
    const clients = [...server.clients.values()];
    const hz = server.config.number('hz');
    const count = Math.min(clients.length, Math.max(CRON_MIN_CLIENTS, Math.floor(clients.length / hz)));
    for (let i = 0; i < count; i++) {
      const client = clients[this.nextClient++ % clients.length];
      if (client === undefined || client.closed) continue;
      if (this.resizesReplyBuffers) {
        const done = client.replyBuffer.resize(server.nowMs, this.peakResetAfterMs);
        if (done === 'shrunk') server.statistics.replyBufferShrinks++;
        else if (done === 'grown') server.statistics.replyBufferExpands++;
      }
      client.queryBuffer.resize(Math.floor(server.nowMs / 1000) - Math.floor(client.lastInteractionMs / 1000));
      this.closesForOutput(client, 'closed');
    }
  }
}

/** Five seconds. */
export const DEFAULT_PEAK_RESET_MS = 5000;
