/*
 * MIGRATE with the real server over TCP: the same keys go from each kind of server to each, and both kinds answer
 * alike whatever is wrong. Skipped, with a word, where there is no real Redis 8.0.
 */
import { afterEach, expect, test } from 'vitest';
import { askServer, freePort, isReferenceMissing, startOurServer, startRealServer, type RunningServer } from './reference-redis.ts';

const running: RunningServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(kind: 'real' | 'ours', ...words: string[]): Promise<RunningServer> {
  const port = await freePort();
  const server = await (kind === 'real' ? startRealServer(port, ['--enable-debug-command', 'yes', ...words]) : startOurServer(port, ['--enable-debug-command', 'yes', ...words]));
  running.push(server);
  return server;
}

const FILL = [
  `SET text ${'many words '.repeat(40)}`, 'SET number 12345', 'SET brief x PX 100000', 'RPUSH list a 1 b', 'SADD ints 1 2 3', 'SADD names ann bob', 'HSET hash f v g w', 'HPEXPIRE hash 100000 FIELDS 1 f',
  'ZADD sorted 1.5 m 2 n', 'XADD stream 1-1 f v', 'XGROUP CREATE stream g 0', 'SETBIT bits 77 1', 'PFADD hll a b c', 'GEOADD places 13 38 p',
];
const KEYS = ['text', 'number', 'brief', 'list', 'ints', 'names', 'hash', 'sorted', 'stream', 'bits', 'hll', 'places'];

test.skipIf(isReferenceMissing('MIGRATE')).each([['real', 'ours'], ['ours', 'real'], ['ours', 'ours']] as const)('from %s to %s', async (fromKind, toKind) => {
  const [from, to] = [await start(fromKind), await start(toKind, '--requirepass', 'pw')];
  for (const line of FILL) askServer(from, ...line.split(' '));
  const digestOf = (server: RunningServer, ...login: string[]): string => askServer(server, ...login, 'DEBUG', 'DIGEST-VALUE', ...KEYS);
  const before = digestOf(from);
  const migrate = (...words: string[]): string => askServer(from, 'MIGRATE', '127.0.0.1', String(to.port), ...words);
  expect(migrate('', '0', '2000', 'AUTH', 'pw', 'COPY', 'KEYS', ...KEYS)).toBe('OK');
  expect(digestOf(to, '-a', 'pw', '--no-auth-warning')).toBe(before);
  expect(migrate('', '0', '2000', 'REPLACE', 'AUTH2', 'default', 'pw', 'KEYS', ...KEYS, 'nothing')).toBe('OK');
  expect(askServer(from, 'DBSIZE')).toBe('0');
  expect(digestOf(to, '-a', 'pw', '--no-auth-warning')).toBe(before);
  expect(Number(askServer(to, '-a', 'pw', '--no-auth-warning', 'PTTL', 'brief'))).toBeGreaterThan(80_000);
}, 60_000);

test.skipIf(isReferenceMissing('MIGRATE'))('both kinds of server answer alike', async () => {
  const target = await start('real');
  const answers: Record<string, string[]> = {};
  for (const kind of ['real', 'ours'] as const) {
    const server = await start(kind);
    const [port, own, closed] = [String(target.port), String(server.port), String(await freePort())];
    askServer(server, 'FLUSHALL');
    askServer(target, 'FLUSHALL');
    askServer(server, 'MSET', 'k', 'v', 'l', 'w');
    answers[kind] = [
      [port, 'none', '0', '500'], [port, 'k', '99', '500'], [port, 'k', '-1', '500'], [port, 'k', '0', '500', 'AUTH', 'x'], [port, 'k', '0', '500', 'AUTH2', 'u', 'p'], [port, 'k', '0', '500', 'COPY'],
      [port, 'k', '0', '500', 'COPY'], [port, 'k', '0', '500', 'copy', 'replace'], [port, '', '0', '500', 'KEYS', 'l', 'k'], [closed, 'k', '0', '500'], [own, 'k', '0', '150'], [port, 'k', '5', '500', 'REPLACE'],
      [port, 'k', '0', '500'], ['x', 'k', '0', '500'],
    ].map((words) => askServer(server, 'MIGRATE', '127.0.0.1', ...words));
    answers[kind].push(askServer(server, 'MIGRATE', 'no.such.host.invalid', port, 'none', '0', '300'), askServer(server, 'KEYS', '*'), askServer(target, 'KEYS', '*'), askServer(target, '-n', '5', 'KEYS', '*'));
    answers[kind].push(/errorstat_IOERR:.*|migrate_cached_sockets:\d+/.exec(askServer(server, 'INFO', 'everything'))?.[0] ?? '');
  }
  expect(answers['ours']).toEqual(answers['real']);
  expect(answers['real']?.filter((answer) => answer === 'OK').length).toBe(2);
}, 60_000);
