import { describe, expect, test } from 'vitest';
import { parse, type Parsed } from './parse.ts';

/** The words of the first simple command, as `kind:text` for parts that are more than text. */
function words(source: string): string[] {
  const parsed = parse(source);
  if (parsed.kind !== 'list') return [parsed.kind];
  const command = parsed.list[0]?.parts[0]?.pipeline.commands[0]?.command;
  if (command?.kind !== 'simple') return [command?.kind ?? 'nothing'];
  return command.words.map((word) => word.map((part) => {
    if (part.kind === 'text') return part.quoted ? `'${part.text}'` : part.text;
    return part.kind === 'variable' ? `$${part.name}` : `$(${part.source})`;
  }).join('+'));
}

describe('words', () => {
  test.each<[string, string[]]>([
    ['a  b\tc', ['a', 'b', 'c']],
    ['"a b" c', ["'a b'", 'c']],
    ["'a $x' \"b\"", ["'a $x'", "'b'"]],
    ['a\\ b', ["a+' '+b"]],
    ['"$x y"', ["''+$x+' y'"]],
    ['$x${y}z', ['$x+$y+z']],
    ['$(echo "a)" b)', ['$(echo "a)" b)']],
    ['""', ["''"]],
    ['a # b', ['a']],
    ['a#b', ['a#b']],
    ['$', ['$']],
    ['"\\$x \\n"', ["'$x \\n'"]],
    ['a\\\nb', ["a+b"]],
    // Byte 0xA0 is a blank in Unicode and a part of many letters in UTF-8.
    ['echo \xc3\xa0', ['echo', '\xc3\xa0']],
    ['if true; then a; fi', ['if']],
  ])('%j', (source, expected) => {
    expect(words(source)).toEqual(expected);
  });
});

describe('what is not a whole command', () => {
  test.each(['"a', "'a", 'a |', 'a &&', 'a ||', 'if a', 'if a; then b', 'for x in 1 2', 'while a; do', 'a \\', '$(a', 'cat <<E', 'cat <<E\nx', '( a', '{ a;', '${x'])('%j wants more lines', (source) => {
    expect(parse(source)).toEqual({ kind: 'incomplete' });
  });

  test.each<[string, string]>([
    ['| a', "syntax error near unexpected token `|'"],
    ['a | | b', "syntax error near unexpected token `|'"],
    ['; a', "syntax error near unexpected token `;'"],
    ['a && ; b', "syntax error near unexpected token `;'"],
    ['a )', "syntax error near unexpected token `)'"],
    ['done', "syntax error near unexpected token `done'"],
    ['for 1 in a; do b; done', "`1': not a valid identifier"],
    ['if a; then b; fi c', "syntax error near unexpected token `c'"],
    ['echo ${x!}', '${x!}: bad substitution'],
    ['a >', "syntax error: a file name must follow `>'"],
    ['case a in', "`case' is not understood by this shell"],
  ])('%j is refused', (source, message) => {
    expect(parse(source)).toEqual({ kind: 'error', message });
  });

  test('an empty line is an empty list', () => {
    for (const source of ['', '   ', '# comment', '\n\n']) expect(parse(source)).toEqual({ kind: 'list', list: [] });
  });
});

describe('structure', () => {
  const list = (parsed: Parsed) => (parsed.kind === 'list' ? parsed.list : []);

  test('statements, their joints and the background', () => {
    const [first, second] = list(parse('a && b || c & d'));
    expect(first?.parts.map((part) => part.join)).toEqual(['first', '&&', '||']);
    expect(first?.background).toBe(true);
    expect(first?.source).toBe('a && b || c');
    expect(second?.source).toBe('d');
  });

  test('redirections stand anywhere and keep their order', () => {
    const command = list(parse('<in cmd 2>&1 >out arg 2>>err &>all'))[0]?.parts[0]?.pipeline.commands[0]?.command;
    expect(command?.kind === 'simple' && command.words.length).toBe(2);
    expect(command?.kind === 'simple' && command.redirects.map(({ fd, kind }) => `${fd}${kind}`)).toEqual(['0read', '2duplicate', '1write', '2append', '1both']);
  });

  test('a here-document is taken after its line, with or without variables', () => {
    const command = list(parse("cat <<A <<-'B' x\none $y\nA\n\ttwo $y\n\tB\necho"))[0]?.parts[0]?.pipeline.commands[0]?.command;
    expect(command?.kind === 'simple' && command.redirects.map(({ word }) => word)).toEqual([
      [{ kind: 'text', text: 'one ', quoted: true }, { kind: 'variable', name: 'y', quoted: true }, { kind: 'text', text: '\n', quoted: true }],
      [{ kind: 'text', text: 'two $y\n', quoted: true }],
    ]);
  });
});
