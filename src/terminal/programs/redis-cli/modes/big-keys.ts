/*
 * --bigkeys, --memkeys and --hotkeys
 * ----------------------------------
 * The whole keyspace by SCAN, and of each key how large it is, how much memory it takes, or how often it is read.
 * What is found is told while the scan goes on, and again at the end.
 */
import { type Bytes, quote } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import { ask, askFor, connect, eachKey, fail, type Mode, numberOf, stopOnInterrupt, textOf } from './asking.ts';

/** The types, how their size is asked and what it counts. */
export const TYPES: readonly { readonly name: Bytes; readonly size: Bytes; readonly unit: Bytes }[] = [
  { name: 'list', size: 'LLEN', unit: 'items' }, { name: 'hash', size: 'HLEN', unit: 'fields' }, { name: 'stream', size: 'XLEN', unit: 'entries' },
  { name: 'string', size: 'STRLEN', unit: 'bytes' }, { name: 'set', size: 'SCARD', unit: 'members' }, { name: 'zset', size: 'ZCARD', unit: 'members' },
];
/** How many keys are told between two words about the progress. */
const SILENT_KEYS = 1_000_000;

const introduction = (what: Bytes): Bytes =>
  `\n# Scanning the entire keyspace to find ${what} as well as\n# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n# per 100 SCAN commands (not usually needed).\n\n`;

const percent = (part: number, whole: number): Bytes => (whole === 0 ? '00.00' : ((100 * part) / whole).toFixed(2).padStart(5, '0'));

interface Found {
  readonly name: Bytes;
  readonly unit: Bytes;
  count: number;
  total: number;
  biggest: { readonly key: Bytes; readonly size: number } | undefined;
}

export function* bigKeys(mode: Mode): Task<void> {
  const { process, options } = mode;
  const byMemory = options.mode === 'memkeys';
  const stop = stopOnInterrupt(mode);
  yield* connect(mode);
  const size = numberOf(yield* askFor(mode, ['DBSIZE'], "Couldn't determine DBSIZE"));
  const out = (text: Bytes): void => process.stdout.write(text);
  out(introduction('biggest keys'));
  const found = new Map<Bytes, Found>(TYPES.map(({ name, unit }) => [name, { name, unit: byMemory ? 'bytes' : unit, count: 0, total: 0, biggest: undefined }]));
  let sampled = 0;
  let keyBytes = 0;
  let done = '00.00';
  yield* eachKey(mode, stop, function* (key) {
    const type = textOf(yield* askFor(mode, ['TYPE', key], `TYPE returned an error`));
    const here = found.get(type);
    if (here === undefined) return;
    const reply = yield* ask(mode, byMemory ? memoryUsage(key, options.memorySamples) : [TYPES.find(({ name }) => name === type)?.size ?? '', key]);
    const keySize = numberOf(reply);
    here.count++;
    here.total += keySize;
    keyBytes += key.length;
    sampled++;
    if (here.biggest === undefined ? keySize > 0 : keySize > here.biggest.size) {
      here.biggest = { key, size: keySize };
      out(`[${done}%] Biggest ${type.padEnd(6)} found so far ${quote(key)} with ${keySize} ${here.unit}\n`);
    }
    if (sampled % SILENT_KEYS === 0) out(`[${done}%] Sampled ${sampled} keys so far\n`);
  }, () => (done = percent(sampled, size)));
  out(`\n-------- summary -------\n\n${stop.wanted ? `[${done}%] ` : ''}Sampled ${sampled} keys in the keyspace!\n`);
  out(`Total key length in bytes is ${keyBytes} (avg len ${(sampled === 0 ? 0 : keyBytes / sampled).toFixed(2)})\n\n`);
  for (const { name, unit, biggest } of found.values()) if (biggest !== undefined) out(`Biggest ${name.padStart(6)} found ${quote(biggest.key)} has ${biggest.size} ${unit}\n`);
  out('\n');
  for (const { name, unit, count, total } of found.values()) {
    out(`${count} ${name}s with ${total} ${unit} (${percent(count, sampled)}% of keys, avg size ${(count === 0 ? 0 : total / count).toFixed(2)})\n`);
  }
}

export function memoryUsage(key: Bytes, samples: number | undefined): Bytes[] {
  return ['MEMORY', 'USAGE', key, ...(samples === undefined ? [] : ['SAMPLES', String(samples)])];
}

/** How many hot keys are kept. */
const HOT_KEYS = 16;

export function* hotKeys(mode: Mode): Task<void> {
  const { process } = mode;
  const stop = stopOnInterrupt(mode);
  yield* connect(mode);
  const size = numberOf(yield* askFor(mode, ['DBSIZE'], "Couldn't determine DBSIZE"));
  const out = (text: Bytes): void => process.stdout.write(text);
  out(introduction('hot keys'));
  // The coolest first. An empty place counts as zero.
  const hot: { key: Bytes; counter: number }[] = Array.from({ length: HOT_KEYS }, () => ({ key: '', counter: 0 }));
  let sampled = 0;
  let done = '00.00';
  yield* eachKey(mode, stop, function* (key) {
    const reply = yield* ask(mode, ['OBJECT', 'FREQ', key]);
    if (reply.type === 'error') fail(mode, `Error: ${reply.text}\n`);
    const counter = numberOf(reply);
    if (++sampled % SILENT_KEYS === 0) out(`[${done}%] Sampled ${sampled} keys so far\n`);
    const place = hot.filter((each) => counter > each.counter).length - 1;
    if (place < 0) return;
    if (place === 0 || hot[place]?.counter === 0) hot[place] = { key, counter };
    else {
      hot.splice(place + 1, 0, { key, counter });
      hot.shift();
    }
    out(`[${done}%] Hot key ${quote(key)} found so far with counter ${counter}\n`);
  }, () => (done = percent(sampled, size)));
  out(`\n-------- summary -------\n\n${stop.wanted ? `[${done}%] ` : ''}Sampled ${sampled} keys in the keyspace!\n`);
  for (const { key, counter } of hot.toReversed()) if (counter > 0) out(`hot key found with counter: ${counter}\tkeyname: ${quote(key)}\n`);
}
