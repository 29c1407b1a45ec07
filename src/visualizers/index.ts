/*
 * What can be looked at
 * ---------------------
 * A visualizer turns the world into a bounded view model and says the same facts in words. It is pure:
 * looking changes nothing, and equal worlds give equal views. How a view is drawn stands in views.tsx.
 * To add one, write `NAME/look.ts` and a line in the list below.
 */
import type { AnyVisualizer } from './visualizer.ts';

export const visualizers: readonly AnyVisualizer[] = [];
