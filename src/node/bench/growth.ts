/*
 * Much data
 * ---------
 * A million small keys are loaded a hundred at a time, and the longest that one such chunk took is the
 * pause a client would notice: a table that doubled all at once, or a collection of garbage that stopped the
 * world. Then what a key costs in memory of this process; and how the cost of a command grows from a
 * thousand elements to a million, where the real server promises O(1) or O(log N).
 */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TestServer, type TestClient } from '../../engine/testing.ts';
import { requestBytes } from '../conformance/scenario.ts';
import type { Figure, Section } from './figures.ts';
import type { CostCurve } from './cost-plot.ts';

const CHUNK = 100;
const LONGEST_PAUSE_MS = 50;
/** Ten million keys shall fit in 4 GB. */
const BYTES_PER_KEY = (4 * 1024 ** 3) / 10_000_000;
const MILLION = 1_000_000;
const SIZES = [1000, 10_000, 100_000, MILLION];
/**
 * How many times more a command may cost among a million elements. A table of a million lies in main memory,
 * one of a thousand in the cache: that alone is a factor of three to five. Work that grew with the number
 * would be a factor of a thousand.
 */
const GROWTH = 10;
const ROUNDS = 5;

const keyName = (i: number): string => `key:${String(i).padStart(12, '0')}`;
const member = (i: number): string => `member:${i}`;
/** A walk through 0 … size−1 that visits neighbours far apart. */
const scattered = (i: number, size: number): number => (i * 7919) % size;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/**
 * Sends `count` requests in chunks; the longest time one chunk took, in milliseconds. Where the clock says more
 * than the process has computed, with all its threads, others had the processor: that is no pause of ours.
 */
function send(client: TestClient, count: number, request: (i: number) => readonly string[]): number {
  let longest = 0;
  for (let sent = 0; sent < count; sent += CHUNK) {
    let chunk = '';
    for (let i = sent; i < Math.min(sent + CHUNK, count); i++) chunk += requestBytes(request(i));
    const computed = process.cpuUsage();
    const began = performance.now();
    client.raw(chunk);
    const passed = performance.now() - began;
    const { user, system } = process.cpuUsage(computed);
    longest = Math.max(longest, Math.min(passed, (user + system) / 1000));
  }
  return longest;
}

function loading(keys: number): Figure[] {
  // Code is compiled before the clock runs.
  send(new TestServer().client(), 20_000, (i) => ['SET', keyName(i), 'xxx']);
  const client = new TestServer().client();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const longest = send(client, MILLION, (i) => ['SET', keyName(i), 'xxx']);
  if (keys > MILLION) send(client, keys - MILLION, (i) => ['SET', keyName(MILLION + i), 'xxx']);
  collectGarbage();
  const each = (process.memoryUsage().heapUsed - before) / keys;
  if (client.raw(requestBytes(['DBSIZE'])) !== `:${keys}\r\n`) throw new Error('not all keys were loaded');
  return [
    { name: 'longest pause, a million keys', value: longest, unit: 'ms', goal: { to: LONGEST_PAUSE_MS }, note: 'of a hundred SETs at a time' },
    { name: 'memory of a small key', value: each, unit: 'bytes', goal: { to: Math.floor(BYTES_PER_KEY) }, note: `after ${keys.toLocaleString('en')}; ten million take ${((each * 1e7) / 1024 ** 3).toFixed(2)} GB` },
  ];
}

interface Growing {
  readonly name: string;
  /** The request that puts element i there. */
  readonly fill: (i: number) => readonly string[];
  /** Requests of which the cost is measured, for a structure of `size`; they leave its size as it is. */
  readonly ask: readonly ((i: number, size: number) => readonly string[])[];
}

const GROWING: readonly Growing[] = [
  { name: 'GET', fill: (i) => ['SET', keyName(i), 'xxx'], ask: [(i, size) => ['GET', keyName(scattered(i, size))]] },
  { name: 'SET', fill: (i) => ['SET', keyName(i), 'xxx'], ask: [(i, size) => ['SET', keyName(scattered(i, size)), 'yyy']] },
  { name: 'SET and DEL', fill: (i) => ['SET', keyName(i), 'xxx'], ask: [(i) => ['SET', `new:${i}`, 'xxx'], (i) => ['DEL', `new:${i}`]] },
  { name: 'HGET', fill: (i) => ['HSET', 'h', member(i), 'xxx'], ask: [(i, size) => ['HGET', 'h', member(scattered(i, size))]] },
  { name: 'HSET', fill: (i) => ['HSET', 'h', member(i), 'xxx'], ask: [(i, size) => ['HSET', 'h', member(scattered(i, size)), 'yyy']] },
  { name: 'SISMEMBER', fill: (i) => ['SADD', 's', member(i)], ask: [(i, size) => ['SISMEMBER', 's', member(scattered(i, size))]] },
  { name: 'SRANDMEMBER', fill: (i) => ['SADD', 's', member(i)], ask: [() => ['SRANDMEMBER', 's']] },
  { name: 'ZSCORE', fill: (i) => ['ZADD', 'z', String(i), member(i)], ask: [(i, size) => ['ZSCORE', 'z', member(scattered(i, size))]] },
  { name: 'ZADD', fill: (i) => ['ZADD', 'z', String(i), member(i)], ask: [(i, size) => ['ZADD', 'z', String(scattered(i + 13, size)), member(scattered(i, size))]] },
  { name: 'ZRANK', fill: (i) => ['ZADD', 'z', String(i), member(i)], ask: [(i, size) => ['ZRANK', 'z', member(scattered(i, size))]] },
  { name: 'ZRANGE of ten', fill: (i) => ['ZADD', 'z', String(i), member(i)], ask: [(i, size) => ['ZRANGE', 'z', String(scattered(i, size - 10)), String(scattered(i, size - 10) + 9)]] },
  { name: 'LPUSH and RPOP', fill: (i) => ['RPUSH', 'l', member(i)], ask: [(i) => ['LPUSH', 'l', member(i)], () => ['RPOP', 'l']] },
];

/** Nanoseconds of processor time for each request: the least of the rounds, because others only ever add to it. */
function cost(client: TestClient, { ask }: Growing, size: number, requests: number): number {
  const chunks: string[] = [];
  for (let i = 0; i < requests; i += CHUNK) {
    let chunk = '';
    for (let at = i; at < i + CHUNK; at++) for (const request of ask) chunk += requestBytes(request(at, size));
    chunks.push(`${chunk} `.slice(0, -1)); // one piece rather than a tree of pieces
  }
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (const chunk of chunks) client.raw(chunk);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1000) / (requests * ask.length));
  }
  return least;
}

/** `keys` of the load whose memory is measured; `requests` of one measurement of a cost. */
export function growthSection(keys: number, requests: number): { section: Section; curves: CostCurve[] } {
  const figures = loading(keys);
  const curves = GROWING.map((growing): CostCurve => {
    const points = SIZES.map((size) => {
      const client = new TestServer().client();
      send(client, size, growing.fill);
      cost(client, growing, size, requests); // warms up
      return { size, ns: cost(client, growing, size, requests) };
    });
    return { name: growing.name, points };
  });
  for (const { name, points } of curves) {
    const [first, last] = [points[0]?.ns ?? NaN, points.at(-1)?.ns ?? NaN];
    figures.push({ name: `${name}: a million to a thousand`, value: last / first, unit: 'times', goal: { to: GROWTH }, note: points.map(({ ns }) => Math.round(ns)).join(', ') + ' ns among 10³, 10⁴, 10⁵, 10⁶' });
  }
  return { section: { title: 'Much data, the engine in process', figures }, curves };
}
