/*
 * How CLIENT LIST and CLIENT INFO show a client
 * ---------------------------------------------
 * One line of name=value. What buffers take comes from the model in client-memory.ts.
 */
import { cText, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { clientMemory } from '../../client-memory.ts';
import { isReplica } from '../../replication/replica-state.ts';
import type { ServerForCommands } from '../../command.ts';

/** The line of one client. `caller` is the client whose request is being served, if any. */
export function clientLine(server: ServerForCommands, client: Client, caller: Client | undefined): Bytes {
  const now = server.nowMs;
  const seconds = (since: number) => Math.max(0, Math.floor((now - since) / 1000));
  // Another thread has read the request into a buffer of its own, and kept that.
  const memory = clientMemory(client, client === caller, client.ioThread !== 0);
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
    ['multi', client.executing ? client.executingQueue.length : (client.queue?.length ?? -1)],
    // The real server stops watching as soon as one of the keys has changed.
    ['watch', client.watched.length],
    ['qbuf', memory.query],
    ['qbuf-free', memory.queryFree],
    ['argv-mem', memory.argv],
    ['multi-mem', memory.multi],
    ['rbs', client.replyBuffer.size],
    ['rbp', client.replyBuffer.peak],
    ['obl', memory.outBuffer],
    ['oll', memory.outBlocks],
    ['omem', memory.outMemory],
    ['tot-mem', memory.total],
    ['events', 'r'],
    ['cmd', client.lastCommand],
    ['user', client.user.name],
    ['redir', client.tracking?.redirect ?? -1],
    ['resp', client.resp],
    ['lib-name', cText(client.libraryName)],
    ['lib-ver', cText(client.libraryVersion)],
    ['io-thread', client.ioThread],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** Letters of the state: N for none. */
export function clientFlags(client: Client): Bytes {
  let flags = '';
  if (isReplica(client)) flags += 'S';
  if (client.isMaster) flags += 'M';
  if (client.isMonitor) flags += 'O';
  if (client.subscriptions > 0) flags += 'P';
  if (client.queue !== undefined || client.executing) flags += 'x';
  if (client.blocked !== undefined) flags += 'b';
  if (client.tracking !== undefined) flags += 't';
  if (client.tracking?.brokenRedirect === true) flags += 'R';
  if (client.tracking?.bcast === true) flags += 'B';
  if (client.dirtyCas) flags += 'd';
  if (client.closeAfterReply) flags += 'c';
  if (client.goesOn) flags += 'u';
  if (client.socket?.peer.startsWith('/') === true) flags += 'U';
  if (client.readsReplica) flags += 'r';
  if (client.noEvict) flags += 'e';
  if (client.noTouch) flags += 'T';
  if (client.replica?.isRdbChannel === true) flags += 'C';
  return flags === '' ? 'N' : flags;
}

/** What TYPE filters ask for. */
export function clientType(client: Client): 'normal' | 'pubsub' | 'replica' | 'master' {
  if (client.isMaster) return 'master';
  if (isReplica(client)) return 'replica';
  return client.subscriptions > 0 ? 'pubsub' : 'normal';
}
