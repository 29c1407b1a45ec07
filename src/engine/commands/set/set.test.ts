import { expect, test } from 'vitest';
import { WRONG_TYPE } from '../../reply.ts';
import { error, nil, SeededRandom, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);

cases('members', [
  ['SADD s a b a', 2, { dirty: 2, notifies: ['sadd s'] }],
  ['SADD s a', 0, { given: ['SADD s a'], dirty: 0, notifies: [] }],
  ['SADD s a', error(WRONG_TYPE), { given: ['SET s v'] }],
  ['SREM s a b z', 2, { given: ['SADD s a b c'], dirty: 2, notifies: ['srem s'] }],
  ['SREM s a', 1, { given: ['SADD s a'], notifies: ['srem s', 'del s'], after: [['EXISTS s', 0]] }],
  ['SISMEMBER s a', 1, { given: ['SADD s a'] }],
  ['SMISMEMBER s a z', [1, 0], { given: ['SADD s a'] }],
  ['SMISMEMBER s a z', [0, 0]],
  ['SCARD s', 2, { given: ['SADD s a b'] }],
  ['SMOVE s t a', 1, { given: ['SADD s a', 'SADD t b'], dirty: 2, notifies: ['srem s', 'del s', 'sadd t'] }],
  ['SMOVE s t z', 0, { given: ['SADD s a'], dirty: 0, notifies: [] }],
  ['SMOVE s s a', 1, { given: ['SADD s a'], dirty: 0, notifies: [] }],
  ['SPOP s', nil],
  ['SPOP s 2', []],
  ['SPOP s', 'a', { given: ['SADD s a'], dirty: 1, notifies: ['spop s', 'del s'] }],
  ['SPOP s -1', error('ERR value is out of range, must be positive')],
  ['SRANDMEMBER s', 'a', { given: ['SADD s a'] }],
  ['SRANDMEMBER s -3', ['a', 'a', 'a'], { given: ['SADD s a'], dirty: 0 }],
  ['SRANDMEMBER s 1', []],
  ['SSCAN s 0 MATCH 1*', ['0', ['1', '10']], { given: ['SADD s 1 2 10'] }],
  ['SSCAN s x', error('ERR invalid cursor')],
]);

cases('several sets', [
  ['SINTER a b', ['2', '3'], { given: ['SADD a 1 2 3', 'SADD b 2 3 4'] }],
  ['SINTER a nothing', [], { given: ['SADD a 1'] }],
  ['SUNION a b', ['1', '2', '3'], { given: ['SADD a 1 2', 'SADD b 2 3'] }],
  ['SDIFF a b', ['1'], { given: ['SADD a 1 2', 'SADD b 2 3'] }],
  ['SDIFF a a', [], { given: ['SADD a 1'] }],
  ['SINTERCARD 2 a b LIMIT 1', 1, { given: ['SADD a 1 2', 'SADD b 1 2'] }],
  ['SINTERCARD 3 a b', error("ERR Number of keys can't be greater than number of args")],
  ['SINTERCARD 0 a', error('ERR numkeys should be greater than 0')],
  ['SINTERCARD 1 a LIMIT -1', error("ERR LIMIT can't be negative")],
  ['SINTERSTORE d a b', 1, { given: ['SADD a 1 x', 'SADD b x'], dirty: 1, notifies: ['sinterstore d'] }],
  ['SINTERSTORE d a', 0, { given: ['SET d v'], dirty: 1, notifies: ['del d'] }],
  ['SUNIONSTORE d a b', 2, { given: ['SADD a 1', 'SADD b 2'], notifies: ['sunionstore d'], after: [['OBJECT ENCODING d', 'intset']] }],
  ['SDIFFSTORE d a b', 1, { given: ['SADD a 1 x', 'SADD b 1'], notifies: ['sdiffstore d'], after: [['OBJECT ENCODING d', 'listpack']] }],
  ['SUNION a s', error(WRONG_TYPE), { given: ['SADD a 1', 'SET s v'] }],
]);

test.each([
  ['whole numbers', ['1 2 3'], 'intset'],
  ['a word among numbers', ['1 2 3', 'x'], 'listpack'],
  ['too many numbers', [Array.from({ length: 513 }, (_, i) => i).join(' ')], 'hashtable'],
  ['numbers one by one until there are too many', Array.from({ length: 513 }, (_, i) => String(i)), 'hashtable'],
  ['too many words', Array.from({ length: 129 }, (_, i) => `w${i}`), 'hashtable'],
  ['a long word', ['a', 'b'.repeat(65)], 'hashtable'],
  ['a word after more numbers than a listpack takes', [Array.from({ length: 200 }, (_, i) => i).join(' '), 'x'], 'hashtable'],
])('the encoding of %s', (_, additions, encoding) => {
  const world = new TestServer();
  for (const members of additions) world.send(`SADD s ${members}`);
  expect(world.ask('OBJECT ENCODING s')).toBe(`"${encoding}"`);
  const dump = world.send('DUMP s');
  world.sendArgv(['RESTORE', 'copy', '0', dump.slice(dump.indexOf('\r\n') + 2, -2)]);
  expect(world.ask('OBJECT ENCODING copy')).toBe(`"${encoding}"`);
  expect(world.digest('s')).toBe(world.digest('copy'));
  expect(world.ask('SDIFF s copy')).toBe('(empty array)');
  expect(world.ask('COPY s second')).toBe('(integer) 1');
  expect(world.ask('SINTERCARD 2 s second')).toBe(world.ask('SCARD s'));
});

test.each([1, 2, 3])('random runs agree with plain sets (seed %i)', (seed) => {
  const random = new SeededRandom(seed);
  const world = new TestServer({ seed });
  world.send('CONFIG SET set-max-intset-entries 6 set-max-listpack-entries 10');
  const models = [new Set<string>(), new Set<string>(), new Set<string>()] as const;
  const shown = (members: Iterable<string>): string => [...members].sort().join(' ');
  const listed = (line: string): string => shown((world.send(line).match(/\r\n(?!\$)([^\r*]+)/g) ?? []).map((each) => each.slice(2)));
  for (let step = 0; step < 600; step++) {
    const at = random.below(3);
    const model = models[at] as Set<string>;
    const other = models[(at + 1) % 3] as Set<string>;
    const third = models[(at + 2) % 3] as Set<string>;
    const member = random.below(2) === 0 ? String(random.below(12)) : `m${random.below(12)}`;
    switch (random.below(6)) {
      case 0: case 1: world.send(`SADD s${at} ${member}`); model.add(member); break;
      case 2: world.send(`SREM s${at} ${member}`); model.delete(member); break;
      case 3: {
        const popped = world.ask(`SPOP s${at}`);
        if (model.size > 0) expect(model.delete(popped.slice(1, -1))).toBe(true);
        break;
      }
      case 4: {
        const kept = [...other].filter((each) => !third.has(each));
        expect(world.ask(`SDIFFSTORE s${at} s${(at + 1) % 3} s${(at + 2) % 3}`)).toBe(`(integer) ${kept.length}`);
        model.clear();
        for (const each of kept) model.add(each);
        break;
      }
      default:
        expect(listed(`SINTER s${at} s${(at + 1) % 3}`)).toBe(shown([...model].filter((each) => other.has(each))));
        expect(listed(`SUNION s${at} s${(at + 1) % 3}`)).toBe(shown(new Set([...model, ...other])));
    }
    expect(listed(`SMEMBERS s${at}`), `step ${step}`).toBe(shown(model));
  }
});
