/* From a server to the view of its hash table: see model.ts. */
import type { Bytes, ServerEvent } from '../../engine/index.ts';
import { closeUp, type CloseUp } from '../../engine/inspect/index.ts';
import type { RecordedEvent, ServerView } from '../../simulation/index.ts';
import { commandBehind, concernsKeys, lastCommand } from '../behind.ts';
import { commandLine } from '../words.ts';
import { readParams, serverOf, type Params, type Visualizer } from '../visualizer.ts';
import { describeKeyspace, noServer, type KeyspaceView, type Level, type RehashStep, type ScanView, type TableView } from './model.ts';

const SMALL_BUCKETS = 192;
const MEDIUM_BUCKETS = 6144;
const LENS_BUCKETS = 16;
const LARGE_CELLS = 1024;
const HISTOGRAM_BUCKETS = 4096;
/** Keys that a visit of SCAN is told with, and buckets that are followed of one call. */
const SCAN_KEYS = 20;
const SCAN_BUCKETS = 256;

export const keyspace: Visualizer<KeyspaceView> = {
  id: 'keyspace',
  title: 'Keyspace hash table',
  wakes: ['commandExecuted', 'keyChanged', 'keyRemoved', 'rehashStarted', 'rehashStep', 'rehashCompleted', 'databaseFlushed', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const which = params.choice('which', ['keys', 'expires']);
    const wantedDb = params.whole('db', 0, 0, 1_000_000);
    const found = serverOf(world, params);
    if (found === undefined) return noServer(wantedDb, which);
    const { server, recent } = found;
    const db = Math.min(wantedDb, server.databases.length - 1);
    const closer = closeUp(server);
    const sizes = closer.tableSizes(db, which);
    const buckets = sizes.reduce((sum, size) => sum + size, 0);
    const level: Level = buckets <= SMALL_BUCKETS ? 'S' : buckets <= MEDIUM_BUCKETS ? 'M' : 'L';
    const key = params.text('key', '');
    const path = key === '' ? undefined : { key, ...closer.path(db, which, key) };
    const lensFrom = level === 'S' ? 0 : params.whole('from', Math.max(0, (path?.visits.at(-1)?.bucket ?? 0) - LENS_BUCKETS / 2), 0, Math.max(0, ...sizes.map((size) => size - LENS_BUCKETS)));
    const layout = closer.layout(db, which, level === 'S' ? SMALL_BUCKETS : LENS_BUCKETS, lensFrom, HISTOGRAM_BUCKETS);
    const tables = layout.tables.map((table, index): TableView => {
      const side: 0 | 1 = index === 0 ? 0 : 1;
      return {
        table: side,
        size: table.size,
        used: table.used,
        maskBits: table.maskBits,
        buckets: table.buckets.map((bucket) => ({
          index: bucket.index,
          chain: bucket.chain.map((entry) => ({ key: entry.key, length: entry.keyLength, hash: entry.hash })),
          more: bucket.more,
        })),
        strip: level === 'S' ? undefined : closer.strip(db, which, side, level === 'M' ? MEDIUM_BUCKETS : LARGE_CELLS),
        histogram: table.histogram,
        histogramOf: table.histogramOf,
      };
    });
    const bits = Math.max(0, ...tables.map((table) => table.maskBits));
    return {
      place: `${found.host}:${found.port}`,
      db, which, level, tables, lensFrom, path,
      entries: layout.size,
      rehashIndex: layout.rehashIndex,
      resize: layout.resize,
      cronMoves: server.config.flag('activerehashing'),
      scan: scanByHand(params, closer, db, which, bits, found) ?? (which === 'keys' ? lastScan(recent, closer, db, bits, found) : undefined),
      lastStep: lastStep(recent, db, which),
      command: lastCommand(recent, ({ event }) => event.db === db && !event.inTransaction && concernsKeys(event.argv)),
    };
  },

  describe: describeKeyspace,
};

/** Who moved buckets last: the announcements of one command, or of one cron, belong together. */
function lastStep(recent: readonly RecordedEvent[], db: number, which: 'keys' | 'expires'): RehashStep | undefined {
  const isStep = (event: ServerEvent): event is ServerEvent & { type: 'rehashStep' } => event.type === 'rehashStep' && event.db === db && event.which === which;
  for (let i = recent.length - 1; i >= 0; i--) {
    const last = recent[i];
    if (last === undefined || !isStep(last.event)) continue;
    let moved = 0;
    for (let j = i; j >= 0; j--) {
      const each = recent[j];
      if (each === undefined || each.executed !== last.executed || each.event.type === 'commandExecuted') break;
      if (isStep(each.event)) moved += each.times ?? 1;
    }
    return { id: last.id, command: commandBehind(recent, i)?.text, bucketsMoved: moved };
  }
  return undefined;
}

function scanByHand(params: Params, closer: CloseUp, db: number, which: 'keys' | 'expires', bits: number, found: ServerView): ScanView | undefined {
  const cursor = params.whole('cursor', -1, -1, 0xffffffff);
  if (cursor < 0) return undefined;
  const { buckets, next } = closer.scanVisit(db, which, cursor, SCAN_BUCKETS);
  const earlier: { table: 0 | 1; bucket: number }[] = [];
  for (let at = 0; at !== cursor && earlier.length < SCAN_BUCKETS; ) {
    const visit = closer.scanVisit(db, which, at, SCAN_BUCKETS);
    earlier.push(...visit.buckets);
    at = visit.next;
    if (at === 0) break;
  }
  return { by: 'hand', text: '', cursor, next, visits: buckets, earlier: earlier.slice(0, SCAN_BUCKETS), keys: keysIn(found, db, which, buckets), bits };
}

/** The buckets of the last SCAN: the way from its cursor to the one it replied, if the table still has that shape. */
function lastScan(recent: readonly RecordedEvent[], closer: CloseUp, db: number, bits: number, found: ServerView): ScanView | undefined {
  for (let i = recent.length - 1; i >= 0; i--) {
    const event = recent[i]?.event;
    if (event?.type !== 'commandExecuted' || event.db !== db || event.argv[0]?.toLowerCase() !== 'scan') continue;
    const replied = Array.isArray(event.reply) ? Number(event.reply[0]) : Number.NaN;
    const cursor = Number(event.argv[1]);
    if (!Number.isInteger(replied) || !Number.isInteger(cursor)) return undefined;
    const visits: { table: 0 | 1; bucket: number }[] = [];
    let at = cursor;
    do {
      const visit = closer.scanVisit(db, 'keys', at, SCAN_BUCKETS);
      visits.push(...visit.buckets);
      at = visit.next;
    } while (at !== replied && at !== 0 && visits.length < SCAN_BUCKETS);
    const known = at === replied ? visits : [];
    return { by: 'command', text: commandLine(event.argv), cursor, next: replied, visits: known, earlier: [], keys: keysIn(found, db, 'keys', known), bits };
  }
  return undefined;
}

function keysIn(found: ServerView, db: number, which: 'keys' | 'expires', buckets: readonly { table: 0 | 1; bucket: number }[]): Bytes[] {
  const dict = found.server.databases[db]?.[which];
  const keys: Bytes[] = [];
  for (const { table, bucket } of buckets) {
    for (let entry = dict?.chainAt(table, bucket); entry !== undefined && keys.length < SCAN_KEYS; entry = entry.next) keys.push(entry.key.slice(0, 64));
  }
  return keys;
}
