/*
 * The course as modules
 * ---------------------
 * A Vite plugin that gives the page the compiled course, so that no parser is shipped:
 *
 *   virtual:course      `outline`, and `loadItem(id)`, which fetches the chunk of one item
 *   virtual:weeks       `modules`: what the path through the course tells of each week
 *   virtual:questions   `questions`: all of them, for recall and review
 *   virtual:search      `documents`: what the search indexes
 *   virtual:deployments `deployments`: the scenarios that are offered, compiled
 *
 * Mistakes of authors are errors of the build with file and line. In development a changed file of content/
 * compiles again and the page reloads; mistakes then appear in the page's overlay and the last good course
 * stays. Replies of predict questions come from the engine, as everywhere.
 */
import { resolve } from 'node:path';
import type { Plugin, ViteDevServer } from 'vite';
import type { Course, CourseOutline, Item, Module, PageModule, PageOutline, Question } from '../lessons/index.ts';
import { compileCourse, formatProblem, type Problem } from '../lessons/compiler/index.ts';
import { readContent } from './content-files.ts';
import { commandNames, visualizerNames } from './known-names.ts';
import { fillPrediction } from './verify.ts';

const NAMES = ['virtual:course', 'virtual:weeks', 'virtual:questions', 'virtual:search', 'virtual:deployments'];
const ITEM = 'virtual:course/item/';
/** Vite's mark of modules that no file holds. */
const VIRTUAL = '\0';

interface Compiled {
  course: Course;
  problems: Problem[];
}

export function contentPlugin(): Plugin {
  let root = process.cwd();
  let compiled: Compiled | undefined;
  let isBuild = false;
  let drafts = false;

  const compile = (): Compiled => {
    if (compiled === undefined) {
      compiled = compileAll(root, drafts);
      if (!isBuild) for (const error of errorsOf(compiled)) process.stderr.write(`${error}\n`);
    }
    return compiled;
  };

  return {
    name: 'keyspace-content',
    configResolved(config) {
      root = config.root;
      isBuild = config.command === 'build';
      drafts = !isBuild;
    },
    buildStart() {
      if (!isBuild) return; // elsewhere it is compiled when somebody asks for it
      const made = compile();
      for (const problem of made.problems) if (problem.level === 'warning') this.warn(formatProblem(problem));
      const errors = errorsOf(made);
      if (errors.length > 0) this.error(`the course has ${errors.length} mistake(s)\n${errors.join('\n')}`);
    },
    resolveId(id) {
      return NAMES.includes(id) || id.startsWith(ITEM) ? VIRTUAL + id : undefined;
    },
    load(id) {
      if (!id.startsWith(`${VIRTUAL}virtual:`)) return undefined;
      return moduleText(id.slice(VIRTUAL.length), compile().course);
    },
    configureServer(server) {
      watchContent(server, resolve(root, 'content'), () => {
        const fresh = compileAll(root, drafts);
        const errors = errorsOf(fresh);
        // The last good course stays on the page while an author is in the middle of a sentence.
        if (errors.length === 0 || compiled === undefined) compiled = fresh;
        return errors;
      });
    },
  };
}

const errorsOf = ({ problems }: Compiled): string[] => problems.filter((problem) => problem.level === 'error').map(formatProblem);

function compileAll(root: string, drafts: boolean): Compiled {
  const { course, problems, sources } = compileCourse(readContent(root), { commandNames: commandNames(), visualizers: visualizerNames(), drafts });
  if (course === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  for (const { source, quiz } of sources.values()) {
    for (const placed of quiz?.questions ?? []) {
      if (placed.question.type !== 'predict') continue;
      fillPrediction(placed.question, placed.line, (line, what, fix) => problems.push({ file: source.file, line, what, fix, level: 'error' }));
    }
  }
  return { course, problems };
}

/** JSON in a string is parsed faster than the same as an object literal. */
function json(value: unknown): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value)).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')})`;
}

function moduleText(name: string, course: Course): string | undefined {
  if (name === 'virtual:course') {
    const loaders = Object.keys(course.items).map((id) => `${JSON.stringify(id)}: () => import(${JSON.stringify(ITEM + id)})`);
    return [
      `export const outline = ${json(forFirstPage(course.outline))};`,
      `const items = { ${loaders.join(', ')} };`,
      'export async function loadItem(id) {',
      '  if (!Object.hasOwn(items, id)) throw new Error(`the course has no item "${id}"`);',
      '  const { default: item, glossary, concepts } = await items[id]();',
      '  Object.assign(outline.glossary, glossary);',
      '  Object.assign(outline.concepts, concepts);',
      '  return item;',
      '}',
    ].join('\n');
  }
  if (name === 'virtual:questions') {
    return [
      "import { outline } from 'virtual:course';",
      `export const questions = ${json(allQuestions(course))};`,
      `Object.assign(outline.concepts, ${json(course.outline.concepts)});`,
    ].join('\n');
  }
  if (name === 'virtual:weeks') return `export const modules = ${json(course.outline.modules)};`;
  if (name === 'virtual:deployments') return `export const deployments = ${json(course.deployments)};`;
  if (name === 'virtual:search') return `export const documents = ${json(course.search)};`;
  const item = course.items[name.slice(ITEM.length)];
  if (item === undefined) return undefined;
  return `export default ${json(forPage(item))};\nexport const glossary = ${json(namedIn(item, course.outline.glossary))};\nexport const concepts = ${json(namedIn(item, course.outline.concepts))};`;
}

/** What the first page needs of the outline. Terms and concepts come with the items and questions that name them. */
function forFirstPage(outline: CourseOutline): PageOutline {
  const { modules, projects: _projects, assessment: _assessment, outcomes: _outcomes, tools: _tools, reading: _reading, certificate: _certificate, ...rest } = outline;
  return { ...rest, modules: modules.map(forPath), glossary: {}, concepts: {} };
}

function forPath({ summary: _summary, handsOn: _handsOn, sections, ...rest }: Module): PageModule {
  return { ...rest, sections: rest.hasLessons ? sections.map(({ topics: _topics, ...section }) => section) : [] };
}

/** The terms or concepts that the item may name. */
function namedIn<T>(item: Item, all: Record<string, T>): Record<string, T> {
  const text = JSON.stringify(item);
  return Object.fromEntries(Object.entries(all).filter(([id]) => text.includes(JSON.stringify(id))));
}

export function allQuestions(course: Course): Question[] {
  return Object.values(course.items).flatMap((item) => (item.kind === 'quiz' ? item.questions : []));
}

/** Listed wrong attempts are for the verifier; a learner should not find them in the network panel either. */
function forPage(item: Item): Item {
  return item.kind === 'exercise' ? { ...item, wrongs: [] } : item;
}

/** After each change: `again` compiles and returns the mistakes; the page reloads, or shows them. */
function watchContent(server: ViteDevServer, folder: string, again: () => string[]): void {
  server.watcher.add(folder);
  const changed = (file: string): void => {
    if (!resolve(file).startsWith(folder)) return;
    let errors: string[];
    try {
      errors = again();
    } catch (error) {
      errors = [error instanceof Error ? error.message : String(error)];
    }
    if (errors.length > 0) {
      process.stderr.write(`${errors.join('\n')}\n`);
      server.ws.send({ type: 'error', err: { message: `The course has ${errors.length} mistake(s). The page shows the last good one.\n\n${errors.slice(0, 12).join('\n')}`, stack: '' } });
      return;
    }
    for (const module of server.moduleGraph.idToModuleMap.values()) {
      if (module.id?.startsWith(`${VIRTUAL}virtual:`) === true) server.moduleGraph.invalidateModule(module);
    }
    server.ws.send({ type: 'full-reload' });
  };
  server.watcher.on('change', changed);
  server.watcher.on('add', changed);
  server.watcher.on('unlink', changed);
}
