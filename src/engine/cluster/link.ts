/*
 * The bus: connections between nodes
 * ----------------------------------
 * Two connections join each pair of nodes, one opened by either. A node pings over the one that it opened and
 * answers a ping over the one that it came by, so that each knows by itself whether the other can be reached.
 *
 * What is sent gathers in the link and leaves at the end of the event, after the file of nodes was written: a
 * vote that could be forgotten must not be heard.
 */
import type { Bytes } from '../bytes.ts';
import type { Socket, SocketEvents } from '../env.ts';
import { decodeMessage, encodeMessage, messageLength, MESSAGE_TYPES, type MessageBody } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import { HANDSHAKE, MEET, MYSELF, type ClusterNode } from './node.ts';

/** What the real server counts for a queue of messages in which there is none. */
const EMPTY_QUEUE_BYTES = 48;

export class ClusterLink {
  /** Who is at the other end: of a connection that came in, unknown until a known node speaks. */
  node: ClusterNode | undefined;
  readonly isInbound: boolean;
  readonly createdMs: number;
  socket: Socket | undefined;
  isClosed = false;
  /** What came and is no whole message yet. */
  input: Bytes = '';
  /** What waits for the end of the event, or for the connection to stand. */
  out: Bytes = '';

  constructor(node: ClusterNode | undefined, isInbound: boolean, createdMs: number) {
    this.node = node;
    this.isInbound = isInbound;
    this.createdMs = createdMs;
  }

  get unsentBytes(): number {
    return this.out.length + (this.socket?.unsentBytes?.() ?? 0);
  }

  get queueBytes(): number {
    return EMPTY_QUEUE_BYTES + this.unsentBytes;
  }

  /** The address of the other side, without its port. */
  get peerIp(): Bytes {
    return addressOf(this.socket?.peer ?? '');
  }

  get localIp(): Bytes {
    return addressOf(this.socket?.local ?? '');
  }
}

const addressOf = (hostAndPort: Bytes): Bytes => hostAndPort.slice(0, Math.max(0, hostAndPort.lastIndexOf(':')));

export class ClusterBus {
  /** Messages so far, by type. */
  readonly sent = MESSAGE_TYPES.map(() => 0);
  readonly received = MESSAGE_TYPES.map(() => 0);
  /** Links that were given up because too much waited to be sent. */
  limitExceeded = 0;
  /** Number of the type of messages that are not heard (DEBUG DROP-CLUSTER-PACKET-FILTER): −1 none, −2 all. */
  dropped = -1;
  private readonly inbound = new Set<ClusterLink>();
  private readonly waiting = new Set<ClusterLink>();
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Links to nodes and from them. */
  *links(): Iterable<ClusterLink> {
    for (const node of this.cluster.nodes.values()) {
      if (node.link !== undefined) yield node.link;
      if (node.inboundLink !== undefined) yield node.inboundLink;
    }
  }

  /** Bytes that all links take, those included whose other end is not known. */
  get bytes(): number {
    let bytes = 0;
    for (const link of [...this.links(), ...this.inbound]) bytes += link.queueBytes;
    return bytes;
  }

  get connections(): number {
    return this.inbound.size;
  }

  // --- making and losing them ----------------------------------------------------------------------

  connect(node: ClusterNode): void {
    const { server } = this.cluster;
    const link = new ClusterLink(node, false, server.nowMs);
    node.link = link;
    const current = (fn: () => void): void => {
      server.asEvent(() => void (link.isClosed || fn()));
    };
    server.env.network.connect(`${node.ip}:${node.busPort}`, {
      open: (socket) => {
        // It was given up while it was being made.
        if (link.isClosed) socket.close();
        current(() => this.opened(link, node, socket));
      },
      data: (chunk) => current(() => this.receive(link, chunk)),
      closed: (reason) => current(() => {
        if (link.socket === undefined) server.log('verbose', `Connection with Node ${node.name} at ${node.ip}:${node.busPort} failed: ${reason}`);
        this.free(link);
      }),
    });
  }

  private opened(link: ClusterLink, node: ClusterNode, socket: Socket): void {
    link.socket = socket;
    // A node that is not known to be there yet has no ping to answer: this one asks for it, but an older question stays open.
    const { pingSentMs } = node;
    this.cluster.gossip.sendPing(link, node.has(MEET) ? 'meet' : 'ping');
    if (pingSentMs !== 0) node.pingSentMs = pingSentMs;
    node.set(MEET, false);
  }

  /** Takes a connection that came in on the port of the bus. */
  accept(socket: Socket): SocketEvents {
    const { server } = this.cluster;
    const link = new ClusterLink(undefined, true, server.nowMs);
    server.log('verbose', `Accepting cluster node connection from ${socket.peer}`);
    link.socket = socket;
    this.inbound.add(link);
    const current = (fn: () => void): void => {
      server.asEvent(() => void (link.isClosed || fn()));
    };
    return { data: (chunk) => current(() => this.receive(link, chunk)), closed: () => current(() => this.free(link)) };
  }

  /** A known node speaks over a connection that came in; one that it made before is given up. */
  identify(link: ClusterLink, node: ClusterNode): void {
    if (node.inboundLink === link) return;
    if (node.inboundLink !== undefined) this.free(node.inboundLink);
    node.inboundLink = link;
    link.node = node;
  }

  free(link: ClusterLink): void {
    if (link.isClosed) return;
    link.isClosed = true;
    link.socket?.close();
    this.inbound.delete(link);
    this.waiting.delete(link);
    if (link.node?.link === link) link.node.link = undefined;
    if (link.node?.inboundLink === link) link.node.inboundLink = undefined;
  }

  /** The server stops. */
  close(): void {
    for (const link of [...this.links(), ...this.inbound]) this.free(link);
  }

  /** cluster-link-sendbuf-limit. */
  enforceLimit(limitBytes: number): void {
    if (limitBytes === 0) return;
    for (const link of [...this.links()]) {
      if (link.queueBytes <= limitBytes) continue;
      this.cluster.server.log('warning', `Freeing ${link.isInbound ? 'inbound' : 'outbound'} cluster link for node ${link.node?.name}, used memory ${link.queueBytes} exceeds limit ${limitBytes}`);
      this.free(link);
      this.limitExceeded++;
    }
  }

  // --- talking ----------------------------------------------------------------------------------------

  private receive(link: ClusterLink, chunk: Bytes): void {
    link.input += chunk;
    for (;;) {
      const length = messageLength(link.input);
      if (length === 'broken') {
        this.cluster.server.log('warning', `Bad message length or signature received from the Cluster bus. ${link.socket?.peer ?? ''}`);
        this.free(link);
        return;
      }
      if (length === undefined || link.input.length < length) return;
      const bytes = link.input.slice(0, length);
      link.input = link.input.slice(length);
      const message = decodeMessage(bytes);
      if ('problem' in message) {
        if (message.type !== undefined) this.received[MESSAGE_TYPES.indexOf(message.type)]!++;
        if (message.problem !== '') this.cluster.server.log('warning', message.problem);
        continue;
      }
      const type = MESSAGE_TYPES.indexOf(message.body.type);
      if (this.dropped === -2 || this.dropped === type) continue;
      this.received[type]!++;
      this.cluster.packets.process(link, message);
      if (link.isClosed) return;
    }
  }

  send(link: ClusterLink, body: MessageBody, mflags = 0): void {
    this.sent[MESSAGE_TYPES.indexOf(body.type)]!++;
    link.out += encodeMessage({ ...this.cluster.gossip.header(mflags), body });
    this.waiting.add(link);
  }

  /** To all that are connected. */
  broadcast(body: MessageBody, mflags = 0, to: Iterable<ClusterNode> = this.cluster.nodes.values()): void {
    for (const node of to) if (node.link !== undefined && !node.has(MYSELF | HANDSHAKE)) this.send(node.link, body, mflags);
  }

  /** The end of an event: what has gathered leaves. */
  flush(): void {
    if (this.waiting.size === 0) return;
    for (const link of this.waiting) {
      if (link.socket === undefined) continue;
      const bytes = link.out;
      link.out = '';
      this.waiting.delete(link);
      link.socket.send(bytes);
    }
  }
}
