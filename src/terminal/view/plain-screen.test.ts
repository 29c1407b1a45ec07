import { describe, expect, test } from 'vitest';
import { plainReader } from './plain-screen.ts';

function lines(...chunks: string[]): readonly string[] {
  const reader = plainReader();
  for (const chunk of chunks) reader.write(chunk);
  return reader.screen().lines;
}

describe('the plain view of a terminal', () => {
  test.each<[string, string[], string[]]>([
    ['keeps lines apart', ['one\r\ntwo'], ['one', 'two']],
    ['lets a line editor redraw its line', ['\r> SE\x1b[0K\r\x1b[4C', '\r> SET\x1b[0K\r\x1b[5C'], ['> SET']],
    ['erases what a shorter line leaves', ['abcdef\rab\x1b[0K'], ['ab']],
    ['takes characters back', ['ab\b \b'], ['a ']],
    ['drops colours', ['\x1b[31mred\x1b[0m'], ['red']],
    ['waits for the rest of an escape sequence', ['a\x1b[', '0mb'], ['ab']],
    ['waits for the rest of a character', ['\xc3', '\xa9'], ['é']],
    ['drops titles', ['\x1b]0;title\x07x'], ['x']],
    ['clears the screen', ['old\r\nmore\x1b[H\x1b[2Jnew'], ['new']],
    ['starts anew when the terminal is reset', ['old\r\nmore\x1bc\x1b[3Jnew'], ['new']],
    ['goes to the next tab stop', ['a\tb'], ['a       b']],
    ['overwrites in the middle', ['abc\x1b[2Dx'], ['axc']],
  ])('%s', (_name, chunks, expected) => {
    expect(lines(...chunks)).toEqual(expected);
  });

  test('the first line has a rising number, so that rows keep their identity', () => {
    const reader = plainReader();
    reader.write('x\r\n'.repeat(2100));
    const screen = reader.screen();
    expect(screen.lines.length).toBe(2000);
    expect(screen.first).toBe(101);
  });
});
