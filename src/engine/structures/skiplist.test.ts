import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { NO_ELEMENT, SkipList, type Address } from './skiplist.ts';

interface Element {
  readonly score: number;
  readonly member: string;
}

const inOrder = (a: Element, b: Element): number => a.score - b.score || (a.member < b.member ? -1 : 1);

/** What must be true of every skip list, whatever was done to it. */
function check(list: SkipList, model: readonly Element[]): void {
  const found: Address[] = [];
  for (let at = list.first; at !== NO_ELEMENT; at = list.next(at)) found.push(at);
  expect(found.map((at) => ({ score: list.score(at), member: list.member(at) }))).toEqual(model);
  expect([...list.elements(true)].reverse()).toEqual(found.map((at) => ({ score: list.score(at), member: list.member(at) })));
  expect(list.length).toBe(model.length);
  expect(list.tail).toBe(found.at(-1) ?? NO_ELEMENT);
  found.forEach((at, index) => expect(list.previous(at)).toBe(found[index - 1] ?? NO_ELEMENT));
  const place = new Map(found.map((at, index) => [at, index + 1]));
  for (let lane = 0; lane < list.lanes; lane++) {
    let from = NO_ELEMENT;
    for (let next = list.next(from, lane); next !== NO_ELEMENT; next = list.next(from, lane)) {
      expect(list.lanesOf(next)).toBeGreaterThan(lane);
      expect(list.span(from, lane)).toBe((place.get(next) ?? 0) - (place.get(from) ?? 0));
      from = next;
    }
  }
  expect(list.lanes === 1 || list.next(NO_ELEMENT, list.lanes - 1) !== NO_ELEMENT).toBe(true);
}

test('random writes leave what a sorted array would hold, with every span right', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new SeededRandom(seed);
    const lanes = random.fork('lanes');
    const list = new SkipList();
    const model: Element[] = [];
    for (let step = 0; step < 200; step++) {
      const member = `m${random.below(60)}`;
      const score = random.below(8) === 0 ? Infinity : random.below(10) - 5;
      const at = model.findIndex((each) => each.member === member);
      const old = model[at];
      if (old === undefined) {
        list.insert(score, member, lanes);
        model.push({ score, member });
      } else if (random.below(2) === 0) {
        expect(list.delete(old.score, member)).toBe(true);
        model.splice(at, 1);
      } else {
        list.updateScore(list.at(list.rank(old.score, member)), score);
        model[at] = { score, member };
      }
      model.sort(inOrder);
      check(list, model);
      if (step % 20 === 0) check(list.clone(), model);
      model.forEach((each, index) => {
        expect(list.rank(each.score, each.member)).toBe(index);
        expect(list.member(list.at(index))).toBe(each.member);
      });
      const limit = random.below(10) - 5;
      const below = model.filter((each) => each.score < limit);
      const { count, last } = list.seek((element) => element.score < limit);
      expect(count).toBe(below.length);
      expect(last === NO_ELEMENT ? undefined : list.member(last)).toBe(below.at(-1)?.member);
    }
  }
});

test('what is not there is not removed, and has no place', () => {
  const list = new SkipList();
  list.insert(1, 'a', new SeededRandom(1));
  expect(list.delete(1, 'b')).toBe(false);
  expect(list.delete(2, 'a')).toBe(false);
  expect(list.at(-1)).toBe(NO_ELEMENT);
  expect(list.at(1)).toBe(NO_ELEMENT);
});
