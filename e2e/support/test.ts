/*
 * The test of every journey
 * -------------------------
 * Playwright's own, with a watch over the browser: an error that nobody caught, a line on the error console, a
 * violation of the page's policy or a request to another origin fails the test that caused it, whatever else
 * the test was about. A test that provokes a fault says beforehand which one it means.
 */
import { test as base, expect, type BrowserContext } from '@playwright/test';

export class Faults {
  private readonly seen: string[] = [];
  private readonly meant: RegExp[] = [];

  /** The fault that this test provokes. */
  expected(fault: RegExp): void {
    this.meant.push(fault);
  }

  watch(context: BrowserContext, origin: string): void {
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) this.seen.push(`a request to another origin: ${request.url()}`);
    });
    context.on('console', (message) => {
      if (message.type() === 'error') this.seen.push(`on the console: ${message.text()}`);
    });
    context.on('weberror', (fault) => this.seen.push(`not caught: ${fault.error().message}`));
  }

  unexpected(): string[] {
    return this.seen.filter((fault) => !this.meant.some((pattern) => pattern.test(fault)));
  }
}

export const test = base.extend<{ faults: Faults }>({
  faults: [async ({ context, baseURL }, use) => {
    const faults = new Faults();
    faults.watch(context, new URL(baseURL ?? '').origin);
    await use(faults);
    expect(faults.unexpected(), 'faults in the browser').toEqual([]);
  }, { auto: true }],
});

export { expect };
