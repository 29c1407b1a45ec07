/*
 * Files that go from our server to the real one and back
 * ------------------------------------------------------
 * Random datasets of every type and encoding, as RDB file and as append-only file with both kinds of base:
 * the other server loads them and DEBUG DIGEST agrees; the real checking tools find nothing wrong. Without a
 * real server at hand there is nothing to compare with, and the tests say so.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestServer } from '../engine/testing.ts';
import { Chance } from './conformance/chance.ts';
import { Side, textOf } from './conformance/side.ts';
import { freePort, NoReferenceRedis, pauseMs, referenceProgram, startRealServer } from './reference-redis.ts';

function hasRealServer(): boolean {
  try {
    return referenceProgram('redis-server') !== '';
  } catch (error) {
    if (error instanceof NoReferenceRedis) return false;
    throw error;
  }
}

const REAL = hasRealServer();
const SEEDS = [1, 2, 3];
/** Far enough away that no key ends while the test runs. */
const LATER_MS = 4_102_444_800_000;

/** Commands that make a dataset: small and large values of each type, odd bytes, deadlines, several databases. */
function dataset(seed: number): string[][] {
  const chance = new Chance(seed, 'interchange');
  const word = (): string => chance.pick(['', '0', '-1', '12345', '9223372036854775807', '1.5', 'text', 'x'.repeat(chance.between(1, 100)), '\x00\xff\r\n', 'ab'.repeat(300), String(chance.below(1e6)), `w${chance.below(500)}`]);
  const many = (most: number, make: () => string[]): string[] => Array.from({ length: chance.between(1, most) }, make).flat();
  const lines: string[][] = [];
  for (let i = 0; i < 120; i++) {
    const key = `key:${i}`;
    const size = chance.pick([3, 30, 300, 1500]);
    lines.push(chance.pick<() => string[]>([
      () => ['SET', key, word()],
      () => ['RPUSH', key, ...many(size, () => [word()])],
      () => ['SADD', key, ...many(size, () => [chance.happens(0.5) ? String(chance.below(100_000)) : word()])],
      () => ['SADD', key, ...many(size, () => [String(chance.below(1e9))])],
      () => ['HSET', key, ...many(size, () => [word(), word()])],
      () => ['ZADD', key, ...many(size, () => [chance.pick(['0', '1.5', '-inf', 'inf', '1e300', String(chance.below(1000)), '0.1']), word()])],
      () => ['PFADD', key, ...many(size, () => [word()])],
      () => ['XADD', key, '*', ...many(5, () => [word(), word()])],
    ])());
    if (chance.happens(0.2)) lines.push(['PEXPIREAT', key, String(LATER_MS + chance.below(1e9))]);
    if (lines.some(([name, at]) => name === 'HSET' && at === key) && chance.happens(0.5)) lines.push(['HPEXPIREAT', key, String(LATER_MS), 'FIELDS', '1', lines.find(([, at]) => at === key)?.[2] ?? '']);
    if (chance.happens(0.1)) lines.push(['SELECT', String(chance.below(16))]);
  }
  lines.push(['SELECT', '0'], ['XGROUP', 'CREATE', 'queue', 'workers', '0', 'MKSTREAM']);
  for (let i = 0; i < 120; i++) lines.push(['XADD', 'queue', '*', 'n', String(i)]);
  lines.push(['XREADGROUP', 'GROUP', 'workers', 'ann', 'COUNT', '7', 'STREAMS', 'queue', '>'], ['XGROUP', 'CREATECONSUMER', 'queue', 'workers', 'bob'], ['XTRIM', 'queue', 'MAXLEN', '100']);
  lines.push(['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)"]);
  return lines;
}

const bulk = (reply: string): string => /^[$+][^\r]*(?:\r\n)?([0-9a-f]{40})?/.exec(reply)?.[0].replace(/^[+$]/, '').trim() ?? '';

function ours(files: Readonly<Record<string, string>>, appendonly: boolean): TestServer {
  return new TestServer({ config: { save: '', appendonly, 'enable-debug-command': 'yes' }, files, nowMs: Date.now() });
}

/** Every file below a folder, by the path it has in the folder of a test server. */
function filesBelow(folder: string, under = '/data'): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) Object.assign(found, filesBelow(path, `${under}/${name}`));
    else found[`${under}/${name}`] = readFileSync(path, 'latin1');
  }
  return found;
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keyspace-interchange-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withRealServer<T>(folder: string, words: readonly string[], run: (side: Side) => Promise<T>): Promise<T> {
  const server = await startRealServer(await freePort(), ['--dir', folder, '--enable-debug-command', 'yes', ...words]);
  const side = new Side(server);
  try {
    // It answers while it loads, and DEBUG DIGEST then tells of what there is so far.
    while (!textOf((await side.ask([['INFO', 'persistence']]))[0]).includes('\nloading:0')) await pauseMs(10);
    return await run(side);
  } finally {
    side.close();
    await server.stop();
  }
}

const digestOf = async (side: Side): Promise<string> => textOf((await side.ask([['DEBUG', 'DIGEST']]))[0]);

describe.skipIf(!REAL)('files (skipped without a real server)', () => {
  const ways = [{ name: 'RDB', words: [], isRdb: true, appendonly: false }, { name: 'AOF with a base in RDB format', words: ['--appendonly', 'yes'], isRdb: true, appendonly: true }, { name: 'AOF of commands', words: ['--appendonly', 'yes', '--aof-use-rdb-preamble', 'no'], isRdb: false, appendonly: true }];
  const cases = ways.flatMap((way) => SEEDS.map((seed) => [way.name, seed, way] as const));

  test.each(cases)('ours are loaded by the real server: %s, seed %i', async (_, seed, { words, isRdb, appendonly }) => withFolder(async (folder) => {
    const world = new TestServer({ config: { save: '', appendonly, appendfsync: 'no', 'aof-use-rdb-preamble': isRdb, 'enable-debug-command': 'yes' }, nowMs: Date.now(), seed });
    const lines = dataset(seed);
    // What comes after the rewrite stands in the incremental file.
    for (const [index, argv] of lines.entries()) {
      world.sendArgv(argv);
      if (appendonly && index === Math.floor(lines.length / 2)) {
        world.send('BGREWRITEAOF');
        world.advance(1000);
      }
    }
    if (!appendonly) world.send('SAVE');
    world.advance(1000);
    mkdirSync(join(folder, 'appendonlydir'));
    for (const [path, content] of world.disk.files) writeFileSync(join(folder, path.slice('/data/'.length)), content, 'latin1');
    const checked = appendonly ? spawnSync(referenceProgram('redis-check-aof'), [join(folder, 'appendonlydir/appendonly.aof.manifest')], { encoding: 'utf8' }) : spawnSync(referenceProgram('redis-check-rdb'), [join(folder, 'dump.rdb')], { encoding: 'utf8' });
    expect(checked.stdout).toContain(appendonly ? 'All AOF files and manifest are valid' : '\\o/ RDB looks OK! \\o/');
    await withRealServer(folder, words, async (side) => {
      expect(await digestOf(side)).toBe(bulk(world.send('DEBUG DIGEST')));
      expect(textOf((await side.ask([['FCALL', 'f', '0']]))[0])).toBe('1');
    });
  }));

  test.each(cases)('the real server\'s are loaded by ours: %s, seed %i', async (_, seed, { words, appendonly }) => withFolder(async (folder) => {
    const digest = await withRealServer(folder, words, async (side) => {
      const lines = dataset(seed);
      await side.ask(lines.slice(0, lines.length / 2));
      if (appendonly) await side.ask([['BGREWRITEAOF']]);
      await side.ask(lines.slice(lines.length / 2));
      for (let patience = 0; patience < 200; patience++) {
        const [info] = await side.ask([['INFO', 'persistence']]);
        if (textOf(info).includes('aof_rewrite_in_progress:0')) break;
        await pauseMs(20);
      }
      if (!appendonly) await side.ask([['SAVE']]);
      return digestOf(side);
    });
    const world = ours(filesBelow(folder), appendonly);
    expect(world.exitCode, world.stdout).toBeUndefined();
    expect(bulk(world.send('DEBUG DIGEST'))).toBe(digest);
    expect(world.send('FCALL f 0')).toBe(':1\r\n');
  }));
});
