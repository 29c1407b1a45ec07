import { describe, expect, it } from 'vitest';
import { MissingPart } from '../engine/index.ts';
import type { Program } from '../simulation/index.ts';
import type { LabContext } from './context.ts';
import { LabLoop } from './loop.ts';
import type { Notice, Request } from './protocol.ts';
import { Session, wayOf } from './session.ts';
import { testContext } from './testing.ts';

/** A lab whose program `late` needs a part, which comes when the test says so. */
function labWithLatePart() {
  let nowMs = 0;
  let timer: { at: number; fn: () => void } | undefined;
  let there = false;
  const fetching: { done: () => void; failed: (why: string) => void }[] = [];
  const notices: Notice[] = [];
  const need = (): void => {
    if (!there) throw new MissingPart('extra');
  };
  const late: Program = {
    name: 'late',
    summary: 'works when its part is there',
    run(p) {
      p.stdout.write('begun\n');
      need();
      p.stdout.write('done\n');
      p.exit(0);
    },
  };
  const programs = [...testContext.programs, late];
  const context: LabContext = {
    ...testContext,
    programs,
    visualizers: [...testContext.visualizers, { id: 'late', title: 'A picture that comes later', wakes: [], look: () => (need(), { seen: true }), describe: () => 'seen' }],
    parts: { has: () => there, fetch: (_part, done, failed) => void fetching.push({ done, failed }) },
  };
  const loop = new LabLoop(
    context,
    {
      nowMs: () => nowMs,
      later: (ms, fn) => {
        timer = { at: nowMs + ms, fn };
        return () => (timer = undefined);
      },
    },
    (notice) => notices.push(notice),
  );
  const send = (request: { type: Request['type'] } & Record<string, unknown>): void => loop.handle({ lab: 'a', ...request } as Request);
  const pass = (ms: number): void => {
    const until = nowMs + ms;
    while (timer !== undefined && timer.at <= until) {
      const due: { at: number; fn: () => void } = timer;
      timer = undefined;
      nowMs = Math.max(nowMs, due.at);
      due.fn();
    }
    nowMs = until;
  };
  send({ type: 'open', scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] }, nowMs: 0 });
  send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24 });
  pass(100);
  const lab = () => loop.hub.labs.get('a');
  return {
    send, pass, notices, fetching, programs,
    type: (bytes: string) => send({ type: 'input', tty: 't', bytes }),
    arrive: () => {
      there = true;
      for (const { done } of fetching.splice(0)) done();
    },
    virtualUs: () => lab()?.nowUs ?? 0,
    recording: () => lab()?.recording(),
    runHash: () => lab()?.runHash,
    /** What stands on the screen: everything since it was cleaned the last time. */
    screen: () => notices.flatMap((notice) => (notice.type === 'output' ? [notice.bytes] : [])).join('').split('\x1b[3J').at(-1)?.replaceAll('\r', ''),
    problems: () => notices.flatMap((notice) => (notice.type === 'problem' ? [notice.what] : [])),
    crashes: () => notices.filter((notice) => notice.type === 'crashed').length,
  };
}

describe('a part that is missing', () => {
  it('makes the lab wait: its time stands, what is typed is answered in order when the part has come', () => {
    const lab = labWithLatePart();
    lab.type('late\r');
    lab.pass(50);
    const stood = lab.virtualUs();
    lab.type('redis-cli SET greeting hello\r');
    lab.type('redis-cli GET greeting\r');
    lab.pass(5000);
    expect(lab.virtualUs()).toBe(stood);
    expect(lab.fetching).toHaveLength(1);
    lab.arrive();
    lab.pass(200);
    expect(lab.screen()).toContain('$ late\nbegun\ndone\n');
    expect(lab.screen()).toMatch(/done\n[^]*OK\n[^]*"hello"\n/);
    expect(lab.screen()?.match(/begun/g)).toHaveLength(1);
    expect(lab.virtualUs() - stood).toBeLessThan(1_000_000);
    expect(lab.crashes()).toBe(0);
  });

  it('leaves no trace in the run: the recording replays as one where everything was there', () => {
    const lab = labWithLatePart();
    lab.type('redis-cli SET a 1\r');
    lab.pass(300);
    lab.type('late\r');
    lab.pass(1000);
    lab.arrive();
    lab.pass(1000);
    const recording = lab.recording();
    if (recording === undefined) throw new Error('the lab is gone');
    expect(Session.along(wayOf(recording, true), lab.programs).simulation.runHash).toBe(lab.runHash());
  });

  it('is waited for by undo, by time that passes at once and by solutions', () => {
    const lab = labWithLatePart();
    lab.send({ type: 'prepare', steps: [] });
    lab.send({ type: 'perform', tty: 't', steps: [{ kind: 'wait', us: 100_000 }, { kind: 'shell', text: 'late' }, { kind: 'shell', text: 'redis-cli INCR n' }] });
    lab.pass(500);
    lab.arrive();
    lab.pass(2000);
    expect(lab.screen()).toMatch(/done\n[^]*1\n/);
    expect(lab.screen()?.match(/INCR/g)).toHaveLength(1);

    const another = labWithLatePart();
    another.type('late\r');
    const before = another.virtualUs();
    another.send({ type: 'advance', us: 3_000_000 });
    another.arrive();
    expect(another.virtualUs()).toBe(before + 3_000_000);
    expect(another.screen()).toContain('done\n');
  });

  it('is fetched for a picture that needs it, and nothing else waits', () => {
    const lab = labWithLatePart();
    lab.send({ type: 'watch', watch: 'w', visualizer: 'late', params: {} });
    lab.pass(100);
    // Nobody else waits for it.
    lab.type('redis-cli PING\r');
    lab.pass(200);
    expect(lab.screen()).toContain('PONG\n');
    lab.arrive();
    lab.pass(100);
    expect(lab.notices.filter((notice) => notice.type === 'view')).toMatchObject([{ view: { seen: true } }]);
    expect(lab.problems()).toEqual([]);
  });

  it('is fetched for a question, and nothing else waits', () => {
    const lab = labWithLatePart();
    lab.send({ type: 'ask', ask: 1, question: { about: 'commandDocs', host: 'local', port: 6379 } });
    lab.type('redis-cli PING\r');
    lab.pass(200);
    expect(lab.screen()).toContain('PONG\n');
    const answers = () => lab.notices.filter((notice) => notice.type === 'answer').length;
    expect(answers()).toBe(0);
    lab.arrive();
    expect(answers()).toBe(1);
  });

  it('is told once when it cannot be fetched; the lab can be closed and opened meanwhile', () => {
    const lab = labWithLatePart();
    lab.type('late\r');
    lab.pass(50);
    lab.fetching[0]?.failed('no connection');
    lab.fetching[0]?.failed('no connection');
    expect(lab.problems()).toEqual(['A part of the lab could not be fetched: no connection.']);
    lab.send({ type: 'open', scenario: { seed: 2, hosts: [{ name: 'local' }] }, nowMs: 0 });
    lab.send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24 });
    lab.pass(100);
    lab.arrive();
    lab.type('late\r');
    lab.pass(100);
    expect(lab.screen()).toContain('done\n');
  });
});
