/*
 * check and fix
 * -------------
 * Do all nodes agree about the slots? Are slots open, half moved? Is every slot somebody's? `fix` repairs what it
 * finds on the way (repair.ts).
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import type { Cluster } from './cluster.ts';
import { type ClusterNode, type OpenSlot, SLOTS } from './node.ts';
import { fixCoverage, fixMultipleOwners, fixOpenSlot } from './repair.ts';

export interface CheckOptions {
  /** The nodes are not listed. */
  readonly quiet?: boolean;
  readonly repairs?: boolean;
}

/** True when nothing was wrong, or what was wrong is repaired. */
export function* checkCluster(cluster: Cluster, { quiet = false, repairs = false }: CheckOptions = {}): Task<boolean> {
  const { report, wanted } = cluster;
  let isFine = true;
  report.info(`>>> Performing Cluster Check (using node ${cluster.nodes[0]?.address})\n`);
  if (!quiet) cluster.showNodes();
  if (yield* cluster.agrees()) report.success('[OK] All nodes agree about slots configuration.\n');
  else {
    report.problem("[ERR] Nodes don't agree about configuration!");
    isFine = false;
  }
  report.info('>>> Check for open slots...\n');
  const open = openSlots(cluster);
  if (open.length > 0) {
    isFine = false;
    report.error(`[WARNING] The following slots are open: ${open.join(',')}.\n`);
    for (const slot of repairs ? open : []) {
      isFine = yield* fixOpenSlot(cluster, slot);
      if (!isFine) break;
    }
  }
  report.info('>>> Check slots coverage...\n');
  const covered = coveredSlots(cluster.nodes);
  if (covered.size === SLOTS) report.success(`[OK] All ${SLOTS} slots covered.\n`);
  else {
    report.problem(`[ERR] Not all ${SLOTS} slots are covered by nodes.\n`);
    isFine = false;
    if (repairs && (yield* fixCoverage(cluster, covered)) > 0) isFine = true;
  }
  if (wanted.searchMultipleOwners) isFine = (yield* checkOwners(cluster, repairs)) && isFine;
  return isFine;
}

/** The open slots, each once; what is open where is told. */
function openSlots({ nodes, report }: Cluster): number[] {
  const open = new Set<number>();
  const tell = (node: ClusterNode, state: Bytes, slots: readonly OpenSlot[]): void => {
    if (slots.length === 0) return;
    report.problem(`[WARNING] Node ${node.address} has slots in ${state} state ${slots.map(({ slot }) => slot).join(',')}.`);
    for (const { slot } of slots) open.add(slot);
  };
  for (const node of nodes) {
    tell(node, 'migrating', node.migrating);
    tell(node, 'importing', node.importing);
  }
  return [...open];
}

function coveredSlots(nodes: readonly ClusterNode[]): Set<number> {
  const covered = new Set<number>();
  for (const node of nodes) for (const slot of node.slots) covered.add(slot);
  return covered;
}

/** Slots that several nodes own, or have keys of. */
function* checkOwners(cluster: Cluster, repairs: boolean): Task<boolean> {
  const { report } = cluster;
  let isFine = true;
  let found = 0;
  report.info('>>> Check for multiple slot owners...\n');
  for (let slot = 0; slot < SLOTS; slot++) {
    const owners: ClusterNode[] = [];
    for (const node of cluster.masters) {
      if (node.slots.has(slot) || ((yield* node.countKeys(slot)) ?? 0) > 0) owners.push(node);
    }
    if (owners.length <= 1) continue;
    isFine = false;
    found++;
    report.error(`[WARNING] Slot ${slot} has ${owners.length} owners:\n`);
    for (const owner of owners) report.error(`    ${owner.address}\n`);
    if (!repairs) continue;
    isFine = yield* fixMultipleOwners(cluster, slot, owners);
    if (!isFine) {
      report.error(`Failed to fix multiple owners for slot ${slot}\n`);
      break;
    }
    found--;
  }
  if (found === 0) report.success('[OK] No multiple owners found.\n');
  return isFine;
}
