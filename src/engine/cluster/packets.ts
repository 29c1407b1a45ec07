/*
 * What a message changes
 * ----------------------
 * A message from a known node is believed: about its epochs, its role, its slots, about what it has heard. One
 * from a stranger is answered, and no more; unless it is a MEET, which an administrator sent by way of the other.
 */
import { own } from '../bytes.ts';
import type { Bytes } from '../bytes.ts';
import { EXT_DATA, FORCEACK, PAUSED, type BusMessage, type MessageBody } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterLink } from './link.ts';
import { ClusterNode, EXTENSIONS_SUPPORTED, FAIL, HANDSHAKE, MASTER, MEET, MIGRATE_TO, MYSELF, NOADDR, NOFAILOVER, PFAIL, SLAVE } from './node.ts';

type Heartbeat = BusMessage & { readonly body: Extract<MessageBody, { readonly gossip: unknown }> };

const isHeartbeat = (message: BusMessage): message is Heartbeat => 'gossip' in message.body;

export class Packets {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  process(link: ClusterLink, message: BusMessage): void {
    const { cluster } = this;
    const { body } = message;
    // Over a link that has been identified nobody else can speak.
    const sender = link.node !== undefined && !link.node.has(HANDSHAKE) ? link.node : cluster.nodes.get(message.sender);
    if (sender !== undefined) {
      if ((message.mflags & EXT_DATA) !== 0) sender.set(EXTENSIONS_SUPPORTED, true);
      sender.dataReceivedMs = cluster.server.nowMs;
      if (!sender.has(HANDSHAKE)) this.takeEpochs(sender, message);
      if (link.isInbound) cluster.bus.identify(link, sender);
    }
    if (isHeartbeat(message)) {
      if (body.type !== 'pong') this.answer(link, message, sender);
      this.hearHeartbeat(link, message, sender);
      return;
    }
    if (sender === undefined) {
      if (body.type === 'fail') cluster.server.log('notice', `Ignoring FAIL message from unknown node ${message.sender} about ${body.name}`);
      return;
    }
    switch (body.type) {
      case 'fail':
        return this.hearFailure(sender, body.name);
      case 'publish':
        return void cluster.server.pubsub.publish(own(body.channel), own(body.message));
      case 'publishshard':
        return void cluster.server.pubsub.publishToShard(own(body.channel), own(body.message));
      case 'auth-req':
        return cluster.voter.consider(sender, message);
      case 'auth-ack':
        return cluster.election.hearVote(sender, message.currentEpoch);
      case 'mfstart':
        return cluster.manual.askedByReplica(link, sender);
      case 'update':
        return cluster.ownership.hearUpdate(body);
      default:
        return undefined;
    }
  }

  /** Epochs only rise: the newest that anybody has seen is everybody's. */
  private takeEpochs(sender: ClusterNode, { currentEpoch, configEpoch, offset, mflags }: BusMessage): void {
    const { cluster } = this;
    if (currentEpoch > cluster.currentEpoch) cluster.currentEpoch = currentEpoch;
    if (configEpoch > sender.configEpoch) {
      sender.configEpoch = configEpoch;
      cluster.later('save');
    }
    sender.replOffset = offset;
    if (cluster.myself.isReplica && cluster.myself.slaveof === sender && (mflags & PAUSED) !== 0) cluster.manual.hearOffset(offset);
  }

  /** PING and MEET are answered whoever asks. */
  private answer(link: ClusterLink, message: Heartbeat, sender: ClusterNode | undefined): void {
    const { cluster } = this;
    const { myself, server } = cluster;
    const { type, gossip } = message.body;
    // A node does not know the address that others reach it at, until one has.
    if ((type === 'meet' || myself.ip === '') && server.config.text('cluster-announce-ip') === '') {
      const ip = link.localIp;
      if (ip !== '' && ip !== myself.ip) {
        myself.ip = own(ip);
        server.log('notice', `IP address for this node updated to ${ip}`);
        cluster.later('save');
      }
    }
    if (sender === undefined && type === 'meet') {
      const node = new ClusterNode(cluster.newId(), cluster.newId(), HANDSHAKE, server.nowMs);
      this.setAddress(node, link, message);
      cluster.addNode(node);
      cluster.later('save');
      cluster.gossip.process(gossip, undefined);
    }
    cluster.gossip.sendPing(link, 'pong');
  }

  private hearHeartbeat(link: ClusterLink, message: Heartbeat, sender: ClusterNode | undefined): void {
    const { cluster } = this;
    const { type, gossip, extensions } = message.body;
    if (!link.isInbound && link.node !== undefined && !this.shakeHands(link, link.node, message, sender)) return;
    if (sender !== undefined) {
      sender.set(NOFAILOVER, (message.flags & NOFAILOVER) !== 0);
      if (type === 'ping' && !sender.has(HANDSHAKE) && this.readdress(sender, link, message)) cluster.later('save', 'updateState');
    }
    if (!link.isInbound && type === 'pong' && link.node !== undefined) {
      link.node.pongReceivedMs = cluster.server.nowMs;
      link.node.pingSentMs = 0;
      if (link.node.has(PFAIL)) {
        link.node.set(PFAIL, false);
        cluster.later('save', 'updateState');
        const { name } = link.node;
        cluster.announce(() => ({ type: 'nodeRecovered', atUs: cluster.server.nowUs, node: name }));
      } else if (link.node.has(FAIL)) cluster.failures.clearIfNeeded(link.node);
    }
    // In a handshake the link's node has just taken the sender's name.
    const known = sender ?? cluster.nodes.get(message.sender);
    if (known === undefined) return;
    this.hearRole(known, message);
    this.hearSlots(known, message);
    const { myself } = cluster;
    if (known.isMaster && myself.isMaster && message.configEpoch === myself.configEpoch) cluster.ownership.handleEpochCollision(known);
    cluster.gossip.process(gossip, known);
    cluster.gossip.hearExtensions(extensions, known);
  }

  /** The answer to a first message tells the real id; false when nothing else of the message counts. */
  private shakeHands(link: ClusterLink, node: ClusterNode, message: Heartbeat, sender: ClusterNode | undefined): boolean {
    const { cluster } = this;
    if (node.has(HANDSHAKE)) {
      if (sender !== undefined) {
        cluster.server.log('verbose', `Handshake: we already know node ${sender.name} (${sender.humanName}), updating the address if needed.`);
        if (this.readdress(sender, link, message)) cluster.later('save', 'updateState');
        cluster.deleteNode(node);
        return false;
      }
      cluster.renameNode(node, own(message.sender));
      cluster.server.log('debug', `Handshake with node ${node.name} completed.`);
      node.flags = (node.flags & ~(HANDSHAKE | MEET)) | (message.flags & (MASTER | SLAVE));
      if ((message.mflags & EXT_DATA) !== 0) node.set(EXTENSIONS_SUPPORTED, true);
      cluster.later('save');
    } else if (node.name !== message.sender) {
      cluster.server.log('debug', `PONG contains mismatching sender ID. About node ${node.name} added ${cluster.server.nowMs - node.createdMs} ms ago, having flags ${node.flags}`);
      node.set(NOADDR, true);
      node.ip = '';
      node.port = node.busPort = node.tlsPort = 0;
      cluster.bus.free(link);
      cluster.later('save');
      return false;
    }
    return true;
  }

  /** Where the sender says it is, or, when it does not say, where its connection comes from. */
  private setAddress(node: ClusterNode, link: ClusterLink, { ip, port, busPort, tlsPort }: BusMessage): void {
    node.ip = own(ip === '' ? link.peerIp : ip);
    node.port = port;
    node.busPort = busPort;
    node.tlsPort = tlsPort;
  }

  /** The node has moved: true when its address is another than before. */
  private readdress(node: ClusterNode, link: ClusterLink, message: BusMessage): boolean {
    const { cluster } = this;
    if (node.link === link) return false;
    const ip: Bytes = message.ip === '' ? link.peerIp : message.ip;
    if (node.ip === ip && node.port === message.port && node.busPort === message.busPort && node.tlsPort === message.tlsPort) return false;
    this.setAddress(node, link, message);
    if (node.link !== undefined) cluster.bus.free(node.link);
    node.set(NOADDR, false);
    cluster.server.log('notice', `Address updated for node ${node.name} (${node.humanName}), now ${node.ip}:${node.port}`);
    if (cluster.myself.slaveof === node) cluster.follow(node);
    return true;
  }

  private hearRole(sender: ClusterNode, { slaveof, configEpoch }: BusMessage): void {
    const { cluster } = this;
    if (slaveof === '') {
      cluster.setNodeAsMaster(sender);
      return;
    }
    const master = cluster.nodes.get(slaveof);
    if (sender.isMaster) {
      const { shardId } = sender;
      const name = `${sender.name} (${sender.humanName})`;
      if (master?.shardId !== shardId) {
        const lost = cluster.deleteSlotsOf(sender);
        cluster.server.log('notice', `Node ${name} is no longer master of shard ${shardId}; removed all ${lost.length} slot(s) it used to own`);
        if (master !== undefined) cluster.server.log('notice', `Node ${name} is now part of shard ${master.shardId}`);
      } else if (sender.configEpoch > configEpoch) {
        // What 8.0.2 ignores are the slots alone: it takes the sender for a replica that still owns them, until the sender's next word.
        cluster.server.log('notice', `Ignore stale message from ${name} in shard ${shardId}; gossip config epoch: ${configEpoch}, current config epoch: ${sender.configEpoch}`);
      } else {
        const lost = cluster.deleteSlotsOf(sender);
        for (const slot of lost) cluster.addSlot(slot, master);
        // Whoever has not heard from the winner yet sees a replica in it still. With the winner's epoch its own claim says nothing new, so the role is learned here.
        cluster.setNodeAsMaster(master);
        master.configEpoch = configEpoch;
        cluster.server.log('notice', `A failover occurred in shard ${shardId}; node ${name} lost ${lost.length} slot(s) to node ${master.name} (${master.humanName}) with a config epoch of ${configEpoch}`);
      }
      sender.flags = (sender.flags & ~(MASTER | MIGRATE_TO)) | SLAVE;
      cluster.later('save', 'updateState');
    }
    if (master !== undefined && sender.slaveof !== master) {
      sender.slaveof?.removeReplica(sender);
      master.addReplica(sender);
      sender.slaveof = master;
      cluster.gossip.setShardId(sender, master.shardId);
      cluster.later('save');
    }
  }

  private hearSlots(sender: ClusterNode, message: BusMessage): void {
    const { cluster } = this;
    const master = sender.isMaster ? sender : sender.slaveof;
    if (master === undefined || master.slots.bytes === message.slots) return;
    if (sender.isMaster) cluster.ownership.claim(sender, message.configEpoch, message.slots);
    cluster.ownership.correctIfStale(sender, message);
  }

  private hearFailure(sender: ClusterNode, name: Bytes): void {
    const { cluster } = this;
    const node = cluster.nodes.get(name);
    if (node === undefined || node.has(FAIL | MYSELF)) return;
    cluster.server.log('notice', `FAIL message received from ${sender.name} (${sender.humanName}) about ${node.name} (${node.humanName})`);
    cluster.failures.fail(node);
  }
}

/** A vote is asked for though the master is up: its administrator wants the change. */
export const isForced = ({ mflags }: BusMessage): boolean => (mflags & FORCEACK) !== 0;
