import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  exportProgress, importProgress, isPassed, itemState, mergeProgress, newProgress, readProgress, reduceProgress, type Now, type Progress, type ProgressEvent,
} from './progress.ts';

const DAY_MS = 86_400_000;
const at = (ms: number): Now => ({ ms, day: Math.floor(ms / DAY_MS) });
const fresh = (id = 'me'): Progress => newProgress({ id: 'course', hash: 'c1' }, id, 42);
const after = (events: readonly ProgressEvent[], start = fresh()): Progress => events.reduce(reduceProgress, start);

describe('what happens is remembered', () => {
  test('a visit, an attempt, a hint, the solution and a pass', () => {
    const progress = after([
      { type: 'opened', item: 'ex', hash: 'h1', now: at(1000) },
      { type: 'attempted', item: 'ex', hash: 'h1', now: at(2000) },
      { type: 'hintSeen', item: 'ex', hash: 'h1', task: 2, level: 1, now: at(3000) },
      { type: 'solutionSeen', item: 'ex', hash: 'h1', now: at(4000) },
      { type: 'passed', item: 'ex', hash: 'h1', score: 100, now: at(5000) },
    ]);
    expect(progress.items['ex']).toEqual({ hash: 'h1', opened: 1000, visited: 5000, passes: { h1: 5000 }, score: 100, attempts: [2000, 5000], hints: ['2:1'], solutionSeen: 4000 });
    expect(progress.last).toEqual({ item: 'ex', at: 5000 });
    expect(progress.days).toEqual([0]);
  });

  test('the given record is not changed', () => {
    const before = after([{ type: 'opened', item: 'ex', hash: 'h1', now: at(1) }]);
    const copy = structuredClone(before);
    reduceProgress(before, { type: 'passed', item: 'ex', hash: 'h1', score: 100, now: at(2) });
    expect(before).toEqual(copy);
  });

  test('opening a page is no practice, trying is', () => {
    expect(after([{ type: 'opened', item: 'a', hash: 'h', now: at(3 * DAY_MS) }]).days).toEqual([]);
    expect(after([{ type: 'attempted', item: 'a', hash: 'h', now: at(3 * DAY_MS) }, { type: 'answered', question: 'q', right: true, now: at(DAY_MS) }]).days).toEqual([1, 3]);
  });

  test('the best score counts and a pass stays a pass', () => {
    const progress = after([
      { type: 'quizFinished', item: 'quiz', hash: 'h', score: 90, passed: true, now: at(1) },
      { type: 'quizFinished', item: 'quiz', hash: 'h', score: 40, passed: false, now: at(2) },
    ]);
    expect(progress.items['quiz']).toMatchObject({ score: 90, attempts: [1, 2] });
    expect(itemState(progress, 'quiz', 'h')).toBe('passed');
  });

  test('an item whose text has changed is passed as an older one', () => {
    const progress = after([{ type: 'passed', item: 'a', hash: 'old', score: 100, now: at(1) }]);
    expect(itemState(progress, 'a', 'new')).toBe('passedOlder');
    expect(isPassed(progress, 'a')).toBe(true);
    expect(itemState(progress, 'b', 'x')).toBe('new');
    expect(itemState(after([{ type: 'opened', item: 'a', hash: 'x', now: at(1) }]), 'a', 'x')).toBe('begun');
  });

  test('starting over forgets everything but the learner', () => {
    const progress = after([
      { type: 'named', name: 'Ada', now: at(1) },
      { type: 'passed', item: 'a', hash: 'h', score: 100, now: at(2) },
      { type: 'startedOver', now: at(3) },
    ]);
    expect(progress).toMatchObject({ learner: { id: 'me', name: 'Ada' }, items: {}, answers: {}, days: [] });
    expect(progress.last).toBeUndefined();
  });
});

describe('two copies become one', () => {
  const moment = fc.integer({ min: 1, max: 9 * DAY_MS }).map(at);
  const item = fc.constantFrom('a', 'b', 'c');
  const hash = fc.constantFrom('h1', 'h2');
  const event: fc.Arbitrary<ProgressEvent> = fc.oneof(
    fc.record({ type: fc.constant('opened' as const), item, hash, now: moment }),
    fc.record({ type: fc.constant('placed' as const), item, hash, heading: fc.constantFrom('x', 'y'), now: moment }),
    fc.record({ type: fc.constant('attempted' as const), item, hash, now: moment }),
    fc.record({ type: fc.constant('passed' as const), item, hash, score: fc.constant(100), now: moment }),
    fc.record({ type: fc.constant('quizFinished' as const), item, hash, score: fc.integer({ min: 0, max: 100 }), passed: fc.boolean(), now: moment }),
    fc.record({ type: fc.constant('hintSeen' as const), item, hash, task: fc.integer({ min: 1, max: 3 }), level: fc.integer({ min: 1, max: 3 }), now: moment }),
    fc.record({ type: fc.constant('solutionSeen' as const), item, hash, now: moment }),
    fc.record({ type: fc.constant('answered' as const), question: fc.constantFrom('q1', 'q2'), right: fc.boolean(), now: moment }),
    fc.record({ type: fc.constant('named' as const), name: fc.constantFrom('Ada', 'Bob'), now: moment }),
    fc.record({ type: fc.constant('startedOver' as const), now: moment }),
  );
  const copy = fc.tuple(fc.constantFrom('me', 'you'), fc.array(event, { maxLength: 14 })).map(([id, events]) => after(events, fresh(id)));

  test('nothing of either is lost when both go on from the same beginning', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), fc.array(event, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), (common, here, there) => {
        const stay = (each: ProgressEvent): boolean => each.type !== 'startedOver';
        const start = after(common.filter(stay));
        const merged = mergeProgress(after(here.filter(stay), start), after(there.filter(stay), start));
        for (const each of [...common, ...here, ...there].filter(stay)) {
          if (each.type === 'answered') expect(merged.answers[each.question]?.some(([ms]) => ms === each.now.ms)).toBe(true);
          if (!('item' in each)) continue;
          const found = merged.items[each.item];
          expect(found).toBeDefined();
          if (each.type === 'attempted') expect(found?.attempts).toContain(each.now.ms);
          if (each.type === 'passed') expect(found?.passes[each.hash]).toBeLessThanOrEqual(each.now.ms);
          if (each.type === 'hintSeen') expect(found?.hints).toContain(`${each.task}:${each.level}`);
          if (each.type === 'solutionSeen') expect(found?.solutionSeen).toBeLessThanOrEqual(each.now.ms);
          if (each.type === 'quizFinished') expect(found?.score).toBeGreaterThanOrEqual(each.score);
          if (each.type !== 'opened' && each.type !== 'placed') expect(merged.days).toContain(each.now.day);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('the order of joining does not matter, and joining again changes nothing', () => {
    fc.assert(
      fc.property(copy, copy, (a, b) => {
        const merged = mergeProgress(a, b);
        expect(mergeProgress(merged, a)).toEqual(merged);
        expect(mergeProgress(merged, b)).toEqual(merged);
        expect(mergeProgress(a, a)).toEqual(a);
        // Two learners' records may be joined; whose id stays is decided by age, then by name.
        if (a.learner.id !== b.learner.id) expect(mergeProgress(b, a)).toEqual(merged);
        else expect({ ...mergeProgress(b, a), learner: {}, course: {} }).toEqual({ ...merged, learner: {}, course: {} });
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test('an old copy cannot bring back what was deleted', () => {
    const before = after([{ type: 'passed', item: 'a', hash: 'h', score: 100, now: at(5) }]);
    const over = after([{ type: 'startedOver', now: at(9) }], before);
    expect(mergeProgress(before, over).items).toEqual({});
    expect(mergeProgress(over, before).items).toEqual({});
  });
});

describe('the file', () => {
  const progress = after([
    { type: 'named', name: 'Zoë', now: at(1) },
    { type: 'passed', item: 'a', hash: 'h', score: 100, now: at(2) },
    { type: 'placed', item: 'b', hash: 'h', heading: 'x', now: at(3) },
    { type: 'answered', question: 'q', right: false, now: at(4) },
  ]);

  test('comes back as it was', () => {
    expect(importProgress(exportProgress(progress))).toEqual({ progress });
  });

  test.each<[name: string, text: string, reason: RegExp]>([
    ['something that is no JSON', 'hello', /not a progress file/],
    ['half a file', exportProgress(progress).slice(0, 120), /not a progress file/],
    ['a list', '[1]', /not a progress file/],
    ['a file of a newer version', JSON.stringify({ ...progress, format: 2, sum: '' }), /newer version of this site \(format 2/],
    ['a file of no version', JSON.stringify({ hello: 1 }), /does not tell its format/],
    ['a file that was edited', exportProgress(progress).replace('"score": 100', '"score": 99'), /changed or damaged/],
    ['a file without its sum', JSON.stringify(progress), /changed or damaged/],
  ])('%s is refused with the reason', (_name, text, reason) => {
    const result = importProgress(text);
    expect(result).toHaveProperty('problem', expect.stringMatching(reason));
    expect(result).toHaveProperty('remedy');
  });

  test.each<[string, (record: Record<string, unknown>) => void]>([
    ['items', (record) => (record['items'] = { a: { hash: 1 } })],
    ['a score above 100', (record) => (record['items'] = { a: { hash: 'h', opened: 1, visited: 1, passes: {}, score: 101, attempts: [], hints: [] } })],
    ['attempts', (record) => (record['items'] = { a: { hash: 'h', opened: 1, visited: 1, passes: {}, score: 1, attempts: ['x'], hints: [] } })],
    ['answers', (record) => (record['answers'] = { q: [[1, 2]] })],
    ['days', (record) => (record['days'] = 'x')],
    ['the learner', (record) => delete record['learner']],
    ['the course', (record) => (record['course'] = null)],
    ['the seed', (record) => (record['seed'] = 'x')],
    ['the last place', (record) => (record['last'] = {})],
  ])('a record with damaged %s is refused', (_name, damage) => {
    const record: Record<string, unknown> = structuredClone({ ...progress });
    damage(record);
    expect(readProgress(record)).toHaveProperty('problem');
  });

  test('whatever stands in storage, reading answers and does not throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => 'problem' in readProgress(value)), { numRuns: 300, seed: 3 });
    fc.assert(fc.property(fc.string(), (value) => 'problem' in importProgress(value)), { numRuns: 300, seed: 4 });
  });
});
