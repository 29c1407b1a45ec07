/*
 * A lesson: prose on the left, its terminal and pictures on the right. It counts as read when the learner
 * reaches its end and says so by going on; nothing moves by itself.
 */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useParams } from 'react-router';
import type { Lesson } from '../../lessons/index.ts';
import { LessonHostProvider, Prose } from '../../lessons/view/index.ts';
import { Button, Icon, IconButton, Skeleton } from '../../ui/index.ts';
import { placeOf, summaryOf, useItem } from '../course.ts';
import { ItemHead, Onward, terminalPlans, useItemHost, usePageTerminals } from '../item-frame.tsx';
import { LabFrame } from '../lab/crash.tsx';
import { WorldButtons } from '../lab/world-buttons.tsx';
import { useLabSession } from '../lab/provider.tsx';
import { Terminals } from '../lab/terminals.tsx';
import { useArrivalAtPlace, usePage } from '../page.tsx';
import { progressNow, record, useProgress } from '../progress-store.ts';
import { itemState } from '../progress-view.ts';
import { toolsOf } from '../tools.tsx';
import { Workspace } from '../workspace.tsx';
import { Fault } from './fault.tsx';
import NotFound from './not-found.tsx';

export default function LessonPage() {
  const { id = '' } = useParams();
  const summary = summaryOf(id);
  const { item, fault } = useItem(id);
  usePage(summary?.title ?? 'Not found', summary === undefined ? [] : [...placeOf(summary), { label: summary.title }]);
  if (summary === undefined || summary.kind !== 'lesson') return <NotFound />;
  if (fault !== undefined) return <Fault fault={fault} />;
  if (item === undefined || item.kind !== 'lesson') return <div className="workspace"><div className="reading"><Skeleton /></div></div>;
  return <LessonBody key={item.id} lesson={item} />;
}

function LessonBody({ lesson }: { lesson: Lesson }) {
  const options = useMemo(() => ({ scenario: lesson.start.scenario, steps: lesson.start.steps }), [lesson]);
  const session = useLabSession('lesson', options);
  const plans = useMemo(() => terminalPlans(lesson.start.scenario, lesson.panels, lesson.blocks, []), [lesson]);
  const terminals = usePageTerminals(session, plans);
  const [ran, setRan] = useState(0);
  const own = useMemo(() => Object.keys(lesson.questions), [lesson]);
  const host = useItemHost({ item: lesson.id, own, session, terminals, onRan: () => setRan((count) => count + 1) });
  useEffect(() => record({ type: 'opened', item: lesson.id, hash: lesson.hash }), [lesson]);
  useArrivalAtPlace(true);
  const tools = useMemo(() => (session === undefined ? [] : toolsOf(session, lesson.panels)), [session, lesson]);
  return (
    <LessonHostProvider value={host}>
      <Workspace kind="lesson" id={lesson.id} ran={ran} tools={tools}
        text={(
          <article data-testid="lesson">
            <ItemHead item={lesson} />
            <Prose tree={lesson.body} blocks={lesson.blocks} questions={lesson.questions} />
            <LessonEnd lesson={lesson} />
            <Onward item={lesson} />
            <PlaceKeeper lesson={lesson} />
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

function LessonEnd({ lesson }: { lesson: Lesson }) {
  const progress = useProgress();
  const state = itemState(progress, lesson);
  return (
    <p className="lesson-done">
      {state === 'done' || state === 'seen'
        ? <span className="held"><Icon name="check" size={14} /> Read{progress.items[lesson.id]?.passes[lesson.hash] === undefined ? '; the text has changed since' : ''}</span>
        : <Button icon="check" onClick={() => record({ type: 'passed', item: lesson.id, hash: lesson.hash, score: 100 })}>Mark as read</Button>}
    </p>
  );
}

/** Notes the heading that was on top when the learner left, and offers it on return. */
function PlaceKeeper({ lesson }: { lesson: Lesson }) {
  const mark = useRef<HTMLSpanElement>(null);
  const [offer, setOffer] = useState(() => {
    const place = progressNow().items[lesson.id]?.place;
    return place !== undefined && lesson.headings.some((heading) => heading.id === place.heading) && lesson.headings[0]?.id !== place.heading ? place.heading : undefined;
  });
  useEffect(() => {
    const scroller = mark.current?.closest('.reading');
    if (scroller === null || scroller === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const note = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const top = scroller.getBoundingClientRect().top + 80;
        const passed = lesson.headings.filter((heading) => {
          const element = document.getElementById(heading.id);
          return element !== null && element.getBoundingClientRect().top < top;
        }).at(-1);
        if (passed !== undefined) record({ type: 'placed', item: lesson.id, hash: lesson.hash, heading: passed.id });
      }, 1200);
    };
    scroller.addEventListener('scroll', note, { passive: true });
    return () => {
      clearTimeout(timer);
      scroller.removeEventListener('scroll', note);
    };
  }, [lesson]);
  const heading = lesson.headings.find((candidate) => candidate.id === offer);
  return (
    <>
      <span ref={mark} />
      {heading === undefined ? null : (
        <p className="place-offer"><span>You were at “{heading.text}”.</span> <Button small onClick={() => { document.getElementById(heading.id)?.scrollIntoView(); setOffer(undefined); }}>Go there</Button> <IconButton icon="close" label="Close" onClick={() => setOffer(undefined)} /></p>
      )}
    </>
  );
}
