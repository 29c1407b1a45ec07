import { test } from 'vitest';
import { error, nil, OK, testKit } from '../../testing.ts';

const { cases } = testKit(test);

cases('MGET, MSET, MSETNX', [
  ['MGET a b c', ['1', nil, '3'], { given: ['MSET a 1 c 3'] }],
  ['MSET a 1 b 2', OK, { dirty: 2, notifies: ['set a', 'set b'], after: [['MGET a b', ['1', '2']]] }],
  ['MSET a 1 a 2', OK, { dirty: 2, after: [['GET a', '2']] }],
  ['MSET a 1', OK, { given: ['SET a 0 EX 60'], after: [['TTL a', -1]] }],
  ['MSET a 1 b', error("ERR wrong number of arguments for 'mset' command"), { after: [['EXISTS a', 0]] }],
  ['MSETNX a 1 b 2', 1, { dirty: 2, notifies: ['set a', 'set b'] }],
  ['MSETNX a 1 b 2', 0, { given: ['SET b old'], dirty: 0, notifies: [], after: [['EXISTS a', 0]] }],
  ['MSETNX a 1 a 2', 1, { after: [['GET a', '2']] }],
  ['MSETNX a 1 b', error("ERR wrong number of arguments for 'msetnx' command")],
]);
