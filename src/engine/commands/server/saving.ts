/*
 * SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF: the dataset as a file.
 */
import { equalsFolded, type Bytes } from '../../bytes.ts';
import { command, token } from '../../command.ts';
import { CommandError, OK, status, SYNTAX_ERROR, type Reply } from '../../reply.ts';

export const save = command(
  {
    name: 'SAVE', group: 'server', since: '1.0.0', arity: 1, flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
    summary: 'Write the dataset to its file now, while everybody waits.', complexity: 'O(N) in the number of keys',
    replies: ['OK'], examples: ['SET a 1', 'SAVE'],
  },
  function save({ server }): Reply {
    if (server.snapshots.inProgress) throw new CommandError('ERR Background save already in progress');
    if (!server.snapshots.save()) throw new CommandError('ERR');
    return OK;
  },
);

export const bgsave = command(
  {
    name: 'BGSAVE', group: 'server', since: '1.0.0', arity: -1, flags: ['admin', 'noscript', 'no_async_loading'],
    summary: 'Write the dataset to its file in the background.', complexity: 'O(1)', history: [['3.2.2', 'Takes SCHEDULE.']],
    args: [token('schedule', 'SCHEDULE', { optional: true, since: '3.2.2' })], replies: ['a status that says it has begun'], examples: ['SET a 1', 'BGSAVE'],
  },
  function bgsave({ server, client, argv }): Reply {
    const isScheduled = argv.length === 2 && equalsFolded(argv[1] as Bytes, 'schedule');
    if (argv.length > 1 && !isScheduled) throw new CommandError(SYNTAX_ERROR);
    if (server.snapshots.inProgress) throw new CommandError('ERR Background save already in progress');
    if (server.fork.isRunning() || client.executing) {
      if (!isScheduled && !client.executing) {
        throw new CommandError("ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.");
      }
      server.snapshots.scheduled = true;
      return status('Background saving scheduled');
    }
    server.snapshots.startBackground();
    return status('Background saving started');
  },
);

export const bgrewriteaof = command(
  {
    name: 'BGREWRITEAOF', group: 'server', since: '1.0.0', arity: 1, flags: ['admin', 'noscript', 'no_async_loading'],
    summary: 'Write the append-only file anew in the background, as short as the dataset allows.', complexity: 'O(1)',
    replies: ['a status that says it has begun, or will as soon as another child is done'], examples: ['SET a 1', 'BGREWRITEAOF'],
  },
  function bgrewriteaof({ server, client }): Reply {
    const { aof, fork } = server;
    if (aof.isRewriting) throw new CommandError('ERR Background append only file rewriting already in progress');
    if (fork.isRunning() || client.executing) {
      aof.scheduleRewrite();
      return status('Background append only file rewriting scheduled');
    }
    if (!aof.rewriteInBackground()) throw new CommandError("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.");
    return status('Background append only file rewriting started');
  },
);

export const lastsave = command(
  { name: 'LASTSAVE', group: 'server', since: '1.0.0', arity: 1, flags: ['loading', 'stale', 'fast'], tips: ['nondeterministic_output'], acl: ['admin', 'dangerous'], summary: 'When the dataset was last saved.', complexity: 'O(1)', replies: ['seconds since 1970'], examples: ['LASTSAVE'] },
  ({ server }) => server.snapshots.lastSaveSeconds,
);
