/* The door of the terminal: the programs that are installed on every host. */
import type { Program } from '../simulation/index.ts';
import { faultPrograms } from './programs/faults.ts';
import { filePrograms } from './programs/files.ts';
import { helpPrograms } from './programs/help.ts';
import { iptables } from './programs/iptables/index.ts';
import { redisBenchmark } from './programs/redis-benchmark/index.ts';
import { redisCheckAof } from './programs/redis-check/aof.ts';
import { redisCheckRdb } from './programs/redis-check/rdb.ts';
import { redisCli } from './programs/redis-cli/index.ts';
import { redisSentinel, redisServer } from './programs/redis-server.ts';
import { remotePrograms } from './programs/ssh.ts';
import { sudo } from './programs/sudo.ts';
import { servicePrograms } from './programs/systemctl.ts';
import { systemPrograms } from './programs/system.ts';
import { textPrograms } from './programs/text.ts';
import { top } from './programs/top.ts';
import { wordPrograms } from './programs/words.ts';
import { workload } from './programs/workload.ts';
import { sh } from './shell/sh.ts';

export const programs: readonly Program[] = [
  redisServer, redisSentinel, redisCli, redisBenchmark, redisCheckRdb, redisCheckAof, sh,
  ...filePrograms, ...textPrograms, ...wordPrograms, ...systemPrograms, ...faultPrograms, top, ...servicePrograms, ...remotePrograms, iptables, sudo, workload, ...helpPrograms(() => programs),
];
