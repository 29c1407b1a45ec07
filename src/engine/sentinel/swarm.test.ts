/*
 * Sentinels under random failures
 * -------------------------------
 * Servers and Sentinels crash and come back, the network falls apart in random places and heals. Whatever happens:
 * nobody votes twice in an epoch, no epoch has two leaders, and no Sentinel's configuration becomes older. When all
 * is well again, all agree on one master, and every other server follows it.
 *
 * A failure names its seed: run it alone with `-t "seed 7"`. SWARM_SEEDS and SWARM_FIRST run others.
 */
import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { TestDeployment } from './test-deployment.ts';

const SEEDS = Number(process.env['SWARM_SEEDS'] ?? 6);
const FIRST_SEED = Number(process.env['SWARM_FIRST'] ?? 1);
const REPLICAS = 2;
const SENTINELS = 3;
const ROUNDS = 14;

interface Run {
  readonly world: TestDeployment;
  readonly random: SeededRandom;
  /** What was done, for whoever has to find out. */
  readonly story: string[];
  /** Config epochs as each Sentinel has shown them last. */
  readonly epochs: Map<number, number>;
}

function failSomewhere({ world, random, story }: Run): void {
  const at = `${Math.round(world.nowMs % 1e6)}`;
  const server = random.below(REPLICAS + 1);
  const sentinel = random.below(SENTINELS);
  const isUp = world.server(server).exitCode === undefined;
  const isWatching = world.sentinel(sentinel).exitCode === undefined;
  switch (random.below(6)) {
    case 0:
      story.push(`${at} server ${server} ${isUp ? 'crashes' : 'comes back'}`);
      if (isUp) world.crashServer(server);
      else world.startServer(server);
      break;
    case 1:
      story.push(`${at} Sentinel ${sentinel} ${isWatching ? 'crashes' : 'comes back'}`);
      if (isWatching) world.crashSentinel(sentinel);
      else world.startSentinel(sentinel);
      break;
    case 2:
    case 3: {
      const apart = [...world.servers.map((_each, i) => world.serverAddress(i)), ...world.sentinels.map((_each, i) => world.sentinelAddress(i))].filter(() => random.below(3) === 0);
      story.push(`${at} apart: ${apart.join(' ')}`);
      world.net.partition(apart);
      break;
    }
    case 4:
      story.push(`${at} the network is whole`);
      world.net.reunite();
      break;
    default:
      story.push(`${at} ${world.sentinel(sentinel).exitCode === undefined ? world.sentinel(sentinel).ask('SENTINEL FAILOVER mymaster') : 'nothing'}`);
  }
}

function checkAlways({ world, epochs }: Run): void {
  const votes = new Map<string, string>();
  const leaders = new Map<string, number>();
  const epochOf = new Map<number, string>();
  for (const { sentinel, event, text } of world.told) {
    if (event === '+new-epoch') epochOf.set(sentinel, text);
    if (event === '+vote-for-leader') {
      const [candidate = '', epoch = ''] = text.split(' ');
      const key = `${sentinel} in ${epoch}`;
      expect(votes.get(key) ?? candidate, `the vote of ${key}`).toBe(candidate);
      votes.set(key, candidate);
    }
    // One that a person has asked needs no votes, and takes its epoch without them.
    if (event === '+elected-leader') {
      const epoch = epochOf.get(sentinel) ?? '';
      const forVotes = [...votes].filter(([key, candidate]) => key.endsWith(` in ${epoch}`) && candidate === idOf(world, sentinel)).length;
      if (forVotes > Math.floor(SENTINELS / 2)) {
        expect(leaders.get(epoch) ?? sentinel, `the leader of ${epoch}`).toBe(sentinel);
        leaders.set(epoch, sentinel);
      }
    }
  }
  for (const [i, each] of world.sentinels.entries()) {
    if (each.exitCode !== undefined) continue;
    const epoch = Number(world.field(i, 'config-epoch'));
    expect(epoch, `the config epoch of Sentinel ${i}`).toBeGreaterThanOrEqual(epochs.get(i) ?? 0);
    epochs.set(i, epoch);
  }
}

function idOf(world: TestDeployment, i: number): string {
  return world.sentinel(i).server.sentinel?.id ?? '';
}

function checkWhenWell({ world, story }: Run): void {
  const told = story.join('\n');
  const masters = new Set(world.sentinels.map((_each, i) => world.masterOf(i)));
  expect(masters.size, told).toBe(1);
  const roles = world.servers.map((_each, i) => world.ask(i, 'ROLE'));
  const master = roles.findIndex((each) => each.includes('"master"'));
  expect(roles.filter((each) => each.includes('"master"')), told).toHaveLength(1);
  expect([...masters][0], told).toContain(`"${world.serverAddress(master)}"`);
  for (const [i, each] of roles.entries()) {
    if (i !== master) expect(each, told).toContain(`1) "slave"  2) "${world.serverAddress(master)}"  3) (integer) 6379  4) "connected"`);
  }
}

let elections = 0;

test.each(Array.from({ length: SEEDS }, (_, seed) => [FIRST_SEED + seed] as const))('seed %i: one vote to an epoch, one leader, and one master when all is well', (seed) => {
  const random = new SeededRandom(seed);
  const world = new TestDeployment({ replicas: REPLICAS, sentinels: SENTINELS, seed, downAfterMs: 1500, failoverTimeoutMs: 6000 });
  const run: Run = { world, random, story: [], epochs: new Map() };
  world.advance(8000);
  for (let round = 0; round < ROUNDS; round++) {
    failSomewhere(run);
    world.advance(500 + random.below(9000));
    checkAlways(run);
  }
  world.net.reunite();
  for (const [i, each] of world.servers.entries()) if (each.exitCode !== undefined) world.startServer(i);
  for (const [i, each] of world.sentinels.entries()) if (each.exitCode !== undefined) world.startSentinel(i);
  world.advance(90_000);
  checkAlways(run);
  checkWhenWell(run);
  elections += world.told.filter(({ event }) => event === '+elected-leader').length;
});

test('the seeds have had something to look at', () => {
  expect(elections).toBeGreaterThan(SEEDS);
});
