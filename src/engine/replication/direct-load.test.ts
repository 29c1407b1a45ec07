import { describe, expect, test } from 'vitest';
import type { Network } from '../env.ts';
import { decodeRdb, readRdb, type RdbReceiver } from '../persistence/rdb.ts';
import { RdbReader } from '../persistence/rdb-string.ts';
import { TestNetwork } from '../test-network.ts';
import { SeededRandom, TestServer } from '../testing.ts';

/** Snapshot and stream come through one connection here; through two: rdb-channel.test.ts. */
const AT_ONCE = { 'repl-rdb-channel': false, 'repl-diskless-sync-delay': 0, 'protected-mode': false, 'enable-debug-command': 'yes', save: '', 'loading-process-events-interval-bytes': 1024 };
const LOADING = '(error) LOADING Redis is loading the dataset in memory';

const field = (server: TestServer, name: string): string => new RegExp(`${name}:([^\\r\\n]*)`).exec(server.send('INFO everything'))?.[1] ?? '';

/** A primary with 300 keys whose snapshot takes 300 ms, and a server with a key of its own. */
function servers(how: string) {
  const net = new TestNetwork();
  const primary = net.server('p', { config: AT_ONCE });
  const replica = net.server('r', { config: { ...AT_ONCE, 'repl-diskless-load': how, 'replica-read-only': false, rdbcompression: false } });
  for (let i = 0; i < 300; i++) primary.send(`SET key:${i} ${'v'.repeat(100)}`);
  primary.send('FUNCTION LOAD "#!lua name=f\nredis.register_function(\'where\', function() return \'primary\' end)"');
  primary.send('CONFIG SET rdb-key-save-delay 1000');
  return { net, primary, replica };
}

describe('a snapshot that is loaded as it comes', () => {
  test('takes the place of nothing, and most commands are refused meanwhile', () => {
    const { net, primary, replica } = servers('on-empty-db');
    replica.send('REPLICAOF p 6379');
    net.advance(100);
    expect(field(replica, 'loading')).toBe('1');
    expect(field(replica, 'loading_total_bytes')).toBe('0');
    expect(Number(field(replica, 'loading_loaded_bytes'))).toBeGreaterThan(1000);
    expect(replica.ask('GET key:1')).toBe(LOADING);
    expect(replica.ask('REPLICAOF NO ONE')).toBe(LOADING);
    net.advance(2500);
    expect(field(replica, 'master_link_status')).toBe('up');
    expect(replica.digest()).toBe(primary.digest());
    expect(replica.ask('FCALL_RO where 0')).toContain('Can not execute');
    expect(replica.ask('FCALL where 0')).toBe('"primary"');
    expect(replica.disk.files.has('/data/dump.rdb')).toBe(false);
    primary.send('SET after 1');
    net.advance(10);
    expect(replica.ask('GET after')).toBe('"1"');
  });

  test.each([1024, 524288])('of known length is followed by what was written meanwhile (in slices of %d bytes)', (bytes) => {
    const { net, primary, replica } = servers('swapdb');
    primary.send('CONFIG SET repl-diskless-sync no');
    replica.send(`CONFIG SET loading-process-events-interval-bytes ${bytes}`);
    replica.send('REPLICAOF p 6379');
    net.advance(200);
    primary.send('SET meanwhile 1');
    net.advance(3000);
    expect(replica.ask('GET meanwhile')).toBe('"1"');
    expect(replica.digest()).toBe(primary.digest());
  });

  test.each(['on-empty-db', 'swapdb', 'disabled'])('may come in one piece with its length and the stream behind it (%s)', (how) => {
    const primary = new TestServer({ config: { save: '' } });
    primary.send('SET key 1');
    primary.send('SAVE');
    const snapshot = primary.disk.files.get('/data/dump.rdb') ?? '';
    let connects = 0;
    const network: Network = {
      resolve: () => undefined,
      connect(_address, on) {
        connects++;
        const answer = (command: string): string => (command.includes('PING') ? '+PONG\r\n' : command.includes('PSYNC') ? `+FULLRESYNC ${'a'.repeat(40)} 0\r\n` : '+OK\r\n');
        on.open({
          peer: 'p:6379',
          local: 'r:40001',
          close() {},
          send(sent) {
            for (const [, word = ''] of sent.matchAll(/\r\n(PING|REPLCONF|PSYNC)\r\n/g)) on.data(answer(word));
            if (sent.includes('PSYNC')) on.data(`$${snapshot.length}\r\n${snapshot}*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$4\r\nINCR\r\n$3\r\nkey\r\n`);
          },
        });
      },
    };
    const replica = new TestServer({ config: { ...AT_ONCE, 'repl-diskless-load': how }, network });
    replica.send('REPLICAOF p 6379');
    replica.advance(100);
    expect(connects).toBe(1);
    expect(replica.stdout).not.toContain('Bad protocol');
    expect(field(replica, 'master_link_status')).toBe('up');
    expect(replica.ask('GET key')).toBe('"2"');
  });

  test('leaves nothing when it ends too early, and is asked for again', () => {
    const { net, primary, replica } = servers('on-empty-db');
    replica.send('REPLICAOF p 6379');
    net.advance(100);
    primary.send('CONFIG SET repl-diskless-sync-delay 1');
    primary.send('CLIENT KILL TYPE replica');
    expect(primary.stdout).toContain('Diskless rdb transfer, last replica dropped, killing fork child.');
    net.advance(1);
    expect(replica.stdout).toContain('Failed trying to load the MASTER synchronization DB from socket, check server logs.');
    expect(replica.ask('DBSIZE')).toBe('(integer) 0');
    net.advance(3000);
    expect(replica.ask('DBSIZE')).toBe('(integer) 300');
  });

  test.each(['ends too early', 'is complete'])('costs nothing with swapdb before it is whole (%s)', (how) => {
    const { net, primary, replica } = servers('swapdb');
    replica.send('SET mine 1');
    replica.send('REPLICAOF p 6379');
    net.advance(100);
    expect(field(replica, 'loading')).toBe('1');
    expect(replica.ask('GET mine')).toBe(LOADING);
    if (how === 'ends too early') {
      primary.send('CONFIG SET repl-diskless-sync-delay 1');
      primary.send('CLIENT KILL TYPE replica');
      net.advance(1);
      expect(replica.ask('DBSIZE')).toBe('(integer) 1');
      expect(replica.stdout).toContain('Discarding temporary DB in background');
    } else {
      net.advance(1000);
      expect(replica.ask('GET mine')).toBe('(nil)');
      expect(replica.ask('DBSIZE')).toBe('(integer) 300');
    }
  });

  test('of the same history lets the old dataset answer, and scripts run in it', () => {
    const { net, primary, replica } = servers('swapdb');
    replica.send('REPLICAOF p 6379');
    net.advance(2500);
    for (const line of ['SET mine 1', 'FUNCTION LOAD REPLACE "#!lua name=f\nredis.register_function(\'where\', function() return \'replica\' end)"', 'WATCH key:1', 'MULTI']) replica.send(line, line.startsWith('W') || line === 'MULTI' ? 'w' : 'a');
    primary.send('CONFIG SET repl-backlog-size 16384');
    for (const line of ['MULTI', 'CLIENT KILL TYPE replica', ...[1, 2, 3].map((i) => `SET filler:${i} ${'f'.repeat(16384)}`), 'EXEC']) primary.send(line);
    net.advance(100);
    expect([field(replica, 'loading'), field(replica, 'async_loading'), field(replica, 'master_sync_in_progress')]).toEqual(['0', '1', '1']);
    expect(replica.ask('GET mine')).toBe('"1"');
    expect(replica.ask('FCALL where 0')).toBe('"replica"');
    expect(replica.ask('DBSIZE')).toBe('(integer) 301');
    expect(replica.ask('BGSAVE')).toBe(LOADING);
    expect(replica.ask('REPLICAOF NO ONE')).toBe(LOADING);
    expect(replica.send('EVAL "local n = 0 for i = 1, 3e6 do n = n + 1 end return n" 0', 'script')).toBe('');
    net.advance(1000);
    expect(replica.client('script').take()).toBe(':3000000\r\n');
    expect(field(replica, 'async_loading')).toBe('0');
    expect(replica.ask('EXISTS mine filler:1')).toBe('(integer) 1');
    expect(replica.ask('FCALL where 0')).toBe('"primary"');
    expect(replica.ask('EXEC', 'w')).toBe('(nil)');
    expect(replica.digest()).toBe(primary.digest());
  });
});

test('a file that comes in pieces, wherever it is cut, is read as the same file in one', () => {
  const world = new TestServer({ config: { save: '' } });
  for (const line of ['SET a 1', 'SET b xyz EX 100', 'RPUSH l 1 2 3', `HSET h ${Array.from({ length: 300 }, (_, i) => `f${i} ${i}`).join(' ')}`, 'XADD s 1-1 f v', 'SELECT 3', 'SADD t x y', 'SAVE']) world.send(line);
  const file = world.disk.files.get('/data/dump.rdb') ?? '';
  const random = new SeededRandom(1);
  const noting = (keys: string[]): RdbReceiver => ({ databases: 16, key: (db, key, object, expires) => keys.push(`${db} ${key} ${object.type} ${String(expires)}`) > 0 });
  const whole: string[] = [];
  const { end } = decodeRdb(file, world.server, noting(whole));
  for (const most of [1, 7, 100, 5000]) {
    const keys: string[] = [];
    const reader = RdbReader.fed();
    const reading = readRdb(reader, world.server, noting(keys));
    let step = reading.next();
    for (let at = 0; step.done !== true; ) {
      const chunk = file.slice(at, (at += 1 + random.below(most)));
      expect(chunk, 'there is more').not.toBe('');
      reader.feed(chunk);
      step = reading.next();
    }
    expect(step.value.end).toBe(end);
    expect(keys).toEqual(whole);
  }
});
