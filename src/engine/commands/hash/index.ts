/** Commands of the group `hash`. */
import type { Command } from '../../command.ts';
import { hincrby, hincrbyfloat } from './counters.ts';
import { hrandfield } from './random.ts';
import { hexists, hget, hgetall, hkeys, hlen, hmget, hscan, hstrlen, hvals } from './reading.ts';
import { hdel, hgetdel, hmset, hset, hsetnx } from './writing.ts';

export const hashCommands: readonly Command[] = [
  hset, hsetnx, hmset, hget, hmget, hgetall, hdel, hgetdel, hlen, hstrlen, hkeys, hvals, hexists, hincrby, hincrbyfloat, hrandfield, hscan,
];
