import { describe, expect, test } from 'vitest';
import { TestServer } from './testing.ts';

describe('one way for every request', () => {
  test.each([
    ['nosuch a b', "-ERR unknown command 'nosuch', with args beginning with: 'a' 'b' \r\n"],
    ['client nosuch', "-ERR unknown subcommand 'nosuch'. Try CLIENT HELP.\r\n"],
    ['get', "-ERR wrong number of arguments for 'get' command\r\n"],
    ['client kill', "-ERR wrong number of arguments for 'client|kill' command\r\n"],
    ['GeT k', '$-1\r\n'],
  ])('%s', (line, reply) => {
    expect(new TestServer().send(line)).toBe(reply);
  });

  test('a protocol error is answered and the connection closed', () => {
    const world = new TestServer();
    expect(world.client().raw('*1\r\nPING\r\n')).toBe("-ERR Protocol error: expected '$', got 'P'\r\n");
    expect(world.client().closed).toBe(true);
    expect(world.server.clients.size).toBe(0);
  });

  test('a pipeline is answered in one write, in order', () => {
    expect(new TestServer().client().raw('PING\r\nSET k v\r\nGET k\r\nnosuch\r\n')).toBe("+PONG\r\n+OK\r\n$1\r\nv\r\n-ERR unknown command 'nosuch', with args beginning with: \r\n");
  });

  test('a password is asked for until it is shown', () => {
    const world = new TestServer({ config: { requirepass: 'secret' } });
    expect(world.send('GET k')).toBe('-NOAUTH Authentication required.\r\n');
    expect(world.send('AUTH wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
    expect(world.send('AUTH secret')).toBe('+OK\r\n');
    expect(world.send('GET k')).toBe('$-1\r\n');
  });

  test('the slow log keeps what took long, cut to size', () => {
    const world = new TestServer({ config: { 'slowlog-log-slower-than': 5 } });
    world.clock.tickUs = 10;
    world.send(`SET k ${'v'.repeat(200)}`);
    world.clock.tickUs = 0;
    const entry = world.server.slowLog.entries[0];
    expect(entry?.durationUs).toBe(10);
    expect(entry?.argv[2]).toBe(`${'v'.repeat(128)}... (72 more bytes)`);
  });

  test('MONITOR shows commands as they ran, and no passwords', () => {
    const world = new TestServer({ config: { requirepass: 'secret' } });
    world.send('AUTH secret', 'm');
    world.send('MONITOR', 'm');
    world.send('AUTH secret');
    world.send('SET "a b" "\\x00"');
    const lines = world.client('m').take().split('\r\n');
    expect(lines[0]).toMatch(/^\+1700000000\.0{6} \[0 127\.0\.0\.1:50002\] "AUTH" "\(redacted\)"$/);
    expect(lines[1]).toMatch(/\] "SET" "a b" "\\x00"$/);
  });

  test('a paused client is held back and served when the pause ends', () => {
    const world = new TestServer();
    world.send('CLIENT PAUSE 100 WRITE');
    expect(world.send('GET k', 'b')).toBe('$-1\r\n');
    expect(world.send('SET k v', 'b')).toBe('');
    world.advance(101);
    expect(world.client('b').take()).toBe('+OK\r\n');
  });

  test('idle clients are closed after the timeout, listeners are not', () => {
    const world = new TestServer({ config: { timeout: 2 } });
    world.send('PING', 'idle');
    world.send('SUBSCRIBE news', 'listener');
    world.advance(3000);
    expect(world.client('idle').closed).toBe(true);
    expect(world.client('listener').closed).toBe(false);
  });

  test('a renamed command answers to its new name only, an emptied one to none', () => {
    const world = new TestServer({ renamings: [{ from: 'get', to: 'fetch' }, { from: 'flushall', to: '' }] });
    expect(world.send('GET k')).toMatch(/^-ERR unknown command 'GET'/);
    expect(world.send('FETCH k')).toBe('$-1\r\n');
    expect(world.send('flushall')).toMatch(/^-ERR unknown command/);
  });

  test('a listener that calls the server is told at once', () => {
    const world = new TestServer();
    world.server.events.listen(() => world.server.accept({ peer: '127.0.0.1:1', local: '127.0.0.1:6379', send: () => {}, close: () => {} }));
    expect(() => world.send('PING')).toThrow(/events inform/);
  });

  test('SHUTDOWN closes every connection and exits with 0', () => {
    const world = new TestServer();
    world.send('PING', 'b');
    expect(world.send('SHUTDOWN NOSAVE')).toBe('');
    expect(world.exitCode).toBe(0);
    expect(world.client('b').closed).toBe(true);
  });
});

test('a signal is a note for the cron, which SHUTDOWN ABORT takes back', () => {
  const world = new TestServer({ config: { save: '', 'enable-debug-command': 'yes' } });
  world.send('DEBUG PAUSE-CRON 1');
  world.server.signal('SIGTERM');
  expect(world.exitCode).toBeUndefined();
  expect(world.send('SHUTDOWN ABORT')).toBe('+OK\r\n');
  expect(world.send('SHUTDOWN ABORT')).toBe('-ERR No shutdown in progress.\r\n');
  world.server.signal('SIGTERM');
  world.advance(200);
  expect(world.exitCode).toBeUndefined();
  world.send('DEBUG PAUSE-CRON 0');
  world.advance(200);
  expect(world.exitCode).toBe(0);
});

test('a second SIGINT ends a server that has not left at the first, without a file', () => {
  const world = new TestServer({ config: { save: '3600 1', 'enable-debug-command': 'yes' } });
  world.send('DEBUG PAUSE-CRON 1');
  world.server.signal('SIGTERM');
  world.server.signal('SIGTERM');
  expect(world.exitCode).toBeUndefined();
  world.server.signal('SIGINT');
  expect(world.exitCode).toBe(1);
  expect(world.stdout.match(/signal-handler \(1700000000\) .*/g)).toEqual([...Array.from({ length: 2 }, () => 'signal-handler (1700000000) Received SIGTERM scheduling shutdown...'), 'signal-handler (1700000000) You insist... exiting now.']);
});

test('a replica that may be written to removes what its own clients let expire', () => {
  const world = new TestServer();
  world.send('CONFIG SET replica-read-only no');
  world.send('REPLICAOF 127.0.0.1 1');
  world.send('SET k v PX 50');
  expect(world.send('INFO stats')).toContain('slave_expires_tracked_keys:1\r\n');
  world.advance(300);
  expect(world.send('INFO stats')).toMatch(/expired_keys:1\r\n[^]*slave_expires_tracked_keys:0\r\n/);
  expect(world.ask('DBSIZE')).toBe('(integer) 0');
});

test('what a flush leaves to another thread is counted, unless nobody may wait for it', () => {
  const world = new TestServer();
  world.send('MSET a 1 b 2');
  world.send('FLUSHALL');
  expect(world.send('INFO memory')).toContain('lazyfreed_objects:2\r\n');
  world.send('MSET a 1 b 2');
  for (const line of ['MULTI', 'FLUSHALL', 'EXEC']) world.send(line);
  expect(world.send('INFO memory')).toContain('lazyfreed_objects:2\r\n');
});
