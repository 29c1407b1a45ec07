/*
 * How each visualizer is drawn, by the id it has in index.ts. Drawings load when they are first shown.
 * `stage/types.tsx` says what a drawing must do.
 */
import type { AnyVisualizerView } from './stage/types.tsx';

export const views: Readonly<Record<string, () => Promise<{ default: AnyVisualizerView }>>> = {};
