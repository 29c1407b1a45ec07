/*
 * The network
 * -----------
 * Ordered, reliable byte streams between processes. A chunk leaves at the sender's time and arrives as an
 * event of its own after the link's latency; within a host that is zero, but always a later event. Order
 * within one direction is kept whatever happens to the latency.
 *
 * The kernel of the listening host makes the connection, not the process: a server that is busy or
 * stopped still lets clients connect and takes their bytes later. When a process ends, its kernel closes
 * its connections.
 *
 * The side that closes hears nothing more. The other side gets every byte that was sent before, then
 * `closed('closed')`. `closed('refused')` means nobody listens; `closed('unknown host')` that no
 * machine has this name; `closed('reset')` that the peer vanished before it took the connection.
 */
import type { Bytes, Micros, Socket, SocketEvents } from '../engine/index.ts';
import { hashBytes } from './run-hash.ts';

/** A process as the network sees it. */
export interface NetworkUser {
  readonly pid: number;
  readonly hostName: string;
  readonly ended: boolean;
  /** The process's own time: ahead of the clock while it is busy. */
  localNow(): Micros;
  /** Runs `fn` as an event of the process; it waits while the process is busy, and never runs once it has ended. */
  deliver(at: Micros, kind: string, what: string, fn: () => void, payload?: number): void;
}

export interface NetworkHost {
  readonly name: string;
  readonly address: string;
}

interface Listener {
  readonly user: NetworkUser;
  readonly accept: (socket: Socket) => SocketEvents;
}

/** Bytes that may be on their way to one side; a sender that piles up more loses the connection. */
const MAX_IN_FLIGHT_BYTES = 1024 ** 3;
/** Bytes that a connection's two kernels keep for a process that does not read. */
const KERNEL_BUFFER_BYTES = 256 * 1024;
const FIRST_EPHEMERAL_PORT = 32768;
const LAST_EPHEMERAL_PORT = 60999;

/** One of the two ends of a connection. */
class End implements Socket {
  readonly local: string;
  readonly peer: string;
  readonly user: NetworkUser;
  events: SocketEvents | undefined;
  other: End | undefined;
  /** This side closed it, or its process ended: nothing is delivered to it any more. */
  gone = false;
  /** `closed` was told, or is on its way: sending is in vain. */
  peerGone = false;
  /** Latest arrival at the other side, which later chunks may not overtake. */
  private lastArrival = 0;
  private inFlightBytes = 0;
  private readonly network: Network;

  constructor(network: Network, user: NetworkUser, local: string, peer: string) {
    this.network = network;
    this.user = user;
    this.local = local;
    this.peer = peer;
  }

  send(chunk: Bytes): void {
    const other = this.other;
    if (this.gone || this.peerGone || other === undefined || chunk.length === 0) return;
    this.inFlightBytes += chunk.length;
    if (this.inFlightBytes > MAX_IN_FLIGHT_BYTES) {
      this.network.onFinding(`${this.local} → ${this.peer}: more than ${MAX_IN_FLIGHT_BYTES} bytes on their way; the connection is reset`);
      this.shut('reset');
      return;
    }
    const payload = hashBytes(chunk);
    other.user.deliver(this.arrival(other), 'data', `${this.local} → ${this.peer}, ${chunk.length} bytes`, () => {
      this.inFlightBytes -= chunk.length;
      if (!other.gone) other.events?.data(chunk);
    }, payload);
  }

  /** What the kernels of both sides take for a process that does not read is off the sender's hands. */
  unsentBytes(): number {
    return Math.max(0, this.inFlightBytes - KERNEL_BUFFER_BYTES);
  }

  close(): void {
    this.shut('closed');
  }

  /** Ends this side and lets the other hear of it. */
  shut(reason: string): void {
    if (this.gone) return;
    this.gone = true;
    this.network.forget(this);
    const other = this.other;
    if (other === undefined || other.gone) return;
    other.user.deliver(this.arrival(other), 'close', `${this.local} closes ${this.peer}`, () => {
      if (other.gone) return;
      other.gone = true;
      other.peerGone = true;
      this.network.forget(other);
      other.events?.closed(reason);
    });
  }

  private arrival(other: End): Micros {
    const at = this.user.localNow() + this.network.latencyUs(this.user.hostName, other.user.hostName);
    this.lastArrival = Math.max(at, this.lastArrival);
    return this.lastArrival;
  }
}

export class Network {
  onFinding: (what: string) => void = () => {};
  private readonly hosts = new Map<string, NetworkHost>();
  private readonly listeners = new Map<string, Listener>();
  private readonly ends = new Map<NetworkUser, Set<End>>();
  private readonly owners = new Map<string, NetworkUser>();
  private readonly latencies = new Map<string, Micros>();
  private readonly nextPort = new Map<string, number>();
  /** Latency between two machines unless told otherwise: one data centre. */
  defaultLatencyUs: Micros = 250;

  addHost(host: NetworkHost): void {
    this.hosts.set(host.name, host);
  }

  setLatency(from: string, to: string, us: Micros): void {
    this.latencies.set(`${from} ${to}`, us);
  }

  latencyUs(from: string, to: string): Micros {
    return from === to ? 0 : (this.latencies.get(`${from} ${to}`) ?? this.defaultLatencyUs);
  }

  /** False when somebody listens there already. */
  listen(user: NetworkUser, port: number, accept: (socket: Socket) => SocketEvents): boolean {
    const name = `${user.hostName}:${port}`;
    if (this.listeners.has(name)) return false;
    this.listeners.set(name, { user, accept });
    return true;
  }

  stopListening(user: NetworkUser, port: number): void {
    const name = `${user.hostName}:${port}`;
    if (this.listeners.get(name)?.user === user) this.listeners.delete(name);
  }

  listeningPorts(user: NetworkUser): number[] {
    const ports: number[] = [];
    for (const [name, listener] of this.listeners) {
      if (listener.user === user) ports.push(Number(name.slice(name.lastIndexOf(':') + 1)));
    }
    return ports.sort((a, b) => a - b);
  }

  /** Who listens at this port of this host. */
  listenerAt(host: string, port: number): NetworkUser | undefined {
    return this.listeners.get(`${host}:${port}`)?.user;
  }

  /** The process at the client's end of a connection that a server sees as coming from `address`. */
  clientOf(serverHost: string, address: string): NetworkUser | undefined {
    return this.owners.get(`${serverHost} ${address}`);
  }

  connect(user: NetworkUser, address: string, on: SocketEvents & { open(socket: Socket): void }): void {
    const now = user.localNow();
    const cut = address.lastIndexOf(':');
    const hostPart = address.slice(0, cut);
    const port = Number(address.slice(cut + 1));
    const target = this.resolve(user.hostName, hostPart);
    if (target === undefined) {
      user.deliver(now, 'connect', `${user.hostName} looks for ${hostPart}`, () => on.closed('unknown host'));
      return;
    }
    const there = this.latencyUs(user.hostName, target.name);
    const back = this.latencyUs(target.name, user.hostName);
    const local = target.name === user.hostName;
    const loopback = local && hostPart !== target.address && hostPart !== target.name;
    const ip = (name: string): string => (loopback ? '127.0.0.1' : (this.hosts.get(name)?.address ?? name));
    const from = `${ip(user.hostName)}:${this.ephemeralPort(user.hostName)}`;
    const to = `${ip(target.name)}:${port}`;
    const listener = this.listeners.get(`${target.name}:${port}`);
    if (listener === undefined || listener.user.ended) {
      user.deliver(now + there + back, 'connect', `${to} refuses ${from}`, () => on.closed('refused'));
      return;
    }
    const near = new End(this, user, from, to);
    const far = new End(this, listener.user, to, from);
    near.other = far;
    far.other = near;
    near.events = on;
    this.remember(near);
    this.remember(far);
    this.owners.set(`${target.name} ${from}`, user);
    // The server's process takes it when it can; until then its bytes wait behind this very event.
    listener.user.deliver(now + there, 'accept', `${to} accepts ${from}`, () => {
      if (far.gone) return;
      far.events = listener.accept(far);
    });
    user.deliver(now + there + back, 'connect', `${from} is connected to ${to}`, () => {
      if (!near.gone) on.open(near);
    });
  }

  /** A process ended: its kernel closes everything it had open. */
  closeAll(user: NetworkUser): void {
    for (const [name, listener] of this.listeners) {
      if (listener.user === user) this.listeners.delete(name);
    }
    for (const end of [...(this.ends.get(user) ?? [])]) end.shut(end.events === undefined ? 'reset' : 'closed');
    this.ends.delete(user);
  }

  private remember(end: End): void {
    const ends = this.ends.get(end.user);
    if (ends === undefined) this.ends.set(end.user, new Set([end]));
    else ends.add(end);
  }

  forget(end: End): void {
    this.ends.get(end.user)?.delete(end);
    if (end.other?.gone === true) {
      this.owners.delete(`${end.other.user.hostName} ${end.local}`);
      this.owners.delete(`${end.user.hostName} ${end.peer}`);
    }
  }

  private resolve(from: string, name: string): NetworkHost | undefined {
    if (name === '127.0.0.1' || name === 'localhost' || name === '::1' || name === '0.0.0.0' || name.startsWith('127.')) return this.hosts.get(from);
    const byName = this.hosts.get(name);
    if (byName !== undefined) return byName;
    for (const host of this.hosts.values()) if (host.address === name) return host;
    return undefined;
  }

  private ephemeralPort(host: string): number {
    const port = this.nextPort.get(host) ?? FIRST_EPHEMERAL_PORT;
    this.nextPort.set(host, port >= LAST_EPHEMERAL_PORT ? FIRST_EPHEMERAL_PORT : port + 1);
    return port;
  }
}
