/*
 * What can be looked at
 * ---------------------
 * A visualizer turns the world into a bounded view model and says the same facts in words. It is pure:
 * looking changes nothing, and equal worlds give equal views. How a view is drawn stands in views.tsx.
 * To add one, write `NAME/look.ts` and a line in the list below.
 */
import type { ServerEventType } from '../engine/index.ts';
import type { World } from '../simulation/index.ts';

/** What an author or the page gave besides the name: `key`, `db`, `host`, a page of buckets. Parse before use. */
export type ViewParams = Readonly<Record<string, unknown>>;

export interface Visualizer<V = unknown> {
  readonly id: string;
  readonly title: string;
  /** After these events a fresh look may differ. */
  readonly wakes: readonly ServerEventType[];
  /** Plain, cloneable data of a stated, bounded size. */
  look(world: World, params: ViewParams): V;
  /** The same facts in words: for screen readers and tests. */
  describe(view: V): string;
}

/** A visualizer whose view type is known only to itself: the lab hands its own view back to `describe`. */
export interface AnyVisualizer extends Omit<Visualizer, 'describe'> {
  describe(view: never): string;
}

export const visualizers: readonly AnyVisualizer[] = [];
