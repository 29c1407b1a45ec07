/*
 * What a lab is furnished with
 * ----------------------------
 * The programs that hosts have, the visualizers that can be watched, and how checks are judged. Worker and
 * inline lab take the full furniture from furniture.ts; tests of the lab itself bring a little of their own.
 */
import type { Check, CheckResult, Probe } from '../lessons/index.ts';
import type { Program } from '../simulation/index.ts';
import type { AnyVisualizer } from '../visualizers/index.ts';

export interface LabContext {
  readonly programs: readonly Program[];
  readonly visualizers: readonly AnyVisualizer[];
  evaluateChecks(checks: readonly Check[], probe: Probe): CheckResult[];
}
