/*
 * A whole quiz: one question at a time, then the score with what to look at again. A retake draws a new
 * variant; the best score counts, as often as one likes.
 */
import { useEffect, useMemo, useRef, useState, type ReactNode, type Ref } from 'react';
import { Button, Icon, BarMeter } from '../../ui/index.ts';
import type { Question, Quiz } from '../model.ts';
import { drawQuestions, scoreQuiz, type Mark, type QuizScore } from '../quiz.ts';
import { Prose, ShortProse } from './tree.tsx';
import { QuestionView } from './question.tsx';

export interface QuizRunProps {
  quiz: Quiz;
  /** Best score so far, per cent. */
  best: number | undefined;
  firstSeed: number;
  onScore: (score: QuizScore, seed: number) => void;
  /** Name of a concept and a way to read about it. */
  concept: (id: string) => ReactNode;
  onward: ReactNode;
}

export function QuizRun({ quiz, best, firstSeed, onScore, concept, onward }: QuizRunProps) {
  const [seed, setSeed] = useState(firstSeed);
  const [at, setAt] = useState(-1);
  const [marks, setMarks] = useState<ReadonlyMap<string, Mark>>(new Map());
  const questions = useMemo(() => drawQuestions(quiz, seed), [quiz, seed]);
  const top = useRef<HTMLDivElement>(null);
  // The button that led here is gone, so the question, or the result, takes the focus.
  useEffect(() => { if (at >= 0) top.current?.focus(); }, [at]);
  const begin = (next: number) => {
    setSeed(next);
    setMarks(new Map());
    setAt(0);
  };
  const onMarked = (question: Question, mark: Mark) => setMarks((before) => new Map(before).set(question.id, mark));
  const goOn = () => {
    if (at === questions.length - 1) onScore(scoreQuiz(quiz, questions, marks), seed);
    setAt(at + 1);
  };

  if (at < 0) {
    return (
      <div className="quiz">
        <Prose tree={quiz.intro} blocks={{}} />
        <p className="quiz-facts">{questions.length} questions{quiz.draw !== undefined && quiz.draw < quiz.questions.length ? `, drawn from ${quiz.questions.length}` : ''}. Passed from {quiz.pass} %. {best === undefined ? '' : `Your best so far: ${best} %. `}Take it as often as you like; the best score counts.</p>
        <p><Button look="primary" onClick={() => begin(seed)}>{best === undefined ? 'Begin' : 'Take it again'}</Button></p>
        {onward}
      </div>
    );
  }
  const question = questions[at];
  if (question === undefined) return <QuizResult box={top} quiz={quiz} questions={questions} marks={marks} best={best} onAgain={() => begin(seed + 1)} concept={concept} onward={onward} />;
  return (
    <div className="quiz" ref={top} tabIndex={-1} aria-label={`Question ${at + 1} of ${questions.length}`}>
      <BarMeter part={at} whole={questions.length} label={`${at} of ${questions.length} answered`} />
      <QuestionView key={`${question.id}-${seed}`} question={question} seed={seed} place={`Question ${at + 1} of ${questions.length}`} reasons={quiz.feedback === 'immediate'}
        onMarked={(mark) => onMarked(question, mark)}
        after={<p className="question-act"><Button look="primary" onClick={goOn}>{at === questions.length - 1 ? 'See the result' : 'Next question'}</Button></p>} />
      {marks.has(question.id) || question.type !== 'do' ? null : <p className="question-act"><Button look="quiet" onClick={goOn}>Skip this one</Button></p>}
    </div>
  );
}

function QuizResult({ box, quiz, questions, marks, best, onAgain, concept, onward }: { box: Ref<HTMLDivElement>; quiz: Quiz; questions: readonly Question[]; marks: ReadonlyMap<string, Mark>; best: number | undefined; onAgain: () => void; concept: (id: string) => ReactNode; onward: ReactNode }) {
  const score = scoreQuiz(quiz, questions, marks);
  return (
    <div className="quiz quiz-result" role="status" ref={box} tabIndex={-1}>
      <h2 className={score.passed ? 'held' : ''}>{score.passed ? <Icon name="check" size={20} /> : null} {score.percent} %</h2>
      <p>{score.right} of {score.of} fully right. {score.passed ? 'Passed.' : `Passed is ${quiz.pass} % and more.`}{best !== undefined && best > score.percent ? ` Your best stays ${best} %.` : ''}</p>
      {score.weak.length === 0 ? null : (
        <>
          <p>Worth another look:</p>
          <ul className="quiz-weak">{score.weak.map((id) => <li key={id}>{concept(id)}</li>)}</ul>
        </>
      )}
      {quiz.feedback === 'end' ? questions.map((question) => {
        const mark = marks.get(question.id);
        return mark === undefined || mark.right ? null : (
          <details key={question.id} className="fold"><summary>{question.plain}</summary>{mark.parts.filter((part) => part.reason.length > 0).map((part) => <div key={part.index}><ShortProse tree={part.reason} /></div>)}</details>
        );
      }) : null}
      <p className="question-act"><Button look={score.passed ? 'outline' : 'primary'} icon="reset" onClick={onAgain}>Take a new variant</Button></p>
      {onward}
    </div>
  );
}
