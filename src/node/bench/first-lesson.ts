/*
 * What the first lesson fetches
 * -----------------------------
 * Visits with an empty cache. The first tells what was asked for before the prompt stood there and what after it.
 * In every other visit the latter is held back until the prompt has answered: so it is proven that nothing of it
 * is needed, and only the former counts.
 */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Browser, Page, Request } from '@playwright/test';

export const LESSON = '/lesson/meet-redis';
/** Compressed bytes (gzip) that the first lesson may need until its prompt answers, fonts aside. */
export const BUDGET_KB = 350;

/** Runs in the page: notes when the terminal first shows a prompt, and when a reply follows a key. */
const WATCH = `(() => {
  const seen = { prompt: 0, told: 0, key: 0, reply: 0, last: '', origin: performance.timeOrigin };
  globalThis.benchTimes = seen;
  addEventListener('keydown', (event) => { if (event.key === 'Enter') { seen.key = performance.now(); seen.reply = 0; } }, true);
  const look = () => {
    const rows = [...document.querySelectorAll('.xterm-rows > div')].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).filter((row) => row !== '');
    const last = seen.last = rows.at(-1) ?? '';
    if (seen.prompt === 0 && /(>|\\$)$/.test(last)) { seen.prompt = performance.now(); seen.told = performance.getEntriesByName('keyspace:prompt')[0]?.startTime ?? seen.prompt; }
    if (seen.key > 0 && seen.reply === 0 && rows.at(-2) === 'PONG' && /(>|\\$)$/.test(last)) seen.reply = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

interface Times {
  /** When it stood on the screen, and when the page had it from the worker. */
  readonly prompt: number;
  readonly told: number;
  readonly key: number;
  readonly reply: number;
  /** The last row on the screen. */
  readonly last: string;
  /** When the page began, in milliseconds since the epoch. */
  readonly origin: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks every few milliseconds: the page's policy lets nothing be evaluated in it that would wait there. */
async function until(page: Page, reached: (times: Times) => boolean): Promise<Times> {
  for (const began = Date.now(); Date.now() - began < 60_000; ) {
    const times = (await page.evaluate('globalThis.benchTimes')) as Times;
    if (reached(times)) return times;
    await pause(4);
  }
  throw new Error('the terminal did not come that far in a minute');
}

export interface Visit {
  readonly promptMs: number;
  readonly answerMs: number;
  readonly keyMs: readonly number[];
  readonly bodies: ReadonlyMap<string, Buffer>;
  /** Paths that were asked for when the prompt stood there already. */
  readonly later: ReadonlySet<string>;
}

/** One visit. What is in `hold` arrives when the prompt has answered. */
export async function visit(browser: Browser, origin: string, hold: ReadonlySet<string> = new Set(), repeats = 0): Promise<Visit> {
  const context = await browser.newContext({ serviceWorkers: 'block', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const asked = new Map<string, Request>();
  const arriving = new Map<string, Promise<Buffer>>();
  let release: () => void = () => {};
  const answered = new Promise<void>((resolve) => (release = resolve));
  const pathOf = (url: string): string => new URL(url).pathname;
  context.on('request', (request) => { if (!asked.has(pathOf(request.url()))) asked.set(pathOf(request.url()), request); });
  context.on('response', (response) => arriving.set(pathOf(response.url()), response.body().catch(() => Buffer.alloc(0))));
  if (hold.size > 0) {
    await context.route((url) => hold.has(url.pathname), async (route) => {
      await answered;
      await route.continue().catch(() => {});
    });
  }
  await page.addInitScript(WATCH);
  await page.goto(`${origin}${LESSON}`, { waitUntil: 'commit' });
  const began = await until(page, (times) => times.prompt > 0);
  const promptAt = began.origin + began.told;
  const textarea = page.locator('.xterm-helper-textarea').first();
  const keyMs: number[] = [];
  let answerMs = 0;
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
  keyMs.push(await ping());
  release();
  for (let i = 0; i < repeats; i++) keyMs.push(await ping());
  // What comes after the first answer comes now: the drawing of the picture, the rest of the worker.
  if (hold.size === 0) await pause(3000);
  const bodies = new Map<string, Buffer>();
  for (const [path, body] of arriving) bodies.set(path, await Promise.race([body, pause(5000).then(() => Buffer.alloc(0))]));
  await context.close();
  // When the browser asked, not when it was told here: a busy machine tells late, and what the prompt needs would seem to have come after it.
  const later = new Set([...asked].filter(([path, request]) => request.timing().startTime > promptAt && !isFont(path)).map(([path]) => path));
  return { promptMs: began.prompt, answerMs, keyMs, bodies, later };
}

export const isFont = (path: string): boolean => /\.(woff2?|ttf)$/.test(path);

export interface Weight {
  /** Name without its folder and hash. */
  readonly name: string;
  readonly gzip: number;
  readonly brotli: number;
}

/** What was needed, the heaviest first, in bytes. `held` was kept back while the prompt answered. */
export function weigh({ bodies }: Visit, held: ReadonlySet<string>): Weight[] {
  const weights = [...bodies].filter(([path]) => !isFont(path) && !held.has(path)).map(([path, body]) => ({
    name: path.replace(/^.*\//, '').replace(/-[\w-]{8}(?=\.\w+$)/, ''),
    gzip: gzipSync(body, { level: 9 }).length,
    brotli: brotliCompressSync(body).length,
  }));
  return weights.sort((a, b) => b.gzip - a.gzip);
}

export const totalOf = (weights: readonly Weight[], by: 'gzip' | 'brotli'): number => weights.reduce((sum, each) => sum + each[by], 0);
