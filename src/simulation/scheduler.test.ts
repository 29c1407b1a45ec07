import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.ts';
import { EVENTS_PER_INSTANT, Scheduler } from './scheduler.ts';

describe('the scheduler', () => {
  it('hands out events in order of time, and of insertion where times are equal', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed, 'order');
      const scheduler = new Scheduler();
      const expected: [number, number][] = [];
      const seen: [number, number][] = [];
      for (let i = 0; i < 200; i++) {
        const at = random.below(40);
        const event = scheduler.schedule(at, 'h', 'timer', String(i), () => seen.push([at, i]));
        if (random.below(4) === 0) scheduler.cancel(event);
        else expected.push([at, i]);
      }
      while (scheduler.step());
      expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(seen, `seed ${seed}`).toEqual(expected);
    }
  });

  it('names what can happen next, without what was cancelled, and says what caused it', () => {
    const scheduler = new Scheduler();
    scheduler.schedule(5, 'h', 'timer', 'first', () => scheduler.schedule(9, 'h', 'timer', 'follows', () => {}));
    scheduler.cancel(scheduler.schedule(6, 'h', 'timer', 'cancelled', () => {}));
    scheduler.schedule(7, 'h', 'timer', 'second', () => {});
    scheduler.step();
    expect(scheduler.pending(10).map(({ at, what, cause }) => [at, what, cause])).toEqual([[7, 'second', 0], [9, 'follows', 1]]);
  });

  it('does not let a chain without delays hold one instant for ever', () => {
    const scheduler = new Scheduler();
    const findings: string[] = [];
    scheduler.onFinding = (what) => findings.push(what);
    const again = (): void => void scheduler.schedule(scheduler.now, 'h', 'timer', 'again', again);
    again();
    for (let i = 0; i <= EVENTS_PER_INSTANT; i++) scheduler.step();
    expect(scheduler.now).toBe(1000);
    for (let i = 0; i < 500 * EVENTS_PER_INSTANT; i++) scheduler.step();
    expect(findings).toEqual(['10000000 events followed one another without a pause']);
  });

  it('hashes equal runs equally and different ones differently', () => {
    const run = (at: number, payload: number): string => {
      const scheduler = new Scheduler();
      scheduler.schedule(at, 'h', 'timer', 'x', () => {}, payload);
      scheduler.step();
      return scheduler.hash.digest();
    };
    expect(run(5, 1)).toBe(run(5, 1));
    expect(new Set([run(5, 1), run(6, 1), run(5, 2)]).size).toBe(3);
  });
});

describe('seeded chance', () => {
  it('depends on seed and name alone', () => {
    const draw = (seed: number, name: string): number[] => {
      const random = new SeededRandom(seed, name);
      return Array.from({ length: 5 }, () => random.below(1000));
    };
    expect(draw(1, 'a/x')).toEqual(draw(1, 'a/x'));
    expect(draw(1, 'a/x')).not.toEqual(draw(1, 'a/y'));
    expect(draw(1, 'a/x')).not.toEqual(draw(2, 'a/x'));
    const fork = new SeededRandom(1, 'a').fork('x');
    expect(Array.from({ length: 5 }, () => fork.below(1000))).toEqual(draw(1, 'a/x'));
  });

  it('spreads evenly, up to the widest bound', () => {
    const random = new SeededRandom(7, 'even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = random.below(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const wide = Array.from({ length: 1000 }, () => random.below(0x100000000));
    expect(Math.max(...wide)).toBeGreaterThan(0xf0000000);
    expect(() => random.below(0)).toThrow('bound');
  });
});
