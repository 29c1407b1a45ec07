/*
 * One file of the course, opened
 * ------------------------------
 * Front matter held against the schema of its kind, and the Markdown tree of its body.
 */
import type { Root, RootContent } from 'mdast';
import type { Tree } from '../model.ts';
import { frontMatterSchemas, type AuthoredFrontMatter } from '../schema.ts';
import { parseMarkdown, splitFrontMatter } from './markdown.ts';
import { Reporter, type Problem } from './problems.ts';
import { compileProse, emptyNotes, type ProseNotes, type ProseOptions } from './prose.ts';
import { didYouMean } from './suggest.ts';
import { parseYaml, readRaw } from './yaml.ts';

export interface Source<F extends AuthoredFrontMatter = AuthoredFrontMatter> {
  file: string;
  front: F;
  /** Line of a field of the front matter. */
  lineOf(path: readonly PropertyKey[]): number;
  body: string;
  bodyLine: number;
  root: Root;
  report: Reporter;
  notes: ProseNotes;
  prose: ProseOptions;
}

/** Kinds that later releases read. Named, so that an author who tries them is told so. */
const LATER = ['lab', 'project', 'assessment'];

export function openSource(file: string, text: string, problems: Problem[]): Source | undefined {
  const report = new Reporter(file, problems);
  const parts = splitFrontMatter(text);
  if (parts === undefined) {
    report.error(1, 'the file has no front matter', 'begin it with a line "---", the fields, and another "---"');
    return undefined;
  }
  const raw = readRaw(parts.yaml);
  const kind = typeof raw === 'object' && raw !== null && 'kind' in raw ? String(raw.kind) : undefined;
  const schema = kind !== undefined && Object.hasOwn(frontMatterSchemas, kind) ? frontMatterSchemas[kind as keyof typeof frontMatterSchemas] : undefined;
  if (schema === undefined) {
    if (raw === undefined) parseYaml(parts.yaml, frontMatterSchemas.lesson, report, parts.yamlLine); // tells where the YAML breaks
    else if (kind === undefined) report.error(2, 'the front matter has no "kind"', 'write kind: lesson, exercise, quiz or module');
    else if (LATER.includes(kind)) report.error(2, `kind "${kind}" is not read yet`, 'this release has lessons, exercises, quizzes and modules');
    else report.error(2, `unknown kind "${kind}"`, didYouMean(kind, Object.keys(frontMatterSchemas)));
    return undefined;
  }
  const front = parseYaml<AuthoredFrontMatter>(parts.yaml, schema, report, parts.yamlLine);
  if (front === undefined) return undefined;
  const body = front.value.kind === 'quiz' ? hideAttributes(parts.body) : parts.body;
  const root = parseMarkdown(body, report, parts.bodyLine);
  if (root === undefined) return undefined;
  const notes = emptyNotes();
  return {
    file, front: front.value, lineOf: front.lineOf,
    body: parts.body, bodyLine: parts.bodyLine, root, report, notes,
    prose: { report, firstLine: parts.bodyLine, notes },
  };
}

/** Attributes of questions are read from the source; Markdown must not see them. Line count stays. */
function hideAttributes(body: string): string {
  let fence = '';
  return body
    .split('\n')
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark !== undefined) {
        if (fence === '') fence = mark;
        else if (mark.startsWith(fence)) fence = '';
      }
      return fence === '' && line.startsWith('## ') ? line.replace(QUESTION_ATTRIBUTES, '') : line;
    })
    .join('\n');
}

/** `{#id type=… concept=…}` at the end of a question's heading. */
export const QUESTION_ATTRIBUTES = /\s*\{(#[^{}]*)\}\s*$/;

/** Prose of a piece of text that stands at `line` of the file, with the notes of the source. */
export function compileText(text: string, line: number, source: Source): Tree {
  const root = parseMarkdown(text, source.report, line);
  if (root === undefined) return [];
  return unwrap(compileProse(root.children, { ...source.prose, firstLine: line }));
}

/** The inside of a single paragraph; anything else as it is. */
export function unwrap(tree: Tree): Tree {
  const only = tree.length === 1 ? tree[0] : undefined;
  return only?.type === 'element' && only.tagName === 'p' ? only.children : tree;
}

/** Line in the file of a node of the body. */
export function lineOfNode(node: RootContent | Root, source: Source): number {
  return source.bodyLine + (node.position?.start.line ?? 1) - 1;
}
