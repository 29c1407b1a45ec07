/*
 * Real clients against our server on real TCP
 * -------------------------------------------
 * The program is bundled and started as its users start it; ioredis speaks to it, and the real redis-cli
 * and redis-benchmark where they can be had.
 */
import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { REDIS_VERSION } from '../engine/index.ts';
import { freePort, NoReferenceRedis, referenceProgram, startOurServer, type RunningServer } from './reference-redis.ts';

let server: RunningServer;
let protocol: 2 | 3 = 3;
const open: Redis[] = [];

function connect(options: { readonly db?: number; readonly password?: string } = {}): Redis {
  const redis = new Redis(server.port, '127.0.0.1', { protocol, ...options });
  open.push(redis);
  return redis;
}

beforeAll(async () => {
  server = await startOurServer(await freePort());
}, 30_000);
afterEach(() => {
  for (const redis of open.splice(0)) redis.disconnect();
});
afterAll(() => server.stop());

describe.each([2, 3] as const)('ioredis in RESP%i', (version) => {
  beforeAll(() => {
    protocol = version;
  });

  test('reads the version, writes and reads', async () => {
    const redis = connect();
    await redis.flushall();
    expect(await redis.info('server')).toContain(`redis_version:${REDIS_VERSION}`);
    expect(await redis.set('greeting', 'hello')).toBe('OK');
    expect(await redis.get('greeting')).toBe('hello');
    expect(await redis.get('nothing')).toBeNull();
    expect(await redis.set('bytes', Buffer.from([0, 255, 13, 10]))).toBe('OK');
    expect(await redis.getBuffer('bytes')).toEqual(Buffer.from([0, 255, 13, 10]));
    expect(await redis.set('short', 'x', 'EX', 100, 'NX')).toBe('OK');
    expect(await redis.ttl('short')).toBeGreaterThan(95);
    await expect(redis.incr('greeting')).rejects.toThrow('ERR value is not an integer or out of range');
  });

  test('gets the replies of a pipeline in order, a thousand at once', async () => {
    const redis = connect();
    await redis.del('counter');
    const pipeline = redis.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.incr('counter');
    const replies = await pipeline.exec();
    expect(replies?.map(([, value]) => value)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  });

  test('runs a transaction, and sees it fail when a watched key changes', async () => {
    const [redis, other] = [connect(), connect()];
    await redis.set('stock', 5);
    expect(await redis.multi().decr('stock').get('stock').exec()).toEqual([[null, 4], [null, '4']]);
    await redis.watch('stock');
    await other.set('stock', 100);
    expect(await redis.multi().decr('stock').exec()).toBeNull();
    expect(await redis.get('stock')).toBe('100');
  });

  test('gets messages of channels and patterns', async () => {
    const [subscriber, publisher] = [connect(), connect()];
    const heard: string[] = [];
    const enough = new Promise<void>((done) => {
      const note = (line: string) => {
        heard.push(line);
        if (heard.length === 3) done();
      };
      subscriber.on('message', (channel, message) => note(`${channel}: ${message}`));
      subscriber.on('pmessage', (pattern, channel, message) => note(`${pattern} ${channel}: ${message}`));
    });
    await subscriber.subscribe('news');
    await subscriber.psubscribe('n*');
    expect(await publisher.publish('news', 'one')).toBe(2);
    expect(await publisher.publish('night', 'two')).toBe(1);
    await enough;
    expect(heard.sort()).toEqual(['n* news: one', 'n* night: two', 'news: one']);
  });

  test('walks the keys and moves between databases', async () => {
    const redis = connect({ db: 3 });
    await redis.flushdb();
    await redis.mset(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`walk:${i}`, i])));
    const found = new Set<string>();
    for await (const keys of redis.scanStream({ match: 'walk:*', count: 50 })) for (const key of keys as string[]) found.add(key);
    expect(found.size).toBe(300);
    await redis.select(4);
    expect(await redis.dbsize()).toBe(0);
  });

  test('connects again after its connection was killed', async () => {
    const [redis, other] = [connect(), connect()];
    const id = await redis.client('ID');
    const closed = new Promise<void>((done) => redis.once('close', () => done()));
    expect(await other.client('KILL', 'ID', id)).toBe(1);
    await closed;
    expect(await redis.ping()).toBe('PONG');
  });

  test('logs in', async () => {
    const admin = connect();
    await admin.config('SET', 'requirepass', 'secret');
    const guest = connect({ password: 'secret' });
    expect(await guest.ping()).toBe('PONG');
    await admin.config('SET', 'requirepass', '');
  });

  test('sends and reads eight megabytes', async () => {
    const redis = connect();
    const value = Buffer.alloc(8 * 1024 * 1024, 'redis');
    await redis.set('large', value);
    expect((await redis.getBuffer('large'))?.equals(value)).toBe(true);
    await redis.del('large');
  });
});

/** The real programs, where they are. */
function realProgram(name: string): string | undefined {
  try {
    return referenceProgram(name);
  } catch (error) {
    if (error instanceof NoReferenceRedis) return undefined;
    throw error;
  }
}

describe('the real programs', () => {
  const cli = realProgram('redis-cli');
  const benchmark = realProgram('redis-benchmark');

  test.skipIf(cli === undefined)('redis-cli talks RESP2 and RESP3', () => {
    const run = (...words: string[]) => spawnSync(cli as string, ['-p', String(server.port), ...words], { encoding: 'utf8' }).stdout;
    expect(run('SET', 'from', 'cli')).toBe('OK\n');
    expect(run('-3', 'GET', 'from')).toBe('cli\n');
    expect(run('--no-raw', 'MGET', 'from', 'nothing')).toBe('1) "cli"\n2) (nil)\n');
    expect(run('NOTHING')).toContain("ERR unknown command 'NOTHING'");
    expect(run('--scan', '--pattern', 'fro*')).toBe('from\n');
  });

  test.skipIf(benchmark === undefined)('redis-benchmark runs to its end', () => {
    const run = spawnSync(benchmark as string, ['-p', String(server.port), '-t', 'set,get,incr,mset', '-n', '2000', '-c', '10', '-P', '8', '--csv'], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/"SET",/);
    expect(run.stdout).toMatch(/"MSET \(10 keys\)",/);
  });
});
