/* What axe finds on a page, as lines to read. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

export async function violations(page: Page): Promise<string[]> {
  // What fades in or out has no colour to judge yet: the pointer leaves, and changes come to their end.
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  // xterm's grid is drawn text that it hides from assistive technology itself; the plain form is the accessible one.
  const { violations: found } = await new AxeBuilder({ page }).exclude('.xterm-screen').analyze();
  return found.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} — ${node.failureSummary?.split('\n')[1]?.trim() ?? rule.help}`));
}
