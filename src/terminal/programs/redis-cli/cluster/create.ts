/*
 * create
 * ------
 * Slots are dealt out in equal runs, replicas to masters on other machines where there are such, the user agrees, and
 * the nodes are told: slots first, an epoch each, whom to meet; replicas once everybody knows everybody.
 */
import type { Bytes } from '../../../../engine/index.ts';
import { pause, type Task } from '../../task.ts';
import type { Cluster } from './cluster.ts';
import { checkCluster } from './check.ts';
import { ClusterNode, parseAddress, SLOTS } from './node.ts';

const LEAST_MASTERS = 3;
/** Looks at the configuration before it is said which links are missing. */
const JOIN_LOOKS = 20;

/** Nodes of one machine. */
type Machine = readonly ClusterNode[];

export function* create(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  const { report, wanted, around } = cluster;
  for (const word of words) {
    const address = parseAddress(word);
    if (address === undefined) {
      report.complain(`Invalid address format: ${word}\n`);
      return false;
    }
    const node = new ClusterNode(around, address.host, address.port);
    if (!(yield* node.connect()) || !(yield* cluster.isClusterNode(node))) return false;
    const loaded = yield* node.loadInfo();
    if ('error' in loaded) {
      if (loaded.error !== undefined) node.printError(loaded.error);
      return false;
    }
    if (!(yield* cluster.isEmptyNode(node))) return false;
    cluster.nodes.push(node);
  }
  const count = cluster.nodes.length;
  const masterCount = Math.floor(count / (wanted.replicas + 1));
  if (masterCount < LEAST_MASTERS) {
    report.error(
      `*** ERROR: Invalid configuration for cluster creation.\n*** Redis Cluster requires at least ${LEAST_MASTERS} master nodes.\n*** This is not possible with ${count} nodes and ${wanted.replicas} replicas per node.`,
    );
    report.error(`\n*** At least ${LEAST_MASTERS * (wanted.replicas + 1)} nodes are required.\n`);
    return false;
  }
  report.info(`>>> Performing hash slots allocation on ${count} nodes...\n`);
  const machines = machinesOf(cluster.nodes);
  const dealt = interleaved(machines);
  const masters = dealt.slice(0, masterCount);
  dealSlots(cluster, masters);
  dealReplicas(cluster, masters, dealt.slice(masterCount));
  spreadReplicas(cluster, machines);
  cluster.showNodes();
  if (!wanted.yes && !(yield* report.accepts('Can I set the above configuration?'))) return true;
  return yield* apply(cluster);
}

function machinesOf(nodes: readonly ClusterNode[]): Machine[] {
  const machines = new Map<Bytes, ClusterNode[]>();
  for (const node of nodes) machines.set(node.host, [...(machines.get(node.host) ?? []), node]);
  return [...machines.values()];
}

/** One of each machine in turn. */
function interleaved(machines: readonly Machine[]): ClusterNode[] {
  const longest = Math.max(...machines.map((machine) => machine.length));
  return Array.from({ length: longest }, (_, i) => machines.flatMap((machine) => machine[i] ?? [])).flat();
}

function dealSlots({ report }: Cluster, masters: readonly ClusterNode[]): void {
  const share = Math.fround(SLOTS / masters.length);
  let first = 0;
  let cursor = 0;
  for (const [i, master] of masters.entries()) {
    // In single precision, as the real tool: only so the same slots fall to the same node.
    let last = Math.round(Math.fround(Math.fround(cursor + share) - 1));
    if (last > SLOTS || i === masters.length - 1) last = SLOTS - 1;
    if (last < first) last = first;
    report.print(`Master[${i}] -> Slots ${first} - ${last}\n`);
    for (let slot = first; slot <= last; slot++) master.slots.add(slot);
    master.slotsCount = master.slots.size;
    master.dirty = true;
    first = last + 1;
    cursor = Math.fround(cursor + share);
  }
}

function dealReplicas({ report, wanted }: Cluster, masters: readonly ClusterNode[], rest: readonly ClusterNode[]): void {
  // Turning the list by one gives a better start.
  const free = [...rest.slice(1), ...rest.slice(0, 1)];
  const deal = (master: ClusterNode): boolean => {
    const elsewhere = free.findIndex((node) => node.host !== master.host);
    const [replica] = free.splice(Math.max(0, elsewhere), 1);
    if (replica === undefined) return false;
    replica.replicate = master.name;
    replica.dirty = true;
    report.print(`Adding replica ${replica.address} to ${master.address}\n`);
    return true;
  };
  for (const master of masters) for (let i = 0; i < wanted.replicas; i++) if (!deal(master)) break;
  if (free.length === 0) return;
  report.print('Adding extra replicas...\n');
  for (const master of masters) deal(master);
}

/** How bad the spread is: ten thousand for each replica beside its master, one for each beside a sibling. And who is to blame. */
function affinity(nodes: readonly ClusterNode[], machines: readonly Machine[]): { readonly score: number; readonly offenders: ClusterNode[] } {
  let score = 0;
  const offenders: ClusterNode[] = [];
  for (const machine of machines) {
    const related = new Map<Bytes, { masters: number; count: number }>();
    for (const node of machine) {
      const key = node.replicate ?? node.name;
      const group = related.get(key) ?? { masters: 0, count: 0 };
      related.set(key, { masters: group.masters + (node.replicate === undefined ? 1 : 0), count: group.count + 1 });
    }
    for (const [name, { masters, count }] of related) {
      if (count < 2) continue;
      score += masters > 0 ? 10_000 * (count - 1) : count;
      const offender = nodes.find((node) => node.replicate === name && node.host === machine[0]?.host);
      if (offender !== undefined) offenders.push(offender);
    }
  }
  return { score, offenders };
}

/** Swaps replicas at random as long as that makes nothing worse. */
function spreadReplicas({ nodes, report, around: { process } }: Cluster, machines: readonly Machine[]): void {
  if (affinity(nodes, machines).score === 0) return;
  report.info('>>> Trying to optimize slaves allocation for anti-affinity\n');
  const { random } = process.env;
  for (let left = 500 * nodes.length; left > 0; left--) {
    const { score, offenders } = affinity(nodes, machines);
    if (score === 0 || offenders.length === 0) break;
    const first = offenders[random.below(offenders.length)] as ClusterNode;
    const others = nodes.filter((node) => node !== first && node.replicate !== undefined);
    if (others.length === 0) break;
    const second = others[random.below(others.length)] as ClusterNode;
    [first.replicate, second.replicate] = [second.replicate, first.replicate];
    if (affinity(nodes, machines).score > score) [first.replicate, second.replicate] = [second.replicate, first.replicate];
  }
  const { score } = affinity(nodes, machines);
  if (score === 0) report.success('[OK] Perfect anti-affinity obtained!\n');
  else if (score >= 10_000) report.warn('[WARNING] Some slaves are in the same host as their master\n');
  else report.warn('[WARNING] Some slaves of the same master are in the same host\n');
}

function* apply(cluster: Cluster): Task<boolean> {
  const { report, nodes, around: { process } } = cluster;
  for (const node of nodes) {
    const problem = yield* flush(node);
    // A replica cannot know its master yet.
    if (problem === undefined || node.replicate !== undefined) continue;
    node.printError(problem);
    return false;
  }
  report.info('>>> Nodes configuration updated\n');
  report.info('>>> Assign a different config epoch to each node\n');
  for (const [i, node] of nodes.entries()) yield* node.ask(['CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)]);
  report.info('>>> Sending CLUSTER MEET messages to join the cluster\n');
  const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
  for (const node of others) if (!(yield* node.tell(meetCommand(first)))) return false;
  // The join takes a moment to begin: before it all agree, on having nothing.
  yield* pause(process, 1e6, 'redis-cli waits for the cluster');
  yield* waitForJoin(cluster);
  for (const node of nodes) {
    const problem = yield* flush(node);
    if (problem === undefined || node.replicate !== undefined) continue;
    node.printError(problem);
    return false;
  }
  for (const node of others) node.close();
  if (!(yield* cluster.loadFrom(first))) return false;
  yield* checkCluster(cluster);
  return true;
}

/** Tells a node what was decided for it; the error when that did not work. */
function* flush(node: ClusterNode): Task<Bytes | undefined> {
  if (!node.dirty) return undefined;
  const argv = node.replicate === undefined ? ['CLUSTER', 'ADDSLOTS', ...[...node.slots].map(String)] : ['CLUSTER', 'REPLICATE', node.replicate];
  const reply = yield* node.ask(argv);
  const problem = reply === undefined ? '' : reply.type === 'error' ? reply.text : undefined;
  if (problem === undefined || node.replicate === undefined) node.dirty = false;
  return problem;
}

/** The port of the bus is named only where it is not the usual one. */
export function meetCommand(first: ClusterNode): Bytes[] {
  const usual = first.busPort === 0 || first.busPort === first.port + 10_000;
  return ['CLUSTER', 'MEET', first.ip, String(first.port), ...(usual ? [] : [String(first.busPort)])];
}

export function* waitForJoin(cluster: Cluster): Task<void> {
  const { report, nodes, around: { process } } = cluster;
  report.print('Waiting for the cluster to join\n');
  const patience = JOIN_LOOKS + Math.floor(nodes.length * 0.15);
  for (let looks = 0; !(yield* cluster.agrees()); ) {
    report.print('.');
    yield* pause(process, 1e6, 'redis-cli waits for the cluster');
    if (++looks <= patience) continue;
    looks = 0;
    yield* tellMissingLinks(cluster);
  }
  report.print('\n');
}

/** Nodes that others cannot reach, by their own words. */
function* tellMissingLinks({ report, nodes }: Cluster): Task<void> {
  const missing = new Map<Bytes, Bytes[]>();
  for (const node of nodes) {
    const loaded = yield* node.loadInfo();
    if ('error' in loaded) continue;
    for (const other of loaded.others) {
      if (!other.flags.some((flag) => flag === 'handshake' || flag === 'disconnected')) continue;
      const name = other.busPort === 0 ? other.address : `${other.address}@${other.busPort}`;
      missing.set(name, [...(missing.get(name) ?? []), node.address]);
    }
  }
  if (missing.size === 0) return;
  report.print('\n');
  report.error(`Warning: ${missing.size} node(s) may be unreachable\n`);
  for (const [name, from] of missing) {
    const [address = '', bus] = name.split('@');
    report.error(bus === undefined ? ` - Node ${address} may be unreachable from:\n` : ` - The port ${bus} of node ${address.slice(0, address.lastIndexOf(':'))} may be unreachable from:\n`);
    for (const each of from) report.error(`   ${each}\n`);
    report.error('Cluster bus ports must be reachable by every node.\nRemember that cluster bus ports are different from standard instance ports.\n');
  }
}
