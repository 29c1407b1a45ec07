/** Commands of the group `set`. */
import type { Command } from '../../command.ts';
import { sdiff, sdiffstore, sinter, sintercard, sinterstore, sunion, sunionstore } from './algebra.ts';
import { sadd, scard, sismember, smembers, smismember, smove, spop, srandmember, srem, sscan } from './members.ts';

export const setCommands: readonly Command[] = [
  sadd, srem, smove, smembers, sismember, smismember, scard, spop, srandmember, sscan,
  sinter, sinterstore, sintercard, sunion, sunionstore, sdiff, sdiffstore,
];
