/* An exercise: tasks that light up, the condition that does not hold yet, help in steps. */
import type { Locator, Page } from '@playwright/test';
import { TerminalPane } from './terminal.ts';

export class ExercisePage {
  readonly page: Page;
  readonly text: Locator;
  readonly terminal: TerminalPane;
  /** What is said about the first condition that does not hold, or that all hold. */
  readonly verdict: Locator;

  constructor(page: Page) {
    this.page = page;
    this.text = page.getByTestId('exercise');
    this.terminal = new TerminalPane(page);
    this.verdict = this.text.locator('.checks');
  }

  async open(id: string): Promise<void> {
    await this.page.goto(`/exercise/${id}`);
  }

  task(number: number, state: 'open' | 'done'): Locator {
    return this.text.getByRole('img', { name: `Task ${number}: ${state}` });
  }

  /** "Expected", "Found" or "Caused by" of the condition in front. */
  fact(name: 'Expected' | 'Found' | 'Caused by'): Locator {
    return this.verdict.locator('dt', { hasText: name }).locator('xpath=following-sibling::dd[1]');
  }

  get solved(): Locator {
    return this.verdict.getByRole('heading', { name: /^Solved/ });
  }

  async undo(): Promise<void> {
    await this.page.getByRole('region', { name: 'Terminals' }).getByRole('button', { name: 'Take back the last command' }).click();
  }

  async reset(): Promise<void> {
    await this.page.getByRole('button', { name: 'Put everything back to the start' }).click();
  }
}
