/*
 * reshard and rebalance
 * ---------------------
 * Who gives how many slots to whom: asked of the user, or computed from weights.
 */
import { type Bytes, parseDouble } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import { checkCluster } from './check.ts';
import { type Cluster, ToolEnds } from './cluster.ts';
import { type ClusterNode, SLOTS } from './node.ts';
import { integer } from './options.ts';
import { moveSlot, planMoves } from './slots.ts';

const LONGEST_NUMBER = 6;
const LONGEST_LINE = 255;

export function* reshard(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  const { report, wanted } = cluster;
  if (!(yield* cluster.load(words))) return false;
  yield* checkCluster(cluster);
  if (report.problems.length > 0) {
    report.complain('*** Please fix your cluster problems before resharding\n');
    return false;
  }
  const count = yield* askCount(cluster);
  const target = master(cluster, wanted.to ?? (yield* askTarget(cluster)));
  if (target === undefined) return false;
  const sources = wanted.from === undefined ? yield* askSources(cluster, target) : namedSources(cluster, target, wanted.from.split(','));
  if (sources === undefined) return false;
  if (sources.length === 0) {
    report.complain('*** No source nodes given, operation aborted.\n');
    return false;
  }
  report.print(`\nReady to move ${count} slots.\n  Source nodes:\n`);
  for (const source of sources) report.print(`${source.describe(4)}\n`);
  report.print(`  Destination node:\n${target.describe(4)}\n  Resharding plan:\n`);
  const plan = planMoves(sources, count);
  for (const { source, slot } of plan) report.print(`    Moving slot ${slot} from ${source.name}\n`);
  if (!wanted.yes) {
    report.print('Do you want to proceed with the proposed reshard plan (yes/no)? ');
    if (!(yield* report.isYes())) return false;
  }
  for (const { source, slot } of plan) {
    const problem = yield* moveSlot(cluster, source, target, slot, { dots: true });
    if (problem === undefined) continue;
    if (problem !== '') report.error(`clusterManagerMoveSlot failed: ${problem}\n`);
    return false;
  }
  return true;
}

/** The real tool asks for ever when its input has ended; here that is the end of the tool. */
function orEnd<T>(answer: T | undefined): T {
  if (answer === undefined) throw new ToolEnds();
  return answer;
}

function* askCount({ report, wanted }: Cluster): Task<number> {
  let count = wanted.slots;
  while (count <= 0 || count > SLOTS) {
    // A number that was given on the command line is not looked at, save for zero.
    if (wanted.slots !== 0) return count;
    count = integer(orEnd(yield* report.answer(`How many slots do you want to move (from 1 to ${SLOTS})? `, LONGEST_NUMBER)));
  }
  return count;
}

function* askTarget({ report }: Cluster): Task<Bytes> {
  for (;;) {
    const id = orEnd(yield* report.answer('What is the receiving node ID? ', LONGEST_LINE));
    if (id !== '') return id;
  }
}

function master(cluster: Cluster, id: Bytes): ClusterNode | undefined {
  const node = cluster.byName(id);
  if (node !== undefined && !node.isReplica) return node;
  cluster.report.error(`*** The specified node (${id}) is not known or not a master, please retry.\n`);
  return undefined;
}

/** Adds the master with this id; false when there is none. */
function addSource(cluster: Cluster, sources: ClusterNode[], target: ClusterNode, id: Bytes): boolean {
  const source = master(cluster, id);
  if (source === undefined) return false;
  if (source === target) cluster.report.error('*** It is not possible to use the target node as source node.\n');
  else sources.push(source);
  return true;
}

const allBut = ({ nodes }: Cluster, target: ClusterNode): ClusterNode[] => nodes.filter((node) => !node.isReplica && node.replicate === undefined && node !== target);

function* askSources(cluster: Cluster, target: ClusterNode): Task<ClusterNode[] | undefined> {
  const { report } = cluster;
  const sources: ClusterNode[] = [];
  report.print("Please enter all the source node IDs.\n  Type 'all' to use all the nodes as source nodes for the hash slots.\n  Type 'done' once you entered all the source nodes IDs.\n");
  for (;;) {
    const id = orEnd(yield* report.answer(`Source node #${sources.length + 1}: `, LONGEST_LINE));
    if (id === 'done') return sources;
    if (id === 'all') return allBut(cluster, target);
    if (!addSource(cluster, sources, target, id)) return undefined;
  }
}

function namedSources(cluster: Cluster, target: ClusterNode, ids: readonly Bytes[]): ClusterNode[] | undefined {
  const sources: ClusterNode[] = [];
  for (const [i, id] of ids.entries()) {
    if (id === 'all') return allBut(cluster, target);
    if (id === '' && i === ids.length - 1) continue;
    if (!addSource(cluster, sources, target, id)) return undefined;
  }
  return sources;
}

export function* rebalance(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  const { report, wanted, around } = cluster;
  if (!(yield* cluster.load(words)) || !takeWeights(cluster)) return false;
  const involved: ClusterNode[] = [];
  let totalWeight = 0;
  for (const node of cluster.nodes) {
    if (node.isReplica || node.replicate !== undefined) continue;
    if (!wanted.useEmptyMasters && node.slotsCount === 0) {
      node.weight = 0;
      continue;
    }
    totalWeight = Math.fround(totalWeight + node.weight);
    involved.push(node);
  }
  yield* checkCluster(cluster, { quiet: true });
  if (report.problems.length > 0) {
    report.error('*** Please fix your cluster problems before rebalancing\n');
    return false;
  }
  if (!computeBalance(involved, totalWeight, wanted.threshold)) {
    report.warn(`*** No rebalancing needed! All nodes are within the ${wanted.threshold.toFixed(2)}% threshold.\n`);
    return true;
  }
  const sorted = [...involved].sort((a, b) => a.balance - b.balance);
  report.info(`>>> Rebalancing across ${involved.length} nodes. Total weight = ${totalWeight.toFixed(2)}\n`);
  if (around.options.verbose) for (const node of sorted) report.print(`${node.address} balance is ${node.balance} slots\n`);
  let [to, from] = [0, sorted.length - 1];
  while (to < from) {
    const [target, source] = [sorted[to], sorted[from]] as [ClusterNode, ClusterNode];
    const count = Math.min(Math.abs(target.balance), Math.abs(source.balance));
    if (count > 0 && !(yield* moveMany(cluster, source, target, count))) return false;
    target.balance += count;
    source.balance -= count;
    if (target.balance === 0) to++;
    if (source.balance === 0) from--;
  }
  return true;
}

/** `--cluster-weight id=2`: the id may be cut short. */
function takeWeights({ wanted, nodes, report }: Cluster): boolean {
  for (const text of wanted.weights) {
    const sign = text.indexOf('=');
    const name = text.slice(0, sign);
    const node = nodes.find((each) => !each.isReplica && each.name.startsWith(name.toLowerCase()));
    if (node === undefined) {
      report.error(`*** No such master node ${name}\n`);
      return false;
    }
    node.weight = Math.fround(parseDouble(text.slice(sign + 1)) ?? 0);
  }
  return true;
}

/** Notes at each node how many slots it has too many; whether one is further off than the threshold. */
function computeBalance(nodes: readonly ClusterNode[], totalWeight: number, threshold: number): boolean {
  let isOff = false;
  let total = 0;
  for (const node of nodes) {
    const expected = Math.trunc(Math.fround(Math.fround(SLOTS / totalWeight) * node.weight));
    node.balance = node.slotsCount - expected;
    total += node.balance;
    if (threshold <= 0) continue;
    isOff ||= node.slotsCount > 0 ? Math.fround(Math.abs(100 - (100 * expected) / node.slotsCount)) > threshold : expected > 1;
  }
  // What rounding has left over goes to those that get slots.
  while (total > 0) {
    for (const node of nodes) {
      if (node.balance > 0 || total === 0) continue;
      node.balance--;
      total--;
    }
  }
  return isOff;
}

function* moveMany(cluster: Cluster, source: ClusterNode, target: ClusterNode, count: number): Task<boolean> {
  const { report, wanted } = cluster;
  report.print(`Moving ${count} slots from ${source.address} to ${target.address}\n`);
  const plan = planMoves([source], count);
  if (plan.length !== count) {
    report.error('*** Assertion failed: Reshard table != number of slots\n');
    return false;
  }
  for (const { slot } of plan) {
    const problem = wanted.simulate ? undefined : yield* moveSlot(cluster, source, target, slot, { quiet: true, updates: true });
    if (problem !== undefined) {
      report.error(`*** clusterManagerMoveSlot: ${problem}\n`);
      return false;
    }
    report.print('#');
  }
  report.print('\n');
  return true;
}
