import { test } from 'vitest';
import { error, OK, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const given = ['MSET a 1 b 2', 'SELECT 1', 'SET c 3', 'SELECT 0'];

cases('DBSIZE, FLUSHDB, FLUSHALL, SWAPDB', [
  ['DBSIZE', 2, { given }],
  ['FLUSHDB', OK, { given, dirty: 2, after: [['DBSIZE', 0], ['SELECT 1', OK], ['DBSIZE', 1]] }],
  ['FLUSHDB async', OK, { given, dirty: 2 }],
  ['FLUSHALL SYNC', OK, { given, config: { save: '' }, dirty: 3, after: [['SELECT 1', OK], ['DBSIZE', 0]] }],
  // With save points the empty dataset is on disk at once: three changes were counted before.
  ['FLUSHALL', OK, { given, dirty: -3 }],
  ['FLUSHALL', OK, { dirty: 0 }],
  ['FLUSHDB foo', error('ERR syntax error'), { given, after: [['DBSIZE', 2]] }],
  ['FLUSHALL SYNC ASYNC', error('ERR syntax error')],
  ['SWAPDB 0 1', OK, { given, dirty: 1, after: [['DBSIZE', 1], ['GET c', '3'], ['SELECT 1', OK], ['DBSIZE', 2]] }],
  ['SWAPDB 0 0', OK, { given, dirty: 1, after: [['DBSIZE', 2]] }],
  ['SWAPDB x 0', error('ERR invalid first DB index')],
  ['SWAPDB 0 99999999999', error('ERR invalid second DB index')],
  ['SWAPDB 0 16', error('ERR DB index is out of range')],
]);

transcript('a flush fails the transaction that watches a key that was there', `
  a> SET k 1
  a> WATCH k
  b> FLUSHALL
  a> MULTI
  a> SET k 2
  a> EXEC
  a< (nil)
`);

transcript('a flush of nothing fails no transaction', `
  a> WATCH k
  b> FLUSHALL
  a> MULTI
  a> SET k 2
  a> EXEC
  a< 1) OK
`);

transcript('a swap changes a watched key of either database', `
  a> WATCH k
  b> SELECT 1
  b> SET k other
  b> SWAPDB 0 1
  a> MULTI
  a> GET k
  a> EXEC
  a< (nil)
`);
