/* Where the focus goes when the button that had it is gone: to what lets time run, or else into the terminal. */
export function focusOnLab(within: Element): void {
  within.closest('.lab-frame')?.querySelector<HTMLElement>('[data-runs], textarea, .plain-form input')?.focus();
}
