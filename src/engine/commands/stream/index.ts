/** Commands of the group `stream`. */
import type { Command } from '../../command.ts';
import { xadd, xdel, xlen, xsetid } from './entries.ts';
import { xack, xgroup } from './groups.ts';
import { xinfo } from './info.ts';
import { xautoclaim, xclaim, xpending } from './pending.ts';
import { xrange, xrevrange } from './ranges.ts';
import { xread, xreadgroup } from './reading.ts';
import { xtrim } from './trimming.ts';

export const streamCommands: readonly Command[] = [xadd, xrange, xrevrange, xlen, xread, xreadgroup, xgroup, xsetid, xack, xpending, xclaim, xautoclaim, xinfo, xdel, xtrim];
