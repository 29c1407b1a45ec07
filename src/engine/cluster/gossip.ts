/*
 * Gossip
 * ------
 * With each ping and pong a node tells what it has heard of some others, drawn at random, and of all those that
 * it cannot reach. So news of a failure or of a new node reach everybody after a few rounds, though no node
 * talks to all others each time.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import { EXT_DATA, PAUSED, type Extension, type GossipEntry, type MessageBody, type MessageHeader } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterLink } from './link.ts';
import { ClusterNode, EXTENSIONS_SUPPORTED, FAIL, HANDSHAKE, MYSELF, NOADDR, PFAIL } from './node.ts';

/** So many others are told of at least. */
const LEAST_ENTRIES = 3;
/** A pong that others have heard in the future, by less than this, is the difference of two clocks. */
const CLOCKS_DIFFER_MS = 500;
/** How long a node that CLUSTER FORGET removed is not taken in again, in milliseconds. */
export const BLACKLIST_TTL_MS = 60_000;

export class Gossip {
  /** Nodes that were made to be forgotten, and until when. */
  private readonly blacklist = new Map<Bytes, number>();
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** What every message says about this server. */
  header(mflags: number): MessageHeader {
    const { cluster } = this;
    const { myself, server } = cluster;
    // A replica speaks for its master.
    const master = myself.slaveof ?? myself;
    const isPaused = myself.isMaster && cluster.manual.isRunning;
    return {
      port: myself.port, currentEpoch: cluster.currentEpoch, configEpoch: master.configEpoch, offset: server.replication.toldOffset, sender: myself.name, slots: master.slots.bytes,
      slaveof: myself.slaveof?.name ?? '', ip: server.config.text('cluster-announce-ip'), tlsPort: myself.tlsPort, busPort: myself.busPort, flags: myself.flags,
      isOk: cluster.state === 'ok', mflags: mflags | EXT_DATA | (isPaused ? PAUSED : 0),
    };
  }

  sendPing(link: ClusterLink, type: 'ping' | 'pong' | 'meet'): void {
    const { cluster } = this;
    if (type === 'ping' && link.node !== undefined) link.node.pingSentMs = cluster.server.nowMs;
    cluster.bus.send(link, this.pingTo(link.node, type));
  }

  private pingTo(node: ClusterNode | undefined, type: 'ping' | 'pong' | 'meet'): MessageBody {
    const chosen = this.chooseNodes();
    return { type, gossip: chosen.map(entryOf), extensions: node?.has(EXTENSIONS_SUPPORTED) === true ? this.extensions() : [] };
  }

  /** A pong that nobody asked for: news that should not wait for the next ping. */
  broadcastPong(to: 'all' | 'local replicas'): void {
    const { cluster } = this;
    const { myself } = cluster;
    for (const node of cluster.nodes.values()) {
      if (node.link === undefined || node === myself || node.has(HANDSHAKE)) continue;
      const isLocal = node.isReplica && node.slaveof !== undefined && (node.slaveof === myself || node.slaveof === myself.slaveof);
      if (to === 'all' || isLocal) this.sendPing(node.link, 'pong');
    }
  }

  private chooseNodes(): ClusterNode[] {
    const { allNodes: all, myself, random } = this.cluster;
    let fresh = all.length - 2;
    const wanted = Math.min(Math.max(LEAST_ENTRIES, Math.floor(all.length / 10)), fresh);
    const chosen = new Set<ClusterNode>();
    for (let tries = wanted * 3; tries > 0 && fresh > 0 && chosen.size < wanted; tries--) {
      const node = all[random.below(all.length)] as ClusterNode;
      if (node === myself || node.has(PFAIL)) continue;
      // Nodes that nobody can use are not worth the bytes.
      if (node.has(HANDSHAKE | NOADDR) || (node.link === undefined && node.slots.count === 0)) {
        fresh--;
        continue;
      }
      if (chosen.has(node)) continue;
      chosen.add(node);
      fresh--;
    }
    // Failures must be told fast: all of them, each time.
    for (const node of all) if (node.has(PFAIL) && !node.has(HANDSHAKE | NOADDR)) chosen.add(node);
    return [...chosen];
  }

  private extensions(): Extension[] {
    const { myself, secret, server } = this.cluster;
    const extensions: Extension[] = [];
    if (myself.hostname !== '') extensions.push({ kind: 'hostname', value: myself.hostname });
    if (myself.humanName !== '') extensions.push({ kind: 'human-nodename', value: myself.humanName });
    this.cleanBlacklist();
    for (const [value, untilMs] of this.blacklist) extensions.push({ kind: 'forgotten-node', value, ttlSeconds: Math.floor((untilMs - server.nowMs) / 1000) });
    extensions.push({ kind: 'shard-id', value: myself.shardId }, { kind: 'internal-secret', value: secret });
    return extensions;
  }

  // --- hearing ------------------------------------------------------------------------------------------

  /** `sender` is undefined for a node that is not known yet: it introduces itself with MEET. */
  process(entries: readonly GossipEntry[], sender: ClusterNode | undefined): void {
    const { cluster } = this;
    for (const entry of entries) {
      const node = cluster.nodes.get(entry.name);
      if (node === undefined) this.meetByHearsay(entry, sender);
      else if (node !== cluster.myself) this.hearOf(node, entry, sender);
    }
  }

  private hearOf(node: ClusterNode, entry: GossipEntry, sender: ClusterNode | undefined): void {
    const { cluster } = this;
    const { server, failures } = cluster;
    const isFailing = (entry.flags & (PFAIL | FAIL)) !== 0;
    if (sender?.isMaster === true) {
      const who = `Node ${sender.name} (${sender.humanName}) reported node ${node.name} (${node.humanName})`;
      if (isFailing) {
        if (failures.report(node, sender)) server.log('verbose', `${who} as not reachable.`);
        failures.markIfNeeded(node);
      } else if (failures.takeBack(node, sender)) server.log('verbose', `${who} is back online.`);
    }
    // What another has heard later than I is as good as having heard it, while nobody suspects anything.
    if (!isFailing && node.pingSentMs === 0 && failures.count(node) === 0) {
      const pongMs = entry.pongReceived * 1000;
      if (pongMs <= server.nowMs + CLOCKS_DIFFER_MS && pongMs > node.pongReceivedMs) node.pongReceivedMs = pongMs;
    }
    // One that I cannot reach may have moved.
    const hasMoved = node.ip !== entry.ip || node.port !== entry.port || node.busPort !== entry.busPort;
    if (node.has(PFAIL | FAIL) && (entry.flags & NOADDR) === 0 && !isFailing && hasMoved) {
      if (node.link !== undefined) cluster.bus.free(node.link);
      setAddress(node, entry);
      node.set(NOADDR, false);
    }
  }

  /** A node that somebody knows whom I know is let in, unless I was told to forget it. */
  private meetByHearsay(entry: GossipEntry, sender: ClusterNode | undefined): void {
    const { cluster } = this;
    if (sender === undefined || (entry.flags & NOADDR) !== 0 || this.isBlacklisted(entry.name)) return;
    const node = new ClusterNode(own(entry.name), cluster.newId(), entry.flags & ~MYSELF, cluster.server.nowMs);
    setAddress(node, entry);
    cluster.addNode(node);
  }

  hearExtensions(extensions: readonly Extension[], sender: ClusterNode): void {
    const { cluster } = this;
    const { myself } = cluster;
    let hostname = '';
    let humanName = '';
    for (const extension of extensions) {
      const { value } = extension;
      switch (extension.kind) {
        case 'hostname':
          hostname = own(value);
          break;
        case 'human-nodename':
          humanName = own(value);
          break;
        case 'shard-id':
          if (sender.shardId !== value || cluster.myself.slaveof === sender) this.setShardId(sender, own(value));
          break;
        case 'internal-secret':
          // All take the smallest, and so agree without asking.
          if (value < cluster.secret) cluster.secret = own(value);
          break;
        case 'forgotten-node': {
          const node = cluster.nodes.get(value);
          if (node === undefined || node === myself || myself.slaveof === node) break;
          this.forget(value, extension.ttlSeconds * 1000);
          cluster.deleteNode(node);
          cluster.later('save', 'updateState');
        }
      }
    }
    if (sender.hostname !== hostname || sender.humanName !== humanName) cluster.later('save');
    sender.hostname = hostname;
    sender.humanName = humanName;
  }

  setShardId(node: ClusterNode, shardId: Bytes): void {
    const { cluster } = this;
    if (node.shardId !== shardId) {
      node.shardId = shardId;
      cluster.later('save');
    }
    if (cluster.myself.slaveof === node && cluster.myself.shardId !== shardId) {
      cluster.myself.shardId = shardId;
      cluster.later('save');
    }
  }

  // --- forgetting ----------------------------------------------------------------------------------------

  forget(name: Bytes, ttlMs = BLACKLIST_TTL_MS): void {
    this.cleanBlacklist();
    this.blacklist.set(own(name), this.cluster.server.nowMs + ttlMs);
  }

  isBlacklisted(name: Bytes): boolean {
    this.cleanBlacklist();
    return this.blacklist.has(name);
  }

  private cleanBlacklist(): void {
    for (const [name, untilMs] of this.blacklist) if (untilMs <= this.cluster.server.nowMs) this.blacklist.delete(name);
  }
}

const entryOf = (node: ClusterNode): GossipEntry => ({
  name: node.name, pingSent: Math.floor(node.pingSentMs / 1000), pongReceived: Math.floor(node.pongReceivedMs / 1000), ip: node.ip, port: node.port, busPort: node.busPort,
  flags: node.flags, tlsPort: node.tlsPort,
});

function setAddress(node: ClusterNode, { ip, port, busPort, tlsPort }: GossipEntry): void {
  node.ip = own(ip);
  node.port = port;
  node.busPort = busPort;
  node.tlsPort = tlsPort;
}
