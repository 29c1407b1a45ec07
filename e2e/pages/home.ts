import { type Locator, type Page } from '@playwright/test';
import { TerminalPane } from './terminal.ts';

export class HomePage {
  readonly page: Page;
  readonly terminal: TerminalPane;
  readonly path: Locator;

  constructor(page: Page) {
    this.page = page;
    this.terminal = new TerminalPane(page);
    this.path = page.getByRole('list', { name: 'The weeks of the course' });
  }

  async open(): Promise<void> {
    await this.page.goto('/');
  }
}
