/* Questions inside a lesson: recall at its beginning, a few on itself at its end, one at a time. */
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../ui/index.ts';
import type { Question } from '../model.ts';
import { useLessonHost } from './host.tsx';
import { QuestionView } from './question.tsx';

/** A variant per visit, so that options do not stand where they stood yesterday. */
const SEED = Math.floor(Math.random() * 2 ** 31);

export function InlineQuiz({ questions, label = 'Check yourself' }: { questions: readonly Question[]; label?: string }) {
  const [at, setAt] = useState(0);
  const [right, setRight] = useState(0);
  const [seed, setSeed] = useState(SEED);
  // The button that was pressed goes with its question, so the focus moves to what took its place.
  const box = useRef<HTMLElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) box.current?.focus({ preventScroll: true });
  }, [at, seed]);
  const go = (next: number) => {
    moved.current = true;
    setAt(next);
  };
  if (questions.length === 0) return null;
  const question = questions[at];
  if (question === undefined) {
    return (
      <section className="inline-quiz" aria-label={label} ref={box} tabIndex={-1}>
        <p role="status"><strong>{right} of {questions.length} right.</strong> {right === questions.length ? 'Go on when you like.' : 'What was not right comes back at the beginning of later lessons.'}</p>
        <p><Button small icon="reset" onClick={() => { go(0); setRight(0); setSeed(seed + 1); }}>Try again</Button></p>
      </section>
    );
  }
  return (
    <section className="inline-quiz" aria-label={label} ref={box} tabIndex={-1}>
      <QuestionView key={`${question.id}-${seed}`} question={question} seed={seed} place={`${at + 1} of ${questions.length}`}
        onMarked={(mark) => { if (mark.right) setRight(right + 1); }}
        after={<p className="question-act"><Button look="primary" onClick={() => go(at + 1)}>{at === questions.length - 1 ? 'Finish' : 'Next question'}</Button></p>} />
    </section>
  );
}

export function Recall({ from, count }: { from: string; count: number }) {
  const host = useLessonHost();
  const [questions, setQuestions] = useState<readonly Question[]>();
  useEffect(() => {
    let gone = false;
    host.recall(from, count).then((found) => { if (!gone) setQuestions(found); }, () => { if (!gone) setQuestions([]); });
    return () => { gone = true; };
  }, [host, from, count]);
  if (questions === undefined) return null;
  if (questions.length === 0) return <p className="recall-none">Nothing to look back on yet. From the next lesson on, a question or two on what came before will stand here.</p>;
  return <InlineQuiz questions={questions} label="Look back" />;
}
