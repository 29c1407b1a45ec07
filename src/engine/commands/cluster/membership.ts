/*
 * Who is in the cluster, and as what: MEET, FORGET, REPLICATE, FAILOVER, RESET, epochs
 */
import { fold, own, parseInteger, type Bytes } from '../../bytes.ts';
import { asEpoch, laterEpoch } from '../../epoch.ts';
import { CLUSTER_PORT_INCR, type Cluster } from '../../cluster/cluster.ts';
import { ClusterNode, FAIL, HANDSHAKE, MEET } from '../../cluster/node.ts';
import { isIpAddress } from '../../ip-address.ts';
import { CommandError, NOT_AN_INTEGER, OK, status, SYNTAX_ERROR } from '../../reply.ts';
import { member, nodeArgument } from './member.ts';

const HIGHEST_PORT = 65535;

export const meet = member((cluster, argv) => {
  const [, , ip, portWord, busWord] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes?];
  if (argv.length > 5) wrongCall(argv);
  const port = parseInteger(portWord);
  if (port === undefined) throw new CommandError(`ERR Invalid base port specified: ${portWord}`);
  const busPort = busWord === undefined ? Number(port) + CLUSTER_PORT_INCR : parseInteger(busWord);
  if (busPort === undefined) throw new CommandError(`ERR Invalid bus port specified: ${busWord}`);
  const isPort = (number: number | bigint): boolean => number > 0 && number <= HIGHEST_PORT;
  if (!isIpAddress(ip) || !isPort(port) || !isPort(busPort)) throw new CommandError(`ERR Invalid node address specified: ${ip}:${portWord}`);
  const isUnderWay = [...cluster.nodes.values()].some((node) => node.has(HANDSHAKE) && node.ip === ip && node.busPort === Number(busPort));
  if (isUnderWay) return OK;
  const node = new ClusterNode(cluster.newId(), cluster.newId(), HANDSHAKE | MEET, cluster.server.nowMs);
  node.ip = own(ip);
  node.port = Number(port);
  node.busPort = Number(busPort);
  cluster.addNode(node);
  return OK;
});

const wrongCall = (argv: readonly Bytes[]): never => {
  throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${argv[1]}'. Try CLUSTER HELP.`);
};

export const forget = member((cluster, argv) => {
  const { myself } = cluster;
  const name = argv[2] as Bytes;
  const node = cluster.nodes.get(name);
  if (node === undefined) {
    // Another has told it to be forgotten already.
    if (cluster.gossip.isBlacklisted(name)) return OK;
    throw new CommandError(`ERR Unknown node ${name}`);
  }
  if (node === myself) throw new CommandError("ERR I tried hard but I can't forget myself...");
  if (myself.slaveof === node) throw new CommandError("ERR Can't forget my master!");
  cluster.gossip.forget(name);
  cluster.deleteNode(node);
  cluster.later('save', 'updateState');
  return OK;
});

export const replicate = member((cluster, argv, { db }) => {
  const { myself } = cluster;
  const node = nodeArgument(cluster, argv[2]);
  if (node === myself) throw new CommandError("ERR Can't replicate myself");
  if (node.isReplica) throw new CommandError('ERR I can only replicate a master, not a replica.');
  if (myself.isMaster && (myself.slots.count > 0 || db.keys.size > 0)) throw new CommandError('ERR To set a master the node must be empty and without assigned slots.');
  cluster.setMaster(node);
  cluster.later('save', 'updateState');
  return OK;
});

export const failover = member((cluster, argv) => {
  const { myself } = cluster;
  if (argv.length > 3) wrongCall(argv);
  const how = argv[2] === undefined ? '' : fold(argv[2]);
  if (!['', 'force', 'takeover'].includes(how)) throw new CommandError(SYNTAX_ERROR);
  if (myself.isMaster) throw new CommandError('ERR You should send CLUSTER FAILOVER to a replica');
  const master = myself.slaveof;
  if (master === undefined) throw new CommandError("ERR I'm a replica but my master is unknown to me");
  if ((master.has(FAIL) || master.link === undefined) && how === '') throw new CommandError('ERR Master is down or failed, please use CLUSTER FAILOVER FORCE');
  if (how === 'takeover') {
    // Without anybody's vote: for an administrator who knows that the majority is gone for good.
    cluster.manual.reset();
    cluster.server.log('notice', 'Taking over the master (user request).');
    cluster.ownership.bumpEpoch();
    cluster.election.replaceMaster();
  } else cluster.manual.start(how === 'force');
  return OK;
});

export const reset = member((cluster, argv, { db }) => {
  if (argv.length > 3) wrongCall(argv);
  const how = argv[2] === undefined ? 'soft' : fold(argv[2]);
  if (how !== 'soft' && how !== 'hard') throw new CommandError(SYNTAX_ERROR);
  if (cluster.myself.isMaster && db.keys.size > 0) throw new CommandError("ERR CLUSTER RESET can't be called with master nodes containing keys");
  resetCluster(cluster, how === 'hard');
  return OK;
});

/** The node is alone again; `hard`: it is another node. */
function resetCluster(cluster: Cluster, hard: boolean): void {
  const { myself, server } = cluster;
  if (myself.isReplica) {
    cluster.setNodeAsMaster(myself);
    server.replication.becomeMaster();
    server.emptyData();
    // It was part of its master's shard.
    myself.shardId = cluster.newId();
  }
  cluster.migrating.clear();
  cluster.importing.clear();
  cluster.manual.reset();
  for (const node of cluster.nodes.values()) cluster.deleteSlotsOf(node);
  for (const node of [...cluster.nodes.values()]) if (node !== myself) cluster.deleteNode(node);
  if (hard) {
    cluster.currentEpoch = 0n;
    cluster.lastVoteEpoch = 0n;
    myself.configEpoch = 0n;
    server.log('notice', 'configEpoch set to 0 via CLUSTER RESET HARD');
    cluster.renameNode(myself, cluster.newId());
    server.log('notice', `Node hard reset, now I'm ${myself.name}`);
  }
  cluster.later('save', 'updateState');
}

export const setConfigEpoch = member((cluster, argv) => {
  const { myself, server } = cluster;
  const epoch = parseInteger(argv[2] ?? '');
  if (epoch === undefined) throw new CommandError(NOT_AN_INTEGER);
  if (epoch < 0) throw new CommandError(`ERR Invalid config epoch specified: ${epoch}`);
  if (cluster.nodes.size > 1) throw new CommandError('ERR The user can assign a config epoch only when the node does not know any other node.');
  if (myself.configEpoch !== 0n) throw new CommandError('ERR Node config epoch is already non-zero');
  myself.configEpoch = asEpoch(epoch);
  server.log('notice', `configEpoch set to ${epoch} via CLUSTER SET-CONFIG-EPOCH`);
  cluster.currentEpoch = laterEpoch(cluster.currentEpoch, myself.configEpoch);
  cluster.later('save', 'updateState');
  return OK;
});

export const bumpEpoch = member((cluster) => {
  const isNew = cluster.ownership.bumpEpoch();
  return status(`${isNew ? 'BUMPED' : 'STILL'} ${cluster.myself.configEpoch}`);
});

export const saveConfig = member((cluster) => {
  if (!cluster.save()) throw new CommandError('ERR error saving the cluster node config: Input/output error');
  return OK;
});

export const asking = member((_cluster, _argv, { client }) => {
  client.asking = true;
  return OK;
});

export const readonly = member((_cluster, _argv, { client }) => {
  client.readsReplica = true;
  return OK;
});

export const readwrite = member((_cluster, _argv, { client }) => {
  client.readsReplica = false;
  return OK;
});
