/*
 * Several test servers that can reach each other
 * ----------------------------------------------
 * One clock for all. A chunk arrives a moment later, in order; a server whose link is cut hears nothing and
 * its connections end, as they would after a time on a real network.
 */
import type { Bytes } from './bytes.ts';
import type { Network, Socket, SocketEvents } from './env.ts';
import { TestClock, TestServer, type TestServerOptions } from './testing.ts';

const LATENCY_US = 100;

interface Connection {
  readonly from: string;
  readonly to: string;
  end(reason: string): void;
}

export class TestNetwork {
  readonly clock = new TestClock();
  private readonly servers = new Map<string, TestServer>();
  private readonly cutOff = new Set<string>();
  private readonly connections = new Set<Connection>();
  private nextPort = 40001;

  /** A server at `name:6379`. */
  server(name: string, options: Omit<TestServerOptions, 'clock' | 'network'> = {}): TestServer {
    const server = new TestServer({ ...options, seed: options.seed ?? this.servers.size + 1, clock: this.clock, network: this.networkOf(name) });
    this.servers.set(name, server);
    return server;
  }

  /** Nobody reaches it, and it reaches nobody; what is connected breaks. */
  cut(name: string): void {
    this.cutOff.add(name);
    for (const each of [...this.connections]) if (each.from === name || each.to === name) each.end('reset');
  }

  heal(name: string): void {
    this.cutOff.delete(name);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }

  private networkOf(from: string): Network {
    return {
      connect: (address, on) => {
        const to = address.slice(0, address.lastIndexOf(':'));
        this.clock.after(LATENCY_US, 'connect', () => {
          const server = this.servers.get(to);
          const isBus = Number(address.slice(to.length + 1)) !== server?.server.port;
          if (server === undefined || server.exitCode !== undefined || this.cutOff.has(from) || this.cutOff.has(to)) on.closed('refused');
          else this.connect(from, to, server, isBus, on);
        });
      },
    };
  }

  private connect(from: string, to: string, server: TestServer, isBus: boolean, on: SocketEvents & { open(socket: Socket): void }): void {
    const port = this.nextPort++;
    let isOpen = true;
    let accepted: SocketEvents | undefined;
    const later = (fn: () => void): void => void this.clock.after(LATENCY_US, 'a chunk arrives', () => isOpen && fn());
    const connection: Connection = {
      from, to,
      end: (reason) => {
        if (!isOpen) return;
        isOpen = false;
        this.connections.delete(connection);
        accepted?.closed(reason);
        on.closed(reason);
      },
    };
    this.connections.add(connection);
    const close = (): void => void this.clock.after(LATENCY_US, 'a connection ends', () => connection.end('closed'));
    const at = `${to}:${isBus ? server.server.busPort : server.server.port}`;
    const ours: Socket = { peer: at, local: `${from}:${port}`, send: (chunk: Bytes) => later(() => accepted?.data(chunk)), close };
    const theirs: Socket = { peer: `${from}:${port}`, local: at, send: (chunk) => later(() => on.data(chunk)), close };
    accepted = server.server.listeners[isBus ? 1 : 0]?.accept(theirs);
    on.open(ours);
  }
}
