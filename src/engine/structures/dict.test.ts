import { describe, expect, test } from 'vitest';
import type { Random } from '../env.ts';
import { Dict, reverseBits, type DictEntry, type ResizePolicy } from './dict.ts';
import { dictLayout, htStats } from './dict-view.ts';
import { hashBytes } from './hash.ts';

/** A small generator of the test's own, so that a seed replays a run. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  const random: Random = {
    below(n) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      let x = state ^ (state >>> 15);
      x = Math.imul(x, 0x2c1b3c6d);
      x = (x ^ (x >>> 12)) >>> 0;
      return Math.floor((x / 2 ** 32) * n);
    },
    fork: () => random,
  };
  return random;
}

/** Everything that must hold between operations; throws what does not. */
function checkInvariants<V>(dict: Dict<V>): void {
  for (const table of [0, 1] as const) {
    const size = dict.buckets(table);
    if (size !== 0 && (size < 4 || (size & (size - 1)) !== 0)) throw new Error(`table ${table} has ${size} buckets`);
    let counted = 0;
    for (let i = 0; i < size; i++) {
      for (let entry = dict.chainAt(table, i); entry !== undefined; entry = entry.next) {
        counted++;
        if ((entry.hash & (size - 1)) !== i) throw new Error(`${entry.key} stands in bucket ${i} of table ${table}`);
        if (entry.hash !== hashBytes(entry.key, dict.seed)) throw new Error(`${entry.key} carries a wrong hash`);
        if (table === 0 && i < dict.rehashIndex) throw new Error(`bucket ${i} is behind the rehash index and not empty`);
      }
    }
    if (counted !== dict.used(table)) throw new Error(`table ${table} says ${dict.used(table)} entries and has ${counted}`);
  }
  if (dict.isRehashing !== dict.buckets(1) > 0) throw new Error('a second table and a rehash go together');
}

const filled = (n: number, policy?: ResizePolicy): Dict<number> => {
  const dict = new Dict<number>(policy === undefined ? { seed: 1 } : { seed: 1, policy });
  for (let i = 0; i < n; i++) dict.set(`key:${i}`, i);
  return dict;
};

const settle = <V>(dict: Dict<V>): void => {
  while (dict.rehashSteps(100)) {
    /* until all is moved */
  }
};

describe('Dict', () => {
  test.each([1, 2, 3, 4, 5, 6])('behaves as a Map over a random run (seed %i)', (seed) => {
    const random = seeded(seed);
    const policy: ResizePolicy = { resize: 'enable' };
    const dict = new Dict<number>({ seed, policy });
    const model = new Map<string, number>();
    for (let step = 0; step < 4000; step++) {
      // The share of deletions swings, so that the tables grow and shrink several times.
      const deleting = Math.floor(step / 700) % 2 === 1;
      const key = `k${random.below(400)}`;
      switch (random.below(10)) {
        case 0:
          expect(dict.get(key)).toBe(model.get(key));
          break;
        case 1:
          expect(dict.has(key)).toBe(model.has(key));
          break;
        case 2:
          expect(dict.add(key, step) !== undefined).toBe(!model.has(key));
          if (!model.has(key)) model.set(key, step);
          break;
        case 3:
          expect(dict.replace(key, step)).toBe(model.get(key));
          if (model.has(key)) model.set(key, step);
          break;
        case 4:
          policy.resize = random.below(8) === 0 ? 'forbid' : random.below(3) === 0 ? 'avoid' : 'enable';
          break;
        case 5:
          if (random.below(300) === 0) {
            dict.clear();
            model.clear();
          }
          break;
        default:
          if (deleting) {
            expect(dict.delete(key)?.value).toBe(model.get(key));
            model.delete(key);
          } else {
            expect(dict.set(key, step)).toBe(!model.has(key));
            model.set(key, step);
          }
      }
      checkInvariants(dict);
      expect(dict.size).toBe(model.size);
    }
    expect([...dict].map((entry) => [entry.key, entry.value] as const).sort()).toEqual([...model].sort());
  });

  test('starts with four buckets and doubles with the first entry that finds as many entries as buckets', () => {
    const dict = filled(4);
    expect([dict.buckets(0), dict.buckets(1)]).toEqual([4, 0]);
    dict.set('fifth', 5);
    expect([dict.buckets(0), dict.buckets(1)]).toEqual([4, 8]);
    expect(dict.used(1)).toBeGreaterThan(0);
  });

  test('shrinks when no more than an eighth of the buckets could be in use', () => {
    const dict = filled(64);
    settle(dict);
    expect(dict.capacity).toBe(64);
    for (let i = 0; i < 55; i++) dict.delete(`key:${i}`);
    expect(dict.isRehashing).toBe(false);
    dict.delete('key:55');
    expect([dict.buckets(0), dict.buckets(1)]).toEqual([64, 8]);
  });

  test('growth waits for the fourfold load while resizing is to be avoided', () => {
    const dict = filled(4);
    dict.policy.resize = 'avoid';
    for (let i = 4; i < 16; i++) dict.set(`key:${i}`, i);
    expect([dict.buckets(0), dict.isRehashing]).toEqual([4, false]);
    dict.set('key:16', 16);
    expect([dict.buckets(0), dict.buckets(1)]).toEqual([4, 32]);
    expect(dict.rehashSteps(1)).toBe(true); // eightfold growth is not held back
  });

  test('a rehash that has begun stands still while resizing is to be avoided', () => {
    const dict = filled(5);
    dict.policy.resize = 'avoid';
    const before = dict.used(0);
    for (let i = 0; i < 50; i++) dict.get(`key:${i % 5}`);
    expect(dict.used(0)).toBe(before);
    dict.policy.resize = 'enable';
    settle(dict);
    expect(dict.isRehashing).toBe(false);
  });

  test('never resizes when it is forbidden, and still has a first table', () => {
    const dict = filled(100, { resize: 'forbid' });
    expect(dict.capacity).toBe(4);
    expect(dict.get('key:77')).toBe(77);
  });

  test('a refused growth leaves the table as it is', () => {
    const asked: number[] = [];
    const dict = filled(9, { resize: 'enable', allows: (bytes) => (asked.push(bytes), false) });
    expect(dict.capacity).toBe(4);
    expect(asked[0]).toBe(64);
  });

  test('a step passes at most ten empty buckets for each one it may move', () => {
    const dict = filled(1024);
    settle(dict);
    for (let i = 0; i < 1024; i++) if (i !== 500) dict.delete(`key:${i}`);
    settle(dict);
    dict.expand(4096);
    settle(dict);
    expect([dict.size, dict.buckets(0)]).toEqual([1, 4096]);
    dict.expand(8192);
    const where = (dict.find('nobody'), dict.rehashIndex); // one operation, one step
    expect(where).toBeLessThanOrEqual(10);
    expect(dict.rehashSteps(3)).toBe(true);
    expect(dict.rehashIndex).toBeLessThanOrEqual(40);
  });

  test('nothing moves while rehashing is paused', () => {
    const dict = filled(5);
    dict.pauseRehashing();
    const before = dict.used(0);
    for (let i = 0; i < 20; i++) dict.get(`key:${i % 5}`);
    expect(dict.used(0)).toBe(before);
    dict.resumeRehashing();
    for (let i = 0; i < 20; i++) dict.get(`key:${i % 5}`);
    expect(dict.isRehashing).toBe(false);
    expect(() => dict.resumeRehashing()).toThrow('without pauseRehashing');
  });

  test('rehashFor goes on until it is told that the time is over', () => {
    const dict = filled(100_000);
    dict.expand(1_000_000);
    settle(dict);
    dict.expand(2_000_000);
    let left = 3;
    expect(dict.rehashFor(() => --left > 0)).toBe(3);
    expect(dict.isRehashing).toBe(true);
    dict.rehashFor(() => true);
    expect(dict.isRehashing).toBe(false);
    checkInvariants(dict);
  });

  test('hooks tell of the beginning, each moved bucket and the end', () => {
    const told: string[] = [];
    const dict = new Dict<number>({
      seed: 3,
      hooks: {
        rehashStarted: (from, to) => told.push(`started ${from} to ${to}`),
        rehashStep: () => told.push('step'),
        rehashCompleted: (size) => told.push(`completed ${size}`),
      },
    });
    for (let i = 0; i < 4; i++) dict.set(`k${i}`, i);
    expect(told).toEqual([]); // a first table moves nothing
    dict.set('k4', 4);
    settle(dict);
    expect(told[0]).toBe('started 4 to 8');
    expect(told.at(-1)).toBe('completed 8');
    expect(told.slice(1, -1).every((word) => word === 'step')).toBe(true);
    expect(told.length).toBeGreaterThan(2);
  });

  test('entries may be deleted while they are walked', () => {
    const dict = filled(1000);
    for (const entry of dict) if (entry.value % 2 === 0) dict.delete(entry.key);
    expect(dict.size).toBe(500);
    checkInvariants(dict);
    for (const entry of dict) dict.delete(entry.key);
    expect([...dict]).toEqual([]);
  });

  test('peek finds without paying a step', () => {
    const dict = filled(5);
    const before = dict.used(0);
    for (let i = 0; i < 5; i++) expect(dict.peek(`key:${i}`)?.value).toBe(i);
    expect(dict.used(0)).toBe(before);
  });

  test('more buckets than one segment holds keep every key', () => {
    const dict = filled(70_000);
    expect(dict.capacity).toBeGreaterThan(4096);
    for (let i = 0; i < 70_000; i += 7) expect(dict.get(`key:${i}`)).toBe(i);
    for (let i = 0; i < 69_990; i++) dict.delete(`key:${i}`);
    settle(dict);
    while (dict.shrinkIfNeeded()) settle(dict); // what a server's cron does after a great deletion
    expect(dict.size).toBe(10);
    expect(dict.capacity).toBeLessThan(10 * 8);
    checkInvariants(dict);
  });
});

describe('scan', () => {
  const scanAll = (dict: Dict<number>, between: () => void): Map<string, number> => {
    const seen = new Map<string, number>();
    let cursor = 0;
    do {
      cursor = dict.scan(cursor, (entry) => seen.set(entry.key, (seen.get(entry.key) ?? 0) + 1));
      between();
    } while (cursor !== 0);
    return seen;
  };

  test('visits the buckets of a quiet table in the order of reversed bits', () => {
    const dict = filled(8);
    settle(dict);
    const cursors: number[] = [];
    let cursor = 0;
    do cursors.push((cursor = dict.scan(cursor, () => {})));
    while (cursor !== 0);
    expect(cursors).toEqual([4, 2, 6, 1, 5, 3, 7, 0]);
  });

  test('an empty dict is done at once', () => {
    expect(new Dict<number>({ seed: 1 }).scan(123, () => {})).toBe(0);
  });

  test('a quiet table gives every key exactly once, whatever the cursor carries above the mask', () => {
    const dict = filled(1000);
    settle(dict);
    expect([...scanAll(dict, () => {}).values()].every((times) => times === 1)).toBe(true);
    let once = 0;
    dict.scan(0xffff0003, () => once++);
    let twice = 0;
    dict.scan(3, () => twice++);
    expect(once).toBe(twice);
  });

  test.each([11, 12, 13, 14, 15, 16, 17, 18])('what stays from start to end is seen, however the table is resized (seed %i)', (seed) => {
    const random = seeded(seed);
    const dict = filled(random.below(600) + 20);
    const staying = [...dict].filter(() => random.below(4) === 0).map((entry) => entry.key);
    const kept = new Set(staying);
    let next = 10_000;
    let growing = random.below(2) === 0;
    const seen = scanAll(dict, () => {
      if (random.below(60) === 0) growing = !growing;
      for (let i = 0; i < 12; i++) {
        if (growing && next < 14_000) dict.set(`key:${next++}`, next);
        else {
          const victim = dict.anyEntry(random);
          if (victim !== undefined && !kept.has(victim.key)) dict.delete(victim.key);
        }
      }
    });
    expect(staying.filter((key) => !seen.has(key))).toEqual([]);
    checkInvariants(dict);
  });

  test('the visited entry may be deleted', () => {
    const dict = filled(500);
    let cursor = 0;
    do cursor = dict.scan(cursor, (entry) => void dict.delete(entry.key));
    while (cursor !== 0);
    expect(dict.size).toBe(0);
  });

  test('reverseBits turns 32 bits around', () => {
    expect(reverseBits(1)).toBe(0x80000000);
    expect(reverseBits(reverseBits(0x12345678))).toBe(0x12345678);
  });
});

describe('chance', () => {
  const draw = (pick: (dict: Dict<number>, random: Random) => DictEntry<number> | undefined, dict: Dict<number>): number[] => {
    const random = seeded(99);
    const hits = new Array<number>(dict.size).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const value = pick(dict, random)?.value ?? -1;
      hits[value] = (hits[value] ?? 0) + 1;
    }
    return hits;
  };

  test.each(['quiet', 'rehashing'])('randomEntry reaches every entry of a %s table, none much too often', (state) => {
    const dict = filled(state === 'quiet' ? 50 : 65);
    if (state === 'quiet') settle(dict);
    dict.pauseRehashing();
    const hits = draw((d, random) => d.randomEntry(random), dict);
    const even = 20_000 / dict.size;
    expect(Math.min(...hits)).toBeGreaterThan(even / 5);
    expect(Math.max(...hits)).toBeLessThan(even * 4);
  });

  test('anyEntry reaches every entry', () => {
    const dict = filled(65);
    dict.pauseRehashing();
    expect(Math.min(...draw((d, random) => d.anyEntry(random), dict))).toBeGreaterThan(0);
  });

  test('someEntries gives different entries, no more than asked for or there are', () => {
    const random = seeded(5);
    const dict = filled(300);
    for (let i = 0; i < 200; i++) {
      const sample = dict.someEntries(random, 16);
      expect(sample.length).toBeLessThanOrEqual(16);
      expect(new Set(sample.map((entry) => entry.key)).size).toBe(sample.length);
    }
    expect(filled(3).someEntries(random, 16).length).toBeLessThanOrEqual(3);
    expect(new Dict<number>({ seed: 1 }).someEntries(random, 5)).toEqual([]);
  });
});

describe('hashBytes', () => {
  test('spreads keys that differ in one place over all buckets', () => {
    for (const make of [(i: number) => `key:${i}`, (i: number) => `${i}:session`, (i: number) => '\0'.repeat(i % 64) + i, (i: number) => String.fromCharCode(i & 255, i >> 8)]) {
      const buckets = new Array<number>(1024).fill(0);
      for (let i = 0; i < 20_480; i++) {
        const at = hashBytes(make(i), 77) & 1023;
        buckets[at] = (buckets[at] ?? 0) + 1;
      }
      // Twenty a bucket; chi-squared with 1023 degrees of freedom stays below 1200 but once in ten thousand.
      const chi = buckets.reduce((sum, n) => sum + (n - 20) ** 2 / 20, 0);
      expect(chi).toBeLessThan(1200);
    }
  });

  test('depends on the seed, the length and every byte', () => {
    expect(hashBytes('abc', 1)).not.toBe(hashBytes('abc', 2));
    expect(hashBytes('', 1)).not.toBe(hashBytes('\0', 1));
    const base = 'a'.repeat(19);
    const hashes = new Set([hashBytes(base, 9)]);
    for (let i = 0; i < base.length; i++) hashes.add(hashBytes(`${base.slice(0, i)}b${base.slice(i + 1)}`, 9));
    expect(hashes.size).toBe(20);
  });
});

describe('looking at a dict', () => {
  test('HTSTATS says of a database never used only its heading', () => {
    expect(htStats(new Dict<number>({ seed: 1 }), 'Expires HT', true)).toBe('[Expires HT]\n');
  });

  test('HTSTATS of an emptied table, as 8.0.2 prints it', () => {
    const dict = filled(1);
    dict.delete('key:0');
    expect(htStats(dict, 'Dictionary HT', true)).toBe(
      '[Dictionary HT]\nHash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n',
    );
  });

  test('HTSTATS counts sizes, slots and chains', () => {
    // As a real server printed it for three keys, with the chains that our hash gives.
    const dict = filled(3);
    expect(htStats(dict, 'Dictionary HT', false)).toBe(
      '[Dictionary HT]\nHash table 0 stats (main hash table):\n table size: 4\n number of elements: 3\n',
    );
    const lengths = [0, 1, 2, 3].map((i) => {
      let n = 0;
      for (let entry = dict.chainAt(0, i); entry !== undefined; entry = entry.next) n++;
      return n;
    });
    const slots = lengths.filter((n) => n > 0).length;
    const rows = [0, 1, 2, 3].flatMap((n) => {
      const count = lengths.filter((each) => each === n).length;
      return count === 0 ? [] : [`   ${n}: ${count} (${(count * 25).toFixed(2)}%)\n`];
    });
    const average = (3 / slots).toFixed(2);
    expect(htStats(dict, 'Dictionary HT', true)).toBe(
      `[Dictionary HT]\nHash table 0 stats (main hash table):\n table size: 4\n number of elements: 3\n different slots: ${slots}\n` +
        ` max chain length: ${Math.max(...lengths)}\n avg chain length (counted): ${average}\n avg chain length (computed): ${average}\n` +
        ` Chain length distribution:\n${rows.join('')}`,
    );
  });

  test('HTSTATS shows the target of a rehash', () => {
    const dict = filled(5);
    const text = htStats(dict, 'Dictionary HT', false);
    expect(text).toContain('Hash table 1 stats (rehashing target):\n table size: 8\n');
  });

  test('the layout is bounded and touches nothing', () => {
    const dict = filled(50_000);
    const before = [dict.used(0), dict.rehashIndex];
    const layout = dictLayout(dict, 10, 100);
    expect([dict.used(0), dict.rehashIndex]).toEqual(before);
    expect(layout.tables[0]?.buckets.map((bucket) => bucket.index)).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
    const [table] = layout.tables;
    expect(table && table.bucketsBefore + table.buckets.length + table.bucketsAfter).toBe(table?.size);
    expect(table?.histogram.reduce((sum, n) => sum + n, 0)).toBe(table?.histogramOf);
    for (const bucket of table?.buckets ?? []) for (const entry of bucket.chain) expect(entry.hash & (table?.mask ?? 0)).toBe(bucket.index);
  });

  test('the layout cuts long keys and long chains', () => {
    const dict = filled(100, { resize: 'forbid' });
    dict.set('x'.repeat(1000), 1);
    const layout = dictLayout(dict, 4);
    expect(layout.tables[0]?.buckets.every((bucket) => bucket.chain.length <= 8)).toBe(true);
    expect(layout.tables[0]?.buckets.reduce((sum, bucket) => sum + bucket.chain.length + bucket.more, 0)).toBe(101);
  });
});
