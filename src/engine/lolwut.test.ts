import { describe, expect, test } from 'vitest';
import { assertBytes, fromUtf8 } from './bytes.ts';
import type { Random } from './env.ts';
import { lolwut, LOLWUT_DEFAULT_VERSION } from './lolwut.ts';

function seeded(seed: number): Random {
  let state = seed;
  const random: Random = {
    below(n) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    },
    fork: () => random,
  };
  return random;
}

const draw = (version: number, size: number[] = [], seed = 1): string => lolwut(version, size, seeded(seed));

describe('LOLWUT', () => {
  test.each([1, 5, 6, 7, 8, -1])('version %i is bytes and ends with the version of Redis', (version) => {
    const picture = draw(version);
    assertBytes(picture, 'LOLWUT');
    expect(picture.trimEnd().endsWith('Redis ver. 8.0.2')).toBe(true);
    expect(picture.endsWith(version === LOLWUT_DEFAULT_VERSION ? '8.0.2\n\n' : '8.0.2\n')).toBe(true);
  });

  test('a version without a picture is the last line alone', () => {
    expect(draw(7)).toBe('Redis ver. 8.0.2\n');
  });

  test.each([5, 6, 8])('version %i is the same for the same chance, and another for another', (version) => {
    expect(draw(version, [], 4)).toBe(draw(version, [], 4));
    expect(new Set([1, 2, 3, 4, 5].map((seed) => draw(version, [], seed))).size).toBeGreaterThan(1);
  });

  test('columns and rows set the size, within limits', () => {
    const rows = fromUtf8(draw(5, [10, 3])).split('\n');
    expect(rows.slice(0, 3).map((row) => row.length)).toEqual([10, 10, 10]);
    expect(rows[3]).toBe('');
    expect(fromUtf8(draw(5, [0, -5])).split('\n')[0]?.length).toBe(1);
    expect(fromUtf8(draw(5, [5000, 1])).split('\n')[0]?.length).toBe(1000);
    const plain = draw(6, [12, 4]).replace(/\x1b\[[0-9;]*m/g, '').split('\n');
    expect(plain.slice(0, 4).map((row) => row.length)).toEqual([12, 12, 12, 12]);
  });

  test('no line of a poem comes twice', () => {
    for (let seed = 1; seed < 50; seed++) {
      const lines = draw(8, [], seed).split('\n').slice(0, 9);
      expect(new Set(lines).size).toBe(9);
    }
  });
});
