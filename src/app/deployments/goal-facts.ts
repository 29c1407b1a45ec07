/*
 * Keeps the verdicts on a deployment fresh: about once a second while time runs, and after everything that is done.
 * The more there is to judge, the less often it is asked, so that judging takes little of the lab's time.
 */
import { useEffect, useState } from 'react';
import type { Answers } from '../../lab/protocol.ts';
import { isMoving, type LabSession } from '../lab/session.ts';

export type GoalFacts = Answers['goals'];

const EVERY_MS = 1000;
/** Judging may take this part of the time. */
const PART = 1 / 20;
/** An answer that has waited for other work of the lab, such as going on to a later moment, says little of how long judging takes. */
const LONGEST_REST_MS = 5000;

/** Microseconds as "12.3 s" or "1 min 05 s". */
export function clock(us: number): string {
  const seconds = us / 1e6;
  return seconds < 60 ? `${Number(seconds.toFixed(1))} s` : `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

export function useGoals(session: LabSession): GoalFacts | undefined {
  const [goals, setGoals] = useState<GoalFacts>();
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let restMs = 0;
    let shown = '';
    let asked = '';
    const state = () => `${session.state.executed} ${session.state.inputs} ${session.state.speed}`;
    let wasAtWork = false;
    const look = async () => {
      timer = undefined;
      if (gone || session.state.phase !== 'ready' || document.visibilityState === 'hidden') return;
      asked = state();
      const begun = performance.now();
      const found = await session.ask({ about: 'goals' }).catch(() => undefined);
      restMs = Math.max(EVERY_MS, Math.min(LONGEST_REST_MS, (performance.now() - begun) / PART));
      if (gone) return;
      const text = JSON.stringify(found);
      if (found !== undefined && text !== shown) {
        shown = text;
        setGoals(found);
      }
      if (isMoving(session.state) || state() !== asked) soon(restMs);
    };
    const soon = (ms: number) => { timer ??= setTimeout(() => void look(), ms); };
    const off = session.subscribe(() => {
      // Another moment is reached: what was judged on the way is no verdict on it.
      const isAtWork = session.state.work !== undefined;
      if (wasAtWork && !isAtWork) {
        clearTimeout(timer);
        timer = undefined;
        restMs = 0;
      }
      wasAtWork = isAtWork;
      if (state() !== asked) soon(restMs === 0 ? 0 : Math.min(restMs, isMoving(session.state) ? EVERY_MS : 120));
    });
    const shownAgain = () => soon(0);
    document.addEventListener('visibilitychange', shownAgain);
    soon(0);
    return () => {
      gone = true;
      clearTimeout(timer);
      off();
      document.removeEventListener('visibilitychange', shownAgain);
    };
  }, [session]);
  return goals;
}
