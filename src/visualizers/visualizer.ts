/*
 * What a visualizer is
 * --------------------
 * `look` turns the world into a view model: plain data of bounded size, whatever the number of keys. It
 * reads by engine/inspect only, so it costs no virtual time and draws no chance. `describe` says the same
 * facts in words, for screen readers and tests. The drawing stands in view.tsx and sees the view alone.
 *
 * A visualizer has four files:
 *   model.ts     the view model, its words, what changed between two of them. Knows no engine at run time,
 *                because the drawing shares it and the page must not download the server twice
 *   prompts.ts   what a learner predicts, and the goal to build
 *   look.ts      from the world to the model
 *   view.tsx     from the model to the screen
 */
import type { ServerEventType } from '../engine/index.ts';
import type { ServerView, World } from '../simulation/index.ts';
import { readParams, type Params } from './params.ts';

export interface Visualizer<V> {
  readonly id: string;
  readonly title: string;
  /** After these, a fresh look may differ. */
  readonly wakes: readonly ServerEventType[];
  /** `params` come from a lesson or from the drawing; what is missing or wrong gets a default. */
  look(world: World, params: unknown): V;
  /** The same facts in words. */
  describe(view: V): string;
}

/** A visualizer whose view type only its own files know. */
export type AnyVisualizer = Visualizer<unknown>;

/** Makes a visualizer fit the list of all: a view is described by the visualizer that made it. */
export function anyVisualizer<V>(visualizer: Visualizer<V>): AnyVisualizer {
  return { ...visualizer, describe: (view) => visualizer.describe(view as V) };
}

/** The server that `host` and `port` of the parameters name, or the first there is. */
export function serverOf(world: World, params: Params): ServerView | undefined {
  const host = params.text('host', '');
  const port = params.whole('port', 0, 0, 65535);
  return world.server(host === '' ? undefined : host, port === 0 ? undefined : port);
}

export { readParams, type Params };
