/*
 * Keys as a tree
 * --------------
 * Names in Redis are flat; the colon is a habit of people. The tree follows that habit: a folder for each
 * part before a colon that more than one key shares. A key that is also a prefix of others appears both as
 * a key and as a folder.
 */
import type { KeySummary } from '../../engine/inspect/index.ts';

export interface KeyNode {
  /** Full prefix, or the key's name. */
  id: string;
  /** The part that is shown. */
  label: string;
  key: KeySummary | undefined;
  children: KeyNode[];
  /** Keys below. */
  count: number;
}

export function keyTree(keys: readonly KeySummary[]): KeyNode[] {
  return level([...keys].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)), '');
}

function level(keys: readonly KeySummary[], prefix: string): KeyNode[] {
  const groups = new Map<string, KeySummary[]>();
  const nodes: KeyNode[] = [];
  for (const key of keys) {
    const rest = key.key.slice(prefix.length);
    const colon = rest.indexOf(':');
    if (colon <= 0 || colon === rest.length - 1) {
      nodes.push({ id: `=${key.key}`, label: rest === '' ? '(empty)' : rest, key, children: [], count: 1 });
      continue;
    }
    const folder = rest.slice(0, colon + 1);
    const list = groups.get(folder) ?? [];
    list.push(key);
    groups.set(folder, list);
  }
  for (const [folder, inside] of groups) {
    const only = inside[0];
    if (inside.length === 1 && only !== undefined) nodes.push({ id: `=${only.key}`, label: only.key.slice(prefix.length), key: only, children: [], count: 1 });
    else nodes.push({ id: `${prefix}${folder}`, label: folder, key: undefined, children: level(inside, prefix + folder), count: inside.length });
  }
  return nodes.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
}
