import { expect, test } from 'vitest';
import { clientMemory } from './client-memory.ts';
import { showWire, TestServer } from './testing.ts';

const field = (line: string, name: string): string => new RegExp(`(?:^|[ "])${name}=([^ ]*)`).exec(line)?.[1] ?? '';

/** CLIENT LIST's lines by client id. */
function clients(world: TestServer, asks = 'asks'): Map<string, string> {
  const text = showWire(world.send('CLIENT LIST', asks)).replaceAll('\\n', '\n');
  return new Map(text.split('\n').map((line) => [field(line, 'id'), line.replace(/^"/, '')]));
}

test('the sizes of a client are those of the real server', () => {
  const world = new TestServer();
  world.send('MULTI', 'a');
  for (let i = 0; i < 3; i++) world.send('SET k v', 'a');
  world.send('SUBSCRIBE ch', 'b');
  world.client('c').raw('*2\r\n$3\r\nGET\r\n$5');
  const lines = clients(world);
  const a = lines.get('1') ?? '';
  expect([field(a, 'multi-mem'), field(a, 'rbs'), field(a, 'tot-mem')]).toEqual(['87', '16384', String(17280 + 87 + 96)]);
  expect(field(lines.get('2') ?? '', 'tot-mem')).toBe('17336');
  const asks = lines.get('4') ?? '';
  expect(['qbuf', 'qbuf-free', 'argv-mem', 'tot-mem'].map((name) => field(asks, name))).toEqual(['26', '20448', '10', String(22426 - 1024 + 16384)]);
});

test('within EXEC the queue takes its memory, and a client whose wait was ended there is not read yet', () => {
  const world = new TestServer();
  world.client('w').raw('BLPOP nobody 0\r\n');
  for (const line of ['MULTI', 'CLIENT UNBLOCK 1', 'CLIENT LIST']) world.send(line, 'a');
  const lines = showWire(world.send('EXEC', 'a')).replaceAll('\\n', '\n').split('\n');
  expect(field(lines.find((line) => field(line, 'id') === '1') ?? '', 'flags')).toBe('u');
  const a = lines.find((line) => field(line, 'id') === '2') ?? '';
  expect(['flags', 'multi', 'multi-mem'].map((name) => field(a, name))).toEqual(['x', '2', '64']);
});

test('a watched key that changes ends all watches of its client, an emptied database leaves them', () => {
  const world = new TestServer();
  const watches = (): string[] => ['flags', 'watch', 'tot-mem'].map((name) => field(clients(world).get('1') ?? '', name));
  for (const line of ['SET k v', 'WATCH k other']) world.send(line, 'a');
  expect(watches()).toEqual(['N', '2', '17440']);
  world.send('FLUSHALL', 'a');
  expect(watches()).toEqual(['d', '2', '17440']);
  world.send('SET other v', 'asks');
  expect(watches()).toEqual(['d', '0', '17280']);
});

test('a query buffer has the room that the real server gives it, and loses it again', () => {
  const world = new TestServer();
  const buffer = (): string[] => ['qbuf', 'qbuf-free', 'argv-mem', 'tot-mem'].map((name) => field(clients(world).get('1') ?? '', name));
  const a = world.client('a');
  world.send('PING', 'a');
  a.raw('*3\r\n$3\r\nset\r\n$2\r\na');
  expect(buffer()).toEqual(['1', '20473', '3', '37771']);
  a.raw('a\r\n$40000\r\n');
  expect(buffer()).toEqual(['0', '40954', '5', String(17280 + 40960 + 5 + 16)]);
  a.raw('x'.repeat(40_000));
  expect(buffer().slice(0, 2)).toEqual(['40000', '954']);
  a.raw('\r\n');
  expect(buffer()).toEqual(['0', '40954', '0', '58240']);
  // A word below the limit for long ones: the buffer grows as strings do.
  a.raw(`*3\r\n$3\r\nset\r\n$1\r\na\r\n$30000\r\n${'y'.repeat(30_000)}\r\n*1\r\n$4\r\nPI`);
  expect(buffer().slice(0, 2)).toEqual(['2', '40952']);
  world.advance(4000);
  expect(buffer()).toEqual(['2', '4', '0', '1936']);
  a.raw('NG\r\n');
  expect(buffer().slice(0, 2)).toEqual(['0', '20474']);
  world.advance(4000);
  expect(buffer()).toEqual(['0', '0', '0', '1920']);
});

test('the cron gives clients with short replies a small buffer', () => {
  const world = new TestServer();
  world.send('PING', 'a');
  world.advance(500);
  expect(field(clients(world).get('1') ?? '', 'rbs')).toBe('1024');
  world.send('SET k v', 'a');
  world.send(`ECHO ${'x'.repeat(3000)}`, 'a');
  world.advance(500);
  expect(field(clients(world).get('1') ?? '', 'rbs')).toBe('2048');
});

test('a subscriber that does not read loses its connection at the hard limit, and the log says so', () => {
  const world = new TestServer({ config: { 'client-output-buffer-limit': 'normal 0 0 0 slave 0 0 0 pubsub 100000 0 0' } });
  const lazy = world.client('lazy');
  lazy.send('SUBSCRIBE ch');
  lazy.isReading = false;
  const message = 'x'.repeat(10_000);
  for (let i = 0; i < 5; i++) world.send(`PUBLISH ch ${message}`);
  const line = clients(world).get('1') ?? '';
  expect([field(line, 'oll'), field(line, 'omem')]).toEqual(['2', '41008']);
  for (let i = 0; i < 6; i++) world.send(`PUBLISH ch ${message}`);
  expect(lazy.closed).toBe(true);
  expect(world.stdout).toMatch(/# Client id=1 addr=.* flags=P .* scheduled to be closed ASAP for overcoming of output buffer limits\.\n/);
  expect(world.send('INFO stats')).toContain('client_output_buffer_limit_disconnections:1\r\n');
});

test('the soft limit gives a slow reader some seconds', () => {
  const world = new TestServer({ config: { 'client-output-buffer-limit': 'normal 0 0 0 slave 0 0 0 pubsub 0 20000 2' } });
  const lazy = world.client('lazy');
  lazy.send('SUBSCRIBE ch');
  lazy.isReading = false;
  world.send(`PUBLISH ch ${'x'.repeat(30_000)}`);
  world.send('PUBLISH ch more');
  world.advance(1500);
  expect(lazy.closed).toBe(false);
  world.advance(2500);
  expect(lazy.closed).toBe(true);
});

test('a request that never ends is cut off', () => {
  const world = new TestServer({ config: { 'client-query-buffer-limit': 1048576 } });
  const a = world.client('a');
  a.raw(`*2\r\n$4\r\nECHO\r\n$3000000\r\n${'x'.repeat(1_000_000)}`);
  expect(a.closed).toBe(false);
  a.raw('x'.repeat(100_000));
  expect(a.closed).toBe(true);
  expect(world.stdout).toMatch(/# Closing client that reached max query buffer length: id=1 .* \(qbuf initial bytes: "xxxx/);
});

test('maxmemory-clients closes the largest first and spares who asked for it', () => {
  const world = new TestServer();
  for (const name of ['a', 'b', 'c']) world.send('MULTI', name);
  world.send(`SET k ${'x'.repeat(300_000)}`, 'a');
  world.send(`SET k ${'x'.repeat(200_000)}`, 'b');
  world.send('CLIENT NO-EVICT on', 'd');
  world.send(`PING`, 'c');
  expect(clientMemory(world.client('a').serverSide, false).total).toBe(17280 + 327680 + 300_004 + 24 + 48);
  // The buffers of the long words are taken back from who has been silent.
  world.advance(4000);
  expect(clientMemory(world.client('a').serverSide, false).total).toBe(1928 + 300_004 + 24 + 48);
  world.send('CONFIG SET maxmemory-clients 400kb', 'd');
  expect(['a', 'b', 'c', 'd'].map((name) => world.client(name).closed)).toEqual([true, false, false, false]);
  expect(world.stdout).toMatch(/\* Evicting client: id=1 /);
  expect(world.send('INFO stats', 'd')).toContain('evicted_clients:1\r\n');
});

test('who has not logged in may not let replies gather', () => {
  const world = new TestServer({ config: { requirepass: 'secret' } });
  const get = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n';
  expect(world.client('short').raw(get.repeat(400))).toBe('-NOAUTH Authentication required.\r\n'.repeat(400));
  expect(world.client('long').raw(get.repeat(600))).toBe('');
  expect([world.client('short').closed, world.client('long').closed]).toEqual([false, true]);
});

test('a pause of everything holds CLIENT UNPAUSE back as well, and who waits counts as blocked', () => {
  const world = new TestServer();
  world.send('CLIENT PAUSE 1000');
  expect(world.send('CLIENT UNPAUSE', 'b')).toBe('');
  world.advance(1000);
  expect(world.client('b').take()).toBe('+OK\r\n');
  world.send('CLIENT PAUSE 1000 WRITE');
  expect(world.send('SET k v', 'b')).toBe('');
  expect(world.send('INFO clients')).toContain('blocked_clients:1\r\n');
  expect(['PFCOUNT k', 'EVAL "return 1" 0', 'EVAL_RO "return 1" 0', 'PUBLISH a b', 'GET k'].map((line, index) => world.send(line, `c${index}`))).toEqual(['', '', ':1\r\n', '', '$-1\r\n']);
  expect(world.send('CLIENT UNPAUSE')).toBe('+OK\r\n');
  expect(world.client('b').take()).toBe('+OK\r\n');
});

test('a reply too long for the limit is not begun', () => {
  const world = new TestServer({ config: { 'client-output-buffer-limit': 'normal 1000000 0 0 slave 0 0 0 pubsub 0 0 0' } });
  world.send('HSET h a 1');
  world.send('SADD s a');
  world.send('ZADD z 1 a');
  for (const line of ['HRANDFIELD h -999999999', 'SRANDMEMBER s -999999999', 'ZRANDMEMBER z -999999999']) {
    expect(world.send(line, line)).toBe('');
    expect(world.client(line).closed).toBe(true);
  }
});
