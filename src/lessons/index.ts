/* The door of the lessons' room. The compiler is not behind it: only authoring and tests import that. */
export type * from './model.ts';
export type { HistoryEntry, Probe, StateProbe } from './probe.ts';
