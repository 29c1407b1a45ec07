/* A browser that cannot run this: said plainly, with what it lacks. */
export function whatIsMissing(): string[] {
  const missing: string[] = [];
  if (typeof Worker === 'undefined') missing.push('workers (Worker)');
  if (typeof CSS === 'undefined' || !CSS.supports('color', 'oklch(0.5 0.1 200)')) missing.push('OKLCH colours');
  if (typeof CSS === 'undefined' || !CSS.supports('color', 'light-dark(red, blue)')) missing.push('the light-dark() colour function');
  if (typeof HTMLDialogElement === 'undefined') missing.push('dialogs');
  return missing;
}

export function Unsupported({ missing }: { missing: readonly string[] }) {
  return (
    <main style={{ maxWidth: '36em', margin: '10vh auto', padding: '0 24px', font: '18px/1.55 Georgia, serif' }}>
      <h1>This browser is too old for Keyspace</h1>
      <p>A whole server runs in this page, and that needs a browser from 2024 or later. This one lacks: {missing.join(', ')}.</p>
      <p>Firefox 120, Chrome or Edge 123 and Safari 17.5 are the first that work.</p>
    </main>
  );
}
