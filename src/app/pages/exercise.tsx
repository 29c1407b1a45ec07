/* An exercise: tasks on the left that light up by themselves, the terminal on the right. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useParams } from 'react-router';
import type { Exercise } from '../../lessons/index.ts';
import type { Step } from '../../simulation/index.ts';
import { ExercisePanel, LessonHostProvider } from '../../lessons/view/index.ts';
import { Skeleton } from '../../ui/index.ts';
import { placeOf, summaryOf, useItem } from '../course.ts';
import { FIRST_TTY, ItemHead, Onward, terminalPlans, useItemHost, usePageTerminals } from '../item-frame.tsx';
import { LabFrame } from '../lab/crash.tsx';
import { WorldButtons } from '../lab/world-buttons.tsx';
import { useLabSession } from '../lab/provider.tsx';
import { type LabSession, useSession } from '../lab/session.ts';
import { Terminals } from '../lab/terminals.tsx';
import { usePage } from '../page.tsx';
import { record, useProgress } from '../progress-store.ts';
import { toolsOf } from '../tools.tsx';
import { Workspace } from '../workspace.tsx';
import { Fault } from './fault.tsx';
import NotFound from './not-found.tsx';

const DIFFICULTY: Record<Exercise['difficulty'], string> = { very_easy: 'very easy', easy: 'easy', medium: 'medium', hard: 'hard' };

export default function ExercisePage() {
  const { id = '' } = useParams();
  const summary = summaryOf(id);
  const { item, fault } = useItem(id);
  usePage(summary?.title ?? 'Not found', summary === undefined ? [] : [...placeOf(summary), { label: summary.title }]);
  if (summary === undefined || summary.kind !== 'exercise') return <NotFound />;
  if (fault !== undefined) return <Fault fault={fault} />;
  if (item === undefined || item.kind !== 'exercise') return <div className="workspace"><div className="reading"><Skeleton /></div></div>;
  return <ExerciseBody key={item.id} exercise={item} />;
}

function ExerciseBody({ exercise }: { exercise: Exercise }) {
  const options = useMemo(() => ({ scenario: exercise.start.scenario, steps: exercise.start.steps }), [exercise]);
  const session = useLabSession('exercise', options);
  const plans = useMemo(() => terminalPlans(exercise.start.scenario, exercise.panels, exercise.blocks, exercise.solutions.flatMap((solution) => solution.steps)), [exercise]);
  const terminals = usePageTerminals(session, plans);
  const [ran, setRan] = useState(0);
  const host = useItemHost({ item: exercise.id, session, terminals, onRan: () => setRan((count) => count + 1) });
  useEffect(() => record({ type: 'opened', item: exercise.id, hash: exercise.hash }), [exercise]);
  const tools = useMemo(() => (session === undefined ? [] : toolsOf(session, exercise.panels)), [session, exercise]);
  const extra = exercise.handsOn === true ? 'hands-on exercise' : 'exercise';
  return (
    <LessonHostProvider value={host}>
      <Workspace kind="exercise" id={exercise.id} ran={ran} tools={tools}
        text={(
          <article data-testid="exercise">
            <ItemHead item={exercise} over={`${extra}, ${DIFFICULTY[exercise.difficulty]}`} />
            {session === undefined ? <Skeleton /> : <Checked exercise={exercise} session={session} perform={(steps) => { session.terminal(FIRST_TTY, plans[0]?.host ?? 'local', plans[0]?.run); session.perform(steps, FIRST_TTY); setRan((count) => count + 1); }} />}
          </article>
        )}
        terminal={session === undefined ? <Skeleton label="Starting the server" /> : (
          <LabFrame session={session} bringsBack>
            <Terminals session={session} plans={terminals.plans} selected={terminals.selected} onSelect={terminals.select} onAdd={terminals.add} onClose={terminals.close} actions={<WorldButtons session={session} />} />
          </LabFrame>
        )} />
    </LessonHostProvider>
  );
}

function Checked({ exercise, session, perform }: { exercise: Exercise; session: LabSession; perform: (steps: readonly Step[]) => void }) {
  const results = useSession(session, (state) => state.results);
  const begun = useSession(session, (state) => state.canUndo);
  const solvedNow = useSession(session, (state) => state.solved);
  const progress = useProgress();
  const [answers, setAnswers] = useState<Readonly<Record<string, number>>>({});
  // Once solved in this visit, the explanation stays, whatever the learner tries next.
  const [solved, setSolved] = useState(false);
  const attempted = useRef(false);
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setHeld((before) => {
    const now = results.filter((result) => result.passed && !before.has(result.id));
    return now.length === 0 ? before : new Set([...before, ...now.map((result) => result.id)]);
  }), [results]);
  const { id, hash } = exercise;
  useEffect(() => session.check(exercise.checks, answers), [session, exercise, answers]);
  useEffect(() => {
    if (!solvedNow) return;
    setSolved(true);
    record({ type: 'passed', item: id, hash, score: 100 });
  }, [solvedNow, id, hash]);
  useEffect(() => {
    if (attempted.current || !results.some((result) => result.state === 'failed')) return;
    attempted.current = true;
    record({ type: 'attempted', item: id, hash });
  }, [results, id, hash]);
  // A reset is a new attempt: what was solved before is recorded, the panel begins anew.
  useEffect(() => {
    if (!solvedNow && results.length > 0 && results.every((result) => result.state === 'untried' || result.passed)) setSolved(false);
  }, [results, solvedNow]);
  const mine = progress.items[id];
  return (
    <ExercisePanel exercise={exercise} results={results} solved={solved || solvedNow} begun={begun} held={held}
      onHint={(hint) => record({ type: 'hintSeen', item: id, hash, task: hint.task ?? 0, level: hint.level })}
      solutionSeen={mine?.solutionSeen !== undefined}
      onSolution={() => record({ type: 'solutionSeen', item: id, hash })}
      answers={answers} onAnswer={(check, choice) => setAnswers((before) => ({ ...before, [check]: choice }))}
      onRunSolution={(solution) => { setAnswers((before) => ({ ...before, ...solution.answers })); perform(solution.steps); }} onTakeBack={() => session.undo()} onward={<Onward item={exercise} />} />
  );
}
