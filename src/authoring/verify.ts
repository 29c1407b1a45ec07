/*
 * Proving the content with the engine
 * -----------------------------------
 * The compiler knows what an author wrote; this knows whether it is true. Every printed reply is compared with
 * what the engine prints, every exercise fails at its start, passes with each solution and fails with each
 * wrong attempt as the author foretold, and every message is reached by somebody.
 */
import type { Block, Check, CheckResult, Expect, Item, Question, Start } from '../lessons/index.ts';
import type { Step } from '../simulation/index.ts';
import { elements, treesOf, type CompiledSource, type Problem } from '../lessons/compiler/index.ts';
import { Bench, MAIN } from './bench.ts';

type Tell = (line: number, what: string, fix: string) => void;

/** Verifies all items, or those that `only` names. Fills the replies of `predict` questions in. */
export function verifyCourse(sources: ReadonlyMap<string, CompiledSource>, only?: (id: string) => boolean): Problem[] {
  const problems: Problem[] = [];
  for (const compiled of sources.values()) {
    if (only !== undefined && !only(compiled.item.id)) continue;
    const tell: Tell = (line, what, fix) => {
      problems.push({ file: compiled.source.file, line, what, fix, level: 'error' });
    };
    try {
      verifyItem(compiled, tell);
    } catch (error) {
      tell(1, `the verification failed: ${error instanceof Error ? error.message : String(error)}`, 'this is a fault of the tools or of the engine; report it');
    }
  }
  return problems;
}

function verifyItem(compiled: CompiledSource, tell: Tell): void {
  const { item, quiz } = compiled;
  if (item.kind === 'lesson') verifyTranscripts(item, item.start, item.blocks, tell);
  if (item.kind === 'exercise') {
    verifyTranscripts(item, item.start, item.blocks, tell);
    verifyExercise(compiled, tell);
  }
  for (const placed of quiz?.questions ?? []) verifyQuestion(placed.question, placed.line, tell);
}

// --- transcripts --------------------------------------------------------------------------------------

/** Runs the blocks of an item in the order of the text, as a reader who runs each would. */
function verifyTranscripts(item: Item, start: Start, blocks: Readonly<Record<string, Block>>, tell: Tell): void {
  const order: Block[] = [];
  for (const tree of treesOf(item)) {
    for (const element of elements(tree)) {
      const block = blocks[String(element.properties['block'] ?? '')];
      if (block !== undefined && block.kind !== 'code') order.push(block);
    }
  }
  if (order.length === 0) return;
  const bench = new Bench(start);
  try {
    for (const block of order) if (block.kind !== 'code') verifyBlock(bench, block, tell);
    for (const problem of bench.problems) tell(1, problem, 'look at the blocks of this text: each must leave a prompt behind');
  } finally {
    bench.dispose();
  }
}

function verifyBlock(bench: Bench, block: Exclude<Block, { kind: 'code' }>, tell: Tell): void {
  // In the source an entry takes its own line and those of its reply.
  let line = block.line + 1;
  let sawError = false;
  for (const entry of block.entries) {
    const printed = bench.type(entry.command, block.kind === 'console' ? 'shell' : 'redis', block.client ?? MAIN);
    if (printed.includes('(error)')) sawError = true;
    const difference = compareReply(entry.reply, printed, block.expect);
    if (difference !== undefined) tell(line, `\`${entry.command}\` prints ${show(printed)}, the text says ${show(entry.reply)}${difference}`, 'write what it prints, or mark the block {expect=shape} or {expect=ignore}');
    line += 1 + (entry.reply === '' ? 0 : entry.reply.split('\n').length);
  }
  if (block.expect === 'error' && !sawError) tell(block.line, 'the block expects an error and none came', 'remove {expect=error}, or write the command that fails');
}

/** undefined when they agree; otherwise a remark to add to the message, often empty. */
export function compareReply(written: string, printed: string, expect: Expect): string | undefined {
  if (expect === 'ignore') return undefined;
  const clean = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
  const a = clean(written);
  const b = clean(printed);
  if (expect === 'shape') return shapeOf(a).join('\n') === shapeOf(b).join('\n') ? undefined : ' (compared by shape)';
  if (a.join('\n') === b.join('\n')) return undefined;
  const at = a.findIndex((line, index) => line !== b[index]);
  return a.length > 3 ? `; they part in line ${(at < 0 ? a.length : at) + 1}` : '';
}

/** The types of a reply, line by line; free text is one thing however many lines it has. */
function shapeOf(lines: readonly string[]): string[] {
  const kinds = lines.map((line) =>
    line
      .replace(/"(?:[^"\\]|\\.)*"/g, '"s"')
      .replace(/\((integer|double)\) -?[\d.e+-]+/g, '($1) n')
      .replace(/\(error\) .*/, '(error)')
      .replace(/\(\d+\.\d+s\)/, ''),
  );
  const isValue = (line: string): boolean => /^\s*(\d+[)#~>] ?)*("s"( => .*)?|\((integer|double|nil|error|true|false|empty [a-z]+)\).*|[A-Z]+|)$/.test(line);
  return kinds.every(isValue) ? kinds : ['text'];
}

function show(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return shown === '' ? 'nothing' : JSON.stringify(shown).replace(/^"|"$/g, '`').replace(/\\"/g, '"');
}

// --- exercises ----------------------------------------------------------------------------------------

interface Attempt {
  steps: readonly Step[];
  answers: Readonly<Record<string, number>>;
}

/** The results of the checks after an attempt; problems of the lab are told. */
function attempt(start: Start, checks: readonly Check[], what: Attempt, line: number, tell: Tell): readonly CheckResult[] {
  const bench = new Bench(start, checks, what.answers);
  try {
    if (what.steps.length > 0) bench.perform(what.steps);
    for (const problem of bench.problems) tell(line, problem, 'look at the steps of this attempt');
    const results = bench.results();
    for (const result of results) {
      if (result.state === 'broken') tell(line, `check "${result.id}" is broken: ${result.because}`, 'mend the check');
    }
    return results;
  } finally {
    bench.dispose();
  }
}

const firstFailing = (results: readonly CheckResult[]): CheckResult | undefined => results.find((result) => !result.passed);

/** The right choice of every question, for attempts that do not answer themselves. */
function rightAnswers(checks: readonly Check[]): Record<string, number> {
  const answers: Record<string, number> = {};
  for (const check of checks) if (check.kind === 'ask') answers[check.id] = check.choices.findIndex((choice) => choice.right);
  return answers;
}

function verifyExercise(compiled: CompiledSource, tell: Tell): void {
  const { item, exercise, source } = compiled;
  if (item.kind !== 'exercise' || exercise === undefined) return;
  const { checks, start } = item;
  const right = rightAnswers(checks);
  const untouched = attempt(start, checks, { steps: [], answers: {} }, source.bodyLine, tell);
  if (untouched.length > 0 && firstFailing(untouched) === undefined) tell(source.bodyLine, 'every check passes before anything is done', 'make a check that asks for the goal');

  for (const solution of exercise.solutions) {
    const failing = firstFailing(attempt(start, checks, { steps: solution.steps, answers: { ...right, ...solution.answers } }, solution.line, tell));
    if (failing !== undefined) tell(solution.line, `the solution "${solution.title}" does not pass "${failing.id}": expected ${failing.expected}; found ${failing.found}`, 'mend the solution or the check');
  }

  const reached = new Set<string>();
  for (const wrong of exercise.wrongs) {
    const results = attempt(start, checks, { steps: wrong.steps, answers: { ...right, ...wrong.answers } }, wrong.line, tell);
    for (const result of results) if (result.message !== undefined) reached.add(`${result.id}/${result.message}`);
    const failing = firstFailing(results);
    if (failing === undefined) tell(wrong.line, `the wrong attempt "${wrong.title}" passes every check`, 'make the checks stricter, or remove the attempt');
    else if (failing.id !== wrong.fails) tell(wrong.line, `the wrong attempt "${wrong.title}" fails "${failing.id}" first, not "${wrong.fails}": ${failing.because}`, `write fails=${failing.id}, or reorder the checks`);
    else if (!failing.specific) tell(wrong.line, `the wrong attempt "${wrong.title}" gets only the general message: ${failing.because}`, `give check "${failing.id}" a "when" that fits`);
    else if (failing.because.includes('{{') || /(^|[^?])\?(,|\.| )/.test(failing.because.replace(/\?( |$)/g, ''))) tell(wrong.line, `a template is left over in: ${failing.because}`, 'use only templates that the pattern provides');
  }
  for (const { check, line, whenLines } of exercise.checks) {
    if (check.quiet === true) continue;
    check.when.forEach((_when, index) => {
      if (!reached.has(`${check.id}/${index}`)) tell(whenLines[index] ?? line, `no wrong attempt reaches this message of check "${check.id}"`, 'add a ```wrong that does, or remove the message');
    });
  }
}

// --- questions ----------------------------------------------------------------------------------------

function verifyQuestion(question: Question, line: number, tell: Tell): void {
  if (question.type === 'predict') fillPrediction(question, line, tell);
  if (question.type === 'do') {
    const untouched = attempt(question.start, question.checks, { steps: [], answers: {} }, line, tell);
    if (firstFailing(untouched) === undefined) tell(line, `question "${question.id}" is solved before anything is done`, 'make a check that asks for the goal');
    for (const solution of question.solutions) {
      const failing = firstFailing(attempt(question.start, question.checks, { steps: solution.steps, answers: {} }, line, tell));
      if (failing !== undefined) tell(line, `the solution of "${question.id}" does not pass: expected ${failing.expected}; found ${failing.found}`, 'mend the solution or the check');
    }
  }
  if (Object.keys(question.blocks).length > 0) {
    const start: Start = question.type === 'do' ? question.start : { scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] }, steps: [] };
    const bench = new Bench(start);
    try {
      for (const block of Object.values(question.blocks)) if (block.kind !== 'code') verifyBlock(bench, block, tell);
    } finally {
      bench.dispose();
    }
  }
}

/** Runs a question's commands; the last reply is the answer. What an author wrote is compared. */
export function fillPrediction(question: Extract<Question, { type: 'predict' }>, line: number, tell: Tell): void {
  const bench = new Bench(question.start);
  try {
    let printed = '';
    question.entries.forEach((entry, index) => {
      printed = bench.type(entry.command, 'redis', MAIN);
      const last = index === question.entries.length - 1;
      const difference = entry.reply === '' ? undefined : compareReply(entry.reply, printed, 'exact');
      if (difference !== undefined) tell(line, `question "${question.id}": \`${entry.command}\` prints ${show(printed)}, the text says ${show(entry.reply)}${difference}`, 'write what it prints, or leave the reply out');
      if (last) entry.reply = '';
    });
    question.reply = printed;
    if (printed === '') tell(line, `question "${question.id}": nothing is printed`, 'end with a command that replies');
    for (const problem of bench.problems) tell(line, problem, 'look at the commands of this question');
  } finally {
    bench.dispose();
  }
}
