/*
 * What passes between the page and its worker
 * -------------------------------------------
 * Installed before the page's own code, this keeps a hand on the worker that the page starts: tests read the
 * exact bytes that a terminal printed, and can make the worker fail. Nothing in the product knows of it.
 */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    labWatch: { workers: Worker[]; output: string; saved: string };
  }
}

export async function watchWorker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watch: Window['labWatch'] = { workers: [], output: '', saved: '' };
    window.labWatch = watch;
    window.Worker = class extends Worker {
      constructor(address: string | URL, options?: WorkerOptions) {
        super(address, options);
        if (options?.name !== 'lab') return;
        watch.workers.push(this);
        this.addEventListener('message', (event: MessageEvent<{ notices?: { type: string; bytes?: string }[]; inputs?: { bytes?: string }[] }>) => {
          for (const input of event.data.inputs ?? []) watch.saved += input.bytes ?? '';
          for (const notice of event.data.notices ?? []) if (notice.type === 'output') watch.output += notice.bytes ?? '';
        });
      }
    };
  });
}

/** Everything that terminals printed since the page was loaded, as bytes (one character each). */
export async function printed(page: Page): Promise<string> {
  return await page.evaluate(() => window.labWatch.output);
}

/** What was typed, as far as the page has it in the recording from which it would start the lab again. */
export async function saved(page: Page): Promise<string> {
  return await page.evaluate(() => window.labWatch.saved);
}

/** Makes the worker fail: it gets a message of no known shape, and what it throws nobody catches. */
export async function breakWorker(page: Page): Promise<void> {
  await page.evaluate(() => window.labWatch.workers.at(-1)?.postMessage(null));
}
