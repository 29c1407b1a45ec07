import { describe, expect, test } from 'vitest';
import { Dict } from './dict.ts';
import { PREFETCH_KEYS } from './prefetch.ts';

const key = (n: number): string => `key:${n}`;
const filled = (n: number, seed = 7): Dict<number> => {
  const dict = new Dict<number>({ seed });
  for (let i = 0; i < n; i++) dict.set(key(i), i);
  return dict;
};
const keys = Array.from({ length: 40 }, (_, i) => key(i * 97));

describe('prefetch', () => {
  test('lookups in the order that was said find what is there', () => {
    const dict = filled(3000);
    dict.prefetch(keys, 0, 1);
    expect(keys.map((each) => dict.get(each))).toEqual(keys.map((_, i) => (i * 97 < 3000 ? i * 97 : undefined)));
  });

  test('whatever order, repetition, change or other key follows', () => {
    const dict = filled(3000);
    dict.prefetch(keys, 1, 2);
    expect(dict.get(key(2999))).toBe(2999);
    expect(dict.get(keys[3] as string)).toBe(291);
    dict.set(keys[1] as string, -1);
    expect(dict.get(keys[1] as string)).toBe(-1);
    expect(dict.get(keys[1] as string)).toBe(-1);
    expect(dict.delete(keys[3] as string)?.value).toBe(291);
    expect(dict.get(keys[3] as string)).toBeUndefined();
    dict.clear();
    expect(dict.get(keys[5] as string)).toBeUndefined();
  });

  test('while entries move, and after a growth that came in between', () => {
    const dict = filled(1024);
    dict.prefetch(keys, 0, 1);
    for (let i = 0; i < PREFETCH_KEYS; i++) {
      dict.set(`new:${i}`, i);
      expect(dict.get(keys[i] as string)).toBe(i * 97 < 1024 ? i * 97 : undefined);
    }
    expect(dict.isRehashing).toBe(true);
    dict.prefetch(keys, 0, 1);
    expect(dict.get(keys[0] as string)).toBe(0);
  });

  test('changes nothing: not the entries, not the rehash', () => {
    const dict = filled(1025);
    const before = [dict.rehashIndex, dict.used(0), dict.used(1)];
    dict.prefetch(keys, 0, 1);
    expect([dict.rehashIndex, dict.used(0), dict.used(1)]).toEqual(before);
  });
});
