/* From the nodes of a world to the matrix of what each believes of the others: see model.ts. */
import { clusterView, type ClusterNodeView, type ClusterView } from '../../engine/inspect/index.ts';
import type { ServerView } from '../../simulation/index.ts';
import { placeAt } from '../places.ts';
import { readParams, type Visualizer } from '../visualizer.ts';
import { describeBeliefs, NO_CLUSTER, type BeliefCell, type BeliefsView } from './model.ts';

const MOST = 100;
const REPORTS = 32;
const WHAT = { nodeSuspected: 'suspects', nodeFailed: 'failed', nodeRecovered: 'recovered' } as const;

/** A place so that bytes compare its numbers, too. */
const inOrder = (place: string): string => place.replace(/\d+/g, (digits) => digits.padStart(5, '0'));

interface Known {
  readonly server: ServerView;
  readonly place: string;
  readonly facts: ClusterView;
}

export const beliefs: Visualizer<BeliefsView> = {
  id: 'beliefs',
  title: 'Gossip and failure detection',
  wakes: ['commandExecuted', 'nodeSuspected', 'nodeFailed', 'nodeRecovered', 'clusterStateChanged', 'electionStarted', 'electionWon', 'serverReady', 'serverStopped'],

  look(world, given) {
    const port = readParams(given).whole('port', 0, 0, 65535);
    const known = world.hosts().flatMap((host) => host.servers.flatMap((server): Known[] => {
      const facts = port === 0 || server.port === port ? clusterView(server.server) : undefined;
      return facts === undefined ? [] : [{ server, place: `${server.host}:${server.port}`, facts }];
    })).slice(0, MOST);
    const [first] = known;
    if (first === undefined) return NO_CLUSTER;
    // A node is known by its id; where it is can be told by itself, or by those who have met it.
    const places = new Map<string, string>();
    for (const { facts } of known) for (const node of facts.nodes) if (node.ip !== '' && node.health !== 'handshake') places.set(node.id, placeAt(world, node.ip, node.port));
    for (const { facts, place } of known) places.set(facts.myId, place);
    // n2 before n10, so that nodes stand in the columns in the order of the rows.
    const columns = [...new Set(places.values())].sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1)).slice(0, MOST);
    return {
      nodeTimeoutMs: first.facts.nodeTimeoutMs, columns, told: lastTold(known, places),
      rows: known.map(({ place, facts }) => {
        const myself = facts.nodes[0];
        const byPlace = new Map(facts.nodes.slice(1).map((node) => [places.get(node.id) ?? '', node]));
        return {
          place, role: myself?.role ?? 'master', votes: myself?.votes ?? false, state: facts.state, epoch: facts.currentEpoch, quorum: facts.quorum,
          cells: columns.map((column) => cellOf(byPlace.get(column), facts, places)),
        };
      }),
    };
  },

  describe: describeBeliefs,
};

function cellOf(node: ClusterNodeView | undefined, facts: ClusterView, places: ReadonlyMap<string, string>): BeliefCell | null {
  if (node === undefined) return null;
  return {
    health: node.health, silentMs: node.pingSentMs === 0 ? 0 : Math.max(0, facts.nowMs - node.pingSentMs),
    // Reports too old to count are forgotten when they are counted next.
    reports: node.reports.filter(({ atMs }) => facts.nowMs - atMs <= facts.nodeTimeoutMs * 2).slice(0, REPORTS).map(({ by, atMs }) => ({ by: places.get(by) ?? by.slice(0, 8), agoMs: facts.nowMs - atMs })),
  };
}

function lastTold(known: readonly Known[], places: ReadonlyMap<string, string>): BeliefsView['told'] {
  let latest: BeliefsView['told'];
  for (const { server, place } of known) {
    for (const { id, event } of server.recent) {
      if (event.type !== 'nodeSuspected' && event.type !== 'nodeFailed' && event.type !== 'nodeRecovered') continue;
      if (latest === undefined || id > latest.id) latest = { id, place, about: places.get(event.node) ?? event.node.slice(0, 8), what: WHAT[event.type] };
    }
  }
  return latest;
}
