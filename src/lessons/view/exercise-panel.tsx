/*
 * An exercise beside its terminal
 * -------------------------------
 * Tasks light up as the state changes; nobody presses "check". The first condition that does not hold yet
 * stands out with what was expected, what was found and which command caused it; the others are
 * folded, in the order of the tasks. Help comes in steps and only when asked for. When all conditions
 * hold the page says what made it work and shows another way; it never moves on by itself.
 */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Dialog, Icon } from '../../ui/index.ts';
import type { AskCheck, CheckResult, Exercise, Hint, Solution } from '../model.ts';
import { InlineText } from './inline-text.tsx';
import { Prose, ShortProse } from './tree.tsx';
import './exercise.css';

export interface ExercisePanelProps {
  exercise: Exercise;
  /** What the lab found; empty until it has looked. */
  results: readonly CheckResult[];
  solved: boolean;
  /** The learner has entered something since the start. */
  begun: boolean;
  /** Conditions that have held at some time since the start. */
  held: ReadonlySet<string>;
  /** The solution was seen, as recorded. */
  solutionSeen: boolean;
  onHint: (hint: Hint) => void;
  onSolution: () => void;
  answers: Readonly<Record<string, number>>;
  onAnswer: (check: string, choice: number) => void;
  /** Carries out a solution: its steps in the terminal, its answers to questions. */
  onRunSolution: (solution: Solution) => void;
  /** Takes back the last command. */
  onTakeBack: () => void;
  /** Links at the end: next item. */
  onward: ReactNode;
}

export function ExercisePanel(props: ExercisePanelProps) {
  const { exercise, results, solved, answers, onAnswer } = props;
  const visible = results.filter((result) => result.quiet !== true || !result.passed);
  const open = visible.filter((result) => !result.passed);
  // What held and was broken comes before what is still to do; otherwise tasks come in their order.
  const first = open.find((result) => result.state === 'failed' && props.held.has(result.id)) ?? open.find((result) => result.state === 'failed') ?? open.find((result) => result.state === 'broken') ?? open[0];
  // What was found about the learner's command has to be seen, also where the tasks are longer than the window.
  const verdict = useRef<HTMLDivElement>(null);
  const said = props.begun ? `${solved} ${first?.id ?? ''} ${first?.state ?? ''} ${first?.cause?.step ?? ''}` : '';
  useEffect(() => {
    if (said !== '') verdict.current?.scrollIntoView({ block: 'nearest' });
  }, [said]);
  return (
    <div className="exercise">
      <Prose tree={exercise.story} blocks={exercise.blocks} />
      <ol className="tasks" aria-label="Tasks">
        {exercise.tasks.map((task) => {
          const own = results.filter((result) => result.task === task.number);
          // What holds before anything was done is not the learner's doing yet.
          const done = props.begun && own.length > 0 && own.every((result) => result.passed);
          return (
            <li key={task.number} className="task" data-state={done ? 'done' : 'open'}>
              <span className="task-mark" role="img" aria-label={done ? `Task ${task.number}: done` : `Task ${task.number}: open`}>{done ? <Icon name="check" size={14} /> : task.number}</span>
              <div className="task-body prose"><ShortProse tree={task.body} blocks={exercise.blocks} /></div>
            </li>
          );
        })}
      </ol>
      {exercise.notes.length === 0 ? null : <Prose tree={exercise.notes} blocks={exercise.blocks} />}
      {exercise.checks.filter((check) => check.kind === 'ask').map((check) => <Ask key={check.id} check={check} chosen={answers[check.id]} onChoose={(choice) => onAnswer(check.id, choice)} />)}
      <div className="checks" role="status" aria-live="polite" ref={verdict}>
        {solved ? <Solved exercise={exercise} solutionSeen={props.solutionSeen} onward={props.onward} /> : first === undefined ? null : <FirstOpen result={first} begun={props.begun} wasHeld={props.held.has(first.id)} onTakeBack={props.onTakeBack} />}
      </div>
      {solved || !props.begun ? null : <OtherChecks results={visible} first={first} />}
      {solved ? null : <HelpSteps {...props} />}
    </div>
  );
}

interface FirstOpenProps {
  result: CheckResult;
  begun: boolean;
  /** It has held since the start, and a command has broken it. */
  wasHeld: boolean;
  onTakeBack: () => void;
}

function FirstOpen({ result, begun, wasHeld, onTakeBack }: FirstOpenProps) {
  if (result.state === 'broken') {
    return (
      <section className="check-first" data-state="broken">
        <h2><Icon name="warning" size={14} /> A check could not be made</h2>
        <p>“<InlineText text={result.say} />” could not be examined. This is a fault of the check and not of your answer. {result.because}</p>
      </section>
    );
  }
  if (!begun) {
    return (
      <section className="check-first" data-state="untried">
        <h2>Begin in the terminal</h2>
        <p>The tasks light up by themselves as the server’s state changes. First: <InlineText text={result.say} />.</p>
      </section>
    );
  }
  return (
    <section className="check-first" data-state={result.state}>
      <h2><span className="check-open" aria-hidden="true" /> {wasHeld ? 'No longer true:' : 'Next:'} <InlineText text={result.say} /></h2>
      {result.specific && result.because !== '' ? <p className="check-because"><InlineText text={result.because} /></p> : wasHeld ? <p className="check-because">This was so until you changed it.</p> : null}
      <dl className="check-facts">
        <dt>Expected</dt><dd><InlineText text={result.expected} /></dd>
        <dt>Found</dt><dd><InlineText text={result.found} /></dd>
        {result.cause === undefined ? null : <><dt>Caused by</dt><dd><code>{result.cause.command}</code> <span className="check-step">your command {result.cause.step}</span></dd></>}
      </dl>
      {wasHeld ? <div><Button small icon="undo" onClick={onTakeBack}>Take back the last command</Button></div> : null}
    </section>
  );
}

function OtherChecks({ results, first }: { results: readonly CheckResult[]; first: CheckResult | undefined }) {
  if (results.length < 2) return null;
  const passed = results.filter((result) => result.passed).length;
  return (
    <details className="fold check-others">
      <summary>{passed} of {results.length} conditions hold</summary>
      <ul>
        {results.map((result) => (
          <li key={result.id} data-state={result.state} {...(result === first ? { 'aria-current': 'step' } : {})}>
            {result.passed ? <Icon name="check" size={13} /> : <span className="check-open" />}
            <span><InlineText text={result.say} /><span className="only-read">: {result.passed ? 'holds' : result.state === 'untried' ? 'not tried yet' : 'does not hold yet'}</span></span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Ask({ check, chosen, onChoose }: { check: AskCheck; chosen: number | undefined; onChoose: (choice: number) => void }) {
  const picked = chosen === undefined ? undefined : check.choices[chosen];
  return (
    <fieldset className="ask">
      <legend><InlineText text={check.ask} /></legend>
      {check.choices.map((choice, i) => (
        <label key={i}><input type="radio" name={check.id} checked={chosen === i} onChange={() => onChoose(i)} /><span><InlineText text={choice.text} /></span></label>
      ))}
      {picked === undefined || picked.say === '' ? null : <p className={picked.right ? 'held' : ''}>{picked.right ? <Icon name="check" size={13} /> : null}<span><InlineText text={picked.say} /></span></p>}
    </fieldset>
  );
}

/** Hints of the task that is open first come first; within a task the gentlest. */
function orderedHints(exercise: Exercise, results: readonly CheckResult[]): Hint[] {
  const openTask = results.find((result) => !result.passed && result.task !== undefined)?.task;
  const rank = (hint: Hint) => (hint.task === undefined || hint.task === openTask ? 0 : hint.task * 100) + hint.level;
  return [...exercise.hints].sort((a, b) => rank(a) - rank(b));
}

function HelpSteps({ exercise, results, onHint, onSolution, solutionSeen, onRunSolution }: ExercisePanelProps) {
  const [shown, setShown] = useState<readonly Hint[]>([]);
  const [asking, setAsking] = useState(false);
  const [solution, setSolution] = useState(false);
  const rest = orderedHints(exercise, results).filter((hint) => !shown.includes(hint));
  const next = rest[0];
  // The last hint and the solution take the place of the button that asked for them, and with it the focus.
  const newest = useRef<HTMLElement>(null);
  const shownSolution = useRef<HTMLDivElement>(null);
  const isLast = next === undefined;
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) (solution ? shownSolution : newest).current?.focus({ preventScroll: true });
  }, [isLast, solution]);
  return (
    <div className="help-steps">
      {shown.map((hint, i) => (
        <section key={i} className="hint" aria-label={`Hint ${i + 1}`} tabIndex={-1} ref={i === shown.length - 1 ? newest : null}>
          <p className="hint-title">Hint {i + 1}{hint.task === undefined ? '' : `, task ${hint.task}`}</p>
          <div className="prose"><ShortProse tree={hint.body} blocks={exercise.blocks} /></div>
        </section>
      ))}
      {solution ? <div ref={shownSolution} tabIndex={-1} role="group" aria-label="Solutions"><Solutions solutions={exercise.solutions} onRunSolution={onRunSolution} /></div> : null}
      <p className="help-buttons">
        {next === undefined ? null : <Button small icon="help" onClick={() => { asked.current = rest.length === 1; setShown([...shown, next]); onHint(next); }}>{shown.length === 0 ? 'Get a hint' : 'Get the next hint'}</Button>}
        {solution ? null : <Button small look={next === undefined ? 'outline' : 'quiet'} onClick={() => { asked.current = true; if (solutionSeen) setSolution(true); else setAsking(true); }}>Show a solution</Button>}
      </p>
      <Dialog open={asking} onClose={() => setAsking(false)} title="Show a solution?" actions={<>
        <Button onClick={() => setAsking(false)}>Try on my own</Button>
        <Button look="primary" onClick={() => { setAsking(false); setSolution(true); onSolution(); }}>Show it</Button>
      </>}>
        <p>Your record will say “solution seen”. It blocks nothing; the exercise comes back in a later review{rest.length > 0 ? `. There ${rest.length === 1 ? 'is one more hint' : `are ${rest.length} more hints`} first` : ''}.</p>
      </Dialog>
    </div>
  );
}

export function Solutions({ solutions, onRunSolution }: { solutions: readonly Solution[]; onRunSolution?: (solution: Solution) => void }) {
  return (
    <div className="solutions">
      {solutions.map((solution) => (
        <figure key={solution.title} className="listing">
          <figcaption>{solution.title === '' ? 'A solution' : solution.title}</figcaption>
          {solution.lines.map((line, i) => (
            <div key={i} className="entry entry-plain">
              <code className="entry-command">{line.highlighted.length === 0 ? line.text : <ShortProse tree={line.highlighted} />}</code>
            </div>
          ))}
          {onRunSolution === undefined ? null : <div className="listing-foot"><Button small look="quiet" icon="runAll" onClick={() => onRunSolution(solution)}>Run it in the terminal</Button></div>}
        </figure>
      ))}
    </div>
  );
}

function Solved({ exercise, solutionSeen, onward }: { exercise: Exercise; solutionSeen: boolean; onward: ReactNode }) {
  return (
    <section className="solved">
      <h2><Icon name="check" size={16} /> Solved{solutionSeen ? ', with the solution seen' : ''}</h2>
      <div className="prose"><ShortProse tree={exercise.explain} blocks={exercise.blocks} /></div>
      {exercise.solutions.length === 0 ? null : (
        <details className="fold">
          <summary>{exercise.solutions.length === 1 ? 'One way to do it' : 'Ways to do it'}</summary>
          <Solutions solutions={exercise.solutions} />
        </details>
      )}
      {onward}
    </section>
  );
}
