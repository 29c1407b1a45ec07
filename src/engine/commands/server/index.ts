import type { Command } from '../../command.ts';
import { acl } from './acl.ts';
import { monitor, shutdown, time } from './basics.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { debug } from './debug.ts';
import { info } from './info.ts';
import { keyspaceCommands } from './keyspace-commands.ts';
import { latency } from './latency.ts';
import { lolwut } from './lolwut.ts';
import { memory } from './memory.ts';
import { module } from './module.ts';
import { failover, psync, replconf, replicaof, role, slaveof, sync } from './replication.ts';
import { bgrewriteaof, bgsave, lastsave, save } from './saving.ts';
import { slowlog } from './slowlog.ts';

export const serverCommands: readonly Command[] = [
  acl, bgrewriteaof, bgsave, command, config, debug, failover, info, lastsave, latency, lolwut, memory, module, monitor, psync, replconf, replicaof, role, save, shutdown, slaveof,
  slowlog, sync, time, ...keyspaceCommands,
];
