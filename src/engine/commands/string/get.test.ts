import { expect, test } from 'vitest';
import { error, nil, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);

cases('GET', [
  ['GET k', nil],
  ['GET k', 'v', { given: ['SET k v'] }],
  ['GET k', '-7', { given: ['SET k -7'] }],
  ['GET k', nil, { given: ['SET k v PX 150'], later: 151 }],
  ['GET k', 'v', { given: ['SET k v PX 150'], later: 150 }],
]);

cases('GETEX', [
  ['GETEX k', nil],
  ['GETEX k', 'v', { given: ['SET k v EX 60'], dirty: 0, notifies: [], after: [['TTL k', 60]] }],
  ['GETEX k EX 10', 'v', { given: ['SET k v'], dirty: 1, notifies: ['expire k'], after: [['TTL k', 10]] }],
  ['GETEX k PERSIST', 'v', { given: ['SET k v EX 60'], dirty: 1, notifies: ['persist k'], after: [['TTL k', -1]] }],
  ['GETEX k PERSIST', 'v', { given: ['SET k v'], dirty: 0, notifies: [] }],
  ['GETEX k PXAT 1', 'v', { given: ['SET k v'], dirty: 1, notifies: ['del k'], after: [['EXISTS k', 0]] }],
  ['GETEX k EX 10 PERSIST', error('ERR syntax error'), { given: ['SET k v'] }],
  ['GETEX k KEEPTTL', error('ERR syntax error'), { given: ['SET k v'] }],
  ['GETEX k EX 0', error("ERR invalid expire time in 'getex' command"), { given: ['SET k v'] }],
  // A key that is not there hides the wrong amount, but not the wrong option.
  ['GETEX k EX 0', nil],
  ['GETEX k foo', error('ERR syntax error')],
]);

cases('GETDEL', [
  ['GETDEL k', nil, { dirty: 0, notifies: [] }],
  ['GETDEL k', 'v', { given: ['SET k v'], dirty: 1, notifies: ['del k'], after: [['EXISTS k', 0]] }],
]);

transcript('a read past the deadline removes the key', `
  a> SET session alice PX 1000
  a< OK
  + 999 ms
  a> GET session
  a< "alice"
  + 2 ms
  a> GET session
  a< (nil)
`);

test('reads count hits and misses, writes do not', () => {
  const world = new TestServer();
  for (const line of ['SET k v', 'GET k', 'GET none', 'GETEX k EX 5', 'MGET k none', 'STRLEN none', 'APPEND k x', 'INCR n', 'GETDEL k', 'TTL none', 'EXISTS n']) world.send(line);
  expect(world.server.statistics.keyspace).toMatchObject({ hits: 5, misses: 4 });
});
