/*
 * Prose from the compiled course
 * ------------------------------
 * The compiler has parsed and sanitised the author's Markdown into a tree of elements (see model.ts). Here
 * it becomes React elements. Only names in the two lists below are drawn, so that a tree from elsewhere
 * can bring no script, no handler and no foreign address even if it was never sanitised; elements that
 * begin with `ks-` have components of their own (own-elements.tsx), which arrive by context: they draw prose
 * again inside, and files must not import one another in a ring.
 */
import { createContext, createElement, Fragment, useContext, type ReactNode } from 'react';
import type { Blocks, Question, Tree, TreeElement, TreeNode } from '../model.ts';
import { CopyButton } from './copy-button.tsx';
import { useLessonHost } from './host.tsx';
import './prose.css';

const ELEMENTS = new Set(['p', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'a', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'hr', 'br', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'img', 'span', 'div', 'sup', 'sub', 'kbd', 'section', 'figure', 'figcaption', 'dl', 'dt', 'dd', 'input']);
const PROPERTIES: Readonly<Record<string, string>> = { id: 'id', title: 'title', alt: 'alt', width: 'width', height: 'height', colSpan: 'colSpan', rowSpan: 'rowSpan', align: 'align', start: 'start', ariaLabel: 'aria-label', ariaHidden: 'aria-hidden', ariaDescribedBy: 'aria-describedby', type: 'type', checked: 'checked', disabled: 'disabled', lang: 'lang' };

/** What an element of ours may need of the item it stands in. */
export interface Around {
  blocks: Blocks;
  questions: Readonly<Record<string, Question>>;
}

/** Draws an element whose name begins with `ks-`. */
export type DrawOwn = (node: TreeElement, around: Around, children: ReactNode[]) => ReactNode;

const OwnContext = createContext<DrawOwn>((_node, _around, children) => children);
export const OwnElementsProvider = OwnContext.Provider;

export interface ProseProps {
  tree: Tree;
  blocks: Blocks;
  /** Questions that a ks-quiz may name. */
  questions?: Readonly<Record<string, Question>>;
}

export function Prose({ tree, blocks, questions = {} }: ProseProps) {
  const own = useContext(OwnContext);
  return <div className="prose">{drawTree(tree, { blocks, questions }, own)}</div>;
}

/** A short tree inside other text (an option, a reason, a hint). */
export function ShortProse({ tree, blocks = {} }: { tree: Tree; blocks?: Blocks }) {
  const own = useContext(OwnContext);
  return <>{drawTree(tree, { blocks, questions: {} }, own)}</>;
}

/** Where white space between elements has no meaning and the DOM allows none. */
const NO_TEXT = new Set(['table', 'thead', 'tbody', 'tr']);

function drawTree(nodes: Tree, around: Around, own: DrawOwn): ReactNode[] {
  return nodes.map((node, i) => <Fragment key={i}>{drawNode(node, around, own)}</Fragment>);
}

function drawNode(node: TreeNode, around: Around, own: DrawOwn): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.tagName.startsWith('ks-')) return own(node, around, drawTree(node.children, around, own));
  if (!ELEMENTS.has(node.tagName)) return <>{drawTree(node.children, around, own)}</>;
  const children = drawTree(NO_TEXT.has(node.tagName) ? node.children.filter((child) => child.type === 'element') : node.children, around, own);
  if (node.tagName === 'a') return <ProseLink href={propertyText(node, 'href')}>{children}</ProseLink>;
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

function ProseLink({ href, children }: { href: string; children: ReactNode }) {
  const host = useLessonHost();
  if (href.startsWith('/') && !href.startsWith('//')) return <>{host.link({ href, children })}</>;
  if (href.startsWith('#')) return <a href={href}>{children}</a>;
  if (/^https?:\/\//i.test(href)) return <a href={href} target="_blank" rel="noopener noreferrer">{children}</a>;
  return <>{children}</>;
}

/** A property as text; '' when it is absent. */
export function propertyText(node: TreeElement, name: string): string {
  const value = node.properties[name];
  return value === undefined ? '' : Array.isArray(value) ? value.join(' ') : String(value);
}

function plainText(node: TreeNode): string {
  return node.type === 'text' ? node.value : node.children.map(plainText).join('');
}
