import { describe, expect, it } from 'vitest';
import { TestWorld } from '../test-world.ts';
import { keyspace } from './look.ts';
import { bits, keyspaceChanges, type KeyspaceView } from './model.ts';

const look = (world: TestWorld, params: unknown = {}): KeyspaceView => keyspace.look(world.world, params);

/** Keys by table and bucket, as one reads them from the picture. */
const layout = (view: KeyspaceView): string[] =>
  view.tables.flatMap((table) => table.buckets.filter((bucket) => bucket.chain.length > 0).map((bucket) => `${table.table}/${bucket.index}: ${bucket.chain.map((entry) => entry.key).join(' ')}`));

describe('the hash table as a picture', () => {
  it('shows nothing before the first key, and says so', () => {
    const world = new TestWorld();
    const view = look(world);
    expect(view.tables).toEqual([]);
    expect(keyspace.describe(view)).toBe('Database 0 of local:6379 has no key, and so no table of them yet.');
  });

  it('shows ten keys, each with its bucket, at level S (golden)', () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 1; i <= 10; i++) world.run(`SET user:${i} x`);
    const view = look(world);
    expect(view.level).toBe('S');
    expect(view.entries).toBe(10);
    expect(keyspace.describe(view)).toMatchInlineSnapshot(`
      "Database 0 of local:6379 holds 10 keys in two hash tables, because it is being resized.
      Table 0: 5 entries in 8 buckets, 0.63 per bucket; the lowest 3 bits of a hash choose the bucket.
        bucket 2: user:2
        bucket 3: user:7 and user:4
        bucket 4: user:8 and user:6
        5 buckets are empty.
      Table 1: 5 entries in 16 buckets, 0.31 per bucket; the lowest 4 bits of a hash choose the bucket.
        bucket 0: user:3
        bucket 1: user:9
        bucket 5: user:1
        bucket 13: user:10 and user:5
        12 buckets are empty.
      1 bucket of 8 in table 0 is behind the rehash index. Each lookup and each new key moves one more; activerehashing is off, so nothing else does.
      SET user:10 x paid for the move of 2 buckets."
    `);
  });

  it('shows the command that paid for each move while a table grows', () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 1; i <= 4; i++) world.run(`SET k${i} x`);
    const full = look(world);
    expect(full.tables.map((table) => [table.size, table.used])).toEqual([[4, 4]]);
    world.run('SET k5 x');
    const grown = look(world);
    expect(grown.tables.map((table) => table.size)).toEqual([4, 8]);
    expect(grown.tables[1]?.used).toBe(1);
    expect(keyspaceChanges(full, grown)[0]).toBe('A second table of 8 buckets was made; table 0 keeps 4 until it is empty.');
    world.run('GET nothing');
    const stepped = look(world);
    expect(stepped.lastStep).toMatchObject({ command: 'GET nothing', bucketsMoved: 1 });
    expect(stepped.tables[0]?.used).toBeLessThan(4);
    expect(keyspaceChanges(grown, stepped).join(' ')).toMatch(/Moved: .*GET nothing paid for the move of 1 bucket\./);
    for (let i = 0; i < 4; i++) world.run('GET nothing');
    expect(look(world).tables.map((table) => table.size)).toEqual([8]);
  });

  it('tells when it was the cron that moved buckets', () => {
    const world = new TestWorld();
    for (let i = 1; i <= 5; i++) world.run(`SET k${i} x`);
    world.wait(200);
    const view = look(world);
    expect(view.tables).toHaveLength(1);
    expect(view.lastStep?.command).toBeUndefined();
    expect(keyspace.describe(view)).toContain('The server\'s cron moved');
  });

  it('names every key of the database exactly once, rehash or not', () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 1; i <= 70; i++) {
      world.run(`SET key:${i} x`);
      const view = look(world);
      const named = view.tables.flatMap((table) => table.buckets.flatMap((bucket) => bucket.chain.map((entry) => entry.key)));
      expect(named.length, `after ${i}`).toBe(i);
      expect(new Set(named).size).toBe(i);
      for (const table of view.tables) for (const bucket of table.buckets) for (const entry of bucket.chain) expect(entry.hash & (table.size - 1)).toBe(bucket.index);
    }
  });

  it('follows a lookup to its key', () => {
    const world = new TestWorld();
    world.run('SET a 1', 'SET b 2');
    const view = look(world, { key: 'a' });
    expect(view.path?.found).toBe(true);
    expect(view.path?.visits).toHaveLength(1);
    expect(layout(view).some((line) => line.startsWith(`0/${view.path?.visits[0]?.bucket}:`))).toBe(true);
    expect(look(world, { key: 'absent' }).path?.found).toBe(false);
  });

  it('draws the buckets of a SCAN from its reply', () => {
    const world = new TestWorld();
    for (let i = 1; i <= 30; i++) world.run(`SET key:${i} x`);
    world.wait(300);
    const reply = world.run('SCAN 0 COUNT 5');
    const view = look(world);
    const { scan } = view;
    expect(scan).toMatchObject({ by: 'command', text: 'SCAN 0 COUNT 5', cursor: 0 });
    expect(reply).toContain(`\r\n${scan?.next}\r\n`);
    for (const key of scan?.keys ?? []) expect(reply).toContain(key);
    expect(scan?.keys.length).toBeGreaterThanOrEqual(5);
    expect(bits(scan?.next ?? 0, scan?.bits ?? 0)).toMatch(/^[01 ]+$/);
  });

  it('walks by hand through every key, and costs the server nothing', () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 1; i <= 33; i++) world.run(`SET key:${i} x`);
    expect(look(world).tables).toHaveLength(2);
    const before = world.simulation.runHash;
    const seen = new Set<string>();
    let cursor = 0;
    do {
      const view = look(world, { cursor });
      for (const key of view.scan?.keys ?? []) seen.add(key);
      cursor = view.scan?.next ?? 0;
    } while (cursor !== 0);
    expect(seen.size).toBe(33);
    expect(world.simulation.runHash).toBe(before);
    expect(look(world).rehashIndex).toBeGreaterThanOrEqual(0);
  });

  it('shows a thousand keys as cells with a lens, at level M', () => {
    const world = new TestWorld();
    world.populate(1000, (i) => `key:${i}`, () => 'x');
    const view = look(world, { from: 512 });
    expect(view.level).toBe('M');
    expect(view.tables.at(-1)?.strip?.bucketsPerCell).toBe(1);
    expect(view.tables.flatMap((table) => table.strip?.entries ?? []).reduce((sum, each) => sum + each, 0)).toBe(1000);
    expect(view.tables.at(-1)?.buckets[0]?.index).toBe(512);
    expect(JSON.stringify(view).length).toBeLessThan(60_000);
  });

  it('shows a million keys in bounded space, at level L', () => {
    const world = new TestWorld();
    world.populate(1_000_000, (i) => `key:${i}`, () => 'x');
    const view = look(world);
    expect(view.level).toBe('L');
    expect(view.entries).toBe(1_000_000);
    expect(view.tables.at(-1)?.strip?.entries).toHaveLength(1024);
    expect(JSON.stringify(view).length).toBeLessThan(40_000);
    expect(keyspace.describe(view)).toContain('Database 0 of local:6379 holds 1,000,000 keys in');
    expect(keyspace.describe(view).length).toBeLessThan(4000);
  }, 60_000);

  it('shows the deadlines as the table they are', () => {
    const world = new TestWorld();
    world.run('SET a 1 EX 100', 'SET b 2');
    const view = look(world, { which: 'expires' });
    expect(view.entries).toBe(1);
    expect(layout(view)[0]).toMatch(/: a$/);
  });

  it('takes parameters that make no sense as not given', () => {
    const world = new TestWorld();
    world.run('SET a 1');
    for (const params of [null, 7, 'x', { db: 'many', which: 3, cursor: {}, from: -5, key: 9 }]) expect(look(world, params)).toEqual(look(world));
    expect(look(world, { db: '99' }).db).toBe(15);
    expect(look(world, { db: '1' }).entries).toBe(0);
  });
});
