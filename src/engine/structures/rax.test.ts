import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { Rax, type RaxNodeView } from './rax.ts';

/** What must be true of every tree, whatever was done to it. */
function check(rax: Rax<number>, model: ReadonlyMap<string, number>): void {
  const keys = [...model.keys()].sort();
  expect(rax.size).toBe(keys.length);
  expect([...rax.entries()]).toEqual(keys.map((key) => ({ key, value: model.get(key) })));
  const { shown } = rax.layout(Infinity);
  expect(shown).toHaveLength(rax.nodes);
  const children = new Map<RaxNodeView, number>();
  for (const node of shown) {
    const parent = shown[node.parent];
    if (parent !== undefined) children.set(parent, (children.get(parent) ?? 0) + 1);
    expect(node.isKey).toBe(model.has(node.prefix));
    if (node.kind === 'branch') expect([...node.edges].sort().join('')).toBe(node.edges);
  }
  shown.forEach((node, index) => {
    const count = children.get(node) ?? 0;
    if (node.kind === 'leaf') expect(node.isKey || index === 0).toBe(true);
    if (node.kind === 'compressed') expect(node.edges.length).toBeGreaterThan(1);
    expect(count).toBe(node.kind === 'compressed' ? 1 : node.edges.length);
  });
}

function checkSeeks(rax: Rax<number>, model: ReadonlyMap<string, number>, key: string): void {
  const keys = [...model.keys()].sort();
  expect(rax.seek('>=', key)?.key).toBe(keys.find((each) => each >= key));
  expect(rax.seek('>', key)?.key).toBe(keys.find((each) => each > key));
  expect(rax.seek('<=', key)?.key).toBe(keys.findLast((each) => each <= key));
  expect(rax.seek('<', key)?.key).toBe(keys.findLast((each) => each < key));
  expect(rax.first()?.key).toBe(keys[0]);
  expect(rax.last()?.key).toBe(keys.at(-1));
  expect([...rax.entriesFrom('>', key)].map((each) => each.key)).toEqual(keys.filter((each) => each > key));
  expect([...rax.entriesFrom('<=', key)].map((each) => each.key)).toEqual(keys.filter((each) => each <= key).reverse());
  expect(rax.get(key)).toBe(model.get(key));
}

test('random writes leave what a sorted map would hold, in nodes that keep the rules', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new SeededRandom(seed);
    const letters = random.below(2) === 0 ? 'ab' : 'abc\xff\0';
    const longest = 1 + random.below(7);
    const word = (): string => Array.from({ length: random.below(longest + 1) }, () => letters.charAt(random.below(letters.length))).join('');
    const rax = new Rax<number>();
    const model = new Map<string, number>();
    for (let step = 0; step < 80; step++) {
      const key = word();
      if (random.below(5) < (step % 40 < 25 ? 3 : 1)) {
        expect(rax.set(key, step)).toBe(!model.has(key));
        model.set(key, step);
      } else {
        expect(rax.delete(key)).toBe(model.get(key));
        model.delete(key);
      }
      check(rax, model);
      checkSeeks(rax, model, word());
    }
  }
});

test('a tree that was emptied has one node', () => {
  const rax = new Rax<number>();
  for (const key of ['annibale', 'annientare', 'anni', '']) rax.set(key, 1);
  for (const key of ['', 'anni', 'annientare', 'annibale']) rax.delete(key);
  expect(rax.nodes).toBe(1);
});

test('keys can be removed while they are walked', () => {
  const rax = new Rax<number>();
  for (let i = 0; i < 100; i++) rax.set(String(i).padStart(4, '0'), i);
  for (const { key } of rax.entries()) rax.delete(key);
  expect(rax.size).toBe(0);
});

test('the layout is bounded and says what it leaves out', () => {
  const rax = new Rax<number>();
  for (let i = 0; i < 64; i++) rax.set(String.fromCharCode(64 + i) + 'x'.repeat(10), i);
  const { shown, keys, nodes } = rax.layout(10);
  expect(keys).toBe(64);
  expect(nodes).toBe(129);
  expect(shown).toHaveLength(10);
  expect(shown[0]).toMatchObject({ parent: -1, kind: 'branch', hidden: 55 });
});
