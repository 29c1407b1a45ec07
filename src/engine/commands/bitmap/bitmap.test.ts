import { expect, test } from 'vitest';
import { WRONG_TYPE } from '../../reply.ts';
import { error, nil, SeededRandom, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);
const OFFSET = 'ERR bit offset is not an integer or out of range';

cases('single bits', [
  ['SETBIT b 7 1', 0, { dirty: 1, notifies: ['setbit b'], after: [['GET b', '\x01'], ['OBJECT ENCODING b', 'raw']] }],
  ['SETBIT b 7 1', 1, { given: ['SETBIT b 7 1'], dirty: 0, notifies: [] }],
  ['SETBIT b 20 0', 0, { given: ['SETBIT b 7 1'], dirty: 1, after: [['STRLEN b', 3]] }],
  ['SETBIT b -1 1', error(OFFSET)],
  ['SETBIT b 4294967296 1', error(OFFSET)],
  ['SETBIT b 1 2', error('ERR bit is not an integer or out of range')],
  ['SETBIT l 1 1', error(WRONG_TYPE), { given: ['RPUSH l a'] }],
  ['GETBIT b 1', 1, { given: ['SET b a'] }],
  ['GETBIT b 1000', 0, { given: ['SET b a'] }],
  ['GETBIT n 2', 1, { given: ['SET n 1'] }],
]);

cases('counting and finding', [
  ['BITCOUNT b', 26, { given: ['SET b foobar'] }],
  ['BITCOUNT b 1 1', 6, { given: ['SET b foobar'] }],
  ['BITCOUNT b 5 30 BIT', 17, { given: ['SET b foobar'] }],
  ['BITCOUNT b -2 -1', 7, { given: ['SET b foobar'] }],
  ['BITCOUNT b 0', error('ERR syntax error')],
  ['BITCOUNT nothing', 0],
  ['BITPOS b 0', 12, { given: ['SET b "\\xff\\xf0\\x00"'] }],
  ['BITPOS b 1 1', 8, { given: ['SET b "\\x00\\xff\\xf0"'] }],
  ['BITPOS b 0', 8, { given: ['SET b "\\xff"'] }],
  ['BITPOS b 0 0 -1', -1, { given: ['SET b "\\xff"'] }],
  ['BITPOS b 1 7 15 BIT', 8, { given: ['SET b "\\x00\\xff\\xf0"'] }],
  ['BITPOS nothing 0', 0],
  ['BITPOS nothing 1', -1],
  ['BITPOS b 2', error('ERR The bit argument must be 1 or 0.')],
]);

cases('BITOP', [
  ['BITOP AND d a b', 3, { given: ['SET a abc', 'SET b ab'], dirty: 1, notifies: ['set d'], after: [['GET d', 'ab\0'], ['OBJECT ENCODING d', 'raw']] }],
  ['BITOP NOT d a', 1, { given: ['SET a "\\x0f"'], after: [['GET d', '\xf0']] }],
  ['BITOP NOT d a b', error('ERR BITOP NOT must be called with a single source key.')],
  ['BITOP OR d nothing', 0, { given: ['SET d v'], dirty: 1, notifies: ['del d'] }],
  ['BITOP NAND d a', error('ERR syntax error')],
]);

cases('BITFIELD', [
  ['BITFIELD f SET u8 #1 200 GET u8 8', [0, 200], { dirty: 1, notifies: ['setbit f'], after: [['STRLEN f', 2]] }],
  ['BITFIELD f INCRBY u8 0 10', [4], { given: ['BITFIELD f SET u8 0 250'] }],
  ['BITFIELD f OVERFLOW SAT INCRBY u8 0 10', [255], { given: ['BITFIELD f SET u8 0 250'] }],
  ['BITFIELD f OVERFLOW FAIL INCRBY u8 0 10 GET u8 0', [nil, 250], { given: ['BITFIELD f SET u8 0 250'], dirty: 0 }],
  ['BITFIELD f INCRBY i8 0 100', [-56], { given: ['BITFIELD f SET i8 0 100'] }],
  ['BITFIELD f OVERFLOW SAT INCRBY i8 0 -200', [-128]],
  ['BITFIELD f SET i64 0 -9223372036854775808 GET i64 0', [0, -9223372036854775808n]],
  ['BITFIELD f SET u8 0 -1 GET u8 0', [0, 255]],
  ['BITFIELD f OVERFLOW SAT SET i33 0 -9223372036854775807 GET i33 0', [0, 4294967295]],
  ['BITFIELD f OVERFLOW SAT SET i33 0 -5000000000 GET i33 0', [0, -4294967296]],
  ['BITFIELD f', []],
  ['BITFIELD f GET u64 0', error('ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.')],
  ['BITFIELD f GET u8 -1', error(OFFSET)],
  ['BITFIELD f OVERFLOW maybe', error('ERR Invalid OVERFLOW type specified')],
  ['BITFIELD f SET u8 0 x', error('ERR value is not an integer or out of range')],
  ['BITFIELD_RO f SET u8 0 1', error('ERR BITFIELD_RO only supports the GET subcommand')],
  ['BITFIELD_RO f GET u4 4', [1], { given: ['SET f a'] }],
]);

test('random numbers of any width come back, and their neighbours stay', () => {
  const random = new SeededRandom(7);
  const world = new TestServer();
  for (let step = 0; step < 300; step++) {
    const bits = 1 + random.below(63);
    const offset = random.below(200);
    const value = BigInt.asUintN(bits, (BigInt(random.below(0x100000000)) << 32n) | BigInt(random.below(0x100000000)));
    const before = world.ask(`BITFIELD f GET u63 0 GET u63 ${offset + bits}`);
    world.send(`BITFIELD f SET u${bits} ${offset} ${value}`);
    expect(world.ask(`BITFIELD f GET u${bits} ${offset}`), `u${bits} at ${offset}`).toBe(`1) (integer) ${value}`);
    const after = world.ask(`BITFIELD f GET u63 0 GET u63 ${offset + bits}`);
    if (offset >= 63) expect(after).toBe(before);
  }
});
