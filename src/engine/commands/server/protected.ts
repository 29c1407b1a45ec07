/*
 * Commands that can harm the server (DEBUG, MODULE) run only where a directive allows them: from anywhere, or
 * from the server's own machine.
 */
import type { Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import type { ServerForCommands } from '../../command.ts';
import { CommandError } from '../../reply.ts';

/** Throws unless `directive` (yes, no, local) lets this client use `command`. */
export function checkLocal(server: ServerForCommands, client: Client, directive: Bytes, command: Bytes): void {
  const allowed = server.config.text(directive);
  const isLocal = client.socket === undefined || client.socket.peer.startsWith('127.') || client.socket.peer.startsWith('[::1]');
  if (allowed === 'yes' || (allowed === 'local' && isLocal)) return;
  throw new CommandError(
    `ERR ${command} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`,
  );
}
