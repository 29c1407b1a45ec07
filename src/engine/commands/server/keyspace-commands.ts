/*
 * Whole databases: DBSIZE, FLUSHDB, FLUSHALL, SWAPDB
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { command, integer, oneOf, token, type Command, type ServerForCommands } from '../../command.ts';
import { CommandError, OK, syntaxError } from '../../reply.ts';
import { integerInRange } from '../expiry-arguments.ts';

export const dbsize = command(
  {
    name: 'DBSIZE', group: 'server', since: '1.0.0', arity: 1,
    summary: 'Count the keys of the selected database.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    acl: ['keyspace'],
    tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
    replies: ['the number; keys past their time count until somebody notices'],
    examples: ['MSET a 1 b 2', 'DBSIZE'],
  },
  function dbsize({ db }) {
    return db.keys.size;
  },
);

const flushType = oneOf('flush-type', [token('async', 'ASYNC', { since: '4.0.0' }), token('sync', 'SYNC', { since: '6.2.0' })], { optional: true });
const flushHistory = [['4.0.0', 'ASYNC came.'], ['6.2.0', 'SYNC came, and lazyfree-lazy-user-flush chooses which of the two is meant.']] as const;

/** ASYNC only says in which thread memory is freed, which no client can see; the word must be right all the same. */
function checkFlushType(argv: readonly Bytes[]): void {
  const word = argv[1];
  if (argv.length > 2 || (word !== undefined && fold(word) !== 'async' && fold(word) !== 'sync')) syntaxError();
}

/**
 * Clients that cache are told to drop everything. The real server lets a thread free the memory even of a flush that is
 * not ASYNC, and its client wait: so that client hears of the flush before the OK, unless it cannot wait (EXEC, scripts).
 */
function tellCaches(server: ServerForCommands, client: Client, argv: readonly Bytes[]): void {
  server.tracking.datasetFlushed();
  if (isAsync(server, argv) || !mayWait(server, client)) return;
  server.tracking.sendPending();
  client.deliverPostponed();
}

function isAsync(server: ServerForCommands, argv: readonly Bytes[]): boolean {
  return argv[1] === undefined ? server.config.flag('lazyfree-lazy-user-flush') : fold(argv[1]) === 'async';
}

/** Who may wait lets another thread free the memory all the same, and is answered when that is done: not a transaction, nor a script. */
function mayWait(server: ServerForCommands, client: Client): boolean {
  return !client.executing && client === server.tracking.currentClient;
}

export const flushdb = command(
  {
    name: 'FLUSHDB', group: 'server', since: '1.0.0', arity: -1,
    summary: 'Remove every key of the selected database.',
    complexity: 'O(N) where N is the number of keys in the selected database',
    flags: ['write'],
    args: [flushType],
    acl: ['keyspace', 'dangerous'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    history: flushHistory,
    replies: ['OK'],
    examples: ['MSET a 1 b 2', 'FLUSHDB', 'DBSIZE'],
  },
  function flushdb({ db, client, argv, server }) {
    checkFlushType(argv);
    server.dirty += db.flush(isAsync(server, argv) || mayWait(server, client));
    // Told even when there was nothing to remove.
    server.propagateAs(argv);
    tellCaches(server, client, argv);
    return OK;
  },
);

export const flushall = command(
  {
    name: 'FLUSHALL', group: 'server', since: '1.0.0', arity: -1,
    summary: 'Remove every key of every database.',
    complexity: 'O(N) where N is the number of keys in all databases',
    flags: ['write'],
    args: [flushType],
    acl: ['keyspace', 'dangerous'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    history: flushHistory,
    replies: ['OK'],
    examples: ['MSET a 1 b 2', 'FLUSHALL', 'DBSIZE'],
  },
  function flushall({ client, argv, server }) {
    checkFlushType(argv);
    const isLazy = isAsync(server, argv) || mayWait(server, client);
    for (const db of server.databases) server.dirty += db.flush(isLazy);
    server.propagateAs(argv);
    tellCaches(server, client, argv);
    // A child would bring the old data back to disk; with save points the empty dataset is saved at once.
    server.snapshots.killChild();
    if (server.snapshots.hasSavePoints) server.snapshots.save();
    return OK;
  },
);

export const swapdb = command(
  {
    name: 'SWAPDB', group: 'server', since: '4.0.0', arity: 3,
    summary: 'Exchange the contents of two databases at once.',
    complexity: 'O(N) where N is the number of clients that watch keys of the two databases, or wait for them',
    flags: ['write', 'fast'],
    args: [integer('index1'), integer('index2')],
    acl: ['keyspace', 'dangerous'],
    replies: ['OK'],
    examples: ['SET a 1', 'SWAPDB 0 1', 'EXISTS a', 'SELECT 1', 'GET a'],
  },
  function swapdb({ argv, server }) {
    if (server.cluster !== undefined) throw new CommandError('ERR SWAPDB is not allowed in cluster mode');
    const first = server.databases[databaseIndex(argv[1] as Bytes, 'ERR invalid first DB index')];
    const second = server.databases[databaseIndex(argv[2] as Bytes, 'ERR invalid second DB index')];
    if (first === undefined || second === undefined) throw new CommandError('ERR DB index is out of range');
    if (first !== second) first.swapContents(second);
    server.dirty++;
    server.compatibility.count();
    return OK;
  },
);

function databaseIndex(word: Bytes, complaint: Bytes): number {
  return integerInRange(word, -2147483648, 2147483647, complaint);
}

export const keyspaceCommands: readonly Command[] = [dbsize, flushdb, flushall, swapdb];
