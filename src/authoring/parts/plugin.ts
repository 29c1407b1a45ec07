/*
 * The worker in two parts
 * -----------------------
 * A Vite plugin for the build of the worker. What its first prompt runs is found by running it (first-prompt.ts):
 * the simulation is deterministic, so the same functions run in the page. Those stay; all others go into a chunk
 * of their own (`virtual:rest`), fetched after the first prompt. Nothing is listed by hand, and a wrong guess costs
 * no more than a wait: a stub whose function is not there throws MissingPart, and the lab runs the event again.
 *
 * The sources know nothing of this. In development, in Node and in tests nothing is taken apart.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type { Plugin } from 'vite';
import { noting, split, type Split } from './split.ts';

const ID = 'virtual:rest';
const SUPPORT = 'virtual:rest-support';
const REST = '?rest';
/** Rooms whose functions may come later. The lab's own stay, because they are what waits; but these are begun again as a whole. */
const ROOMS = ['engine', 'simulation', 'terminal', 'lessons', 'visualizers'];
const BEGUN_AGAIN = ['src/lab/questions.ts', 'src/lab/world-questions.ts', 'src/lab/start-steps.ts', 'src/lab/undo.ts', 'src/lab/remaking.ts', 'src/lab/performer.ts'];
/** The lab asks these outside of what it can begin again. */
const WHOLE = ['src/simulation/simulation.ts', 'src/simulation/scheduler.ts', 'src/engine/parts.ts'];

interface Profile {
  /** Modules that can be taken apart: path from the root and source. */
  readonly modules: ReadonlyMap<string, string>;
  /** Functions that ran: 'path:place'. */
  readonly ran: ReadonlySet<string>;
}

async function profileOf(root: string): Promise<Profile> {
  const modules = new Map<string, string>();
  const bundle = await rolldown({
    input: join(root, 'src/authoring/parts/first-prompt.ts'),
    platform: 'node',
    logLevel: 'silent',
    plugins: [{
      name: 'keyspace-note',
      transform(source, id) {
        const path = relative(root, id).replaceAll('\\', '/');
        if (!(ROOMS.some((room) => path.startsWith(`src/${room}/`)) || BEGUN_AGAIN.includes(path)) || WHOLE.includes(path)) return undefined;
        modules.set(path, source);
        return { code: noting(source, (place) => `globalThis.keyspaceRan?.add(${JSON.stringify(`${path}:${place}`)})`), moduleType: 'ts', map: null };
      },
    }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'keyspace-profile-'));
  const ran = new Set<string>();
  try {
    const file = join(folder, 'first-prompt.mjs');
    await bundle.write({ file, format: 'esm' });
    Object.assign(globalThis, { keyspaceRan: ran });
    await import(pathToFileURL(file).href);
  } finally {
    delete (globalThis as { keyspaceRan?: unknown }).keyspaceRan;
    await bundle.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { modules, ran };
}

/** `apart`: whether the worker is taken apart; otherwise `virtual:rest` is empty and everything is there. */
export function partsPlugin(root: string, apart: boolean): Plugin {
  let parts = new Map<string, Split>();
  const pathOf = (id: string): string => relative(root, id).replaceAll('\\', '/');
  return {
    name: 'keyspace-parts',
    enforce: 'pre',
    async buildStart() {
      if (!apart) return;
      const { modules, ran } = await profileOf(root);
      parts = split({
        modules,
        whole: new Map([...WHOLE, ...filesOfTheLab(root)].map((path) => [path, readFileSync(join(root, path), 'utf8')])),
        stays: (path, place) => ran.has(`${path}:${place}`),
        first: (path) => join(root, path),
        rest: (path) => join(root, path) + REST,
        support: SUPPORT,
      });
    },
    resolveId: (id) => (id === ID || id === SUPPORT ? `\0${id}` : id.endsWith(REST) ? id : undefined),
    load(id) {
      if (id === `\0${SUPPORT}`) return SUPPORT_MODULE.replace('PARTS', JSON.stringify(join(root, 'src/engine/parts.ts')));
      if (id === `\0${ID}`) return apart ? restModule(root, [...parts.keys()]) : 'export {};';
      if (!id.endsWith(REST)) return undefined;
      const code = parts.get(pathOf(id.slice(0, -REST.length)))?.rest;
      return code === undefined ? undefined : { code, moduleType: 'ts' };
    },
    transform(_source, id) {
      const code = parts.get(pathOf(id))?.first;
      return code === undefined ? undefined : { code, moduleType: 'ts', map: null };
    },
  };
}

function filesOfTheLab(root: string): string[] {
  return readdirSync(join(root, 'src/lab')).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => `src/lab/${name}`);
}

const SUPPORT_MODULE = `
import { MissingPart } from PARTS;
let bodies;
export function comesLater(name, self, given) {
  if (bodies === undefined) throw new MissingPart('rest');
  return bodies[name].apply(self, given);
}
export const later = (name) => function () { return comesLater(name, this, arguments); };
export function arrived(all) {
  bodies = all;
}
`;

function restModule(root: string, paths: readonly string[]): string {
  const imports = paths.map((path, i) => `import { bodies as b${i} } from ${JSON.stringify(join(root, path) + REST)};`);
  return `import { arrived } from '${SUPPORT}';\n${imports.join('\n')}\narrived({ ${paths.map((_, i) => `...b${i}`).join(', ')} });\n`;
}
