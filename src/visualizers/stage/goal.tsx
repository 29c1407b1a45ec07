/*
 * Something to build. Each mark lights up when a state reaches it and stays lit while the picture is open;
 * what was reached before the learner unfolded the goal counts, too.
 */
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../../ui/index.ts';
import type { Goal, Seen } from './types.tsx';

/** Ids of the marks that any state so far has reached. */
export function useReached(goal: Goal<unknown> | undefined, now: Seen<unknown> | undefined): ReadonlySet<string> {
  const [reached, setReached] = useState<ReadonlySet<string>>(new Set());
  const before = useRef<Seen<unknown> | undefined>(undefined);

  useEffect(() => {
    if (now === undefined || goal === undefined || now === before.current) return;
    const previous = before.current;
    before.current = now;
    const fresh = goal.marks.filter((mark) => mark.reached(now.view, previous?.view)).map((mark) => mark.id);
    setReached((known) => (fresh.every((id) => known.has(id)) ? known : new Set([...known, ...fresh])));
  }, [goal, now]);
  return reached;
}

export function GoalPanel({ goal, reached }: { goal: Goal<unknown>; reached: ReadonlySet<string> }) {
  const isDone = goal.marks.every((mark) => reached.has(mark.id));
  return (
    <div className="stage-goal" role="group" aria-label="Goal">
      <p>{goal.says}</p>
      <ul>
        {goal.marks.map((mark) => (
          <li key={mark.id} data-reached={reached.has(mark.id)}>
            <span className="goal-mark" aria-hidden="true">{reached.has(mark.id) ? <Icon name="check" size={12} /> : null}</span>
            {mark.says}
            <span className="only-read">{reached.has(mark.id) ? ', reached' : ', not reached yet'}</span>
          </li>
        ))}
      </ul>
      {isDone ? <p role="status" className="goal-done">{goal.done}</p> : null}
    </div>
  );
}
