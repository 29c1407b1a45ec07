/*
 * Prose: from Markdown to the tree of the page
 * --------------------------------------------
 * Nodes of Markdown become elements of HTML or elements of ours (model.ts lists them). What is not on the
 * list is refused with a problem, and the sanitiser that runs last removes it even if a problem was
 * overlooked: scripts, handlers, javascript: links and unknown elements never reach a page.
 */
import type { BlockContent, Code, DefinitionContent, Html, Image, Link, PhrasingContent, Root, RootContent } from 'mdast';
import type { Element, ElementContent } from 'hast';
import type { ContainerDirective, LeafDirective } from 'mdast-util-directive';
import { unified } from 'unified';
import remarkRehype from 'remark-rehype';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import rehypeSlug from 'rehype-slug';
import type { Block, Blocks, Expect, Heading, Tree } from '../model.ts';
import type { Reporter } from './problems.ts';
import { listOf, parseAttributes } from './attributes.ts';
import { didYouMean } from './suggest.ts';
import { highlight, LANGUAGES } from './highlight.ts';
import { parseTranscript } from './transcript.ts';
import { elements, plainText, toTree } from './tree.ts';

/** What the prose of one item collects while it is compiled. */
export interface ProseNotes {
  blocks: Blocks;
  /** [[SET]] → the lines that link it. */
  commands: Map<string, number>;
  /** Concepts tagged by comments. */
  concepts: Map<string, number>;
  /** Links to items: id → line. */
  links: Map<string, number>;
  terms: Map<string, number>;
  /** ks-quiz: question id → line. */
  questions: Map<string, number>;
  /** ks-predict and ks-viz ids that were given. */
  ids: Map<string, number>;
  recalls: number[];
  visualizers: Map<string, number>;
}

export const emptyNotes = (): ProseNotes => ({
  blocks: {}, commands: new Map(), concepts: new Map(), links: new Map(), terms: new Map(), questions: new Map(), ids: new Map(), recalls: [], visualizers: new Map(),
});

export interface ProseOptions {
  report: Reporter;
  /** Line of the file at which the Markdown begins. */
  firstLine: number;
  notes: ProseNotes;
}

type Directive = ContainerDirective | LeafDirective;
type Given = (name: string) => string | undefined;

interface DirectiveRule {
  attributes: readonly string[];
  /** Properties of the element; may report. */
  element(given: Given, node: Directive, options: ProseOptions): { tagName: string; properties: Record<string, string | number> } | undefined;
  /** Children are kept (flow). */
  children: boolean;
}

const callout = (kind: string): DirectiveRule => ({
  attributes: ['title'],
  children: true,
  element: (given) => ({ tagName: 'ks-callout', properties: { kind, title: given('title') ?? '' } }),
});

/** The directives of lessons. Exercises take theirs (hint, explain) out before prose is compiled. */
const DIRECTIVES: Readonly<Record<string, DirectiveRule>> = {
  note: callout('note'),
  tip: callout('tip'),
  warning: callout('warning'),
  production: callout('production'),
  details: {
    attributes: ['summary'],
    children: true,
    element(given, node, options) {
      const summary = given('summary');
      if (summary === undefined) options.report.error(lineOf(node, options), ':::details has no summary', 'write :::details{summary="Why?"}');
      return { tagName: 'ks-details', properties: { summary: summary ?? '' } };
    },
  },
  compare: {
    attributes: [],
    children: true,
    element(_given, node, options) {
      if (node.children.length < 2) options.report.error(lineOf(node, options), ':::compare needs two things to compare', 'put two fenced blocks inside it');
      return { tagName: 'ks-compare', properties: {} };
    },
  },
  viz: {
    attributes: ['view', 'id', 'key', 'db', 'host', 'port', 'client', 'pattern', 'limit'],
    children: false,
    element(given, node, options) {
      const line = lineOf(node, options);
      const view = given('view');
      if (view === undefined) {
        options.report.error(line, ':::viz does not say which picture', 'write :::viz{view=keyspace}');
        return undefined;
      }
      options.notes.visualizers.set(view, line);
      const params: Record<string, string> = {};
      for (const name of ['key', 'db', 'host', 'port', 'client', 'pattern', 'limit']) {
        const value = given(name);
        if (value !== undefined) params[name] = value;
      }
      return { tagName: 'ks-viz', properties: { id: given('id') ?? `viz-${options.notes.visualizers.size}-${view}`, view, params: JSON.stringify(params) } };
    },
  },
  predict: {
    attributes: ['id', 'answer', 'options'],
    children: true,
    element(given, node, options) {
      const line = lineOf(node, options);
      const id = given('id');
      const answer = given('answer');
      if (id === undefined) options.report.error(line, ':::predict has no id', 'write :::predict{id=some-name answer="…"}');
      if (answer === undefined || answer === '') options.report.error(line, ':::predict has no answer', 'write :::predict{id=some-name answer="…"}');
      if (node.children.length === 0) options.report.error(line, ':::predict asks nothing', 'write the question inside it');
      if (id !== undefined) noteId(id, line, options);
      const choices = given('options');
      if (choices !== undefined && answer !== undefined && !choices.split('|').map((each) => each.trim()).includes(answer.trim())) {
        options.report.error(line, `the answer "${answer}" of :::predict is not among its options`, 'make one option equal to the answer');
      }
      return { tagName: 'ks-predict', properties: { id: id ?? '', answer: answer ?? '', ...(choices === undefined ? {} : { options: choices }) } };
    },
  },
  recall: {
    attributes: ['from', 'n'],
    children: false,
    element(given, node, options) {
      const line = lineOf(node, options);
      const n = Number(given('n') ?? '2');
      if (!Number.isInteger(n) || n < 1 || n > 10) options.report.error(line, `:::recall with n=${given('n') ?? ''}`, 'give a number from 1 to 10');
      options.notes.recalls.push(line);
      return { tagName: 'ks-recall', properties: { from: given('from') ?? 'earlier lessons', n: Number.isInteger(n) ? n : 2 } };
    },
  },
  quiz: {
    attributes: ['ids'],
    children: false,
    element(given, node, options) {
      const line = lineOf(node, options);
      const ids = listOf(given('ids') ?? '');
      if (ids.length === 0) options.report.error(line, ':::quiz names no questions', 'write :::quiz{ids="first-question second-question"}');
      for (const id of ids) options.notes.questions.set(id, line);
      return { tagName: 'ks-quiz', properties: { ids: ids.join(' ') } };
    },
  },
};

function noteId(id: string, line: number, options: ProseOptions): void {
  if (options.notes.ids.has(id)) options.report.error(line, `id "${id}" is used twice in this text`, 'give each its own');
  options.notes.ids.set(id, line);
}

function lineOf(node: { position?: { start: { line: number } } | undefined }, options: ProseOptions): number {
  return options.firstLine + (node.position?.start.line ?? 1) - 1;
}

/** Compiles sibling nodes to a tree. */
export function compileProse(nodes: readonly RootContent[], options: ProseOptions): Tree {
  const root: Root = { type: 'root', children: prepare(nodes, options) };
  const processor = unified()
    .use(remarkRehype, {
      handlers: {
        code(_state: unknown, node: Code): Element {
          const element = compileCode(node, options);
          Object.assign(element.properties, tagged(node));
          return element;
        },
        ksDirective: (state: { all(node: object): ElementContent[] }, node: PreparedDirective): Element => ({
          type: 'element',
          tagName: node.tagName,
          properties: { ...node.properties, ...tagged(node) },
          children: state.all(node),
        }),
      },
      clobberPrefix: '',
    })
    .use(rehypeSanitize, SANITISED)
    .use(rehypeSlug);
  const hast = processor.runSync(root);
  return trimBlank(toTree(hast.type === 'root' ? hast.children : [hast]));
}

/** Texts of pure white space between blocks mean nothing. */
function trimBlank(tree: Tree): Tree {
  return tree.filter((node) => node.type !== 'text' || node.value.trim() !== '');
}

/** Headings with their ids, in order. */
export function headingsOf(tree: Tree): Heading[] {
  const found: Heading[] = [];
  for (const element of elements(tree)) {
    const level = /^h([2-6])$/.exec(element.tagName);
    if (level !== null) found.push({ id: String(element.properties['id'] ?? ''), text: plainText(element.children), depth: Number(level[1]) });
  }
  return found;
}

const ANYWHERE = ['dataConcept', 'id'];
const SANITISED: typeof defaultSchema = {
  ...defaultSchema,
  clobberPrefix: '',
  tagNames: [
    ...(defaultSchema.tagNames ?? []).filter((name) => !['picture', 'source', 'iframe'].includes(name)),
    'ks-transcript', 'ks-console', 'ks-code', 'ks-viz', 'ks-predict', 'ks-recall', 'ks-quiz', 'ks-callout', 'ks-compare', 'ks-details', 'ks-command', 'ks-term', 'ks-blank',
  ],
  attributes: {
    ...defaultSchema.attributes,
    '*': [...(defaultSchema.attributes?.['*'] ?? []).filter((name) => typeof name !== 'string' || !['name', 'src', 'action'].includes(name)), ...ANYWHERE],
    a: ['href', 'title', ['rel', 'noopener', 'noreferrer'], ['target', '_blank'], 'ariaDescribedBy', 'dataFootnoteRef', 'dataFootnoteBackref'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    'ks-transcript': ['block'],
    'ks-console': ['block'],
    'ks-code': ['block'],
    'ks-viz': ['view', 'params'],
    'ks-predict': ['answer', 'options'],
    'ks-recall': ['from', 'n'],
    'ks-quiz': ['ids'],
    'ks-callout': ['kind', 'title'],
    'ks-details': ['summary'],
    'ks-command': ['name'],
    'ks-term': ['term'],
    'ks-blank': ['n'],
  },
  protocols: { ...defaultSchema.protocols, href: ['http', 'https', 'mailto'], src: [] },
};

// --- Markdown nodes, made ready ---------------------------------------------------------------------

interface PreparedDirective {
  type: 'ksDirective';
  data?: { hProperties?: Record<string, unknown> };
  tagName: string;
  properties: Record<string, string | number>;
  children: (BlockContent | DefinitionContent)[];
}

/** Copies nodes: directives resolved, comments read, links and [[…]] turned into what the page knows. */
function prepare<N extends RootContent>(nodes: readonly N[], options: ProseOptions): RootContent[] {
  const out: RootContent[] = [];
  let pendingConcept: string | undefined;
  for (const node of nodes) {
    if (node.type === 'html') {
      const concept = readComment(node, options);
      if (concept === undefined) continue;
      // A comment before a block tags that block; one at the end of a part tags the block before it.
      pendingConcept = concept;
      continue;
    }
    if (pendingConcept !== undefined && (node.type === 'heading' || node.type === 'thematicBreak')) {
      tag(out[out.length - 1], pendingConcept);
      pendingConcept = undefined;
    }
    for (const made of prepareOne(node, options)) {
      if (pendingConcept !== undefined) {
        tag(made, pendingConcept);
        pendingConcept = undefined;
      }
      out.push(made);
    }
  }
  if (pendingConcept !== undefined) tag(out[out.length - 1], pendingConcept);
  return out;
}

function tag(node: RootContent | undefined, concept: string): void {
  if (node === undefined) return;
  const data = (node.data ??= {}) as { hProperties?: Record<string, unknown> | undefined };
  data.hProperties = { ...data.hProperties, dataConcept: concept };
}

/** The concept that a comment has put on a node. */
function tagged(node: { data?: { hProperties?: Record<string, unknown> | undefined } | undefined }): { dataConcept?: string } {
  const concept = node.data?.hProperties?.['dataConcept'];
  return typeof concept === 'string' ? { dataConcept: concept } : {};
}

function readComment(node: Html, options: ProseOptions): string | undefined {
  const line = lineOf(node, options);
  const comment = /^<!--([\s\S]*?)-->$/.exec(node.value.trim());
  if (comment === null) {
    const what = node.value.trim().split('\n')[0] ?? '';
    options.report.error(line, `raw HTML is not part of the format: ${what.slice(0, 60)}`, 'write Markdown; put words like <key> in backticks');
    return undefined;
  }
  const concept = /^\s*concept:\s*([a-z0-9.-]+)\s*$/.exec(comment[1] ?? '');
  if (concept === null) return undefined;
  options.notes.concepts.set(concept[1] ?? '', line);
  return concept[1];
}

function prepareOne(node: RootContent, options: ProseOptions): RootContent[] {
  const line = lineOf(node, options);
  switch (node.type) {
    case 'containerDirective':
    case 'leafDirective':
      return prepareDirective(node, options);
    case 'textDirective':
      return [];
    case 'definition':
      options.report.error(line, `an address by reference, [${node.identifier}]`, 'write the address in the link itself: [text](id)');
      return [];
    case 'yaml':
      return [];
    case 'text':
      return expandReferences(node.value, line, options);
    case 'heading':
      if (node.depth === 1) options.report.error(line, 'a heading with one "#"', 'the title comes from the front matter; steps have "##"');
      return [{ ...node, children: preparePhrasing(node.children, options) }];
    case 'link':
      return prepareLink(node, options);
    case 'image':
      return prepareImage(node, options);
    case 'footnoteDefinition':
    case 'footnoteReference':
      options.report.error(line, 'footnotes are not part of the format', 'say it in the text, or in :::details');
      return [];
    default:
      if ('children' in node) {
        // The copy keeps the node's own kind; only what is inside has been made ready.
        return [{ ...node, children: prepare(node.children as RootContent[], options) } as RootContent];
      }
      return [node];
  }
}

function preparePhrasing(nodes: readonly PhrasingContent[], options: ProseOptions): PhrasingContent[] {
  return prepare(nodes, options) as PhrasingContent[];
}

function prepareDirective(node: Directive, options: ProseOptions): RootContent[] {
  const line = lineOf(node, options);
  const rule = Object.hasOwn(DIRECTIVES, node.name) ? DIRECTIVES[node.name] : undefined;
  if (rule === undefined) {
    const known = Object.keys(DIRECTIVES);
    const place = node.name === 'hint' || node.name === 'explain' ? 'it belongs to exercises' : didYouMean(node.name, known);
    options.report.error(line, `unknown directive ":::${node.name}"`, place);
    return [];
  }
  const attributes = node.attributes ?? {};
  for (const name of Object.keys(attributes)) {
    if (!rule.attributes.includes(name)) options.report.error(line, `:::${node.name} has no attribute "${name}"`, didYouMean(name, rule.attributes));
  }
  const given: Given = (name) => (Object.hasOwn(attributes, name) ? (attributes[name] ?? '') : undefined);
  const made = rule.element(given, node, options);
  if (made === undefined) return [];
  if (!rule.children && node.children.length > 0) options.report.error(line, `:::${node.name} takes no text`, 'close it with ::: on the next line');
  const prepared: PreparedDirective = {
    type: 'ksDirective',
    ...made,
    children: rule.children ? (prepare(node.children as RootContent[], options) as (BlockContent | DefinitionContent)[]) : [],
  };
  return [prepared as unknown as RootContent];
}

/** Elements of ours inside a line of text are carried by an emphasis node with a name of its own. */
function inlineElement(tagName: string, properties: Record<string, string | number>, text: string): RootContent {
  return {
    type: 'emphasis',
    data: { hName: tagName, hProperties: properties },
    children: text === '' ? [] : [{ type: 'text', value: text }],
  };
}

const REFERENCE = /\[\[([^[\]]+)\]\]/g;

/** Text with [[SET]] and [[term:shard|shards]]. */
function expandReferences(text: string, line: number, options: ProseOptions): RootContent[] {
  const out: RootContent[] = [];
  let position = 0;
  const plain = (value: string): void => {
    if (value !== '') out.push({ type: 'text', value });
  };
  for (const found of text.matchAll(REFERENCE)) {
    const inside = (found[1] ?? '').trim();
    plain(text.slice(position, found.index));
    position = found.index + found[0].length;
    const term = /^term:([a-z0-9-]+)(?:\|(.+))?$/.exec(inside);
    if (term !== null) {
      const id = term[1] ?? '';
      options.notes.terms.set(id, line);
      out.push(inlineElement('ks-term', { term: id }, term[2] ?? id.replaceAll('-', ' ')));
    } else if (/^[A-Z][A-Z0-9._-]*( [A-Z][A-Z0-9_-]*)*$/.test(inside)) {
      if (!options.notes.commands.has(inside)) options.notes.commands.set(inside, line);
      out.push(inlineElement('ks-command', { name: inside }, inside));
    } else {
      options.report.error(line, `[[${inside}]] is no command`, 'write command names in capitals, like [[SET]] or [[CONFIG GET]]');
      plain(inside);
    }
  }
  plain(text.slice(position));
  return out;
}

function prepareLink(node: Link, options: ProseOptions): RootContent[] {
  const line = lineOf(node, options);
  const children = preparePhrasing(node.children, options);
  const item = /^(?:(?:lesson|exercise|quiz|module|item):)?([a-z][a-z0-9-]*)(#[a-z0-9-]+)?$/.exec(node.url);
  if (item !== null && !node.url.startsWith('#')) {
    const id = item[1] ?? '';
    options.notes.links.set(id, line);
    // The real address is known when all items are: see links.ts.
    return [{ ...node, url: `/item/${id}${item[2] ?? ''}`, children }];
  }
  if (/^https?:\/\//.test(node.url)) {
    return [{ ...node, children, data: { hProperties: { rel: ['noopener', 'noreferrer'], target: '_blank' } } }];
  }
  if (/^(#[a-z0-9-]+|\/reference\/[a-z-]+|\/sandbox|\/progress|mailto:.+)$/.test(node.url)) return [{ ...node, children }];
  options.report.error(line, `a link to "${node.url.slice(0, 60)}"`, 'link an item by its id, or a page that begins with https://');
  return children;
}

function prepareImage(node: Image, options: ProseOptions): RootContent[] {
  const line = lineOf(node, options);
  if (!/^\/images\/[a-z0-9/_.-]+\.(svg|png|webp)$/.test(node.url)) {
    options.report.error(line, `an image from "${node.url.slice(0, 60)}"`, 'images stand in public/images and are named /images/x.svg; the course works offline');
    return [];
  }
  if ((node.alt ?? '').trim() === '') options.report.error(line, 'an image without a text alternative', 'write ![what it shows](/images/x.svg)');
  return [node];
}

// --- fenced blocks -----------------------------------------------------------------------------------

const EXPECT: readonly string[] = ['exact', 'shape', 'ignore', 'error'];
const TRANSCRIPT_FLAGS = ['predict', 'client', 'node', 'host', 'confirm', 'once', 'expect'];
const EXERCISE_FENCES = ['checks', 'solution', 'wrong', 'faults'];

function compileCode(node: Code, options: ProseOptions): Element {
  const { notes, report } = options;
  const line = lineOf(node, options);
  const language = node.lang ?? 'text';
  const { values, problems } = parseAttributes(node.meta ?? '');
  for (const what of problems) report.error(line, what, 'write attributes like {client=b predict}');
  const id = `b${Object.keys(notes.blocks).length + 1}`;
  const element = (tagName: string, block: Block): Element => {
    notes.blocks[id] = block;
    return { type: 'element', tagName, properties: { block: id }, children: [] };
  };
  if (EXERCISE_FENCES.includes(language)) {
    report.error(line, `a \`\`\`${language} block in a place where nothing reads it`, 'it belongs to the top level of an exercise or of a question');
    return { type: 'element', tagName: 'div', properties: {}, children: [] };
  }
  const client = values.get('client');
  const host = values.get('node') ?? values.get('host');
  const common = {
    id, line,
    ...(client === undefined ? {} : { client }),
    ...(host === undefined ? {} : { host }),
    confirm: values.has('confirm'),
    once: values.has('once'),
  };
  if (language === 'redis' || language === 'console') {
    const known = language === 'redis' ? TRANSCRIPT_FLAGS : TRANSCRIPT_FLAGS.filter((name) => name !== 'predict');
    for (const name of values.keys()) {
      if (!known.includes(name)) report.error(line, `a \`\`\`${language} block has no attribute "${name}"`, didYouMean(name, known));
    }
    const expect = readExpect(values.get('expect'), line, report);
    const parsed = parseTranscript(node.value, language === 'redis' ? '>' : '$');
    for (const problem of parsed.problems) report.error(line + 1 + problem.line, problem.what, problem.fix);
    if (parsed.entries.length === 0) report.error(line, `a \`\`\`${language} block without a command`, `begin command lines with "${language === 'redis' ? '>' : '$'} "`);
    for (const entry of parsed.entries) {
      if (language === 'redis' && / #(\s|$)/.test(entry.command)) report.error(line + 1 + entry.line, 'a comment on a command line would be sent as arguments', 'say it in the prose');
    }
    const entries = parsed.entries.map(({ line: _line, ...entry }) => entry);
    if (language === 'console') return element('ks-console', { kind: 'console', ...common, entries, expect });
    const predict = values.has('predict');
    if (predict && entries.some((entry) => entry.reply === '')) report.error(line, 'a reply to predict is missing', 'write what redis-cli prints below each command');
    return element('ks-transcript', { kind: 'transcript', ...common, entries, predict, expect });
  }
  if (!Object.hasOwn(LANGUAGES, language)) report.error(line, `unknown language "${language}"`, didYouMean(language, Object.keys(LANGUAGES)));
  for (const name of values.keys()) if (name !== 'title') report.error(line, `a \`\`\`${language} block has no attribute "${name}"`, 'only title="…" can be given');
  const title = values.get('title');
  return element('ks-code', { kind: 'code', id, line, language, ...(title === undefined ? {} : { title }), code: node.value, highlighted: highlight(node.value, language) });
}

function readExpect(value: string | undefined, line: number, report: Reporter): Expect {
  if (value === undefined) return 'exact';
  const known = EXPECT.find((each) => each === value);
  if (known === undefined) report.error(line, `expect=${value} is unknown`, didYouMean(value, EXPECT));
  return (known ?? 'exact') as Expect;
}
