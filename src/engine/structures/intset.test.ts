import { expect, test } from 'vitest';
import { narrow } from '../bytes.ts';
import { SeededRandom } from '../testing.ts';
import { Intset, type IntsetNumber } from './intset.ts';

test('numbers come out in order, each once', () => {
  const set = new Intset();
  for (const value of [5, -3, 7, 5, 0, 100, -3]) set.add(value);
  expect(set.values()).toEqual([-3, 0, 5, 7, 100]);
  expect(set.delete(5)).toBe(true);
  expect(set.delete(5)).toBe(false);
  expect(set.values()).toEqual([-3, 0, 7, 100]);
});

test('the width follows the widest number that ever was in', () => {
  const set = new Intset();
  const widths: number[] = [];
  for (const value of [32767, 32768, -2147483648, 2147483648, 9223372036854775807n]) {
    set.add(value);
    widths.push(set.width);
  }
  expect(widths).toEqual([2, 4, 4, 8, 8]);
  set.delete(9223372036854775807n);
  set.delete(2147483648);
  expect(set.width).toBe(8);
  expect(set.byteLength).toBe(8 + 3 * 8);
});

test('its bytes are those of the real server', () => {
  const set = new Intset();
  set.add(1);
  set.add(-2);
  expect(set.toBytes()).toBe('\x02\0\0\0\x02\0\0\0\xfe\xff\x01\0');
});

test.each([
  ['too short', '\x02\0\0\0'],
  ['empty', '\x02\0\0\0\0\0\0\0'],
  ['a width that is none', '\x03\0\0\0\x01\0\0\0\0\0\0'],
  ['a number short', '\x02\0\0\0\x02\0\0\0\x01\0'],
  ['out of order', '\x02\0\0\0\x02\0\0\0\x02\0\x01\0'],
  ['a number twice', '\x02\0\0\0\x02\0\0\0\x01\0\x01\0'],
])('bytes that are no intset are refused: %s', (_, bytes) => {
  expect(Intset.fromBytes(bytes)).toBeUndefined();
});

test('random runs agree with a plain set, and the bytes come back', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed);
    const set = new Intset();
    const model = new Set<IntsetNumber>();
    const ranges = [10n, 70000n, 2n ** 33n, 2n ** 63n];
    for (let step = 0; step < 400; step++) {
      const range = ranges[random.below(step < 100 ? 1 : ranges.length)] as bigint;
      const raw = (BigInt(random.below(0x100000000)) << 31n) | BigInt(random.below(0x80000000));
      const value = narrow(BigInt.asIntN(64, (raw % (2n * range)) - range));
      if (random.below(3) > 0) {
        expect(set.add(value), `seed ${seed}`).toBe(!model.has(value));
        model.add(value);
      } else expect(set.delete(value), `seed ${seed}`).toBe(model.delete(value));
      expect(set.has(value)).toBe(model.has(value));
    }
    const sorted = [...model].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(set.values(), `seed ${seed}`).toEqual(sorted);
    if (set.length > 0) expect(Intset.fromBytes(set.toBytes())?.toBytes(), `seed ${seed}`).toBe(set.toBytes());
  }
});
