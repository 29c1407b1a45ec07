/*
 * The screen as lines of text
 * ---------------------------
 * The plain view shows a terminal as paragraphs, for screen readers, phones and whoever prefers it. The
 * programs behind it still speak to a terminal: a line editor redraws its line with carriage returns
 * and cursor movements. This small reader of that language keeps a list of lines and a cursor.
 *
 * It knows what shells and redis-cli send: printable text, CR, LF, BS, TAB, cursor movements, erasing of
 * line and screen, and colours (dropped). Lines never wrap here, since the paragraph wraps by itself.
 */
import type { Bytes } from '../../engine/index.ts';
import { textOf } from './encoding.ts';

/** Lines kept; older ones are forgotten as in any scrollback. */
const KEPT_LINES = 2000;

export interface PlainScreen {
  /** Every line, the last is the one with the cursor. */
  readonly lines: readonly string[];
  /** Rising number of the first line, so that a list can key its rows. */
  readonly first: number;
}

interface State {
  lines: string[];
  first: number;
  row: number;
  column: number;
  /** Bytes of an escape sequence or a character that came in part. */
  pending: Bytes;
}

export interface PlainReader {
  write(bytes: Bytes): void;
  screen(): PlainScreen;
}

export function plainReader(): PlainReader {
  const state: State = { lines: [''], first: 0, row: 0, column: 0, pending: '' };
  return {
    write(bytes) {
      const { complete, rest } = cutComplete(state.pending + bytes);
      state.pending = rest;
      const text = textOf(complete);
      let at = 0;
      while (at < text.length) at = step(state, text, at);
      forget(state);
    },
    screen: () => ({ lines: state.lines.slice(), first: state.first }),
  };
}

/** Holds back a character or an escape sequence of which the end has not come. */
function cutComplete(bytes: Bytes): { complete: Bytes; rest: Bytes } {
  let end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const code = bytes.charCodeAt(end - back);
    if (code < 0x80) break;
    if (code >= 0xc0) {
      const length = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2;
      if (length > back) end -= back;
      break;
    }
  }
  const escape = bytes.lastIndexOf('\x1b', end - 1);
  if (escape >= 0 && end - escape < 64 && !/^\x1b(?:\[[0-9;?]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^[\]])/.test(bytes.slice(escape, end))) end = escape;
  return { complete: bytes.slice(0, end), rest: bytes.slice(end) };
}

function step(state: State, text: string, at: number): number {
  const character = text.charAt(at);
  if (character === '\x1b') return escape(state, text, at);
  if (character === '\r') state.column = 0;
  else if (character === '\n') down(state, 1);
  else if (character === '\b') state.column = Math.max(0, state.column - 1);
  else if (character === '\t') {
    do put(state, ' '); while (state.column % 8 !== 0);
  } else if (character >= ' ' && character !== '\x7f') {
    const whole = String.fromCodePoint(text.codePointAt(at) ?? 0xfffd);
    put(state, whole);
    return at + whole.length;
  }
  return at + 1;
}

function escape(state: State, text: string, at: number): number {
  const found = /^\x1b(?:\[([0-9;?]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)/s.exec(text.slice(at, at + 4096));
  if (found === null) return at + 1;
  if (found[0] === '\x1bc') {
    clear(state);
    state.column = 0;
  }
  const kind = found[2];
  if (kind !== undefined) move(state, kind, (found[1] ?? '').split(';').map((part) => Number(part) || 0));
  return at + found[0].length;
}

function move(state: State, kind: string, numbers: readonly number[]): void {
  const n = Math.max(1, numbers[0] ?? 1);
  const line = state.lines[state.row] ?? '';
  if (kind === 'A') state.row = Math.max(0, state.row - n);
  else if (kind === 'B') state.row = Math.min(state.lines.length - 1, state.row + n);
  else if (kind === 'C') state.column += n;
  else if (kind === 'D') state.column = Math.max(0, state.column - n);
  else if (kind === 'G') state.column = n - 1;
  else if (kind === 'K') {
    const mode = numbers[0] ?? 0;
    if (mode === 0) state.lines[state.row] = [...line].slice(0, state.column).join('');
    else if (mode === 2) state.lines[state.row] = '';
    else state.lines[state.row] = ' '.repeat(Math.min(state.column, line.length)) + [...line].slice(state.column).join('');
  } else if (kind === 'J') {
    if ((numbers[0] ?? 0) >= 2) clear(state);
    else {
      state.lines[state.row] = [...line].slice(0, state.column).join('');
      state.lines.length = state.row + 1;
    }
  } else if (kind === 'H' || kind === 'f') {
    // Only "home" occurs, before the screen is cleared; rows above the scrollback's end are not addressed.
    state.column = Math.max(0, (numbers[1] ?? 1) - 1);
  }
}

function clear(state: State): void {
  state.first += state.lines.length;
  state.lines = [''];
  state.row = 0;
}

function down(state: State, rows: number): void {
  for (let i = 0; i < rows; i++) {
    state.row++;
    if (state.row === state.lines.length) state.lines.push('');
  }
}

function put(state: State, character: string): void {
  const line = [...(state.lines[state.row] ?? '')];
  while (line.length < state.column) line.push(' ');
  line[state.column] = character;
  state.lines[state.row] = line.join('');
  state.column++;
}

function forget(state: State): void {
  const over = state.lines.length - KEPT_LINES;
  if (over <= 0) return;
  state.lines.splice(0, over);
  state.first += over;
  state.row = Math.max(0, state.row - over);
}
