/*
 * Exercises
 * ---------
 * The body is prose with one numbered list, the tasks; everything that is not prose (checks, hints, solutions,
 * wrong attempts, the explanation) stands at its top level and is taken out here.
 */
import type { Code, List, RootContent } from 'mdast';
import type { ContainerDirective, LeafDirective } from 'mdast-util-directive';
import type { Check, Hint, Solution, Start, Task, Tree, WrongTurn } from '../model.ts';
import type { AuthoredExercise } from '../schema.ts';
import { parseAttributes } from './attributes.ts';
import { parseChecks, type PlacedCheck } from './authored-checks.ts';
import { parseSteps } from './command-line.ts';
import { highlight } from './highlight.ts';
import { compileProse } from './prose.ts';
import { lineOfNode, unwrap, type Source } from './source.ts';
import { didYouMean } from './suggest.ts';
import { plainText } from './tree.ts';

/** The parts of an exercise, with the places that rules need. */
export interface ExerciseParts {
  story: Tree;
  tasks: Task[];
  notes: Tree;
  checks: PlacedCheck[];
  hints: (Hint & { line: number })[];
  solutions: (Solution & { line: number })[];
  wrongs: WrongTurn[];
  explain: Tree;
}

export function compileExercise(source: Source<AuthoredExercise>, start: Start): ExerciseParts {
  const { root, report, front } = source;
  const host = start.scenario.hosts[0]?.name ?? 'local';
  const before: RootContent[] = [];
  const after: RootContent[] = [];
  let list: List | undefined;
  const parts: ExerciseParts = { story: [], tasks: [], notes: [], checks: [], hints: [], solutions: [], wrongs: [], explain: [] };
  let explained = false;
  for (const node of root.children) {
    const line = lineOfNode(node, source);
    if (node.type === 'code' && node.lang === 'checks') {
      parts.checks.push(...parseChecks(node.value, report, line + 1, host, 'check-'));
    } else if (node.type === 'code' && node.lang === 'solution') {
      parts.solutions.push(compileSolution(node, source, parts.solutions.length));
    } else if (node.type === 'code' && node.lang === 'wrong') {
      const wrong = compileWrong(node, source);
      if (wrong !== undefined) parts.wrongs.push(wrong);
    } else if (isDirective(node) && node.name === 'hint') {
      const hint = compileHint(node, source);
      if (hint !== undefined) parts.hints.push(hint);
    } else if (isDirective(node) && node.name === 'explain') {
      if (explained) report.error(line, 'a second :::explain', 'join the two');
      explained = true;
      parts.explain = compileProse(node.children as RootContent[], source.prose);
    } else if (node.type === 'list' && node.ordered === true && list === undefined) {
      list = node;
    } else (list === undefined ? before : after).push(node);
  }
  parts.story = compileProse(before, source.prose);
  parts.notes = compileProse(after, source.prose);
  if (list !== undefined) {
    const first = list.start ?? 1;
    list.children.forEach((item, index) => {
      const body = unwrap(compileProse(item.children as RootContent[], source.prose));
      parts.tasks.push({ number: first + index, body, plain: plainText(body) });
    });
  }
  if (front.deny !== undefined) parts.checks.unshift(denied(front.deny, host, source.lineOf(['deny'])));
  return parts;
}

/** The directives of a node, container (:::) or leaf (::). */
export function isDirective(node: RootContent): node is ContainerDirective | LeafDirective {
  return node.type === 'containerDirective' || node.type === 'leafDirective';
}

function denied(deny: { commands: string[]; say: string }, host: string, line: number): PlacedCheck {
  const names = deny.commands.map((name) => name.toUpperCase());
  const check: Check = {
    kind: 'how',
    id: 'denied',
    say: `none of ${names.map((name) => `\`${name}\``).join(', ')} was used`,
    when: names.map((name) => ({ found: { used: name }, say: deny.say })),
    points: 0,
    host, port: 6379, db: 0,
    notUsed: names,
    quiet: true,
  };
  return { check, line, task: 'none', whenLines: [] };
}

export function compileSolution(node: Code, source: Source, index: number): Solution & { line: number } {
  const line = lineOfNode(node, source);
  const attributes = readAttributes(node, source, ['title']);
  const parsed = parseSteps(node.value);
  for (const problem of parsed.problems) source.report.error(line + 1 + problem.line, problem.what, problem.fix);
  return {
    title: attributes.get('title') ?? (index === 0 ? 'Solution' : `Solution ${index + 1}`),
    steps: parsed.steps,
    answers: parsed.answers,
    lines: parsed.lines.map((text) => ({ text, highlighted: highlight(text.replace(/^\$ /, ''), text.startsWith('$') ? 'bash' : 'redis') })),
    line,
  };
}

function compileWrong(node: Code, source: Source): WrongTurn | undefined {
  const line = lineOfNode(node, source);
  const attributes = readAttributes(node, source, ['fails', 'title']);
  const parsed = parseSteps(node.value);
  for (const problem of parsed.problems) source.report.error(line + 1 + problem.line, problem.what, problem.fix);
  const fails = attributes.get('fails');
  if (fails === undefined) {
    source.report.error(line, 'a ```wrong block does not say which check it fails', 'write ```wrong {fails=CHECK title="…"}');
    return undefined;
  }
  if (!attributes.has('title')) source.report.error(line, 'a ```wrong block has no title', 'name the mistake: {fails=CHECK title="Seconds, not minutes"}');
  return { title: attributes.get('title') ?? '', fails, steps: parsed.steps, answers: parsed.answers, line };
}

function readAttributes(node: Code, source: Source, known: readonly string[]): Map<string, string> {
  const line = lineOfNode(node, source);
  const { values, problems } = parseAttributes(node.meta ?? '');
  for (const what of problems) source.report.error(line, what, 'write attributes like {title="…"}');
  for (const name of values.keys()) {
    if (!known.includes(name)) source.report.error(line, `a \`\`\`${node.lang ?? ''} block has no attribute "${name}"`, didYouMean(name, known));
  }
  return values;
}

function compileHint(node: ContainerDirective | LeafDirective, source: Source): (Hint & { line: number }) | undefined {
  const line = lineOfNode(node, source);
  const attributes = node.attributes ?? {};
  for (const name of Object.keys(attributes)) {
    if (name !== 'level' && name !== 'task') source.report.error(line, `:::hint has no attribute "${name}"`, didYouMean(name, ['level', 'task']));
  }
  const level = Number(attributes['level']);
  if (!Number.isInteger(level) || level < 1 || level > 9) {
    source.report.error(line, ':::hint has no level', 'write :::hint{level=1 task=2}; level 1 is the gentlest');
    return undefined;
  }
  const task = attributes['task'];
  const number = Number(task);
  if (task !== undefined && task !== null && (!Number.isInteger(number) || number < 1)) source.report.error(line, `:::hint for task "${task}"`, 'give the number of the task');
  const body = compileProse(node.children as RootContent[], source.prose);
  if (body.length === 0) source.report.error(line, ':::hint says nothing', 'write the hint inside it');
  return { level, ...(task === undefined || task === null ? {} : { task: number }), body, line };
}

/** Names of the commands that steps execute, in capitals: 'SET', and 'CONFIG SET' beside 'CONFIG'. */
export function commandsOf(steps: readonly { kind: string; text?: string }[]): Set<string> {
  const names = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'redis' || step.text === undefined) continue;
    const words = step.text.trim().split(/\s+/);
    const first = words[0]?.toUpperCase();
    if (first === undefined || first === '') continue;
    names.add(first);
    const second = words[1];
    if (second !== undefined && /^[A-Z]+$/.test(second)) names.add(`${first} ${second}`);
  }
  return names;
}

