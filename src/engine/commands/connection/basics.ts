/*
 * PING, ECHO, SELECT.
 */
import { own, type Bytes } from '../../bytes.ts';
import { command, integer, optional, string } from '../../command.ts';
import { CommandError, OK, PONG, type Reply } from '../../reply.ts';
import { integerInRange } from '../expiry-arguments.ts';

export const ping = command(
  {
    name: 'PING', group: 'connection', since: '1.0.0', arity: -1,
    summary: 'Ask whether the server answers.',
    complexity: 'O(1)',
    flags: ['fast'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    args: [optional(string('message'))],
    replies: ['PONG', 'the message, when one was given'],
    examples: ['PING', 'PING hello'],
  },
  function ping({ client, argv }): Reply {
    if (argv.length > 2) throw new CommandError("ERR wrong number of arguments for 'ping' command");
    const message = argv[1];
    // A subscriber of RESP2 can only read arrays that look like messages.
    if (client.resp === 2 && client.subscriptions > 0) return ['pong', message ?? ''];
    return message === undefined ? PONG : message;
  },
);

export const echo = command(
  {
    name: 'ECHO', group: 'connection', since: '1.0.0', arity: 2,
    summary: 'Send the message back.',
    complexity: 'O(1)',
    flags: ['loading', 'stale', 'fast'],
    args: [string('message')],
    replies: ['the message'],
    examples: ['ECHO "hello there"'],
  },
  ({ argv }) => own(argv[1] as Bytes),
);

export const select = command(
  {
    name: 'SELECT', group: 'connection', since: '1.0.0', arity: 2,
    summary: 'Work in another database from now on.',
    complexity: 'O(1)',
    flags: ['loading', 'stale', 'fast'],
    args: [integer('index')],
    replies: ['OK'],
    examples: ['SELECT 1', 'SET k v', 'SELECT 0', 'EXISTS k'],
  },
  function select({ server, client, argv }): Reply {
    const index = integerInRange(argv[1] as Bytes, -2147483648, 2147483647);
    if (server.cluster !== undefined && index !== 0) throw new CommandError('ERR SELECT is not allowed in cluster mode');
    if (index !== 0) server.compatibility.count();
    const db = server.databases[index];
    if (db === undefined) throw new CommandError('ERR DB index is out of range');
    client.db = db;
    return OK;
  },
);
