import { expect, test } from 'vitest';
import { isBackgroundLabel, isReplyLabel, isTalkLabel, labelOf } from './message.ts';

const request = (...words: readonly string[]): string => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

test.each([
  [request('set', 'k', 'v'), 'SET'],
  [request('REPLCONF', 'ack', '17'), 'REPLCONF ACK'],
  [request('publish', '__sentinel__:hello', 'x'.repeat(400)), 'PUBLISH __sentinel__:hello'],
  [request('message', '__sentinel__:hello', 'x'.repeat(400)), 'MESSAGE __sentinel__:hello'],
  [request('subscribe', 'news'), 'SUBSCRIBE news'],
  [`*3\r\n:1\r\n$1\r\n*\r\n:0\r\n`, 'SENTINEL opinion'],
  [`*3\r\n:1\r\n$40\r\n${'0f'.repeat(20)}\r\n:7\r\n`, 'SENTINEL vote'],
  ['*3\r\n:1\r\n$1\r\na\r\n:0\r\n', 'array'],
  [request('CLUSTER'), 'CLUSTER'],
  [request('a-name-longer-than-anybody-reads', 'v'), 'A-NAME-LONGER-THAN-ANYBODY-…'.slice(0, 27) + '…'],
  [request('x'.repeat(300)), `${'X'.repeat(27)}…`],
  [request('caf\xe9'), 'CAF·'],
  [request('', 'v'), 'array'],
  ['*2\r\n*1\r\n+a\r\n+b\r\n', 'array'],
  ['*1\r\n$4\r\n', 'array'],
  ['*0\r\n', 'array'],
  ['*', 'array'],
  ['+FULLRESYNC abc 1\r\n', 'FULLRESYNC abc 1'],
  [':7\r\n', '7'],
  ['$-1\r\n', 'nil'],
  ['$5\r\nhello\r\n', 'hello'],
  ['$EOF:abc\r\n', 'snapshot'],
  ['\n', 'heartbeat'],
  [`RCmb${'\0'.repeat(8)}\0\x03`, 'bus FAIL'],
])('%j is called %s', (chunk, label) => expect(labelOf(chunk)).toBe(label));

test.each([
  // A client that does not know the slots yet, one that may not write, and one that asks where to.
  [labelOf('-MOVED 866 10.0.0.12:6379\r\n'), 'client'], [labelOf('-ASK 866 10.0.0.12:6379\r\n'), 'client'], [labelOf('-CLUSTERDOWN The cluster is down\r\n'), 'client'], ['ASKING', 'client'], ['READONLY', 'client'],
  [labelOf("-READONLY You can't write against a read only replica.\r\n"), 'client'], [labelOf('-NOREPLICAS Not enough good replicas to write.\r\n'), 'client'], ['WAIT', 'client'],
  [labelOf(request('cluster', 'slots')), 'client'], [labelOf(request('sentinel', 'get-master-addr-by-name', 'main')), 'client'], [labelOf(request('subscribe', 'news')), 'client'], ['MULTI', 'client'],
  [labelOf(request('cluster', 'meet', '10.0.0.12', '6379')), 'talk'], [labelOf(request('sentinel', 'is-master-down-by-addr', '10.0.0.11', '6379', '1', '*')), 'talk'], ['SENTINEL vote', 'talk'],
  ['bus vote request', 'talk'], ['PSYNC', 'talk'], ['snapshot', 'talk'], [labelOf('+RDBCHANNELSYNC 17\r\n'), 'talk'], [labelOf(request('config', 'rewrite')), 'talk'],
  [labelOf('$99\r\n# Server\r\nredis_version:8.0.2'), 'background'], [labelOf(request('message', '__sentinel__:hello', 'x')), 'background'], ['bus PONG', 'background'],
])('%s is told as %s', (label, kind) => expect(isBackgroundLabel(label) ? 'background' : isTalkLabel(label) ? 'talk' : 'client').toBe(kind));

test.each([
  ['OK', true], [labelOf('-NOMASTERLINK Can\'t SYNC while not connected with my master\r\n'), true], [labelOf('-NOAUTH Authentication required.\r\n'), true],
  ['SET', false], ['MULTI', false], [labelOf(request('script', 'load', 'return 1')), false], [labelOf(request('publish', 'news', 'x')), false],
])('%s is an answer on a replica’s connection: %s', (label, isReply) => expect(isReplyLabel(label)).toBe(isReply));
