import { describe, expect, test } from 'vitest';
import { testWorld } from '../../testing.ts';
import { Histogram } from './histogram.ts';

function host(): { run(line: string, us?: number): string } {
  const shell = testWorld({ run: ['redis-server'] }).open();
  return {
    run(line, us = 20_000_000) {
      shell.look();
      return shell.type(`${line}\r`, us).replace(`${line}\n`, '').replace(/learner@local:~\$ $/, '');
    },
  };
}

/** The lines that are left standing when each progress line was overwritten. */
const standing = (output: string): string => output.split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1)).join('\n');

/** Requests a second of each test. */
const rates = (output: string): number[] => [...output.matchAll(/: ([\d.]+) requests per second/g)].map((match) => Number(match[1]));

describe('redis-benchmark in virtual time', () => {
  test('says the same every time, and that its times are virtual', () => {
    const [one, other] = [host().run('redis-benchmark -q -t set,get -n 5000'), host().run('redis-benchmark -q -t set,get -n 5000')];
    expect(one).toBe(other);
    expect(standing(one)).toMatch(/^Times are virtual: .*\nSET: [\d.]+ requests per second, p50=[\d.]+ msec\nGET: [\d.]+ requests per second, p50=[\d.]+ msec\n\n$/);
  });

  test('shows what a pipeline gains and what a large reply costs', () => {
    const { run } = host();
    const [plain = 0, piped = 0] = [...rates(run('redis-benchmark -q -t get -n 5000')), ...rates(run('redis-benchmark -q -t get -n 5000 -P 16'))];
    expect(piped / plain).toBeGreaterThan(5);
    const [push = 0, ...ranges] = rates(run('redis-benchmark -q -t lrange -n 2000'));
    expect(ranges).toHaveLength(4);
    expect(ranges[3]).toBeLessThan(push / 2);
  });

  test('waits longer the more clients there are', () => {
    const { run } = host();
    const p50 = (line: string): number => Number(/p50=([\d.]+)/.exec(run(line))?.[1]);
    expect(p50('redis-benchmark -q -n 3000 -c 50 -t ping_mbulk')).toBeGreaterThan(20 * p50('redis-benchmark -q -n 3000 -c 1 -t ping_mbulk'));
  });

  test('sends exactly as many requests as it says, with random keys if asked', () => {
    const { run } = host();
    run('redis-benchmark -q -n 1000 -P 3 -r 50 -t set,incr');
    expect(run('redis-cli info commandstats | grep cmdstat_set: | cut -d, -f1')).toMatch(/^cmdstat_set:calls=100[0-2]\n$/);
    expect(Number(run('redis-cli --raw dbsize'))).toBeGreaterThan(90);
    expect(run('redis-cli --scan --pattern "key:0000000000*" | head -1')).toMatch(/^"?key:0000000000\d\d"?\n$/);
    run('redis-benchmark -q -n 300 lpush list x');
    expect(run('redis-cli llen list')).toBe('(integer) 300\n');
    run('printf word | redis-benchmark -q -n 10 -c 1 -x set last');
    expect(run('redis-cli get last')).toBe('"word"\n');
  });

  test('a report has its distributions, and csv its columns', () => {
    const { run } = host();
    const report = standing(run('redis-benchmark -n 1000 -c 1 -t get'));
    expect(report).toContain(
      '====== GET ======\n  1000 requests completed in 0.02 seconds\n  1 parallel clients\n  3 bytes payload\n  keep alive: 1\n  host configuration "save": 3600 1 300 100 60 10000\n  host configuration "appendonly": no\n  multi-thread: no\n\nLatency by percentile distribution:\n0.000% <= 0.023 milliseconds (cumulative count 1000)\n100.000% <= 0.023 milliseconds (cumulative count 1000)\n\nCumulative distribution of latencies:\n100.000% <= 0.103 milliseconds (cumulative count 1000)\n\nSummary:\n',
    );
    expect(run('redis-benchmark --csv -n 1000 -c 1 -t get').split('\n')[1]).toMatch(/^"GET","[\d.]+","0\.020","0\.016","0\.023","0\.023","0\.023","0\.023"$/);
  });

  test('ends with an error of the server, and where there is none', () => {
    const { run } = host();
    run('redis-cli set k v');
    expect(run('redis-benchmark -q -n 10 lpush k v; echo $?')).toContain('Error from server: WRONGTYPE Operation against a key holding the wrong kind of value\n1\n');
    expect(run('redis-benchmark -p 1 -q; echo $?')).toBe('Could not connect to Redis at 127.0.0.1:1: Connection refused\n1\n');
    expect(run('redis-benchmark --nothing; echo $?')).toMatch(/^Invalid option "--nothing" or option argument missing\n\nUsage: [\s\S]*\n1\n$/);
    expect(run('redis-benchmark -a wrong -n 10; echo $?')).toContain('Node 127.0.0.1:6379 replied with error:\nERR AUTH <password> called without any password');
    expect(rates(run('redis-benchmark -k 0 -q -n 500 -t ping_mbulk'))).toHaveLength(1);
  });
});

test('a histogram tells values as the real one: by the upper ends of its buckets, halfway to the whole each time', () => {
  const histogram = new Histogram();
  // Two thousand requests of which half took 0.1 ms, most of the rest 2 ms, and one 20 ms.
  for (let i = 0; i < 1000; i++) histogram.add(100);
  for (let i = 0; i < 999; i++) histogram.add(2000);
  histogram.add(20_000);
  expect(histogram.percentiles().map(({ percent, us, count }) => `${percent.toFixed(3)} ${us} ${count}`)).toEqual([
    '0.000 103 1000', '50.000 103 1000', '75.000 2007 1999', '87.500 2007 1999', '93.750 2007 1999', '96.875 2007 1999', '98.438 2007 1999', '99.219 2007 1999', '99.609 2007 1999',
    '99.805 2007 1999', '99.902 2007 1999', '99.951 20015 2000', '100.000 20015 2000',
  ]);
  expect(histogram.steps().map(({ us, count }) => [us, count])).toEqual([[103, 1000], [2007, 1999], [20111, 2000]]);
  expect([histogram.least, histogram.most, histogram.at(50), histogram.at(99), Math.round(histogram.mean)]).toEqual([96, 20015, 103, 2007, 1061]);
});
