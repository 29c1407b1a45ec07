/*
 * What the page must never do, and how it behaves when its ground gives way: policy, other origins, content, a
 * worker that fails, a server that panics, storage that is refused or full.
 */
import { ExercisePage } from './pages/exercise.ts';
import { HomePage } from './pages/home.ts';
import { LessonPage } from './pages/lesson.ts';
import { ProgressPage } from './pages/progress.ts';
import { SandboxPage } from './pages/sandbox.ts';
import { SHELL } from './pages/terminal.ts';
import { PAGES } from './support/pages.ts';
import { expect, test } from './support/test.ts';
import { breakWorker, saved, watchWorker } from './support/worker-watch.ts';

test('the policy allows scripts of this origin alone, and it is in force', async ({ page, faults }) => {
  await page.goto('/');
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content') ?? '';
  const rules = new Map(policy.split(';').map((rule) => rule.trim().split(/\s+/)).map(([name = '', ...values]) => [name, values.join(' ')]));
  expect(rules.get('default-src')).toBe("'self'");
  expect(rules.get('script-src')).toBe("'self' 'wasm-unsafe-eval'");
  expect(rules.get('connect-src')).toBe("'self'");
  expect(rules.get('object-src')).toBe("'none'");
  expect(rules.get('base-uri')).toBe("'self'");

  faults.expected(/Content Security Policy|violates/);
  // Later, so that it runs as code of the page and not as the debugger's.
  const tried = await page.evaluate(() => new Promise((done) => setTimeout(() => {
    const found: string[] = [];
    // eslint-disable-next-line no-eval
    try { found.push(String((0, eval)('"eval ran"'))); } catch (fault) { found.push((fault as Error).name); }
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.body.append(script);
    const image = document.createElement('div');
    image.innerHTML = '<img src="data:," onerror="window.handlerRan = true">';
    document.body.append(image);
    setTimeout(() => {
      const seen = window as unknown as { inlineRan?: boolean; handlerRan?: boolean };
      found.push(seen.inlineRan === true ? 'inline ran' : 'inline refused', seen.handlerRan === true ? 'handler ran' : 'handler refused');
      done(found);
    }, 300);
  })));
  expect(tried).toEqual(['EvalError', 'inline refused', 'handler refused']);
});

test('a visit to every kind of page asks no other origin for anything', async ({ page }) => {
  for (const { path, ready } of PAGES) {
    await page.goto(path);
    await ready(page);
  }
  // The fixture has watched every request.
});

test('every lesson, exercise and quiz opens, without scripts, handlers or javascript: links in it', async ({ page }) => {
  test.slow();
  await page.goto('/learn/fundamentals');
  const links = page.locator('main .items a');
  await expect(links.first()).toBeVisible();
  const paths = await links.evaluateAll((found) => found.map((link) => link.getAttribute('href') ?? ''));
  expect(paths.length).toBeGreaterThan(30);
  for (const path of new Set(paths)) {
    // As a click on a link does, without loading the page again.
    await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
    await expect(page.locator('main .item-head h1'), path).toBeVisible();
    await expect(page.locator('main .listing, main .tasks, main .quiz').first(), path).toBeVisible();
    const bad = await page.locator('main').evaluate((main) => [...main.querySelectorAll('*')].filter((element) => /^(script|iframe|object|embed|base|meta)$/i.test(element.tagName)
      || [...element.attributes].some((attribute) => /^on/i.test(attribute.name) || /^\s*javascript:/i.test(attribute.value))).map((element) => element.outerHTML.slice(0, 100)));
    expect(bad, path).toEqual([]);
  }
});

test('when the worker fails the page says so and runs the world again from its recording', async ({ page }) => {
  await watchWorker(page);
  const exercise = new ExercisePage(page);
  await exercise.open('first-keys');
  await exercise.terminal.run('SET site:title "Night Owl Books"');
  await expect(exercise.task(1, 'done')).toBeVisible();
  // The recording crosses over at most once a second; a failure in between may lose that second, no more.
  await expect.poll(() => saved(page)).toContain('Night Owl Books"\r');
  await breakWorker(page);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('The simulation stopped');
  await expect(alert).toContainText('every command you typed is recorded');
  await alert.getByRole('button', { name: 'Run it again to where it was' }).click();
  await exercise.terminal.waits();
  await expect(exercise.task(1, 'done')).toBeVisible();
  await exercise.terminal.run('GET site:title');
  expect(await exercise.terminal.replyTo('GET site:title')).toBe('"Night Owl Books"');
  await exercise.terminal.run('INCRBY visits 2');
  await expect(exercise.solved).toBeVisible();

  await breakWorker(page);
  await alert.getByRole('button', { name: 'Begin anew' }).click();
  await exercise.terminal.waits();
  await exercise.terminal.run('GET site:title');
  expect(await exercise.terminal.replyTo('GET site:title')).toBe('(nil)');
});

test('a server that panics takes nothing else with it', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET safe yes');
  await page.getByRole('button', { name: 'Shell', exact: true }).click();
  const shell = sandbox.terminal('b');
  await shell.run('redis-server --port 7000 --enable-debug-command yes > panic.log &', SHELL);
  await shell.run('redis-cli -p 7000 PING', SHELL);
  await shell.shows('PONG');
  await shell.run('redis-cli -p 7000 DEBUG PANIC', SHELL);
  await shell.shows('Error: Server closed the connection');
  await shell.run('redis-cli -p 7000 PING', SHELL);
  await shell.shows('Connection refused');
  await shell.run('redis-cli GET safe', SHELL);
  expect(await shell.replyTo('redis-cli GET safe')).toContain('"yes"');
});

test('storage that is refused gets a clear notice, and everything works', async ({ page }) => {
  await page.addInitScript(() => {
    const refuse = () => { throw new DOMException('The user denied permission to access the database.', 'SecurityError'); };
    Object.defineProperty(window, 'indexedDB', { get: () => ({ open: refuse }) });
    Object.defineProperty(window, 'localStorage', { get: refuse });
  });
  await page.goto('/');
  await expect(page.locator('.notices')).toContainText('does not let the page store anything');
  const home = new HomePage(page);
  await home.terminal.run('SET works yes');
  await page.getByRole('link', { name: 'Start week 1' }).click();
  const lesson = new LessonPage(page);
  await lesson.run('PING');
  await lesson.terminal.shows('PONG');
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.locator('.lesson-done')).toContainText('Read');
  await page.getByRole('link', { name: /^Progress/ }).click();
  const progress = new ProgressPage(page);
  await expect(progress.record.getByRole('alert')).toContainText('This browser stores nothing for the page.');
  await expect(progress.done).toContainText('1 of');
  expect(await progress.save()).toContain('meet-redis');
  await page.getByRole('link', { name: 'Sandbox', exact: true }).click();
  await new SandboxPage(page).terminal().run('PING');
});

test('storage that is full offers a backup and loses nothing that is shown', async ({ page }) => {
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError'); };
  });
  await page.goto('/lesson/meet-redis');
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.locator('.notices')).toContainText('storage for this site is full');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.notices').getByRole('button', { name: 'Save a backup' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^keyspace-progress-.*\.json$/);
  await expect(page.locator('.lesson-done')).toContainText('Read');
});
