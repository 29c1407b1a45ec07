/*
 * redis-check-rdb and redis-check-aof of the simulated hosts beside the real ones: the same damaged files, the same
 * words, the same exit code, and the same bytes left. Skipped, with a word, where there is no real Redis 8.0.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testWorld, type TestWorld } from '../terminal/testing.ts';
import { askServer, freePort, isReferenceMissing, referenceProgram, startRealServer } from './reference-redis.ts';

const isMissing = isReferenceMissing('redis-check-rdb and redis-check-aof');
let ours: TestWorld;
let shell: ReturnType<TestWorld['open']>;
let folder: string;

const SET = '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n';
const INCR = '*2\r\n$4\r\nINCR\r\n$1\r\na\r\n';
const FILES: Readonly<Record<string, string>> = {
  'cut.aof': `${SET}${INCR}*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$10\r\nabc`, 'times.aof': `#TS:1700000000\r\n${INCR}#TS:1700000010\r\n${INCR}`, 'multi.aof': `*1\r\n$5\r\nMULTI\r\n${SET}`,
  'twice.aof': '*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n', 'length.aof': '*1\r\n$5\r\nMULTIx\r\n', 'prefix.aof': '*1\r\n:5\r\nMULTI\r\n', 'number.aof': '*1x\r\n$5\r\nMULTI\r\n', 'short.aof': '*2\r\n$4\r\nINCR\r\n',
  'shorter.aof': '*2\r\n$4\r\nIN', 'newline.aof': '*2\n$4\nINCR\n', 'exec.aof': '*1\r\n$4\r\nEXEC\r\n', 'garbage.aof': `${SET}garbage\r\n`, 'empty.aof': '', 'fine.aof': SET,
  'none.manifest': 'file nope.aof seq 1 type b\n', 'early.manifest': 'file cut.aof seq 1 type i\nfile fine.aof seq 2 type i\n', 'late.manifest': 'file times.aof seq 1 type b\nfile cut.aof seq 1 type i\n',
  'snapshot.manifest': 'file chk.rdb seq 1 type b\nfile fine.aof seq 1 type i\n', 'empty.rdb': '',
};

beforeAll(async () => {
  if (isMissing) return;
  folder = mkdtempSync(join(tmpdir(), 'keyspace-check-'));
  const server = await startRealServer(await freePort(), ['--dir', folder, '--dbfilename', 'made.rdb']);
  for (const line of ['MSET a 1 b 2', 'RPUSH l a b', 'SET t x EX 1000', 'HSET h f v', 'HSET hh a 1 b 2', 'HPEXPIRE hh 100000 FIELDS 1 a', '-n 3 ZADD z 1 m']) askServer(server, ...line.split(' '));
  askServer(server, 'FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)");
  askServer(server, 'SAVE');
  await server.stop();
  const whole = readFileSync(join(folder, 'made.rdb'), 'latin1');
  const changed = (at: number, bytes: string): string => whole.slice(0, at) + bytes + whole.slice(at + bytes.length);
  const damaged: Record<string, string> = {
    'chk.rdb': whole, 'crc.rdb': changed(whole.length - 3, '?'), 'magic.rdb': changed(0, 'X'), 'version.rdb': changed(5, '9999'), 'unsealed.rdb': changed(whole.length - 8, '\0'.repeat(8)),
    'type.rdb': changed(whole.indexOf('\x01a\xc0') - 1, '\xc8'), 'with.aof': whole + INCR, 'withcut.aof': whole.slice(0, 100),
  };
  for (const length of [5, 12, 60, 100, whole.length - 60, whole.length - 30, whole.length - 12, whole.length - 4]) damaged[`cut${length - whole.length}.rdb`] = whole.slice(0, length);
  const files = { ...FILES, ...damaged };
  mkdirSync(join(folder, 'real'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'real', name), content, 'latin1');
  ours = testWorld({ files });
  shell = ours.open();
});

afterAll(() => {
  if (!isMissing) rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function runReal(program: string, words: readonly string[], input = ''): Told {
  const { stdout, stderr, status } = spawnSync(referenceProgram(program), [...words], { cwd: join(folder, 'real'), input, encoding: 'latin1' });
  return { stdout, stderr: stderr.replace(/\/\S*\/(redis-check-)/g, '$1'), status };
}

const ourFile = (name: string): string => ours.file(`/home/learner/${name}`) ?? '';

function runOurs(program: string, words: readonly string[], input = ''): Told {
  shell.type(`printf '${input.replaceAll('\n', '\\n')}' | ${[program, ...words].join(' ')} > /tmp/out 2> /tmp/err; echo $? > /tmp/code\r`, 1_000_000);
  return { stdout: ours.file('/tmp/out') ?? '', stderr: ours.file('/tmp/err') ?? '', status: Number(ours.file('/tmp/code')) };
}

test.skipIf(isMissing)('every file is judged alike', () => {
  for (const name of [...readdirSync(join(folder, 'real')), 'nofile']) {
    for (const program of ['redis-check-rdb', 'redis-check-aof']) {
      if (program === 'redis-check-rdb' && !name.endsWith('.rdb')) continue;
      expect(runOurs(program, [name]), `${program} ${name}`).toEqual(runReal(program, [name]));
    }
  }
}, 120_000);

test.skipIf(isMissing).each<[words: string, input?: string]>([
  [''], ['--nothing x'], ['--fix cut.aof', 'n\n'], ['--fix garbage.aof', 'y\n'], ['--fix late.manifest', 'Y\n'], ['--fix early.manifest', 'y\n'], ['--fix fine.aof'], ['--truncate-to-timestamp x times.aof'],
  ['--truncate-to-timestamp 100 fine.aof'], ['--truncate-to-timestamp 5 times.aof'], ['--truncate-to-timestamp 1700000005 times.aof'],
])('redis-check-aof %s', (line, input) => {
  const words = line === '' ? [] : line.split(' ');
  expect(runOurs('redis-check-aof', words, input)).toEqual(runReal('redis-check-aof', words, input));
  for (const name of readdirSync(join(folder, 'real'))) expect(ourFile(name), name).toBe(readFileSync(join(folder, 'real', name), 'latin1'));
}, 30_000);
