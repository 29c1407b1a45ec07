/*
 * Where a command belongs
 * -----------------------
 * A node serves a command whose keys are all in one slot that is its own. Everything else it refuses with a word
 * that says what to do: MOVED, ask there from now on; ASK, ask there this once, for the slot is on its way;
 * TRYAGAIN, half of the keys have gone already; CROSSSLOT, no node can do that; CLUSTERDOWN, wait.
 */
import type { Bytes } from '../bytes.ts';
import { fold } from '../bytes.ts';
import type { Client } from '../client.ts';
import type { Command } from '../command.ts';
import { slotKeysOf } from '../commands/server/facts.ts';
import { CommandError } from '../reply.ts';
import type { ScriptRun } from '../scripting/run.ts';
import type { Server } from '../server.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './node.ts';
import { keyHashSlot } from './slots.ts';

/** Why a command cannot be served here. */
export type Refusal =
  | { readonly kind: 'cross-slot' | 'unstable' | 'down' | 'down-read-only' | 'unbound' }
  | { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly node: ClusterNode };

interface Request {
  readonly command: Command;
  readonly argv: readonly Bytes[];
}

const SHARD_CHANNELS: ReadonlySet<Bytes> = new Set(['ssubscribe', 'sunsubscribe', 'spublish']);

/** Whether the node serves this request; undefined when it does. `slotIs` hears the slot of its keys. */
export function refusalOf(cluster: Cluster, client: Client, command: Command, argv: readonly Bytes[], slotIs: (slot: number) => void = () => {}): Refusal | undefined {
  const isExec = command.fullName === 'exec';
  if (isExec && client.queue === undefined) return undefined;
  const requests: readonly Request[] = isExec ? queuedRequests(cluster.server, client) : [{ command, argv }];
  const found = findSlot(cluster, requests);
  if (found === undefined || 'kind' in found) return found;
  const { slot, owner, isMigrating, isImporting, severalKeys, missing, existing } = found;
  slotIs(slot);
  const { config } = cluster.server;
  const isForChannels = requests.some((each) => SHARD_CHANNELS.has(each.command.fullName));
  const writes = requests.some((each) => each.command.isWrite || cluster.server.scripting.mayWrite(each.command, each.argv));
  if (cluster.state !== 'ok') {
    if (isForChannels) {
      if (!config.flag('cluster-allow-pubsubshard-when-down')) return { kind: 'down' };
    } else if (!config.flag('cluster-allow-reads-when-down')) return { kind: 'down' };
    else if (writes) return { kind: 'down-read-only' };
  }
  // MIGRATE takes keys away from a slot that is open, whoever has them.
  if ((isMigrating || isImporting) && command.fullName === 'migrate') return undefined;
  const target = cluster.migrating.get(slot);
  if (isMigrating && missing > 0 && target !== undefined) return existing > 0 ? { kind: 'unstable' } : { kind: 'ask', slot, node: target };
  if (isImporting && (client.asking || command.flags.has('asking'))) return severalKeys && missing > 0 ? { kind: 'unstable' } : undefined;
  const { myself } = cluster;
  if ((client.readsReplica || isForChannels) && myself.isReplica && !writes && myself.slaveof === owner) return undefined;
  return owner === myself ? undefined : { kind: 'moved', slot, node: owner };
}

/** What a transaction will run. */
export function queuedRequests(server: Server, client: Client): Request[] {
  return (client.queue ?? []).flatMap((argv) => {
    const top = server.commands.lookup(fold(argv[0] ?? ''));
    const command = top?.subcommands?.get(fold(argv[1] ?? '')) ?? top;
    return command === undefined ? [] : [{ command, argv }];
  });
}

interface Found {
  readonly slot: number;
  readonly owner: ClusterNode;
  readonly isMigrating: boolean;
  readonly isImporting: boolean;
  readonly severalKeys: boolean;
  /** Keys of an open slot that are not here, and that are. */
  missing: number;
  existing: number;
}

/** The slot of all keys; undefined when there are none. */
function findSlot(cluster: Cluster, requests: readonly Request[]): Found | Refusal | undefined {
  const { myself, server } = cluster;
  let found: Found | undefined;
  let firstKey: Bytes = '';
  let isForChannels = false;
  for (const { command, argv } of requests) {
    isForChannels ||= SHARD_CHANNELS.has(command.fullName);
    for (const key of keysIn(command, argv)) {
      const slot = keyHashSlot(key);
      if (found === undefined) {
        const owner = cluster.slots[slot];
        if (owner === undefined) return { kind: 'unbound' };
        const isMigrating = owner === myself && cluster.migrating.has(slot);
        firstKey = key;
        found = { slot, owner, isMigrating, isImporting: !isMigrating && cluster.importing.has(slot), severalKeys: false, missing: 0, existing: 0 };
      } else if (slot !== found.slot) return { kind: 'cross-slot' };
      else if (found.isImporting && key !== firstKey) found = { ...found, severalKeys: true };
      if ((!found.isMigrating && !found.isImporting) || isForChannels) continue;
      // Looking is no use of the key, and removes nothing.
      if (server.firstDatabase.keys.peek(key) === undefined || server.firstDatabase.isPastItsTime(key)) found.missing++;
      else found.existing++;
    }
  }
  return found;
}

/** Where a wrong call's keys cannot be told it has none: the handler will refuse it. */
export function keysIn(command: Command, argv: readonly Bytes[]): Bytes[] {
  try {
    return slotKeysOf(command, argv);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

/** Why a command of a script may not touch its keys; undefined when it may. */
export function refusalInScript(cluster: Cluster, run: ScriptRun, command: Command, argv: readonly Bytes[]): Bytes | undefined {
  const { rights } = run;
  let slot: number | undefined;
  const refusal = refusalOf(cluster, rights.caller, command, argv, (its) => (slot = its));
  switch (refusal?.kind) {
    case undefined:
      break;
    case 'down-read-only':
      return 'ERR Script attempted to execute a write command while the cluster is down and readonly';
    case 'down':
      return 'ERR Script attempted to execute a command while the cluster is down';
    case 'cross-slot':
      return `ERR Command '${command.fullName}' in script attempted to access keys that don't hash to the same slot`;
    case 'unbound':
      return 'ERR Script attempted to access a slot not served';
    default:
      return 'ERR Script attempted to access a non local key in a cluster node';
  }
  // A script that says what it does keeps to one slot, unless it says that, too.
  if (slot === undefined || rights.compat || rights.flags.has('allow-cross-slot-keys')) return undefined;
  run.slot ??= slotOfRequest(rights.argv, slot);
  return run.slot === slot ? undefined : 'ERR Script attempted to access keys that do not hash to the same slot';
}

/** The slot of the keys that a script was given, or that of the first which it touches. */
function slotOfRequest(argv: readonly Bytes[], otherwise: number): number {
  const key = Number(argv[2]) > 0 ? argv[3] : undefined;
  return key === undefined ? otherwise : keyHashSlot(key);
}

/** What a client is told that waits for keys which this node does not serve any more; undefined while it does. */
export function errorForWaiting(cluster: Cluster, client: Client, keys: readonly Bytes[]): Bytes | undefined {
  if (cluster.state !== 'ok') return refusalText(cluster, { kind: 'down' });
  const { myself } = cluster;
  const reads = cluster.server.commands.lookup(client.lastCommand)?.isReadonly === true;
  for (const key of keys) {
    const slot = keyHashSlot(key);
    const owner = cluster.slots[slot];
    const isServed = owner === myself || (client.readsReplica && reads && myself.isReplica && myself.slaveof === owner) || cluster.importing.has(slot);
    if (!isServed) return refusalText(cluster, owner === undefined ? { kind: 'unbound' } : { kind: 'moved', slot, node: owner });
  }
  return undefined;
}

/** The error that the client is answered. */
export function refusalText(cluster: Cluster, refusal: Refusal): Bytes {
  switch (refusal.kind) {
    case 'cross-slot':
      return "CROSSSLOT Keys in request don't hash to the same slot";
    case 'unstable':
      return 'TRYAGAIN Multiple keys request during rehashing of slot';
    case 'down':
      return 'CLUSTERDOWN The cluster is down';
    case 'down-read-only':
      return 'CLUSTERDOWN The cluster is down and only accepts read commands';
    case 'unbound':
      return 'CLUSTERDOWN Hash slot not served';
    default: {
      const { kind, slot, node } = refusal;
      return `${kind === 'ask' ? 'ASK' : 'MOVED'} ${slot} ${preferredEndpoint(cluster, node) ?? ''}:${node.port}`;
    }
  }
}

/** The name under which clients are to reach a node (cluster-preferred-endpoint-type); undefined: that of the node they ask. */
export function preferredEndpoint(cluster: Cluster, node: ClusterNode): Bytes | undefined {
  switch (cluster.server.config.text('cluster-preferred-endpoint-type')) {
    case 'hostname':
      return node.hostname === '' ? '?' : node.hostname;
    case 'unknown-endpoint':
      return undefined;
    default:
      return node.ip;
  }
}
