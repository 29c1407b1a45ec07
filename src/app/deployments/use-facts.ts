/*
 * Keeps the facts of a deployment fresh: after everything the learner does, with each event while time stands, and a
 * few times a second while it runs. Nobody looks while the page is hidden.
 */
import { useEffect, useState } from 'react';
import type { ReplicationView } from '../../visualizers/index.ts';
import type { LabSession } from '../lab/session.ts';
import { NO_FACTS, type DeploymentFacts } from './facts.ts';

const EVERY_MS = 400;
const MESSAGES = 120;
const EVENTS = 250;

export function useFacts(session: LabSession, background: boolean): DeploymentFacts {
  const [facts, setFacts] = useState<DeploymentFacts>(NO_FACTS);

  useEffect(() => {
    let gone = false;
    let asking = false;
    let again = false;
    let shown = '';
    let replication: ReplicationView | undefined;
    const show = (next: DeploymentFacts) => {
      const text = JSON.stringify(next);
      if (gone || text === shown) return;
      shown = text;
      setFacts(next);
    };
    let last = NO_FACTS;
    const look = async () => {
      if (session.state.phase !== 'ready' || document.visibilityState === 'hidden') return;
      if (asking) {
        again = true;
        return;
      }
      asking = true;
      try {
        const [hosts, links, inFlight, events] = await Promise.all([
          session.ask({ about: 'hosts' }), session.ask({ about: 'links' }), session.ask({ about: 'inFlight', limit: MESSAGES }), session.ask({ about: 'events', limit: EVENTS, background }),
        ]);
        last = { hosts, links, inFlight, events, replication };
        show(last);
      } catch {
        // The lab was closed or has failed; it says so itself.
      }
      asking = false;
      if (again && !gone) {
        again = false;
        void look();
      }
    };
    let executed = -1;
    let inputs = -1;
    const offState = session.subscribe(() => {
      const { state } = session;
      if (state.executed === executed && state.inputs === inputs) return;
      executed = state.executed;
      inputs = state.inputs;
      void look();
    });
    const offChange = session.onChange(() => void look());
    const offWatch = session.watch('replication', {}, (seen) => {
      replication = seen.view as ReplicationView;
      last = { ...last, replication };
      show(last);
    });
    const timer = setInterval(() => { if (session.state.speed > 0) void look(); }, EVERY_MS);
    void look();
    return () => {
      gone = true;
      clearInterval(timer);
      offState();
      offChange();
      offWatch();
    };
  }, [session, background]);
  return facts;
}
