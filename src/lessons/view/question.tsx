/*
 * One question of any type
 * ------------------------
 * The learner answers, presses "Check", and reads the reason under each part. Options stand in an order
 * drawn by `seed`; answers are kept by source position. Everything works from the keyboard: choices are
 * radio buttons and check boxes, ordering and matching are done with buttons and lists, not by dragging.
 */
import { useEffect, useId, useMemo, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Button, Icon, IconButton } from '../../ui/index.ts';
import type { Question } from '../model.ts';
import { emptyAnswer, isAnswered, markAnswer, shownOrder, type Answer, type Mark, type PartMark } from '../quiz.ts';
import { CodeBlockLines } from './code-lines.tsx';
import { useLessonHost } from './host.tsx';
import { Prose, ShortProse } from './tree.tsx';
import './question.css';

export interface QuestionViewProps {
  question: Question;
  seed: number;
  /** Shows reasons after checking; otherwise the mark is only handed on (feedback at the end). */
  reasons?: boolean;
  onMarked?: (mark: Mark) => void;
  /** Number and count, "3 of 8". */
  place?: string;
  /** What follows once it is checked (the button to the next question). */
  after?: ReactNode;
}

export function QuestionView({ question, seed, reasons = true, onMarked, place, after }: QuestionViewProps) {
  const [answer, setAnswer] = useState<Answer>(() => emptyAnswer(question, seed));
  const [mark, setMark] = useState<Mark>();
  const heading = useId();
  const host = useLessonHost();
  const finish = (final: Answer) => {
    const made = markAnswer(question, final);
    setMark(made);
    host.answered(question, made.right);
    onMarked?.(made);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mark !== undefined || !isAnswered(answer)) return;
    submitted.current = true;
    finish(answer);
  };
  // The button that had the focus is gone once it is checked. What was solved in a terminal leaves the focus there.
  const submitted = useRef(false);
  const result = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (mark !== undefined && submitted.current) result.current?.focus({ preventScroll: true });
  }, [mark]);
  const shown = reasons ? mark : undefined;
  return (
    <form className="question" onSubmit={submit} aria-labelledby={heading}>
      {place === undefined ? null : <p className="question-place">{place}</p>}
      <div id={heading} className="question-prompt"><Prose tree={question.prompt} blocks={question.blocks} /></div>
      <Parts question={question} seed={seed} answer={answer} onAnswer={setAnswer} mark={mark} shown={shown} onSolved={() => { if (mark === undefined) finish({ type: 'do', solved: true }); }} />
      {mark === undefined ? (question.type === 'do' ? null : (
        <p className="question-act"><Button type="submit" look="primary" disabled={!isAnswered(answer)}>Check</Button></p>
      )) : (
        <div className="question-result" role="status" ref={result} tabIndex={-1}>
          {shown === undefined ? <p>Answer noted.</p> : (
            <>
              <p className={`question-verdict${mark.right ? ' held' : ''}`}><Icon name={mark.right ? 'check' : 'right'} size={14} /> {mark.right ? 'Right' : mark.score > 0 ? 'Partly right' : 'Not so'}</p>
              {question.explain === undefined ? null : <div className="prose"><ShortProse tree={question.explain} blocks={question.blocks} /></div>}
            </>
          )}
          {after}
        </div>
      )}
    </form>
  );
}

interface PartsProps {
  question: Question;
  seed: number;
  answer: Answer;
  onAnswer: (answer: Answer) => void;
  mark: Mark | undefined;
  shown: Mark | undefined;
  onSolved: () => void;
}

function Parts({ question, seed, answer, onAnswer, mark, shown, onSolved }: PartsProps) {
  const host = useLessonHost();
  const order = useMemo(() => shownOrder(question, seed), [question, seed]);
  const done = mark !== undefined;
  switch (question.type) {
    case 'single':
    case 'many': {
      const chosen = answer.type === 'single' ? (answer.chosen === undefined ? [] : [answer.chosen]) : answer.type === 'many' ? answer.chosen : [];
      const toggle = (index: number) => {
        if (question.type === 'single') onAnswer({ type: 'single', chosen: index });
        else onAnswer({ type: 'many', chosen: chosen.includes(index) ? chosen.filter((other) => other !== index) : [...chosen, index] });
      };
      return (
        <fieldset className="options" disabled={done}>
          <legend className="options-legend">{question.type === 'many' ? 'Choose every one that is true' : 'Choose one'}</legend>
          {order.map((index) => {
            const option = question.options[index];
            if (option === undefined) return null;
            const given = chosen.includes(index);
            return (
              <div key={index} className="option" data-state={shown === undefined ? 'open' : option.right ? 'right' : given ? 'wrong' : 'rest'}>
                <label>
                  <input type={question.type === 'single' ? 'radio' : 'checkbox'} name={question.id} checked={given} onChange={() => toggle(index)} />
                  <span className="option-text"><ShortProse tree={option.text} /></span>
                  {shown !== undefined && option.right ? <span className="option-tag"><Icon name="check" size={13} />true</span> : null}
                </label>
                {shown !== undefined && option.reason.length > 0 ? <div className="option-reason"><ShortProse tree={option.reason} /></div> : null}
              </div>
            );
          })}
        </fieldset>
      );
    }
    case 'blank': {
      const texts = answer.type === 'blank' ? answer.texts : [];
      return (
        <div className="fills">
          {question.gaps.map((_gap, i) => (
            <Fill key={i} label={question.gaps.length === 1 ? 'What stands in the gap?' : `Gap ${i + 1}`} value={texts[i] ?? ''} done={done} part={shown?.parts[i]} onChange={(text) => onAnswer({ type: 'blank', texts: question.gaps.map((_, at) => (at === i ? text : texts[at] ?? '')) })} />
          ))}
        </div>
      );
    }
    case 'numeric':
      return <div className="fills"><Fill label={question.unit === undefined ? 'A number' : `A number, in ${question.unit}`} value={answer.type === 'numeric' ? answer.text : ''} done={done} part={shown?.parts[0]} onChange={(text) => onAnswer({ type: 'numeric', text })} /></div>;
    case 'predict':
      return (
        <div className="fills">
          <CodeBlockLines entries={question.entries} />
          <Fill label="What does the last command print?" value={answer.type === 'predict' ? answer.text : ''} done={done} part={shown?.parts[0]} onChange={(text) => onAnswer({ type: 'predict', text })} />
        </div>
      );
    case 'order': {
      const now = answer.type === 'order' ? answer.order : order;
      const move = (at: number, by: number) => {
        const next = [...now];
        const [item] = next.splice(at, 1);
        if (item === undefined) return;
        next.splice(at + by, 0, item);
        onAnswer({ type: 'order', order: next });
      };
      return (
        <ol className="ordering" aria-label="Put in order">
          {now.map((index, at) => {
            const item = question.items[index];
            const part = shown?.parts[at];
            return (
              <li key={index} data-state={part === undefined ? 'open' : part.right ? 'right' : 'wrong'}>
                <span className="ordering-number">{at + 1}</span>
                <span className="ordering-text">{item === undefined ? null : <ShortProse tree={item.text} />}{part !== undefined && !part.right ? <small>Here stands: {part.expected}</small> : null}</span>
                {done ? (part?.right === true ? <Icon name="check" size={14} /> : null) : (
                  <span className="ordering-buttons">
                    <IconButton icon="up" label={`Move up: ${item?.plain ?? ''}`} disabled={at === 0} onClick={() => move(at, -1)} />
                    <IconButton icon="down" label={`Move down: ${item?.plain ?? ''}`} disabled={at === now.length - 1} onClick={() => move(at, 1)} />
                  </span>
                )}
              </li>
            );
          })}
        </ol>
      );
    }
    case 'match': {
      const chosen = answer.type === 'match' ? answer.chosen : [];
      return (
        <div className="matching">
          {question.pairs.map((pair, i) => {
            const part = shown?.parts[i];
            return (
              <div key={i} className="matching-row" data-state={part === undefined ? 'open' : part.right ? 'right' : 'wrong'}>
                <span id={`${question.id}-left-${i}`}><ShortProse tree={pair.left} /></span>
                <span>
                  <select className="input" disabled={done} aria-labelledby={`${question.id}-left-${i}`} value={chosen[i] === undefined ? '' : String(chosen[i])}
                    onChange={(event) => onAnswer({ type: 'match', chosen: question.pairs.map((_, at) => (at === i ? (event.target.value === '' ? undefined : Number(event.target.value)) : chosen[at])) })}>
                    <option value="">Choose</option>
                    {order.map((index) => <option key={index} value={index}>{question.pairs[index]?.rightPlain}</option>)}
                  </select>
                  {part === undefined ? null : part.right ? <small className="held"><Icon name="check" size={12} /> fits</small> : <small>Belongs to: {part.expected}</small>}
                </span>
              </div>
            );
          })}
        </div>
      );
    }
    case 'do':
      return <>{host.doWorkspace(question, onSolved)}</>;
  }
}

function Fill({ label, value, done, part, onChange }: { label: string; value: string; done: boolean; part: PartMark | undefined; onChange: (text: string) => void }) {
  return (
    <label className="fill" data-state={part === undefined ? 'open' : part.right ? 'right' : 'wrong'}>
      <span>{label}</span>
      <input className="input input-mono" value={value} readOnly={done} onChange={(event) => onChange(event.target.value)} autoCapitalize="none" autoCorrect="off" autoComplete="off" spellCheck={false} />
      {part === undefined || part.right ? null : <small>Expected: <code>{part.expected}</code></small>}
      {part === undefined || part.reason.length === 0 ? null : <small><ShortProse tree={part.reason} /></small>}
    </label>
  );
}
