/*
 * Nodes as lines of text
 * ----------------------
 *     <id> <ip>:<port>@<bus port>[,<hostname>][,<name>=<value>…] <flags> <master|-> <ping sent> <pong received> <epoch> <link> <slots…>
 *
 * CLUSTER NODES tells them so, and the file of nodes keeps them, with more behind the address and a last line
 * for what belongs to no node:
 *
 *     vars currentEpoch <n> lastVoteEpoch <n>
 */
import type { Bytes } from '../bytes.ts';
import { laterEpoch, readEpoch } from '../epoch.ts';
import { own, parseInteger } from '../bytes.ts';
import { splitArguments } from '../protocol/split-arguments.ts';
import type { Cluster } from './cluster.ts';
import { ClusterNode, FAIL, HANDSHAKE, MASTER, MYSELF, NOADDR, NOFAILOVER, PFAIL, SLAVE } from './node.ts';
import { CLUSTER_SLOTS } from './slots.ts';

/** `port` is the one that this client can use (there is no TLS here, so there is one only). */
export function nodeLine(cluster: Cluster, node: ClusterNode, isForFile = false): Bytes {
  const isMyself = node === cluster.myself;
  let place = `${node.ip}:${node.port}@${node.busPort}`;
  if (node.hostname !== '' || isForFile) place += `,${node.hostname}`;
  if (isForFile) place += `,tls-port=${node.tlsPort}${node.humanName === '' ? '' : `,nodename=${node.humanName}`},shard-id=${node.shardId}`;
  const words = [
    node.name, place, node.flagNames, node.slaveof?.name ?? '-', String(node.pingSentMs), String(node.pongReceivedMs), String(node.epoch),
    node.link !== undefined || isMyself ? 'connected' : 'disconnected',
    ...node.slots.ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)),
  ];
  if (isMyself) {
    for (let slot = 0; slot < CLUSTER_SLOTS && cluster.migrating.size + cluster.importing.size > 0; slot++) {
      const [to, from] = [cluster.migrating.get(slot), cluster.importing.get(slot)];
      if (to !== undefined) words.push(`[${slot}->-${to.name}]`);
      else if (from !== undefined) words.push(`[${slot}-<-${from.name}]`);
    }
  }
  return words.join(' ');
}

/** CLUSTER NODES. */
export function nodeLines(cluster: Cluster): Bytes {
  return [...cluster.nodes.values()].map((node) => `${nodeLine(cluster, node)}\n`).join('');
}

/** The content of the file. Nodes whose id is not known yet are not worth keeping. */
export function nodesFile(cluster: Cluster): Bytes {
  const lines = [...cluster.nodes.values()].filter((node) => !node.has(HANDSHAKE)).map((node) => `${nodeLine(cluster, node, true)}\n`);
  return `${lines.join('')}vars currentEpoch ${cluster.currentEpoch} lastVoteEpoch ${cluster.lastVoteEpoch}\n`;
}

const FLAGS: Readonly<Record<string, number>> = {
  myself: MYSELF, master: MASTER, slave: SLAVE, 'fail?': PFAIL, fail: FAIL, handshake: HANDSHAKE, noaddr: NOADDR, nofailover: NOFAILOVER, noflags: 0,
};

/** Reads the file into an empty cluster; the line that is wrong, or the last one when no line is this node's own. */
export function readNodesFile(cluster: Cluster, content: Bytes): Bytes | undefined {
  let last = '';
  for (const line of content.split('\n')) {
    if (line === '') continue;
    last = `${line}\n`;
    const words = splitArguments(line);
    if (words === undefined) return last;
    if (words[0] === 'vars' ? !readVars(cluster, words) : !readNode(cluster, words)) return last;
  }
  if (cluster.myself === undefined) return last;
  // A node that was a replica's master when the file was written may stand behind it.
  cluster.currentEpoch = laterEpoch(cluster.currentEpoch, cluster.highestEpoch());
  return undefined;
}

function readVars(cluster: Cluster, words: readonly Bytes[]): boolean {
  if (words.length % 2 === 0) return false;
  for (let at = 1; at < words.length; at += 2) {
    const value = readEpoch(words[at + 1] ?? '');
    if (words[at] === 'currentEpoch') cluster.currentEpoch = value;
    else if (words[at] === 'lastVoteEpoch') cluster.lastVoteEpoch = value;
    else cluster.server.log('notice', `Skipping unknown cluster config variable '${words[at]}'`);
  }
  return true;
}

function readNode(cluster: Cluster, words: readonly Bytes[]): boolean {
  const { server } = cluster;
  const [name, place, flags, master, pingSent, pongReceived, epoch, , ...slots] = words;
  if (name === undefined || place === undefined || flags === undefined || master === undefined || epoch === undefined || name.length !== 40) return false;
  const node = cluster.nodeNamed(own(name));
  const [address, hostname, ...attributes] = place.split(',') as [Bytes, ...Bytes[]];
  const [, ip, port, busPort] = /^(.*):(\d+)(?:@(\d+))?$/.exec(address) ?? [];
  if (ip === undefined || port === undefined) return false;
  node.ip = own(ip);
  node.port = Number(port);
  node.busPort = busPort === undefined ? node.port + 10000 : Number(busPort);
  node.hostname = own(hostname ?? '');
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=');
    const [key, value] = [attribute.slice(0, equals), own(attribute.slice(equals + 1))];
    if (equals === -1) return false;
    if (key === 'tls-port') node.tlsPort = Number(value);
    else if (key === 'nodename') node.humanName = value;
    else if (key === 'shard-id') node.shardId = value;
    else if (key !== 'tcp-port') return false;
  }
  for (const flag of flags.split(',')) {
    const bit = FLAGS[flag];
    if (bit === undefined) return false;
    node.flags |= bit;
    if (bit === MYSELF) cluster.myself = node;
    if (bit === FAIL) node.failedMs = server.nowMs;
  }
  if (master !== '-') {
    node.slaveof = cluster.nodeNamed(own(master));
    node.slaveof.addReplica(node);
    // Replicas of one master are one shard, whatever a file of an older version says.
    node.shardId = node.slaveof.shardId;
  }
  // What was on its way then is not any more, but that it was asked for stays true.
  if (Number(pingSent) > 0) node.pingSentMs = server.nowMs;
  if (Number(pongReceived) > 0) node.pongReceivedMs = server.nowMs;
  node.configEpoch = readEpoch(epoch);
  return slots.every((word) => readSlots(cluster, node, word));
}

function readSlots(cluster: Cluster, node: ClusterNode, word: Bytes): boolean {
  const open = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(word);
  if (open !== null) {
    const slot = Number(open[1]);
    (open[2] === '>' ? cluster.migrating : cluster.importing).set(slot, cluster.nodeNamed(own(open[3] as Bytes)));
    return slot < CLUSTER_SLOTS;
  }
  const [from = '', to = from] = word.split('-');
  const [first, last] = [parseInteger(from), parseInteger(to)];
  if (first === undefined || last === undefined || first < 0 || last >= CLUSTER_SLOTS) return false;
  for (let slot = Number(first); slot <= Number(last); slot++) cluster.addSlot(slot, node);
  return true;
}
