import { describe, expect, it } from 'vitest';
import type { Check } from '../lessons/index.ts';
import { decodeRecording, encodeRecording, SeededRandom, type Recording, type Scenario } from '../simulation/index.ts';
import { LabHub } from './hub.ts';
import { createInlineLab, type InlineLab } from './inline.ts';
import { Lab } from './lab.ts';
import type { Notice, Request } from './protocol.ts';
import { testContext } from './testing.ts';

const scenario: Scenario = { seed: 1, hosts: [{ name: 'local', run: ['redis-server --enable-debug-command yes'] }], epochMs: 1_700_000_000_000 };

interface Opened {
  lab: InlineLab;
  notices: Notice[];
  send(request: { type: Request['type'] } & Record<string, unknown>): void;
  type(bytes: string, tty?: string): void;
  step(step: string, tty?: string): void;
  screen(tty?: string): string;
  of<T extends Notice['type']>(type: T): Extract<Notice, { type: T }>[];
  ask(question: object): unknown;
}

function open(options: { run?: string; recording?: Recording; steps?: object[]; scenario?: Scenario; terminal?: boolean } = {}): Opened {
  const lab = createInlineLab(testContext);
  const notices: Notice[] = [];
  lab.listen('a', (notice) => notices.push(notice));
  const send: Opened['send'] = (request) => lab.send({ lab: 'a', ...request } as Request);
  send({ type: 'open', scenario: options.scenario ?? scenario, nowMs: 1_700_000_000_000, ...(options.recording === undefined ? {} : { recording: options.recording }) });
  if (options.steps !== undefined) send({ type: 'prepare', steps: options.steps });
  if (options.terminal !== false) send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24, ...(options.run === '' ? {} : { run: options.run ?? 'redis-cli' }) });
  return {
    lab, notices, send,
    type: (bytes, tty = 't') => send({ type: 'input', tty, bytes }),
    step: (step, tty = 't') => send({ type: 'runStep', tty, step }),
    screen: (tty = 't') => lab.transcript('a', tty),
    of: (type) => notices.filter((notice) => notice.type === type) as never,
    ask: (question) => {
      let answer: unknown;
      lab.ask('a', question as never, (given) => (answer = 'value' in given ? given.value : given));
      return answer;
    },
  };
}

const last = <T>(list: readonly T[]): T | undefined => list.at(-1);

describe('a lab', () => {
  it('shows what redis-cli answers to what is typed', () => {
    const o = open();
    o.type('SET greeting hello\r');
    o.type('GET greeting\r');
    expect(o.screen()).toBe('$ redis-cli\n127.0.0.1:6379> SET greeting hello\nOK\n127.0.0.1:6379> GET greeting\n"hello"\n127.0.0.1:6379>');
    expect(last(o.of('foreground'))).toMatchObject({ tty: 't', program: 'redis-cli', prompt: '127.0.0.1:6379> ' });
    expect(last(o.of('clock'))).toMatchObject({ canUndo: true, inputs: 3, speed: 1 });
  });

  it('types steps one after the other, starting and leaving redis-cli as they need it', () => {
    const o = open({ run: '' });
    o.type('half a li');
    o.step('SET a 1');
    o.step('INCR a');
    o.step('$ nothing here');
    o.step('GET a');
    expect(o.screen()).toBe(
      '$ redis-cli\n127.0.0.1:6379> SET a 1\nOK\n127.0.0.1:6379> INCR a\n(integer) 2\n127.0.0.1:6379> exit\n$ nothing here\nnothing: not found\n$ redis-cli\n127.0.0.1:6379> GET a\n"2"\n127.0.0.1:6379>',
    );
  });

  it('gives up steps that wait behind a program which does not end, and says so', () => {
    const o = open();
    o.step('MONITOR');
    o.step('PING');
    expect(last(o.of('problem'))).toMatchObject({ what: 'The terminal is busy: redis-cli is still at work there.' });
    expect(o.screen()).not.toContain('PONG');
  });

  it('carries out a solution with several clients, passing time and a restart', () => {
    const o = open();
    o.send({
      type: 'perform', tty: 't', steps: [
        { kind: 'redis', text: 'SET a 1 EX 10' }, { kind: 'redis', text: 'CLIENT SETNAME bee', client: 'b' }, { kind: 'wait', us: 4_000_000 },
        { kind: 'redis', text: 'TTL a' }, { kind: 'redis', text: 'CLIENT GETNAME', client: 'b' }, { kind: 'restart' }, { kind: 'redis', text: 'DBSIZE' },
      ],
    });
    expect(o.screen()).toContain('TTL a\n(integer) 6\n');
    expect(o.screen('b')).toContain('CLIENT GETNAME\n"bee"\n');
    expect(o.screen()).toMatch(/DBSIZE\n(.*\n)?.*\(integer\) 0\n|DBSIZE\nError: Server closed the connection/);
  });

  it('answers questions without touching the server', () => {
    const o = open();
    o.step('SET user:1 ada EX 100');
    o.step('SET counter 7');
    const hash = o.lab.runHash('a');
    expect(o.ask({ about: 'keys', host: 'local', port: 6379, db: 0, pattern: '*', limit: 10 })).toMatchObject({ total: 2 });
    expect(o.ask({ about: 'key', host: 'local', port: 6379, db: 0, key: 'counter', limit: 10 })).toMatchObject({ encoding: 'int', ttlMs: null });
    expect(o.ask({ about: 'key', host: 'local', port: 6379, db: 0, key: 'none', limit: 10 })).toBeNull();
    expect(last([...(o.ask({ about: 'databases', host: 'local', port: 6379 }) as unknown[])])).toMatchObject({ db: 15, keys: 0 });
    expect(o.ask({ about: 'keys', host: 'local', port: 7000, db: 0, pattern: '*', limit: 10 })).toEqual({ problem: 'No Redis server runs on local:7000.' });
    expect((o.ask({ about: 'commandDocs', host: 'local', port: 6379 }) as { name: string }[]).find((doc) => doc.name === 'SET')).toMatchObject({ group: 'string', arity: -3 });
    expect(o.ask({ about: 'log', since: 0, limit: 100 })).toMatchObject([
      { argv: ['COMMAND', 'DOCS'], automatic: true }, { argv: ['SET', 'user:1', 'ada', 'EX', '100'], reply: 'OK', isWrite: true, tty: 't', automatic: false }, { argv: ['SET', 'counter', '7'] },
    ]);
    expect(o.lab.runHash('a')).toBe(hash);
  });

  it('reads and writes files of the host', () => {
    const o = open();
    expect(o.ask({ about: 'writeFile', host: 'local', path: 'redis.conf', content: 'port 7000\n' })).toBe(true);
    expect(o.ask({ about: 'file', host: 'local', path: '/home/learner/redis.conf' })).toMatchObject({ content: 'port 7000\n' });
    expect(o.ask({ about: 'files', host: 'local', path: '.' })).toMatchObject({ path: '/home/learner' });
    expect(o.ask({ about: 'file', host: 'local', path: 'none' })).toEqual({ problem: '/home/learner/none: No such file or directory' });
    expect(o.ask({ about: 'writeFile', host: 'local', path: 'no/such/f', content: '' })).toEqual({ problem: '/home/learner/no/such/f: No such file or directory' });
  });

  it('says what is wrong with an impossible request', () => {
    const o = open();
    o.send({ type: 'openTerminal', tty: 'x', host: 'nowhere', columns: 80, rows: 24 });
    expect(last(o.of('problem'))).toMatchObject({ what: 'There is no host "nowhere" for a terminal.' });
    o.send({ type: 'watch', watch: 'w', visualizer: 'nothing', params: {} });
    expect(last(o.of('problem'))).toMatchObject({ what: 'There is no picture named "nothing".' });
    const bad = open({ scenario: { seed: -1, hosts: [] }, terminal: false });
    expect(last(bad.of('problem'))).toMatchObject({ what: expect.stringContaining('whole number') });
  });

  it('lives on when a program crashes', () => {
    const o = open({ run: 'broken' });
    expect(last(o.of('problem'))).toMatchObject({ what: 'The program broken has crashed: what must hold did not.' });
    o.step('PING');
    expect(o.screen()).toContain('PONG');
  });
});

describe('watches', () => {
  it('show a view once it changes, with the same in words', () => {
    const o = open();
    o.send({ type: 'watch', watch: 'w', visualizer: 'count', params: { db: '0' } });
    o.step('SET a 1');
    o.step('SET a 2');
    o.step('SET b 2');
    expect(o.of('view').map(({ view, described }) => [view, described])).toEqual([[{ keys: 0 }, '0 keys'], [{ keys: 1 }, '1 keys'], [{ keys: 2 }, '2 keys']]);
    o.send({ type: 'unwatch', watch: 'w' });
    o.step('SET c 3');
    expect(o.of('view')).toHaveLength(3);
  });

  it('end with a sentence when the picture fails', () => {
    const o = open();
    o.send({ type: 'watch', watch: 'w', visualizer: 'failing', params: {} });
    expect(last(o.of('problem'))).toMatchObject({ what: 'The picture "A picture that fails" failed: nothing to see.' });
    o.step('PING');
    expect(o.screen()).toContain('PONG');
  });
});

describe('checks', () => {
  const check = { kind: 'key', id: 'k', say: '`k` exists', key: 'k', exists: true, when: [], points: 1, host: 'local', port: 6379, db: 0 } as unknown as Check;

  it('are judged after every change, on copies, with the command that spoiled it', () => {
    const o = open({ steps: [{ kind: 'redis', text: 'SET k start' }] });
    o.send({ type: 'checks', checks: [check], answers: {} });
    expect(last(o.of('checked'))).toMatchObject({ solved: true });
    o.step('SET other 1');
    o.step('DEL k');
    expect(last(o.of('checked'))).toMatchObject({ solved: false, results: [{ found: 'missing; at the start: 1', cause: { command: 'DEL k', step: 2 } }] });
    o.send({ type: 'undo' });
    expect(last(o.of('checked'))).toMatchObject({ solved: true });
    const count = o.of('checked').length;
    o.send({ type: 'checks', checks: [], answers: {} });
    o.step('DEL k');
    expect(o.of('checked')).toHaveLength(count);
  });
});

describe('undo and reset', () => {
  it('take back the last command and leave the rest of the session as it was', () => {
    const o = open();
    o.type('SET a 1\r');
    o.type('SET a 2\r\r');
    o.type('GET');
    const at = last(o.of('clock'))?.atUs;
    o.send({ type: 'undo' });
    expect(o.screen()).toBe('$ redis-cli\n127.0.0.1:6379> SET a 1\nOK\n127.0.0.1:6379> GET');
    o.step('PING');
    expect(o.screen()).toContain('> PING\nPONG\n');
    o.send({ type: 'undo' });
    o.type('GET a\r');
    expect(o.screen()).toContain('> GET a\n"1"\n');
    expect(last(o.of('clock'))?.atUs).toBeGreaterThanOrEqual(at ?? 0);
    o.send({ type: 'undo' });
    o.send({ type: 'undo' });
    expect(o.screen()).toBe('$ redis-cli\n127.0.0.1:6379>');
    expect(last(o.of('clock'))).toMatchObject({ canUndo: false });
    o.send({ type: 'undo' });
    expect(o.screen()).toBe('$ redis-cli\n127.0.0.1:6379>');
  });

  it('take back across terminals, newest first, and only the interrupt after a command that ran on', () => {
    const o = open();
    o.send({ type: 'openTerminal', tty: 'u', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
    o.type('SET a 1\r', 'u');
    o.type('SUBSCRIBE news\r', 't');
    o.type('\x03', 't');
    expect(last(o.of('foreground'))?.prompt).not.toBe('');
    o.send({ type: 'undo' });
    expect(o.screen('t')).toContain('Reading messages');
    o.send({ type: 'undo' });
    expect(o.screen('t')).toBe('$ redis-cli\n127.0.0.1:6379>');
    expect(o.screen('u')).toContain('SET a 1\nOK');
    o.send({ type: 'undo' });
    expect(o.screen('u')).toBe('$ redis-cli\n127.0.0.1:6379>');
  });

  it('stop at the start steps, which the learner never typed', () => {
    const o = open({ steps: [{ kind: 'redis', text: 'SET visits 41' }, { kind: 'redis', text: 'INCR visits', client: 'b' }] });
    o.step('GET visits');
    expect(o.screen()).toContain('"42"');
    o.send({ type: 'undo' });
    o.send({ type: 'undo' });
    o.step('GET visits');
    expect(o.screen()).toContain('"42"');
    o.step('FLUSHALL');
    o.send({ type: 'reset' });
    expect(o.screen()).toBe('$ redis-cli\n127.0.0.1:6379>');
    o.step('GET visits');
    expect(o.screen()).toContain('"42"');
  });

  it('redraw the terminals and tell that the world stands anew', () => {
    const o = open();
    o.type('SET a 1\r');
    const before = o.notices.length;
    o.send({ type: 'undo' });
    const told = o.notices.slice(before);
    expect(told.map((notice) => notice.type)).toContain('opened');
    expect(told.find((notice) => notice.type === 'output')).toMatchObject({ bytes: expect.stringMatching(/^\x1bc/) });
  });
});

describe('a recording', () => {
  /** A session at random: keys, steps, terminals, time, questions, pictures. */
  const wander = (seed: number, o: Opened): void => {
    const random = new SeededRandom(seed, 'wander');
    const lines = ['SET a 1', 'INCR a', 'GET a', 'SET b x PX 30', 'TTL b', 'RANDOMKEY', 'MULTI', 'EXEC', 'DEL a', 'oops', 'KEYS *', 'SCAN 0', 'CLIENT ID', 'TIME', 'DEBUG SLEEP 0.2', 'INFO server'];
    for (let i = 0; i < 25; i++) {
      const line = lines[random.below(lines.length)] ?? '';
      switch (random.below(7)) {
        case 0:
        case 1:
          o.type(`${line}\r`);
          break;
        case 2:
          for (const key of line) o.type(key);
          o.type('\r');
          break;
        case 3:
          o.step(line);
          break;
        case 4:
          o.lab.advance(random.below(300_000));
          break;
        case 5:
          o.type(`${line}\x17\x15\x10\r`);
          break;
        case 6:
          o.send({ type: 'resize', tty: 't', columns: 60 + random.below(40), rows: 20 });
      }
    }
  };

  it('replays a session byte for byte, through its text, watched or not', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const live = open({ steps: [{ kind: 'redis', text: 'SET start 1' }] });
      live.send({ type: 'watch', watch: 'w', visualizer: 'count', params: {} });
      live.send({ type: 'checks', checks: [{ kind: 'key', id: 'k', key: 'a', host: 'local', port: 6379, db: 0 }], answers: {} });
      wander(seed, live);
      const text = encodeRecording(live.ask({ about: 'recording' }) as Recording);
      const read = decodeRecording(text);
      if ('problem' in read) throw new Error(read.problem.what);
      const again = open({ recording: read.recording, terminal: false });
      expect(again.lab.runHash('a'), `seed ${seed}`).toBe(live.lab.runHash('a'));
      const printed = (o: Opened): string => o.of('output').map((notice) => notice.bytes).join('');
      again.send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24 });
      expect(again.screen(), `seed ${seed}`).toBe(live.screen());
      expect(printed(again).length).toBeGreaterThan(0);
    }
  });

  it('prints the same bytes at the same moments however time was cut', () => {
    const live = open();
    wander(5, live);
    const recording = live.ask({ about: 'recording' }) as Recording;
    const play = (chunk: () => number): { hash: string; output: string } => {
      // The same inputs, live, at their times, with time passing in pieces.
      let output = '';
      const hub = new LabHub(testContext, (notice) => {
        if (notice.type === 'output') output += notice.bytes;
      });
      hub.handle({ type: 'open', lab: 'a', scenario: recording.scenario, nowMs: 0 });
      const lab = hub.labs.get('a') as Lab;
      for (const input of recording.inputs) {
        while (lab.nowUs < input.atUs) lab.advanceTo(Math.min(input.atUs, lab.nowUs + chunk()));
        lab.advanceTo(input.atUs);
        if (input.kind === 'type') lab.handle({ type: 'input', lab: 'a', tty: input.tty, bytes: input.bytes });
        if (input.kind === 'resize') lab.handle({ ...input, type: 'resize', lab: 'a' });
        if (input.kind === 'open') lab.handle({ ...input, type: 'openTerminal', lab: 'a' });
        lab.flush();
      }
      lab.advanceTo(recording.untilUs);
      lab.flush();
      return { hash: lab.runHash, output };
    };
    const random = new SeededRandom(3, 'chunks');
    const whole = play(() => Infinity);
    expect(play(() => 1 + random.below(5_000))).toEqual(whole);
    expect(play(() => 16_667)).toEqual(whole);
    expect(whole.hash).toBe(live.lab.runHash('a'));
  });

  it('is exact even when keys came in the middle of an instant, because a frame was full', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = new SeededRandom(seed, 'frames');
      const hub = new LabHub(testContext, () => {});
      hub.handle({ type: 'open', lab: 'a', scenario, nowMs: 0 });
      const lab = hub.labs.get('a') as Lab;
      lab.handle({ type: 'openTerminal', lab: 'a', tty: 't', host: 'local', columns: 80, rows: 24 });
      lab.handle({ type: 'input', lab: 'a', tty: 't', bytes: 'redis-cli -r 3000 INCR a\r' });
      lab.handle({ type: 'openTerminal', lab: 'a', tty: 'u', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
      let unfinished = 0;
      for (let i = 0; i < 60; i++) {
        if (!lab.advanceTo(lab.nowUs + random.below(3), () => random.below(2) === 0)) unfinished++;
        lab.handle({ type: 'input', lab: 'a', tty: 'u', bytes: random.below(3) === 0 ? 'GET a\r' : '\x15' });
      }
      expect(unfinished, `seed ${seed}`).toBeGreaterThan(5);
      hub.handle({ type: 'open', lab: 'again', scenario, recording: lab.recording(), nowMs: 0 });
      expect(hub.labs.get('again')?.runHash, `seed ${seed}`).toBe(lab.runHash);
    }
  });

  it('goes on after it was opened, and can be taken back into', () => {
    const live = open();
    live.step('SET a 1');
    live.step('INCR a');
    const again = open({ recording: live.ask({ about: 'recording' }) as Recording, terminal: false });
    again.send({ type: 'openTerminal', tty: 't', host: 'local', columns: 80, rows: 24 });
    again.step('GET a');
    expect(again.screen()).toContain('(integer) 2\n127.0.0.1:6379> GET a\n"2"');
    again.send({ type: 'undo' });
    again.send({ type: 'undo' });
    again.step('GET a');
    expect(again.screen()).toContain('"1"');
  });

  it('that no longer fits the programs event by event is followed by time', () => {
    const live = open();
    live.step('SET a 1');
    const recording = live.ask({ about: 'recording' }) as Recording;
    const shifted = recording.inputs.map((input) => ({ ...input, executed: input.executed + 1000 }));
    const again = open({ recording: { ...recording, inputs: shifted, executed: recording.executed + 1000 }, terminal: false });
    expect(again.of('problem')).toEqual([]);
    expect(again.screen()).toBe(live.screen());
  });

  it('of another engine version replays by time', () => {
    const live = open();
    live.step('SET a 1');
    live.lab.advance(5_000_000);
    live.step('INCR a');
    const recording = { ...(live.ask({ about: 'recording' }) as Recording), engineVersion: 'another' };
    const again = open({ recording: { ...recording, inputs: recording.inputs.map((input) => ({ ...input, executed: 0 })) }, terminal: false });
    expect(again.screen()).toBe(live.screen());
  });

  it('that cannot be used is refused with a sentence, and the scenario opens instead', () => {
    const o = open({ recording: { format: 1, engineVersion: 'x', scenario: { seed: 1, hosts: [] }, inputs: [], untilUs: 0, executed: 0 } });
    expect(o.of('problem')[0]).toMatchObject({ what: expect.stringContaining('at least one host') });
    o.step('PING');
    expect(o.screen()).toContain('PONG');
  });
});

describe('the hub', () => {
  it('keeps labs apart', () => {
    const lab = createInlineLab(testContext);
    for (const id of ['a', 'b']) {
      lab.send({ type: 'open', lab: id, scenario, nowMs: 0 });
      lab.send({ type: 'openTerminal', lab: id, tty: 't', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
    }
    lab.send({ type: 'runStep', lab: 'a', tty: 't', step: 'SET only here' });
    lab.send({ type: 'runStep', lab: 'b', tty: 't', step: 'DBSIZE' });
    expect(lab.transcript('b', 't')).toContain('(integer) 0');
    lab.send({ type: 'close', lab: 'b' });
    let answer: unknown;
    lab.ask('b', { about: 'recording' }, (given) => (answer = given));
    expect(answer).toEqual({ problem: 'This lab is not open.' });
  });

  it('gives up a lab that fails, with the recording up to where all was well', () => {
    const failing = { ...testContext, evaluateChecks: () => { throw new Error('a fault of ours'); } };
    const lab = createInlineLab(failing);
    const notices: Notice[] = [];
    lab.listen('a', (notice) => notices.push(notice));
    lab.send({ type: 'open', lab: 'a', scenario, nowMs: 0 });
    lab.send({ type: 'openTerminal', lab: 'a', tty: 't', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
    lab.send({ type: 'runStep', lab: 'a', tty: 't', step: 'SET a 1' });
    lab.send({ type: 'checks', lab: 'a', checks: [{ kind: 'key', id: 'k' } as unknown as Check], answers: {} });
    const crashed = last(notices);
    expect(crashed).toMatchObject({ type: 'crashed', report: expect.stringContaining('a fault of ours') });
    if (crashed?.type !== 'crashed' || crashed.recording === undefined) throw new Error('no recording');
    const again = open({ recording: crashed.recording, terminal: false });
    expect(again.screen()).toContain('SET a 1\nOK');
  });
});
