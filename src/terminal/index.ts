/* The door of the terminal: the programs that are installed on every host. */
import type { Program } from '../simulation/index.ts';
import { redisCli } from './programs/redis-cli/index.ts';
import { redisServer } from './programs/redis-server.ts';

export const programs: readonly Program[] = [redisCli, redisServer];
