/* The world that a terminal outside a lesson begins in: one machine on which a server with default settings runs. */
import type { Scenario } from '../simulation/index.ts';

export const ONE_SERVER: Scenario = { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] };

/** Where that server answers. */
export const SERVER = { host: 'local', port: 6379 } as const;
