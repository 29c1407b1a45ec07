/*
 * The stage: what every picture has in common
 * -------------------------------------------
 * A visualizer is two files. `look.ts` (pure, no DOM) turns the world into a bounded view model and
 * describes the same facts in words. `view.tsx` draws a view model. Everything else is the stage's:
 *
 *   source line   where the facts were measured ("live from local:6379, db0"); always shown
 *   transport     pause time, let it pass, go back through the last states (Space, ←, →, R)
 *   text          the same facts in words, by a switch, and always for a screen reader
 *   legend        what each mark means; the same marks and colours in every picture
 *   cause         the sentence that names the command behind the last change
 *   prediction    a question about the next change, judged by the two true states around it
 *   goal          something to build, as marks that states reach, whoever caused them
 *
 * To add a picture, write `src/visualizers/NAME/view.tsx` with
 *
 *   export default defineView<KeyspaceView>({ id: 'keyspace', Drawing, legend: [...], prompts: [...] });
 *
 * and a line in `src/visualizers/views.tsx`:
 *
 *   keyspace: { title: 'Keyspace', load: () => import('./keyspace/view.tsx') },
 *
 * Rules for a Drawing
 * - It is a function of its props. It holds no copy of server state; local state is for focus and unfolding.
 * - It moves between `previous` and `view` by CSS transitions on `--motion-place`, or by motion() below;
 *   with reduced motion the new state stands at once. Nothing loops.
 * - Marks: `.mark-key`, `.mark-value`, `.mark-expiry`, `.mark-offset`, `.mark-lost` (stage.css); never colour
 *   alone. Text takes `--*-ink`, shapes `--*-mark`, tints `--*-wash`.
 * - Changed things carry `data-changed="true"`; the stage dims the rest while `cause` is fresh, if the drawing
 *   marks its things with `data-thing` (all of them).
 * - Everything that can be pointed at is a <button> or has tabIndex 0, with a name in words. Use
 *   lights('key:NAME') from the ui room, so that prose and key list light up too.
 * - Overflow scrolls inside the drawing; at 360 px width it must still be legible.
 */
import type { ComponentType, ReactNode } from 'react';
import type { Goal, Prompt } from '../prompt.ts';

export type { Goal, Prompt } from '../prompt.ts';

/** All a drawing gets. */
export interface DrawingProps<V> {
  view: V;
  /** The state before this one, if it is known. */
  previous: V | undefined;
  /** Virtual microseconds at which `view` was taken. */
  now: number;
  /** Asks for another look with these parameters (page of buckets, chosen key …). */
  onParams: (change: Readonly<Record<string, unknown>>) => void;
}

export interface LegendEntry {
  mark: 'key' | 'value' | 'expiry' | 'offset' | 'lost' | 'changed' | 'empty';
  says: string;
}

/** A parameter the learner may set; the stage draws the control. */
export type Control =
  /** `empty` says what is shown while nothing is chosen. */
  | { kind: 'key'; param: string; label: string; empty?: string }
  | { kind: 'database'; param: string; label: string }
  | { kind: 'choice'; param: string; label: string; choices: readonly { value: string; label: string }[] };

export interface VisualizerView<V> {
  /** The id of the visualizer in `src/visualizers/index.ts`. */
  id: string;
  Drawing: ComponentType<DrawingProps<V>>;
  legend: readonly LegendEntry[];
  prompts: readonly Prompt<V>[];
  /** Something to build, told as marks that light up when a state reaches them. */
  goal?: Goal<V>;
  controls?: readonly Control[];
  /** What to show before there is anything to see: what to do first. */
  empty?: { holds: (view: V) => boolean; says: ReactNode };
  /** The command behind the state, from the view itself: "SET stock:lamp 3". */
  cause?: (view: V, previous: V | undefined) => string | undefined;
  /** Nothing but time has passed: the state takes the place of the one before, instead of a place behind it. */
  onlyTimePassed?: (view: V, previous: V) => boolean;
}

/** A view whose model type only its own look.ts knows. */
export type AnyVisualizerView = VisualizerView<unknown>;

/**
 * Makes a drawing fit the list of all views. The lab pairs a view model with the visualizer that made
 * it, by id, so the drawing gets the type it was written for; this is the one place that says so.
 */
export function defineView<V>(view: VisualizerView<V>): AnyVisualizerView {
  return view as unknown as AnyVisualizerView;
}

/** Virtual time, as the stage may steer it. */
export interface Transport {
  /** Virtual seconds per real one; 0 is paused. */
  speed: number;
  setSpeed: (speed: number) => void;
  /** Lets this many virtual microseconds pass at once. */
  advance: (us: number) => void;
}

/** One state as the lab delivered it. */
export interface Seen<V> {
  view: V;
  described: string;
  atUs: number;
}
