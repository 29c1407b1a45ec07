import { describe, expect, test } from 'vitest';
import { CLUSTER_SLOTS, keyHashSlot, patternHashSlot, rangesOf, SlotSet, slotsOf } from './slots.ts';

/** Told by a real server. */
const SLOTS: readonly (readonly [string, number])[] = [
  ['foo', 12182], ['', 0], ['123456789', 12739], ['{}foo', 9500], ['a{b}c', 3300], ['b', 3300], ['{b}', 3300], ['a{b}{c}', 3300], ['a{{b}}', keyHashSlot('{b')],
];

describe('the slot of a key', () => {
  test.each(SLOTS)('%j is in slot %i', (key, slot) => expect(keyHashSlot(key)).toBe(slot));
});

test('a pattern whose tag stands as it is matches keys of one slot', () => {
  expect(patternHashSlot('{b}*')).toBe(3300);
  expect(patternHashSlot('a{b}*')).toBe(3300);
  expect(patternHashSlot('foo')).toBe(12182);
  for (const pattern of ['*{b}', 'a?{b}', '{b*}', '{}b*', 'b*', '[{]b}', '\\{b}']) expect(patternHashSlot(pattern)).toBeUndefined();
});

test('a set of slots is its bitmap', () => {
  const set = new SlotSet();
  for (const slot of [0, 1, 2, 8, CLUSTER_SLOTS - 1]) expect(set.add(slot)).toBe(true);
  expect(set.add(8)).toBe(false);
  expect([set.bytes.length, set.bytes.charCodeAt(0), set.bytes.charCodeAt(1), set.bytes.charCodeAt(2047)]).toEqual([2048, 7, 1, 128]);
  expect(slotsOf(set.bytes)).toEqual([0, 1, 2, 8, 16383]);
  expect(set.ranges).toEqual([{ first: 0, last: 2 }, { first: 8, last: 8 }, { first: 16383, last: 16383 }]);
  expect([set.delete(1), set.delete(1), set.count]).toEqual([true, false, 4]);
  expect(set.ranges).toEqual(rangesOf([0, 2, 8, 16383]));
});
