/* From the servers of a world to the view of one master's stream: see model.ts. */
import { upper } from '../../engine/index.ts';
import { replicationView, streamTail, type ReplicationView as ServerReplication } from '../../engine/inspect/index.ts';
import type { RecordedEvent, ServerView as RunningServer, World } from '../../simulation/index.ts';
import { ON_THEIR_OWN_ACCOUNT } from '../own-account.ts';
import { readParams, type Visualizer } from '../visualizer.ts';
import { commandLine } from '../words.ts';
import { describeReplication, nothingToSee, verdictOf, type FollowerView, type ReplicationView } from './model.ts';

const FOLLOWERS = 24;
const SERVERS = 64;
const PIECES = 40;

/** What is not shown as the last command; beside masters also what Sentinels say. */
const UNSHOWN: ReadonlySet<string> = new Set([...ON_THEIR_OWN_ACCOUNT, 'SYNC', 'PUBLISH', 'SUBSCRIBE', 'ROLE']);

interface Known {
  readonly server: RunningServer;
  readonly place: string;
  readonly facts: ServerReplication;
}

export const replication: Visualizer<ReplicationView> = {
  id: 'replication',
  title: 'Offsets and backlog',
  wakes: ['commandExecuted', 'replicaSynced', 'replicaLost', 'masterLinkUp', 'masterLinkDown', 'clientConnected', 'clientDisconnected', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const span = params.choice('span', ['near', 'all']);
    const known = world.hosts().flatMap((host) => host.servers.filter(({ server }) => server.sentinel === undefined).map((server): Known => ({ server, place: `${server.host}:${server.port}`, facts: replicationView(server.server) })));
    const drawn = chosen(known, params.text('host', ''), params.whole('port', 0, 0, 65535), world);
    if (drawn === undefined) return nothingToSee(span);
    const { facts } = drawn;
    const followers = known.filter((each) => followed(each, known, world) === drawn).slice(0, FOLLOWERS).map((each) => followerOf(each, drawn, world));
    return {
      place: drawn.place, span, followers,
      role: facts.role,
      follows: facts.link === null ? undefined : nameOf(facts.link, known, world),
      id: facts.id, offset: facts.offset, previous: facts.previous, backlog: facts.backlog, counts: facts.counts,
      servers: known.slice(0, SERVERS).map((each) => ({
        place: each.place, role: each.facts.role, id: each.facts.id, offset: each.facts.offset, follows: each.facts.link === null ? undefined : nameOf(each.facts.link, known, world), previousId: each.facts.previous?.id,
      })),
      pieces: streamTail(drawn.server.server, PIECES).map(({ from, to, argv }) => ({ from, to, text: commandLine(argv) })),
      command: lastOf(drawn.server.recent),
    };
  },

  describe: describeReplication,
};

/** The server that was asked for; else the master that most follow. */
function chosen(known: readonly Known[], host: string, port: number, world: World): Known | undefined {
  if (host !== '' || port !== 0) return known.find(({ server }) => (host === '' || server.host === host) && (port === 0 || server.port === port));
  const count = (master: Known): number => known.filter((each) => followed(each, known, world) === master).length;
  let best: Known | undefined;
  for (const each of known) if (best === undefined || count(each) > count(best)) best = each;
  return best;
}

function followed(follower: Known, known: readonly Known[], world: World): Known | undefined {
  const { link } = follower.facts;
  return link === null ? undefined : known.find(({ server }) => server.port === link.port && isHost(server.host, link.host, follower.server.host, world));
}

/** Whether `name`, as a server of `from` uses it, is the host `host`. */
function isHost(host: string, name: string, from: string, world: World): boolean {
  return name === host || name === world.addressOf(host) || (host === from && (name === 'localhost' || name.startsWith('127.')));
}

function nameOf(link: NonNullable<ServerReplication['link']>, known: readonly Known[], world: World): string {
  const found = known.find(({ server }) => server.port === link.port && (server.host === link.host || world.addressOf(server.host) === link.host));
  return found?.place ?? `${link.host}:${link.port}`;
}

function followerOf(each: Known, master: Known, world: World): FollowerView {
  const { facts, server, place } = each;
  const seen = master.facts.replicas.find(({ ip, port }) => port === server.port && isHost(server.host, ip, master.server.host, world));
  return {
    place,
    id: facts.id, offset: facts.offset,
    acknowledged: seen?.ackOffset, state: seen?.state, lagSeconds: seen?.lagSeconds ?? 0,
    link: facts.link?.state ?? 'connect',
    transferred: facts.link?.transferred ?? { read: 0, total: 0 },
    verdict: verdictOf(master.facts, { id: facts.id, offset: facts.offset, mayContinue: facts.link?.mayContinue ?? false }),
  };
}

function lastOf(recent: readonly RecordedEvent[]): ReplicationView['command'] {
  for (let i = recent.length - 1; i >= 0; i--) {
    const each = recent[i];
    if (each?.event.type !== 'commandExecuted') continue;
    const name = upper(each.event.argv[0] ?? '');
    if (!UNSHOWN.has(name)) return { id: each.id, text: commandLine(each.event.argv), name, wrote: each.event.dirty > 0 };
  }
  return undefined;
}
