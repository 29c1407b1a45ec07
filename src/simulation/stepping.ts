/*
 * Step by step
 * ------------
 * Goes on until something that a learner waits for has happened: the next event, the next message between machines,
 * or whatever has the words they look for.
 */
import type { Micros } from '../engine/index.ts';
import { isBackgroundLabel } from './message.ts';
import type { Simulation } from './simulation.ts';

/** `text`: part of the kind or the words of an event, or of the kind of what a server announces. */
export type StepGoal = 'event' | 'message' | { readonly text: string };

/** Whoever lets many events happen asks after so many of them whether to go on. */
export const EVENTS_BETWEEN_LOOKS = 64;
const MAX_EVENTS = 5_000_000;

/**
 * Steps until the goal is reached, and no further than `untilUs`; its value is whether it was. Now and then it yields, so
 * that the one who waits can be told. `step` delivers one event.
 */
export function* stepUntil(simulation: Simulation, goal: StepGoal, untilUs: Micros, step: () => boolean): Generator<undefined, boolean> {
  const { scheduler } = simulation;
  const text = typeof goal === 'object' ? goal.text : undefined;
  let found = false;
  const before = scheduler.onExecuting;
  const heard = simulation.onRecorded;
  scheduler.onExecuting = (event, executed) => {
    before?.(event, executed);
    if (goal === 'message') found ||= event.kind === 'data' && isMessage(event.what);
    else if (text !== undefined) found ||= `${event.kind} ${event.what}`.includes(text);
  };
  simulation.onRecorded = (recorded) => {
    heard(recorded);
    if (text !== undefined) found ||= recorded.event.type.includes(text) || (recorded.event.type === 'sentinelEvent' && recorded.event.event.includes(text));
  };
  try {
    for (let count = 1; count <= MAX_EVENTS && !found; count++) {
      const next = simulation.nextAt();
      if (next === undefined || next > untilUs || !step()) break;
      if (goal === 'event') return true;
      if (count % EVENTS_BETWEEN_LOOKS === 0) yield;
    }
  } finally {
    scheduler.onExecuting = before;
    simulation.onRecorded = heard;
  }
  return found;
}

/** A message between machines that is more than a sign of life. */
function isMessage(what: string): boolean {
  const colon = what.indexOf(': ');
  return colon > 0 && !isBackgroundLabel(what.slice(0, colon));
}
