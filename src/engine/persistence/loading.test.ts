import { expect, test } from 'vitest';
import { showWire, TestServer, type TestServerOptions } from '../testing.ts';

const IN_SLICES = { 'loading-process-events-interval-bytes': 1024, 'key-load-delay': 100, 'enable-debug-command': 'yes', save: '' };
const LOADING = '(error) LOADING Redis is loading the dataset in memory';

/** The files of a server with so many keys. */
function filesWith(keys: number, config: TestServerOptions['config'] = {}): Record<string, string> {
  const world = new TestServer({ config: { ...IN_SLICES, ...config } });
  for (let i = 0; i < keys; i++) world.send(`SET key:${i} value:${i}`);
  world.send('SAVE');
  world.advance(1100);
  return Object.fromEntries(world.disk.files);
}

const info = (world: TestServer, section: string): Record<string, string> =>
  Object.fromEntries(world.send(`INFO ${section}`).split('\r\n').flatMap((line) => (line.includes(':') ? [line.split(':') as [string, string]] : [])));

test('a large file is loaded in slices, and between them few commands are served', () => {
  const world = new TestServer({ config: IN_SLICES, files: filesWith(500) });
  expect(world.ask('GET key:1')).toBe(LOADING);
  expect(world.ask('REPLICAOF NO ONE')).toBe(LOADING);
  expect(world.ask('BGSAVE')).toBe(LOADING);
  expect(world.ask('MULTI')).toBe('OK');
  expect(world.ask('SET a 1')).toBe(LOADING);
  expect(world.ask('EXEC')).toBe('(error) EXECABORT Transaction discarded because of previous errors.');
  expect(world.ask('CLIENT ID')).toBe('(integer) 1');
  expect(['CONFIG SET loglevel debug', 'CONFIG SET enable-protected-configs yes', 'CONFIG SET repl-diskless-load disabled'].map((line) => world.ask(line))).toEqual(['OK', expect.stringContaining('immutable'), LOADING]);
  const first = info(world, 'persistence');
  expect(first).toMatchObject({ loading: '1', async_loading: '0', loading_start_time: '1700000000', loading_eta_seconds: '1' });
  expect(Number(first['loading_loaded_bytes'])).toBeGreaterThanOrEqual(1024);
  expect(Number(first['loading_loaded_perc'])).toBeCloseTo((100 * Number(first['loading_loaded_bytes'])) / Number(first['loading_total_bytes']), 1);
  world.advance(0);
  expect(Number(info(world, 'persistence')['loading_loaded_bytes'])).toBeGreaterThan(Number(first['loading_loaded_bytes']));
  expect(world.stdout).not.toContain('Ready to accept connections');
  world.advance(60);
  expect(world.ask('GET key:499')).toBe('"value:499"');
  expect(info(world, 'persistence')).toMatchObject({ loading: '0', rdb_last_load_keys_loaded: '500' });
  expect(world.stdout).toContain('DB loaded from disk: 0.050 seconds');
});

test('an append-only file is loaded in slices of 1024 commands', () => {
  const aof = { appendonly: true, 'aof-use-rdb-preamble': false };
  const world = new TestServer({ config: { ...IN_SLICES, ...aof }, files: filesWith(3000, aof) });
  expect(world.ask('PING')).toBe(LOADING);
  expect(info(world, 'persistence')).toMatchObject({ loading: '1' });
  world.advance(400);
  expect(world.ask('DBSIZE')).toBe('(integer) 3000');
  expect(world.ask('SET after 1')).toBe('OK');
});

test('CONFIG SET appendonly while a file is loaded: afterwards it is on or off as asked', () => {
  const aof = { appendonly: true, 'aof-use-rdb-preamble': false };
  const world = new TestServer({ config: { ...IN_SLICES, ...aof }, files: filesWith(3000, aof) });
  expect(world.ask('CONFIG SET appendonly no')).toBe('OK');
  world.advance(400);
  expect(info(world, 'persistence')).toMatchObject({ loading: '0', aof_enabled: '0' });
  expect(world.disk.files.get('/data/appendonlydir/appendonly.aof.manifest')).toContain('endoffset');
  const other = new TestServer({ config: IN_SLICES, files: filesWith(500) });
  expect(other.ask('CONFIG SET appendonly yes')).toBe('OK');
  expect(info(other, 'persistence')).toMatchObject({ loading: '1', aof_enabled: '0' });
  other.advance(60);
  expect(info(other, 'persistence')).toMatchObject({ loading: '0', aof_enabled: '1' });
});

test('half a dataset is never saved: SHUTDOWN while loading leaves the file as it is', () => {
  const files = filesWith(500);
  const SIGNALLED = /:signal-handler \(\d+\) Received shutdown signal during loading, scheduling shutdown\.\n/;
  for (const [leave, says] of [[(world: TestServer) => void world.send('SHUTDOWN SAVE'), /User requested shutdown\.\.\.\n/], [(world: TestServer) => world.server.signal('SIGTERM'), SIGNALLED]] as const) {
    const world = new TestServer({ config: { ...IN_SLICES, save: '3600 1' }, files });
    leave(world);
    expect(world.exitCode).toBe(0);
    world.advance(1000);
    expect(world.disk.files.get('/data/dump.rdb')).toBe(files['/data/dump.rdb']);
    expect(world.stdout).not.toContain('Ready to accept connections');
    expect(world.stdout).toMatch(says);
  }
});

test('DEBUG RELOAD, alone or in a transaction, answers when all is there again', () => {
  const world = new TestServer({ config: IN_SLICES, files: filesWith(500) });
  world.advance(100);
  for (const [lines, reply] of [[['DEBUG RELOAD'], 'OK'], [['MULTI', 'DEBUG RELOAD', 'DBSIZE', 'EXEC'], '1) OK  2) (integer) 500']] as const) {
    for (const line of lines) world.send(line);
    expect(world.ask('DBSIZE', 'b')).toBe(LOADING);
    expect(world.ask('DEBUG RELOAD', 'b')).toBe(LOADING);
    expect(world.client().take()).toBe('');
    world.advance(100);
    expect(showWire(world.client().take())).toBe(reply);
    expect(world.ask('DBSIZE', 'b')).toBe('(integer) 500');
  }
});

test('what one slice can hold is loaded before anybody could ask', () => {
  const world = new TestServer({ config: { ...IN_SLICES, 'loading-process-events-interval-bytes': 524288 }, files: filesWith(500) });
  expect(world.ask('DBSIZE')).toBe('(integer) 500');
});
