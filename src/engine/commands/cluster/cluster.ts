/*
 * CLUSTER and its relatives
 * -------------------------
 * What each does stands in looking.ts, slots.ts and membership.ts. A server that is in no cluster answers to all
 * of them that it has cluster support disabled, as the real one does, KEYSLOT and HELP included.
 */
import { block, command, container, integer, multiple, oneOf, optional, string, token, type Arg, type Command, type CommandFlag, type CommandSpec, type Handler } from '../../command.ts';
import { help } from './help.ts';
import * as looking from './looking.ts';
import * as membership from './membership.ts';
import * as changing from './slots.ts';

const LOOKING = ['stale'] as const;
const CHANGING = ['admin', 'stale', 'no_async_loading'] as const;
const ASKING_NODES = ['admin', 'stale'] as const;
const VARIES = { tips: ['nondeterministic_output'] } as const;

function sub(name: string, since: string, arity: number, flags: readonly CommandFlag[], handler: Handler, summary: string, args: readonly Arg[] = [], more: Partial<CommandSpec> = {}): Command {
  return command({ name, group: 'cluster', since, arity, flags, summary, complexity: 'O(1)', ...(args.length === 0 ? {} : { args }), replies: ['what this node knows, or OK', 'an error on a server that is in no cluster'], ...more }, handler);
}

const slots = [multiple(integer('slot'))];
const ranges = [multiple(block('range', [integer('start-slot'), integer('end-slot')]))];
const nodeId = [string('node-id')];

export const cluster = container({
  name: 'CLUSTER', group: 'cluster', since: '3.0.0', arity: -2, summary: 'Look at a cluster and change it.', complexity: 'Depends on the subcommand',
  subcommands: [
    sub('ADDSLOTS', '3.0.0', -3, CHANGING, changing.addSlots, 'Take slots over.', slots),
    sub('ADDSLOTSRANGE', '7.0.0', -4, CHANGING, changing.addSlotsRange, 'Take ranges of slots over.', ranges),
    sub('BUMPEPOCH', '3.0.0', 2, CHANGING, membership.bumpEpoch, 'Raise the configuration epoch of this node.', [], VARIES),
    sub('COUNT-FAILURE-REPORTS', '3.0.0', 3, ASKING_NODES, looking.countFailureReports, 'How many nodes report that a node has failed.', nodeId, VARIES),
    sub('COUNTKEYSINSLOT', '3.0.0', 3, LOOKING, looking.countKeysInSlot, 'How many keys a slot has.', [integer('slot')]),
    sub('DELSLOTS', '3.0.0', -3, CHANGING, changing.deleteSlots, 'Give slots up.', slots),
    sub('DELSLOTSRANGE', '7.0.0', -4, CHANGING, changing.deleteSlotsRange, 'Give ranges of slots up.', ranges),
    sub('FAILOVER', '3.0.0', -2, CHANGING, membership.failover, 'Let this replica take its master\'s place.', [oneOf('options', [token('force', 'FORCE'), token('takeover', 'TAKEOVER')], { optional: true })]),
    sub('FLUSHSLOTS', '3.0.0', 2, CHANGING, changing.flushSlots, 'Give all slots up.'),
    sub('FORGET', '3.0.0', 3, CHANGING, membership.forget, 'Remove a node from this node\'s table.', nodeId),
    sub('GETKEYSINSLOT', '3.0.0', 4, LOOKING, looking.getKeysInSlot, 'Names of keys of a slot.', [integer('slot'), integer('count')], VARIES),
    sub('HELP', '5.0.0', 2, ['loading', 'stale'], help, 'List the subcommands of CLUSTER.', [], { differs: 'The explanations are in our own words; the forms are the same.' }),
    sub('INFO', '3.0.0', 2, LOOKING, looking.info, 'The state of the cluster as this node sees it.', [], VARIES),
    sub('KEYSLOT', '3.0.0', 3, LOOKING, looking.keySlot, 'The slot of a key.', [string('key')]),
    sub('LINKS', '7.0.0', 2, LOOKING, looking.links, 'The connections to the other nodes.', [], VARIES),
    sub('MEET', '3.0.0', -4, CHANGING, membership.meet, 'Bring another node into the cluster.', [string('ip'), integer('port'), optional(integer('cluster-bus-port', { since: '4.0.0' }))], { history: [['4.0.0', 'Takes the port of the bus.']] }),
    sub('MYID', '3.0.0', 2, LOOKING, looking.myId, 'The id of this node.'),
    sub('MYSHARDID', '7.2.0', 2, LOOKING, looking.myShardId, 'The id of this node\'s shard.', [], VARIES),
    sub('NODES', '3.0.0', 2, LOOKING, looking.nodes, 'The nodes of the cluster, a line each.', [], VARIES),
    sub('REPLICAS', '5.0.0', 3, ASKING_NODES, looking.replicas, 'The replicas of a master.', nodeId, VARIES),
    sub('REPLICATE', '3.0.0', 3, CHANGING, membership.replicate, 'Become a replica of a master.', nodeId),
    sub('RESET', '3.0.0', -2, ['admin', 'noscript', 'stale'], membership.reset, 'Forget the cluster.', [oneOf('reset-type', [token('hard', 'HARD'), token('soft', 'SOFT')], { optional: true })]),
    sub('SAVECONFIG', '3.0.0', 2, CHANGING, membership.saveConfig, 'Write the file of nodes.'),
    sub('SET-CONFIG-EPOCH', '3.0.0', 3, CHANGING, membership.setConfigEpoch, 'Set the configuration epoch of a new node.', [integer('config-epoch')]),
    sub('SETSLOT', '3.0.0', -4, CHANGING, changing.setSlot, 'Move a slot from node to node.', [
      integer('slot'),
      oneOf('subcommand', [
        string('importing', { token: 'IMPORTING', displayText: 'node-id' }), string('migrating', { token: 'MIGRATING', displayText: 'node-id' }),
        string('node', { token: 'NODE', displayText: 'node-id' }), token('stable', 'STABLE'),
      ]),
    ]),
    sub('SHARDS', '7.0.0', 2, ['loading', 'stale'], looking.shards, 'Which shard serves which slots.', [], VARIES),
    sub('SLAVES', '3.0.0', 3, ASKING_NODES, looking.replicas, 'The replicas of a master.', nodeId, { ...VARIES, deprecated: { since: '5.0.0', replacedBy: 'CLUSTER REPLICAS' }, docFlags: ['deprecated'] }),
    sub('SLOTS', '3.0.0', 2, ['loading', 'stale'], looking.slots, 'Which node serves which slots.', [], {
      ...VARIES, deprecated: { since: '7.0.0', replacedBy: 'CLUSTER SHARDS' }, docFlags: ['deprecated'], history: [['4.0.0', 'Tells the ids of nodes.'], ['7.0.0', 'Tells more of each node.']],
    }),
  ],
});

const alone = (name: string, flags: readonly CommandFlag[], summary: string, handler: Handler): Command =>
  command({ name, group: 'cluster', since: '3.0.0', arity: 1, flags, acl: ['connection'], summary, complexity: 'O(1)', replies: ['OK'] }, handler);

export const asking = alone('ASKING', ['fast'], 'Tell a node that it was named in an ASK redirection.', membership.asking);
export const readonly = alone('READONLY', ['fast', 'loading', 'stale'], 'Let this connection read from a replica in a cluster.', membership.readonly);
export const readwrite = alone('READWRITE', ['fast', 'loading', 'stale'], 'Take READONLY back.', membership.readwrite);
