import { describe, expect, test } from 'vitest';
import type { DirectiveValue } from '../config/values.ts';
import { TestServer } from '../testing.ts';

const FOLDER = '/data/appendonlydir';
const INCREMENTAL = `${FOLDER}/appendonly.aof.1.incr.aof`;
const MANIFEST = `${FOLDER}/appendonly.aof.manifest`;
const TEXT = { appendonly: true, save: '', 'aof-use-rdb-preamble': false, 'enable-debug-command': 'yes' } as const;
const FULL = { code: 'ENOSPC', message: 'No space left on device' } as const;

const started = (config: Readonly<Record<string, DirectiveValue>> = {}, files: Readonly<Record<string, string>> = {}): TestServer => new TestServer({ config: { ...TEXT, ...config }, files });

/** Another server on the same disk: what a restart is, or the next start after a crash. */
function restarted(world: TestServer, config: Readonly<Record<string, DirectiveValue>> = {}, change: (files: Map<string, string>) => void = () => {}): TestServer {
  const files = new Map(world.disk.files);
  change(files);
  return new TestServer({ config: { ...TEXT, ...config }, files: Object.fromEntries(files), nowMs: world.clock.us / 1000 });
}

/** The log without times and pids. */
const logOf = (world: TestServer): string[] => world.stdout.split(/\n(?=\d+:[MCS] )/).map((line) => line.replace(/^\d+:(.) \d+ \w+ \d+ [\d:.]+ ./, '$1').trimEnd());

const DATASET = [
  'SET s text', 'SET n 12345', 'SET ends soon EX 1000', 'RPUSH l 1 two 3', 'SADD ints 1 2 3', 'SADD words a b c', 'HSET h a 1 b two', 'ZADD z 1.5 a -inf b 1e21 c 3 d',
  'XADD x 1-1 a b', 'XADD x 2-1 c d', 'XGROUP CREATE x g 0', 'XREADGROUP GROUP g alice COUNT 1 STREAMS x >', 'XGROUP CREATECONSUMER x g bob', 'XADD empty 1-1 a b', 'XDEL empty 1-1',
  'HSET fields a 1 b 2', 'HPEXPIREAT fields 9999999999000 FIELDS 1 a', 'SELECT 3', 'SET other db', 'SELECT 0',
];

function filled(world: TestServer): TestServer {
  for (const line of DATASET) expect(world.send(line), line).not.toMatch(/^-/);
  for (let i = 0; i < 150; i++) world.send(`RPUSH long element:${i}`);
  return world;
}

describe('the files', () => {
  test('a snapshot beside it, by SAVE or at the end, is no change to tell', () => {
    const world = started({ save: '3600 1' });
    world.send('SET a 1');
    world.send('SAVE');
    world.send('INCR a');
    world.send('SHUTDOWN');
    expect(world.exitCode).toBe(0);
    expect(world.disk.files.get(INCREMENTAL)).not.toMatch(/save|shutdown/i);
    expect(restarted(world).ask('GET a')).toBe('"2"');
  });

  test('a stream that was trimmed about, with a limit, is the same after a restart', () => {
    const world = started({ 'stream-node-max-entries': 1 });
    for (const id of ['1-1', '2-1', '3-1']) world.send(`XADD s ${id} f v`);
    world.send('XADD s MAXLEN ~ 2 LIMIT 9 4-1 f v');
    world.send('XTRIM s MAXLEN ~ 1 LIMIT 9');
    const again = restarted(world, { 'stream-node-max-entries': 1 });
    expect(again.ask('XRANGE s - +')).toBe(world.ask('XRANGE s - +'));
    expect(again.digest()).toBe(world.digest());
  });

  test('a server that starts with nothing makes them', () => {
    const world = started();
    world.send('SET k v');
    expect(world.disk.files.get(MANIFEST)).toBe('file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i startoffset 0\n');
    expect(world.disk.files.get(`${FOLDER}/appendonly.aof.1.base.aof`)).toBe('');
    expect(world.disk.files.get(INCREMENTAL)).toBe('*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n');
    expect(logOf(world)).toEqual(['M Server initialized', 'M Creating AOF base file appendonly.aof.1.base.aof on server start', 'M Creating AOF incr file appendonly.aof.1.incr.aof on server start', 'M Ready to accept connections tcp']);
  });

  test.each([true, false])('everything is there after a restart, and after a rewrite (base in RDB format: %s)', (isRdb) => {
    const config = { 'aof-use-rdb-preamble': isRdb };
    const world = filled(started(config));
    const digest = world.digest();
    expect(restarted(world, config).digest()).toBe(digest);
    expect(world.send('BGREWRITEAOF')).toBe('+Background append only file rewriting started\r\n');
    expect(world.send('BGREWRITEAOF')).toBe('-ERR Background append only file rewriting already in progress\r\n');
    expect(world.send('BGSAVE')).toMatch(/^-ERR Another child process is active \(AOF\?\)/);
    world.send('SET while it-runs');
    world.advance(100);
    const base = `appendonly.aof.2.base.${isRdb ? 'rdb' : 'aof'}`;
    expect(world.disk.files.get(MANIFEST)).toMatch(new RegExp(`^file ${base.replaceAll('.', '\\.')} seq 2 type b\nfile appendonly\\.aof\\.2\\.incr\\.aof seq 2 type i startoffset \\d+\n$`));
    expect([...world.disk.files.keys()].map((path) => path.slice(FOLDER.length + 1)).sort()).toEqual([base, 'appendonly.aof.2.incr.aof', 'appendonly.aof.manifest'].sort());
    const again = restarted(world, config);
    expect(again.digest()).toBe(world.digest());
    expect(again.ask('XINFO GROUPS x')).toBe(world.ask('XINFO GROUPS x'));
    expect(again.ask('HPEXPIRETIME fields FIELDS 2 a b')).toBe(world.ask('HPEXPIRETIME fields FIELDS 2 a b'));
    expect(again.ask('DEBUG LOADAOF')).toBe('OK');
    expect(again.digest()).toBe(world.digest());
  });

  test('a rewrite tells what it does as the real server does', () => {
    const world = started();
    const before = logOf(world).length;
    world.send('BGREWRITEAOF');
    world.advance(50);
    expect(logOf(world).slice(before)).toEqual([
      'M Creating AOF incr file appendonly.aof.2.incr.aof on background rewrite',
      'M Background append only file rewriting started by pid 4712',
      'C Successfully created the temporary AOF base file temp-rewriteaof-bg-4712.aof',
      'C Fork CoW for AOF rewrite: current 0 MB, peak 0 MB, average 0 MB',
      'M Background AOF rewrite terminated with success',
      'M Successfully renamed the temporary AOF base file temp-rewriteaof-bg-4712.aof into appendonly.aof.2.base.aof',
      'M Removing the history file appendonly.aof.1.incr.aof in the background',
      'M Removing the history file appendonly.aof.1.base.aof in the background',
      'M Background AOF rewrite finished successfully',
    ]);
  });

  test('numbers go on from what the manifest on disk says, also where the file was off at the start or DEBUG LOADAOF has read it again', () => {
    const world = restarted(started(), { appendonly: false });
    world.send('CONFIG SET appendonly yes');
    world.advance(100);
    expect(world.disk.files.get(MANIFEST)).toMatch(/^file appendonly\.aof\.2\.base\.aof seq 2 type b\nfile appendonly\.aof\.2\.incr\.aof seq 2 type i startoffset \d+\n$/);
    world.send('CONFIG SET appendonly no');
    world.send('BGREWRITEAOF');
    world.advance(100);
    expect(world.disk.files.get(MANIFEST)).toBe('file appendonly.aof.3.base.aof seq 3 type b\n');
    expect(world.ask('DEBUG LOADAOF')).toBe('OK');
    world.send('CONFIG SET appendonly yes');
    world.advance(100);
    expect(world.disk.files.get(MANIFEST)).toMatch(/^file appendonly\.aof\.4\.base\.aof seq 4 type b\nfile appendonly\.aof\.1\.incr\.aof seq 1 type i/);
  });

  test('DEBUG LOADAOF says when there is nothing to load, and when it cannot be', () => {
    const world = started({ appendonly: false });
    world.send('SET a 1');
    const refused = '(error) ERR Error trying to load the AOF files, check server logs.';
    expect(world.ask('DEBUG LOADAOF')).toBe(refused);
    expect(world.ask('DBSIZE')).toBe('(integer) 0');
    world.send('CONFIG SET appendonly yes');
    world.advance(100);
    world.disk.files.set(INCREMENTAL, 'rubbish\n');
    expect(world.ask('DEBUG LOADAOF')).toBe(refused);
  });

  test('it can be turned on and off while the server runs', () => {
    const world = started({ appendonly: false });
    world.send('SET before 1');
    expect(world.send('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    world.send('SET while 1');
    expect(world.disk.files.has(`${FOLDER}/temp-appendonly.aof.incr`)).toBe(true);
    world.advance(100);
    world.send('SET after 1');
    world.advance(10);
    expect(restarted(world).digest()).toBe(world.digest());
    expect(world.send('CONFIG SET appendonly no')).toBe('+OK\r\n');
    expect(world.disk.files.get(MANIFEST)).toMatch(/type i startoffset \d+ endoffset \d+\n$/);
    const size = world.disk.files.get(INCREMENTAL)?.length;
    world.send('SET later 1');
    expect(world.disk.files.get(INCREMENTAL)?.length).toBe(size);
  });

  test('a crash in the middle of a rewrite loses nothing', () => {
    const world = filled(started());
    world.send('BGREWRITEAOF');
    world.send('SET meanwhile 1');
    const again = restarted(world);
    expect(again.digest()).toBe(world.digest());
    expect(again.disk.files.get(MANIFEST)).toContain('appendonly.aof.2.incr.aof');
  });

  test('one that has grown is rewritten by itself', () => {
    const world = started({ 'auto-aof-rewrite-min-size': 1000 });
    for (let i = 0; i < 100; i++) world.send(`SET k ${i}`);
    world.advance(300);
    expect(world.stdout).toMatch(/Starting automatic rewriting of AOF on \d+% growth/);
    expect(world.disk.files.get(`${FOLDER}/appendonly.aof.2.base.aof`)).toContain('$2\r\n99\r\n');
  });

  test('the one file of servers before version 7 is taken in', () => {
    const world = started({}, { '/data/appendonly.aof': '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nold\r\n' });
    expect(world.ask('GET k')).toBe('"old"');
    expect(world.stdout).toContain('Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir).');
    expect(world.disk.files.get(MANIFEST)).toBe('file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i startoffset 0\n');
  });
});

describe('loading', () => {
  const SET = (key: string): string => `*3\r\n$3\r\nset\r\n$2\r\n${key}\r\n$1\r\nv\r\n`;
  const source = (): TestServer => {
    const world = started();
    for (const line of ['set k0 v', 'set k1 v', 'set k2 v', 'multi', 'set a 1', 'set b 1', 'exec']) world.send(line);
    return world;
  };
  const changed = (path: string, change: (bytes: string) => string, config: Readonly<Record<string, DirectiveValue>> = {}): TestServer =>
    restarted(source(), config, (files) => files.set(path, change(files.get(path) ?? '')));
  const loadedLog = (world: TestServer): string[] => logOf(world).slice(1).map((line) => line.replace(/\d\.\d{3} seconds/, '… seconds'));

  test('a tail that was cut off is given up, but for the beginning of a transaction', () => {
    const world = changed(INCREMENTAL, (bytes) => bytes.slice(0, -5));
    expect(world.ask('DBSIZE')).toBe('(integer) 3');
    expect(loadedLog(world)).toEqual([
      'M !!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!',
      'M !!! Truncating the AOF appendonly.aof.1.incr.aof at offset 176 !!!',
      'M AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled',
      'M DB loaded from incr file appendonly.aof.1.incr.aof: … seconds',
      'M DB loaded from append only file: … seconds',
      'M Opening AOF incr file appendonly.aof.1.incr.aof on server start',
      'M Ready to accept connections tcp',
    ]);
    // As in 8.0.2: what follows belongs to the transaction that never ends, and is dropped with it.
    world.send('SET z 1');
    world.advance(10);
    const again = restarted(world);
    expect(again.ask('GET z')).toBe('(nil)');
    expect(again.stdout).toContain('Revert incomplete MULTI/EXEC transaction in AOF file appendonly.aof.1.incr.aof');
    expect(again.stdout).toContain('!!! Truncating the AOF appendonly.aof.1.incr.aof at offset 107 !!!');
  });

  test.each<readonly [string, TestServer, string]>([
    ['cut off, and that is not allowed', changed(INCREMENTAL, (bytes) => bytes.slice(0, -5), { 'aof-load-truncated': false }), 'Unexpected end of file reading the append only file appendonly.aof.1.incr.aof. You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the \'aof-load-truncated\' configuration option to yes and restart the server.'],
    ['damaged', changed(INCREMENTAL, (bytes) => `${bytes.slice(0, 30)}xx${bytes.slice(32)}`), 'Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>'],
    ['an unknown command', changed(INCREMENTAL, (bytes) => bytes.replaceAll('set', 'sit')), "Unknown command 'sit' reading the append only file appendonly.aof.1.incr.aof"],
    ['a file that is missing', restarted(source(), {}, (files) => files.delete(INCREMENTAL)), 'Unable to obtain the AOF file appendonly.aof.1.incr.aof length. stat: No such file or directory'],
    ['cut off in a file that is not the last', changed(`${FOLDER}/appendonly.aof.1.base.aof`, () => '*2\r\n$6\r\nSELECT\r\n$1\r\n'), 'Fatal error: the truncated file is not the last file'],
    ['an empty manifest', changed(MANIFEST, () => ''), 'Found an empty AOF manifest\n'],
    ['an unknown type', changed(MANIFEST, (bytes) => bytes.replace('type i', 'type x')), 'Unknown AOF file type\n'],
    ['a damaged manifest', changed(MANIFEST, (bytes) => bytes.replaceAll('seq', 'sek')), 'Invalid AOF manifest file format\n'],
    ['two bases', changed(MANIFEST, (bytes) => `${bytes.slice(0, bytes.indexOf('\n') + 1)}${bytes}`), 'Found duplicate base file information\n'],
    ['a path', changed(MANIFEST, (bytes) => bytes.replace('file append', 'file ../append')), "File can't be a path, just a filename\n"],
    ['numbers that do not rise', changed(MANIFEST, (bytes) => `${bytes}file appendonly.aof.0.incr.aof seq 1 type i\n`), 'Found a non-monotonic sequence number\n'],
  ])('%s: the server does not start', (_, world, line) => {
    expect(world.exitCode).toBe(1);
    expect(logOf(world).at(-1)).toBe(`M ${line.trimEnd()}`);
  });

  test('scripts of the file write at a replica, too', () => {
    const words = (...argv: string[]): string => `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
    const world = new TestServer({
      config: { appendonly: true, replicaof: '127.0.0.1 1' },
      files: {
        '/data/appendonlydir/appendonly.aof.manifest': 'file appendonly.aof.1.incr.aof seq 1 type i\n',
        '/data/appendonlydir/appendonly.aof.1.incr.aof': words('SELECT', '0') + words('EVAL', "redis.call('SET',KEYS[1],'100')", '1', 'foo') + words('EVAL', "redis.call('INCR',KEYS[1])", '1', 'foo'),
      },
    });
    expect(world.ask('GET foo')).toBe('"101"');
  });

  test('annotations are passed over, and an error does not stop it', () => {
    const world = changed(INCREMENTAL, (bytes) => `#TS:1700000000\r\n${bytes}# anything\r\n*2\r\n$4\r\nlpop\r\n$2\r\nk1\r\n#TS:17`);
    expect(world.ask('DBSIZE')).toBe('(integer) 5');
    expect(world.stdout).toContain("== CRITICAL == This server is sending an error to its AOF-loading-client: '-WRONGTYPE Operation against a key holding the wrong kind of value' after processing the command 'lpop'");
  });

  test('keys that have ended are there until the file says that they went', () => {
    const world = changed(INCREMENTAL, () => `${SET('k0')}*3\r\n$9\r\nPEXPIREAT\r\n$2\r\nk0\r\n$4\r\n1000\r\n*2\r\n$7\r\nPERSIST\r\n$2\r\nk0\r\n`);
    expect(world.ask('GET k0')).toBe('"v"');
  });
});

describe('syncing', () => {
  test('everysec syncs once a second, and keeps writes back while the disk is busy, two seconds at most', () => {
    const world = started();
    world.advance(1500);
    world.disk.syncUs = 5_000_000;
    world.send('SET a 1');
    const size = (): number => world.disk.files.get(INCREMENTAL)?.length ?? 0;
    const before = size();
    world.send('SET b 1');
    world.advance(1000);
    expect(size()).toBe(before);
    expect(world.ask('INFO persistence')).toContain('aof_pending_bio_fsync:1');
    world.advance(1500);
    expect(size()).toBeGreaterThan(before);
    expect(world.stdout).toContain('Asynchronous AOF fsync is taking too long (disk is busy?).');
    expect(world.ask('INFO persistence')).toContain('aof_delayed_fsync:1');
  });

  test('WAITAOF is answered an error when the file is turned off meanwhile', () => {
    const world = new TestServer({ config: { appendonly: true, appendfsync: 'no' } });
    world.send('INCR foo', 'waits');
    expect(world.send('WAITAOF 1 0 0', 'waits')).toBe('');
    world.send('CONFIG SET appendonly no');
    expect(world.client('waits').received).toBe('-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n');
  });

  test('WAITAOF answers when the first rewrite is done, though it had to wait for another child', () => {
    const world = new TestServer({ config: { save: '', 'rdb-key-save-delay': 1_000_000 } });
    world.send('SET a 1');
    world.send('BGSAVE');
    world.send('CONFIG SET appendonly yes');
    world.send('SET a 2');
    world.send('CONFIG SET rdb-key-save-delay 0');
    expect(world.send('WAITAOF 1 0 0', 'waits')).toBe('');
    world.advance(3000);
    expect(world.client('waits').received).toBe('*2\r\n:1\r\n:0\r\n');
  });

  test('WAITAOF answers when the sync is done', () => {
    const world = started();
    world.advance(1500);
    world.disk.syncUs = 30_000;
    world.send('SET a 1');
    expect(world.send('WAITAOF 1 0 0')).toBe('');
    world.advance(40);
    expect(world.client().take()).toBe('*2\r\n:1\r\n:0\r\n');
    world.send('SET a 2');
    expect(world.send('WAITAOF 0 0 0')).toBe('*2\r\n:0\r\n:0\r\n');
  });

  test('a write error refuses writes and PING until it is over', () => {
    const world = started({ appendfsync: 'no' });
    world.disk.refuse = FULL;
    expect(world.send('SET a 1')).toBe('+OK\r\n');
    expect(world.send('SET a 2')).toBe('-MISCONF Errors writing to the AOF file: No space left on device\r\n');
    expect(world.send('PING')).toMatch(/^-MISCONF /);
    expect(world.send('GET a')).toBe('$1\r\n1\r\n');
    expect(world.ask('INFO persistence')).toContain('aof_last_write_status:err');
    world.disk.refuse = undefined;
    world.advance(1100);
    expect(world.stdout).toContain('AOF write error looks solved, Redis can write again.');
    expect(world.send('SET a 3')).toBe('+OK\r\n');
    expect(restarted(world).ask('GET a')).toBe('"3"');
  });

  test('under always there is no going on after an error: the reply is not sent', () => {
    const world = started({ appendfsync: 'always' });
    world.disk.refuse = FULL;
    expect(world.send('SET a 1')).toBe('');
    expect(world.exitCode).toBe(1);
    expect(world.stdout).toContain("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
  });

  test('SHUTDOWN syncs and notes where the file ends', () => {
    const world = started();
    world.send('SET a 1');
    world.send('SHUTDOWN');
    expect(world.disk.files.get(MANIFEST)).toMatch(/startoffset 0 endoffset 1\n$/);
    const again = restarted(world);
    expect(again.ask('GET a')).toBe('"1"');
    expect(again.disk.files.get(MANIFEST)).toMatch(/startoffset 0\n$/);
  });
});

describe('what hashes write', () => {
  const written = (world: TestServer): string[] => (world.disk.files.get(INCREMENTAL) ?? '').split(/\*\d+\r\n/).slice(2).map((each) => each.split('\r\n').filter((_, index) => index % 2 === 1).join(' '));

  test('a condition is told as it came, fields removed at once or read away as HDEL, what the cycle finds one by one', () => {
    const world = started({ appendfsync: 'always' });
    world.send('HSET h a 1 b 2 c 3 d 4');
    world.send('HPEXPIREAT h 1700000100000 nx fields 2 a x');
    world.send('HSETEX h PXAT 1 FIELDS 1 e 5');
    world.send('HGETDEL h FIELDS 2 d x');
    world.send('HGETDEL h FIELDS 1 x');
    world.send('HPEXPIRE h 50 FIELDS 2 b c');
    world.advance(500);
    expect(written(world)).toEqual([
      'HSET h a 1 b 2 c 3 d 4', 'HPEXPIREAT h 1700000100000 nx fields 1 a', 'HDEL h e', 'HDEL h d x', 'HPEXPIREAT h 1700000000050 FIELDS 2 b c', 'HDEL h b', 'HDEL h c',
    ]);
  });
});
