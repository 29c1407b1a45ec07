/*
 * A terminal as a person sees it: the rows on the screen, the prompt they wait for, the keys they press. It
 * knows both forms, the grid and plain text.
 */
import { expect, type Locator, type Page } from '@playwright/test';

/** redis-cli's prompts. */
export const CLI = /^(\d+\.\d+\.\d+\.\d+:\d+|not connected|redis \S+)(\[\d+\])?(\(TX\))?> ?$/;
/** The shell's. */
export const SHELL = /\$ ?$/;
const ANY_PROMPT = /^(\S+(\[\d+\])?(\(TX\))?>|not connected>|.*\$|>) ?$/;

export class TerminalPane {
  readonly page: Page;
  readonly region: Locator;

  /** The terminal called `tty` within `scope`. */
  constructor(page: Page, tty = 'a', scope: Page | Locator = page) {
    this.page = page;
    this.region = scope.getByRole('region', { name: new RegExp(`^Terminal ${tty},`) });
  }

  /** Rows on the screen without trailing blanks and without empty rows below the last text. */
  async rows(): Promise<string[]> {
    const texts = await this.region.locator('.xterm-rows > div, .plain-lines > p').allTextContents();
    const rows = texts.map((text) => text.replaceAll('\u00a0', ' ').trimEnd());
    while (rows.length > 0 && rows.at(-1) === '') rows.pop();
    return rows;
  }

  async text(): Promise<string> {
    return (await this.rows()).join('\n');
  }

  /** Waits until the program in front asks for a line: the last row is a prompt and nothing else. */
  async waits(prompt: RegExp = ANY_PROMPT): Promise<void> {
    await expect.poll(async () => (await this.rows()).at(-1) ?? '', { message: 'the prompt' }).toMatch(prompt);
  }

  async focus(): Promise<void> {
    await this.region.locator('.xterm-screen').click({ position: { x: 40, y: 10 } });
  }

  /** Types a line when the prompt is there, and waits until the next prompt. */
  async run(line: string, next: RegExp = ANY_PROMPT): Promise<void> {
    await this.enter(line);
    await this.waits(next);
  }

  /** Types a line when the prompt is there and leaves: for a program that keeps the terminal. */
  async enter(line: string): Promise<void> {
    await this.waits();
    await this.region.locator('.xterm-helper-textarea').focus();
    const before = (await this.rows()).at(-1) ?? '';
    await this.page.keyboard.type(line);
    // All keys have arrived when the row shows what was typed; a hint may stand behind it.
    await expect.poll(async () => await this.text(), { message: 'what was typed' }).toContain(`${before} ${line}`.slice(0, 60));
    await this.page.keyboard.press('Enter');
  }

  async press(keys: string): Promise<void> {
    await this.region.locator('.xterm-helper-textarea').focus();
    await this.page.keyboard.press(keys);
  }

  async shows(what: string | RegExp): Promise<void> {
    const poll = expect.poll(async () => await this.text(), { message: `the terminal shows ${String(what)}` });
    await (typeof what === 'string' ? poll.toContain(what) : poll.toMatch(what));
  }

  /** The last row, where the prompt and what is typed stand. */
  async lastRow(what: string | RegExp): Promise<void> {
    const poll = expect.poll(async () => (await this.rows()).at(-1) ?? '', { message: `the last row is ${String(what)}` });
    await (typeof what === 'string' ? poll.toBe(what) : poll.toMatch(what));
  }

  /** What came between the last line that ends with `line` and the prompt after it. */
  async replyTo(line: string): Promise<string> {
    const rows = await this.rows();
    const at = rows.findLastIndex((row) => row.endsWith(line));
    return rows.slice(at + 1, -1).join('\n');
  }

  /** Pastes as the browser does: one paste event with all of the text. */
  async paste(text: string): Promise<void> {
    await this.region.locator('.xterm-helper-textarea').evaluate((area, pasted) => {
      const data = new DataTransfer();
      data.setData('text/plain', pasted);
      area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  }

  // --- the plain form

  get input(): Locator {
    return this.region.getByRole('textbox');
  }

  get log(): Locator {
    return this.region.getByRole('log');
  }

  /** Sends a line by the form's own button. */
  async send(line: string): Promise<void> {
    await this.input.fill(line);
    await this.region.getByRole('button', { name: 'Run' }).click();
  }
}
