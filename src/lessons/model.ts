/*
 * The compiled course
 * -------------------
 * Authors write Markdown, YAML and Redis commands; src/lessons/compiler turns them into the plain data
 * below, at build time, so the page ships no parser. Everything is JSON: strings, numbers, booleans,
 * arrays, records. Every item has a permanent `id` (progress is keyed by it) and a `hash` of its
 * content (progress of an older text is recognised by it).
 *
 * The page gets the course in parts, all from the Vite plugin in src/authoring:
 *   `virtual:course`     the outline (`PageOutline`) and `loadItem(id)`: lesson, exercise, quiz, module page;
 *   `virtual:weeks`      `modules`, whole, for the pages that show the path through the course;
 *   `virtual:questions`  `questions`, every question of every quiz, for recall;
 *   `virtual:search`     `documents` of the search index.
 *
 * Prose is a tree of elements (`Tree`), in the shape of hast, sanitised, with headings that carry ids.
 * Besides plain HTML elements it holds these, for which the page has components. Their properties are
 * strings, numbers and booleans only; `block` is a key of the item's `blocks`:
 *
 *   element        properties                        children      meaning
 *   ks-transcript  block                             none          runnable redis block: blocks[block], kind 'transcript'
 *   ks-console     block                             none          runnable shell block: blocks[block], kind 'console'
 *   ks-code        block                             none          shown and copyable, never run: blocks[block], kind 'code'
 *   ks-viz         id, view, params                  none          a live picture; `view` names a visualizer, `params` is the
 *                                                                  JSON of what the author gave: {"key":"icon","db":"0"}, all strings
 *   ks-predict     id, answer, options?              the question  the learner guesses, then sees `answer`;
 *                                                                  options: the choices joined by ' | ' if there are any
 *   ks-recall      from, n                           none          n questions on earlier items: see review.ts, recallQuestions()
 *   ks-quiz        ids (space-separated)             none          these questions stand in the lesson's `questions`
 *   ks-callout     kind, title                       flow          kind: note, tip, warning, production
 *   ks-compare     (none)                            two or more   contrasting cases, side by side where there is room
 *                                                    blocks
 *   ks-details     summary                           flow          folded
 *   ks-command     name ('SET', 'CONFIG GET')        text          from [[SET]]: opens the command's card
 *   ks-term        term (a glossary id)              text          from [[term:shard]] or [[term:shard|shards]]
 *   ks-blank       n (1, 2 …)                        none          the gap of a fill-in question
 *
 * An item of the course is linked as <a href="/lesson/ID">, "/exercise/ID", "/quiz/ID" (authors write
 * [text](lesson:ID) or [text](ID)); a command as "/reference/NAME" with spaces as '-'. A link to
 * another site carries rel="noopener noreferrer" target="_blank".
 *
 * Texts that are made at run time (`say`, `because`, `expected`, `found`, reasons of answers) are strings with a
 * little markup: `code`, **strong**, *emphasis*, [[SET]]. parseInline() in inline-text.ts splits them.
 */
import type { Scenario, Step } from '../simulation/index.ts';

// --- prose --------------------------------------------------------------------------------------

export type PropertyValue = string | number | boolean | readonly string[];

export interface TreeElement {
  type: 'element';
  tagName: string;
  properties: Record<string, PropertyValue>;
  children: TreeNode[];
}

export interface TreeText {
  type: 'text';
  value: string;
}

export type TreeNode = TreeElement | TreeText;

/** Sibling nodes. */
export type Tree = TreeNode[];

export interface Heading {
  id: string;
  text: string;
  /** 2 for a step of the lesson, 3 and more inside one. */
  depth: number;
}

// --- blocks -------------------------------------------------------------------------------------

/** How strictly a printed reply is meant. */
export type Expect = 'exact' | 'shape' | 'ignore' | 'error';

export interface TranscriptEntry {
  /** The line as typed after the prompt (text; give `utf8(command)` to the lab). */
  command: string;
  /** What redis-cli prints, lines joined by '\n'; '' when the author shows none. */
  reply: string;
  /** The command as highlighted nodes. */
  highlighted: Tree;
}

export interface TranscriptBlock {
  kind: 'transcript';
  id: string;
  /** Place in the source, for the verifier's messages. */
  line: number;
  entries: TranscriptEntry[];
  /** The learner guesses each reply before it is shown. */
  predict: boolean;
  expect: Expect;
  /** Which client types it; a name other than the first's opens a second terminal. */
  client?: string;
  host?: string;
  /** Ask before running (it destroys something). */
  confirm: boolean;
  /** Run at most once in a session (it sets things up). */
  once: boolean;
}

export interface ConsoleBlock {
  kind: 'console';
  id: string;
  line: number;
  entries: TranscriptEntry[];
  expect: Expect;
  client?: string;
  host?: string;
  confirm: boolean;
  once: boolean;
}

export interface CodeBlock {
  kind: 'code';
  id: string;
  line: number;
  /** 'sh', 'conf', 'python', 'javascript', 'text' … */
  language: string;
  title?: string;
  code: string;
  highlighted: Tree;
}

export type Block = TranscriptBlock | ConsoleBlock | CodeBlock;
export type Blocks = Record<string, Block>;

// --- where an item begins -----------------------------------------------------------------------

export interface Start {
  scenario: Scenario;
  /** Done silently before the learner begins (`prepare` of the lab). */
  steps: Step[];
}

/** What stands beside the prose: 'terminal', 'keyspace', 'terminal@a', 'files' … */
export type Panel = string;

// --- checks -------------------------------------------------------------------------------------

/** One reply, as an author may ask for it. */
export type ReplyMatcher =
  /** The value that redis-cli shows: "ada", 4, nil, a list in order. An error is `{error: 'WRONGTYPE'}`. */
  | { kind: 'exact'; value: ReplyValue }
  | { kind: 'regex'; source: string; flags: string }
  | { kind: 'between'; min: number; max: number }
  /** These members in any order. */
  | { kind: 'set'; members: ReplyValue[] }
  /** A text that holds this, or a list that has this member. */
  | { kind: 'contains'; value: string }
  | { kind: 'error'; prefix: string };

export type ReplyValue = string | number | null | ReplyValue[];

/** What was found, as the pattern of a `when` entry; all given fields must hold. */
export interface Found {
  /** Prefix of the error reply. */
  error?: string;
  key?: 'missing' | 'exists';
  /** A glob: a key with such a name exists (other than the checked one). */
  similar?: string;
  type?: string;
  encoding?: string;
  ttl?: 'none' | 'some' | { min: number; max: number };
  value?: ReplyMatcher;
  reply?: ReplyMatcher;
  length?: { min: number; max: number };
  /** The learner executed this command ('SET', 'CONFIG SET'). */
  used?: string;
  file?: 'missing' | { matches: string };
  port?: 'closed';
  /** At least this many commands were executed. */
  commands?: { min: number; max: number };
  /** `lost`: it held before, and a command took it away. `never`: it has not held at any time. */
  cause?: 'lost' | 'never';
}

export interface When {
  found: Found;
  say: string;
}

interface CheckBase {
  id: string;
  /** Number of the task it belongs to; absent for "task: none". */
  task?: number;
  /** The condition as a positive sentence, inline markup. */
  say: string;
  when: When[];
  points: number;
  /** Host of the server that is asked. */
  host: string;
  port: number;
  db: number;
  /** Shown only when it fails (`deny` of an exercise). */
  quiet?: boolean;
}

/** `run`, `reply`: a reading command, run on a copy of the state. */
export interface ReplyCheck extends CheckBase {
  kind: 'reply';
  /** As written, for the learner. */
  run: string;
  argv: string[];
  reply: ReplyMatcher;
}

/** `key` with what must hold of it. */
export interface KeyCheck extends CheckBase {
  kind: 'key';
  key: string;
  exists: boolean;
  type?: string;
  /** Seconds. */
  ttl?: 'none' | 'some' | { min: number; max: number };
  length?: { min: number; max: number };
  encoding?: string;
  value?: ReplyMatcher;
}

/** Every key of the start that matches has the value and the lifetime it had. */
export interface UnchangedCheck extends CheckBase {
  kind: 'unchanged';
  pattern: string;
}

/** No key matches. */
export interface AbsentCheck extends CheckBase {
  kind: 'absent';
  pattern: string;
}

/** How it was done; all given conditions must hold. */
export interface HowCheck extends CheckBase {
  kind: 'how';
  /** Each of these was executed ('SET', 'CONFIG SET'; upper case). */
  used?: string[];
  notUsed?: string[];
  maxCommands?: number;
  /** All changes came in one command or one transaction. */
  atomic?: boolean;
}

/** A file on the host's disk. */
export interface FileCheck extends CheckBase {
  kind: 'file';
  path: string;
  exists: boolean;
  contains?: string[];
  /** Regular expression over the whole text, `^` and `$` match at lines. */
  matches?: string;
}

/** A server answers at `port` (or, with `open: false`, none does). */
export interface PortCheck extends CheckBase {
  kind: 'port';
  open: boolean;
}

/** A question about what happened, with choices. */
export interface AskCheck extends CheckBase {
  kind: 'ask';
  ask: string;
  choices: { text: string; right: boolean; say: string }[];
}

export type Check = ReplyCheck | KeyCheck | UnchangedCheck | AbsentCheck | HowCheck | FileCheck | PortCheck | AskCheck;
export type CheckKind = Check['kind'];

/** The command after which the condition changed. */
export interface Cause {
  /** As the learner typed it. */
  command: string;
  /** Number of the learner's command, from 1. */
  step: number;
  atUs: number;
}

export interface CheckResult {
  id: string;
  task?: number;
  /** The condition in words. */
  say: string;
  passed: boolean;
  expected: string;
  found: string;
  /** What to tell the learner: the author's message when one fits, else one made from expected and found. */
  because: string;
  /** True when `because` is the author's own message for this very case. */
  specific: boolean;
  /** Which of the check's `when` entries spoke, from 0: the verifier wants each to be reached. */
  message?: number;
  cause?: Cause;
  /**
   * `untried`: it is as it was at the start and nothing of the learner's touched it. `broken`: the check
   * itself could not be evaluated; never the learner's fault.
   */
  state: 'passed' | 'failed' | 'untried' | 'broken';
  quiet?: boolean;
}

// --- questions ----------------------------------------------------------------------------------

interface QuestionBase {
  id: string;
  hash: string;
  /** Id of the quiz it stands in. */
  quiz: string;
  concept: string;
  prompt: Tree;
  /** The prompt as plain text, for titles, search and screen readers. */
  plain: string;
  blocks: Blocks;
  /** Shown after the answer, right or wrong. */
  explain?: Tree;
}

/** `plain` of options, items and sides: the same words without markup. */
export interface Option {
  text: Tree;
  plain: string;
  right: boolean;
  /** Why it is right or wrong. */
  reason: Tree;
}

export interface ChoiceQuestion extends QuestionBase {
  type: 'single' | 'many';
  options: Option[];
}

/** One gap or several in the prompt (`ks-blank`); `gaps[i]` belongs to gap i + 1. */
export interface BlankQuestion extends QuestionBase {
  type: 'blank';
  gaps: { accept: string[]; wrong: { answer: string; reason: Tree }[] }[];
}

export interface NumericQuestion extends QuestionBase {
  type: 'numeric';
  value: number;
  tolerance: number;
  unit?: string;
  wrong: { min: number; max: number; reason: Tree }[];
}

/** What does the last command print? Earlier ones run before it. */
export interface PredictQuestion extends QuestionBase {
  type: 'predict';
  start: Start;
  entries: TranscriptEntry[];
  /** What the engine prints for the last entry: computed in the build, never typed by an author. */
  reply: string;
  wrong: { answer: string; reason: Tree }[];
}

export interface OrderQuestion extends QuestionBase {
  type: 'order';
  /** In the right order; shuffled for the learner. */
  items: { text: Tree; plain: string }[];
}

export interface MatchQuestion extends QuestionBase {
  type: 'match';
  pairs: { left: Tree; leftPlain: string; right: Tree; rightPlain: string }[];
}

/** To be done in a terminal; marked by checks. */
export interface DoQuestion extends QuestionBase {
  type: 'do';
  start: Start;
  checks: Check[];
  solutions: Solution[];
}

export type Question = ChoiceQuestion | BlankQuestion | NumericQuestion | PredictQuestion | OrderQuestion | MatchQuestion | DoQuestion;
export type QuestionType = Question['type'];

// --- items --------------------------------------------------------------------------------------

export type ItemKind = 'module' | 'lesson' | 'exercise' | 'quiz';

/** What the outline knows of an item. */
export interface ItemSummary {
  id: string;
  kind: ItemKind;
  hash: string;
  title: string;
  /** '/lesson/ID', '/exercise/ID', '/quiz/ID', '/learn/ID' for a module page. */
  href: string;
  /** Id of the module it stands in. */
  module: string;
  /** '1.1'; '' for what belongs to the module as a whole. */
  section: string;
  concepts: string[];
  /** Concepts that this item is the first to use. */
  teaches: string[];
  /** Recommended before it; nothing is locked. */
  needs: string[];
  minutes: number;
  /** Words of prose. */
  words: number;
  difficulty?: Difficulty;
  handsOn?: boolean;
  status: 'draft' | 'review' | 'published';
  /** Neighbours in course order, for the links at the end. */
  previous?: string;
  next?: string;
}

/** What heads every item; the list of all items is without its objectives. */
export interface ItemHeading extends ItemSummary {
  objectives: string[];
}

export type Difficulty = 'very_easy' | 'easy' | 'medium' | 'hard';

export interface ModulePage extends ItemHeading {
  kind: 'module';
  body: Tree;
  blocks: Blocks;
  /** Quizzes for those who know it already. */
  testOut: string[];
}

export interface Lesson extends ItemHeading {
  kind: 'lesson';
  body: Tree;
  blocks: Blocks;
  headings: Heading[];
  /** Every question that a ks-quiz of this lesson names. */
  questions: Record<string, Question>;
  start: Start;
  panels: Panel[];
}

export interface Task {
  number: number;
  body: Tree;
  plain: string;
}

export interface Hint {
  /** 1 is the gentlest. */
  level: number;
  /** Absent: about the exercise as a whole. */
  task?: number;
  body: Tree;
}

export interface Solution {
  title: string;
  steps: Step[];
  /** Answers to `ask` checks: check id → index of the choice. */
  answers: Record<string, number>;
  /** The lines as written, highlighted. */
  lines: { text: string; highlighted: Tree }[];
}

/** A listed wrong attempt: which check it fails first. The page never gets these. */
export interface WrongTurn {
  title: string;
  fails: string;
  steps: Step[];
  answers: Record<string, number>;
  line: number;
}

export interface Exercise extends ItemHeading {
  kind: 'exercise';
  difficulty: Difficulty;
  points: number;
  /** What comes before the tasks. */
  story: Tree;
  tasks: Task[];
  /** What comes after the tasks. */
  notes: Tree;
  blocks: Blocks;
  checks: Check[];
  hints: Hint[];
  solutions: Solution[];
  wrongs: WrongTurn[];
  /** Shown when it is solved: what made it work. */
  explain: Tree;
  start: Start;
  panels: Panel[];
}

export interface Quiz extends ItemHeading {
  kind: 'quiz';
  intro: Tree;
  /** How many questions are drawn; all when absent. */
  draw?: number;
  /** Per cent. */
  pass: number;
  feedback: 'immediate' | 'end';
  questions: Question[];
}

export type Item = ModulePage | Lesson | Exercise | Quiz;

// --- the course ---------------------------------------------------------------------------------

export interface Concept {
  id: string;
  name: string;
  week: number;
  prerequisites: string[];
}

export interface GlossaryTerm {
  id: string;
  term: string;
  /** Inline markup. */
  meaning: string;
  /** Other spellings that mean the same. */
  also: string[];
  see: string[];
}

export interface Section {
  /** '1.1' */
  id: string;
  title: string;
  /** Week, where the sections of a module stand in different ones. */
  week?: number;
  topics: string[];
  /** Lessons and exercises in order; empty in an outline-only module. */
  items: string[];
}

export interface Module {
  id: string;
  number: number;
  weeks: number[];
  title: string;
  summary: string;
  sections: Section[];
  handsOn: { title: string; item?: string }[];
  /** False: the outline of a module that has no lessons yet. */
  hasLessons: boolean;
  /** Ids of everything in it, in order; the module page first, quizzes last. */
  items: string[];
  minutes: number;
}

export interface CourseOutline {
  format: 1;
  id: string;
  /** Of everything in the course. */
  hash: string;
  title: string;
  summary: string;
  language: string;
  prerequisites: string[];
  reference: { product: string; version: string; note: string };
  weeks: number;
  hoursPerWeek: { min: number; max: number };
  passMarks: { quiz: number; module: number; final: number };
  modules: Module[];
  /** Every item by id. */
  items: Record<string, ItemSummary>;
  concepts: Record<string, Concept>;
  glossary: Record<string, GlossaryTerm>;
  projects: { id: string; number: number; title: string; weeks: number[]; parts: string[] }[];
  assessment: { checkpoints: string[]; final: string[] };
  outcomes: string[];
  tools: { name: string; what: string }[];
  reading: { title: string; author: string; note?: string }[];
  certificate?: { title: string; text: string; note?: string };
}

/** A module as the page has it from the first: what leads from item to item. Of a week without lessons that is its name. */
export type PageModule = Omit<Module, 'summary' | 'handsOn' | 'sections'> & { sections: Omit<Section, 'topics'>[] };

/** The outline as the page has it from the first. Its terms and concepts come with the items that name them. */
export type PageOutline = Omit<CourseOutline, 'modules' | 'projects' | 'assessment' | 'outcomes' | 'tools' | 'reading' | 'certificate'> & { modules: PageModule[] };

/** Everything, as the compiler returns it. */
export interface Course {
  outline: CourseOutline;
  items: Record<string, Item>;
  search: SearchDocument[];
  deployments: Deployment[];
}

/** A scenario that the page offers: to break it, or to mend it. */
export interface Deployment {
  /** Name of its file without the ending; stands in addresses. */
  id: string;
  title: string;
  says: string;
  /** A first thing to try. */
  first: string;
  isBroken: boolean;
  scenario: Scenario;
}

export interface SearchDocument {
  /** Item id, or 'ITEM#HEADING' for a part of a lesson. */
  id: string;
  kind: ItemKind | 'section' | 'concept' | 'term';
  title: string;
  /** Where it leads. */
  href: string;
  /** Where it stands, in words: 'Redis fundamentals › 1.3 Basic data types'. */
  place: string;
  text: string;
  /** Commands that are named in it. */
  commands: string[];
}
