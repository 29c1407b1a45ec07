/*
 * Replication with the real server over TCP: ours follows a real one and the reverse, in chains, through a
 * promotion. Skipped, with a word, where there is no real Redis 8.0.
 */
import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { askServer as ask, freePort, isReferenceMissing, pauseMs, referenceProgram, startOurServer, startRealServer, type RunningServer } from './reference-redis.ts';

const OPTIONS = ['--repl-diskless-sync-delay', '0', '--enable-debug-command', 'yes'];
const running: RunningServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(kind: 'real' | 'ours', follows?: RunningServer): Promise<RunningServer> {
  const words = [...OPTIONS, ...(follows === undefined ? [] : ['--replicaof', `127.0.0.1 ${follows.port}`])];
  const port = await freePort();
  const server = await (kind === 'real' ? startRealServer(port, words) : startOurServer(port, words));
  running.push(server);
  return server;
}

const field = (server: RunningServer, name: string): string => new RegExp(`${name}:([^\\r\\n]*)`).exec(ask(server, 'INFO', 'everything'))?.[1] ?? '';

/** Waits until the replica has everything its master has. */
async function caughtUp(replica: RunningServer, master: RunningServer): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (field(replica, 'master_link_status') === 'up' && field(replica, 'slave_repl_offset') === field(master, 'master_repl_offset')) return;
    await pauseMs(50);
  }
  throw new Error(`${replica.name} does not catch up with ${master.name}: ${ask(replica, 'INFO', 'replication')}\n${replica.output()}`);
}

/** Values of every type, deadlines, several databases. */
function fill(server: RunningServer, round: number): void {
  const lines = [
    `SET s${round} ${'text '.repeat(30)}`, `SET t${round} 1 PX 100000`, `INCRBYFLOAT f 1.5`, `RPUSH l${round} a 1 ${'x'.repeat(100)}`, 'LPOP l0', `SADD ints 1 2 ${round}`, `SADD names a b ${round}`,
    'SPOP names', `HSET h f${round} v`, `ZADD z ${round}.5 m${round}`, 'SETBIT bits 77 1', 'SETEX gone 1 v', 'SELECT 5', `SET other ${round}`, 'SELECT 0', 'MULTI', 'INCR a', 'INCR b', 'EXEC',
  ];
  spawnSync(referenceProgram('redis-cli'), ['-p', String(server.port)], { input: `${lines.join('\n')}\n` });
}

test.skipIf(isReferenceMissing('replication')).each([['real', 'ours', 'real'], ['ours', 'real', 'ours']] as const)('a chain of %s, %s and %s has one history, and lives through a promotion', async (first, second, third) => {
  const top = await start(first);
  fill(top, 0);
  const middle = await start(second, top);
  await caughtUp(middle, top);
  const last = await start(third, middle);
  for (let round = 1; round < 6; round++) fill(top, round);
  // What has a second to live is gone everywhere before anything is compared.
  await pauseMs(1500);
  await caughtUp(middle, top);
  await caughtUp(last, middle);
  const digest = ask(top, 'DEBUG', 'DIGEST');
  expect([ask(middle, 'DEBUG', 'DIGEST'), ask(last, 'DEBUG', 'DIGEST')]).toEqual([digest, digest]);
  expect(ask(top, 'WAIT', '1', '5000')).toBe('1');

  expect(ask(middle, 'REPLICAOF', 'NO', 'ONE')).toBe('OK');
  fill(middle, 7);
  await pauseMs(1500);
  await caughtUp(last, middle);
  expect(ask(last, 'DEBUG', 'DIGEST')).toBe(ask(middle, 'DEBUG', 'DIGEST'));
  // The former primary wrote nothing since: it follows without a snapshot.
  expect(ask(top, 'REPLICAOF', '127.0.0.1', String(middle.port))).toBe('OK');
  await caughtUp(top, middle);
  expect(ask(top, 'DEBUG', 'DIGEST')).toBe(ask(middle, 'DEBUG', 'DIGEST'));
  expect(Number(field(middle, 'sync_full'))).toBe(1);
  expect(Number(field(middle, 'sync_partial_ok'))).toBeGreaterThanOrEqual(1);
}, 120_000);

test.skipIf(isReferenceMissing('replication')).each([
  ['real', 'ours', 'disabled'], ['real', 'ours', 'swapdb'], ['ours', 'real', 'disabled'], ['ours', 'real', 'swapdb'],
] as const)('the snapshot of %s comes to %s through a second connection while the stream goes on (repl-diskless-load %s)', async (first, second, how) => {
  const master = await start(first);
  for (const [name, value] of [['rdbcompression', 'no'], ['rdb-key-save-delay', '10000'], ['requirepass', 'secret']] as const) ask(master, 'CONFIG', 'SET', name, value);
  const asked = (...words: string[]): string => ask(master, '--no-auth-warning', '-a', 'secret', ...words);
  asked('DEBUG', 'POPULATE', '600', 'key', '1000');
  const replica = await start(second);
  // Between slices it is heard, which is when the stream is read as well.
  for (const [name, value] of [['repl-diskless-load', how], ['masterauth', 'secret'], ['loading-process-events-interval-bytes', '1024']] as const) ask(replica, 'CONFIG', 'SET', name, value);
  ask(replica, 'REPLICAOF', '127.0.0.1', String(master.port));
  for (let tries = 0; tries < 200 && !asked('INFO', 'replication').includes('state=send_bulk_and_stream'); tries++) await pauseMs(10);
  expect(asked('INFO', 'replication')).toMatch(/connected_slaves:1\r?\nslave0:\S+state=send_bulk_and_stream/);
  expect(asked('CLIENT', 'LIST', 'TYPE', 'replica').match(/flags=\w+/g)).toEqual(['flags=S', 'flags=SC']);
  for (let round = 0; round < 20; round++) asked('SET', `meanwhile:${round}`, 'x'.repeat(20_000));
  expect(ask(replica, 'INFO', 'replication')).toContain('master_link_status:down');
  expect(Number(field(replica, 'replica_full_sync_buffer_size'))).toBeGreaterThan(0);
  asked('CONFIG', 'SET', 'requirepass', '');
  await caughtUp(replica, master);
  expect(ask(replica, 'DEBUG', 'DIGEST')).toBe(ask(master, 'DEBUG', 'DIGEST'));
  expect([field(master, 'sync_full'), field(replica, 'replica_full_sync_buffer_size')]).toEqual(['1', '0']);
  expect(ask(master, 'CLIENT', 'LIST', 'TYPE', 'replica').match(/flags=\w+/g)).toEqual(['flags=S']);
}, 120_000);
