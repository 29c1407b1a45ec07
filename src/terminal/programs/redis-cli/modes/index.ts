/* The modes of redis-cli that are stories of their own: which one an option asks for, and how they end. */
import type { Task } from '../../task.ts';
import { drive } from '../../task.ts';
import { type Mode, ModeFails } from './asking.ts';
import { bigKeys, hotKeys } from './big-keys.ts';
import { keyStats } from './key-stats.ts';
import { intrinsicLatency, latency, latencyDistribution } from './latency.ts';
import { lruTest, pipe, rdb, replica } from './streams.ts';

export type ModeName =
  | 'latency' | 'latencyHistory' | 'latencyDist' | 'intrinsicLatency' | 'bigkeys' | 'memkeys' | 'hotkeys' | 'keystats' | 'pipe' | 'replica' | 'rdb' | 'functionsRdb' | 'lruTest';

function storyOf(name: ModeName, mode: Mode): Task<void> {
  switch (name) {
    case 'latency': case 'latencyHistory': return latency(mode);
    case 'latencyDist': return latencyDistribution(mode);
    case 'intrinsicLatency': return intrinsicLatency(mode);
    case 'bigkeys': case 'memkeys': return bigKeys(mode);
    case 'hotkeys': return hotKeys(mode);
    case 'keystats': return keyStats(mode);
    case 'pipe': return pipe(mode);
    case 'replica': return replica(mode);
    case 'rdb': case 'functionsRdb': return rdb(mode);
    case 'lruTest': return lruTest(mode);
  }
}

export function runMode(name: ModeName, mode: Mode): void {
  drive(ending(storyOf(name, mode)), (code) => mode.process.exit(code));
}

function* ending(story: Task<void>): Task<number> {
  try {
    yield* story;
    return 0;
  } catch (end) {
    if (end instanceof ModeFails) return 1;
    throw end;
  }
}
