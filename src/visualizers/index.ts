/* What can be looked at. The lab watches these by id; views.tsx says how each is drawn. */
import { beliefs } from './beliefs/look.ts';
import { expiry } from './expiry/look.ts';
import { failover } from './failover/look.ts';
import { keyspace } from './keyspace/look.ts';
import { monitors } from './monitors/look.ts';
import { replication } from './replication/look.ts';
import { resp } from './resp/look.ts';
import { slots } from './slots/look.ts';
import { string } from './string/look.ts';
import { anyVisualizer, type AnyVisualizer } from './visualizer.ts';

export type { ReplicationView } from './replication/model.ts';
export type { AnyVisualizer, Visualizer } from './visualizer.ts';

export const visualizers: readonly AnyVisualizer[] = [anyVisualizer(keyspace), anyVisualizer(string), anyVisualizer(expiry), anyVisualizer(resp), anyVisualizer(replication), anyVisualizer(slots), anyVisualizer(monitors), anyVisualizer(failover), anyVisualizer(beliefs)];
