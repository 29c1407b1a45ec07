/* The modes on a simulated host, in virtual time. That they print what the real program prints is proven in src/node/redis-cli.test.ts. */
import { expect, test } from 'vitest';
import { testWorld } from '../../../testing.ts';

const COMMANDS = Array.from({ length: 500 }, (_, i) => `SET key:${i} ${i}\n`).join('');

function host(): { run(line: string, us?: number): string; start(line: string): ReturnType<ReturnType<typeof testWorld>['open']>; file(name: string): string | undefined } {
  const world = testWorld({ run: ['redis-server --repl-diskless-sync-delay 0'], files: { commands: COMMANDS } });
  const shell = world.open();
  return {
    run(line, us = 3_000_000) {
      shell.look();
      return shell.type(`${line}\r`, us).replace(`${line}\n`, '').replace(/learner@local:~\$ $/, '');
    },
    start: (line) => world.open(line.split(' ')),
    file: (name) => world.file(`/home/learner/${name}`),
  };
}

test('--latency tells once into a pipe, in the shape that was asked for', () => {
  const { run } = host();
  expect(run('redis-cli --latency | cat')).toBe('0 0 0.00 102\n');
  expect(run('redis-cli --raw --latency -i 0.5')).toBe('0 0 0.00 52\n');
  expect(run('redis-cli --csv --latency -i 0.5')).toBe('0,0,0.00,52\n');
});

test('--latency on a terminal goes on until Ctrl-C', () => {
  const shell = host().start('redis-cli --latency');
  expect(shell.type('', 1_000_000)).toContain('\x1b[0G\x1b[2Kmin: 0, max: 0, avg: 0.00 (100 samples)');
  shell.type('\x03');
  expect(shell.code).toBe(130);
});

test('--latency-history and --latency-dist draw a line for each range', () => {
  const { start } = host();
  expect(start('redis-cli --latency-history -i 1').type('', 2_500_000).match(/ -- 1\.01 seconds range\n/g)).toHaveLength(2);
  const lines = start('redis-cli --latency-dist').type('', 3_500_000).split('\n');
  expect(lines[1]).toBe('. - * #          .01 .125 .25 .5 milliseconds');
  expect(lines.filter((line) => line.startsWith('\x1b[38;5;0m\x1b[48;5;196m.\x1b[48;5;0m-'))).toHaveLength(3);
});

test('--intrinsic-latency looks at the host itself', () => {
  expect(host().run('redis-cli --intrinsic-latency 2')).toBe(
    'Max latency so far: 100 microseconds.\n\n20001 total runs (avg latency: 100.0000 microseconds / 100000.00 nanoseconds per run).\nWorst run took 1x longer than the average latency.\n',
  );
});

test('--pipe sends a file as it is, as many commands as there are', () => {
  const { run } = host();
  expect(run('cat commands | redis-cli --pipe')).toBe('All data transferred. Waiting for the last reply...\nLast reply received from server.\nerrors: 0, replies: 500\n');
  expect(run('redis-cli DBSIZE')).toBe('(integer) 500\n');
  expect(run('echo NOSUCH | redis-cli --pipe 2> /dev/null; echo $?')).toContain('errors: 1, replies: 1\n1\n');
});

test('--rdb keeps a snapshot that a server loads', () => {
  const { run, file } = host();
  run('redis-cli SET greeting hello');
  expect(run('redis-cli --rdb dump.rdb 2>&1')).toContain('Transfer finished with success after');
  expect(file('dump.rdb')).toContain('greeting');
  run('redis-server --port 7001 --daemonize yes');
  expect(run('redis-cli -p 7001 GET greeting')).toBe('"hello"\n');
});

test('--replica shows what a primary sends', () => {
  const { run, start } = host();
  const replica = start('redis-cli --replica');
  replica.type('', 1_000_000);
  run('redis-cli SET a 1');
  run('redis-cli -n 3 INCR b');
  expect(replica.look()).toContain('"SELECT","0"\n"SET","a","1"\n"SELECT","3"\n"INCR","b"\n');
});

test('--lru-test tells how often a cache hits', () => {
  const lines = host().start('redis-cli --lru-test 100').type('', 3_500_000).split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatch(/^25000 Gets\/sec \| Hits: \d+ \(100\.00%\) \| Misses: \d \(0\.00%\)$/);
});

test('a server that goes away is asked again until it is back', () => {
  const { run, start } = host();
  const shell = start('redis-cli --latency');
  run('redis-cli shutdown nosave');
  expect(shell.type('', 2_000_000)).toContain('\r\x1b[0KReconnecting... 1\r');
  run('redis-server --daemonize yes');
  expect(shell.type('', 3_000_000)).toMatch(/samples\)$/);
});
