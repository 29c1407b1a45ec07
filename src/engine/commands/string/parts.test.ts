import { expect, test } from 'vitest';
import { error, TestServer, testKit } from '../../testing.ts';

const { cases } = testKit(test);
const TOO_LONG = error('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
const small = { config: { 'proto-max-bulk-len': 1024 * 1024 } };

cases('STRLEN and APPEND', [
  ['STRLEN k', 0],
  ['STRLEN k', 3, { given: ['SET k -42'] }],
  ['APPEND k hello', 5, { dirty: 1, notifies: ['append k'], after: [['OBJECT ENCODING k', 'embstr']] }],
  ['APPEND k 42', 2, { after: [['OBJECT ENCODING k', 'int']] }],
  ['APPEND k x', 3, { given: ['SET k 42'], after: [['GET k', '42x'], ['OBJECT ENCODING k', 'raw']] }],
  // Even appending nothing makes a value raw, and counts as a change.
  ['APPEND k ""', 1, { given: ['SET k v'], dirty: 1, notifies: ['append k'], after: [['OBJECT ENCODING k', 'raw']] }],
  ['APPEND k x', 2, { given: ['SET k v EX 60'], after: [['TTL k', 60]] }],
  ['APPEND k x', TOO_LONG, { ...small, given: ['SETRANGE k 1048575 x'] }],
]);

cases('GETRANGE and SUBSTR', [
  ['GETRANGE k 0 -1', ''],
  ['GETRANGE k 0 2', 'hel', { given: ['SET k hello'] }],
  ['GETRANGE k -3 -1', 'llo', { given: ['SET k hello'] }],
  ['GETRANGE k 1 100', 'ello', { given: ['SET k hello'] }],
  ['GETRANGE k -100 1', 'he', { given: ['SET k hello'] }],
  ['GETRANGE k 3 1', '', { given: ['SET k hello'] }],
  ['GETRANGE k -1 -3', '', { given: ['SET k hello'] }],
  ['GETRANGE k -100 -99', 'h', { given: ['SET k hello'] }],
  ['GETRANGE k 0 -9223372036854775808', 'h', { given: ['SET k hello'] }],
  ['GETRANGE k 1 2', '23', { given: ['SET k 1234'] }],
  ['GETRANGE k a 2', error('ERR value is not an integer or out of range')],
  ['GETRANGE k 0 4', 'he\0\0x', { given: ['SET k he', 'SETRANGE k 4 x'] }],
  ['SUBSTR k 1 3', 'ell', { given: ['SET k hello'] }],
]);

cases('SETRANGE', [
  ['SETRANGE k 6 Redis', 11, { given: ['SET k "Hello World"'], dirty: 1, notifies: ['setrange k'], after: [['GET k', 'Hello Redis']] }],
  ['SETRANGE k 3 x', 4, { after: [['GET k', '\0\0\0x'], ['OBJECT ENCODING k', 'raw']] }],
  ['SETRANGE k 5 ""', 0, { dirty: 0, notifies: [], after: [['EXISTS k', 0]] }],
  ['SETRANGE k 5 ""', 2, { given: ['SET k 42'], dirty: 0, after: [['OBJECT ENCODING k', 'int']] }],
  ['SETRANGE k -1 x', error('ERR offset is out of range')],
  ['SETRANGE k x x', error('ERR value is not an integer or out of range')],
  ['SETRANGE k 1048576 x', TOO_LONG, { ...small, after: [['EXISTS k', 0]] }],
  ['SETRANGE k 1048575 x', 1048576, small],
  ['SETRANGE k 9223372036854775807 x', TOO_LONG],
]);

test('a value written in place equals the same value built as text, whatever was done to it', () => {
  const world = new TestServer();
  let model = '';
  let state = 12345;
  const next = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 0x100000000) * n);
  };
  for (let i = 0; i < 400; i++) {
    const bytes = String.fromCharCode(...Array.from({ length: next(20) }, () => next(256)));
    if (next(10) === 0) {
      world.sendArgv(['SET', 'k', bytes]);
      model = bytes;
    } else if (next(2) === 0) {
      world.sendArgv(['APPEND', 'k', bytes]);
      model += bytes;
    } else if (bytes !== '') {
      const offset = next(60);
      world.sendArgv(['SETRANGE', 'k', String(offset), bytes]);
      model = model.padEnd(offset, '\0').slice(0, offset) + bytes + model.slice(offset + bytes.length);
    }
    const start = next(80) - 40;
    expect(world.sendArgv(['GET', 'k'])).toBe(`$${model.length}\r\n${model}\r\n`);
    const tail = model.slice(start);
    expect(world.sendArgv(['GETRANGE', 'k', String(start), '-1'])).toBe(`$${tail.length}\r\n${tail}\r\n`);
  }
});
