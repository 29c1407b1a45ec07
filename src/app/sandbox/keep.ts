/*
 * A recording that is kept across visits
 * --------------------------------------
 * It is saved soon after each change; the longer saving takes, the less often. What is only time that passed is saved
 * now and then, and when the page is hidden or left, because a tab that is hidden may be ended without another word.
 */
import { notify } from '../../ui/index.ts';
import type { LabSession } from '../lab/session.ts';
import { recordingText } from './share.ts';

/** Between two savings, milliseconds. A change after a longer rest is saved at once: whoever leaves the page may do so next. */
const SAVE_AFTER_MS = 300;
/** A tenth of the time goes to saving, unless what is done meanwhile could be lost for longer than this: the first saving waits for code and storage as well. */
const PAUSE_MOST_MS = 3000;
/** Between two savings of a run in which only time passes. */
const TIME_AFTER_MS = 5000;

/** The clock is told about once a second: more than this between two times is no passing. */
const LEAP_US = 4_000_000;

export interface KeepOptions {
  /** What it is called in a sentence: "this sandbox". */
  readonly what: string;
  /** Nothing is kept before the learner has done something in it. */
  readonly onlyTouched: boolean;
  /** The passing of time is a change, too. */
  readonly withTime: boolean;
  readonly save: (text: string) => Promise<void>;
}

/** How long after the beginning of a saving that took `tookMs` the next one may begin, in milliseconds. */
const pauseAfter = (tookMs: number): number => Math.max(SAVE_AFTER_MS, 2 * tookMs, Math.min(10 * tookMs, PAUSE_MOST_MS));

/** Keeps the session's recording until the returned function is called. */
export function keepRecording(session: LabSession, { what, onlyTouched, withTime, save }: KeepOptions): () => void {
  let inputs = 0;
  let executed = 0;
  let atUs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueMs = Infinity;
  let waitMs = SAVE_AFTER_MS;
  let begun = -Infinity;
  const saveNow = async () => {
    begun = performance.now();
    try {
      await save(await recordingText(await session.ask({ about: 'recording' })));
    } catch (fault) {
      // A lab that failed says so itself, and its recording is with the page.
      if (session.state.phase === 'crashed') return;
      const full = fault instanceof DOMException && fault.name === 'QuotaExceededError';
      notify({ id: 'keep', kind: 'problem', text: full ? `Storage is full, so ${what} is not kept. Save it as a file from the menu.` : `${what[0]?.toUpperCase() ?? ''}${what.slice(1)} cannot be kept across visits in this browser. Save it as a file from the menu.` });
    }
    waitMs = pauseAfter(performance.now() - begun);
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    dueMs = Infinity;
  };
  const soon = (ms: number) => {
    const at = performance.now() + ms;
    if (at >= dueMs) return;
    clearTimeout(timer);
    dueMs = at;
    timer = setTimeout(() => {
      stop();
      void saveNow();
    }, ms);
  };
  const off = session.subscribe(() => {
    const { state } = session;
    if (state.phase !== 'ready' || (onlyTouched && !session.isTouched)) return;
    if (state.inputs !== inputs) soon(Math.max(0, begun + waitMs - performance.now()));
    else if (withTime && state.executed !== executed) {
      // Time that stands goes on, or leaps, only where somebody asks for it.
      const isAsked = state.speed === 0 || state.atUs - atUs > LEAP_US * Math.max(1, state.speed);
      soon(isAsked ? Math.max(0, begun + waitMs - performance.now()) : Math.max(waitMs, TIME_AFTER_MS));
    }
    inputs = state.inputs;
    executed = state.executed;
    atUs = state.atUs;
  });
  const flush = () => {
    if (timer === undefined) return;
    stop();
    void saveNow();
  };
  const hidden = () => { if (document.visibilityState === 'hidden') flush(); };
  document.addEventListener('visibilitychange', hidden);
  const offClose = session.onClose(flush);
  return () => {
    stop();
    off();
    offClose();
    document.removeEventListener('visibilitychange', hidden);
  };
}
