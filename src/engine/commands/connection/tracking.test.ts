import { expect, test } from 'vitest';
import { error, OK, testKit, TestServer } from '../../testing.ts';

const { cases, transcript } = testKit(test);

cases('CLIENT TRACKING', [
  ['CLIENT TRACKING on', OK],
  ['CLIENT TRACKING on redirect 99', error('ERR The client ID you want redirect to does not exist')],
  ['CLIENT TRACKING on redirect 1 redirect 1', error('ERR A client can only redirect to a single other client')],
  ['CLIENT TRACKING on redirect x', error('ERR value is not an integer or out of range')],
  ['CLIENT TRACKING on redirect', error('ERR syntax error')],
  ['CLIENT TRACKING perhaps', error('ERR syntax error')],
  ['CLIENT TRACKING on prefix a', error('ERR PREFIX option requires BCAST mode to be enabled')],
  ['CLIENT TRACKING off prefix a', OK],
  ['CLIENT TRACKING on optin optout', error("ERR You can't specify both OPTIN mode and OPTOUT mode")],
  ['CLIENT TRACKING on bcast optin', error('ERR OPTIN and OPTOUT are not compatible with BCAST')],
  ['CLIENT TRACKING on bcast prefix a prefix ab', error("ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap.")],
  ['CLIENT TRACKING on bcast prefix ab', error("ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a single client must not overlap."), { given: ['CLIENT TRACKING on bcast prefix a'] }],
  ['CLIENT TRACKING on', error("ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."), { given: ['CLIENT TRACKING on bcast'] }],
  ['CLIENT TRACKING on optin', error("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."), { given: ['CLIENT TRACKING on optout'] }],
  ['CLIENT CACHING yes', error('ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled')],
  ['CLIENT CACHING yes', error('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.'), { given: ['CLIENT TRACKING on optout'] }],
  ['CLIENT CACHING no', error('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.'), { given: ['CLIENT TRACKING on optin'] }],
  ['CLIENT CACHING perhaps', error('ERR syntax error'), { given: ['CLIENT TRACKING on optin'] }],
  ['CLIENT TRACKINGINFO', ['flags', ['on', 'optin', 'caching-yes'], 'redirect', 0, 'prefixes', []], { given: ['CLIENT TRACKING on optin', 'CLIENT CACHING yes', 'CLIENT ID'] }],
  ['CLIENT TRACKINGINFO', ['flags', ['on', 'optin'], 'redirect', 0, 'prefixes', []], { given: ['CLIENT TRACKING on optin', 'CLIENT CACHING yes', 'GET k'] }],
  ['CLIENT TRACKINGINFO', ['flags', ['on', 'bcast', 'noloop'], 'redirect', 0, 'prefixes', ['', 'b']], { given: ['CLIENT TRACKING on bcast prefix b', 'CLIENT TRACKING on bcast noloop'] }],
  ['CLIENT TRACKINGINFO', ['flags', ['off'], 'redirect', -1, 'prefixes', []], { given: ['CLIENT TRACKING on', 'RESET'] }],
  ['CLIENT GETREDIR', 0, { given: ['CLIENT TRACKING on'] }],
]);

transcript('who has read a key is told once that it changed', `
  a> HELLO 3
  a> CLIENT TRACKING on
  a> MGET x y
  b> SET x 1
  a< 1) (nil)  2) (nil)
  a< 1) "invalidate"  2) 1) "x"
  b> SET x 2
  a  is waiting
  a> SET y 1
  a< OK
  a< 1) "invalidate"  2) 1) "y"
`);

transcript('what a transaction changes is told after its reply, and what it read after that is told again', `
  a> HELLO 3
  a> CLIENT TRACKING on
  a> GET x
  a> MULTI
  a> SET x 2
  a> GET x
  a> SET x 3
  a> EXEC
  a< 1) OK  2) "2"  3) OK
  a< 1) "invalidate"  2) 1) "x"
  a< 1) "invalidate"  2) 1) "x"
  a  is waiting
`);

transcript('a client of RESP2 that names itself hears of it as soon as it subscribes to anything', `
  a> CLIENT ID
  a< (integer) 1
  a> CLIENT TRACKING on bcast redirect 1
  b> SET k 1
  a< OK
  a  is waiting
  a> SUBSCRIBE news
  b> SET k 2
  a< 1) "subscribe"  2) "news"  3) (integer) 1
  a< 1) "message"  2) "__redis__:invalidate"  3) 1) "k"
`);

transcript('a client of RESP2 lets another connection listen', `
  a> CLIENT ID
  a< (integer) 1
  a> SUBSCRIBE __redis__:invalidate
  b> CLIENT TRACKING on redirect 1
  b> GET k
  c> SET k 1
  a< 1) "subscribe"  2) "__redis__:invalidate"  3) (integer) 1
  a< 1) "message"  2) "__redis__:invalidate"  3) 1) "k"
  b> GET k
  c> FLUSHALL
  a< 1) "message"  2) "__redis__:invalidate"  3) (nil)
  b> HELLO 3
  b> GET k
  a> QUIT
  c> SET k 2
  b< (nil)
  b< 1) "tracking-redir-broken"  2) (integer) 1
  b> CLIENT TRACKINGINFO
  b< 1# "flags" => 1) "on"  2) "broken_redirect"  2# "redirect" => (integer) 1  3# "prefixes" => (empty array)
`);

transcript('BCAST tells of prefixes, all keys of one turn together, and NOLOOP spares who wrote', `
  a> HELLO 3
  a> CLIENT TRACKING on bcast prefix user: prefix job:
  b> HELLO 3
  b> CLIENT TRACKING on bcast noloop
  c> MSET user:2 x other x user:1 x job:1 x
  a< OK
  a< 1) "invalidate"  2) 1) "job:1"
  a< 1) "invalidate"  2) 1) "user:1"  2) "user:2"
  b< OK
  b< 1) "invalidate"  2) 1) "job:1"  2) "other"  3) "user:1"  4) "user:2"
  b> SET user:1 y
  b< OK
  b  is waiting
  a< 1) "invalidate"  2) 1) "user:1"
`);

transcript('a flush is told before its own OK, unless it is ASYNC or in a transaction', `
  a> HELLO 3
  a> CLIENT TRACKING on
  a> FLUSHALL
  a< 1) "invalidate"  2) (nil)
  a< OK
  a> FLUSHDB ASYNC
  a< OK
  a< 1) "invalidate"  2) (nil)
  a> MULTI
  a> FLUSHALL
  a> EXEC
  a< 1) OK
  a< 1) "invalidate"  2) (nil)
`);

transcript('a key that expires or is dropped from a table that is too large has changed, too', `
  a> HELLO 3
  a> CLIENT TRACKING on
  b> SET k 1 PX 10
  a> GET k
  a< "1"
  + 200 ms
  a< 1) "invalidate"  2) 1) "k"
  b> CONFIG SET tracking-table-max-keys 1
  a> MGET x y
  a< 1) (nil)  2) (nil)
  a> PING
  a< 1) "invalidate"  2) 1) "y"
  a< PONG
`);

test('given prefixes that overlap, the first of all aside, are complained of, and tracking is on', () => {
  const world = new TestServer();
  expect(world.send('CLIENT TRACKING on BCAST PREFIX k1 PREFIX job: PREFIX job:')).toMatch(/^-ERR Prefix 'job:' overlaps .*\r\n\+OK\r\n$/);
  expect(world.send('CLIENT TRACKINGINFO')).toContain('bcast');
});
