/*
 * The simulated world
 * -------------------
 * How long it takes to run again what has happened: going back in time and opening a shared story are nothing else.
 * Measured is CPU time, which is what a quiet machine would take at most: other programs do not count, the collector's
 * threads do. The first run is slower than the others, because the code is not compiled yet; a page that goes back has
 * run the story before, a page that opens a link has not.
 */
import { readFileSync } from 'node:fs';
import { parseScenario, Reporter } from '../../lessons/compiler/index.ts';
import { createSimulation, type HostSpec, type Scenario, type Simulation } from '../../simulation/index.ts';
import { programs } from '../../terminal/index.ts';
import { median, type Figure, type Section } from './figures.ts';

const SECOND_US = 1e6;
/** Six nodes: made by redis-cli in the first seconds, and then left alone. */
const IDLE_US = 600 * SECOND_US;
const STORY_US = 60 * SECOND_US;
/** Stories in which a master dies, and when; they come from the page. */
const STORIES = ['six-node-cluster', 'three-sentinels', 'two-regions'];
const DIES_AT_US = 20 * SECOND_US;
const NODES = 100;
const SLOTS = 16384;
/** Connections between a hundred nodes are made in the first seconds. */
const SETTLED_US = 10 * SECOND_US;
const LIVE_US = 10 * SECOND_US;

/** CPU time of `work`, in milliseconds. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function run(scenario: Scenario, untilUs: number): Simulation {
  const simulation = createSimulation({ scenario, programs });
  simulation.advanceTo(untilUs);
  const [finding] = simulation.findings;
  if (finding !== undefined) throw new Error(`the run is not as it should be: ${JSON.stringify(finding)}`);
  return simulation;
}

function scenarioOf(name: string): Scenario {
  const file = `content/scenarios/${name}.yml`;
  const scenario = parseScenario(readFileSync(file, 'utf8'), new Reporter(file, []));
  if (scenario === undefined) throw new Error(`${file} is no scenario`);
  return scenario;
}

/** A cluster that stands from the start, as after a restart of all machines: half of the nodes are replicas. */
export function largeCluster(nodes: number): Scenario {
  const id = (node: number): string => (node + 1).toString(16).padStart(40, '0');
  const masters = Math.floor(nodes / 2);
  const lines = (self: number): string => Array.from({ length: nodes }, (_, node) => {
    const master = node % masters;
    const isMaster = node < masters;
    const first = Math.floor((SLOTS * master) / masters);
    const last = Math.floor((SLOTS * (master + 1)) / masters) - 1;
    return `${id(node)} 10.0.0.${node + 11}:6379@16379,,tls-port=0,shard-id=${id(1000 + master)} ${node === self ? 'myself,' : ''}${isMaster ? 'master -' : `slave ${id(master)}`} 0 0 ${master + 1} connected${isMaster ? ` ${first}-${last}` : ''}\n`;
  }).join('');
  const hosts = Array.from({ length: nodes }, (_, node): HostSpec => ({
    name: `n${node + 1}`, files: { 'nodes.conf': `${lines(node)}vars currentEpoch ${masters} lastVoteEpoch 0\n` }, run: ['redis-server --protected-mode no --cluster-enabled yes --cluster-node-timeout 5000'],
  }));
  return { seed: 100, hosts };
}

function idleCluster(): Figure {
  const { hosts, seed } = scenarioOf('six-node-cluster');
  const scenario = { seed, hosts: hosts.filter(({ name }) => name !== 'shop') };
  let simulation: Simulation | undefined;
  const [first = NaN, ...more] = [1, 2, 3].map(() => cpuMs(() => (simulation = run(scenario, IDLE_US))));
  if (simulation?.world.server('n1')?.server.cluster?.state !== 'ok') throw new Error('the cluster does not stand');
  return { name: 'six idle nodes, ten minutes', value: first / 1000, unit: 's', goal: { to: 2 }, note: `first run; then ${(median(more) / 1000).toFixed(2)} s; ${simulation.executed} events` };
}

function story(name: string): Figure[] {
  const plain = scenarioOf(name);
  const scenario = { ...plain, timeline: [...(plain.timeline ?? []), { atUs: DIES_AT_US, fault: `crash ${plain.hosts[0]?.name}` }] };
  const [first = NaN, ...more] = Array.from({ length: 6 }, () => cpuMs(() => void run(scenario, STORY_US)));
  return [{ name: `a minute of ${name}`, value: median(more), unit: 'ms', goal: { to: 300 }, note: `failover at ${DIES_AT_US / SECOND_US} s; median of ${more.length} after the first, which took ${first.toFixed(0)} ms` }];
}

function large(): Figure {
  const simulation = run(largeCluster(NODES), SETTLED_US);
  const { executed } = simulation;
  const ms = cpuMs(() => simulation.advance(LIVE_US));
  const believers = simulation.world.hosts().filter(({ servers }) => servers[0]?.server.cluster?.state === 'ok').length;
  if (believers !== NODES) throw new Error(`only ${believers} of ${NODES} nodes call the cluster ok`);
  return { name: `${NODES} nodes, a second of theirs`, value: ms / (LIVE_US / SECOND_US), unit: 'ms', goal: { to: 1000 }, note: `node timeout 5 s; ${Math.round((simulation.executed - executed) / (LIVE_US / SECOND_US))} events a second` };
}

export function worldSection(): Section {
  return { title: 'The simulated world, CPU time', figures: [idleCluster(), ...STORIES.flatMap(story), large()] };
}
