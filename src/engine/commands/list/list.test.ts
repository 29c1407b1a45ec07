import { expect, test } from 'vitest';
import { error, nil, nilArray, OK, testKit, TestServer } from '../../testing.ts';
import { WRONG_TYPE } from '../../reply.ts';

const { cases, transcript } = testKit(test);

cases('pushing', [
  ['RPUSH l a b c', 3, { dirty: 3, notifies: ['rpush l'], after: [['LRANGE l 0 -1', ['a', 'b', 'c']]] }],
  ['LPUSH l a b c', 3, { notifies: ['lpush l'], after: [['LRANGE l 0 -1', ['c', 'b', 'a']]] }],
  ['RPUSHX l a', 0, { dirty: 0, notifies: [], after: [['EXISTS l', 0]] }],
  ['LPUSHX l b', 2, { given: ['RPUSH l a'], after: [['LRANGE l 0 -1', ['b', 'a']]] }],
  ['RPUSH s x', error(WRONG_TYPE), { given: ['SET s v'] }],
]);

cases('taking', [
  ['LPOP l', 'a', { given: ['RPUSH l a b'], dirty: 1, notifies: ['lpop l'] }],
  ['RPOP l', 'a', { given: ['RPUSH l a'], notifies: ['rpop l', 'del l'], after: [['EXISTS l', 0]] }],
  ['LPOP l', nil],
  ['LPOP l 2', nilArray],
  ['LPOP l 0', [], { given: ['RPUSH l a'], dirty: 0 }],
  ['RPOP l 2', ['c', 'b'], { given: ['RPUSH l a b c'], dirty: 2 }],
  ['LPOP l 9', ['a', 'b'], { given: ['RPUSH l a b'], dirty: 2, notifies: ['lpop l', 'del l'] }],
  ['LPOP l -1', error('ERR value is out of range, must be positive')],
  ['LPOP l x', error('ERR value is out of range, must be positive')],
  ['LPOP l 1 2', error("ERR wrong number of arguments for 'lpop' command")],
]);

cases('inside', [
  ['LRANGE l 1 -2', ['b', 'c'], { given: ['RPUSH l a b c d'] }],
  ['LRANGE l 3 1', [], { given: ['RPUSH l a b c d'] }],
  ['LRANGE l -100 100', ['a', 'b'], { given: ['RPUSH l a b'] }],
  ['LINDEX l -1', 'b', { given: ['RPUSH l a b'] }],
  ['LINDEX l 2', nil, { given: ['RPUSH l a b'] }],
  ['LSET l 1 B', OK, { given: ['RPUSH l a b'], dirty: 1, notifies: ['lset l'], after: [['LRANGE l 0 -1', ['a', 'B']]] }],
  ['LSET l 2 B', error('ERR index out of range'), { given: ['RPUSH l a b'] }],
  ['LSET l 0 B', error('ERR no such key')],
  ['LTRIM l 1 1', OK, { given: ['RPUSH l a b c'], dirty: 2, notifies: ['ltrim l'], after: [['LRANGE l 0 -1', ['b']]] }],
  ['LTRIM l 5 9', OK, { given: ['RPUSH l a b c'], dirty: 3, notifies: ['ltrim l', 'del l'] }],
  ['LINSERT l BEFORE b x', 4, { given: ['RPUSH l a b b'], dirty: 1, notifies: ['linsert l'], after: [['LRANGE l 0 -1', ['a', 'x', 'b', 'b']]] }],
  ['LINSERT l AFTER b x', 4, { given: ['RPUSH l a b b'], after: [['LRANGE l 0 -1', ['a', 'b', 'x', 'b']]] }],
  ['LINSERT l AFTER z x', -1, { given: ['RPUSH l a b'], dirty: 0, notifies: [] }],
  ['LINSERT l BETWEEN a x', error('ERR syntax error')],
  ['LREM l -1 a', 1, { given: ['RPUSH l a b a'], dirty: 1, notifies: ['lrem l'], after: [['LRANGE l 0 -1', ['a', 'b']]] }],
  ['LREM l 0 a', 2, { given: ['RPUSH l a a'], notifies: ['lrem l', 'del l'] }],
  ['LPOS l a', 0, { given: ['RPUSH l a b a'] }],
  ['LPOS l a RANK -1', 2, { given: ['RPUSH l a b a'] }],
  ['LPOS l a COUNT 0', [0, 2], { given: ['RPUSH l a b a'] }],
  ['LPOS l a COUNT 0 MAXLEN 2', [0], { given: ['RPUSH l a b a'] }],
  ['LPOS l z COUNT 1', [], { given: ['RPUSH l a'] }],
  ['LPOS l a RANK 0', error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")],
]);

cases('from list to list', [
  ['LMOVE a b LEFT RIGHT', '1', { given: ['RPUSH a 1 2', 'RPUSH b 3'], dirty: 1, notifies: ['rpush b', 'lpop a'], after: [['LRANGE b 0 -1', ['3', '1']]] }],
  ['LMOVE a a LEFT RIGHT', '1', { given: ['RPUSH a 1 2 3'], after: [['LRANGE a 0 -1', ['2', '3', '1']]] }],
  ['LMOVE a b LEFT UP', error('ERR syntax error')],
  ['RPOPLPUSH a b', '2', { given: ['RPUSH a 2'], notifies: ['lpush b', 'rpop a', 'del a'] }],
  ['RPOPLPUSH a b', nil],
  ['LMPOP 2 a b LEFT', ['b', ['1']], { given: ['RPUSH b 1 2'] }],
  ['LMPOP 1 b RIGHT COUNT 5', ['b', ['2', '1']], { given: ['RPUSH b 1 2'], notifies: ['rpop b', 'del b'] }],
  ['LMPOP 1 b LEFT', nilArray],
  ['LMPOP 0 b LEFT', error('ERR numkeys should be greater than 0')],
  ['LMPOP 1 b LEFT COUNT 0', error('ERR count should be greater than 0')],
  ['BLPOP a b 1', ['b', '1'], { given: ['RPUSH b 1'] }],
  ['BLPOP a x', error('ERR timeout is not a float or out of range')],
  ['BLPOP a -1', error('ERR timeout is negative')],
  ['BLPOP a 1e300', error('ERR timeout is out of range')],
]);

for (const [encoding, limit] of [['listpack', '128'], ['quicklist', '2']] as const) {
  test(`the commands answer alike on a ${encoding}`, () => {
    const world = new TestServer();
    world.send(`CONFIG SET list-max-listpack-size ${limit}`);
    world.send('RPUSH l a b c d e');
    expect(world.ask('OBJECT ENCODING l')).toBe(`"${encoding}"`);
    expect(world.ask('LINSERT l AFTER c x')).toBe('(integer) 6');
    expect(world.ask('LREM l 1 b')).toBe('(integer) 1');
    expect(world.ask('LSET l -1 E')).toBe('OK');
    expect(world.ask('LRANGE l 0 -1')).toBe('1) "a"  2) "c"  3) "x"  4) "d"  5) "E"');
    expect(world.ask('LPOS l d')).toBe('(integer) 3');
  });
}

test('a list becomes a quicklist above the limit and a listpack again at half of it', () => {
  const world = new TestServer();
  world.send('CONFIG SET list-max-listpack-size 4');
  world.send('RPUSH l a b c d');
  const encodings = [world.ask('OBJECT ENCODING l')];
  world.send('RPUSH l e');
  encodings.push(world.ask('OBJECT ENCODING l'));
  for (let left = 4; left >= 1; left--) {
    world.send('RPOP l');
    encodings.push(world.ask('OBJECT ENCODING l'));
  }
  expect(encodings).toEqual(['"listpack"', '"quicklist"', '"quicklist"', '"quicklist"', '"listpack"', '"listpack"']);
});

test('DUMP and RESTORE bring back every encoding', () => {
  const world = new TestServer();
  const dumps = ['2', '1', '-2'].map((limit) => {
    world.send(`CONFIG SET list-max-listpack-size ${limit}`);
    world.send('DEL l');
    world.send(`RPUSH l a b ${'long'.repeat(1500)} c d`);
    const dump = world.send('DUMP l');
    const bytes = dump.slice(dump.indexOf('\r\n') + 2, -2);
    world.sendArgv(['RESTORE', 'copy', '0', bytes, 'REPLACE']);
    expect(world.send('DUMP copy')).toBe(dump);
    expect(world.send('LRANGE copy 0 -1')).toBe(world.send('LRANGE l 0 -1'));
    return bytes;
  });
  expect(dumps[0]).not.toBe(dumps[1]);
});

transcript('who waits longest is served first', `
  a> BLPOP jobs 0
  b> BRPOP jobs 0
  c> RPUSH jobs one
  c< (integer) 1
  a< 1) "jobs"  2) "one"
  b  is still waiting
  c> RPUSH jobs two three
  c< (integer) 2
  b< 1) "jobs"  2) "three"
`);

transcript('the time is up', `
  a> BLPOP jobs 1.5
  + 1400 ms
  a  is waiting
  + 200 ms
  a< (nil)
  c> RPUSH jobs one
  c< (integer) 1
`);

transcript('keys made inside a transaction are looked at when it is over', `
  a> BLPOP x y 0
  c> MULTI
  c> RPUSH y 1
  c> RPUSH x 2
  c> DEL y
  c> EXEC
  c< 1) (integer) 1  2) (integer) 1  3) (integer) 1
  a< 1) "x"  2) "2"
`);

transcript('keys made by other commands count, of the right type alone', `
  a> BLPOP jobs 0
  c> SET jobs text
  a  is waiting
  c> DEL jobs
  c> RPUSH other one
  c> RENAME other jobs
  a< 1) "jobs"  2) "one"
`);

transcript('one that is served can serve the next', `
  a> BLMOVE in out LEFT RIGHT 0
  b> BLPOP out 0
  c> RPUSH in x
  a< "x"
  b< 1) "out"  2) "x"
  c> EXISTS in out
  c< (integer) 0
`);

transcript('nothing waits inside a transaction', `
  a> MULTI
  a> BLPOP jobs 0
  a> BLMOVE jobs done LEFT RIGHT 0
  a> EXEC
  a< 1) (nil)  2) (nil)
`);

test('CLIENT UNBLOCK ends the waiting, as if the time were up or with an error', () => {
  const world = new TestServer();
  for (const [how, expected] of [['', '(nil)'], [' ERROR', '(error) UNBLOCKED client unblocked via CLIENT UNBLOCK']] as const) {
    expect(world.ask('BLPOP jobs 0')).toBe('(no reply)');
    expect(world.ask(`CLIENT UNBLOCK ${world.client().serverSide.id}${how}`, 'b')).toBe('(integer) 1');
    const wire = world.client().take();
    expect(wire.startsWith('*-1') ? '(nil)' : `(error) ${wire.slice(1, -2)}`).toBe(expected);
  }
});

test('what a waiting client sent meanwhile is served when its waiting is over, and leaving forgets it', () => {
  const world = new TestServer();
  world.send('BLPOP jobs 0');
  expect(world.ask('PING')).toBe('(no reply)');
  world.send('RPUSH jobs one', 'b');
  expect(world.client().take()).toBe('*2\r\n$4\r\njobs\r\n$3\r\none\r\n+PONG\r\n');
  world.send('BLPOP jobs 0');
  world.client().disconnect();
  expect(world.ask('RPUSH jobs two', 'b')).toBe('(integer) 1');
  expect(world.ask('LLEN jobs', 'b')).toBe('(integer) 1');
});
