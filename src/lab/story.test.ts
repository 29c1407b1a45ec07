import { describe, expect, it } from 'vitest';
import type { Scenario } from '../simulation/index.ts';
import { furniture } from './furniture.ts';
import { LabHub } from './hub.ts';
import { Pacer } from './pacer.ts';
import type { Notice } from './protocol.ts';

const SENTINEL = 'protected-mode no\nsentinel monitor main 10.0.0.11 6379 2\nsentinel down-after-milliseconds main 5000\nsentinel failover-timeout main 20000\n';
const SERVER = 'redis-server --protected-mode no --repl-diskless-sync-delay 0';
const SCENARIO: Scenario = {
  seed: 7,
  hosts: [
    { name: 'p1', run: [SERVER] }, { name: 'r1', run: [`${SERVER} --replicaof 10.0.0.11 6379`] }, { name: 'r2', run: [`${SERVER} --replicaof 10.0.0.11 6379`] },
    ...['s1', 's2', 's3'].map((name) => ({ name, files: { 'sentinel.conf': SENTINEL }, run: ['redis-sentinel sentinel.conf'] })),
  ],
};
const PAIR: Scenario = { seed: 3, hosts: [{ name: 'p1', run: [SERVER] }, { name: 'r1', run: [`${SERVER} --replicaof p1 6379`] }] };

type Clock = Notice & { type: 'clock' };

/** A reader who looks at each frame. Real time passes only here. */
class Reader {
  nowMs = 0;
  readonly clocks: Clock[] = [];
  readonly hub = new LabHub(furniture, (notice) => { if (notice.type === 'clock') this.clocks.push(notice); });
  readonly pacer = new Pacer(this.hub, () => this.nowMs);

  constructor(scenario: Scenario) {
    this.pacer.handle({ type: 'open', lab: 'd', scenario, nowMs: 1_800_000_000_000 });
    this.pacer.handle({ type: 'advance', lab: 'd', us: 12_000_000 });
  }

  get lab() {
    const lab = this.hub.labs.get('d');
    if (lab === undefined) throw new Error('the lab is gone');
    return lab;
  }

  story(): void {
    this.pacer.handle({ type: 'pace', lab: 'd', speed: 1, story: true });
  }

  /** Frames of 16 ms until `done` says so, `limitMs` at most; the milliseconds it took. */
  reads(limitMs: number, done: () => boolean = () => false): number {
    const from = this.nowMs;
    while (this.nowMs - from < limitMs && !done()) {
      this.pacer.turn();
      this.nowMs += 16;
    }
    return this.nowMs - from;
  }

  get last(): Clock['story'] {
    return this.clocks.at(-1)?.story;
  }
}

describe('a story', () => {
  it('winds on through silence, and stands at each turn', () => {
    const reader = new Reader(SCENARIO);
    reader.story();
    reader.pacer.handle({ type: 'fault', lab: 'd', text: 'crash p1' });
    const crashedAt = reader.lab.nowUs;
    reader.reads(20_000, () => reader.last?.what.includes('+sdown') === true);
    // Five seconds of silence, and the messages about the broken links, take a few seconds to read.
    expect(reader.lab.nowUs - crashedAt).toBeGreaterThan(4_500_000);
    expect(reader.last).toMatchObject({ pace: 'read' });
    expect(reader.last?.what).toMatch(/^s\d \+sdown master main/);
    const atTurn = reader.lab.nowUs;
    reader.reads(500);
    expect(reader.lab.nowUs).toBe(atTurn);
  });

  it('comes to the end of a failover, having told its turns in order', () => {
    const reader = new Reader(SCENARIO);
    reader.story();
    reader.pacer.handle({ type: 'fault', lab: 'd', text: 'crash p1' });
    reader.reads(240_000, () => reader.last?.what.includes('+switch-master') === true);
    const turns = [...new Set(reader.clocks.flatMap(({ story }) => (story?.pace === 'read' ? [/[+-][a-z-]+/.exec(story.what)?.[0] ?? ''] : [])))].filter((turn) => turn !== '');
    const order = ['+sdown', '+odown', '+try-failover', '+elected-leader', '+promoted-slave', '+switch-master'].map((turn) => turns.findIndex((each) => each === turn));
    expect(turns).toContain('+switch-master');
    expect(order.filter((at) => at !== -1)).toEqual([...order.filter((at) => at !== -1)].sort((a, b) => a - b));
  });

  it('stretches the flight of a message that counts', () => {
    const reader = new Reader(PAIR);
    reader.pacer.handle({ type: 'openTerminal', lab: 'd', tty: 'a', host: 'p1', columns: 80, rows: 24, run: 'redis-cli' });
    reader.pacer.handle({ type: 'advance', lab: 'd', us: 2_000_000 });
    reader.story();
    reader.pacer.handle({ type: 'input', lab: 'd', tty: 'a', bytes: 'SET a 1\r' });
    const isSlow = (): boolean => reader.last?.pace === 'slow' && /^(SELECT|SET)$/.test(reader.last.what);
    reader.reads(3000, isSlow);
    expect(isSlow()).toBe(true);
    const took = reader.reads(3000, () => !isSlow());
    expect(took).toBeGreaterThan(400);
    expect(took).toBeLessThan(1500);
  });

  it('is the same run as one without: it decides how much time passes, not what happens', () => {
    const reader = new Reader(SCENARIO);
    reader.story();
    reader.reads(8000);
    reader.pacer.handle({ type: 'pace', lab: 'd', speed: 0 });
    const { nowUs, runHash } = reader.lab;
    const other = new Reader(SCENARIO);
    other.pacer.handle({ type: 'seek', lab: 'd', to: { atUs: nowUs } });
    expect(other.lab.nowUs).toBe(nowUs);
    expect(other.lab.runHash).toBe(runHash);
  });

  it('ends when time is stopped, stepped, or given a speed', () => {
    const reader = new Reader(PAIR);
    reader.story();
    expect(reader.lab.story).toBeDefined();
    reader.pacer.handle({ type: 'step', lab: 'd', until: 'event' });
    expect(reader.lab.story).toBeUndefined();
    reader.story();
    reader.pacer.handle({ type: 'pace', lab: 'd', speed: 10 });
    expect(reader.lab.story).toBeUndefined();
  });
});
