/*
 * Bytes that are no requests, or nearly
 * -------------------------------------
 * Whole requests, then damage: lengths that lie, line ends that miss, huge and negative numbers, quotes
 * that do not close. What matters is the error, and whether the connection is closed after it.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { inlineWord, requestBytes } from './scenario.ts';
import type { Words } from './values.ts';

function harmless(words: Words): Bytes[] {
  const { chance } = words;
  return chance.weighted<() => Bytes[]>([
    [3, () => ['PING']], [3, () => ['ECHO', words.value()]], [3, () => ['SET', words.key(), words.value()]], [3, () => ['GET', words.key()]],
    [1, () => ['nothing', words.value()]], [1, () => ['HELLO', chance.pick(['2', '3', '4'])]], [1, () => ['QUIT']], [1, () => ['AUTH', words.password()]], [1, () => ['PING', 'a', 'b']],
  ])();
}

const LENGTHS = ['-1', '-2', '0', '00', '1', '3', '11', '1025', '1048577', '2147483647', '2147483648', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '+1', ' 1', '1 ', '', 'x', '1x', '0x1', '16385', '536870913', '1.0'] as const;

export function rawBytes(chance: Chance, words: Words): Bytes {
  return chance.weighted<() => Bytes>([
    [6, () => Array.from({ length: chance.between(1, 5) }, () => requestBytes(harmless(words))).join('')],
    [5, () => mutated(requestBytes(harmless(words)) + requestBytes(harmless(words)), chance)],
    [4, () => `*${chance.pick(LENGTHS)}\r\n${chance.happens(0.5) ? requestBytes(harmless(words)).slice(4) : ''}`],
    [4, () => `*2\r\n$${chance.pick(LENGTHS)}\r\n${chance.pick(['ECHO', 'GET', ''])}\r\n$1\r\na\r\n`],
    [4, () => inline(chance, words)],
    [2, () => requestBytes(harmless(words)).slice(0, -chance.between(1, 6))],
    [2, () => chance.pick(['\r\n', '\n', '\r\n\r\nPING\r\n', ' \r\n', '*0\r\n', '*-1\r\nPING\r\n', '*1\n$4\nPING\n', '$4\r\nPING\r\n', '+PING\r\n', ':1\r\n', '*1\r\n+PING\r\n', '*1\r\n:1\r\n', '*1\r\n*1\r\n$4\r\nPING\r\n', '\x00\r\n', '\x00', 'PING', '*', '*1', '*1\r', '*1\r\n$', 'GET / HTTP/1.1\r\n\r\n', 'POST / HTTP/1.1\r\nHost: x\r\n\r\n', 'Host: x\r\n'])],
    [1, () => chance.pick(['x', '*', '*1\r\n$', 'PING ', '"', '*1\r\n$4\r\nPING\r\n*']) + '1'.repeat(chance.pick([65_500, 140_000, 200_000]))],
    [1, () => Array.from({ length: chance.between(1, 40) }, () => String.fromCharCode(chance.below(256))).join('')],
    [1, () => `*${chance.between(9, 13)}\r\n${'$1\r\na\r\n'.repeat(13)}`],
    [1, () => `*2\r\n$4\r\nECHO\r\n$${chance.pick([16384, 16385, 40_000, 200_000])}\r\n${'z'.repeat(chance.pick([16384, 16385, 40_000, 200_000]))}\r\n`],
  ])();
}

function mutated(bytes: Bytes, chance: Chance): Bytes {
  let result = bytes;
  for (let times = chance.between(1, 3); times > 0; times--) {
    const at = chance.below(result.length);
    const odd = chance.pick(['\r', '\n', '\r\n', '*', '$', '-', '0', '1', '9', ' ', '"', "'", '\x00', '\xff', String.fromCharCode(chance.below(256))]);
    result = result.slice(0, at) + chance.pick([odd, '', odd + result.charAt(at)]) + result.slice(at + 1);
  }
  return result;
}

function inline(chance: Chance, words: Words): Bytes {
  const line = harmless(words).map((word) => (chance.happens(0.8) ? inlineWord(word) : chance.pick(['"', "'", '"a"b', "'it\\'s'", '"\\x41\\n\\q"', '"\\x4"', 'a"b"', "''", '""', '"\\', '\t', '\x0b', '"a" "b"', "'a'b"])));
  return line.join(chance.pick([' ', '  ', '\t', ' \x0b', '\x00'])) + chance.pick(['\r\n', '\n', '\r\n', '\r', ' \r\n', '\r\r\n']);
}
