/*
 * Sentinels over TCP with the real ones: ours over real servers, real ones over ours, and both kinds mixed, each through
 * the death of a master. Skipped, with a word, where there is no real Redis 8.0.
 */
import { afterEach, expect, test } from 'vitest';
import { askServer as ask, freePort, isReferenceMissing, pauseMs, startOurServer, startRealServer, startSentinel, type RunningServer } from './reference-redis.ts';

type Kind = 'real' | 'ours';

const running: RunningServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function started(server: Promise<RunningServer>): Promise<RunningServer> {
  running.push(await server);
  return server;
}

async function start(kind: Kind, follows?: RunningServer): Promise<RunningServer> {
  const words = ['--repl-diskless-sync-delay', '0', ...(follows === undefined ? [] : ['--replicaof', `127.0.0.1 ${follows.port}`])];
  const port = await freePort();
  return started(kind === 'real' ? startRealServer(port, words) : startOurServer(port, words));
}

/** Waits until it holds. */
async function until(what: string, holds: () => boolean, limitMs = 30_000): Promise<void> {
  for (let ms = 0; ms < limitMs; ms += 200) {
    if (holds()) return;
    await pauseMs(200);
  }
  throw new Error(`${what}: not within ${limitMs} ms\n${running.map((each) => `--- ${each.name} ${each.port}\n${each.output()}`).join('\n')}`);
}

/** Fields of an answer that is names and values in turn. */
function fields(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n');
  return new Map(Array.from({ length: Math.floor(lines.length / 2) }, (_, i) => [lines[2 * i] ?? '', lines[2 * i + 1] ?? ''] as const));
}

test.skipIf(isReferenceMissing('Sentinel')).each([
  [['ours', 'ours', 'ours'], ['real', 'real', 'real']],
  [['real', 'real', 'real'], ['ours', 'ours', 'ours']],
  [['ours', 'real', 'ours'], ['real', 'ours', 'real']],
  [['real', 'ours', 'real'], ['ours', 'real', 'ours']],
] as const)('Sentinels %j watch servers %j through the death of their master and its return', async (sentinelKinds, serverKinds) => {
  const master = await start(serverKinds[0]);
  const replicas = [await start(serverKinds[1], master), await start(serverKinds[2], master)];
  const sentinels: RunningServer[] = [];
  for (const kind of sentinelKinds) {
    const lines = [`sentinel monitor mymaster 127.0.0.1 ${master.port} 2`, 'sentinel down-after-milliseconds mymaster 1500', 'sentinel failover-timeout mymaster 8000'];
    const sentinel = await started(startSentinel(kind, await freePort(), lines));
    // Repairs come with INFO, which nobody wants to wait ten seconds for.
    expect(ask(sentinel, 'SENTINEL', 'DEBUG', 'INFO-PERIOD', '2000', 'PUBLISH-PERIOD', '500')).toBe('OK');
    sentinels.push(sentinel);
  }
  const told = (sentinel: RunningServer): ReadonlyMap<string, string> => fields(ask(sentinel, 'SENTINEL', 'MASTER', 'mymaster'));
  await until('everybody is found', () => sentinels.every((each) => told(each).get('num-slaves') === '2' && told(each).get('num-other-sentinels') === '2'));
  expect(ask(sentinels[0] as RunningServer, 'SENTINEL', 'CKQUORUM', 'mymaster')).toMatch(/^OK 3 usable/);
  await until('the replicas have caught up', () => replicas.every((each) => ask(each, 'ROLE').split('\n')[3] === 'connected'));
  expect(ask(master, 'SET', 'k', 'v')).toBe('OK');
  expect(ask(master, 'WAIT', '2', '5000')).toBe('2');

  await master.stop();
  running.splice(running.indexOf(master), 1);
  const where = (sentinel: RunningServer): string => ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster').split('\n')[1] ?? '';
  await until('all name the same new master', () => {
    const ports = sentinels.map(where);
    return ports.every((each) => each === ports[0] && each !== String(master.port));
  });
  const promoted = replicas.find(({ port }) => String(port) === where(sentinels[0] as RunningServer)) as RunningServer;
  const other = replicas.find((each) => each !== promoted) as RunningServer;
  expect(ask(promoted, 'ROLE').split('\n')[0]).toBe('master');
  await until('the other replica follows it', () => ask(other, 'ROLE').split('\n').slice(0, 4).join(' ') === `slave 127.0.0.1 ${promoted.port} connected`);
  expect([ask(promoted, 'GET', 'k'), ask(other, 'GET', 'k')]).toEqual(['v', 'v']);
  // One epoch, and one configuration of it.
  expect(new Set(sentinels.map((each) => told(each).get('config-epoch'))).size).toBe(1);

  // It comes back as the master that it was, and is made a replica.
  const returned = await started(serverKinds[0] === 'real' ? startRealServer(master.port) : startOurServer(master.port));
  await until('the old master follows the new one', () => ask(returned, 'ROLE').split('\n').slice(0, 4).join(' ') === `slave 127.0.0.1 ${promoted.port} connected`, 40_000);
  expect(ask(returned, 'GET', 'k')).toBe('v');
}, 150_000);

test.skipIf(isReferenceMissing('Sentinel')).each([['real', 'ours'], ['ours', 'real']] as const)('what a Sentinel that is %s has learnt and promised is kept by one that is %s, from its file', async (before, after) => {
  const master = await start('real');
  const replica = await start('ours', master);
  const other = await started(startSentinel(after, await freePort(), [`sentinel monitor mymaster 127.0.0.1 ${master.port} 2`]));
  const port = await freePort();
  const lines = [`sentinel monitor mymaster 127.0.0.1 ${master.port} 2`, 'sentinel failover-timeout mymaster 8000', 'sentinel parallel-syncs mymaster 3', 'sentinel auth-pass mymaster unused'];
  const first = await startSentinel(before, port, lines);
  running.push(first);
  const found = (sentinel: RunningServer): string => ['num-slaves', 'num-other-sentinels'].map((each) => fields(ask(sentinel, 'SENTINEL', 'MASTER', 'mymaster')).get(each)).join(' ');
  await until('everybody is found', () => found(first) === '1 1' && found(other) === '1 1');
  for (const words of [['SET', 'mymaster', 'rename-command', 'CONFIG', 'CONFIG'], ['SET', 'mymaster', 'quorum', '1'], ['CONFIG', 'SET', 'announce-port', String(port)]]) expect(ask(first, 'SENTINEL', ...words)).toBe('OK');
  const voted = ask(first, 'SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', String(master.port), '9007199254740993', 'f'.repeat(40));
  expect(voted).toBe(`0\n${'f'.repeat(40)}\n9007199254740993`);
  const id = ask(first, 'SENTINEL', 'MYID');
  const text = first.fileText();
  running.splice(running.indexOf(first), 1);
  await first.stop();

  const next = await startSentinel(after, port, [], text);
  running.push(next);
  expect(ask(next, 'SENTINEL', 'MYID')).toBe(id);
  expect(found(next)).toBe('1 1');
  const told = fields(ask(next, 'SENTINEL', 'MASTER', 'mymaster'));
  expect([told.get('quorum'), told.get('failover-timeout'), told.get('parallel-syncs')]).toEqual(['1', '8000', '3']);
  // The vote of that epoch is given; the file tells which one, and not to whom.
  expect(ask(next, 'SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', String(master.port), '9007199254740993', 'e'.repeat(40)).split('\n').slice(-1)).toEqual(['9007199254740993']);
  expect(ask(next, 'SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', String(master.port), '9007199254740993', 'e'.repeat(40))).not.toContain('e'.repeat(40));
  await until('its replica is reached', () => fields(ask(next, 'SENTINEL', 'REPLICAS', 'mymaster')).get('port') === String(replica.port));
}, 90_000);
