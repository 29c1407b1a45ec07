import type { Command } from '../../command.ts';
import { lastsave, monitor, role, shutdown, time } from './basics.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { slowlog } from './slowlog.ts';

export const serverCommands: readonly Command[] = [command, config, lastsave, monitor, role, shutdown, slowlog, time];
