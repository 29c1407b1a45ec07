import { describe, expect, it } from 'vitest';
import { Dict } from './dict.ts';
import { dictPath, dictStrip, scanVisit } from './dict-paths.ts';

function filled(keys: number, seed = 7): Dict<number> {
  const dict = new Dict<number>({ seed });
  for (let i = 0; i < keys; i++) dict.add(`key:${i}`, i);
  return dict;
}

/** Keys that lie in these buckets, in order. */
function keysIn(dict: Dict<number>, buckets: readonly { table: 0 | 1; bucket: number }[]): string[] {
  const keys: string[] = [];
  for (const { table, bucket } of buckets) for (let entry = dict.chainAt(table, bucket); entry !== undefined; entry = entry.next) keys.push(entry.key);
  return keys;
}

describe('scanVisit', () => {
  for (const [what, dict] of [
    ['a table at rest', filled(100)],
    ['a growing table', filled(129)],
    ['a shrinking table', (() => {
      const dict = filled(64);
      while (dict.isRehashing) dict.rehashSteps(1);
      for (let i = 0; i < 56; i++) dict.delete(`key:${i}`);
      return dict;
    })()],
  ] as const) {
    it(`names the buckets and the cursor that scan() takes, in ${what}`, () => {
      let cursor = 0;
      do {
        const expected = scanVisit(dict, cursor, 1000);
        const keys: string[] = [];
        const next = dict.scan(cursor, ({ key }) => keys.push(key));
        expect(keysIn(dict, expected.buckets)).toEqual(keys);
        expect(expected.next).toBe(next);
        cursor = next;
      } while (cursor !== 0);
    });
  }
});

describe('dictPath', () => {
  it('finds every key during a rehash, and pays no step', () => {
    const dict = filled(130);
    expect(dict.isRehashing).toBe(true);
    const at = dict.rehashIndex;
    for (let i = 0; i < 130; i++) {
      const path = dictPath(dict, `key:${i}`);
      expect(path.found).toBe(true);
      expect(path.visits.at(-1)?.compared.at(-1)).toBe(`key:${i}`);
      expect(path.visits.filter((visit) => visit.passed).every((visit) => visit.table === 0 && visit.bucket < at && visit.comparisons === 0)).toBe(true);
    }
    expect(dict.rehashIndex).toBe(at);
  });

  it('walks the whole chain of every table for a key that is not there', () => {
    const dict = filled(130);
    const path = dictPath(dict, 'absent');
    expect(path.found).toBe(false);
    expect(path.visits.map((visit) => visit.table)).toEqual([0, 1]);
  });
});

describe('dictStrip', () => {
  it('counts every entry when each cell is one bucket', () => {
    const dict = filled(100);
    while (dict.isRehashing) dict.rehashSteps(10);
    const strip = dictStrip(dict, 0, 1024);
    expect(strip.entries).toHaveLength(128);
    expect(strip.entries.reduce((sum, each) => sum + each, 0)).toBe(100);
  });

  it('looks at sixteen buckets of a cell of many', () => {
    const dict = filled(20_000);
    while (dict.isRehashing) dict.rehashSteps(100);
    const strip = dictStrip(dict, 0, 256);
    expect([strip.bucketsPerCell, strip.lookedAt, strip.entries.length]).toEqual([128, 16, 256]);
    const estimate = strip.entries.reduce((sum, each) => sum + each, 0) * (strip.bucketsPerCell / strip.lookedAt);
    expect(Math.abs(estimate - 20_000) / 20_000).toBeLessThan(0.1);
  });
});
