/*
 * The line editor
 * ---------------
 * Keys in, screen bytes and finished lines out; it knows no clock, no process and no terminal. The
 * keys are those of linenoise, the editor inside redis-cli, plus the word motions that hands expect.
 * redis-cli and the shell share it.
 *
 * One line at a time: `start` shows a prompt, and the line ends with one of the owner's callbacks.
 * Keys that come after that (a pasted block has many lines) wait until the next `start`, so that each
 * line is entered in order and under its own prompt.
 */
import { type Bytes, fold } from '../../engine/index.ts';
import { type Key, KeyDecoder, type KeyName, splitCharacters } from './keys.ts';
import { type Cell, isControl, ScreenLine, styledCells, textCells } from './screen-line.ts';

/** A completion: what the text before the cursor becomes. */
export type Completer = (beforeCursor: Bytes) => readonly Bytes[];

/** What is shown in grey behind the line: not part of it. */
export type Hinter = (line: Bytes) => Bytes | undefined;

export interface LineEditorOwner {
  write(bytes: Bytes): void;
  /** Enter: the line, without its end. */
  entered(line: Bytes): void;
  /** Ctrl-C. `line` is what had been typed. */
  interrupted(line: Bytes): void;
  /** Ctrl-D on an empty line. */
  ended(): void;
  /** Ctrl-Z; the line stays. Without it the key does nothing. */
  suspended?(): void;
}

const BELL = '\x07';
const HINT_STYLE = '\x1b[0;90;49m';
const MATCH_STYLE = '\x1b[1m';
const SEARCH_PROMPT = '(reverse-i-search): ';

interface Search {
  query: Bytes;
  /** The history line that is shown, and where the query stands in it. */
  found: { index: number; at: number } | undefined;
  /** What was being edited before. */
  before: { characters: Bytes[]; cursor: number };
}

interface Cycle {
  readonly candidates: readonly Bytes[];
  /** The candidate shown; the number of candidates stands for the line as it was. */
  index: number;
  readonly before: { characters: Bytes[]; cursor: number };
}

export class LineEditor {
  private readonly owner: LineEditorOwner;
  private readonly screen: ScreenLine;
  private readonly keys = new KeyDecoder();
  private columns: number;

  private editing = false;
  private pumping = false;
  private prompt: readonly Cell[] = [];
  private characters: Bytes[] = [];
  private cursor = 0;
  /** Lines entered before, oldest first; at the end of it stands the line being edited. */
  private pages: Bytes[] = [''];
  private page = 0;
  private killed: Bytes[] = [];
  private pasting = false;
  /** Characters were put in that the screen does not show yet: many that come at once are painted once. */
  private stale = false;
  private search: Search | undefined;
  private cycle: Cycle | undefined;

  private lines: readonly Bytes[] = [];
  private complete: Completer = () => [];
  private settles = false;
  private hint: Hinter = () => undefined;
  private mask = false;

  constructor(columns: number, owner: LineEditorOwner) {
    this.columns = columns;
    this.owner = owner;
    this.screen = new ScreenLine(columns);
  }

  /**
   * `settles`: a single candidate is taken at once, so that the next Tab completes further (paths). Without
   * it the next Tab shows the line as it was, as linenoise does it.
   */
  setCompleter(complete: Completer, settles = false): void {
    this.complete = complete;
    this.settles = settles;
  }

  setHinter(hint: Hinter): void {
    this.hint = hint;
  }

  /** Shows a prompt and edits a line under it. `history`: oldest first. `mask`: show asterisks (passwords). */
  start(prompt: Bytes, history: readonly Bytes[] = [], options: { mask?: boolean } = {}): void {
    this.prompt = styledCells(prompt);
    this.lines = history;
    this.pages = [...history, ''];
    this.page = history.length;
    this.characters = [];
    this.cursor = 0;
    this.mask = options.mask ?? false;
    this.search = undefined;
    this.cycle = undefined;
    this.editing = true;
    this.screen.begin();
    this.refresh();
    this.pump();
  }

  /** True between `start` and the callback that ends the line. */
  get active(): boolean {
    return this.editing;
  }

  /** Leaves the line without ending it: something else is going to write to the screen. */
  stop(): void {
    if (!this.editing) return;
    this.editing = false;
    this.owner.write(this.screen.paint(this.cells(undefined), this.prompt.length + this.characters.length) + this.screen.finish());
  }

  /** The line as it stands now. */
  get line(): Bytes {
    return this.characters.join('');
  }

  input(bytes: Bytes): void {
    this.keys.push(bytes);
    this.pump();
  }

  /** Keys that came after the last finished line: they belong to whoever reads the terminal next. */
  takePending(): Bytes {
    return this.keys.takeRest();
  }

  resize(columns: number): void {
    this.columns = columns;
    const bytes = this.screen.resize(columns);
    if (this.editing) this.owner.write(bytes);
  }

  private pump(): void {
    // A callback may start the next line from inside: the outermost pump goes on with the keys.
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.editing) {
        const key = this.keys.next();
        if (this.stale && !(key !== undefined && 'character' in key)) this.refresh();
        if (key === undefined) return;
        this.press(key);
      }
    } finally {
      this.pumping = false;
    }
  }

  private press(key: Key): void {
    if ('name' in key && key.name === 'pasteStart') {
      this.pasting = true;
      return;
    }
    if ('name' in key && key.name === 'pasteEnd') {
      this.pasting = false;
      return;
    }
    if (this.pasting && 'name' in key && key.name !== 'enter') {
      // Pasted text is text: a Tab in it completes nothing, a Ctrl-C in it interrupts nothing.
      if (key.code !== undefined) this.insert(String.fromCharCode(key.code));
      this.stale = true;
      return;
    }
    if (this.search !== undefined && this.pressInSearch(key, this.search)) return;
    if (this.cycle !== undefined && this.pressInCycle(key, this.cycle)) return;
    if ('character' in key) {
      this.insert(key.character);
      this.stale = true;
      return;
    }
    this.command(key.name);
  }

  private command(name: KeyName): void {
    switch (name) {
      case 'enter':
        return this.finish(() => this.owner.entered(this.line));
      case 'ctrlC':
        return this.finish(() => this.owner.interrupted(this.line));
      case 'ctrlD':
        if (this.characters.length > 0) return this.erase(this.cursor, this.cursor + 1);
        return this.finish(() => this.owner.ended());
      case 'ctrlZ':
        if (this.owner.suspended !== undefined) this.finish(() => this.owner.suspended?.());
        return;
      case 'tab':
        return this.startCompletion();
      case 'ctrlR':
        return this.startSearch();
      case 'backspace':
        return this.erase(this.cursor - 1, this.cursor);
      case 'delete':
        return this.erase(this.cursor, this.cursor + 1);
      case 'ctrlB':
      case 'left':
        return this.moveTo(this.cursor - 1);
      case 'ctrlF':
      case 'right':
        return this.moveTo(this.cursor + 1);
      case 'ctrlA':
      case 'home':
        return this.moveTo(0);
      case 'ctrlE':
      case 'end':
        return this.moveTo(this.characters.length);
      case 'altB':
      case 'wordLeft':
        return this.moveTo(this.wordStart(isWordCharacter));
      case 'altF':
      case 'wordRight':
        return this.moveTo(this.wordEnd());
      case 'ctrlP':
      case 'up':
        return this.turn(-1);
      case 'ctrlN':
      case 'down':
        return this.turn(1);
      case 'ctrlT':
        return this.transpose();
      case 'ctrlU':
        // The whole line, as linenoise does it, not only what stands before the cursor.
        return this.kill(0, this.characters.length);
      case 'ctrlK':
        return this.kill(this.cursor, this.characters.length);
      case 'ctrlW':
        return this.kill(this.wordStart((character) => character !== ' '), this.cursor);
      case 'altD':
        return this.kill(this.cursor, this.wordEnd());
      case 'altBackspace':
        return this.kill(this.wordStart(isWordCharacter), this.cursor);
      case 'ctrlY':
        this.insert(this.killed.join(''));
        return this.refresh();
      case 'ctrlL':
        return this.owner.write(this.screen.clearScreen());
      default:
        return; // keys without a meaning here change nothing
    }
  }

  // --- editing -------------------------------------------------------------------------------

  private insert(text: Bytes): void {
    const added = splitCharacters(text);
    this.characters.splice(this.cursor, 0, ...added);
    this.cursor += added.length;
  }

  private erase(from: number, to: number): void {
    if (from < 0 || to > this.characters.length) return;
    this.characters.splice(from, to - from);
    this.cursor = from;
    this.refresh();
  }

  private kill(from: number, to: number): void {
    if (to > from) this.killed = this.characters.slice(from, to);
    this.characters.splice(from, to - from);
    this.cursor = from;
    this.refresh();
  }

  private moveTo(position: number): void {
    this.cursor = Math.max(0, Math.min(position, this.characters.length));
    this.refresh();
  }

  /** Exchanges the character before the cursor with the one under it. */
  private transpose(): void {
    const before = this.characters[this.cursor - 1];
    const under = this.characters[this.cursor];
    if (before === undefined || under === undefined) return;
    this.characters[this.cursor - 1] = under;
    this.characters[this.cursor] = before;
    if (this.cursor < this.characters.length - 1) this.cursor++;
    this.refresh();
  }

  private wordStart(belongs: (character: Bytes) => boolean): number {
    let at = this.cursor;
    while (at > 0 && !belongs(this.characters[at - 1] ?? '')) at--;
    while (at > 0 && belongs(this.characters[at - 1] ?? '')) at--;
    return at;
  }

  private wordEnd(): number {
    let at = this.cursor;
    while (at < this.characters.length && !isWordCharacter(this.characters[at] ?? '')) at++;
    while (at < this.characters.length && isWordCharacter(this.characters[at] ?? '')) at++;
    return at;
  }

  /** One page back or forth in the history. What is edited on a page stays on it until the line is entered. */
  private turn(by: number): void {
    const target = this.page + by;
    if (target < 0 || target >= this.pages.length) return;
    this.pages[this.page] = this.line;
    this.page = target;
    this.setLine(this.pages[target] ?? '');
    this.refresh();
  }

  private setLine(line: Bytes): void {
    this.characters = splitCharacters(line);
    this.cursor = this.characters.length;
  }

  private restore(before: { characters: Bytes[]; cursor: number }): void {
    this.characters = [...before.characters];
    this.cursor = before.cursor;
  }

  private finish(tell: () => void): void {
    this.editing = false;
    this.search = undefined;
    this.cycle = undefined;
    // Once more without the hint, which is not part of what was entered.
    this.cursor = this.characters.length;
    this.owner.write(this.screen.paint(this.cells(undefined), this.prompt.length + this.characters.length) + this.screen.finish());
    tell();
  }

  // --- completion ----------------------------------------------------------------------------

  private startCompletion(): void {
    const candidates = this.complete(this.characters.slice(0, this.cursor).join(''));
    if (candidates.length === 0) {
      this.owner.write(BELL);
      return;
    }
    const before = { characters: [...this.characters], cursor: this.cursor };
    this.cycle = { candidates, index: 0, before };
    this.showCandidate(this.cycle);
    if (candidates.length === 1 && this.settles) this.cycle = undefined;
  }

  private showCandidate({ candidates, index, before }: Cycle): void {
    const candidate = candidates[index];
    this.restore(before);
    if (candidate === undefined) this.owner.write(BELL);
    else {
      const replaced = splitCharacters(candidate);
      this.characters.splice(0, this.cursor, ...replaced);
      this.cursor = replaced.length;
    }
    this.refresh();
  }

  /** True when the key was used up; any other key accepts the candidate and then does its own work. */
  private pressInCycle(key: Key, cycle: Cycle): boolean {
    if ('name' in key && key.name === 'tab') {
      cycle.index = (cycle.index + 1) % (cycle.candidates.length + 1);
      this.showCandidate(cycle);
      return true;
    }
    this.cycle = undefined;
    if ('name' in key && key.name === 'escape') {
      this.restore(cycle.before);
      this.refresh();
      return true;
    }
    return false;
  }

  // --- search in the history -----------------------------------------------------------------

  private startSearch(): void {
    this.search = { query: '', found: undefined, before: { characters: [...this.characters], cursor: this.cursor } };
    this.refresh();
  }

  /** True when the key was used up by the search. */
  private pressInSearch(key: Key, search: Search): boolean {
    if ('character' in key) {
      search.query += key.character;
      this.find(search, search.found?.index ?? this.lines.length - 1, -1);
      return true;
    }
    switch (key.name) {
      case 'backspace':
        search.query = splitCharacters(search.query).slice(0, -1).join('');
        search.found = undefined;
        this.find(search, this.lines.length - 1, -1);
        return true;
      case 'ctrlR':
        this.find(search, (search.found?.index ?? this.lines.length) - 1, -1);
        return true;
      case 'ctrlS':
        this.find(search, (search.found?.index ?? -1) + 1, 1);
        return true;
      case 'ctrlG':
      case 'ctrlC':
        this.search = undefined;
        this.restore(search.before);
        this.refresh();
        return true;
      case 'enter':
        this.acceptSearch(search);
        return false;
      case 'escape':
      case 'tab':
        this.acceptSearch(search);
        this.refresh();
        return true;
      default:
        this.acceptSearch(search);
        return false;
    }
  }

  private acceptSearch(search: Search): void {
    this.search = undefined;
    if (search.found === undefined) this.restore({ characters: splitCharacters(search.query), cursor: splitCharacters(search.query).length });
    else this.setLine(this.lines[search.found.index] ?? '');
  }

  /** Looks for the query from line `from` on in one direction; keeps what was found when there is nothing further. */
  private find(search: Search, from: number, direction: 1 | -1): void {
    const query = fold(search.query);
    const previous = search.found;
    if (previous !== undefined && !fold(this.lines[previous.index] ?? '').includes(query)) search.found = undefined;
    const shown = previous === undefined ? undefined : this.lines[previous.index];
    if (query !== '') {
      for (let index = from; index >= 0 && index < this.lines.length; index += direction) {
        const line = this.lines[index] ?? '';
        const at = fold(line).indexOf(query);
        // The same line entered twice is one match.
        if (at < 0 || (line === shown && index !== previous?.index)) continue;
        search.found = { index, at };
        break;
      }
    } else search.found = undefined;
    this.refresh();
  }

  // --- the screen ----------------------------------------------------------------------------

  private refresh(): void {
    this.stale = false;
    if (!this.editing) return;
    if (this.search !== undefined) return this.refreshSearch(this.search);
    // There is no room for a hint behind a line that fills its row: it need not be found.
    const isLong = this.prompt.length + this.characters.length >= this.columns;
    const cells = this.cells(this.mask || isLong ? undefined : this.hint(this.line));
    this.owner.write(this.screen.paint(cells, this.prompt.length + this.cellsBefore(this.cursor)));
  }

  private refreshSearch({ query, found }: Search): void {
    const prompt = textCells(SEARCH_PROMPT);
    const line = found === undefined ? undefined : this.lines[found.index];
    if (found === undefined || line === undefined) {
      const cells = [...prompt, ...textCells(query)];
      this.owner.write(this.screen.paint(cells, cells.length));
      return;
    }
    const before = textCells(line.slice(0, found.at));
    const match = textCells(line.slice(found.at, found.at + query.length), MATCH_STYLE);
    const after = textCells(line.slice(found.at + query.length));
    this.owner.write(this.screen.paint([...prompt, ...before, ...match, ...after], prompt.length + before.length + match.length));
  }

  private cells(hint: Bytes | undefined): Cell[] {
    const line = this.mask ? textCells('*'.repeat(this.characters.length)) : textCells(this.line);
    const cells = [...this.prompt, ...line];
    if (hint === undefined || hint === '') return cells;
    // A hint never makes the line longer by a row: it fills what is left of the first one.
    let room = this.columns - cells.reduce((sum, cell) => sum + cell.columns, 0);
    for (const cell of textCells(hint, HINT_STYLE)) {
      room -= cell.columns;
      if (room < 0) break;
      cells.push(cell);
    }
    return cells;
  }

  /** How many cells the characters before `position` take: a control character shows as two. */
  private cellsBefore(position: number): number {
    if (this.mask) return position;
    let cells = 0;
    for (let i = 0; i < position; i++) cells += isControl(this.characters[i] ?? '') ? 2 : 1;
    return cells;
  }
}

function isWordCharacter(character: Bytes): boolean {
  return character.length > 1 || /^[A-Za-z0-9_]$/.test(character);
}
