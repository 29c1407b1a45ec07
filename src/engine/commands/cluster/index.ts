import type { Command } from '../../command.ts';
import { asking, cluster, readonly, readwrite } from './cluster.ts';

export const clusterCommands: readonly Command[] = [asking, cluster, readonly, readwrite];
