import { describe, expect, it } from 'vitest';
import { encodeReply } from '../../engine/protocol/index.ts';
import { TestWorld } from '../test-world.ts';
import { resp } from './look.ts';
import { parserWords, type RespView } from './model.ts';
import { TokenScanner, type Side } from './tokens.ts';

const look = (world: TestWorld, params: object = {}): RespView => resp.look(world.world, params);

const cut = (bytes: string, side: Side, ...at: number[]): string => {
  const scanner = new TokenScanner(side);
  const ends = [...at, bytes.length];
  return ends.map((end, i) => scanner.scan(bytes.slice(i === 0 ? 0 : ends[i - 1], end)).map((token) => `${token.kind}${token.isPart ? '~' : ''}`).join(' ')).join(' | ');
};

describe('tokens', () => {
  it('cuts requests and replies of every type', () => {
    const rows: readonly (readonly [string, Side, string])[] = [
      ['*1\r\n$4\r\nPING\r\n', 'request', 'type number end type number end payload end'],
      ['PING\r\n', 'request', 'inline end'],
      ['PING\n', 'request', 'inline end'],
      ['\r\n', 'request', 'end'],
      ['*1\r\n:1\r\n', 'request', 'type number end wrong'],
      ['+OK\r\n', 'reply', 'type text end'],
      ['$-1\r\n', 'reply', 'type number end'],
      ['$0\r\n\r\n', 'reply', 'type number end end'],
      ['_\r\n', 'reply', 'type end'],
      ['#t\r\n', 'reply', 'type text end'],
      ['%1\r\n+a\r\n:1\r\n', 'reply', 'type number end type text end type number end'],
      ['=7\r\ntxt:abc\r\n', 'reply', 'type number end payload end'],
      ['hello', 'reply', 'wrong'],
    ];
    for (const [bytes, side, expected] of rows) expect(cut(bytes, side), JSON.stringify(bytes)).toBe(expected);
  });

  it('keep every byte and count every message, wherever the stream is cut', () => {
    const stream = encodeReply(['SET', 'k', '\r\n\x00\xff'], 2) + encodeReply(['GET', 'k'], 2) + 'PING\r\n' + encodeReply(['MGET', '', 'b'], 2);
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second += 7) {
        const scanner = new TokenScanner('request');
        const tokens = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)].flatMap((chunk) => scanner.scan(chunk));
        expect(tokens.map((token) => token.bytes).join('')).toBe(stream);
        expect(tokens.some((token) => token.kind === 'wrong')).toBe(false);
        expect(scanner.isIdle).toBe(true);
        expect(scanner.finished).toBe(4);
      }
    }
  });

  it('count nested replies as one message', () => {
    const scanner = new TokenScanner('reply');
    scanner.scan('*2\r\n*2\r\n:1\r\n*0\r\n$-1\r\n+OK\r\n');
    expect([scanner.finished, scanner.isIdle]).toEqual([2, true]);
  });

  it('go on after bytes of a payload that nobody kept', () => {
    const scanner = new TokenScanner('request');
    scanner.scan('*2\r\n$3\r\nGET\r\n$10\r\nabc', 7);
    expect(scanner.scan('\r\n').map((token) => token.kind)).toEqual(['end']);
    expect(scanner.finished).toBe(1);
  });
});

describe('the wire as a picture', () => {
  it('shows the packets of a conversation (golden)', () => {
    const world = new TestWorld();
    world.run('PING', 'SET greeting hello', 'GET nothing', 'INCR greeting');
    expect(resp.describe(look(world))).toMatchInlineSnapshot(`
      "Client 1 of local:6379 speaks RESP2. It has sent 106 bytes and received 63 bytes.
      Received 38 bytes, 1 request: * 3 \\r\\n $ 3 \\r\\n SET \\r\\n $ 8 \\r\\n greeting \\r\\n $ 5 \\r\\n hello \\r\\n
      Sent 5 bytes, 1 reply: + OK \\r\\n
      Received 26 bytes, 1 request: * 2 \\r\\n $ 3 \\r\\n GET \\r\\n $ 7 \\r\\n nothing \\r\\n
      Sent 5 bytes, 1 reply: $ -1 \\r\\n
      Received 28 bytes, 1 request: * 2 \\r\\n $ 4 \\r\\n INCR \\r\\n $ 8 \\r\\n greeting \\r\\n
      Sent 46 bytes, 1 reply: - ERR value is not an integer or out of range \\r\\n
      The parser is between requests: everything that came is used up.
      The reply to INCR greeting is the same in RESP2 and RESP3: - ERR value is not an integer or out of range \\r\\n"
    `);
  });

  it('shows one packet with three requests and their replies in one', () => {
    const world = new TestWorld();
    world.raw(encodeReply(['PING'], 2) + encodeReply(['ECHO', 'a'], 2) + encodeReply(['PING'], 2));
    const [request, reply] = look(world).packets;
    expect([request?.messages, reply?.messages]).toEqual([3, 3]);
  });

  it('shows a request that came in two packets, and what the parser knows between them', () => {
    const world = new TestWorld();
    world.raw('*2\r\n$4\r\nECHO\r\n$5\r\nhe');
    const half = look(world);
    expect(half.parser).toEqual({ waitingBytes: 2, wordsLeft: 1, bulkLength: 5, words: ['ECHO'], problem: undefined });
    expect(half.parser && parserWords(half.parser)).toBe('The parser waits for 1 more word: one of 5 bytes, of which 2 are there. It has ECHO.');
    world.raw('llo\r\n');
    const whole = look(world);
    expect(whole.packets.map((packet) => [packet.direction, packet.messages, packet.continues])).toEqual([['in', 0, false], ['in', 1, true], ['out', 1, false]]);
    expect(whole.parser?.wordsLeft).toBe(0);
  });

  it('compares RESP2 and RESP3', () => {
    const world = new TestWorld();
    world.run('GET nothing');
    const { reply } = look(world);
    expect([reply?.resp2.map((token) => token.bytes).join(''), reply?.resp3.map((token) => token.bytes).join(''), reply?.isSame]).toEqual(['$-1\r\n', '_\r\n', false]);
    world.run('HELLO 3');
    expect(look(world).resp).toBe(3);
    expect(look(world).reply?.resp3[0]?.bytes).toBe('%');
    expect(look(world).reply?.resp2[0]?.bytes).toBe('*');
  });

  it('keeps to the client that was asked for, and says when it has left', () => {
    const world = new TestWorld();
    world.run('PING');
    const first = look(world).client;
    world.runAs('b', 'ECHO hi');
    expect(look(world).client).not.toBe(first);
    expect(look(world, { client: String(first) }).packets).toHaveLength(2);
    world.run('QUIT');
    expect(look(world, { client: first })).toMatchObject({ hasLeft: true });
  });

  it('shows the sizes alone of a large packet', () => {
    const world = new TestWorld();
    world.run('COMMAND DOCS');
    const view = look(world);
    const reply = view.packets.at(-1);
    expect(reply?.length).toBeGreaterThan(50_000);
    expect(reply?.tokens).toEqual([]);
    expect(view.reply).toBeUndefined();
    for (let i = 0; i < 30; i++) world.run(`SET k ${'v'.repeat(500)}`, 'GET k');
    expect(look(world).packets).toHaveLength(12);
    expect(JSON.stringify(look(world)).length).toBeLessThan(30_000);
  });

  it('tries bytes on a parser without sending them', () => {
    const world = new TestWorld();
    world.run('PING');
    const before = world.simulation.runHash;
    const bench = (raw: string, at?: number) => look(world, { bench: 'yes', raw, ...(at === undefined ? {} : { cut: at }) }).bench;
    expect(bench('*1\\r\\n$4\\r\\nPING\\r\\nGET a\\r\\n')?.requests).toEqual([['PING'], ['GET', 'a']]);
    expect(bench('*2\\r\\n$3\\r\\nGET\\r\\n$5\\r\\nhello\\r\\n', 15)).toMatchObject({ requests: [], parser: { wordsLeft: 1, bulkLength: -1, words: ['GET'] } });
    expect(bench('*1\\r\\n+OK\\r\\n')?.parser.problem).toBe("Protocol error: expected '$', got '+'");
    expect(bench('\\x00\\xff\\\\\\0')?.length).toBe(4);
    expect(bench('€')?.length).toBe(3);
    expect(world.simulation.runHash).toBe(before);
  });
});
