import { describe, expect, test } from 'vitest';
import { ByteBuffer } from '../structures/byte-buffer.ts';
import { dictTableSize, keyMemory, memoryUsage, stringAllocation, stringObjectSize } from './memory.ts';

/** [first length, MEMORY USAGE from there on], as a real 8.0.2 changes it while one length grows. */
type Steps = readonly (readonly [from: number, bytes: number])[];

/** SET <key of this length> 100000 */
const keyLengths: Steps = [
  [1, 48], [7, 56], [15, 72], [31, 88], [45, 104], [61, 120], [77, 136], [93, 152], [109, 168], [125, 200], [157, 232], [189, 264], [221, 296], [253, 360],
];

/** SET k <value of this length> */
const valueLengths: Steps = [
  [0, 64], [13, 80], [29, 96], [45, 112], [61, 128], [77, 144], [93, 160], [109, 176], [125, 208], [157, 240], [189, 272], [221, 304], [253, 368],
  [315, 432], [379, 496], [443, 560], [507, 688], [635, 816], [763, 944], [891, 1072], [1019, 1328], [1275, 1584], [1531, 1840], [1787, 2096],
  [2043, 2608], [2555, 3120], [3067, 3632], [3579, 4144], [4091, 5168],
];

function expectSteps(steps: Steps, last: number, measure: (length: number) => number): void {
  steps.forEach(([from, bytes], i) => {
    const end = (steps[i + 1]?.[0] ?? last + 1) - 1;
    for (const length of [from, Math.floor((from + end) / 2), end]) expect([length, measure(length)]).toEqual([length, bytes]);
  });
}

const text = (length: number) => ({ type: 'string', encoding: length <= 44 ? 'embstr' : 'raw', value: 'v'.repeat(length), lru: 0, sizeClass: 0 }) as const;

describe('MEMORY USAGE', () => {
  test('of keys of every length', () => {
    expectSteps(keyLengths, 300, (length) => keyMemory('k'.repeat(length), { type: 'string', encoding: 'int', value: 100000, lru: 0, sizeClass: 0 }));
  });

  test('of values of every length', () => {
    expectSteps(valueLengths, 5100, (length) => keyMemory('k', text(length)));
  });

  test('of long values, which keep the buffer they were read into while it is not too roomy', () => {
    // SET k on a real 8.0.2
    for (const [length, bytes] of [[32768, 41008], [40954, 41008], [40955, 49200], [65528, 65584], [65529, 81968], [65530, 81968], [81910, 81968], [1048566, 1048624]] as const) {
      expect([length, keyMemory('k', text(length))]).toEqual([length, bytes]);
    }
  });

  test('of an integer is that of its object, however many digits it has', () => {
    expect(stringObjectSize({ encoding: 'int', value: 5 })).toBe(16);
    expect(stringObjectSize({ encoding: 'int', value: 9223372036854775807n })).toBe(16);
  });

  test('of a value that has grown in place counts the room it has left', () => {
    const value = new ByteBuffer('v'.repeat(78));
    value.append('x'.repeat(49));
    expect(memoryUsage('a', stringObjectSize({ encoding: 'raw', value }))).toBe(368);
    expect(stringAllocation({ encoding: 'raw', value })).toEqual({ header: 16, textHeader: 3, used: 127, spare: 128, embedded: false, total: 336 });
  });
});

test('an embstr is one piece with its object', () => {
  expect(stringAllocation(text(44))).toEqual({ header: 16, textHeader: 3, used: 44, spare: 0, embedded: true, total: 64 });
  expect(stringAllocation(text(45))).toEqual({ header: 16, textHeader: 3, used: 45, spare: 15, embedded: false, total: 80 });
});

test('buckets are pointers', () => {
  expect([0, 4, 16384].map(dictTableSize)).toEqual([0, 32, 131072]);
});
