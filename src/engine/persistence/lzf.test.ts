import { describe, expect, test } from 'vitest';
import { lzfCompress, lzfDecompress } from './lzf.ts';

/** A small generator, so that a failure can be repeated. */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Text that repeats itself by chance, with copies of every length and distance. */
function repetitive(seed: number, length: number): string {
  const below = generator(seed);
  let text = '';
  while (text.length < length) {
    if (text.length > 10 && below(3) > 0) {
      const from = below(text.length);
      text += text.slice(from, from + below(320));
    } else text += String.fromCharCode(below(256));
  }
  return text;
}

describe('LZF', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('gives back what it compressed (seed %i)', (seed) => {
    for (let length = 10; length < 20_000; length = length * 2 + seed) {
      const text = repetitive(seed * length, length);
      const compressed = lzfCompress(text, text.length * 2);
      expect(compressed && lzfDecompress(compressed, text.length)).toBe(text);
    }
  });

  test('keeps to the limit, or says that it cannot', () => {
    const text = repetitive(9, 3000);
    const size = lzfCompress(text, 3000)?.length ?? 0;
    expect(size).toBeGreaterThan(0);
    for (let limit = 1; limit < 3000; limit += 7) {
      const compressed = lzfCompress(text, limit);
      if (compressed === undefined) expect(limit).toBeLessThan(size + 5);
      else expect(compressed.length).toBe(size);
    }
  });

  test('gives up on bytes without repetition', () => {
    const below = generator(3);
    const noise = Array.from({ length: 500 }, () => String.fromCharCode(below(256))).join('');
    expect(lzfCompress(noise, 496)).toBeUndefined();
    expect(lzfCompress('', 10)).toBeUndefined();
    expect(lzfCompress('abc', 0)).toBeUndefined();
  });

  test('one call leaves nothing behind for the next', () => {
    const text = repetitive(5, 2000);
    const first = lzfCompress(text, 2000);
    lzfCompress(repetitive(6, 5000), 5000);
    expect(lzfCompress(text, 2000)).toBe(first);
  });

  test('refuses damaged input and never writes past the end', () => {
    const text = repetitive(4, 400);
    const compressed = lzfCompress(text, 400) ?? '';
    expect(lzfDecompress(compressed, 399)).toBeUndefined();
    expect(lzfDecompress(compressed, 401)).toBeUndefined();
    for (let cut = 0; cut < compressed.length; cut++) expect(lzfDecompress(compressed.slice(0, cut), 400)).toBeUndefined();
    const below = generator(8);
    for (let i = 0; i < 2000; i++) {
      const at = below(compressed.length);
      const damaged = compressed.slice(0, at) + String.fromCharCode(below(256)) + compressed.slice(at + 1);
      const result = lzfDecompress(damaged, 400);
      if (result !== undefined) expect(result.length).toBe(400);
    }
    expect(lzfDecompress('\x00a', 2 ** 40)).toBeUndefined();
  });
});
