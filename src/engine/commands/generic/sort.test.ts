import { expect, test } from 'vitest';
import { WRONG_TYPE } from '../../reply.ts';
import { error, nil, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);
const WEIGHTED = ['RPUSH l 1 2 3', 'MSET w_1 30 w_2 10 w_3 20', 'HSET h_1 f one', 'HSET h_3 f three'];

cases('SORT', [
  ['SORT l', ['-5', '3', '20'], { given: ['RPUSH l 20 -5 3'], dirty: 0 }],
  ['SORT l DESC LIMIT 1 1', ['3'], { given: ['RPUSH l 20 -5 3'] }],
  ['SORT l ALPHA', ['10', '9', 'a'], { given: ['RPUSH l a 9 10'] }],
  ['SORT l', error("ERR One or more scores can't be converted into double"), { given: ['RPUSH l a'] }],
  ['SORT s', error(WRONG_TYPE), { given: ['SET s v'] }],
  ['SORT nothing', []],
  ['SORT l BY w_*', ['2', '3', '1'], { given: WEIGHTED }],
  ['SORT l BY w_* GET # GET h_*->f', ['2', nil, '3', 'three', '1', 'one'], { given: WEIGHTED }],
  ['SORT l BY nosort', ['1', '2', '3'], { given: WEIGHTED }],
  ['SORT l BY nosort DESC LIMIT 0 2', ['3', '2'], { given: WEIGHTED }],
  ['SORT l LIMIT a 1', error('ERR value is not an integer or out of range'), { given: WEIGHTED }],
  ['SORT l STORE d', 3, { given: ['RPUSH l 3 1 2'], dirty: 3, notifies: ['sortstore d'], after: [['LRANGE d 0 -1', ['1', '2', '3']], ['OBJECT ENCODING d', 'listpack']] }],
  ['SORT nothing STORE d', 0, { given: ['SET d v'], dirty: 1, notifies: ['del d'] }],
  ['SORT l GET h_*->f STORE d', 3, { given: WEIGHTED, after: [['LRANGE d 0 -1', ['one', '', 'three']]] }],
  ['SORT s BY nosort STORE d', 3, { given: ['SADD s c a b'], after: [['LRANGE d 0 -1', ['a', 'b', 'c']]] }],
  ['SORT z BY nosort', ['b', 'a'], { given: ['ZADD z 2 a 1 b'], after: [['OBJECT ENCODING z', 'skiplist']] }],
  ['SORT_RO l STORE d', error('ERR syntax error')],
  ['SORT_RO l', ['1', '2'], { given: ['RPUSH l 2 1'] }],
  ['COMMAND GETKEYS SORT l BY store GET store STORE d', ['l', 'd']],
]);

test('a stored result that is long becomes a quicklist', () => {
  const world = new TestServer();
  world.send('CONFIG SET list-max-listpack-size 2');
  world.send('RPUSH l 3 1 2');
  world.send('SORT l STORE d');
  expect(world.ask('OBJECT ENCODING d')).toBe('"quicklist"');
});
