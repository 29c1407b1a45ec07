/*
 * A terminal's output as plain text
 * ---------------------------------
 * Line editors redraw: they go back with `\r`, write the line again and move the cursor. A transcript for
 * screen readers, for exercises' records and for tests wants what stands there in the end. This is a
 * screen without a bottom: lines only, with the few movements that line editors use. Colours are dropped.
 */
import { fromUtf8 } from '../engine/index.ts';
import type { Bytes } from '../engine/index.ts';

const MAX_LINES = 2000;

export class ScreenText {
  private lines: string[][] = [[]];
  private row = 0;
  private column = 0;
  private columns: number;
  /** The start of an escape sequence or of a character that is not complete yet. */
  private rest: Bytes = '';

  constructor(columns: number) {
    this.columns = columns;
  }

  resize(columns: number): void {
    this.columns = columns;
  }

  write(bytes: Bytes): void {
    const text = this.rest + bytes;
    const end = completeUntil(text);
    this.rest = text.slice(end);
    const characters = [...fromUtf8(text.slice(0, end))];
    for (let i = 0; i < characters.length; i++) {
      const character = characters[i] ?? '';
      if (character === '\x1b') i = this.escape(characters, i + 1);
      else this.put(character);
    }
  }

  private put(character: string): void {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\r') this.column = 0;
    else if (character === '\n') this.moveTo(this.row + 1);
    else if (character === '\b') this.column = Math.max(0, this.column - 1);
    else if (character === '\t') this.column = Math.min(this.columns - 1, (Math.floor(this.column / 8) + 1) * 8);
    else if (code >= 32) {
      if (this.column >= this.columns) {
        this.moveTo(this.row + 1);
        this.column = 0;
      }
      const line = this.line();
      while (line.length < this.column) line.push(' ');
      line[this.column++] = character;
    }
  }

  /** Carries out the sequence that begins after ESC; returns the index of its last character. */
  private escape(characters: readonly string[], from: number): number {
    const kind = characters[from];
    if (kind === 'c') {
      this.clear();
      return from;
    }
    if (kind === ']') {
      let at = from + 1;
      while (at < characters.length && characters[at] !== '\x07' && characters[at] !== '\x1b') at++;
      return characters[at] === '\x1b' ? at + 1 : at;
    }
    if (kind !== '[') return from;
    let at = from + 1;
    let parameters = '';
    while (at < characters.length && /[0-9;?<=>!]/.test(characters[at] ?? '')) parameters += characters[at++];
    this.control(characters[at] ?? '', parameters);
    return at;
  }

  private control(final: string, parameters: string): void {
    const numbers = parameters.split(';').map((part) => (/^\d+$/.test(part) ? Number(part) : undefined));
    const n = numbers[0] ?? 1;
    switch (final) {
      case 'A':
        this.moveTo(this.row - n);
        return;
      case 'B':
        this.moveTo(this.row + n);
        return;
      case 'C':
        this.column = Math.min(this.columns - 1, this.column + Math.max(1, n));
        return;
      case 'D':
        this.column = Math.max(0, this.column - Math.max(1, n));
        return;
      case 'G':
        this.column = Math.max(0, n - 1);
        return;
      case 'H':
        // A full clear (`clear`, Ctrl-L) homes the cursor; without a bottom, home is the first line.
        this.moveTo(n - 1);
        this.column = (numbers[1] ?? 1) - 1;
        return;
      case 'J':
        if ((numbers[0] ?? 0) >= 2) this.clear();
        else {
          this.line().length = Math.min(this.line().length, this.column);
          this.lines.length = this.row + 1;
        }
        return;
      case 'K':
        if ((numbers[0] ?? 0) === 2) this.line().length = 0;
        else if ((numbers[0] ?? 0) === 1) this.line().fill(' ', 0, this.column + 1);
        else this.line().length = Math.min(this.line().length, this.column);
        return;
      default:
    }
  }

  private clear(): void {
    this.lines = [[]];
    this.row = 0;
    this.column = 0;
  }

  private line(): string[] {
    return (this.lines[this.row] ??= []);
  }

  private moveTo(row: number): void {
    this.row = Math.max(0, row);
    while (this.lines.length <= this.row) this.lines.push([]);
    if (this.lines.length > MAX_LINES) {
      const gone = this.lines.length - MAX_LINES;
      this.lines.splice(0, gone);
      this.row = Math.max(0, this.row - gone);
    }
  }

  /** Everything that stands there, lines without trailing blanks. */
  text(): string {
    return this.lines.map((line) => line.join('').trimEnd()).join('\n');
  }
}

/** How far the bytes make whole characters and whole escape sequences. */
function completeUntil(bytes: Bytes): number {
  const escape = bytes.lastIndexOf('\x1b');
  if (escape >= 0 && bytes.length - escape < 200 && !/^\x1b(\[[0-9;?<=>!]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[^[\]])/.test(bytes.slice(escape))) return escape;
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const code = bytes.charCodeAt(bytes.length - back);
    if (code < 0x80) break;
    if (code >= 0xc0) {
      const length = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
