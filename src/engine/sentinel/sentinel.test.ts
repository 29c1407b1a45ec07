/*
 * Sentinels in virtual time: discovery, agreement, failover, repairs, what is kept
 */
import { describe, expect, test } from 'vitest';
import { TestDeployment } from './test-deployment.ts';

/** Which replica is a master now. */
function promotedOf(world: TestDeployment): number {
  const found = world.servers.findIndex((each, i) => i > 0 && each.exitCode === undefined && world.ask(i, 'ROLE').includes('"master"'));
  if (found < 0) throw new Error('no replica is a master');
  return found;
}

const count = (world: TestDeployment, event: string): number => world.told.filter((each) => each.event === event).length;

describe('discovery', () => {
  test('replicas are found in INFO, Sentinels by what they publish', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    for (const i of [0, 1, 2]) {
      expect([world.field(i, 'flags'), world.field(i, 'num-slaves'), world.field(i, 'num-other-sentinels')]).toEqual(['master', '2', '2']);
      expect(world.events(i)).toContain('+slave slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379');
    }
    const id = world.sentinel(1).ask('SENTINEL MYID').slice(1, -1);
    expect(world.events(0)).toContain(`+sentinel sentinel ${id} 10.0.1.2 26379 @ mymaster 10.0.0.1 6379`);
    expect(world.sentinel(0).ask('SENTINEL CKQUORUM mymaster')).toBe('OK 3 usable Sentinels. Quorum and failover authorization can be reached');
  });

  test('Sentinels of two masters share one link', () => {
    const world = new TestDeployment({ lines: ['sentinel monitor other 10.0.0.3 6379 2'] });
    world.advance(10_000);
    expect(world.field(0, 'link-refcount', 'SENTINEL SENTINELS mymaster')).toBe('2');
    expect(world.sentinel(0).ask('SENTINEL REMOVE other')).toBe('OK');
    world.advance(3000);
    expect(world.field(0, 'link-refcount', 'SENTINEL SENTINELS mymaster')).toBe('1');
    expect(world.field(0, 'flags', 'SENTINEL SENTINELS mymaster')).toBe('sentinel');
  });

  test('another that takes the address of a Sentinel takes its place', () => {
    const world = new TestDeployment({ sentinels: 2 });
    world.advance(10_000);
    world.crashSentinel(1);
    world.sentinels.length = 1;
    world.startSentinel(1);
    const id = world.sentinel(1).ask('SENTINEL MYID').slice(1, -1);
    world.until('+sentinel-invalid-addr');
    world.advance(5000);
    expect(world.field(0, 'name', 'SENTINEL SENTINELS mymaster')).toBe(id);
    expect(world.field(0, 'num-other-sentinels')).toBe('1');
  });

  test('servers with a password are logged in to, under their own names of commands', () => {
    const world = new TestDeployment({
      replicas: 1, sentinels: 1, quorum: 1, config: { requirepass: 'secret', masterauth: 'secret' }, lines: ['sentinel auth-pass mymaster secret'],
    });
    world.advance(5000);
    expect([world.field(0, 'flags'), world.field(0, 'num-slaves')]).toEqual(['master', '1']);
    expect(world.sentinel(0).ask('SENTINEL SET mymaster auth-pass wrong')).toBe('OK');
    world.until('+sdown');
  });
});

describe('a server whose rights change', () => {
  test('without the password for it there is no link, and with it there is one again', () => {
    const world = new TestDeployment({ replicas: 1, sentinels: 1, quorum: 1 });
    world.advance(5000);
    expect(world.ask(0, 'ACL SETUSER joe on >secret ~* &* +@all')).toBe('OK');
    expect(world.ask(0, 'ACL SETUSER default off')).toBe('OK');
    // Those that stand have logged in already.
    world.advance(2000);
    expect(world.field(0, 'flags')).toBe('master');
    world.net.cut(world.serverAddress(0));
    world.net.heal(world.serverAddress(0));
    const seen = new Set<string>();
    const watch = (): void => {
      for (let ms = 0; ms < 3000; ms += 50) {
        world.advance(50);
        seen.add(world.field(0, 'flags'));
      }
    };
    watch();
    expect(seen).toContain('master,disconnected');
    expect(world.sentinel(0).ask('SENTINEL SET mymaster auth-user joe auth-pass secret')).toBe('OK');
    world.advance(2000);
    seen.clear();
    watch();
    expect([...seen]).toEqual(['master']);
  });
});

describe('names of hosts', () => {
  const lines = ['sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'];

  test('a master that is given by name is told by name, and followed where the name goes', () => {
    const world = new TestDeployment({ replicas: 1, sentinels: 1, quorum: 1, lines });
    world.net.names.set('db', '10.0.0.1').set('spare', '10.0.0.2');
    expect(world.sentinel(0).ask('SENTINEL MONITOR named db 6379 1')).toBe('OK');
    world.advance(5000);
    const address = (): string => world.sentinel(0).ask('SENTINEL GET-MASTER-ADDR-BY-NAME named');
    const flags = (): string => world.field(0, 'flags', 'SENTINEL MASTER named');
    expect([address(), flags(), world.field(0, 'num-slaves', 'SENTINEL MASTER named')]).toEqual(['1) "db"  2) "6379"', 'master', '1']);
    expect(world.sentinel(0).ask('SENTINEL CONFIG SET announce-hostnames no')).toBe('OK');
    expect(address()).toBe('1) "10.0.0.1"  2) "6379"');
    world.net.cut('10.0.0.1');
    world.net.names.set('db', '10.0.0.2');
    world.advance(3000);
    expect(address()).toBe('1) "10.0.0.2"  2) "6379"');
    // In the file it has its name again as soon as names are announced.
    world.sentinel(0).ask('SENTINEL CONFIG SET announce-hostnames yes');
    expect(world.sentinel(0).disk.files.get('/data/sentinel.conf')).toContain('\nsentinel monitor named db 6379 1\n');
  });

  test('a name that nobody knows can be in the file, but not be asked for', () => {
    const world = new TestDeployment({ replicas: 0, sentinels: 1, quorum: 1, lines: [...lines, 'sentinel monitor later nowhere 6379 1'] });
    world.advance(3000);
    expect(world.sentinel(0).ask('SENTINEL MONITOR other unknown 6379 1')).toBe('(error) ERR Invalid IP address or hostname specified');
    expect(world.field(0, 'flags', 'SENTINEL MASTER later')).toBe('master,disconnected');
    world.net.names.set('nowhere', '10.0.0.1');
    world.advance(3000);
    expect(world.field(0, 'flags', 'SENTINEL MASTER later')).toBe('master');
  });

  test('another Sentinel that tells no address is known no more', () => {
    const world = new TestDeployment({ replicas: 0, sentinels: 1, quorum: 1 });
    const hello = (host: string): string => world.sentinel(0).ask(`PUBLISH __sentinel__:hello ${host},26379,${'f'.repeat(40)},0,mymaster,10.0.0.1,6379,0`);
    hello('10.0.1.9');
    expect(world.field(0, 'num-other-sentinels')).toBe('1');
    hello('');
    expect(world.field(0, 'num-other-sentinels')).toBe('0');
  });
});

test('two epochs that a number of JavaScript cannot tell apart are two', () => {
  const world = new TestDeployment({ replicas: 0, sentinels: 1, quorum: 1 });
  const ask = (epoch: string, candidate: string): string => world.sentinel(0).ask(`SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 ${epoch} ${candidate}`);
  expect(ask('9007199254740992', 'one')).toBe('1) (integer) 0  2) "one"  3) (integer) 9007199254740992');
  expect(ask('9007199254740993', 'two')).toBe('1) (integer) 0  2) "two"  3) (integer) 9007199254740993');
});

test('what cannot be kept is not told to be', () => {
  const world = new TestDeployment({ replicas: 0, sentinels: 1, quorum: 1 });
  world.sentinel(0).disk.refuse = { code: 'ENOSPC', message: 'No space left on device' };
  expect(world.sentinel(0).ask('SENTINEL SET mymaster quorum 2')).toBe('(error) ERR Failed to save config file. Check server logs.');
  expect(world.field(0, 'quorum')).toBe('2');
});

describe('down', () => {
  test('a quorum must agree; what one alone believes starts nothing', () => {
    const world = new TestDeployment({ quorum: 3 });
    world.advance(10_000);
    world.crashSentinel(2);
    world.crashServer(0);
    world.advance(60_000);
    expect(world.events(0)).toContain('+sdown master mymaster 10.0.0.1 6379');
    expect(count(world, '+odown')).toBe(0);
    expect(count(world, '+try-failover')).toBe(0);
    expect(world.sentinel(0).ask('SENTINEL CKQUORUM mymaster')).toBe('(error) NOQUORUM 2 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master');
  });

  test('without a majority of all that are known nobody is elected', () => {
    const world = new TestDeployment({ quorum: 1, sentinels: 3 });
    world.advance(10_000);
    world.crashSentinel(1);
    world.crashSentinel(2);
    // Down is when more than its limit has passed since a PING, not since a crash.
    world.advance(5000);
    expect(world.sentinel(0).ask('SENTINEL CKQUORUM mymaster')).toBe('(error) NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover');
    world.crashServer(0);
    const tried = world.until('+try-failover');
    const aborted = world.until('-failover-abort-not-elected');
    // The failover timeout is as long as an election may take: 10 s, from a start that is up to a second late.
    expect(aborted.atMs - tried.atMs).toBeGreaterThanOrEqual(10_000);
    expect(aborted.atMs - tried.atMs).toBeLessThan(11_300);
    // The next try waits for twice the timeout.
    const again = world.until('+try-failover');
    expect(again.atMs - tried.atMs).toBeGreaterThanOrEqual(20_000);
    expect(again.atMs - tried.atMs).toBeLessThan(21_300);
    expect(world.sentinel(0).stdout).toMatch(/Next failover delay: I will not start a failover before Tue Nov 14 22:1\d:\d\d 2023\n/);
  });

  test('it is back before anybody acts: both beliefs end', () => {
    const world = new TestDeployment({ quorum: 3 });
    world.advance(10_000);
    world.net.partition([world.serverAddress(0)]);
    world.until('+sdown');
    world.net.reunite();
    world.until('-sdown');
    world.advance(5000);
    expect(world.field(0, 'flags')).toBe('master');
    expect(world.masterOf(0)).toContain('10.0.0.1');
  });

  test.each([1000, 4000, 9000])('with down-after-milliseconds %i a failover starts that much after the crash, and up to two seconds', (downAfterMs) => {
    const world = new TestDeployment({ downAfterMs });
    world.advance(10_000);
    const crashedMs = world.nowMs;
    world.crashServer(0);
    const { atMs } = world.until('+try-failover');
    expect(atMs - crashedMs).toBeGreaterThanOrEqual(downAfterMs - 1000);
    expect(atMs - crashedMs).toBeLessThan(downAfterMs + 2000);
  });

  test('a master that calls itself a replica is down when it has done so for long', () => {
    const world = new TestDeployment({ replicas: 1 });
    world.advance(12_000);
    // While it is one of a server that is not there, nothing of it can be repaired.
    expect(world.ask(0, 'REPLICAOF 10.0.0.9 6379')).toBe('OK');
    const before = world.nowMs;
    const { atMs } = world.until('+sdown', 60_000);
    // Down-after, twice INFO's period, and until INFO tells of it.
    expect(atMs - before).toBeGreaterThan(3000 + 20_000);
    expect(atMs - before).toBeLessThan(3000 + 31_000);
  });

  test('a master that is rebooted is down when it is told to be looked for', () => {
    const world = new TestDeployment({ replicas: 1, sentinels: 1, quorum: 1, lines: ['sentinel master-reboot-down-after-period mymaster 500'] });
    world.advance(12_000);
    world.crashServer(0);
    world.startServer(0);
    world.until('+reboot');
    expect(count(world, '+reboot')).toBe(1);
  });
});

describe('votes', () => {
  const ask = (world: TestDeployment, epoch: number, candidate: string): string => world.sentinel(0).ask(`SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 ${epoch} ${candidate}`);

  test('one to an epoch, to the first who asks, and none for an epoch that is over', () => {
    const world = new TestDeployment({ sentinels: 1 });
    world.advance(1000);
    expect(ask(world, 0, '*')).toBe('1) (integer) 0  2) "*"  3) (integer) 0');
    expect(ask(world, 5, 'first')).toBe('1) (integer) 0  2) "first"  3) (integer) 5');
    expect(ask(world, 5, 'second')).toBe('1) (integer) 0  2) "first"  3) (integer) 5');
    expect(ask(world, 4, 'second')).toBe('1) (integer) 0  2) "first"  3) (integer) 5');
    expect(ask(world, 6, 'second')).toBe('1) (integer) 0  2) "second"  3) (integer) 6');
  });

  test('what is promised is kept over a crash', () => {
    const world = new TestDeployment({ sentinels: 1 });
    world.advance(1000);
    const id = world.sentinel(0).ask('SENTINEL MYID');
    ask(world, 5, 'first');
    world.crashSentinel(0);
    world.startSentinel(0);
    expect(world.sentinel(0).ask('SENTINEL MYID')).toBe(id);
    // Who it was, it does not know any more; that it has voted, it does.
    expect(ask(world, 5, 'second')).toBe('1) (integer) 0  2) "*"  3) (integer) 5');
    expect(ask(world, 6, 'second')).toBe('1) (integer) 0  2) "second"  3) (integer) 6');
  });

  test('all that was found is in the file', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    world.crashServer(0);
    world.until('+switch-master');
    world.advance(5000);
    const promoted = promotedOf(world);
    world.crashSentinel(0);
    world.startSentinel(0);
    expect(world.masterOf(0)).toContain(world.serverAddress(promoted));
    expect([world.field(0, 'num-slaves'), world.field(0, 'num-other-sentinels'), world.field(0, 'config-epoch')]).toEqual(['2', '2', '1']);
    world.advance(5000);
    expect(world.field(1, 'num-other-sentinels')).toBe('2');
  });
});

describe('a failover', () => {
  test('Sentinels agree, one leads, a replica becomes the master, the other follows, the old master is made a replica when it is back', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    expect(world.ask(0, 'SET k v')).toBe('OK');
    world.advance(100);
    world.crashServer(0);
    world.until('+switch-master');
    world.advance(15_000);
    const promoted = promotedOf(world);
    const other = 3 - promoted;
    for (const i of [0, 1, 2]) expect(world.masterOf(i)).toBe(`1) "${world.serverAddress(promoted)}"  2) "6379"`);
    expect(world.ask(other, 'ROLE')).toContain(`2) "${world.serverAddress(promoted)}"`);
    expect(world.ask(promoted, 'GET k')).toBe('"v"');
    expect(count(world, '+elected-leader')).toBe(1);
    const leader = world.told.find(({ event }) => event === '+elected-leader')?.sentinel ?? -1;
    const steps = ['+sdown', '+odown', '+new-epoch', '+try-failover', '+vote-for-leader', '+elected-leader', '+failover-state-select-slave', '+selected-slave', '+failover-state-send-slaveof-noone',
      '+failover-state-wait-promotion', '+promoted-slave', '+failover-state-reconf-slaves', '+slave-reconf-sent', '+slave-reconf-inprog', '+slave-reconf-done', '+failover-end', '+switch-master'];
    expect(world.events(leader).map((each) => each.split(' ')[0] ?? '').filter((each) => steps.includes(each)).slice(0, steps.length)).toEqual(steps);

    world.startServer(0);
    world.until('+convert-to-slave');
    world.advance(3000);
    expect(world.ask(0, 'ROLE')).toContain(`2) "${world.serverAddress(promoted)}"`);
    expect(world.ask(0, 'GET k')).toBe('"v"');
  });

  test('clients of the promoted replica are disconnected, so that they ask anew', () => {
    const world = new TestDeployment({ replicas: 1 });
    world.advance(10_000);
    const client = world.server(1).client('someone');
    expect(client.closed).toBe(false);
    world.crashServer(0);
    world.until('+switch-master');
    expect(client.closed).toBe(true);
  });

  test('by priority first, then by what a replica has, then by run id', () => {
    const chosen = (prepare: (world: TestDeployment) => void): number => {
      const world = new TestDeployment();
      world.advance(10_000);
      prepare(world);
      world.advance(11_000);
      expect(world.sentinel(0).ask('SENTINEL FAILOVER mymaster')).toBe('OK');
      const { text } = world.until('+selected-slave');
      return text.includes('10.0.0.2:') ? 1 : 2;
    };
    expect(chosen((world) => world.ask(1, 'CONFIG SET replica-priority 50'))).toBe(1);
    expect(chosen((world) => world.ask(2, 'CONFIG SET replica-priority 50'))).toBe(2);
    expect(chosen((world) => world.ask(2, 'CONFIG SET replica-priority 0'))).toBe(1);
    let lowest = 0;
    expect(chosen((world) => {
      const id = (i: number): string => /run_id:(\w+)/.exec(world.server(i).send('INFO server'))?.[1] ?? '';
      lowest = id(1) < id(2) ? 1 : 2;
    })).toBe(lowest);
  });

  test('of two that lost their master the one that has more is chosen', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    const id = (i: number): string => /run_id:(\w+)/.exec(world.server(i).send('INFO server'))?.[1] ?? '';
    // The one that would be chosen otherwise falls behind.
    const behind = id(1) < id(2) ? 1 : 2;
    world.ask(behind, 'REPLICAOF 10.0.0.9 6379');
    for (let i = 0; i < 100; i++) world.ask(0, `SET k${i} v`);
    world.advance(2000);
    world.crashServer(0);
    const { text } = world.until('+selected-slave');
    expect(text).toContain(`${world.serverAddress(3 - behind)}:`);
  });

  test('parallel-syncs says how many load at the same time', () => {
    for (const parallel of [1, 3]) {
      const world = new TestDeployment({ replicas: 4, lines: [`sentinel parallel-syncs mymaster ${parallel}`] });
      world.advance(10_000);
      world.crashServer(0);
      world.until('+failover-end');
      let underWay = 0;
      let most = 0;
      for (const { event } of world.told) {
        if (event === '+slave-reconf-sent') underWay++;
        if (event === '+slave-reconf-done') underWay--;
        most = Math.max(most, underWay);
      }
      expect(most).toBe(parallel);
    }
  });

  test('no good replica: given up', () => {
    const world = new TestDeployment({ replicas: 1, config: { 'replica-priority': 0 } });
    world.advance(12_000);
    world.crashServer(0);
    world.until('-failover-abort-no-good-slave');
    expect(world.field(0, 'flags')).toContain('s_down');
    expect(world.sentinel(0).ask('SENTINEL FAILOVER mymaster')).toBe('(error) NOGOODSLAVE No suitable replica to promote');
  });

  test('the selected replica goes away: given up after the timeout', () => {
    const world = new TestDeployment({ replicas: 1, failoverTimeoutMs: 5000 });
    world.advance(10_000);
    world.crashServer(0);
    world.until('+selected-slave');
    const before = world.nowMs;
    world.net.partition([world.serverAddress(1)]);
    const { atMs } = world.until('-failover-abort-slave-timeout');
    expect(atMs - before).toBeGreaterThan(4500);
    expect(atMs - before).toBeLessThan(5500);
    // When it can be reached again, a later failover succeeds.
    world.net.reunite();
    world.until('+switch-master');
    expect(world.masterOf(0)).toContain(world.serverAddress(1));
  });

  test('a replica that cannot be told is not waited for longer than the timeout', () => {
    const world = new TestDeployment({ failoverTimeoutMs: 6000 });
    world.advance(10_000);
    world.ask(2, 'CONFIG SET replica-priority 200');
    world.advance(11_000);
    world.crashServer(0);
    world.until('+promoted-slave');
    // The new master does not let it in: it never comes to be connected.
    world.ask(2, 'CONFIG SET masterauth wrong');
    world.until('+failover-end-for-timeout');
    expect(world.masterOf(0)).toContain(world.serverAddress(1));
  });

  test('asked for by a person: without agreement, and not twice at the same time', () => {
    const world = new TestDeployment({ quorum: 3 });
    world.advance(12_000);
    world.crashSentinel(1);
    world.crashSentinel(2);
    world.advance(5000);
    expect(world.sentinel(0).ask('SENTINEL FAILOVER mymaster')).toBe('OK');
    expect(world.sentinel(0).ask('SENTINEL FAILOVER mymaster')).toBe('(error) INPROG Failover already in progress');
    world.until('+switch-master');
    world.until('+convert-to-slave');
    world.advance(1000);
    expect(world.ask(0, 'ROLE')).toContain('"slave"');
    expect(world.masterOf(0)).toContain(world.serverAddress(promotedOf(world)));
  });

  test('a Sentinel that crashes after it was elected or has promoted is followed by another', () => {
    for (const failure of ['crash-after-election', 'crash-after-promotion']) {
      const world = new TestDeployment();
      world.advance(10_000);
      for (const i of [0, 1, 2]) expect(world.sentinel(i).ask(`SENTINEL SIMULATE-FAILURE ${failure}`)).toBe('OK');
      world.crashServer(0);
      world.until('+elected-leader');
      world.advance(3000);
      const crashed = [0, 1, 2].filter((i) => world.sentinel(i).exitCode === 99);
      expect(crashed).toHaveLength(1);
      for (const i of [0, 1, 2]) if (!crashed.includes(i)) world.sentinel(i).ask('SENTINEL SIMULATE-FAILURE none');
      const others = [0, 1, 2].filter((i) => !crashed.includes(i));
      for (const i of others) world.sentinel(i).server.sentinel!.crashesAfterElection = false;
      for (const i of others) world.sentinel(i).server.sentinel!.crashesAfterPromotion = false;
      world.until('+switch-master', 120_000);
      world.advance(5000);
      expect(new Set(others.map((i) => world.masterOf(i))).size).toBe(1);
      expect(world.masterOf(others[0] ?? 0)).toContain(world.serverAddress(promotedOf(world)));
    }
  });
});

describe('what is not as it shall be', () => {
  test('a replica of the wrong server is told its master', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    world.ask(1, 'REPLICAOF 10.0.0.3 6379');
    world.until('+fix-slave-config');
    world.advance(2000);
    expect(world.ask(1, 'ROLE')).toContain('2) "10.0.0.1"');
  });

  test('a replica that makes itself a master is made a replica again', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    world.ask(1, 'REPLICAOF NO ONE');
    world.until('+convert-to-slave');
    world.advance(2000);
    expect(world.ask(1, 'ROLE')).toContain('2) "10.0.0.1"');
  });

  test('a master behind a wall loses what was written there, once it is a replica', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    world.net.partition([world.serverAddress(0)]);
    expect(world.ask(0, 'SET lost 1')).toBe('OK');
    world.until('+switch-master');
    world.net.reunite();
    world.until('+convert-to-slave');
    world.advance(5000);
    expect(world.ask(0, 'GET lost')).toBe('(nil)');
  });
});

describe('TILT', () => {
  test('after a jump of the clock nothing is decided for thirty seconds', () => {
    const world = new TestDeployment();
    world.advance(10_000);
    world.net.clock.spend(5_000_000);
    world.until('+tilt', 1000);
    world.crashServer(0);
    world.advance(25_000);
    expect(count(world, '+sdown')).toBe(0);
    expect(world.sentinel(0).ask('SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 0 *')).toContain('1) (integer) 0');
    expect(world.sentinel(0).send('INFO sentinel')).toContain('sentinel_tilt:1\r\nsentinel_tilt_since_seconds:2');
    world.until('-tilt', 10_000);
    world.until('+switch-master');
  });

  test('a clock that goes back is a jump too', () => {
    const world = new TestDeployment({ sentinels: 1 });
    world.advance(10_000);
    const { sentinel } = world.sentinel(0).server;
    world.net.clock.us -= 1000;
    world.sentinel(0).server.beginEvent();
    sentinel?.timer();
    expect(sentinel?.inTilt).toBe(false);
    world.net.clock.us -= 1_000_000;
    world.sentinel(0).server.beginEvent();
    sentinel?.timer();
    expect(sentinel?.inTilt).toBe(true);
  });
});

describe('scripts', () => {
  interface Started {
    readonly argv: readonly string[];
    readonly ended: (code: number, signal: number) => void;
    killed: boolean;
  }

  function scripted(lines: readonly string[]): { world: TestDeployment; started: Started[] } {
    const started: Started[] = [];
    const world = new TestDeployment({
      replicas: 1, sentinels: 1, quorum: 1,
      run: (argv, ended) => {
        const each: Started = { argv, ended, killed: false };
        started.push(each);
        return { pid: 1000 + started.length, kill: () => void (each.killed = true) };
      },
    });
    for (const path of ['/notify.sh', '/reconfig.sh']) world.sentinel(0).disk.files.set(path, '#!/bin/sh\n');
    for (const line of lines) expect(world.sentinel(0).ask(line)).toBe('OK');
    return { world, started };
  }

  test('one hears of warnings, one of a new address', () => {
    const { world, started } = scripted(['SENTINEL SET mymaster notification-script /notify.sh client-reconfig-script /reconfig.sh']);
    world.advance(10_000);
    for (const each of started) each.ended(0, 0);
    world.crashServer(0);
    world.until('+switch-master');
    world.advance(1000);
    const calls = started.map(({ argv }) => argv.join(' '));
    expect(calls).toContain('/notify.sh +sdown master mymaster 10.0.0.1 6379');
    expect(calls).toContain('/reconfig.sh mymaster leader start 10.0.0.1 6379 10.0.0.2 6379');
    expect(calls.some((each) => each.includes('+slave '))).toBe(false);
  });

  test('exit code 1 is tried again, later and later; 2 is not; what lasts too long is ended', () => {
    const { world, started } = scripted(['SENTINEL SET mymaster notification-script /notify.sh']);
    world.advance(1000);
    expect(started).toHaveLength(1);
    started[0]?.ended(1, 0);
    world.advance(29_000);
    expect(started).toHaveLength(1);
    expect(world.sentinel(0).ask('SENTINEL PENDING-SCRIPTS')).toMatch(/3\) "flags" {2}4\) "scheduled" .*9\) "retry-num" {2}10\) "1"/);
    world.advance(2000);
    expect(started).toHaveLength(2);
    started[1]?.ended(0, 9);
    world.advance(59_000);
    expect(started).toHaveLength(2);
    world.advance(2000);
    expect(started).toHaveLength(3);
    expect(world.sentinel(0).ask('SENTINEL PENDING-SCRIPTS')).toContain('"flags"  4) "running"');
    world.advance(61_000);
    expect(started[2]?.killed).toBe(true);
    expect(world.events(0).some((each) => each.startsWith('-script-timeout /notify.sh 1003'))).toBe(true);
    started[2]?.ended(2, 0);
    world.advance(1000);
    expect(world.events(0)).toContain('-script-error /notify.sh 0 2');
    expect(world.sentinel(0).ask('SENTINEL PENDING-SCRIPTS')).toBe('(empty array)');
  });

  test('where nothing can be run it is told as a program that cannot be started', () => {
    const world = new TestDeployment({ replicas: 0, sentinels: 1 });
    world.sentinel(0).disk.files.set('/notify.sh', '');
    expect(world.sentinel(0).ask('SENTINEL SET mymaster notification-script /notify.sh')).toBe('OK');
    world.until('-script-error');
  });
});

describe('hellos', () => {
  test('a newer configuration is believed, an older one is not', () => {
    const world = new TestDeployment({ sentinels: 1 });
    world.advance(10_000);
    const hello = (epoch: number, address: string): string => world.sentinel(0).ask(`PUBLISH __sentinel__:hello 10.0.1.9,26379,${'f'.repeat(40)},${epoch},mymaster,${address},6379,${epoch}`);
    expect(hello(3, '10.0.0.2')).toBe('(integer) 1');
    expect(world.masterOf(0)).toContain('10.0.0.2');
    expect(world.events(0).slice(-5)).toEqual([
      '+new-epoch 3', `+config-update-from sentinel ${'f'.repeat(40)} 10.0.1.9 26379 @ mymaster 10.0.0.1 6379`, '+switch-master mymaster 10.0.0.1 6379 10.0.0.2 6379',
      '+slave slave 10.0.0.3:6379 10.0.0.3 6379 @ mymaster 10.0.0.2 6379', '+slave slave 10.0.0.1:6379 10.0.0.1 6379 @ mymaster 10.0.0.2 6379',
    ]);
    hello(2, '10.0.0.3');
    expect(world.masterOf(0)).toContain('10.0.0.2');
  });

  test('a Sentinel that has moved is found at its new address', () => {
    const world = new TestDeployment({ sentinels: 2 });
    world.advance(10_000);
    const id = world.sentinel(1).ask('SENTINEL MYID').slice(1, -1);
    world.crashSentinel(1);
    world.sentinel(0).ask(`PUBLISH __sentinel__:hello 10.0.1.9,26380,${id},0,mymaster,10.0.0.1,6379,0`);
    expect(world.events(0).at(-1)).toBe(`+sentinel-address-switch master mymaster 10.0.0.1 6379 ip 10.0.1.9 port 26380 for ${id}`);
    expect([world.field(0, 'ip', 'SENTINEL SENTINELS mymaster'), world.field(0, 'port', 'SENTINEL SENTINELS mymaster')]).toEqual(['10.0.1.9', '26380']);
  });

  test('what is announced is what others are told', () => {
    const world = new TestDeployment({ sentinels: 1 });
    const other = world.net.sentinel('10.0.1.8', ['sentinel announce-ip 10.9.9.9', 'sentinel announce-port 77', 'sentinel monitor mymaster 10.0.0.1 6379 2']);
    expect(other.exitCode).toBeUndefined();
    world.until('+sentinel');
    expect([world.field(0, 'ip', 'SENTINEL SENTINELS mymaster'), world.field(0, 'port', 'SENTINEL SENTINELS mymaster')]).toEqual(['10.9.9.9', '77']);
  });
});
