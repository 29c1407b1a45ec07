/* What a tab keeps for itself across reloads: short texts by name, gone with the tab. Where the browser allows none, or has no room, nothing is kept. */
export function readFromTab(name: string): string | undefined {
  try {
    return sessionStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepInTab(name: string, text: string): void {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // Then the tab begins as a new one when it is loaded again.
  }
}
