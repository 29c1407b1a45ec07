/*
 * Commands that can harm the server (DEBUG, MODULE) run only where a directive allows them: from anywhere, or
 * from the server's own machine. Where it does not they are refused before anything else is looked at, so that
 * they count as rejected and end a transaction that they are put into.
 */
import { upper, type Bytes } from '../../bytes.ts';
import { isLocalPeer } from '../../env.ts';
import type { Client } from '../../client.ts';
import type { Config } from '../../config/config.ts';

/** What a directive with the values yes, no and local says to this client. */
export function isAllowed(allowed: Bytes, client: Client): boolean {
  return allowed === 'yes' || (allowed === 'local' && (client.socket === undefined || isLocalPeer(client.socket.peer)));
}

/** Why this client may not use the container or command `name` (debug, module); undefined when its directive (yes, no, local) lets it. */
export function protection(config: Config, client: Client, name: Bytes): Bytes | undefined {
  const directive = `enable-${name}-command`;
  if (isAllowed(config.text(directive), client)) return undefined;
  return `ERR ${upper(name)} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`;
}
