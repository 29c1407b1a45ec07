import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exportProgress, newProgress, reduceProgress } from '../lessons/index.ts';
import { readRecord, removeRecord, writeRecord } from './storage.ts';

const COURSE = { id: 'keyspace', hash: 'h1' };
const PASSED = { type: 'passed', item: 'meet-redis', hash: 'x', score: 100 } as const;

// The test's DOM has no lock manager; this one serves one after the other, as a browser's does for one name.
let turn: Promise<unknown> = Promise.resolve();
Object.defineProperty(navigator, 'locks', {
  value: {
    request: (_name: string, work: () => Promise<unknown>) => {
      turn = turn.then(work, work);
      return turn;
    },
  },
});

/** A page that has just been loaded: the store's module begins anew, the database stays. */
async function freshPage() {
  vi.resetModules();
  return import('./progress-store.ts');
}

async function stored(name = 'progress'): Promise<unknown> {
  return readRecord(name);
}

describe('progress in this browser', () => {
  beforeEach(async () => {
    await removeRecord('progress');
    localStorage.clear();
  });

  test('what was done is there after the page is loaded again', async () => {
    const first = await freshPage();
    await first.openProgress(COURSE);
    first.record(PASSED);
    await vi.waitFor(async () => expect(await stored()).toBeDefined());
    const second = await freshPage();
    await second.openProgress(COURSE);
    expect(Object.keys(second.progressNow().items['meet-redis']?.passes ?? {})).toEqual(['x']);
  });

  test('two pages that save at the same time lose nothing of each other', async () => {
    const first = await freshPage();
    await first.openProgress(COURSE);
    const second = await freshPage();
    await second.openProgress(COURSE);
    first.record(PASSED);
    second.record({ ...PASSED, item: 'four-uses' });
    await vi.waitFor(async () => expect(JSON.stringify(await stored())).toMatch(/meet-redis.*four-uses|four-uses.*meet-redis/));
  });

  test.each([
    ['a damaged record', { format: 1, course: COURSE, learner: { id: 'a' }, seed: 1, epoch: 0, items: { x: 'broken' }, answers: {}, days: [] }],
    ['a record of a newer format', { format: 99, anything: true }],
  ])('%s is left as it is, whatever is done next', async (_name, kept) => {
    await writeRecord('progress', kept);
    const page = await freshPage();
    await page.openProgress(COURSE);
    page.record(PASSED);
    await new Promise((done) => setTimeout(done, 400));
    expect(await stored()).toEqual(kept);
    page.replaceUnreadable();
    await vi.waitFor(async () => expect(JSON.stringify(await stored())).toContain('meet-redis'));
  });

  test('a backup is joined with what is there', async () => {
    const elsewhere = reduceProgress(newProgress(COURSE, 'other', 5), { ...PASSED, item: 'store-strings', now: { ms: 1000, day: 1 } });
    const page = await freshPage();
    await page.openProgress(COURSE);
    page.record(PASSED);
    expect(page.restoreProgress(exportProgress(elsewhere))).toBeUndefined();
    expect(Object.keys(page.progressNow().items).sort()).toEqual(['meet-redis', 'store-strings']);
  });

  test('a changed backup is refused with the reason and changes nothing', async () => {
    const page = await freshPage();
    await page.openProgress(COURSE);
    page.record(PASSED);
    const text = exportProgress(page.progressNow()).replace('"score": 100', '"score": 50');
    expect(page.restoreProgress(text)?.problem).toMatch(/changed or damaged/);
    expect(page.progressNow().items['meet-redis']?.score).toBe(100);
  });
});
