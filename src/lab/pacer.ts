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
 * What takes long (work.ts) is done in slices, the page sees how far it is, and pausing ends it. What else is asked for
 * meanwhile belongs to its end and waits for it; looking does not wait, unless there is nothing to be seen yet.
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
/** Of what takes long: so much is done at once, so that short work is done without a word; then a slice; and how often the page hears of it. */
const WORK_AT_ONCE_MS = 100;
const WORK_MS = 40;
const WORK_FRAME_MS = 100;
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
  /** What waits for the end of long work. */
  private readonly held = new WeakMap<Lab, Request[]>();

  /** `nowMs`: real time that never jumps back. */
  constructor(hub: LabHub, nowMs: () => number) {
    this.hub = hub;
    this.nowMs = nowMs;
  }

  /** Handles a request at the present moment: virtual time catches up first. */
  handle(request: Request): void {
    const before = this.hub.labs.get(request.lab);
    if (before?.isAtWork === true && request.type !== 'open' && request.type !== 'close' && (before.isOpening || !isLook(request))) {
      this.heldOf(before).push(request);
      // Paused, or let run, from here: what has come before is done here as well. A world that is made again has no moment to run from.
      if (request.type === 'pace' && !before.isOpening && (request.speed === 0 || !before.isRemaking)) {
        before.endWork();
        this.arrive(before);
      }
      return;
    }
    if (before !== undefined) this.advance(before, BUDGET_MS);
    this.hub.handle(request, this.budget(WORK_AT_ONCE_MS, before));
    const lab = this.hub.labs.get(request.lab);
    if (lab === undefined || lab.isAtWork || this.hub.isWaiting(request.lab)) return;
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
      const isBehind = lab.isAtWork ? this.work(lab) : this.advance(lab, budget);
      const pace = this.paceOf(lab);
      const now = this.nowMs();
      if (lab.hasNews && now - pace.lastFlushMs >= (!lab.isAtWork || lab.isFlooded ? FRAME_MS : WORK_FRAME_MS)) this.flush(lab, pace);
      const wait = this.sleepOf(lab, pace, isBehind);
      pace.plannedMs = wait ?? Infinity;
      if (wait !== undefined) next = Math.min(next ?? Infinity, wait);
    }
    return next;
  }

  /** The lab has waited and goes on: its time begins to pass again now. */
  goOn(lab: Lab): void {
    this.paces.delete(lab);
    if (lab.speed === 0 && !lab.isAtWork) this.hub.guard(lab, () => lab.settle(PAUSED_LIMIT_US));
  }

  /** Goes on with what takes long; true when it is not done yet. */
  private work(lab: Lab): boolean {
    const isDone = this.hub.guard(lab, () => lab.workOn(this.budget(WORK_MS, lab))) === true;
    if (isDone) this.arrive(lab);
    return !isDone;
  }

  /** What was asked for meanwhile is done now; it may begin work of its own. */
  private arrive(lab: Lab): void {
    // Time begins to pass again here.
    const pace = this.paceOf(lab);
    pace.lastMs = this.nowMs();
    pace.owedMs = 0;
    const held = this.heldOf(lab);
    this.held.delete(lab);
    for (const request of held) this.handle(request);
  }

  private heldOf(lab: Lab): Request[] {
    const held = this.held.get(lab) ?? [];
    this.held.set(lab, held);
    return held;
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

  private budget(ms: number, lab?: Lab): () => boolean {
    const until = this.nowMs() + ms;
    return () => this.nowMs() >= until || lab?.isFlooded === true;
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
