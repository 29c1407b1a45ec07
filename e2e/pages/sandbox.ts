/* The sandbox: keys, picture, terminals, details, log, files; sharing. */
import { expect, type Locator, type Page } from '@playwright/test';
import { decodeRecording } from '../../src/simulation/index.ts';
import { TerminalPane } from './terminal.ts';

export class SandboxPage {
  readonly page: Page;
  readonly keys: Locator;
  readonly details: Locator;

  constructor(page: Page) {
    this.page = page;
    this.keys = page.getByRole('region', { name: 'Keys', exact: true });
    this.details = page.getByRole('region', { name: 'Details', exact: true });
  }

  terminal(tty = 'a'): TerminalPane {
    return new TerminalPane(this.page, tty);
  }

  async open(): Promise<void> {
    await this.page.goto('/sandbox');
    await this.terminal().waits();
  }

  /** A key in the tree, by the text that its row shows. */
  key(name: string | RegExp): Locator {
    return this.keys.getByRole('button', { name });
  }

  /** A row of the key's facts: type, encoding, lifetime, memory. */
  fact(name: string): Locator {
    return this.details.locator('.key-facts dt', { hasText: name }).locator('xpath=following-sibling::dd[1]');
  }

  async tab(name: 'Key' | 'Log' | 'Files'): Promise<void> {
    await this.details.getByRole('tab', { name, exact: true }).click();
  }

  /** Waits until what is kept of this sandbox holds the line `typed`, entered: it is saved a moment after each change. */
  async kept(typed: string, record = 'sandbox'): Promise<void> {
    await expect.poll(async () => {
      const text = await this.page.evaluate((name) => new Promise<unknown>((done) => {
        const open = indexedDB.open('keyspace');
        open.onsuccess = () => {
          const get = open.result.transaction('records').objectStore('records').get(name);
          get.onsuccess = () => {
            open.result.close();
            done(get.result);
          };
        };
      }), record);
      const read = decodeRecording(typeof text === 'string' ? text : '');
      return 'problem' in read ? '' : read.recording.inputs.map((input) => (input.kind === 'type' ? input.bytes : '')).join('');
    }, { message: `“${typed}” is kept` }).toContain(`${typed}\r`);
  }

  /** The link that "Share" makes. */
  async share(): Promise<string> {
    await this.page.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Share this sandbox' });
    const link = dialog.getByRole('textbox', { name: 'Link' });
    await expect(link).toHaveValue(/#s=/);
    const value = await link.inputValue();
    await dialog.getByRole('button', { name: 'Close' }).click();
    return value;
  }
}
