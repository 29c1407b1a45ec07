/*
 * serverCron: what the server does by itself, hz times a second
 * -------------------------------------------------------------
 * Samples rates, closes idle clients, removes expired keys, and moves hash tables along that nobody
 * touches: a table that rehashes only when it is used would hold two tables' memory all night.
 */
import type { ServerForCommands } from './command.ts';
import { isReplica } from './replication/replica-state.ts';
import type { Dict } from './structures/dict.ts';

/** Time that one cron may give to rehashing, in microseconds. */
const REHASH_BUDGET_US = 1000;
/** The same as batches of a hundred buckets, for a clock that stands still during an event. */
const REHASH_BATCHES = 100;
/** Databases whose tables one cron looks after. */
const CRON_DBS_PER_CALL = 16;

/** A writable replica looks at so many of the deadlines that are its own. */
const OWN_KEYS_PER_CRON = 1000;

export function serverCron(server: ServerForCommands): void {
  if (server.debug.cronPaused) return;
  const { statistics, nowUs } = server;
  statistics.instantaneous.operations.sample(statistics.commandsProcessed, nowUs);
  statistics.instantaneous.input.sample(statistics.netInputBytes, nowUs);
  statistics.instantaneous.output.sample(statistics.netOutputBytes, nowUs);
  statistics.instantaneous.cycles.sample(statistics.eventLoop.cycles, nowUs);
  statistics.instantaneous.cycleUs.samplePer(statistics.eventLoop.durationUs, statistics.eventLoop.cycles, 1);
  // CONFIG SET may have left it too large, with nobody to send another command.
  if (server.tracking.clients > 0) server.tracking.limitTable();
  closeIdleClients(server);
  server.limits.cron();
  if (server.sentinel !== undefined) return server.sentinel.timer();
  lookAfterFiles(server);
  if (server.debug.activeExpire && server.mayExpire && server.isMaster) server.expireCycle.run(server, 'slow');
  if (server.debug.activeExpire && server.isWritableReplica) for (const db of server.databases) db.expireOwnKeys(OWN_KEYS_PER_CRON);
  lookAfterTables(server);
  server.replication.failover.check();
  server.shutdown.check();
  if (isOncePerSecond(server)) {
    server.replication.cron();
    server.migrateSockets.closeIdle();
  }
  return undefined;
}

/** True in one cron of each second. */
function isOncePerSecond({ cronState, nowMs }: ServerForCommands): boolean {
  const second = Math.floor(nowMs / 1000);
  if (second === cronState.second) return false;
  cronState.second = second;
  return true;
}

/** One child at a time: what was asked for goes first, then save points, then a file that has grown. */
function lookAfterFiles({ aof, snapshots }: ServerForCommands): void {
  aof.startScheduled();
  snapshots.checkSavePoints();
  aof.rewriteIfGrown();
  aof.flushAgain();
  snapshots.startScheduled();
}

/** The timeout directive, in seconds; those who only listen are not idle. */
function closeIdleClients(server: ServerForCommands): void {
  const timeoutMs = server.config.number('timeout') * 1000;
  if (timeoutMs === 0) return;
  for (const client of [...server.clients.values()]) {
    const listens = client.subscriptions > 0 || client.isMonitor || client.blocked !== undefined || client.isMaster || isReplica(client);
    if (!listens && server.nowMs - client.lastInteractionMs > timeoutMs) {
      server.log('verbose', 'Closing idle client');
      server.closeClient(client, 'timeout');
    }
  }
}

/** Resizes tables that have become too large or too small, and goes on with those that are moving. */
function lookAfterTables(server: ServerForCommands): void {
  const { databases } = server;
  const due = Math.min(CRON_DBS_PER_CALL, databases.length);
  const first = server.cronState.nextDatabase;
  server.cronState.nextDatabase = (first + due) % databases.length;
  const startedUs = server.env.clock.monotonic();
  let batches = 0;
  const hasTime = (): boolean => ++batches < REHASH_BATCHES && server.env.clock.monotonic() - startedUs < REHASH_BUDGET_US;
  const rehashes = server.config.flag('activerehashing');
  for (let i = 0; i < due; i++) {
    const db = databases[(first + i) % databases.length];
    if (db === undefined) continue;
    for (const table of [db.keys, db.expires] as readonly Dict<unknown>[]) {
      if (table.isRehashing) {
        if (rehashes && batches < REHASH_BATCHES) table.rehashFor(hasTime);
      } else if (table.size > 0 && !table.shrinkIfNeeded()) table.expandIfNeeded();
    }
  }
}
