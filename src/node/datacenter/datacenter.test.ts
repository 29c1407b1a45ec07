/*
 * Real clients against simulated servers
 * --------------------------------------
 * A scenario is served on loopback in real time. ioredis finds the master through the Sentinels and follows a
 * failover, and finds its way in a cluster; the real redis-cli checks the cluster, where it can be had.
 */
import { spawn } from 'node:child_process';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HostSpec, Scenario } from '../../simulation/index.ts';
import { isFree, isReferenceMissing, pauseMs, referenceProgram } from '../reference-redis.ts';
import { Datacenter } from './datacenter.ts';

const LONG_MS = 60_000;
const skip = isReferenceMissing('A simulated data centre');
const open: (Redis | Cluster)[] = [];

/**
 * Where ports begin: ten in a row that nobody has, and those 10,000 higher, which a node says, too. All are below what the
 * system gives to connections of other tests: a server that is started later must find its port free, too.
 */
async function basePort(): Promise<number> {
  for (let port = 11_000 + ((process.pid * 10) % 10_000); ; port = port < 20_990 ? port + 10 : 11_000) {
    const wanted = Array.from({ length: 10 }, (_, i) => [port + i, port + i + 10_000]).flat();
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) return port;
  }
}

async function started(scenario: Scenario): Promise<Datacenter> {
  const datacenter = new Datacenter(scenario, await basePort());
  await datacenter.start();
  return datacenter;
}

async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const began = Date.now(); Date.now() - began < LONG_MS; await pauseMs(50)) {
    const found = await Promise.resolve(ask()).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${what} has not come in ${LONG_MS / 1000} s`);
}

afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

/** The real redis-cli, without blocking the simulation that it speaks to. */
function cli(...words: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const child = spawn(referenceProgram('redis-cli'), words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.once('close', (code) => done({ code: code ?? -1, output }));
  });
}

describe('three Sentinels', () => {
  const sentinel = 'protected-mode no\nsentinel monitor main 10.0.0.11 6379 2\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 6000\n';
  const scenario: Scenario = {
    seed: 3,
    hosts: [
      { name: 'p1', run: ['redis-server --protected-mode no --repl-diskless-sync-delay 0'] },
      { name: 'r1', run: ['redis-server --protected-mode no --repl-diskless-sync-delay 0 --replicaof 10.0.0.11 6379'] },
      ...['s1', 's2', 's3'].map((name): HostSpec => ({ name, files: { 'sentinel.conf': sentinel }, run: ['redis-sentinel sentinel.conf'] })),
      { name: 'spare' },
    ],
  };
  let datacenter: Datacenter;
  beforeAll(async () => {
    datacenter = await started(scenario);
  }, LONG_MS);
  afterAll(() => datacenter.stop());

  test('ioredis finds the master, and the new one after its crash', async () => {
    const sentinels = datacenter.servers.filter(({ kind }) => kind === 'sentinel').map(({ outerPort }) => ({ host: '127.0.0.1', port: outerPort }));
    const [p1, r1] = datacenter.servers.map(({ outerPort }) => outerPort);
    const asked = new Redis(sentinels[0]?.port ?? 0);
    const redis = new Redis({ sentinels, name: 'main', maxRetriesPerRequest: null, sentinelRetryStrategy: () => 200, retryStrategy: () => 200 });
    open.push(asked, redis);
    // It says so when no Sentinel knows a master that answers, and asks again.
    redis.on('error', () => {});
    expect(await redis.set('k', 'before')).toBe('OK');
    expect(await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')).toEqual(['127.0.0.1', String(p1)]);
    await until('the Sentinels know one another and the replica', async () => {
      const fields = (await asked.call('SENTINEL', 'MASTER', 'main')) as string[];
      return fields[fields.indexOf('num-other-sentinels') + 1] === '2' && fields[fields.indexOf('num-slaves') + 1] === '1' ? true : undefined;
    });
    expect(await redis.wait(1, 5000)).toBe(1);
    expect(datacenter.fault('crash p1')).toContain('p1');
    await until('the failover', async () => ((await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main') as string[])[1] === String(r1) ? true : undefined));
    expect(await redis.get('k')).toBe('before');
    await until('a write', async () => (await redis.set('k', 'after')) ?? undefined);
    expect(await redis.get('k')).toBe('after');
  }, LONG_MS * 2);

  test('a server that is started at a shell gets a port of its own, and one that was crashed keeps it', async () => {
    const later = new Promise<number>((done, fail) => {
      datacenter.onServer = (server, problem) => (problem === undefined ? done(server.outerPort) : fail(problem));
    });
    let printed = '';
    expect(datacenter.shell('nobody', 'date', () => {})).toBe(false);
    expect(datacenter.shell('spare', 'echo hello; redis-server --port 6400 --protected-mode no --replicaof 10.0.0.12 6379', (text) => (printed += text))).toBe(true);
    const port = await later;
    const redis = new Redis(port);
    open.push(redis);
    expect(await redis.info('server')).toContain('tcp_port:6400');
    expect(printed).toContain('hello\n');
    expect(datacenter.servers.at(-1)).toEqual({ host: 'spare', port: 6400, outerPort: port, kind: 'server' });
    const master = new Redis(datacenter.servers[1]?.outerPort ?? 0);
    open.push(master);
    // It says to its master where it is found from outside.
    await until('the replica', async () => ((await master.info('replication')).includes(`ip=127.0.0.1,port=${port},state=online`) ? true : undefined));
    expect(datacenter.fault('restart p1')).toContain('p1');
    const again = new Redis(datacenter.servers[0]?.outerPort ?? 0, { retryStrategy: () => 200, maxRetriesPerRequest: null });
    open.push(again);
    expect(await again.ping()).toBe('PONG');
  }, LONG_MS * 2);

  test('a Sentinel that is started at a shell tells the others where it is found from outside', async () => {
    const later = new Promise<number>((done, fail) => {
      datacenter.onServer = (server, problem) => (problem === undefined ? done(server.outerPort) : fail(problem));
    });
    const asked = new Redis(datacenter.servers.find(({ kind }) => kind === 'sentinel')?.outerPort ?? 0);
    open.push(asked);
    const master = (await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')) as string[];
    expect(datacenter.shell('spare', `echo sentinel monitor main ${master.join(' ')} 2 > late.conf; redis-sentinel late.conf`, () => {})).toBe(true);
    const port = await later;
    expect(datacenter.servers.at(-1)).toEqual({ host: 'spare', port: 26379, outerPort: port, kind: 'sentinel' });
    const known = await until('the fourth Sentinel', async () => {
      const others = (await asked.call('SENTINEL', 'SENTINELS', 'main')) as string[][];
      return others.length === 3 ? others.map((fields) => `${fields[fields.indexOf('ip') + 1]}:${fields[fields.indexOf('port') + 1]}`) : undefined;
    });
    expect(known).toContain(`127.0.0.1:${port}`);
  }, LONG_MS * 2);
});

describe('a cluster', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
  const scenario: Scenario = {
    seed: 4,
    hosts: [
      // What a node is stands in its file here, which is how most run one.
      ...nodes.map((name): HostSpec => ({ name, files: { 'redis.conf': 'protected-mode no\ncluster-enabled yes\ncluster-node-timeout 2000\nrepl-diskless-sync-delay 0\n' }, run: ['redis-server redis.conf'] })),
      { name: 'admin', run: [`sleep 1; redis-cli --cluster create ${nodes.map((name) => `${name}:6379`).join(' ')} --cluster-replicas 1 --cluster-yes > made.txt`] },
    ],
  };
  let datacenter: Datacenter;
  let first = 0;
  beforeAll(async () => {
    datacenter = await started(scenario);
    first = datacenter.servers[0]?.outerPort ?? 0;
    const redis = new Redis(first);
    await until('the cluster', async () => (String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok') && String(await redis.call('CLUSTER', 'NODES')).split('slave').length === 4 ? true : undefined));
    redis.disconnect();
  }, LONG_MS * 2);
  afterAll(() => datacenter.stop());

  test('ioredis goes where the slots are, before and after a failover', async () => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: first }], { clusterRetryStrategy: () => 200, retryDelayOnFailover: 200, retryDelayOnClusterDown: 200, maxRedirections: 60 });
    open.push(cluster);
    for (let i = 0; i < 30; i++) expect(await cluster.set(`key:${i}`, String(i))).toBe('OK');
    expect(cluster.nodes('master')).toHaveLength(3);
    await cluster.set('{key:0}copies', 'x');
    await until('replicas have everything', async () => (await Promise.all(cluster.nodes('master').map((each) => each.wait(1, 2000)))).every((count) => count >= 1) ? true : undefined);
    datacenter.fault('crash n1');
    await until('all keys', async () => {
      for (let i = 0; i < 30; i++) if ((await cluster.get(`key:${i}`)) !== String(i)) return undefined;
      return true;
    });
  }, LONG_MS * 2);

  test.skipIf(skip)('the real redis-cli follows redirections and checks the cluster', async () => {
    const port = String(datacenter.servers[1]?.outerPort);
    await until('everybody agrees', async () => ((await cli('--cluster', 'check', `127.0.0.1:${port}`)).output.includes('[OK] All 16384 slots covered.') ? true : undefined));
    const checked = await cli('--cluster', 'check', `127.0.0.1:${port}`);
    expect(checked.output).toContain('[OK] All nodes agree about slots configuration.');
    for (let i = 0; i < 6; i++) expect(await cli('-c', '-p', port, 'SET', `other:${i}`, 'v')).toEqual({ code: 0, output: 'OK\n' });
    for (let i = 0; i < 6; i++) expect(await cli('-c', '-p', port, 'GET', `other:${i}`)).toEqual({ code: 0, output: 'v\n' });
  }, LONG_MS * 2);
});
