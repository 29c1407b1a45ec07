import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../bytes.ts';
import { RequestParser, type ParserLimits } from './request-parser.ts';

const OPEN: ParserLimits = { authenticated: true, maxBulkBytes: 512 * 1024 * 1024 };
const CLOSED: ParserLimits = { ...OPEN, authenticated: false };

/** Feeds the chunks and takes every whole request after each. */
function parse(chunks: readonly Bytes[], limits: ParserLimits = OPEN): { requests: Bytes[][]; problem: Bytes | undefined } {
  const parser = new RequestParser();
  const requests: Bytes[][] = [];
  for (const chunk of chunks) {
    parser.feed(chunk);
    for (let argv = parser.next(limits); argv !== undefined; argv = parser.next(limits)) requests.push([...argv]);
  }
  return { requests, problem: parser.problem };
}

const encode = (argv: readonly Bytes[]): Bytes => `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));

describe('requests', () => {
  test('a pipeline cut anywhere gives the same requests', () => {
    fc.assert(
      fc.property(fc.array(fc.array(bytes, { minLength: 1, maxLength: 5 }), { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 12 }), (requests, cuts) => {
        const whole = requests.map(encode).join('');
        const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...places].map((start, i) => whole.slice(start, places[i] ?? whole.length));
        expect(parse(chunks)).toEqual({ requests, problem: undefined });
      }),
    );
  });

  test('a long bulk in many chunks comes whole', () => {
    const value = 'x'.repeat(300_000);
    const whole = encode(['SET', 'k', value]);
    const chunks = Array.from({ length: Math.ceil(whole.length / 1000) }, (_, i) => whole.slice(i * 1000, (i + 1) * 1000));
    expect(parse(chunks).requests).toEqual([['SET', 'k', value]]);
  });

  test.each([
    ['PING\r\n', [['PING']]],
    ['PING\n', [['PING']]],
    ['\r\n\r\nPING\r\n', [['PING']]],
    ['SET k "a b\\x41\\n"\r\n', [['SET', 'k', 'a bA\n']]],
    ["SET k 'it\\'s'\r\n", [['SET', 'k', "it's"]]],
    ['*0\r\n*-1\r\nPING\r\n', [['PING']]],
    ['*1\r\n$0\r\n\r\n', [['']]],
  ])('%j is read as %j', (input, requests) => {
    expect(parse([input])).toEqual({ requests, problem: undefined });
  });
});

describe('protocol errors', () => {
  test.each([
    ['*abc\r\n', 'invalid multibulk length'],
    ['*99999999999\r\n', 'invalid multibulk length'],
    ['*1\r\nPING\r\n', "expected '$', got 'P'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['GET "a\r\n', 'unbalanced quotes in request'],
    ['x'.repeat(70000), 'too big inline request'],
    [`*${'1'.repeat(70000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70000)}`, 'too big bulk count string'],
  ])('%.20j is refused: %s', (input, problem) => {
    expect(parse([input]).problem).toBe(`Protocol error: ${problem}`);
  });

  test('before AUTH only short requests are read', () => {
    expect(parse(['*11\r\n'], CLOSED).problem).toBe('Protocol error: unauthenticated multibulk length');
    expect(parse(['*2\r\n$4\r\nAUTH\r\n$16385\r\n'], CLOSED).problem).toBe('Protocol error: unauthenticated bulk length');
    expect(parse([encode(['AUTH', 'x'.repeat(16384)])], CLOSED).requests).toHaveLength(1);
  });

  test('nothing is read after an error', () => {
    expect(parse(['*x\r\n', 'PING\r\n']).requests).toEqual([]);
  });
});
