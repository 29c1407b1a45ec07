/*
 * Replication between servers of this engine. That the real server's stream is understood, and ours by the real
 * server, is proven in src/node/replication.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { TestNetwork } from '../test-network.ts';
import { SeededRandom, type TestServer } from '../testing.ts';

/** The names of test hosts are no loopback addresses. */
const AT_ONCE = { 'repl-diskless-sync-delay': 0, 'protected-mode': false, 'enable-debug-command': 'yes' };

const infoField = (server: TestServer, name: string): string => new RegExp(`${name}:([^\\r\\n]*)`).exec(server.send('INFO everything'))?.[1] ?? '';
const isUp = (server: TestServer): boolean => infoField(server, 'master_link_status') === 'up';

function pair(config = {}): { net: TestNetwork; primary: TestServer; replica: TestServer } {
  const net = new TestNetwork();
  const primary = net.server('p', { config: { ...AT_ONCE, ...config } });
  const replica = net.server('r', { config: { ...AT_ONCE, ...config } });
  replica.send('REPLICAOF p 6379');
  return { net, primary, replica };
}

test('data grow old from the end of the connection, however long it takes to see to it', () => {
  const { net, primary, replica } = pair();
  net.advance(3000);
  expect(isUp(replica)).toBe(true);
  for (const line of ['MULTI', 'CLIENT KILL TYPE master', 'DEBUG SLEEP 20']) replica.send(line);
  expect(replica.ask('EXEC')).toBe('1) (integer) 1  2) OK');
  primary.server.stop('crash');
  net.advance(500);
  expect(infoField(replica, 'master_link_down_since_seconds')).toBe('20');
});

test('the stream waits while the replica has a script in the busy state, and is not told so', () => {
  const { net, primary, replica } = pair();
  net.advance(3000);
  expect(replica.send('EVAL "while true do end" 0', 'script')).toBe('');
  net.advance(6000);
  primary.send('SET k v');
  net.advance(3000);
  expect(replica.ask('GET k')).toContain('BUSY');
  expect(replica.ask('SCRIPT KILL')).toBe('OK');
  net.advance(100);
  expect(replica.ask('GET k')).toBe('"v"');
  expect(isUp(replica)).toBe(true);
});

describe('a client that has asked for the stream', () => {
  test('is dropped when it asks for an answer, which would stand in the stream', () => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: AT_ONCE });
    const client = primary.client('lost');
    client.raw('SYNC\r\n');
    net.advance(1000);
    expect(client.take()).toContain('\r\nREDIS0012');
    expect(client.raw('REPLCONF ACK 0\r\n')).toBe('');
    expect(client.closed).toBe(false);
    expect(client.raw('PING\r\n')).toBe('');
    expect(client.closed).toBe(true);
    expect(infoField(primary, 'connected_slaves')).toBe('0');
    expect(primary.ask('FAILOVER')).toContain('FAILOVER requires connected replicas.');
  });

  test.each(['GET k', 'SET k v', 'PUBLISH news x'])('may not have the keys, and neither may one that watches: %s', (line) => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: AT_ONCE });
    primary.client('lost').raw('SYNC\r\n');
    net.advance(1000);
    primary.client('lost').raw(`${line}\r\n`);
    expect(primary.client('lost').closed).toBe(true);
    expect(primary.stdout).toContain("== CRITICAL == This master is sending an error to its replica: 'Replica can't interact with the keyspace' after processing the command '");
    primary.send('MONITOR', 'watcher');
    expect(primary.send(line, 'watcher')).toContain("-ERR Replica can't interact with the keyspace\r\n");
  });

  test('with an offset that is none is refused, and the log tells it', () => {
    const primary = new TestNetwork().server('p', { config: AT_ONCE });
    expect(primary.ask('PSYNC id offset')).toBe('(error) ERR value is not an integer or out of range');
    expect(primary.stdout).toContain('asks for synchronization but with a wrong offset');
  });
});

test('a snapshot that nobody waits for any more is not made to its end, unless the server saves for itself', () => {
  for (const save of ['', '900 1']) {
    const net = new TestNetwork();
    const primary = net.server('p', { config: { ...AT_ONCE, 'repl-diskless-sync': false, 'rdb-key-save-delay': 1_000_000, save } });
    primary.send('SET k v');
    const replicas = ['r1', 'r2'].map((name) => net.server(name, { config: AT_ONCE }));
    for (const replica of replicas) replica.send('REPLICAOF p 6379');
    net.advance(100);
    const left = replicas.map((replica) => {
      replica.send('REPLICAOF NO ONE');
      net.advance(1);
      return infoField(primary, 'rdb_bgsave_in_progress');
    });
    expect(left).toEqual(['1', save === '' ? '0' : '1']);
  }
});

test('replicas of a server that follows another master of the same history stay', () => {
  const { net, primary, replica } = pair();
  const [other, last] = ['q', 's'].map((name) => net.server(name, { config: AT_ONCE })) as [TestServer, TestServer];
  other.send('REPLICAOF p 6379');
  last.send('REPLICAOF r 6379');
  net.advance(5000);
  primary.send('SET a 1');
  replica.send('REPLICAOF q 6379');
  net.advance(3000);
  primary.send('SET b 2');
  net.advance(100);
  expect(last.stdout).not.toContain('Connection with master lost.');
  expect([infoField(replica, 'sync_full'), infoField(replica, 'sync_partial_ok')]).toEqual(['1', '0']);
  expect(last.digest()).toBe(primary.digest());
});

test.each([true, false])('a snapshot that FLUSHALL has killed is asked for again (without a file: %s)', (diskless) => {
  const { net, primary, replica } = pair({ 'repl-diskless-sync': diskless });
  primary.send('SET k v');
  for (let us = 0; us < 1e6 && !primary.server.snapshots.inProgress; us += 100) net.advance(0.1);
  expect(primary.ask('FLUSHALL')).toBe('OK');
  primary.send('SET k2 v');
  net.advance(3000);
  expect(isUp(replica)).toBe(true);
  expect(primary.stdout).toContain('SYNC failed. BGSAVE child returned an error');
  expect(replica.digest()).toBe(primary.digest());
});

test.each([true, false])('a snapshot of its own that a replica is writing ends before the one of its master is loaded (without a file: %s)', (diskless) => {
  const net = new TestNetwork();
  const primary = net.server('p', { config: AT_ONCE });
  const replica = net.server('r', { config: { ...AT_ONCE, 'rdb-key-save-delay': 100_000_000, 'repl-diskless-load': diskless ? 'swapdb' : 'disabled' } });
  primary.send('SET of primary');
  for (const line of ['SET of replica', 'BGSAVE', 'REPLICAOF p 6379']) replica.send(line);
  net.advance(3000);
  expect(isUp(replica)).toBe(true);
  expect(replica.stdout).toMatch(/Received SIGUSR1 in child, exiting now\.\n[^]*Background saving terminated by signal 10\n/);
  expect(replica.stdout.includes('but there is a pending RDB child running')).toBe(!diskless);
  expect(['rdb_bgsave_in_progress', 'rdb_last_bgsave_status'].map((field) => infoField(replica, field))).toEqual(['0', 'ok']);
  expect(replica.ask('GET of')).toBe('"primary"');
});

test('what is published is heard at replicas, alone or in a transaction, and what a script tells to one receiver goes to no other', () => {
  const { net, primary, replica } = pair({ appendonly: true, 'aof-use-rdb-preamble': false });
  net.advance(3000);
  const listener = replica.client('listener');
  listener.send('SUBSCRIBE news');
  primary.send('PUBLISH news one');
  for (const line of ['MULTI', 'PUBLISH news two', 'EXEC']) primary.send(line);
  primary.sendArgv(['EVAL', "redis.call('SET', 'a', 1) redis.set_repl(redis.REPL_AOF) redis.call('SET', 'b', 1) redis.set_repl(redis.REPL_REPLICA) redis.call('SET', 'c', 1) redis.set_repl(redis.REPL_NONE) redis.call('SET', 'd', 1)", '0']);
  net.advance(100);
  expect(listener.take().match(/one|two/g)).toEqual(['one', 'two']);
  expect(replica.ask('MGET a b c d')).toBe('1) "1"  2) (nil)  3) "1"  4) (nil)');
  primary.send('DEBUG LOADAOF');
  expect(primary.ask('MGET a b c d')).toBe('1) "1"  2) "1"  3) (nil)  4) (nil)');
});

describe('a new replica', () => {
  for (const diskless of [true, false]) {
    test(`gets a snapshot (${diskless ? 'without' : 'by way of'} a file) and then every write`, () => {
      const { net, primary, replica } = pair({ 'repl-diskless-sync': diskless });
      primary.send('SET before 1');
      primary.send('RPUSH list a b c');
      net.advance(3000);
      expect(isUp(replica)).toBe(true);
      primary.send('SET after 2');
      primary.send('SELECT 3');
      primary.send('HSET h f v');
      net.advance(10);
      expect(replica.digest()).toBe(primary.digest());
      expect(infoField(replica, 'master_repl_offset')).toBe(infoField(primary, 'master_repl_offset'));
      expect(replica.ask('ROLE')).toContain('"connected"');
    });
  }

  test('finds in the stream what was written while its snapshot travelled', () => {
    const { net, primary, replica } = pair();
    for (let i = 0; i < 50; i++) {
      primary.send(`INCR n${i % 3}`);
      net.advance(100);
    }
    net.advance(1000);
    expect(replica.digest()).toBe(primary.digest());
  });

  test.each([true, false])('loses what it had before (freed by another thread: %s)', (isLazy) => {
    const net = new TestNetwork();
    const primary = net.server('p', { config: AT_ONCE });
    const replica = net.server('r', { config: { ...AT_ONCE, 'replica-lazy-flush': isLazy } });
    replica.send('SET mine 1');
    replica.send('REPLICAOF p 6379');
    net.advance(3000);
    expect(replica.ask('EXISTS mine')).toBe('(integer) 0');
    expect(primary.ask('DBSIZE')).toBe('(integer) 0');
    expect(infoField(replica, 'lazyfreed_objects')).toBe(isLazy ? '1' : '0');
  });
});

describe('a broken link', () => {
  test('is taken up where it broke', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    primary.send('SET a 1');
    net.advance(10);
    net.cut('r');
    primary.send('SET b 2');
    net.advance(2000);
    expect(replica.ask('GET b')).toBe('(nil)');
    net.heal('r');
    net.advance(2000);
    expect(replica.ask('GET b')).toBe('"2"');
    expect([infoField(primary, 'sync_full'), infoField(primary, 'sync_partial_ok')]).toEqual(['1', '1']);
  });

  test('needs a new snapshot when the backlog has gone on', () => {
    const { net, primary, replica } = pair({ 'repl-backlog-size': 16384 });
    net.advance(3000);
    net.cut('r');
    for (let i = 0; i < 100; i++) primary.send(`SET k${i} ${'x'.repeat(500)}`);
    net.heal('r');
    net.advance(4000);
    expect(replica.digest()).toBe(primary.digest());
    expect([infoField(primary, 'sync_full'), infoField(primary, 'sync_partial_err')]).toEqual(['2', '2']);
  });
});

describe('a chain', () => {
  test('agrees on one history, and goes on when the middle is promoted', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    const last = net.server('l', { config: AT_ONCE });
    last.send('REPLICAOF r 6379');
    primary.send('SET a 1');
    net.advance(3000);
    expect(last.ask('GET a')).toBe('"1"');
    expect(infoField(last, 'master_replid')).toBe(infoField(primary, 'master_replid'));
    const history = infoField(primary, 'master_replid');

    net.cut('p');
    replica.send('REPLICAOF NO ONE');
    replica.send('SET b 2');
    net.advance(3000);
    expect(last.ask('GET b')).toBe('"2"');
    expect(infoField(replica, 'master_replid2')).toBe(history);
    expect(infoField(replica, 'sync_partial_ok')).toBe('1');

    // The old primary wrote nothing meanwhile, so it follows without a snapshot.
    net.heal('p');
    primary.send('REPLICAOF r 6379');
    net.advance(3000);
    expect(primary.ask('GET b')).toBe('"2"');
    expect([infoField(replica, 'sync_full'), infoField(replica, 'sync_partial_ok')]).toEqual(['1', '2']);
  });

  test('a primary that wrote on alone loses that when it follows', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    net.cut('p');
    replica.send('REPLICAOF NO ONE');
    primary.send('SET lost 1');
    replica.send('SET kept 1');
    net.heal('p');
    primary.send('REPLICAOF r 6379');
    net.advance(4000);
    expect(primary.ask('EXISTS lost')).toBe('(integer) 0');
    expect(primary.digest()).toBe(replica.digest());
  });
});

describe('what is told in another form', () => {
  test('a stream trimmed about, with a limit, is trimmed exactly as far', () => {
    const { net, primary, replica } = pair({ 'stream-node-max-entries': 1 });
    net.advance(3000);
    for (const id of ['1-1', '2-1', '3-1']) primary.send(`XADD s ${id} f v`);
    primary.send('XADD s MAXLEN ~ 2 LIMIT 9 4-1 f v');
    primary.send('XTRIM s MAXLEN ~ 1 LIMIT 9');
    net.advance(10);
    expect(primary.ask('XLEN s')).toBe('(integer) 1');
    expect(replica.digest()).toBe(primary.digest());
    // What a person may not ask is still refused.
    expect(primary.ask('XTRIM s MAXLEN = 1 LIMIT 9')).toContain('LIMIT cannot be used without the special ~ option');
  });
});

describe('what a replica answers', () => {
  test('writes are refused, unless it may', () => {
    const { net, replica } = pair();
    net.advance(3000);
    expect(replica.ask('SET a 1')).toContain("READONLY You can't write against a read only replica.");
    replica.send('CONFIG SET replica-read-only no');
    expect(replica.ask('SET a 1')).toBe('OK');
  });

  test('stale data is told or refused', () => {
    const { net, replica } = pair();
    net.advance(3000);
    net.cut('r');
    net.advance(100);
    expect(replica.ask('GET a')).toBe('(nil)');
    replica.send('CONFIG SET replica-serve-stale-data no');
    expect(replica.ask('GET a')).toContain("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
    expect(replica.ask('INFO replication')).toContain('master_link_status:down');
  });

  test('a key past its time is hidden, and goes when the primary says so', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    primary.send('DEBUG SET-ACTIVE-EXPIRE 0');
    primary.send('SET k v PX 500');
    net.advance(1000);
    expect(replica.ask('GET k')).toBe('(nil)');
    expect(replica.ask('DBSIZE')).toBe('(integer) 1');
    expect(primary.ask('GET k')).toBe('(nil)');
    net.advance(10);
    expect(replica.ask('DBSIZE')).toBe('(integer) 0');
  });

  test('who waits for a key is sent away when the server becomes a replica', () => {
    const net = new TestNetwork();
    net.server('p', { config: AT_ONCE });
    const replica = net.server('r', { config: AT_ONCE });
    replica.send('BLPOP jobs 0', 'b');
    replica.send('REPLICAOF p 6379');
    expect(replica.client('b').take()).toContain('UNBLOCKED force unblock from blocking operation');
  });
});

describe('waiting for replicas', () => {
  test('WAIT counts those that have it, now or by the end of its time', () => {
    const { net, primary } = pair();
    net.advance(3000);
    primary.send('SET a 1');
    expect(primary.send('WAIT 1 1000')).toBe('');
    net.advance(5);
    expect(primary.client().take()).toBe(':1\r\n');
    net.cut('r');
    primary.send('SET a 2');
    expect(primary.send('WAIT 1 200')).toBe('');
    net.advance(300);
    expect(primary.client().take()).toBe(':0\r\n');
  });

  test('who has only read since waits for the write alone, not for what the master sends by itself', () => {
    const { net, primary } = pair();
    net.advance(3000);
    primary.send('SET a 1');
    net.advance(1500);
    primary.send('CONFIG SET repl-ping-replica-period 1');
    const offset = (): string => /master_repl_offset:(\d+)/.exec(primary.send('INFO replication', 'b'))?.[1] ?? '';
    for (const before = offset(); offset() === before; ) net.advance(1);
    primary.send('GET a');
    expect(primary.send('WAIT 1 1000')).toBe(':1\r\n');
  });

  test('too few replicas that keep up: writes are refused', () => {
    const { net, primary } = pair();
    net.advance(3000);
    primary.send('CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 3');
    expect(primary.ask('SET a 1')).toBe('OK');
    net.cut('r');
    net.advance(5000);
    expect(primary.ask('SET a 1')).toContain('NOREPLICAS Not enough good replicas to write.');
    expect(primary.ask('GET a')).toBe('"1"');
  });
});

describe('FAILOVER', () => {
  test('changes the roles without losing a write; held-back writers learn of it', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    primary.send('SET a 1');
    expect(primary.ask('FAILOVER TO r 0 TIMEOUT 5000')).toContain('target HOST and PORT is not a replica');
    expect(primary.ask('FAILOVER TIMEOUT 5000')).toBe('OK');
    expect(infoField(primary, 'master_failover_state')).toBe('waiting-for-sync');
    expect(primary.send('SET b 2', 'writer')).toBe('');
    net.advance(2000);
    expect(replica.ask('ROLE')).toContain('"master"');
    expect(primary.ask('ROLE')).toContain('"connected"');
    expect(primary.client('writer').take()).toContain('READONLY');
    expect(replica.ask('SET c 3')).toBe('OK');
    net.advance(100);
    expect(primary.digest()).toBe(replica.digest());
    expect(infoField(replica, 'sync_full')).toBe('0');
  });

  test('gives up when no replica gets there in time', () => {
    const { net, primary } = pair();
    net.advance(3000);
    primary.send('SET a 1');
    primary.send('FAILOVER TIMEOUT 1000');
    net.cut('r');
    expect(primary.send('SET b 2', 'writer')).toBe('');
    net.advance(1500);
    expect(infoField(primary, 'master_failover_state')).toBe('no-failover');
    expect(primary.client('writer').take()).toBe('+OK\r\n');
    expect(primary.ask('FAILOVER ABORT')).toContain('No failover in progress.');
  });
});

test.each([1, 2, 3, 4, 5, 6])('whatever is cut and whoever is promoted, all are equal after quiet (seed %i)', (seed) => {
  const random = new SeededRandom(seed);
  const net = new TestNetwork();
  const names = ['a', 'b', 'c'];
  const servers = names.map((name) => net.server(name, { config: { ...AT_ONCE, 'repl-backlog-size': 16384 } }));
  const [first] = servers as [TestServer];
  let leader = 0;
  for (const server of servers.slice(1)) server.send('REPLICAOF a 6379');
  const lines = ['SET k# v# PX 700', 'INCR n#', 'RPUSH l# x y', 'LPOP l#', 'SADD s# a b c', 'SPOP s#', 'DEL k#', 'ZADD z# # m', 'HSET h# f #', 'FLUSHDB', 'EXPIRE l# 2', 'SELECT #'];
  for (let step = 0; step < 300; step++) {
    const at = String(random.below(4));
    const line = (lines[random.below(lines.length)] as string).replaceAll('#', at);
    servers[random.below(10) === 0 ? random.below(3) : leader]?.send(line);
    if (random.below(20) === 0) net.cut(names[random.below(3)] as string);
    if (random.below(15) === 0) for (const name of names) net.heal(name);
    if (random.below(60) === 0) {
      leader = random.below(3);
      servers[leader]?.send('REPLICAOF NO ONE');
      for (const [i, server] of servers.entries()) if (i !== leader) server.send(`REPLICAOF ${names[leader]} 6379`);
    }
    net.advance(random.below(300));
  }
  for (const name of names) net.heal(name);
  net.advance(8000);
  const leading = servers[leader] as TestServer;
  // A last write ends all deadlines that are over: the leader says so to the others.
  leading.send('DBSIZE');
  net.advance(3000);
  for (const server of servers) {
    expect(server.digest()).toBe(leading.digest());
    expect(infoField(server, 'master_repl_offset')).toBe(infoField(leading, 'master_repl_offset'));
  }
  expect(first.exitCode).toBeUndefined();
});

describe('a restart', () => {
  const linked = (config = {}) => {
    const set = pair(config);
    set.net.advance(3000);
    set.primary.send('SELECT 9');
    set.primary.send('SET a 1');
    set.net.advance(1500);
    return set;
  };
  const restarted = (net: TestNetwork, name: string, server: TestServer, config = {}): TestServer => {
    server.send('SHUTDOWN SAVE');
    net.advance(1000);
    return net.server(name, { config: { ...AT_ONCE, ...config }, files: Object.fromEntries(server.disk.files) });
  };

  test('of a replica goes on where its file ends', () => {
    const { net, primary, replica } = linked();
    const again = restarted(net, 'r', replica, { replicaof: 'p 6379' });
    primary.send('SET b 2');
    net.advance(3000);
    expect(isUp(again)).toBe(true);
    expect(infoField(primary, 'sync_full')).toBe('1');
    expect(infoField(primary, 'sync_partial_ok')).toBe('1');
    expect(again.digest()).toBe(primary.digest());
    again.send('SELECT 9');
    expect(again.ask('GET b')).toBe('"2"');
  });

  test('of a master leaves its replicas their history, and removes from it what expired meanwhile', () => {
    const { net, primary, replica } = linked();
    primary.send('SET short 1 PX 2000');
    net.advance(100);
    const was = { id: infoField(primary, 'master_replid'), offset: Number(infoField(primary, 'master_repl_offset')) };
    // Asking the replicas first would make the stream longer.
    primary.send('SHUTDOWN SAVE NOW');
    net.advance(2500);
    const again = net.server('p', { config: AT_ONCE, files: Object.fromEntries(primary.disk.files) });
    expect(infoField(again, 'master_replid2')).toBe(was.id);
    expect(infoField(again, 'second_repl_offset')).toBe(String(was.offset + 1));
    // SELECT 9 and DEL short.
    expect(infoField(again, 'master_repl_offset')).toBe(String(was.offset + 47));
    expect(infoField(again, 'rdb_last_load_keys_expired')).toBe('1');
    net.advance(3000);
    expect(isUp(replica)).toBe(true);
    expect(infoField(again, 'sync_partial_ok')).toBe('1');
    expect(infoField(replica, 'master_replid')).toBe(infoField(again, 'master_replid'));
    expect(replica.digest()).toBe(again.digest());
    expect(replica.ask('DBSIZE')).toBe('(integer) 0');
  });

  test('of a server that nobody ever followed keeps no history', () => {
    const net = new TestNetwork();
    const alone = net.server('p', { config: AT_ONCE });
    alone.send('SET a 1');
    const again = restarted(net, 'p', alone);
    expect(infoField(again, 'second_repl_offset')).toBe('-1');
    expect(infoField(again, 'repl_backlog_active')).toBe('0');
  });
});

test("a replica's replica is told which database the stream spoke of", () => {
  const { net, primary, replica } = pair();
  net.advance(3000);
  primary.send('SELECT 9');
  primary.send('SET a 1');
  net.advance(100);
  const third = net.server('s', { config: AT_ONCE });
  third.send('REPLICAOF r 6379');
  net.advance(3000);
  primary.send('SET b 2');
  net.advance(100);
  expect(third.digest()).toBe(replica.digest());
  expect(third.digest()).toBe(primary.digest());
});

test('a snapshot that is being received leaves the old one whole', () => {
  const net = new TestNetwork();
  const primary = net.server('p', { config: { ...AT_ONCE, rdbcompression: false } });
  const replica = net.server('r', { config: AT_ONCE });
  replica.send('SET mine 1');
  replica.send('SAVE');
  const old = replica.disk.files.get('/data/dump.rdb');
  primary.send('DEBUG POPULATE 20000 key 1000');
  replica.send('REPLICAOF p 6379');
  for (let i = 0; i < 5000 && ![...replica.disk.files.keys()].some((name) => name.includes('temp-')); i++) net.advance(1);
  expect(replica.disk.files.get('/data/dump.rdb')).toBe(old);
  expect([...replica.disk.files.keys()].filter((name) => name.includes('temp-'))).toHaveLength(1);
  net.cut('p');
  net.advance(100);
  expect([...replica.disk.files.keys()].filter((name) => name.includes('temp-'))).toEqual([]);
  expect(replica.disk.files.get('/data/dump.rdb')).toBe(old);
  net.heal('p');
  net.advance(5000);
  expect(replica.digest()).toBe(primary.digest());
});

test('what is published at a master is heard by those who listen at its replicas, and is in no file', () => {
  const { net, primary, replica } = pair({ appendonly: true });
  net.advance(3000);
  replica.send('SUBSCRIBE news', 'listener');
  primary.send('PUBLISH news hello');
  primary.send('MULTI');
  primary.send('SET k v');
  primary.send('PUBLISH news again');
  primary.send('EXEC');
  net.advance(2000);
  expect(replica.client('listener').received).toContain('hello');
  expect(replica.client('listener').received).toContain('again');
  const files = [...primary.disk.files].filter(([name]) => name.includes('.incr.')).map(([, content]) => content).join('');
  expect(files).toContain('$1\r\nk\r\n$1\r\nv');
  expect(files).not.toContain('news');
});

describe('a replica that takes writes', () => {
  test('removes what its own clients gave a deadline, and a dead key that is written to', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    replica.send('CONFIG SET replica-read-only no');
    replica.send('SET mine 1 PX 500');
    expect(infoField(replica, 'slave_expires_tracked_keys')).toBe('1');
    primary.send('DEBUG SET-ACTIVE-EXPIRE 0');
    primary.send('SET theirs 5 PX 10');
    net.advance(1500);
    expect(infoField(replica, 'slave_expires_tracked_keys')).toBe('0');
    expect(replica.ask('DBSIZE')).toBe('(integer) 1');
    expect(replica.ask('GET theirs')).toBe('(nil)');
    expect(replica.ask('DBSIZE')).toBe('(integer) 1');
    expect(replica.ask('INCR theirs')).toBe('(integer) 1');
    expect(replica.ask('TTL theirs')).toBe('(integer) -1');
  });

  test('tells the log when the stream fails on it, and dies of that when it is told to', () => {
    const { net, primary, replica } = pair();
    net.advance(3000);
    primary.send('DEBUG REPLICATE fake-command-1');
    net.advance(100);
    expect(replica.stdout).toContain("== CRITICAL == This replica is sending an error to its master: 'unknown command 'fake-command-1', with args beginning with: ' after processing the command '<unknown>'");
    expect(infoField(replica, 'unexpected_error_replies')).toBe('1');
    replica.send('CONFIG SET propagation-error-behavior panic-on-replicas');
    primary.send('DEBUG REPLICATE fake-command-2');
    net.advance(100);
    expect(replica.exitCode).toBe(134);
  });
});

test('the configuration says who is followed now', () => {
  const { replica } = pair();
  expect(replica.ask('CONFIG GET replicaof')).toContain('"p 6379"');
  replica.send('REPLICAOF NO ONE');
  expect(replica.ask('CONFIG GET replicaof')).toContain('""');
});

describe('SHUTDOWN', () => {
  const lagging = () => {
    const set = pair();
    set.net.advance(3000);
    set.net.partition(['r']);
    set.primary.send('SET k 1');
    return set;
  };

  test('waits for replicas, and writers wait with it', () => {
    const { net, primary, replica } = lagging();
    primary.send('SHUTDOWN NOSAVE', 'asks');
    primary.send('SET k 2', 'writes');
    net.advance(3000);
    expect(primary.exitCode).toBeUndefined();
    expect(Number(infoField(primary, 'shutdown_in_milliseconds'))).toBeGreaterThan(0);
    net.reunite();
    net.advance(1500);
    expect(primary.exitCode).toBe(0);
    expect(primary.stdout).toContain('1 of 1 replicas are in sync when shutting down.');
    expect(replica.ask('GET k')).toBe('"1"');
  });

  test('waits no longer than shutdown-timeout, not at all with NOW, and ends when it is aborted', () => {
    const late = lagging();
    late.primary.send('CONFIG SET shutdown-timeout 1');
    late.primary.send('SHUTDOWN NOSAVE');
    late.net.advance(1200);
    expect(late.primary.exitCode).toBe(0);
    expect(late.primary.stdout).toContain('0 of 1 replicas are in sync when shutting down.');
    const now = lagging();
    now.primary.send('SHUTDOWN NOSAVE NOW');
    expect(now.primary.exitCode).toBe(0);
    const aborted = lagging();
    expect(aborted.primary.ask('SHUTDOWN ABORT')).toContain('ERR No shutdown in progress.');
    aborted.primary.send('SHUTDOWN NOSAVE', 'asks');
    aborted.primary.send('SET k 3', 'writes');
    expect(aborted.primary.ask('SHUTDOWN ABORT')).toBe('OK');
    expect(aborted.primary.client('asks').received).toContain('-ERR Errors trying to SHUTDOWN. Check logs.');
    expect(aborted.primary.ask('GET k')).toBe('"3"');
    expect(aborted.primary.exitCode).toBeUndefined();
  });
});

test('a client that wants functions only gets no keys, while others get all', () => {
  const net = new TestNetwork();
  const primary = net.server('p', { config: { ...AT_ONCE, 'repl-diskless-sync': false } });
  primary.send('SET secret 1');
  primary.sendArgv(['FUNCTION', 'LOAD', "#!lua name=lib1\nredis.register_function('func1', function() return 123 end)"]);
  for (const [name, filter] of [['functions', 'functions'], ['nothing', '""']]) {
    for (const line of ['REPLCONF capa eof', 'REPLCONF rdb-only 1', `REPLCONF rdb-filter-only ${filter}`]) expect(primary.send(line, name)).toBe('+OK\r\n');
    primary.send('SYNC', name);
  }
  expect(primary.send('REPLCONF rdb-filter-only keys', 'else')).toBe('-ERR Unsupported rdb-filter-only option: keys\r\n');
  const replica = net.server('r', { config: AT_ONCE });
  replica.send('REPLICAOF p 6379');
  net.advance(10000);
  expect(primary.client('functions').received).toContain('lib1');
  expect(primary.client('functions').received).not.toContain('secret');
  expect(primary.client('nothing').received).toContain('$EOF:');
  expect(primary.client('nothing').received).not.toContain('lib1');
  expect(replica.digest()).toBe(primary.digest());
  expect(replica.disk.files.get('/data/dump.rdb')).toContain('secret');
});
