import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { SkipList, type SkipListNode } from './skiplist.ts';

interface Element {
  readonly score: number;
  readonly member: string;
}

const inOrder = (a: Element, b: Element): number => a.score - b.score || (a.member < b.member ? -1 : 1);

/** What must be true of every skip list, whatever was done to it. */
function check(list: SkipList, model: readonly Element[]): void {
  const nodes: SkipListNode[] = [];
  for (let node = list.first; node !== undefined; node = node.next[0]) nodes.push(node);
  expect(nodes.map(({ score, member }) => ({ score, member }))).toEqual(model);
  expect(list.length).toBe(model.length);
  expect(list.tail).toBe(nodes.at(-1));
  nodes.forEach((node, index) => expect(node.backward).toBe(nodes[index - 1]));
  const place = new Map<SkipListNode | undefined, number>(nodes.map((node, index) => [node, index + 1]));
  place.set(list.head, 0);
  for (let lane = 0; lane < list.lanes; lane++) {
    let at = list.head;
    for (let next = at.next[lane]; next !== undefined; next = at.next[lane]) {
      expect(at.span[lane]).toBe((place.get(next) ?? 0) - (place.get(at) ?? 0));
      at = next;
    }
  }
  expect(list.lanes === 1 || list.head.next[list.lanes - 1] !== undefined).toBe(true);
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
        expect(list.delete(old.score, member)?.member).toBe(member);
        model.splice(at, 1);
      } else {
        const node = list.at(list.rank(old.score, member));
        if (node === undefined) throw new Error('an element has a place');
        list.updateScore(node, score, lanes);
        model[at] = { score, member };
      }
      model.sort(inOrder);
      check(list, model);
      if (step % 20 === 0) check(list.clone(), model);
      model.forEach((each, index) => {
        expect(list.rank(each.score, each.member)).toBe(index);
        expect(list.at(index)?.member).toBe(each.member);
      });
      const limit = random.below(10) - 5;
      const below = model.filter((each) => each.score < limit);
      expect(list.seek((node) => node.score < limit)).toMatchObject({ count: below.length });
      expect(list.seek((node) => node.score < limit).last?.member).toBe(below.at(-1)?.member);
    }
  }
});

test('what is not there is not removed, and has no place', () => {
  const list = new SkipList();
  list.insert(1, 'a', new SeededRandom(1));
  expect(list.delete(1, 'b')).toBeUndefined();
  expect(list.delete(2, 'a')).toBeUndefined();
  expect(list.at(-1)).toBeUndefined();
  expect(list.at(1)).toBeUndefined();
});
