import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { Listpack } from './listpack.ts';
import { nodeExceedsLimit, nodeLimit, Quicklist } from './quicklist.ts';

const contents = (list: Quicklist): string[] => [...list.from(0)];
const shape = (list: Quicklist): (number | 'plain')[] => [...list.eachNode()].map(({ entry }) => (typeof entry === 'string' ? 'plain' : entry.length));

function filled(fill: number, elements: readonly string[]): Quicklist {
  const list = new Quicklist(fill, 0);
  for (const element of elements) list.pushTail(element);
  return list;
}

test.each([
  [0, Infinity, 1], [1, Infinity, 1], [128, Infinity, 128], [-1, 4096, Infinity], [-2, 8192, Infinity], [-5, 65536, Infinity], [-9, 65536, Infinity],
])('a fill of %i limits a node to %d bytes or %d entries', (fill, bytes, entries) => {
  expect(nodeLimit(fill)).toEqual({ bytes, entries });
});

test('a node counted in elements has a limit in bytes too', () => {
  expect(nodeExceedsLimit(100, 8192, 2)).toBe(false);
  expect(nodeExceedsLimit(100, 8193, 2)).toBe(true);
});

test('pushing fills the node at the end, then makes another', () => {
  const list = filled(3, ['a', 'b', 'c', 'd']);
  expect(shape(list)).toEqual([3, 1]);
  list.pushHead('z');
  expect(shape(list)).toEqual([1, 3, 1]);
});

test('writing into a full node splits it and merges what fits together', () => {
  const list = filled(4, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  const place = list.seek(1);
  if (place === undefined) throw new Error('there are eight elements');
  list.insert(place, 'B', true);
  expect(contents(list)).toEqual(['a', 'b', 'B', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(shape(list)).toEqual([2, 3, 4]);
});

test('a value over the limit of a node stands alone and is written over as such', () => {
  const long = 'x'.repeat(9000);
  const list = filled(-2, ['a', long, 'b']);
  expect(shape(list)).toEqual([1, 'plain', 1]);
  const place = list.seek(1);
  if (place === undefined) throw new Error('there are three elements');
  list.replace(place, 'short');
  expect(contents(list)).toEqual(['a', 'short', 'b']);
});

test('deleting merges nothing, but empty nodes go', () => {
  const list = filled(2, ['a', 'b', 'c', 'd', 'e', 'f']);
  list.deleteRange(1, 4);
  expect(contents(list)).toEqual(['a', 'f']);
  expect(shape(list)).toEqual([1, 1]);
});

/** Links in both directions, no empty node, and counts that fit. */
function checkInvariants(list: Quicklist): void {
  let count = 0;
  let nodes = 0;
  let previous: typeof list.head;
  for (const node of list.eachNode()) {
    expect(node.previous).toBe(previous);
    expect(node.count).toBeGreaterThan(0);
    // Bytes may be over the limit: a longer value written over a shorter one stays where it is.
    if (node.entry instanceof Listpack) expect(node.count).toBeLessThanOrEqual(nodeLimit(list.fill).entries);
    count += node.count;
    nodes++;
    previous = node;
  }
  expect(list.tail).toBe(previous);
  expect(list.length).toBe(count);
  expect(list.nodes).toBe(nodes);
}

describe.each([1, 2, 5, -1])('random runs with a fill of %i agree with an array', (fill) => {
  test.each([1, 2, 3, 4])('seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const list = new Quicklist(fill, 0);
    let model: string[] = [];
    const element = (): string => (random.below(12) === 0 ? 'L'.repeat(random.below(12_000)) : random.below(2) === 0 ? String(random.below(5)) : 'abc'.repeat(random.below(60)));
    for (let step = 0; step < 500; step++) {
      const value = element();
      const index = random.below(model.length + 1);
      const place = list.seek(index);
      switch (random.below(9)) {
        case 0: list.pushHead(value); model.unshift(value); break;
        case 1: case 2: list.pushTail(value); model.push(value); break;
        case 3: expect(list.popHead()).toBe(model.shift()); break;
        case 4: expect(list.popTail()).toBe(model.pop()); break;
        case 5: {
          const after = random.below(2) === 0;
          if (place !== undefined) {
            list.insert(place, value, after);
            model.splice(index + (after ? 1 : 0), 0, value);
          }
          break;
        }
        case 6:
          if (place !== undefined) {
            list.replace(place, value);
            model[index] = value;
          }
          break;
        case 7: {
          const many = random.below(8);
          if (random.below(4) === 0) expect(list.deleteRange(index, many)).toBe(model.splice(index, many).length);
          break;
        }
        default: {
          const most = 1 + random.below(2);
          const fromTail = random.below(2) === 0;
          let left = most;
          const kept: string[] = [];
          for (const each of fromTail ? [...model].reverse() : model) if (each === value && left > 0) left--; else kept.push(each);
          expect(list.deleteEqual(value, most, fromTail)).toBe(most - left);
          model = fromTail ? kept.reverse() : kept;
        }
      }
      checkInvariants(list);
      expect(contents(list)).toEqual(model);
      expect([...list.backFrom(-1)].reverse()).toEqual(model);
    }
    expect(contents(list.clone())).toEqual(model);
  });
});
