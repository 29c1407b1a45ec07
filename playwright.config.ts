/*
 * Journeys in the system's chromium, against the built page (`npm run build` first).
 *
 * Every test gets a context of its own, so storage never leaks between them. Service workers are blocked
 * except where a test is about being offline: storing the whole product for each of them would take longer than
 * the tests. E2E_PORT and E2E_DIST choose another port and another build.
 */
import { defineConfig } from '@playwright/test';

const PORT = Number(process.env['E2E_PORT'] ?? 4173);
const DIST = process.env['E2E_DIST'] ?? 'dist';

export default defineConfig({
  testDir: 'e2e', fullyParallel: true, workers: 2, timeout: 60_000,
  // A whole run shares two cores: what fails in it once and passes alone is told at its end by name.
  retries: process.env['CI'] === 'true' ? 1 : 0,
  expect: { timeout: 10_000 },
  // The test runner counts by the JSON report; a person reads the list.
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] === undefined ? 'list' : [['list'], ['json']],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    viewport: { width: 1440, height: 900 },
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
    },
  },
  webServer: { command: `npx vite preview --outDir ${DIST} --port ${PORT} --host 127.0.0.1 --strictPort`, url: `http://127.0.0.1:${PORT}`, reuseExistingServer: false },
});
