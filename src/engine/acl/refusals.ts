/*
 * What becomes of a refusal: it is counted, and the log of refusals gets it with the client's line.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import type { Command, ServerForCommands } from '../command.ts';
import { clientLine } from '../commands/connection/client-list.ts';
import type { Denial } from './check.ts';
import type { Refusal, RefusalContext } from './log.ts';

function noteRefusal(server: ServerForCommands, client: Client, refusal: Refusal): void {
  server.statistics.aclAccessDenied[refusal.reason]++;
  const most = server.config.number('acllog-max-len');
  server.acl.log.add(refusal, most === 0 ? '' : clientLine(server, client, client), server.nowMs, most);
}

function contextOf(client: Client): RefusalContext {
  return client.queue !== undefined || client.executing ? 'multi' : 'toplevel';
}

/** A request that the rules refuse. */
export function noteDenial(server: ServerForCommands, client: Client, denial: Denial, command: Command, argv: readonly Bytes[], context = contextOf(client)): void {
  const object = denial.reason === 'command' ? command.fullName : (argv[denial.index] ?? '');
  noteRefusal(server, client, { reason: denial.reason, context, object, username: client.user.name });
}

/** A login that failed: `word` is how the command was spelled, `username` who was named. */
export function noteFailedLogin(server: ServerForCommands, client: Client, word: Bytes, username: Bytes): void {
  noteRefusal(server, client, { reason: 'auth', context: contextOf(client), object: word, username });
}
