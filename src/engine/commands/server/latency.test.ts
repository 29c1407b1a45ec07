import { expect, test } from 'vitest';
import { status } from '../../reply.ts';
import { LatencyHistogram } from '../../structures/latency-histogram.ts';
import { error, OK, showWire, TestServer, testKit, type CaseOptions } from '../../testing.ts';
import { sparkline } from './sparkline.ts';

const { cases } = testKit(test);
const debug: CaseOptions = { config: { 'enable-debug-command': 'yes', 'latency-monitor-threshold': 1 } };
const slow = { ...debug, given: ['DEBUG SLEEP 0.003', 'DEBUG SLEEP 0.021'] };

cases('LATENCY', [
  ['LATENCY LATEST', [], debug],
  ['LATENCY LATEST', [['command', 1700000000, 21, 21]], slow],
  ['LATENCY HISTORY command', [[1700000000, 21]], slow],
  ['LATENCY HISTORY COMMAND', [], slow],
  ['LATENCY RESET nothing command', 1, slow],
  ['LATENCY RESET', 1, slow],
  ['LATENCY GRAPH nothing', error("ERR No samples available for event 'nothing'")],
  ['LATENCY HISTOGRAM nothing set', ['set', ['calls', 2, 'histogram_usec', [1, 2]]], { given: ['SET a 1', 'SET a 1'] }],
  ['LATENCY HISTOGRAM set', [], { given: ['CONFIG SET latency-tracking no', 'SET a 1'] }],
]);

cases('DEBUG', [
  ['DEBUG QUICKLIST l', error('ERR Not a quicklist encoded object.'), { ...debug, given: ['RPUSH l a'] }],
  ['DEBUG LISTPACK k', error('ERR Not a listpack encoded object.'), { ...debug, given: ['SET k v'] }],
  ['DEBUG HTSTATS-KEY nokey', error('ERR no such key'), debug],
  ['DEBUG HTSTATS-KEY s', 'Hash table 0 stats (main hash table):\n table size: 4\n number of elements: 3\n', { ...debug, given: ['CONFIG SET set-max-listpack-entries 0 set-max-intset-entries 0', 'SADD s a b c'] }],
  ['DEBUG REPLYBUFFER PEAK-RESET-TIME x', error('ERR value is not an integer or out of range'), debug],
  ['DEBUG REPLYBUFFER RESIZING x', OK, debug],
  ['DEBUG CLIENT-EVICTION', error('ERR maxmemory-clients is disabled.'), debug],
  ['DEBUG RELOAD nonsense', error('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.'), debug],
  ['DEBUG RELOAD', OK, { ...debug, given: ['RPUSH l a b'], after: [['LRANGE l 0 -1', ['a', 'b']]] }],
  ['DEBUG OBJECT q', status('Value at:0x7f0000000000 refcount:1 encoding:quicklist serializedlength:218 lru:5501184 lru_seconds_idle:0 ql_nodes:13 ql_avg_node:3.85 ql_listpack_max:4 ql_compressed:1 ql_uncompressed_size:191'), { ...debug, given: ['CONFIG SET list-max-listpack-size 4 list-compress-depth 1', `RPUSH q ${Array.from({ length: 50 }, (_, i) => i + 1).join(' ')}`] }],
  [`CONFIG SET oom-score-adj-values "'0' 1 2"`, error("ERR CONFIG SET failed (possibly related to argument 'oom-score-adj-values') - Invalid oom-score-adj-values, elements must be between -2000 and 2000.")],
  ['CONFIG SET oom-score-adj-values "0  1 2"', error("ERR CONFIG SET failed (possibly related to argument 'oom-score-adj-values') - wrong number of arguments")],
  ['CONFIG SET maxmemory 5mb maxmemory-clients 200% client-query-buffer-limit x', error("ERR CONFIG SET failed (possibly related to argument 'maxmemory-clients') - percentage argument must be less or equal to 100")],
  ['DEBUG SDSLEN k', status('key_sds_len:1, key_sds_avail:0, key_zmalloc: 8, val_sds_len:8, val_sds_avail:20, val_zmalloc: 32'), { ...debug, given: ['SET k value', 'APPEND k -38'] }],
  ['DEBUG OBJECT k fast', error("ERR unknown subcommand or wrong number of arguments for 'OBJECT'. Try DEBUG HELP."), debug],
]);

test('a server that is told to crash does so, and answers nobody', () => {
  for (const [form, code] of [['PANIC', 134], ['ASSERT', 134], ['OOM', 134], ['SEGFAULT', 139]] as const) {
    const world = new TestServer({ config: { 'enable-debug-command': 'yes' } });
    expect(world.send(`DEBUG ${form}`)).toBe('');
    expect([world.exitCode, world.client().closed]).toEqual([code, true]);
    expect(world.stdout).toContain('BUG REPORT');
  }
});

test('percentiles and doubling bounds are those of a histogram with two significant digits', () => {
  const histogram = new LatencyHistogram();
  for (const us of [1, 5, 5, 60, 21_495, 2_000_000]) histogram.record(us * 1000);
  expect([50, 99].map((percent) => histogram.percentile(percent) / 1000)).toEqual([5.023, 1_002_438.655]);
  expect(histogram.cumulative()).toEqual([[1, 1], [8, 3], [66, 4], [33_816, 5], [1_073_741, 6]]);
});

test('a graph fills from below, and each column has its label beneath', () => {
  expect(sparkline([{ value: 3, label: '1s' }, { value: 21, label: '0s' }])).toBe(' #\n |\n |\n_|\n  \n10\nss\n');
});

test('INFO tells percentiles of each command', () => {
  const world = new TestServer();
  world.send('SET a 1');
  expect(showWire(world.send('INFO latencystats'))).toContain('latency_percentiles_usec_set:p50=0.001,p99=0.001,p99.9=0.001');
});
