import { describe, expect, it } from 'vitest';
import { EPOCH_MS, TestWorld } from '../test-world.ts';
import { expiry } from './look.ts';
import { dayAndMonth, expiryChanges, onlyTimePassed, placeIn, ticks, windowFor, type ExpiryView } from './model.ts';

const look = (world: TestWorld, params: object = {}): ExpiryView => expiry.look(world.world, params);

describe('deadlines as a picture', () => {
  it('says what is to be seen of ten keys, at level S (golden)', () => {
    const world = new TestWorld();
    for (let i = 1; i <= 10; i++) world.run(i <= 7 ? `SET key:${i} x EX ${i * 10}` : `SET key:${i} x`);
    world.wait(200);
    expect(expiry.describe(look(world))).toMatchInlineSnapshot(`
      "Database 0 of local:6379: 10 keys in the table, 7 with a deadline. All are alive.
      Soonest first: key:1 ends at 22:13:30, key:2 ends at 22:13:40, key:3 ends at 22:13:50, key:4 ends at 22:14:00, key:5 ends at 22:14:10, key:6 ends at 22:14:20 and key:7 ends at 22:14:30.
      The active cycle runs 10 times a second; it has removed nothing here yet.
      Removed since the start: 0."
    `);
  });

  it('lets the present move and the marks stand', () => {
    const world = new TestWorld();
    world.run('SET a x EX 40', 'SET b x EX 50');
    const before = look(world);
    world.wait(3000);
    const after = look(world);
    expect(after.deadlines).toEqual(before.deadlines);
    expect(after.window).toEqual(before.window);
    expect(after.nowMs - before.nowMs).toBeGreaterThan(2000);
    expect(onlyTimePassed(after, before)).toBe(true);
    expect(expiryChanges(before, after)).toEqual([]);
    expect(expiry.describe(after)).toBe(expiry.describe(before));
  });

  it('gives the same view again while nothing but a little time has passed', () => {
    const world = new TestWorld();
    world.run('SET a x EX 3600');
    world.wait(250);
    const first = look(world);
    world.wait(300);
    expect(look(world)).toEqual(first);
  });

  it('knows the broom that took a key: the cycle', () => {
    const world = new TestWorld();
    world.run('SET a x PX 500', 'SET b y');
    world.wait(50);
    const before = look(world);
    expect([before.physical, before.withDeadline]).toEqual([2, 1]);
    world.wait(1000);
    const after = look(world);
    expect(after).toMatchObject({ physical: 1, withDeadline: 0, expiredTotal: 1, removals: [{ key: 'a', how: 'cycle' }] });
    expect(expiryChanges(before, after)[0]).toMatch(/^a was removed by the active cycle, .* after its moment\.$|^a was removed by the active cycle, at its moment\.$/);
  });

  it('knows the broom that took a key: a look, while the cycle rests', () => {
    const world = new TestWorld({ hz: 1 });
    world.run('SET a x PX 100');
    world.wait(300);
    const dead = look(world);
    expect(dead).toMatchObject({ physical: 1, dead: 1, deadlines: [{ key: 'a', isDead: true }] });
    expect(expiry.describe(dead)).toContain('1 key is past its time and not removed yet: no client sees it, but the memory is not free.');
    world.run('GET a');
    expect(look(world).removals[0]).toMatchObject({ key: 'a', how: 'access', command: 'GET a' });
  });

  it('shows a deadline that a command took away or moved', () => {
    const world = new TestWorld();
    world.run('SET a x EX 100', 'SET b x EX 100');
    const before = look(world);
    world.run('PERSIST a', 'EXPIRE b 50');
    expect(expiryChanges(before, look(world)).join(' ')).toMatch(/The deadline of b went from 22:15:00 to 22:14:10\. a has no deadline any more\./);
  });

  it('counts classes of a thousand keys, at level M', () => {
    const world = new TestWorld();
    world.populate(1000, (i) => `key:${i}`, () => 'x', (i) => EPOCH_MS + 5000 + i * 1000);
    const view = look(world);
    expect(view.level).toBe('M');
    expect(view.deadlines).toHaveLength(100);
    expect(view.classes.reduce((sum, each) => sum + each, 0)).toBe(1000);
    expect(JSON.stringify(view).length).toBeLessThan(15_000);
  });

  it('shows a million keys in bounded space, at level L', () => {
    const world = new TestWorld();
    world.populate(1_000_000, (i) => `key:${i}`, () => 'x', (i) => EPOCH_MS + (i % 4 === 0 ? -1000 : 3_600_000));
    const view = look(world);
    expect(view.level).toBe('L');
    expect(view.deadlines).toEqual([]);
    expect(Math.abs(view.dead / 250_000 - 1)).toBeLessThan(0.05);
    expect(view.classesFrom).toBeLessThan(5000);
    expect(JSON.stringify(view).length).toBeLessThan(6000);
    world.wait(150);
    expect(look(world).expiredTotal).toBeGreaterThan(20);
    expect(look(world).sweep?.probes).toHaveLength(60);
    expect(look(world).staleTrace.length).toBeGreaterThan(0);
  }, 60_000);

  it('tells a server that is not there', () => {
    expect(expiry.describe(look(new TestWorld(), { port: 7000 }))).toBe('No server is running here.');
  });
});

describe('the line of time', () => {
  it('has at least half of the deadlines on it, and the present in its second quarter', () => {
    for (const aheadMs of [0, 1, 9999, 30_000, 31_000, 3_600_000, 86_400_000, 40 * 86_400_000]) {
      for (const nowMs of [EPOCH_MS, EPOCH_MS + 123_456_789]) {
        const window = windowFor(nowMs, [{ atMs: nowMs + aheadMs }], 1);
        expect(window.toMs).toBeGreaterThanOrEqual(nowMs + aheadMs);
        expect(placeIn(window, nowMs)).toBeGreaterThanOrEqual(0.25);
        expect(placeIn(window, nowMs)).toBeLessThan(0.5);
      }
    }
  });

  it('is labelled by the clock, or by dates when it is long', () => {
    expect(ticks(windowFor(EPOCH_MS, [{ atMs: EPOCH_MS + 5000 }], 1), 4).map((tick) => tick.label)).toEqual(['22:13:15', '22:13:20', '22:13:25', '22:13:30', '22:13:35']);
    expect(ticks(windowFor(EPOCH_MS, [{ atMs: EPOCH_MS + 10 * 86_400_000 }], 1), 4).map((tick) => tick.label)[1]).toMatch(/ Nov$/);
  });

  it('knows the calendar', () => {
    const days: readonly (readonly [number, string])[] = [[0, '1 Jan'], [Date.UTC(2024, 1, 29), '29 Feb'], [Date.UTC(2025, 2, 1), '1 Mar'], [Date.UTC(2100, 1, 28, 23), '28 Feb'], [Date.UTC(1999, 11, 31), '31 Dec']];
    for (const [ms, expected] of days) expect(dayAndMonth(ms)).toBe(expected);
  });
});
