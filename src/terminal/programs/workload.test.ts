import { expect, test } from 'vitest';
import { createSimulation, type HostSpec, type Simulation } from '../../simulation/index.ts';
import { programs } from '../index.ts';

/** The simulation after so many seconds. */
function after(seconds: number, hosts: readonly HostSpec[], seed = 1): Simulation {
  const simulation = createSimulation({ scenario: { seed, hosts }, programs });
  simulation.advance(seconds * 1e6);
  return simulation;
}

function fileOf(simulation: Simulation, host: string, name: string): string {
  const content = simulation.host(host)?.disk.read(`/home/learner/${name}`);
  return typeof content === 'string' ? content : '';
}

/** Types a line at the shell of a host, and gives what it left in the file `out`. */
function outputOf(simulation: Simulation, host: string, line: string, seconds = 30): string {
  simulation.host(host)?.startService(`{ ${line}; } > out 2>&1`);
  simulation.advance(seconds * 1e6);
  return fileOf(simulation, host, 'out');
}

test('writes every so often, keeps books, and reads back what was acknowledged', () => {
  const simulation = after(3, [{ name: 'p1', run: ['sleep 0.2; redis-server --protected-mode no'] }, { name: 'shop', run: ['workload -e 500 -n 4 orders p1:6379 > ledger'] }]);
  expect(fileOf(simulation, 'shop', 'ledger')).toMatch(/^orders:1 failed 0\.\d{3} p1:6379 no connection\norders:2 acked 0\.5\d\d p1:6379\norders:3 acked 1\.0\d\d p1:6379\norders:4 acked 1\.5\d\d p1:6379\n$/);
  expect(outputOf(simulation, 'shop', 'redis-cli -h p1 mget orders:1 orders:4')).toBe('\n4\n');
  expect(outputOf(simulation, 'shop', 'workload -r ledger p1:6379; echo $?')).toBe('3 acknowledged, 0 unknown, 1 failed\n3 of the acknowledged are there, 0 are lost\n0\n');
  expect(outputOf(simulation, 'shop', 'redis-cli -h p1 del orders:3; workload -r ledger p1:6379; echo $?')).toMatch(/^1\n3 ack.*\n2 of the acknowledged are there, 1 are lost\nlost: orders:3 \(1\.0\d\d s\)\n1\n$/s);
});

test('a write that may have been carried out is unknown; one that was refused has failed', () => {
  const simulation = after(2, [{ name: 'p1', run: ['redis-server --protected-mode no --save ""'] }, { name: 'shop', run: ['sleep 1; workload -e 300 orders p1:6379 > ledger'] }]);
  const server = simulation.host('p1')?.processList().find(({ argv }) => argv[0] === 'redis-server');
  expect(outputOf(simulation, 'shop', 'redis-cli -h p1 config set min-replicas-to-write 1', 1)).toBe('OK\n');
  simulation.host('p1')?.kill(server?.pid ?? 0, 'SIGTSTP');
  simulation.advance(5e6);
  const ledger = fileOf(simulation, 'shop', 'ledger');
  expect(ledger).toMatch(/^orders:1 acked/);
  expect(ledger).toMatch(/failed \S+ p1:6379 NOREPLICAS/);
  expect(ledger).toMatch(/unknown/);
});

test('goes where the nodes of a cluster send it', () => {
  const node = '--cluster-enabled yes --protected-mode no --save ""';
  const hosts = ['n1', 'n2', 'n3'].map((name): HostSpec => ({ name, run: [`redis-server ${node}`] }));
  const simulation = after(20, [...hosts, { name: 'shop', run: ['sleep 1; redis-cli --cluster create n1:6379 n2:6379 n3:6379 --cluster-yes > made; workload -e 20 orders n1:6379 > ledger'] }]);
  const ledger = fileOf(simulation, 'shop', 'ledger').split('\n').filter((line) => line !== '');
  expect(ledger.length).toBeGreaterThan(300);
  expect(ledger.filter((line) => !line.includes(' acked '))).toEqual([]);
  expect(new Set(ledger.map((line) => line.split(' ')[3]))).toHaveProperty('size', 3);
});
