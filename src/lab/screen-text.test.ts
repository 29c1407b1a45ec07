import { describe, expect, it } from 'vitest';
import { utf8 } from '../engine/index.ts';
import { ScreenText } from './screen-text.ts';

const shown = (bytes: string, columns = 20): string => {
  const screen = new ScreenText(columns);
  screen.write(bytes);
  const whole = screen.text();
  // Bytes may come in any pieces.
  const pieces = new ScreenText(columns);
  for (const byte of bytes) pieces.write(byte);
  expect(pieces.text()).toBe(whole);
  return whole;
};

describe('output as plain text', () => {
  const table: [string, string, string][] = [
    ['lines', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['a line written over', 'GET x\rSET', 'SET x'],
    ['a hint that is erased', 'SET \x1b[90mkey value\x1b[0m\r\x1b[4C\x1b[Ja', 'SET a'],
    ['backspace', 'ab\b \bc', 'ac'],
    ['erasing to the end, to the start, and all', 'abcdef\x1b[3D\x1b[K|\r\x1b[2C\x1b[1K\r\nx\x1b[2Ky', '   |\n y'],
    ['a long line wraps', 'a'.repeat(25), `${'a'.repeat(20)}\n${'a'.repeat(5)}`],
    ['a wrapped line redrawn', `${'a'.repeat(25)}\r\x1b[1A\x1b[Jnew`, 'new'],
    ['clearing forgets everything above', 'old\r\n\x1b[H\x1b[2Jnew', 'new'],
    ['a full reset', 'old\x1bcnew', 'new'],
    ['colours, titles and modes are dropped', '\x1b[1;31mred\x1b[0m\x1b]0;title\x07\x1b[?2004h!', 'red!'],
    ['tabs', 'a\tb', 'a       b'],
    ['UTF-8', utf8('grüße → 世界'), 'grüße → 世界'],
  ];
  for (const [name, bytes, expected] of table) it(name, () => expect(shown(bytes)).toBe(expected));

  it('keeps the last two thousand lines', () => {
    const screen = new ScreenText(80);
    for (let i = 0; i < 3000; i++) screen.write(`${i}\r\n`);
    const lines = screen.text().split('\n');
    expect(lines.length).toBe(2000);
    expect(lines.slice(-2)).toEqual(['2999', '']);
  });
});
