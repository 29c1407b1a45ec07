/*
 * What the first lesson weighs, and what happens while the rest of the worker is on its way
 * -----------------------------------------------------------------------------------------
 * The first prompt's worker has only the functions that it runs. Here its other half comes late, or not at first.
 * WEIGHT_ACCEPT=1 writes what the files weigh now into the list that the next growth is told against.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { BUDGET_KB, totalOf, visit, weigh } from '../src/node/bench/first-lesson.ts';
import { HomePage } from './pages/home.ts';
import { expect, test } from './support/test.ts';

const LIST = 'src/node/bench/first-lesson.json';
const REST = /_virtual_rest-[\w-]+\.js$/;

test('the first lesson keeps to its budget', async ({ browser, baseURL }) => {
  const origin = baseURL ?? '';
  const { later } = await visit(browser, origin);
  expect([...later].some((path) => REST.test(path)), 'the rest of the worker is fetched after the prompt').toBe(true);
  // Held back until the prompt has answered: nothing of it is needed for that.
  const weights = weigh(await visit(browser, origin, later), later);
  if (process.env['WEIGHT_ACCEPT'] === '1') writeFileSync(LIST, `${JSON.stringify(Object.fromEntries(weights.map(({ name, gzip }) => [name, Math.round(gzip / 102.4) / 10])), null, 1)}\n`);
  const known = new Map(Object.entries(JSON.parse(readFileSync(LIST, 'utf8')) as Record<string, number>));
  const grown = weights.map(({ name, gzip }) => ({ name, kb: gzip / 1024, by: gzip / 1024 - (known.get(name) ?? 0) })).filter(({ by }) => by > 0.5).sort((a, b) => b.by - a.by);
  const rows = grown.map(({ name, kb, by }) => `  ${name}: ${kb.toFixed(1)} KB, ${by.toFixed(1)} KB more than ${LIST} says`);
  expect(totalOf(weights, 'gzip') / 1024, `What the first lesson needs weighs more than ${BUDGET_KB} KB (gzip). What has grown:\n${rows.join('\n')}\n`).toBeLessThanOrEqual(BUDGET_KB);
});

test('what is typed while the rest of the worker is on its way is answered in order', async ({ page }) => {
  let arrive: () => void = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(REST, async (route) => {
    await arrived;
    await route.continue();
  });
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('PING');
  await terminal.enter('ZADD board 3 ann 1 bob');
  // The lab waits; keys are kept.
  await page.keyboard.type('ZRANGE board 0 -1');
  await page.keyboard.press('Enter');
  await page.keyboard.type('PING again');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(500);
  expect(await terminal.text()).not.toContain('(integer) 2');
  arrive();
  await terminal.shows('"again"');
  await terminal.waits();
  const prompt = '127.0.0.1:6379>';
  expect(await terminal.text()).toContain([
    'PONG', `${prompt} ZADD board 3 ann 1 bob`, '(integer) 2', `${prompt} ZRANGE board 0 -1`, '1) "bob"', '2) "ann"', `${prompt} PING again`, '"again"', prompt,
  ].join('\n'));
});

test('a part that cannot be fetched is told, fetched again, and nothing typed is lost', async ({ page, faults }) => {
  faults.expected(/Failed to load resource|ERR_FAILED/);
  let isDown = true;
  await page.route(REST, (route) => (isDown ? route.abort() : route.continue()));
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SET n 41');
  await terminal.enter('LPUSH jobs a b');
  await expect(page.getByText('A part of the lab could not be fetched')).toBeVisible();
  isDown = false;
  await terminal.waits();
  expect(await terminal.replyTo('LPUSH jobs a b')).toBe('(integer) 2');
  await terminal.run('INCR n');
  expect(await terminal.replyTo('INCR n')).toBe('(integer) 42');
  await expect(page.getByText('A part of the lab could not be fetched')).toBeHidden();
});
