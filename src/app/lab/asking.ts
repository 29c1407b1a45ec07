/*
 * Answers that follow the server: a question is asked when something was executed, at most a few times a
 * second, and again after `everyMs` while it matters (lifetimes that run down). Only the latest answer counts.
 */
import { useEffect, useState } from 'react';
import type { Answers, Question } from '../../lab/protocol.ts';
import type { LabSession } from './session.ts';

/** Shortest time between two questions of the same kind, milliseconds. */
const APART_MS = 120;

export interface Answer<T> {
  value: T | undefined;
  problem: string | undefined;
}

export function useAnswer<Q extends Question>(session: LabSession | undefined, question: Q | undefined, everyMs?: number): Answer<Answers[Q['about']]> {
  const [answer, setAnswer] = useState<Answer<Answers[Q['about']]>>({ value: undefined, problem: undefined });
  const asked = JSON.stringify(question);
  useEffect(() => {
    if (session === undefined || asked === undefined) {
      setAnswer({ value: undefined, problem: undefined });
      return;
    }
    const wanted = JSON.parse(asked) as Q;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const ask = () => {
      timer = undefined;
      last = performance.now();
      session.ask(wanted).then(
        (value) => { if (!gone) setAnswer({ value, problem: undefined }); },
        (fault: unknown) => { if (!gone) setAnswer((before) => ({ value: before.value, problem: fault instanceof Error ? fault.message : String(fault) })); },
      ).finally(() => {
        if (gone || everyMs === undefined) return;
        clearTimeout(again);
        again = setTimeout(() => { if (document.visibilityState === 'visible') ask(); else soon(); }, everyMs);
      });
    };
    const soon = () => {
      timer ??= setTimeout(ask, Math.max(0, APART_MS - (performance.now() - last)));
    };
    ask();
    const off = session.onChange(soon);
    return () => {
      gone = true;
      clearTimeout(timer);
      clearTimeout(again);
      off();
    };
  }, [session, asked, everyMs]);
  return answer;
}
