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
 * The side that closes hears nothing more. The other side gets every byte that was sent before (of a connection
 * that is abandoned, as many as the kernels of both sides keep), then `closed('closed')`. `closed('refused')`
 * means nobody listens; `closed('unknown host')` that no machine has this name; `closed('reset')` that the peer
 * vanished before it took the connection, or that the connection was broken by force.
 *
 * What stands between two machines (links.ts) may stop a message. It then waits at its sender's kernel, and all
 * later ones of the same direction behind it, until the way is free: order is never lost, and on repair the
 * bytes flow again as if nothing had been. Whoever waits too long gives up: a connection that is being made after
 * about two minutes, one that stands after a quarter of an hour, as Linux has it; `closed('timed out')`.
 */
import type { Bytes, Micros, Random, Socket, SocketEvents } from '../engine/index.ts';
import { Links, type Barrier } from './links.ts';
import { isBackgroundLabel, labelOf, type MessageView } from './message.ts';
import type { Packet, TcpFlag, Verdict } from './packet-filter.ts';
import { hashChunk } from './run-hash.ts';

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
  /** Undefined while the process is about to start that will listen here: its kernel takes connections already. */
  readonly accept: ((socket: Socket) => SocketEvents) | undefined;
}

/** Bytes that may be on their way to one side; a sender that piles up more loses the connection. */
const MAX_IN_FLIGHT_BYTES = 1024 ** 3;
/** How late a message may be by whim. */
const LATE_MESSAGE_US = 20_000;
const FIRST_EPHEMERAL_PORT = 32768;
const LAST_EPHEMERAL_PORT = 60999;

/** A connection request is repeated after so many seconds, each; then it is given up. */
const SYN_REPEATS_S = [1, 2, 4, 8, 16, 32, 64];
/** Bytes that wait so long without an answer break the connection: fifteen retransmissions. */
const GIVE_UP_US: Micros = 924_600_000;

/** What one side sends: bytes, or that it closes. */
interface Message {
  readonly id: number;
  readonly kind: 'data' | 'close';
  readonly bytes: Bytes;
  readonly sentAtUs: Micros;
  arrivesAtUs: Micros | undefined;
  readonly arrive: () => void;
}

/** The port of `10.0.0.11:6379`. */
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

/** A packet as filters see it. */
const packetOf = (from: string, to: string, loopback: boolean, flags: readonly TcpFlag[], bytes: number): Packet => ({
  source: from.slice(0, from.lastIndexOf(':')), sourcePort: portOf(from), destination: to.slice(0, to.lastIndexOf(':')), destinationPort: portOf(to), loopback, flags, bytes,
});

/** One of the two ends of a connection. */
class End implements Socket {
  readonly local: string;
  readonly peer: string;
  readonly user: NetworkUser;
  events: SocketEvents | undefined;
  other: End | undefined;
  /** This side closed it, or its process ended: nothing is delivered to it any more. */
  gone = false;
  /** Its machine lost power: nobody closed it, and who sends to it is told that it does not exist. */
  vanished = false;
  /** `closed` was told, or is on its way: sending is in vain. */
  peerGone = false;
  /** Messages that something stands in the way of, in order. */
  readonly waiting: Message[] = [];
  /** Latest arrival at the other side, which later chunks may not overtake. */
  private lastArrival = 0;
  private inFlightBytes = 0;
  /** After abandon(): so many bytes still arrive, the rest was in the hands of a process that is gone. */
  private takenBytes = Infinity;
  private lastName: { readonly label: string; readonly bytes: number; readonly name: string } | undefined;
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
    const { whim } = this.network;
    const cut = whim !== undefined && chunk.length > 1 && whim.below(8) === 0 ? 1 + whim.below(chunk.length - 1) : chunk.length;
    this.postData(chunk.slice(0, cut), other);
    if (cut < chunk.length) this.postData(chunk.slice(cut), other);
  }

  private postData(bytes: Bytes, other: End): void {
    this.post('data', bytes, () => {
      this.inFlightBytes -= bytes.length;
      const taken = bytes.length <= this.takenBytes ? bytes : bytes.slice(0, this.takenBytes);
      this.takenBytes -= taken.length;
      if (!other.gone && taken !== '') other.events?.data(taken);
    });
  }

  /** What the kernels of both sides take for a process that does not read is off the sender's hands. */
  unsentBytes(): number {
    return this.inFlightBytes === 0 ? 0 : Math.max(0, this.inFlightBytes - this.network.links.bufferBytes(...this.way));
  }

  close(): void {
    this.shut('closed');
  }

  abandon(): void {
    if (this.unsentBytes() > 0) this.recall();
    this.shut('closed');
  }

  /** Leaves what the kernels have taken on its way. The rest neither keeps the line busy nor holds up what comes after it. */
  private recall(): void {
    const { network } = this;
    this.takenBytes = network.links.bufferBytes(...this.way);
    this.lastArrival = 0;
    let left = this.takenBytes;
    for (const { message, end } of network.flying.values()) {
      if (end !== this) continue;
      const { id, bytes, arrivesAtUs = 0 } = message;
      const lost = Math.max(0, bytes.length - left);
      left = Math.max(0, left - bytes.length);
      if (lost < bytes.length) this.lastArrival = arrivesAtUs;
      else network.flying.delete(id);
      if (arrivesAtUs > this.user.localNow()) network.links.giveBack(...this.way, lost);
    }
    const stays = this.waiting.findIndex(({ bytes }) => {
      left -= bytes.length;
      return left <= 0;
    });
    if (stays !== -1) this.waiting.length = stays + 1;
  }

  /** Ends this side and lets the other hear of it. */
  shut(reason: string): void {
    if (this.gone) return;
    this.gone = true;
    this.network.forget(this);
    const other = this.other;
    if (other === undefined || other.gone) return;
    this.post('close', '', () => {
      if (other.gone) return;
      other.gone = true;
      other.peerGone = true;
      this.network.forget(other);
      other.events?.closed(reason);
    });
  }

  /** The machine lost power: this side ends and tells nobody. */
  vanish(): void {
    if (this.gone) return;
    this.gone = true;
    this.vanished = true;
    this.waiting.length = 0;
    this.network.forget(this);
  }

  /** Ends this side at once and tells its own process; the other side learns nothing by this. */
  broken(reason: string): void {
    if (this.gone) return;
    this.gone = true;
    this.peerGone = true;
    this.waiting.length = 0;
    this.network.forget(this);
    this.events?.closed(reason);
  }

  /** Both sides are told that the connection is gone, as an event of each; `why` is for people. */
  tear(why: string): void {
    for (const side of [this, this.other]) side?.user.deliver(side.user.localNow(), 'close', `${side.local} and ${side.peer} ${why}`, () => side.broken('reset'));
  }

  /** The hosts of this direction. */
  get way(): readonly [from: string, to: string] {
    return [this.user.hostName, this.other?.user.hostName ?? ''];
  }

  get barrier(): Barrier | undefined {
    return this.network.links.barrier(...this.way);
  }

  private post(kind: Message['kind'], bytes: Bytes, arrive: () => void): void {
    const message: Message = { id: this.network.newMessageId(), kind, bytes, sentAtUs: this.user.localNow(), arrivesAtUs: undefined, arrive };
    if (this.waiting.length === 0 && !this.isBlocked(message, true)) this.launch(message);
    else this.wait(message);
  }

  /** What a filter makes of the message, apart from what stands between the machines; `count` when it meets it for the first time. */
  private filtered(message: Message, count: boolean): Verdict {
    const [from, to] = this.way;
    return this.network.links.filtered(from, to, () => packetOf(this.local, this.peer, from === to, message.kind === 'data' ? ['ACK', 'PSH'] : ['ACK', 'FIN'], message.bytes.length), count);
  }

  private isBlocked(message: Message, isNew: boolean): boolean {
    if (this.other?.user.hostName !== this.user.hostName && this.barrier !== undefined) return true;
    const verdict = this.filtered(message, isNew);
    // A filter that answers with a reset: this side's connection ends, the other does not hear of it.
    if (verdict === 'reset') this.user.deliver(this.user.localNow(), 'close', `${this.peer} resets ${this.local}`, () => {
      this.vanished = true;
      this.broken('reset');
    });
    return verdict !== undefined;
  }

  private wait(message: Message): void {
    this.waiting.push(message);
    this.network.stuck.add(this);
    if (this.waiting.length > 1) return;
    this.user.deliver(this.user.localNow() + GIVE_UP_US, 'timeout', `${this.local} waits for ${this.peer}`, () => {
      if (this.waiting[0] === message && this.barrier !== 'hold') this.broken('timed out');
    });
  }

  private launch(message: Message): void {
    const other = this.other;
    if (other === undefined) return;
    const [from, to] = this.way;
    const at = this.network.links.arrival(from, to, message.bytes.length, this.user.localNow() + this.network.late(LATE_MESSAGE_US));
    if (at === undefined) {
      // Lost again and again: the sender's kernel gives up.
      this.user.deliver(this.user.localNow(), 'timeout', `${this.local} gives up ${this.peer}`, () => this.broken('timed out'));
      return;
    }
    this.lastArrival = Math.max(at, this.lastArrival);
    if (other.vanished) {
      // Nobody is there any more to take it: the machine itself answers, once it runs again.
      this.user.deliver(this.lastArrival, 'close', `${this.peer} does not know ${this.local}`, () => this.broken('reset'));
      return;
    }
    message.arrivesAtUs = this.lastArrival;
    if (from !== to) this.network.flying.set(message.id, { message, end: this });
    // A name costs time, and within a machine nobody reads it.
    const what = message.kind === 'close' ? `${this.local} closes ${this.peer}` : this.network.namesMessages ? this.nameOf(from === to ? '' : labelOf(message.bytes), message.bytes.length) : '';
    other.user.deliver(this.lastArrival, message.kind, what, () => {
      this.network.flying.delete(message.id);
      message.arrive();
    }, message.kind === 'data' ? hashChunk(message.bytes) : 0);
  }

  /** Heartbeats of one connection are named alike, so the last name is kept. */
  private nameOf(label: string, bytes: number): string {
    const last = this.lastName;
    if (last !== undefined && last.label === label && last.bytes === bytes) return last.name;
    const name = `${label === '' ? '' : `${label}: `}${this.local} → ${this.peer}, ${bytes} bytes`;
    this.lastName = { label, bytes, name };
    return name;
  }

  /** The way may be free again: sends what waits, as far as it can pass. */
  flow(): void {
    for (let first = this.waiting[0]; first !== undefined && !this.isBlocked(first, false); first = this.waiting[0]) {
      this.waiting.shift();
      this.launch(first);
    }
    if (this.waiting.length === 0) this.network.stuck.delete(this);
  }

  /** Lets the first message that waits pass whatever stands there. */
  letOnePass(): void {
    const message = this.waiting.shift();
    if (message !== undefined) this.launch(message);
    if (this.waiting.length === 0) this.network.stuck.delete(this);
  }
}

export class Network {
  onFinding: (what: string) => void = () => {};
  /** Somebody asks for a port at which nobody listens: a machine may start who does. */
  onUnanswered: (host: string, port: number) => void = () => {};
  private readonly hosts = new Map<string, NetworkHost>();
  private readonly listeners = new Map<string, Listener>();
  private readonly ends = new Map<NetworkUser, Set<End>>();
  private readonly owners = new Map<string, NetworkUser>();
  private readonly forwards = new Map<string, { readonly host: string; readonly port: number }>();
  private readonly nextPort = new Map<string, number>();
  readonly links: Links;
  /** Ends whose messages something stands in the way of, in the order in which that began. */
  readonly stuck = new Set<End>();
  /** Messages between machines that are on their way, in the order in which they left. */
  readonly flying = new Map<number, { readonly message: Message; readonly end: End }>();
  private messages = 0;

  constructor(random: Random) {
    this.links = new Links(random);
  }

  /** Whether somebody will read what messages are called. */
  namesMessages = true;

  /** Decides what comes late or in pieces though nothing makes it; undefined: nothing does. */
  whim: Random | undefined = undefined;

  /** How much later something is, by whim. */
  late(mostUs: Micros): Micros {
    const { whim } = this;
    return whim !== undefined && whim.below(16) === 0 ? whim.below(mostUs) : 0;
  }

  /** Messages so far: when it has risen, something was sent. */
  get messagesMade(): number {
    return this.messages;
  }

  newMessageId(): number {
    return ++this.messages;
  }

  addHost(host: NetworkHost): void {
    this.hosts.set(host.name, host);
  }

  /** Lets every machine reach `port` of `host` under another address as well, as behind a translation of addresses. */
  forward(address: string, host: string, port: number): void {
    this.forwards.set(address, { host, port });
  }

  /** False when somebody listens there already. */
  listen(user: NetworkUser, port: number, accept: (socket: Socket) => SocketEvents): boolean {
    const name = `${user.hostName}:${port}`;
    const known = this.listeners.get(name);
    if (known !== undefined && (known.accept !== undefined || known.user !== user)) return false;
    this.listeners.set(name, { user, accept });
    return true;
  }

  /** Keeps a port for a process that was started to listen there. */
  reserve(user: NetworkUser, port: number): void {
    this.listeners.set(`${user.hostName}:${port}`, { user, accept: undefined });
  }

  stopListening(user: NetworkUser, port: number): void {
    const name = `${user.hostName}:${port}`;
    if (this.listeners.get(name)?.user === user) this.listeners.delete(name);
  }

  listeningPorts(user: NetworkUser): number[] {
    const ports: number[] = [];
    for (const [name, listener] of this.listeners) {
      if (listener.user === user) ports.push(portOf(name));
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
    const forward = this.forwards.get(address);
    if (forward !== undefined && this.listeners.get(`${user.hostName}:${port}`) === undefined) {
      const target = this.hosts.get(forward.host);
      const source = this.hosts.get(user.hostName)?.address ?? user.hostName;
      if (target !== undefined) this.attempt(user, target, `${source}:${this.ephemeralPort(user.hostName)}`, address, forward.port, on, 0);
      return;
    }
    const target = this.resolve(user.hostName, hostPart);
    if (target === undefined) {
      user.deliver(now, 'connect', `${user.hostName} looks for ${hostPart}`, () => on.closed('unknown host'));
      return;
    }
    const local = target.name === user.hostName;
    const loopback = local && hostPart !== target.address && hostPart !== target.name;
    const ip = (name: string): string => (loopback ? '127.0.0.1' : (this.hosts.get(name)?.address ?? name));
    this.attempt(user, target, `${ip(user.hostName)}:${this.ephemeralPort(user.hostName)}`, `${ip(target.name)}:${port}`, port, on, 0);
  }

  /** Asks for a connection, and asks again while nothing answers. */
  private attempt(user: NetworkUser, target: NetworkHost, from: string, to: string, port: number, on: SocketEvents & { open(socket: Socket): void }, repeats: number): void {
    const now = user.localNow();
    const barrier = this.links.barrier(user.hostName, target.name) ?? this.links.barrier(target.name, user.hostName) ?? this.filteredAttempt(user.hostName, target.name, from, to, repeats === 0);
    const there = barrier === undefined || barrier === 'refuse' ? this.links.arrival(user.hostName, target.name, 0, now) : undefined;
    const back = there === undefined ? undefined : this.links.arrival(target.name, user.hostName, 0, there);
    if (there === undefined || back === undefined) {
      const pauseS = SYN_REPEATS_S[repeats];
      if (pauseS === undefined) user.deliver(now, 'timeout', `${to} does not answer ${from}`, () => on.closed('timed out'));
      else user.deliver(now + pauseS * 1e6, 'connect', `${from} asks ${to} again`, () => this.attempt(user, target, from, to, port, on, repeats + 1));
      return;
    }
    const place = `${target.name}:${port}`;
    if (!this.listeners.has(place)) this.onUnanswered(target.name, port);
    const listener = this.listeners.get(place);
    if (listener === undefined || listener.user.ended || barrier === 'refuse') {
      user.deliver(back, 'connect', `${to} refuses ${from}`, () => on.closed('refused'));
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
    listener.user.deliver(there, 'accept', `${to} accepts ${from}`, () => {
      if (far.gone) return;
      far.events = (listener.accept ?? this.listeners.get(place)?.accept)?.(far);
    });
    user.deliver(back, 'connect', `${from} is connected to ${to}`, () => {
      if (!near.gone) on.open(near);
    });
  }

  /** What the filters of both machines make of a request for a connection and of the answer to it, which nobody hears being rejected. */
  private filteredAttempt(fromHost: string, toHost: string, from: string, to: string, isNew: boolean): Barrier | undefined {
    const { links } = this;
    const verdict = links.filtered(fromHost, toHost, () => packetOf(from, to, fromHost === toHost, ['SYN'], 0), isNew);
    if (verdict !== undefined) return verdict === 'reset' ? 'refuse' : verdict;
    return links.filtered(toHost, fromHost, () => packetOf(to, from, fromHost === toHost, ['SYN', 'ACK'], 0), isNew) === undefined ? undefined : 'black hole';
  }

  // --- what stands in the way -----------------------------------------------------------------------

  /** Rules or machines have changed: what can pass now passes. */
  rulesChanged(): void {
    for (const end of [...this.stuck]) end.flow();
  }

  /** Breaks the connections between one group of machines and the other, whoever asked for them; either side is told at once. Returns how many. */
  reset(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
    const broken = new Set<End>();
    for (const ends of this.ends.values()) {
      for (const end of ends) {
        const far = end.other;
        if (!end.gone && far !== undefined && !broken.has(far) && one.has(end.user.hostName) && other.has(far.user.hostName)) broken.add(end);
      }
    }
    for (const end of broken) end.tear('are torn apart');
    return broken.size;
  }

  /** Lets a held message pass; a sentence when that cannot be. */
  release(id: number): string | undefined {
    for (const end of this.stuck) {
      const place = end.waiting.findIndex((message) => message.id === id);
      if (place === -1) continue;
      if (place > 0) return `message ${id} stands behind message ${end.waiting[0]?.id} of the same connection; order within one is kept`;
      end.letOnePass();
      return undefined;
    }
    return `no message ${id} is held`;
  }

  /** A held message is thrown away, which breaks its connection; a sentence when that cannot be. */
  drop(id: number): string | undefined {
    for (const end of this.stuck) {
      if (!end.waiting.some((message) => message.id === id)) continue;
      end.tear('lose a message');
      this.stuck.delete(end);
      return undefined;
    }
    return `no message ${id} is held`;
  }

  /** Messages between machines that have not arrived, oldest first: the first `limit`. */
  inFlight(limit: number): MessageView[] {
    const seen: MessageView[] = [];
    const show = (message: Message, end: End): void => {
      const [from, to] = end.way;
      const label = message.kind === 'close' ? 'close' : labelOf(message.bytes);
      seen.push({
        id: message.id, from, to, fromAddress: end.local, toAddress: end.peer, kind: message.kind, label, isBackground: isBackgroundLabel(label), bytes: message.bytes.length,
        sentAtUs: message.sentAtUs, arrivesAtUs: message.arrivesAtUs ?? null,
        stopped: message.arrivesAtUs !== undefined ? null : end.barrier === 'hold' ? 'held' : 'cut',
      });
    };
    for (const { message, end } of this.flying.values()) {
      if (seen.length >= limit) return seen;
      // It has come to a program that is gone: nobody took it, and it is on its way no more.
      if (end.other?.user.ended === true && (message.arrivesAtUs ?? 0) <= end.user.localNow()) continue;
      show(message, end);
    }
    for (const end of this.stuck) {
      for (const message of end.waiting) {
        if (seen.length >= limit) return seen;
        show(message, end);
      }
    }
    return seen;
  }

  /** The connections of each pair of machines, counted: what a map of the network shows. */
  connections(): { readonly from: string; readonly to: string; readonly port: number; readonly count: number }[] {
    const counted = new Map<string, { from: string; to: string; port: number; count: number }>();
    for (const [user, ends] of this.ends) {
      for (const end of ends) {
        // Each connection once: from the side that asked for it.
        if (end.gone || end.events === undefined || this.listenerAt(user.hostName, portOf(end.local)) === user) continue;
        const [from, to] = end.way;
        const port = portOf(end.peer);
        if (from === to || to === '') continue;
        const name = `${from} ${to} ${port}`;
        const known = counted.get(name);
        if (known === undefined) counted.set(name, { from, to, port, count: 1 });
        else known.count++;
      }
    }
    return [...counted.values()];
  }

  /** The machine lost power: nothing is closed, everything is gone. */
  vanish(user: NetworkUser): void {
    for (const [name, listener] of this.listeners) if (listener.user === user) this.listeners.delete(name);
    for (const end of [...(this.ends.get(user) ?? [])]) end.vanish();
    this.ends.delete(user);
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

  /** The address of a host, as a program on one of the machines looks its name up. */
  addressOf(user: NetworkUser, name: string): string | undefined {
    if (name === 'localhost') return '127.0.0.1';
    return this.resolve(user.hostName, name)?.address;
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
