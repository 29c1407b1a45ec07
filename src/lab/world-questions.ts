/*
 * Questions about the data centre
 * -------------------------------
 * Machines, what lies between them, what is on its way, what happened and why. Looking changes nothing.
 */
import { faultHelp, hostViews, judge, ledgersOf, linksView, type Simulation } from '../simulation/index.ts';
import type { Answer } from './questions.ts';
import type { Answers, Question } from './protocol.ts';

const MOST_ROWS = 1000;

/** The answer to a question about the world of a session. */
export function worldAnswer(question: Extract<Question, { about: 'hosts' | 'links' | 'inFlight' | 'pending' | 'events' | 'why' | 'faults' | 'goals' }>, simulation: Simulation): Answer {
  switch (question.about) {
    case 'hosts':
      return { value: hostViews(simulation) satisfies Answers['hosts'] };
    case 'links':
      return { value: linksView(simulation) satisfies Answers['links'] };
    case 'inFlight':
      return { value: simulation.network.inFlight(bounded(question.limit)) satisfies Answers['inFlight'] };
    case 'pending':
      return { value: simulation.pending(bounded(question.limit)) satisfies Answers['pending'] };
    case 'events':
      return { value: (simulation.eventLog?.latest(bounded(question.limit), question.background) ?? []) satisfies Answers['events'] };
    case 'why':
      return { value: (simulation.eventLog?.why(question.seq) ?? []) satisfies Answers['why'] };
    case 'faults':
      return { value: faultHelp() satisfies Answers['faults'] };
    case 'goals':
      return { value: goalsOf(simulation) };
  }
}

const bounded = (limit: number): number => Math.min(MOST_ROWS, Math.max(0, Math.floor(limit)));

/** Missing writes that are told one by one. */
const MOST_MISSING = 100;

function goalsOf(simulation: Simulation): Answers['goals'] {
  return {
    judgements: judge(simulation),
    ledgers: ledgersOf(simulation).map(({ lost, away, ...rest }) => ({ ...rest, lost: lost.slice(0, MOST_MISSING), lostCount: lost.length, away: away.slice(0, MOST_MISSING), awayCount: away.length })),
    timeline: simulation.scenario.timeline ?? [],
  };
}
