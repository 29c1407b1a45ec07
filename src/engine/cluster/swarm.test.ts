/*
 * Whatever happens to a cluster
 * -----------------------------
 * Nodes vanish and come back, the network falls apart and heals, people ask for failovers and move slots, all at
 * random moments. What must hold all the time: a master votes once in an epoch, nobody else wins the same
 * epoch, and no node's own epoch ever falls. What must hold after everything is healed: all agree, each slot has one
 * owner, the masters' epochs are different, and a replica has what its master has.
 *
 * A failure names its seed: run it alone with `npx vitest run src/engine/cluster/swarm.test.ts -t "seed 7"`.
 */
import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { TestCluster } from './test-cluster.ts';

const SEEDS = Number(process.env['SWARM_SEEDS'] ?? 8);
const FIRST_SEED = Number(process.env['SWARM_FIRST'] ?? 1);
const STEPS = 25;

interface Watched {
  readonly votes: Set<number>;
  epoch: bigint;
}

class Swarm {
  readonly cluster: TestCluster;
  private readonly random: SeededRandom;
  private readonly masters: number;
  private readonly watched: Watched[];
  private readonly winners = new Map<number, number>();
  private readonly story: string[] = [];
  private readonly cut = new Set<number>();
  private writes = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.masters = 3 + this.random.below(2);
    this.cluster = new TestCluster(this.masters, this.masters - 1 + this.random.below(3), { 'cluster-require-full-coverage': this.random.below(2) === 0 }, seed);
    this.watched = this.cluster.nodes.map(() => ({ votes: new Set(), epoch: 0n }));
    for (const [i, node] of this.cluster.nodes.entries()) this.watch(i, node);
  }

  private watch(i: number, node: (typeof this.cluster.nodes)[number]): void {
    const watched = this.watched[i] as Watched;
    node.server.events.listen((event) => {
      if (event.type === 'voteGranted') {
        if (watched.votes.has(event.epoch)) throw new Error(`node ${i} votes again in epoch ${event.epoch}`);
        watched.votes.add(event.epoch);
      } else if (event.type === 'electionWon') {
        const other = this.winners.get(event.epoch);
        if (other !== undefined) throw new Error(`nodes ${other} and ${i} have won epoch ${event.epoch}`);
        this.winners.set(event.epoch, i);
      }
    });
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.act();
      this.cluster.advance(300 + this.random.below(4000));
      this.check();
    }
    this.heal();
  }

  private act(): void {
    const { cluster, random } = this;
    const i = random.below(cluster.nodes.length);
    switch (random.below(8)) {
      case 0:
      case 1:
        this.story.push(`cut ${i}`);
        this.cut.add(i);
        return cluster.cut(i);
      case 2:
      case 3:
        for (const each of this.cut) cluster.heal(each);
        this.story.push(`heal ${[...this.cut].join(' ')}`);
        return this.cut.clear();
      case 4: {
        const apart = cluster.nodes.map((_node, each) => each).filter(() => random.below(3) === 0);
        this.story.push(`apart ${apart.join(' ')}`);
        return cluster.net.partition(apart.map((each) => cluster.address(each)));
      }
      case 5:
        this.story.push('reunite');
        return cluster.net.reunite();
      case 6:
        this.story.push(`failover by ${i}: ${cluster.node(i).ask(`CLUSTER FAILOVER${['', ' FORCE', ' TAKEOVER'][random.below(3)]}`)}`);
        return undefined;
      default:
        for (let k = 0; k < 10; k++) cluster.node(i).send(`SET key:${random.below(200)} ${this.writes++}`);
        return undefined;
    }
  }

  private check(): void {
    for (const [i, watched] of this.watched.entries()) {
      const epoch = this.cluster.node(i).server.cluster?.myself.configEpoch ?? 0n;
      if (epoch < watched.epoch) throw new Error(`the epoch of node ${i} has fallen from ${watched.epoch} to ${epoch}`);
      watched.epoch = epoch;
    }
  }

  private heal(): void {
    const { cluster } = this;
    for (const each of this.cut) cluster.heal(each);
    cluster.net.reunite();
    const all = cluster.nodes.map((_node, i) => i);
    // With nobody's replica left a slot may stay without a working owner for a while; nothing may stay so for ever.
    for (let seconds = 0; seconds < 120 && !this.isSettled(all); seconds++) cluster.advance(1000);
    this.check();
    expect(all.map((i) => cluster.owners(i))).toEqual(all.map(() => cluster.owners(0)));
    expect(all.map((i) => cluster.info(i, 'cluster_state'))).toEqual(all.map(() => 'ok'));
    const epochs = cluster.nodes.map(({ server }) => server.cluster?.myself).filter((node) => node?.votes === true).map((node) => node?.configEpoch);
    expect(new Set(epochs).size).toBe(epochs.length);
    for (const [i, node] of cluster.nodes.entries()) {
      const master = node.server.cluster?.myself.slaveof?.name;
      if (master === undefined) continue;
      const at = all.findIndex((each) => cluster.id(each) === master);
      expect([i, node.digest()]).toEqual([i, cluster.node(at).digest()]);
    }
    for (const { server } of cluster.nodes) {
      const { keys, slots, myself } = server.cluster ?? {};
      if (myself?.isMaster === true) for (const slot of keys?.used ?? []) expect(slots?.[slot]).toBe(myself);
    }
  }

  private isSettled(all: readonly number[]): boolean {
    const { cluster } = this;
    return new Set(all.map((i) => cluster.owners(i))).size === 1 && all.every((i) => cluster.info(i, 'cluster_state') === 'ok' && !cluster.node(i).send('INFO replication').includes('master_link_status:down')) &&
      cluster.nodes.every(({ server: { cluster: its, replication } }) => its?.myself.slaveof === undefined || replication.offset === cluster.nodes.find((each) => each.server.cluster?.myself.name === its.myself.slaveof?.name)?.server.replication.offset);
  }

  told(error: unknown): Error {
    return new Error(`${String(error)}\n${this.story.join('\n')}\n${this.cluster.node(0).send('CLUSTER NODES')}`);
  }
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
  test(`seed ${seed}`, () => {
    const swarm = new Swarm(seed);
    try {
      swarm.run();
    } catch (error) {
      throw swarm.told(error);
    }
  });
}
