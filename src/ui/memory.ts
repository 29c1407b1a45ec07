/*
 * Small things the interface remembers (pane sizes, open tabs, the theme), in localStorage under one
 * prefix. Storage may be refused or full; then the interface works the same and forgets.
 */
const PREFIX = 'keyspace.';

export function remembered(key: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // Refused or full: nothing of the learner's work lives here, so forgetting is harmless.
  }
}
