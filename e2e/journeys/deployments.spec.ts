/* Deployments: break a link and mend it, move about in time, give the run to somebody else, come back to it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeRecording, encodeRecording, type Recording } from '../../src/simulation/index.ts';
import { DeploymentsPage } from '../pages/deployments.ts';
import { violations } from '../support/axe.ts';
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
  await expect(here.side).toContainText(/asks for [\d,]+: CONTINUE with [\d,]+ bytes from the backlog/);

  await page.getByRole('button', { name: /^Undo: cut p1 - r2/ }).click();
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
  await page.getByRole('checkbox', { name: 'Data' }).check();
  await page.getByRole('button', { name: 'Next message' }).click();
  const rows = page.getByRole('group', { name: 'Events' }).getByRole('row');
  const last = rows.last();
  await expect(last).toContainText(/→/);
  const before = await last.textContent();
  await page.getByRole('button', { name: 'Next event' }).click();
  await expect.poll(async () => await rows.last().textContent()).not.toBe(before);

  await rows.filter({ hasText: 'SET: 10.0.0.11:6379' }).last().getByRole('button', { name: /^Why/ }).click();
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

test('going back to before a fault takes the fault back', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await page.getByRole('button', { name: 'Pause' }).click();
  await here.fault('cut p1 - r1');
  await here.fault('cut p1 - r2');
  const cut = (replica: string) => page.getByRole('button', { name: new RegExp(`^Break or mend the link p1 and ${replica}: .*cut`) });
  await expect(cut('r2')).toBeVisible();
  await page.getByRole('button', { name: 'Why: cut p1 - r2' }).click();
  await page.getByRole('button', { name: 'Go to the moment before it' }).click();
  await expect(cut('r2')).toBeHidden();
  await expect(cut('r1')).toBeVisible();
  await page.getByRole('button', { name: 'Step back' }).click();
  await expect(cut('r1')).toBeHidden();
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
  await expect(guest.page.getByRole('button', { name: /^Break or mend the link p1 and r1: .*cut/ })).toBeVisible();
  await expect(guest.page.getByText('Somebody else’s run')).toBeVisible();
  await guest.page.getByRole('button', { name: 'Undo: isolate r1' }).click();
  await guest.page.getByRole('button', { name: 'Run', exact: true }).click();
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
  // The whole menu can be reached: the pane of the picture does not cut it off.
  await page.getByRole('button', { name: 'Break or mend r2' }).click();
  await expect(page.getByRole('menuitem').first()).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem').last()).toBeFocused();
  await expect(page.getByRole('menuitem').last()).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Break or mend r2' })).toBeFocused();
  await here.breakMachine('r1', 'Start it again');
  await expect(here.machine('r1')).toContainText('in step');
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('chained-replicas');
  await expect(here.machine('r2')).toContainText('replica of r1');
});

test('a broken deployment says what it misses, and that it is mended', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open('broken-chain');
  await here.tab('Goals');
  await expect(page.getByText('Not in step with a master: r1:6379, r2:6379.')).toBeVisible();
  await expect(page.getByRole('button', { name: /goals met/ })).toContainText('1 of 2 goals met');
  await page.getByRole('button', { name: 'Open a terminal on r1' }).click();
  await here.terminal('b').waits();
  await here.terminal('b').run('REPLICAOF p1 6379');
  await here.pass('10 seconds');
  await here.pass('10 seconds');
  await expect(page.getByRole('button', { name: /goals met/ })).toContainText('2 of 2 goals met');
  await expect(here.side).toContainText('r1:6379, r2:6379 follow their master.');
  await expect(page.getByRole('status').filter({ hasText: 'all of its goals are met' })).toBeVisible();
  // A run that was mended is mended when it is opened again.
  await page.waitForTimeout(1000);
  await page.goto('/learn');
  await page.goto('/sandbox/deployments');
  await expect(page.getByText('Goes on where you left it')).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'Mended: all of its goals are met' })).toBeVisible();
  await page.getByRole('button', { name: 'Next: nobody takes over' }).click();
  await expect(page.getByRole('combobox', { name: 'Scenario' })).toHaveValue('broken-sentinels');
});

test('what is wrong now is listed, undone by the keyboard alone, and leaves the focus where the next thing is said', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await here.fault('disk p1 full');
  await here.fault('cut p1 - r1');
  const wrong = page.getByRole('group', { name: 'What is wrong now' });
  await expect(wrong.getByRole('button')).toHaveText(['cut p1 - r1', 'disk of p1: full']);
  await wrong.getByRole('button', { name: 'Undo: cut p1 - r1' }).focus();
  await page.keyboard.press('Enter');
  await expect(wrong.getByRole('button')).toHaveText(['disk of p1: full']);
  await expect(page.getByRole('textbox', { name: 'Fault' })).toBeFocused();
  await here.breakMachine('p1', 'Make its disk well again');
  await expect(wrong).toBeHidden();
  await expect(page.getByRole('button', { name: 'Break or mend p1', exact: true })).toBeFocused();
  // A terminal that is asked for has the focus, and so has what an event came from, until it is closed.
  await page.getByRole('button', { name: 'Open a terminal on r1' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Terminal b/ })).toBeFocused();
  const why = page.getByRole('button', { name: 'Why: cut p1 - r1' });
  await why.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Why it happened' }).getByRole('heading')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(why).toBeFocused();
});

test('a run is kept across visits and can be begun anew', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  await here.terminal().run('SET kept yes');
  await here.fault('cut p1 - r2');
  const cut = page.getByRole('button', { name: /^Break or mend the link p1 and r2: .*cut/ });
  await expect(cut).toBeVisible();
  // Saved soon after: a page that is torn away cannot wait for its worker and the storage.
  await page.waitForTimeout(1000);
  await page.goto('/learn');
  await page.goto('/sandbox/deployments');
  await expect(page.getByText('Goes on where you left it')).toBeVisible();
  await expect(cut).toBeVisible();
  await expect(page.getByText('Time stands still here.')).toBeVisible();
  await here.terminal().shows('SET kept yes');
  await page.getByRole('button', { name: 'Begin anew' }).focus();
  await page.keyboard.press('Enter');
  await here.terminal().waits();
  await expect(cut).toBeHidden();
  await expect(here.terminal().region).not.toContainText('kept yes');
  // The button is gone with the old run: what lets time stand or run in the new one has the focus.
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeFocused();
  await page.getByRole('combobox', { name: 'Scenario' }).focus();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('chained-replicas');
  await expect(here.machine('r2')).toContainText('replica of r1');
  await expect(page.getByRole('combobox', { name: 'Scenario' })).toBeFocused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('primary-two-replicas');
});

test('what cannot be opened is refused with the reason, and the page lives on', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await here.open();
  const link = await here.share();
  await page.keyboard.press('Escape');
  const made = decodeRecording(inflateRawSync(Buffer.from(link.split('#s=')[1] ?? '', 'base64url')).toString());
  if (!('recording' in made)) throw new Error('the link cannot be read');
  const other: Recording = { ...made.recording, engineVersion: '7.9.0-1' };
  const packed = deflateRawSync(encodeRecording(other)).toString('base64url');
  // A fragment alone is no new page for a browser.
  await page.goto('/learn');
  await page.goto(`/sandbox/deployments#s=${packed}`);
  await expect(page.getByRole('alert')).toContainText('recorded with version 7.9.0-1 of the engine');
  await expect(here.machine('r2')).toContainText('replica of p1');

  await page.goto('/sandbox/deployments?scenario=four-sentinels');
  await expect(page.getByText('There is no deployment called “four-sentinels”')).toBeVisible();
  await page.getByRole('link', { name: 'Three Sentinels' }).click();
  await expect(here.machine('s3')).toContainText('Sentinel');
});

test('a failover is seen as opinions, votes and stages, and an address leads to its middle', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await page.goto('/sandbox/deployments?scenario=three-sentinels&show=monitors&at=15s');
  const cell = page.getByRole('button', { name: /^s1:26379 takes p1:6379 for a master, and it answers/ });
  await expect(cell).toBeVisible();
  await cell.focus();
  await page.keyboard.press('Enter');
  await expect(here.side.getByRole('status').filter({ hasText: 's1:26379 takes p1:6379' })).toBeVisible();
  await here.breakMachine('p1', 'Crash its programs (kill -9)');
  await here.pass('10 seconds');
  await here.pass('10 seconds');
  await expect(here.machine('p1')).toContainText('nothing runs');
  await expect(here.side).toContainText(/master: r[12]/);
  await here.tab('Failover');
  await expect(here.side).toContainText('+switch-master');
  await expect(here.side).toContainText('the name belongs to the new master');
  await here.side.getByRole('button', { name: 'Text', exact: true }).click();
  await expect(here.side).toContainText(/A leader needs 2 of 3 votes/);
  await here.side.getByRole('button', { name: 'Text', exact: true }).click();
  await here.tab('Events');
  await page.getByRole('searchbox', { name: 'Search in events' }).fill('+promoted-slave');
  await page.getByRole('button', { name: /^Why: \+promoted-slave/ }).first().click();
  await expect(page.getByRole('region', { name: 'Why it happened' })).toContainText(/because/);
  await here.tab('Space and time');
  await page.getByRole('checkbox', { name: 'Only what led to the chosen event' }).check();
  await expect(page.locator('.moment[data-chosen="true"]')).toBeVisible();
  await expect(page.locator('.moment[data-dim="true"]')).toHaveCount(0);
});

test('an address that leads to a moment opens a terminal on a machine that has power then, and nothing is complained of', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await page.goto('/sandbox/deployments?scenario=broken-sentinels&at=30s');
  await expect(here.machine('p1')).toContainText('no power');
  await here.terminal().waits();
  await expect(page.getByRole('region', { name: 'Terminals' })).toContainText('r1');
  await expect(page.locator('.lab-problem')).toHaveCount(0);
  // One that is asked for there says why it does not open, and a key opens it when the machine is up again.
  await page.getByRole('button', { name: 'Open a terminal on p1' }).click();
  await here.terminal('b').shows('p1 has no power. To boot it: restart p1');
  await here.fault('restart p1');
  await here.pass('10 seconds');
  await here.terminal('b').focus();
  await page.keyboard.press('Enter');
  await here.terminal('b').waits();
  await expect(page.locator('.lab-problem')).toHaveCount(0);
});

test('a story goes by itself to what matters', async ({ page }) => {
  const here = new DeploymentsPage(page);
  await page.goto('/sandbox/deployments?scenario=three-sentinels&at=15s');
  await expect(here.machine('r2')).toContainText('replica of p1');
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('story');
  await here.fault('crash p1');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.locator('.story-band')).toContainText(/\+sdown master main/, { timeout: 45_000 });
});

for (const [scenario, tabs] of [['broken-sentinels', ['Monitors', 'Failover', 'Space and time', 'Goals', 'Events']], ['six-node-cluster', ['Beliefs', 'Slot map']]] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in the pictures of ${scenario}, ${colorScheme}`, async ({ page }) => {
      test.setTimeout(150_000);
      const here = new DeploymentsPage(page);
      await page.emulateMedia({ colorScheme });
      await page.goto(`/sandbox/deployments?scenario=${scenario}&at=30s`);
      await expect(page.getByRole('group', { name: 'Picture of the deployment' }).getByRole('article').first()).toBeVisible();
      // Buttons change their look when the moment is reached.
      await expect(page.locator('.lab-paused')).toBeVisible();
      for (const tab of tabs) {
        await here.tab(tab);
        await page.waitForTimeout(300);
        expect(await violations(page), tab).toEqual([]);
      }
    });
  }
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('every picture of a deployment stays within the width', async ({ page }) => {
    const here = new DeploymentsPage(page);
    await page.goto('/sandbox/deployments?scenario=three-sentinels&at=15s');
    await expect(page.getByRole('tab', { name: 'Machines', exact: true })).toBeVisible();
    for (const tab of ['Machines', 'Terminal', 'Events', 'Space and time', 'Goals', 'Offsets and backlog', 'Monitors', 'Failover'] as const) {
      await here.tab(tab);
      await page.waitForTimeout(300);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBeLessThanOrEqual(390);
    }
  });
});

test('a hundred nodes are a crowd: seen as shards, gone through by arrow keys, told in words, and broken', async ({ page }) => {
  test.setTimeout(240_000);
  const here = new DeploymentsPage(page);
  await page.goto('/sandbox/deployments?scenario=hundred-node-cluster&at=12s');
  const words = page.locator('.crowd-words');
  await expect(words).toContainText('50 masters, 50 replicas, 1 client, 1 idle machine. All replicas are in step. 9,900 connections of the cluster bus.', { timeout: 120_000 });
  await page.getByRole('button', { name: /^n1, master, 328 slots$/ }).focus();
  await page.keyboard.press('ArrowRight');
  const replica = (await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '';
  expect(replica).toMatch(/^n\d+, replica of n1, in step$/);
  const hand = page.getByRole('region', { name: `Machine ${replica.split(',')[0]}` });
  await expect(hand).toContainText('replica of n1, in step');

  await page.keyboard.press('ArrowLeft');
  await here.breakMachine('n1', 'Crash its programs (kill -9)');
  await expect(page.getByRole('button', { name: 'n1, nothing runs, redis-server is down' })).toHaveAttribute('data-health', 'trouble');
  await expect(words).toContainText('1 server is down.');
  await here.pass('10 seconds');
  await expect(page.getByRole('button', { name: new RegExp(`^${replica.split(',')[0]}, master, 328 slots$`) })).toBeVisible({ timeout: 90_000 });
  // Who believes what: the doubted first, the matrix within its panel, and one belief after the other by arrow keys.
  await here.tab('Beliefs');
  await here.side.getByRole('button', { name: 'n1', exact: true }).click();
  await expect(here.side.getByRole('status').filter({ hasText: 'believes n1:6379 to be failed (FAIL)' })).toBeVisible();
  const matrix = here.side.getByRole('application', { name: /^Matrix of 99 nodes by 100/ });
  await matrix.focus();
  await page.keyboard.press('ArrowRight');
  await expect(here.side.getByRole('status').filter({ hasText: 'n2:6379' })).toBeVisible();
  expect(await page.locator('.stage-view').evaluate((panel) => panel.scrollWidth - panel.clientWidth)).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Text', exact: true }).first().click();
  await expect(page.locator('.topology-words')).toContainText(/connections of the cluster bus\./);
  await page.getByRole('button', { name: 'Text', exact: true }).first().click();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const tab of ['Beliefs', 'Machines'] as const) {
    await here.tab(tab);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBeLessThanOrEqual(390);
  }
});

test('a moment that takes long to reach shows how far time has come, and one can stop there', async ({ page }) => {
  await page.goto('/sandbox/deployments?scenario=hundred-node-cluster&at=5m');
  const bar = page.getByRole('progressbar', { name: 'Going on to a later moment' });
  await expect(bar).toHaveAttribute('aria-valuetext', /^([1-9]\d*\.\d|0\.[5-9]) of 300\.0 seconds$/, { timeout: 30_000 });
  await expect(page.getByRole('group', { name: 'Picture of the deployment' })).toContainText('n100');
  await page.getByRole('button', { name: 'Stop here' }).click();
  await expect(bar).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible();
  await expect(page.locator('.transport-clock')).toHaveText(/^\d{1,2}\.\d{3}/);
  // Opened again, all of it has to happen again, and the list of events says so meanwhile.
  const link = await new DeploymentsPage(page).share();
  await page.goto('/learn');
  await page.goto(link);
  await expect(page.getByText('The run is being opened')).toBeVisible();
  await expect(page.getByText('The run is being opened')).toBeHidden({ timeout: 30_000 });
  await expect(page.getByText('Nothing has happened yet')).toHaveCount(0);
});
