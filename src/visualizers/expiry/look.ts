/* From a server to the view of its deadlines: see model.ts. */
import { closeUp, inspect } from '../../engine/inspect/index.ts';
import { upper } from '../../engine/index.ts';
import type { RecordedEvent } from '../../simulation/index.ts';
import { commandBehind, concernsKeys } from '../behind.ts';
import { readParams, serverOf, type Visualizer } from '../visualizer.ts';
import { commandLine } from '../words.ts';
import { CLASS_EDGES_MS, describeExpiry, nothingToSee, windowFor, type CommandView, type CycleView, type ExpiryView, type Level, type RemovalView } from './model.ts';

const SMALL = 60;
const MEDIUM = 2000;
const SOONEST = 100;
/** Deadlines that classes are made from at most. */
const CLASSED = 4000;
const PROBES = 60;
const REMOVALS = 12;
const TRACE = 60;
/** The present is rounded to so many parts of the window. */
const STEPS = 240;

export const expiry: Visualizer<ExpiryView> = {
  id: 'expiry',
  title: 'Keys that expire',
  wakes: ['commandExecuted', 'keyChanged', 'keyRemoved', 'keyExpired', 'expiryCycleRan', 'databaseFlushed', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const wantedDb = params.whole('db', 0, 0, 1_000_000);
    const found = serverOf(world, params);
    if (found === undefined) return nothingToSee(wantedDb);
    const { server, recent } = found;
    const db = Math.min(wantedDb, server.databases.length - 1);
    const inspector = inspect(server);
    const withDeadline = inspector.databases()[db]?.expires ?? 0;
    const level: Level = withDeadline <= SMALL ? 'S' : withDeadline <= MEDIUM ? 'M' : 'L';
    const closer = closeUp(server);
    const facts = closer.expirySummary(db);
    const { counts, lookedAt } = level === 'S' ? { counts: [], lookedAt: 0 } : closer.deadlines(db, CLASS_EDGES_MS, CLASSED);
    // Of a great many, to find the soonest would mean to look at all of them.
    const soonest = level === 'L' ? undefined : inspector.expiry(db, SOONEST);
    const deadlines = (soonest?.deadlines ?? []).map(({ key, atMs, leftMs }) => ({ key: key.slice(0, 64), atMs, isDead: leftMs < 0 }));
    const window = windowFor(facts.nowMs, deadlines, withDeadline);
    const step = Math.max(100, Math.floor((window.toMs - window.fromMs) / STEPS));
    const dead = soonest?.overdue ?? Math.round(((counts[0] ?? 0) / Math.max(1, lookedAt)) * withDeadline);
    const { lastSweep } = facts;
    const sweep: CycleView | undefined = lastSweep && {
      kind: lastSweep.kind,
      sampled: lastSweep.sampled,
      expired: lastSweep.expired,
      loops: lastSweep.loops,
      timeUp: lastSweep.timeUp,
      probes: lastSweep.probes.slice(0, PROBES).map((probe) => ({ key: level === 'S' ? probe.key.slice(0, 64) : undefined, expired: probe.expired })),
    };
    return {
      place: `${found.host}:${found.port}`,
      db, level, window, withDeadline, dead, deadlines, sweep,
      nowMs: Math.floor(facts.nowMs / step) * step,
      physical: inspector.databases()[db]?.keys ?? 0,
      sampledFrom: soonest?.sampledFrom ?? lookedAt,
      classes: counts,
      classesFrom: lookedAt,
      removals: removals(recent, db),
      expiredTotal: facts.expiredTotal,
      staleTrace: recent.flatMap(({ event }) => (event.type === 'expiryCycleRan' && event.expired > 0 ? [Math.round(event.stalePercent)] : [])).slice(-TRACE),
      hz: server.config.number('hz'),
      effort: server.config.number('active-expire-effort'),
      isCycleOff: !server.debug.activeExpire,
      command: command(recent, db),
    };
  },

  describe: describeExpiry,
};

function removals(recent: readonly RecordedEvent[], db: number): RemovalView[] {
  const found: RemovalView[] = [];
  for (let i = recent.length - 1; i >= 0 && found.length < REMOVALS; i--) {
    const each = recent[i];
    if (each?.event.type !== 'keyExpired' || each.event.db !== db) continue;
    const { key, how, lateMs } = each.event;
    found.push({ id: each.id, key: key.slice(0, 64), how, lateMs, command: how === 'access' ? commandBehind(recent, i)?.text : undefined });
  }
  return found;
}

function command(recent: readonly RecordedEvent[], db: number): CommandView | undefined {
  for (let i = recent.length - 1; i >= 0; i--) {
    const each = recent[i];
    if (each?.event.type !== 'commandExecuted' || each.event.db !== db || !concernsKeys(each.event.argv)) continue;
    const { argv } = each.event;
    return { id: each.id, text: commandLine(argv), name: upper(argv[0] ?? ''), key: (argv[1] ?? '').slice(0, 64), words: argv.length };
  }
  return undefined;
}
