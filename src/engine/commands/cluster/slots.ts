/*
 * Who serves which slot: ADDSLOTS, DELSLOTS, FLUSHSLOTS, SETSLOT
 * --------------------------------------------------------------
 * A slot moves in four steps, each of them a word to one node: the new owner imports it, the old one says that it
 * migrates, the keys go over (MIGRATE), and all are told who has it now. In between both serve it together: the old
 * one what it still has, the new one whatever it is asked for with ASKING.
 */
import { fold, type Bytes } from '../../bytes.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { CommandError, OK, type Reply } from '../../reply.ts';
import { member, nodeArgument, slotArgument } from './member.ts';

function update(cluster: Cluster, slots: readonly number[], what: 'add' | 'delete'): Reply {
  const seen = new Set<number>();
  for (const slot of slots) {
    const isOwned = cluster.slots[slot] !== undefined;
    if (what === 'delete' && !isOwned) throw new CommandError(`ERR Slot ${slot} is already unassigned`);
    if (what === 'add' && isOwned) throw new CommandError(`ERR Slot ${slot} is already busy`);
    if (seen.has(slot)) throw new CommandError(`ERR Slot ${slot} specified multiple times`);
    seen.add(slot);
  }
  for (const slot of slots) {
    if (what === 'delete') cluster.deleteSlot(slot);
    else {
      // What was imported by hand is simply its own now.
      cluster.importing.delete(slot);
      cluster.addSlot(slot, cluster.myself);
    }
  }
  cluster.later('save', 'updateState');
  return OK;
}

const listed = (argv: readonly Bytes[]): number[] => argv.slice(2).map(slotArgument);

function ranged(argv: readonly Bytes[]): number[] {
  if (argv.length % 2 === 1) throw new CommandError(`ERR wrong number of arguments for 'cluster|${fold(argv[1] as Bytes)}' command`);
  const slots: number[] = [];
  for (let at = 2; at < argv.length; at += 2) {
    const [first, last] = [slotArgument(argv[at]), slotArgument(argv[at + 1])];
    if (first > last) throw new CommandError(`ERR start slot number ${first} is greater than end slot number ${last}`);
    for (let slot = first; slot <= last; slot++) slots.push(slot);
  }
  return slots;
}

export const addSlots = member((cluster, argv) => update(cluster, listed(argv), 'add'));
export const deleteSlots = member((cluster, argv) => update(cluster, listed(argv), 'delete'));
export const addSlotsRange = member((cluster, argv) => update(cluster, ranged(argv), 'add'));
export const deleteSlotsRange = member((cluster, argv) => update(cluster, ranged(argv), 'delete'));

export const flushSlots = member((cluster, _argv, { db }) => {
  if (db.keys.size > 0) throw new CommandError('ERR DB must be empty to perform CLUSTER FLUSHSLOTS.');
  cluster.deleteSlotsOf(cluster.myself);
  cluster.later('save', 'updateState');
  return OK;
});

export const setSlot = member((cluster, argv) => {
  const { myself } = cluster;
  if (myself.isReplica) throw new CommandError('ERR Please use SETSLOT only with masters.');
  const slot = slotArgument(argv[2]);
  const action = fold(argv[3] as Bytes);
  const owner = cluster.slots[slot];
  if (action === 'migrating' && argv.length === 5) {
    if (owner !== myself) throw new CommandError(`ERR I'm not the owner of hash slot ${slot}`);
    cluster.migrating.set(slot, otherMaster(cluster, argv[4]));
  } else if (action === 'importing' && argv.length === 5) {
    if (owner === myself) throw new CommandError(`ERR I'm already the owner of hash slot ${slot}`);
    cluster.importing.set(slot, otherMaster(cluster, argv[4]));
  } else if (action === 'stable' && argv.length === 4) {
    cluster.migrating.delete(slot);
    cluster.importing.delete(slot);
  } else if (action === 'node' && argv.length === 5) give(cluster, slot, argv[4] as Bytes);
  else throw new CommandError('ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP');
  cluster.later('save', 'updateState');
  return OK;
});

function otherMaster(cluster: Cluster, name: Bytes | undefined) {
  const node = nodeArgument(cluster, name, `ERR I don't know about node ${name}`);
  if (node.isReplica) throw new CommandError('ERR Target node is not a master');
  return node;
}

/** SETSLOT NODE: the end of a move, told to each node. */
function give(cluster: Cluster, slot: number, name: Bytes): void {
  const { myself, server } = cluster;
  const node = nodeArgument(cluster, name);
  if (node.isReplica) throw new CommandError('ERR Target node is not a master');
  const wasMine = cluster.slots[slot] === myself;
  const hasKeys = cluster.keys.count(slot) > 0;
  if (wasMine && node !== myself && hasKeys) {
    throw new CommandError(`ERR Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`);
  }
  if (!hasKeys) cluster.migrating.delete(slot);
  cluster.deleteSlot(slot);
  cluster.addSlot(slot, node);
  if (wasMine && node !== myself && myself.slots.count === 0 && server.config.flag('cluster-allow-replica-migration')) {
    server.log('notice', `Configuration change detected. Reconfiguring myself as a replica of ${node.name} (${node.humanName})`);
    cluster.setMaster(node);
  }
  if (node === myself && cluster.importing.has(slot)) {
    // With a new epoch the claim wins against the old owner's, and needs nobody's vote: two people would have to move one slot at once.
    if (cluster.ownership.bumpEpoch()) server.log('notice', `configEpoch updated after importing slot ${slot}`);
    cluster.importing.delete(slot);
    cluster.gossip.broadcastPong('all');
  }
}
