import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';
import { closeUp, inspect, recordWire, snapshot } from './index.ts';

describe('keys', () => {
  test('a page tells type, encoding, time left, size and memory of each key', () => {
    const world = new TestServer();
    world.send('SET n 42');
    world.send('SET text hello EX 60');
    const { keys, cursor, total } = inspect(world.server).keys(0);
    expect({ cursor, total }).toEqual({ cursor: 0, total: 2 });
    expect([...keys].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { key: 'n', type: 'string', encoding: 'int', ttlMs: null, expired: false, size: 2, memoryBytes: 48 },
      { key: 'text', type: 'string', encoding: 'embstr', ttlMs: 60000, expired: false, size: 5, memoryBytes: 64 },
    ]);
  });

  test('pages follow each other by cursor and miss nothing', () => {
    const world = new TestServer();
    for (let i = 0; i < 500; i++) world.send(`SET key:${i} v`);
    const seen = new Set<string>();
    let cursor = 0;
    let pages = 0;
    do {
      const page = inspect(world.server).keys(0, { pattern: 'key:*', cursor, limit: 50 });
      expect(page.keys.length).toBeLessThan(70); // a page ends with the bucket that fills it
      for (const { key } of page.keys) seen.add(key);
      cursor = page.cursor;
      pages++;
    } while (cursor !== 0);
    expect(seen.size).toBe(500);
    expect(pages).toBeGreaterThan(5);
  });

  test('a database that does not exist is a mistake of the caller', () => {
    expect(() => inspect(new TestServer().server).keys(99)).toThrow('there is no database 99');
  });
});

describe('looking touches nothing', () => {
  test('a dead key is shown as expired and stays until a command meets it', () => {
    const world = new TestServer();
    world.server.debug.activeExpire = false;
    world.send('SET k v PX 100');
    world.advance(500);
    expect(inspect(world.server).key(0, 'k')).toMatchObject({ expired: true, ttlMs: -400 });
    expect(inspect(world.server).databases()[0]).toMatchObject({ keys: 1, expires: 1 });
    expect(world.server.statistics.keyspace).toMatchObject({ expiredKeys: 0, misses: 0, hits: 0 });
    expect(world.ask('GET k')).toBe('(nil)');
    expect(inspect(world.server).key(0, 'k')).toBeUndefined();
  });

  test('neither LRU clock, nor statistics, nor a rehash moves', () => {
    const world = new TestServer();
    for (let i = 0; i < 300; i++) world.send(`SET key:${i} ${'v'.repeat(50)}`);
    const { keys } = world.server.databases[0] ?? {};
    if (keys === undefined) throw new Error('no database');
    for (let i = 300; !keys.isRehashing; i++) world.send(`SET key:${i} v`);
    world.advance(3000);
    for (let i = 0; !keys.isRehashing; i++) world.send(`SET more:${i} v`);
    const before = { index: keys.rehashIndex, hits: world.server.statistics.keyspace.hits, lru: keys.peek('key:1')?.value.lru };
    const inspector = inspect(world.server);
    inspector.keys(0, { limit: 1000 });
    for (let i = 0; i < 50; i++) inspector.key(0, `key:${i}`);
    inspector.dictLayout(0, 'keys', 32);
    inspector.expiry(0);
    expect({ index: keys.rehashIndex, hits: world.server.statistics.keyspace.hits, lru: keys.peek('key:1')?.value.lru }).toEqual(before);
  });
});

describe('one key', () => {
  test('a string shows its bytes up to the limit, and where they lie', () => {
    const world = new TestServer();
    world.send('SET k hello');
    world.send('APPEND k " world"');
    world.advance(5000);
    expect(inspect(world.server).key(0, 'k', 4)).toEqual({
      key: 'k', type: 'string', encoding: 'raw', ttlMs: null, expired: false, size: 11, memoryBytes: 24 + 8 + 16 + 32,
      expiresAtMs: null, idleMs: 5000, frequency: null, refcount: 1,
      value: {
        type: 'string', value: 'hell', length: 11, integer: undefined,
        allocation: { header: 16, textHeader: 3, used: 11, spare: 17, embedded: false, total: 48 },
      },
    });
  });

  test('an integer shows its digits', () => {
    const world = new TestServer();
    world.send('SET n 9007199254740993');
    expect(inspect(world.server).key(0, 'n')?.value).toMatchObject({ integer: '9007199254740993', length: 16 });
  });

  test('under an LFU policy the counter is shown instead of the idle time', () => {
    const world = new TestServer({ config: { 'maxmemory-policy': 'allkeys-lfu' } });
    world.send('SET k v');
    expect(inspect(world.server).key(0, 'k')).toMatchObject({ frequency: 5, idleMs: 0 });
  });
});

describe('expiry', () => {
  test('deadlines come soonest first, with the last run of the cycle', () => {
    const world = new TestServer();
    world.listen();
    world.send('SET late v PX 90000');
    world.send('SET soon v PX 1000');
    world.send('SET gone v PX 10');
    world.advance(250);
    const view = inspect(world.server).expiry(0);
    expect(view.deadlines.map(({ key, leftMs }) => [key, leftMs])).toEqual([['soon', 750], ['late', 89750]]);
    expect(view).toMatchObject({ keysWithExpiry: 2, overdue: 0, expiredTotal: 1 });
    expect(view.lastCycle).toMatchObject({ kind: 'slow', db: 0, sampled: 2, expired: 0 });
  });
});

describe('clients and the wire', () => {
  test('a client in a transaction shows what it watches and how much it has queued', () => {
    const world = new TestServer();
    world.send('WATCH k', 'a');
    world.send('MULTI', 'a');
    world.send('SET k 1', 'a');
    expect(inspect(world.server).clients()[0]).toMatchObject({ queued: 1, doomed: false, watched: [{ db: 0, key: 'k' }], lastCommand: 'set', address: '127.0.0.1:50001' });
    world.send('SET k 2', 'b');
    const [a, b] = inspect(world.server).clients();
    // It need not watch any more.
    expect(a).toMatchObject({ queued: 1, doomed: true, watched: [] });
    expect(b).toMatchObject({ queued: null, doomed: false, watched: [] });
  });

  test('half a request shows what is still expected', () => {
    const world = new TestServer();
    const recorder = recordWire(world.server);
    const client = world.client();
    client.raw('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe');
    const { id } = client.serverSide;
    expect(inspect(world.server).wire(id)).toMatchObject({ wordsLeft: 1, bulkLength: 5, words: ['SET', 'k'], waitingBytes: 2 });
    client.raw('llo\r\n');
    expect(inspect(world.server).wire(id)).toMatchObject({ wordsLeft: 0, words: [], waitingBytes: 0 });
    expect(recorder.chunks(id).map(({ direction, bytes }) => [direction, bytes])).toEqual([
      ['in', '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe'], ['in', 'llo\r\n'], ['out', '+OK\r\n'],
    ]);
    recorder.stop();
  });

  test('a recorder keeps the last bytes only', () => {
    const world = new TestServer();
    const recorder = recordWire(world.server, 64);
    for (let i = 0; i < 100; i++) world.send(`SET key:${i} v`);
    const chunks = recorder.chunks(world.client().serverSide.id);
    expect(chunks.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(64);
    expect(chunks.at(-1)?.bytes).toBe('+OK\r\n');
  });
});

describe('a snapshot', () => {
  test('answers from the moment it was made and leaves no trace in the original', () => {
    const world = new TestServer();
    world.send('SET k v PX 1000');
    world.send('INCR n');
    const copy = snapshot(world.server);
    const before = { ...world.server.statistics.keyspace };
    expect(copy.run(['GET', 'k'])).toBe('v');
    expect(copy.run(['INCR', 'n'])).toBe(2);
    expect(copy.run(['PTTL', 'k'])).toBe(1000);
    expect(copy.run(['SET', 'only', 'here'], 3)).toMatchObject({ kind: 'status', text: 'OK' });
    expect(copy.run(['NOSUCH'])).toMatchObject({ kind: 'error' });
    expect(copy.run(['GET'])).toMatchObject({ kind: 'error', text: "ERR wrong number of arguments for 'get' command" });
    world.advance(5000);
    expect(copy.run(['GET', 'k'])).toBe('v');
    expect(world.server.statistics.keyspace).toEqual({ ...before, expiredKeys: 1 });
    expect(world.ask('GET n')).toBe('"1"');
    expect(world.server.databases[3]?.keys.size).toBe(0);
  });
});

describe('streams', () => {
  const stream = (): TestServer => {
    const world = new TestServer({ config: { 'stream-node-max-entries': 2 } });
    for (let i = 1; i <= 5; i++) world.send(`XADD s ${i}-0 f ${i} g x`);
    world.send('XGROUP CREATE s workers 0');
    world.send('XREADGROUP GROUP workers Ada COUNT 2 STREAMS s >');
    world.advance(1500);
    return world;
  };

  test('a look shows entries with their fields, and groups with what is pending', () => {
    const view = inspect(stream().server).key(0, 's', 80);
    expect(view).toMatchObject({ type: 'stream', encoding: 'stream', size: 5 });
    expect(view?.value).toEqual({
      type: 'stream', length: 5, lastId: '5-0', entriesAdded: 5, groupCount: 1,
      entries: [{ id: '1-0', fields: [['f', '1'], ['g', 'x']] }, { id: '2-0', fields: [['f', '2'], ['g', 'x']] }],
      groups: [{
        name: 'workers', lastId: '2-0', entriesRead: 2, lag: 3, pendingCount: 2, consumerCount: 1,
        pending: [{ id: '1-0', consumer: 'Ada', idleMs: 1500, deliveries: 1 }, { id: '2-0', consumer: 'Ada', idleMs: 1500, deliveries: 1 }],
        consumers: [{ name: 'Ada', pending: 2, idleMs: 1500 }],
      }],
    });
  });

  test('a closer look shows the tree that its nodes lie in', () => {
    const { server } = stream();
    expect(closeUp(server).radixTree(0, 's', 5)).toMatchObject({
      keys: 3, nodes: 8,
      shown: [{ parent: -1, kind: 'compressed' }, { parent: 0, kind: 'branch', edges: '\x01\x03\x05' }, { parent: 1, kind: 'compressed' }, { parent: 1, kind: 'compressed' }, { parent: 1, kind: 'compressed' }],
    });
    expect(closeUp(server).radixTree(0, 's', 2)?.shown).toMatchObject([{ hidden: 0 }, { hidden: 3 }]);
    expect(closeUp(server).radixTree(0, 'none', 2)).toBeUndefined();
  });
});
