/*
 * A lesson's server begins anew with each visit, so that what its text shows is what happens. Whoever did something in
 * it before, and loaded the page again or came back to it, is told so and can have it back: what was done stands in
 * the storage of the tab, as a recording, and goes with the tab.
 */
import { useEffect, useState } from 'react';
import { Button, Icon, IconButton } from '../../ui/index.ts';
import { keepRecording } from '../sandbox/keep.ts';
import { openText } from '../sandbox/share.ts';
import { focusOnLab } from './focus.ts';
import type { LabSession } from './session.ts';

const here = (): string => `run:${location.pathname}`;

function stored(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name: string, text: string): void {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // No room, or none allowed: then the next visit has nothing to offer.
  }
}

/** Labs in which it was offered: one that is opened again has had its offer. */
const offered = new WeakSet<LabSession>();

export default function BringBack({ session }: { session: LabSession }) {
  const [name] = useState(here);
  const [before, setBefore] = useState(() => (offered.has(session) ? null : stored(name)));
  useEffect(() => void offered.add(session), [session]);
  useEffect(() => keepRecording(session, {
    what: 'what you do here', onlyTouched: true, withTime: false,
    save: (text) => Promise.resolve(store(name, text)),
  }), [session, name]);
  if (before === null) return null;
  return (
    <p className="lab-before">
      <Icon name="undo" size={13} />
      <span className="grow" role="status">The server began anew, as with each visit.</span>
      <Button small onClick={({ currentTarget }) => {
        void openText(before).then((opened) => { if ('recording' in opened) session.open({ scenario: opened.recording.scenario, recording: opened.recording }); });
        // The line goes with its button.
        focusOnLab(currentTarget);
        setBefore(null);
      }}>Bring back what you did</Button>
      <IconButton icon="close" label="Close" onClick={({ currentTarget }) => {
        focusOnLab(currentTarget);
        setBefore(null);
      }} />
    </p>
  );
}
