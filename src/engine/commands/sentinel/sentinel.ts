/*
 * SENTINEL: what a Sentinel can be asked, and told.
 */
import { block, command, container, integer, multiple, oneOf, optional, pattern, string, type Arg, type Command, type CommandFlag, type CommandSpec, type Handler } from '../../command.ts';
import { helpCommand } from '../help.ts';
import * as acting from './acting.ts';
import * as looking from './looking.ts';

const ADMIN: readonly CommandFlag[] = ['admin'];
const name: readonly Arg[] = [string('master-name')];

function sub(word: string, since: string, arity: number, handler: Handler, summary: string, args: readonly Arg[] = [], more: Partial<CommandSpec> = {}): Command {
  return command({ name: word, group: 'sentinel', since, arity, flags: ADMIN, summary, ...(args.length > 0 ? { args } : {}), ...more }, handler);
}

const help = helpCommand('SENTINEL', 'sentinel', '6.2.0', [
  ['CKQUORUM <master-name>', 'Tell whether enough Sentinels answer to find the master down, and', 'to authorize a failover.'],
  ['CONFIG SET param value [param value ...]', 'Set parameters of this Sentinel.'],
  ['CONFIG GET <param> [param param param ...]', 'Show parameters of this Sentinel.'],
  ['DEBUG [<param> <value> ...]', 'Show the times that Sentinel works with, in milliseconds, or change', 'them.'],
  ['GET-MASTER-ADDR-BY-NAME <master-name>', 'Where the master of this name is now.'],
  ['FAILOVER <master-name>', 'Put a replica in the place of the master, without asking anybody.'],
  ['FLUSHCONFIG', 'Write the configuration file, with all that is known.'],
  ['INFO-CACHE <master-name>', 'The last INFO of the master and of its replicas.'],
  ['IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>', 'Whether the master at this address is down for this Sentinel.'],
  ['MASTER <master-name>', 'What is known of a master.'],
  ['MASTERS', 'What is known of all masters.'],
  ['MONITOR <name> <ip> <port> <quorum>', 'Watch another master.'],
  ['MYID', 'The id of this Sentinel.'],
  ['PENDING-SCRIPTS', 'The programs that run, or wait to.'],
  ['REMOVE <master-name>', 'Watch a master no more.'],
  ['REPLICAS <master-name>', 'What is known of the replicas of a master.'],
  ['RESET <pattern>', 'Forget everything about the masters of these names, and begin anew.'],
  ['SENTINELS <master-name>', 'The other Sentinels of a master.'],
  ['SET <master-name> <option> <value> [<option> <value> ...]', 'Change how a master is watched.'],
  ['SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]', 'Crash at the worst moment.'],
]);

export const sentinel = container({
  name: 'SENTINEL', group: 'sentinel', since: '2.8.4', arity: -2, flags: ADMIN, summary: 'Ask and tell a Sentinel.', complexity: 'Depends on the subcommand.',
  subcommands: [
    sub('CKQUORUM', '2.8.4', 3, looking.ckquorum, 'Whether enough Sentinels answer for a failover.', name),
    sub('CONFIG', '6.2.0', -4, acting.config, 'Parameters of this Sentinel.', [
      oneOf('action', [block('set', [string('parameter'), string('value')], { token: 'SET', multiple: true }), string('parameter', { token: 'GET', multiple: true })]),
    ], { complexity: 'O(N) in the number of parameters', history: [['7.2.0', 'Takes several parameters in one call.']] }),
    sub('DEBUG', '7.0.0', -2, acting.debug, 'The times that Sentinel works with.', [block('data', [string('parameter'), string('value')], { optional: true, multiple: true })], { complexity: 'O(N) in the number of parameters' }),
    sub('FAILOVER', '2.8.4', 3, acting.failover, 'Put a replica in the place of a master that is not down.', name),
    sub('FLUSHCONFIG', '2.8.4', 2, acting.flush, 'Write the configuration file.', [], { complexity: 'O(1)' }),
    sub('GET-MASTER-ADDR-BY-NAME', '2.8.4', 3, looking.getMasterAddrByName, 'Where a master is now.', name, { complexity: 'O(1)' }),
    help,
    sub('INFO-CACHE', '3.2.0', -3, looking.infoCache, 'The last INFO of a master and of its replicas.', [multiple(string('nodename'))], { complexity: 'O(N) in the number of instances' }),
    sub('IS-MASTER-DOWN-BY-ADDR', '2.8.4', 6, acting.isMasterDownByAddr, 'Whether a master is down for this Sentinel, and whom it votes for.', [
      string('ip'), integer('port'), integer('current-epoch'), string('runid'),
    ], { complexity: 'O(1)' }),
    sub('MASTER', '2.8.4', 3, looking.master, 'What is known of a master.', name, { complexity: 'O(1)' }),
    sub('MASTERS', '2.8.4', 2, looking.masters, 'What is known of all masters.', [], { complexity: 'O(N) in the number of masters' }),
    sub('MONITOR', '2.8.4', 6, acting.monitor, 'Watch another master.', [string('name'), string('ip'), integer('port'), integer('quorum')], { complexity: 'O(1)' }),
    sub('MYID', '6.2.0', 2, looking.myId, 'The id of this Sentinel.', [], { complexity: 'O(1)' }),
    sub('PENDING-SCRIPTS', '2.8.4', 2, looking.pendingScripts, 'Programs that run, or wait to.'),
    sub('REMOVE', '2.8.4', 3, acting.remove, 'Watch a master no more.', name, { complexity: 'O(1)' }),
    sub('REPLICAS', '5.0.0', 3, looking.replicas, 'What is known of the replicas of a master.', name, { complexity: 'O(N) in the number of replicas' }),
    sub('RESET', '2.8.4', 3, acting.reset, 'Forget what is known of masters, and begin anew.', [pattern('pattern')], { complexity: 'O(N) in the number of masters' }),
    sub('SENTINELS', '2.8.4', 3, looking.sentinels, 'The other Sentinels of a master.', name, { complexity: 'O(N) in the number of Sentinels' }),
    sub('SET', '2.8.4', -5, acting.set, 'Change how a master is watched.', [string('master-name'), block('data', [string('option'), string('value')], { multiple: true })], { complexity: 'O(1)' }),
    sub('SIMULATE-FAILURE', '3.2.0', -3, acting.simulateFailure, 'Crash at the worst moment of a failover.', [
      optional(multiple(oneOf('mode', (['crash-after-election', 'crash-after-promotion', 'help'] as const).map((word) => ({ name: word, type: 'pure-token' }))))),
    ]),
    sub('SLAVES', '2.8.0', 3, looking.replicas, 'The old name of SENTINEL REPLICAS.', name, {
      complexity: 'O(N) in the number of replicas', deprecated: { since: '5.0.0', replacedBy: '`SENTINEL REPLICAS`' }, docFlags: ['deprecated'],
    }),
  ],
});
