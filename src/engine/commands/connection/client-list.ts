/*
 * How CLIENT LIST and CLIENT INFO show a client
 * ---------------------------------------------
 * One line of name=value. Numbers about buffers follow from the model of memory: a client struct, its
 * reply buffer of 16 KiB, its query buffer while it runs a command.
 */
import { cText, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import type { ServerForCommands } from '../../command.ts';

/** What a query buffer takes while a command of its client runs, and what of it is free (bytes). */
const QUERY_BUFFER = 20474;
const REPLY_BUFFER = 16384;
/** A client's own structures without buffers, in bytes. */
const CLIENT_OVERHEAD = 21402 - REPLY_BUFFER;

/** The line of one client. `caller` is the client that asks: it alone has a request in its buffer. */
export function clientLine(server: ServerForCommands, client: Client, caller: Client): Bytes {
  const now = server.nowMs;
  const seconds = (since: number) => Math.max(0, Math.floor((now - since) / 1000));
  const asks = client === caller;
  const request = asks ? requestBytes(client.argv) : 0;
  const argvMemory = asks ? client.argv.slice(1).reduce((sum, word) => sum + word.length, 0) : 0;
  const queued = client.queue ?? [];
  const multiMemory = queued.reduce((sum, argv) => sum + argv.reduce((bytes, word) => bytes + word.length + 16, 0), 0);
  const total = CLIENT_OVERHEAD + REPLY_BUFFER + (asks ? QUERY_BUFFER - 4090 : 0) + argvMemory + multiMemory;
  const fields: readonly (readonly [string, string | number])[] = [
    ['id', client.id],
    ['addr', client.socket?.peer ?? ''],
    ['laddr', client.socket?.local ?? ''],
    ['fd', client.id + 7],
    ['name', cText(client.name ?? '')],
    ['age', seconds(client.createdMs)],
    ['idle', seconds(client.lastInteractionMs)],
    ['flags', clientFlags(client)],
    ['db', client.db.id],
    ['sub', client.channels.size],
    ['psub', client.patterns.size],
    ['ssub', client.shardChannels.size],
    ['multi', client.executing ? client.executingCount : client.queue === undefined ? -1 : queued.length],
    // The real server stops watching as soon as one of the keys has changed.
    ['watch', client.dirtyCas ? 0 : client.watched.length],
    ['qbuf', request],
    ['qbuf-free', asks ? QUERY_BUFFER - request : 0],
    ['argv-mem', argvMemory],
    ['multi-mem', multiMemory],
    ['rbs', REPLY_BUFFER],
    ['rbp', 0],
    ['obl', 0],
    ['oll', 0],
    ['omem', 0],
    ['tot-mem', total],
    ['events', 'r'],
    ['cmd', client.lastCommand],
    ['user', client.user.name],
    ['redir', client.tracking?.redirect ?? -1],
    ['resp', client.resp],
    ['lib-name', cText(client.libraryName)],
    ['lib-ver', cText(client.libraryVersion)],
    ['io-thread', 0],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** Bytes of the request as it came in RESP. */
function requestBytes(argv: readonly Bytes[]): number {
  return argv.reduce((sum, word) => sum + word.length + String(word.length).length + 5, 3 + String(argv.length).length);
}

/** Letters of the state: N for none. */
export function clientFlags(client: Client): Bytes {
  let flags = '';
  if (client.isMonitor) flags += 'O';
  if (client.subscriptions > 0) flags += 'P';
  if (client.queue !== undefined || client.executing) flags += 'x';
  if (client.blocked !== undefined) flags += 'b';
  if (client.tracking !== undefined) flags += 't';
  if (client.tracking?.brokenRedirect === true) flags += 'R';
  if (client.tracking?.bcast === true) flags += 'B';
  if (client.dirtyCas) flags += 'd';
  if (client.closeAfterReply) flags += 'c';
  if (client.noEvict) flags += 'e';
  if (client.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/** normal or pubsub: what TYPE filters ask for. Masters and replicas come with replication. */
export function clientType(client: Client): 'normal' | 'pubsub' {
  return client.subscriptions > 0 ? 'pubsub' : 'normal';
}
