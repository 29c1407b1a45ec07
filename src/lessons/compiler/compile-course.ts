/*
 * The compiler
 * ------------
 * Files in, course and problems out; nothing else. It reads no disk, no clock and no engine, so it runs in
 * the build, in tests and one day in the page, for an author's preview. What needs an engine (replies,
 * solutions) is proved afterwards by authoring/verify.ts.
 *
 * Order: the three files at the top, scenarios and data, then the modules in the order of course.yml, within
 * a module by the numbers of folders and files, quizzes last. Links between items are resolved at the end,
 * when all are known; the rules (rules/) look at the whole.
 */
import type { Step } from '../../simulation/index.ts';
import { utf8 } from '../../engine/bytes.ts';
import { contentHash } from '../content-hash.ts';
import type {
  Concept, Course, CourseOutline, Exercise, GlossaryTerm, Item, ItemHeading, ItemSummary, Lesson, Module, ModulePage, Question, Quiz, Start,
} from '../model.ts';
import {
  conceptsSchema, courseSchema, glossarySchema, type AuthoredCourse, type AuthoredExercise, type AuthoredModule, type AuthoredQuiz,
} from '../schema.ts';
import { compileExercise, type ExerciseParts } from './exercise.ts';
import { Reporter, sortProblems, type Problem } from './problems.ts';
import { compileProse, headingsOf } from './prose.ts';
import { compileQuiz, type QuizParts } from './quiz.ts';
import { checkRules } from './rules/rules.ts';
import { searchDocuments } from './search-documents.ts';
import { openSource, type Source } from './source.ts';
import { deploymentsOf, parseScenarioFile, resolveStart, type ScenarioFile, type StartSources } from './start.ts';
import { didYouMean } from './suggest.ts';
import { countWords, elements, prose } from './tree.ts';
import { treesOf } from './item-trees.ts';
import { parseYaml } from './yaml.ts';

export interface CompileOptions {
  /** Commands that have a card; [[X]] of others is an error. Not checked when absent. */
  commandNames?: ReadonlySet<string>;
  /** Names that :::viz may show. */
  visualizers?: ReadonlySet<string>;
  /** Include items with `status: draft`. */
  drafts?: boolean;
}

export interface CompileResult {
  /** What could be compiled; undefined when course.yml itself is broken. */
  course: Course | undefined;
  problems: Problem[];
  /** What authoring/verify.ts needs besides: places in the source by item id. */
  sources: Map<string, CompiledSource>;
}

/** An item with its place, for rules and for the verifier. */
export interface CompiledSource {
  item: Item;
  source: Source;
  exercise?: ExerciseParts;
  quiz?: QuizParts;
}

/** Pictures that the course may embed unless the caller says otherwise. */
export const DEFAULT_VISUALIZERS: ReadonlySet<string> = new Set(['keyspace', 'string', 'expiry', 'resp']);

export function compileCourse(files: ReadonlyMap<string, string>, options: CompileOptions = {}): CompileResult {
  const problems: Problem[] = [];
  const sources = new Map<string, CompiledSource>();
  const authored = readTop(files, 'content/course.yml', (text, report) => parseYaml(text, courseSchema, report)?.value, problems, true);
  const concepts = readConcepts(files, problems);
  const glossary = readGlossary(files, problems);
  const starts = readStarts(files, problems);
  if (authored === undefined) return { course: undefined, problems: sortProblems(problems), sources };

  const known = new Set(['content/course.yml', 'content/concepts.yml', 'content/glossary.yml', RELEASED_IDS]);
  const modules: Module[] = [];
  let previousEnd: Start | undefined;
  // Files that could not be read. As long as there are any, what others say about missing items proves nothing.
  let unread = 0;
  for (const outline of authored.modules) {
    const module = emptyModule(outline);
    modules.push(module);
    if (outline.folder === undefined) continue;
    const { opened, unread: few } = openFolder(outline.folder, files, known, problems);
    unread += few;
    if (opened.length === 0 && few === 0) new Reporter('content/course.yml', problems).error(1, `module "${outline.id}" names the folder "${outline.folder}", which has no lessons`, 'make the folder, or remove the field');
    const page = opened.find((each) => each.front.kind === 'module');
    for (const source of opened) {
      if (source.front.status === 'draft' && options.drafts !== true) continue;
      const made = compileItem(source, { module, defaults: page?.front.kind === 'module' ? page.front : undefined, authored, starts, previousEnd });
      const twin = sources.get(source.front.id);
      if (twin !== undefined) {
        source.report.error(source.lineOf(['id']), `id "${source.front.id}" is also that of ${twin.source.file}`, 'ids are unique in the course; change the newer one');
        continue;
      }
      sources.set(source.front.id, made.compiled);
      place(made.compiled, module, problems);
      previousEnd = made.end ?? previousEnd;
    }
    module.hasLessons = module.sections.some((section) => section.items.length > 0);
  }
  for (const file of files.keys()) {
    if (!known.has(file) && !/^content\/(scenarios\/[a-z0-9-]+\.yml|data\/[a-z0-9-]+\.redis)$/.test(file)) {
      new Reporter(file, problems).error(1, 'no module of course.yml leads to this file', 'put it in a module’s folder as NN-name/lesson.md or NN-name.exercise.md, or name the folder in course.yml');
    }
  }

  finish(sources, modules, concepts);
  resolveLinks(sources, glossary, unread === 0);
  attachQuestions(sources, unread === 0);
  if (unread === 0) checkReleased(files, sources, problems);
  const course = assemble(authored, modules, sources, concepts, glossary, starts.deployments);
  checkRules({ course, sources, concepts, glossary, complete: unread === 0, options: { ...options, visualizers: options.visualizers ?? DEFAULT_VISUALIZERS } });
  return { course, problems: sortProblems([...problems]), sources };
}

function readTop<T>(files: ReadonlyMap<string, string>, file: string, read: (text: string, report: Reporter) => T | undefined, problems: Problem[], needed: boolean): T | undefined {
  const text = files.get(file);
  const report = new Reporter(file, problems);
  if (text === undefined) {
    if (needed) report.error(1, 'the file is missing', 'the course begins with it; see docs/authors-guide.md');
    return undefined;
  }
  return read(text, report);
}

function readConcepts(files: ReadonlyMap<string, string>, problems: Problem[]): Map<string, Concept & { line: number }> {
  const concepts = new Map<string, Concept & { line: number }>();
  readTop(files, 'content/concepts.yml', (text, report) => {
    const parsed = parseYaml(text, conceptsSchema, report);
    for (const [id, each] of Object.entries(parsed?.value ?? {})) concepts.set(id, { id, ...each, line: parsed?.lineOf([id]) ?? 1 });
    for (const concept of concepts.values()) {
      for (const before of concept.prerequisites) {
        if (!concepts.has(before)) report.error(concept.line, `concept "${concept.id}" builds on "${before}", which is not there`, didYouMean(before, concepts.keys()));
      }
    }
    return true;
  }, problems, true);
  return concepts;
}

function readGlossary(files: ReadonlyMap<string, string>, problems: Problem[]): Map<string, GlossaryTerm> {
  const glossary = new Map<string, GlossaryTerm>();
  readTop(files, 'content/glossary.yml', (text, report) => {
    const parsed = parseYaml(text, glossarySchema, report);
    for (const [id, each] of Object.entries(parsed?.value ?? {})) {
      glossary.set(id, { id, term: each.term, meaning: each.meaning, also: each.also ?? [], see: each.see ?? [] });
    }
    for (const term of glossary.values()) {
      for (const other of term.see) if (!glossary.has(other)) report.error(parsed?.lineOf([term.id]) ?? 1, `"${term.id}" points to "${other}", which is not there`, didYouMean(other, glossary.keys()));
    }
    return true;
  }, problems, false);
  return glossary;
}

function readStarts(files: ReadonlyMap<string, string>, problems: Problem[]): StartSources {
  const starts: StartSources = { scenarios: new Map(), data: new Map(), deployments: [] };
  const read = new Map<string, ScenarioFile>();
  for (const [file, text] of files) {
    const name = file.replace(/^content\//, '');
    if (/^scenarios\/.*\.yml$/.test(name)) {
      const made = parseScenarioFile(text, new Reporter(file, problems));
      if (made !== undefined) read.set(name, made);
    } else if (/^data\/.*\.redis$/.test(name)) starts.data.set(name, text);
  }
  for (const [name, { scenario }] of read) starts.scenarios.set(name, scenario);
  starts.deployments = deploymentsOf(read);
  return starts;
}

function emptyModule(outline: AuthoredCourse['modules'][number]): Module {
  return {
    id: outline.id, number: outline.number, weeks: outline.weeks, title: outline.title, summary: outline.summary,
    sections: outline.sections.map((section) => ({ id: section.id, title: section.title, ...(section.week === undefined ? {} : { week: section.week }), topics: section.topics, items: [] })),
    handsOn: (outline.hands_on ?? []).map((each) => ({ title: each.title, ...(each.item === undefined ? {} : { item: each.item }) })),
    hasLessons: false, items: [], minutes: 0,
  };
}

/** Opens the files of a module's folder: the page, numbered items in order, quizzes. */
function openFolder(folder: string, files: ReadonlyMap<string, string>, known: Set<string>, problems: Problem[]): { opened: Source[]; unread: number } {
  let unread = 0;
  const numbered: { order: string; source: Source }[] = [];
  const pages: Source[] = [];
  const quizzes: Source[] = [];
  const prefix = `content/${folder}/`;
  for (const file of [...files.keys()].filter((each) => each.startsWith(prefix)).sort()) {
    known.add(file);
    const name = file.slice(prefix.length);
    const expected = name === 'module.md' ? 'module' : /^quiz(-[a-z0-9]+)*\.md$/.test(name) ? 'quiz' : /^\d+-[a-z0-9-]+\/lesson\.md$/.test(name) ? 'lesson' : /^\d+-[a-z0-9-]+\.exercise\.md$/.test(name) ? 'exercise' : undefined;
    if (expected === undefined) {
      new Reporter(file, problems).error(1, 'the name says neither what it is nor where it stands', 'name it module.md, NN-name/lesson.md, NN-name.exercise.md or quiz.md');
      continue;
    }
    const source = openSource(file, files.get(file) ?? '', problems);
    if (source === undefined) {
      unread++;
      continue;
    }
    if (source.front.kind !== expected) source.report.error(source.lineOf(['kind']), `kind is "${source.front.kind}", the file's name says "${expected}"`, 'change one of them');
    if (source.front.kind === 'module') pages.push(source);
    else if (source.front.kind === 'quiz') quizzes.push(source);
    else numbered.push({ order: (/^\d+/.exec(name)?.[0] ?? '').padStart(4, '0'), source });
  }
  numbered.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  return { opened: [...pages, ...numbered.map((each) => each.source), ...quizzes], unread };
}

interface ItemSurroundings {
  module: Module;
  defaults: AuthoredModule | undefined;
  authored: AuthoredCourse;
  starts: StartSources;
  previousEnd: Start | undefined;
}

const HREF = { module: '/learn/', lesson: '/lesson/', exercise: '/exercise/', quiz: '/quiz/' } as const;

function compileItem(source: Source, around: ItemSurroundings): { compiled: CompiledSource; end: Start | undefined } {
  const { front } = source;
  const summary: Omit<ItemHeading, 'kind'> = {
    id: front.id, hash: '', title: front.title,
    href: HREF[front.kind] + front.id,
    module: around.module.id,
    section: 'section' in front ? (front.section ?? '') : '',
    objectives: front.objectives,
    concepts: 'concepts' in front ? front.concepts : [],
    teaches: [],
    needs: 'needs' in front ? (front.needs ?? []) : [],
    minutes: front.minutes,
    words: 0,
    status: front.status ?? 'published',
  };
  const startOf = (given: { start?: string | undefined; scenario?: string | undefined; seed?: number | undefined }): Start =>
    resolveStart(
      { start: given.start ?? around.defaults?.start, scenario: given.scenario, seed: given.seed, line: given.start === undefined ? 1 : startLine(given.start, source) },
      around.starts, around.previousEnd, source.report,
    );
  const panels = (given: { panels?: string[] | undefined }): string[] => given.panels ?? around.defaults?.panels ?? ['terminal'];
  switch (front.kind) {
    case 'module': {
      const body = compileProse(source.root.children, source.prose);
      const item: ModulePage = { ...summary, kind: 'module', body, blocks: source.notes.blocks, testOut: front.test_out ?? [], words: countWords(prose(body)) };
      return { compiled: { item, source }, end: undefined };
    }
    case 'lesson': {
      const body = compileProse(source.root.children, source.prose);
      const start = startOf(front);
      const item: Lesson = {
        ...summary, kind: 'lesson', body, blocks: source.notes.blocks, headings: headingsOf(body), questions: {}, start, panels: panels(front), words: countWords(prose(body)),
      };
      return { compiled: { item, source }, end: { scenario: start.scenario, steps: [...start.steps, ...lessonSteps(item)] } };
    }
    case 'exercise': {
      const start = startOf(front);
      const parts = compileExercise(source as Source<AuthoredExercise>, start);
      const item: Exercise = {
        ...summary, kind: 'exercise',
        difficulty: front.difficulty, points: front.points ?? 1, handsOn: front.hands_on ?? false,
        story: parts.story, tasks: parts.tasks, notes: parts.notes, blocks: source.notes.blocks,
        checks: parts.checks.map((placed) => placed.check),
        hints: parts.hints.map(({ line: _line, ...hint }) => hint),
        solutions: parts.solutions.map(({ line: _line, ...solution }) => solution),
        wrongs: parts.wrongs, explain: parts.explain, start, panels: panels(front),
        words: countWords([parts.story, ...parts.tasks.map((task) => task.body), parts.notes].map(prose).join(' ')),
      };
      return { compiled: { item, source, exercise: parts }, end: { scenario: start.scenario, steps: [...start.steps, ...(item.solutions[0]?.steps ?? [])] } };
    }
    case 'quiz': {
      const parts = compileQuiz(source as Source<AuthoredQuiz>, around.starts);
      const item: Quiz = {
        ...summary, kind: 'quiz', intro: parts.intro,
        ...(front.draw === undefined ? {} : { draw: front.draw }),
        pass: front.pass ?? around.authored.pass_marks.quiz,
        feedback: front.feedback ?? 'immediate',
        questions: parts.questions.map((placed) => placed.question),
        words: countWords(parts.questions.map((placed) => placed.question.plain).join(' ')),
      };
      return { compiled: { item, source, quiz: parts }, end: undefined };
    }
  }
}

/** A `start: |` block begins on the line after its key. */
function startLine(start: string, source: Source): number {
  return source.lineOf(['start']) + (start.includes('\n') ? 1 : 0);
}

/** What the transcripts of a lesson do, in order. */
function lessonSteps(lesson: Lesson): Step[] {
  const steps: Step[] = [];
  for (const element of elements(lesson.body)) {
    const block = lesson.blocks[String(element.properties['block'] ?? '')];
    if (block === undefined || block.kind === 'code') continue;
    for (const entry of block.entries) {
      steps.push(
        block.kind === 'console'
          ? { kind: 'shell', text: utf8(entry.command) }
          : { kind: 'redis', text: utf8(entry.command), ...(block.client === undefined ? {} : { client: block.client }) },
      );
    }
  }
  return steps;
}

function place(compiled: CompiledSource, module: Module, problems: Problem[]): void {
  const { item, source } = compiled;
  module.items.push(item.id);
  module.minutes += item.kind === 'module' ? 0 : item.minutes;
  if (item.kind === 'module' || item.section === '') return;
  const section = module.sections.find((each) => each.id === item.section);
  if (section === undefined) {
    new Reporter(source.file, problems).error(source.lineOf(['section']), `module "${module.id}" has no section ${item.section}`, didYouMean(item.section, module.sections.map((each) => each.id)));
  } else section.items.push(item.id);
}

/** Neighbours, and who teaches what; hashes last, over what the learner sees. */
function finish(sources: Map<string, CompiledSource>, modules: readonly Module[], concepts: ReadonlyMap<string, Concept>): void {
  const taught = new Set<string>();
  const order = modules.flatMap((module) => module.items);
  const items = order.map((id) => sources.get(id)?.item).filter((item) => item !== undefined);
  const walk = items.filter((item) => item.kind !== 'module');
  for (const [index, item] of walk.entries()) {
    const previous = walk[index - 1];
    const next = walk[index + 1];
    if (previous !== undefined) item.previous = previous.id;
    if (next !== undefined) item.next = next.id;
  }
  for (const item of items) {
    if (item.kind === 'lesson') {
      item.teaches = item.concepts.filter((id) => concepts.has(id) && !taught.has(id));
      for (const id of item.teaches) taught.add(id);
    }
    item.hash = contentHash(JSON.stringify({ ...item, hash: '', previous: '', next: '', teaches: [], wrongs: [] }));
  }
}

/** `/item/ID` of prepared links → where the item really is. */
function resolveLinks(sources: Map<string, CompiledSource>, glossary: ReadonlyMap<string, GlossaryTerm>, complete: boolean): void {
  for (const { item, source } of sources.values()) {
    for (const [id, line] of source.notes.links) {
      if (complete && !sources.has(id)) source.report.error(line, `a link to "${id}", which is no item`, didYouMean(id, sources.keys()));
    }
    for (const [id, line] of source.notes.terms) {
      if (!glossary.has(id)) source.report.error(line, `[[term:${id}]] is not in glossary.yml`, didYouMean(id, glossary.keys()));
    }
    for (const tree of treesOf(item)) {
      for (const element of elements(tree)) {
        const href = element.properties['href'];
        const found = typeof href === 'string' ? /^\/item\/([a-z0-9-]+)(#.*)?$/.exec(href) : null;
        const target = found === null ? undefined : sources.get(found[1] ?? '');
        if (target !== undefined) element.properties['href'] = target.item.href + (found?.[2] ?? '');
      }
    }
  }
}

/** Lessons carry the questions that they ask. */
function attachQuestions(sources: Map<string, CompiledSource>, complete: boolean): void {
  const questions = new Map<string, { question: Question; file: string }>();
  for (const { item, source, quiz } of sources.values()) {
    if (item.kind !== 'quiz') continue;
    for (const placed of quiz?.questions ?? []) {
      const twin = questions.get(placed.question.id);
      if (twin !== undefined) source.report.error(placed.line, `question "${placed.question.id}" is also in ${twin.file}`, 'ids of questions are unique in the course');
      else questions.set(placed.question.id, { question: placed.question, file: source.file });
    }
  }
  for (const { item, source } of sources.values()) {
    for (const [id, line] of source.notes.questions) {
      const found = questions.get(id);
      if (found === undefined) {
        if (complete) source.report.error(line, `:::quiz asks "${id}", which no quiz has`, didYouMean(id, questions.keys()));
      } else if (item.kind === 'lesson') item.questions[id] = found.question;
    }
  }
}

/** Ids that learners' progress may hold, one on a line; content:check -- --release writes it. */
export const RELEASED_IDS = 'content/released-ids.txt';

/** Every id of the course: items and questions, in order of name. */
export function allIds(sources: ReadonlyMap<string, CompiledSource>): string[] {
  const ids = [...sources.values()].flatMap(({ item, quiz }) => [item.id, ...(quiz?.questions ?? []).map((placed) => placed.question.id)]);
  return ids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** An id that was released must not vanish: somebody's progress hangs on it. */
function checkReleased(files: ReadonlyMap<string, string>, sources: ReadonlyMap<string, CompiledSource>, problems: Problem[]): void {
  const text = files.get(RELEASED_IDS);
  if (text === undefined) return;
  const present = new Set(allIds(sources));
  const report = new Reporter(RELEASED_IDS, problems);
  text.split('\n').forEach((line, index) => {
    const id = line.trim();
    if (id === '' || id.startsWith('#') || present.has(id)) return;
    report.error(index + 1, `"${id}" was released and is gone, and learners' progress with it`, `give the item its old id back, or, if it is gone for good, remove this line. ${didYouMean(id, present)}`);
  });
}

function assemble(
  authored: AuthoredCourse, modules: Module[], sources: Map<string, CompiledSource>, concepts: ReadonlyMap<string, Concept & { line: number }>, glossary: ReadonlyMap<string, GlossaryTerm>,
  deployments: Course['deployments'],
): Course {
  const items: Record<string, Item> = {};
  for (const [id, compiled] of sources) items[id] = compiled.item;
  const outline: CourseOutline = {
    format: 1,
    id: authored.id,
    hash: contentHash(JSON.stringify([authored, ...Object.values(items).map((item) => item.hash)])),
    title: authored.title, summary: authored.summary.trim(), language: authored.language,
    prerequisites: authored.prerequisites ?? [],
    reference: { product: authored.reference.product, version: authored.reference.version, note: (authored.reference.note ?? '').trim() },
    weeks: authored.weeks,
    hoursPerWeek: authored.hours_per_week ?? { min: 4, max: 6 },
    passMarks: authored.pass_marks,
    modules,
    items: Object.fromEntries(Object.values(items).map((item) => [item.id, summaryOf(item)])),
    concepts: Object.fromEntries([...concepts.values()].map(({ line: _line, ...concept }) => [concept.id, concept])),
    glossary: Object.fromEntries(glossary),
    projects: authored.projects ?? [],
    assessment: authored.assessment ?? { checkpoints: [], final: [] },
    outcomes: authored.outcomes ?? [],
    tools: authored.tools ?? [],
    reading: (authored.reading ?? []).map(({ title, author, note }) => ({ title, author, ...(note === undefined ? {} : { note }) })),
    ...(authored.certificate === undefined
      ? {}
      : { certificate: { title: authored.certificate.title, text: authored.certificate.text.trim(), ...(authored.certificate.note === undefined ? {} : { note: authored.certificate.note }) } }),
  };
  return { outline, items, search: searchDocuments(outline, items), deployments };
}

/** What the outline keeps of an item. */
function summaryOf(item: Item): ItemSummary {
  const { id, kind, hash, title, href, module, section, concepts, teaches, needs, minutes, words, difficulty, handsOn, status, previous, next } = item;
  return {
    id, kind, hash, title, href, module, section, concepts, teaches, needs, minutes, words, status,
    ...(difficulty === undefined ? {} : { difficulty }),
    ...(handsOn === undefined ? {} : { handsOn }),
    ...(previous === undefined ? {} : { previous }),
    ...(next === undefined ? {} : { next }),
  };
}
