/*
 * Real sockets as the engine knows them
 * -------------------------------------
 * Chunks come as latin1 strings and leave as such. What one event of the engine sends to one client
 * is one write. A peer that does not read is held by the operating system and then by Node.
 */
import type * as net from 'node:net';
import type { Socket, SocketEvents } from '../engine/index.ts';

function address(host: string | undefined, port: number | undefined): string {
  const plain = host?.startsWith('::ffff:') === true ? host.slice(7) : (host ?? '?');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** Wires a connected socket to the events that `accept` returns for it. */
export function acceptSocket(socket: net.Socket, accept: (socket: Socket) => SocketEvents): Socket {
  socket.setNoDelay(true);
  let open = true;
  const ours: Socket = {
    peer: address(socket.remoteAddress, socket.remotePort),
    local: address(socket.localAddress, socket.localPort),
    send(chunk) {
      if (open) socket.write(chunk, 'latin1');
    },
    close() {
      open = false;
      socket.end();
    },
  };
  const events = accept(ours);
  socket.on('data', (chunk: Buffer) => events.data(chunk.toString('latin1')));
  let told = false;
  const closed = (reason: string) => {
    open = false;
    if (told) return;
    told = true;
    events.closed(reason);
  };
  socket.on('end', () => {
    socket.end();
    closed('closed by the client');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    socket.destroy();
    closed(error.code ?? 'error');
  });
  socket.on('close', () => closed('closed'));
  return ours;
}
