/* Deployments: machines and links, faults, time, what happened. */
import { expect, type Locator, type Page } from '@playwright/test';
import { TerminalPane } from './terminal.ts';

export class DeploymentsPage {
  readonly page: Page;
  readonly side: Locator;

  constructor(page: Page) {
    this.page = page;
    this.side = page.getByRole('tabpanel').last();
  }

  async open(scenario = 'primary-two-replicas'): Promise<void> {
    await this.page.goto(`/sandbox/deployments?scenario=${scenario}`);
    await this.terminal().waits();
  }

  terminal(tty = 'a'): TerminalPane {
    return new TerminalPane(this.page, tty);
  }

  machine(name: string): Locator {
    return this.page.getByRole('article', { name, exact: true });
  }

  /** What goes wrong with a machine, by its menu and the keyboard alone. */
  async breakMachine(name: string, what: string): Promise<void> {
    await this.choose(this.page.getByRole('button', { name: `Break or mend ${name}`, exact: true }), what);
  }

  async breakLink(a: string, b: string, what: string): Promise<void> {
    await this.choose(this.page.getByRole('button', { name: new RegExp(`^Break or mend the link ${a} and ${b}`) }), what);
  }

  private async choose(button: Locator, what: string): Promise<void> {
    await button.focus();
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('menuitem', { name: what, exact: true }).focus();
    await this.page.keyboard.press('Enter');
  }

  async fault(line: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Fault' }).fill(line);
    await this.page.keyboard.press('Enter');
  }

  async tab(name: 'Machines' | 'Terminal' | 'Events' | 'Space and time' | 'Goals' | 'Offsets and backlog' | 'Slot map' | 'Monitors' | 'Failover' | 'Beliefs'): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click();
  }

  /** Lets time pass at once, by the menu over the machines. */
  async pass(what: '1 second' | '10 seconds' | '1 minute'): Promise<void> {
    await this.page.getByRole('group', { name: 'Time' }).first().getByRole('button', { name: 'Let time pass' }).click();
    await this.page.getByRole('menuitem', { name: what }).first().click();
  }

  async share(): Promise<string> {
    await this.page.getByRole('button', { name: 'Share', exact: true }).click();
    const link = this.page.getByRole('textbox', { name: 'Link' });
    await expect(link).toHaveValue(/#s=/);
    return await link.inputValue();
  }
}
