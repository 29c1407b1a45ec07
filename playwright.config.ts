/* End-to-end tests in the system's chromium, against the built page (`npm run build` first). */
import { defineConfig } from '@playwright/test';

const PORT = Number(process.env['E2E_PORT'] ?? 4173);

export default defineConfig({
  testDir: 'e2e', workers: 1, timeout: 60_000, retries: 0, reporter: 'list',
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
    },
  },
  webServer: { command: `npx vite preview --port ${PORT} --host 127.0.0.1 --strictPort`, url: `http://127.0.0.1:${PORT}`, reuseExistingServer: false },
});
