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

describe('what is held against maxmemory', () => {
  const big = 'x'.repeat(30_000);

  test('replies that wait count: keys make room for them, and what tells of that asks for no further ones', () => {
    const world = new TestServer({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const keys = (): number => world.server.databases[0]?.keys.size ?? 0;
    world.client('lazy').send('HELLO 3');
    world.client('lazy').send('CLIENT TRACKING on BCAST');
    for (let i = 0; i < 100; i++) world.send(`SET ${String(i).repeat(300)} v`);
    world.client('lazy').isReading = false;
    world.send(`SET big ${big}`);
    world.send(`CONFIG SET maxmemory ${world.server.countedMemory() + 10_000}`);
    world.send('GET big');
    expect(keys()).toBe(101);
    for (let i = 0; i < 10; i++) world.send('GET big', 'other');
    world.client('other').isReading = false;
    for (let i = 0; i < 2; i++) world.send('GET big', 'other');
    world.send('PING');
    expect(keys()).toBeLessThan(100);
    expect(keys()).toBeGreaterThan(30);
    world.client('other').isReading = true;
    world.client('other').take();
    const left = keys();
    world.send('PING');
    expect(keys()).toBe(left);
  });

  test('MEMORY STATS adds up, and a table of keys does not grow beyond the limit', () => {
    const world = new TestServer();
    world.send('EVAL "return 1" 0');
    for (let i = 0; i < 63; i++) world.send(`SET k${i} v`);
    const stats = world.send('MEMORY STATS');
    const of = (name: string): number => Number(new RegExp(`\r\n${name}\r\n:(\\d+)`).exec(stats)?.[1]);
    expect(of('lua.caches') > 0 && of('clients.normal') > 0).toBe(true);
    expect(of('overhead.total')).toBe(['startup.allocated', 'replication.backlog', 'clients.slaves', 'clients.normal', 'cluster.links', 'aof.buffer', 'lua.caches', 'functions.caches', 'script.VMs', 'overhead.hashtable.main', 'overhead.hashtable.expires', 'overhead.db.hashtable.lut'].reduce((sum, name) => sum + of(name), 0));
    world.send(`CONFIG SET maxmemory ${world.server.countedMemory() + 400}`);
    world.send('CONFIG SET maxmemory-policy volatile-lru');
    world.send('SET one v');
    world.send('SET two v');
    expect(world.server.databases[0]?.keys.buckets(1)).toBe(0);
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
