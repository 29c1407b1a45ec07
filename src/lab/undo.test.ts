import { describe, expect, it } from 'vitest';
import type { RecordedInput } from '../simulation/index.ts';
import { canTakeBack, withoutLastEntered } from './undo.ts';

const open: RecordedInput = { atUs: 0, executed: 0, kind: 'open', tty: 'a', host: 'local', columns: 80, rows: 24 };
/** `a:SET x\r` is typed at terminal a in one input; `|` cuts it into several. */
const typed = (...texts: string[]): RecordedInput[] =>
  texts.flatMap((text) => text.slice(2).split('|').map((bytes): RecordedInput => ({ atUs: 1, executed: 1, kind: 'type', tty: text.charAt(0), bytes })));
const left = (inputs: RecordedInput[] | undefined): string[] | undefined => inputs?.map((input) => (input.kind === 'type' ? `${input.tty}:${input.bytes}` : input.kind));

describe('taking back the last thing entered', () => {
  const table: [string, string[], string[] | undefined][] = [
    ['a command', ['a:SET x\r'], []],
    ['typed in pieces', ['a:S|ET x|\r'], []],
    ['only the last of several', ['a:SET x\rSET y\r'], ['a:SET x\r']],
    ['and keeps what is being typed', ['a:SET x\rGE'], ['a:GE']],
    ['together with empty lines after it', ['a:SET x\r\r \r'], []],
    ['of the terminal used last', ['a:SET x\r', 'b:SET y\r', 'a:GE'], ['a:SET x\r', 'a:GE']],
    ['leaving other terminals', ['b:SET y\r', 'a:S', 'b:half', 'a:ET x\r'], ['b:SET y\r', 'b:half']],
    ['an interrupt alone', ['a:MONITOR\r\x03'], ['a:MONITOR\r']],
    ['the end of input alone', ['a:cat\r\x04'], ['a:cat\r']],
    ['nothing when nothing was entered', ['a:SET'], undefined],
    ['nothing when only empty lines were', ['a:\r\r'], undefined],
    ['nothing at all', [], undefined],
  ];
  for (const [name, before, after] of table) {
    it(name, () => {
      const inputs = typed(...before);
      expect(left(withoutLastEntered(inputs, 0))).toEqual(after);
      expect(canTakeBack(inputs, 0)).toBe(after !== undefined);
    });
  }

  it('never reaches into the start', () => {
    const inputs = [open, ...typed('a:SET x\r'), ...typed('a:SET y\r')];
    expect(left(withoutLastEntered(inputs, 2))).toEqual(['open', 'a:SET x\r']);
    expect(withoutLastEntered(inputs, 3)).toBeUndefined();
  });
});
