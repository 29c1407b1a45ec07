/*
 * TIME, MONITOR, SHUTDOWN.
 */
import { fold, type Bytes } from '../../bytes.ts';
import { command, oneOf, optional, token } from '../../command.ts';
import { CommandError, NO_REPLY, OK, SYNTAX_ERROR, type Reply } from '../../reply.ts';

export const time = command(
  { name: 'TIME', group: 'server', since: '2.6.0', arity: 1, flags: ['loading', 'stale', 'fast'], tips: ['nondeterministic_output'], summary: 'The time of the server.', complexity: 'O(1)', replies: ['seconds since 1970, and microseconds'], examples: ['TIME'] },
  ({ server }) => [String(Math.floor(server.nowUs / 1e6)), String(Math.floor(server.nowUs % 1e6))],
);

export const monitor = command(
  {
    name: 'MONITOR', group: 'server', since: '1.0.0', arity: 1, flags: ['admin', 'noscript', 'loading', 'stale'],
    summary: 'Show every command that the server runs, as it runs it.', replies: ['OK, then a line for each command'],
  },
  function monitor({ server, client }): Reply {
    client.isMonitor = true;
    server.monitors.add(client);
    return OK;
  },
);

export const shutdown = command(
  {
    name: 'SHUTDOWN', group: 'server', since: '1.0.0', arity: -1, flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
    summary: 'Save if configured, then stop the server.', complexity: 'O(N) in the number of keys when it saves, else O(1)',
    history: [['7.0.0', 'Takes NOW, FORCE and ABORT.']],
    args: [
      optional(oneOf('save-selector', [token('nosave', 'NOSAVE'), token('save', 'SAVE')])),
      optional(token('now', 'NOW', { since: '7.0.0' })), optional(token('force', 'FORCE', { since: '7.0.0' })), optional(token('abort', 'ABORT', { since: '7.0.0' })),
    ],
    replies: ['nothing: the connection is closed', 'an error when it cannot stop now'],
  },
  function shutdown({ server, argv }): Reply {
    const words = argv.slice(1).map(fold);
    const has = (word: Bytes) => words.includes(word);
    if (words.some((word) => !['nosave', 'save', 'now', 'force', 'abort'].includes(word))) throw new CommandError(SYNTAX_ERROR);
    if ((has('abort') && words.length > 1) || (has('nosave') && has('save'))) throw new CommandError(SYNTAX_ERROR);
    if (has('abort')) {
      if (!server.abortShutdown()) throw new CommandError('ERR No shutdown in progress.');
      return OK;
    }
    const { busyError } = server.scripting;
    if (busyError !== undefined && !has('nosave')) throw new CommandError(busyError);
    const refused = server.shutdown(has('save') ? 'save' : has('nosave') ? 'nosave' : 'default', has('force'), has('now'));
    if (refused !== undefined) throw new CommandError(refused);
    return NO_REPLY;
  },
);
