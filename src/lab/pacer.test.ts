import { describe, expect, it } from 'vitest';
import { LabLoop } from './loop.ts';
import type { Notice, Request } from './protocol.ts';
import { testContext } from './testing.ts';

/** A loop whose real time is under the test's control. */
function paced() {
  let nowMs = 0;
  let timer: { at: number; fn: () => void } | undefined;
  let turns = 0;
  let lookMs = 0;
  const notices: Notice[] = [];
  const loop = new LabLoop(
    testContext,
    {
      nowMs: () => (nowMs += lookMs),
      later: (ms, fn) => {
        timer = { at: nowMs + ms, fn };
        return () => (timer = undefined);
      },
    },
    (notice) => notices.push(notice),
  );
  const send = (request: { type: Request['type'] } & Record<string, unknown>): void => loop.handle({ lab: 'a', ...request } as Request);
  /** Real time passes; timers fire when they are due, or `late` milliseconds later. */
  const pass = (ms: number, late = 0): void => {
    const until = nowMs + ms;
    while (timer !== undefined && timer.at + late <= until) {
      const due: { at: number; fn: () => void } = timer;
      timer = undefined;
      nowMs = Math.max(nowMs, due.at + late);
      turns++;
      due.fn();
    }
    nowMs = Math.max(nowMs, until);
  };
  send({ type: 'open', scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server --enable-debug-command yes'] }] }, nowMs: 0 });
  send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
  pass(100);
  return {
    send, pass, notices, loop,
    type: (bytes: string) => send({ type: 'input', tty: 't', bytes }),
    output: () => notices.flatMap((notice) => (notice.type === 'output' ? [notice.bytes] : [])).join(''),
    virtualUs: () => loop.hub.labs.get('a')?.nowUs ?? 0,
    turns: () => turns,
    sleeps: () => timer?.at,
    realMs: () => nowMs,
    /** What is done between two looks at the clock takes so long. */
    busy: (ms: number) => (lookMs = ms),
  };
}

describe('the pacer', () => {
  it('lets virtual time follow real time, at the speed that was chosen', () => {
    const p = paced();
    const begin = p.virtualUs();
    p.pass(3000);
    expect(p.virtualUs() - begin).toBeGreaterThan(2_850_000);
    expect(p.virtualUs() - begin).toBeLessThanOrEqual(3_000_000);
    const before = p.virtualUs();
    p.send({ type: 'pace', speed: 10 });
    p.pass(3000);
    expect(p.virtualUs() - before).toBeGreaterThan(28_500_000);
  });

  it('makes up for a burst that was too much for a turn, and not for more than half a second', () => {
    const behindMs = (busyForMs: number): { before: number; after: number } => {
      const p = paced();
      p.send({ type: 'pace', speed: 100 });
      p.pass(1000);
      const [realBefore, virtualBefore] = [p.realMs(), p.virtualUs()];
      const behind = (): number => p.realMs() - realBefore - (p.virtualUs() - virtualBefore) / 100_000;
      p.busy(15);
      p.pass(busyForMs);
      const before = behind();
      p.busy(0);
      p.pass(1000);
      return { before, after: behind() };
    };
    const burst = behindMs(500);
    expect(burst.before).toBeGreaterThan(50);
    expect(burst.after).toBeLessThan(20);
    const overload = behindMs(20_000);
    expect(overload.before).toBeGreaterThan(2000);
    expect(overload.before - overload.after).toBeLessThan(1000);
  });

  it('sleeps while nothing is due: an idle page costs the cron and no more', () => {
    const p = paced();
    p.pass(1000);
    const before = p.turns();
    p.pass(10_000);
    // Ten crons a second, and the clock told four times a second.
    expect(p.turns() - before).toBeLessThan(10 * (10 + 5));
  });

  it('answers a key at once', () => {
    const p = paced();
    p.pass(1000);
    const { length } = p.output();
    p.type('SET a 1\r');
    expect(p.output().slice(length)).toContain('OK');
  });

  it('does not take a page that slept for time that passed', () => {
    const p = paced();
    p.pass(1000);
    const before = p.virtualUs();
    p.pass(3_600_000, 3_500_000);
    expect(p.virtualUs() - before).toBeLessThan(1_000_000);
  });

  it('stands still when paused, but answers what is typed', () => {
    const p = paced();
    p.send({ type: 'pace', speed: 0 });
    const before = p.virtualUs();
    p.pass(60_000);
    expect(p.virtualUs()).toBe(before);
    p.type('DEBUG SLEEP 0.5\r');
    p.pass(20);
    expect(p.output()).toContain('DEBUG SLEEP');
    expect(p.virtualUs() - before).toBeGreaterThanOrEqual(500_000);
    expect(p.virtualUs() - before).toBeLessThan(600_000);
    const after = p.virtualUs();
    p.pass(60_000);
    expect(p.virtualUs()).toBe(after);
    p.send({ type: 'pace', speed: 1 });
    p.pass(1000);
    expect(p.virtualUs()).toBeGreaterThan(after);
  });

  it('tells news at most once a frame', () => {
    const p = paced();
    p.pass(1000);
    const before = p.notices.length;
    for (const key of 'PING PING') p.type(key);
    expect(p.notices.slice(before).filter((notice) => notice.type === 'output')).toHaveLength(1);
    p.pass(50);
    expect(p.notices.slice(before).filter((notice) => notice.type === 'output').length).toBeLessThanOrEqual(3);
  });

  it('forgets labs that were closed', () => {
    const p = paced();
    p.send({ type: 'close' });
    p.pass(100);
    expect(p.sleeps()).toBeUndefined();
  });

  it('goes on to a later moment in slices, tells how far it is, and does what was asked meanwhile at the end', () => {
    const p = paced();
    const begin = p.virtualUs();
    const clocks = () => p.notices.flatMap((notice) => (notice.type === 'clock' ? [notice] : []));
    p.busy(60);
    p.send({ type: 'seek', to: { atUs: begin + 60_000_000 } });
    expect(p.virtualUs()).toBeLessThan(begin + 60_000_000);
    p.type('TIME\r');
    p.send({ type: 'ask', ask: 1, question: { about: 'hosts' } });
    expect(p.notices).toContainEqual(expect.objectContaining({ type: 'answer', ask: 1 }));
    p.pass(150);
    const onTheWay = clocks().at(-1);
    expect(onTheWay).toMatchObject({ work: { what: 'passing', toUs: begin + 60_000_000 } });
    expect(onTheWay?.atUs).toBeLessThan(begin + 60_000_000);
    expect(p.output()).not.toContain('TIME');
    p.pass(20_000);
    expect(p.output()).toContain('TIME');
    expect(clocks().at(-1)).toMatchObject({ speed: 0, executed: expect.any(Number) });
    expect(clocks().at(-1)?.work).toBeUndefined();
    expect(p.virtualUs()).toBeGreaterThanOrEqual(begin + 60_000_000);
    expect(p.virtualUs()).toBeLessThan(begin + 60_100_000);
  });

  it('stays where it is when it is paused on the way', () => {
    const p = paced();
    const begin = p.virtualUs();
    p.busy(60);
    p.send({ type: 'seek', to: { atUs: begin + 60_000_000 } });
    p.type('PING\r');
    p.send({ type: 'pace', speed: 0 });
    const stopped = p.virtualUs();
    expect(stopped).toBeLessThan(begin + 60_000_000);
    p.busy(0);
    p.pass(5000);
    expect(p.output()).toContain('PONG');
    expect(p.virtualUs() - stopped).toBeLessThan(100_000);
  });

  /** A server with a minute behind it, and something typed in its middle. */
  const withPast = () => {
    const p = paced();
    for (const line of ['SET a 1\r', 'SET a 2\r']) {
      p.type(line);
      p.send({ type: 'advance', us: 30_000_000 });
    }
    p.pass(100);
    p.send({ type: 'pace', speed: 0 });
    p.pass(100);
    const clocks = () => p.notices.flatMap((notice) => (notice.type === 'clock' ? [notice] : []));
    return { ...p, clocks, recording: () => p.loop.hub.labs.get('a')?.recording() };
  };

  it('goes back in slices: the world stays as it is until the other is there, and what is asked meanwhile is done in that', () => {
    const p = withPast();
    const left = p.virtualUs();
    p.busy(60);
    p.send({ type: 'seek', to: { atUs: 20_000_000 } });
    expect(p.virtualUs()).toBe(left);
    p.type('GET a\r');
    p.pass(150);
    expect(p.clocks().at(-1)).toMatchObject({ atUs: left, work: { what: 'remaking', toUs: 20_000_000 } });
    p.busy(0);
    p.pass(5000);
    expect(p.clocks().at(-1)?.work).toBeUndefined();
    expect(p.virtualUs() - 20_000_000).toBeLessThan(100_000);
    expect(p.output().split('GET a').at(-1)).toContain('"1"');
  });

  it('keeps the world that it has when going back is given up', () => {
    const p = withPast();
    const left = p.virtualUs();
    p.busy(60);
    p.send({ type: 'undo' });
    p.send({ type: 'pace', speed: 0 });
    p.busy(0);
    p.pass(5000);
    expect(p.virtualUs()).toBe(left);
    p.type('GET a\r');
    p.pass(100);
    expect(p.output().split('GET a').at(-1)).toContain('"2"');
  });

  it('opens a recording in slices, and shows nothing of it before it is there', () => {
    const p = withPast();
    const recording = p.recording();
    const hash = p.loop.hub.labs.get('a')?.runHash;
    p.busy(60);
    const before = p.notices.length;
    const fresh = () => p.notices.slice(before);
    p.send({ type: 'open', scenario: recording?.scenario, recording, nowMs: 0 });
    p.send({ type: 'pace', speed: 0 });
    p.send({ type: 'ask', ask: 7, question: { about: 'hosts' } });
    p.pass(150);
    expect(fresh().every(({ type }) => type === 'clock')).toBe(true);
    expect(p.clocks().at(-1)).toMatchObject({ work: { what: 'remaking', toUs: recording?.untilUs } });
    p.busy(0);
    p.pass(5000);
    expect(fresh().find(({ type }) => type !== 'clock')).toMatchObject({ type: 'opened', atUs: recording?.untilUs });
    expect(fresh()).toContainEqual(expect.objectContaining({ type: 'answer', ask: 7 }));
    expect(p.loop.hub.labs.get('a')?.runHash).toBe(hash);
    expect(p.virtualUs()).toBe(recording?.untilUs);
  });

  it('waits in slices for what is to happen, and says so when it does not', () => {
    const p = paced();
    const begin = p.virtualUs();
    p.busy(60);
    p.send({ type: 'step', until: { text: 'failover' } });
    expect(p.virtualUs()).toBeLessThan(begin + 60_000_000);
    p.busy(0);
    p.pass(5000);
    expect(p.virtualUs()).toBeGreaterThan(begin + 59_000_000);
    expect(p.notices).toContainEqual(expect.objectContaining({ type: 'problem', what: 'Nothing with "failover" happened within a minute.' }));
  });
});
