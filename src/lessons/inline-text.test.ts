import { expect, test } from 'vitest';
import { inlinePlain, parseInline } from './inline-text.ts';

test.each<[string, string, string]>([
  ['plain', 'a b', 'text:a b'],
  ['code', 'is `a b` now', 'text:is |code:a b|text: now'],
  ['a command', 'use [[CONFIG GET]].', 'text:use |command:CONFIG GET|text:.'],
  ['strong and emphasis', '**now** and *then*', 'strong:now|text: and |emphasis:then'],
  ['marks inside code are text', '`**a** [[SET]]`', 'code:**a** [[SET]]'],
  ['an unclosed mark is text', 'a ` b * c ** d [[ e', 'text:a ` b * c ** d [[ e'],
  ['a product is no emphasis', '2*3*4', 'text:2*3*4'],
  ['lower case is no command', '[[set]]', 'text:[[set]]'],
])('%s', (_name, source, pieces) => {
  expect(parseInline(source).map((piece) => `${piece.kind}:${piece.text}`).join('|')).toBe(pieces);
});

test('the plain text is what is read aloud', () => {
  expect(inlinePlain('`a` is **not** [[SET]]')).toBe('a is not SET');
});
