/*
 * SCRIPT: the cache of scripts, and the script that runs.
 */
import { equalsFolded, fold, type Bytes } from '../../bytes.ts';
import { command, container, multiple, oneOf, optional, string, token } from '../../command.ts';
import { LAZYFREE_THRESHOLD } from '../../keyspace/types.ts';
import { CommandError, OK, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';

const group = 'scripting';

const exists = command(
  {
    name: 'EXISTS', group, since: '2.6.0', arity: -3, flags: ['noscript'], tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
    summary: 'Whether the server knows scripts of these digests.', complexity: 'O(N) in the number of digests', args: [multiple(string('sha1'))],
    replies: ['an array with 1 or 0 for each digest'], examples: ['SCRIPT LOAD "return 1"', 'SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0123456789'],
  },
  ({ server, argv }): Reply => argv.slice(2).map((sha) => (server.scripting.evals.has(sha) ? 1 : 0)),
);

const flush = command(
  {
    name: 'FLUSH', group, since: '2.6.0', arity: -2, flags: ['noscript'], tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Forget all scripts.', complexity: 'O(N) in the number of scripts', history: [['6.2.0', 'Takes ASYNC and SYNC.']],
    args: [optional(oneOf('flush-type', [token('async', 'ASYNC'), token('sync', 'SYNC')], { since: '6.2.0' }))], replies: ['OK'], examples: ['SCRIPT LOAD "return 1"', 'SCRIPT FLUSH'],
  },
  function scriptFlush({ server, argv }): Reply {
    const mode = argv.length === 3 ? fold(argv[2] as Bytes) : undefined;
    if (argv.length > 3 || (mode !== undefined && mode !== 'sync' && mode !== 'async')) throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    const { evals } = server.scripting;
    if ((mode ?? (server.config.flag('lazyfree-lazy-user-flush') ? 'async' : 'sync')) === 'async' && evals.size > LAZYFREE_THRESHOLD) server.keyspaceStats.lazyFreed += evals.size;
    evals.flush();
    return OK;
  },
);

const load = command(
  {
    name: 'LOAD', group, since: '2.6.0', arity: 3, flags: ['noscript', 'stale'], tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Keep a script, without running it, for EVALSHA.', complexity: 'O(N) in the length of the script', args: [string('script')],
    replies: ['the SHA-1 digest that names it'], examples: ['SCRIPT LOAD "return 1"'],
  },
  ({ server, argv }): Reply => server.scripting.evals.load(argv[2] as Bytes),
);

const kill = command(
  {
    name: 'KILL', group, since: '2.6.0', arity: 2, flags: ['noscript', 'allow_busy'], tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
    summary: 'End the script that runs, unless it has written something.', complexity: 'O(1)', replies: ['OK', 'an error when no script runs, or when it has written'],
  },
  ({ server }): Reply => {
    server.scripting.kill('eval');
    return OK;
  },
);

const debug = command(
  {
    name: 'DEBUG', group, since: '3.2.0', arity: 3, flags: ['noscript'], summary: 'Whether the scripts of this connection run under the debugger.', complexity: 'O(1)',
    args: [oneOf('mode', [token('yes', 'YES'), token('sync', 'SYNC'), token('no', 'NO')])], replies: ['OK'], examples: ['SCRIPT DEBUG NO'],
    differs: 'The debugger does not stop inside metamethods, iterators and xpcall, nor in a transaction, where EVAL runs as always; the real one forgets other breakpoints, too, when one is removed. The copy in which a script is debugged is nobody\'s replica and in no cluster.',
  },
  function scriptDebug({ client, argv }): Reply {
    if (client.executing || client.out !== '') throw new CommandError('ERR SCRIPT DEBUG must be called outside a pipeline');
    const mode = argv[2] as Bytes;
    if (equalsFolded(mode, 'no')) client.debugs = undefined;
    else if (equalsFolded(mode, 'yes')) client.debugs = 'copy';
    else if (equalsFolded(mode, 'sync')) client.debugs = 'sync';
    else throw new CommandError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
    return OK;
  },
);

export const script = container({
  name: 'SCRIPT', group, since: '2.6.0', arity: -2, summary: 'The scripts that the server keeps.', complexity: 'Depends on the subcommand',
  subcommands: [
    debug, exists, flush,
    helpCommand('SCRIPT', group, '5.0.0', [
      ['DEBUG (YES|SYNC|NO)', 'Whether scripts run under the debugger.'],
      ['EXISTS <sha1> [<sha1> ...]', 'Which scripts the server knows.'],
      ['FLUSH [ASYNC|SYNC]', 'Forget all scripts: at once, or in the background. Without a word,', 'lazyfree-lazy-user-flush decides.'],
      ['KILL', 'End the script that runs.'],
      ['LOAD <script>', 'Keep a script without running it.'],
    ]),
    kill, load,
  ],
});
