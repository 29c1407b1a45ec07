/*
 * Pictures of every page at three widths in both themes, to be looked at; not a test.
 *
 *   node e2e/screenshots.mjs FOLDER [PART OF A NAME]
 *
 * It serves the built page (E2E_DIST chooses another build) and also makes docs/screenshot.png when asked
 * for `readme`.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { preview } from 'vite';

const [folder = 'shots', part = ''] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '..');
const server = await preview({ root, configFile: false, logLevel: 'error', build: { outDir: process.env.E2E_DIST ?? 'dist' }, preview: { port: Number(process.env.E2E_PORT ?? 0), host: '127.0.0.1' } });
const origin = server.resolvedUrls.local[0].replace(/\/$/, '');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });

/** Types into the first terminal, whichever form it has. */
async function type(page, lines) {
  for (const line of lines) {
    const plain = page.locator('.plain-form input');
    if (await plain.isVisible().catch(() => false)) {
      await plain.fill(line);
      await plain.press('Enter');
    } else if (await page.locator('.xterm-helper-textarea').first().isVisible().catch(() => false)) {
      await page.locator('.xterm-helper-textarea').first().focus();
      await page.keyboard.type(`${line}\n`);
    }
    await page.waitForTimeout(250);
  }
}

const run = async (page, command) => await page.getByRole('button', { name: `Run ${command}`, exact: true }).first().click();

/** Name, address, what is done there first, and whether the whole page is taken.
 * @type {[string, string, ((page: import('@playwright/test').Page) => Promise<void>)?, boolean?][]} */
const PAGES = [
  ['home', '/', async (page) => await type(page, ['SET greeting "hello"', 'INCR visits', 'EXPIRE greeting 20'])],
  ['home-whole', '/', undefined, true],
  ['learn', '/learn'],
  ['week', '/learn/fundamentals', undefined, true],
  ['lesson', '/lesson/meet-redis', async (page) => {
    await run(page, 'PING');
    await run(page, 'SET stock:lamp 3');
    await run(page, 'GET stock:lamp');
  }],
  ['lesson-middle', '/lesson/store-strings', async (page) => {
    await page.locator('.listing').nth(2).scrollIntoViewIfNeeded();
    await page.locator('.listing').nth(2).getByRole('button').first().click();
  }],
  ['lesson-expiry', '/lesson/give-keys-a-lifetime', async (page) => {
    await page.locator('.listing').nth(1).scrollIntoViewIfNeeded();
    await page.locator('.listing').nth(1).getByRole('button').first().click();
  }],
  ['exercise-begin', '/exercise/first-keys'],
  ['exercise-failed', '/exercise/first-keys', async (page) => {
    if (page.viewportSize().width < 800) await page.getByRole('button', { name: 'Terminal', exact: true }).click();
    await type(page, ['SET site:title Night']);
  }],
  ['exercise-solved', '/exercise/first-keys', async (page) => {
    if (page.viewportSize().width < 800) await page.getByRole('button', { name: 'Terminal', exact: true }).click();
    await type(page, ['SET site:title "Night Owl Books"', 'INCRBY visits 2']);
    if (page.viewportSize().width < 800) await page.getByRole('button', { name: 'Close the sheet' }).click();
    await page.locator('.solved').scrollIntoViewIfNeeded();
  }],
  ['quiz', '/quiz/quiz-fundamentals-a', async (page) => await page.getByRole('button', { name: 'Begin' }).click()],
  ['sandbox', '/sandbox', async (page) => {
    await type(page, ['MSET user:1:name Ada user:2:name Bob stock:lamp 3 stock:chair 12', 'SET cart:7 "lamp,chair" EX 500', 'INCR visits']);
    const key = page.locator('.keys').getByRole('button', { name: /^cart:7/ });
    if (await key.isVisible().catch(() => false)) await key.click();
  }],
  ['deployments', '/sandbox/deployments', async (page) => await type(page, ['SET stock:lamp 3', 'INCR visits'])],
  ['reference', '/reference'],
  ['command', '/reference/SET'],
  ['progress', '/progress'],
  ['about', '/about'],
  ['not-found', '/nowhere'],
  ['palette', '/learn', async (page) => {
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('combobox').fill('expire');
  }],
];

mkdirSync(folder, { recursive: true });
for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, serviceWorkers: 'block', ...(width < 800 ? { hasTouch: true, isMobile: true } : {}) });
    for (const [name, path, act, whole] of PAGES) {
      if (!`${name}-${width}-${colorScheme}`.includes(part) || part === 'readme') continue;
      const page = await context.newPage();
      page.setDefaultTimeout(6000);
      try {
        await page.goto(origin + path);
        await page.waitForTimeout(1500);
        await act?.(page);
        await page.waitForTimeout(900);
      } catch (fault) {
        process.stderr.write(`${name} ${width} ${colorScheme}: ${fault.message.split('\n')[0]}\n`);
      }
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: whole === true });
      await page.close();
    }
    await context.close();
  }
}

if (part === 'readme') {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${origin}/lesson/meet-redis`);
  await page.waitForTimeout(1500);
  await page.locator('#store-a-value-and-read-it-back').evaluate((heading) => heading.scrollIntoView());
  for (const command of ['SET stock:lamp 3', 'GET stock:lamp']) {
    await run(page, command);
    await page.waitForTimeout(400);
  }
  await type(page, ['MSET stock:chair 12 stock:mug 40 visits 1041 user:7:name Ada', 'EXPIRE visits 3600', 'INCR visits']);
  await page.mouse.move(700, 300);
  await page.waitForTimeout(2500);
  await page.screenshot({ path: join(root, 'docs/screenshot.png') });
}
await browser.close();
await server.close();
