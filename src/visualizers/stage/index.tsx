/* What a drawing needs of the stage, and what the page needs to show it. */
export { motion, PLACE_MS, RESPONSE_MS } from './motion.tsx';
export { useRoom, useWidth } from '../drawing/use-width.tsx';
export { clockText } from './clock-text.ts';
export type { Stage, StageProps } from './stage.tsx';
export { defineView, type AnyVisualizerView, type Control, type DrawingProps, type Goal, type LegendEntry, type Prompt, type Seen, type Transport, type VisualizerView } from './types.tsx';
