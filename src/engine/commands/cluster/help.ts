/*
 * CLUSTER HELP. The list is made when somebody asks: most servers are in no cluster.
 */
import { helpLines } from '../help.ts';
import { member } from './member.ts';

export const help = member(() => helpLines('CLUSTER', [
  ['COUNTKEYSINSLOT <slot>', 'How many keys the slot has here.'],
  ['GETKEYSINSLOT <slot> <count>', 'Names of keys that the slot has here.'],
  ['INFO', 'The state of the cluster as this node sees it.'],
  ['KEYSLOT <key>', 'The slot of a key.'],
  ['MYID', 'The id of this node.'],
  ['MYSHARDID', "The id of this node's shard."],
  ['NODES', 'The nodes of the cluster, a line each:', '<id> <ip:port@bus-port[,hostname]> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...'],
  ['REPLICAS <node-id>', 'The replicas of a master.'],
  ['SLOTS', 'Which nodes serve which slots: first slot, last slot,', 'and address, port and id of the master and its replicas.'],
  ['SHARDS', 'Which shard serves which slots, and its nodes.'],
  ['ADDSLOTS <slot> [<slot> ...]', 'Take slots over.'],
  ['ADDSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]', 'Take all slots of the ranges over.'],
  ['BUMPEPOCH', "Raise this node's configuration epoch."],
  ['COUNT-FAILURE-REPORTS <node-id>', 'How many masters report that the node has failed.'],
  ['DELSLOTS <slot> [<slot> ...]', 'Give slots up.'],
  ['DELSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]', 'Give all slots of the ranges up.'],
  ['FAILOVER [FORCE|TAKEOVER]', "Let this replica take its master's place."],
  ['FORGET <node-id>', "Remove a node from this node's table."],
  ['FLUSHSLOTS', 'Give all slots up.'],
  ['MEET <ip> <port> [<bus-port>]', 'Bring another node into the cluster.'],
  ['REPLICATE <node-id>', 'Become a replica of a master.'],
  ['RESET [HARD|SOFT]', 'Leave the cluster (default: soft); HARD: with a new id, too.'],
  ['SET-CONFIG-EPOCH <epoch>', 'Set the configuration epoch of a new node.'],
  ['SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)', 'Move a slot, step by step.'],
  ['SAVECONFIG', 'Write the file of nodes.'],
  ['LINKS', 'The connections to and from the other nodes,', 'a map of attributes for each.'],
]));
