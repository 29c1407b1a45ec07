/** Commands of the group `sorted-set`. */
import type { Command } from '../../command.ts';
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from './combining.ts';
import { bzmpop, bzpopmax, bzpopmin, zmpop, zpopmax, zpopmin } from './popping.ts';
import { zrange, zrangebylex, zrangebyscore, zrangestore, zrevrange, zrevrangebylex, zrevrangebyscore } from './ranges.ts';
import { zcard, zcount, zlexcount, zmscore, zrandmember, zrank, zrevrank, zscan, zscore } from './reading.ts';
import { zadd, zincrby, zrem, zremrangebylex, zremrangebyrank, zremrangebyscore } from './writing.ts';

export const sortedSetCommands: readonly Command[] = [
  zadd, zincrby, zrem, zremrangebyrank, zremrangebyscore, zremrangebylex, zcard, zscore, zmscore, zrank, zrevrank,
  zrange, zrangestore, zrangebyscore, zrevrangebyscore, zrangebylex, zrevrangebylex, zrevrange, zcount, zlexcount,
  zpopmin, zpopmax, zmpop, bzpopmin, bzpopmax, bzmpop, zrandmember,
  zunion, zinter, zdiff, zunionstore, zinterstore, zdiffstore, zintercard, zscan,
];
