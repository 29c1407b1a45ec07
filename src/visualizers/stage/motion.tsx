/*
 * Motion between two true states, for drawings that move things on a canvas or by transform. It runs on
 * animation frames for `durationMs` and then stops; with reduced motion the end stands at once.
 */
export function motion(durationMs: number, draw: (progress: number) => void): () => void {
  if (durationMs <= 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) {
    draw(1);
    return () => {};
  }
  let frame = 0;
  let from: number | undefined;
  const tick = (now: number) => {
    from ??= now;
    const part = Math.min(1, (now - from) / durationMs);
    draw(1 - (1 - part) ** 3);
    if (part < 1) frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(frame);
}

/** Durations as the tokens have them, in milliseconds. */
export const RESPONSE_MS = 120;
export const PLACE_MS = 240;
