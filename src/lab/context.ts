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

export interface LabContext {
  readonly programs: readonly Program[];
  readonly visualizers: readonly Watchable[];
  evaluateChecks(checks: readonly Check[], probe: Probe): CheckResult[];
}
