/*
 * The engine without sockets
 * --------------------------
 * Requests in chunks of a hundred through the parser, the command and the writer, against a bare Map that
 * only stores and reads: what all of Redis costs on top of it.
 */
import { performance } from 'node:perf_hooks';
import { TestServer } from '../../engine/testing.ts';
import { requestBytes } from '../conformance/scenario.ts';
import { median, type Section } from './figures.ts';

const KEYS = 10_000;
const CHUNK = 100;
const ROUNDS = 7;

const name = (i: number): string => `key:${String(i % KEYS).padStart(12, '0')}`;

function rate(work: () => number): number {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const operations = work();
    rates.push(operations / ((performance.now() - began) / 1000));
  }
  return median(rates.slice(1)); // the first round warms up
}

export function inProcessSection(operations: number): Section {
  const client = new TestServer().client();
  const chunks = (request: (i: number) => string): string[] =>
    Array.from({ length: operations / CHUNK }, (_, at) => Array.from({ length: CHUNK }, (__, i) => request(at * CHUNK + i * 7)).join(''));
  const serve = (requests: readonly string[]): number => rate(() => {
    for (const chunk of requests) client.raw(chunk);
    return operations;
  });
  const set = serve(chunks((i) => requestBytes(['SET', name(i), 'xxx'])));
  const get = serve(chunks((i) => requestBytes(['GET', name(i)])));

  const map = new Map<string, string>();
  const names = Array.from({ length: KEYS }, (_, i) => name(i));
  let found = 0;
  const put = rate(() => {
    for (let i = 0; i < operations; i++) map.set(names[(i * 7) % KEYS] as string, 'xxx');
    return operations;
  });
  const look = rate(() => {
    for (let i = 0; i < operations; i++) if (map.get(names[(i * 7) % KEYS] as string) !== undefined) found++;
    return operations;
  });
  if (found === 0) throw new Error('the map was empty');
  return {
    title: 'The engine in process',
    figures: [
      { name: 'SET', value: set, unit: 'a second', goal: { from: 1_000_000 } },
      { name: 'GET', value: get, unit: 'a second', goal: { from: 2_000_000 } },
      { name: "SET beside a Map's set", value: put / set, unit: 'times the work' },
      { name: "GET beside a Map's get", value: look / get, unit: 'times the work' },
    ],
  };
}
