/*
 * One edited line on the screen
 * -----------------------------
 * The line editor says what the line should look like (characters with their style, and where the
 * cursor stands); this file finds the few bytes that turn what the screen shows into that. A line may
 * be longer than the terminal is wide: it then covers several rows, as the terminal itself wraps it.
 *
 * The only delicate place is the right edge. After a terminal has filled its last column the cursor
 * hangs there until the next character; a cursor that has to stand after the line's last character is
 * therefore sent to the next row by us.
 */
import type { Bytes } from '../../engine/index.ts';
import { splitCharacters } from './keys.ts';
import { columnsOf } from './width.ts';

/** A character on the screen. `style` is an SGR sequence that is switched on before it, or ''. */
export interface Cell {
  readonly text: Bytes;
  readonly columns: number;
  readonly style: Bytes;
}

const PLAIN = '\x1b[0m';
const COLOUR = /^\x1b\[[0-9;]*m/;

/** Most of what is typed: each looks the same wherever it stands, so a long line needs no new cells at each key. */
const ASCII_CELLS: readonly Cell[] = Array.from({ length: 127 }, (_, code) => ({ text: String.fromCharCode(code), columns: 1, style: '' }));

/** The cells of plain text. Control characters show as ^X. */
export function textCells(text: Bytes, style: Bytes = ''): Cell[] {
  const cells: Cell[] = [];
  for (const character of splitCharacters(text)) {
    const code = character.charCodeAt(0);
    if (isControl(character)) {
      cells.push({ text: '^', columns: 1, style }, { text: String.fromCharCode(code ^ 64), columns: 1, style });
    } else if (style === '' && code < ASCII_CELLS.length && character.length === 1) cells.push(ASCII_CELLS[code] as Cell);
    else cells.push({ text: character, columns: columnsOf(character), style });
  }
  return cells;
}

/** Whether it shows as two cells. */
export function isControl(character: Bytes): boolean {
  const code = character.charCodeAt(0);
  return character.length === 1 && (code < 32 || code === 127);
}

/** The cells of a text that may hold colour sequences, as prompts do. */
export function styledCells(text: Bytes): Cell[] {
  const cells: Cell[] = [];
  let style = '';
  for (let rest = text; rest !== ''; ) {
    const colour = COLOUR.exec(rest)?.[0];
    if (colour !== undefined) {
      style = colour === PLAIN ? '' : colour;
      rest = rest.slice(colour.length);
      continue;
    }
    const until = rest.indexOf('\x1b[', 1);
    const run = until < 0 ? rest : rest.slice(0, until);
    cells.push(...textCells(run, style));
    rest = rest.slice(run.length);
  }
  return cells;
}

interface Place {
  row: number;
  column: number;
}

export class ScreenLine {
  private columns: number;
  private shown: readonly Cell[] = [];
  /** Where the cursor is, in rows below the line's first; `column` equals `columns` while it hangs at the edge. */
  private at: Place = { row: 0, column: 0 };
  /** Index of the cell before which the cursor stands. */
  private cursor = 0;

  constructor(columns: number) {
    this.columns = Math.max(2, columns);
  }

  /** Begins a new line where the cursor of the terminal is, in the first column. */
  begin(): void {
    this.shown = [];
    this.at = { row: 0, column: 0 };
    this.cursor = 0;
  }

  /** The bytes that make the screen show `cells` with the cursor before cell number `cursor`. */
  paint(cells: readonly Cell[], cursor: number): Bytes {
    const places = this.layout(cells);
    let same = 0;
    while (same < cells.length && same < this.shown.length && isSame(cells[same], this.shown[same])) same++;
    // A mark without a column of its own is drawn together with the character it stands on.
    while (same > 0 && cells[same]?.columns === 0) same--;
    let out = '';
    if (same < cells.length || same < this.shown.length) {
      out += this.moveTo(this.placeBehind(cells[same - 1], places[same - 1]) ?? places[same] ?? { row: 0, column: 0 });
      if (same < this.shown.length) out += '\x1b[J';
      out += this.write(cells.slice(same));
    }
    this.shown = cells;
    this.cursor = cursor;
    return out + this.moveTo(places[cursor] ?? { row: 0, column: 0 });
  }

  /** Goes to the start of the row below the line: what the program prints next stands under it. */
  finish(): Bytes {
    const places = this.layout(this.shown);
    const end = places.at(-1) ?? { row: 0, column: 0 };
    const out = this.moveTo(end);
    // A line that ends exactly at the edge has taken us to the next row already.
    const onFreshRow = end.column === 0 && end.row > 0;
    this.begin();
    return onFreshRow ? out : `${out}\r\n`;
  }

  /** The terminal has a new width and has wrapped the line anew; paints it again from its first row. */
  resize(columns: number): Bytes {
    const { shown, cursor } = this;
    this.columns = Math.max(2, columns);
    const now = this.layout(shown)[cursor] ?? { row: 0, column: 0 };
    const up = now.row > 0 ? `\x1b[${now.row}A` : '';
    this.begin();
    return `\r${up}\x1b[J${this.paint(shown, cursor)}`;
  }

  /** Empties the screen and paints the line at its top. */
  clearScreen(): Bytes {
    const { shown, cursor } = this;
    this.begin();
    return `\x1b[H\x1b[2J${this.paint(shown, cursor)}`;
  }

  /** Places of all cells and, last, of the end. A place is never beyond the last column. */
  private layout(cells: readonly Cell[]): Place[] {
    const places: Place[] = [];
    let row = 0;
    let column = 0;
    for (const cell of cells) {
      if (column + Math.max(1, cell.columns) > this.columns && cell.columns > 0) {
        row++;
        column = 0;
      }
      places.push({ row, column: Math.min(column, this.columns - 1) });
      column += cell.columns;
    }
    places.push(column >= this.columns ? { row: row + 1, column: 0 } : { row, column });
    return places;
  }

  /**
   * The place right behind a cell, if its row has one. A wide character that does not fit there goes to
   * the next row and leaves a gap, and an erasure has to begin with that gap.
   */
  private placeBehind(cell: Cell | undefined, place: Place | undefined): Place | undefined {
    if (cell === undefined || place === undefined || place.column + cell.columns >= this.columns) return undefined;
    return { row: place.row, column: place.column + cell.columns };
  }

  private write(cells: readonly Cell[]): Bytes {
    let out = '';
    let style = '';
    for (const cell of cells) {
      if (cell.style !== style) {
        if (style !== '') out += PLAIN;
        out += cell.style;
        style = cell.style;
      }
      out += cell.text;
      if (this.at.column + cell.columns > this.columns) {
        this.at.row++;
        this.at.column = 0;
      }
      this.at.column += cell.columns;
    }
    return style === '' ? out : out + PLAIN;
  }

  private moveTo(target: Place): Bytes {
    const { row, column } = this.at;
    this.at = { ...target };
    let out = '';
    let from = column;
    if (target.row > row) {
      // New lines, because the row below may not exist yet at the bottom of the screen.
      out += `\r${'\n'.repeat(target.row - row)}`;
      from = 0;
    } else if (target.row < row) out += `\x1b[${row - target.row}A`;
    if (from === target.column) return out;
    if (target.column === 0) return `${out}\r`;
    if (from >= this.columns) {
      out += '\r';
      from = 0;
    }
    if (target.column > from) return `${out}\x1b[${target.column - from}C`;
    const back = from - target.column;
    return out + (back < 4 ? '\b'.repeat(back) : `\x1b[${back}D`);
  }
}

function isSame(a: Cell | undefined, b: Cell | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.text === b.text && a.style === b.style);
}
