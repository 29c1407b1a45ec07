/*
 * Clusters of this engine. That real nodes understand ours, and ours them, is proven in src/node/cluster.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { TestCluster } from './test-cluster.ts';

describe('nodes that met', () => {
  test('agree on who is there and who serves what', () => {
    const cluster = new TestCluster(3, 3);
    for (let i = 0; i < 6; i++) {
      expect([cluster.info(i, 'cluster_state'), cluster.info(i, 'cluster_known_nodes'), cluster.info(i, 'cluster_size')]).toEqual(['ok', '6', '3']);
      expect(cluster.owners(i)).toBe('0 0-5460, 1 5461-10922, 2 10923-16383');
    }
    expect(cluster.line(0, 3)).toEqual(expect.arrayContaining(['slave', cluster.id(0), 'connected']));
  });

  test('send clients to one another', () => {
    const cluster = new TestCluster(3);
    expect(cluster.node(0).ask('SET foo 1')).toBe('(error) MOVED 12182 10.0.0.3:6379');
    expect(cluster.node(2).ask('SET foo 1')).toBe('OK');
    expect(cluster.node(2).ask('MGET foo bar')).toBe("(error) CROSSSLOT Keys in request don't hash to the same slot");
    expect(cluster.node(0).ask('PING')).toBe('PONG');
  });

  test('keep their table over a restart', () => {
    const cluster = new TestCluster(3, 1);
    const file = cluster.node(0).disk.files.get('/data/nodes.conf') ?? '';
    expect(file.split('\n')).toHaveLength(6);
    expect(file).toMatch(/^vars currentEpoch 4 lastVoteEpoch 0$/m);
    expect(file).toMatch(/^[0-9a-f]{40} 10\.0\.0\.1:6379@16379,,tls-port=0,shard-id=[0-9a-f]{40} myself,master - 0 \d+ 1 connected 0-5460$/m);
  });
});

describe('a master that fails', () => {
  test('is replaced by its replica, and comes back as a replica of it', () => {
    const cluster = new TestCluster(3, 3);
    expect(cluster.node(0).ask('SET b 1')).toBe('OK');
    cluster.advance(100);
    cluster.cut(0);
    cluster.advance(6000);
    expect(cluster.line(1, 0)[0]).toBe('master,fail');
    expect(cluster.owners(1)).toBe('1 5461-10922, 2 10923-16383, 3 0-5460');
    expect(cluster.node(3).ask('GET b')).toBe('"1"');
    expect(cluster.info(0, 'cluster_state')).toBe('fail');
    expect(cluster.node(0).ask('SET b 2')).toBe('(error) CLUSTERDOWN The cluster is down');

    cluster.heal(0);
    cluster.advance(8000);
    for (let i = 0; i < 6; i++) expect(cluster.owners(i)).toBe('1 5461-10922, 2 10923-16383, 3 0-5460');
    expect(cluster.line(1, 0).slice(0, 2)).toEqual(['slave', cluster.id(3)]);
    expect(cluster.node(0).ask('ROLE')).toContain('"connected"');
  });

  test('takes the cluster down when it has no replica', () => {
    const cluster = new TestCluster(3);
    cluster.cut(0);
    cluster.advance(6000);
    expect(cluster.info(1, 'cluster_state')).toBe('fail');
    expect(cluster.info(1, 'cluster_slots_fail')).toBe('5461');
    expect(cluster.node(2).ask('SET foo 1')).toBe('(error) CLUSTERDOWN The cluster is down');
    cluster.heal(0);
    cluster.advance(8000);
    expect(cluster.info(1, 'cluster_state')).toBe('ok');
  });
});

describe('CLUSTER FAILOVER', () => {
  test('changes places without losing a write', () => {
    const cluster = new TestCluster(3, 3);
    expect(cluster.node(0).ask('SET b 1')).toBe('OK');
    expect(cluster.node(3).ask('CLUSTER FAILOVER')).toBe('OK');
    cluster.advance(1500);
    expect(cluster.owners(0)).toBe('1 5461-10922, 2 10923-16383, 3 0-5460');
    expect(cluster.node(3).ask('GET b')).toBe('"1"');
    expect(cluster.node(0).ask('SET b 2')).toMatch(/^\(error\) MOVED 3300 10\.0\.0\.4:6379$/);
  });
});
