/* The built page on a server of the test's own, on a free port, that can be stopped while the page is open. */
import { resolve } from 'node:path';
import { preview } from 'vite';

export interface Served {
  origin: string;
  stop(): Promise<void>;
}

export async function serveBuild(): Promise<Served> {
  const root = resolve(import.meta.dirname, '../..');
  const server = await preview({ root, configFile: false, logLevel: 'error', build: { outDir: process.env['E2E_DIST'] ?? 'dist' }, preview: { port: 0, host: '127.0.0.1' } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('the preview server has no port');
  let stopped: Promise<void> | undefined;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    stop: () => (stopped ??= server.close()),
  };
}
