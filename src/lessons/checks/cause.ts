/*
 * The cause
 * ---------
 * "It had a lifetime until `SET session …` replaced the whole key" needs the command after which a condition
 * changed. The probe can show the state after each command of the history; walking back from the last
 * one, over the commands that changed data, finds it. A walk rather than a bisection: a condition may come
 * and go several times, and it is the last change that the learner asks about.
 */
import type { Cause } from '../model.ts';
import type { HistoryEntry, Probe, StateProbe } from '../probe.ts';
import { lineOf } from './how.ts';

/** Changes that are looked at; a learner who is further from the cause than this resets. */
const MAX_MOMENTS = 40;

export function causeOf(entry: HistoryEntry): Cause {
  return { command: lineOf(entry), step: entry.step, atUs: entry.atUs };
}

export interface Moment {
  /** The command after which the condition did not hold any more; absent when it holds now. */
  cause: Cause | undefined;
}

/** The last moment at which `holds` was true, up to now; undefined when it never was (or too long ago). */
export function lastMomentOf(probe: Probe, holds: (state: StateProbe) => boolean): Moment | undefined {
  if (safely(holds, probe.now)) return { cause: undefined };
  const changes: number[] = [];
  probe.history.forEach((entry, index) => {
    if (entry.dirty > 0) changes.push(index);
  });
  for (let at = changes.length - 1; at >= Math.max(0, changes.length - MAX_MOMENTS); at--) {
    const index = changes[at] ?? 0;
    const before = at === 0 ? probe.initial : probe.after(changes[at - 1] ?? 0);
    if (before === undefined) return undefined;
    if (safely(holds, before)) {
      const entry = probe.history[index];
      return { cause: entry === undefined ? undefined : causeOf(entry) };
    }
  }
  return undefined;
}

/** The last command that changed `read`; undefined when none did. */
export function lastChangeOf(probe: Probe, read: (state: StateProbe) => string): Cause | undefined {
  const reading = (state: StateProbe): string => {
    try {
      return read(state);
    } catch {
      return '';
    }
  };
  const now = reading(probe.now);
  const found = lastMomentOf(probe, (state) => reading(state) !== now);
  return found?.cause;
}

/** A state that cannot be asked (no server then) does not have the property. */
function safely(holds: (state: StateProbe) => boolean, state: StateProbe): boolean {
  try {
    return holds(state);
  } catch {
    return false;
  }
}
