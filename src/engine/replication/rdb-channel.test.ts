/*
 * A full synchronization through two connections: one for the snapshot, one for the stream. With the real server:
 * src/node/replication.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { TestNetwork } from '../test-network.ts';
import type { TestServer } from '../testing.ts';
import { FullSyncBuffer } from './full-sync-buffer.ts';

/** Snapshots of these are as long as they look, and loaded in many slices. */
const PLAIN = { 'repl-diskless-sync-delay': 0, 'protected-mode': false, 'enable-debug-command': 'yes', save: '', rdbcompression: false, 'loading-process-events-interval-bytes': 1024 };

const field = (server: TestServer, name: string): string => new RegExp(`${name}:([^\\r\\n]*)`).exec(server.send('INFO everything'))?.[1] ?? '';
const isUp = (server: TestServer): boolean => field(server, 'master_link_status') === 'up';
const channelOf = (primary: TestServer): string => /id=(\d+) (?:(?!id=).)*flags=SC/.exec(primary.ask('CLIENT LIST TYPE replica'))?.[1] ?? 'none';
const streamOf = (primary: TestServer): string => /id=(\d+) (?:(?!id=).)*flags=S /.exec(primary.ask('CLIENT LIST TYPE replica'))?.[1] ?? 'none';

/** A primary with 1000 keys whose snapshot takes a second, and a server that has begun to follow it. */
function syncing(config: Record<string, string | number | boolean> = {}) {
  const net = new TestNetwork();
  const primary = net.server('p', { config: PLAIN });
  const replica = net.server('r', { config: { ...PLAIN, ...config } });
  for (let i = 0; i < 1000; i++) primary.send(`SET key:${i} ${'v'.repeat(100)}`);
  primary.send('CONFIG SET rdb-key-save-delay 1000');
  replica.send('REPLICAOF p 6379');
  net.advance(300);
  expect(field(primary, 'slave0')).toContain('state=send_bulk_and_stream,offset=0');
  return { net, primary, replica };
}

function expectSame(net: TestNetwork, primary: TestServer, replica: TestServer): void {
  net.advance(5000);
  expect(isUp(replica)).toBe(true);
  expect(replica.digest()).toBe(primary.digest());
  expect(field(replica, 'slave_repl_offset')).toBe(field(primary, 'master_repl_offset'));
  expect(field(replica, 'mem_replica_full_sync_buffer')).toBe('0');
}

describe('while the snapshot travels', () => {
  test.each(['disabled', 'on-empty-db', 'swapdb'])('the replica keeps the stream, and runs it when the snapshot is loaded (repl-diskless-load %s)', (how) => {
    const { net, primary, replica } = syncing({ 'repl-diskless-load': how });
    expect([field(primary, 'connected_slaves'), field(primary, 'connected_clients')]).toEqual(['1', '1']);
    primary.send('SELECT 3');
    primary.send(`SET meanwhile ${'m'.repeat(100_000)}`);
    net.advance(1);
    expect([field(replica, 'replica_full_sync_buffer_size'), field(replica, 'mem_replica_full_sync_buffer'), field(replica, 'master_sync_in_progress')]).toEqual(['1048560', '1048600', '1']);
    // The primary need not keep it: the replica holds no more than the last block.
    expect(primary.ask('CLIENT LIST TYPE replica').match(/oll=[^01]/)).toBe(null);
    expectSame(net, primary, replica);
    expect(replica.stdout).toContain('Starting to stream replication buffer into the db (100076 bytes).');
    expect([field(replica, 'replica_full_sync_buffer_size'), field(replica, 'replica_full_sync_buffer_peak')]).toEqual(['0', '1048560']);
    expect([field(primary, 'sync_full'), primary.ask('CLIENT LIST TYPE replica').match(/flags=\w+/g)]).toEqual(['1', ['flags=S']]);
    expect(primary.stdout).toMatch(/Starting BGSAVE for SYNC with target: replicas sockets \(rdb-channel\)\n.*Starting to deliver RDB and replication stream to replica: r:6379\n.*Background RDB transfer started by pid \d+ to replica socket\n/);
  });

  test('a connection that is lost ends the other, and both are made anew', () => {
    const { net, primary, replica } = syncing();
    primary.send(`CLIENT KILL ID ${channelOf(primary)}`);
    net.advance(500);
    // Nobody is left when the child writes for the second time.
    expect(primary.stdout).toContain('Background transfer error');
    expect(replica.stdout).toContain('I/O error trying to sync with MASTER: connection lost');
    net.advance(200);
    expect(field(primary, 'slave0')).toContain('send_bulk_and_stream');
    primary.send(`CLIENT KILL ID ${streamOf(primary)}`);
    net.advance(1);
    expect(replica.stdout).toContain('Main channel error while reading from master: Success');
    expect(channelOf(primary)).toBe('none');
    expectSame(net, primary, replica);
    expect(replica.stdout.match(/Aborting rdb channel sync\n/g)).toHaveLength(2);
  });

  test('nobody knows how long it will be before it begins to come', () => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: { ...PLAIN, 'rdb-key-save-delay': 100_000 } });
    const replica = net.server('r', { config: PLAIN });
    primary.send('SET k v');
    replica.send('REPLICAOF p 6379');
    net.advance(50);
    expect(replica.send('INFO replication')).toContain('master_sync_in_progress:1\r\n');
    expect(replica.send('INFO replication')).toContain('master_sync_total_bytes:-1\r\nmaster_sync_read_bytes:0\r\nmaster_sync_left_bytes:-1\r\nmaster_sync_perc:-0.00\r\n');
  });

  test('a child goes on for those who are left, and one of its own serves whoever wants all through one connection', () => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: { ...PLAIN, 'repl-diskless-sync-delay': 2, 'rdb-key-save-delay': 1000 } });
    for (let i = 0; i < 1000; i++) primary.send(`SET key:${i} ${'v'.repeat(100)}`);
    const [one, two, old] = ['r1', 'r2', 'r3'].map((name) => net.server(name, { config: { ...PLAIN, 'repl-rdb-channel': name !== 'r3' } })) as [TestServer, TestServer, TestServer];
    for (const replica of [one, two, old]) replica.send('REPLICAOF p 6379');
    net.advance(2500);
    one.server.stop('crash');
    primary.send('SET x 1');
    expectSame(net, primary, two);
    expectSame(net, primary, old);
    expect([field(primary, 'total_forks'), field(primary, 'sync_full')]).toEqual(['2', '3']);
  });
});

describe('the connection of the stream is lost while the snapshot is loaded', () => {
  test('from its file: that is finished, and the rest is asked for', () => {
    const { net, primary, replica } = syncing({ 'key-load-delay': 1000 });
    net.advance(900);
    expect(field(replica, 'loading')).toBe('1');
    primary.send('CLIENT KILL TYPE replica');
    primary.send('SET x 1');
    net.advance(1);
    expect(replica.stdout).toContain('After loading RDB, replica will try psync with master.');
    expectSame(net, primary, replica);
    expect([field(primary, 'sync_full'), field(primary, 'sync_partial_ok')]).toEqual(['1', '1']);
  });

  test('as it comes: it is given up, and asked for again', () => {
    const { net, primary, replica } = syncing({ 'repl-diskless-load': 'swapdb' });
    replica.send('CONFIG SET replica-read-only no');
    expect(field(replica, 'loading')).toBe('1');
    primary.send(`CLIENT KILL ID ${streamOf(primary)}`);
    net.advance(50);
    expect(replica.stdout).toContain('Aborting rdb channel sync while loading the RDB.');
    expect(replica.stdout).toContain('Failed trying to load the MASTER synchronization DB from socket, check server logs.');
    expectSame(net, primary, replica);
    expect([field(primary, 'sync_full'), field(primary, 'sync_partial_ok')]).toEqual(['2', '0']);
  });
});

describe('while the kept stream is run', () => {
  /** A replica that has 200 KB of it before it, and stands still after each piece. */
  function catchingUp() {
    const { net, primary, replica } = syncing();
    replica.send('DEBUG REPL-PAUSE on-streaming-repl-buf');
    for (let i = 0; i < 20; i++) primary.send(`SET big:${i} ${'b'.repeat(10_000)}`);
    // Each command takes a little, so that there is something in between.
    net.clock.tickUs = 10;
    for (let ms = 0; ms < 3000 && !replica.stdout.includes('Process is about to stop.'); ms += 0.01) net.advance(0.01);
    expect(isUp(replica)).toBe(true);
    expect(Number(field(replica, 'slave_read_repl_offset'))).toBeLessThan(Number(field(primary, 'master_repl_offset')));
    return { net, primary, replica };
  }

  test.each(['CLIENT KILL TYPE master', 'REPLICAOF q 6379'])('%s ends that', (line) => {
    const { net, primary, replica } = catchingUp();
    const other = net.server('q', { config: PLAIN });
    other.send('SET mine 1');
    replica.send(line);
    replica.send('DEBUG REPL-PAUSE clear');
    net.advance(1);
    expect(replica.stdout).toContain('Master client was freed while streaming accumulated replication data to db.');
    expectSame(net, line.startsWith('CLIENT') ? primary : other, replica);
    expect(field(primary, 'sync_partial_ok')).toBe(line.startsWith('CLIENT') ? '1' : '0');
  });

  test('a connection that is lost does not', () => {
    const { net, primary, replica } = catchingUp();
    primary.send('CLIENT KILL TYPE replica');
    expectSame(net, primary, replica);
    expect(replica.stdout).toContain('Successfully streamed replication buffer into the db');
    expect([field(primary, 'sync_full'), field(primary, 'sync_partial_ok')]).toEqual(['1', '1']);
  });
});

describe('what a replica and its master say', () => {
  const open = (config = {}) => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: { ...PLAIN, ...config } });
    const raw = (client: string, ...lines: string[]): string => lines.map((line) => primary.client(client).raw(`${line}\r\n`)).join('');
    return { net, primary, raw };
  };

  test('the master names the connection, and gives it no byte of the stream before the other has asked', () => {
    const { net, primary, raw } = open();
    const [, id = ''] = /^\+OK\r\n\+RDBCHANNELSYNC (\d+)\r\n$/.exec(raw('main', 'REPLCONF listening-port 1 capa eof capa psync2 capa rdb-channel-repl', 'PSYNC ? -1')) ?? [];
    expect(field(primary, 'slave0')).toMatch(/port=1,state=wait_bgsave/);
    primary.send('SET before 1');
    expect(raw('rdb', `REPLCONF capa eof rdb-only 1 rdb-channel 1 main-ch-client-id ${id}`)).toBe('+OK\r\n');
    primary.send('SET before 2');
    const offset = field(primary, 'master_repl_offset');
    expect(raw('rdb', 'PSYNC ? -1')).toBe(`+FULLRESYNC ${field(primary, 'master_replid')} ${offset}\r\n`);
    primary.send('SET after 1');
    expect(primary.client('main').take()).toBe('*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$5\r\nafter\r\n$1\r\n1\r\n');
    net.advance(100);
    expect(primary.client('rdb').take()).toMatch(/^\$EOF:([0-9a-f]{40})\r\nREDIS0012.*\1$/s);
    expect(primary.client('rdb').closed).toBe(true);
    expect(field(primary, 'slave0')).toMatch(/state=online/);
  });

  test.each(['repl-rdb-channel', 'repl-diskless-sync'])('a master with %s no makes no second connection of it', (directive) => {
    const { raw } = open({ [directive]: false });
    expect(raw('main', 'REPLCONF capa eof capa psync2 capa rdb-channel-repl', 'PSYNC ? -1')).toMatch(/^\+OK\r\n\+FULLRESYNC /);
  });

  test.each([
    ['rdb-channel 2', 'ERR value is out of range, value must between 0 and 1'],
    ['rdb-only 2', 'ERR value is out of range, value must between 0 and 1'],
    ['main-ch-client-id x', 'ERR value is not an integer or out of range'],
    ['main-ch-client-id 99', 'ERR Unrecognized RDB client id: 99'],
  ])('REPLCONF %s is refused', (words, error) => {
    expect(open().raw('a', `REPLCONF ${words}`)).toBe(`-${error}\r\n`);
  });

  test('a second connection that is refused is tried again a second later', () => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: { ...PLAIN, 'repl-diskless-sync-delay': 2 } });
    const replica = net.server('r', { config: PLAIN });
    replica.send('REPLICAOF p 6379');
    net.advance(300);
    primary.send(`CLIENT KILL ID ${channelOf(primary)}`);
    net.advance(1);
    expect(replica.stdout).toMatch(/# Failed to read response from the server: Success\n.*Aborting rdb channel sync\n$/);
    expectSame(net, primary, replica);
  });
});

describe('the buffer of the stream', () => {
  const BLOCK = 1_048_560;
  const filled = (limits: { own?: number; output?: string } = {}) => {
    const heard: boolean[] = [];
    const log: string[] = [];
    const config = { number: () => limits.own ?? 0, text: () => `normal 0 0 0 slave ${limits.output ?? '0 0 0'} pubsub 0 0 0` } as unknown as ConstructorParameters<typeof FullSyncBuffer>[0]['config'];
    const buffer = new FullSyncBuffer({ config, log: (_, text) => log.push(text) });
    buffer.begin((isHeld) => heard.push(isHeld));
    return { buffer, heard, log };
  };

  test.each([[{ own: 1000 }, 1000], [{ output: '2000 1 1' }, 2000], [{ own: 3000, output: '2000 1 1' }, 3000]])('grows by whole blocks until it has more than its limit, %j', (limits, limit) => {
    const { buffer, heard, log } = filled(limits);
    buffer.take('a'.repeat(BLOCK));
    expect([buffer.used, heard]).toEqual([BLOCK, []]);
    buffer.take('b');
    buffer.take('c');
    expect([buffer.size, buffer.used, heard]).toEqual([BLOCK, BLOCK, [true]]);
    expect(log).toEqual([`Replication buffer limit has been reached (${limit} bytes), stopped buffering replication stream. Further accumulation may occur on master side. `]);
    buffer.beginEmptying();
    while (buffer.next(100_000) !== undefined);
    expect([buffer.end(), heard]).toEqual(['bc', [true, false]]);
  });

  test('takes one block more for two that were emptied, and loses nothing', () => {
    const { buffer, heard } = filled();
    const text = Array.from({ length: 5 * BLOCK }, (_, i) => String.fromCharCode(97 + (i % 23))).join('');
    buffer.take(text.slice(0, 4 * BLOCK));
    buffer.beginEmptying();
    buffer.take(text.slice(4 * BLOCK));
    expect([buffer.used, heard]).toEqual([4 * BLOCK, [true]]);
    let out = '';
    const taken: number[] = [];
    for (let piece = buffer.next(BLOCK); piece !== undefined; piece = buffer.next(BLOCK)) {
      out += piece;
      taken.push(buffer.used / BLOCK);
    }
    expect(taken).toEqual([3, 3, 2, 1, 0]);
    expect(out + buffer.end()).toBe(text);
    expect([buffer.size, buffer.peak]).toEqual([0, 4 * BLOCK]);
  });
});
