/*
 * How late replies come
 * ---------------------
 * --latency and --latency-history ask PING a hundred times a second and tell the least, the most and the mean;
 * --latency-dist paints a line a second, the brighter a place, the more replies took that long. --intrinsic-latency asks
 * nobody: it looks how late the machine itself is. All times are the host's: virtual ones on a simulated host.
 */
import type { Bytes, Micros } from '../../../../engine/index.ts';
import { pause, type Task } from '../../task.ts';
import { ask, connect, type Mode, stopOnInterrupt } from './asking.ts';

const SAMPLE_US = 10_000;
const HISTORY_US = 15_000_000;
const SECOND_US = 1_000_000;

export function* latency(mode: Mode): Task<void> {
  const { process, options } = mode;
  const { clock } = process.env;
  const keepsHistory = options.mode === 'latencyHistory';
  const isRedrawn = mode.session.shape === 'standard';
  const rangeUs = options.intervalUs > 0 ? options.intervalUs : keepsHistory ? HISTORY_US : SECOND_US;
  yield* connect(mode);
  let sinceUs = clock.now();
  let [count, least, most, sum] = [0, 0, 0, 0];
  const show = (): void => {
    const mean = (sum / count).toFixed(2);
    if (isRedrawn) process.stdout.write(`\x1b[0G\x1b[2Kmin: ${least}, max: ${most}, avg: ${mean} (${count} samples)`);
    else process.stdout.write(`${[least, most, mean, count].join(mode.session.shape === 'csv' ? ',' : ' ')}\n`);
  };
  for (;;) {
    const startMs = Math.floor(clock.now() / 1000);
    yield* ask(mode, ['PING']);
    const tookMs = Math.floor(clock.now() / 1000) - startMs;
    least = count === 0 ? tookMs : Math.min(least, tookMs);
    most = Math.max(most, tookMs);
    sum += tookMs;
    count++;
    const passedUs = clock.now() - sinceUs;
    if (isRedrawn || keepsHistory) show();
    else if (passedUs > rangeUs) return show();
    if (keepsHistory && passedUs > rangeUs) {
      process.stdout.write(` -- ${(passedUs / 1e6).toFixed(2)} seconds range\n`);
      sinceUs = clock.now();
      [count, least, most, sum] = [0, 0, 0, 0];
    }
    yield* pause(process, SAMPLE_US, 'redis-cli --latency');
  }
}

/** Longest time that each sign stands for, in microseconds. */
const SIGNS: readonly (readonly [Bytes, Micros])[] = [
  ['.', 10], ['-', 125], ['*', 250], ['#', 500], ...Array.from('123456789', (sign, i) => [sign, (i + 1) * 1000] as const),
  ['A', 1e4], ['B', 2e4], ['C', 3e4], ['D', 4e4], ['E', 5e4], ['F', 1e5], ['G', 2e5], ['H', 3e5], ['I', 4e5], ['J', 5e5],
  ['K', 1e6], ['L', 2e6], ['M', 4e6], ['N', 8e6], ['O', 16e6], ['P', 30e6], ['Q', 60e6], ['?', Infinity],
];
const COLORS = [0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196];
const GREYS = [0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253];
const LINES_PER_LEGEND = 20;

export function* latencyDistribution(mode: Mode): Task<void> {
  const { process, options } = mode;
  const { clock } = process.env;
  const palette = options.mono ? GREYS : COLORS;
  const rangeUs = options.intervalUs > 0 ? options.intervalUs : SECOND_US;
  yield* connect(mode);
  let counts = SIGNS.map(() => 0);
  let total = 0;
  let sinceUs = clock.now();
  for (let lines = 0; ; ) {
    const startUs = clock.now();
    yield* ask(mode, ['PING']);
    const tookUs = clock.now() - startUs;
    const place = SIGNS.findIndex(([, mostUs]) => tookUs <= mostUs);
    counts[place] = (counts[place] ?? 0) + 1;
    total++;
    if (clock.now() - sinceUs > rangeUs) {
      if (lines++ % LINES_PER_LEGEND === 0) process.stdout.write(legend(palette));
      const line = SIGNS.map(([sign], i) => `\x1b[48;5;${palette[Math.ceil(((counts[i] ?? 0) / total) * (palette.length - 1))]}m${sign}`);
      process.stdout.write(`\x1b[38;5;0m${line.join('')}\x1b[0m\n`);
      counts = SIGNS.map(() => 0);
      total = 0;
      sinceUs = clock.now();
    }
    yield* pause(process, SAMPLE_US, 'redis-cli --latency-dist');
  }
}

function legend(palette: readonly number[]): Bytes {
  const line = '---------------------------------------------\n';
  return (
    `${line}. - * #          .01 .125 .25 .5 milliseconds\n1,2,3,...,9      from 1 to 9     milliseconds\nA,B,C,D,E        10,20,30,40,50  milliseconds\n` +
    `F,G,H,I,J        .1,.2,.3,.4,.5       seconds\nK,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\nFrom 0 to 100%: ${palette.map((color) => `\x1b[48;5;${color}m `).join('')}\x1b[0m\n${line}`
  );
}

/** On a simulated host time passes in its events alone, so a run is the shortest wait that it is asked for. */
const RUN_US = 100;

export function* intrinsicLatency(mode: Mode): Task<void> {
  const { process, options } = mode;
  const { clock } = process.env;
  const stop = stopOnInterrupt(mode);
  const beganUs = clock.monotonic();
  const endUs = beganUs + options.intrinsicSeconds * 1e6;
  let most = 0;
  let runs = 0;
  do {
    const startUs = clock.monotonic();
    if (clock.charge !== undefined || ++runs % 1000 === 0) yield* pause(process, clock.charge === undefined ? 0 : RUN_US, 'redis-cli --intrinsic-latency');
    if (clock.charge !== undefined) runs++;
    const tookUs = clock.monotonic() - startUs;
    if (tookUs > most) {
      most = tookUs;
      process.stdout.write(`Max latency so far: ${most} microseconds.\n`);
    }
  } while (!stop.wanted && clock.monotonic() <= endUs);
  const mean = (clock.monotonic() - beganUs) / runs;
  process.stdout.write(`\n${runs} total runs (avg latency: ${mean.toFixed(4)} microseconds / ${(mean * 1000).toFixed(2)} nanoseconds per run).\n`);
  process.stdout.write(`Worst run took ${(most / mean).toFixed(0)}x longer than the average latency.\n`);
}
