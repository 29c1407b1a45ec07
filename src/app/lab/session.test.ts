import { describe, expect, test } from 'vitest';
import { createInlineLab } from '../../lab/inline.ts';
import type { Scenario } from '../../simulation/index.ts';
import { plainReader } from '../../terminal/view/index.ts';
import { replyAfter } from './hear-reply.ts';
import { LabSession, type TerminalChannel } from './session.ts';

const SCENARIO: Scenario = { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] };

/** What stands on the screen, hints and colours gone. */
function screenOf(terminal: TerminalChannel): string {
  const reader = plainReader();
  reader.write(terminal.history());
  return reader.screen().lines.join('\n');
}

function opened() {
  const session = new LabSession(createInlineLab(), 'lab');
  session.open({ scenario: SCENARIO });
  const terminal = session.terminal('a', 'local', 'redis-cli');
  terminal.resize(80, 24);
  return { session, terminal };
}

describe('a lab as the page sees it', () => {
  test('what is typed comes back as output, and the log knows it', () => {
    const { session, terminal } = opened();
    terminal.input('SET a 1\r');
    expect(screenOf(terminal)).toContain('OK');
    expect(session.log().map((entry) => entry.argv.join(' '))).toEqual(['SET a 1']);
    expect(session.state.foregrounds['a']).toEqual({ program: 'redis-cli', prompt: '127.0.0.1:6379> ' });
  });

  test('text that a button types goes to the server as UTF-8', async () => {
    const { session } = opened();
    session.run('SET name é', 'a');
    const view = await session.ask({ about: 'key', host: 'local', port: 6379, db: 0, key: 'name', limit: 10 });
    expect(view?.value.type === 'string' ? view.value.value : undefined).toBe('\xc3\xa9');
  });

  test('a terminal on a machine without power says so, and a key opens it when the power is back', () => {
    const session = new LabSession(createInlineLab(), 'lab');
    session.open({ scenario: { seed: 1, hosts: [{ name: 'db' }, { name: 'other' }] } });
    session.fault('power-loss db');
    const terminal = session.terminal('a', 'db');
    terminal.resize(80, 24);
    terminal.resize(90, 24);
    expect(screenOf(terminal)).toBe('db has no power. To boot it: restart db\n[The session has ended. Press any key for a new one.]\n');
    expect(session.state.problem).toBeUndefined();
    session.fault('restart db');
    session.advance(60_000_000);
    terminal.input('echo back\r');
    expect(screenOf(terminal)).toContain('\nback\n');
  });

  test('undo takes the last command back from screen, log and server', async () => {
    const { session, terminal } = opened();
    terminal.input('SET a 1\r');
    terminal.input('SET b 2\r');
    session.undo();
    expect(screenOf(terminal)).toContain('SET a 1');
    expect(screenOf(terminal)).not.toContain('SET b 2');
    await Promise.resolve();
    expect(session.log().map((entry) => entry.argv.join(' '))).toEqual(['SET a 1']);
    expect((await session.ask({ about: 'databases', host: 'local', port: 6379 }))[0]?.keys).toBe(1);
  });

  test('opening it again after a failure goes on from the recording', async () => {
    const { session, terminal } = opened();
    terminal.input('SET a 1\r');
    const recording = await session.ask({ about: 'recording' });
    session.state = { ...session.state, phase: 'crashed', crash: { report: 'a fault', recording } };
    session.openAgain(false);
    expect(session.state.crash).toBeUndefined();
    expect((await session.ask({ about: 'databases', host: 'local', port: 6379 }))[0]?.keys).toBe(1);
    expect(screenOf(terminal)).toContain('SET a 1');
  });

  test('a question about a server that is not there fails with the sentence of the lab', async () => {
    const { session } = opened();
    await expect(session.ask({ about: 'databases', host: 'local', port: 7000 })).rejects.toThrow('No Redis server runs on local:7000.');
  });
});

describe('the reply to a line that the page typed', () => {
  test.each<[string, string, string, string | undefined]>([
    ['one line', '127.0.0.1:6379> GET a\n"1"\n127.0.0.1:6379> ', 'GET a', '"1"'],
    ['several lines', '127.0.0.1:6379> MGET a b\n1) "1"\n2) (nil)\n127.0.0.1:6379> ', 'MGET a b', '1) "1"\n2) (nil)'],
    ['another database and a transaction', '127.0.0.1:6379[2]> MULTI\nOK\n127.0.0.1:6379[2](TX)> ', 'MULTI', 'OK'],
    ['not yet', '127.0.0.1:6379> GET a', 'GET a', undefined],
    ['not yet: the prompt of before', '127.0.0.1:6379> GET b\n"2"\n127.0.0.1:6379> ', 'GET a', undefined],
    ['no reply at all', '127.0.0.1:6379> CLIENT REPLY OFF\n127.0.0.1:6379> ', 'CLIENT REPLY OFF', ''],
  ])('%s', (_name, screen, line, expected) => {
    expect(replyAfter(screen, line)).toBe(expected);
  });
});
