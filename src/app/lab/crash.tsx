/* What stands over a lab that failed, and the sentence of a lab that could not do what it was asked. */
import { lazy, type ReactNode, Suspense } from 'react';
import { Button, Icon, IconButton } from '../../ui/index.ts';
import { focusOnLab } from './focus.ts';
import { isMoving, type LabSession, useSession } from './session.ts';

/** Seldom wanted, and not with the first lesson. */
const WorkBand = lazy(() => import('./work-band.tsx'));
/** Comes after the first prompt. */
const BringBack = lazy(() => import('./bring-back.tsx'));

/** `bringsBack`: a world that begins anew with each visit, and can be had as it was. */
export function LabFrame({ session, bringsBack = false, children }: { session: LabSession; bringsBack?: boolean; children: ReactNode }) {
  const crash = useSession(session, (state) => state.crash);
  const problem = useSession(session, (state) => state.problem);
  const paused = useSession(session, (state) => !isMoving(state));
  const isAtWork = useSession(session, (state) => state.work !== undefined);
  const hasPrompt = useSession(session, (state) => bringsBack && state.foregrounds['a'] !== undefined);
  return (
    <div className="lab-frame" data-paused={paused}>
      {hasPrompt ? <Suspense><BringBack session={session} /></Suspense> : null}
      {isAtWork ? <Suspense><WorkBand session={session} /></Suspense> : paused && crash === undefined ? <p className="lab-paused" role="status"><Icon name="pause" size={13} /><span className="grow">Time stands still here. Commands still run.</span><Button small onClick={({ currentTarget }) => {
        session.pace(1);
        // The line goes with its button.
        focusOnLab(currentTarget);
      }}>Let time run</Button></p> : null}
      {problem === undefined ? null : <p className="lab-problem" role="alert"><span className="grow"><strong>{problem.what}</strong> {problem.remedy}</span><IconButton icon="close" label="Close" onClick={() => session.dismissProblem()} /></p>}
      {crash === undefined ? children : (
        <div className="lab-crash" role="alert">
          <h2>The simulation stopped</h2>
          <p>A fault in this product ended it, nothing you did. Your progress is saved{crash.recording === undefined ? '' : ', and every command you typed is recorded'}.</p>
          <p className="lab-crash-actions">
            {crash.recording === undefined ? null : <Button look="primary" onClick={() => session.openAgain(false)}>Run it again to where it was</Button>}
            <Button look={crash.recording === undefined ? 'primary' : 'outline'} onClick={() => session.openAgain(true)}>Begin anew</Button>
            <Button onClick={() => void navigator.clipboard.writeText(crash.report)}>Copy the report</Button>
          </p>
          <details><summary>What failed</summary><pre>{crash.report}</pre></details>
        </div>
      )}
    </div>
  );
}
