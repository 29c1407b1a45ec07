/* All of a server's data as one number, as DEBUG DIGEST answers it. */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import { digestOfDatabases } from '../commands/server/digest.ts';

/** 40 hex digits that two servers share when they hold the same data. */
export function digestOfServer(server: Pick<ServerForCommands, 'databases'>): Bytes {
  return digestOfDatabases(server.databases);
}
