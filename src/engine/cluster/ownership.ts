/*
 * Who owns a slot
 * ---------------
 * Whoever claims it with the higher configuration epoch. A failover takes a new epoch by votes, so that its
 * claim outdoes the old master's; the old one hears of it when it comes back, from anybody. Two masters that
 * come to the same epoch, as after a partition, part at once: the one with the smaller id takes a new one.
 */
import type { Bytes } from '../bytes.ts';
import { nextEpoch, type Epoch } from '../epoch.ts';
import type { BusMessage } from './bus-message.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './node.ts';
import { slotsOf } from './slots.ts';

export class Ownership {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** A master claims these slots with that epoch: what it wins is its own, and who lost everything follows it. */
  claim(sender: ClusterNode, configEpoch: Epoch, bitmap: Bytes): void {
    const { cluster } = this;
    const { myself, server, slots } = cluster;
    if (sender === myself) {
      server.log('notice', 'Discarding UPDATE message about myself.');
      return;
    }
    const myMaster = myself.isMaster ? myself : myself.slaveof;
    const claimed = slotsOf(bitmap);
    const lostWithKeys: number[] = [];
    let taken = 0;
    for (const slot of claimed) {
      const owner = slots[slot];
      if (owner === sender) continue;
      // Only an administrator ends an import.
      if (cluster.importing.has(slot)) continue;
      if (owner !== undefined && owner.configEpoch >= configEpoch && !cluster.unclaimed.has(slot)) continue;
      if (owner === myself && cluster.keys.count(slot) > 0) lostWithKeys.push(slot);
      if (owner === myMaster && owner !== undefined) taken++;
      cluster.deleteSlot(slot);
      cluster.addSlot(slot, sender);
      cluster.later('save', 'updateState');
    }
    this.noteUnclaimed(sender, claimed);
    if (taken > 0 && myMaster?.slots.count === 0 && (server.config.flag('cluster-allow-replica-migration') || claimed.length === taken)) {
      server.log('notice', `Configuration change detected. Reconfiguring myself as a replica of ${sender.name} (${sender.humanName})`);
      cluster.setMaster(sender);
      cluster.later('save', 'updateState');
    } else if (myself.slaveof?.slaveof !== undefined && myself.slaveof.slaveof !== myself) {
      server.log('notice', `I'm a sub-replica! Reconfiguring myself from ${myself.slaveof.name} to ${myself.slaveof.slaveof.name}`);
      cluster.setMaster(myself.slaveof.slaveof);
      cluster.later('save', 'updateState');
    } else {
      // Another is asked for these keys now: here they would be found by nobody, and come back some day.
      for (const slot of lostWithKeys) cluster.keys.deleteAll(slot);
    }
  }

  /** A slot that its owner does not claim any more goes to whoever does, whatever the epoch. */
  private noteUnclaimed(sender: ClusterNode, claimed: readonly number[]): void {
    if (sender.slots.count === claimed.length) return;
    const stays = new Set(claimed);
    for (const slot of slotsOf(sender.slots.bytes)) if (!stays.has(slot)) this.cluster.unclaimed.add(slot);
  }

  /** The sender claims a slot that another has taken with a higher epoch: it is told. */
  correctIfStale(sender: ClusterNode, message: BusMessage): void {
    const { cluster } = this;
    if (sender.link === undefined) return;
    for (const slot of slotsOf(message.slots)) {
      const owner = cluster.slots[slot];
      if (owner === undefined || owner === sender || owner.configEpoch <= message.configEpoch) continue;
      cluster.server.log('verbose', `Node ${sender.name} has old slots configuration, sending an UPDATE message about ${owner.name}`);
      cluster.bus.send(sender.link, { type: 'update', name: owner.name, configEpoch: owner.configEpoch, slots: owner.slots.bytes });
      return;
    }
  }

  hearUpdate({ name, configEpoch, slots }: { readonly name: Bytes; readonly configEpoch: Epoch; readonly slots: Bytes }): void {
    const { cluster } = this;
    const node = cluster.nodes.get(name);
    if (node === undefined || node.configEpoch >= configEpoch) return;
    if (node.isReplica) cluster.setNodeAsMaster(node);
    node.configEpoch = configEpoch;
    cluster.later('save');
    this.claim(node, configEpoch, slots);
  }

  handleEpochCollision(sender: ClusterNode): void {
    const { cluster } = this;
    const { myself, server } = cluster;
    if (sender.name <= myself.name) return;
    myself.configEpoch = cluster.currentEpoch = nextEpoch(cluster.currentEpoch);
    cluster.saveNow();
    server.log('verbose', `WARNING: configEpoch collision with node ${sender.name} (${sender.humanName}). configEpoch set to ${myself.configEpoch}`);
  }

  /** Takes a new epoch without asking anybody; false when this one is the highest already. */
  bumpEpoch(): boolean {
    const { cluster } = this;
    const highest = cluster.highestEpoch();
    if (cluster.myself.configEpoch !== 0n && cluster.myself.configEpoch === highest) return false;
    cluster.myself.configEpoch = cluster.currentEpoch = nextEpoch(cluster.currentEpoch);
    cluster.later('save');
    cluster.server.log('notice', `New configEpoch set to ${cluster.myself.configEpoch}`);
    return true;
  }
}
