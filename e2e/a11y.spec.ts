/* Every page in both themes under axe, and every page by keyboard alone, on a phone, and without motion. */
import { ExercisePage } from './pages/exercise.ts';
import { ShellFrame } from './pages/shell.ts';
import { TerminalPane } from './pages/terminal.ts';
import { violations } from './support/axe.ts';
import { PAGES } from './support/pages.ts';
import { expect, test } from './support/test.ts';

for (const { name, path, ready } of PAGES) {
  test(`axe finds nothing on the page ${name}, light and dark`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(path);
    await ready(page);
    expect(await violations(page), 'light').toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page), 'dark').toEqual([]);
  });
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing in palette, help, a failed check, a solved exercise and the plain terminal, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    const exercise = new ExercisePage(page);
    await exercise.open('first-keys');
    await exercise.terminal.run('SET site:title Night');
    await expect(exercise.fact('Caused by')).toBeVisible();
    expect(await violations(page), 'a failed check').toEqual([]);
    await exercise.terminal.run('SET site:title "Night Owl Books"');
    await exercise.terminal.run('INCRBY visits 2');
    await expect(exercise.solved).toBeVisible();
    await page.getByRole('button', { name: 'Plain' }).click();
    await expect(exercise.terminal.log).toBeVisible();
    expect(await violations(page), 'solved, plain terminal').toEqual([]);
    const frame = new ShellFrame(page);
    await frame.header.getByRole('button', { name: 'Search' }).click();
    await frame.palette.getByRole('combobox').fill('expire');
    await expect(frame.palette.getByRole('option').first()).toBeVisible();
    expect(await violations(page), 'palette').toEqual([]);
    await page.keyboard.press('Escape');
    await frame.header.getByRole('button', { name: 'Keyboard and help' }).click();
    await expect(frame.help).toBeVisible();
    expect(await violations(page), 'help').toEqual([]);
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  for (const { name, path, ready } of PAGES) {
    test(`the page ${name} fits the width and passes axe`, async ({ page }) => {
      await page.goto(path);
      await ready(page);
      const { inner, scroll } = await page.evaluate(() => ({ inner: window.innerWidth, scroll: document.documentElement.scrollWidth }));
      expect(inner).toBe(390);
      expect(scroll).toBeLessThanOrEqual(390);
      expect(await violations(page)).toEqual([]);
    });
  }

  test('the terminal rises from the foot and leaves the run button of its paragraph in sight', async ({ page }) => {
    await page.goto('/lesson/meet-redis');
    const run = page.getByRole('button', { name: 'Run INCR colour', exact: true });
    await run.scrollIntoViewIfNeeded();
    await run.click();
    const terminal = new TerminalPane(page);
    await expect(terminal.log).toContainText('INCR colour');
    await expect(run).toBeInViewport();
    const [button, dock] = [await run.boundingBox(), await page.getByRole('region', { name: 'Terminal and pictures' }).boundingBox()];
    expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThanOrEqual(dock?.y ?? 0);
    // Pressing it again needs no scrolling: nothing lies over it.
    await run.click({ trial: true });
    await terminal.send('PING');
    await expect(terminal.log).toContainText('PONG');
    await page.getByRole('button', { name: 'Close the sheet' }).click();
    await expect(terminal.input).toBeHidden();
  });

  test('every target for a finger is large enough', async ({ page }) => {
    await page.goto('/lesson/meet-redis');
    await expect(page.getByRole('button', { name: 'Run PING', exact: true })).toBeVisible();
    const small = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('main button, header button, header > a')].filter((element) => {
      const box = element.getBoundingClientRect();
      // Words inside a sentence are exempt, as in WCAG 2.5.8.
      return box.width > 0 && element.closest('p, td, li') === null && (box.width < 24 || box.height < 24);
    }).map((element) => element.getAttribute('aria-label') ?? element.textContent));
    expect(small).toEqual([]);
  });
});

test.describe('by keyboard alone', () => {
  test('the skip link comes first and leads into the page', async ({ page }) => {
    await page.goto('/learn');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the page' });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
  });

  test('what has the focus shows it, all the way through a lesson', async ({ page }) => {
    await page.goto('/lesson/meet-redis');
    await expect(page.getByRole('button', { name: 'Run PING', exact: true })).toBeVisible();
    const bare: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const at = document.activeElement;
        if (!(at instanceof HTMLElement) || at === document.body || at.closest('.xterm') !== null) return undefined;
        const style = getComputedStyle(at);
        const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
        return seen ? undefined : at.outerHTML.slice(0, 120);
      });
      if (found !== undefined) bare.push(found);
    }
    expect(bare).toEqual([]);
  });

  test('palette, help, leaving a terminal, and choosing with arrows', async ({ page }) => {
    const frame = new ShellFrame(page);
    await page.goto('/learn');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.keyboard.press('Control+k');
    await expect(frame.palette.getByRole('combobox')).toBeFocused();
    await page.keyboard.type('GETRANGE');
    await expect(frame.palette.getByRole('option').filter({ hasText: 'GETRANGE' }).first()).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Escape');
    await expect(frame.palette).toBeHidden();
    await page.keyboard.press('?');
    await expect(frame.help).toBeVisible();
    await expect(frame.help).toContainText('F6');
    await page.keyboard.press('Escape');
    await expect(frame.help).toBeHidden();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('GETRANGE');
    await expect(frame.palette.getByRole('option', { name: /^Command GETRANGE/ })).toBeVisible();
    await frame.palette.getByRole('combobox').press('Enter');
    await expect(page).not.toHaveURL(/\/learn$/);
    // Arriving moves the focus into the page.
    await expect(page.getByRole('main')).toBeFocused();

    await page.goto('/');
    const terminal = new TerminalPane(page);
    await terminal.waits();
    await expect(terminal.region.locator('textarea')).toBeFocused();
    // Tab belongs to the terminal (it completes), F6 leads out, Shift-F6 back in.
    await page.keyboard.press('F6');
    await expect(terminal.region.locator('textarea')).not.toBeFocused();
    await page.keyboard.press('Shift+F6');
    await expect(terminal.region.locator('textarea')).toBeFocused();
  });

  test('an exercise is solved and a divider is moved without a pointer', async ({ page }) => {
    const exercise = new ExercisePage(page);
    await exercise.open('first-keys');
    await exercise.terminal.waits();
    const divider = page.getByRole('separator', { name: 'Between text and tools' });
    await divider.focus();
    const before = Number(await divider.getAttribute('aria-valuenow'));
    await page.keyboard.press('ArrowRight');
    await expect(divider).toHaveAttribute('aria-valuenow', String(before + 2));
    await page.keyboard.press('Enter');
    await expect(divider).toHaveAttribute('aria-valuenow', '53');
    await page.keyboard.press('F6');
    await exercise.terminal.region.locator('textarea').focus();
    await page.keyboard.type('SET site:title "Night Owl Books"\nINCRBY visits 2\n');
    await expect(exercise.solved).toBeVisible();
  });

  test('the theme is chosen from a menu and stays', async ({ page }) => {
    const frame = new ShellFrame(page);
    await page.goto('/progress');
    await frame.header.getByRole('button', { name: 'Theme' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menuitemradio', { name: 'As the system' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await frame.chooseTheme('Light');
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(background);
  });
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('nothing moves: no animation runs and no transition takes time', async ({ page }) => {
    await page.goto('/sandbox');
    const terminal = new TerminalPane(page);
    await terminal.run('SET a 1');
    await terminal.run('SET b 2 EX 100');
    const moving = await page.evaluate(() => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration ?? 0) > 1).length);
    expect(moving).toBe(0);
  });
});
