/*
 * The scenarios of the course do what they say
 * --------------------------------------------
 * Those that are whole reach their goals; those to repair miss one, and reach all after the repair that stands here.
 * In none does a server contradict another on the way.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScenario, Reporter, type Problem } from '../lessons/compiler/index.ts';
import { createSimulation, judge, type Scenario, type Simulation } from '../simulation/index.ts';
import { programs } from '../terminal/index.ts';

const FOLDER = 'content/scenarios';

function read(text: string): { scenario: Scenario | undefined; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  return { scenario: parseScenario(text, new Reporter('x.yml', problems)), problems };
}

function scenarioOf(name: string): Scenario {
  const { scenario, problems } = read(readFileSync(`${FOLDER}/${name}.yml`, 'utf8'));
  if (scenario === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return scenario;
}

/** Lets seconds pass; servers are held against each other every few. */
function run(simulation: Simulation, seconds: number): void {
  for (let second = 0; second < seconds; second += 3) {
    simulation.advance(3e6);
    expect(judge(simulation).filter(({ about, holds }) => about === 'must hold' && !holds)).toEqual([]);
  }
}

const missed = (simulation: Simulation): string[] => judge(simulation).filter(({ holds }) => !holds).map(({ about, because }) => `${about}: ${because}`);

test('there are a whole and a broken one of each kind', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(expect.arrayContaining([...WHOLE, ...BROKEN.map(([name]) => name)].map((name) => `${name}.yml`)));
});

const WHOLE = ['primary-two-replicas', 'chained-replicas', 'three-sentinels', 'six-node-cluster', 'two-regions'];

test.each(WHOLE)('%s reaches its goals', (name) => {
  const simulation = createSimulation({ scenario: scenarioOf(name), programs });
  run(simulation, 30);
  expect(missed(simulation)).toEqual([]);
  expect(simulation.findings).toEqual([]);
});

test('a hundred nodes become one cluster, and the shop writes to all of it', () => {
  const scenario = scenarioOf('hundred-node-cluster');
  expect(scenario.hosts).toHaveLength(102);
  const simulation = createSimulation({ scenario, programs });
  run(simulation, 12);
  expect(missed(simulation)).toEqual([]);
}, 240_000);

/** Name, what it misses, and what repairs it: lines at the shell of a host, or faults. */
const BROKEN: readonly (readonly [name: string, misses: RegExp, repair: readonly string[]])[] = [
  ['broken-standalone', /writes-accepted: The last write of shop, orders:\d+, failed: MISCONF/, ['fault: disk p1 ok']],
  ['broken-replicas', /replicas-in-sync: Not in step with a master: r1:6379, r2:6379/, ['r1: redis-cli replicaof p1 6379', 'r2: redis-cli config set masterauth lantern']],
  ['broken-chain', /replicas-in-sync: Not in step with a master: r1:6379, r2:6379/, ['r1: redis-cli replicaof p1 6379']],
  ['broken-sentinels', /one-master: No server is a master/, ['fault: restart s2', 'fault: restart s3', 'fault: restart p1']],
  ['broken-cluster', /slots-covered/, ['fault: restart n1', 'fault: restart n5', 'fault: restart n6']],
  ['broken-regions', /slots-covered/, ['fault: heal']],
];

test.each(BROKEN)('%s misses a goal, until it is repaired', (name, misses, repair) => {
  const simulation = createSimulation({ scenario: scenarioOf(name), programs });
  run(simulation, 45);
  expect(missed(simulation).join('\n')).toMatch(misses);
  for (const line of repair) {
    const [where = '', what = ''] = line.split(': ');
    if (where === 'fault') expect(simulation.fault(what)).toHaveProperty('said');
    else simulation.host(where)?.startService(what);
  }
  run(simulation, 90);
  expect(missed(simulation)).toEqual([]);
});

test('a partition loses acknowledged writes, and the ledger says which', () => {
  const scenario = scenarioOf('three-sentinels');
  const timeline = [...(scenario.timeline ?? []), { atUs: 20e6, fault: 'partition p1 shop | r1 r2 s1 s2 s3' }, { atUs: 45e6, fault: 'heal' }];
  const simulation = createSimulation({ scenario: { ...scenario, timeline }, programs });
  run(simulation, 90);
  expect(missed(simulation)).toEqual([expect.stringMatching(/^acknowledged-writes-survive: \d+ acknowledged writes are lost, the first orders:\d+ of second (19|20)\./)]);
});

test('machines that are alike are written once', () => {
  const { scenario } = read('seed: 1\nhosts: [{name: n, count: 3, run: [redis-server]}, {name: admin}]\n');
  expect(scenario?.hosts).toEqual([...['n1', 'n2', 'n3'].map((name) => ({ name, run: ['redis-server'] })), { name: 'admin' }]);
});

test.each<[string, RegExp]>([
  ['seed: 1\nhosts: [{name: n1}, {name: n, count: 2}]\n', /two hosts are named "n1"/],
  ['seed: 1\nhosts: []\n', /hosts/],
  ['seed: 1\nhosts: [{name: a}]\ngoals: [one-mater]\n', /goals/],
  ['seed: 1\nhosts: [{name: a}]\nnetwork: ["delay a - c 5ms"]\n', /There is no host "c"/],
  ['seed: 1\nhosts: [{name: a}, {name: b}]\ntimeline:\n  - at: 5s\n    fault: explode a\n', /There is no fault named "explode"/],
  ['seed: 1\nhosts: [{name: a}]\ntimeline: [{at: 5, fault: crash a}]\n', /at/],
  ['seed: 1\nhosts: [{name: a}]\nclients: [{name: a, writes: orders, to: ["a:6379"]}]\n', /two hosts are named "a"/],
  ['seed: 1\nhosts: [{name: primary}]\nclients: [{name: shop, writes: orders, to: ["primry:6379"]}]\n', /no machine is named "primry".*primary/s],
])('what is wrong with a scenario is said: %j', (text, said) => {
  expect(read(text).problems.map(({ what, fix }) => `${what}\n${fix}`).join('\n')).toMatch(said);
});

test('the line of a fault that is wrong is named', () => {
  const { problems } = read('seed: 1\nhosts:\n  - name: a\n  - name: b\ntimeline:\n  - at: 5s\n    fault: crash a\n  - at: 6s\n    fault: crash z\n');
  expect(problems).toEqual([expect.objectContaining({ line: 9 })]);
});
