/*
 * npm run bench
 * -------------
 *   npm run bench                        everything, some ten minutes
 *   npm run bench -- --quick             fewer repeats
 *   npm run bench -- --only tcp,engine   these parts (tcp, engine, growth, files, world, page; eviction only by name: it takes minutes)
 *
 * Prints a table and writes bench-report/: the table as text and a plot for each section.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { plotCosts } from './cost-plot.ts';
import { plotCurves } from './curves.ts';
import { evictionSection } from './eviction.ts';
import { isMet, shownGoal, shownValue, type Section } from './figures.ts';
import { filesSection } from './files.ts';
import { growthSection } from './growth.ts';
import { inProcessSection } from './in-process.ts';
import { pageSection } from './page.ts';
import { plot } from './plot.ts';
import { tcpSection } from './tcp.ts';
import { worldSection } from './world.ts';

const FOLDER = 'bench-report';
const PARTS = ['tcp', 'engine', 'growth', 'files', 'world', 'page'];
/** Run only when named: it takes real time, and no speed is measured. */
const LONG_PARTS = ['eviction'];

function table(sections: readonly Section[]): string {
  const lines: string[] = [];
  for (const section of sections) {
    lines.push('', section.title);
    if (section.missing !== undefined) lines.push(`  ${section.missing}`);
    for (const figure of section.figures) {
      const met = isMet(figure);
      lines.push(`  ${figure.name.padEnd(34)} ${shownValue(figure).padStart(20)}  ${`${shownGoal(figure)}${met === undefined ? '' : met ? ' ✓' : ' ✗'}`.padEnd(9)}  ${figure.note ?? ''}`.trimEnd());
    }
  }
  return `${lines.join('\n')}\n`;
}

const USAGE = `usage: npm run bench -- [--quick] [--only PART,…]
  --quick   fewer repeats
  --only    these parts: ${PARTS.join(', ')}, which make the whole of some ten minutes, and ${LONG_PARTS.join(', ')}, run only by name
`;

function fail(why: string): never {
  process.stderr.write(`bench: ${why}\n${USAGE}`);
  process.exit(2);
}

let quick = false;
let only: readonly string[] = PARTS;
for (let words = process.argv.slice(2); words.length > 0; ) {
  const [word, value] = words;
  if (word === '--help' || word === '-h') {
    process.stdout.write(USAGE);
    process.exit(0);
  } else if (word === '--quick') quick = true;
  else if (word === '--only') only = value?.split(',') ?? fail('--only wants parts.');
  else fail(`there is no option ${word}.`);
  words = words.slice(word === '--only' ? 2 : 1);
}
const wrong = only.find((part) => ![...PARTS, ...LONG_PARTS].includes(part));
if (wrong !== undefined) fail(`there is no part "${wrong}".`);
const busy = loadavg()[0] ?? 0;
const sections: Section[] = [];
if (only.includes('engine')) sections.push(inProcessSection(quick ? 50_000 : 200_000));
if (only.includes('files')) sections.push(await filesSection(quick ? 200_000 : 1_000_000, quick ? 3 : 5));
if (only.includes('world')) sections.push(worldSection());
if (only.includes('tcp')) sections.push(await tcpSection(quick ? 3 : 11, quick ? 10_000 : 20_000));
if (only.includes('page')) sections.push(await pageSection(quick ? 3 : 7));
mkdirSync(FOLDER, { recursive: true });
if (only.includes('growth')) {
  const { section, curves } = growthSection(quick ? 1_000_000 : 10_000_000, quick ? 20_000 : 100_000);
  sections.push(section);
  writeFileSync(join(FOLDER, 'cost-by-size.svg'), plotCosts('Cost of a command against the number of elements', curves));
}
if (only.includes('eviction')) {
  const { section, curves } = await evictionSection(quick ? 20 : 40);
  sections.push(section);
  if (curves.length > 0) writeFileSync(join(FOLDER, 'eviction-curves.svg'), plotCurves('Share of requests that hit, in percent, over the run', curves));
}
const caution = busy > availableParallelism() / 2 ? `\nOthers were at work (load ${busy.toFixed(1)} on ${availableParallelism()} cores): a quiet machine gives other ratios.\n` : '';
const text = table(sections) + caution;
writeFileSync(join(FOLDER, 'report.txt'), text.trimStart());
for (const section of sections) if (section.figures.length > 0) writeFileSync(join(FOLDER, `${section.title.split(',')[0]?.toLowerCase().replaceAll(' ', '-') ?? 'plot'}.svg`), plot(section));
process.stdout.write(`${text}\nWritten to ${FOLDER}/.\n`);
if (sections.some(({ figures }) => figures.some((figure) => isMet(figure) === false))) process.exitCode = 1;
