/** Commands of the group `hyperloglog`. */
import type { Command } from '../../command.ts';
import { pfdebug, pfselftest } from './debugging.ts';
import { pfadd, pfcount, pfmerge } from './hyperloglog.ts';

export const hyperloglogCommands: readonly Command[] = [pfadd, pfcount, pfmerge, pfdebug, pfselftest];
