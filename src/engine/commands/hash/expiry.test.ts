import { describe, expect, test } from 'vitest';
import { error, nil, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);
const FAR = '4000000000000';
const MISPLACED = error('ERR Mandatory argument FIELDS is missing or not at the right position');
const COUNTS = error('ERR The `numfields` parameter must match the number of arguments');

/** Runs `table` on hashes of both encodings. */
function forEachEncoding(run: (encoding: string, config: Readonly<Record<string, number>>) => void): void {
  run('listpackex', {});
  run('hashtable', { 'hash-max-listpack-entries': 0 });
}

forEachEncoding((encoding, config) => {
  const lazy = ['HSET h a 1 b 2', 'HPEXPIRE h 10 FIELDS 1 a'];
  const last = ['HSET h a 1', 'HPEXPIRE h 10 FIELDS 1 a'];
  cases(`deadlines of fields in a ${encoding}`, [
    ['HPEXPIREAT h 4000000000000 FIELDS 2 a x', [1, -2], { config, given: ['HSET h a 1 b 2'], dirty: 1, notifies: ['hexpire h'], after: [['OBJECT ENCODING h', encoding], ['HPEXPIRETIME h FIELDS 2 a b', [4000000000000, -1]], ['HEXPIRETIME h FIELDS 1 a', [4000000000]]] }],
    ['HEXPIRE h 10 FIELDS 1 a', [1], { config, given: ['HSET h a 1'], after: [['HTTL h FIELDS 1 a', [10]], ['HPTTL h FIELDS 1 a', [10000]]] }],
    ['HEXPIRE h 10 NX FIELDS 2 a b', [0, 1], { config, given: ['HSET h a 1 b 2', 'HEXPIRE h 9 FIELDS 1 a'] }],
    ['HEXPIRE h 10 XX FIELDS 2 a b', [1, 0], { config, given: ['HSET h a 1 b 2', 'HEXPIRE h 9 FIELDS 1 a'] }],
    ['HEXPIRE h 10 GT FIELDS 2 a b', [1, 0], { config, given: ['HSET h a 1 b 2', 'HEXPIRE h 9 FIELDS 1 a'] }],
    ['HEXPIRE h 10 LT FIELDS 2 a b', [0, 1], { config, given: ['HSET h a 1 b 2', 'HEXPIRE h 9 FIELDS 1 a'] }],
    ['HEXPIRE h 0 FIELDS 2 a b', [2, 2], { config, given: ['HSET h a 1 b 2'], dirty: 2, notifies: ['hdel h', 'del h'], after: [['EXISTS h', 0]] }],
    ['HPERSIST h FIELDS 3 a b x', [1, -1, -2], { config, given: ['HSET h a 1 b 2', `HPEXPIREAT h ${FAR} FIELDS 1 a`], dirty: 1, notifies: ['hpersist h'], after: [['HTTL h FIELDS 1 a', [-1]]] }],
    ['HGETEX h EX 10 FIELDS 2 a x', ['1', nil], { config, given: ['HSET h a 1'], notifies: ['hexpire h'], after: [['HTTL h FIELDS 1 a', [10]]] }],
    ['HGETEX h PXAT 1 1', error("ERR wrong number of arguments for 'hgetex' command"), { config }],
    ['HGETEX h PERSIST FIELDS 1 a', ['1'], { config, given: ['HSETEX h EX 10 FIELDS 1 a 1'], notifies: ['hpersist h'] }],
    ['HGETEX h PXAT 1 FIELDS 3 a x a', ['1', nil, nil], { config, given: ['HSET h a 1 b 2'], notifies: ['hdel h'], after: [['HGETALL h', ['b', '2']]] }],
    ['HGETEX h EXAT 1 FIELDS 1 a', ['1'], { config, given: ['HSET h a 1'], notifies: ['hdel h', 'del h'], after: [['EXISTS h', 0]] }],
    ['HSETEX h EX 10 FIELDS 2 a 1 b 2', 1, { config, dirty: 4, notifies: ['hset h', 'hexpire h'], after: [['HTTL h FIELDS 2 a b', [10, 10]]] }],
    ['HSETEX h KEEPTTL FIELDS 1 a 2', 1, { config, given: ['HSETEX h EX 10 FIELDS 1 a 1'], notifies: ['hset h'], after: [['HTTL h FIELDS 1 a', [10]], ['HGET h a', '2']] }],
    ['HSETEX h FNX FIELDS 2 a 1 b 2', 0, { config, given: ['HSET h a 1'], dirty: 0, notifies: [], after: [['HLEN h', 1]] }],
    ['HSETEX h FXX FIELDS 1 a 2', 1, { config, given: ['HSET h a 1'] }],
    ['HSET h a 2', 0, { config, given: [`HSETEX h PXAT ${FAR} FIELDS 1 a 1`], after: [['HTTL h FIELDS 1 a', [-1]]] }],
    ['HINCRBY h a 2', 3, { config, given: [`HSETEX h PXAT ${FAR} FIELDS 1 a 1`], after: [['HPEXPIRETIME h FIELDS 1 a', [4000000000000]]] }],
    ['HPEXPIRETIME k FIELDS 1 a', [4000000000000], { config, given: [`HSETEX h PXAT ${FAR} FIELDS 2 a 1 b 2`, 'COPY h g', 'RENAME g k'] }],
  ]);

  cases(`fields past their time in a ${encoding}, before the cycle has come`, [
    ['HGET h a', nil, { config, given: lazy, later: 20, notifies: ['hexpired h'], after: [['HLEN h', 1]] }],
    ['HGET h a', nil, { config, given: last, later: 20, notifies: ['hexpired h', 'del h'], after: [['EXISTS h', 0]] }],
    ['HMGET h a b', [nil, '2'], { config, given: lazy, later: 20, notifies: ['hexpired h'] }],
    ['HKEYS h', ['b'], { config, given: lazy, later: 20, notifies: [], after: [['HLEN h', 2]] }],
    ['HSCAN h 0', ['0', ['b', '2']], { config, given: lazy, later: 20, notifies: [] }],
    ['HTTL h FIELDS 1 a', [-2], { config, given: lazy, later: 20, notifies: [] }],
    ['HEXPIRE h 10 FIELDS 1 a', [1], { config, given: lazy, later: 20, notifies: ['hexpire h'], after: [['HGET h a', '1']] }],
    ['HDEL h a', 1, { config, given: lazy, later: 20, notifies: ['hdel h'] }],
    ['HSETNX h a 9', 1, { config, given: last, later: 20, notifies: ['hexpired h', 'del h', 'hset h'] }],
    ['HINCRBY h a 5', 5, { config, given: lazy, later: 20, notifies: ['hexpired h', 'hincrby h'] }],
    ['HRANDFIELD h 5', ['b'], { config, given: lazy, later: 20, notifies: ['hexpired h'], after: [['HLEN h', 1]] }],
    ['HSETEX h FXX FIELDS 1 a 9', 0, { config, given: last, later: 20, notifies: ['del h'] }],
  ]);
});

cases('deadlines that are refused', [
  ['HEXPIRE h x FIELDS 1 a', error('ERR value is not an integer or out of range')],
  ['HEXPIRE h -1 FIELDS 1 a', error('ERR invalid expire time, must be >= 0')],
  ['HPEXPIREAT h 70368744177664 FIELDS 1 a', error("ERR invalid expire time in 'hpexpireat' command")],
  ['HEXPIRE h 1 FOO 1 a', MISPLACED],
  ['HEXPIRE h 1 NX XX FIELDS 1 a', MISPLACED],
  ['HEXPIRE h 1 FIELDS 0 a', error('ERR Parameter `numFields` should be greater than 0')],
  ['HEXPIRE h 1 FIELDS 2 a', COUNTS],
  ['HEXPIRE h 1 FIELDS 1 a', [-2]],
  ['HTTL h FIELDS 0 a', error('ERR Number of fields must be a positive integer')],
  ['HSETEX h FNX FXX FIELDS 1 a 1', error('ERR Only one of FXX or FNX arguments can be specified')],
  ['HSETEX h EX 1 KEEPTTL FIELDS 1 a 1', error('ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified')],
  ['HSETEX h FIELDS 2 a 1', error("ERR wrong number of arguments for 'hsetex' command")],
  ['HSETEX h FXX FIELDS -1 a', error("ERR wrong number of arguments for 'hsetex' command")],
  ['HSETEX h FXX EX 10 FIELDS', error("ERR wrong number of arguments for 'hsetex' command")],
  ['HSETEX h FIELDS 0 a 1', error('ERR invalid number of fields')],
  ['HSETEX h nonsense FIELDS 1 a 1', error('ERR unknown argument: nonsense')],
]);

describe('the field cycle', () => {
  test('removes fields that nobody asks for, and the hash with its last field', () => {
    const world = new TestServer();
    world.send('HSETEX h PX 50 FIELDS 2 a 1 b 2');
    world.send('HSET g a 1 b 2');
    world.send('HPEXPIRE g 50 FIELDS 1 a');
    expect(world.ask('INFO keyspace')).toContain('subexpiry=2');
    world.advance(300);
    expect(world.ask('EXISTS h g')).toBe('(integer) 1');
    expect(world.ask('HLEN g')).toBe('(integer) 1');
    expect(world.ask('INFO keyspace')).toContain('subexpiry=0');
    expect(world.ask('INFO stats')).toContain('expired_subkeys:3');
  });

  test('fields of a listpackex stand in the order of their deadlines', () => {
    const world = new TestServer();
    world.send('HSET h a 1 b 2 c 3');
    world.send(`HPEXPIREAT h ${FAR} FIELDS 2 a b`);
    // Recorded from the real server.
    expect(world.sendArgv(['DUMP', 'h']).slice(5, -2)).toBe('\x19\x00@\x94R\xa3\x03\x00\x00\xc3%,\x11,\x00\x00\x00\t\x00\x81b\x02\x02\x01\xf4\x00@\x94R\xa3\x03 \x0f\x03\x81a\x02\x01\xe0\x03\x0e\x06c\x02\x03\x01\x00\x01\xff\x0c\x00$\xf0Y\xdeZ\xcb\xb6\x82');
  });
});

forEachEncoding((encoding, config) => {
  // As the real server has it, also where the cycle has nothing left to look for.
  test(`a ${encoding} keeps its place in the field cycle until the last deadline goes with its field, and a copy takes it over`, () => {
    const world = new TestServer({ config: { ...config, 'enable-debug-command': 'yes' } });
    const queued = (): string => /subexpiry=\d/.exec(world.ask('INFO keyspace'))?.[0] ?? 'none';
    const hash = (...lines: readonly string[]): string => {
      for (const line of ['FLUSHALL', `HSETEX h PXAT ${FAR} FIELDS 1 a 1`, 'HSETEX h PXAT 4000000200000 FIELDS 1 b 1', 'HSET h c 1', ...lines]) world.send(line);
      return queued();
    };
    expect(hash('HPERSIST h FIELDS 2 a b')).toBe('subexpiry=1');
    expect(hash('HPERSIST h FIELDS 2 a b', 'HDEL h a')).toBe('subexpiry=1');
    expect(hash('HPERSIST h FIELDS 2 a b', 'HGETDEL h FIELDS 1 x')).toBe('subexpiry=1');
    expect(hash('HPERSIST h FIELDS 1 a', 'HDEL h b')).toBe('subexpiry=0');
    expect(hash('HPERSIST h FIELDS 1 a', 'HGETDEL h FIELDS 1 b')).toBe('subexpiry=0');
    expect(hash('HPERSIST h FIELDS 2 a b', 'COPY h g')).toBe('subexpiry=2');
    expect(hash('HPERSIST h FIELDS 1 a', 'COPY h g')).toBe('subexpiry=2');
    if (encoding === 'listpackex') expect(world.sendArgv(['DUMP', 'g'])).toBe(world.sendArgv(['DUMP', 'h']));
    // The moment in front of such a hash is not counted.
    expect(world.ask('DEBUG OBJECT g')).toContain(`serializedlength:${encoding === 'listpackex' ? 37 : 16} `);
  });

  test(`a ${encoding} with deadlines comes back from DUMP`, () => {
    const world = new TestServer({ config });
    world.send('HSET h a 1 b 2 c 3');
    world.send(`HPEXPIREAT h ${FAR} FIELDS 1 b`);
    world.send('HPEXPIREAT h 4000000005000 FIELDS 1 a');
    const reply = world.sendArgv(['DUMP', 'h']);
    world.sendArgv(['RESTORE', 'g', '0', reply.slice(reply.indexOf('\r\n') + 2, -2)]);
    expect(world.ask('HPEXPIRETIME g FIELDS 3 a b c')).toBe(world.ask('HPEXPIRETIME h FIELDS 3 a b c'));
    expect(world.ask('OBJECT ENCODING g')).toBe(`"${encoding}"`);
    expect(world.ask('INFO keyspace')).toContain('subexpiry=2');
  });
});

test('a field of a table that loses its deadline keeps the memory for one', () => {
  const world = new TestServer({ config: { 'hash-max-listpack-value': 5 } });
  const bytes = (...lines: readonly string[]): string => {
    for (const line of lines) world.send(line);
    return world.ask('MEMORY USAGE h SAMPLES 0');
  };
  // As 8.0.2 counts them.
  expect(bytes(`HSETEX h PXAT ${FAR} FIELDS 1 f3 12345678`)).toBe('(integer) 208');
  expect(bytes('HPERSIST h FIELDS 1 f3')).toBe('(integer) 208');
  expect(bytes('HSET h f3 1')).toBe('(integer) 200');
  expect(bytes(`HPEXPIREAT h ${FAR} FIELDS 1 f3`)).toBe('(integer) 200');
  expect(bytes('HSET h f3 --1')).toBe('(integer) 200');
  expect(bytes('COPY h g', 'RENAME g h')).toBe('(integer) 176');
});

test('fields that one command finds past their time are told of once, and the hash that goes with them', () => {
  for (const [line, told] of [['HMGET h a b', 'hexpired del'], ['HGETEX h FIELDS 2 a b', 'hexpired del'], ['HGETDEL h FIELDS 2 a b', 'hexpired del'], ['HGET h a', 'hexpired']] as const) {
    const world = new TestServer({ config: { 'notify-keyspace-events': 'Khg', 'enable-debug-command': 'yes' } });
    for (const each of ['DEBUG SET-ACTIVE-EXPIRE 0', 'HSET h a 1 b 2', 'HPEXPIRE h 1 FIELDS 2 a b']) world.send(each);
    world.advance(10);
    world.send('SUBSCRIBE __keyspace@0__:h', 'b');
    world.send(line);
    expect(world.client('b').take().match(/hexpired|del/g)?.join(' '), line).toBe(told);
  }
});

cases('HSETEX with a deadline that is over sets one field after the other, and each makes room for the next', [
  ['HSETEX h PXAT 1 FIELDS 3 c 3 d 4 d 5', 1, { config: { 'hash-max-listpack-entries': 3 }, given: ['HSET h a 1 b 2'], dirty: 6, notifies: ['hset h', 'hdel h'], after: [['OBJECT ENCODING h', 'listpackex'], ['HGETALL h', ['a', '1', 'b', '2']]] }],
  ['HSETEX h PXAT 1 FIELDS 1 d 4', 1, { config: { 'hash-max-listpack-entries': 3 }, given: ['HSET h a 1 b 2 c 3'], after: [['OBJECT ENCODING h', 'hashtable'], ['HLEN h', 3]] }],
]);

test('INFO keysizes counts what HSETEX has set, with a deadline or without', () => {
  const world = new TestServer();
  for (const line of ['HSETEX a FIELDS 2 f 1 g 2', 'HSETEX b EX 100 FIELDS 2 f 1 g 2']) world.send(line);
  expect(world.send('INFO keysizes')).toContain('db0_distrib_hashes_items:2=2\r\n');
});
