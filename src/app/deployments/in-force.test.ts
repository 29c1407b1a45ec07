import { describe, expect, it } from 'vitest';
import { createInlineLab } from '../../lab/inline.ts';
import type { Answers, Question, Request } from '../../lab/protocol.ts';
import { machinesOf, missingServices, pairsOf, withoutCommon, type DeploymentFacts } from './facts.ts';
import { hostFaults } from './fault-menus.ts';
import { inForce } from './in-force.ts';
import { deployments } from './testing.ts';
import type { LabSession } from '../lab/session.ts';

/** A deployment that runs, without a page. */
function begun(id: string) {
  const chosen = deployments.find((each) => each.id === id);
  if (chosen === undefined) throw new Error(`no deployment ${id}`);
  const { scenario } = chosen;
  const lab = createInlineLab();
  const send = (request: { type: Request['type'] } & Record<string, unknown>): void => lab.send({ lab: 'd', ...request } as Request);
  const ask = <Q extends Question>(question: Q): Answers[Q['about']] => {
    let value: unknown;
    lab.ask('d', question, (given) => (value = 'value' in given ? given.value : given));
    return value as Answers[Q['about']];
  };
  send({ type: 'open', scenario, nowMs: 1_800_000_000_000 });
  lab.advance(3_000_000);
  const facts = (): DeploymentFacts => ({ atUs: 3_000_000, hosts: ask({ about: 'hosts' }), links: ask({ about: 'links' }), inFlight: ask({ about: 'inFlight', limit: 100 }), events: [] });
  return {
    scenario, facts,
    wrong: () => inForce(facts(), scenario),
    fault: (text: string) => send({ type: 'fault', text }),
    pass: (ms: number) => lab.advance(ms * 1000),
  };
}

describe('what is wrong now', () => {
  it('is nothing where nothing was broken, however slow the scenario makes its links', () => {
    for (const id of ['primary-two-replicas', 'three-sentinels', 'two-regions']) expect(begun(id).wrong(), id).toEqual([]);
  });

  it.each([
    ['cut p1 - r1', 'cut p1 - r1'], ['isolate r1', 'isolate r1'], ['partition p1 | r1 r2', 'partition p1 | r1 r2'],
    ['power-loss r1', 'r1 has no power'], ['pause r1', 'r1 is frozen'], ['crash r1', 'redis-server is down on r1'], ['stop r1', 'redis-server is down on r1'],
    ['disk p1 full', 'disk of p1: full'], ['disk p1 failing', 'disk of p1: fails to write'], ['memory p1 64mb', 'p1 has 64 MB of memory left'],
    ['clock p1 +60s', 'clock of p1 +60 s'], ['clock p1 -1500ms', 'clock of p1 -1.5 s'],
    ['delay p1 - r1 200ms', 'p1 - r1: 200 ms'], ['send-buffer p1 - r1 16kb', 'p1 - r1: 0.25 ms, send buffer 16 KB'], ['delay * - * 9ms', 'links: 9 ms'], ['buggify 7', 'late and in pieces, by chance'],
  ])('after %s: %s; and its own line undoes it', (line, what) => {
    const world = begun('primary-two-replicas');
    world.fault(line);
    world.pass(1000);
    const [only, ...more] = world.wrong();
    expect(only?.what).toBe(what);
    expect(more).toEqual([]);
    world.fault(only?.undo ?? '');
    world.pass(1000);
    expect(world.wrong()).toEqual([]);
  });

  it('takes away one cut and leaves the other', () => {
    const world = begun('primary-two-replicas');
    world.fault('cut p1 - r1');
    world.fault('partition r2 | p1');
    expect(world.wrong()).toHaveLength(2);
    world.fault(world.wrong()[0]?.undo ?? '');
    expect(world.wrong().map(({ what }) => what)).toEqual(['partition r2 | p1']);
  });

  it('stands first in the menu of its machine, and what cannot be done there is off', () => {
    const world = begun('primary-two-replicas');
    const itemsOf = (name: string) => {
      const facts = world.facts();
      const machine = machinesOf(facts, [], missingServices(facts, world.scenario)).find((each) => each.name === name);
      if (machine === undefined) throw new Error(`no machine ${name}`);
      return hostFaults({ fault: () => undefined } as unknown as LabSession, machine, world.wrong());
    };
    expect(itemsOf('r1').map(({ label }) => label)).toContain('Start it again');
    world.fault('crash r1');
    world.fault('disk r1 full');
    expect(itemsOf('r1').slice(0, 2).map(({ label }) => label)).toEqual(['Start it again', 'Make its disk well again']);
    expect(itemsOf('r1').filter(({ label }) => label === 'Start it again')).toHaveLength(1);
    expect(itemsOf('r1').find(({ id }) => id === 'crash')?.disabled).toBe(true);
    expect(itemsOf('r2').find(({ id }) => id === 'crash')?.disabled).toBe(false);
  });
});

describe('links that are drawn', () => {
  it('are those that are used, wanted or odd: who follows whom is seen without a connection', () => {
    const chain = begun('broken-chain');
    expect(withoutCommon(pairsOf(chain.facts())).pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(['r1 r2']);
    const sentinels = begun('three-sentinels');
    sentinels.fault('crash s3');
    sentinels.pass(5000);
    expect(withoutCommon(pairsOf(sentinels.facts())).pairs.some(({ a, b }) => a === 's3' || b === 's3')).toBe(false);
  });

  it('show no message that came to a program when that was gone', () => {
    const world = begun('broken-cluster');
    world.pass(25_000);
    const { inFlight, hosts } = world.facts();
    const gone = new Set(hosts.filter(({ processes }) => processes.length === 0).map(({ name }) => name));
    expect(gone).toContain('n1');
    expect(inFlight.filter(({ to, stopped, arrivesAtUs }) => gone.has(to) && stopped === null && (arrivesAtUs ?? 0) < 25_000_000)).toEqual([]);
  });
});
