/*
 * Slots from node to node
 * -----------------------
 * Opened at both ends, its keys sent over a few at a time, then given to the target by name at all masters. Resharding
 * and balancing are lists of such moves.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { ReceivedReply } from '../../../../engine/protocol/index.ts';
import type { Task } from '../../task.ts';
import type { Cluster } from './cluster.ts';
import { type ClusterNode, itemsOf, textOf } from './node.ts';

export interface MoveOptions {
  /** Nothing is told of the move. */
  readonly quiet?: boolean;
  /** A dot a key. */
  readonly dots?: boolean;
  /** Only the keys: the slot's owner is changed by somebody else, or was. */
  readonly cold?: boolean;
  /** The plan's own idea of who has the slot follows. */
  readonly updates?: boolean;
  /** A repair: a slot that nobody serves is given to the target. */
  readonly repairs?: boolean;
}

/** CLUSTER SETSLOT at `node`: the slot is `state` with respect to the other. Undefined when it worked, else the error. */
export function* setSlot(node: ClusterNode, other: ClusterNode, slot: number, state: Bytes): Task<Bytes | undefined> {
  const reply = yield* node.ask(['CLUSTER', 'SETSLOT', String(slot), state, other.name]);
  return reply === undefined ? '' : reply.type === 'error' ? reply.text : undefined;
}

/** The same, where an error is printed. True when it worked. */
export function* tellSlot(node: ClusterNode, other: ClusterNode, slot: number, state: Bytes): Task<boolean> {
  return yield* node.tell(['CLUSTER', 'SETSLOT', String(slot), state, other.name]);
}

export function* clearSlot(node: ClusterNode, slot: number): Task<boolean> {
  return yield* node.tell(['CLUSTER', 'SETSLOT', String(slot), 'STABLE']);
}

/** Moves a slot with its keys. Undefined when it worked, else the error that stopped it. */
export function* moveSlot(cluster: Cluster, source: ClusterNode, target: ClusterNode, slot: number, options: MoveOptions): Task<Bytes | undefined> {
  const { report } = cluster;
  if (options.quiet !== true) report.print(`Moving slot ${slot} from ${source.address} to ${target.address}: `);
  if (options.cold !== true) {
    const problem = (yield* setSlot(target, source, slot, 'importing')) ?? (yield* setSlot(source, target, slot, 'migrating'));
    if (problem !== undefined) return problem;
  }
  const problem = yield* migrateKeys(cluster, source, target, slot, options);
  if (options.quiet !== true) report.print('\n');
  if (problem !== undefined) return problem;
  if (options.cold !== true) {
    // The target first: should it die before the others hear of it, the slot is still somebody's.
    const refusal = (yield* setSlot(target, target, slot, 'node')) ?? (yield* giveUpSlot(source, target, slot));
    if (refusal !== undefined) return refusal;
    for (const node of cluster.masters) {
      if (node === target || node === source) continue;
      const other = yield* setSlot(node, target, slot, 'node');
      if (other !== undefined) return other;
    }
  }
  if (options.updates === true) {
    source.slots.delete(slot);
    target.slots.add(slot);
  }
  return undefined;
}

/** The source may have become the target's replica with its last slot: then it has nothing to be told. */
function* giveUpSlot(source: ClusterNode, target: ClusterNode, slot: number): Task<Bytes | undefined> {
  const problem = yield* setSlot(source, target, slot, 'node');
  return problem?.startsWith('ERR Please use SETSLOT only with masters.') === true ? undefined : problem;
}

function* migrateKeys(cluster: Cluster, source: ClusterNode, target: ClusterNode, slot: number, options: MoveOptions): Task<Bytes | undefined> {
  const { report, wanted } = cluster;
  for (;;) {
    const reply = yield* source.ask(['CLUSTER', 'GETKEYSINSLOT', String(slot), String(wanted.pipeline)]);
    if (reply === undefined) return '';
    if (reply.type === 'error') {
      source.printError(reply.text);
      return reply.text;
    }
    const keys = itemsOf(reply).map(textOf);
    if (keys.length === 0) return undefined;
    let answer = yield* source.ask(migrateCommand(cluster, target, keys, wanted.replace));
    if (answer?.type === 'error') {
      const again = yield* mayTryAgain(cluster, source, target, slot, keys, answer.text, options);
      if (again === 'stop') return '';
      if (again !== 'no') answer = yield* source.ask(migrateCommand(cluster, target, keys, again === 'replacing' || wanted.replace));
    }
    if (answer === undefined) return '';
    if (answer.type === 'error') {
      report.print('\n');
      source.printError(answer.text);
      return answer.text;
    }
    if (options.dots === true) report.print('.'.repeat(keys.length));
  }
}

function migrateCommand({ wanted, around: { options } }: Cluster, target: ClusterNode, keys: readonly Bytes[], replaces: boolean): Bytes[] {
  const { user, password } = options;
  const login = password === undefined ? [] : user === undefined ? ['AUTH', password] : ['AUTH2', user, password];
  return ['MIGRATE', target.host, String(target.port), '', '0', String(wanted.timeoutMs), ...(replaces ? ['REPLACE'] : []), ...login, 'KEYS', ...keys];
}

/** What can be done about a MIGRATE that failed: keys that are there already with the same value, a slot that nobody serves. */
function* mayTryAgain(
  cluster: Cluster, source: ClusterNode, target: ClusterNode, slot: number, keys: readonly Bytes[], error: Bytes, options: MoveOptions,
): Task<'no' | 'stop' | 'plainly' | 'replacing'> {
  const { report, wanted } = cluster;
  if (!error.includes('BUSYKEY')) {
    const known = yield* cluster.ownerOf(source, slot);
    if ('error' in known) source.printError(known.error);
    if ('error' in known || known.owner !== undefined) return 'no';
    if (options.repairs === true) {
      report.warn(`*** Slot was not served, setting owner to node ${target.address}.\n`);
      yield* tellSlot(source, target, slot, 'node');
    }
    return 'plainly';
  }
  report.warn('\n*** Target key exists\n');
  if (!wanted.replace) {
    report.warn('*** Checking key values on both nodes...\n');
    const different = yield* differentKeys(source, target, keys);
    if (different === undefined) {
      report.error('*** Value check failed!\n');
      return 'stop';
    }
    if (different.length > 0) {
      report.error(
        `*** Found ${different.length} key(s) in both source node and target node having different values.\n    Source node: ${source.address}\n    Target node: ${target.address}\n    Keys(s):\n`,
      );
      for (const key of different) report.error(`    - ${key}\n`);
      report.error('Please fix the above key(s) manually and try again or relaunch the command \nwith --cluster-replace option to force key overriding.\n');
      return 'stop';
    }
  }
  report.warn('*** Replacing target keys...\n');
  return 'replacing';
}

/** Keys that both nodes have, with different values. */
function* differentKeys(source: ClusterNode, target: ClusterNode, keys: readonly Bytes[]): Task<readonly Bytes[] | undefined> {
  const digests: (readonly ReceivedReply[])[] = [];
  for (const node of [source, target]) {
    const reply = yield* node.ask(['DEBUG', 'DIGEST-VALUE', ...keys]);
    if (!node.isFine(reply)) return undefined;
    digests.push(itemsOf(reply));
  }
  const [ours = [], theirs = []] = digests;
  // Forty zeros: the key is not there.
  return keys.filter((_, i) => textOf(ours[i]) !== textOf(theirs[i]) && !/^0{40}$/.test(textOf(theirs[i])));
}

export interface Move {
  readonly source: ClusterNode;
  readonly slot: number;
}

/** Which slots each source gives, by how many it has: the largest rounds up, the others down. */
export function planMoves(sources: readonly ClusterNode[], count: number): Move[] {
  const moves: Move[] = [];
  const total = sources.reduce((sum, node) => sum + node.slotsCount, 0);
  const sorted = [...sources].sort((a, b) => b.slotsCount - a.slotsCount);
  for (const [i, source] of sorted.entries()) {
    // The real tool computes in single precision.
    const share = Math.fround(Math.fround(count / total) * source.slotsCount);
    const most = i === 0 ? Math.ceil(share) : Math.floor(share);
    const slots = [...source.slots].sort((a, b) => a - b).slice(0, most);
    for (const slot of slots) if (moves.length < count) moves.push({ source, slot });
  }
  return moves;
}
