/*
 * Work that may take long
 * -----------------------
 * Time that passes at once, and a run that is made again (going back, taking back, opening a recording), may be seconds
 * of work. A lab does it a few events at a time; whoever drives the lab says how long it may go on, and between two
 * parts the page is told how far it is. Driven without a limit it is done in one piece.
 */
import type { Micros } from '../engine/index.ts';

/** How far it is, for the page. Virtual times; `what` time passes to, at most, when it waits for something. */
export interface WorkView {
  /** The world goes on to a moment, or until something happens; it stands while its run is made again. */
  readonly what: 'passing' | 'waiting' | 'remaking';
  readonly fromUs: Micros;
  readonly atUs: Micros;
  readonly toUs: Micros;
}

/** Steps of work; its value is what is left to be done when they are over, which somebody may answer at once. */
export type Steps = Generator<undefined, () => void>;

export class Work {
  readonly what: WorkView['what'];
  private readonly times: () => Omit<WorkView, 'what'>;
  private readonly begin: () => Steps;
  private steps: Steps;

  /** `begin` makes the steps of the work; made again, they go on from where the lab stands. */
  constructor(what: WorkView['what'], times: () => Omit<WorkView, 'what'>, begin: () => Steps) {
    this.what = what;
    this.times = times;
    this.begin = begin;
    this.steps = begin();
  }

  get view(): WorkView {
    return { what: this.what, ...this.times() };
  }

  /** Goes on until `stop` says so; what is left to be done at the end, when that is reached. */
  goOn(stop: () => boolean): (() => void) | undefined {
    for (;;) {
      const step = this.steps.next();
      if (step.done === true) return step.value;
      if (stop()) return undefined;
    }
  }

  /** What it had begun with is gone: a fault has ended it, or the session is another. */
  again(): void {
    this.end();
    this.steps = this.begin();
  }

  end(): void {
    this.steps.return(() => {});
  }
}
