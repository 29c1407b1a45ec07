/*
 * Markdown, read with care
 * ------------------------
 * Block directives (`:::note`) are part of the format; text directives are not, because they would eat
 * prose like `user:1000` and `localhost:6379`. A lesson may come from anywhere one day, so the reader
 * refuses what could only be meant to harm: a text of absurd size or nesting never reaches the parser,
 * whose tools walk trees by recursion.
 */
import type { Root, RootContent } from 'mdast';
import { unified } from 'unified';
import remarkParse from 'remark-parse';
import remarkGfm from 'remark-gfm';
import { directive } from 'micromark-extension-directive';
import { directiveFromMarkdown } from 'mdast-util-directive';
import type { Reporter } from './problems.ts';

/** Longest text of one file, in characters. The longest lesson has about 20,000. */
export const MAX_SOURCE_LENGTH = 200_000;
/** Deepest nesting of lists, quotes and emphasis. */
export const MAX_DEPTH = 24;

/** The YAML between the first two `---` lines, and the body with the line it begins at. */
export function splitFrontMatter(source: string): { yaml: string; yamlLine: number; body: string; bodyLine: number } | undefined {
  const text = source.replace(/\r\n?/g, '\n').replace(/^\ufeff/, '');
  const found = /^---\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text);
  if (found === null) return undefined;
  const head = found[0];
  return { yaml: found[1] ?? '', yamlLine: 2, body: text.slice(head.length), bodyLine: head.split('\n').length };
}

function blockDirectives(this: { data(): object }): void {
  const data = this.data() as { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] };
  const extension = directive();
  delete extension.text;
  (data.micromarkExtensions ??= []).push(extension);
  (data.fromMarkdownExtensions ??= []).push(directiveFromMarkdown());
}

const parser = unified().use(remarkParse).use(remarkGfm, { singleTilde: false }).use(blockDirectives);

/** The tree of a body, or undefined (with a problem) when it must not be parsed. Lines count from 1 in `body`. */
export function parseMarkdown(body: string, report: Reporter, firstLine: number): Root | undefined {
  if (body.length > MAX_SOURCE_LENGTH) {
    report.error(firstLine, `the text has ${body.length} characters; at most ${MAX_SOURCE_LENGTH} are read`, 'split it into several lessons');
    return undefined;
  }
  const lines = body.split('\n');
  for (const [index, line] of lines.entries()) {
    if (containerDepth(line) > MAX_DEPTH || markerRun(line) > 400) {
      report.error(firstLine + index, 'this line nests deeper than anybody can read', `keep lists, quotes and emphasis at most ${MAX_DEPTH} deep`);
      return undefined;
    }
  }
  if (indentDepth(lines) > MAX_DEPTH) {
    report.error(firstLine, 'the lists of this text nest deeper than anybody can read', `keep them at most ${MAX_DEPTH} deep`);
    return undefined;
  }
  const root = parser.parse(body);
  const deep = deepestLine(root);
  if (deep !== undefined) {
    report.error(firstLine + deep - 1, 'this part nests deeper than anybody can read', `keep lists, quotes and emphasis at most ${MAX_DEPTH} deep`);
    return undefined;
  }
  return root;
}

/** How many containers a line opens before its text: `> > - 1. `. */
function containerDepth(line: string): number {
  let depth = 0;
  let rest = line;
  for (;;) {
    const found = /^\s*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))\s?/.exec(rest);
    if (found === null) return depth;
    depth++;
    rest = rest.slice(found[0].length);
    if (depth > MAX_DEPTH) return depth;
  }
}

/** Characters of one line that can open inline nesting. */
function markerRun(line: string): number {
  return line.replace(/[^*_~![\]]/g, '').length - (/^\s*([-*_]\s*)+$/.test(line) ? line.length : 0);
}

/** Depth of lists nested by indentation. */
function indentDepth(lines: readonly string[]): number {
  const levels: number[] = [];
  let deepest = 0;
  for (const line of lines) {
    const found = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s/.exec(line);
    if (found === null) continue;
    const indent = found[1]?.length ?? 0;
    while (levels.length > 0 && (levels[levels.length - 1] ?? 0) >= indent) levels.pop();
    levels.push(indent);
    deepest = Math.max(deepest, levels.length);
  }
  return deepest;
}

/** Line of the first node that stands too deep. Walks with a stack of its own, not by recursion. */
function deepestLine(root: Root): number | undefined {
  const stack: { node: Root | RootContent; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.depth > MAX_DEPTH * 2) return next.node.position?.start.line ?? 1;
    if ('children' in next.node) for (const child of next.node.children) stack.push({ node: child, depth: next.depth + 1 });
  }
  return undefined;
}
