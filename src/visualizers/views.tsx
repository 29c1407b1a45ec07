/*
 * How each visualizer is drawn, by the id it has in index.ts, in the order in which the sandbox offers
 * them. Drawings load when they are first shown, so the title stands here.
 * `stage/types.tsx` says what a drawing must do.
 */
import type { Stage } from './stage/stage.tsx';
import type { AnyVisualizerView } from './stage/types.tsx';

export interface ViewEntry {
  title: string;
  load: () => Promise<{ default: AnyVisualizerView }>;
}

export const views: Readonly<Record<string, ViewEntry>> = {
  keyspace: { title: 'Keyspace hash table', load: () => import('./keyspace/view.tsx') },
  string: { title: 'A string in memory', load: () => import('./string/view.tsx') },
  expiry: { title: 'Keys that expire', load: () => import('./expiry/view.tsx') },
  resp: { title: 'RESP on the wire', load: () => import('./resp/view.tsx') },
  replication: { title: 'Offsets and backlog', load: () => import('./replication/view.tsx') },
  slots: { title: 'Slot map', load: () => import('./slots/view.tsx') },
  monitors: { title: 'Monitor matrix', load: () => import('./monitors/view.tsx') },
  failover: { title: 'Election and failover', load: () => import('./failover/view.tsx') },
  beliefs: { title: 'Gossip and failure detection', load: () => import('./beliefs/view.tsx') },
};

/** The stage that every drawing stands on: it loads with the first of them. */
export const loadStage = (): Promise<typeof Stage> => import('./stage/stage.tsx').then((module) => module.Stage);
