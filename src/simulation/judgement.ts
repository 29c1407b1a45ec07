/*
 * What holds, and what Redis does not promise
 * -------------------------------------------
 * Judges a simulation as it stands, without touching it. Two kinds of statement:
 *
 *     must hold      our servers would be wrong if it did not: a replica ahead of its master, two servers at the same
 *                    place of the same history with different data
 *     goal           what a deployment is for, and what Redis does not promise: that acknowledged writes survive a
 *                    failover, that there is one master. A scenario names those it is about; a broken one is to be mended
 *
 * Acknowledged writes come from the ledgers that `workload` keeps on machines of clients.
 */
import { keyHashSlot, type Bytes, type Server } from '../engine/index.ts';
import { clusterView, fingerprintOfServer, inspect } from '../engine/inspect/index.ts';
import { HOME, type Goal } from './scenario.ts';
import type { Simulation } from './simulation.ts';

export interface Judgement {
  /** 'must hold' or the name of the goal. */
  readonly about: Goal | 'must hold';
  readonly holds: boolean;
  /** `violated`: what happened is not mended by waiting. A goal that may still be reached is `not yet` met. */
  readonly verdict: Verdict;
  /** What was found, as a sentence. */
  readonly because: string;
}

export type Verdict = 'met' | 'not yet' | 'violated';

/** One client's writes. Missing are those that were acknowledged and that no master holds. */
export interface LedgerView {
  readonly host: string;
  readonly acked: number;
  readonly unknown: number;
  readonly failed: number;
  /** Missing, and a master runs that should hold them: nothing brings them back by itself. */
  readonly lost: readonly MissingWrite[];
  /** Missing, and nobody runs who should hold them: a replica may still be promoted, or a server come back. */
  readonly away: readonly MissingWrite[];
  /** Its newest write. */
  readonly last: { readonly key: Bytes; readonly outcome: 'acked' | 'unknown' | 'failed'; readonly why: Bytes } | undefined;
}

export interface MissingWrite {
  readonly key: Bytes;
  readonly second: number;
}

/** Where a client keeps its ledger. */
export const LEDGER = `${HOME}/ledger`;

interface Running {
  readonly name: string;
  readonly address: string;
  readonly server: Server;
}

/** Everything that can be said about it: what must hold, and the goals, those of its scenario unless told. */
export function judge(simulation: Simulation, goals: readonly Goal[] = simulation.scenario.goals ?? []): readonly Judgement[] {
  const servers = runningServers(simulation);
  const broken = brokenPromises(servers);
  const judgement = (about: Judgement['about'], [verdict, because]: Found): Judgement => ({ about, holds: verdict === 'met', verdict, because });
  return [
    ...(broken.length === 0 ? [judgement('must hold', ['met', 'No server contradicts another.'])] : broken.map((because) => judgement('must hold', ['violated', because]))),
    ...goals.map((goal) => judgement(goal, JUDGES[goal](simulation, servers))),
  ];
}

type Found = readonly [verdict: Verdict, because: string];

function runningServers(simulation: Simulation): Running[] {
  return simulation.world.hosts().flatMap((host) => host.servers.map(({ port, server }) => ({ name: `${host.name}:${port}`, address: `${simulation.host(host.name)?.address}:${port}`, server })));
}

const isData = ({ server }: Running): boolean => server.sentinel === undefined;
/** A node that its file calls a replica follows nobody in the first moments after its start, and goes on with its master's history. */
const isMaster = ({ server }: Running): boolean => !server.replication.isReplica && server.cluster?.myself.isReplica !== true;

/** Sentences about what contradicts itself; looked at between two events, it holds at each. */
function brokenPromises(servers: readonly Running[]): string[] {
  const found: string[] = [];
  const fingerprints = new Map<Server, string>();
  const fingerprint = (server: Server): string => {
    const known = fingerprints.get(server) ?? fingerprintOfServer(server);
    fingerprints.set(server, known);
    return known;
  };
  for (const replica of servers) {
    const { link, offset } = replica.server.replication;
    if (link?.state !== 'connected') continue;
    for (const other of servers) {
      if (other === replica || other.server.replicationId !== replica.server.replicationId) continue;
      if (isMaster(other) && offset > other.server.replication.offset) found.push(`${replica.name} is at ${offset} of a history of which its master ${other.name} has written ${other.server.replication.offset}.`);
      if ((isMaster(other) || other.server.replication.link?.state === 'connected') && offset === other.server.replication.offset && fingerprint(replica.server) !== fingerprint(other.server)) {
        found.push(`${replica.name} and ${other.name} are both at ${offset} of the same history and hold different data.`);
      }
    }
  }
  return found;
}

const JUDGES: Readonly<Record<Goal, (simulation: Simulation, servers: readonly Running[]) => Found>> = {
  'one-master'(_simulation, servers) {
    const masters = servers.filter((each) => isData(each) && isMaster(each));
    if (masters.length === 1) return ['met', `${namesOf(masters)} is the only master.`];
    return masters.length === 0 ? ['not yet', 'No server is a master.'] : ['violated', `${masters.length} servers are masters: ${namesOf(masters)}.`];
  },
  'replicas-in-sync'(_simulation, servers) {
    const replicas = servers.filter(({ server }) => server.replication.isReplica);
    const behind = replicas.filter(({ server }) => !isInSync(server, servers));
    if (behind.length > 0) return ['not yet', `Not in step with a master: ${namesOf(behind)}.`];
    return replicas.length === 0 ? ['not yet', 'There is no replica.'] : ['met', `${namesOf(replicas)} ${replicas.length === 1 ? 'follows its' : 'follow their'} master.`];
  },
  'slots-covered'(_simulation, servers) {
    const nodes = servers.filter(({ server }) => server.cluster !== undefined);
    if (nodes.length === 0) return ['not yet', 'No node of a cluster runs.'];
    for (const { name, server } of nodes) {
      const free = server.cluster?.slots.filter((owner) => owner === undefined).length ?? 0;
      if (free > 0) return ['not yet', `${name} knows no owner of ${free} slots.`];
      if (server.cluster?.state !== 'ok') {
        const orphaned = clusterView(server)?.nodes.reduce((sum, { health, slots }) => sum + (health === 'fail' ? slots : 0), 0) ?? 0;
        return ['not yet', `${name} calls the cluster down${orphaned === 0 ? '' : `: the owner of ${orphaned} slots has failed`}.`];
      }
    }
    return ['met', `All ${nodes.length} nodes know an owner of every slot.`];
  },
  'sentinels-agree'(_simulation, servers) {
    const sentinels = servers.flatMap(({ name, server }) => (server.sentinel === undefined ? [] : [{ name, masters: server.sentinel.masters }]));
    if (sentinels.length === 0) return ['not yet', 'No Sentinel runs.'];
    const opinions = new Map<string, string>();
    for (const { name, masters } of sentinels) {
      for (const [master, { currentAddress }] of masters) {
        const address = `${currentAddress.ip}:${currentAddress.port}`;
        const before = opinions.get(master);
        if (before !== undefined && before !== address) return ['not yet', `${name} takes ${address} for the master of ${master}, another ${before}.`];
        opinions.set(master, address);
        const there = servers.find((each) => each.address === address);
        if (there === undefined || !isMaster(there)) return ['not yet', `${name} takes ${address} for the master of ${master}, and no master runs there.`];
      }
    }
    return ['met', `${sentinels.length} ${sentinels.length === 1 ? 'Sentinel names' : 'Sentinels name'} ${[...opinions].map(([master, address]) => `${address} as ${master}`).join(', ')}.`];
  },
  'writes-accepted'(simulation) {
    const ledgers = ledgersOf(simulation);
    if (ledgers.length === 0) return ['not yet', 'No client keeps a ledger.'];
    const { host, last } = ledgers.find((ledger) => ledger.last?.outcome !== 'acked') ?? {};
    if (host === undefined) return ['met', `The last write of ${ledgers.map((ledger) => ledger.host).join(', ')} was acknowledged.`];
    return ['not yet', last === undefined ? `${host} has written nothing.` : `The last write of ${host}, ${last.key}, ${last.outcome === 'failed' ? `failed: ${last.why.replace(/\.$/, '')}` : 'is unknown'}.`];
  },
  'acknowledged-writes-survive'(simulation) {
    const ledgers = ledgersOf(simulation);
    if (ledgers.length === 0) return ['not yet', 'No client keeps a ledger.'];
    const acked = ledgers.reduce((sum, ledger) => sum + ledger.acked, 0);
    if (acked === 0) return ['not yet', 'Nothing was acknowledged, so nothing was proved.'];
    const tell = (missing: readonly MissingWrite[], how: string): string => `${missing.length} acknowledged ${missing.length === 1 ? 'write is' : 'writes are'} ${how}, the first ${missing[0]?.key} of second ${missing[0]?.second}.`;
    const lost = ledgers.flatMap((ledger) => ledger.lost);
    if (lost.length > 0) return ['violated', tell(lost, 'lost')];
    const away = ledgers.flatMap((ledger) => ledger.away);
    if (away.length > 0) return ['not yet', `${tell(away, 'out of reach')} No master runs that should hold ${away.length === 1 ? 'it' : 'them'}.`];
    return ['met', `All ${acked} acknowledged writes can be read.`];
  },
};

const namesOf = (servers: readonly Running[]): string => servers.map(({ name }) => name).join(', ');

function isInSync(server: Server, servers: readonly Running[]): boolean {
  return server.replication.link?.state === 'connected' && servers.some((each) => isMaster(each) && each.server.replicationId === server.replicationId);
}

/** The ledgers of all clients, held against what the masters hold now. */
export function ledgersOf(simulation: Simulation): LedgerView[] {
  const masters = runningServers(simulation).filter((each) => isData(each) && isMaster(each)).map(({ server }) => ({ server, keys: inspect(server) }));
  const exists = (key: Bytes): boolean => masters.some(({ keys }) => keys.key(0, key, 0) !== undefined);
  const isServed = (key: Bytes): boolean => masters.some(({ server: { cluster } }) => cluster === undefined || cluster.slots[keyHashSlot(key)] === cluster.myself);
  return simulation.scenario.hosts.flatMap(({ name }) => {
    const text = simulation.host(name)?.disk.read(LEDGER);
    return typeof text === 'string' ? [readLedger(name, text, exists, isServed)] : [];
  });
}

function readLedger(host: string, text: Bytes, exists: (key: Bytes) => boolean, isServed: (key: Bytes) => boolean): LedgerView {
  const counts = { acked: 0, unknown: 0, failed: 0 };
  const lost: MissingWrite[] = [];
  const away: MissingWrite[] = [];
  let last: LedgerView['last'];
  for (const line of text.split('\n')) {
    const [key = '', outcome, second, , ...why] = line.split(' ');
    if (outcome !== 'acked' && outcome !== 'unknown' && outcome !== 'failed') continue;
    counts[outcome]++;
    last = { key, outcome, why: why.join(' ') };
    if (outcome === 'acked' && !exists(key)) (isServed(key) ? lost : away).push({ key, second: Number(second) });
  }
  return { host, ...counts, lost, away, last };
}
