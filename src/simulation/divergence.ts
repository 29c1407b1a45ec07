/*
 * Where two runs part
 * -------------------
 * Takes two simulations forward side by side, event by event, until their hashes differ: what was handled then, and by
 * which, is where to look for what reads the clock or chance behind the simulation's back.
 */
import type { Micros } from '../engine/index.ts';
import type { EventInfo } from './scheduler.ts';
import type { Simulation } from './simulation.ts';

export interface Divergence {
  /** Events that both had handled in the same way before. */
  readonly executed: number;
  /** What either handled then; undefined when nothing was left to it. */
  readonly one: EventInfo | undefined;
  readonly other: EventInfo | undefined;
}

/** The first event at which they differ before `untilUs`; undefined when there is none. Both must be at their start. */
export function firstDivergence(one: Simulation, other: Simulation, untilUs: Micros): Divergence | undefined {
  for (let executed = 0; ; executed++) {
    const [first] = one.pending(1);
    const [second] = other.pending(1);
    if (one.runHash !== other.runHash) return { executed, one: first, other: second };
    const isOver = (first?.at ?? Infinity) > untilUs && (second?.at ?? Infinity) > untilUs;
    if (isOver) return undefined;
    if (first?.at !== second?.at || first?.what !== second?.what) return { executed, one: first, other: second };
    one.step();
    other.step();
  }
}
