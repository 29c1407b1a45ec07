/*
 * What no deployment mends by itself
 * ----------------------------------
 * Some trouble leaves a deployment as no server of 8.0.2 would ever mend it. Whoever looks after it does so here, with the
 * commands that a person would give.
 */
import type { Server } from '../../engine/index.ts';
import type { Simulation } from '../../simulation/index.ts';
import { isWorkedOn } from './operators.ts';
import type { Plan } from './plan.ts';

/** Whoever looks after it first waits for as long as a failover may take, and mends no more often than that. */
const MENDS_EVERY_US = 60e6;

/**
 * A master with save points whose last snapshot failed refuses writes and PING until one succeeds. When too little has
 * changed for a save point, 8.0.2 tries no other by itself, and a replica that has lost it never gets past its PING.
 *
 * A server whose append-only file could once not be made durable refuses writes and PING, so that nothing new comes that
 * could be made durable: with a sync that failed a single time, 8.0.2 refuses for ever though the disk is well again.
 *
 * A node that hears of a failover from the loser twice, the second time an older message by another connection, ignores that
 * one's slots as stale and takes the loser for a replica all the same. The slots stay with a replica that has the epoch of its
 * master by then, so the master's claim is no newer, ever. The person lets the node forget that replica; it finds it again by gossip.
 * That is read from the source of 8.0.2, and was not tried with real nodes.
 *
 * What Sentinels of 8.0.2 do not mend either: both were made with the real servers, and stayed as they were.
 *
 * Failovers that people ask for need no votes, so on two sides of a partition they make two masters of one epoch, and a
 * Sentinel takes over another master only from a higher one. When each side makes the other's master a replica before it
 * sees its own changed, the majority finds a master that is none, and fails over in the next epoch. When only the
 * minority's master is made one, the minority calls it down alone for ever, and a person has to ask once more.
 *
 * A promoted master that loses its disk begins again with its first file, as a replica, and may find its master to be its own
 * replica. It is down once it has said so for down-after and 20 s; that replica's link has been down for longer than
 * ten times down-after before that, so no replica is good enough, ever. A person has to make one of them a master.
 */
export function mend(plan: Plan, simulation: Simulation, mended: { atUs: number }): void {
  if (simulation.nowUs - mended.atUs < MENDS_EVERY_US) return;
  const refusing = serversOf(simulation).find(({ server }) => server.aof.writeProblem !== undefined);
  if (refusing !== undefined) {
    mended.atUs = simulation.nowUs;
    simulation.fault(`restart ${refusing.name}`);
    return;
  }
  const unsaved = serversOf(simulation).find(({ server }) => server.sentinel === undefined && server.snapshots.lastStatus === 'err' && !server.snapshots.inProgress);
  if (unsaved !== undefined) {
    mended.atUs = simulation.nowUs;
    simulation.host(unsaved.name)?.startService('redis-cli bgsave');
    return;
  }
  const stuck = serversOf(simulation).flatMap(({ name, server: { cluster } }) => {
    const owner = cluster?.slots.find((node) => node?.isReplica === true);
    return owner === undefined ? [] : [`redis-cli -h ${name} cluster forget ${owner.name}`];
  });
  if (stuck.length > 0) {
    mended.atUs = simulation.nowUs;
    simulation.host(plan.scenario.hosts[0]?.name ?? '')?.startService(stuck.join('; '));
    return;
  }
  if (isWorkedOn(plan)) {
    const line = plan.kind === 'cluster' ? slotsLine(simulation) : plan.kind === 'replicas' ? mastersLine(simulation) : undefined;
    if (line === undefined) return;
    mended.atUs = simulation.nowUs;
    simulation.host(plan.scenario.hosts[0]?.name ?? '')?.startService(line);
    return;
  }
  if (plan.kind !== 'sentinels') return;
  const views = serversOf(simulation).flatMap(({ name, server }) => {
    const master = server.sentinel?.masters.get('main');
    return master === undefined ? [] : [{ name, epoch: master.configEpoch, ip: master.address.ip, address: `${master.address.ip}:${master.address.port}` }];
  });
  const tied = views.filter(({ epoch, address }) => views.some((other) => other.epoch === epoch && other.address !== address));
  const [sentinel] = views;
  const most = tied.find(({ address }) => 2 * tied.filter((each) => each.address === address).length > tied.length) ?? tied[0];
  const line = most !== undefined ? `redis-cli -h ${most.name} -p 26379 sentinel failover main`
    : sentinel !== undefined && serversOf(simulation).every(({ server }) => server.sentinel !== undefined || server.replication.isReplica) ? `redis-cli -h ${sentinel.ip} replicaof no one` : undefined;
  if (line === undefined) return;
  mended.atUs = simulation.nowUs;
  simulation.host((most ?? sentinel)?.name ?? '')?.startService(line);
}

/**
 * After work by hand, and restarts of servers whose files still say what was before, servers may follow each other in a ring,
 * or two be masters. The one that is furthest becomes the only master.
 */
function mastersLine(simulation: Simulation): string {
  const servers = serversOf(simulation);
  const address = (name: string): string => simulation.host(name)?.address ?? '';
  const best = servers.reduce((a, b) => (b.server.replication.offset > a.server.replication.offset ? b : a));
  const others = servers.filter((each) => each !== best).map(({ name }) => `redis-cli -h ${name} replicaof ${address(best.name)} 6379`);
  return [...servers.map(({ name }) => `redis-cli -h ${name} failover abort`), `redis-cli -h ${best.name} replicaof no one`, ...others].join('; ');
}

/**
 * A node that was put out of the cluster, or was never let in, is invited; slots that were left open are closed. A MIGRATE that
 * was not answered in time has left its keys in both places: the tool compares them with a command that is forbidden
 * unless a server is told otherwise, and stops, so it is told to replace them.
 */
function slotsLine(simulation: Simulation): string | undefined {
  const alone = withoutFriends(simulation);
  const friend = serversOf(simulation).find(({ server }) => (server.cluster?.nodes.size ?? 0) > 1);
  if (alone !== undefined && friend !== undefined) return `redis-cli -h ${friend.name} cluster meet ${simulation.host(alone.name)?.address} 6379`;
  return friend === undefined ? undefined : `yes yes | redis-cli --cluster fix ${friend.name}:6379 --cluster-yes --cluster-replace > fixed.txt`;
}

/** A node of a cluster that knows only itself. */
function withoutFriends(simulation: Simulation): { readonly name: string } | undefined {
  return serversOf(simulation).find(({ server }) => server.cluster?.nodes.size === 1);
}

/** Every server that runs, by its machine. */
export function serversOf(simulation: Simulation): { readonly name: string; readonly server: Server }[] {
  return simulation.world.hosts().flatMap(({ name, servers }) => servers.map(({ server }) => ({ name, server })));
}
