/*
 * Prose from the compiled course
 * ------------------------------
 * The compiler has parsed and sanitised the author's Markdown into a tree of elements (see model.ts). Here
 * it becomes React elements. Only names in the two lists below are drawn, so that a tree from elsewhere
 * can bring no script, no handler and no foreign address even if it was never sanitised; elements that
 * begin with `ks-` have components of their own.
 */
import { createElement, Fragment, type ReactNode } from 'react';
import { Callout, type CalloutKind } from '../../ui/index.ts';
import type { Blocks, Question, Tree, TreeElement, TreeNode } from '../model.ts';
import { CodeListing, CopyButton } from './code.tsx';
import { CommandLink, TermLink } from './command-link.tsx';
import { useLessonHost } from './host.tsx';
import { PredictBox } from './predict.tsx';
import { InlineQuiz, Recall } from './inline-quiz.tsx';
import { Transcript } from './transcript.tsx';
import './prose.css';

const ELEMENTS = new Set(['p', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'a', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'hr', 'br', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'img', 'span', 'div', 'sup', 'sub', 'kbd', 'section', 'figure', 'figcaption', 'dl', 'dt', 'dd', 'input']);
const PROPERTIES: Readonly<Record<string, string>> = { id: 'id', title: 'title', alt: 'alt', width: 'width', height: 'height', colSpan: 'colSpan', rowSpan: 'rowSpan', align: 'align', start: 'start', ariaLabel: 'aria-label', ariaHidden: 'aria-hidden', ariaDescribedBy: 'aria-describedby', type: 'type', checked: 'checked', disabled: 'disabled', lang: 'lang' };

export interface ProseProps {
  tree: Tree;
  blocks: Blocks;
  /** Questions that a ks-quiz may name. */
  questions?: Readonly<Record<string, Question>>;
}

interface Around {
  blocks: Blocks;
  questions: Readonly<Record<string, Question>>;
}

export function Prose({ tree, blocks, questions = {} }: ProseProps) {
  return <div className="prose">{drawTree(tree, { blocks, questions })}</div>;
}

/** A short tree inside other text (an option, a reason, a hint). */
export function ShortProse({ tree, blocks = {} }: { tree: Tree; blocks?: Blocks }) {
  return <>{drawTree(tree, { blocks, questions: {} })}</>;
}

function drawTree(nodes: Tree, around: Around): ReactNode[] {
  return nodes.map((node, i) => <Fragment key={i}>{drawNode(node, around)}</Fragment>);
}

function drawNode(node: TreeNode, around: Around): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.tagName.startsWith('ks-')) return drawOwn(node, around);
  if (!ELEMENTS.has(node.tagName)) return <>{drawTree(node.children, around)}</>;
  const children = drawTree(node.children, around);
  if (node.tagName === 'a') return <ProseLink href={text(node, 'href')}>{children}</ProseLink>;
  if (node.tagName === 'table') return <div className="table-frame" role="group" aria-label="Table" tabIndex={0}><table>{children}</table></div>;
  if (node.tagName === 'pre') return <div className="pre-frame"><pre tabIndex={0}>{children}</pre><CopyButton text={plainText(node)} /></div>;
  const properties = safeProperties(node);
  if (node.tagName === 'img' || node.tagName === 'hr' || node.tagName === 'br' || node.tagName === 'input') return createElement(node.tagName, properties);
  return createElement(node.tagName, properties, ...children);
}

function safeProperties(node: TreeElement): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node.properties)) {
    if (name === 'className') out['className'] = Array.isArray(value) ? value.join(' ') : String(value);
    else if (name === 'src' && node.tagName === 'img' && typeof value === 'string' && /^(\/(?!\/)|data:image\/(?:png|svg\+xml|webp);)/.test(value)) out['src'] = value;
    else if (Object.hasOwn(PROPERTIES, name)) out[PROPERTIES[name] ?? name] = value;
  }
  if (node.tagName === 'input') out['readOnly'] = true;
  return out;
}

function drawOwn(node: TreeElement, around: Around): ReactNode {
  const children = drawTree(node.children, around);
  switch (node.tagName) {
    case 'ks-transcript':
    case 'ks-console':
    case 'ks-code': {
      const block = around.blocks[text(node, 'block')];
      if (block === undefined) return null;
      return block.kind === 'code' ? <CodeListing block={block} /> : <Transcript block={block} />;
    }
    case 'ks-viz':
      return <Picture node={node} />;
    case 'ks-predict':
      return <PredictBox id={text(node, 'id')} answer={text(node, 'answer')} options={text(node, 'options')}>{children}</PredictBox>;
    case 'ks-recall':
      return <Recall count={Number(text(node, 'n')) || 2} />;
    case 'ks-quiz':
      return <InlineQuiz questions={text(node, 'ids').split(/\s+/).map((id) => around.questions[id]).filter((question) => question !== undefined)} />;
    case 'ks-callout': {
      const kind = text(node, 'kind');
      const known: CalloutKind = kind === 'tip' || kind === 'warning' || kind === 'production' ? kind : 'note';
      return <Callout kind={known} title={text(node, 'title') === '' ? undefined : text(node, 'title')}>{children}</Callout>;
    }
    case 'ks-compare':
      return <div className="compare">{children}</div>;
    case 'ks-details':
      return <details className="fold"><summary>{text(node, 'summary')}</summary>{children}</details>;
    case 'ks-command':
      return <CommandLink name={text(node, 'name')}>{children}</CommandLink>;
    case 'ks-term':
      return <TermLink id={text(node, 'term')}>{children}</TermLink>;
    case 'ks-blank':
      return <span className="gap" aria-label={`gap ${text(node, 'n')}`}>____</span>;
    default:
      return <>{children}</>;
  }
}

function Picture({ node }: { node: TreeElement }) {
  const host = useLessonHost();
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(node.properties)) {
    if (name === 'id' || name === 'view') continue;
    // `key` would be React's own, so the compiler calls it data-key.
    params[name === 'dataKey' || name === 'data-key' ? 'key' : name] = String(value);
  }
  return <>{host.picture({ id: text(node, 'id'), view: text(node, 'view'), params })}</>;
}

function ProseLink({ href, children }: { href: string; children: ReactNode }) {
  const host = useLessonHost();
  if (href.startsWith('/') && !href.startsWith('//')) return <>{host.link({ href, children })}</>;
  if (href.startsWith('#')) return <a href={href}>{children}</a>;
  if (/^https?:\/\//i.test(href)) return <a href={href} target="_blank" rel="noopener noreferrer">{children}</a>;
  return <>{children}</>;
}

function text(node: TreeElement, name: string): string {
  const value = node.properties[name];
  return value === undefined ? '' : Array.isArray(value) ? value.join(' ') : String(value);
}

function plainText(node: TreeNode): string {
  return node.type === 'text' ? node.value : node.children.map(plainText).join('');
}
