/*
 * cluster-compatibility-sample-ratio: what a server in no cluster counts. The numbers are those of the real server.
 */
import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';

const counted = (server: TestServer): number => Number(/cluster_incompatible_ops:(\d+)/.exec(server.ask('INFO stats', 'teller'))?.[1] ?? -1);

function countedFor(lines: readonly string[]): number {
  const server = new TestServer({ config: { 'cluster-compatibility-sample-ratio': 100 } });
  server.ask('RPUSH l 1 2', 'teller');
  const before = counted(server);
  for (const line of lines) server.send(line);
  return counted(server) - before;
}

describe('one command', () => {
  test.each<[number, string]>([
    [1, 'SELECT 1'], [0, 'SELECT 0'], [1, 'SELECT 99'], [0, 'SELECT x'],
    [1, 'SWAPDB 0 1'], [1, 'SWAPDB 0 0'], [0, 'SWAPDB 99 1'],
    [1, 'COPY a b'], [1, 'COPY a b DB 0'], [2, 'COPY a b DB 1'], [1, 'COPY a {a}2 DB 1'], [1, 'COPY a b DB 99'], [1, 'MOVE a 1'], [0, 'MOVE a 0'], [0, 'MOVE a 99'],
    [1, 'MSET a 1 b 2'], [0, 'MSET {a}1 1 {a}2 2'], [0, 'MSET a'], [1, 'DEL a b'], [0, 'GET a'], [1, 'WATCH a b'], [1, 'XREAD STREAMS a b 0 0'], [1, 'SSUBSCRIBE a b'], [0, 'FLUSHALL'], [0, 'SCAN 0 MATCH x'],
    [0, 'EVAL "return 1" 0'], [1, 'EVAL "return 1" 2 a b'], [0, `EVAL "redis.call('set','a',1) redis.call('set','b',1)" 0`], [1, `EVAL "redis.call('mset','a',1,'b',2) redis.call('mset','a',1,'b',2)" 0`],
    [1, `EVAL "#!lua\\nredis.call('set','a',1) redis.call('set','b',1)" 0`], [1, `EVAL "#!lua\\nredis.call('set','a',1)" 1 b`], [0, `EVAL "redis.call('set','a',1)" 1 b`], [1, 'EVAL "#!lua flags=no-cluster\\nreturn 1" 0'],
    [1, `EVAL "redis.call('select', 1)" 0`], [1, `EVAL "redis.call('sort','l','by','w_*')" 0`],
    [1, 'SORT l BY w_*'], [2, 'SORT l BY w_* GET x_*'], [0, 'SORT l BY nosort'], [0, 'SORT l BY nosort GET #'], [1, 'SORT l GET x'], [1, 'SORT l STORE m'], [1, 'SORT l BY w{l}_* GET x'], [1, 'SORT l BY w_* foo'],
  ])('counts %i times: %s', (times, line) => expect(countedFor([line])).toBe(times));
});

describe('several', () => {
  test.each<[number, string]>([
    [1, 'MULTI;SET a 1;SET b 1;EXEC'], [0, 'MULTI;SET a 1;EXEC'], [2, 'MULTI;MSET a 1 b 2;EXEC'], [0, 'MULTI;SET a 1;SET b 1;DISCARD'], [1, 'MULTI;SELECT 1;SELECT 0;EXEC'], [3, 'MULTI;MSET a 1 b 2;MSET a 1 b 2;EXEC'],
    [1, `MULTI;EVAL "redis.call('mset','a',1,'b',2)" 0;EXEC`], [0, `MULTI;SET a 1;EVAL "redis.call('set','b',1)" 0;EXEC`], [0, 'WATCH a;MULTI;SET b 1;EXEC'], [0, 'SSUBSCRIBE a;SSUBSCRIBE b'], [0, 'EXEC'],
  ])('count %i times: %s', (times, lines) => expect(countedFor(lines.split(';'))).toBe(times));
});

test('the ratio is that of commands whose keys are looked at; 0 tells nothing', () => {
  const server = new TestServer();
  expect(counted(server)).toBe(-1);
  server.ask('CONFIG SET cluster-compatibility-sample-ratio 30');
  for (let i = 0; i < 1000; i++) server.ask('MSET a 1 b 2');
  expect(counted(server)).toBeGreaterThan(200);
  expect(counted(server)).toBeLessThan(400);
  server.ask('CONFIG RESETSTAT');
  expect(counted(server)).toBe(0);
});
