import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recording } from '../simulation/index.ts';
import { createWorkerLab, type StartEngine } from './client.ts';
import type { FromWorker, ToWorker } from './envelope.ts';
import { LabHub } from './hub.ts';
import type { Notice } from './protocol.ts';
import { RecordingSaver } from './saver.ts';
import { testContext } from './testing.ts';

/** An engine in this thread that can be made to hang: then it takes messages and says nothing. */
function engines() {
  const started: { fail: (report: string) => void; ended: boolean }[] = [];
  let hangs = false;
  const start: StartEngine = (heard, failed) => {
    const self = { fail: failed, ended: false };
    started.push(self);
    const hub = new LabHub(testContext, (notice) => heard({ kind: 'notices', notices: [notice] }));
    const saver = new RecordingSaver(hub);
    return {
      post(message: ToWorker) {
        if (hangs) return;
        if (message.kind === 'ping') heard({ kind: 'pong', n: message.n } satisfies FromWorker);
        else {
          hub.handle(message.request);
          for (const lab of hub.labs.values()) {
            lab.settle();
            lab.flush();
          }
          for (const piece of saver.pieces()) heard(piece);
        }
      },
      end: () => (self.ended = true),
    };
  };
  return { start, started, hang: (now: boolean) => (hangs = now) };
}

function opened() {
  const e = engines();
  const client = createWorkerLab(e.start);
  const notices: Notice[] = [];
  client.listen('a', (notice) => notices.push(notice));
  const open = (recording?: Recording): void => {
    client.send({ type: 'open', lab: 'a', scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] }, nowMs: 0, ...(recording === undefined ? {} : { recording }) });
    client.send({ type: 'openTerminal', lab: 'a', tty: 't', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
  };
  open();
  const transcript = (): string => {
    let text = '';
    client.ask('a', { about: 'transcript', tty: 't' }, (answer) => (text = 'value' in answer ? String(answer.value) : answer.problem));
    return text;
  };
  return { ...e, client, notices, open, transcript };
}

describe('the page end of the lab', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('starts one engine and passes messages and answers', () => {
    const o = opened();
    o.client.send({ type: 'runStep', lab: 'a', tty: 't', step: 'PING' });
    expect(o.transcript()).toContain('PONG');
    expect(o.started).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(o.notices.some((notice) => notice.type === 'crashed')).toBe(false);
  });

  it('ends an engine that hangs, and the page opens the lab again as it was', () => {
    const o = opened();
    o.client.send({ type: 'runStep', lab: 'a', tty: 't', step: 'SET a 1' });
    vi.advanceTimersByTime(60_000);
    o.hang(true);
    let answer: unknown;
    o.client.send({ type: 'runStep', lab: 'a', tty: 't', step: 'INCR a' });
    o.client.ask('a', { about: 'recording' }, (given) => (answer = given));
    vi.advanceTimersByTime(6_000);
    expect(o.started[0]?.ended).toBe(false);
    vi.advanceTimersByTime(6_000);
    expect(o.started[0]?.ended).toBe(true);
    expect(answer).toEqual({ problem: expect.stringContaining('started again') });
    const crashed = o.notices.at(-1);
    if (crashed?.type !== 'crashed') throw new Error('not told');
    o.hang(false);
    o.open(crashed.recording);
    expect(o.started).toHaveLength(2);
    expect(o.transcript()).toBe('$ redis-cli\n127.0.0.1:6379> SET a 1\nOK\n127.0.0.1:6379>');
  });

  it('does the same when the engine fails by itself, also after undo', () => {
    const o = opened();
    for (const step of ['SET a 1', 'SET a 2', 'SET a 3']) o.client.send({ type: 'runStep', lab: 'a', tty: 't', step });
    o.client.send({ type: 'undo', lab: 'a' });
    o.started[0]?.fail('out of memory');
    const crashed = o.notices.at(-1);
    expect(crashed).toMatchObject({ type: 'crashed', report: 'out of memory' });
    if (crashed?.type === 'crashed') o.open(crashed.recording);
    o.client.send({ type: 'runStep', lab: 'a', tty: 't', step: 'GET a' });
    expect(o.transcript()).toContain('GET a\n"2"');
  });
});
