import { expect, test } from 'vitest';
import { error, nil, OK, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const SYNTAX = error('ERR syntax error');

cases('SET', [
  ['SET k v', OK, { dirty: 1, notifies: ['set k'], after: [['GET k', 'v'], ['TTL k', -1]] }],
  ['SET k v NX', nil, { given: ['SET k old'], dirty: 0, notifies: [], after: [['GET k', 'old']] }],
  ['SET k v NX', OK, { after: [['GET k', 'v']] }],
  ['SET k v XX', nil, { after: [['EXISTS k', 0]] }],
  ['SET k v XX', OK, { given: ['SET k old'] }],
  ['SET k v GET', 'old', { given: ['SET k old'], dirty: 1, after: [['GET k', 'v']] }],
  ['SET k v GET', nil, { dirty: 1 }],
  ['SET k v NX GET', 'old', { given: ['SET k old'], dirty: 0, after: [['GET k', 'old']] }],
  ['SET k v NX GET', nil, { after: [['GET k', 'v']] }],
  ['SET k v XX GET', nil, { after: [['EXISTS k', 0]] }],
  ['SET k v nx xx', SYNTAX],
  ['SET k v NX NX', OK],
  ['SET k v EX 60', OK, { notifies: ['set k', 'expire k'], after: [['TTL k', 60], ['PTTL k', 60000]] }],
  ['SET k v PX 1500', OK, { after: [['PTTL k', 1500]] }],
  ['SET k v EXAT 1700000100', OK, { after: [['TTL k', 100]] }],
  ['SET k v PXAT 1700000000250', OK, { after: [['PTTL k', 250]] }],
  ['SET k v PXAT 1', OK, { after: [['GET k', nil]] }],
  ['SET k v EX 60 EX 90', OK, { after: [['TTL k', 90]] }],
  ['SET k v EX 60 PX 90', SYNTAX],
  ['SET k v KEEPTTL EX 60', SYNTAX],
  ['SET k v EX', SYNTAX],
  ['SET k v IFEQ v', SYNTAX],
  ['SET k v PERSIST', SYNTAX],
  ['SET k v EX 0', error("ERR invalid expire time in 'set' command"), { dirty: 0, after: [['EXISTS k', 0]] }],
  ['SET k v EX -1', error("ERR invalid expire time in 'set' command")],
  ['SET k v EX 9223372036854775807', error("ERR invalid expire time in 'set' command")],
  ['SET k v PX 9223372036854775807', error("ERR invalid expire time in 'set' command")],
  ['SET k v PXAT 9223372036854775807', OK, { after: [['PEXPIRETIME k', 9223372036854775807n], ['EXPIRETIME k', 9223372036854776n]] }],
  ['SET k v EX x', error('ERR value is not an integer or out of range')],
  ['SET k v EX 1.5', error('ERR value is not an integer or out of range')],
  ['SET k v', OK, { given: ['SET k old EX 60'], after: [['TTL k', -1]] }],
  ['SET k v KEEPTTL', OK, { given: ['SET k old EX 60'], notifies: ['set k'], after: [['TTL k', 60]] }],
]);

cases('encodings that SET chooses', [
  ['SET k 42', OK, { after: [['OBJECT ENCODING k', 'int'], ['OBJECT REFCOUNT k', 2147483647]] }],
  ['SET k 10000', OK, { after: [['OBJECT ENCODING k', 'int'], ['OBJECT REFCOUNT k', 1]] }],
  ['SET k 9223372036854775807', OK, { after: [['OBJECT ENCODING k', 'int'], ['GET k', '9223372036854775807']] }],
  ['SET k 9223372036854775808', OK, { after: [['OBJECT ENCODING k', 'embstr']] }],
  ['SET k 042', OK, { after: [['OBJECT ENCODING k', 'embstr']] }],
  ['SET k +42', OK, { after: [['OBJECT ENCODING k', 'embstr']] }],
  ['SET k ""', OK, { after: [['OBJECT ENCODING k', 'embstr'], ['GET k', '']] }],
  [`SET k ${'x'.repeat(44)}`, OK, { after: [['OBJECT ENCODING k', 'embstr']] }],
  [`SET k ${'x'.repeat(45)}`, OK, { after: [['OBJECT ENCODING k', 'raw']] }],
  ['SET k v', OK, { given: ['APPEND k x', 'APPEND k y'], after: [['OBJECT ENCODING k', 'embstr']] }],
]);

cases('SETNX, SETEX, PSETEX, GETSET', [
  ['SETNX k v', 1, { notifies: ['set k'], dirty: 1 }],
  ['SETNX k v', 0, { given: ['SET k old'], notifies: [], dirty: 0 }],
  ['SETEX k 10 v', OK, { notifies: ['set k', 'expire k'], after: [['TTL k', 10]] }],
  ['SETEX k 0 v', error("ERR invalid expire time in 'setex' command")],
  ['PSETEX k 1500 v', OK, { after: [['PTTL k', 1500]] }],
  ['PSETEX k -1 v', error("ERR invalid expire time in 'psetex' command")],
  ['GETSET k v', nil, { notifies: ['set k'], after: [['GET k', 'v']] }],
  ['GETSET k v', 'old', { given: ['SET k old EX 60'], after: [['GET k', 'v'], ['TTL k', -1]] }],
]);

test('a stored value does not keep the chunk it came in alive', () => {
  const world = new TestServer();
  const value = 'v'.repeat(100);
  world.client().raw(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\n${value}\r\n`);
  expect(world.server.databases[0]?.keys.peek('k')?.value.value).toBe(value);
});

transcript('an overwritten key fails the transaction that watches it', `
  a> SET k 1
  a> WATCH k
  b> SET k 2
  a> MULTI
  a> INCR k
  a< QUEUED
  a> EXEC
  a< (nil)
  a> GET k
  a< "2"
`);
