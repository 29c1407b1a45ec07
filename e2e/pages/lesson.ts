/* A lesson: prose with listings that run, predictions and questions; a terminal and pictures beside it. */
import type { Locator, Page } from '@playwright/test';
import { TerminalPane } from './terminal.ts';

export class LessonPage {
  readonly page: Page;
  readonly text: Locator;
  readonly terminal: TerminalPane;

  constructor(page: Page) {
    this.page = page;
    this.text = page.getByTestId('lesson');
    this.terminal = new TerminalPane(page);
  }

  async open(id: string): Promise<void> {
    await this.page.goto(`/lesson/${id}`);
  }

  /** The listing in which `command` stands. */
  listing(command: string): Locator {
    return this.text.getByRole('figure', { name: /that run$/ }).filter({ has: this.page.getByRole('button', { name: `Run ${command}`, exact: true }) });
  }

  /** Presses the run button of one command. */
  async run(command: string): Promise<void> {
    await this.text.getByRole('button', { name: `Run ${command}`, exact: true }).first().click();
  }

  /** Guesses what `command` replies, runs it, and answers the place where the verdict stands. */
  async predict(command: string, guess: string): Promise<Locator> {
    const entry = this.text.locator('.entry-predict').filter({ hasText: command });
    await entry.getByRole('textbox', { name: `What will ${command} reply?` }).fill(guess);
    await entry.getByRole('button', { name: 'Run and compare' }).click();
    return entry.getByRole('status');
  }

  /** A live picture by its title. */
  picture(title: string): Locator {
    return this.page.getByRole('region', { name: `Picture: ${title}` });
  }
}
