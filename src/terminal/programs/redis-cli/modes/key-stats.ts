/*
 * --keystats
 * ----------
 * The keyspace in tables: the largest keys, the largest of each type, how sizes and names are distributed, and what
 * each type takes. Sizes are MEMORY USAGE, lengths what the type counts.
 */
import { type Bytes, quote } from '../../../../engine/index.ts';
import type { Task } from '../../task.ts';
import { ask, askFor, connect, eachKey, type Mode, numberOf, stopOnInterrupt, textOf } from './asking.ts';
import { memoryUsage, TYPES } from './big-keys.ts';

interface KeyFound {
  readonly key: Bytes;
  readonly type: Bytes;
  readonly size: number;
}

interface TypeFound {
  readonly name: Bytes;
  readonly unit: Bytes;
  count: number;
  size: number;
  length: number;
  largest: KeyFound | undefined;
  longest: { readonly key: Bytes; readonly length: number } | undefined;
}

const BAR_WIDTH = 60;
const LONGEST_LINE = 1023;
const OF_NOTHING = '--9223372036854775808B';
/** Lengths of names up to which keys are told together. */
const NAME_STEPS = [32, 256];

export function* keyStats(mode: Mode): Task<void> {
  const { process, options } = mode;
  const isTty = process.stdout.isTty;
  const stop = stopOnInterrupt(mode);
  yield* connect(mode);
  const inDb = numberOf(yield* askFor(mode, ['DBSIZE'], "Couldn't determine DBSIZE"));
  // On a terminal each line first clears what stands there.
  const line = (text: Bytes): void => {
    if (text.length > LONGEST_LINE) process.stderr.write('Warning: String was trimmed in cleanPrintln\n');
    process.stdout.write(`${isTty ? '\x1b[2K\r' : ''}${text.slice(0, LONGEST_LINE)}\n`);
  };
  process.stdout.write(
    '\n# Scanning the entire keyspace to find the biggest keys and distribution information.\n# Use -i 0.1 to sleep 0.1 sec per 100 SCAN commands (not usually needed).\n' +
    '# Use --cursor <n> to start the scan at the cursor <n> (usually after a Ctrl-C).\n# Use --top <n> to display <n> top key sizes (default is 10).\n# Ctrl-C to stop the scan.\n\n',
  );
  const types = new Map<Bytes, TypeFound>();
  const top: KeyFound[] = [];
  const sizes = new Distribution();
  const names = new Distribution();
  let nameBytes = 0;
  const cursor = yield* eachKey(mode, stop, function* (key) {
    const type = textOf(yield* askFor(mode, ['TYPE', key], 'TYPE returned an error'));
    const kind = TYPES.find(({ name }) => name === type);
    if (kind === undefined) return;
    const size = numberOf(yield* ask(mode, memoryUsage(key, options.memorySamples)));
    const length = numberOf(yield* ask(mode, [kind.size, key]));
    const here = types.get(type) ?? { name: type, unit: kind.unit, count: 0, size: 0, length: 0, largest: undefined, longest: undefined };
    types.set(type, here);
    here.count++;
    here.size += size;
    here.length += length;
    if (size > (here.largest?.size ?? 0)) here.largest = { key, type, size };
    if (length > (here.longest?.length ?? 0)) here.longest = { key, length };
    sizes.add(size);
    names.add(key.length);
    nameBytes += key.length;
    insert(top, { key, type, size }, options.top);
  }, undefined, String(options.cursor));
  const sampled = sizes.count;
  const total = sizes.sum;
  const done = inDb === 0 ? 0 : (100 * sampled) / inDb;
  const shown = `${done.toFixed(2).padStart(6)}%`;
  if (isTty) {
    const filled = Math.round((BAR_WIDTH * Math.min(done, 100)) / 100);
    line(`${shown} \x1b[32m${'|'.repeat(filled)}\x1b[31m${'|'.repeat(BAR_WIDTH - filled)}\x1b[39m`);
  } else line(`${shown} keys scanned`);
  line(`Keys sampled: ${sampled}`);
  line(`Keys size:    ${human(total)}`);
  line('');
  line(`--- Top ${options.top} key sizes ---`);
  top.forEach(({ key, type, size }, i) => line(`${String(i + 1).padStart(3)} ${human(size).padStart(8)} ${type.padEnd(10)} ${quote(key)}`));
  line('');
  line('--- Top size per type ---');
  for (const { name, largest } of ordered(types)) if (largest !== undefined) line(`${name.padEnd(10)} ${largest.key} is ${human(largest.size)}`);
  line('');
  line('--- Top length and cardinality per type ---');
  for (const { name, unit, longest } of ordered(types)) if (longest !== undefined) line(`${name.padEnd(10)} ${longest.key} has ${unit === 'bytes' ? human(longest.length) : `${longest.length} ${unit}`}`);
  line('');
  line('Key size Percentile Total keys');
  line('-------- ---------- -----------');
  for (const row of sizes.rows()) line(`${human(row.value).padStart(8)} ${`${row.percentile.toFixed(4)}%`.padStart(10)} ${String(row.count).padStart(11)}`);
  // What the real program makes of the mean of nothing.
  const [mean, deviation] = sampled === 0 ? [OF_NOTHING, OF_NOTHING] : [human(Math.trunc(sizes.mean)), human(Math.trunc(sizes.deviation))];
  line(`Note: 0.01% size precision, Mean: ${mean}, StdDeviation: ${deviation}`);
  line('');
  line('Key name length Percentile Total keys');
  line('--------------- ---------- -----------');
  for (const row of names.upTo(NAME_STEPS)) line(`${human(row.value).padStart(15)} ${`${row.percentile.toFixed(4)}%`.padStart(10)} ${String(row.count).padStart(11)}`);
  line(`Total key length is ${human(nameBytes)} (${sampled === 0 ? '0' : human(Math.trunc(nameBytes / sampled))} avg)`);
  line('');
  line('Type        Total keys  Keys % Tot size Avg size  Total length/card Avg ln/card');
  line('--------- ------------ ------- -------- -------- ------------------ -----------');
  for (const { name, unit, count, size, length } of ordered(types)) {
    const lengths = unit === 'bytes' ? [human(length), human(Math.round(length / count))] : [`${length} ${unit}`, (length / count).toFixed(2)];
    line(
      `${name.padEnd(9)} ${String(count).padStart(12)} ${`${((100 * count) / sampled).toFixed(2)}%`.padStart(7)} ${human(size).padStart(8)} ${human(Math.trunc(size / count)).padStart(8)} ${(lengths[0] ?? '').padStart(18)} ${(lengths[1] ?? '').padStart(11)}`,
    );
  }
  if (stop.wanted && cursor !== '0') {
    line('');
    line('Scan interrupted:');
    line(`Use 'redis-cli --keystats --cursor ${cursor}' to restart from the last cursor.`);
  }
}

const ordered = (types: ReadonlyMap<Bytes, TypeFound>): TypeFound[] => TYPES.flatMap(({ name }) => types.get(name) ?? []);

/** Keeps the list the largest first and no longer than `most`; of equal ones the first stays in front. */
function insert(top: KeyFound[], found: KeyFound, most: number): void {
  const place = top.findIndex(({ size }) => size < found.size);
  top.splice(place < 0 ? top.length : place, 0, found);
  if (top.length > most) top.pop();
}

/** Values with how often they came, told at the percentiles 0, 50, 75, 87.5 … where the value changes. */
class Distribution {
  count = 0;
  sum = 0;
  private readonly values = new Map<number, number>();

  add(value: number): void {
    this.count++;
    this.sum += value;
    this.values.set(value, (this.values.get(value) ?? 0) + 1);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  get deviation(): number {
    let squares = 0;
    for (const [value, times] of this.values) squares += times * (value - this.mean) ** 2;
    return this.count === 0 ? 0 : Math.sqrt(squares / this.count);
  }

  /** How many are at most as large as each step, those aside that nothing falls between; the last row is the largest value. */
  *upTo(steps: readonly number[]): Generator<{ readonly value: number; readonly percentile: number; readonly count: number }> {
    const most = Math.max(...this.values.keys());
    let told = 0;
    for (const step of steps) {
      const count = [...this.values].reduce((sum, [value, times]) => (value <= step ? sum + times : sum), 0);
      if (step < most && count > told) yield { value: step, percentile: (100 * count) / this.count, count };
      told = count;
    }
    if (this.count > 0) yield { value: most, percentile: 100, count: this.count };
  }

  *rows(): Generator<{ readonly value: number; readonly percentile: number; readonly count: number }> {
    const sorted = [...this.values].sort(([a], [b]) => a - b);
    let below = 0;
    let percentile = 0;
    for (const [i, [value, times]] of sorted.entries()) {
      below += times;
      const reached = (100 * below) / this.count;
      if (reached < percentile) continue;
      if (i === sorted.length - 1) {
        yield { value, percentile: 100, count: below };
        return;
      }
      yield { value, percentile, count: below };
      while (percentile <= reached && percentile < 100) percentile += (100 - percentile) / 2;
    }
  }
}

function human(bytes: number): Bytes {
  if (bytes < 1024) return `${bytes}B`;
  for (const [unit, size] of [['K', 1024], ['M', 1024 ** 2], ['G', 1024 ** 3]] as const) if (bytes < size * 1024) return `${(bytes / size).toFixed(2)}${unit}`;
  return `${(bytes / 1024 ** 4).toFixed(2)}T`;
}
