/*
 * Clusters of our nodes and real ones over TCP: made by the real redis-cli, masters of both kinds fail and are
 * replaced by votes of both kinds. Skipped, with a word, where there is no real Redis 8.0.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { freePort, isReferenceMissing, pauseMs, referenceProgram, startOurServer, startRealServer, type RunningServer } from './reference-redis.ts';

const OPTIONS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--repl-diskless-sync-delay', '0', '--enable-debug-command', 'yes'];
const running: Node[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

type Kind = 'real' | 'ours';

/** A server with what it needs to be started again as the same node. */
type Node = RunningServer & { readonly busPort: number; readonly file: string };

const folder = mkdtempSync(join(tmpdir(), 'keyspace-cluster-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(kind: Kind, again?: Node): Promise<Node> {
  const port = again?.port ?? (await freePort());
  const busPort = again?.busPort ?? (await freePort());
  const file = again?.file ?? join(folder, `nodes-${port}.conf`);
  const server = await (kind === 'real' ? startRealServer : startOurServer)(port, [...OPTIONS, '--cluster-port', String(busPort), '--cluster-config-file', file]);
  const node = { ...server, busPort, file };
  running.push(node);
  return node;
}

function cli(...words: string[]): string {
  const { stdout, stderr } = spawnSync(referenceProgram('redis-cli'), words, { encoding: 'utf8', timeout: 60_000 });
  return (stdout + stderr).trim();
}

const ask = ({ port }: RunningServer, ...words: string[]): string => cli('-p', String(port), ...words);

/** A cluster of these kinds, the masters first; replicas are given to the masters in turn. */
async function cluster(masters: readonly Kind[], replicas: readonly Kind[] = []): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const kind of [...masters, ...replicas]) nodes.push(await start(kind));
  const made = cli('--cluster', 'create', ...nodes.slice(0, masters.length).map(({ port }) => `127.0.0.1:${port}`), '--cluster-yes');
  expect(made).toContain('[OK] All 16384 slots covered.');
  for (const [i, node] of nodes.slice(masters.length).entries()) {
    const master = nodes[i % masters.length] as Node;
    expect(cli('--cluster', 'add-node', `127.0.0.1:${node.port}`, `127.0.0.1:${master.port}`, '--cluster-slave', '--cluster-master-id', ask(master, 'CLUSTER', 'MYID'))).toContain('[OK] New node added correctly.');
  }
  await until('all are there', () => nodes.every((node) => info(node, 'cluster_known_nodes') === String(nodes.length) && info(node, 'cluster_state') === 'ok'));
  await until('replicas have loaded', () => nodes.slice(masters.length).every((node) => ask(node, 'INFO', 'replication').includes('master_link_status:up')));
  return nodes;
}

const info = (node: RunningServer, field: string): string => new RegExp(`${field}:([^\\r\\n]*)`).exec(ask(node, 'CLUSTER', 'INFO'))?.[1] ?? '';

async function until(what: string, isSo: () => boolean, seconds = 20): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pauseMs(100)) if (isSo()) return;
  throw new Error(`not within ${seconds} seconds: ${what}\n${running.map((node) => `${node.name} ${node.port}\n${ask(node, 'CLUSTER', 'NODES')}\n${node.output().slice(-1500)}`).join('\n')}`);
}

/** Flags and slots of all nodes, as one node tells them: what all must agree on. */
function agreed(node: RunningServer): string {
  return ask(node, 'CLUSTER', 'NODES').split('\n').map((line) => {
    const [id, place, flags, master, , , epoch, , ...slots] = line.split(' ');
    return [id, place, flags?.replace('myself,', ''), master, epoch, ...slots].join(' ');
  }).sort().join('\n');
}

const allAgree = (nodes: readonly RunningServer[]): boolean => new Set(nodes.map(agreed)).size === 1;

async function stop(node: Node): Promise<void> {
  running.splice(running.indexOf(node), 1);
  await node.stop();
}

describe.skipIf(isReferenceMissing('clusters'))('nodes of both kinds', () => {
  test('are one cluster', async () => {
    const nodes = await cluster(['ours', 'real', 'ours'], ['real', 'ours', 'real']);
    await until('all agree', () => allAgree(nodes));
    const [a, b, c] = nodes as [Node, Node, Node];
    for (const node of nodes) {
      for (const command of [['SLOTS'], ['SHARDS']]) expect(ask(node, 'CLUSTER', ...command)).not.toContain('ERR');
    }
    // A client is sent from one kind to the other.
    for (const [key, owner] of [['b', a], ['hello', a], ['key', c], ['foo', c], ['bar', a], ['x', c]] as const) {
      const slot = ask(a, 'CLUSTER', 'KEYSLOT', key);
      expect(ask(b, 'CLUSTER', 'KEYSLOT', key)).toBe(slot);
      for (const node of [a, b, c]) expect(ask(node, 'SET', key, '1')).toMatch(node === owner ? /^OK$/ : new RegExp(`^MOVED ${slot} 127\\.0\\.0\\.1:${owner.port}$`));
    }
    // A message published anywhere is heard of everywhere.
    expect(ask(a, 'PUBLISH', 'channel', 'hello')).toBe('0');
    await until('counted', () => nodes.slice(1).every((node) => info(node, 'cluster_stats_messages_publish_received') === '1'));
    expect(cli('--cluster', 'check', `127.0.0.1:${b.port}`)).toContain('[OK] All nodes agree about slots configuration.');
  }, 120_000);

  test.each([['ours', 'real'], ['real', 'ours']] as const)('replace a failed master that is %s by its replica that is %s, and take it back', async (master, replica) => {
    const nodes = await cluster([master, 'ours', 'real'], [replica]);
    const [failing, second, third, successor] = nodes as [Node, Node, Node, Node];
    expect(ask(failing, 'SET', 'b', 'kept')).toBe('OK');
    expect(ask(failing, 'WAIT', '1', '2000')).toBe('1');
    process.kill(failing.pid, 'SIGSTOP');
    await until('the replica is master', () => info(second, 'cluster_state') === 'ok' && ask(second, 'CLUSTER', 'NODES').includes('fail '));
    await until('it serves', () => ask(successor, 'GET', 'b') === 'kept');
    for (const each of [second, third]) expect(ask(each, 'SET', 'b', '1')).toBe(`MOVED 3300 127.0.0.1:${successor.port}`);
    process.kill(failing.pid, 'SIGCONT');
    await until('it follows', () => ask(failing, 'ROLE').startsWith('slave') && ask(failing, 'INFO', 'replication').includes('master_link_status:up'));
    await until('all agree', () => allAgree(nodes));
    // And back again, by hand, without losing anything.
    expect(ask(successor, 'SET', 'b', 'newer')).toBe('OK');
    expect(ask(failing, 'CLUSTER', 'FAILOVER')).toBe('OK');
    await until('places are changed', () => ask(failing, 'GET', 'b') === 'newer' && ask(successor, 'ROLE').startsWith('slave'));
    await until('all agree again', () => allAgree(nodes));
  }, 120_000);

  test('move slots with the real redis-cli', async () => {
    const nodes = await cluster(['ours', 'real', 'ours']);
    const [a, b, c] = nodes as [Node, Node, Node];
    const lines = Array.from({ length: 200 }, (_, i) => `SET {${i % 40}}key:${i} ${i}`);
    spawnSync(referenceProgram('redis-cli'), ['-c', '-p', String(a.port)], { input: `${lines.join('\n')}\n` });
    const total = (): number => nodes.reduce((sum, node) => sum + Number(ask(node, 'DBSIZE')), 0);
    expect(total()).toBe(200);
    for (const [from, to] of [[a, b], [b, c], [c, a]] as const) {
      const moved = cli('--cluster', 'reshard', `127.0.0.1:${a.port}`, '--cluster-from', ask(from, 'CLUSTER', 'MYID'), '--cluster-to', ask(to, 'CLUSTER', 'MYID'), '--cluster-slots', '120', '--cluster-yes');
      expect(moved).not.toContain('ERR');
      await until('all agree', () => allAgree(nodes));
      expect(total()).toBe(200);
    }
    expect(cli('--cluster', 'check', `127.0.0.1:${b.port}`)).toContain('[OK] All 16384 slots covered.');
    for (let i = 0; i < 200; i += 9) expect(cli('-c', '-p', String(b.port), 'GET', `{${i % 40}}key:${i}`)).toBe(String(i));
  }, 180_000);

  test('hear of names, of channels of a shard and of who is to be forgotten', async () => {
    const nodes = await cluster(['ours', 'real', 'ours'], ['real', 'ours']);
    const [a, b, , ofA, ofB] = nodes as [Node, Node, Node, Node, Node];
    for (const node of nodes) expect(ask(node, 'CONFIG', 'SET', 'cluster-announce-hostname', `host-${node.port}`, 'cluster-announce-human-nodename', `node-${node.port}`)).toBe('OK');
    await until('names are known', () => nodes.every((node) => nodes.every(({ port }) => ask(node, 'CLUSTER', 'NODES').includes(`,host-${port}`))));
    for (const node of nodes) expect(ask(node, 'CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname')).toBe('OK');
    expect([ask(a, 'GET', 'one'), ask(b, 'GET', 'bar')]).toEqual([`MOVED 9084 host-${b.port}:${b.port}`, `MOVED 5061 host-${a.port}:${a.port}`]);
    // `bar` is a channel of the first shard, `one` of the second; who publishes is told of listeners of its own only.
    for (const [channel, publisher, listener] of [['bar', a, ofA], ['one', b, ofB], ['bar', ofA, a], ['one', ofB, b]] as const) {
      const client = spawn(referenceProgram('redis-cli'), ['-p', String(listener.port)], { stdio: ['pipe', 'pipe', 'ignore'] });
      let heard = '';
      client.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      client.stdin.write(`SSUBSCRIBE ${channel}\n`);
      await until('it listens', () => ask(listener, 'PUBSUB', 'SHARDNUMSUB', channel).endsWith('1'));
      expect(ask(publisher, 'SPUBLISH', channel, 'hello')).toBe('0');
      // What others wrote meanwhile is between the two.
      for (let tries = 0; tries < 100 && !heard.includes('hello'); tries++) await pauseMs(50);
      client.kill();
      expect(heard).toContain('hello');
    }
    for (const [gone, teller] of [[ofA, b], [ofB, a]] as const) {
      const id = ask(gone, 'CLUSTER', 'MYID');
      expect(ask(gone, 'CLUSTER', 'RESET', 'HARD')).toBe('OK');
      expect(ask(teller, 'CLUSTER', 'FORGET', id)).toBe('OK');
      await until('it is forgotten', () => [a, b].every((node) => !ask(node, 'CLUSTER', 'NODES').includes(id)));
    }
  }, 120_000);

  test('are balanced, repaired and taken away by the real redis-cli', async () => {
    const nodes = await cluster(['real', 'ours', 'ours']);
    const [a, b] = nodes as [Node, Node, Node];
    const fresh = await start('ours');
    expect(cli('--cluster', 'add-node', `127.0.0.1:${fresh.port}`, `127.0.0.1:${a.port}`)).toContain('[OK] New node added correctly.');
    await until('all know it', () => [...nodes, fresh].every((node) => info(node, 'cluster_known_nodes') === '4'));
    for (let i = 0; i < 60; i++) expect(cli('-c', '-p', String(a.port), 'SET', `key:${i}`, String(i))).toBe('OK');
    expect(cli('--cluster', 'rebalance', `127.0.0.1:${b.port}`, '--cluster-use-empty-masters', '--cluster-weight', `${ask(fresh, 'CLUSTER', 'MYID')}=0.02`, '--cluster-pipeline', '7')).not.toContain('ERR');
    await until('all agree', () => allAgree([...nodes, fresh]));
    const slots = (node: Node): number => Number(/(\d+) slots/.exec(cli('--cluster', 'info', `127.0.0.1:${a.port}`).split('\n').find((line) => line.includes(`:${node.port} `)) ?? '')?.[1]);
    // It weighs a fiftieth of each of the others.
    expect(slots(fresh)).toBeGreaterThan(100);
    expect(slots(fresh)).toBeLessThan(116);
    // A move that was left half way is brought to its end.
    const slot = ask(a, 'CLUSTER', 'KEYSLOT', 'key:7');
    const all = [...nodes, fresh];
    const owner = all.find((node) => ask(node, 'GET', 'key:7') === '7') as Node;
    const other = all.find((node) => node !== owner && node.name !== owner.name) as Node;
    expect(ask(other, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', ask(owner, 'CLUSTER', 'MYID'))).toBe('OK');
    expect(ask(owner, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', ask(other, 'CLUSTER', 'MYID'))).toBe('OK');
    expect(ask(owner, 'MIGRATE', '127.0.0.1', String(other.port), 'key:7', '0', '5000')).toBe('OK');
    expect(cli('--cluster', 'fix', `127.0.0.1:${a.port}`)).toContain('[OK] All 16384 slots covered.');
    await until('all agree again', () => allAgree(all));
    expect(ask(other, 'GET', 'key:7')).toBe('7');
    const id = ask(fresh, 'CLUSTER', 'MYID');
    expect(cli('--cluster', 'reshard', `127.0.0.1:${a.port}`, '--cluster-from', id, '--cluster-to', ask(a, 'CLUSTER', 'MYID'), '--cluster-slots', String(slots(fresh)), '--cluster-yes')).not.toContain('ERR');
    expect(cli('--cluster', 'del-node', `127.0.0.1:${b.port}`, id)).toContain('CLUSTER RESET SOFT');
    await until('it is gone', () => nodes.every((node) => info(node, 'cluster_known_nodes') === '3') && allAgree(nodes));
    expect(info(fresh, 'cluster_known_nodes')).toBe('1');
    for (let i = 0; i < 60; i += 7) expect(cli('-c', '-p', String(b.port), 'GET', `key:${i}`)).toBe(String(i));
  }, 180_000);

  test.each([['ours', 'real'], ['real', 'ours'], ['ours', 'ours']] as const)('keep their file of nodes to themselves: %s has it, %s is refused', async (holder, other) => {
    const first = await start(holder);
    // The one that made the file has renamed it since, and a lock does not go over to the new one.
    await stop(first);
    const again = await start(holder, first);
    await expect(start(other, { ...again, port: await freePort(), busPort: await freePort() })).rejects.toThrow(/Sorry, the cluster configuration file \S+ is already used by a different Redis Cluster node\. Please make sure that different nodes use different cluster configuration files\.\s+\(ended with code 1\)/);
    await stop(again);
    await start(other, again);
  }, 60_000);

  test('take one another\'s place with the file of nodes that they left', async () => {
    const nodes = await cluster(['real', 'ours', 'real'], ['ours']);
    await until('all agree', () => allAgree(nodes));
    const before = agreed(nodes[0] as Node);
    for (const [i, node] of nodes.entries()) {
      await stop(node);
      nodes[i] = await start(node.name === 'real' ? 'ours' : 'real', node);
    }
    await until('all are there again', () => nodes.every((node) => info(node, 'cluster_state') === 'ok') && allAgree(nodes));
    expect(agreed(nodes[0] as Node)).toBe(before);
  }, 120_000);
});
