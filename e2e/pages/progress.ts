/* The progress page: how far, and the record as a file. */
import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';

export class ProgressPage {
  readonly page: Page;
  readonly record: Locator;

  constructor(page: Page) {
    this.page = page;
    this.record = page.locator('#record');
  }

  async open(): Promise<void> {
    await this.page.goto('/progress');
    await expect(this.page.getByRole('heading', { name: 'Progress', level: 1 })).toBeVisible();
  }

  /** How many items count as done. */
  get done(): Locator {
    return this.page.locator('.figures div').filter({ hasText: 'Done' }).locator('dd');
  }

  /** Saves a backup and answers its text. */
  async save(): Promise<string> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.record.getByRole('button', { name: 'Save a backup' }).click()]);
    return await readFile(await download.path(), 'utf8');
  }

  /** Chooses a backup file with this text. */
  async restore(text: string): Promise<void> {
    await this.record.getByLabel('Backup file').setInputFiles({ name: 'keyspace-progress.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  }
}
