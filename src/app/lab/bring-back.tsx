/*
 * A lesson's server begins anew with each visit, so that what its text shows is what happens. Whoever did something in
 * it before, and loaded the page again or came back to it, is told so and can have it back: what was done stands in
 * the storage of the tab, as a recording, and goes with the tab.
 */
import { useEffect, useState } from 'react';
import { Button, Icon, IconButton, notify } from '../../ui/index.ts';
import { keepRecording } from '../sandbox/keep.ts';
import { openText } from '../sandbox/share.ts';
import { keepInTab, readFromTab } from '../tab-storage.ts';
import { focusOnLab } from './focus.ts';
import type { LabSession } from './session.ts';

const here = (): string => `run:${location.pathname}`;

/** Labs in which it was offered: one that is opened again has had its offer. */
const offered = new WeakSet<LabSession>();

async function bringBack(session: LabSession, text: string): Promise<void> {
  const opened = await openText(text).catch((fault: unknown) => ({ what: fault instanceof Error ? fault.message : String(fault) }));
  if ('recording' in opened) session.open({ scenario: opened.recording.scenario, recording: opened.recording });
  else notify({ id: 'before', kind: 'problem', text: `What you did cannot be brought back. ${opened.what}` });
}

export default function BringBack({ session }: { session: LabSession }) {
  const [name] = useState(here);
  const [before, setBefore] = useState(() => (offered.has(session) ? undefined : readFromTab(name)));
  useEffect(() => void offered.add(session), [session]);
  useEffect(() => keepRecording(session, {
    what: 'what you do here', onlyTouched: true, withTime: false,
    save: (text) => Promise.resolve(keepInTab(name, text)),
  }), [session, name]);
  if (before === undefined) return null;
  return (
    <p className="lab-before">
      <Icon name="undo" size={13} />
      <span className="grow" role="status">The server began anew, as with each visit.</span>
      <Button small onClick={({ currentTarget }) => {
        void bringBack(session, before);
        // The line goes with its button.
        focusOnLab(currentTarget);
        setBefore(undefined);
      }}>Bring back what you did</Button>
      <IconButton icon="close" label="Close" onClick={({ currentTarget }) => {
        focusOnLab(currentTarget);
        setBefore(undefined);
      }} />
    </p>
  );
}
