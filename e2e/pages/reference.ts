/* The command reference. */
import type { Locator, Page } from '@playwright/test';

export class ReferencePage {
  readonly page: Page;
  readonly list: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('navigation', { name: 'Commands' });
  }

  async open(command = ''): Promise<void> {
    await this.page.goto(command === '' ? '/reference' : `/reference/${command}`);
  }
}
