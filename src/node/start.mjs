/*
 * npm start: installs if needed, builds, serves, prints the address. PORT chooses another port.
 */
import { execFileSync } from 'node:child_process';
import { installIfNeeded, root } from './install.mjs';

installIfNeeded();
execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
const { preview } = await import('vite');
const server = await preview({ root, preview: { port: Number(process.env.PORT ?? 4173), host: '127.0.0.1' } });
process.stdout.write(`\nKeyspace is at ${server.resolvedUrls?.local[0] ?? 'http://127.0.0.1:4173/'}  (Ctrl-C ends it)\n`);
