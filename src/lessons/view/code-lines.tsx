/* Commands that are read, not run: in a question about what they print. */
import type { TranscriptEntry } from '../model.ts';
import { ShortProse } from './tree.tsx';

export function CodeBlockLines({ entries }: { entries: readonly TranscriptEntry[] }) {
  return (
    <figure className="listing">
      {entries.map((entry, i) => (
        <div key={i} className="entry">
          <span className="entry-run" aria-hidden="true">&gt;</span>
          <code className="entry-command">{entry.highlighted.length === 0 ? entry.command : <ShortProse tree={entry.highlighted} />}</code>
          {entry.reply === '' || i === entries.length - 1 ? null : <samp className="entry-reply">{entry.reply}</samp>}
        </div>
      ))}
    </figure>
  );
}
