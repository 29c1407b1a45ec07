import { expect, test } from 'vitest';
import { syntaxOf, type Arg, type CommandDoc } from './command-docs.ts';

function line(name: string, args: readonly Arg[]): string {
  const doc: CommandDoc = { name, group: 'string', since: '1.0.0', summary: '', complexity: '', arity: 2, flags: [], args, history: [], replies: [], examples: [], differs: '', deprecated: null, subcommands: [] };
  return syntaxOf(doc).map((piece) => piece.text).join(' ');
}

test.each<[string, readonly Arg[], string]>([
  ['GET', [{ name: 'key', type: 'key' }], 'GET key'],
  ['DEL', [{ name: 'key', type: 'key', multiple: true }], 'DEL key [ key … ]'],
  ['GETEX', [{ name: 'key', type: 'key' }, { name: 'expiration', type: 'oneof', optional: true, args: [{ name: 'seconds', type: 'integer', token: 'EX' }, { name: 'persist', type: 'pure-token', token: 'PERSIST' }] }], 'GETEX key [ EX seconds | PERSIST ]'],
  ['MSET', [{ name: 'data', type: 'block', multiple: true, args: [{ name: 'key', type: 'key' }, { name: 'value', type: 'string' }] }], 'MSET key value [ key value … ]'],
  ['X', [{ name: 'mode', type: 'oneof', args: [{ name: 'on', type: 'pure-token', token: 'ON' }, { name: 'off', type: 'pure-token', token: 'OFF' }] }], 'X < ON | OFF >'],
])('the syntax of %s is built from its arguments', (name, args, expected) => {
  expect(line(name, args)).toBe(expected);
});
