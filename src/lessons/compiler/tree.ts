/*
 * Trees
 * -----
 * hast → the small tree of the model: elements and texts, without positions, comments and other kinds of
 * node. Also the plain text of a tree, which search, reading lengths and screen readers are made from.
 */
import type { Nodes } from 'hast';
import type { Block, Blocks, PropertyValue, Tree, TreeElement, TreeNode } from '../model.ts';

/** Drops everything that is neither element nor text, and joins neighbouring texts. */
export function toTree(nodes: readonly Nodes[]): Tree {
  const tree: Tree = [];
  for (const node of nodes) {
    if (node.type === 'text') {
      const last = tree[tree.length - 1];
      if (last?.type === 'text') last.value += node.value;
      else if (node.value !== '') tree.push({ type: 'text', value: node.value });
    } else if (node.type === 'element') {
      const properties: Record<string, PropertyValue> = {};
      for (const [name, value] of Object.entries(node.properties)) {
        if (value === null || value === undefined) continue;
        properties[name] = Array.isArray(value) ? value.map(String) : value;
      }
      tree.push({ type: 'element', tagName: node.tagName, properties, children: toTree(node.children) });
    } else if (node.type === 'root') {
      tree.push(...toTree(node.children));
    }
  }
  return tree;
}

const BLOCK_ELEMENTS = new Set([
  'p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'li', 'ul', 'ol', 'table', 'tr', 'blockquote', 'pre', 'div', 'ks-callout', 'ks-details', 'ks-compare', 'ks-predict',
]);

/** The words of a tree; blocks end in a new line, the cells of a row are parted by a blank. Code blocks are looked up in `blocks`. */
export function plainText(tree: readonly TreeNode[], blocks: Blocks = {}): string {
  let out = '';
  const walk = (nodes: readonly TreeNode[]): void => {
    for (const node of nodes) {
      if (node.type === 'text') {
        out += node.value;
        continue;
      }
      if (node.tagName === 'ks-callout' || node.tagName === 'ks-details') {
        const title = node.properties['title'] ?? node.properties['summary'];
        if (typeof title === 'string' && title !== '') out += `${title}\n`;
      }
      const block = typeof node.properties['block'] === 'string' ? blocks[node.properties['block']] : undefined;
      if (block !== undefined) out += blockText(block);
      walk(node.children);
      if (node.tagName === 'br') out += '\n';
      else if (node.tagName === 'td' || node.tagName === 'th') out += ' ';
      else if (node.tagName === 'ks-blank') out += '___';
      if (BLOCK_ELEMENTS.has(node.tagName)) out += '\n';
    }
  };
  walk(tree);
  return out.replace(/[ \t]+\n/g, '\n').replace(/\n{2,}/g, '\n').trim();
}

function blockText(block: Block): string {
  if (block.kind === 'code') return `${block.code}\n`;
  return block.entries.map((entry) => `${entry.command}\n`).join('');
}

/** Only the prose: what a reader reads word by word, without code blocks. */
export function prose(tree: readonly TreeNode[]): string {
  return plainText(tree);
}

export function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Every element of a tree, parents first. */
export function* elements(tree: readonly TreeNode[]): Generator<TreeElement> {
  for (const node of tree) {
    if (node.type !== 'element') continue;
    yield node;
    yield* elements(node.children);
  }
}

/** The texts of a tree that are prose: not inside code. */
export function* proseTexts(tree: readonly TreeNode[]): Generator<string> {
  for (const node of tree) {
    if (node.type === 'text') yield node.value;
    else if (node.tagName !== 'code' && node.tagName !== 'pre' && node.tagName !== 'ks-command') yield* proseTexts(node.children);
  }
}
