/*
 * Transactions
 * ------------
 * MULTI queues what follows, EXEC runs it with nothing in between, WATCH makes EXEC fail when a key
 * changed meanwhile. There is no rollback: a command that fails inside EXEC leaves the others done.
 */
import { command, key, keyRange, multiple, type ServerForCommands } from '../../command.ts';
import type { Client } from '../../client.ts';
import { denialOf, type DenialReason } from '../../acl/check.ts';
import { noteDenial } from '../../acl/refusals.ts';
import { fold, type Bytes } from '../../bytes.ts';
import { unwatchAll } from '../../keyspace/database.ts';
import { CommandError, errorReply, isTagged, NIL_ARRAY, NO_REPLY, OK, SUSPENDED, type Reply } from '../../reply.ts';

/** Forgets the queue and the watches: the end of every transaction, whatever its outcome. */
export function discardTransaction(client: Client): void {
  client.queue = undefined;
  client.dirtyExec = false;
  client.dirtyCas = false;
  unwatchAll(client);
}

export const multi = command(
  {
    name: 'MULTI', group: 'transactions', since: '1.2.0', arity: 1,
    summary: 'Start a transaction: what follows is queued until EXEC.',
    complexity: 'O(1)',
    flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
    replies: ['OK'],
    examples: ['MULTI', 'INCR visits', 'EXPIRE visits 60', 'EXEC'],
  },
  function multi({ client }) {
    if (client.queue !== undefined) throw new CommandError('ERR MULTI calls can not be nested');
    client.queue = [];
    return OK;
  },
);

export const exec = command(
  {
    name: 'EXEC', group: 'transactions', since: '1.2.0', arity: 1,
    summary: 'Run the queued commands of the transaction, nothing in between.',
    complexity: 'The sum of the queued commands',
    flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
    replies: ['the reply of each queued command, in order', 'nil when a watched key had changed: nothing was run'],
    examples: ['MULTI', 'SET a 1', 'INCR a', 'EXEC'],
  },
  function exec({ server, client }): Reply {
    const { queue } = client;
    if (queue === undefined) throw new CommandError('ERR EXEC without MULTI');
    const expired = client.watched.some(({ db, key: name, expired: was }) => !was && db.isPastItsTime(name));
    if (client.dirtyExec) {
      discardTransaction(client);
      throw new CommandError('EXECABORT Transaction discarded because of previous errors.');
    }
    if (client.dirtyCas || expired) {
      discardTransaction(client);
      return NIL_ARRAY;
    }
    // Before running: a watched key changed by the transaction itself is no conflict.
    unwatchAll(client);
    client.queue = undefined;
    client.executing = true;
    client.executingQueue = queue;
    return runQueue(server, client, queue, []);
  },
);

const NO_LONGER_ALLOWED: Readonly<Record<DenialReason, Bytes>> = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as argument to the command',
};

const isSpoken = (reply: Reply): boolean => isTagged(reply) && reply.kind === 'spoken';

/** Runs what is left of the queue. When a script among it goes on for long, the rest waits for its end. */
function runQueue(server: ServerForCommands, client: Client, queue: readonly (readonly Bytes[])[], replies: Reply[]): Reply {
  try {
    while (replies.length < queue.length) {
      const argv = queue[replies.length] as readonly Bytes[];
      const top = server.commands.lookup(fold(argv[0] ?? ''));
      const chosen = top?.subcommands?.get(fold(argv[1] ?? '')) ?? top;
      if (chosen === undefined) throw new Error(`a queued command is not in the table: ${argv[0]}`);
      // Whoever was sent away by a command before is told nothing more, although the rest runs: the array stays short.
      const isTold = !client.closeAfterReply;
      const add = (reply: Reply): void => void replies.push(isTold ? reply : NO_REPLY);
      // The rules may have changed since it was queued.
      const denial = denialOf(client.user, chosen, argv);
      if (denial !== undefined) {
        noteDenial(server, client, denial, chosen, argv);
        const text = `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${NO_LONGER_ALLOWED[denial.reason]}`;
        server.statistics.countError(text);
        add(errorReply(text));
        continue;
      }
      const { resp } = client;
      const reply = server.call(client, chosen, argv);
      if (client.resp !== resp) replies.forEach((earlier, at) => (replies[at] = isSpoken(earlier) ? earlier : { kind: 'spoken', resp, reply: earlier }));
      if (reply === SUSPENDED) {
        server.whenFinished((last) => {
          add(last);
          return runQueue(server, client, queue, replies);
        });
        return SUSPENDED;
      }
      add(reply);
    }
  } catch (fault) {
    endTransaction(client);
    throw fault;
  }
  endTransaction(client);
  return replies;
}

function endTransaction(client: Client): void {
  client.executing = false;
  client.executingQueue = [];
  discardTransaction(client);
}

export const discard = command(
  {
    name: 'DISCARD', group: 'transactions', since: '2.0.0', arity: 1,
    summary: 'Drop the queued commands and end the transaction.',
    complexity: 'O(N) where N is the number of queued commands',
    flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
    replies: ['OK'],
    examples: ['MULTI', 'SET a 1', 'DISCARD', 'EXISTS a'],
  },
  function discard({ client }) {
    if (client.queue === undefined) throw new CommandError('ERR DISCARD without MULTI');
    discardTransaction(client);
    return OK;
  },
);

export const watch = command(
  {
    name: 'WATCH', group: 'transactions', since: '2.2.0', arity: -2,
    summary: 'Make the next EXEC fail if one of these keys changes before it.',
    complexity: 'O(1) for each key',
    flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
    keys: [keyRange(['RO'], 1, -1)],
    args: [multiple(key('key'))],
    replies: ['OK'],
    examples: ['SET stock 1', 'WATCH stock', 'MULTI', 'DECR stock', 'EXEC'],
  },
  function watch({ client, db, argv }) {
    if (client.queue !== undefined) throw new CommandError('ERR WATCH inside MULTI is not allowed');
    // A client that is doomed already need not watch any more.
    if (client.dirtyCas) return OK;
    for (const name of argv.slice(1)) {
      if (client.watched.some((each) => each.db === db && each.key === name)) continue;
      client.watched.push(db.watch(name, client));
    }
    return OK;
  },
);

export const unwatch = command(
  {
    name: 'UNWATCH', group: 'transactions', since: '2.2.0', arity: 1,
    summary: 'Forget all watched keys.',
    complexity: 'O(1)',
    flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
    replies: ['OK'],
    examples: ['WATCH a', 'UNWATCH'],
  },
  function unwatch({ client }) {
    unwatchAll(client);
    client.dirtyCas = false;
    return OK;
  },
);
