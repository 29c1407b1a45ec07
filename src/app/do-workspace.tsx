/* A question that is answered by doing: a small terminal, checks that light up, solved when all hold. */
import { useEffect, useMemo, useRef } from 'react';
import type { DoQuestion } from '../lessons/index.ts';
import { InlineText } from '../lessons/view/index.ts';
import { Icon } from '../ui/index.ts';
import { LabFrame } from './lab/crash.tsx';
import { useLabSession } from './lab/provider.tsx';
import { type LabSession, useSession } from './lab/session.ts';
import { Terminals, type TerminalPlan } from './lab/terminals.tsx';
import { WorldButtons } from './lab/world-buttons.tsx';

const NO_ANSWERS = {};

export function DoWorkspace({ question, onSolved }: { question: DoQuestion; onSolved: () => void }) {
  const options = useMemo(() => ({ scenario: question.start.scenario, steps: question.start.steps }), [question]);
  const session = useLabSession('do', options);
  return <div className="do-workspace">{session === undefined ? null : <DoBody session={session} question={question} onSolved={onSolved} />}</div>;
}

function DoBody({ session, question, onSolved }: { session: LabSession; question: DoQuestion; onSolved: () => void }) {
  const results = useSession(session, (state) => state.results);
  const solved = useSession(session, (state) => state.solved);
  const plans = useMemo<TerminalPlan[]>(() => [{ tty: 'a', host: question.start.scenario.hosts[0]?.name ?? 'local', run: 'redis-cli' }], [question]);
  const done = useRef(onSolved);
  done.current = onSolved;
  useEffect(() => session.check(question.checks, NO_ANSWERS), [session, question]);
  useEffect(() => { if (solved) done.current(); }, [solved]);
  return (
    <>
      <LabFrame session={session}><Terminals session={session} plans={plans} selected="a" onSelect={() => {}} actions={<WorldButtons session={session} />} /></LabFrame>
      <div className="check-others" role="status">
        <ul>{results.map((result) => (
          <li key={result.id} data-state={result.state}>{result.passed ? <Icon name="check" size={13} /> : <span className="check-open" />}<span><InlineText text={result.say} />{result.passed || result.state === 'untried' ? null : <small> {result.because}</small>}</span></li>
        ))}</ul>
      </div>
    </>
  );
}
