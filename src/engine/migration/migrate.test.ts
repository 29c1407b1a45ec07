/*
 * MIGRATE between servers of this engine, and with a target that answers what a test wants. What the real server
 * sends and answers stands in src/node/migrate.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../bytes.ts';
import type { Network, Socket, SocketEvents } from '../env.ts';
import type { PropagatedCommand } from '../propagation.ts';
import { TestNetwork } from '../test-network.ts';
import { error, showWire, status, TestClock, testKit, TestServer } from '../testing.ts';

const { cases } = testKit(test);
const CONFIG = { 'protected-mode': false };

const NOT_A_NUMBER = error('ERR value is not an integer or out of range');
const SYNTAX = error('ERR syntax error');
cases('MIGRATE without a word to anybody', [
  ['MIGRATE t 6379 k 0 1000', status('NOKEY')],
  ['MIGRATE t 6379 k 0 x', NOT_A_NUMBER],
  ['MIGRATE t 6379 k x 1000', NOT_A_NUMBER],
  ['MIGRATE t 6379 k 0 1000 FOO', SYNTAX],
  ['MIGRATE t 6379 k 0 1000 AUTH', SYNTAX],
  ['MIGRATE t 6379 k 0 1000 AUTH2 a', SYNTAX],
  ['MIGRATE t 6379 k 0 1000 KEYS a', error('ERR When using MIGRATE KEYS option, the key argument must be set to the empty string')],
  ['MIGRATE t 6379 "" 0 1000 KEYS', status('NOKEY')],
  ['MIGRATE t 6379 "" 0 1000 COPY REPLACE AUTH p KEYS a b', status('NOKEY')],
  ["EVAL \"return redis.call('MIGRATE','t','6379','k','0','10')\" 0", status('NOKEY')],
  ['COMMAND GETKEYS MIGRATE h 1 k 0 1', ['k']],
  ['COMMAND GETKEYS MIGRATE h 1 "" 0 1 AUTH2 KEYS x KEYS a b', ['a', 'b']],
  ['COMMAND GETKEYS MIGRATE h 1 "" 0 1 FOO KEYS a', ['a']],
  ['COMMAND GETKEYS MIGRATE h 1 "" 0 1 COPY KEYS', ['']],
  ['COMMAND GETKEYS MIGRATE h 1 z 0 1 KEYS a', error('ERR Invalid arguments specified for command')],
]);

/** A target that answers each request with the next of `answers`; `false` closes the connection, `undefined` says nothing. */
class ScriptedTarget implements Network {
  readonly requests: string[] = [];
  connections = 0;
  answers: (Bytes | false | undefined)[] = [];
  private readonly clock: TestClock;

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  connect(address: string, on: SocketEvents & { open(socket: Socket): void }): void {
    if (address === 'silent:6379') return;
    if (address !== 't:6379') {
      this.clock.after(10, 'no', () => on.closed(address === 'down:6379' ? 'refused' : 'unknown host'));
      return;
    }
    this.connections++;
    const answer = (chunk: Bytes): void => {
      this.requests.push(chunk);
      const next = this.answers.shift();
      if (next !== undefined) this.clock.after(10, 'answer', () => (next === false ? on.closed('closed') : on.data(next)));
    };
    this.clock.after(10, 'open', () => on.open({ peer: address, local: 'here:1', send: answer, close: () => {} }));
  }
}

function scripted(): { server: TestServer; target: ScriptedTarget; told: string[] } {
  const clock = new TestClock();
  const target = new ScriptedTarget(clock);
  const server = new TestServer({ clock, network: target });
  const told: string[] = [];
  server.server.propagation.add({ feed: (unit: readonly PropagatedCommand[]) => void told.push(...unit.map(({ argv }) => argv.join(' '))) });
  return { server, target, told };
}

/** Names of the commands in what was sent, with their keys. */
const said = (request: string): string => [...request.matchAll(/\*\d+\r\n\$\d+\r\n(\w[\w-]*)\r\n\$\d+\r\n([^\r]*)\r\n/g)].map(([, name, word]) => `${name} ${word}`).join(', ');

interface Scene {
  readonly line: string;
  readonly answers: readonly (Bytes | false | undefined)[];
  readonly reply: string;
  readonly left: string;
  readonly told: readonly string[];
  readonly connections?: number;
}

const OK_LINE = '+OK\r\n';
const IO_READING = '(error) IOERR error or timeout reading to target instance';

describe('what the target answers decides', () => {
  test.each<Scene>([
    { line: 'MIGRATE t 6379 a 0 500', answers: [OK_LINE.repeat(2)], reply: 'OK', left: '2) "2"  3) "3"', told: ['DEL a'] },
    { line: 'MIGRATE t 6379 "" 0 500 KEYS b c b', answers: [`${OK_LINE.repeat(2)}-ERR x\r\n${OK_LINE}`], reply: '(error) ERR Target instance replied with error: ERR x', left: '1) "1"  3) "3"', told: ['DEL b b'] },
    { line: 'MIGRATE t 6379 "" 0 500 COPY KEYS a b', answers: [`${OK_LINE.repeat(3)}`], reply: 'OK', left: '1) "1"  2) "2"  3) "3"', told: [] },
    { line: 'MIGRATE t 6379 "" 0 500 AUTH p KEYS a b', answers: [`-ERR one\r\n-ERR two\r\n-three\r\n${OK_LINE}`], reply: '(error) ERR Target instance replied with error: ERR one', left: '1) "1"  2) "2"  3) "3"', told: [] },
    // Lines are not looked at further than for the minus.
    { line: 'MIGRATE t 6379 "" 0 500 KEYS a b', answers: ['garbage\r\n:3\r\n$-1\r\n'], reply: 'OK', left: '3) "3"', told: ['DEL a b'] },
    // The end of the connection before the first key's answer is tried again, once.
    { line: 'MIGRATE t 6379 "" 0 500 KEYS a b', answers: [false, false], reply: IO_READING, left: '1) "1"  2) "2"  3) "3"', told: [], connections: 2 },
    { line: 'MIGRATE t 6379 "" 0 500 KEYS a b', answers: [false, OK_LINE.repeat(3)], reply: 'OK', left: '3) "3"', told: ['DEL a b'], connections: 2 },
    // Silence is not tried again, and what was confirmed before it is gone.
    { line: 'MIGRATE t 6379 "" 0 500 KEYS a b', answers: [`${OK_LINE.repeat(2)}+O`], reply: IO_READING, left: '2) "2"  3) "3"', told: ['DEL a'] },
    { line: 'MIGRATE t 6379 a 0 500', answers: [undefined], reply: IO_READING, left: '1) "1"  2) "2"  3) "3"', told: [] },
    { line: 'MIGRATE down 6379 a 0 500', answers: [], reply: '(error) IOERR error or timeout writing to target instance', left: '1) "1"  2) "2"  3) "3"', told: [], connections: 0 },
    { line: 'MIGRATE nobody 6379 a 0 500', answers: [], reply: '(error) IOERR error or timeout connecting to the client', left: '1) "1"  2) "2"  3) "3"', told: [], connections: 0 },
    // The port is read as the real server reads it: what follows the number does not count, 71,915 is 6379 beyond 65,535.
    { line: 'MIGRATE t 71915x a 0 500', answers: [OK_LINE.repeat(2)], reply: 'OK', left: '2) "2"  3) "3"', told: ['DEL a'] },
    { line: 'MIGRATE silent 6379 a 0 500', answers: [], reply: '(error) IOERR error or timeout connecting to the client', left: '1) "1"  2) "2"  3) "3"', told: [], connections: 0 },
  ])('$line: $answers', ({ line, answers, reply, left, told: expected, connections = 1 }) => {
    const { server, target, told } = scripted();
    target.answers = [...answers];
    server.send('MSET a 1 b 2 c 3');
    told.length = 0;
    expect(server.ask(line)).toBe('(no reply)');
    server.advance(1200);
    expect(showWire(server.client().take())).toBe(reply);
    expect(['a', 'b', 'c'].flatMap((key, i) => (server.ask(`GET ${key}`) === '(nil)' ? [] : [`${i + 1}) ${server.ask(`GET ${key}`)}`])).join('  ')).toBe(left);
    expect(told).toEqual(expected);
    expect(target.connections).toBe(connections);
  });

  test('a port that no system has is no connection at once', () => {
    const { server } = scripted();
    server.send('SET a 1');
    expect(server.ask('MIGRATE t -1 a 0 500')).toBe('(error) IOERR error or timeout connecting to the client');
  });

  test('a kept connection needs no SELECT for the same database, and one that a refusal came through does', () => {
    const { server, target } = scripted();
    const run = (line: string, answer: Bytes): void => {
      target.answers.push(answer);
      server.send(line);
      server.advance(1);
    };
    server.send('MSET a 1 b 2 c 3 d 4 e 5');
    server.send('PEXPIRE c 5000');
    run('MIGRATE t 6379 a 0 500', OK_LINE.repeat(2));
    run('MIGRATE t 6379 b 0 500 REPLACE', '-BUSY\r\n');
    run('MIGRATE t 6379 "" 3 500 AUTH2 u p KEYS c gone', OK_LINE.repeat(3));
    run('MIGRATE t 6379 d 3 500', OK_LINE);
    expect(target.requests.map(said)).toEqual(['SELECT 0, RESTORE a', 'RESTORE b', 'AUTH u, SELECT 3, RESTORE c', 'RESTORE d']);
    expect(target.requests[1]).toContain('$7\r\nREPLACE\r\n');
    expect(target.requests[2]).toContain('$4\r\n4998\r\n');
    expect(target.connections).toBe(1);
    expect(server.send('INFO stats')).toContain('migrate_cached_sockets:1\r\n');
    server.advance(12_000);
    expect(server.send('INFO stats')).toContain('migrate_cached_sockets:0\r\n');
  });
});

describe('the server stands still', () => {
  test('nobody is heard before the answer is there, and then all are, in the order in which they came', () => {
    const { server, target } = scripted();
    server.send('MSET a 1 b 2');
    server.client('late');
    server.send('MIGRATE t 6379 a 0 500');
    expect(server.ask('APPEND b first', 'late')).toBe('(no reply)');
    expect(server.ask('GET b', 'new')).toBe('(no reply)');
    server.client('gone').disconnect();
    const cronBefore = server.send('INFO stats', 'late');
    expect(cronBefore).toBe('');
    server.advance(450);
    expect(server.client().take()).toBe('');
    server.advance(60);
    expect(showWire(server.client().take())).toBe(IO_READING);
    expect(showWire(server.client('late').take())).toContain('(integer) 6');
    expect(showWire(server.client('new').take())).toBe('"2first"');
    expect(target.connections).toBe(1);
    expect(server.send('INFO clients')).toContain('connected_clients:3\r\n');
  });

  test('a pipeline goes on behind it, another MIGRATE included', () => {
    const { server, target } = scripted();
    target.answers = [OK_LINE.repeat(2), OK_LINE];
    server.send('MSET a 1 b 2');
    server.client().raw('MIGRATE t 6379 a 0 500\r\nEXISTS a b\r\nMIGRATE t 6379 b 0 500\r\nDBSIZE\r\n');
    server.client('other').raw('EXISTS b\r\n');
    server.advance(1);
    expect(showWire(server.client().take())).toBe('OK | (integer) 1 | OK | (integer) 0');
    expect(showWire(server.client('other').take())).toBe('(integer) 0');
  });

  test('a transaction waits in its middle, and what it made is served at its end', () => {
    const { server, target, told } = scripted();
    server.send('SET a 1');
    server.send('BLPOP jobs 0', 'worker');
    for (const line of ['MULTI', 'RPUSH jobs x', 'MIGRATE t 6379 a 0 500', 'EXISTS a', 'LPUSH jobs y']) server.send(line);
    target.answers = [OK_LINE.repeat(2)];
    told.length = 0;
    expect(server.ask('EXEC')).toBe('(no reply)');
    expect(showWire(server.client('worker').take())).toBe('(no reply)');
    server.advance(1);
    expect(showWire(server.client().take())).toBe('1) (integer) 1  2) OK  3) (integer) 0  4) (integer) 2');
    expect(showWire(server.client('worker').take())).toBe('1) "jobs"  2) "y"');
    expect(told).toEqual(['RPUSH jobs x', 'DEL a', 'LPUSH jobs y', 'LPOP jobs']);
  });

  test('the slow log counts the waiting and keeps no password', () => {
    const { server } = scripted();
    server.send('SET a 1');
    server.send('MIGRATE t 6379 a 0 300 AUTH2 me secret');
    server.advance(400);
    const entry = server.ask('SLOWLOG GET 1');
    expect(entry).toContain('"AUTH2"  8) "(redacted)"  9) "(redacted)"');
    expect(entry).toMatch(/3\) \(integer\) 3000\d\d/);
  });

  test('a server that migrates to itself gets no answer', () => {
    const net = new TestNetwork();
    const alone = net.server('alone', { config: CONFIG });
    alone.send('SET a 1');
    alone.send('MIGRATE alone 6379 a 0 200');
    net.advance(300);
    expect(showWire(alone.client().take())).toBe(IO_READING);
    expect(alone.ask('GET a')).toBe('"1"');
  });
});

test('values of every type arrive with their deadlines, in the database that was named', () => {
  const net = new TestNetwork();
  const [from, to] = [net.server('from', { config: CONFIG }), net.server('to', { config: CONFIG })];
  for (const line of ['SET s text', 'RPUSH l a b', 'SADD u x', 'HSET h f v', 'HPEXPIRE h 9000 FIELDS 1 f', 'ZADD z 1.5 m', 'XADD x 1-1 f v', 'SETBIT b 7 1', 'PEXPIRE l 5000']) from.send(line);
  from.send('MIGRATE to 6379 "" 2 1000 KEYS s l u h z x b');
  net.advance(10);
  expect(showWire(from.client().take())).toBe('OK');
  expect(from.ask('DBSIZE')).toBe('(integer) 0');
  to.send('SELECT 2');
  expect(to.ask('DBSIZE')).toBe('(integer) 7');
  expect(to.ask('PTTL l')).toMatch(/\(integer\) 49\d\d/);
  expect(to.ask('HPTTL h FIELDS 1 f')).toMatch(/\(integer\) 89\d\d/);
  expect(to.ask('XRANGE x - +')).toBe('1) 1) "1-1"  2) 1) "f"  2) "v"');
});
