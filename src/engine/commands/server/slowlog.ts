/*
 * SLOWLOG: commands that took longer than slowlog-log-slower-than.
 */
import { cText, parseInteger, type Bytes } from '../../bytes.ts';
import { command, container, integer, optional } from '../../command.ts';
import { CommandError, OK, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';

const FLAGS = ['admin', 'loading', 'stale'] as const;

const get = command(
  {
    name: 'GET', group: 'server', since: '2.2.12', arity: -2, flags: FLAGS, tips: ['request_policy:all_nodes', 'nondeterministic_output'],
    summary: 'The newest entries of the slow log.', complexity: 'O(N) in the number of entries', history: [['4.0.0', 'Tells the address and name of the client.']],
    args: [optional(integer('count'))], replies: ['an array of id, time, duration in microseconds, words, address, name'], examples: ['CONFIG SET slowlog-log-slower-than 0', 'SET a 1', 'SLOWLOG GET 2'],
  },
  function slowlogGet({ server, argv }): Reply {
    if (argv.length > 3) throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(argv[1] as Bytes, 128)}'. Try SLOWLOG HELP.`);
    let count = 10;
    if (argv.length === 3) {
      const given = parseInteger(argv[2] as Bytes);
      if (given === undefined || given < -1) throw new CommandError('ERR count should be greater than or equal to -1');
      count = given === -1 ? server.slowLog.entries.length : Number(given);
    }
    return server.slowLog.entries.slice(0, count).map((entry) => [entry.id, entry.atSeconds, entry.durationUs, entry.argv, entry.clientAddress, entry.clientName]);
  },
);

export const slowlog = container({
  name: 'SLOWLOG', group: 'server', since: '2.2.12', arity: -2, summary: 'The log of slow commands.', complexity: 'Depends on the subcommand',
  subcommands: [
    get,
    helpCommand('SLOWLOG', 'server', '6.2.0', [
      ['GET [<count>]', 'The newest entries: 10 unless told, -1 for all. Each has its id, the time, the duration', 'in microseconds, the words, the address and the name of the client.'],
      ['LEN', 'How many entries there are.'],
      ['RESET', 'Forget all entries.'],
    ]),
    command(
      { name: 'LEN', group: 'server', since: '2.2.12', arity: 2, flags: FLAGS, tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'], summary: 'How many entries the slow log has.', complexity: 'O(1)', replies: ['the number'], examples: ['SLOWLOG LEN'] },
      ({ server }) => server.slowLog.entries.length,
    ),
    command(
      { name: 'RESET', group: 'server', since: '2.2.12', arity: 2, flags: FLAGS, tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'], summary: 'Forget all entries of the slow log.', complexity: 'O(N) in the number of entries', replies: ['OK'], examples: ['SLOWLOG RESET'] },
      ({ server }) => {
        server.slowLog.reset();
        return OK;
      },
    ),
  ],
});
