import { describe, expect, it } from 'vitest';
import { TestWorld } from '../test-world.ts';
import { slots } from './look.ts';
import { onlyTimePassed, slotsChanges, tagOf, type SlotsView } from './model.ts';
import { slotsGoal, slotsPrompts } from './prompts.ts';

const SETTINGS = { 'cluster-enabled': true, 'protected-mode': false, 'cluster-node-timeout': 2000, 'repl-diskless-sync-delay': 0, save: '' };
const HOSTS = ['local', 'two', 'three', 'four'];
const look = (world: TestWorld, params: object = {}): SlotsView => slots.look(world.world, params);

/** Three masters on local, two and three; four follows local. */
function cluster(): TestWorld {
  const world = new TestWorld(SETTINGS, HOSTS.slice(1));
  const at = (name: string, line: string): string => world.runAs(`x@${name}`, line);
  const ranges = ['0 5460', '5461 10922', '10923 16383'];
  for (const [i, name] of HOSTS.entries()) {
    at(name, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
    if (ranges[i] !== undefined) at(name, `CLUSTER ADDSLOTSRANGE ${ranges[i]}`);
    if (i > 0) at(name, `CLUSTER MEET ${world.world.addressOf('local') ?? ''} 6379`);
  }
  world.wait(6000);
  at('four', `CLUSTER REPLICATE ${/[0-9a-f]{40}/.exec(at('local', 'CLUSTER MYID'))?.[0] ?? ''}`);
  world.wait(4000);
  return world;
}

describe('the map of slots', () => {
  it('says what is to be seen (golden)', () => {
    const world = cluster();
    world.run('SET {a}1 x');
    world.runAs('x@three', 'SET {a}2 y');
    expect(slots.describe(look(world, { keys: 'user:{42}:cart plain' }))).toMatchInlineSnapshot(`
      "The map of local:6379: the cluster is ok, epoch 4. All 16,384 slots have an owner.
      local:6379 serves 5,461 slots (0–5460), 0 keys, epoch 1; four:6379.
      two:6379 serves 5,462 slots (5461–10922), 0 keys, epoch 2; no replica.
      three:6379 serves 5,461 slots (10923–16383), 1 key, epoch 3; no replica.
      user:{42}:cart: only 42 is hashed to slot 8000, which two:6379 serves.
      plain: all of it is hashed to slot 7143, which two:6379 serves.
      SET {a}2 y at three:6379 (slot 15495) was served."
    `);
  });

  it('knows servers that are in no cluster', () => {
    const view = look(new TestWorld());
    expect(view.place).toBeUndefined();
    expect(slots.describe(view)).toBe('No server is running here as a node of a cluster.');
  });

  it('tells how a command with keys ended', () => {
    const world = cluster();
    const outcome = (line: string) => {
      world.run(line);
      const { command } = look(world);
      return [command?.outcome, command?.slots.length];
    };
    expect(outcome('GET {a}1')).toEqual(['moved', 1]);
    expect(outcome('MGET a b')).toEqual(['crossslot', 2]);
    expect(outcome('MGET {b}1 {b}2')).toEqual(['served', 1]);
    expect(outcome('GET')).toEqual(['refused', 0]);
    // What tools say to find their way is not of interest.
    world.run('CLUSTER INFO');
    expect(look(world).command?.text).toBe('GET');
  });

  it('is one node’s opinion, and can be another’s', () => {
    const world = cluster();
    expect(look(world, { host: 'three' }).place).toBe('three:6379');
    expect(look(world, { host: 'nowhere' }).place).toBeUndefined();
  });

  it('shows slots on their way, and gaps', () => {
    const world = cluster();
    const before = look(world);
    world.run(`CLUSTER SETSLOT 100 MIGRATING ${look(world).owners[1]?.id ?? ''}`);
    expect(look(world).moves).toEqual([{ slot: 100, way: 'out', place: 'two:6379' }]);
    world.run('CLUSTER SETSLOT 100 STABLE', 'CLUSTER DELSLOTS 7');
    world.wait(1000);
    const after = look(world);
    expect(after).toMatchObject({ uncovered: 1, state: 'fail' });
    expect(slotsChanges(before, after)).toEqual(expect.arrayContaining(['The cluster is down now, says local:6379.', 'local:6379 gave up 1 slot.']));
  });

  it('stays the same while only time passes', () => {
    const world = cluster();
    const first = look(world);
    world.wait(3000);
    expect(onlyTimePassed(look(world), first)).toBe(true);
  });
});

it.each([['user:{42}:cart', '42'], ['{}a', '{}a'], ['a{b}{c}', 'b'], ['a{b', 'a{b'], ['plain', 'plain'], ['{{x}}', '{x']])('of %s is hashed %s', (key, hashed) => {
  expect(tagOf(key)).toBe(hashed);
});

describe('predictions about slots', () => {
  const judge = (id: string, act: (world: TestWorld) => void) => {
    const world = cluster();
    const prompt = slotsPrompts.find((each) => each.id === id);
    if (prompt === undefined) throw new Error(id);
    const before = look(world);
    expect(prompt.fits(before)).toBe(true);
    expect(prompt.answer(before, before)).toBeUndefined();
    act(world);
    const after = look(world);
    const answer = prompt.answer(before, after);
    for (const choice of prompt.choices(before)) if (answer !== undefined) expect(prompt.because(before, after, choice)).toMatch(/^.{20,}\.$/);
    return answer;
  };

  it('are judged by what the nodes did', () => {
    expect(judge('slots-route', (world) => world.run('GET {a}1'))).toBe('It is told where to go');
    expect(judge('slots-route', (world) => world.run('GET {b}1'))).toBe('It is served there');
    expect(judge('slots-route', (world) => world.run('MGET a b'))).toBe('It is refused, whoever is asked');
    expect(judge('slots-tag', (world) => world.run('MGET {b}1 {b}2'))).toBe('In the same slot');
    expect(judge('slots-tag', (world) => world.run('MGET b1 b2'))).toBe('In different slots');
    const crash = (host: string) => (world: TestWorld): void => {
      world.simulation.fault(`crash ${host}`);
      world.wait(15_000);
    };
    expect(judge('slots-lost', crash('two'))).toBe('They have no owner, and the cluster is down');
  });

  it('and every mark of the goal can be reached', () => {
    const world = cluster();
    const reached = new Set<string>();
    let before: SlotsView | undefined;
    const seen = (params: object = {}): void => {
      const view = look(world, { host: 'two', ...params });
      for (const mark of slotsGoal.marks) if (mark.reached(view, before)) reached.add(mark.id);
      before = view;
    };
    const at = (line: string): void => {
      world.runAs('x@two', line);
      seen();
    };
    seen();
    at('GET {a}1');
    at('MGET a b');
    at('MGET user:{42}:a user:{42}:b');
    at(`CLUSTER SETSLOT 8000 MIGRATING ${look(world).owners[0]?.id ?? ''}`);
    at('CLUSTER SETSLOT 8000 STABLE');
    world.simulation.fault('crash local');
    world.wait(15_000);
    seen();
    expect([...reached].sort()).toEqual(slotsGoal.marks.map(({ id }) => id).sort());
  });
});
