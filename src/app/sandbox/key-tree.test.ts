import { expect, test } from 'vitest';
import type { KeySummary } from '../../engine/inspect/index.ts';
import { keyTree, type KeyNode } from './key-tree.ts';

const summary = (key: string): KeySummary => ({ key, type: 'string', encoding: 'raw', ttlMs: null, expired: false, size: 1, memoryBytes: 56 });
const drawn = (nodes: readonly KeyNode[], indent = ''): string[] => nodes.flatMap((node) => [`${indent}${node.label}${node.key === undefined ? ` (${node.count})` : ''}`, ...drawn(node.children, `${indent}  `)]);

test('keys with a common part stand in a folder, a single one does not', () => {
  expect(drawn(keyTree(['user:2', 'user:1', 'stock:lamp', 'visits'].map(summary)))).toEqual(['stock:lamp', 'user: (2)', '  1', '  2', 'visits']);
});
test('folders nest', () => {
  expect(drawn(keyTree(['a:b:1', 'a:b:2', 'a:c'].map(summary)))).toEqual(['a: (3)', '  b: (2)', '    1', '    2', '  c']);
});
test('a key that is a prefix of others is a key and a folder', () => {
  expect(drawn(keyTree(['a', 'a:1', 'a:2'].map(summary)))).toEqual(['a', 'a: (2)', '  1', '  2']);
});
test('odd colons make no empty folders', () => {
  expect(drawn(keyTree([':x', 'y:', ''].map(summary)))).toEqual(['(empty)', ':x', 'y:']);
});
