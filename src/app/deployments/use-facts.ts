/*
 * Keeps the facts of a deployment fresh: at once after everything the learner does and with each event while time stands,
 * a few times a second while it runs. The more there is to tell, the less often it is asked, so that looking takes little
 * of the lab's time. Nobody looks while the page is hidden.
 */
import { useEffect, useState } from 'react';
import { isMoving, type LabSession } from '../lab/session.ts';
import { NO_FACTS, type DeploymentFacts } from './facts.ts';

const EVERY_MS = 400;
/** Looking may take this part of the time. */
const PART = 1 / 8;
/** An answer that has waited for other work of the lab says little of how long looking takes. */
const LONGEST_REST_MS = 3000;
const MESSAGES = 120;
const EVENTS = 250;

export function useFacts(session: LabSession, background: boolean): DeploymentFacts {
  const [facts, setFacts] = useState<DeploymentFacts>(NO_FACTS);

  useEffect(() => {
    let gone = false;
    let asking = false;
    let again = false;
    let shown = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    let dueMs = Infinity;
    let restUntilMs = 0;
    const look = async () => {
      timer = undefined;
      dueMs = Infinity;
      if (asking) again = true;
      if (gone || asking || session.state.phase !== 'ready' || document.visibilityState === 'hidden') return;
      asking = true;
      again = false;
      const begun = performance.now();
      try {
        const [hosts, links, inFlight, events] = await Promise.all([
          session.ask({ about: 'hosts' }), session.ask({ about: 'links' }), session.ask({ about: 'inFlight', limit: MESSAGES }), session.ask({ about: 'events', limit: EVENTS, background }),
        ]);
        // The clock is told once a second; an event that has happened since says how late it is at least.
        const next = { atUs: Math.max(session.state.atUs, events.at(-1)?.atUs ?? 0), hosts, links, inFlight, events };
        const text = JSON.stringify(next);
        if (!gone && text !== shown) {
          shown = text;
          setFacts(next);
        }
      } catch {
        // The lab was closed or has failed; it says so itself.
      }
      asking = false;
      restUntilMs = performance.now() + Math.min(LONGEST_REST_MS, (performance.now() - begun) * (1 / PART - 1));
      if (again) soon(0);
      else if (isMoving(session.state)) soon(EVERY_MS);
    };
    /** Within so many milliseconds, but not while looking has to rest. */
    const soon = (ms: number) => {
      const now = performance.now();
      const due = isMoving(session.state) ? Math.max(now + ms, restUntilMs) : now + ms;
      if (due >= dueMs) return;
      dueMs = due;
      clearTimeout(timer);
      timer = setTimeout(() => void look(), due - now);
    };
    let seen = '';
    const offState = session.subscribe(() => {
      const { state } = session;
      const now = isMoving(state) ? `${state.phase} ${state.inputs}` : `${state.phase} ${state.executed} ${state.inputs} ${state.atUs}`;
      if (now === seen) return;
      seen = now;
      soon(0);
    });
    // While time runs there is always something new in the log, somewhere.
    const offChange = session.onChange(() => soon(isMoving(session.state) ? EVERY_MS : 0));
    const shownAgain = () => soon(0);
    document.addEventListener('visibilitychange', shownAgain);
    soon(0);
    return () => {
      gone = true;
      clearTimeout(timer);
      offState();
      offChange();
      document.removeEventListener('visibilitychange', shownAgain);
    };
  }, [session, background]);
  return facts;
}
