/*
 * The redis-cli of the simulated hosts beside the real one, both against the same real server: what they print, where,
 * and how they end. Skipped, with a word, where there is no real Redis 8.0.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askServer, bundleOurs, freePort, isReferenceMissing, referenceProgram, startRealServer, type RunningServer } from './reference-redis.ts';

const isMissing = isReferenceMissing('redis-cli');
let server: RunningServer;
let ours: string;
let folder: string;

beforeAll(async () => {
  if (isMissing) return;
  server = await startRealServer(await freePort(), ['--repl-diskless-sync-delay', '0']);
  ours = await bundleOurs('program');
  folder = mkdtempSync(join(tmpdir(), 'keyspace-cli-'));
  const fill = [
    'RPUSH l1 a b c', 'RPUSH l2 a', 'SADD s1 a b c d', 'ZADD z1 1 a 2 b', 'HSET h1 f v g w h x', 'HSET h2 a b', 'XADD st 1-1 a b', 'SET long:name:that:is:longer:than:the:others x',
    ...Array.from({ length: 30 }, (_, i) => `SET str:${i} ${'x'.repeat(i + 1)}`), `SET large ${'y'.repeat(5000)}`,
  ];
  for (const line of fill) askServer(server, ...line.split(' '));
});

afterAll(async () => {
  if (isMissing) return;
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

interface Told {
  stdout: string;
  stderr: string;
  code: number | null;
}

async function run(kind: 'real' | 'ours', words: readonly string[], input = ''): Promise<Told> {
  const [program, first] = kind === 'real' ? [referenceProgram('redis-cli'), []] : [process.execPath, [ours, 'redis-cli']];
  const child = spawn(program, [...first, '-p', String(server.port), ...words], { cwd: folder });
  const told: Told = { stdout: '', stderr: '', code: null };
  child.stdout.on('data', (chunk: Buffer) => (told.stdout += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (told.stderr += chunk.toString('latin1')));
  child.stdin.end(input);
  told.code = await new Promise((done) => void child.once('close', done));
  return told;
}

test.skipIf(isMissing)('a word that is no UTF-8 arrives as it is, and who says that a pipe is a terminal (FAKETTY) is shown what a terminal would', () => {
  const told = [[referenceProgram('redis-cli')], [process.execPath, ours, 'redis-cli']].map((program) =>
    spawnSync('sh', ['-c', `"$@" -p ${server.port} set raw "$(printf '\\360e')" && FAKETTY=1 "$@" -p ${server.port} get raw`, 'sh', ...program], { encoding: 'latin1' }).stdout);
  expect(told).toEqual(['OK\n"\\xf0e"\n', 'OK\n"\\xf0e"\n']);
});

/** The order of types is chance in the real program, figures of time are chance everywhere. */
function tidy({ stdout, stderr, code }: Told): Told {
  const lines = stdout.split('\n').map((line) => line.replace(/^(\d+)([ ,])\d+\2[\d.]+\2\d+$/, 'N$2N$2N$2N'));
  const sorted = lines.filter((line) => /^(Biggest |\d+ \w+s with|(list|hash|stream|string|set|zset) )/.test(line)).sort();
  return { stdout: [...lines.filter((line) => !sorted.includes(line)), ...sorted].join('\n'), stderr: stderr.replace(/\b\d+ bytes\b/g, 'N bytes'), code };
}

test.skipIf(isMissing).each<[line: string, input?: string]>([
  ['--bigkeys'], ['--memkeys'], ['--memkeys-samples 0'], ['-n 7 --bigkeys'], ['--bigkeys --pattern h* --count 1000'], ['--keystats'], ['-n 7 --keystats'], ['--keystats --top 3'],
  ['--keystats-samples 0 --pattern str:*'], ['--hotkeys'], ['-n 99 --bigkeys'], ['--pipe', 'SET pa 1\r\nGET pa\r\nFOO\r\n*1\r\n$4\r\nPING\r\nDEL pa\r\n'], ['--pipe', 'DEL pa'], ['--pipe'],
  ['--pipe --pipe-timeout 1', 'SUBSCRIBE a\r\n'], ['--rdb x.rdb'], ['--functions-rdb y.rdb'], ['--rdb /nowhere/x'], ['--rdb'], ['--pipe-timeout'], ['--intrinsic-latency'],
  ['--raw --latency -i 0.2'], ['--csv --latency -i 0.2'], ['-p 1 --bigkeys'], ['-p 1 --pipe'], ['-p 1 --rdb x'], ['-p 1 --latency'], ['--cluster check 127.0.0.1:1'], ['--cluster help'], ['-c PING'],
])('redis-cli %s', async (line, input) => {
  const words = line.split(' ');
  const real = await run('real', words, input);
  expect(tidy(await run('ours', words, input))).toEqual(tidy(real));
}, 20_000);

test.skipIf(isMissing)('a snapshot that was fetched is one', async () => {
  await run('ours', ['--rdb', 'mine.rdb']);
  const content = readFileSync(join(folder, 'mine.rdb'), 'latin1');
  expect(content.startsWith('REDIS0012')).toBe(true);
  expect(content).toContain('long:name:that:is:longer:than:the:others');
});
