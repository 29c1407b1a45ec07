/*
 * npm test: installs if needed, browser included, and runs everything: types, lint, content, unit
 * tests, the build, and the journeys in a real browser. The last line counts: `N passed, N failed`.
 *
 *   npm test                 everything
 *   npm test -- unit e2e     only these parts (types, lint, content, unit, build, e2e)
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installIfNeeded, root } from './install.mjs';

installIfNeeded();
const results = join(root, 'node_modules/.cache/keyspace');
mkdirSync(results, { recursive: true });
const unitReport = join(results, 'unit.json');
const journeyReport = join(results, 'e2e.json');

/** Each part answers {passed, failed}. */
const parts = {
  types: () => step('types', 'npx', ['tsc', '-b', '--force']),
  lint: () => step('lint', 'npx', ['oxlint', '--type-aware']),
  content: () => step('content', 'npm', ['run', '--silent', 'content:check']),
  unit() {
    rmSync(unitReport, { force: true });
    const status = run('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`]);
    const report = readReport(unitReport);
    if (report === undefined) return { passed: 0, failed: 1 };
    const failed = report.numFailedTests + (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? 1 : 0);
    return { passed: report.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
  },
  build: () => step('build', 'npm', ['run', '--silent', 'build']),
  e2e() {
    ensureBrowser();
    rmSync(journeyReport, { force: true });
    const status = run('npx', ['playwright', 'test'], { PLAYWRIGHT_JSON_OUTPUT_NAME: journeyReport });
    const report = readReport(journeyReport);
    if (report === undefined) return { passed: 0, failed: 1 };
    const failed = report.stats.unexpected;
    return { passed: report.stats.expected + report.stats.flaky, failed: failed === 0 && status !== 0 ? 1 : failed };
  },
};

function run(command, words, environment = {}) {
  const { status } = spawnSync(command, words, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment }, shell: process.platform === 'win32' });
  return status ?? 1;
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
  if (result.failed > 0) broken.push(`${name} (${result.failed})`);
}
if (broken.length > 0) process.stdout.write(`\nFailed: ${broken.join(', ')}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
