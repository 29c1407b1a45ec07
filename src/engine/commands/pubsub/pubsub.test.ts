import { expect, test } from 'vitest';
import { testKit, TestServer } from '../../testing.ts';

const { transcript } = testKit(test);

transcript('a message reaches channels and patterns, and nobody keeps it', `
  a> PUBLISH news lost
  a< (integer) 0
  b> SUBSCRIBE news
  b< 1) "subscribe"  2) "news"  3) (integer) 1
  c> PSUBSCRIBE n*
  c< 1) "psubscribe"  2) "n*"  3) (integer) 1
  a> PUBLISH news hi
  a< (integer) 2
  b< 1) "message"  2) "news"  3) "hi"
  c< 1) "pmessage"  2) "n*"  3) "news"  4) "hi"
`);

transcript('a subscriber of RESP2 may send only what cannot be mistaken for a message', `
  a> SUBSCRIBE news
  a< 1) "subscribe"  2) "news"  3) (integer) 1
  a> GET k
  a< (error) ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
  a> PING
  a< 1) "pong"  2) ""
  a> UNSUBSCRIBE
  a< 1) "unsubscribe"  2) "news"  3) (integer) 0
  a> GET k
  a< (nil)
`);

transcript('leaving nothing is answered too', `
  a> UNSUBSCRIBE
  a< 1) "unsubscribe"  2) (nil)  3) (integer) 0
  a> PUBSUB NUMSUB a
  a< 1) "a"  2) (integer) 0
`);

test('a client that wants no replies stays after QUIT, and goes when something is to be pushed to it', () => {
  const world = new TestServer();
  for (const line of ['CLIENT REPLY OFF', 'SUBSCRIBE news', 'QUIT']) world.send(line, 's');
  expect(world.client('s').closed).toBe(false);
  expect(world.ask('PUBLISH news x', 'a')).toBe('(integer) 1');
  expect([world.client('s').closed, world.client('s').received]).toEqual([true, '']);
});

test('CLIENT REPLY OFF lets the answers to SUBSCRIBE through, also those inside EXEC, each as its version was', () => {
  const world = new TestServer();
  const sent = ['CLIENT REPLY OFF', 'MULTI', 'SUBSCRIBE a', 'PING', 'HELLO 3', 'UNSUBSCRIBE a', 'EXEC'].map((line) => world.client('s').sendArgv(line.split(' ')));
  expect(sent.join('')).toBe('*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n>3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n');
});
