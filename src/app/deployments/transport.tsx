/* Time: let it run fast or slowly, stop it, step by message or event, go back; and the branches that were left. */
import { Button, Icon, IconButton, Menu, SelectField } from '../../ui/index.ts';
import { isMoving, type LabSession, useSession } from '../lab/session.ts';
import { momentBefore } from './event-classes.ts';
import type { DeploymentFacts } from './facts.ts';

/** No speed: fast where nothing happens, slow at what matters. */
export const STORY = 'story';
/** Virtual seconds per real one. Messages between machines take a quarter of a millisecond: to be seen, time has to go a thousand times slower. */
const SPEEDS: readonly (readonly [value: string, label: string])[] = [[STORY, 'story: slow at what matters'], ['0.0005', '1/2000: messages'], ['0.01', '1/100'], ['0.1', '1/10'], ['1', 'live'], ['10', '10 times'], ['60', '60 times']];

/** Microseconds as "12.345 678 s". */
export function preciseClock(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const rest = String(us % 1e6).padStart(6, '0');
  return `${seconds}.${rest.slice(0, 3)}\u202f${rest.slice(3)} s`;
}

/** Lets time run at a speed of the list. */
function run(session: LabSession, speed: string): void {
  if (speed === STORY) session.pace(1, true);
  else session.pace(Number(speed));
}

export function Transport({ session, facts, resume, onResume }: { session: LabSession; facts: DeploymentFacts; resume: string; onResume: (speed: string) => void }) {
  const isPaused = useSession(session, (state) => !isMoving(state));
  const isRunning = useSession(session, (state) => state.speed > 0);
  const atUs = useSession(session, (state) => state.atUs);
  const branches = useSession(session, (state) => state.branches);
  const last = facts.events.at(-1);
  return (
    <div className="transport" role="group" aria-label="Time">
      <IconButton icon="back" label="Step back" disabled={last === undefined} atEnd={false} onClick={() => { if (last !== undefined) session.seek(momentBefore(last)); }} />
      <Button small look={isPaused ? 'primary' : 'outline'} icon={isPaused ? 'run' : 'pause'} data-runs onClick={() => (isPaused ? run(session, resume) : session.pace(0))}>{isPaused ? 'Run' : 'Pause'}</Button>
      <Button small icon="step" onClick={() => session.step('message')}>Next message</Button>
      <Button small look="quiet" onClick={() => session.step('event')}>Next event</Button>
      <SelectField label="Speed" quietLabel value={resume} onChange={(event) => {
        onResume(event.target.value);
        // On the way to a later moment it is chosen for when time runs again.
        if (isRunning) run(session, event.target.value);
      }}>
        {SPEEDS.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </SelectField>
      <Menu label="Let time pass" className="button button-quiet button-small" items={[
        { id: '1ms', label: '1 millisecond', onSelect: () => session.advance(1000) },
        { id: '100ms', label: '100 milliseconds', onSelect: () => session.advance(100_000) },
        { id: '1s', label: '1 second', onSelect: () => session.advance(1_000_000) },
        { id: '10s', label: '10 seconds', onSelect: () => session.advance(10_000_000) },
        { id: '1m', label: '1 minute', onSelect: () => session.advance(60_000_000) },
      ]}><Icon name="clock" size={13} /><span className="transport-clock numbers">{preciseClock(atUs)}</span><Icon name="down" size={12} /></Menu>
      {branches.length === 0 ? null : (
        <Menu label="Branches of time" className="button button-quiet button-small" items={branches.map((branch) => ({ id: String(branch.id), label: `${branch.name}: up to ${preciseClock(branch.untilUs)}, left for ${preciseClock(branch.leftAtUs)}`, onSelect: () => session.branch(branch.id) }))}>
          <Icon name="split" size={13} /> {branches.length} {branches.length === 1 ? 'branch' : 'branches'}
        </Menu>
      )}
    </div>
  );
}

/** What the story gives the reader's time to: a band over the machines while time is no ordinary time. */
export function StoryBand({ session }: { session: LabSession }) {
  const story = useSession(session, (state) => state.story);
  if (story === undefined) return null;
  const skipped = story.skippedUs < 100_000 ? '' : `${(story.skippedUs / 1e6).toFixed(1)} s wound on`;
  return (
    <p className="story-band" data-pace={story.pace}>
      <span className="only-read" role="status">{story.pace === 'read' ? story.what : ''}</span>
      <Icon name={story.pace === 'fast' ? 'step' : story.pace === 'slow' ? 'clock' : 'eye'} size={13} />
      {story.pace === 'read' ? <><strong>{story.what}</strong> <span>{skipped}</span></> : story.pace === 'slow' ? <>Slow, because {story.what} is on its way</> : <>Nothing happens{skipped === '' ? '' : `: ${skipped}`}</>}
    </p>
  );
}
