import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../engine/bytes.ts';
import { LineEditor } from './line-editor.ts';

const UP = '\x1b[A';
const DOWN = '\x1b[B';
const RIGHT = '\x1b[C';
const LEFT = '\x1b[D';

/** An editor that enters line after line, with what it told its owner. */
function editor(options: { columns?: number; history?: string[]; words?: string[]; hints?: Record<string, string> } = {}) {
  const told: string[] = [];
  const history = options.history ?? [];
  let output = '';
  const next = (): void => edited.start('> ', history);
  const edited: LineEditor = new LineEditor(options.columns ?? 40, {
    write: (bytes) => (output += bytes),
    entered: (line) => {
      told.push(line);
      history.push(line);
      next();
    },
    interrupted: (line) => {
      told.push(`^C ${line}`);
      next();
    },
    ended: () => told.push('^D'),
  });
  edited.setCompleter((before) => (options.words ?? []).filter((word) => word.startsWith(before)));
  edited.setHinter((line) => options.hints?.[line]);
  next();
  return {
    edited, told,
    type: (keys: string) => edited.input(keys),
    written: () => {
      const bytes = output;
      output = '';
      return bytes;
    },
  };
}

/** The line after the keys, with `|` where the cursor stands. */
function after(keys: string, history: string[] = []): string {
  const { edited, type } = editor({ history });
  type(keys);
  const line = edited.line;
  type('\x00|'.slice(1));
  const marked = edited.line;
  return marked.length === line.length + 1 ? marked : `${line} (lost the mark)`;
}

describe('keys edit the line', () => {
  test.each([
    ['abc', 'abc|'],
    ['abc\x02\x02', 'a|bc'],
    [`abc${LEFT}${LEFT}${RIGHT}`, 'ab|c'],
    ['abc\x01', '|abc'],
    ['abc\x1b[H', '|abc'],
    ['abc\x1bOH', '|abc'],
    ['abc\x01\x05', 'abc|'],
    ['abc\x1b[1~\x1b[4~', 'abc|'],
    ['abc\x7f', 'ab|'],
    ['abc\x08', 'ab|'],
    ['abc\x02\x7f', 'a|c'],
    ['\x7f\x7fx', 'x|'],
    ['abc\x01\x1b[3~', '|bc'],
    ['abc\x01\x04', '|bc'],
    ['abc\x04', 'abc|'],
    ['ab cd\x02\x15', '|'],
    ['ab cd\x01\x06\x0b', 'a|'],
    ['set key value\x17', 'set key |'],
    ['set key value   \x17', 'set key |'],
    ['set a-b\x17', 'set |'],
    ['abc\x02\x02\x14', 'ba|c'],
    ['abc\x14', 'abc|'],
    ['set my-key v\x1bb\x1bb', 'set my-|key v'],
    ['set my-key v\x01\x1bf\x1bf', 'set my|-key v'],
    ['set my-key v\x01\x1bd', '| my-key v'],
    ['set key\x1b\x7f', 'set |'],
    ['one two\x1b[1;5D', 'one |two'],
    ['one two\x17\x01\x19', 'two|one '],
    ['a\x00b', 'ab|'],
    ['a\x1bzb', 'azb|'],
    ['a\x1b[99;9Xb', 'ab|'],
  ])('%j gives %j', (keys, line) => {
    expect(after(keys)).toBe(line);
  });

  test('a character of several bytes is one, wherever the bytes are cut', () => {
    const { edited, type } = editor();
    for (const byte of utf8('aé€😀')) type(byte);
    expect(edited.line).toBe(utf8('aé€😀'));
    type('\x7f');
    expect(edited.line).toBe(utf8('aé€'));
    type(`${LEFT}\x7f`);
    expect(edited.line).toBe(utf8('a€'));
  });

  test('an arrow that arrives in pieces is an arrow', () => {
    const { edited, type } = editor();
    type('ab');
    for (const byte of LEFT) type(byte);
    type('x');
    expect(edited.line).toBe('axb');
  });
});

describe('lines', () => {
  test('Enter tells the line, Ctrl-C what was there, Ctrl-D the end of an empty one', () => {
    const { told, type } = editor();
    type('ping\rab\x03\x04');
    expect(told).toEqual(['ping', '^C ab', '^D']);
  });

  test('a pasted block is entered line by line in order', () => {
    const { told, edited, type } = editor();
    type('set a 1\rset b 2\nget a\rge');
    expect(told).toEqual(['set a 1', 'set b 2', 'get a']);
    expect(edited.line).toBe('ge');
  });

  test('keys wait while no line is edited, and can be taken back', () => {
    const lines: string[] = [];
    const editor = new LineEditor(40, { write: () => {}, entered: (line) => lines.push(line), interrupted: () => {}, ended: () => {} });
    editor.start('> ');
    editor.input('one\rtwo\rthr');
    expect(lines).toEqual(['one']);
    editor.start('> ');
    expect(lines).toEqual(['one', 'two']);
    expect(editor.takePending()).toBe('thr');
  });

  test('in a bracketed paste a tab is a tab and each line is entered', () => {
    const { told, edited, type } = editor({ words: ['abc'] });
    type('\x1b[200~a\tb\rc\x03d\x1b[201~');
    expect(told).toEqual(['a\tb']);
    expect(edited.line).toBe('c\x03d');
  });
});

describe('history', () => {
  test('goes up and down and keeps the line that was being typed', () => {
    const { edited, type } = editor({ history: ['one', 'two'] });
    type('ne');
    const seen = [UP, UP, UP, DOWN, DOWN, DOWN].map((key) => {
      type(key);
      return edited.line;
    });
    expect(seen).toEqual(['two', 'one', 'one', 'two', 'ne', 'ne']);
  });

  test('keeps what was changed on an older line until something is entered', () => {
    const { edited, type, told } = editor({ history: ['one', 'two'] });
    type(`${UP}x${UP}${DOWN}`);
    expect(edited.line).toBe('twox');
    type(`\r${UP}${UP}`);
    expect(told).toEqual(['twox']);
    expect(edited.line).toBe('two');
  });

  test.each([
    ['finds the newest match', '\x12ge', 'get b'],
    ['goes to older matches', '\x12ge\x12', 'get a'],
    ['stays when there is nothing older', '\x12ge\x12\x12', 'get a'],
    ['comes back with Ctrl-S', '\x12ge\x12\x13', 'get b'],
    ['folds case', '\x12GET', 'get b'],
    ['widens again with backspace', '\x12get a\x7f\x7f', 'get b'],
  ])('Ctrl-R %s', (_name, keys, line) => {
    const { edited, type } = editor({ history: ['get a', 'set b', 'get b', 'ping'] });
    type(`${keys}\x1b`);
    expect(edited.line).toBe(line);
  });

  test('a match can be entered at once, edited, or left alone', () => {
    const { told, edited, type } = editor({ history: ['get a', 'ping'] });
    type('\x12get\r');
    expect(told).toEqual(['get a']);
    type(`\x12pin${LEFT}x`);
    expect(edited.line).toBe('pinxg');
    type('\x15ab\x12get\x07');
    expect(edited.line).toBe('ab');
  });

  test('the search shows its prompt with the match', () => {
    const { type, written } = editor({ history: ['get foo'] });
    written();
    type('\x12');
    expect(written()).toBe('\r\x1b[J(reverse-i-search): ');
    type('g');
    expect(written()).toBe('\x1b[1mg\x1b[0met foo\x1b[6D');
  });
});

describe('completion', () => {
  test('Tab shows one candidate after the other, then the line as it was', () => {
    const { edited, type, written } = editor({ words: ['get', 'getdel', 'set'] });
    type('g');
    const seen = ['\t', '\t'].map((key) => {
      type(key);
      return edited.line;
    });
    expect(seen).toEqual(['get', 'getdel']);
    written();
    type('\t');
    expect(edited.line).toBe('g');
    expect(written()).toContain('\x07');
    type('\t k');
    expect(edited.line).toBe('get k');
  });

  test('Escape takes the completion back, nothing to complete rings the bell', () => {
    const { edited, type, written } = editor({ words: ['get', 'getdel'] });
    type('g\t\x1b');
    expect(edited.line).toBe('g');
    written();
    type('x\t');
    expect(written()).toBe('x\x07');
  });
});

describe('the screen', () => {
  test('a letter at the end costs one byte', () => {
    const { type, written } = editor();
    expect(written()).toBe('> ');
    type('a');
    expect(written()).toBe('a');
  });

  test('the hint is grey, stays behind the cursor and goes when the line is entered', () => {
    const { type, written } = editor({ hints: { get: ' key' } });
    type('get');
    expect(written()).toBe('> get\x1b[0;90;49m key\x1b[0m\x1b[4D');
    type('\r');
    expect(written()).toBe('\x1b[J\r\n> ');
  });

  test('a password is shown as asterisks', () => {
    let output = '';
    const masked = new LineEditor(40, { write: (bytes) => (output += bytes), entered: () => {}, interrupted: () => {}, ended: () => {} });
    masked.start('Password: ', [], { mask: true });
    masked.input('abc');
    expect(output).toBe('Password: ***');
    expect(masked.line).toBe('abc');
  });

  /** What a terminal shows: its rows without the blanks at their ends, and the cursor. */
  function screenOf(terminal: Terminal): { rows: string[]; cursor: [number, number] } {
    const buffer = terminal.buffer.active;
    const rows: string[] = [];
    for (let y = 0; y < terminal.rows; y++) rows.push(buffer.getLine(y)?.translateToString(true) ?? '');
    return { rows, cursor: [buffer.cursorX, buffer.cursorY] };
  }

  /** A terminal that counts columns as the one on the page does. */
  function terminalOf(cols: number, rows: number): Terminal {
    const terminal = new Terminal({ cols, rows, allowProposedApi: true });
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = '11';
    return terminal;
  }

  const write = (terminal: Terminal, bytes: string): Promise<void> =>
    new Promise((done) => terminal.write(Uint8Array.from(bytes, (c) => c.charCodeAt(0)), done));

  test.each([7, 11, 20])('whatever is typed, %i columns show the line and the cursor where they belong', async (columns) => {
    let seed = 4711 + columns;
    const below = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * n);
    };
    const KEYS = ['a', 'b c', utf8('é'), utf8('世'), utf8('😀'), LEFT, LEFT, RIGHT, UP, DOWN, '\x01', '\x05', '\x7f', '\x17', '\x1b[3~', '\x14', '\x0b', '\x1bb', '\x1bf', '\x12a', '\x1b', '\t', 'x'.repeat(5)];
    const fresh = terminalOf(columns, 20);
    for (let round = 0; round < 5; round++) {
      const live = terminalOf(columns, 20);
      const { edited, type, written } = editor({ columns, history: ['alpha beta', utf8('héllo 世界 wide'), 'a'.repeat(columns - 2)], words: ['alpha', 'abba'], hints: { a: ' hint', ab: '' } });
      for (let step = 0; step < 40; step++) {
        type(KEYS[below(KEYS.length)] ?? '');
        await write(live, written());
        const { rows, cursor } = screenOf(live);
        // The same state painted from nothing on an empty screen.
        edited.input('\x0c');
        const painted = written();
        await write(fresh, `\x1bc${painted}`);
        expect(screenOf(fresh), `round ${round}, step ${step}, line ${JSON.stringify(edited.line)}`).toEqual({ rows, cursor });
        await write(live, painted);
      }
    }
  });

  test('a line that fills its row exactly leaves no empty row when it is entered', async () => {
    const terminal = terminalOf(10, 6);
    const { type, written } = editor({ columns: 10 });
    type('12345678\r');
    await write(terminal, written());
    expect(screenOf(terminal)).toEqual({ rows: ['> 12345678', '> ', '', '', '', ''], cursor: [2, 1] });
  });

  test('a narrower terminal shows the same line', async () => {
    const terminal = terminalOf(20, 8);
    const { edited, type, written } = editor({ columns: 20 });
    type('abcdefghijklmnopqrstuvwxyz');
    await write(terminal, written());
    terminal.resize(12, 8);
    edited.resize(12);
    type('!');
    await write(terminal, written());
    expect(screenOf(terminal).rows.slice(0, 4)).toEqual(['> abcdefghij', 'klmnopqrstuv', 'wxyz!', '']);
  });
});

test('characters that come at once are painted once, the hint with them', () => {
  const written: string[] = [];
  const editor = new LineEditor(40, { write: (bytes) => written.push(bytes), entered: () => {}, interrupted: () => {}, ended: () => {} });
  const asked: string[] = [];
  editor.setHinter((line) => {
    asked.push(line);
    return ' key';
  });
  editor.start('> ');
  asked.length = written.length = 0;
  editor.input('GET');
  expect(asked).toEqual(['GET']);
  expect(written).toHaveLength(1);
  editor.input(` ${'x'.repeat(60)}`);
  // Behind a line that fills its row there is no room for a hint.
  expect(asked).toEqual(['GET']);
});
