/** Commands of the group `hash`. */
import type { Command } from '../../command.ts';
import { hincrby, hincrbyfloat } from './counters.ts';
import { hexpire, hexpireat, hexpiretime, hgetex, hpersist, hpexpire, hpexpireat, hpexpiretime, hpttl, hsetex, httl } from './expiry.ts';
import { hrandfield } from './random.ts';
import { hexists, hget, hgetall, hkeys, hlen, hmget, hscan, hstrlen, hvals } from './reading.ts';
import { hdel, hgetdel, hmset, hset, hsetnx } from './writing.ts';

export const hashCommands: readonly Command[] = [
  hset, hsetnx, hmset, hget, hmget, hgetall, hdel, hgetdel, hlen, hstrlen, hkeys, hvals, hexists, hincrby, hincrbyfloat, hrandfield, hscan,
  hexpire, hpexpire, hexpireat, hpexpireat, httl, hpttl, hexpiretime, hpexpiretime, hpersist, hgetex, hsetex,
];
