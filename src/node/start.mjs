/*
 * npm start: installs if needed, builds, serves, prints the address. `npm start -- --port 5000`, or PORT, chooses
 * another port.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { installIfNeeded, root } from './install.mjs';

const port = chosenPort();
installIfNeeded();
process.stdout.write('Building the page, about a minute …\n');
// Warnings about sizes and speeds are for who changes the build (`npm run build`), not for who wants to see the page.
execFileSync('npx', ['vite', 'build', '--logLevel', 'error'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
const { preview } = await import('vite');
const server = await preview({ root, configFile: false, logLevel: 'error', preview: { port, host: '127.0.0.1' } });
process.stdout.write(`\nKeyspace is at ${server.resolvedUrls?.local[0] ?? 'http://127.0.0.1:4173/'}  (Ctrl-C ends it)\n`);

/** The port asked for; whatever else was given is refused before minutes are spent on it. */
function chosenPort() {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string' } } });
    const number = Number(values.port ?? process.env.PORT ?? 4173);
    if (!Number.isInteger(number) || number < 0 || number > 65535) throw new Error(`A port is a number up to 65535; this is ${values.port ?? process.env.PORT}.`);
    return number;
  } catch (fault) {
    process.stderr.write(`${fault.message}\nUsage: npm start [-- --port 4173]\n`);
    process.exit(1);
  }
}
