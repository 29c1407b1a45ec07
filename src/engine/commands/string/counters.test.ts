import { expect, test } from 'vitest';
import { error, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const NOT_AN_INTEGER = error('ERR value is not an integer or out of range');
const OVERFLOW = error('ERR increment or decrement would overflow');

cases('INCR and its relatives', [
  ['INCR n', 1, { dirty: 1, notifies: ['incrby n'], after: [['OBJECT ENCODING n', 'int']] }],
  ['DECR n', -1],
  ['INCR n', 11, { given: ['SET n 10'] }],
  ['INCRBY n 5', 15, { given: ['SET n 10'] }],
  ['INCRBY n -5', 5, { given: ['SET n 10'] }],
  ['DECRBY n 5', 5, { given: ['SET n 10'] }],
  ['DECRBY n 0', 0],
  ['INCR n', NOT_AN_INTEGER, { given: ['SET n 1.5'], dirty: 0, notifies: [] }],
  ['INCR n', NOT_AN_INTEGER, { given: ['SET n " 1"'] }],
  ['INCR n', NOT_AN_INTEGER, { given: ['SET n ""'] }],
  ['INCRBY n x', NOT_AN_INTEGER],
  ['INCRBY n 9223372036854775808', NOT_AN_INTEGER],
  ['INCR n', OVERFLOW, { given: ['SET n 9223372036854775807'], after: [['GET n', '9223372036854775807']] }],
  ['DECR n', OVERFLOW, { given: ['SET n -9223372036854775808'] }],
  ['INCR n', 9223372036854775807n, { given: ['SET n 9223372036854775806'] }],
  ['INCRBY n 1', 9007199254740993n, { given: ['SET n 9007199254740992'] }],
  ['DECR n', 9007199254740991, { given: ['SET n 9007199254740992'], after: [['GET n', '9007199254740991']] }],
  ['DECRBY n -9223372036854775808', error('ERR decrement would overflow')],
  ['INCR n', 2, { given: ['SET n 1 EX 60'], after: [['TTL n', 60]] }],
  ['INCR n', 12, { given: ['SET n 1', 'APPEND n 1'], after: [['OBJECT ENCODING n', 'int']] }],
]);

cases('INCRBYFLOAT', [
  ['INCRBYFLOAT n 0.1', '0.1', { dirty: 1, notifies: ['incrbyfloat n'] }],
  ['INCRBYFLOAT n 0.1', '10.6', { given: ['SET n 10.5'] }],
  ['INCRBYFLOAT n 5', '15', { given: ['SET n 10'], after: [['OBJECT ENCODING n', 'embstr']] }],
  ['INCRBYFLOAT n 2.0e2', '5200', { given: ['SET n 5.0e3'] }],
  ['INCRBYFLOAT n x', error('ERR value is not a valid float')],
  ['INCRBYFLOAT n 1', error('ERR value is not a valid float'), { given: ['SET n x'] }],
  ['INCRBYFLOAT n inf', error('ERR increment would produce NaN or Infinity'), { after: [['EXISTS n', 0]] }],
]);

transcript('two clients never lose an update', `
  a> INCR visits
  b> INCR visits
  a> INCR visits
  a< (integer) 3
`);

test('a value that changes its encoding where it lies is announced', () => {
  const world = new TestServer();
  world.send('SET n 1');
  const events = world.listen();
  for (const line of ['APPEND n 0', 'INCR n', 'INCRBYFLOAT n 0', 'INCR n', 'INCR n']) world.send(line);
  expect(events.flatMap((event) => (event.type === 'encodingChanged' ? [`${event.from} → ${event.to}`] : []))).toEqual(['int → raw', 'raw → int', 'int → embstr', 'embstr → int']);
});
