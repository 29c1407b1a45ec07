/* Every kind of page, and how to know that it is there: what is loaded later has come. */
import { expect, type Page } from '@playwright/test';
import { TerminalPane } from '../pages/terminal.ts';

export interface KnownPage {
  name: string;
  path: string;
  ready: (page: Page) => Promise<void>;
}

const heading = (name: string | RegExp) => async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
};

/** A page with a terminal is there when the terminal asks for a line; a phone has it in a sheet, in the plain form. */
async function terminalIsThere(page: Page): Promise<void> {
  const terminal = new TerminalPane(page);
  if (await page.evaluate(() => matchMedia('(max-width: 799px)').matches)) await expect(page.locator('.plain-form')).toBeAttached();
  else await terminal.waits();
}

export const PAGES: readonly KnownPage[] = [
  { name: 'home', path: '/', ready: terminalIsThere },
  { name: 'all weeks', path: '/learn', ready: heading(/understood by running it/) },
  { name: 'week', path: '/learn/fundamentals', ready: async (page) => await expect(page.getByText('This module has three parts.')).toBeVisible() },
  { name: 'week without lessons', path: '/learn/core-structures', ready: async (page) => await expect(page.getByText('This week has no lessons yet.')).toBeVisible() },
  {
    name: 'lesson', path: '/lesson/meet-redis', async ready(page) {
      await heading('Meet Redis')(page);
      await terminalIsThere(page);
      await expect(page.locator('.listing').first()).toBeVisible();
    },
  },
  {
    name: 'exercise', path: '/exercise/first-keys', async ready(page) {
      await terminalIsThere(page);
      await expect(page.getByText('Begin in the terminal')).toBeVisible();
    },
  },
  { name: 'quiz', path: '/quiz/quiz-fundamentals-a', async ready(page) { await page.getByRole('button', { name: 'Begin' }).click(); await expect(page.getByText('Question 1 of')).toBeVisible(); } },
  { name: 'sandbox', path: '/sandbox', ready: terminalIsThere },
  {
    name: 'deployments', path: '/sandbox/deployments', async ready(page) {
      await expect(page.getByRole('article', { name: 'r2' })).toContainText(/replica of p1/);
      if (!(await page.evaluate(() => matchMedia('(max-width: 1199px)').matches))) await terminalIsThere(page);
    },
  },
  { name: 'reference', path: '/reference', ready: async (page) => await expect(page.getByRole('navigation', { name: 'Commands' }).or(page.getByRole('heading', { level: 1 })).first()).toBeVisible() },
  { name: 'command', path: '/reference/SET', ready: heading('SET') },
  { name: 'progress', path: '/progress', ready: heading('Progress') },
  { name: 'about', path: '/about', ready: heading(/About/) },
  { name: 'not found', path: '/nowhere', ready: heading('(nil)') },
];
