/* The learner's record: as a file and back, in two tabs, and never lost to a file or a store that cannot be read. */
import type { Page } from '@playwright/test';
import { ProgressPage } from '../pages/progress.ts';
import { expect, test } from '../support/test.ts';

async function readLesson(page: Page, id: string): Promise<void> {
  await page.goto(`/lesson/${id}`);
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.locator('.lesson-done')).toContainText('Read');
}

/** What is stored under `name` in the page's database. */
async function stored(page: Page, name: string): Promise<unknown> {
  return await page.evaluate((key) => new Promise((done) => {
    const open = indexedDB.open('keyspace');
    open.onsuccess = () => {
      const get = open.result.transaction('records').objectStore('records').get(key);
      get.onsuccess = () => { open.result.close(); done(get.result); };
    };
  }), name);
}

async function store(page: Page, name: string, value: unknown): Promise<void> {
  await page.evaluate(([key, kept]) => new Promise<void>((done) => {
    const open = indexedDB.open('keyspace');
    open.onsuccess = () => {
      const change = open.result.transaction('records', 'readwrite');
      change.objectStore('records').put(kept, String(key));
      change.oncomplete = () => { open.result.close(); done(); };
    };
  }), [name, value] as const);
}

test('a backup carries the record to another browser', async ({ page, browser }) => {
  await readLesson(page, 'meet-redis');
  const here = new ProgressPage(page);
  await here.open();
  await expect(here.done).toContainText('1 of');
  await here.record.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await here.record.getByRole('button', { name: 'Keep the name' }).click();
  const backup = await here.save();

  const context = await browser.newContext({ serviceWorkers: 'block' });
  const there = new ProgressPage(await context.newPage());
  await readLesson(there.page, 'count-safely');
  await there.open();
  await expect(there.done).toContainText('1 of');
  await there.restore(backup);
  await expect(there.record).toContainText('The backup is joined with what was here.');
  await expect(there.done).toContainText('2 of');
  await there.page.reload();
  await expect(there.done).toContainText('2 of');
  await context.close();
});

test('damaged, foreign and newer files are refused with the reason, and the record stays', async ({ page }) => {
  await readLesson(page, 'meet-redis');
  const progress = new ProgressPage(page);
  await progress.open();
  await expect(progress.done).toContainText('1 of');
  const backup = await progress.save();
  const before = JSON.stringify(await stored(page, 'progress'));
  const newer = JSON.stringify({ ...(JSON.parse(backup) as Record<string, unknown>), format: 99 });
  for (const [text, reason] of [
    ['', 'not a progress file'],
    [backup.slice(0, backup.length / 2), 'it is not JSON, or a part is missing'],
    ['[1, 2, 3]', 'not a progress file'],
    [backup.replace('meet-redis', 'meet-rediz'), 'its check sum does not fit'],
    [newer, /newer version of this site|check sum/],
  ] as const) {
    await progress.restore(text);
    await expect(progress.record.getByRole('status')).toContainText(reason);
    await expect(progress.done).toContainText('1 of');
  }
  expect(JSON.stringify(await stored(page, 'progress'))).toBe(before);
});

test('a stored record of a newer format is left as it is until the learner decides', async ({ page }) => {
  await readLesson(page, 'meet-redis');
  await page.goto('/about');
  const newer = { ...(await stored(page, 'progress') as Record<string, unknown>), format: 99 };
  await store(page, 'progress', newer);
  await page.goto('/lesson/count-safely');
  await expect(page.locator('.notices')).toContainText('newer version of this site');
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.locator('.lesson-done')).toContainText('Read');
  const progress = new ProgressPage(page);
  await page.getByRole('link', { name: /^Progress/ }).click();
  await expect(progress.record).toContainText('nothing is overwritten');
  expect(await stored(page, 'progress')).toEqual(newer);
  await progress.record.getByRole('button', { name: 'Replace it by what I do now' }).click();
  await page.getByRole('button', { name: 'Replace it', exact: true }).click();
  await expect.poll(async () => (await stored(page, 'progress') as { format: number }).format).not.toBe(99);
});

test('two tabs are in step, and neither undoes the other', async ({ page, context }) => {
  const other = await context.newPage();
  const shown = new ProgressPage(other);
  await shown.open();
  await readLesson(page, 'meet-redis');
  await expect(shown.done).toContainText('1 of');
  await readLesson(other, 'count-safely');
  await shown.open();
  await expect(shown.done).toContainText('2 of');
  const here = new ProgressPage(page);
  await here.open();
  await expect(here.done).toContainText('2 of');

  // Starting over in one empties both.
  await here.record.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('button', { name: 'Delete it and start over' }).click();
  await expect(here.done).toContainText('0 of');
  await expect(shown.done).toContainText('0 of');
});

test('when the browser has removed the record, a restore is offered', async ({ page }) => {
  await readLesson(page, 'meet-redis');
  const progress = new ProgressPage(page);
  await progress.open();
  const backup = await progress.save();
  await page.evaluate(() => new Promise<void>((done) => {
    const open = indexedDB.open('keyspace');
    open.onsuccess = () => {
      const change = open.result.transaction('records', 'readwrite');
      change.objectStore('records').clear();
      change.oncomplete = () => { open.result.close(); done(); };
    };
  }));
  await page.goto('/');
  await expect(page.locator('.notices')).toContainText('The browser has removed your stored progress.');
  await page.getByRole('button', { name: 'Open the progress page' }).click();
  await expect(progress.record.getByRole('button', { name: 'Restore a backup' }).first()).toBeVisible();
  await progress.restore(backup);
  await expect(progress.done).toContainText('1 of');
});
