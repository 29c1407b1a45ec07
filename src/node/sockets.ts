/*
 * Real sockets as the engine knows them
 * -------------------------------------
 * Chunks come as latin1 strings and leave as such. Four things are for speed; what each is worth
 * stands in docs/decisions/sockets.md.
 *
 * Connections that are taken go through a ring where there can be one (ring-connection.ts). What follows is of all others.
 *
 * Writing waits for the end of the turn (turn.ts). So the requests of one turn are served first and their replies
 * follow, one write for each client, as the real server does it before it sleeps.
 *
 * Reading goes into one buffer shared by all sockets, which is possible because a chunk becomes a string at
 * once. Left to itself Node allocates 64 KiB for each read, and gives most of it back.
 *
 * Writing goes to the handle below the socket (direct-write.ts).
 *
 * A peer that does not read is held by the operating system and then by Node, until it ends.
 */
import * as net from 'node:net';
import type { Network, Socket, SocketEvents } from '../engine/index.ts';
import { DirectWriter } from './direct-write.ts';
import { RingConnection } from './ring-connection.ts';
import { endsOf, reasonOf } from './socket-names.ts';
import { atEndOfTurn, inOnePiece, theRing } from './turn.ts';

/** How a listener takes connections for acceptSocket(), which says itself when reading begins and writing ends. */
export const LISTENER_OPTIONS: net.ServerOpts = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };

/** What one read can bring, in bytes: as much as Node asks for by itself. */
const INPUT_BYTES = 64 * 1024;
const input = Buffer.allocUnsafeSlow(INPUT_BYTES);

/** Who hears what is read; nobody before the engine has taken the connection. */
interface Listening {
  events: SocketEvents | undefined;
}

function intoSharedBuffer(listening: Listening): net.OnReadOpts {
  return {
    buffer: input,
    callback(length) {
      listening.events?.data(input.toString('latin1', 0, length));
      return true;
    },
  };
}

/** Serves a connection that a listener with LISTENER_OPTIONS has taken. One that came by a Unix socket is known by its `path`. */
export function acceptSocket(accepted: net.Socket, accept: (socket: Socket) => SocketEvents, path?: string): void {
  const listening: Listening = { events: undefined };
  const socket = path === undefined ? takeOver(accepted, intoSharedBuffer(listening)) : undefined;
  const fd = socket === undefined ? -1 : descriptorOf(socket);
  const ring = fd < 0 ? undefined : theRing();
  if (socket === undefined || ring === undefined) wire(socket ?? accepted, listening, accept, path);
  else new RingConnection(ring, socket, fd).serve(accept);
}

/** The descriptor of the handle below a socket, or -1 where that does not tell. */
function descriptorOf(socket: net.Socket): number {
  return (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
}

/** The address that connections to others come from (bind-source-addr); undefined: the system chooses. */
let sourceAddress: string | undefined;

export function setSourceAddress(address: string): void {
  sourceAddress = address === '' ? undefined : address;
}

/** Connects to `host:port` and serves the connection once it stands. */
export const connectSocket: Network['connect'] = (to, on) => {
  const colon = to.lastIndexOf(':');
  const host = to.slice(0, colon);
  const port = Number(to.slice(colon + 1));
  // Node throws for such a port and takes no name for this machine's, where the system would say that there is nothing like it.
  if (host === '' || !(port >= 0 && port < 65_536)) {
    setImmediate(() => on.closed('unknown host'));
    return;
  }
  const listening: Listening = { events: undefined };
  const socket = net.connect({ host, port, noDelay: true, allowHalfOpen: true, onread: intoSharedBuffer(listening), ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }) });
  const refused = (error: NodeJS.ErrnoException): void => on.closed(reasonOf(error));
  socket.once('error', refused);
  socket.once('connect', () => {
    socket.removeListener('error', refused);
    wire(socket, listening, (ours) => {
      on.open(ours);
      return on;
    });
  });
};

/**
 * The same connection under a socket that reads into a buffer of ours. Node offers that for connections one
 * makes, not for those one takes, so this reaches for the handle below the socket, which is no documented
 * part of Node. Where it is not what it was, the answer is undefined and the socket serves as it is.
 */
function takeOver(accepted: net.Socket, onread: net.OnReadOpts): net.Socket | undefined {
  const holder = accepted as unknown as { _handle?: { useUserBuffer?: unknown } | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== 'function') return undefined;
  // Else it would begin to read by itself, also where the ring does.
  const options = { handle, onread, allowHalfOpen: true, pauseOnCreate: true };
  const socket = new net.Socket(options);
  holder._handle = null; // the handle has one owner
  accepted.destroy();
  return socket;
}

function wire(socket: net.Socket, listening: Listening, accept: (socket: Socket) => SocketEvents, path?: string): void {
  let open = true;
  let waiting = '';
  const writer = new DirectWriter(socket);
  const flush = (): void => {
    const chunk = waiting;
    waiting = '';
    if (open && chunk !== '') writer.write(chunk);
  };
  let told = false;
  const closed = (reason: string): void => {
    open = false;
    if (told) return;
    told = true;
    listening.events?.closed(reason);
  };
  // Heard only where reading does not go into the shared buffer.
  socket.on('data', (chunk: Buffer) => listening.events?.data(chunk.toString('latin1')));
  socket.on('end', () => {
    flush();
    // What the system has not taken goes with the connection: once the engine has let go of the client, nothing bounds it.
    socket.destroy();
    closed('closed by the client');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    socket.destroy();
    closed(reasonOf(error));
  });
  socket.on('close', () => closed('closed'));
  listening.events = accept({
    ...endsOf(socket, path),
    send(chunk) {
      if (!open) return;
      if (waiting === '') atEndOfTurn(flush);
      waiting += inOnePiece(chunk);
    },
    unsentBytes: () => waiting.length + writer.unsentBytes,
    hold: (isHeld) => void (isHeld ? socket.pause() : socket.resume()),
    close() {
      flush();
      open = false;
      // Not only our half: what the peer still sends meets a closed connection once our last bytes are gone.
      socket.destroySoon();
    },
    abandon() {
      flush();
      open = false;
      socket.destroy();
    },
  });
  socket.resume();
}
