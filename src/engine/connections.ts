/*
 * Connections
 * -----------
 * Takes connections or refuses them, hands what arrives to the client's parser and each request to
 * processCommand, and sends what has gathered. Replies gather in each client's `out` and leave at the
 * end of the event, so that a pipeline of a hundred commands is one write. A client that is blocked is
 * not read; once its waiting is over, what it sent meanwhile is read at the end of the event.
 */
import { openUser } from './acl/user.ts';
import type { Bytes } from './bytes.ts';
import { Client, type Blocked } from './client.ts';
import { isLocalPeer, type Socket, type SocketEvents } from './env.ts';
import { unwatchAll, type Database } from './keyspace/database.ts';
import { errorReply } from './reply.ts';
import { isReplica } from './replication/replica-state.ts';
import type { Server } from './server.ts';

export class Connections {
  readonly clients = new Map<number, Client>();
  private readonly server: Server;
  private nextClientId = 1;
  /** Clients for whom something has gathered, the first `flushes` of them. Not a set: nearly every event has one, and to clear a set makes a new one. */
  private readonly waitingToFlush: (Client | undefined)[] = [];
  private flushes = 0;
  private readonly unblocked: Client[] = [];
  // A directive that every chunk asks for, followed rather than looked up.
  private maxBulkBytes = 0;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    config.follow('proto-max-bulk-len', () => (this.maxBulkBytes = config.number('proto-max-bulk-len')));
  }

  /** Takes a connection: hand the returned events what arrives. Chunks may be cut anywhere. */
  accept(socket: Socket): SocketEvents {
    const { server } = this;
    server.beginEvent();
    server.statistics.connectionsReceived++;
    const refusal = this.refusalOf(socket);
    if (refusal !== undefined) {
      server.statistics.rejectedConnections++;
      socket.send(refusal);
      socket.close();
      return { data: () => {}, closed: () => {} };
    }
    const client = new Client(this.nextClientId++, socket, server.firstDatabase, server.nowMs, server.acl.defaultUser);
    this.clients.set(client.id, client);
    server.ioThreads.join(client);
    server.clientBytes.touched(client);
    server.events.emit(() => ({ type: 'clientConnected', atUs: server.nowUs, clientId: client.id, address: socket.peer }));
    return {
      data: (chunk) => this.receive(client, chunk),
      closed: (reason) => {
        client.taker?.closed(reason);
        server.hear(() => {
          server.beginEvent();
          // A read finds the end.
          if (!client.closed) server.ioThreads.read(client);
          this.free(client, reason);
          server.endEvent();
        });
      },
    };
  }

  private refusalOf(socket: Socket): Bytes | undefined {
    const { config } = this.server;
    if (this.clients.size >= config.number('maxclients')) return '-ERR max number of clients reached\r\n';
    if (!isLocalPeer(socket.peer) && config.flag('protected-mode') && this.server.acl.defaultUser.nopass) return PROTECTED_MODE;
    return undefined;
  }

  /** The server's own connection to its master, from now on a client like others. Its chunks come through receiveFrom(). */
  adopt(socket: Socket, db: Database): Client {
    const client = new Client(this.nextClientId++, socket, db, this.server.nowMs, openUser('(superuser)'));
    client.isMaster = true;
    this.clients.set(client.id, client);
    this.server.ioThreads.join(client);
    return client;
  }

  private receive(client: Client, chunk: Bytes): void {
    const { server } = this;
    if (client.taker !== undefined) return client.taker.data(chunk);
    if (client.closed || client.closeAfterReply) return;
    if (server.standsStill) return server.hear(() => this.receive(client, chunk));
    server.beginEvent();
    this.receiveFrom(client, chunk);
    server.endEvent();
  }

  /** A chunk, inside an event. */
  receiveFrom(client: Client, chunk: Bytes): void {
    const { server } = this;
    server.statistics.netInputBytes += chunk.length;
    client.bytesIn += chunk.length;
    client.lastInteractionMs = server.nowMs;
    if (server.events.heard) server.events.emit(() => ({ type: 'bytesReceived', atUs: server.nowUs, clientId: client.id, bytes: chunk }));
    // As much at a time as its buffer has room for.
    for (let at = 0; at < chunk.length; ) {
      const most = client.queryBuffer.read();
      const piece = at === 0 && most >= chunk.length ? chunk : chunk.slice(at, at + most);
      at += most;
      server.ioThreads.read(client);
      client.parser.feed(piece);
      if (server.limits.closesForQuery(client)) return;
      this.processInput(client);
      client.queryBuffer.served(piece.length);
      server.clientBytes.touched(client);
      if (client.closed || client.closeAfterReply) return;
    }
  }

  /** Runs the requests that have arrived whole, until one blocks the client or there are no more. */
  processInput(client: Client): void {
    const { server } = this;
    const { emptyLines } = client.parser;
    const limits = { authenticated: !server.path.mustLogIn(client), maxBulkBytes: this.maxBulkBytes };
    while (client.blocked === undefined && !client.closed && !client.closeAfterReply && !server.stopping && !server.standsStill && !server.scripting.holds(client)) {
      const argv = client.parser.next(limits);
      if (argv === undefined) {
        const { problem } = client.parser;
        if (problem !== undefined) {
          server.path.replyTo(client, errorReply(`ERR ${problem}`));
          client.closeAfterReply = true;
        }
        break;
      }
      this.run(client, argv);
      limits.authenticated = !server.path.mustLogIn(client);
    }
    // It loads its snapshot, and has nothing else to say meanwhile.
    if (client.replica !== undefined && client.parser.emptyLines > emptyLines) client.replica.ackMs = server.nowMs;
    if (client.out !== '' || client.closeAfterReply) this.willFlush(client);
    server.ioThreads.processed(client);
  }

  /** Runs one request. A master's counts in the offset once it has run, which CLIENT PAUSE may put off. */
  run(client: Client, argv: readonly Bytes[]): void {
    this.server.path.processCommand(client, argv);
    if (client.isMaster && client.blocked === undefined) this.server.replication.link?.applied(client);
  }

  // --- sending -------------------------------------------------------------------------------

  flushLater(client: Client): void {
    this.server.clientBytes.touched(client);
    this.willFlush(client);
  }

  private willFlush(client: Client): void {
    if (client.waitsForFlush) return;
    client.waitsForFlush = true;
    this.waitingToFlush[this.flushes++] = client;
  }

  /** The end of an event: clients whose waiting is over are read. */
  readUnblocked(): void {
    while (this.unblocked.length > 0 && !this.server.standsStill) {
      const client = this.unblocked.shift() as Client;
      client.goesOn = false;
      if (client.blocked === undefined && !client.closed) this.processInput(client);
    }
  }

  /** The very end of an event: everything that has gathered leaves. */
  flushAll(): void {
    const waiting = this.waitingToFlush;
    // Who is added meanwhile has its turn, once in an event.
    for (let i = 0; i < this.flushes; i++) this.flush(waiting[i] as Client);
    while (this.flushes > 0) {
      const client = waiting[--this.flushes] as Client;
      client.waitsForFlush = false;
      waiting[this.flushes] = undefined;
    }
  }

  private flush(client: Client): void {
    const { server } = this;
    const { socket } = client;
    if (socket === undefined || client.closed) return;
    const { out } = client;
    // Of a replica's stream there may be more than is to be sent now.
    if ((out !== '' || isReplica(client)) && server.limits.closesForOutput(client)) return;
    if (out !== '') {
      if (client.replica?.held === undefined) client.replyBuffer.filled(out.length);
      client.out = '';
      client.bytesOut += out.length;
      server.statistics.netOutputBytes += out.length;
      server.ioThreads.write(client);
      if (server.events.heard) server.events.emit(() => ({ type: 'bytesSent', atUs: server.nowUs, clientId: client.id, bytes: out }));
      socket.send(out);
    }
    // Closed after its last reply: a client that wanted none (CLIENT REPLY OFF) stays until something is to be pushed, and is not heard any more.
    if (client.closeAfterReply && (out !== '' || client.endsAtFlush)) {
      socket.close();
      this.free(client, 'closed by the server');
    }
  }

  // --- waiting and leaving --------------------------------------------------------------------

  block(client: Client, why: Blocked['why'], release: Blocked['release'], keys?: readonly Bytes[]): void {
    client.blocked = { why, release, ...(keys === undefined ? {} : { keys }) };
  }

  /** The waiting is over now: what the client sent meanwhile is read at once. */
  resume(client: Client): void {
    client.blocked = undefined;
    if (!client.closed) this.processInput(client);
  }

  /** A blocked command was answered: the client is read at the end of this event, unless it waits anew. */
  goOn(client: Client): void {
    this.flushLater(client);
    if (client.blocked !== undefined) return;
    client.goesOn = true;
    this.unblocked.push(client);
  }

  close(client: Client, why: Bytes, afterReplies: boolean): void {
    if (client.closed) return;
    if (afterReplies) {
      client.closeAfterReply = true;
      this.willFlush(client);
      return;
    }
    const { socket } = client;
    if (socket?.abandon === undefined) socket?.close();
    else socket.abandon();
    this.free(client, why);
  }

  /** Another server has the connection from now on. */
  handOver(client: Client, taker: SocketEvents): void {
    client.taker = taker;
    this.free(client, 'taken over');
  }

  private free(client: Client, why: Bytes): void {
    if (client.closed) return;
    const { server } = this;
    client.closed = true;
    client.blocked?.release();
    client.blocked = undefined;
    server.pubsub.forget(client);
    server.tracking.disable(client);
    server.monitors.delete(client);
    unwatchAll(client);
    this.clients.delete(client.id);
    server.ioThreads.leave(client);
    server.path.forget(client);
    server.clientBytes.forget(client);
    server.pause.forget(client);
    server.replication.forget(client);
    if (client.isMaster) server.replication.link?.clientClosed(client);
    server.events.emit(() => ({ type: 'clientDisconnected', atUs: server.nowUs, clientId: client.id, why }));
  }
}

const PROTECTED_MODE =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.\r\n';
