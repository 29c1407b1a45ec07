/*
 * What a lab is furnished with
 * ----------------------------
 * The programs that hosts have, the visualizers that can be watched, and how checks are judged. Worker and
 * inline lab take the full furniture from furniture.ts; tests of the lab itself bring a little of their own.
 */
import type { ServerEventType } from '../engine/index.ts';
import type { Check, CheckResult, Probe } from '../lessons/index.ts';
import type { Program, World } from '../simulation/index.ts';

/** A visualizer, as far as the lab needs it: the view goes from `look` to `describe` and the page, unread. */
export interface Watchable {
  readonly id: string;
  readonly title: string;
  /** After these events a fresh look may differ. */
  readonly wakes: readonly ServerEventType[];
  look(world: World, params: unknown): unknown;
  describe(view: unknown): string;
}

/** Code that is fetched later: what of it is not there yet, and the way to get it. */
export interface LabParts {
  /** Whether the part is there. */
  has(part: string): boolean;
  /** Fetches a part, and tries again until it is there. `failed` hears of each attempt that failed. */
  fetch(part: string, done: () => void, failed: (why: string) => void): void;
}

/** The part with everything that a first prompt does not need. */
export const REST = 'rest';

export interface LabContext {
  readonly programs: readonly Program[];
  readonly visualizers: readonly Watchable[];
  /** Left out where everything is there from the start. */
  readonly parts?: LabParts;
  evaluateChecks(checks: readonly Check[], probe: Probe): CheckResult[];
}
