import type { Command } from '../../command.ts';
import { lastsave, monitor, role, shutdown, time } from './basics.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { debug } from './debug.ts';
import { info } from './info.ts';
import { keyspaceCommands } from './keyspace-commands.ts';
import { lolwut } from './lolwut.ts';
import { memory } from './memory.ts';
import { slowlog } from './slowlog.ts';

export const serverCommands: readonly Command[] = [command, config, debug, info, lastsave, lolwut, memory, monitor, role, shutdown, slowlog, time, ...keyspaceCommands];
