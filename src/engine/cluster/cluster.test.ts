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

describe('epochs', () => {
  test('of two masters that are the same are parted by the one with the smaller id', () => {
    const cluster = new TestCluster(3, 3);
    // Both take over without a vote while neither hears of the other, and so both take the next epoch.
    cluster.net.partition([3, 0].map((i) => cluster.address(i)));
    cluster.advance(100);
    for (const i of [3, 4]) expect(cluster.node(i).ask('CLUSTER FAILOVER TAKEOVER')).toBe('OK');
    expect([cluster.info(3, 'cluster_my_epoch'), cluster.info(4, 'cluster_my_epoch')]).toEqual(['7', '7']);
    cluster.net.reunite();
    cluster.advance(6000);
    const [smaller, larger] = cluster.id(3) < cluster.id(4) ? [3, 4] : [4, 3];
    // Twice: the loser's word that it follows the winner of epoch 7 comes after the winner has taken 8, and takes it back, as in 8.0.2.
    expect([cluster.info(smaller as number, 'cluster_my_epoch'), cluster.info(larger as number, 'cluster_my_epoch')]).toEqual(['9', '7']);
    for (let i = 0; i < 6; i++) expect(cluster.owners(i)).toBe('2 10923-16383, 3 0-5460, 4 5461-10922');
  });

  test('tell a message of before a failover: its slots count no more, its role does until the next one', () => {
    const cluster = new TestCluster(3, 1);
    const { packets } = cluster.node(1).server.cluster ?? expect.fail('no cluster');
    const process = packets.process.bind(packets);
    let old: Parameters<typeof process> | undefined;
    packets.process = (link, message) => {
      if (link.isInbound && message.sender === cluster.id(3)) old = [link, message];
      process(link, message);
    };
    cluster.advance(2000);
    const [link, message] = old ?? expect.fail('nothing was heard');
    expect(cluster.node(3).ask('CLUSTER FAILOVER TAKEOVER')).toBe('OK');
    cluster.advance(500);
    expect(cluster.line(1, 3)).toEqual([expect.stringMatching(/^master/), '-', '0', expect.any(String), '4', 'connected', '0-5460']);
    process(link, message);
    expect(cluster.line(1, 3)).toEqual([expect.stringMatching(/^slave/), cluster.id(0), '0', expect.any(String), expect.any(String), 'connected', '0-5460']);
    expect(cluster.node(1).stdout).toMatch(/Ignore stale message from .* gossip config epoch: 1, current config epoch: 4/);
    cluster.advance(2000);
    for (let i = 0; i < 4; i++) expect(cluster.owners(i)).toBe('1 5461-10922, 2 10923-16383, 3 0-5460');
  });

  test('decide who keeps a slot, and the loser drops its keys', () => {
    const cluster = new TestCluster(3);
    expect(cluster.node(0).ask('SET b 1')).toBe('OK');
    // As after a move whose end the old owner did not hear of.
    cluster.cut(0);
    cluster.advance(100);
    expect([cluster.node(1).ask('CLUSTER SETSLOT 3300 IMPORTING ' + cluster.id(0)), cluster.node(1).ask('CLUSTER SETSLOT 3300 NODE ' + cluster.id(1))]).toEqual(['OK', 'OK']);
    cluster.heal(0);
    cluster.advance(6000);
    for (let i = 0; i < 3; i++) expect(cluster.owners(i)).toBe('0 0-3299 3301-5460, 1 3300 5461-10922, 2 10923-16383');
    expect(cluster.node(0).ask('DBSIZE')).toBe('(integer) 0');
    expect(cluster.node(0).ask('GET b')).toBe('(error) MOVED 3300 10.0.0.2:6379');
    expect(cluster.node(1).ask('GET b')).toBe('(nil)');
  });
});

describe('timers', () => {
  /** Milliseconds from the failure of node 0 to the moment at which node 1 suspects it, knows that it failed, and its replica has won. */
  function timesOf(config: Readonly<Record<string, number>>, seed: number): { readonly suspected: number; readonly failed: number; readonly won: number; readonly delay: number; readonly scheduled: number } {
    const cluster = new TestCluster(3, 3, config, seed);
    const times = { suspected: 0, failed: 0, won: 0, delay: 0, scheduled: 0 };
    const startUs = cluster.net.clock.now();
    const since = (): number => (cluster.net.clock.now() - startUs) / 1000;
    cluster.node(1).server.events.listen(({ type }) => {
      if (type === 'nodeSuspected') times.suspected = since();
      if (type === 'nodeFailed') times.failed = since();
    });
    cluster.node(3).server.events.listen((event) => {
      if (event.type === 'electionScheduled') Object.assign(times, { delay: event.delayMs, scheduled: since() });
      if (event.type === 'electionWon') times.won = since();
    });
    cluster.net.partition([cluster.address(0)]);
    cluster.advance(60_000);
    return times;
  }

  test.each([[1000, 1], [5000, 2], [15_000, 3]])('a node timeout of %i ms says when a failed master is replaced', (timeout, seed) => {
    const times = timesOf({ 'cluster-node-timeout': timeout }, seed);
    // Nobody may have asked it for half of the timeout, and nobody looks more often than every tenth of a second.
    expect(times.suspected).toBeGreaterThan(timeout);
    expect(times.suspected).toBeLessThan(timeout * 1.5 + 400);
    // Two masters must say so; the second may come a gossip later.
    expect(times.failed).toBeLessThan(timeout * 2 + 1000);
    expect(times.delay).toBeGreaterThanOrEqual(500);
    expect(times.delay).toBeLessThan(1000);
    expect(times.won - times.scheduled - times.delay).toBeLessThan(200);
  });

  test('a replica with less of the stream waits a second longer', () => {
    const cluster = new TestCluster(3, 6, {}, 4);
    // Replicas of node 0 are 3 and 6; 6 misses the last writes.
    const delays = new Map<number, number>();
    for (const i of [3, 6]) cluster.node(i).server.events.listen((event) => void (event.type === 'electionScheduled' && !delays.has(i) && delays.set(i, event.delayMs)));
    cluster.cut(6);
    cluster.advance(100);
    expect(cluster.node(0).ask('SET b 1')).toBe('OK');
    cluster.advance(100);
    cluster.cut(0);
    cluster.heal(6);
    cluster.advance(8000);
    expect(cluster.owners(1)).toContain('3 0-5460');
    expect(delays.get(3)).toBeLessThan(1000);
    expect(delays.get(6)).toBeGreaterThanOrEqual(500);
  });

  test('data that is too old is not made the master', () => {
    const cluster = new TestCluster(3, 1, { 'cluster-replica-validity-factor': 1, 'repl-ping-replica-period': 1 }, 5);
    cluster.cut(3);
    cluster.advance(30_000);
    cluster.cut(0);
    cluster.advance(100);
    cluster.heal(3);
    cluster.advance(20_000);
    expect(cluster.owners(1)).toContain('0 0-5460');
    expect(cluster.node(3).stdout).toContain("Currently unable to failover: Disconnected from master for longer than allowed. Please check the 'cluster-replica-validity-factor' configuration option.");
  });
});

describe('replicas', () => {
  test('move to a master that has lost its last one', () => {
    const cluster = new TestCluster(3, 4);
    // Node 0 has the replicas 3 and 6, the others one each.
    cluster.cut(4);
    cluster.advance(12_000);
    const moved = [3, 6].find((i) => cluster.line(1, i)[1] === cluster.id(1));
    expect(moved).toBeDefined();
    expect(cluster.id(moved as number) < cluster.id(moved === 3 ? 6 : 3)).toBe(true);
    expect(cluster.node(moved as number).stdout).toContain(`Migrating to orphaned master ${cluster.id(1)}`);
  });

  test('stay when they may not move', () => {
    const cluster = new TestCluster(3, 4, { 'cluster-allow-replica-migration': false });
    cluster.cut(4);
    cluster.advance(12_000);
    for (const i of [3, 6]) expect(cluster.line(1, i)[1]).toBe(cluster.id(0));
  });

  test('keep what has expired when they start again, before they follow their master too', () => {
    const cluster = new TestCluster(3, 1);
    const [master, replica] = [cluster.node(0), cluster.node(3)];
    master.ask('DEBUG SET-ACTIVE-EXPIRE 0');
    expect(master.ask('SET b v PX 1000')).toBe('OK');
    cluster.advance(100);
    expect(replica.ask('SAVE')).toBe('OK');
    const files = Object.fromEntries(replica.disk.files);
    replica.server.stop('crash');
    cluster.advance(2000);
    const again = cluster.net.server(cluster.address(3), { config: { 'cluster-enabled': true }, files, seed: 99 });
    for (let ms = 0; ms < 90; ms += 10) {
      cluster.advance(10);
      expect(again.ask('DBSIZE')).toBe('(integer) 1');
    }
    expect(again.ask('ROLE')).toContain('"master"');
    cluster.advance(3000);
    expect(again.ask('ROLE')).toContain('"connected"');
    master.ask('DEBUG SET-ACTIVE-EXPIRE 1');
    cluster.advance(1000);
    expect(again.ask('DBSIZE')).toBe('(integer) 0');
  });

  test('of another master now hear nothing more of the channels of the old one, and their listeners are told', () => {
    const cluster = new TestCluster(3, 1);
    const replica = cluster.node(3);
    expect(replica.ask('SSUBSCRIBE b', 'listening')).toBe('1) "ssubscribe"  2) "b"  3) (integer) 1');
    expect(replica.ask(`CLUSTER REPLICATE ${cluster.id(0)}`)).toBe('OK');
    expect(replica.client('listening').take()).toBe('');
    expect(replica.ask(`CLUSTER REPLICATE ${cluster.id(1)}`)).toBe('OK');
    expect(replica.client('listening').take()).toBe('*3\r\n$12\r\nsunsubscribe\r\n$1\r\nb\r\n:0\r\n');
  });

  test('stand in their shard in the order in which they came, whoever is the master now', () => {
    const cluster = new TestCluster(1, 2);
    const order = (): (string | undefined)[] => [...cluster.node(0).send('CLUSTER SHARDS').matchAll(/\r\nip\r\n\$\d+\r\n([\d.]+)\r\n.*?\r\nrole\r\n\$\d+\r\n(\w+)/gs)].map(([, ip, role]) => `${ip} ${role}`);
    const before = order();
    expect(before[0]).toBe('10.0.0.1 master');
    expect(cluster.node(2).ask('CLUSTER FAILOVER')).toBe('OK');
    cluster.advance(5000);
    const after = order();
    expect(after).toContain('10.0.0.3 master');
    expect(after.map((each) => each?.split(' ')[0])).toEqual(before.map((each) => each?.split(' ')[0]));
  });

  test('that want no failover are not made masters', () => {
    const cluster = new TestCluster(3, 1, { 'cluster-replica-no-failover': true });
    expect(cluster.line(0, 3)[0]).toBe('slave,nofailover');
    cluster.cut(0);
    cluster.advance(10_000);
    expect(cluster.owners(1)).toContain('0 0-5460');
  });
});

describe('leaving', () => {
  test('a node is forgotten by all that were told, and by those they tell', () => {
    const cluster = new TestCluster(3, 1);
    const gone = cluster.id(3);
    for (let i = 0; i < 3; i++) expect(cluster.node(i).ask(`CLUSTER FORGET ${gone}`)).toBe('OK');
    cluster.advance(5000);
    for (let i = 0; i < 3; i++) expect(cluster.info(i, 'cluster_known_nodes')).toBe('3');
    expect(cluster.node(3).ask('CLUSTER RESET HARD')).toBe('OK');
    expect([cluster.info(3, 'cluster_known_nodes'), cluster.info(3, 'cluster_current_epoch'), cluster.id(3) === gone]).toEqual(['1', '0', false]);
    expect(cluster.node(3).ask('ROLE')).toContain('"master"');
  });

  test('one word to one node is enough: the others hear of it', () => {
    const cluster = new TestCluster(3, 1);
    expect(cluster.node(3).ask('CLUSTER RESET')).toBe('OK');
    expect(cluster.node(0).ask(`CLUSTER FORGET ${cluster.id(3)}`)).toBe('OK');
    cluster.advance(5000);
    for (let i = 0; i < 3; i++) expect(cluster.info(i, 'cluster_known_nodes')).toBe('3');
  });
});

test('an address that is announced no more is found out anew', () => {
  const cluster = new TestCluster(2);
  const mine = (): string => cluster.node(0).send('CLUSTER NODES').split('\n').find((line) => line.includes('myself'))?.split(' ')[1] ?? '';
  expect(mine()).toBe('10.0.0.1:6379@16379');
  for (const [announced, shown] of [['1.2.3.4', '1.2.3.4:6379@16379'], ['', ':6379@16379']] as const) {
    expect(cluster.node(0).ask(`CONFIG SET cluster-announce-ip "${announced}"`)).toBe('OK');
    expect(mine()).toBe(shown);
  }
  cluster.advance(5000);
  expect(mine()).toBe('10.0.0.1:6379@16379');
});

describe('clients that wait', () => {
  test('are sent on when the slot goes to another node', () => {
    const cluster = new TestCluster(3);
    const [a, b] = [cluster.node(0), cluster.node(1)];
    expect(a.ask('BLPOP b 0', 'waiting')).toBe('(no reply)');
    expect(a.ask('SSUBSCRIBE b', 'listening')).toBe('1) "ssubscribe"  2) "b"  3) (integer) 1');
    b.send(`CLUSTER SETSLOT 3300 IMPORTING ${cluster.id(0)}`);
    a.send(`CLUSTER SETSLOT 3300 MIGRATING ${cluster.id(1)}`);
    cluster.advance(500);
    expect(a.client('waiting').take()).toBe('');
    for (const node of [b, a]) expect(node.ask(`CLUSTER SETSLOT 3300 NODE ${cluster.id(1)}`)).toBe('OK');
    cluster.advance(500);
    expect(a.client('waiting').take()).toBe('-MOVED 3300 10.0.0.2:6379\r\n');
    expect(a.client('listening').take()).toBe('*3\r\n$12\r\nsunsubscribe\r\n$1\r\nb\r\n:0\r\n');
  });

  test('hear that the cluster is down', () => {
    const cluster = new TestCluster(3);
    expect(cluster.node(1).ask('BLPOP bar foo 0', 'other')).toBe("(error) CROSSSLOT Keys in request don't hash to the same slot");
    expect(cluster.node(2).ask('BLPOP foo 0', 'waiting')).toBe('(no reply)');
    cluster.cut(0);
    cluster.advance(6000);
    expect(cluster.node(2).client('waiting').take()).toBe('-CLUSTERDOWN The cluster is down\r\n');
  });
});

test('a destination has a slot where its sources are missing', () => {
  const cluster = new TestCluster(3);
  expect(cluster.node(1).ask('PFMERGE foo')).toBe('(error) MOVED 12182 10.0.0.3:6379');
});
