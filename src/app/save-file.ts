/* A file for the learner's own machine: the browser puts it where downloads go. */

/** From the click to the release of the content: a browser may begin to read late. */
const KEPT_MS = 10_000;

export function saveFile(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
