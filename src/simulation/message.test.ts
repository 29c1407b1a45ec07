import { expect, test } from 'vitest';
import { labelOf } from './message.ts';

const request = (...words: readonly string[]): string => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

test.each([
  [request('set', 'k', 'v'), 'SET'],
  [request('REPLCONF', 'ack', '17'), 'REPLCONF ACK'],
  [request('publish', '__sentinel__:hello', 'x'.repeat(400)), 'PUBLISH __sentinel__:hello'],
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
