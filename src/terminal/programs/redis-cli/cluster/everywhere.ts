/* call, set-timeout, backup and import: something is done at every node, or with every key. */
import { type Bytes, isDiskError, keyHashSlot } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import { formatReply } from '../format-reply.ts';
import { fetchRdb } from '../rdb.ts';
import { checkCluster } from './check.ts';
import type { Cluster } from './cluster.ts';
import { ClusterNode, itemsOf, parseAddress, textOf } from './node.ts';
import { integer } from './options.ts';

const SHORTEST_TIMEOUT_MS = 100;

export function* call(cluster: Cluster, [address = '', ...argv]: readonly Bytes[]): Task<boolean> {
  const { report, wanted } = cluster;
  if (!(yield* cluster.load([address]))) return false;
  report.info('>>> Calling');
  report.print(`${argv.map((word) => ` ${word}`).join('')}\n`);
  for (const node of cluster.nodes) {
    if (node.replicate === undefined ? wanted.onlyReplicas : wanted.onlyMasters) continue;
    const reply = yield* node.ask(argv);
    report.print(`${node.address}: ${reply === undefined ? 'Failed!' : formatReply(reply, 'raw', { element: '\n', reply: '' })}\n`);
  }
  return true;
}

export function* setTimeout(cluster: Cluster, [address = '', text = '']: readonly Bytes[]): Task<boolean> {
  const { report } = cluster;
  const timeoutMs = integer(text);
  const known = cluster.nodeNamed([address]);
  if (known === undefined) return false;
  if (timeoutMs < SHORTEST_TIMEOUT_MS) {
    report.complain('Setting a node timeout of less than 100 milliseconds is a bad idea.\n');
    return false;
  }
  if (!(yield* cluster.loadFrom(known))) return false;
  report.info('>>> Reconfiguring node timeout in every cluster node...\n');
  let [fine, failed] = [0, 0];
  for (const node of cluster.nodes) {
    let problem: Bytes | undefined;
    for (const argv of [['CONFIG', 'SET', 'cluster-node-timeout', String(timeoutMs)], ['CONFIG', 'REWRITE']]) {
      const reply = problem === undefined ? yield* node.ask(argv) : undefined;
      if (reply === undefined) problem ??= '';
      else if (reply.type === 'error') problem = reply.text;
    }
    if (problem === undefined) {
      report.warn(`*** New timeout set for node ${node.address}.\n`);
      fine++;
    } else {
      report.error(`ERR setting node-timeout for ${node.address}: ${problem}\n`);
      failed++;
    }
  }
  report.info(`>>> New node timeout set. ${fine} OK, ${failed} ERR.\n`);
  return true;
}

export function* backup(cluster: Cluster, [address = '', directory = '']: readonly Bytes[]): Task<boolean> {
  const { report, around } = cluster;
  if (!(yield* cluster.load([address]))) return false;
  const isFine = yield* checkCluster(cluster);
  const folder = directory.endsWith('/') ? directory : `${directory}/`;
  const described: Bytes[] = [];
  for (const node of cluster.nodes) {
    described.push(inJson(node, isFine ? 0 : report.problems.length));
    if (node.replicate !== undefined) continue;
    report.info(`>>> Node ${node.address} -> Saving RDB...\n`);
    if (!(yield* fetchRdb(around, node.address, `${folder}redis-node-${node.host}-${node.port}-${node.name}.rdb`))) return false;
  }
  const path = `${folder}nodes.json`;
  report.info(`Saving cluster configuration to: ${path}\n`);
  if (isDiskError(around.process.env.disk.write(around.process.resolve(path), `[\n${described.join(',\n')}\n]`))) {
    report.error(`Could not save nodes to: ${path}\n`);
    report.error('[ERR] Failed to back cluster!\n');
    return false;
  }
  if (!isFine) report.warn("*** Cluster seems to have some problems, please be aware of it if you're going to restore this backup.\n");
  report.success(`[OK] Backup created into: ${directory}\n`);
  return true;
}

function inJson(node: ClusterNode, problems: number): Bytes {
  const open = (slots: ClusterNode['migrating']): Bytes => slots.map((each) => `"${each.slot}": "${each.node}"`).join(',');
  const fields: [string, Bytes][] = [
    ['name', `"${node.name}"`], ['host', `"${node.host}"`], ['port', String(node.port)], ['replicate', node.replicate === undefined ? 'null' : `"${node.replicate}"`],
    ['slots', `[${node.slotsText().replaceAll('-', ',')}]`], ['slots_count', String(node.slotsCount)], ['flags', `"${node.flagsText()}"`], ['current_epoch', String(node.epoch)],
  ];
  if (problems > 0) fields.push(['cluster_errors', String(problems)]);
  if (node.migrating.length > 0) fields.push(['migrating', `{${open(node.migrating)}}`]);
  if (node.importing.length > 0) fields.push(['importing', `{${open(node.importing)}}`]);
  return `  {\n${fields.map(([name, value]) => `    "${name}": ${value}`).join(',\n')}\n  }`;
}

export function* importKeys(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  const { report, wanted, around } = cluster;
  const known = cluster.nodeNamed(words);
  if (known === undefined) return false;
  const from = wanted.from === undefined ? undefined : parseAddress(wanted.from);
  if (from === undefined || from.host === '' || from.port === 0) {
    report.complain(wanted.from === undefined ? "[ERR] Option '--cluster-from' is required for subcommand 'import'.\n" : '[ERR] Invalid --cluster-from host. You need to pass a valid address (ie. 120.0.0.1:7000).\n');
    return false;
  }
  const { fromUser: user, fromPassword: password } = wanted;
  const source = new ClusterNode({ ...around, options: { ...around.options, user, password } }, from.host, from.port);
  report.info(`>>> Importing data from ${source.address} to cluster ${known.address}\n`);
  if (!(yield* cluster.loadFrom(known)) || !(yield* checkCluster(cluster)) || !(yield* source.connect('.'))) return false;
  const complain = (text: Bytes): false => {
    report.error(`Source ${source.address} replied with error:\n${text}\n`);
    return false;
  };
  const info = yield* source.field(['INFO'], 'cluster_enabled');
  if ('error' in info) return info.error === undefined ? false : complain(info.error);
  if (info.value !== 0) {
    report.error('[ERR] The source node should not be a cluster node.\n');
    return false;
  }
  const size = yield* source.ask(['DBSIZE']);
  if (size?.type !== 'integer') return complain(textOf(size));
  report.warn(`*** Importing ${size.value} keys from DB 0\n`);
  const owners = new Map<number, ClusterNode>();
  for (const node of cluster.masters) for (const slot of node.slots) owners.set(slot, node);
  for (let cursor = '0'; ; ) {
    const reply = yield* source.ask(['SCAN', cursor, 'COUNT', '1000']);
    if (reply?.type !== 'array') return complain(textOf(reply));
    for (const key of itemsOf(reply.items[1]).map(textOf)) {
      const target = owners.get(keyHashSlot(key));
      if (target === undefined) return false;
      report.print(`Migrating ${key} to ${target.address}: `);
      const answer = yield* source.ask(migrateOne(cluster, target, key));
      if (answer === undefined) return false;
      if (answer.type === 'error') return complain(answer.text);
      report.success('OK\n');
    }
    cursor = textOf(reply.items[0]);
    if (cursor === '0') return true;
  }
}

function migrateOne({ wanted, around: { options: { user, password } } }: Cluster, target: ClusterNode, key: Bytes): Bytes[] {
  const login = password === undefined ? [] : user === undefined ? ['AUTH', password] : ['AUTH2', user, password];
  return ['MIGRATE', target.host, String(target.port), key, '0', String(wanted.timeoutMs), ...login, ...(wanted.copy ? ['COPY'] : []), ...(wanted.replace ? ['REPLACE'] : [])];
}
