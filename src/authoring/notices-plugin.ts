/*
 * Third-party notices
 * -------------------
 * A Vite plugin for `virtual:notices`: name, version and licence text of every package whose code can
 * reach the page, read from what is installed, so that the list cannot fall behind the lock file. It follows
 * the dependencies of the dependencies.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const ID = 'virtual:notices';

interface Manifest {
  version?: string;
  license?: string;
  dependencies?: Record<string, string>;
}

export function noticesPlugin(root: string): Plugin {
  return {
    name: 'keyspace-notices',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? `export const notices = ${JSON.stringify(collectNotices(root))};` : undefined),
  };
}

export function collectNotices(root: string): { name: string; version: string; licence: string; text: string }[] {
  const modules = join(root, 'node_modules');
  const found = new Map<string, { name: string; version: string; licence: string; text: string }>();
  const waiting = Object.keys(manifest(root)?.dependencies ?? {});
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const folder = join(modules, name);
    const read = manifest(folder);
    if (read === undefined) continue;
    found.set(name, { name, version: read.version ?? '', licence: read.license ?? '', text: licenceText(folder) });
    waiting.push(...Object.keys(read.dependencies ?? {}));
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function manifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
}

function licenceText(folder: string): string {
  const name = readdirSync(folder).find((file) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(file));
  return name === undefined ? 'The package comes without a licence text of its own; see the licence named above.' : readFileSync(join(folder, name), 'utf8').trim();
}
