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
/** Where the configuration of a Sentinel is on its host. */
const SENTINEL_FILE = '/data/sentinel.conf';

interface Connection {
  readonly from: string;
  readonly to: string;
  /** What was sent while its ends were in different parts of the network. */
  held: (() => void)[];
  end(reason: string): void;
}

export class TestNetwork {
  readonly clock = new TestClock();
  private readonly servers = new Map<string, TestServer>();
  private readonly cutOff = new Set<string>();
  private readonly connections = new Set<Connection>();
  /** One of the parts that the network has fallen into. */
  private side: ReadonlySet<string> = new Set();
  private readonly heldConnects: (() => void)[] = [];
  private nextPort = 40001;
  /** Addresses of hosts by name. */
  readonly names = new Map<string, string>();

  /** A server at `name:6379`. */
  server(name: string, options: Omit<TestServerOptions, 'clock' | 'network'> = {}): TestServer {
    const server = new TestServer({ ...options, seed: options.seed ?? this.servers.size + 1, clock: this.clock, network: this.networkOf(name) });
    this.servers.set(name, server);
    return server;
  }

  /** A Sentinel at `name:26379`. Its configuration file is made of these lines, or is the one that an earlier one of this name has left. */
  sentinel(name: string, lines: readonly string[] | undefined, options: Omit<TestServerOptions, 'clock' | 'network' | 'sentinel'> = {}): TestServer {
    const left = lines === undefined ? this.servers.get(name)?.disk.files.get(SENTINEL_FILE) : `${lines.join('\n')}\n`;
    if (left === undefined) throw new Error(`there was no Sentinel ${name}`);
    return this.server(name, { ...options, files: { [SENTINEL_FILE]: left }, sentinel: SENTINEL_FILE });
  }

  /** Nobody reaches it, and it reaches nobody; what is connected breaks. */
  cut(name: string): void {
    this.cutOff.add(name);
    for (const each of [...this.connections]) if (each.from === name || each.to === name) each.end('reset');
  }

  heal(name: string): void {
    this.cutOff.delete(name);
  }

  /**
   * The network falls apart: `names` reach one another, and so do all others. Connections between the two sides stand
   * still. What is sent is held back and arrives after reunite(), as TCP sends again what got lost.
   */
  partition(names: readonly string[]): void {
    this.side = new Set(names);
  }

  reunite(): void {
    this.side = new Set();
    for (const connection of this.connections) for (const deliver of connection.held.splice(0)) this.clock.after(LATENCY_US, 'a chunk arrives late', deliver);
    for (const connect of this.heldConnects.splice(0)) this.clock.after(LATENCY_US, 'a late connect', connect);
  }

  private isApart(one: string, other: string): boolean {
    return this.side.has(one) !== this.side.has(other);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }

  private networkOf(from: string): Network {
    return {
      resolve: (name) => this.names.get(name),
      connect: (address, on) => {
        const to = address.slice(0, address.lastIndexOf(':'));
        const connect = (): void => {
          if (this.isApart(from, to)) {
            this.heldConnects.push(connect);
            return;
          }
          const server = this.servers.get(to);
          const isBus = Number(address.slice(to.length + 1)) !== server?.server.port;
          if (server === undefined || server.exitCode !== undefined || this.cutOff.has(from) || this.cutOff.has(to)) on.closed('refused');
          else this.connect(from, to, server, isBus, on);
        };
        this.clock.after(LATENCY_US, 'connect', connect);
      },
    };
  }

  private connect(from: string, to: string, server: TestServer, isBus: boolean, on: SocketEvents & { open(socket: Socket): void }): void {
    const port = this.nextPort++;
    let isOpen = true;
    let accepted: SocketEvents | undefined;
    const deliver = (fn: () => void): void => {
      if (isOpen && (connection.held.length > 0 || this.isApart(from, to))) connection.held.push(() => deliver(fn));
      else if (isOpen) fn();
    };
    const later = (fn: () => void): void => void this.clock.after(LATENCY_US, 'a chunk arrives', () => deliver(fn));
    const connection: Connection = {
      from, to, held: [],
      end: (reason) => {
        if (!isOpen) return;
        isOpen = false;
        this.connections.delete(connection);
        accepted?.closed(reason);
        on.closed(reason);
      },
    };
    this.connections.add(connection);
    // Each side is done with it at once; the other hears of it when it can.
    const close = (): void => later(() => connection.end('closed'));
    const at = `${to}:${isBus ? server.server.busPort : server.server.port}`;
    const ours: Socket = { peer: at, local: `${from}:${port}`, send: (chunk: Bytes) => later(() => accepted?.data(chunk)), close };
    const theirs: Socket = { peer: `${from}:${port}`, local: at, send: (chunk) => later(() => on.data(chunk)), close };
    accepted = server.server.listeners[isBus ? 1 : 0]?.accept(theirs);
    on.open(ours);
  }
}
