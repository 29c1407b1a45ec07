/* What the system says of a socket, in the engine's words, which are those of the simulated network. */
import type * as net from 'node:net';

const REASONS: Readonly<Record<string, string>> = { ECONNREFUSED: 'refused', ECONNRESET: 'reset', ETIMEDOUT: 'timeout', EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable' };

/** Why a connection ended, or never stood. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.syscall === 'getaddrinfo') return 'unknown host';
  return REASONS[error.code ?? ''] ?? error.code ?? 'error';
}

/** The two ends of a connection, `host:port` each. One that came by a Unix socket is known by its `path`. */
export function endsOf(socket: net.Socket, path?: string): { readonly peer: string; readonly local: string } {
  if (path !== undefined) return { peer: `${path}:0`, local: `${path}:0` };
  return { peer: address(socket.remoteAddress, socket.remotePort), local: address(socket.localAddress, socket.localPort) };
}

function address(host: string | undefined, port: number | undefined): string {
  const plain = host?.startsWith('::ffff:') === true ? host.slice(7) : (host ?? '?');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
