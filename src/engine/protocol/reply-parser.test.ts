import { describe, expect, test } from 'vitest';
import { type ReceivedReply, ReplyParser, ReplyProtocolError } from './reply-parser.ts';

const read = (wire: string): ReceivedReply[] => new ReplyParser().feed(wire);

describe('ReplyParser', () => {
  test.each<[string, string, ReceivedReply]>([
    ['a status', '+OK\r\n', { type: 'status', text: 'OK' }],
    ['an error', '-ERR no\r\n', { type: 'error', text: 'ERR no' }],
    ['an integer', ':-7\r\n', { type: 'integer', value: -7 }],
    ['an integer past 2^53', ':9223372036854775807\r\n', { type: 'integer', value: 9223372036854775807n }],
    ['a bulk string that holds a line end', '$4\r\na\r\nb\r\n', { type: 'bulk', text: 'a\r\nb' }],
    ['a double with its digits', ',1.10\r\n', { type: 'double', text: '1.10' }],
    ['a big number', '(-123\r\n', { type: 'bigNumber', digits: '-123' }],
    ['a blob error', '!6\r\nERR no\r\n', { type: 'error', text: 'ERR no' }],
    ['a verbatim string', '=6\r\nmkd:ab\r\n', { type: 'verbatim', format: 'mkd', text: 'ab' }],
    ['an attribute with its reply', '|1\r\n+a\r\n:1\r\n#t\r\n', {
      type: 'attribute', pairs: [[{ type: 'status', text: 'a' }, { type: 'integer', value: 1 }]], reply: { type: 'boolean', value: true },
    }],
    ['an empty attribute with its reply', '|0\r\n_\r\n', { type: 'attribute', pairs: [], reply: { type: 'nil' } }],
    ['aggregates in each other', '*2\r\n~1\r\n:1\r\n>2\r\n%1\r\n+k\r\n*0\r\n*-1\r\n', {
      type: 'array',
      items: [
        { type: 'set', items: [{ type: 'integer', value: 1 }] },
        { type: 'push', items: [{ type: 'map', pairs: [[{ type: 'status', text: 'k' }, { type: 'array', items: [] }]] }, { type: 'nil' }] },
      ],
    }],
  ])('reads %s', (_name, wire, reply) => {
    expect(read(wire)).toEqual([reply]);
  });

  test('gives the same replies wherever the chunks are cut', () => {
    const wire = '*3\r\n$5\r\nhe\r\nl\r\n%1\r\n+k\r\n=6\r\ntxt:ab\r\n|1\r\n+t\r\n:1\r\n,inf\r\n+OK\r\n$0\r\n\r\n>1\r\n_\r\n';
    const whole = read(wire);
    expect(whole).toHaveLength(4);
    for (let cut = 0; cut <= wire.length; cut++) {
      const parser = new ReplyParser();
      expect([...parser.feed(wire.slice(0, cut)), ...parser.feed(wire.slice(cut))], `cut at ${cut}`).toEqual(whole);
      expect(parser.idle).toBe(true);
    }
    const bytewise = new ReplyParser();
    expect([...wire].flatMap((byte) => bytewise.feed(byte))).toEqual(whole);
  });

  test('knows that a reply is unfinished', () => {
    for (const part of ['$5\r\nab', '*2\r\n:1\r\n', '+O', '$3\r\n']) {
      const parser = new ReplyParser();
      expect(parser.feed(part)).toEqual([]);
      expect(parser.idle).toBe(false);
    }
  });

  test.each([
    ['?\r\n', 'Protocol error, got "?" as reply type byte'],
    ['\x01', 'Protocol error, got "\\x01" as reply type byte'],
    [':1x\r\n', 'Bad integer value'],
    [':9223372036854775808\r\n', 'Bad integer value'],
    ['$-2\r\n', 'Bulk string length out of range'],
    ['*x\r\n', 'Bad multi-bulk length'],
    ['#1\r\n', 'Bad bool value'],
  ])('refuses %j', (wire, message) => {
    expect(() => read(wire)).toThrow(new ReplyProtocolError(message));
  });
});
