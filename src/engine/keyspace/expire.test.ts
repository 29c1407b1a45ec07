import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';

/** A server whose cron runs ten times a second, with `dead` keys that end after a millisecond and `alive` ones that last an hour. */
function serverWith(dead: number, alive: number): TestServer {
  const world = new TestServer();
  for (let i = 0; i < dead; i++) world.send(`SET dead:${i} v PX 1`);
  for (let i = 0; i < alive; i++) world.send(`SET alive:${i} v EX 3600`);
  return world;
}

const keysLeft = (world: TestServer): number => world.server.databases[0]?.keys.size ?? -1;

describe('the active expiry cycle', () => {
  test('removes keys that nobody asks for', () => {
    const world = serverWith(5, 3);
    const events = world.listen();
    world.advance(150);
    expect(keysLeft(world)).toBe(3);
    const expired = events.flatMap((event) => (event.type === 'keyExpired' ? [event] : []));
    expect(expired).toHaveLength(5);
    expect(expired[0]).toMatchObject({ how: 'cycle', lateMs: 99 });
    expect(events.find((event) => event.type === 'expiryCycleRan')).toMatchObject({ kind: 'slow', sampled: 8, expired: 5 });
    expect(world.server.statistics.keyspace.expiredKeys).toBe(5);
  });

  test('goes on while more than a tenth of a sample is dead, so one run clears a thousand', () => {
    const world = serverWith(1000, 0);
    world.advance(100);
    expect(keysLeft(world)).toBe(0);
  });

  test('is content when fewer than a tenth are dead, and finds the rest by and by', () => {
    const world = serverWith(50, 1950);
    world.advance(100);
    expect(keysLeft(world)).toBeGreaterThan(1950);
    world.advance(20_000);
    expect(keysLeft(world)).toBe(1950);
  });

  test('stops when its time is up, says so, and a fast cycle goes on before the server sleeps', () => {
    const world = serverWith(100_000, 0);
    const before = world.clock.us;
    const events = world.listen();
    world.advance(100);
    const { statistics } = world.server;
    expect(statistics.expiredTimeCapReached).toBeGreaterThanOrEqual(1);
    expect(keysLeft(world)).toBeGreaterThan(0);
    expect(world.clock.us - before).toBeGreaterThanOrEqual(100_000 + 25_000);
    expect(statistics.expireCycleCpuUs).toBeGreaterThanOrEqual(25_000);
    const left = keysLeft(world);
    world.clock.us += 5000; // a fast cycle rests for twice as long as it may take
    world.send('PING');
    expect(keysLeft(world)).toBeLessThan(left);
    expect(events.some((event) => event.type === 'expiryCycleRan' && event.kind === 'fast')).toBe(true);
    world.advance(2000);
    expect(keysLeft(world)).toBe(0);
  });

  test('more effort takes larger samples', () => {
    const sampledFirst = (effort: number): number => {
      const world = new TestServer({ config: { 'active-expire-effort': effort } });
      for (let i = 0; i < 500; i++) world.send(`SET k:${i} v EX 3600`);
      const events = world.listen();
      world.advance(100);
      const ran = events.find((event) => event.type === 'expiryCycleRan');
      return ran?.type === 'expiryCycleRan' ? ran.sampled : 0;
    };
    expect(sampledFirst(1)).toBeGreaterThanOrEqual(20);
    expect(sampledFirst(1)).toBeLessThan(30);
    expect(sampledFirst(10)).toBeGreaterThanOrEqual(65);
    expect(sampledFirst(10)).toBeLessThan(75);
  });

  test('visits every database', () => {
    const world = new TestServer();
    for (let db = 0; db < 16; db++) {
      world.send(`SELECT ${db}`);
      world.send('SET k v PX 1');
    }
    world.advance(100);
    expect(world.server.databases.every((db) => db.keys.size === 0)).toBe(true);
  });

  test('keeps a running mean of the time to live', () => {
    const world = new TestServer();
    for (let i = 0; i < 10; i++) world.send(`SET k:${i} v PX ${10_000 + i * 1000}`);
    world.advance(100);
    expect(world.server.databases[0]?.averageTtlMs).toBe(14_400);
  });

  test('estimates how many keys are dead and still there', () => {
    const world = serverWith(10, 10);
    world.advance(100);
    expect(world.server.statistics.expiredStalePercent).toBeCloseTo(2.5, 5);
  });

  test('rests while DEBUG has switched it off, and lookups still remove', () => {
    const world = serverWith(5, 0);
    world.server.debug.activeExpire = false;
    world.advance(1000);
    expect(keysLeft(world)).toBe(5);
    expect(world.ask('GET dead:0')).toBe('(nil)');
    expect(keysLeft(world)).toBe(4);
  });

  test('a removal by the cycle fails the transaction that watches the key', () => {
    const world = new TestServer();
    world.send('SET k v PX 50');
    world.send('WATCH k');
    world.advance(100);
    world.send('MULTI');
    world.send('PING');
    expect(world.ask('EXEC')).toBe('(nil)');
  });
});

describe('the cron and the hash tables', () => {
  test('a table that nobody uses goes on rehashing', () => {
    const world = new TestServer();
    const { keys } = world.server.databases[0] ?? {};
    if (keys === undefined) throw new Error('no database');
    for (let i = 0; i < 1025; i++) world.send(`SET k:${i} v`);
    expect(keys.isRehashing).toBe(true);
    world.advance(100);
    expect(keys.isRehashing).toBe(false);
    expect(keys.buckets(0)).toBe(2048);
  });

  test('with activerehashing off it waits for its users', () => {
    const world = new TestServer({ config: { activerehashing: false } });
    for (let i = 0; i < 1025; i++) world.send(`SET k:${i} v`);
    world.advance(1000);
    expect(world.server.databases[0]?.keys.isRehashing).toBe(true);
  });
});
