/* One line for everything that can go wrong, what the last one did, and all that is wrong now with a button that undoes it. */
import { useRef, useState } from 'react';
import { Button, Dialog, Field, Icon } from '../../ui/index.ts';
import { type LabSession, useSession } from '../lab/session.ts';
import type { InForce } from './in-force.ts';

/** So many are told one by one: of a cluster of a hundred, half may be down. */
const TOLD = 12;

export function FaultLine({ session, hosts, wrong }: { session: LabSession; hosts: readonly string[]; wrong: readonly InForce[] }) {
  // An example that can be typed as it stands.
  const [one, other] = hosts;
  const [line, setLine] = useState('');
  const [help, setHelp] = useState<readonly { name: string; usage: string; summary: string }[]>();
  const fault = useSession(session, (state) => state.fault);
  const input = useRef<HTMLInputElement>(null);
  /** The button goes with what it undid; the focus goes to where the next thing is said. */
  const undo = (text: string) => {
    session.fault(text);
    input.current?.focus({ preventScroll: true });
  };
  const cuts = wrong.filter(({ undo: text }) => text?.startsWith('heal ') === true).length;
  return (
    <>
      {wrong.length === 0 ? null : (
        <div className="in-force" role="group" aria-label="What is wrong now">
          <span>Wrong now</span>
          <ul>
            {wrong.slice(0, TOLD).map(({ what, undo: text }) => <li key={what}>{text === undefined ? <span className="in-force-told">{what}</span> : <button type="button" title={`Undo it: ${text}`} aria-label={`Undo: ${what}`} onClick={() => undo(text)}><Icon name="undo" size={12} />{what}</button>}</li>)}
            {wrong.length > TOLD ? <li>and {wrong.length - TOLD} more</li> : null}
          </ul>
          {cuts > 1 ? <Button small look="quiet" onClick={() => undo('heal')}>Heal all</Button> : null}
        </div>
      )}
      <div className="deployment-fault">
        <form onSubmit={(event) => {
          event.preventDefault();
          if (line.trim() !== '') session.fault(line);
          setLine('');
        }}>
          <Field label="Fault" mono value={line} ref={input} placeholder={other === undefined ? `crash ${one}` : `cut ${one} - ${other}`} spellCheck={false} autoComplete="off" onChange={(event) => setLine(event.target.value)} />
          <Button small type="submit">Do it</Button>
          <Button small look="quiet" onClick={() => session.ask({ about: 'faults' }).then(setHelp, () => undefined)}>All faults</Button>
        </form>
        <output data-problem={fault?.problem !== undefined}>{fault === undefined ? '' : fault.problem ?? fault.said}</output>
        <Dialog open={help !== undefined} onClose={() => setHelp(undefined)} title="What can go wrong" wide>
          <dl className="fault-list">{(help ?? []).map((each) => <div key={each.name}><dt><code>{each.usage}</code></dt><dd>{each.summary}</dd></div>)}</dl>
        </Dialog>
      </div>
    </>
  );
}
