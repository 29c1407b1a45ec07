import { describe, expect, test } from 'vitest';
import { double } from '../../reply.ts';
import { error, nil, nilArray, SeededRandom, showWire, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const WRONG = error('WRONGTYPE Operation against a key holding the wrong kind of value');
const SYNTAX = error('ERR syntax error');
const NO_FLOAT = error('ERR value is not a valid float');
const ABC = ['ZADD z 1 a 2 b 3 c'];
const NAMES = ['ZADD z 0 a 0 b 0 c 0 d'];
/** Members whose names do not follow their scores. */
const MIXED = ['ZADD z 2 a 3 b 16 f 20 c'];

/** Runs `table` on sorted sets of both encodings. */
function forEachEncoding(run: (encoding: string, config: Readonly<Record<string, number>>) => void): void {
  run('listpack', {});
  run('skiplist', { 'zset-max-listpack-entries': 0 });
}

forEachEncoding((encoding, config) => {
  cases(`writing to a sorted set as a ${encoding}`, [
    ['ZADD z 1 a 2 b', 2, { config, dirty: 2, notifies: ['zadd z'], after: [['OBJECT ENCODING z', encoding], ['ZRANGE z 0 -1', ['a', 'b']]] }],
    ['ZADD z 5 a 4 d', 1, { config, given: ABC, dirty: 2, after: [['ZRANGE z 0 -1', ['b', 'c', 'd', 'a']]] }],
    ['ZADD z CH 5 a 4 d 2 b', 2, { config, given: ABC, dirty: 2 }],
    ['ZADD z 1 a', 0, { config, given: ABC, dirty: 0, notifies: [] }],
    ['ZADD z NX 9 a 9 d', 1, { config, given: ABC, after: [['ZSCORE z a', '1'], ['ZSCORE z d', '9']] }],
    ['ZADD z XX 9 a 9 d', 0, { config, given: ABC, after: [['ZSCORE z a', '9'], ['ZSCORE z d', nil]] }],
    ['ZADD z XX 9 a', 0, { config, after: [['EXISTS z', 0]] }],
    ['ZADD z GT CH 0 a 9 b 1 d', 2, { config, given: ABC, after: [['ZMSCORE z a b d', ['1', '9', '1']]] }],
    ['ZADD z LT CH 0 a 9 b', 1, { config, given: ABC, after: [['ZMSCORE z a b', ['0', '2']]] }],
    ['ZADD z INCR 2.5 a', '3.5', { config, given: ABC, notifies: ['zincr z'] }],
    ['ZADD z NX INCR 2.5 a', nil, { config, given: ABC, dirty: 0 }],
    ['ZINCRBY z -3 c', '0', { config, given: ABC, dirty: 1, notifies: ['zincr z'], after: [['ZRANK z c', 0]] }],
    ['ZINCRBY z -inf a', error('ERR resulting score is not a number (NaN)'), { config, given: ['ZADD z inf a'], dirty: 0 }],
    ['ZREM z a x c', 2, { config, given: ABC, dirty: 2, notifies: ['zrem z'] }],
    ['ZREM z a b c', 3, { config, given: ABC, notifies: ['zrem z', 'del z'], after: [['EXISTS z', 0]] }],
    ['ZREMRANGEBYRANK z -2 -1', 2, { config, given: ABC, notifies: ['zremrangebyrank z'], after: [['ZRANGE z 0 -1', ['a']]] }],
    ['ZREMRANGEBYSCORE z (1 3', 2, { config, given: ABC, dirty: 2, notifies: ['zremrangebyscore z'] }],
    // Names that do not follow the order: what is taken ends with the first that lies behind the range.
    ['ZREMRANGEBYLEX z - (e', 2, { config, given: MIXED, after: [['ZRANGE z 0 -1', ['f', 'c']]] }],
    ['ZRANGEBYLEX z - (e', ['a', 'b'], { config, given: MIXED }],
    ['ZRANGEBYLEX z - (e LIMIT 1 5', ['b'], { config, given: MIXED }],
    ['ZRANGEBYLEX z - (e LIMIT 3 5', ['c'], { config, given: MIXED }],
    ['ZREVRANGEBYLEX z + (b', ['c', 'f'], { config, given: MIXED }],
    ['ZRANGEBYLEX z - (a', [], { config, given: MIXED }],
    ['ZREMRANGEBYLEX z [b (d', 2, { config, given: NAMES, notifies: ['zremrangebylex z'], after: [['ZRANGE z 0 -1', ['a', 'd']]] }],
    ['ZPOPMIN z', ['a', '1'], { config, given: ABC, dirty: 1, notifies: ['zpopmin z'] }],
    ['ZPOPMAX z 2', ['c', '3', 'b', '2'], { config, given: ABC, dirty: 2, notifies: ['zpopmax z'] }],
    ['ZPOPMIN z 0', [], { config, given: ABC, dirty: 0, notifies: [] }],
    ['ZPOPMIN z', ['a', double(1)], { config, given: ABC, resp: 3 }],
    ['ZPOPMIN z 1', [['a', double(1)]], { config, given: ABC, resp: 3 }],
    ['ZMPOP 2 no z MAX COUNT 2', ['z', [['c', '3'], ['b', '2']]], { config, given: ABC }],
    ['ZRANGESTORE to z 1 2', 2, { config, given: ABC, notifies: ['zrangestore to'], after: [['ZRANGE to 0 -1 WITHSCORES', ['b', '2', 'c', '3']], ['OBJECT ENCODING to', encoding]] }],
    ['ZRANGESTORE to z 5 6', 0, { config, given: [...ABC, 'SET to x'], notifies: ['del to'], dirty: 1, after: [['EXISTS to', 0]] }],
    ['ZADD z 1 a', WRONG, { config, given: ['SET z s'] }],
  ]);

  cases(`reading a sorted set as a ${encoding}`, [
    ['ZCARD z', 3, { config, given: ABC }],
    ['ZSCORE z b', double(2), { config, given: ABC, resp: 3 }],
    ['ZMSCORE z b x', ['2', nil], { config, given: ABC }],
    ['ZRANK z c', 2, { config, given: ABC }],
    ['ZREVRANK z c WITHSCORE', [0, '3'], { config, given: ABC }],
    ['ZRANK z x WITHSCORE', nilArray, { config, given: ABC }],
    ['ZRANK z x', nil, { config, given: ABC }],
    ['ZRANGE z 0 -1 WITHSCORES', ['a', '1', 'b', '2', 'c', '3'], { config, given: ABC }],
    ['ZRANGE z -2 5 WITHSCORES', [['b', double(2)], ['c', double(3)]], { config, given: ABC, resp: 3 }],
    ['ZRANGE z 0 1 REV', ['c', 'b'], { config, given: ABC }],
    ['ZRANGE z (1 +inf BYSCORE', ['b', 'c'], { config, given: ABC }],
    ['ZRANGE z 3 (1 BYSCORE REV LIMIT 1 1', ['b'], { config, given: ABC }],
    ['ZRANGE z 3 1 BYSCORE', [], { config, given: ABC }],
    ['ZRANGE z [b + BYLEX', ['b', 'c', 'd'], { config, given: NAMES }],
    ['ZRANGE z (d - BYLEX REV LIMIT 0 2', ['c', 'b'], { config, given: NAMES }],
    ['ZRANGEBYSCORE z -inf 2 WITHSCORES', ['a', '1', 'b', '2'], { config, given: ABC }],
    ['ZREVRANGEBYSCORE z 2 -inf LIMIT 0 1', ['b'], { config, given: ABC }],
    ['ZRANGEBYLEX z - (c', ['a', 'b'], { config, given: NAMES }],
    ['ZREVRANGEBYLEX z + (c', ['d'], { config, given: NAMES }],
    ['ZREVRANGE z 0 0 WITHSCORES', ['c', '3'], { config, given: ABC }],
    ['ZCOUNT z (1 3', 2, { config, given: ABC }],
    ['ZLEXCOUNT z [b +', 3, { config, given: NAMES }],
    ['ZRANGEBYLEX z - + LIMIT -1 5', encoding === 'skiplist' ? ['d'] : [], { config, given: NAMES }],
    ['ZSCAN z 0 MATCH b*', ['0', ['b', '2']], { config, given: ABC }],
    ['ZSCAN z 0', ['0', ['a', encoding === 'skiplist' ? '0.10000000000000001' : '0.1']], { config, given: ['ZADD z 0.1 a'] }],
    ['ZRANDMEMBER z -3 WITHSCORES', ['a', '1', 'a', '1', 'a', '1'], { config, given: ['ZADD z 1 a'] }],
    ['ZRANGE z 0 -1', ['a', 'b', 'c'], { config, given: ['ZADD x 1 a 2 b 3 c', 'COPY x z', 'ZADD x 9 a'], after: [['OBJECT ENCODING z', encoding]] }],
  ]);
});

cases('what ZADD refuses', [
  ['ZADD z NX XX 1 a', error('ERR XX and NX options at the same time are not compatible')],
  ['ZADD z NX GT 1 a', error('ERR GT, LT, and/or NX options at the same time are not compatible')],
  ['ZADD z GT LT 1 a', error('ERR GT, LT, and/or NX options at the same time are not compatible')],
  ['ZADD z INCR 1 a 2 b', error('ERR INCR option supports a single increment-element pair')],
  ['ZADD z 1 a 2', SYNTAX], ['ZADD z XX CH', SYNTAX], ['ZADD z x a', NO_FLOAT], ['ZADD z nan a', NO_FLOAT], ['ZADD z 1 a x b', NO_FLOAT, { after: [['EXISTS z', 0]] }],
]);

cases('what ranges refuse', [
  ['ZRANGE z 0 1 LIMIT 0 1', error('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX')],
  ['ZRANGE z - + BYLEX WITHSCORES', error('ERR syntax error, WITHSCORES not supported in combination with BYLEX')],
  ['ZRANGE z 0 1 BYLEX', error('ERR min or max not valid string range item')],
  ['ZRANGE z x 1 BYSCORE', error('ERR min or max is not a float')],
  ['ZCOUNT z 0x10 1', error('ERR min or max is not a float')],
  ['ZRANGE z 0 x', error('ERR value is not an integer or out of range')],
  ['ZRANGE z 0 1 REV REV', SYNTAX], ['ZREVRANGE z 0 1 REV', SYNTAX], ['ZRANGESTORE d z 0 1 WITHSCORES', SYNTAX],
  ['ZRANK z a WITHSCORES', SYNTAX], ['ZPOPMIN z -1', error('ERR value is out of range, must be positive')],
  ['ZMPOP 0 z MIN', error('ERR numkeys should be greater than 0')], ['ZMPOP 1 z MIN COUNT 0', error('ERR count should be greater than 0')], ['ZMPOP 2 z MIN', SYNTAX],
]);

const TWO = ['ZADD x 1 a 2 b', 'ZADD y 10 b 20 c'];
cases('combining', [
  ['ZUNION 2 x y WITHSCORES', ['a', '1', 'b', '12', 'c', '20'], { given: TWO }],
  ['ZUNION 2 x y WEIGHTS 10 1 AGGREGATE MAX WITHSCORES', ['a', '10', 'b', '20', 'c', '20'], { given: TWO }],
  ['ZINTER 2 x y WITHSCORES', [['b', double(12)]], { given: TWO, resp: 3 }],
  ['ZINTER 2 x y AGGREGATE MIN WITHSCORES', ['b', '2'], { given: TWO }],
  ['ZINTER 2 x none', [], { given: TWO }],
  ['ZDIFF 2 x y WITHSCORES', ['a', '1'], { given: TWO }],
  ['ZINTERCARD 2 x y LIMIT 1', 1, { given: TWO }],
  ['ZUNIONSTORE to 2 x y', 3, { given: TWO, dirty: 1, notifies: ['zunionstore to'], after: [['OBJECT ENCODING to', 'listpack']] }],
  ['ZINTERSTORE x 2 x y', 1, { given: TWO, after: [['ZRANGE x 0 -1 WITHSCORES', ['b', '12']]] }],
  ['ZDIFFSTORE to 2 x x', 0, { given: [...TWO, 'SET to s'], notifies: ['del to'] }],
  ['ZUNION 2 inf -inf WITHSCORES', ['a', '0'], { given: ['ZADD inf inf a', 'ZADD -inf -inf a'] }],
  ['ZUNION 1 x WEIGHTS 0 WITHSCORES', ['a', '0'], { given: ['ZADD x inf a'] }],
  ['ZUNION 2 x s WEIGHTS 1 5 WITHSCORES', ['a', '1', 'q', '5', 'b', '7'], { given: [...TWO, 'SADD s b q'] }],
  ['ZINTER 2 s x WITHSCORES', ['b', '3'], { given: [...TWO, 'SADD s b q'] }],
  ['ZDIFF 2 s x WITHSCORES', ['q', '1'], { given: [...TWO, 'SADD s b q'] }],
  ['ZUNION 0 x', error("ERR at least 1 input key is needed for 'zunion' command")],
  ['ZUNIONSTORE d 3 x y', SYNTAX],
  ['ZUNION 1 x WEIGHTS y', error('ERR weight value is not a float')],
  ['ZINTERCARD 1 x LIMIT -1', error("ERR LIMIT can't be negative")],
  ['ZDIFF 2 x y WEIGHTS 1 2', SYNTAX],
  ['ZUNION 1 s', WRONG, { given: ['SET s 1'] }],
]);

describe('where a listpack ends', () => {
  test('one member more than zset-max-listpack-entries, and never back', () => {
    const world = new TestServer({ config: { 'zset-max-listpack-entries': 3 } });
    world.send('ZADD z 1 a 2 b 3 c');
    expect(world.ask('OBJECT ENCODING z')).toBe('"listpack"');
    world.send('ZADD z 4 d');
    expect(world.ask('OBJECT ENCODING z')).toBe('"skiplist"');
    world.send('ZPOPMIN z 3');
    expect(world.ask('OBJECT ENCODING z')).toBe('"skiplist"');
  });
  test('a member of more than zset-max-listpack-value bytes', () => {
    const world = new TestServer();
    world.send(`ZADD z 1 ${'x'.repeat(64)}`);
    expect(world.ask('OBJECT ENCODING z')).toBe('"listpack"');
    world.send(`ZADD z 1 ${'x'.repeat(65)}`);
    expect(world.ask('OBJECT ENCODING z')).toBe('"skiplist"');
  });
});

test('DUMP and RESTORE keep a sorted set of either encoding', () => {
  const world = new TestServer();
  world.send('ZADD small 1.5 a -inf b 0.1 c');
  world.send(`ZADD large 1.5 a -inf b -0 ${'x'.repeat(100)}`);
  for (const name of ['small', 'large']) {
    const wire = world.send(`DUMP ${name}`);
    expect(world.sendArgv(['RESTORE', `${name}:copy`, '0', wire.slice(wire.indexOf('\r\n') + 2, -2)])).toBe('+OK\r\n');
    expect(world.ask(`OBJECT ENCODING ${name}:copy`)).toBe(world.ask(`OBJECT ENCODING ${name}`));
    expect(world.ask(`ZRANGE ${name}:copy 0 -1 WITHSCORES`)).toBe(world.ask(`ZRANGE ${name} 0 -1 WITHSCORES`));
  }
});

test('random writes leave what a sorted array would hold, in both encodings and across their border', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = new SeededRandom(seed);
    const world = new TestServer({ config: { 'zset-max-listpack-entries': random.below(25) }, seed });
    const model = new Map<string, number>();
    for (let step = 0; step < 200; step++) {
      const member = `m${random.below(30)}`;
      const score = random.below(12) - 6;
      if (random.below(3) > 0) {
        expect(world.ask(`ZADD z ${score} ${member}`)).toBe(`(integer) ${model.has(member) ? 0 : 1}`);
        model.set(member, score);
      } else expect(world.ask(`ZREM z ${member}`)).toBe(`(integer) ${model.delete(member) ? 1 : 0}`);
      const sorted = [...model].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
      const shown = (pairs: readonly (readonly [string, number])[]) => (pairs.length === 0 ? '(empty array)' : pairs.flat().map((each, index) => `${index + 1}) "${each}"`).join('  '));
      const [low, high] = [random.below(12) - 6, random.below(12) - 6];
      expect(world.ask('ZRANGE z 0 -1 WITHSCORES')).toBe(shown(sorted));
      expect(world.ask(`ZRANGE z (${low} ${high} BYSCORE WITHSCORES`)).toBe(shown(sorted.filter(([, each]) => each > low && each <= high)));
      expect(world.ask(`ZCOUNT z ${low} (${high}`)).toBe(`(integer) ${sorted.filter(([, each]) => each >= low && each < high).length}`);
      const rank = sorted.findIndex(([name]) => name === member);
      expect(world.ask(`ZRANK z ${member}`)).toBe(rank === -1 ? '(nil)' : `(integer) ${rank}`);
    }
  }
});

transcript('BZPOPMIN serves the client that has waited longest, and tells the other when its time is up', `
  a> BZPOPMIN jobs 0
  b> BZPOPMIN jobs 1
  c> ZADD jobs 5 one
  c< (integer) 1
  a< 1) "jobs"  2) "one"  3) "5"
`);

test('BZMPOP waits for the first of its keys, and for no other type', () => {
  const world = new TestServer();
  expect(world.send('BZMPOP 2 2 x y MIN COUNT 2', 'a')).toBe('');
  world.send('RPUSH x not-for-you', 'b');
  world.send('DEL x', 'b');
  world.send('ZADD y 1 a 2 b 3 c', 'b');
  expect(showWire(world.client('a').take())).toBe('1) "y"  2) 1) 1) "a"  2) "1"  2) 1) "b"  2) "2"');
  expect(world.send('BZPOPMAX z 0.5', 'a')).toBe('');
  world.advance(600);
  expect(world.client('a').take()).toBe('*-1\r\n');
});

test('a large set that loses nearly all its members is packed, and every member is still found', () => {
  const client = new TestServer().client();
  const numbers = Array.from({ length: 8000 }, (_, i) => i);
  client.send(`ZADD z ${numbers.map((i) => `${i} m${i}`).join(' ')}`);
  client.send('ZREMRANGEBYRANK z 10 7989');
  const left = [...numbers.slice(0, 10), ...numbers.slice(-10)];
  expect(client.send('ZRANGE z 0 -1')).toBe(`*20\r\n${left.map((i) => `$${`m${i}`.length}\r\nm${i}\r\n`).join('')}`);
  left.forEach((i, rank) => {
    expect(client.send(`ZSCORE z m${i}`)).toBe(`$${String(i).length}\r\n${i}\r\n`);
    expect(client.send(`ZRANK z m${i}`)).toBe(`:${rank}\r\n`);
  });
});
