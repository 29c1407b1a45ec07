/*
 * Installs the packages of package-lock.json when they are not there or are other ones. Uses nothing
 * but Node itself, because it runs first on a fresh machine.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Makes node_modules agree with the lock; exits with a sentence when Node is too old or npm fails. */
export function installIfNeeded() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`Keyspace needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
    process.exit(1);
  }
  const stamp = join(root, 'node_modules/.keyspace-lock');
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stdout.write('Installing packages …\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  writeFileSync(stamp, wanted);
}
