/*
 * The loop that drives a pacer
 * ----------------------------
 * Turns follow one another as the pacer wants them; a request makes the next turn come at once. Timers are
 * handed in, so that the worker, the page without workers, and tests can drive it alike.
 */
import type { LabContext } from './context.ts';
import { LabHub } from './hub.ts';
import { Pacer } from './pacer.ts';
import type { Notice, Request } from './protocol.ts';

export interface LoopTimers {
  /** Real milliseconds that never jump back. */
  nowMs(): number;
  /** Calls `fn` after so many milliseconds; returns its cancel. */
  later(ms: number, fn: () => void): () => void;
}

/** Timers of browsers take 31 bits of milliseconds. */
const LONGEST_SLEEP_MS = 0x7fffffff;

export class LabLoop {
  readonly hub: LabHub;
  private readonly pacer: Pacer;
  private readonly timers: LoopTimers;
  private cancel: (() => void) | undefined;
  private readonly turned: () => void;

  /** `turned` is called after each turn and request, when all notices of it have been posted. */
  constructor(context: LabContext, timers: LoopTimers, post: (notice: Notice) => void, turned: () => void = () => {}) {
    this.hub = new LabHub(context, post);
    this.timers = timers;
    this.turned = turned;
    this.pacer = new Pacer(this.hub, () => timers.nowMs());
    this.hub.told = turned;
    this.hub.goOn = (lab, queued) => {
      if (lab !== undefined) this.pacer.goOn(lab);
      for (const request of queued) this.pacer.handle(request);
      turned();
      this.wait(0);
    };
  }

  handle(request: Request): void {
    this.pacer.handle(request);
    this.turned();
    this.wait(0);
  }

  private turn(): void {
    this.cancel = undefined;
    const next = this.pacer.turn();
    this.turned();
    if (next !== undefined) this.wait(next);
  }

  private wait(ms: number): void {
    this.cancel?.();
    this.cancel = this.timers.later(Math.min(Math.ceil(ms), LONGEST_SLEEP_MS), () => this.turn());
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }
}
