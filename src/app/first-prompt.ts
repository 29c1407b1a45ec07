/*
 * The first prompt of a visit
 * ---------------------------
 * What the page does not need before a learner can type waits for it. The moment is marked in the browser's own
 * timeline, where `npm run bench` finds it too.
 */
const MARK = 'keyspace:prompt';
/** A page that shows no terminal. */
const PATIENCE_MS = 8000;

let prompted = false;

/** A terminal shows a prompt. */
export function markFirstPrompt(): void {
  if (!prompted) performance.mark(MARK);
  prompted = true;
}

/** Calls `fn` once, after the first prompt of the visit, or after some seconds on a page without one. */
export function afterFirstPrompt(fn: () => void): void {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    observer.disconnect();
    clearTimeout(timer);
    fn();
  };
  const observer = new PerformanceObserver((list) => { if (list.getEntriesByName(MARK).length > 0) once(); });
  const timer = setTimeout(once, PATIENCE_MS);
  observer.observe({ type: 'mark', buffered: true });
}
