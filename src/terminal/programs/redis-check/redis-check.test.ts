/* The checkers on a simulated host. That they say what the real ones say is proven in src/node/redis-check.test.ts. */
import { expect, test } from 'vitest';
import { testWorld } from '../../testing.ts';

function host(files: Record<string, string> = {}) {
  const world = testWorld({ files });
  const shell = world.open();
  return {
    run(line: string): string {
      shell.look();
      return shell.type(`${line}\r`, 3_000_000).replace(`${line}\n`, '').replace(/learner@local:~\$ $/, '');
    },
    file: (name: string) => world.file(`/home/learner/${name}`),
  };
}

test('a snapshot of a server is whole, and a piece of it is not', () => {
  const { run } = host();
  run('redis-server --daemonize yes');
  run('redis-cli mset a 1 b 2');
  run('redis-cli set c 3 ex 100');
  run('redis-cli save');
  expect(run('redis-check-rdb dump.rdb')).toMatch(/\[offset \d+\] Checksum OK\n\[offset \d+\] \\o\/ RDB looks OK! \\o\/\n\[info\] 3 keys read\n\[info\] 1 expires\n\[info\] 0 already expired\n\[info\] 0 subexpires\n$/);
  run('head -c 90 dump.rdb > cut.rdb');
  expect(run('redis-check-rdb cut.rdb; echo $?')).toMatch(/--- RDB ERROR DETECTED ---\n\[offset \d+\] Unexpected EOF reading RDB file\n[\s\S]*\n1\n$/);
});

test('an append-only file that a crash has cut is mended, and the server starts from it', () => {
  const { run, file } = host();
  run('redis-server --appendonly yes --daemonize yes');
  run('redis-cli incr n');
  run('redis-cli incr n');
  run('redis-cli shutdown');
  run('printf "*2\\r\\n\\$4\\r\\nIN" >> appendonlydir/appendonly.aof.1.incr.aof');
  const before = file('appendonlydir/appendonly.aof.1.incr.aof') ?? '';
  expect(run('redis-check-aof appendonlydir/appendonly.aof.manifest')).toContain('AOF appendonly.aof.1.incr.aof is not valid. Use the --fix option to try fixing it.\n');
  expect(run('echo n | redis-check-aof --fix appendonlydir/appendonly.aof.manifest')).toContain('Continue? [y/N]: Aborting...\n');
  expect(file('appendonlydir/appendonly.aof.1.incr.aof')).toBe(before);
  expect(run('echo y | redis-check-aof --fix appendonlydir/appendonly.aof.manifest')).toContain('Successfully truncated AOF appendonly.aof.1.incr.aof\n');
  expect(run('redis-check-aof appendonlydir/appendonly.aof.manifest')).toContain('All AOF files and manifest are valid\n');
  run('redis-server --appendonly yes --daemonize yes');
  expect(run('redis-cli get n')).toBe('"2"\n');
});
