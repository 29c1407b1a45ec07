import { describe, expect, it } from 'vitest';
import { createInlineLab } from '../../lab/inline.ts';
import type { Answers, Notice, Question, Request } from '../../lab/protocol.ts';
import { scenarioProblem } from '../../simulation/index.ts';
import { classOf } from './event-classes.ts';
import { describeDeployment, machinesOf, menuPlaceOf, menuWidth, pairsOf, placesOf, progressOf, ringHeight, type DeploymentFacts, type MenuPlace } from './facts.ts';
import { rowsOf } from './rows.ts';
import { deployments } from './testing.ts';

class World {
  readonly lab = createInlineLab();
  readonly problems: string[] = [];

  constructor(id: string) {
    const chosen = deployments.find((each) => each.id === id);
    if (chosen === undefined) throw new Error(`no deployment ${id}`);
    this.lab.listen('d', (notice: Notice) => {
      if (notice.type === 'problem') this.problems.push(notice.what);
    });
    this.send({ type: 'open', scenario: chosen.scenario, nowMs: 1_800_000_000_000 });
    this.send({ type: 'openTerminal', tty: 'a', host: chosen.scenario.hosts[0]?.name ?? '', columns: 100, rows: 30, run: 'redis-cli' });
  }

  send(request: { type: Request['type'] } & Record<string, unknown>): void {
    this.lab.send({ lab: 'd', ...request } as Request);
  }

  pass(ms: number): void {
    this.lab.advance(ms * 1000);
  }

  ask<Q extends Question>(question: Q): Answers[Q['about']] {
    let value: unknown;
    this.lab.ask('d', question, (given) => (value = 'value' in given ? given.value : given));
    return value as Answers[Q['about']];
  }

  get facts(): DeploymentFacts {
    return {
      atUs: 0, hosts: this.ask({ about: 'hosts' }), links: this.ask({ about: 'links' }), inFlight: this.ask({ about: 'inFlight', limit: 100 }),
      events: this.ask({ about: 'events', limit: 400, background: false }),
    };
  }
}

describe('deployments to begin with', () => {
  it.each(deployments.map((each) => [each.id, each] as const))('%s can be opened, and says what it is', (_, { scenario, first, says }) => {
    expect(scenarioProblem(scenario)).toBeUndefined();
    expect(`${says} ${first}`).toMatch(/[.?]$/);
  });

  it('come whole and broken, of each kind', () => {
    expect(deployments.filter((each) => each.isBroken).map((each) => each.id)).toEqual(['broken-standalone', 'broken-replicas', 'broken-chain', 'broken-sentinels', 'broken-cluster', 'broken-regions']);
    expect(deployments.filter((each) => !each.isBroken).map((each) => each.id)).toEqual(['primary-two-replicas', 'chained-replicas', 'three-sentinels', 'six-node-cluster', 'hundred-node-cluster', 'two-regions', 'standalone']);
  });

  it('has a primary and two replicas in step', () => {
    const world = new World('primary-two-replicas');
    world.pass(3000);
    world.send({ type: 'input', tty: 'a', bytes: 'SET a 1\r' });
    world.pass(1500);
    const machines = machinesOf(world.facts, world.ask({ about: 'goals' }).ledgers);
    expect(machines.map((each) => [each.name, each.part, each.port])).toEqual([['p1', 'master', 6379], ['r1', 'replica', 6379], ['r2', 'replica', 6379], ['shop', 'client', undefined]]);
    expect(machines[1]?.says).toBe('replica of p1, in step');
    expect(machines[3]?.says).toMatch(/^\d writes acknowledged$/);
    expect(pairsOf(world.facts).map((each) => [each.a, each.b, each.connections])).toEqual([['p1', 'r1', 1], ['p1', 'r2', 1], ['p1', 'shop', 1]]);
    expect(world.problems).toEqual([]);
  });

  it('has Sentinels that look at it, and fail over', () => {
    const world = new World('three-sentinels');
    world.pass(5000);
    expect(machinesOf(world.facts).map((each) => each.part)).toEqual(['master', 'replica', 'replica', 'sentinel', 'sentinel', 'sentinel', 'client']);
    world.send({ type: 'fault', text: 'crash p1' });
    world.pass(20_000);
    expect(machinesOf(world.facts).filter((each) => each.part === 'master').map((each) => each.name)).toHaveLength(1);
    expect(machinesOf(world.facts)[0]).toMatchObject({ part: 'none', says: 'nothing runs' });
  });

  it('has a cluster of six that covers its slots', () => {
    const world = new World('six-node-cluster');
    world.pass(12_000);
    expect(machinesOf(world.facts).filter((each) => each.part === 'master')).toHaveLength(3);
    expect(machinesOf(world.facts).filter((each) => each.part === 'replica')).toHaveLength(3);
  });
});

describe('a deployment in words', () => {
  it('tells of a cut, of who fell behind, and of what is healed', () => {
    const world = new World('primary-two-replicas');
    world.pass(3000);
    world.send({ type: 'fault', text: 'cut p1 - r2' });
    world.send({ type: 'input', tty: 'a', bytes: 'SET a 1\r' });
    world.pass(1500);
    const words = describeDeployment(world.facts);
    expect(words).toContain('r1 (10.0.0.12): replica of p1, in step.');
    expect(words).toMatch(/r2 \(10\.0\.0\.13\): replica of p1, \d+ bytes behind\./);
    expect(words).toContain('p1 and r2: 1 connection, cut.');
    expect(words).toMatch(/On their way: .*\(cut\)/);
    world.send({ type: 'fault', text: 'heal' });
    world.pass(3000);
    expect(describeDeployment(world.facts)).toContain('r2 (10.0.0.13): replica of p1, in step.');
  });

  it('tells one way from both, and settings', () => {
    const world = new World('primary-two-replicas');
    world.pass(3000);
    world.send({ type: 'fault', text: 'cut p1 -> r1' });
    world.send({ type: 'fault', text: 'delay p1 - r2 200ms' });
    expect(describeDeployment(world.facts)).toContain('p1 and r1: 1 connection, cut one way from p1 to r1.');
    expect(describeDeployment(world.facts)).toContain('p1 and r2: 1 connection, 200 ms.');
    world.send({ type: 'fault', text: 'power-loss r1' });
    expect(machinesOf(world.facts)[1]).toMatchObject({ state: 'off', trouble: 'no power' });
  });
});

describe('messages and moments', () => {
  it('are in the picture while time stands, and arrive by steps', () => {
    const world = new World('primary-two-replicas');
    world.pass(3000);
    // The stream names its database before the first command, and that is what the first packet is called.
    world.send({ type: 'input', tty: 'a', bytes: 'SET a 0\r' });
    world.pass(1000);
    world.send({ type: 'pace', speed: 0 });
    world.send({ type: 'input', tty: 'a', bytes: 'SET a 1\r' });
    let seen = world.facts.inFlight;
    for (let i = 0; i < 60 && !seen.some((each) => each.label === 'SET'); i++) {
      world.send({ type: 'step', until: 'event' });
      seen = world.facts.inFlight;
    }
    const [message] = seen.filter((each) => each.label === 'SET');
    if (message === undefined) throw new Error('no message was seen');
    expect(progressOf(message, message.sentAtUs)).toBe(0);
    expect(progressOf(message, message.arrivesAtUs ?? 0)).toBe(1);
    // The shop writes, too; what is meant is the stream.
    let arrived: ReturnType<typeof rowsOf>[number] | undefined;
    for (let i = 0; i < 20 && arrived === undefined; i++) {
      world.send({ type: 'step', until: 'message' });
      arrived = rowsOf(world.facts, 60).findLast((row) => row.text === 'SET' && row.from === 'p1' && row.atUs >= message.sentAtUs);
    }
    expect(arrived).toMatchObject({ from: 'p1', text: 'SET' });
    expect(['r1', 'r2']).toContain(arrived?.host);
  });

  it('are told by who sent them: the same OK is talk of a Sentinel and answer to a client', () => {
    const world = new World('three-sentinels');
    world.pass(15_000);
    world.send({ type: 'fault', text: 'crash p1' });
    world.pass(20_000);
    const events = world.ask({ about: 'events', limit: 20_000, background: false }).filter(({ kind }) => kind === 'data');
    const nameOf = new Map(world.facts.hosts.map(({ address, name }) => [address, name]));
    const classesOf = (label: string, isBetween: (ends: readonly string[]) => boolean) => new Set(events.flatMap((event) => {
      const ends = [...event.what.matchAll(/10\.0\.0\.\d+/g)].map(([address]) => nameOf.get(address) ?? '');
      return event.what.startsWith(`${label}: `) && isBetween(ends) ? [classOf(event)] : [];
    }));
    const ofSentinel = (ends: readonly string[]): boolean => ends.some((name) => name.startsWith('s')) && !ends.includes('shop');
    const ofClient = (ends: readonly string[]): boolean => ends.includes('shop');
    for (const label of ['MULTI', 'EXEC', 'QUEUED', 'OK', 'CLIENT SETNAME']) expect([...classesOf(label, ofSentinel)], label).toEqual(['talk']);
    expect([...classesOf('OK', ofClient)]).toEqual(['data']);
    expect([...classesOf('SET', () => true)]).toEqual(['data']);
    // A replica's handshake, and the answers to it.
    const ofReplicas = (ends: readonly string[]): boolean => ends.every((name) => /^[pr]/.test(name));
    expect([...classesOf('OK', ofReplicas)]).toEqual(['talk']);
    expect([...classesOf('REPLCONF CAPA', ofReplicas)]).toEqual(['talk']);
  });

  it('keep machines apart on every width', () => {
    for (const width of [340, 700, 1200]) for (let n = 1; n <= 9; n++) {
      const names = Array.from({ length: n }, (_, i) => `n${i}`);
      const height = width < 520 ? Math.ceil(n / 2) * 136 : n > 4 ? 430 : 330;
      const places = [...placesOf(names, width, height, { width: 158, height: 92 }).values()];
      for (const { x, y } of places) expect(x >= 79 && x <= width - 79 && y >= 46 && y <= height - 40, `${width} ${n}: ${x} ${y}`).toBe(true);
      for (const [i, a] of places.entries()) for (const b of places.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(60);
    }
  });

  it('takes the height that there is, and more only where cards would cover each other', () => {
    const card = { width: 158, height: 92 };
    const ring = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);
    expect(ringHeight(ring(4), 800, 330, 520, card)).toBe(330);
    expect(ringHeight(ring(4), 800, 444, 520, card)).toBe(444);
    expect(ringHeight(ring(8), 800, 330, 520, card)).toBeGreaterThan(360);
    expect(ringHeight(ring(9), 520, 330, 520, card)).toBe(520);
  });

  it('keeps the menu of a link off the machines that it passes behind', () => {
    const card = { width: 158, height: 92 };
    // Three machines one under the other, as in the columns of a phone.
    const [top, middle, bottom] = [{ x: 100, y: 50 }, { x: 100, y: 200 }, { x: 100, y: 350 }] as const;
    expect(menuPlaceOf(top, middle, [top, middle, bottom], card)).toEqual({ x: 100, y: 125, width: 26 });
    const past = menuPlaceOf(top, bottom, [top, middle, bottom], card);
    expect(Math.abs(past.y - middle.y)).toBeGreaterThan(card.height / 2);
    expect(Math.abs(past.y - top.y)).toBeGreaterThan(card.height / 2);
  });

  it('leaves the word of a link out where it would touch a machine, as among eight that are parted', () => {
    const card = { width: 158, height: 64 };
    const places = [...placesOf(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 740, 330, card).values()];
    const menus: MenuPlace[] = [];
    for (const a of places.slice(0, 4)) for (const b of places.slice(4)) menus.push(menuPlaceOf(a, b, places, card, menus, menuWidth('cut')));
    const touches = menus.filter(({ x, y, width }) => places.some((each) => Math.abs(each.x - x) <= (card.width + width) / 2 && Math.abs(each.y - y) <= (card.height + 26) / 2));
    expect(touches).toEqual([]);
    expect(menus.filter(({ width }) => width === menuWidth('cut')).length).toBeGreaterThan(menus.length / 2);
  });
});
