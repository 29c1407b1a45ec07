import { describe, expect, test } from 'vitest';
import { mapReply } from '../../reply.ts';
import { error, nil, OK, SeededRandom, TestServer, testKit } from '../../testing.ts';

const { cases } = testKit(test);
const WRONG = error('WRONGTYPE Operation against a key holding the wrong kind of value');

/** Runs `table` on hashes of both encodings. */
function forEachEncoding(run: (encoding: string, config: Readonly<Record<string, number>>) => void): void {
  run('listpack', {});
  run('hashtable', { 'hash-max-listpack-entries': 0 });
}

forEachEncoding((encoding, config) => {
  cases(`a hash as a ${encoding}`, [
    ['HSET h f v', 1, { config, dirty: 1, notifies: ['hset h'], after: [['OBJECT ENCODING h', encoding], ['TYPE h', { kind: 'status', text: 'hash' }]] }],
    ['HSET h f 1 g 2 f 3', 1, { config, given: ['HSET h g 0'], dirty: 3, notifies: ['hset h'], after: [['HMGET h f g', ['3', '2']]] }],
    ['HMSET h f 1 g 2', OK, { config, dirty: 2, after: [['HLEN h', 2]] }],
    ['HSETNX h f 2', 0, { config, given: ['HSET h f 1'], dirty: 0, notifies: [], after: [['HGET h f', '1']] }],
    ['HSETNX h f 2', 1, { config, dirty: 1, notifies: ['hset h'] }],
    ['HGET h g', nil, { config, given: ['HSET h f 1'] }],
    ['HMGET h f x g', ['1', nil, '2'], { config, given: ['HSET h f 1 g 2'] }],
    ['HGETALL h', mapReply([['f', '1']]), { config, given: ['HSET h f 1'], resp: 3 }],
    ['HKEYS h', ['f'], { config, given: ['HSET h f 1'] }],
    ['HVALS h', ['1'], { config, given: ['HSET h f 1'] }],
    ['HSTRLEN h f', 5, { config, given: ['HSET h f 12345'] }],
    ['HEXISTS h f', 1, { config, given: ['HSET h f 1'] }],
    ['HDEL h f x f', 1, { config, given: ['HSET h f 1 g 2'], dirty: 1, notifies: ['hdel h'], after: [['HLEN h', 1]] }],
    ['HDEL h f g', 2, { config, given: ['HSET h f 1 g 2'], dirty: 2, notifies: ['hdel h', 'del h'], after: [['EXISTS h', 0]] }],
    ['HDEL h x', 0, { config, given: ['HSET h f 1'], dirty: 0, notifies: [] }],
    ['HGETDEL h FIELDS 3 f x f', ['1', nil, nil], { config, given: ['HSET h f 1 g 2'], dirty: 1, notifies: ['hdel h'], after: [['HLEN h', 1]] }],
    ['HGETDEL h FIELDS 2 f g', ['1', '2'], { config, given: ['HSET h f 1 g 2'], notifies: ['hdel h', 'del h'], after: [['EXISTS h', 0]] }],
    ['HINCRBY h f 5', 6, { config, given: ['HSET h f 1'], dirty: 1, notifies: ['hincrby h'] }],
    ['HINCRBY h f -9223372036854775808', -9223372036854775808n, { config }],
    ['HINCRBY h f 1', error('ERR increment or decrement would overflow'), { config, given: ['HSET h f 9223372036854775807'] }],
    ['HINCRBY h f 1', error('ERR hash value is not an integer'), { config, given: ['HSET h f x'] }],
    ['HINCRBYFLOAT h f 0.1', '10.6', { config, given: ['HSET h f 10.5'], dirty: 1, notifies: ['hincrbyfloat h'] }],
    ['HINCRBYFLOAT h f 1', error('ERR hash value is not a float'), { config, given: ['HSET h f x'] }],
    ['HINCRBYFLOAT h f inf', error('ERR value is NaN or Infinity'), { config }],
    ['HSCAN h 0', ['0', ['f', '1']], { config, given: ['HSET h f 1'] }],
    ['HSCAN h 0 NOVALUES MATCH f*', ['0', ['f']], { config, given: ['HSET h f 1'] }],
    ['HSCAN h 0 MATCH g*', ['0', []], { config, given: ['HSET h f 1'] }],
    ['HRANDFIELD h -3 WITHVALUES', ['f', '1', 'f', '1', 'f', '1'], { config, given: ['HSET h f 1'] }],
    ['HRANDFIELD h 3 WITHVALUES', [['f', '1']], { config, given: ['HSET h f 1'], resp: 3 }],
    ['HRANDFIELD h -9223372036854775807', error('ERR value is out of range'), { config, given: ['HSET h f 1'] }],
    ['HRANDFIELD h', 'f', { config, given: ['HSET h f 1'] }],
    ['HGET h f', '1', { config, given: ['HSET x f 1', 'COPY x h', 'HSET x f 2'], after: [['OBJECT ENCODING h', encoding]] }],
    ['HSET h f v', WRONG, { config, given: ['SET h s'] }],
    ['GET h', WRONG, { config, given: ['HSET h f 1'] }],
  ]);
});

cases('a hash that is not there', [
  ['HGET h f', nil], ['HMGET h f g', [nil, nil]], ['HGETALL h', mapReply([])], ['HKEYS h', []], ['HVALS h', []], ['HLEN h', 0],
  ['HSTRLEN h f', 0], ['HEXISTS h f', 0], ['HDEL h f', 0], ['HSCAN h 0 NONSENSE', ['0', []]], ['HRANDFIELD h', nil], ['HRANDFIELD h 5', []],
  ['HSET h f', error("ERR wrong number of arguments for 'hset' command")],
  ['HSET h f 1 g', error("ERR wrong number of arguments for 'hset' command")],
  ['HMSET h f 1 g', error("ERR wrong number of arguments for 'hmset' command")],
  ['HGETDEL h FIELDS 1 f', [nil]],
  ['HGETDEL h FIELDS 0 f', error('ERR Number of fields must be a positive integer')],
  ['HGETDEL h FIELDS 2 f', error('ERR The `numfields` parameter must match the number of arguments')],
  ['HGETDEL h FIELD 1 f', error('ERR Mandatory argument FIELDS is missing or not at the right position')],
  ['HSCAN h x', error('ERR invalid cursor')],
  ['HRANDFIELD h x', error('ERR value is not an integer or out of range')],
  ['HRANDFIELD h 1 WITHSCORES', error('ERR syntax error')],
  ['HRANDFIELD h -9223372036854775808', error('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807')],
  ['HRANDFIELD h -9223372036854775807 WITHVALUES', error('ERR value is out of range')],
]);

describe('where a listpack ends', () => {
  test('one field more than hash-max-listpack-entries', () => {
    const world = new TestServer({ config: { 'hash-max-listpack-entries': 3 } });
    world.send('HSET h a 1 b 2 c 3');
    expect(world.ask('OBJECT ENCODING h')).toBe('"listpack"');
    world.send('HSET h c 4');
    expect(world.ask('OBJECT ENCODING h')).toBe('"listpack"');
    world.send('HSET h d 1');
    expect(world.ask('OBJECT ENCODING h')).toBe('"hashtable"');
    world.send('HDEL h d c b');
    expect(world.ask('OBJECT ENCODING h')).toBe('"hashtable"');
  });
  test('a field or value of more than hash-max-listpack-value bytes', () => {
    const world = new TestServer();
    world.send(`HSET h f ${'x'.repeat(64)}`);
    expect(world.ask('OBJECT ENCODING h')).toBe('"listpack"');
    world.send(`HSET h ${'x'.repeat(65)} v`);
    expect(world.ask('OBJECT ENCODING h')).toBe('"hashtable"');
    expect(world.ask('HINCRBY h n 1')).toBe('(integer) 1');
  });
  test('more fields in one command than a listpack may have', () => {
    const world = new TestServer({ config: { 'hash-max-listpack-entries': 2 } });
    world.send('HSET h a 1 a 2 a 3');
    expect(world.ask('OBJECT ENCODING h')).toBe('"hashtable"');
    expect(world.ask('HLEN h')).toBe('(integer) 1');
  });
});

test('DUMP and RESTORE keep a hash of either encoding, and RESTORE applies the limits of now', () => {
  const world = new TestServer();
  world.send('HSET small a 1 b two');
  world.send(`HSET large a 1 b ${'x'.repeat(100)}`);
  for (const name of ['small', 'large']) {
    const wire = world.send(`DUMP ${name}`);
    const payload = wire.slice(wire.indexOf('\r\n') + 2, -2);
    expect(world.sendArgv(['RESTORE', `${name}:copy`, '0', payload])).toBe('+OK\r\n');
    expect(world.ask(`OBJECT ENCODING ${name}:copy`)).toBe(world.ask(`OBJECT ENCODING ${name}`));
    expect(world.digest(`${name}:copy`)).toBe(world.digest(name));
  }
  world.send('CONFIG SET hash-max-listpack-entries 1');
  const wire = world.send('DUMP small');
  world.sendArgv(['RESTORE', 'again', '0', wire.slice(wire.indexOf('\r\n') + 2, -2)]);
  expect(world.ask('OBJECT ENCODING again')).toBe('"hashtable"');
});

test('random writes leave what a map would hold, in both encodings and across their border', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed);
    const world = new TestServer({ config: { 'hash-max-listpack-entries': random.below(30) }, seed });
    const model = new Map<string, string>();
    for (let step = 0; step < 300; step++) {
      const field = `f${random.below(40)}`;
      const value = random.below(3) === 0 ? String(random.below(100000)) : 'v'.repeat(random.below(70));
      if (random.below(3) > 0) {
        expect(world.ask(`HSET h ${field} "${value}"`)).toBe(`(integer) ${model.has(field) ? 0 : 1}`);
        model.set(field, value);
      } else expect(world.ask(`HDEL h ${field}`)).toBe(`(integer) ${model.delete(field) ? 1 : 0}`);
      expect(world.ask(`HLEN h`)).toBe(`(integer) ${model.size}`);
      const probe = `f${random.below(40)}`;
      expect(world.ask(`HGET h ${probe}`)).toBe(model.has(probe) ? `"${model.get(probe)}"` : '(nil)');
    }
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const [next, found] = /^\*2\r\n\$\d+\r\n(\d+)\r\n(.*)$/s.exec(world.send(`HSCAN h ${cursor} NOVALUES`))?.slice(1) ?? [];
      cursor = next ?? '0';
      for (const [, name] of (found ?? '').matchAll(/\r\n(f\d+)/g)) seen.add(name as string);
    } while (cursor !== '0');
    expect([...seen].sort()).toEqual([...model.keys()].sort());
  }
});

test('HRANDFIELD draws every field, and different ones for a count above zero', () => {
  for (const config of [{}, { 'hash-max-listpack-entries': 0 }]) {
    const world = new TestServer({ config });
    for (let i = 0; i < 20; i++) world.send(`HSET h f${i} ${i}`);
    const drawn = new Set([...world.send('HRANDFIELD h -500').matchAll(/f\d+/g)].map(String));
    expect(drawn.size).toBe(20);
    for (const count of [1, 3, 12, 19, 20, 50]) {
      const fields = [...world.send(`HRANDFIELD h ${count}`).matchAll(/f\d+/g)].map(String);
      expect(fields).toHaveLength(Math.min(20, count));
      expect(new Set(fields).size).toBe(fields.length);
    }
  }
});
