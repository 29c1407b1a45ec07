import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';
import { KeyBytes } from './key-bytes.ts';

/** Room for a few hundred keys of a kilobyte above what an empty server uses. */
const LIMIT = 1_000_000;

function filled(policy: string, keys = 1000): TestServer {
  const world = new TestServer();
  world.send(`CONFIG SET maxmemory ${LIMIT} maxmemory-policy ${policy}`);
  for (let i = 0; i < keys; i++) {
    world.send(`SET key:${i} ${'x'.repeat(1000)}`);
    world.advance(1000);
  }
  return world;
}

describe('noeviction', () => {
  test('writes that need memory are refused, reads and deletes go on', () => {
    const world = new TestServer();
    world.send('SET b lamp');
    world.send('CONFIG SET maxmemory 1');
    expect(world.ask('SET d 1')).toBe("(error) OOM command not allowed when used memory > 'maxmemory'.");
    expect(world.ask('GET b')).toBe('"lamp"');
    expect(world.ask('DEL b')).toBe('(integer) 1');
    world.send('CONFIG SET maxmemory 0');
    expect(world.ask('SET d 1')).toBe('OK');
  });
});

describe('a policy makes room', () => {
  test.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('%s keeps what is used below the limit', (policy) => {
    const world = filled(policy);
    expect(world.server.statistics.keyspace.evictedKeys).toBeGreaterThan(500);
    world.send('PING'); // room is made before a command, so the last SET may stand above the limit
    expect(world.server.usedMemory()).toBeLessThanOrEqual(LIMIT);
  });

  test('allkeys-lru sends away the old: of the newest hundred nearly all stay', () => {
    const world = filled('allkeys-lru');
    const newest = Array.from({ length: 100 }, (_, i) => world.ask(`EXISTS key:${900 + i}`)).filter((reply) => reply === '(integer) 1');
    expect(newest.length).toBeGreaterThan(95);
    expect(world.ask('EXISTS key:0')).toBe('(integer) 0');
  });

  test('volatile policies leave keys without a deadline alone, and refuse when there is none with one', () => {
    const world = filled('volatile-lru', 400);
    expect(world.server.statistics.keyspace.evictedKeys).toBe(0);
    expect(world.ask('SET more 1')).toMatch(/^\(error\) OOM/);
    world.send('EXPIRE key:7 10000');
    world.send('SET more 1');
    expect(world.ask('EXISTS key:7')).toBe('(integer) 0');
  });

  test('the bytes kept in passing are those of a fresh count', () => {
    const world = filled('allkeys-lru', 300);
    world.send(`APPEND key:299 ${'y'.repeat(500)}`);
    world.send('RENAME key:298 other');
    world.send('SET key:297 1');
    world.send('INCRBYFLOAT key:297 0.5');
    world.send('COPY other third');
    world.send('GETDEL key:296');
    const db = world.server.databases[0];
    if (db === undefined) throw new Error('no database');
    expect(db.bytes?.total).toBe(new KeyBytes(db.keys).total);
  });
});

test('a lower maxmemory is kept at once, though nobody sends a command', () => {
  const world = new TestServer({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  for (let i = 0; i < 100; i++) world.send(`SET k${i} ${'x'.repeat(1000)}`);
  world.send('CONFIG SET maxmemory 1');
  world.advance(1);
  expect(world.server.databases[0]?.keys.size).toBe(0);
  expect(world.stdout).toMatch(/# WARNING: the new maxmemory value set via CONFIG SET \(1\) is smaller than the current memory usage \(\d+\)\./);
});
