/* What takes seconds, how far it is, and its end: a line over the lab while it is at work. */
import { Button, Icon } from '../../ui/index.ts';
import { focusOnLab } from './focus.ts';
import { type LabSession, useSession } from './session.ts';

const WORK = {
  passing: { label: 'Going on to a later moment', says: (to: string) => `Going on to ${to} s`, end: 'Stop here' },
  waiting: { label: 'Going on until it happens', says: (to: string) => `Going on until it happens, to ${to} s at most`, end: 'Stop here' },
  remaking: { label: 'Running it again', says: (to: string) => `Running it again up to ${to} s`, end: 'Cancel' },
};

/** How far it is with what takes seconds: going on to a later moment, or running everything again up to an earlier one. */
export default function WorkBand({ session }: { session: LabSession }) {
  const work = useSession(session, (state) => state.work);
  const isOpening = useSession(session, (state) => state.phase === 'opening');
  if (work === undefined) return null;
  const { label, says, end } = WORK[work.what];
  const part = Math.min(100, Math.max(0, (100 * (work.atUs - work.fromUs)) / Math.max(1, work.toUs - work.fromUs)));
  const [come, to] = [(work.atUs / 1e6).toFixed(1), (work.toUs / 1e6).toFixed(1)];
  return (
    <div className="work-band">
      <Icon name={work.what === 'remaking' ? 'undo' : 'step'} size={13} />
      <span>{says(to)}: {come} s so far</span>
      <div className="bar-meter" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part)} aria-valuetext={`${come} of ${to} seconds`}><i style={{ width: `${part}%` }} /></div>
      {isOpening ? null : (
        <Button small look="quiet" onClick={({ currentTarget }) => {
          session.pace(0);
          // The band goes with its button.
          focusOnLab(currentTarget);
        }}>{end}</Button>
      )}
    </div>
  );
}
