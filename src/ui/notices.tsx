/*
 * Notices: short words about something that happened aside from what the learner is doing (an update
 * is ready, storage is full). They wait until they are closed or acted upon; a passing one leaves
 * after some seconds. They are announced politely and never take the focus.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { Button, IconButton } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export interface NoticeWords {
  /** The same id replaces an earlier notice. */
  id: string;
  kind?: 'plain' | 'good' | 'problem';
  icon?: IconName;
  text: string;
  actions?: readonly { label: string; onSelect: () => void }[];
  /** Leaves by itself after this many milliseconds. */
  passesAfterMs?: number;
}

let current: readonly NoticeWords[] = [];
const listeners = new Set<() => void>();

function change(next: readonly NoticeWords[]): void {
  current = next;
  for (const listener of listeners) listener();
}

export function notify(notice: NoticeWords): void {
  change([...current.filter((other) => other.id !== notice.id), notice]);
}

export function dismiss(id: string): void {
  if (current.some((notice) => notice.id === id)) change(current.filter((notice) => notice.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Notices() {
  const notices = useSyncExternalStore(subscribe, () => current);
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map((notice) => <NoticeBox key={notice.id} notice={notice} />)}
    </div>
  );
}

function NoticeBox({ notice }: { notice: NoticeWords }) {
  useEffect(() => {
    if (notice.passesAfterMs === undefined) return;
    const timer = setTimeout(() => dismiss(notice.id), notice.passesAfterMs);
    return () => clearTimeout(timer);
  }, [notice]);
  const icon = notice.icon ?? (notice.kind === 'problem' ? 'warning' : notice.kind === 'good' ? 'check' : 'more');
  return (
    <div className={`notice notice-${notice.kind ?? 'plain'}`}>
      <Icon name={icon} />
      <div>
        <p>{notice.text}</p>
        {notice.actions === undefined ? null : (
          <div className="actions">
            {notice.actions.map((action) => <Button key={action.label} small onClick={() => { dismiss(notice.id); action.onSelect(); }}>{action.label}</Button>)}
          </div>
        )}
      </div>
      <IconButton icon="close" label="Close notice" onClick={() => dismiss(notice.id)} />
    </div>
  );
}
