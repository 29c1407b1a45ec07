/*
 * Quizzes
 * -------
 * Each `## Title {#id type=… concept=…}` begins a question; what follows up to the next one is its body. The
 * type says which part of the body is the answer; everything before that part belongs to the prompt.
 *
 *   single, many   a list of - [ ] and - [x], reasons as quotes below the options
 *   blank          ___ in the prompt; lines "= NX | nx" (right) and "~ XX > why" (wrong); several gaps: several "="
 *   numeric        "= 1800 +- 5" and "~ 30 > why" or "~ 10..40 > why"
 *   predict        a ```redis block whose last reply is left out: the build fills it in
 *   order          a numbered list in the right order
 *   match          a list of "left → right"
 *   do             start="…" and a ```checks block, as in an exercise; a ```solution proves it
 */
import type { BlockContent, Code, Heading, List, ListItem, Paragraph, PhrasingContent, RootContent } from 'mdast';
import { contentHash } from '../content-hash.ts';
import type { Blocks, Option, Question, Solution, Start, Tree, TreeNode } from '../model.ts';
import type { AuthoredQuiz } from '../schema.ts';
import { parseAttributes } from './attributes.ts';
import { parseChecks } from './authored-checks.ts';
import { compileSolution } from './exercise.ts';
import { compileProse } from './prose.ts';
import { resolveStart, type StartSources } from './start.ts';
import { compileText, lineOfNode, QUESTION_ATTRIBUTES, unwrap, type Source } from './source.ts';
import { didYouMean } from './suggest.ts';
import { parseTranscript } from './transcript.ts';
import { plainText } from './tree.ts';

const TYPES = ['single', 'many', 'blank', 'numeric', 'predict', 'order', 'match', 'do'] as const;
type Type = (typeof TYPES)[number];

export interface PlacedQuestion {
  question: Question;
  line: number;
  /** Lines of the options, for rules. */
  optionLines: number[];
}

export interface QuizParts {
  intro: Tree;
  questions: PlacedQuestion[];
}

export function compileQuiz(source: Source<AuthoredQuiz>, starts: StartSources): QuizParts {
  const intro: RootContent[] = [];
  const groups: { heading: Heading; nodes: RootContent[] }[] = [];
  for (const node of source.root.children) {
    if (node.type === 'heading' && node.depth === 2) groups.push({ heading: node, nodes: [] });
    else (groups[groups.length - 1]?.nodes ?? intro).push(node);
  }
  const questions: PlacedQuestion[] = [];
  for (const group of groups) {
    const made = compileQuestion(group.heading, group.nodes, source, starts);
    if (made !== undefined) questions.push(made);
  }
  if (groups.length === 0) source.report.error(source.bodyLine, 'the quiz has no questions', 'write "## Question? {#id concept=…}" for each');
  return { intro: compileProse(intro, source.prose), questions };
}

interface Part {
  source: Source;
  line: number;
  id: string;
  starts: StartSources;
  start: string | undefined;
  unit: string | undefined;
  blocks: Blocks;
}

/** What the answer part of a question says, and which node it was. */
interface Answer {
  fields: object;
  optionLines?: number[];
}

function compileQuestion(heading: Heading, nodes: readonly RootContent[], source: Source<AuthoredQuiz>, starts: StartSources): PlacedQuestion | undefined {
  const { report } = source;
  const line = lineOfNode(heading, source);
  const written = source.body.split('\n')[(heading.position?.start.line ?? 1) - 1] ?? '';
  const braces = QUESTION_ATTRIBUTES.exec(written);
  if (braces === null) {
    report.error(line, 'the question has no id', 'end its heading with {#some-id concept=string.set}');
    return undefined;
  }
  const { values, problems } = parseAttributes(braces[1] ?? '');
  for (const what of problems) report.error(line, what, 'write {#id type=many concept=string.set}');
  const known = ['id', 'type', 'concept', 'start', 'scenario', 'unit'];
  for (const name of values.keys()) if (!known.includes(name)) report.error(line, `a question has no attribute "${name}"`, didYouMean(name, known));
  const id = values.get('id') ?? '';
  const asked = values.get('type') ?? 'single';
  const type = TYPES.find((each) => each === asked);
  if (type === undefined) {
    report.error(line, `unknown type of question "${asked}"`, didYouMean(asked, TYPES));
    return undefined;
  }
  const concept = values.get('concept');
  if (concept === undefined) report.error(line, `question "${id}" names no concept`, 'add concept=… (one of the quiz’s concepts)');
  else if (!source.front.concepts.includes(concept)) report.error(line, `concept "${concept}" is not among the quiz’s concepts`, didYouMean(concept, source.front.concepts));

  const notes = { ...source.notes, blocks: {} };
  const own: Source = { ...source, notes, prose: { ...source.prose, notes } };
  const part: Part = { source: own, line, id, starts, start: values.get('start'), unit: values.get('unit'), blocks: notes.blocks };
  const isAnswer = ANSWER_NODE[type];
  const at = nodes.findIndex((node) => isAnswer(node, own));
  if (at < 0) {
    report.error(line, `question "${id}" (${type}) has no answer`, MISSING[type]);
    return undefined;
  }
  const promptNodes = nodes.slice(0, at);
  const last = nodes.findLastIndex((node) => isAnswer(node, own) || (node.type === 'code' && node.lang === 'solution'));
  const answer = READ[type](nodes.slice(at, last + 1), part);
  if (answer === undefined) return undefined;
  const rest = nodes.slice(last + 1).filter((node) => !isAside(node));
  const explainNodes = rest.flatMap((node) => (node.type === 'containerDirective' && node.name === 'explain' ? (node.children as RootContent[]) : [node]));

  const title = compileProse([{ type: 'paragraph', children: heading.children }], own.prose);
  const prompt = [...title, ...compileProse(promptNodes, own.prose)];
  const explain = compileProse(explainNodes, own.prose);
  const gaps = { count: 0 };
  const withBlanks = type === 'blank' ? splitBlanks(prompt, gaps) : prompt;
  const plain = plainText(withBlanks, notes.blocks);
  if (type === 'blank') {
    const wanted = (answer.fields as { gaps: unknown[] }).gaps.length;
    if (gaps.count !== wanted) report.error(line, `question "${id}" has ${gaps.count} gap(s) and ${wanted} answer(s)`, 'write ___ for each gap, and one "= answer" line for each');
  }
  const base = { id, quiz: source.front.id, concept: concept ?? '', prompt: withBlanks, plain, blocks: notes.blocks, ...(explain.length > 0 ? { explain } : {}) };
  // The fields were read by the reader of this very type, which TypeScript cannot follow through the table.
  const question = { ...base, type, ...answer.fields, hash: '' } as unknown as Question;
  question.hash = contentHash(JSON.stringify(question));
  return { question, line, optionLines: answer.optionLines ?? [] };
}

/** "(no key needed: …)": a remark to authors, not shown. */
function isAside(node: RootContent): boolean {
  return node.type === 'paragraph' && /^\(no key needed/.test(node.children[0]?.type === 'text' ? node.children[0].value : '');
}

const isOptions = (node: RootContent): node is List => node.type === 'list' && node.children.some((item) => typeof item.checked === 'boolean');
const isAnswerLines = (node: RootContent, source: Source): boolean => node.type === 'paragraph' && /^\s*[=~] /.test(sourceLines(node, source)[0]?.text ?? '');

const ANSWER_NODE: Readonly<Record<Type, (node: RootContent, source: Source) => boolean>> = {
  single: isOptions,
  many: isOptions,
  blank: isAnswerLines,
  numeric: isAnswerLines,
  predict: (node, source) => (node.type === 'code' && node.lang === 'redis') || isAnswerLines(node, source),
  order: (node) => node.type === 'list' && node.ordered === true,
  match: (node) => node.type === 'list' && node.ordered !== true,
  do: (node) => node.type === 'code' && node.lang === 'checks',
};

const MISSING: Readonly<Record<Type, string>> = {
  single: 'write options as "- [ ] wrong" and "- [x] right"',
  many: 'write options as "- [ ] wrong" and "- [x] right"',
  blank: 'write a line "= the answer" after the text with ___',
  numeric: 'write a line "= 1800" or "= 1800 +- 5"',
  predict: 'write a ```redis block; leave out its last reply',
  order: 'write a numbered list in the right order',
  match: 'write a list of "- left → right"',
  do: 'write a ```checks block',
};

const READ: Readonly<Record<Type, (nodes: readonly RootContent[], part: Part) => Answer | undefined>> = {
  single: (nodes, part) => readOptions(nodes, part, 'single'),
  many: (nodes, part) => readOptions(nodes, part, 'many'),
  blank: readBlank,
  numeric: readNumeric,
  predict: readPredict,
  order: readOrder,
  match: readMatch,
  do: readDo,
};

function readOptions(nodes: readonly RootContent[], part: Part, type: 'single' | 'many'): Answer | undefined {
  const { source } = part;
  const optionLines: number[] = [];
  const options: Option[] = [];
  for (const item of nodes.flatMap((node) => (node.type === 'list' ? node.children : []))) {
    const line = source.bodyLine + (item.position?.start.line ?? 1) - 1;
    optionLines.push(line);
    const reasonNodes = item.children.filter((child) => child.type === 'blockquote').flatMap((quote) => quote.children);
    const textNodes = item.children.filter((child) => child.type !== 'blockquote');
    const text = unwrap(compileProse(textNodes as RootContent[], source.prose));
    const option: Option = {
      text,
      plain: plainText(text, part.blocks),
      right: item.checked === true,
      reason: unwrap(compileProse(reasonNodes as RootContent[], source.prose)),
    };
    if (item.checked === null || item.checked === undefined) source.report.error(line, 'an option without [ ] or [x]', 'write "- [ ]" before it');
    if (!option.right && option.reason.length === 0) source.report.error(line, `option "${option.plain.slice(0, 40)}" is wrong and gives no reason`, 'write "> why" below it');
    options.push(option);
  }
  const right = options.filter((each) => each.right).length;
  if (type === 'single' && right !== 1) source.report.error(part.line, `question "${part.id}" has ${right} right options`, right > 1 ? 'write type=many' : 'mark one with [x]');
  if (type === 'many' && right === 0) source.report.error(part.line, `question "${part.id}" has no right option`, 'mark the right ones with [x]');
  if (options.length < 2) source.report.error(part.line, `question "${part.id}" has one option`, 'offer at least two');
  return { fields: { options }, optionLines };
}

interface SourceLine {
  text: string;
  line: number;
}

/** The written lines of a node. */
function sourceLines(node: RootContent | BlockContent, source: Source): SourceLine[] {
  const from = node.position?.start.line ?? 1;
  const to = node.position?.end.line ?? from;
  return source.body
    .split('\n')
    .slice(from - 1, to)
    .map((text, index) => ({ text: text.trim(), line: source.bodyLine + from - 1 + index }));
}

/** Lines that begin with "=" or "~"; others continue the one before. */
function answerLines(nodes: readonly RootContent[], source: Source): SourceLine[] {
  const out: SourceLine[] = [];
  for (const node of nodes) {
    if (node.type !== 'paragraph') continue;
    for (const each of sourceLines(node, source)) {
      const last = out[out.length - 1];
      if (/^[=~] /.test(each.text) || last === undefined) out.push({ ...each });
      else last.text += ` ${each.text}`;
    }
  }
  return out;
}

/** `answer > reason`; backticks around the answer are only for the author's eyes. */
function splitReason(text: string): { answer: string; reason: string } {
  const at = text.indexOf(' > ');
  const answer = at < 0 ? text : text.slice(0, at);
  return { answer: answer.trim(), reason: at < 0 ? '' : text.slice(at + 3).trim() };
}

const bare = (text: string): string => text.trim().replace(/^`([^`]*)`$/, '$1');

function readWrong(each: SourceLine, part: Part): { answer: string; reason: Tree } {
  const { answer, reason } = splitReason(each.text.slice(2));
  if (reason === '') part.source.report.error(each.line, `wrong answer "${answer}" gives no reason`, 'write "~ answer > why"');
  return { answer: bare(answer), reason: compileText(reason, each.line, part.source) };
}

function readBlank(nodes: readonly RootContent[], part: Part): Answer {
  const gaps: { accept: string[]; wrong: { answer: string; reason: Tree }[] }[] = [];
  for (const each of answerLines(nodes, part.source)) {
    if (each.text.startsWith('= ')) {
      const accept = each.text.slice(2).split('|').map(bare).filter((one) => one !== '');
      if (accept.length === 0) part.source.report.error(each.line, 'an empty answer', 'write "= NX | nx"');
      gaps.push({ accept, wrong: [] });
    } else {
      const gap = gaps[gaps.length - 1];
      if (gap === undefined) part.source.report.error(each.line, 'a wrong answer before the right one', 'begin with "= right answer"');
      else gap.wrong.push(readWrong(each, part));
    }
  }
  return { fields: { gaps } };
}

function readNumeric(nodes: readonly RootContent[], part: Part): Answer | undefined {
  let value: number | undefined;
  let tolerance = 0;
  const wrong: { min: number; max: number; reason: Tree }[] = [];
  for (const each of answerLines(nodes, part.source)) {
    const right = /^= (-?[\d.,]+)(?:\s*(?:\+-|±)\s*([\d.]+))?$/.exec(each.text);
    if (right !== null) {
      value = Number((right[1] ?? '').replaceAll(',', ''));
      tolerance = Number(right[2] ?? 0);
      continue;
    }
    const made = readWrong(each, part);
    const range = /^(-?[\d.]+)(?:\.\.(-?[\d.]+))?$/.exec(made.answer);
    const from = Number(range?.[1]);
    if (range === null || Number.isNaN(from)) part.source.report.error(each.line, `"${made.answer}" is no number`, 'write "~ 30 > why" or "~ 10..40 > why"');
    else wrong.push({ min: from, max: Number(range[2] ?? from), reason: made.reason });
  }
  if (value === undefined || Number.isNaN(value)) {
    part.source.report.error(part.line, `question "${part.id}" has no right number`, 'write "= 1800" or "= 1800 +- 5"');
    return undefined;
  }
  return { fields: { value, tolerance, ...(part.unit === undefined ? {} : { unit: part.unit }), wrong } };
}

function readPredict(nodes: readonly RootContent[], part: Part): Answer | undefined {
  const { report } = part.source;
  const code = nodes.find((node): node is Code => node.type === 'code');
  if (code === undefined) {
    report.error(part.line, `question "${part.id}" has no \`\`\`redis block`, MISSING.predict);
    return undefined;
  }
  const line = lineOfNode(code, part.source);
  const parsed = parseTranscript(code.value, '>');
  for (const problem of parsed.problems) report.error(line + 1 + problem.line, problem.what, problem.fix);
  if (parsed.entries.length === 0) {
    report.error(line, 'nothing to predict', 'write a line "> COMMAND"');
    return undefined;
  }
  const entries = parsed.entries.map(({ line: _line, ...entry }) => entry);
  const wrong = answerLines(nodes, part.source)
    .filter((each) => each.text.startsWith('~ '))
    .map((each) => readWrong(each, part));
  return { fields: { start: readStart(part), entries, reply: entries[entries.length - 1]?.reply ?? '', wrong } };
}

function readOrder(nodes: readonly RootContent[], part: Part): Answer {
  const items = nodes
    .flatMap((node) => (node.type === 'list' ? node.children : []))
    .map((item) => {
      const text = unwrap(compileProse(item.children as RootContent[], part.source.prose));
      return { text, plain: plainText(text, part.blocks) };
    });
  if (items.length < 3) part.source.report.error(part.line, `question "${part.id}" orders ${items.length} things`, 'give at least three');
  return { fields: { items } };
}

function readMatch(nodes: readonly RootContent[], part: Part): Answer {
  const pairs = nodes
    .flatMap((node) => (node.type === 'list' ? node.children : []))
    .map((item) => readPair(item, part))
    .filter((pair) => pair !== undefined);
  if (pairs.length < 3) part.source.report.error(part.line, `question "${part.id}" matches ${pairs.length} pairs`, 'give at least three');
  for (const side of ['leftPlain', 'rightPlain'] as const) {
    if (new Set(pairs.map((pair) => pair[side])).size < pairs.length) part.source.report.error(part.line, `question "${part.id}" has the same text twice on one side`, 'each must have exactly one partner');
  }
  return { fields: { pairs } };
}

function readPair(item: ListItem, part: Part): { left: Tree; leftPlain: string; right: Tree; rightPlain: string } | undefined {
  const line = part.source.bodyLine + (item.position?.start.line ?? 1) - 1;
  const paragraph = item.children.find((child): child is Paragraph => child.type === 'paragraph');
  const left: PhrasingContent[] = [];
  const right: PhrasingContent[] = [];
  let found = false;
  for (const node of paragraph?.children ?? []) {
    const arrow = !found && node.type === 'text' ? /\s*(?:→|->)\s*/.exec(node.value) : null;
    if (arrow !== null && node.type === 'text') {
      found = true;
      left.push({ type: 'text', value: node.value.slice(0, arrow.index) });
      right.push({ type: 'text', value: node.value.slice(arrow.index + arrow[0].length) });
    } else (found ? right : left).push(node);
  }
  if (!found) {
    part.source.report.error(line, 'a pair without "→"', 'write "- left → right"');
    return undefined;
  }
  const make = (children: PhrasingContent[]): Tree => unwrap(compileProse([{ type: 'paragraph', children }], part.source.prose));
  const leftTree = make(left);
  const rightTree = make(right);
  return { left: leftTree, leftPlain: plainText(leftTree), right: rightTree, rightPlain: plainText(rightTree) };
}

function readDo(nodes: readonly RootContent[], part: Part): Answer {
  const { source } = part;
  const start = readStart(part);
  const host = start.scenario.hosts[0]?.name ?? 'local';
  const checks = nodes
    .filter((node): node is Code => node.type === 'code' && node.lang === 'checks')
    .flatMap((node) => parseChecks(node.value, source.report, lineOfNode(node, source) + 1, host, `${part.id}-`))
    .map((placed) => placed.check);
  const solutions = nodes
    .filter((node): node is Code => node.type === 'code' && node.lang === 'solution')
    .map((node, index): Solution => {
      const { line: _line, ...solution } = compileSolution(node, source, index);
      return solution;
    });
  if (solutions.length === 0) source.report.warning(part.line, `question "${part.id}" has no solution, so nothing proves that it can be solved`, 'add a ```solution block after its checks');
  return { fields: { start, checks, solutions } };
}

/** `start="SET a 1; SET b 2"` or scenarios/x.yml. */
function readStart(part: Part): Start {
  const start = part.start?.replace(/\s*;\s*/g, '\n');
  return resolveStart({ start, scenario: undefined, line: part.line }, part.starts, undefined, part.source.report);
}

/** Cuts texts at ___ and puts a gap there; gaps are numbered from 1. */
function splitBlanks(tree: Tree, gaps: { count: number }): Tree {
  return tree.flatMap((node): TreeNode[] => {
    if (node.type === 'element') return [{ ...node, children: splitBlanks(node.children, gaps) }];
    const parts = node.value.split(/_{3,}/);
    return parts.flatMap((value, index): TreeNode[] => {
      const out: TreeNode[] = [];
      if (index > 0) out.push({ type: 'element', tagName: 'ks-blank', properties: { n: ++gaps.count }, children: [] });
      if (value !== '') out.push({ type: 'text', value });
      return out;
    });
  });
}
