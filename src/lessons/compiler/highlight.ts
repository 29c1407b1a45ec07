/*
 * Colours of code, at build time
 * ------------------------------
 * lowlight gives class names; the page's style sheet gives them colours, so no highlighter is shipped.
 * The grammar for Redis command lines is our own: the command, its option words, numbers and strings.
 */
import { common, createLowlight } from 'lowlight';
import type { Tree } from '../model.ts';
import { toTree } from './tree.ts';

type Grammar = Parameters<ReturnType<typeof createLowlight>['register']>[1] & ((hljs: never) => unknown);

/** A line of redis-cli: COMMAND argument "argument" OPTION 10. */
const redis = (() => ({
  name: 'Redis',
  case_insensitive: false,
  contains: [
    { scope: 'string', begin: '"', end: '"|$', contains: [{ scope: 'char.escape', begin: /\\(x[0-9a-fA-F]{2}|.)/ }] },
    { scope: 'string', begin: "'", end: "'|$", contains: [{ scope: 'char.escape', begin: /\\'/ }] },
    { scope: 'keyword', begin: /^[ \t]*(@[a-z][a-z0-9-]*[ \t]+)?[A-Za-z][A-Za-z.]*(?=[ \t]|$)/ },
    { scope: 'number', begin: /(?<=[ \t])[-+]?\d+(\.\d+)?(?=[ \t]|$)/ },
    { scope: 'built_in', begin: /(?<=[ \t])[A-Z][A-Z-]*[A-Z](?=[ \t]|$)/ },
  ],
})) as unknown as Grammar;

const { bash, ini, python, javascript, json, yaml, go, java } = common;
const lowlight = createLowlight({
  redis,
  ...(bash && { bash }),
  ...(ini && { ini }),
  ...(python && { python }),
  ...(javascript && { javascript }),
  ...(json && { json }),
  ...(yaml && { yaml }),
  ...(go && { go }),
  ...(java && { java }),
});

/** What authors may name after a fence → the grammar. */
export const LANGUAGES: Readonly<Record<string, string>> = {
  redis: 'redis', sh: 'bash', bash: 'bash', console: 'bash', conf: 'conf', ini: 'ini', python: 'python', py: 'python',
  javascript: 'javascript', js: 'javascript', json: 'json', yaml: 'yaml', yml: 'yaml', go: 'go', java: 'java', text: '', resp: '',
};

/** Code as nodes with class names; plain text when the language has no grammar. */
export function highlight(code: string, language: string): Tree {
  if (language === 'conf') return highlightConf(code);
  const grammar = LANGUAGES[language] ?? '';
  if (grammar === '' || code === '') return code === '' ? [] : [{ type: 'text', value: code }];
  return toTree(lowlight.highlight(grammar, code).children);
}

/** redis.conf has no `=`: a directive, its values, comments that begin the line. */
function highlightConf(code: string): Tree {
  const tree: Tree = [];
  const span = (name: string, value: string): void => {
    tree.push({ type: 'element', tagName: 'span', properties: { className: [`hljs-${name}`] }, children: [{ type: 'text', value }] });
  };
  const text = (value: string): void => {
    if (value !== '') tree.push({ type: 'text', value });
  };
  code.split('\n').forEach((line, index) => {
    if (index > 0) text('\n');
    const found = /^(\s*)([A-Za-z][\w-]*)(.*)$/.exec(line);
    if (/^\s*#/.test(line)) span('comment', line);
    else if (found === null) text(line);
    else {
      text(found[1] ?? '');
      span('attr', found[2] ?? '');
      for (const part of (found[3] ?? '').split(/(\s+|"[^"]*")/)) {
        if (/^\d+(kb|mb|gb|k|m|g)?$/i.test(part)) span('number', part);
        else if (part.startsWith('"')) span('string', part);
        else text(part);
      }
    }
  });
  return tree;
}
