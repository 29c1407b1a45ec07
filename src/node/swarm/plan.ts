/*
 * A plan: a deployment, its clients, and what will go wrong
 * ---------------------------------------------------------
 * All of it follows from a seed and is plain data in the form of a scenario, so that it can be cut down, printed, and
 * opened anywhere. Faults happen until `safetyUs`; then everything is made well again, by whoever runs the plan.
 */
import type { HostSpec, Scenario, TimedFault } from '../../simulation/index.ts';
import { Chance } from '../conformance/chance.ts';
import { withOperators } from './operators.ts';
import { faultsOf } from './trouble.ts';

export type Kind = 'standalone' | 'replicas' | 'sentinels' | 'cluster';

export interface Plan {
  readonly kind: Kind;
  readonly scenario: Scenario;
  /** When faults end and healing begins. */
  readonly safetyUs: number;
  /** How long after that everything must be well. */
  readonly livenessUs: number;
}

/** What trouble is made of: who can be hit by what. */
export interface Parts {
  readonly kind: Kind;
  readonly servers: readonly string[];
  readonly sentinels: readonly string[];
  readonly clients: readonly string[];
  /** When it runs as it should and trouble may begin. */
  readonly readyS: number;
}

const SECOND = 1e6;
/** Longer than a node of a cluster may take to dare an election again, and a Sentinel a failover, with the times chosen here. */
const LIVENESS_US = 180 * SECOND;

export const LEDGER_CLIENT = 'shop';

/** `operators`: with somebody who works on it by hand; the rest of the plan stays what the seed means without. */
export function planOf(seed: number, only?: Kind, { operators = false }: { readonly operators?: boolean } = {}): Plan {
  const plan = troubledPlan(seed, only);
  return operators ? withOperators(plan) : plan;
}

function troubledPlan(seed: number, only?: Kind): Plan {
  const chance = new Chance(seed, 'swarm');
  const drawn = chance.weighted<Kind>([[1, 'standalone'], [4, 'replicas'], [4, 'sentinels'], [5, 'cluster']]);
  const kind = only ?? drawn;
  const { hosts, parts } = MAKERS[kind](chance);
  const lastsS = parts.readyS + chance.between(10, 45);
  const timeline = faultsOf(chance, parts, lastsS);
  return {
    kind,
    scenario: { seed, epochMs: 1_767_225_600_000, hosts, timeline: timeline.map(({ atS, fault }): TimedFault => ({ atUs: Math.round(atS * SECOND), fault })) },
    safetyUs: lastsS * SECOND,
    livenessUs: LIVENESS_US,
  };
}

interface Deployment {
  readonly hosts: readonly HostSpec[];
  readonly parts: Parts;
}

const MAKERS: Readonly<Record<Kind, (chance: Chance) => Deployment>> = {
  standalone(chance) {
    const hosts = [server('p1', chance, { appendonly: 'yes', appendfsync: chance.pick(['always', 'everysec']) }), shop(chance, ['p1:6379'])];
    return { hosts, parts: { kind: 'standalone', servers: ['p1'], sentinels: [], clients: [LEDGER_CLIENT], readyS: 3 } };
  },

  replicas(chance) {
    const common = { ...replicationTimes(chance), ...(chance.happens(0.2) ? { 'min-replicas-to-write': '1', 'min-replicas-max-lag': chance.pick(['2', '10']) } : {}) };
    const names = ['p1', ...many('r', chance.between(1, 4))];
    const hosts = names.map((name, i) => server(name, chance, { ...common, ...(i === 0 ? {} : { replicaof: `${chance.happens(0.7) ? 'p1' : (names[chance.below(i)] as string)} 6379` }) }));
    const clients = [shop(chance, ['p1:6379']), ...others(chance, names)];
    return { hosts: [...hosts, ...clients], parts: { kind: 'replicas', servers: names, sentinels: [], clients: clients.map(({ name }) => name), readyS: 5 } };
  },

  sentinels(chance) {
    const common = replicationTimes(chance);
    const names = ['p1', ...many('r', chance.between(1, 3))];
    const watchers = many('s', chance.pick([3, 3, 3, 5]));
    const conf = [
      'protected-mode no', `sentinel monitor main 10.0.0.11 6379 ${Math.floor(watchers.length / 2) + (chance.happens(0.8) ? 1 : 0)}`,
      `sentinel down-after-milliseconds main ${chance.pick([1000, 2000, 5000])}`, `sentinel failover-timeout main ${chance.pick([6000, 10_000, 20_000])}`,
      `sentinel parallel-syncs main ${chance.between(1, 2)}`, '',
    ].join('\n');
    const hosts = [
      ...names.map((name, i) => server(name, chance, { ...common, ...(i === 0 ? {} : { replicaof: '10.0.0.11 6379' }), 'replica-priority': chance.pick(['100', '100', '100', '10', '50']) })),
      ...watchers.map((name): HostSpec => ({ name, files: { 'sentinel.conf': conf }, run: ['redis-sentinel sentinel.conf'] })),
    ];
    const clients = [shop(chance, watchers.map((name) => `${name}:26379`), 'main'), ...others(chance, names)];
    return { hosts: [...hosts, ...clients, ...operator(chance, 8, () => `redis-cli -h ${chance.pick(watchers)} -p 26379 sentinel failover main`)], parts: { kind: 'sentinels', servers: names, sentinels: watchers, clients: clients.map(({ name }) => name), readyS: 8 } };
  },

  cluster(chance) {
    const masters = chance.pick([3, 3, 3, 4, 5]);
    const copies = chance.between(0, 2);
    const names = many('n', masters * (1 + copies) + (copies > 0 ? chance.below(2) : 0));
    const common = {
      ...replicationTimes(chance), 'cluster-enabled': 'yes', 'cluster-node-timeout': chance.pick(['1000', '2000', '5000']),
      'cluster-require-full-coverage': chance.pick(['yes', 'no']), 'cluster-replica-validity-factor': chance.pick(['0', '10', '10']),
      'cluster-allow-replica-migration': chance.pick(['yes', 'yes', 'no']),
    };
    const addresses = names.map((name) => `${name}:6379`);
    const hosts = [
      ...names.map((name) => server(name, chance, common)),
      { name: 'admin', run: [`sleep 1; redis-cli --cluster create ${addresses.join(' ')} --cluster-replicas ${copies} --cluster-yes > made.txt`] },
    ];
    const clients = [shop(chance, addresses), ...others(chance, names)];
    const asked = (): string => `redis-cli -h ${chance.pick(names)} cluster failover${chance.pick(['', '', ' force', ' takeover'])}`;
    return { hosts: [...hosts, ...clients, ...operator(chance, 14, asked)], parts: { kind: 'cluster', servers: names, sentinels: [], clients: clients.map(({ name }) => name), readyS: 14 } };
  },
};

const many = (letter: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);

function replicationTimes(chance: Chance): Record<string, string> {
  return {
    'repl-diskless-sync': chance.pick(['yes', 'no']), 'repl-diskless-sync-delay': chance.pick(['0', '1']), 'repl-diskless-load': chance.pick(['disabled', 'disabled', 'swapdb', 'on-empty-db']),
    'repl-backlog-size': chance.pick(['16kb', '64kb', '1mb']), 'repl-timeout': chance.pick(['3', '5', '10', '60']), 'repl-ping-replica-period': chance.pick(['1', '2', '10']),
  };
}

/** A machine with a server, whose file says everything, so that CONFIG REWRITE can keep what changes. */
function server(name: string, chance: Chance, directives: Readonly<Record<string, string>>): HostSpec {
  const all: Record<string, string> = {
    'protected-mode': 'no', appendonly: chance.pick(['no', 'no', 'yes']), appendfsync: chance.pick(['everysec', 'always']), save: chance.pick(['""', '5 10', '20 1']),
    hz: chance.pick(['10', '10', '50']), ...directives,
  };
  return { name, files: { 'redis.conf': Object.entries(all).map(([key, value]) => `${key} ${value}\n`).join('') }, run: ['redis-server redis.conf'] };
}

/** The client that keeps books. */
function shop(chance: Chance, to: readonly string[], master?: string): HostSpec {
  return { name: LEDGER_CLIENT, run: [`sleep 2; workload -e ${chance.pick([20, 100, 300])} ${master === undefined ? '' : `-m ${master} `}orders ${to.join(' ')} > ledger`] };
}

/** Clients that send anything, perhaps. */
function others(chance: Chance, servers: readonly string[]): HostSpec[] {
  return many('c', chance.below(3)).map((name) => ({ name, run: [`swarm-client ${chance.below(1e9)} ${chance.pick([10, 50, 200])} ${servers.map((each) => `${each}:6379`).join(' ')}`] }));
}

/** Somebody who means well and gives commands in the middle of it, perhaps. */
function operator(chance: Chance, readyS: number, command: () => string): HostSpec[] {
  const lines = Array.from({ length: chance.below(4) }, () => `sleep ${readyS + chance.below(40)}; ${command()}`);
  return lines.length === 0 ? [] : [{ name: 'operator', run: lines }];
}
