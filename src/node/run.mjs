/*
 * Runs a TypeScript program of this repository in Node: bundles it (a tenth of a second) and becomes it.
 *
 *   node src/node/run.mjs src/node/conformance/main.ts --commands 1000
 */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [entry, ...words] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('usage: node src/node/run.mjs PROGRAM.ts [words…]\n');
  process.exit(2);
}
const folder = join(root, 'node_modules/.cache/keyspace');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${basename(dirname(entry))}-${basename(entry, '.ts')}-${process.pid}.mjs`);
const bundle = await rolldown({ input: join(root, entry), platform: 'node', external: /^[^./]/, logLevel: 'warn' });
await bundle.write({ file, format: 'esm' });
await bundle.close();
process.argv = [process.argv[0], file, ...words];
process.on('exit', () => {
  try {
    rmSync(file);
  } catch {
    // Left for the next clean-up of node_modules.
  }
});
await import(pathToFileURL(file).href);
