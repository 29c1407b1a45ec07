/*
 * npm run content:check
 * ---------------------
 * Compiles the course and proves it with the engine. Prints `file:line: what — fix` for each problem and ends
 * with 1 when there is an error. `-- WORD…` verifies only items whose id or file holds one of the words; the
 * compiler's rules always look at everything. `-- --no-engine` leaves the proof out, `-- --mutate` adds the test of the checks,
 * `-- --release` writes down the ids that must not vanish any more, if nothing is wrong.
 */
import { writeFileSync } from 'node:fs';
import { allIds, compileCourse, formatProblem, RELEASED_IDS, sortProblems } from '../lessons/compiler/index.ts';
import { commandNames, visualizerNames } from './known-names.ts';
import { readContent } from './content-files.ts';
import { mutateCourse } from './mutate.ts';
import { verifyCourse } from './verify.ts';

const words = process.argv.slice(2);
const withEngine = !words.includes('--no-engine');
const wanted = words.filter((word) => !word.startsWith('--'));

const started = performance.now();
const { course, problems, sources } = compileCourse(readContent(process.cwd()), { commandNames: commandNames(), visualizers: visualizerNames(), drafts: true });
const compiledIn = performance.now() - started;
const select = wanted.length === 0 ? undefined : (id: string): boolean => wanted.some((word) => id.includes(word) || sources.get(id)?.source.file.includes(word) === true);
const found = withEngine ? verifyCourse(sources, select) : [];
const overlooked = words.includes('--mutate') ? mutateCourse(sources, select) : [];
const all = sortProblems([...problems, ...found, ...overlooked]);
for (const problem of all) process.stdout.write(`${formatProblem(problem)}\n`);
const errors = all.filter((problem) => problem.level === 'error').length;
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const items = course === undefined ? 0 : Object.keys(course.items).length;
process.stdout.write(`${items} items compiled in ${(compiledIn / 1000).toFixed(1)} s${withEngine ? `, verified in ${seconds} s` : ''}: ${errors} error(s), ${all.length - errors} warning(s)\n`);
if (words.includes('--release') && errors === 0 && course !== undefined) {
  writeFileSync(RELEASED_IDS, `# Ids of the released course. Progress of learners hangs on them: they must not vanish.\n${allIds(sources).join('\n')}\n`);
  process.stdout.write(`${RELEASED_IDS} written\n`);
}
process.exitCode = errors > 0 || course === undefined ? 1 : 0;
