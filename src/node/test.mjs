/*
 * npm test: installs if needed, browser included, and runs everything: types, lint, content, unit
 * tests, the build, and the journeys in a real browser. The last line counts: `N passed, N failed`.
 *
 *   npm test                 everything
 *   npm test -- unit e2e     only these parts (types, lint, content, unit, build, e2e)
 *
 * Many tests start real processes on real ports. What fails in the crowd of a whole run is run once more by
 * itself: what passes then counts as passed, and is told by name at the end, beside what failed twice.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { installIfNeeded, root } from './install.mjs';

installIfNeeded();
const results = join(root, 'node_modules/.cache/keyspace');
mkdirSync(results, { recursive: true });
const unitReport = join(results, 'unit.json');
const journeyReport = join(results, 'e2e.json');

/** What failed in the whole run and passed alone. */
const unsteady = [];

/** Each part answers {passed, failed} and, where it knows them, the names of what failed. */
const parts = {
  types: () => step('types', 'npx', ['tsc', '-b', '--force']),
  lint: () => step('lint', 'npx', ['oxlint', '--type-aware']),
  content: () => step('content', 'npm', ['run', '--silent', 'content:check']),
  unit() {
    const first = unitRun([]);
    if (first === undefined) return { passed: 0, failed: 1 };
    const files = first.files.filter((file) => file.status === 'failed').map((file) => file.name);
    const again = files.length > 0 ? unitRun([...files, '--no-file-parallelism']) : undefined;
    if (again === undefined) return { passed: first.passed, failed: first.failed, names: failures(first) };
    const twice = failures(again);
    unsteady.push(...failures(first).filter((test) => twice.every((other) => other.name !== test.name)));
    return { passed: first.passed + first.failed - again.failed, failed: again.failed, names: twice };
  },
  build: () => step('build', 'npm', ['run', '--silent', 'build']),
  e2e() {
    ensureBrowser();
    rmSync(journeyReport, { force: true });
    const status = run('npx', ['playwright', 'test'], { PLAYWRIGHT_JSON_OUTPUT_NAME: journeyReport });
    const report = readReport(journeyReport);
    if (report === undefined) return { passed: 0, failed: 1 };
    const failed = report.stats.unexpected;
    const specs = report.suites.flatMap(specsOf);
    for (const spec of specs) if (spec.tests.some((test) => test.status === 'flaky')) unsteady.push({ name: `${spec.file} › ${spec.title}`, reason: reasonOf(spec) });
    const names = specs.filter((spec) => !spec.ok).map((spec) => ({ name: `${spec.file} › ${spec.title}`, reason: reasonOf(spec) }));
    return { passed: report.stats.expected + report.stats.flaky, failed: failed === 0 && status !== 0 ? 1 : failed, names };
  },
};

/** One run of the unit tests; undefined when it came to no report. A file that could not be loaded is a failure too. */
function unitRun(words) {
  rmSync(unitReport, { force: true });
  const status = run('npx', ['vitest', 'run', ...words, '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`]);
  const report = readReport(unitReport);
  if (report === undefined) return undefined;
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')).length;
  const failed = report.numFailedTests + unloaded;
  return { passed: report.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed, files: report.testResults };
}

/** What failed in a run: {name, reason}, a line each. */
function failures(run) {
  return run.files.filter((file) => file.status === 'failed').flatMap((file) => {
    const place = relative(root, file.name);
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    return tests.length > 0 ? tests.map((test) => ({ name: `${place} › ${test.fullName}`, reason: firstLine(test.failureMessages[0]) })) : [{ name: `${place} › could not be run`, reason: firstLine(file.message) }];
  });
}

function run(command, words, environment = {}) {
  const { status } = spawnSync(command, words, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment }, shell: process.platform === 'win32' });
  return status ?? 1;
}

function firstLine(text = '') {
  // eslint-disable-next-line no-control-regex -- the colours of a terminal
  return text.replace(/\x1b\[[0-9;]*m/g, '').split('\n')[0].slice(0, 300);
}

function told(test) {
  return `  ${test.name}\n    ${test.reason}`;
}

function reasonOf(spec) {
  return firstLine(spec.tests.flatMap((test) => test.results).find((result) => result.error !== undefined)?.error.message);
}

function specsOf(suite) {
  return [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)];
}

function step(name, command, words) {
  process.stdout.write(`\n— ${name}\n`);
  return run(command, words) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Chromium: the system's, or Debian's package where we may install it. */
function ensureBrowser() {
  const known = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean);
  if (known.some((path) => existsSync(path))) return;
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'inherit' });
  } catch {
    process.stderr.write('The journeys need Chromium: install it and set CHROMIUM_PATH to its program.\n');
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`There is no part called ${unknown.join(', ')}; the parts are ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}
let passed = 0;
let failed = 0;
const broken = [];
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const result = part();
  passed += result.passed;
  failed += result.failed;
  if (result.failed > 0) broken.push(`${name} (${result.failed})`, ...(result.names ?? []).map(told));
}
if (unsteady.length > 0) process.stdout.write(`\nFailed in the whole run and passed alone:\n${unsteady.map(told).join('\n')}\n`);
if (broken.length > 0) process.stdout.write(`\nFailed:\n${broken.join('\n')}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
