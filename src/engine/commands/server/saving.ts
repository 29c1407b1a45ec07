/*
 * SAVE, BGSAVE, LASTSAVE: the dataset as a file.
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
    if (server.snapshots.save() !== undefined) throw new CommandError('ERR');
    return OK;
  },
);

export const bgsave = command(
  {
    name: 'BGSAVE', group: 'server', since: '1.0.0', arity: -1, flags: ['admin', 'noscript', 'no_async_loading'],
    summary: 'Write the dataset to its file in the background.', complexity: 'O(1)', history: [['3.2.2', 'Takes SCHEDULE.']],
    args: [token('schedule', 'SCHEDULE', { optional: true, since: '3.2.2' })], replies: ['a status that says it has begun'], examples: ['SET a 1', 'BGSAVE'],
  },
  function bgsave({ server, argv }): Reply {
    const isScheduled = argv.length === 2 && equalsFolded(argv[1] as Bytes, 'schedule');
    if (argv.length > 1 && !isScheduled) throw new CommandError(SYNTAX_ERROR);
    if (server.snapshots.inProgress) throw new CommandError('ERR Background save already in progress');
    server.snapshots.startBackground();
    return status('Background saving started');
  },
);

export const lastsave = command(
  { name: 'LASTSAVE', group: 'server', since: '1.0.0', arity: 1, flags: ['loading', 'stale', 'fast'], tips: ['nondeterministic_output'], acl: ['admin', 'dangerous'], summary: 'When the dataset was last saved.', complexity: 'O(1)', replies: ['seconds since 1970'], examples: ['LASTSAVE'] },
  ({ server }) => server.snapshots.lastSaveSeconds,
);
