/* Deployments: break a link and mend it, move about in time, give the run to somebody else. */
import { DeploymentsPage } from '../pages/deployments.ts';
import { expect, test } from '../support/test.ts';

test('a replica that is cut off falls behind, and continues from the backlog', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await expect(here.machine('r2')).toContainText('in step');
  await here.terminal().run('SET stock:lamp 3');
  await here.breakLink('p1', 'r2', 'Cut it');
  await expect(page.getByRole('status').or(page.locator('output')).filter({ hasText: 'p1' }).first()).toBeVisible();
  await here.terminal().run('SET stock:mug 40');
  await here.terminal().run('INCR visits');
  await expect(here.machine('r1')).toContainText('in step');
  await expect(here.machine('r2')).toContainText(/\d+ bytes behind/);

  // A line that is silent for ten seconds is given up on both sides; then it has to ask.
  await page.getByRole('button', { name: 'Let time pass' }).click();
  await page.getByRole('menuitem', { name: '10 seconds' }).click();
  await page.getByRole('button', { name: 'Let time pass' }).click();
  await page.getByRole('menuitem', { name: '10 seconds' }).click();
  await expect(here.machine('r2')).toContainText('no link');
  await here.tab('Offsets and backlog');
  await expect(here.side).toContainText(/asks for \d+: CONTINUE with \d+ bytes from the backlog/);

  await page.getByRole('button', { name: 'Heal' }).click();
  await page.getByRole('button', { name: 'Let time pass' }).last().click();
  await page.getByRole('menuitem', { name: '10 seconds' }).last().click();
  await expect(here.machine('r2')).toContainText('in step');
  await expect(here.side.locator('dt', { hasText: 'Partial' }).locator('xpath=following-sibling::dd[1]')).toHaveText('1');

  // It has what it had missed.
  await page.getByRole('button', { name: 'Open a terminal on r2' }).click();
  await here.terminal('b').waits();
  await here.terminal('b').run('GET stock:mug');
  expect(await here.terminal('b').replyTo('GET stock:mug')).toBe('"40"');
  await here.terminal('b').run('SET stock:mug 1');
  expect(await here.terminal('b').replyTo('SET stock:mug 1')).toContain('READONLY');
});

test('time stands, goes on message by message, says why, and goes back', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await here.terminal().run('SET a 1');
  await expect(here.machine('r2')).toContainText('in step');
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Time stands still here.')).toBeVisible();
  await here.terminal().run('SET a 2');
  await page.getByRole('button', { name: 'Next message' }).click();
  const rows = page.getByRole('group', { name: 'Events' }).getByRole('row');
  const last = rows.last();
  await expect(last).toContainText(/→/);
  const before = await last.textContent();
  await page.getByRole('button', { name: 'Next event' }).click();
  await expect.poll(async () => await rows.last().textContent()).not.toBe(before);

  await rows.filter({ hasText: 'SET: ' }).last().getByRole('button', { name: /^Why/ }).click();
  const why = page.getByRole('region', { name: 'Why it happened' });
  await expect(why).toContainText(/because p1: /);
  await here.tab('Space and time');
  await expect(page.locator('.moment[data-chosen="true"]')).toBeVisible();

  await why.getByRole('button', { name: 'Go to the moment before it' }).click();
  await expect(page.getByRole('button', { name: 'Branches of time' })).toContainText('1 branch');
  await here.tab('Events');
  await page.getByRole('button', { name: 'Step back' }).click();
  await expect(page.getByRole('button', { name: 'Branches of time' })).toContainText('2 branches');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByText('Time stands still here.')).toBeHidden();
});

test('a link gives another browser the same machines, broken as they are', async ({ page, browser }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await here.terminal().run('SET shared yes');
  await here.fault('isolate r1');
  await here.terminal().run('INCR visits');
  await expect(here.machine('r1')).toContainText('behind');
  const link = await here.share();
  expect(link).toContain('/sandbox/deployments#s=');

  const elsewhere = await browser.newContext({ serviceWorkers: 'block' });
  const guest = new DeploymentsPage(await elsewhere.newPage());
  await guest.page.goto(link);
  await guest.terminal().waits();
  await guest.terminal().shows('SET shared yes');
  await expect(guest.machine('r1')).toContainText('behind');
  await expect(guest.page.getByRole('button', { name: /^What can go wrong between p1 and r1: .*cut/ })).toBeVisible();
  await guest.page.getByRole('button', { name: 'Heal' }).click();
  await expect(guest.machine('r1')).toContainText('in step');
  await elsewhere.close();
});

test('a fault that makes no sense is answered with how to say it, and machines go down and come back', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await here.fault('partition p1');
  await expect(page.locator('.deployment-fault output')).toContainText('Write: partition');
  await here.breakMachine('r1', 'Crash its programs (kill -9)');
  await expect(here.machine('r1')).toContainText('nothing runs');
  await here.breakMachine('r1', 'Start it again');
  await expect(here.machine('r1')).toContainText('in step');
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('chained-replicas');
  await expect(here.machine('r2')).toContainText('replica of r1');
});
