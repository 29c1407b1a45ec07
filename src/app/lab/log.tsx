/* The command log: what the server executed, newest last, with reply and server time. */
import { useEffect, useRef, useState } from 'react';
import type { LogEntry } from '../../lab/protocol.ts';
import { Empty } from '../../ui/index.ts';
import { clockText } from '../../visualizers/stage/index.tsx';
import { shownBytes } from './bytes-text.ts';
import type { LabSession } from './session.ts';

export function useLogEntries(session: LabSession | undefined): readonly LogEntry[] {
  const [entries, setEntries] = useState<readonly LogEntry[]>(session?.log() ?? []);
  useEffect(() => {
    if (session === undefined) {
      setEntries([]);
      return;
    }
    let frame = 0;
    const show = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setEntries(session.log()));
    };
    show();
    const off = session.onLog(show);
    return () => {
      cancelAnimationFrame(frame);
      off();
    };
  }, [session]);
  return entries;
}

/** The command of a log row as one line. */
export function commandText(entry: LogEntry): string {
  return entry.argv.map((word, i) => (i === 0 ? word.toUpperCase() : shownBytes(word))).join(' ');
}

export function CommandLog({ session }: { session: LabSession }) {
  const entries = useLogEntries(session);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < 160) element.scrollTop = element.scrollHeight;
  }, [entries]);
  if (entries.length === 0) return <Empty title="Nothing was executed yet"><p>Every command that reaches the server appears here with its reply and the time the server spent.</p></Empty>;
  return (
    <div className="log" ref={box} tabIndex={0} role="group" aria-label="Executed commands">
      <table>
        <thead className="only-read"><tr><th>Time</th><th>Client</th><th>Command</th><th>Reply</th><th>Server time</th></tr></thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id} data-write={entry.isWrite}>
              <td className="log-time">{clockText(entry.atUs)}</td>
              <td className="log-client">#{entry.clientId}{entry.db === 0 ? '' : ` db${entry.db}`}</td>
              <td className="log-command"><code>{commandText(entry)}</code></td>
              <td className="log-reply">{entry.reply}</td>
              <td className="log-duration numbers">{entry.durationUs} µs</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
