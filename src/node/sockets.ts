/*
 * Real sockets as the engine knows them
 * -------------------------------------
 * Chunks come as latin1 strings and leave as such. Three things are for speed; what each is worth
 * stands in docs/decisions/sockets.md.
 *
 * Writing waits for the end of the turn. libuv first hands over what all readable sockets have received,
 * then it runs what setImmediate was given. So the requests of one turn are served first and their replies
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
import { getSystemErrorName } from 'node:util';
import type { Network, Socket, SocketEvents } from '../engine/index.ts';
import { DirectWriter } from './direct-write.ts';
import { Ring, type Reading } from './io-uring.ts';

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
  wire(socket ?? accepted, listening, accept, path, socket === undefined ? undefined : theRing());
}

let ring: Ring | undefined;
let isRingKnown = false;

/** The ring of this process, or undefined where there can be none. */
function theRing(): Ring | undefined {
  if (!isRingKnown) {
    isRingKnown = true;
    ring = Ring.open(flushAll);
  }
  return ring;
}

/** The names that the simulated network has for what the system calls otherwise. */
const REASONS: Readonly<Record<string, string>> = { ECONNREFUSED: 'refused', ECONNRESET: 'reset', ETIMEDOUT: 'timeout', EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable' };

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.syscall === 'getaddrinfo') return 'unknown host';
  return REASONS[error.code ?? ''] ?? error.code ?? 'error';
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
  // Else it would begin to read by itself.
  const options = { handle, onread, allowHalfOpen: true, pauseOnCreate: true };
  const socket = new net.Socket(options);
  holder._handle = null; // the handle has one owner
  accepted.destroy();
  return socket;
}

function wire(socket: net.Socket, listening: Listening, accept: (socket: Socket) => SocketEvents, path?: string, ring?: Ring): void {
  let open = true;
  let waiting = '';
  const writer = new DirectWriter(socket);
  const fd = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
  /** Bytes that the ring has and that were not taken yet: it says so before it tells anything else that happens after. */
  let flying = 0;
  let afterFlight: (() => void) | undefined;
  let reading: Reading | undefined;
  /** What was read although it was not wanted any more. */
  let held: string | undefined;
  const flush = (): void => {
    if (flying > 0) return;
    const chunk = waiting;
    waiting = '';
    if (!open || chunk === '') return;
    if (ring === undefined || chunk.length > Ring.MOST_BYTES || writer.unsentBytes > 0) {
      writer.write(chunk);
      return;
    }
    flying = chunk.length;
    ring.send(fd, chunk, (status) => {
      flying = 0;
      // What the system does not take now it takes when it can, and Node waits for that; or it is an error, which Node meets as well.
      if (status < chunk.length && !socket.destroyed) writer.write(status > 0 ? chunk.slice(status) : chunk);
      const after = afterFlight;
      afterFlight = undefined;
      if (after !== undefined) after();
      else if (waiting !== '') flush();
    });
  };
  /** Flushes, and goes on when nothing is with the ring any more. */
  const flushThen = (goOn: () => void): void => {
    const last = (): void => {
      const chunk = waiting;
      waiting = '';
      if (chunk !== '') writer.write(chunk);
      goOn();
    };
    if (flying > 0) afterFlight = last;
    else last();
  };
  let told = false;
  const closed = (reason: string): void => {
    open = false;
    reading?.stop();
    if (told) return;
    told = true;
    listening.events?.closed(reason);
  };
  const ended = (): void => {
    if (open) {
      const chunk = waiting;
      waiting = '';
      if (flying === 0 && chunk !== '') writer.write(chunk);
    }
    // What the system has not taken goes with the connection: once the engine has let go of the client, nothing bounds it.
    socket.destroy();
    closed('closed by the client');
  };
  // Heard only where reading does not go into the shared buffer.
  socket.on('data', (chunk: Buffer) => listening.events?.data(chunk.toString('latin1')));
  socket.on('end', ended);
  socket.on('error', (error: NodeJS.ErrnoException) => {
    socket.destroy();
    closed(reasonOf(error));
  });
  socket.on('close', () => closed('closed'));
  const startReading = (): void => {
    if (ring === undefined || fd < 0) socket.resume();
    else reading = ring.read(fd, {
      read(text) {
        if (held === undefined) listening.events?.data(text);
        else held += text;
      },
      ended(status) {
        reading = undefined;
        if (status === 0) ended();
        else {
          socket.destroy();
          closed(reasonOf(Object.assign(new Error('read'), { code: getSystemErrorName(status) })));
        }
      },
    });
  };
  listening.events = accept({
    peer: path === undefined ? address(socket.remoteAddress, socket.remotePort) : `${path}:0`,
    local: path === undefined ? address(socket.localAddress, socket.localPort) : `${path}:0`,

    send(chunk) {
      if (!open) return;
      if (waiting === '') atEndOfTurn(flush);
      waiting += inOnePiece(chunk);
    },
    unsentBytes: () => waiting.length + flying + writer.unsentBytes,
    hold(isHeld) {
      if (reading === undefined && held === undefined) {
        if (isHeld) socket.pause();
        else socket.resume();
      } else if (isHeld) {
        reading?.stop();
        reading = undefined;
        held ??= '';
      } else if (held !== undefined) {
        const text = held;
        held = undefined;
        setImmediate(() => {
          if (!open) return;
          if (text !== '') listening.events?.data(text);
          startReading();
        });
      }
    },
    close() {
      open = false;
      // Not only our half: what the peer still sends meets a closed connection once our last bytes are gone.
      flushThen(() => {
        reading?.stop();
        socket.destroySoon();
      });
    },
    abandon() {
      open = false;
      flushThen(() => {
        reading?.stop();
        socket.destroy();
      });
    },
  });
  if (open) startReading();
}

function address(host: string | undefined, port: number | undefined): string {
  const plain = host?.startsWith('::ffff:') === true ? host.slice(7) : (host ?? '?');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/**
 * Many short replies to one client are a tree of pieces until somebody reads it (a long one is none, see inOnePiece in the
 * engine's protocol/writer.ts). Reading one character makes one piece of it, which writing would do later anyway.
 */
function inOnePiece(chunk: string): string {
  if (chunk.charCodeAt(0) > 255) throw new Error('a reply has a character that is no byte');
  return chunk;
}

let due: (() => void)[] = [];

function atEndOfTurn(flush: () => void): void {
  if (due.length === 0 && ring?.isInTurn !== true) setImmediate(endTurn);
  due.push(flush);
}

function flushAll(): void {
  const now = due;
  due = [];
  for (const flush of now) flush();
}

/** The end of a turn of Node's. */
function endTurn(): void {
  flushAll();
  ring?.submit();
}
