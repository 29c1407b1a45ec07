import { describe, expect, it } from 'vitest';
import { encodeRecording, decodeRecording, type Recording } from '../simulation/index.ts';
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
