import { expect, test } from 'vitest';
import { testKit, TestServer } from '../../testing.ts';

const { transcript } = testKit(test);

transcript('queued commands run together and answer together', `
  a> MULTI
  a< OK
  a> SET k 1
  a< QUEUED
  a> INCR k
  a< QUEUED
  b> GET k
  b< (nil)
  a> EXEC
  a< 1) OK  2) (integer) 2
`);

transcript('a command that fails inside EXEC leaves the others done', `
  a> MULTI
  a> SET k x
  a> INCR k
  a> SET other 1
  a> EXEC
  a< 1) OK  2) (error) ERR value is not an integer or out of range  3) OK
  a> GET other
  a< "1"
`);

transcript('a command refused while queuing aborts the whole', `
  a> MULTI
  a> SET k
  a< (error) ERR wrong number of arguments for 'set' command
  a> EXEC
  a< (error) EXECABORT Transaction discarded because of previous errors.
  a> EXEC
  a< (error) ERR EXEC without MULTI
`);

transcript('MULTI and WATCH inside a transaction are errors that do not abort it', `
  a> MULTI
  a> MULTI
  a< (error) ERR MULTI calls can not be nested
  a> WATCH k
  a< (error) ERR WATCH inside MULTI is not allowed
  a> PING
  a> EXEC
  a< 1) PONG
`);

transcript('EXEC answers nil when a watched key was changed by another', `
  a> SET stock 1
  a> WATCH stock
  b> SET stock 0
  a> MULTI
  a> DECR stock
  a> EXEC
  a< (nil)
  a> GET stock
  a< "0"
`);

transcript('a watched key that expires is a change', `
  a> SET k v PX 100
  a> WATCH k
  + 150 ms
  a> MULTI
  a> PING
  a> EXEC
  a< (nil)
`);

transcript('UNWATCH and DISCARD forget what was watched', `
  a> WATCH k
  b> SET k 1
  a> UNWATCH
  a> MULTI
  a> PING
  a> EXEC
  a< 1) PONG
  a> DISCARD
  a< (error) ERR DISCARD without MULTI
`);

transcript('a key that had expired when it was watched may go without a change', `
  a> DEBUG SET-ACTIVE-EXPIRE 0
  a> SET k v PX 1
  + 10 ms
  a> WATCH k
  a> EXISTS k
  a> MULTI
  a> PING
  a> EXEC
  a< 1) PONG
`, { config: { 'enable-debug-command': 'yes' } });

transcript('SWAPDB brings an expired key where none was watched, and a living one where an expired one was', `
  a> DEBUG SET-ACTIVE-EXPIRE 0
  a> SET k v PX 1
  + 10 ms
  b> SELECT 1
  b> WATCH k
  b> SWAPDB 0 1
  b> MULTI
  b> PING
  b> EXEC
  b< 1) PONG
  a> SET k alive
  b> WATCH k
  b> SWAPDB 0 1
  b> MULTI
  b> PING
  b> EXEC
  b< (nil)
`, { config: { 'enable-debug-command': 'yes' } });

transcript('EXEC on a replica that has become stale is refused for a queued read', `
  a> CONFIG SET replica-serve-stale-data no
  a> SET k 1
  a> MULTI
  a> GET k
  b> REPLICAOF 127.0.0.1 1
  a> EXEC
  a< (error) EXECABORT Transaction discarded because of: MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.
`);

test('each reply inside EXEC is written in the version that was spoken when it was made', () => {
  const world = new TestServer();
  for (const line of ['HELLO 3', 'MULTI', 'GET no', 'HELLO 2', 'GET no', 'HELLO 3', 'GET no']) world.send(line, 'a');
  const wire = world.send('EXEC', 'a');
  expect(wire.replace(/[*%]\d+\r\n\$6\r\nserver[^]*?modules\r\n\*0\r\n/g, (hello) => `${hello.slice(0, 3).trim()} `)).toBe('*5\r\n_\r\n*14 $-1\r\n%7 _\r\n');
});

test.each([
  ['CLIENT KILL TYPE normal SKIPME no', '+PONG\r\n:1\r\n'],
  ['ACL DELUSER bob', '+PONG\r\n:1\r\n'],
])('whoever %s sends away inside of its transaction is told nothing more, and the rest runs', (sendsAway, told) => {
  const world = new TestServer();
  for (const line of ['ACL SETUSER bob on nopass ~* &* +@all', 'AUTH bob x', 'MULTI', 'PING', sendsAway, 'SET kept 1', 'INCR kept', 'LPUSH kept x', 'HELLO 3', 'SUBSCRIBE ch']) world.send(line, 'a');
  expect(world.send('EXEC', 'a')).toBe(`*7\r\n${told}`);
  expect(world.send('GET kept', 'b')).toBe('$1\r\n2\r\n');
});
