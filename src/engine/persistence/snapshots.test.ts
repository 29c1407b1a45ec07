import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';
import { decodeRdb } from './rdb.ts';

const FILE = '/data/dump.rdb';

/** Another server on the same disk: what a restart is. */
function restarted(world: TestServer): TestServer {
  const again = new TestServer({ files: { [FILE]: String(world.disk.read(FILE)) }, nowMs: world.clock.us / 1000 });
  return again;
}

describe('the file', () => {
  // Written by redis-server 8.0.2 after SET a 1, SET key:1 hello PX 100000000, SET z y in database 3.
  const RECORDED =
    'UkVESVMwMDEy+glyZWRpcy12ZXIFOC4wLjL6CnJlZGlzLWJpdHPAQPoFY3RpbWXCgUEEa/oIdXNlZC1tZW3CeBEjAPoIYW9mLWJhc2XAAP4A+wIBAAFhwAH8O8GVDqIBAAAABWtleToxBWhlbGxv/gP7AQAAAXoBef8fA9wul+nDFg==';

  // Written by redis-server 7.0.15 (format 10): every type, in both of its encodings where there are two.
  const OF_SEVEN =
    'UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwhe3CWv6CHVzZWQtbWVtwoBZEwD6CGFvZi1iYXNlwAD1QE0jIWx1YSBuYW1lPWxpYgpyZWRpcy5yZWdpc3Rlcl9mdW5jdGlvbignZicsIGZ1bmN0aW9uKCkgcmV0dXJuICdmcm9tIDcuMCcgZW5kKf4A+w0BEQRuZWFyHR0AAAAGAIFiAoQtaW5mBYFhAoMxLjUEgWMCAwH/EgRsaXN0AgIMDAAAAAIAgWECAQH/AhQUAAAAAgD0AA761f7///8JgWQC/wAEdGV4dAVoZWxsbwAGcGFja2VkwwlARAFhYeA3AAFhYQIFbmFtZXMDwAcDYW5uA2JvYgQFbGFyZ2UBBWZpZWxkBmxvbmdlchMGc3RyZWFtARAAAAAAAAAAAQAAAAAAAAABQEFBAAAAGQACAQEBAgGBYQKBYgIAAQMBAAEAAQEBAgEFAQIBAQEAAQMBBAEFAQABAgEAAQEBhW90aGVyBoF4AgYB/wIDAQIBAQEDAQVncm91cAIBAgEAAAAAAAAAAgAAAAAAAAABjTLzHaIBAAABAgNhbm6NMvMdogEAAAEAAAAAAAAAAgAAAAAAAAABBGlkbGWNMvMdogEAAAD8AECUUqMDAAAABWJyaWVmAXgQBXNtYWxsFBQAAAAEAIFhAgEBgWICg3R3bwT/AANpbnTBOTALBGludHMUBAAAAAMAAAABAAAAAgAAAHARAQAFA2ZhcgIBYgAAAAAAAPB/AWGamZmZmZm5PwAIdmlzaXRvcnMbSFlMTAEAAAAAAAAAAAAAgGDzgFCxhEv7gEJa/gP7AQAACWVsc2V3aGVyZQN5ZXP/UUtNVCfzxzo=';

  function bytes(base64: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    let bits = '';
    for (const c of base64.replace(/=+$/, '')) bits += alphabet.indexOf(c).toString(2).padStart(6, '0');
    return (bits.match(/.{8}/g) ?? []).map((eight) => String.fromCharCode(parseInt(eight, 2))).join('');
  }

  test('one of the real server is read', () => {
    const keys: unknown[] = [];
    const { facts } = decodeRdb(bytes(RECORDED), new TestServer().server, { databases: 16, key: (db, key, object, expires) => keys.push([db, key, object.type === 'string' && String(object.value), expires]) > 0 });
    expect(keys).toEqual([[0, 'a', '1', undefined], [0, 'key:1', 'hello', 1795541025083], [3, 'z', 'y', undefined]]);
    expect(facts.get('redis-ver')).toBe('8.0.2');
  });

  test('one of 7.0 is loaded, to what 8.0.2 makes of it', () => {
    const world = new TestServer({ files: { [FILE]: bytes(OF_SEVEN) } });
    // DEBUG DIGEST of redis-server 8.0.2 after it had loaded the same file.
    expect(world.digest()).toBe('959ec9c5d66ba1cd786c54a6bdc8243a79f0ac5a');
    expect(world.ask('FCALL f 0')).toBe('"from 7.0"');
    expect(world.ask('XPENDING stream group')).toBe('1) (integer) 1  2) "2-1"  3) "2-1"  4) 1) 1) "ann"  2) "1"');
    expect(world.ask('PFCOUNT visitors')).toBe('(integer) 3');
    expect(world.ask('PEXPIRETIME brief')).toBe('(integer) 4000000000000');
  });

  test('any changed byte but those of facts is noticed or harmless', () => {
    const good = bytes(RECORDED);
    for (let i = 9; i < good.length; i++) {
      const flipped = good.slice(0, i) + String.fromCharCode(good.charCodeAt(i) ^ 1) + good.slice(i + 1);
      expect(() => decodeRdb(flipped, new TestServer().server, { databases: 16, key: () => true }), `byte ${i}`).toThrow();
    }
  });
});

describe('saving', () => {
  test('SAVE, and everything is there after a restart, deadlines too', () => {
    const world = new TestServer();
    world.send('MSET a 1 b text c ""');
    world.send('SET gone soon PX 500');
    world.send('SET stays longer PX 5000');
    world.send('SELECT 9');
    world.send('SET z 9');
    expect(world.send('SAVE')).toBe('+OK\r\n');
    world.advance(1000);
    const again = restarted(world);
    expect(again.ask('MGET a b c gone')).toBe('1) "1"  2) "text"  3) ""  4) (nil)');
    expect(again.ask('PTTL stays')).toBe('(integer) 4000');
    expect(again.stdout).toContain('Done loading RDB, keys loaded: 5, keys expired: 1.');
  });

  test('BGSAVE holds the moment it was asked for', () => {
    const world = new TestServer();
    world.send('SET a before');
    expect(world.send('BGSAVE')).toBe('+Background saving started\r\n');
    world.send('SET a after');
    expect(world.send('BGSAVE')).toBe('-ERR Background save already in progress\r\n');
    world.advance(100);
    expect(world.stdout).toContain('Background saving terminated with success');
    expect(restarted(world).send('GET a')).toBe('$6\r\nbefore\r\n');
  });

  test('a save point that is reached starts one', () => {
    const world = new TestServer({ config: { save: '5 2' } });
    world.send('SET a 1');
    world.advance(7000);
    expect(world.disk.read(FILE)).toMatchObject({ code: 'ENOENT' });
    world.send('SET a 2');
    world.advance(200);
    expect(world.stdout).toContain('2 changes in 5 seconds. Saving...');
    expect(world.server.dirty).toBe(0);
  });

  test('SHUTDOWN saves when there are save points, or when told', () => {
    for (const [save, command, isSaved] of [['3600 1', 'SHUTDOWN', true], ['', 'SHUTDOWN', false], ['', 'SHUTDOWN SAVE', true], ['3600 1', 'SHUTDOWN NOSAVE', false]] as const) {
      const world = new TestServer({ config: { save } });
      world.send('SET a 1');
      world.send(command);
      expect(typeof world.disk.read(FILE) === 'string', `${save} ${command}`).toBe(isSaved);
    }
  });

  test('hashes and sorted sets of both encodings come back', () => {
    const world = new TestServer();
    for (const line of ['HSET h:small a 1 b two', `HSET h:large a ${'x'.repeat(100)}`, 'ZADD z:small 1.5 a -inf b', `ZADD z:large 0.1 a inf ${'x'.repeat(100)}`, 'SAVE']) world.send(line);
    const again = restarted(world);
    expect(again.digest()).toBe(world.digest());
    for (const key of ['h:small', 'h:large', 'z:small', 'z:large']) expect(again.ask(`OBJECT ENCODING ${key}`)).toBe(world.ask(`OBJECT ENCODING ${key}`));
    expect(again.ask('ZRANGE z:large 0 -1')).toBe(world.ask('ZRANGE z:large 0 -1'));
  });

  test.each([
    ['nonsense, and more of it', ['Wrong signature trying to load DB from file', 'Fatal error loading the DB, check server logs. Exiting.']],
    ['REDIS0099 and so on', ["Can't handle RDB format version 99", 'Fatal error loading the DB, check server logs. Exiting.']],
    ['REDIS0012\x0b\x01k\x07nothing\xff', ['Internal error in RDB reading offset 20 -> Intset integrity check failed.', 'Terminating server after rdb file reading failure.']],
    ['REDIS0012\0\x01k', ['Short read or OOM loading DB. Unrecoverable error, aborting now.', 'Internal error in RDB reading offset 12 -> Unexpected EOF reading RDB file']],
  ])('a file that is damaged (%j) stops the start with a reason', (content, said) => {
    const world = new TestServer({ files: { [FILE]: content } });
    expect(world.exitCode).toBe(1);
    expect(world.stdout.trimEnd().split('\n').slice(-said.length).map((line) => line.split(' # ')[1])).toEqual(said);
  });

  test('a save in the background that failed stops writes until one succeeds; one in the foreground has told its caller', () => {
    const world = new TestServer();
    world.disk.refuse = { code: 'ENOSPC', message: 'No space left on device' };
    expect(world.send('SAVE')).toBe('-ERR\r\n');
    expect(world.send('SET a 1')).toBe('+OK\r\n');
    world.send('BGSAVE');
    world.advance(100);
    expect(world.send('SET a 1')).toMatch(/^-MISCONF /);
    world.disk.refuse = undefined;
    expect(world.send('SAVE')).toBe('+OK\r\n');
    expect(world.send('SET a 1')).toBe('+OK\r\n');
  });

  test('a child takes as long for each key as rdb-key-save-delay says, as it was at the fork', () => {
    const world = new TestServer({ config: { 'rdb-key-save-delay': 1000, 'enable-debug-command': 'yes' } });
    world.send('DEBUG POPULATE 1000');
    world.send('BGSAVE');
    world.send('CONFIG SET rdb-key-save-delay 0');
    world.advance(500);
    const info = world.send('INFO persistence');
    expect(info).toContain('rdb_bgsave_in_progress:1');
    expect(Number(/current_save_keys_processed:(\d+)/.exec(info)?.[1])).toBeGreaterThan(400);
    world.advance(600);
    expect(world.send('INFO persistence')).toContain('rdb_bgsave_in_progress:0');
    expect(restarted(world).ask('DBSIZE')).toBe('(integer) 1000');
  });

  test('FLUSHALL ends a child that still writes what is gone, and that is no failure', () => {
    const world = new TestServer({ config: { 'rdb-key-save-delay': 1_000_000, save: '' } });
    for (const line of ['SET a 1', 'BGSAVE', 'FLUSHALL']) world.send(line);
    world.advance(100);
    expect(world.stdout).toMatch(/:signal-handler \(\d+\) Received SIGUSR1 in child, exiting now\.\n[^\n]*Background saving terminated by signal 10\n$/);
    expect(world.send('INFO persistence')).toMatch(/rdb_bgsave_in_progress:0[^]*rdb_last_bgsave_status:ok\r\nrdb_last_bgsave_time_sec:0\r\n/);
  });

  test('fields of hashes that come back end at their time, though nobody looks', () => {
    const world = new TestServer();
    for (const line of ['HSET h:small a 1 b 2', `HSET h:large a 1 b ${'x'.repeat(100)}`]) world.send(line);
    for (const key of ['h:small', 'h:large']) world.send(`HPEXPIRE ${key} 500 FIELDS 1 a`);
    world.send('SAVE');
    const again = restarted(world);
    again.advance(1000);
    expect(again.send('INFO stats')).toContain('expired_subkeys:2');
  });

  test('DEBUG RELOAD of a damaged file, or of none, is an error; the server lives on with what could be read', () => {
    const world = new TestServer({ config: { 'enable-debug-command': 'yes', loglevel: 'verbose' } });
    for (const line of ['SET a 1', 'SET b 2', 'SAVE']) world.send(line);
    const file = String(world.disk.read(FILE));
    const inside = 'Internal error in RDB reading offset 0 -> ';
    const tooEarly = ['Short read or OOM loading DB. Unrecoverable error, aborting now.', `${inside}Unexpected EOF reading RDB file`];
    for (const [bytes, said, left] of [
      [undefined, [], 0],
      [`X${file}`, ['Wrong signature trying to load DB from file'], 0],
      [file.slice(0, -11), tooEarly, 1],
      [file.replaceAll(/\0(?=\x01[ab])/g, '\x63'), [`${inside}Unknown RDB encoding type 99`, ...tooEarly], 0],
    ] as const) {
      if (bytes === undefined) world.disk.remove(FILE);
      else world.disk.write(FILE, bytes);
      const before = world.stdout.length;
      expect(world.send('DEBUG RELOAD NOSAVE')).toBe('-ERR Error trying to load the RDB dump, check server logs.\r\n');
      expect([...world.stdout.slice(before).matchAll(/ [#-] (.*)/g)].map(([, line]) => line)).toEqual(said);
      expect(world.ask('DBSIZE')).toBe(`(integer) ${left}`);
    }
  });

  test('DEBUG RELOAD leaves no library that the file has not', () => {
    const world = new TestServer({ config: { 'enable-debug-command': 'yes' } });
    const library = (name: string): string[] => ['FUNCTION', 'LOAD', `#!lua name=${name}\nredis.register_function('${name}', function() return 1 end)`];
    world.sendArgv(library('kept'));
    world.send('SAVE');
    world.sendArgv(library('lost'));
    expect(world.send('DEBUG RELOAD NOSAVE')).toBe('+OK\r\n');
    expect(world.send('FUNCTION LIST')).not.toContain('lost');
    expect(world.send('FUNCTION LIST')).toContain('kept');
  });
});
