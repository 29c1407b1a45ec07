/* Text that is shown and can be copied, never run: configuration, programs, lines for a real machine. */
import type { CodeBlock } from '../model.ts';
import { CopyButton } from './copy-button.tsx';
import { ShortProse } from './tree.tsx';

const LANGUAGES: Readonly<Record<string, string>> = { sh: 'On a machine of your own', conf: 'Configuration', ini: 'Configuration', python: 'Python', javascript: 'JavaScript', js: 'JavaScript', text: '' };

export function CodeListing({ block }: { block: CodeBlock }) {
  const title = block.title ?? LANGUAGES[block.language] ?? block.language;
  return (
    <figure className="listing listing-code">
      {title === '' ? null : <figcaption>{title}</figcaption>}
      <pre tabIndex={0}><code><ShortProse tree={block.highlighted.length === 0 ? [{ type: 'text', value: block.code }] : block.highlighted} /></code></pre>
      <CopyButton text={block.code} />
    </figure>
  );
}
