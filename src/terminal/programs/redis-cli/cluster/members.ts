/* add-node and del-node: members come and go. */
import type { Bytes } from '../../../../engine/index.ts';
import { pause, type Task } from '../../task.ts';
import { checkCluster } from './check.ts';
import type { Cluster } from './cluster.ts';
import { meetCommand, waitForJoin } from './create.ts';
import { type ClusterNode, itemsOf, textOf } from './node.ts';

export function* addNode(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  const { report, wanted, around: { process } } = cluster;
  const known = cluster.nodeNamed(words.slice(1));
  const node = known === undefined ? undefined : cluster.nodeNamed(words.slice(0, 1));
  if (known === undefined || node === undefined) return false;
  report.info(`>>> Adding node ${node.address} to cluster ${known.address}\n`);
  if (!(yield* cluster.loadFrom(known)) || !(yield* checkCluster(cluster))) return false;
  const master = wanted.asReplica ? masterFor(cluster) : undefined;
  if (wanted.asReplica && master === undefined) return false;
  if (!(yield* node.connect())) {
    report.error(`[ERR] Sorry, can't connect to node ${node.address}\n`);
    return false;
  }
  if (!(yield* cluster.isClusterNode(node))) return false;
  const loaded = yield* node.loadInfo();
  if ('error' in loaded) {
    if (loaded.error !== undefined) node.printError(loaded.error);
    return false;
  }
  if (!(yield* cluster.isEmptyNode(node))) return false;
  const [first] = cluster.nodes as [ClusterNode];
  cluster.nodes.push(node);
  if (master === undefined && !(yield* copyFunctions(cluster, known, node))) return false;
  report.info(`>>> Send CLUSTER MEET to node ${node.address} to make it join the cluster.\n`);
  if (!(yield* node.tell(meetCommand(first)))) return false;
  if (master !== undefined) {
    yield* pause(process, 1e6, 'redis-cli waits for the cluster');
    yield* waitForJoin(cluster);
    report.info(`>>> Configure node as replica of ${master.address}.\n`);
    if (!(yield* node.tell(['CLUSTER', 'REPLICATE', master.name]))) return false;
  }
  report.success('[OK] New node added correctly.\n');
  return true;
}

function masterFor(cluster: Cluster): ClusterNode | undefined {
  const { masterId } = cluster.wanted;
  if (masterId !== undefined) {
    const master = cluster.byName(masterId);
    if (master === undefined) cluster.report.error(`[ERR] No such master ID ${masterId}\n`);
    return master;
  }
  const master = cluster.leastReplicated();
  if (master !== undefined) cluster.report.print(`Automatically selected master ${master.address}\n`);
  return master;
}

/** A master answers for slots with functions: a new one must have those that all have. */
function* copyFunctions({ report }: Cluster, from: ClusterNode, to: ClusterNode): Task<boolean> {
  report.info('>>> Getting functions from cluster\n');
  const dump = yield* from.ask(['FUNCTION', 'DUMP']);
  if (dump === undefined || dump.type === 'error') {
    report.info(`>>> Failed retrieving Functions from the cluster, skip this step as Redis version do not support function command (error = '${dump?.text ?? 'NULL reply'}')\n`);
    return true;
  }
  report.info(`>>> Send FUNCTION LIST to ${to.address} to verify there is no functions in it\n`);
  const list = yield* to.ask(['FUNCTION', 'LIST']);
  if (list === undefined || list.type === 'error') {
    report.error(`>>> Failed on CLUSTER NODES: ${list?.text ?? 'NULL reply'}\n`);
    return false;
  }
  if (itemsOf(list).length > 0) {
    report.error('>>> New node already contains functions and can not be added to the cluster. Use FUNCTION FLUSH and try again.\n');
    return false;
  }
  report.info(`>>> Send FUNCTION RESTORE to ${to.address}\n`);
  return yield* to.tell(['FUNCTION', 'RESTORE', textOf(dump)]);
}

export function* deleteNode(cluster: Cluster, [address = '', id = '']: readonly Bytes[]): Task<boolean> {
  const { report } = cluster;
  const known = cluster.nodeNamed([address]);
  if (known === undefined) return false;
  report.info(`>>> Removing node ${id} from cluster ${known.address}\n`);
  if (!(yield* cluster.loadFrom(known))) return false;
  const node = cluster.byName(id);
  if (node === undefined) {
    report.error(`[ERR] No such node ID ${id}\n`);
    return false;
  }
  if (node.slotsCount !== 0) {
    report.error(`[ERR] Node ${node.address} is not empty! Reshard data away and try again.\n`);
    return false;
  }
  report.info('>>> Sending CLUSTER FORGET messages to the cluster...\n');
  for (const each of cluster.nodes) {
    if (each === node) continue;
    if (each.replicate?.toLowerCase() === id.toLowerCase()) {
      const master = cluster.leastReplicated();
      if (master === undefined) return false;
      report.info(`>>> ${each.address} as replica of ${master.address}\n`);
      if (!(yield* each.tell(['CLUSTER', 'REPLICATE', master.name]))) return false;
    }
    if (!(yield* each.tell(['CLUSTER', 'FORGET', id]))) return false;
  }
  report.info('>>> Sending CLUSTER RESET SOFT to the deleted node.\n');
  return yield* node.tell(['CLUSTER', 'RESET', 'SOFT']);
}
