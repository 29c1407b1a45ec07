/*
 * Programs that a data centre is looked after with: ssh, systemctl, journalctl, top, iptables, sudo
 * -------------------------------------------------------------------------------------------------
 * Sessions at the shell of one of three machines. What iptables answers was recorded from the real one, 1.8.9, in a
 * network of its own (iptables.goldens.json: each line typed after the ones before it).
 */
import { describe, expect, test } from 'vitest';
import { createSimulation, type HostSpec, type Simulation } from '../../simulation/index.ts';
import { programs } from '../index.ts';
import { plain } from '../testing.ts';
import goldens from './iptables/iptables.goldens.json' with { type: 'json' };

interface Desk {
  readonly simulation: Simulation;
  /** Types, lets time pass, gives what came to the screen since the last look. */
  type(keys: string, us?: number): string;
  /** A line typed at the prompt, and what it printed. */
  run(line: string, us?: number): string;
}

const PROMPT = /learner@\w+:~\$ $/;

function desk(hosts: readonly HostSpec[] = [{ name: 'a', run: ['redis-server --protected-mode no'] }, { name: 'b' }, { name: 'c' }]): Desk {
  const simulation = createSimulation({ scenario: { seed: 1, hosts }, programs });
  let screen = '';
  const terminal = simulation.openTerminal({ id: 't', host: hosts[0]?.name ?? '', columns: 200, rows: 24, output: (bytes) => (screen += bytes), closed: () => {} });
  simulation.advance(500_000);
  screen = '';
  const type = (keys: string, us = 500_000): string => {
    terminal?.type(keys);
    simulation.advance(us);
    const seen = screen;
    screen = '';
    return plain(seen.replaceAll('\r\n', '\n'));
  };
  return { simulation, type, run: (line, us) => type(`${line}\r`, us).slice(line.length + 1).replace(PROMPT, '') };
}

describe('ssh', () => {
  test('opens a shell there, whose keys, signals and size are its own, and comes back with its exit code', () => {
    const { type, run } = desk();
    expect(type('ssh b\r')).toBe('ssh b\nlearner@b:~$ ');
    expect(run('hostname; ps | grep -c sleep')).toBe('b\n1\n');
    expect(type('sleep 100\r')).toBe('sleep 100\n');
    expect(type('\x03')).toBe('^C\nlearner@b:~$ ');
    expect(type('exit 4\r')).toBe('exit 4\nConnection to b closed.\nlearner@a:~$ ');
    expect(run('echo $?; hostname')).toBe('4\na\n');
  });

  test('carries out one command: output, errors and exit code are those of the command, input can be piped', () => {
    const { run } = desk();
    expect(run('ssh learner@b "echo out; echo err >&2; exit 3" 2> errors; echo $?; cat errors')).toBe('out\n3\nerr\n');
    expect(run('printf "1\\n2\\n" | ssh b wc -l; ssh a redis-cli ping; ssh b nosuch; echo $?')).toBe('2\nPONG\nsh: nosuch: command not found\n127\n');
  });

  test.each([
    ['ssh nosuch', 'ssh: Could not resolve hostname nosuch: Name or service not known\n'],
    ['ssh -p 23 b', 'ssh: connect to host b port 23: Connection refused\n'],
    ['fault cut a - b; ssh -o ConnectTimeout=5 b', 'From a to b and back: nothing gets through (rules 1, 2).\nssh: connect to host b port 22: Connection timed out\n'],
    ['fault power-loss b; ssh b', 'b is without power.\nssh: connect to host b port 22: Connection timed out\n'],
    ['iptables -A OUTPUT -p tcp --dport 22 -j REJECT; ssh b', 'ssh: connect to host b port 22: Connection refused\n'],
    ['ssh -p 99999 b', "Bad port '99999'\n"],
    ['ssh -o Foo=1 b', 'command-line: line 0: Bad configuration option: foo\ncommand-line: terminating, 1 bad configuration options\n'],
    ['ssh -o ConnectTimeout=x b', 'command-line line 0: invalid time value.\n'],
    ['ssh -p 6379 a', 'kex_exchange_identification: banner line contains invalid characters\nbanner exchange: Connection to a port 6379: invalid format\n'],
  ])('%s', (line, said) => {
    const { run } = desk();
    expect(run(`${line}; echo $?`, 200_000_000)).toBe(`${said}255\n`);
  });

  test('stands still behind a cut link, goes on when it heals, and is left by ~.', () => {
    const { simulation, type } = desk();
    type('ssh b\r');
    simulation.fault('cut a - b');
    expect(type('echo hi\r', 5_000_000)).toBe('');
    simulation.fault('heal');
    expect(type('')).toBe('echo hi\nhi\nlearner@b:~$ ');
    simulation.fault('cut a - b');
    type('\r');
    expect(type('~.')).toBe('\nConnection to b closed.\nlearner@a:~$ ');
  });

  test('says what became of the other side', () => {
    const { simulation, type } = desk();
    type('ssh b\r');
    simulation.fault('crash b');
    expect(type('')).toBe('Connection to b closed by remote host.\nConnection to b closed.\nlearner@a:~$ ');
    type('ssh -o ServerAliveInterval=2 -o ServerAliveCountMax=2 b\r');
    simulation.fault('isolate b');
    expect(type('', 10_000_000)).toBe('Timeout, server b not responding.\nlearner@a:~$ ');
    simulation.fault('heal');
    type('ssh b\r');
    simulation.fault('power-loss b');
    simulation.fault('restart b');
    expect(type('x')).toBe('Read from remote host b: Connection reset by peer\nConnection to b closed.\nclient_loop: send disconnect: Connection reset\nlearner@a:~$ ');
  });

  test('a session ends with its connection, and leaves nothing behind', () => {
    const { simulation, type } = desk();
    type('ssh b\r');
    type('sleep 1000\r');
    simulation.host('a')?.kill(simulation.host('a')?.processList().find(({ argv }) => argv[0] === 'ssh')?.pid ?? 0, 'SIGKILL');
    simulation.advance(1_000_000);
    expect(simulation.host('b')?.processList().map(({ argv }) => argv[0])).toEqual(['sshd']);
  });
});

describe('systemctl and journalctl', () => {
  test('a service of the package is started, enabled, restarted when it dies, and stopped', () => {
    const { run } = desk([{ name: 'b' }]);
    expect(run('systemctl is-active redis; systemctl is-enabled redis; redis-cli ping')).toBe('inactive\ndisabled\nCould not connect to Redis at 127.0.0.1:6379: Connection refused\n');
    expect(run('systemctl start redis; systemctl is-active redis; redis-cli ping')).toBe('active\nPONG\n');
    expect(run('pkill -9 redis-server; systemctl is-active redis; sleep 0.3; systemctl is-active redis; systemctl show -p NRestarts redis', 1_000_000)).toBe('activating\nactive\nNRestarts=1\n');
    expect(run('systemctl stop redis; systemctl is-active redis; redis-cli ping')).toBe('inactive\nCould not connect to Redis at 127.0.0.1:6379: Connection refused\n');
    const log = run('journalctl -u redis');
    expect(log).toMatch(/b systemd\[1\]: Starting redis-server\.service - .*\.\.\.\n.*b redis-server\[\d+\]: \d+:C .* Redis is starting/s);
    expect(log).toContain("redis-server.service: Main process exited, code=killed, status=9/KILL\n");
    expect(log).toContain("redis-server.service: Failed with result 'signal'.\n");
    expect(log).toContain('redis-server.service: Scheduled restart job, restart counter is at 1.\n');
    expect(log).toMatch(/Redis is now ready to exit, bye bye\.\.\.\n.*Deactivated successfully\.\n.*Stopped redis-server\.service - [^\n]*\n$/);
  });

  test('what is enabled starts at boot, and no longer when it is disabled', () => {
    const { simulation, run } = desk();
    expect(run('ssh b systemctl enable --now redis 2>&1 | cut -d" " -f1-3; redis-cli -h b ping')).toMatch(/^Created symlink \/etc\/systemd\/system\/redis\.service\nCreated symlink .*wants\/redis-server\.service\nPONG\n$/);
    simulation.fault('power-loss b');
    simulation.advance(1_000_000);
    simulation.fault('restart b');
    expect(run('sleep 1; redis-cli -h b ping; ssh b systemctl disable redis 2>&1 | wc -l', 3_000_000)).toBe('PONG\n2\n');
    simulation.fault('restart b');
    expect(run('sleep 1; redis-cli -h b ping', 3_000_000)).toBe('Could not connect to Redis at b:6379: Connection refused\n');
  });

  test('a wrong configuration fails, is tried again a few times, and says where to look', () => {
    const { run } = desk([{ name: 'b' }]);
    expect(run('echo "port x" >> /etc/redis/redis.conf; systemctl start redis; echo $?')).toBe('Job for redis-server.service failed because the control process exited with error code.\nSee "systemctl status redis-server.service" and "journalctl -xeu redis-server.service" for details.\n1\n');
    const status = run('sleep 2; systemctl status redis; echo $?', 4_000_000);
    expect(status).toContain('     Active: failed (Result: start-limit-hit) since ');
    expect(status).toMatch(/ {2}Main PID: \d+ \(code=exited, status=1\/FAILURE\)\n/);
    expect(status).toMatch(/Start request repeated too quickly\.\n.*\n.*\n3\n$/);
    expect(run('systemctl start redis 2>&1 | head -1')).toBe('Job for redis-server.service failed because start of the service was attempted too often.\n');
    expect(run('printf "port 6379\\n" > /etc/redis/redis.conf; systemctl reset-failed redis; systemctl start redis; systemctl is-active redis')).toBe('active\n');
  });

  test('what the scenario has started is a service too, by its own line', () => {
    const { simulation, run } = desk();
    expect(run('systemctl status redis | head -4', 500_000)).toMatch(/^\S+ redis-server\.service - redis-server --protected-mode no\n {5}Loaded: loaded \(\/run\/systemd\/generator\/redis-server\.service; generated\)\n {5}Active: active \(running\) since Thu 2026-01-01 00:00:00 UTC; 500ms ago\n {3}Main PID: 101 \(redis-server\)\n$/);
    expect(run('systemctl restart redis; redis-cli ping; systemctl enable redis')).toBe('PONG\nFailed to enable unit: Unit /run/systemd/generator/redis-server.service is transient or generated.\n');
    simulation.fault('crash a');
    simulation.advance(1_000_000);
    expect(run('systemctl is-active redis')).toBe('failed\n');
    expect(run('systemctl')).toBe('UNIT                 LOAD   ACTIVE SUB    DESCRIPTION\nredis-server.service loaded failed failed redis-server --protected-mode no\n\n1 loaded units listed.\n');
  });

  test('a unit file of the learner counts: its policy, its delay, its environment', () => {
    const unit = '[Unit]\nDescription=Sleeper\n[Service]\nExecStart=sh -c "echo $WORD; sleep 1; exit 2"\nEnvironment=WORD=hello\nRestart=on-failure\nRestartSec=3s\nStartLimitBurst=2\nStartLimitIntervalSec=60\n';
    const { run } = desk([{ name: 'b', files: { '/etc/systemd/system/sleeper.service': unit } }]);
    expect(run('systemctl start sleeper; systemctl is-active sleeper; journalctl -u sleeper -o cat')).toBe('active\nStarted sleeper.service - Sleeper.\nhello\n');
    expect(run('sleep 1; systemctl show -p SubState --value sleeper; sleep 3; systemctl show -p NRestarts --value sleeper', 5_000_000)).toBe('auto-restart\n1\n');
  });

  test.each([
    ['systemctl foo', 'Unknown command verb foo.\n', 1],
    ['systemctl start', 'Too few arguments.\n', 1],
    ['systemctl start foo', 'Failed to start foo.service: Unit foo.service not found.\n', 5],
    ['systemctl stop foo', 'Failed to stop foo.service: Unit foo.service not loaded.\n', 5],
    ['systemctl status foo', 'Unit foo.service could not be found.\n', 4],
    ['systemctl is-active foo', 'inactive\n', 3],
    ['systemctl is-enabled foo', 'Failed to get unit file state for foo.service: No such file or directory\n', 1],
    ['systemctl enable foo', 'Failed to enable unit: Unit file foo.service does not exist.\n', 1],
    ['systemctl --foo', "systemctl: unrecognized option '--foo'\n", 1],
    ['systemctl reload redis', 'Failed to reload redis-server.service: Job type reload is not applicable for unit redis-server.service.\n', 1],
    ['systemctl kill redis', 'Failed to kill unit redis-server.service: No process to kill\n', 1],
    ['journalctl -u foo', '-- No entries --\n', 0],
  ])('%s', (line, said, code) => {
    expect(desk([{ name: 'b' }]).run(`${line}; echo $?`)).toBe(`${said}${code}\n`);
  });
});

describe('top', () => {
  test('prints pictures one after the other for a script', () => {
    const { run } = desk();
    const lines = run('top -bn2 -d 1', 3_000_000).split('\n');
    expect(lines[0]).toMatch(/^top - 00:00:00 up 0 min, {2}1 user, {2}load average: \d\.\d\d, \d\.\d\d, \d\.\d\d$/);
    expect(lines[1]).toBe('Tasks:   3 total,   1 running,   2 sleeping,   0 stopped,   0 zombie');
    expect(lines[3]).toMatch(/^MiB Mem : {3}2048\.0 total, +\d+\.\d free, +\d+\.\d used, +\d+\.\d buff\/cache$/);
    expect(lines.filter((line) => line === '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND')).toHaveLength(2);
    expect(lines.filter((line) => /^ {4}101 learner {3}20 {3}0 +\d+ +\d+ +\d+ S +0\.0 +0\.\d +0:00\.0\d redis-server$/.test(line))).toHaveLength(2);
  });

  test('a server that works has its share, and one that holds much has its memory', () => {
    const { simulation, run } = desk();
    simulation.host('a')?.startService('redis-benchmark -q -n 100000 -t set');
    const [, before] = / 101 learner +20 +0 +\d+ +(\d+) /.exec(run('top -bn1')) ?? [];
    const share = Number(/\n +101 .* [RS] +(\d+\.\d)/.exec(run('top -b -n 1 -p 101', 500_000))?.[1]);
    expect(share).toBeGreaterThan(10);
    const [, after] = / 101 learner +20 +0 +\d+ +(\d+) /.exec(run('redis-cli eval "for i = 1, 20000 do redis.call(\'set\', i, string.rep(\'x\', 200)) end" 0; top -bn1', 5_000_000)) ?? [];
    expect(Number(after)).toBeGreaterThan(Number(before) + 3000);
  });

  test('fills the screen, sorts, asks whom to kill, and leaves with q', () => {
    const { simulation, type } = desk();
    type('sleep 1000 & sleep 2000 &\r');
    const first = type('top\r');
    expect(first).toContain('COMMAND');
    const pid = simulation.host('a')?.processList().find(({ argv }) => argv[1] === '1000')?.pid;
    expect(type('k')).toContain('PID to signal/kill [default pid = ');
    type(`${pid}\r`);
    type('9\r');
    expect(simulation.host('a')?.processList().filter(({ argv }) => argv[0] === 'sleep')).toHaveLength(1);
    expect(type('M')).toMatch(/COMMAND +\n +101 /);
    expect(type('x')).toContain("Unknown command - try 'h' for help");
    expect(type('q')).toMatch(/learner@a:~\$ $/);
  });

  test.each([
    ['top -n x -b', "top: bad iterations argument 'x'\n"],
    ['top -d -b', "top: bad delay interval '-b'\n"],
    ['top -b -o foo', "top: unrecognized field name 'foo'\n"],
    ['top | cat', 'top: failed tty get\n'],
  ])('%s', (line, said) => {
    expect(desk().run(line)).toBe(said);
  });
});

describe('iptables', () => {
  test('answers as the real one', () => {
    const { simulation } = desk([{ name: 'r1' }]);
    const host = simulation.host('r1');
    for (const { line, output, code } of goldens) {
      host?.startService(`{ ${line}; echo "[$?]"; } > out 2>&1`);
      simulation.advance(100_000);
      expect(host?.disk.read('/home/learner/out'), line).toBe(`${output}[${code}]\n`);
    }
  });

  test('lets packets through or not, by port, by host, on the way in and out', () => {
    const { run } = desk();
    const ping = 'redis-cli -h a -t 2 ping';
    expect(run(`iptables -A INPUT -s b -p tcp --dport 6379 -j REJECT; ssh b ${ping}; ssh c ${ping}`)).toBe('Could not connect to Redis at a:6379: Connection refused\nPONG\n');
    expect(run(`iptables -F; ssh b ${ping}`)).toBe('PONG\n');
    expect(run(`iptables -A INPUT -i lo -p tcp --dport 6379 -j REJECT; redis-cli ping; redis-cli -h b ping; ssh b ${ping}; iptables -F`)).toBe('Could not connect to Redis at 127.0.0.1:6379: Connection refused\nCould not connect to Redis at b:6379: Connection refused\nPONG\n');
    expect(run('ssh b iptables -A OUTPUT -p tcp --dport 6379 -j DROP; ssh b "redis-cli -h a ping & sleep 3; kill %1; echo nothing"', 6_000_000)).toContain('nothing\n');
  });

  test('DROP holds back the bytes of a connection that stands until it is gone; a reset breaks it', () => {
    const { simulation, type, run } = desk();
    run('ssh c "iptables -P INPUT ACCEPT"');
    type('ssh b redis-cli -h a subscribe news\r', 1_000_000);
    simulation.host('a')?.startService('iptables -A OUTPUT -d b -p tcp --sport 6379 -j DROP');
    simulation.advance(100_000);
    simulation.host('a')?.startService('redis-cli publish news one');
    expect(type('', 3_000_000)).toBe('');
    simulation.host('a')?.startService('iptables -F');
    expect(type('')).toContain('one');
    simulation.host('a')?.startService('iptables -A OUTPUT -d b -p tcp --sport 6379 -j REJECT --reject-with tcp-reset');
    simulation.advance(100_000);
    expect(run('', 1000)).toBe('');
    simulation.host('a')?.startService('redis-cli publish news two');
    simulation.advance(1_000_000);
    expect(simulation.host('a')?.serverView(6379)?.server.clients.size).toBe(0);
  });

  test('counts what a rule has met, and is empty after a boot', () => {
    const { simulation, run } = desk();
    expect(run('iptables -A INPUT -p tcp --dport 6379; ssh b redis-cli -h a ping; iptables -nvL INPUT | tail -1')).toMatch(/^PONG\n {4}[1-9] +\d+ {12}6 {4}-- {2}\* {6}\* {7}0\.0\.0\.0\/0 +0\.0\.0\.0\/0 +tcp dpt:6379\n$/);
    run('ssh b iptables -A INPUT -j DROP', 1_000_000);
    expect(simulation.fault('heal')).toEqual({ said: 'Nothing stands in the way any more but the packet filters of a and b: iptables -F there.' });
    simulation.fault('restart b');
    expect(run('\x03\rssh b iptables -S | tail -1', 2_000_000)).toContain('-P OUTPUT ACCEPT\n');
  });
});

describe('a cluster, from the command line', () => {
  const three = ['a', 'b', 'c'].map((name): HostSpec => ({ name, run: ['redis-server --protected-mode no --cluster-enabled yes'] }));

  test('redis-benchmark --cluster asks every master for keys of its own', () => {
    const { run } = desk(three);
    expect(run('redis-benchmark --cluster -p 6380; redis-benchmark -u foo://a')).toBe('Could not connect to Redis at 127.0.0.1:6380: Connection refused\nInvalid URI scheme\n');
    run('redis-cli --cluster create a:6379 b:6379 c:6379 --cluster-yes', 10_000_000);
    const report = run('redis-benchmark --cluster -n 600 -c 6 -t set,lpush', 5_000_000);
    expect(report).toMatch(/^Cluster has 3 master nodes:\n\nMaster 0: [0-9a-f]{40} 127\.0\.0\.1:6379\nMaster 1: [0-9a-f]{40} 10\.0\.0\.12:6379\nMaster 2: [0-9a-f]{40} 10\.0\.0\.13:6379\n/);
    expect(report).toContain('  keep alive: 1\n  cluster mode: yes (3 masters)\n  node [0] configuration:\n    save: 3600 1 300 100 60 10000\n    appendonly: no\n  node [1] configuration:\n');
    expect(report).toContain('  multi-thread: yes\n  threads: 3\n\nLatency by percentile distribution:\n');
    const calls = run('for h in a b c; do redis-cli -h $h info commandstats | grep -E "cmdstat_(set|lpush):" | cut -d, -f1; done');
    const counts = calls.match(/calls=\d+/g)?.map((each) => Number(each.slice(6))) ?? [];
    expect(counts).toHaveLength(6);
    // The one beside the clients is the quickest and serves the most; each has its part.
    for (const count of counts) expect(count).toBeGreaterThan(20);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1212);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1200);
    expect(run('redis-benchmark --cluster -q -n 60 -c 6 set {tag}x 1', 5_000_000)).toMatch(/set \{tag\}x 1: [\d.]+ requests per second, p50=[\d.]+ msec\n$/);
    expect(run('redis-benchmark --cluster -q -n 60 -c 6 set x 1', 5_000_000)).toMatch(/Error from server \S+:6379: MOVED 16287 10\.0\.0\.13:6379\n$/);
  });

  test('redis-cli --cluster-from-askpass asks for the password of the source', () => {
    const { type } = desk(three);
    expect(type('redis-cli --cluster import a:6379 --cluster-from b:9 --cluster-from-askpass\r')).toMatch(/Please input import source node password: $/);
    expect(type('secret\r', 3_000_000)).toContain('>>> Importing data from b:9 to cluster a:6379\n');
  });

  test('INFO tells what a child cannot share any more, and how far it is', () => {
    const { run } = desk();
    run(`redis-cli eval "for i = 1, 20000 do redis.call('set', i, string.rep('x', 100)) end" 0`, 3_000_000);
    const figure = (text: string, name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(text)?.[1]);
    const during = run(`printf "bgsave\\nset 1 y\\ninfo persistence\\n" | redis-cli`, 5_000);
    expect(figure(during, 'rdb_bgsave_in_progress')).toBe(1);
    expect(figure(during, 'current_save_keys_total')).toBe(20000);
    expect(figure(during, 'current_cow_size')).toBeGreaterThan(466_944);
    run('', 2_000_000);
    const quiet = figure(run('redis-cli info persistence'), 'rdb_last_cow_size');
    expect(quiet).toBeGreaterThanOrEqual(figure(during, 'current_cow_size'));
    run(`redis-cli bgsave; redis-cli eval "for i = 1, 500 do redis.call('set', i, 'z') end" 0`, 3_000_000);
    expect(figure(run('redis-cli info persistence'), 'rdb_last_cow_size')).toBeGreaterThan(quiet);
  });
});

describe('sudo and Tab', () => {
  test('sudo starts what stands behind it', () => {
    expect(desk().run('sudo -n hostname; sudo nosuch; sudo sh -c "exit 3"; echo $?')).toBe('a\nsudo: nosuch: command not found\n3\n');
  });

  test.each([
    ['ssh b\t', 'ssh b '],
    ['systemctl rest\t', 'systemctl restart '],
    ['systemctl status redis-\t', 'systemctl status redis-server '],
    ['journalctl -u redis-\t', 'journalctl -u redis-server '],
    ['iptables -A INP\t', 'iptables -A INPUT '],
    ['sudo systemctl is-en\t', 'sudo systemctl is-enabled '],
    ['cat | iptables -A INPUT -s b -j REJ\t', 'cat | iptables -A INPUT -s b -j REJECT '],
  ])('%j', (keys, line) => {
    const { type } = desk();
    expect(type(keys).split('\n').at(-1)).toContain(line);
  });
});
