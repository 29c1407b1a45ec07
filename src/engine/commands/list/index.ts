/** Commands of the group `list`. */
import type { Command } from '../../command.ts';
import { lindex, linsert, llen, lpos, lrange, lrem, lset, ltrim } from './elements.ts';
import { lpop, lpush, lpushx, rpop, rpush, rpushx } from './ends.ts';
import { blmove, blmpop, blpop, brpop, brpoplpush, lmove, lmpop, rpoplpush } from './moving.ts';

export const listCommands: readonly Command[] = [
  lpush, rpush, lpushx, rpushx, lpop, rpop, llen, lindex, lset, lrange, ltrim, linsert, lrem, lpos,
  lmove, rpoplpush, lmpop, blpop, brpop, blmove, brpoplpush, blmpop,
];
