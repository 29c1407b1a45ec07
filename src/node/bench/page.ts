/*
 * The page
 * --------
 * The built page in chromium, each time with an empty cache: what the first lesson fetches before its
 * prompt answers, how long that takes, and how long a key press takes to its reply on the screen.
 */
import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from '@playwright/test';
import { preview } from 'vite';
import { pauseMs } from '../reference-redis.ts';
import { median, type Figure, type Section } from './figures.ts';

const LESSON = '/lesson/meet-redis';
/** Compressed bytes that the first lesson may need, fonts aside. */
const BUDGET_KB = 350;

/** Runs in the page: notes when the terminal first shows a prompt, and when a reply follows a key. */
const WATCH = `(() => {
  const seen = { prompt: 0, key: 0, reply: 0, last: '' };
  globalThis.benchTimes = seen;
  addEventListener('keydown', (event) => { if (event.key === 'Enter') { seen.key = performance.now(); seen.reply = 0; } }, true);
  const look = () => {
    const rows = [...document.querySelectorAll('.xterm-rows > div')].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).filter((row) => row !== '');
    const last = seen.last = rows.at(-1) ?? '';
    if (seen.prompt === 0 && /(>|\\$)$/.test(last)) seen.prompt = performance.now();
    if (seen.key > 0 && seen.reply === 0 && rows.at(-2) === 'PONG' && /(>|\\$)$/.test(last)) seen.reply = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

interface Times {
  readonly prompt: number;
  readonly key: number;
  readonly reply: number;
  /** The last row on the screen. */
  readonly last: string;
}

/** Looks every few milliseconds: the page's policy lets nothing be evaluated in it that would wait there. */
async function until(page: Page, reached: (times: Times) => boolean): Promise<Times> {
  for (const began = Date.now(); Date.now() - began < 30_000; ) {
    const times = (await page.evaluate('globalThis.benchTimes')) as Times;
    if (reached(times)) return times;
    await pauseMs(4);
  }
  throw new Error('the terminal did not come that far in 30 seconds');
}

interface Visit {
  readonly promptMs: number;
  readonly answerMs: number;
  readonly keyMs: readonly number[];
  readonly bytes: ReadonlyMap<string, number>;
}

async function visit(browser: Browser, origin: string): Promise<Visit> {
  const context = await browser.newContext({ serviceWorkers: 'block', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const bodies = new Map<string, Promise<Buffer>>();
  page.on('response', (response) => bodies.set(new URL(response.url()).pathname, response.body().catch(() => Buffer.alloc(0))));
  await page.addInitScript(WATCH);
  await page.goto(`${origin}${LESSON}`);
  await until(page, (times) => times.prompt > 0);
  const textarea = page.locator('.xterm-helper-textarea').first();
  const keyMs: number[] = [];
  let answerMs = 0;
  const bytes = new Map<string, number>();
  const ping = async (): Promise<number> => {
    await textarea.focus();
    await page.keyboard.type('PING');
    await page.keyboard.press('Enter');
    const times = await until(page, ({ reply }) => reply > 0);
    answerMs ||= times.reply;
    return times.reply - times.key;
  };
  // The prompt of a lesson is redis-cli's or the shell's; from the shell redis-cli is one line away.
  if ((await until(page, ({ last }) => last !== '')).last.endsWith('$')) {
    await textarea.focus();
    await page.keyboard.type('redis-cli');
    await page.keyboard.press('Enter');
    await until(page, ({ last }) => last.endsWith('6379>'));
  }
  await ping();
  for (const [path, body] of bodies) bytes.set(path, gzipSync(await body, { level: 9 }).length);
  for (let i = 0; i < 9; i++) keyMs.push(await ping());
  const { prompt: promptMs } = await until(page, () => true);
  await context.close();
  return { promptMs, answerMs, keyMs, bytes };
}

export async function pageSection(visits: number): Promise<Section> {
  const title = 'The page, first lesson, nothing cached';
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  if (!existsSync('dist/index.html')) return { title, figures: [], missing: 'There is no dist/: run npm run build first.' };
  if (!existsSync(executablePath)) return { title, figures: [], missing: 'There is no Chromium: install it or set CHROMIUM_PATH to its program.' };
  const server = await preview({ configFile: false, logLevel: 'error', build: { outDir: 'dist' }, preview: { port: 0, host: '127.0.0.1' } });
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'] });
  try {
    const address = server.httpServer.address();
    if (address === null || typeof address === 'string') throw new Error('the preview server has no port');
    const seen: Visit[] = [];
    for (let i = 0; i < visits; i++) seen.push(await visit(browser, `http://127.0.0.1:${address.port}`));
    const bytes = seen[0]?.bytes ?? new Map<string, number>();
    const sum = (wanted: (path: string) => boolean) => [...bytes].filter(([path]) => wanted(path)).reduce((total, [, size]) => total + size, 0) / 1024;
    const isFont = (path: string) => /\.(woff2?|ttf)$/.test(path);
    const kinds: Figure[] = [['scripts', /\.m?js$/], ['styles', /\.css$/]].map(([name, pattern]) => ({ name: `of that, ${String(name)}`, value: sum((path) => (pattern as RegExp).test(path)), unit: 'KB' }));
    const largest = [...bytes].filter(([path]) => !isFont(path)).sort(([, a], [, b]) => b - a).slice(0, 6).map(([path, size]) => `${path.replace(/^.*\//, '')} ${Math.round(size / 1024)} KB`).join(', ');
    return {
      title,
      figures: [
        { name: 'compressed, fonts aside', value: sum((path) => !isFont(path)), unit: 'KB', goal: { to: BUDGET_KB }, note: largest },
        ...kinds,
        { name: 'fonts', value: sum(isFont), unit: 'KB' },
        { name: 'navigation to the prompt', value: median(seen.map((each) => each.promptMs)), unit: 'ms', note: `median of ${visits}` },
        { name: 'navigation to the first reply', value: median(seen.map((each) => each.answerMs)), unit: 'ms', note: 'typing by the test included' },
        { name: 'Enter to the reply on the screen', value: median(seen.flatMap((each) => each.keyMs)), unit: 'ms', note: `median of ${seen.length * 9}` },
      ],
    };
  } finally {
    await browser.close();
    await server.close();
  }
}
