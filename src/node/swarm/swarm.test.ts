/*
 * A short part of the swarm, and whether it would find mistakes
 * -------------------------------------------------------------
 * Long runs: `npm run swarm -- --seeds 1000`. A mutation changes a live server from outside before it begins, so no
 * mistake is ever part of the product. Each is caught by a plan that is well without it.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Server } from '../../engine/index.ts';
import { createSimulation, judge } from '../../simulation/index.ts';
import { programs } from '../../terminal/index.ts';
import { swarmClient } from './client.ts';
import { planOf, type Kind } from './plan.ts';
import { SeedRecord } from './record.ts';
import { runPlan, type Mutation } from './run.ts';
import { shrink } from './shrink.ts';
import { planOfText, textOfPlan } from './text.ts';

const SEEDS: readonly (readonly [Kind, number])[] = [['standalone', 1], ['standalone', 2], ['replicas', 2], ['sentinels', 4], ['cluster', 2]];

describe('whatever goes wrong, what must hold holds, and all is well in the end', () => {
  test.each(SEEDS)('%s, seed %i', (kind, seed) => {
    const plan = planOf(seed, kind);
    const { problem } = runPlan(plan);
    expect(problem === undefined ? '' : `npm run swarm -- --show ${seed} --kind ${kind}\n${problem.rule}: ${problem.says}`).toBe('');
  });
});

describe('somebody works on it by hand', () => {
  test.each<readonly [Kind, number]>([['replicas', 6], ['cluster', 2]])('%s, seed %i', (kind, seed) => {
    const plan = planOf(seed, kind, { operators: true });
    const { problem, tally } = runPlan(plan);
    expect(problem === undefined ? '' : `npm run swarm -- --show ${seed} --kind ${kind} --operators\n${problem.rule}: ${problem.says}`).toBe('');
    expect(tally.restarts > 0 || tally.elections > 0 || tally.mustSurvive > 0).toBe(true);
  });

  test('what a seed means without it is all there', () => {
    for (const kind of ['replicas', 'cluster'] as const) {
      for (let seed = 1; seed < 20; seed++) {
        const plain = planOf(seed, kind).scenario;
        const worked = planOf(seed, kind, { operators: true }).scenario;
        expect(worked.hosts.slice(0, plain.hosts.length).map(({ name, files }) => ({ name, files }))).toEqual(plain.hosts.map(({ name, files }) => ({ name, files })));
        expect(worked.hosts.at(-1)?.name).toBe('hand');
      }
    }
    for (const kind of ['standalone', 'sentinels'] as const) expect(planOf(1, kind, { operators: true })).toEqual(planOf(1, kind));
  });
});

test('a plan is the same run each time, and comes back from its text', () => {
  const plan = planOf(5, 'replicas');
  expect(planOfText(textOfPlan(plan))).toEqual(plan);
  expect(runPlan(planOfText(textOfPlan(plan))).hash).toBe(runPlan(plan).hash);
});

test('whether the past is kept for somebody to look at or not, the run is the same', () => {
  const { scenario, safetyUs } = planOf(5, 'replicas');
  const hashOf = (keepsPast: boolean): string => {
    const simulation = createSimulation({ scenario, programs: [...programs, swarmClient], keepsPast });
    simulation.advance(safetyUs);
    expect(simulation.eventLog === undefined).toBe(!keepsPast);
    return simulation.runHash;
  };
  expect(hashOf(false)).toBe(hashOf(true));
});

test('a record tells which seeds it has, and what became of them', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'swarm-')), 'record');
  const outcome = runPlan(planOf(1, 'standalone'));
  new SeedRecord(path).add(1, 'standalone', outcome, 12.3);
  new SeedRecord(path).add(7, 'cluster', { ...outcome, problem: { rule: 'one vote', says: '', atUs: 0 } }, 5);
  expect([...new SeedRecord(path).seeds]).toEqual([1, 7]);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^1 standalone \\S+ ${outcome.hash} 12 well\n7 cluster \\S+ ${outcome.hash} 5 one-vote\n$`));
});

const conf = (lines: string): string => `"protected-mode no\\nsave \\"\\"\\nrepl-diskless-sync-delay 0\\n${lines}"`;

/** A replica whose connection breaks while a client writes. */
const BROKEN_LINK = `# swarm: replicas, faults until 9 s, well within 60 s
seed: 1
hosts:
  - { name: p1, files: { redis.conf: ${conf('')} }, run: [redis-server redis.conf] }
  - { name: r1, files: { redis.conf: ${conf('replicaof p1 6379\\n')} }, run: [redis-server redis.conf] }
  - { name: shop, run: ["sleep 2; workload -e 20 orders p1:6379 > ledger"] }
  - { name: idle }
timeline:
  - { at: 3s, fault: partition p1 shop idle | r1 }
  - { at: 4s, fault: reset p1 - r1 }
  - { at: 5s, fault: heal }
  - { at: 6s, fault: cut idle - shop }
`;

/** Two masters of five lose their power at once, on slow lines, so that their replicas ask in the same epoch. */
const TWO_MASTERS_DOWN = `# swarm: cluster, faults until 32 s, well within 90 s
seed: 3
hosts:
${Array.from({ length: 10 }, (_, i) => `  - { name: n${i + 1}, files: { redis.conf: ${conf('cluster-enabled yes\\ncluster-node-timeout 2000\\n')} }, run: [redis-server redis.conf] }\n`).join('')}  - { name: admin, run: ["sleep 1; redis-cli --cluster create ${Array.from({ length: 10 }, (_, i) => `n${i + 1}:6379`).join(' ')} --cluster-replicas 1 --cluster-yes > made.txt"] }
timeline:
  - { at: 14s, fault: delay * - * 400ms }
  - { at: 16s, fault: power-loss n1 n2 }
  - { at: 23s, fault: crash n3 n4 n5 }
  - { at: 23500ms, fault: restart n3 }
  - { at: 23500ms, fault: restart n4 }
  - { at: 23500ms, fault: restart n5 }
`;

/** A master cannot write down that it votes, for its own successor or another's: it ends with the vote unsaid, and comes back. */
const VOTE_UNSAID = `# swarm: cluster, faults until 30 s, well within 90 s
seed: 5
hosts:
${Array.from({ length: 6 }, (_, i) => `  - { name: n${i + 1}, files: { redis.conf: ${conf('cluster-enabled yes\\ncluster-node-timeout 2000\\n')} }, run: [redis-server redis.conf] }\n`).join('')}  - { name: admin, run: ["sleep 1; redis-cli --cluster create ${Array.from({ length: 6 }, (_, i) => `n${i + 1}:6379`).join(' ')} --cluster-replicas 1 --cluster-yes > made.txt"] }
  - { name: operator, run: ["sleep 15; redis-cli -h n4 cluster failover force"] }
timeline:
  - { at: 14s, fault: disk n1 failing }
  - { at: 16s, fault: disk n1 ok }
`;

/** A Sentinel whose disk fails votes, and has forgotten it when it begins again. */
const FORGETFUL_SENTINEL = `# swarm: sentinels, faults until 25 s, well within 90 s
seed: 8
hosts:
  - { name: p1, files: { redis.conf: ${conf('')} }, run: [redis-server redis.conf] }
  - { name: r1, files: { redis.conf: ${conf('replicaof 10.0.0.11 6379\\n')} }, run: [redis-server redis.conf] }
${['s1', 's2', 's3'].map((name) => `  - { name: ${name}, files: { sentinel.conf: "sentinel monitor main 10.0.0.11 6379 2\\nsentinel down-after-milliseconds main 1000\\nsentinel failover-timeout main 6000\\n" }, run: [redis-sentinel sentinel.conf] }\n`).join('')}
timeline:
  - { at: 10s, fault: disk s1 failing }
  - { at: 12s, fault: crash p1 }
  - { at: 16s, fault: crash s1 }
  - { at: 18s, fault: disk s1 ok }
  - { at: 18s, fault: restart s1 }
  - { at: 18s, fault: isolate s1 }
`;

/** What a node writes about its vote is that it has given none. */
const forgetsVote: Mutation = ({ cluster, env: { disk } }) => {
  if (cluster === undefined) return;
  const open = disk.open.bind(disk);
  disk.open = (path, how) => {
    const file = open(path, how);
    return 'append' in file ? { ...file, append: (content) => file.append(content.replace(/lastVoteEpoch \d+/, 'lastVoteEpoch 0')) } : file;
  };
};

/** A private part of a server, for whoever changes it on purpose. */
const inside = (of: unknown): Record<string, (...args: never[]) => unknown> => of as never;

/** A node votes whatever the epoch is. */
const ignoresEpochs: Mutation = ({ cluster }) => {
  if (cluster === undefined) return;
  const voter = inside(cluster.voter);
  const refusalOf = voter['refusalOf']?.bind(cluster.voter) as (node: unknown, request: { currentEpoch: bigint }) => unknown;
  voter['refusalOf'] = (node: unknown, request: { currentEpoch: bigint }) => {
    const { lastVoteEpoch } = cluster;
    cluster.lastVoteEpoch = -1n;
    const refusal = refusalOf(node, { ...request, currentEpoch: request.currentEpoch > cluster.currentEpoch ? request.currentEpoch : cluster.currentEpoch });
    cluster.lastVoteEpoch = lastVoteEpoch;
    return refusal;
  };
};

/** A replica that goes on gets the stream from one byte too late. */
const skipsByte: Mutation = ({ replication }: Server) => {
  const createBacklog = replication.createBacklog.bind(replication);
  replication.createBacklog = () => {
    createBacklog();
    const { backlog } = replication;
    if (backlog === undefined) return;
    const from = backlog.from.bind(backlog);
    backlog.from = (offset) => from(backlog.has(offset + 1) ? offset + 1 : offset);
  };
};

/** Slots move while a client writes, over connections that are slow and then break. */
const SLOTS_MOVE = `# swarm: cluster, faults until 21 s, well within 120 s
seed: 4
hosts:
${['n1', 'n2', 'n3'].map((name) => `  - { name: ${name}, files: { redis.conf: ${conf('cluster-enabled yes\\ncluster-node-timeout 5000\\n')} }, run: [redis-server redis.conf] }\n`).join('')}  - { name: admin, run: ["sleep 1; redis-cli --cluster create n1:6379 n2:6379 n3:6379 --cluster-yes > made.txt"] }
  - { name: shop, run: ["sleep 5; workload -e 15 -n 1000 orders n1:6379 > ledger"] }
  - { name: hand, run: ["sleep 14; redis-cli --cluster reshard n1:6379 --cluster-from $(redis-cli -h n1 cluster myid) --cluster-to $(redis-cli -h n2 cluster myid) --cluster-slots 600 --cluster-timeout 500 --cluster-yes > done.txt"] }
timeline:
  - { at: 14s, fault: delay n1 - n2 20ms }
  - { at: 18s, fault: cut n1 - n2 }
  - { at: 18300ms, fault: reset n1 - n2 }
  - { at: 20s, fault: heal }
`;

/** A master is told to make way while its replica lacks a few writes, which are lost on their way. */
const MASTERS_CHANGE = `# swarm: replicas, faults until 16 s, well within 60 s
seed: 2
hosts:
  - { name: p1, files: { redis.conf: ${conf('')} }, run: [redis-server redis.conf] }
  - { name: r1, files: { redis.conf: ${conf('replicaof p1 6379\\n')} }, run: [redis-server redis.conf] }
  - { name: shop, run: ["sleep 3; workload -e 5 orders p1:6379 r1:6379 > ledger"] }
  - { name: hand, run: ["sleep 6; redis-cli -h p1 failover; sleep 5; redis-cli -h r1 failover"] }
timeline:
  - { at: 5900ms, fault: cut p1 - r1 }
  - { at: 6500ms, fault: reset p1 - r1 }
  - { at: 7s, fault: heal }
`;

/** Keys that go to another node are taken for arrived when they are sent. */
const migratesBlindly: Mutation = ({ migrateSockets }) => {
  const exchange = migrateSockets.exchange.bind(migrateSockets);
  migrateSockets.exchange = (wanted) => {
    let done = wanted.done.bind(wanted);
    exchange({
      ...wanted,
      request(db) {
        const request = wanted.request(db);
        done({ outcome: 'complete', lines: Array.from({ length: request.lineCount }, () => '+OK') });
        done = () => {};
        return request;
      },
      done: (exchanged) => done(exchanged),
    });
  };
};

/** FAILOVER takes a replica for ready that has not acknowledged everything. */
const failsOverEarly: Mutation = ({ replication }) => {
  const check = replication.failover.check.bind(replication.failover);
  replication.failover.check = () => {
    for (const { replica } of replication.replicas) if (replication.failover.state === 'waiting-for-sync') replica.ackOffset = replication.offset;
    check();
  };
};

const MUTATIONS: readonly (readonly [name: string, text: string, mutation: Mutation, rules: readonly string[]])[] = [
  ['a vote that is not persisted', TWO_MASTERS_DOWN, forgetsVote, ['vote kept', 'one vote']],
  ['an epoch that is not checked', TWO_MASTERS_DOWN, ignoresEpochs, ['one vote', 'one winner']],
  ['a backlog that is off by one', BROKEN_LINK, skipsByte, ['same data', 'backlog', 'convergence', 'liveness']],
  ['keys that are deleted before their target has them', SLOTS_MOVE, migratesBlindly, ['acknowledged']],
  ['a failover that does not wait', MASTERS_CHANGE, failsOverEarly, ['acknowledged', 'same data']],
];

describe('mistakes that are caught', () => {
  test.each([['two masters down', TWO_MASTERS_DOWN], ['a broken link', BROKEN_LINK], ['slots that move', SLOTS_MOVE], ['masters that change', MASTERS_CHANGE]])('without any, all is well: %s', (_, text) => {
    const { problem, tally } = runPlan(planOfText(text));
    expect(problem).toBeUndefined();
    expect(tally.votes + tally.partialSyncs + tally.mustSurvive).toBeGreaterThan(0);
  });

  test.each(MUTATIONS)('%s', (_, text, mutation, rules) => {
    expect(rules).toContain(runPlan(planOfText(text), mutation).problem?.rule);
  });
});

test('a vote that was never sent binds nobody', () => {
  const { problem, tally } = runPlan(planOfText(VOTE_UNSAID));
  expect(problem).toBeUndefined();
  expect(tally).toMatchObject({ elections: 2, votes: 5, restarts: 1 });
});

test('a vote that a Sentinel could not write down is forgotten, as by the real one', () => {
  const { problem, tally } = runPlan(planOfText(FORGETFUL_SENTINEL));
  expect(problem).toBeUndefined();
  expect(tally).toMatchObject({ promotions: 1, restarts: 2 });
});

/** A sync of the master's file fails once, and its replica has to connect again afterwards. */
const SYNC_FAILS = `# swarm: replicas, faults until 16 s, well within 120 s
seed: 9
hosts:
  - { name: p1, files: { redis.conf: ${conf('appendonly yes\\nappendfsync everysec\\n')} }, run: [redis-server redis.conf] }
  - { name: r1, files: { redis.conf: ${conf('replicaof p1 6379\\n')} }, run: [redis-server redis.conf] }
  - { name: operator, run: ["sleep 5; redis-cli -h p1 set a 1; redis-cli -h p1 set b 2"] }
timeline:
  - { at: 5500ms, fault: disk p1 failing }
  - { at: 12s, fault: disk p1 ok }
  - { at: 14s, fault: reset p1 - r1 }
`;

test('a server that refuses everything since a sync has failed is started again by whoever looks after it', () => {
  const { problem, tally, virtualUs } = runPlan(planOfText(SYNC_FAILS));
  expect(problem).toBeUndefined();
  expect(tally.restarts).toBe(1);
  expect(virtualUs).toBeGreaterThan(76e6);
});

test.each([
  [24874, 'whoever hears of a failover from the loser alone learns the winner\'s role from it'],
  [24252, 'a master whose last snapshot failed is told to make another by whoever looks after it'],
  [303852, 'a node that takes a replica for the owner of slots is told to forget it by whoever looks after it'],
])('seed %i: %s', (seed) => {
  const { problem } = runPlan(planOf(seed));
  expect(problem === undefined ? '' : `npm run swarm -- --show ${seed}\n${problem.rule}: ${problem.says}`).toBe('');
});

test('a replica of a cluster that begins again with an old snapshot is no master that has lost writes', () => {
  const names = Array.from({ length: 9 }, (_, i) => `n${i + 1}`);
  const hosts = names.map((name) => ({ name, files: { 'redis.conf': 'protected-mode no\nsave ""\nrepl-diskless-sync-delay 0\ncluster-enabled yes\n' }, run: ['redis-server redis.conf'] }));
  const admin = { name: 'admin', run: [`sleep 1; redis-cli --cluster create ${names.map((name) => `${name}:6379`).join(' ')} --cluster-replicas 2 --cluster-yes > made.txt`] };
  const simulation = createSimulation({ scenario: { seed: 1, hosts: [...hosts, admin] }, programs });
  const serverOn = (name: string): Server | undefined => simulation.host(name)?.serverViews()[0]?.server;
  const say = (line: string): void => {
    simulation.host('admin')?.startService(line);
    simulation.advance(300_000);
  };
  simulation.advance(20_000_000);
  const replica = names.find((name) => serverOn(name)?.cluster?.myself.isReplica) ?? '';
  say(`redis-cli -h ${replica} save`);
  for (const name of names) say(`redis-cli -h ${name} incr x`);
  simulation.fault(`crash ${replica}`);
  simulation.fault(`restart ${replica}`);
  simulation.advance(20_000);
  expect(serverOn(replica)?.replication.isReplica).toBe(false);
  expect(judge(simulation).filter(({ holds }) => !holds)).toEqual([]);
});

test('a failing plan is shrunk to what it fails by', () => {
  const plan = planOfText(BROKEN_LINK);
  const small = shrink(plan, (candidate) => runPlan(candidate, skipsByte).problem !== undefined);
  expect(small.scenario.hosts.map(({ name }) => name)).toEqual(['p1', 'r1', 'shop']);
  expect(small.scenario.timeline?.length).toBeLessThan(4);
  expect(small.safetyUs).toBeLessThanOrEqual(plan.safetyUs);
  expect(runPlan(small, skipsByte).problem).toBeDefined();
  expect(runPlan(small).problem).toBeUndefined();
});
