/* The loop with everything in it, for a page without workers: loaded only there, because it brings the engine along. */
import { furniture } from './furniture.ts';
import { LabLoop, type LoopTimers } from './loop.ts';
import type { Notice } from './protocol.ts';

export function localLoop(timers: LoopTimers, post: (notice: Notice) => void, turned: () => void): LabLoop {
  return new LabLoop(furniture, timers, post, turned);
}
