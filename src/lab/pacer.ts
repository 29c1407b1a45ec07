/*
 * The pacer
 * ---------
 * Decides how virtual time follows real time. At each turn every lab may go on by the real time that has
 * passed, times its speed; then the page is told the news, at most once a frame. Between turns it sleeps
 * until the next event is due, so that an idle page costs nothing but the server's cron.
 *
 * Two clamps. A turn works at most a few milliseconds; what it did not reach waits for the next ones, half a
 * second of it at most. So a burst (a hundred crons at one moment) costs no pace, and a simulation that is always
 * too busy runs slower than real time instead of stopping the page. And when the browser lets a background tab sleep,
 * the time beyond the planned sleep does not count: throttling must not look like a jump of the clock.
 *
 * Paused, time stands still, except that what a learner types is answered: it runs until the prompt is
 * back, or nothing more follows, or ten virtual seconds have passed.
 *
 * A lab may be paced as a story (simulation/story.ts): then it is asked at each frame what the frame is worth.
 *
 * The time of a lab that waits for a part of its code stands as well; none of it is made up for.
 *
 * Going on to a later moment may be seconds of work. It is done in slices, the page sees how far it is, and pausing
 * ends it. What else is asked for meanwhile belongs to the moment of arrival and waits for it; looking does not wait.
 */
import { isLook, type LabHub } from './hub.ts';
import type { Lab } from './lab.ts';
import type { Request } from './protocol.ts';

/** Real milliseconds. */
const FRAME_MS = 16;
const BUDGET_MS = 10;
const LATE_MS = 250;
/** So much that turns did not reach is made up for. */
const OWED_MS = 500;
const PAUSED_LIMIT_US = 10_000_000;
/** Of going on to a later moment: what is done at once, so that short ways are gone without a word; then a slice; and how often the page hears of it. */
const WIND_AT_ONCE_MS = 100;
const WIND_MS = 40;
const WINDING_FRAME_MS = 100;
/** After these something is expected to happen even while time stands. */
const ANSWERED_WHILE_PAUSED: ReadonlySet<Request['type']> = new Set(['input', 'runStep', 'perform', 'openTerminal', 'closeTerminal', 'reset', 'undo']);

interface Pace {
  /** Real time of the last turn. */
  lastMs: number;
  /** How long this lab wanted to sleep then. */
  plannedMs: number;
  /** Real time that the lab has not caught up with. */
  owedMs: number;
  lastFlushMs: number;
}

export class Pacer {
  private readonly hub: LabHub;
  private readonly nowMs: () => number;
  private readonly paces = new Map<Lab, Pace>();

  /** `nowMs`: real time that never jumps back. */
  constructor(hub: LabHub, nowMs: () => number) {
    this.hub = hub;
    this.nowMs = nowMs;
  }

  /** Handles a request at the present moment: virtual time catches up first. */
  handle(request: Request): void {
    const before = this.hub.labs.get(request.lab);
    if (before?.winding !== undefined && request.type !== 'open' && request.type !== 'close' && !isLook(request)) {
      before.winding.held.push(request);
      // Paused, or let run, from here. What has come before is done here as well.
      if (request.type === 'pace') this.arrive(before);
      return;
    }
    if (before !== undefined) this.advance(before, BUDGET_MS);
    if (before !== undefined && request.type === 'seek' && 'atUs' in request.to && request.to.atUs > before.nowUs && !this.hub.isWaiting(request.lab)) {
      this.hub.handle({ type: 'pace', lab: request.lab, speed: 0 });
      before.winding = { to: Math.round(request.to.atUs), held: [] };
      this.wind(before, WIND_AT_ONCE_MS);
      return;
    }
    this.hub.handle(request);
    const lab = this.hub.labs.get(request.lab);
    if (lab === undefined || this.hub.isWaiting(request.lab)) return;
    const pace = this.paceOf(lab);
    if (lab.speed === 0 && ANSWERED_WHILE_PAUSED.has(request.type)) this.hub.guard(lab, () => lab.settle(PAUSED_LIMIT_US));
    // What is due at this very instant is the answer to the key just pressed: no need to wait a frame.
    else if (lab.speed > 0) this.hub.guard(lab, () => lab.advanceTo(lab.nowUs, this.budget(BUDGET_MS, lab)));
    if (this.nowMs() - pace.lastFlushMs >= FRAME_MS) this.flush(lab, pace);
  }

  /** One turn of every lab. Returns after how many milliseconds the next is wanted; undefined when nothing waits. */
  turn(): number | undefined {
    for (const lab of this.paces.keys()) if (this.hub.labs.get(lab.id) !== lab) this.paces.delete(lab);
    let next: number | undefined;
    const budget = BUDGET_MS / Math.max(1, this.hub.labs.size);
    for (const lab of [...this.hub.labs.values()]) {
      if (this.hub.isWaiting(lab.id)) continue;
      const isBehind = lab.winding === undefined ? this.advance(lab, budget) : this.wind(lab, WIND_MS);
      const pace = this.paceOf(lab);
      const now = this.nowMs();
      if (lab.hasNews && now - pace.lastFlushMs >= (lab.winding === undefined || lab.isFlooded ? FRAME_MS : WINDING_FRAME_MS)) this.flush(lab, pace);
      const wait = this.sleepOf(lab, pace, isBehind);
      pace.plannedMs = wait ?? Infinity;
      if (wait !== undefined) next = Math.min(next ?? Infinity, wait);
    }
    return next;
  }

  /** The lab has waited and goes on: its time begins to pass again now. */
  goOn(lab: Lab): void {
    this.paces.delete(lab);
    if (lab.speed === 0 && lab.winding === undefined) this.hub.guard(lab, () => lab.settle(PAUSED_LIMIT_US));
  }

  /** Goes on towards the moment that was asked for; true when it is not there yet. */
  private wind(lab: Lab, budgetMs: number): boolean {
    const to = lab.winding?.to ?? lab.nowUs;
    const hasArrived = this.hub.guard(lab, () => lab.advanceTo(to, this.budget(budgetMs, lab))) === true;
    if (hasArrived) this.arrive(lab);
    return !hasArrived;
  }

  private arrive(lab: Lab): void {
    const held = lab.winding?.held ?? [];
    lab.winding = undefined;
    lab.lookAfresh();
    for (const request of held) this.handle(request);
  }

  private sleepOf(lab: Lab, pace: Pace, isBehind: boolean): number | undefined {
    const toFrame = Math.max(0, pace.lastFlushMs + FRAME_MS - this.nowMs());
    // Flooded: nothing more is run until the page has been told.
    if (lab.isFlooded) return toFrame;
    if (isBehind) return 0;
    // A story may be told to stand, and goes on by itself.
    if (lab.story !== undefined) return lab.hasNews ? toFrame : FRAME_MS;
    const due = lab.speed > 0 ? lab.nextAt() : undefined;
    const toEvent = due === undefined ? undefined : Math.max(0, (due - lab.nowUs) / 1000 / lab.speed);
    if (!lab.hasNews) return toEvent;
    return Math.min(toFrame, toEvent ?? Infinity);
  }

  /** Lets the lab catch up with real time; true when it could not. */
  private advance(lab: Lab, budgetMs: number): boolean {
    const pace = this.paceOf(lab);
    const now = this.nowMs();
    const elapsed = Math.min(now - pace.lastMs, pace.plannedMs + LATE_MS);
    const owed = pace.owedMs;
    pace.lastMs = now;
    pace.owedMs = 0;
    if (lab.speed === 0 || lab.isFlooded) return false;
    if (lab.story !== undefined) return this.hub.guard(lab, () => lab.advanceStory(elapsed, this.budget(budgetMs, lab))) === false;
    const target = lab.nowUs + Math.max(0, Math.floor((elapsed + owed) * 1000 * lab.speed));
    const isBehind = this.hub.guard(lab, () => lab.advanceTo(target, this.budget(budgetMs, lab))) === false;
    if (isBehind) pace.owedMs = Math.min(OWED_MS, Math.max(0, target - lab.nowUs) / 1000 / lab.speed);
    return isBehind;
  }

  private budget(ms: number, lab: Lab): () => boolean {
    const until = this.nowMs() + ms;
    return () => this.nowMs() >= until || lab.isFlooded;
  }

  private flush(lab: Lab, pace: Pace): void {
    pace.lastFlushMs = this.nowMs();
    this.hub.flush(lab);
  }

  private paceOf(lab: Lab): Pace {
    let pace = this.paces.get(lab);
    if (pace === undefined) {
      pace = { lastMs: this.nowMs(), plannedMs: 0, owedMs: 0, lastFlushMs: -Infinity };
      this.paces.set(lab, pace);
    }
    return pace;
  }
}
