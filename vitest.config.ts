/* Tests: pure code in Node, components in happy-dom. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  test: {
    projects: [
      { extends: true, test: { name: 'unit', testTimeout: 60_000, environment: 'node', include: ['src/**/*.test.ts'] } },
      { extends: true, test: { name: 'dom', testTimeout: 60_000, environment: 'happy-dom', include: ['src/**/*.test.tsx'] } },
    ],
  },
});
