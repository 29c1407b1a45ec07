/*
 * A replica moves to a master that has none
 * -----------------------------------------
 * A cluster in which each master has a replica outlives one failure of each. When a shard has two to spare and
 * another master has lost its last one, one of the two goes there. All replicas reckon the same answer to who
 * it is: of those masters with the most replicas, the replica with the smallest id.
 */
import type { Cluster } from './cluster.ts';
import { FAIL, MIGRATE_TO, type ClusterNode } from './node.ts';

/** A master is without replicas for so long before one moves: it may only have changed places with one. */
const DELAY_MS = 5000;

/** Moves this replica, if it is the one. `most` is the highest number of working replicas that a master has. */
export function migrateToOrphan(cluster: Cluster, most: number): void {
  const { myself, server } = cluster;
  const master = myself.slaveof;
  if (cluster.state !== 'ok' || master === undefined || master.workingReplicas <= server.config.number('cluster-migration-barrier')) return;
  let target: ClusterNode | undefined;
  let candidate = myself;
  for (const node of cluster.nodes.values()) {
    const working = node.workingReplicas;
    const isOrphan = node.isMaster && !node.has(FAIL) && node.slots.count > 0 && node.has(MIGRATE_TO) && working === 0;
    if (isOrphan) {
      target ??= node;
      if (node.orphanedMs === 0) node.orphanedMs = server.nowMs;
    } else node.orphanedMs = 0;
    if (node.isMaster && working === most) for (const each of node.replicas) if (each.name < candidate.name) candidate = each;
  }
  if (target === undefined || candidate !== myself || server.nowMs - target.orphanedMs <= DELAY_MS) return;
  server.log('notice', `Migrating to orphaned master ${target.name}`);
  cluster.setMaster(target);
}
