import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';
import { expect, test } from 'vitest';
import { utf8 } from '../../engine/bytes.ts';
import { columnsOf } from './width.ts';

test('common characters take the columns that the terminal gives them', async () => {
  const terminal = new Terminal({ cols: 20, rows: 2, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  const codes: number[] = [];
  for (const [from, to] of [[0x20, 0x7e], [0xa0, 0x36f], [0x370, 0x482], [0x1100, 0x115f], [0x2000, 0x2bff], [0x2e80, 0xa4cf], [0xac00, 0xac80], [0xfe00, 0xff70], [0x1f300, 0x1f9ff], [0x20000, 0x20010]] as const) {
    for (let code = from; code <= to; code++) codes.push(code);
  }
  // After each character the terminal is asked where its cursor is, and answers `ESC [ row ; column R`.
  const columns: number[] = [];
  terminal.onData((answer) => columns.push(Number(/;(\d+)R/.exec(answer)?.[1]) - 2));
  const questions = codes.map((code) => `\r\x1b[Ka${String.fromCodePoint(code)}\x1b[6n`).join('');
  await new Promise<void>((done) => terminal.write(questions, done));
  expect(columns).toHaveLength(codes.length);
  const differing = codes.flatMap((code, i) => (columns[i] === columnsOf(utf8(String.fromCodePoint(code))) ? [] : [`U+${code.toString(16)} takes ${columns[i]}`]));
  expect(differing).toEqual([]);
});
