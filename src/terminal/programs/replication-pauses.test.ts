/*
 * DEBUG REPL-PAUSE stops a server's process in the middle of a full synchronization, as SIGSTOP would: what others
 * see of it then, and how it goes on.
 */
import { expect, test } from 'vitest';
import { createSimulation, type Simulation } from '../../simulation/index.ts';
import { programs } from '../index.ts';

const OPTIONS = '--protected-mode no --save "" --repl-diskless-sync-delay 0 --enable-debug-command yes --loading-process-events-interval-bytes 1024';

function pair(): Simulation {
  const simulation = createSimulation({ scenario: { seed: 1, hosts: [{ name: 'p', run: [`redis-server ${OPTIONS}`] }, { name: 'r', run: [`redis-server ${OPTIONS}`] }] }, programs });
  simulation.advance(1e6);
  return simulation;
}

/** Starts a line at the shell of a host, and gives what it has left in the file `out` after so many seconds. */
function outputOf(simulation: Simulation, host: string, line: string, seconds = 2): string {
  simulation.host(host)?.startService(`{ ${line}; } > out 2>&1`);
  simulation.advance(seconds * 1e6);
  const content = simulation.host(host)?.disk.read('/home/learner/out');
  return typeof content === 'string' ? content : '';
}

const replicaProcess = (simulation: Simulation) => simulation.host('r')?.processList().find(({ argv }) => argv[0] === 'redis-server');

function goOn(simulation: Simulation): void {
  simulation.host('r')?.kill(replicaProcess(simulation)?.pid ?? 0, 'SIGCONT');
  simulation.advance(5e6);
}

test('before the second connection has asked for the snapshot', () => {
  const simulation = pair();
  expect(outputOf(simulation, 'r', 'redis-cli debug repl-pause before-rdb-channel; redis-cli debug repl-pause nowhere; redis-cli replicaof p 6379')).toMatch(/^OK\nERR unknown subcommand or wrong number of arguments for 'repl-pause'\. Try DEBUG HELP\.\n\nOK\n$/);
  expect(replicaProcess(simulation)?.state).toBe('stopped');
  expect(outputOf(simulation, 'p', 'redis-cli set k v; redis-cli info replication')).toContain('state=wait_bgsave,offset=0');
  goOn(simulation);
  expect(outputOf(simulation, 'p', 'redis-cli info replication')).toContain('state=online');
  expect(outputOf(simulation, 'r', 'redis-cli get k')).toBe('v\n');
});

test('while the kept stream is run: a master that is dropped meanwhile is followed anew', () => {
  const simulation = pair();
  outputOf(simulation, 'p', 'redis-cli debug populate 1000 key 100; redis-cli config set rdb-key-save-delay 1000');
  outputOf(simulation, 'r', 'redis-cli debug repl-pause on-streaming-repl-buf; redis-cli replicaof p 6379', 0.5);
  outputOf(simulation, 'p', `redis-cli set big ${'b'.repeat(40_000)}; redis-cli set last 1`);
  expect(replicaProcess(simulation)?.state).toBe('stopped');
  expect(outputOf(simulation, 'r', 'redis-cli client kill type master; redis-cli debug repl-pause clear')).toBe('');
  // It may stop again before it hears of that.
  for (let times = 0; times < 5; times++) goOn(simulation);
  expect(outputOf(simulation, 'r', 'redis-cli get last; cat /var/log/redis-server.log')).toMatch(/^1\n.*Process is about to stop\.\n.*Process has been continued\.\n.*Master client was freed while streaming accumulated replication data to db\.\n/s);
  expect(outputOf(simulation, 'p', 'redis-cli info stats')).toMatch(/sync_full:1\r?\nsync_partial_ok:1/);
});
