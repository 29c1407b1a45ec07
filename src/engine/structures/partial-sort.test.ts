import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { partialSort } from './partial-sort.ts';

test('the wanted places hold what a whole sort puts there', () => {
  const random = new SeededRandom(11);
  for (let round = 0; round < 500; round++) {
    const items = Array.from({ length: 1 + random.below(120) }, () => random.below(round % 2 === 0 ? 10 : 1000));
    const last = random.below(items.length);
    const sorted = items.toSorted((a, b) => a - b);
    partialSort(items, last, (a, b) => a - b);
    expect(items.slice(0, last + 1)).toEqual(sorted.slice(0, last + 1));
    expect(items.toSorted((a, b) => a - b)).toEqual(sorted);
  }
});
