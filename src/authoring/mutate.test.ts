import { expect, test } from 'vitest';
import { mutations } from './mutate.ts';

test('a writing command is left out, a number is changed, reading is left alone', () => {
  const steps = [
    { kind: 'redis', text: 'GET key:1' },
    { kind: 'redis', text: 'SET key:1 ada EX 30' },
    { kind: 'wait', us: 5 },
    { kind: 'redis', text: 'DEL "a b"', client: 'b' },
  ] as const;
  expect(mutations(steps).map((mutation) => [mutation.what, mutation.steps.map((step) => (step.kind === 'redis' ? step.text : step.kind))])).toEqual([
    ['without `SET key:1 ada EX 30`', ['GET key:1', 'wait', 'DEL "a b"']],
    ['with `SET key:1 ada EX 61` for `SET key:1 ada EX 30`', ['GET key:1', 'SET key:1 ada EX 61', 'wait', 'DEL "a b"']],
    ['without `DEL "a b"`', ['GET key:1', 'SET key:1 ada EX 30', 'wait']],
  ]);
});
