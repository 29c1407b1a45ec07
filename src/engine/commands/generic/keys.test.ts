import { describe, expect, test } from 'vitest';
import { error, nil, OK, status, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const SAME = error('ERR source and destination objects are the same');

cases('DEL, UNLINK, EXISTS, TOUCH, TYPE', [
  ['DEL a b c', 2, { given: ['MSET a 1 b 2'], dirty: 2, notifies: ['del a', 'del b'], after: [['DBSIZE', 0]] }],
  ['DEL a a', 1, { given: ['SET a 1'], dirty: 1 }],
  ['DEL a', 0, { dirty: 0, notifies: [] }],
  ['DEL a', 0, { given: ['SET a 1 PX 150'], later: 180, dirty: 0, notifies: ['expired a'] }],
  ['UNLINK a b', 1, { given: ['SET a 1'], notifies: ['del a'] }],
  ['EXISTS a a b', 2, { given: ['SET a 1'] }],
  ['TOUCH a b', 1, { given: ['SET a 1'], dirty: 0 }],
  ['TYPE a', status('string'), { given: ['SET a 1'] }],
  ['TYPE a', status('none')],
]);

cases('RENAME and RENAMENX', [
  ['RENAME a b', OK, { given: ['SET a 1 EX 60', 'SET b 2'], dirty: 1, notifies: ['rename_from a', 'rename_to b'], after: [['GET b', '1'], ['TTL b', 60], ['EXISTS a', 0]] }],
  ['RENAME a b', OK, { given: ['SET a 1', 'SET b 2 EX 60'], after: [['TTL b', -1]] }],
  ['RENAME a b', error('ERR no such key'), { given: ['SET b 2'], after: [['GET b', '2']] }],
  ['RENAME a a', OK, { given: ['SET a 1'], dirty: 0, notifies: [] }],
  ['RENAMENX a b', 1, { given: ['SET a 1'], dirty: 1 }],
  ['RENAMENX a b', 0, { given: ['MSET a 1 b 2'], dirty: 0, notifies: [] }],
  ['RENAMENX a a', 0, { given: ['SET a 1'] }],
  ['RENAMENX a b', error('ERR no such key')],
]);

cases('MOVE and COPY', [
  ['MOVE a 1', 1, { given: ['SET a 1 EX 60'], dirty: 1, notifies: ['move_from a', 'move_to a'], after: [['EXISTS a', 0], ['SELECT 1', OK], ['TTL a', 60]] }],
  ['MOVE a 1', 0, { given: ['SELECT 1', 'SET a old', 'SELECT 0', 'SET a 1'], dirty: 0, after: [['GET a', '1']] }],
  ['MOVE a 1', 0],
  ['MOVE a 0', SAME],
  ['MOVE a 16', error('ERR DB index is out of range')],
  ['MOVE a -1', error('ERR DB index is out of range')],
  ['MOVE a x', error('ERR value is not an integer or out of range')],
  ['MOVE a 99999999999', error('ERR value is out of range, value must between -2147483648 and 2147483647')],
  ['COPY a b', 1, { given: ['SET a 1 EX 60'], dirty: 1, notifies: ['copy_to b'], after: [['GET b', '1'], ['TTL b', 60], ['OBJECT REFCOUNT a', 2147483647], ['OBJECT REFCOUNT b', 1]] }],
  ['COPY a b', 0, { given: ['MSET a 1 b 2'], dirty: 0, notifies: [] }],
  ['COPY a b REPLACE', 1, { given: ['SET a 1', 'SET b 2 EX 60'], notifies: ['copy_to b'], after: [['GET b', '1'], ['TTL b', -1]] }],
  ['COPY a a DB 1', 1, { given: ['SET a 1'], after: [['SELECT 1', OK], ['GET a', '1']] }],
  ['COPY a a', SAME],
  ['COPY a a DB 0', SAME],
  ['COPY a b DB', error('ERR syntax error')],
  ['COPY a b DB 16', error('ERR DB index is out of range')],
  ['COPY a b foo', error('ERR syntax error')],
  ['COPY a b', 1, { given: ['SET a x', 'APPEND a y'], after: [['OBJECT ENCODING b', 'raw'], ['APPEND b z', 3], ['GET a', 'xy']] }],
]);

cases('EXPIRE and its relatives', [
  ['EXPIRE a 60', 1, { given: ['SET a 1'], dirty: 1, notifies: ['expire a'], after: [['TTL a', 60]] }],
  ['EXPIRE a 60', 0, { dirty: 0, notifies: [] }],
  ['EXPIRE a 0', 1, { given: ['SET a 1'], dirty: 1, notifies: ['del a'], after: [['EXISTS a', 0]] }],
  ['EXPIRE a -5', 1, { given: ['SET a 1'], notifies: ['del a'] }],
  ['PEXPIRE a 1', 1, { given: ['SET a 1'], notifies: ['expire a'] }],
  ['EXPIREAT a 1700000060', 1, { given: ['SET a 1'], after: [['TTL a', 60]] }],
  ['EXPIREAT a 1700000000', 1, { given: ['SET a 1'], notifies: ['del a'] }],
  ['PEXPIREAT a 1700000000001', 1, { given: ['SET a 1'], notifies: ['expire a'] }],
  ['EXPIRE a 60 NX', 0, { given: ['SET a 1 EX 10'], dirty: 0 }],
  ['EXPIRE a 60 NX', 1, { given: ['SET a 1'] }],
  ['EXPIRE a 60 XX', 0, { given: ['SET a 1'] }],
  ['EXPIRE a 60 XX', 1, { given: ['SET a 1 EX 10'] }],
  ['EXPIRE a 60 GT', 0, { given: ['SET a 1'] }],
  ['EXPIRE a 10 GT', 0, { given: ['SET a 1 EX 10'] }],
  ['EXPIRE a 11 GT', 1, { given: ['SET a 1 EX 10'] }],
  ['EXPIRE a 60 LT', 1, { given: ['SET a 1'] }],
  ['EXPIRE a 10 LT', 0, { given: ['SET a 1 EX 10'] }],
  ['EXPIRE a 9 xx lt', 1, { given: ['SET a 1 EX 10'] }],
  ['EXPIRE a 0 NX', 0, { given: ['SET a 1 EX 10'], after: [['EXISTS a', 1]] }],
  ['EXPIRE a 60 NX GT', error('ERR NX and XX, GT or LT options at the same time are not compatible')],
  ['EXPIRE a 60 GT LT', error('ERR GT and LT options at the same time are not compatible')],
  ['EXPIRE a 60 Foo', error('ERR Unsupported option Foo')],
  ['EXPIRE a x Foo', error('ERR Unsupported option Foo')],
  ['EXPIRE a x', error('ERR value is not an integer or out of range')],
  ['EXPIRE a 9223372036854775807', error("ERR invalid expire time in 'expire' command")],
  ['EXPIRE a -9223372036854775807', error("ERR invalid expire time in 'expire' command")],
  ['PEXPIRE a 9223372036854775807', error("ERR invalid expire time in 'pexpire' command")],
  ['PEXPIREAT a 9223372036854775807', 1, { given: ['SET a 1'], after: [['PEXPIRETIME a', 9223372036854775807n], ['PTTL a', 9223370336854775807n]] }],
  ['PERSIST a', 1, { given: ['SET a 1 EX 60'], dirty: 1, notifies: ['persist a'], after: [['TTL a', -1]] }],
  ['PERSIST a', 0, { given: ['SET a 1'], dirty: 0, notifies: [] }],
  ['PERSIST a', 0],
  ['TTL a', -2],
  ['TTL a', -1, { given: ['SET a 1'] }],
  ['TTL a', 1, { given: ['SET a 1 PX 1499'] }],
  ['TTL a', 2, { given: ['SET a 1 PX 1500'] }],
  ['PTTL a', 0, { given: ['SET a 1 PX 150'], later: 150 }],
  ['EXPIRETIME a', 1700000002, { given: ['SET a 1 PX 1500'] }],
  ['PEXPIRETIME a', 1700000001500, { given: ['SET a 1 PX 1500'] }],
]);

cases('DUMP and RESTORE', [
  ['DUMP a', nil],
  ['DUMP a', '\x00\xc0*\x0c\x00J\x8dh:|I\xd1\x19', { given: ['SET a 42'] }],
  ['RESTORE a 0 x', error('ERR DUMP payload version or checksum are wrong'), { after: [['EXISTS a', 0]] }],
  ['RESTORE a 0 x', error('BUSYKEY Target key name already exists.'), { given: ['SET a 1'] }],
  ['RESTORE a -1 x', error('ERR Invalid TTL value, must be >= 0')],
  ['RESTORE a x x', error('ERR value is not an integer or out of range')],
  ['RESTORE a 0 x IDLETIME -1', error('ERR Invalid IDLETIME value, must be >= 0')],
  ['RESTORE a 0 x FREQ 256', error('ERR Invalid FREQ value, must be >= 0 and <= 255')],
  ['RESTORE a 0 x FREQ 1 IDLETIME 1', error('ERR syntax error')],
  ['RESTORE a 0 x foo', error('ERR syntax error')],
]);

describe('RESTORE', () => {
  const payloadOf = (world: TestServer, value: string): string => {
    world.sendArgv(['SET', 'source', value]);
    const reply = world.send('DUMP source');
    return reply.slice(reply.indexOf('\r\n') + 2, -2);
  };

  test('gives back what DUMP took, with the time to live, idle time and encoding it is told', () => {
    const world = new TestServer();
    for (const value of ['', '42', '-9223372036854775808', 'text', 'ab'.repeat(200), '\0\xff']) {
      const payload = payloadOf(world, value);
      expect(world.sendArgv(['RESTORE', 'copy', '5000', payload, 'REPLACE', 'IDLETIME', '100'])).toBe('+OK\r\n');
      expect(world.ask('OBJECT IDLETIME copy')).toBe('(integer) 100');
      expect(world.ask('OBJECT ENCODING copy')).toBe(world.ask('OBJECT ENCODING source'));
      expect(world.ask('PTTL copy')).toBe('(integer) 5000');
      expect(world.send('GET copy')).toBe(world.send('GET source'));
    }
  });

  test('what is dead on arrival only removes what stood in its place', () => {
    const world = new TestServer();
    const payload = payloadOf(world, 'v');
    world.send('SET old 1');
    const events = world.listen();
    const { dirty } = world.server;
    expect(world.sendArgv(['RESTORE', 'old', '1000', payload, 'ABSTTL', 'REPLACE'])).toBe('+OK\r\n');
    expect(world.sendArgv(['RESTORE', 'new', '1000', payload, 'ABSTTL'])).toBe('+OK\r\n');
    expect(events.flatMap((event) => (event.type === 'keyChanged' ? [`${event.event} ${event.key}`] : []))).toEqual(['del old']);
    expect(world.server.dirty - dirty).toBe(1);
    expect(world.ask('EXISTS old new')).toBe('(integer) 0');
  });

  test('a key past its time is in nobody\'s way', () => {
    const world = new TestServer();
    const payload = payloadOf(world, 'v');
    world.send('SET k old PX 150');
    world.advance(180);
    expect(world.sendArgv(['RESTORE', 'k', '0', payload])).toBe('+OK\r\n');
  });
});

cases('OBJECT', [
  ['OBJECT ENCODING a', nil],
  ['OBJECT FREQ a', nil],
  ['OBJECT FREQ a', error('ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'), { given: ['SET a 1'] }],
  ['OBJECT FREQ a', 5, { config: { 'maxmemory-policy': 'allkeys-lfu' }, given: ['SET a x'] }],
  ['OBJECT IDLETIME a', error('ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'), { config: { 'maxmemory-policy': 'allkeys-lfu' }, given: ['SET a x'] }],
  ['OBJECT IDLETIME a', 7, { given: ['SET a x'], later: 7000 }],
  ['OBJECT foo a', error("ERR unknown subcommand 'foo'. Try OBJECT HELP.")],
  ['OBJECT ENCODING', error("ERR wrong number of arguments for 'object|encoding' command")],
]);

test('looking at a value is no use of it, reading it is', () => {
  const world = new TestServer();
  world.send('SET k v');
  world.advance(7000);
  for (const line of ['EXISTS k', 'TYPE k', 'TTL k', 'PTTL k', 'EXPIRETIME k', 'OBJECT ENCODING k', 'KEYS *', 'SCAN 0', 'RANDOMKEY']) world.send(line);
  expect(world.ask('OBJECT IDLETIME k')).toBe('(integer) 7');
  world.send('TOUCH k');
  expect(world.ask('OBJECT IDLETIME k')).toBe('(integer) 0');
});

cases('KEYS, SCAN, RANDOMKEY', [
  ['KEYS *', []],
  ['KEYS b*', ['b'], { given: ['MSET a 1 b 2'] }],
  ['RANDOMKEY', nil],
  ['RANDOMKEY', 'a', { given: ['SET a 1'] }],
  ['SCAN 0', ['0', ['a']], { given: ['SET a 1'] }],
  ['SCAN 0 MATCH x*', ['0', []], { given: ['SET a 1'] }],
  ['SCAN 0 TYPE STRING', ['0', ['a']], { given: ['SET a 1'] }],
  ['SCAN 0 TYPE list', ['0', []], { given: ['SET a 1'] }],
  ['SCAN 0 TYPE foo', ['0', []], { given: ['SET a 1'] }],
  ['SCAN 18446744073709551615', ['0', []]],
  ['SCAN 18446744073709551616', error('ERR invalid cursor')],
  ['SCAN -1', error('ERR invalid cursor')],
  ['SCAN x COUNT x', error('ERR invalid cursor')],
  ['SCAN 0 COUNT 0', error('ERR syntax error')],
  ['SCAN 0 COUNT x', error('ERR value is not an integer or out of range')],
  ['SCAN 0 COUNT', error('ERR syntax error')],
  ['SCAN 0 foo 1', error('ERR syntax error')],
  ['SCAN 0 NOVALUES', error('ERR NOVALUES option can only be used in HSCAN')],
]);

describe('SCAN', () => {
  test('answers every key that stays, however much is added and removed meanwhile', () => {
    const world = new TestServer({ seed: 7 });
    for (let i = 0; i < 300; i++) world.send(`SET stays:${i} v`);
    const seen = new Set<string>();
    let cursor = '0';
    let round = 0;
    do {
      const shown = world.ask(`SCAN ${cursor} COUNT 20`);
      cursor = /^1\) "(\d+)"/.exec(shown)?.[1] ?? '';
      for (const [, name] of shown.matchAll(/"(stays:\d+)"/g)) seen.add(name ?? '');
      // The table grows to several times its size, then shrinks again, under the cursor.
      for (let i = 0; i < 200; i++) world.send(round < 5 ? `SET goes:${round}:${i} v` : `DEL goes:${round - 5}:${i}`);
      round++;
    } while (cursor !== '0');
    expect(seen.size).toBe(300);
    expect(round).toBeGreaterThan(8);
  });

  test('COUNT is about the keys looked at, not the keys found', () => {
    const world = new TestServer();
    for (let i = 0; i < 500; i++) world.send(`SET k:${i} v`);
    const calls = (options: string): number => {
      let cursor = '0';
      let n = 0;
      do {
        cursor = /^1\) "(\d+)"/.exec(world.ask(`SCAN ${cursor} ${options}`))?.[1] ?? '';
        n++;
      } while (cursor !== '0');
      return n;
    };
    expect(calls('MATCH none*')).toBe(calls(''));
    expect(calls('TYPE list')).toBe(calls(''));
    expect(calls('')).toBeGreaterThan(30);
    expect(calls('COUNT 1000')).toBe(1);
  });

  test('removes the dead keys it passes; KEYS leaves them out and leaves them', () => {
    const world = new TestServer();
    world.server.debug.activeExpire = false;
    world.send('SET dead v PX 10');
    world.send('SET alive v');
    world.advance(20);
    expect(world.ask('KEYS *')).toBe('1) "alive"');
    expect(world.ask('DBSIZE')).toBe('(integer) 2');
    expect(world.ask('SCAN 0')).toBe('1) "0"  2) 1) "alive"');
    expect(world.ask('DBSIZE')).toBe('(integer) 1');
  });

  test('RANDOMKEY ends although every key is dead', () => {
    const world = new TestServer();
    world.server.debug.activeExpire = false;
    for (let i = 0; i < 20; i++) world.send(`SET k:${i} v PX 10`);
    world.advance(20);
    expect(world.ask('RANDOMKEY')).toBe('(nil)');
    expect(world.ask('DBSIZE')).toBe('(integer) 0');
  });
});

transcript('CLIENT PAUSE hides dead keys and keeps them', `
  a> SET k v PX 50
  a< OK
  b> CLIENT PAUSE 1000 WRITE
  + 500 ms
  a> GET k
  a< (nil)
  a> DBSIZE
  a< (integer) 1
  a> RANDOMKEY
  a< "k"
  + 1000 ms
  a> DBSIZE
  a< (integer) 0
`);

transcript('WAIT without replicas answers when the time is up', `
  a> SET k v
  a< OK
  a> WAIT 1 500
  + 499 ms
  a  is waiting
  + 2 ms
  a< (integer) 0
  a> WAIT 0 0
  a< (integer) 0
`);

transcript('what a waiting client sends is served after the wait', `
  a> WAIT 1 100
  a  is waiting
  a> GET k
  a  is still waiting
  + 101 ms
  a< (integer) 0
  a< (nil)
`);

transcript('CLIENT UNBLOCK ends a wait, as a time-out or with an error', `
  a> CLIENT ID
  a< (integer) 1
  a> WAIT 1 0
  b> CLIENT UNBLOCK 1
  b< (integer) 1
  a< (integer) 0
  a> WAIT 1 0
  b> CLIENT UNBLOCK 1 ERROR
  a< (error) UNBLOCKED client unblocked via CLIENT UNBLOCK
`);

transcript('inside a transaction nobody waits', `
  a> MULTI
  a> WAIT 3 0
  a> EXEC
  a< 1) (integer) 0
`);

cases('WAIT and WAITAOF refuse', [
  ['WAIT x 0', error('ERR value is not an integer or out of range')],
  ['WAIT 1 x', error('ERR timeout is not an integer or out of range')],
  ['WAIT 1 -1', error('ERR timeout is negative')],
  ['WAIT 0 9223372036854775807', error('ERR timeout is out of range')],
  ['WAITAOF 0 0 0', [0, 0]],
  ['WAITAOF 2 0 0', error('ERR value is out of range, value must between 0 and 1')],
  ['WAITAOF 0 -1 0', error('ERR value is out of range, must be positive')],
  ['WAITAOF 1 0 0', error('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.')],
]);

transcript('WAITAOF ends with the file it waits for', `
  a> INCR k
  a> WAITAOF 1 0 0
  a  is still waiting
  b> CONFIG SET appendonly no
  a< (error) ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.
`, { config: { appendonly: true, appendfsync: 'no' } });

test('INFO counts the packed pieces that RESTORE looks into, when sanitize-dump-payload asks for it', () => {
  const world = new TestServer({ config: { 'enable-debug-command': 'yes' } });
  for (const line of ['CONFIG SET list-max-listpack-size 1', 'RPUSH l a b c', 'SADD s 1 2', 'SET k v', 'DEBUG SET-SKIP-CHECKSUM-VALIDATION 1']) world.send(line);
  const counted = (key: string, change = (payload: string) => payload): number => {
    world.send('CONFIG RESETSTAT');
    const dumped = world.sendArgv(['DUMP', key]).replace(/^\$\d+\r\n/, '').slice(0, -2);
    world.sendArgv(['RESTORE', 'copy', '0', change(dumped), 'REPLACE']);
    return Number(/dump_payload_sanitizations:(\d+)/.exec(world.sendArgv(['INFO', 'stats']))?.[1]);
  };
  const all = () => ['l', 's', 'k'].map((key) => counted(key));
  expect(all()).toEqual([0, 0, 0]);
  world.send('CONFIG SET sanitize-dump-payload clients');
  expect(all()).toEqual([3, 1, 0]);
  world.send('ACL SETUSER default skip-sanitize-payload');
  expect(all()).toEqual([0, 0, 0]);
  world.send('CONFIG SET sanitize-dump-payload yes');
  expect(all()).toEqual([3, 1, 0]);
  // The second piece is damaged: nothing is restored, and two were looked into.
  expect(counted('l', (payload) => payload.replace('\x81b', '\xf5b'))).toBe(2);
});
