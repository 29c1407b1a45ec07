import { expect, test } from 'vitest';
import { WRONG_TYPE } from '../../reply.ts';
import { error, OK, SeededRandom, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);
const NOT_ONE = error('WRONGTYPE Key is not a valid HyperLogLog string value.');
const DAMAGED = error('INVALIDOBJ Corrupted HLL object detected');
const EMPTY = 'HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff';
const status = (text: string) => ({ kind: 'status', text }) as const;

cases('PFADD', [
  ['PFADD h', 1, { dirty: 1, notifies: ['pfadd h'], after: [['GET h', EMPTY], ['OBJECT ENCODING h', 'raw']] }],
  ['PFADD h', 0, { given: ['PFADD h'], dirty: 0, notifies: [] }],
  ['PFADD h a b c', 1, { dirty: 4, after: [['GET h', 'HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80`\xf3\x80P\xb1\x84K\xfb\x80BZ'], ['PFDEBUG DECODE h', 'Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603']] }],
  ['PFADD h a', 0, { given: ['PFADD h a b c'], dirty: 0, notifies: [] }],
  ['PFADD h a', 1, { config: { 'hll-sparse-max-bytes': 0 }, after: [['PFDEBUG ENCODING h', status('dense')], ['STRLEN h', 12304]] }],
  ['PFADD h a', NOT_ONE, { given: ['SET h text'] }],
  ['PFADD h a', NOT_ONE, { given: ['SET h 12'] }],
  ['PFADD h a', error(WRONG_TYPE), { given: ['RPUSH h a'] }],
  ['PFADD h a', DAMAGED, { given: [String.raw`SET h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"`] }],
]);

cases('PFCOUNT', [
  ['PFCOUNT h', 0],
  ['PFCOUNT h', 3, { given: ['PFADD h a b c'], dirty: 1, notifies: [], after: [['GETRANGE h 8 15', '\x03\0\0\0\0\0\0\0']] }],
  ['PFCOUNT h', 3, { given: ['PFADD h a b c', 'PFCOUNT h'], dirty: 0 }],
  ['PFCOUNT h', 9223372036854775807n, { given: [String.raw`SET h "HYLL\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f"`], after: [['OBJECT ENCODING h', 'raw']] }],
  ['PFCOUNT h', DAMAGED, { given: [String.raw`SET h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe"`] }],
  ['PFCOUNT g h none', 4, { given: ['PFADD g a b c', 'PFADD h c d'], dirty: 0 }],
  ['PFCOUNT g h', NOT_ONE, { given: ['PFADD g a', 'SET h x'] }],
]);

cases('PFMERGE', [
  ['PFMERGE d', OK, { dirty: 1, notifies: ['pfadd d'], after: [['GET d', EMPTY]] }],
  ['PFMERGE d g h', OK, { given: ['PFADD g a b c', 'PFADD h c d'], after: [['PFCOUNT d', 4], ['PFDEBUG ENCODING d', status('sparse')]] }],
  ['PFMERGE d g', OK, { given: ['PFADD g a', 'PFDEBUG TODENSE g', 'PFADD d b'], after: [['PFCOUNT d', 2], ['PFDEBUG ENCODING d', status('dense')]] }],
  ['PFMERGE d g', NOT_ONE, { given: ['SET g x'], after: [['EXISTS d', 0]] }],
]);

cases('looking inside', [
  ['PFDEBUG TODENSE h', 1, { given: ['PFADD h a'], dirty: 1 }],
  ['PFDEBUG TODENSE h', 0, { given: ['PFADD h a', 'PFDEBUG TODENSE h'], dirty: 0 }],
  ['PFDEBUG DECODE h', error('ERR HLL encoding is not sparse'), { given: ['PFADD h a', 'PFDEBUG TODENSE h'] }],
  ['PFDEBUG nothing h', error("ERR Unknown PFDEBUG subcommand 'nothing'"), { given: ['PFADD h a'] }],
  ['PFDEBUG GETREG h', error('ERR The specified key does not exist')],
  ['PFDEBUG SIMD on', status('enabled')],
  ['PFDEBUG SIMD h', error('ERR Argument must be ON or OFF')],
  ['PFSELFTEST', OK],
]);

test('sparse, dense and merged agree on thousands of elements, and are near the truth', () => {
  for (const seed of [1, 2, 3]) {
    const random = new SeededRandom(seed);
    const sparse = new TestServer();
    const dense = new TestServer({ config: { 'hll-sparse-max-bytes': 0 } });
    const seen = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const elements = Array.from({ length: 1 + random.below(60) }, () => `e${random.below(8000)}`);
      for (const each of elements) seen.add(each);
      for (const world of [sparse, dense]) world.sendArgv(['PFADD', `part${round % 3}`, ...elements]);
    }
    const parts = ['part0', 'part1', 'part2'];
    for (const world of [sparse, dense]) world.sendArgv(['PFMERGE', 'all', ...parts]);
    expect(sparse.ask('PFCOUNT all')).toBe(dense.ask('PFCOUNT all'));
    expect(sparse.ask('PFCOUNT all')).toBe(sparse.ask(`PFCOUNT ${parts.join(' ')}`));
    for (const each of parts) expect(sparse.ask(`PFDEBUG GETREG ${each}`)).toBe(dense.ask(`PFDEBUG GETREG ${each}`));
    const count = Number(/\d+/.exec(sparse.ask('PFCOUNT all'))?.[0]);
    expect(Math.abs(count - seen.size)).toBeLessThan(seen.size * 0.03);
  }
});
