/* A quiz: one question at a time, as often as one likes; the best score counts. */
import { useEffect, useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { Quiz } from '../../lessons/index.ts';
import { LessonHostProvider, QuizRun } from '../../lessons/view/index.ts';
import { Skeleton } from '../../ui/index.ts';
import { courseOrder, outline, placeOf, summaryOf, useItem } from '../course.ts';
import { ItemHead, Onward, useItemHost, usePageTerminals } from '../item-frame.tsx';
import { usePage } from '../page.tsx';
import { progressNow, record, useProgress } from '../progress-store.ts';
import { Fault } from './fault.tsx';
import NotFound from './not-found.tsx';

export default function QuizPage() {
  const { id = '' } = useParams();
  const summary = summaryOf(id);
  const { item, fault } = useItem(id);
  usePage(summary?.title ?? 'Not found', summary === undefined ? [] : [...placeOf(summary), { label: summary.title }]);
  if (summary === undefined || summary.kind !== 'quiz') return <NotFound />;
  if (fault !== undefined) return <Fault fault={fault} />;
  if (item === undefined || item.kind !== 'quiz') return <div className="sheet"><Skeleton /></div>;
  return <QuizBody key={item.id} quiz={item} />;
}

function QuizBody({ quiz }: { quiz: Quiz }) {
  const progress = useProgress();
  const terminals = usePageTerminals(undefined, []);
  const host = useItemHost({ item: quiz.id, session: undefined, terminals, onRan: () => {} });
  // Another variant with each attempt, the same one when the page is only loaded again.
  const [firstSeed] = useState(() => (progressNow().seed + (progressNow().items[quiz.id]?.attempts.length ?? 0)) >>> 0);
  useEffect(() => record({ type: 'opened', item: quiz.id, hash: quiz.hash }), [quiz]);
  const mine = progress.items[quiz.id];
  const best = mine === undefined || mine.attempts.length === 0 ? undefined : mine.score;
  const lessonsOf = useMemo(() => (concept: string) => courseOrder.find((item) => item.kind === 'lesson' && item.teaches.includes(concept)), []);
  return (
    <div className="sheet sheet-quiz" data-region="text" data-testid="quiz">
      <ItemHead item={quiz} />
      <LessonHostProvider value={host}>
        <QuizRun quiz={quiz} best={best} firstSeed={firstSeed}
          onScore={(score) => record({ type: 'quizFinished', item: quiz.id, hash: quiz.hash, score: score.percent, passed: score.passed })}
          concept={(id) => {
            const lesson = lessonsOf(id);
            const name = outline.concepts[id]?.name ?? id;
            return lesson === undefined ? name : <>{name}: <Link to={lesson.href}>{lesson.title}</Link></>;
          }}
          onward={<Onward item={quiz} />} />
      </LessonHostProvider>
    </div>
  );
}
