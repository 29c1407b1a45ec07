/*
 * Repairs
 * -------
 * A slot left open by a move that was interrupted, slots that nobody owns, slots that several own. What may lose data
 * is asked about, --cluster-yes or not; while masters are unreachable nothing is done unless that was asked for.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import { type Cluster, ToolEnds } from './cluster.ts';
import { type ClusterNode, itemsOf, rangesOf, SLOTS } from './node.ts';
import { clearSlot, moveSlot, tellSlot } from './slots.ts';

function refuseWithoutMasters({ unreachableMasters, wanted, report }: Cluster, what: Bytes): void {
  if (unreachableMasters === 0 || wanted.fixWithUnreachableMasters) return;
  report.warn(
    `*** Fixing ${what} with ${unreachableMasters} unreachable masters is dangerous: redis-cli will assume that slots about masters that are not reachable are not covered, and will try to reassign them to the reachable nodes. This can cause data loss and is rarely what you want to do. If you really want to proceed use the --cluster-fix-with-unreachable-masters option.\n`,
  );
  throw new ToolEnds();
}

/** Takes the slot from the node; that it was not the node's is no error. */
function* deleteSlot(cluster: Cluster, node: ClusterNode, slot: number): Task<boolean> {
  const reply = yield* node.ask(['CLUSTER', 'DELSLOTS', String(slot)]);
  if (reply?.type !== 'error') return reply !== undefined;
  const known = yield* cluster.ownerOf(node, slot);
  if ('error' in known) node.printError(known.error);
  else if (known.owner === undefined) return true;
  node.printError(reply.text);
  return false;
}

/** Makes the node the slot's owner, by a configuration epoch of its own. */
function* takeSlot(node: ClusterNode, slot: number, clears: boolean): Task<boolean> {
  const words = String(slot);
  const queued: Bytes[][] = [['MULTI'], ['CLUSTER', 'DELSLOTS', words], ['CLUSTER', 'ADDSLOTS', words], ...(clears ? [['CLUSTER', 'SETSLOT', words, 'STABLE']] : []), ['CLUSTER', 'BUMPEPOCH']];
  for (const argv of queued) if (!(yield* node.tell(argv)) && argv[0] === 'MULTI') return false;
  const reply = yield* node.ask(['EXEC']);
  if (!node.isFine(reply)) return false;
  const added = itemsOf(reply)[1];
  // That the slot was nobody's before is as good; only ADDSLOTS has to work.
  if (added?.type === 'error') node.printError(added.text);
  return added?.type !== 'error';
}

function* withMostKeys(nodes: readonly ClusterNode[], slot: number): Task<ClusterNode | undefined> {
  let best: ClusterNode | undefined;
  let most = 0;
  for (const node of nodes) {
    if (node.isReplica) continue;
    const count = yield* node.countKeys(slot);
    if (count === undefined) return undefined;
    if (best === undefined || count > most) [best, most] = [node, count];
  }
  return best;
}

/** What is known about an open slot. */
interface OpenAt {
  owner: ClusterNode | undefined;
  owners: ClusterNode[];
  migrating: ClusterNode[];
  importing: ClusterNode[];
}

export function* fixOpenSlot(cluster: Cluster, slot: number): Task<boolean> {
  const { report } = cluster;
  refuseWithoutMasters(cluster, 'open slots');
  report.info(`>>> Fixing open slot ${slot}\n`);
  const open = yield* findOpen(cluster, slot);
  if (open === undefined) return false;
  const told = { migrating: addresses(open.migrating), importing: addresses(open.importing) };
  if (told.migrating !== '') report.print(`Set as migrating in: ${told.migrating}\n`);
  if (told.importing !== '') report.print(`Set as importing in: ${told.importing}\n`);
  const owner = open.owner ?? (yield* chooseOwner(cluster, slot, open));
  if (owner === undefined) return false;
  if (open.owners.length > 1 && !(yield* leaveOneOwner(cluster, slot, owner, open))) return false;
  return yield* closeSlot(cluster, slot, owner, open, told);
}

const addresses = (nodes: readonly ClusterNode[]): Bytes => nodes.map((node) => node.address).join(',');

/** Who owns the slot, or has keys of it, and where it is open. */
function* findOpen(cluster: Cluster, slot: number): Task<OpenAt | undefined> {
  const { report } = cluster;
  const open: OpenAt = { owner: undefined, owners: [], migrating: [], importing: [] };
  for (const node of cluster.masters) {
    if (node.slots.has(slot)) {
      open.owners.push(node);
      continue;
    }
    const count = yield* node.countKeys(slot);
    if (count === undefined) return undefined;
    if (count === 0) continue;
    report.warn(`*** Found keys about slot ${slot} in non-owner node ${node.address}!\n`);
    open.owners.push(node);
  }
  if (open.owners.length === 1) open.owner = open.owners[0];
  for (const node of cluster.masters) {
    const migrates = node.migrating.some((each) => each.slot === slot);
    const imports = !migrates && node.importing.some((each) => each.slot === slot);
    if (migrates) open.migrating.push(node);
    else if (imports) open.importing.push(node);
    else if (node !== open.owner) {
      const count = yield* node.countKeys(slot);
      if (count === undefined) return undefined;
      if (count === 0) continue;
      report.warn(`*** Found keys about slot ${slot} in node ${node.address}!\n`);
      open.importing.push(node);
    }
  }
  return open;
}

/** Without a single owner, the node with most keys becomes it. */
function* chooseOwner(cluster: Cluster, slot: number, open: OpenAt): Task<ClusterNode | undefined> {
  const { report } = cluster;
  report.info('>>> No single clear owner for the slot, selecting an owner by # of keys...\n');
  const owner = yield* withMostKeys(cluster.nodes, slot);
  if (owner === undefined) {
    report.error("[ERR] Can't select a slot owner. Impossible to fix.\n");
    return undefined;
  }
  report.warn(`*** Configuring ${owner.address} as the slot owner\n`);
  if (!(yield* clearSlot(owner, slot)) || !(yield* takeSlot(owner, slot, false))) return undefined;
  owner.slots.add(slot);
  open.migrating = open.migrating.filter((node) => node !== owner);
  open.importing = open.importing.filter((node) => node !== owner);
  return owner;
}

/** The other owners become nodes that import the slot, which one of the usual cases then closes. */
function* leaveOneOwner(cluster: Cluster, slot: number, owner: ClusterNode, open: OpenAt): Task<boolean> {
  for (const node of open.owners) {
    if (node === owner) continue;
    if (!(yield* deleteSlot(cluster, node, slot))) return false;
    node.slots.delete(slot);
    if (!(yield* tellSlot(node, owner, slot, 'node')) || !(yield* tellSlot(node, owner, slot, 'importing'))) return false;
    open.importing = [...open.importing.filter((each) => each !== node), node];
    open.migrating = open.migrating.filter((each) => each !== node);
  }
  return true;
}

const MOVE = { dots: true, repairs: true } as const;

function* closeSlot(cluster: Cluster, slot: number, owner: ClusterNode, { migrating, importing }: OpenAt, told: { migrating: Bytes; importing: Bytes }): Task<boolean> {
  const { report } = cluster;
  const [source] = migrating;
  const [target] = importing;
  if (source !== undefined && target !== undefined && migrating.length === 1 && importing.length === 1) {
    report.info(`>>> Case 1: Moving slot ${slot} from ${source.address} to ${target.address}\n`);
    return (yield* moveSlot(cluster, source, target, slot, { ...MOVE, updates: true })) === undefined;
  }
  if (migrating.length === 0 && importing.length > 0) {
    report.info(`>>> Case 2: Moving all the ${slot} slot keys to its owner ${owner.address}\n`);
    return yield* gatherKeys(cluster, slot, owner, importing);
  }
  if (source !== undefined && migrating.length === 1 && importing.length > 1) {
    const closed = yield* closeUnused(cluster, slot, source, importing);
    if (closed !== undefined) return closed;
  } else if (source !== undefined && migrating.length === 1 && importing.length === 0) {
    const keys = owner === source ? [] : yield* source.keysIn(slot, 10);
    if (keys === undefined) return false;
    if (keys.length === 0) {
      report.info(`>>> Case 4: Closing slot ${slot} on ${source.address}\n`);
      return yield* clearSlot(source, slot);
    }
  }
  report.error(
    `[ERR] Sorry, redis-cli can't fix this slot yet (work in progress). Slot is set as migrating in ${told.migrating}, as importing in ${told.importing}, owner is ${owner.address}\n`,
  );
  return false;
}

/** Several nodes have keys of the slot and none gives it away: the owner gets them. */
function* gatherKeys(cluster: Cluster, slot: number, owner: ClusterNode, importing: readonly ClusterNode[]): Task<boolean> {
  for (const node of importing) {
    if (node === owner) continue;
    if ((yield* moveSlot(cluster, node, owner, slot, { ...MOVE, cold: true })) !== undefined) return false;
    cluster.report.info(`>>> Setting ${slot} as STABLE in ${node.address}\n`);
    if (!(yield* clearSlot(node, slot))) return false;
  }
  for (const node of cluster.masters) if (node !== owner && !(yield* tellSlot(node, owner, slot, 'NODE'))) return false;
  return true;
}

/** One node gives the slot away and several without a key import it; undefined when one of those has keys. */
function* closeUnused(cluster: Cluster, slot: number, source: ClusterNode, importing: readonly ClusterNode[]): Task<boolean | undefined> {
  const { report } = cluster;
  const targetId = source.migrating.find((each) => each.slot === slot)?.node;
  let target: ClusterNode | undefined;
  for (const node of importing) {
    if (((yield* node.countKeys(slot)) ?? 0) > 0) return undefined;
    if (node.name === targetId) target = node;
  }
  if (target === undefined) {
    report.info(`>>> Case 3: Closing slot ${slot} on both migrating and importing nodes.\n`);
    if (!(yield* clearSlot(source, slot))) return false;
  } else {
    report.info(`>>> Case 3: Moving slot ${slot} from ${source.address} to ${target.address} and closing it on all the other importing nodes.\n`);
    if ((yield* moveSlot(cluster, source, target, slot, MOVE)) !== undefined) return false;
  }
  for (const node of importing) if (node !== target && !(yield* clearSlot(node, slot))) return false;
  return true;
}

/** Gives slots that nobody owns to somebody. How many were given; −1 after an error. */
export function* fixCoverage(cluster: Cluster, covered: ReadonlySet<number>): Task<number> {
  const { report } = cluster;
  refuseWithoutMasters(cluster, 'slots coverage');
  report.info('>>> Fixing slots coverage...\n');
  const holders = new Map<number, ClusterNode[]>();
  for (let slot = 0; slot < SLOTS; slot++) {
    if (covered.has(slot)) continue;
    const nodes: ClusterNode[] = [];
    for (const node of cluster.masters) {
      const keys = yield* node.keysIn(slot, 1);
      if (keys === undefined) return -1;
      if (keys.length > 0) nodes.push(node);
    }
    holders.set(slot, nodes);
  }
  const having = (fits: (count: number) => boolean): number[] => [...holders].filter(([, nodes]) => fits(nodes.length)).map(([slot]) => slot);
  let fixed = 0;
  const groups: readonly [number[], Bytes, Bytes, (slot: number) => Task<boolean>][] = [
    [having((count) => count === 0), 'have no keys across the cluster', 'Fix these slots by covering with a random node?', (slot) => cover(cluster, slot, randomMaster(cluster))],
    [having((count) => count === 1), 'have keys in just one node', 'Fix these slots by covering with those nodes?', (slot) => cover(cluster, slot, holders.get(slot)?.[0])],
    [having((count) => count > 1), 'have keys in multiple nodes', 'Fix these slots by moving keys into a single node?', (slot) => moveTogether(cluster, slot, holders.get(slot) ?? [])],
  ];
  for (const [slots, what, question, fix] of groups) {
    if (slots.length === 0) continue;
    report.print(`The following uncovered slots ${what}:\n${listOf(slots)}\n`);
    if (!(yield* report.accepts(question))) continue;
    for (const slot of slots) {
      if (!(yield* fix(slot))) return -1;
      fixed++;
    }
  }
  return fixed;
}

const listOf = (slots: readonly number[]): Bytes => rangesOf(slots).map(([first, last]) => (first === last ? `[${first}]` : `[${first}-${last}]`)).join(',');

function randomMaster({ masters, around: { process } }: Cluster): ClusterNode | undefined {
  return masters[process.env.random.below(masters.length)];
}

function* cover({ report }: Cluster, slot: number, node: ClusterNode | undefined): Task<boolean> {
  if (node === undefined) return false;
  report.info(`>>> Covering slot ${slot} with ${node.address}\n`);
  if (!(yield* takeSlot(node, slot, false))) return false;
  node.slots.add(slot);
  return true;
}

function* moveTogether(cluster: Cluster, slot: number, nodes: readonly ClusterNode[]): Task<boolean> {
  const target = yield* withMostKeys(nodes, slot);
  if (target === undefined) return false;
  cluster.report.info(`>>> Covering slot ${slot} moving keys to ${target.address}\n`);
  if (!(yield* takeSlot(target, slot, true))) return false;
  target.slots.add(slot);
  for (const source of nodes) {
    if (source === target) continue;
    // Importing although keys leave it: else MIGRATE there would be redirected.
    if (!(yield* tellSlot(source, target, slot, 'NODE')) || !(yield* tellSlot(source, target, slot, 'IMPORTING'))) return false;
    if ((yield* moveSlot(cluster, source, target, slot, { ...MOVE, cold: true })) !== undefined) return false;
    if (!(yield* clearSlot(source, slot))) return false;
  }
  return true;
}

export function* fixMultipleOwners(cluster: Cluster, slot: number, owners: readonly ClusterNode[]): Task<boolean> {
  const { report } = cluster;
  report.info(`>>> Fixing multiple owners for slot ${slot}...\n`);
  const owner = (yield* withMostKeys(owners, slot)) ?? owners[0];
  if (owner === undefined) return false;
  report.info(`>>> Setting slot ${slot} owner: ${owner.address}\n`);
  if (!(yield* takeSlot(owner, slot, false))) return false;
  for (const node of cluster.masters) {
    if (node === owner) continue;
    const count = yield* node.countKeys(slot);
    if (count === undefined) return false;
    yield* deleteSlot(cluster, node, slot);
    if (!(yield* tellSlot(node, owner, slot, 'node'))) return false;
    if (count > 0 && (yield* moveSlot(cluster, node, owner, slot, { ...MOVE, cold: true })) !== undefined) return false;
  }
  return true;
}
