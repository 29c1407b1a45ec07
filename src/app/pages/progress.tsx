/* Progress: how far, what to review today, and the record itself: save, restore, begin anew. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { conceptMastery, dailyReview, type Mastery, type Question } from '../../lessons/index.ts';
import { InlineQuiz, LessonHostProvider } from '../../lessons/view/index.ts';
import { BarMeter, Button, buttonClass, Dialog, Empty, Field, Icon, Skeleton, StateMark } from '../../ui/index.ts';
import { courseOrder, outline } from '../course.ts';
import { useItemHost, usePageTerminals } from '../item-frame.tsx';
import { usePage } from '../page.tsx';
import { downloadProgress, downloadUnreadable, now, progressNow, record, replaceUnreadable, restoreProgress, useProgress, useStoreState } from '../progress-store.ts';
import { itemState, nextItem } from '../progress-view.ts';
import { allQuestions } from '../recall.ts';
import './progress.css';

const MASTERY: Record<Mastery, string> = { unseen: 'not met', begun: 'met', practised: 'practised', recalled: 'recalled', fading: 'due again' };

export default function ProgressPage() {
  usePage('Progress', [{ label: 'Progress' }]);
  const progress = useProgress();
  const next = nextItem(progress);
  const done = courseOrder.filter((item) => ['done', 'seen'].includes(itemState(progress, item))).length;
  const asked = useQuestions();
  return (
    <div className="sheet" data-region="text">
      <h1>Progress</h1>
      <dl className="figures numbers">
        <div><dt>Done</dt><dd>{done} <small>of {courseOrder.length}</small></dd></div>
        <div><dt>Days with practice</dt><dd>{progress.days.length}</dd></div>
        <div><dt>Questions answered</dt><dd>{Object.values(progress.answers).reduce((sum, log) => sum + log.length, 0)}</dd></div>
      </dl>
      <BarMeter part={done} whole={courseOrder.length} label={`${done} of ${courseOrder.length} done`} />
      {next === undefined ? null : <p className="actions"><Link className={buttonClass('primary')} to={next.href}>{progress.last === undefined ? 'Start week 1' : `Continue: ${next.title}`}</Link></p>}
      {/* What stands below is not shown before what stands above: a button must not move from under the pointer. */}
      {asked === undefined ? <Skeleton /> : (
        <>
          <Review all={asked} />
          <Concepts questions={asked === 'fault' ? [] : asked} />
          <SolutionSeen />
          <TheRecord />
        </>
      )}
    </div>
  );
}

/** Every question of the course: undefined while they are fetched. */
function useQuestions(): readonly Question[] | 'fault' | undefined {
  const [questions, setQuestions] = useState<readonly Question[] | 'fault'>();
  useEffect(() => {
    let gone = false;
    allQuestions().then((all) => { if (!gone) setQuestions(all); }, () => { if (!gone) setQuestions('fault'); });
    return () => { gone = true; };
  }, []);
  return questions;
}

function SolutionSeen() {
  const progress = useProgress();
  const seen = courseOrder.filter((item) => itemState(progress, item) === 'seen');
  if (seen.length === 0) return null;
  return (
    <section className="progress-part">
      <h2>Solution seen</h2>
      <p>Done with a look at the solution. Worth doing once more from nothing.</p>
      <ul>{seen.map((item) => <li key={item.id}><StateMark state="seen" /> <Link to={item.href}>{item.title}</Link></li>)}</ul>
    </section>
  );
}

/** Today's questions, drawn once per visit, so that answering does not change what is asked. */
function Review({ all }: { all: readonly Question[] | 'fault' }) {
  const [questions] = useState(() => (all === 'fault' ? undefined : dailyReview({ outline, questions: all, progress: progressNow(), now: now() }).questions));
  const [begun, setBegun] = useState(false);
  const terminals = usePageTerminals(undefined, []);
  const host = useItemHost({ item: 'review', session: undefined, terminals, onRan: () => {} });
  return (
    <section className="progress-part">
      <h2>Review</h2>
      {questions === undefined ? <p>The questions could not be loaded. They need the network once.</p>
        : questions.length === 0 ? <p>Nothing is due today. Questions come back after 1, 3, 7, 16, 35 and 60 days, a wrong one the next day.</p>
        : begun ? <LessonHostProvider value={host}><InlineQuiz questions={questions} label="Review" /></LessonHostProvider>
        : <p>{questions.length === 1 ? 'One question is' : `${questions.length} questions are`} due today. <Button small onClick={() => setBegun(true)}>Review now</Button></p>}
    </section>
  );
}

function Concepts({ questions }: { questions: readonly Question[] }) {
  const progress = useProgress();
  const rows = useMemo(() => {
    const request = { outline, questions, progress, now: now() };
    const used = new Set(courseOrder.flatMap((item) => item.concepts));
    return Object.values(outline.concepts).filter((concept) => used.has(concept.id)).map((concept) => ({ concept, mastery: conceptMastery(concept.id, request) }));
  }, [questions, progress]);
  const met = rows.filter((row) => row.mastery !== 'unseen');
  if (met.length === 0) return null;
  return (
    <section className="progress-part">
      <h2>What you know</h2>
      <p>Practised: an exercise on it is solved. Recalled: a question on it was answered on a later day.</p>
      <ul className="concepts">
        {met.map(({ concept, mastery }) => <li key={concept.id} data-mastery={mastery}><span>{concept.name}</span><small>{MASTERY[mastery]}</small></li>)}
      </ul>
    </section>
  );
}

function TheRecord() {
  const progress = useProgress();
  const store = useStoreState();
  const [problem, setProblem] = useState<{ problem: string; remedy: string }>();
  const [restored, setRestored] = useState(false);
  const [asking, setAsking] = useState<'none' | 'over' | 'replace'>('none');
  const file = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(progress.learner.name ?? '');
  const empty = Object.keys(progress.items).length === 0;
  return (
    <section className="progress-part" id="record">
      <h2>Your record</h2>
      {store.kind === 'refused' ? <p className="lab-problem" role="alert"><strong>This browser stores nothing for the page.</strong> What you do is lost with the tab. Save a backup before you leave, or allow storage for this site.</p> : null}
      {store.kind === 'unreadable' ? (
        <div className="lab-problem" role="alert">
          <p><strong>{store.problem}</strong> {store.remedy} Until you decide, nothing is saved and nothing is overwritten.</p>
          <p className="actions"><Button small onClick={downloadUnreadable}>Save the unreadable record</Button><Button small onClick={() => setAsking('replace')}>Replace it by what I do now</Button></p>
        </div>
      ) : null}
      <p>It is kept in this browser only. A backup file moves it to another device or brings it back; two records are joined, and nothing of either is lost.</p>
      {empty && store.kind === 'saved' ? <Empty title="Nothing recorded here yet" action={<Button small icon="upload" onClick={() => file.current?.click()}>Restore a backup</Button>}><p>Have you learned here before, on another device or before the browser cleaned up? Restore the file you saved.</p></Empty> : null}
      <p className="actions">
        <Button icon="download" onClick={downloadProgress}>Save a backup</Button>
        {empty ? null : <Button icon="upload" onClick={() => file.current?.click()}>Restore a backup</Button>}
        <Button look="quiet" onClick={() => setAsking('over')}>Start over</Button>
      </p>
      <input ref={file} type="file" hidden accept=".json,application/json" aria-label="Backup file" onChange={(event) => {
        const chosen = event.target.files?.[0];
        event.target.value = '';
        if (chosen === undefined) return;
        void chosen.text().then((text) => {
          const refused = restoreProgress(text);
          setProblem(refused);
          setRestored(refused === undefined);
        });
      }} />
      <div role="status">
        {problem === undefined ? null : <p className="lab-problem"><strong>{problem.problem}</strong> {problem.remedy}</p>}
        {restored ? <p className="held"><Icon name="check" size={14} /> The backup is joined with what was here.</p> : null}
      </div>
      <form className="name-form" onSubmit={(event) => { event.preventDefault(); record({ type: 'named', name: name.trim() }); }}>
        <Field label="Your name" help="Stands in the backup file and, later, on the certificate. It never leaves this browser by itself." value={name} onChange={(event) => setName(event.target.value)} autoComplete="name" maxLength={120} />
        <Button type="submit" disabled={name.trim() === (progress.learner.name ?? '')}>Keep the name</Button>
      </form>
      <Dialog open={asking === 'over'} onClose={() => setAsking('none')} title="Start over?" actions={<><Button onClick={() => setAsking('none')}>Keep my record</Button><Button look="primary" onClick={() => { record({ type: 'startedOver' }); setAsking('none'); }}>Delete it and start over</Button></>}>
        <p>Everything recorded here is deleted, in all tabs. Save a backup first if you may want it back.</p>
      </Dialog>
      <Dialog open={asking === 'replace'} onClose={() => setAsking('none')} title="Replace the unreadable record?" actions={<><Button onClick={() => setAsking('none')}>Leave it</Button><Button look="primary" onClick={() => { replaceUnreadable(); setAsking('none'); }}>Replace it</Button></>}>
        <p>The stored record is overwritten by what you do from now on. Save it as a file first; a newer version of this site may be able to read it.</p>
      </Dialog>
    </section>
  );
}
