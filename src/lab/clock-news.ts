/*
 * The clock, as the page knows it
 * -------------------------------
 * What the page was told of the time last, and whether the learner can take something back.
 */
import type { Micros } from '../engine/index.ts';
import type { RecordedInput } from '../simulation/index.ts';
import { canTakeBack, hasEnd } from './undo.ts';
import type { WorkView } from './work.ts';

export interface ClockReading {
  readonly atUs: Micros;
  readonly inputs: number;
  readonly speed: number;
  readonly executed: number;
  readonly work: WorkView | undefined;
}

/** Notices without other news, at most one in so much virtual time. */
const EVERY_US: Micros = 1_000_000;

export class ClockNews {
  private shown: ClockReading | undefined;
  private canUndo = false;
  /** Inputs before this one hold no end of anything that could be taken back, or are known to. */
  private searched = 0;

  /** The inputs are others, or begin to count elsewhere. */
  forget(): void {
    this.shown = undefined;
    this.canUndo = false;
    this.searched = 0;
  }

  /** Whether the page should hear of this. `counts`: every event does, because a learner goes through them one by one. */
  isDue(now: ClockReading, counts: boolean): boolean {
    const { shown } = this;
    if (shown === undefined || shown.inputs !== now.inputs || shown.speed !== now.speed || shown.work?.atUs !== now.work?.atUs) return true;
    return counts ? shown.executed !== now.executed : now.atUs - shown.atUs >= EVERY_US;
  }

  /** It hears of this. What can be taken back stays so until it is: the inputs only grow, and the last one may still do so itself. */
  told(now: ClockReading, inputs: readonly RecordedInput[], baseline: number): { readonly canUndo: boolean } {
    this.shown = now;
    if (!this.canUndo && hasEnd(inputs, this.searched)) this.canUndo = canTakeBack(inputs, baseline);
    this.searched = Math.max(0, inputs.length - 1);
    return { canUndo: this.canUndo };
  }
}
