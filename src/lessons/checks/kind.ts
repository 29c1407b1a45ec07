/*
 * A kind of check
 * ---------------
 * Judges one condition in one state, and says what was expected and what was found. It neither picks the
 * message nor looks for the cause: evaluate.ts does that for all kinds alike.
 */
import type { Check } from '../model.ts';
import type { HistoryEntry, Probe, StateProbe } from '../probe.ts';

export interface Judgement {
  passed: boolean;
  /** In words, with code marks. */
  expected: string;
  found: string;
  /** The command that decided it, where the kind itself knows (a forbidden command). */
  decidedBy?: HistoryEntry;
  /** Nothing of what it looks at has been touched: overrides the general rule. */
  untried?: boolean;
}

export interface CheckKind<C extends Check> {
  readonly kind: C['kind'];
  judge(check: C, state: StateProbe, probe: Probe): Judgement;
  /** True when the answer follows from the state alone, so that earlier states may be asked for the cause. */
  readonly dependsOnState: boolean;
}
