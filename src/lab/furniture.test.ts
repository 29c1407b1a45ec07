import { describe, expect, it } from 'vitest';
import { encodeRecording, decodeRecording, SeededRandom, type Recording } from '../simulation/index.ts';
import { furniture } from './furniture.ts';
import { LabHub } from './hub.ts';
import { createInlineLab, type InlineLab } from './inline.ts';
import type { Notice, Request } from './protocol.ts';

/*
 * The whole house in one test file: the real shell, redis-server, redis-cli, pictures and checks.
 */
function open(run: string | undefined, services = ['redis-server']) {
  const lab: InlineLab = createInlineLab();
  const notices: Notice[] = [];
  lab.listen('a', (notice) => notices.push(notice));
  const send = (request: { type: Request['type'] } & Record<string, unknown>): void => lab.send({ lab: 'a', ...request } as Request);
  send({ type: 'open', scenario: { seed: 1, hosts: [{ name: 'local', run: services }] }, nowMs: 1_700_000_000_000 });
  send({ type: 'openTerminal', tty: 't', host: 'local', columns: 100, rows: 30, ...(run === undefined ? {} : { run }) });
  return {
    lab, notices, send,
    type: (bytes: string) => send({ type: 'input', tty: 't', bytes }),
    step: (step: string) => send({ type: 'runStep', tty: 't', step }),
    screen: () => lab.transcript('a', 't'),
  };
}

describe('a learner at the terminal', () => {
  it('starts redis-cli, sets and gets, and sees it', () => {
    const o = open('redis-cli');
    o.type('SET greeting "hello world"\r');
    o.type('GET greeting\r');
    expect(o.screen()).toMatch(/redis-cli\n127\.0\.0\.1:6379> SET greeting "hello world"\nOK\n127\.0\.0\.1:6379> GET greeting\n"hello world"\n127\.0\.0\.1:6379>$/);
  });

  it('writes a configuration at the shell, starts a server with it, and goes back and forth', () => {
    const o = open(undefined, []);
    o.step('$ echo port 7000 > my.conf');
    o.step('$ echo requirepass secret >> my.conf');
    o.step('$ redis-server my.conf --daemonize yes');
    o.step('$ redis-cli -p 7000 PING');
    expect(o.screen()).toContain('NOAUTH Authentication required.');
    o.step('$ redis-cli -p 7000 -a secret --no-auth-warning SET a 1 | cat');
    expect(o.screen()).toMatch(/SET a 1 \| cat\nOK\n/);
    o.step('$ cat my.conf | wc -l');
    expect(o.screen()).toMatch(/wc -l\n\s*2\n/);
    expect(o.notices.filter((notice) => notice.type === 'problem')).toEqual([]);
  });

  it('watches from one terminal what another does', () => {
    const o = open('redis-cli');
    o.send({ type: 'openTerminal', tty: 'u', host: 'local', columns: 100, rows: 30, run: 'redis-cli' });
    o.send({ type: 'runStep', tty: 'u', step: 'MONITOR' });
    o.step('INCR hits');
    expect(o.lab.transcript('a', 'u')).toMatch(/"INCR" "hits"/);
    o.send({ type: 'input', tty: 'u', bytes: '\x03' });
  });

  it('gets every picture drawn from the real server', () => {
    const o = open('redis-cli');
    for (const visualizer of ['keyspace', 'string', 'expiry', 'resp']) o.send({ type: 'watch', watch: visualizer, visualizer, params: { key: 'a' } });
    o.step('SET a hello EX 100');
    const seen = new Set(o.notices.flatMap((notice) => (notice.type === 'view' && notice.described !== '' ? [notice.watch] : [])));
    expect([...seen].sort()).toEqual(['expiry', 'keyspace', 'resp', 'string']);
    expect(o.notices.filter((notice) => notice.type === 'problem')).toEqual([]);
  });

  it('is told what is wrong, and which command did it', () => {
    const o = open('redis-cli');
    o.send({ type: 'prepare', steps: [{ kind: 'redis', text: 'SET session ada EX 1800' }] });
    o.send({
      type: 'checks', answers: {},
      checks: [{ kind: 'key', id: 'ttl', say: 'it expires', when: [], points: 1, host: 'local', port: 6379, db: 0, key: 'session', exists: true, ttl: 'some' }],
    });
    expect(o.lab.results('a')).toMatchObject([{ passed: true }]);
    o.step('APPEND session !');
    o.step('SET session lin');
    o.step('GET session');
    expect(o.lab.results('a')).toMatchObject([{ passed: false, state: 'failed', cause: { command: 'SET session lin', step: 2 } }]);
    o.send({ type: 'undo' });
    o.send({ type: 'undo' });
    expect(o.lab.results('a')).toMatchObject([{ passed: true }]);
  });

  it('finds the same session again from its recording', () => {
    const o = open('redis-cli');
    for (const line of ['SET a 1\r', 'INCRBY a 41\r', 'exit\r', 'redis-cli GET a > out; cat out\r', 'echo $((1)) \x7f\x7f done\r']) for (const key of line) o.type(key);
    o.lab.advance(7_000_000);
    let recording: Recording | undefined;
    o.lab.ask('a', { about: 'recording' }, (answer) => (recording = 'value' in answer ? (answer.value as Recording) : undefined));
    if (recording === undefined) throw new Error('no recording');
    const read = decodeRecording(encodeRecording(recording));
    if ('problem' in read) throw new Error(read.problem.what);
    const again = createInlineLab();
    again.send({ type: 'open', lab: 'a', scenario: recording.scenario, recording: read.recording, nowMs: 0 });
    expect(again.transcript('a', 't')).toBe(o.screen());
    expect(again.runHash('a')).toBe(o.lab.runHash('a'));
    expect(o.screen()).toContain('42');
  });
});

describe('whatever is entered', () => {
  const LINES = [
    'redis-cli', 'redis-cli -p 7000', 'exit', 'SET a 1 PX 900', 'MONITOR', 'SUBSCRIBE x', 'PUBLISH x hi', 'redis-server --port 7000 &', 'redis-server --port 7001',
    'cat f | grep a > g', 'seq 1 500 | head -3', 'yes | head -2', 'sleep 3', 'sleep 3 &', 'jobs', 'fg', 'kill %1', 'ps', 'echo hi > f', 'cat', 'MULTI', 'EXEC',
    'SHUTDOWN NOSAVE', 'redis-cli -r 50 INCR q', 'for i in 1 2 3; do echo $i; done', 'CLIENT LIST', 'RANDOMKEY', 'tail -f f &', 'redis-server', 'redis-cli MONITOR &', 'kill -9 $!', 'HELLO 3',
  ];
  const KEYS = ['\x03', '\x04', '\x1a', '\t\t', '\x12S\r', '\x1b[A\r', '\x1c'];

  it('nothing crashes, and the recording makes the same run', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new SeededRandom(seed, 'entered');
      const o = open(random.below(2) === 0 ? undefined : 'redis-cli');
      o.send({ type: 'openTerminal', tty: 'u', host: 'local', columns: 80, rows: 24 });
      o.send({ type: 'watch', watch: 'w', visualizer: 'keyspace', params: {} });
      for (let i = 0; i < 30; i++) {
        const tty = random.below(3) === 0 ? 'u' : 't';
        const line = LINES[random.below(LINES.length)] ?? '';
        const what = random.below(10);
        if (what < 5) o.send({ type: 'input', tty, bytes: `${line}\r` });
        else if (what === 5) o.send({ type: 'input', tty, bytes: KEYS[random.below(KEYS.length)] ?? '' });
        else if (what === 6) o.send({ type: 'runStep', tty, step: random.below(2) === 0 ? line : `$ ${line}` });
        else if (what === 7) o.lab.advance(random.below(3_000_000));
        else if (what === 8) o.send({ type: 'undo' });
        else o.send({ type: 'input', tty, bytes: Array.from({ length: 8 }, () => String.fromCharCode(random.below(256))).join('') });
      }
      expect(o.notices.filter((notice) => notice.type === 'crashed' || (notice.type === 'problem' && notice.what.includes('crashed'))), `seed ${seed}`).toEqual([]);
      let recording: Recording | undefined;
      o.lab.ask('a', { about: 'recording' }, (answer) => (recording = 'value' in answer ? (answer.value as Recording) : undefined));
      if (recording === undefined) throw new Error(`seed ${seed}: no recording`);
      const hub = new LabHub(furniture, () => {});
      hub.handle({ type: 'open', lab: 'a', scenario: recording.scenario, recording, nowMs: 0 });
      expect(hub.labs.get('a')?.runHash, `seed ${seed}`).toBe(o.lab.runHash('a'));
    }
  }, 60_000);
});
