/*
 * What the terminals printed
 * --------------------------
 * For each terminal: what the page has not been told yet, what was printed lately (to redraw it), and the
 * same as plain text. A set of screens belongs to one session; when the world is made anew there is a
 * new set, whose terminals are redrawn from the start of what they kept.
 */
import type { Bytes } from '../engine/index.ts';
import type { Terminal } from '../simulation/index.ts';
import type { Notice } from './protocol.ts';
import { ScreenText } from './screen-text.ts';
import type { NewInput } from './session.ts';

export type OpenInput = NewInput & { kind: 'open' };

interface Screen {
  /** Printed since the last flush. */
  fresh: Bytes;
  /** Printed lately, for redrawing. */
  kept: Bytes;
  readonly text: ScreenText;
  /** How it was opened, with the size it has now. */
  opened: OpenInput;
  /** Program and prompt that the page knows. */
  shownFront: string;
  frontChanged: boolean;
}

/** Output kept per terminal for redrawing it. */
const KEPT_OUTPUT_BYTES = 200_000;
/** Forgets the screen and everything above it: ESC c, then "erase saved lines". */
const CLEAN_SCREEN = '\x1bc\x1b[3J';

export class Screens {
  /** Bytes that the page has not been told. */
  freshBytes = 0;
  private newsOfFronts = false;
  private readonly screens = new Map<string, Screen>();

  add(opened: OpenInput): void {
    this.screens.set(opened.tty, { fresh: '', kept: '', text: new ScreenText(opened.columns), opened, shownFront: '', frontChanged: true });
    this.newsOfFronts = true;
  }

  remove(tty: string): void {
    this.screens.delete(tty);
  }

  has(tty: string): boolean {
    return this.screens.has(tty);
  }

  names(): string[] {
    return [...this.screens.keys()];
  }

  /** How each was opened, with the size it has now. */
  opened(): OpenInput[] {
    return [...this.screens.values()].map((screen) => screen.opened);
  }

  text(tty: string): string | undefined {
    return this.screens.get(tty)?.text.text();
  }

  print(tty: string, bytes: Bytes): void {
    const screen = this.screens.get(tty);
    if (screen === undefined) return;
    screen.fresh += bytes;
    screen.kept += bytes;
    if (screen.kept.length > 2 * KEPT_OUTPUT_BYTES) screen.kept = screen.kept.slice(-KEPT_OUTPUT_BYTES);
    screen.text.write(bytes);
    this.freshBytes += bytes.length;
  }

  hasSize(tty: string, columns: number, rows: number): boolean {
    const opened = this.screens.get(tty)?.opened;
    return opened === undefined || (opened.columns === columns && opened.rows === rows);
  }

  resize(tty: string, columns: number, rows: number): void {
    const screen = this.screens.get(tty);
    if (screen === undefined) return;
    screen.opened = { ...screen.opened, columns, rows };
    screen.text.resize(columns);
  }

  frontChanged(tty: string): void {
    const screen = this.screens.get(tty);
    if (screen === undefined) return;
    screen.frontChanged = true;
    this.newsOfFronts = true;
  }

  /** The page is to draw this terminal from nothing: output first, then who stands in front. */
  redraw(tty: string): void {
    const screen = this.screens.get(tty);
    if (screen === undefined) return;
    screen.fresh = CLEAN_SCREEN + screen.kept;
    this.freshBytes += screen.fresh.length;
    screen.shownFront = '';
    this.frontChanged(tty);
  }

  get hasNews(): boolean {
    return this.freshBytes > 0 || this.newsOfFronts;
  }

  flush(lab: string, terminals: ReadonlyMap<string, Terminal>, post: (notice: Notice) => void): void {
    for (const tty of this.screens.keys()) this.flushOne(lab, tty, terminals.get(tty), post);
    this.freshBytes = 0;
    this.newsOfFronts = false;
  }

  flushOne(lab: string, tty: string, terminal: Terminal | undefined, post: (notice: Notice) => void): void {
    const screen = this.screens.get(tty);
    if (screen === undefined) return;
    if (screen.fresh !== '') {
      post({ type: 'output', lab, tty, bytes: screen.fresh });
      screen.fresh = '';
    }
    if (!screen.frontChanged) return;
    screen.frontChanged = false;
    const front = terminal?.front();
    if (front === undefined) return;
    const prompt = front.prompt ?? '';
    const shown = `${front.program}\n${prompt}`;
    if (shown === screen.shownFront) return;
    screen.shownFront = shown;
    post({ type: 'foreground', lab, tty, program: front.program, prompt });
  }
}
