/* The frame around every page: header, palette, theme, help, notices. */
import type { Locator, Page } from '@playwright/test';

export class ShellFrame {
  readonly page: Page;
  readonly header: Locator;
  readonly main: Locator;
  readonly palette: Locator;
  readonly help: Locator;
  readonly notices: Locator;

  constructor(page: Page) {
    this.page = page;
    this.header = page.getByRole('banner');
    this.main = page.getByRole('main');
    this.palette = page.getByRole('dialog', { name: 'Search' });
    this.help = page.getByRole('dialog', { name: 'Keyboard and help' });
    this.notices = page.locator('.notices');
  }

  async chooseTheme(theme: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await this.header.getByRole('button', { name: 'Theme' }).click();
    await this.page.getByRole('menuitemradio', { name: theme }).click();
  }

  /** Opens the palette, types, and takes the first result of that name. */
  async find(words: string, result: string | RegExp): Promise<void> {
    await this.header.getByRole('button', { name: 'Search' }).click();
    await this.palette.getByRole('combobox').fill(words);
    await this.palette.getByRole('option').filter({ hasText: result }).first().click();
  }
}
