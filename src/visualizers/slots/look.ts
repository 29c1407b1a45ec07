/* From the servers of a world to one node's map of slots: see model.ts. */
import { errorText, keyHashSlot, upper, type Bytes } from '../../engine/index.ts';
import { clusterView, slotsOfRequest, type ClusterNodeView, type ClusterView } from '../../engine/inspect/index.ts';
import type { RecordedEvent, ServerView as RunningServer, World } from '../../simulation/index.ts';
import { ON_THEIR_OWN_ACCOUNT } from '../own-account.ts';
import { placeAt } from '../places.ts';
import { readParams, type Visualizer } from '../visualizer.ts';
import { commandLine } from '../words.ts';
import { describeSlots, NOTHING, tagOf, type KeyWay, type OwnerView, type SlotsView } from './model.ts';

const OWNERS = 64;
const WAYS = 4;
const LONGEST_KEY = 200;
/** What is not shown as the last command; in a cluster also what a client says to find its way. */
const UNSHOWN: ReadonlySet<string> = new Set([...ON_THEIR_OWN_ACCOUNT, 'CONFIG', 'READONLY', 'ASKING', 'FUNCTION', 'REPLICAOF', 'SLAVEOF', 'EXEC', 'MULTI', 'QUIT']);

interface Known {
  readonly server: RunningServer;
  readonly facts: ClusterView;
}

export const slots: Visualizer<SlotsView> = {
  id: 'slots',
  title: 'Slot map',
  wakes: ['commandExecuted', 'commandRejected', 'clusterStateChanged', 'nodeSuspected', 'nodeFailed', 'nodeRecovered', 'electionWon', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const known = world.hosts().flatMap((host) => host.servers.flatMap((server): Known[] => {
      const facts = clusterView(server.server);
      return facts === undefined ? [] : [{ server, facts }];
    }));
    const host = params.text('host', '');
    const port = params.whole('port', 0, 0, 65535);
    const drawn = known.find(({ server }) => (host === '' || server.host === host) && (port === 0 || server.port === port));
    if (drawn === undefined) return NOTHING;
    const { facts } = drawn;
    const placeOf = (node: ClusterNodeView): string => placeIn(node, drawn, world);
    const owners = ownersOf(facts, known, placeOf);
    const index = new Map(owners.map((owner, i) => [owner.id, i]));
    const places = new Map(facts.nodes.map((node) => [node.id, placeOf(node)]));
    return {
      place: `${drawn.server.host}:${drawn.server.port}`,
      state: facts.state, currentEpoch: facts.currentEpoch, owners, uncovered: facts.uncovered,
      ranges: facts.ranges.flatMap(({ first, last, owner }) => {
        const at = index.get(owner);
        return at === undefined ? [] : [{ first, last, owner: at }];
      }),
      moves: facts.moves.map(({ slot, way, node }) => ({ slot, way, place: places.get(node) ?? node })),
      ways: params.text('keys', '').split(' ').filter((key) => key !== '').slice(0, WAYS).map((key) => wayOf(key.slice(0, LONGEST_KEY), facts, places)),
      command: lastOf(known),
    };
  },

  describe: describeSlots,
};

/** The node by the name of its host here; by its address when it is none of this world's. */
function placeIn(node: ClusterNodeView, drawn: Known, world: World): string {
  return node.id === drawn.facts.myId ? `${drawn.server.host}:${drawn.server.port}` : placeAt(world, node.ip, node.port);
}

function ownersOf(facts: ClusterView, known: readonly Known[], placeOf: (node: ClusterNodeView) => string): OwnerView[] {
  const first = new Map<Bytes, number>();
  for (const range of facts.ranges) if (!first.has(range.owner)) first.set(range.owner, range.first);
  return facts.nodes
    .filter((node) => node.role === 'master' && node.slots > 0)
    .sort((a, b) => (first.get(a.id) ?? 0) - (first.get(b.id) ?? 0))
    .slice(0, OWNERS)
    .map((node) => ({
      id: node.id, place: placeOf(node), health: node.health, slots: node.slots, configEpoch: node.configEpoch,
      keys: known.find((each) => each.facts.myId === node.id)?.facts.keys,
      replicas: facts.nodes.filter((each) => each.master === node.id).map(placeOf),
    }));
}

function wayOf(key: Bytes, facts: ClusterView, places: ReadonlyMap<Bytes, string>): KeyWay {
  const slot = keyHashSlot(key);
  const owner = facts.ranges.find(({ first, last }) => first <= slot && slot <= last)?.owner;
  return { key, hashed: tagOf(key), slot, owner: owner === undefined ? undefined : places.get(owner) };
}

/** The last command with keys, or one that was refused for its keys, at any node. */
function lastOf(known: readonly Known[]): SlotsView['command'] {
  let latest: { event: RecordedEvent; argv: readonly Bytes[]; error: Bytes | undefined; at: Known } | undefined;
  for (const at of known) {
    for (const event of at.server.recent) {
      if (latest !== undefined && event.id < latest.event.id) continue;
      const told = event.event;
      if (told.type !== 'commandExecuted' && told.type !== 'commandRejected') continue;
      if (UNSHOWN.has(upper(told.argv[0] ?? ''))) continue;
      latest = { event, argv: told.argv, error: told.type === 'commandRejected' ? told.error : errorText(told.reply), at };
    }
  }
  if (latest === undefined) return undefined;
  const { event, argv, error, at } = latest;
  return { id: event.id, place: `${at.server.host}:${at.server.port}`, text: commandLine(argv), slots: slotsOfRequest(at.server.server, argv), outcome: outcomeOf(error) };
}

function outcomeOf(error: Bytes | undefined): NonNullable<SlotsView['command']>['outcome'] {
  if (error === undefined) return 'served';
  const word = error.split(' ')[0];
  return word === 'MOVED' ? 'moved' : word === 'ASK' ? 'ask' : word === 'CROSSSLOT' ? 'crossslot' : word === 'CLUSTERDOWN' ? 'down' : 'refused';
}
