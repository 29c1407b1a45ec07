/*
 * The page
 * --------
 * The built page in chromium, each time with an empty cache: what the first lesson needs before its
 * prompt answers, how long that takes, and how long a key press takes to its reply on the screen. Then a cluster of a
 * hundred nodes: crowd.ts.
 */
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { crowdFigures, watchCrowd } from './crowd.ts';
import { median, type Figure, type Section } from './figures.ts';
import { BUDGET_KB, isFont, totalOf, visit, weigh, type Visit } from './first-lesson.ts';

/** So long the hundred are looked at. */
const CROWD_SECONDS = 10;

export async function pageSection(visits: number): Promise<Section> {
  const title = 'The page, first lesson with nothing cached, and a hundred nodes';
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  if (!existsSync('dist/index.html')) return { title, figures: [], missing: 'There is no dist/: run npm run build first.' };
  if (!existsSync(executablePath)) return { title, figures: [], missing: 'There is no Chromium: install it or set CHROMIUM_PATH to its program.' };
  const server = await preview({ configFile: false, logLevel: 'error', build: { outDir: 'dist' }, preview: { port: 0, host: '127.0.0.1' } });
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'] });
  try {
    const address = server.httpServer.address();
    if (address === null || typeof address === 'string') throw new Error('the preview server has no port');
    const origin = `http://127.0.0.1:${address.port}`;
    const { later, bodies } = await visit(browser, origin);
    const seen: Visit[] = [];
    for (let i = 0; i < Math.max(1, visits); i++) seen.push(await visit(browser, origin, later, 9));
    const weights = weigh(seen[0] as Visit, later);
    const kinds: Figure[] = [['scripts', /\.m?js$/], ['styles', /\.css$/]].map(([name, pattern]) => ({ name: `of that, ${String(name)}`, value: totalOf(weights.filter((each) => (pattern as RegExp).test(each.name)), 'gzip') / 1024, unit: 'KB' }));
    const largest = weights.slice(0, 6).map(({ name, gzip }) => `${name} ${Math.round(gzip / 1024)} KB`).join(', ');
    const fonts = [...bodies].filter(([path]) => isFont(path)).reduce((sum, [, body]) => sum + body.length, 0);
    return {
      title,
      figures: [
        { name: 'needed until the prompt answers, gzip, fonts aside', value: totalOf(weights, 'gzip') / 1024, unit: 'KB', goal: { to: BUDGET_KB }, note: largest },
        { name: 'the same, Brotli', value: totalOf(weights, 'brotli') / 1024, unit: 'KB' },
        ...kinds,
        { name: 'fonts', value: fonts / 1024, unit: 'KB' },
        { name: 'navigation to the prompt', value: median(seen.map((each) => each.promptMs)), unit: 'ms', note: `median of ${visits}` },
        { name: 'navigation to the first reply', value: median(seen.map((each) => each.answerMs)), unit: 'ms', note: 'typing by the test included' },
        { name: 'Enter to the reply on the screen', value: median(seen.flatMap((each) => each.keyMs)), unit: 'ms', note: `median of ${seen.length * 10}` },
        ...crowdFigures(await watchCrowd(browser, origin, CROWD_SECONDS)),
      ],
    };
  } finally {
    await browser.close();
    await server.close();
  }
}
