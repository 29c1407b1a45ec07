import { describe, expect, test } from 'vitest';
import { TestDeployment } from './test-deployment.ts';

describe('a failover', () => {
  test('Sentinels find replicas and each other, agree that the master is down, and put a replica in its place', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    for (const i of [0, 1, 2]) {
      expect([world.field(i, 'flags'), world.field(i, 'num-slaves'), world.field(i, 'num-other-sentinels')]).toEqual(['master', '2', '2']);
    }
    expect(world.server(0).ask('SET k v')).toBe('OK');
    world.crashServer(0);
    world.until('+switch-master');
    world.advance(15_000);
    const addresses = new Set([0, 1, 2].map((i) => world.masterOf(i)));
    expect(addresses.size).toBe(1);
    expect([...addresses][0]).not.toContain('10.0.0.1');
    const promoted = world.server(1).ask('ROLE').includes('"master"') ? 1 : 2;
    const other = 3 - promoted;
    expect([...addresses][0]).toContain(world.serverAddress(promoted));
    expect(world.server(other).ask('ROLE')).toContain(`2) "${world.serverAddress(promoted)}"`);
    expect(world.server(promoted).ask('GET k')).toBe('"v"');
    expect(world.told.filter(({ event }) => event === '+elected-leader')).toHaveLength(1);
  });
});
