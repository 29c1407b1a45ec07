import { describe, expect, it } from 'vitest';
import type { Reply } from '../engine/index.ts';
import { printReply } from './print-reply.ts';

describe('a reply in a row of the log', () => {
  const table: [string, Reply, string][] = [
    ['a status', { kind: 'status', text: 'OK' }, 'OK'],
    ['an error', { kind: 'error', text: 'ERR no' }, '(error) ERR no'],
    ['an integer', 3, '(integer) 3'],
    ['a large integer', 2n ** 60n, '(integer) 1152921504606846976'],
    ['a string', 'a"b\\c\n\x00\xff', '"a\\"b\\\\c\\n\\x00\\xff"'],
    ['nil', null, '(nil)'],
    ['a list', ['a', 1, null], '1) "a" 2) (integer) 1 3) (nil)'],
    ['a list in a list', [['a'], []], '1) 1) "a" 2) (empty array)'],
    ['a map', { kind: 'map', pairs: [['a', 1]] }, '1# "a" => (integer) 1'],
    ['a set', { kind: 'set', members: ['a'] }, '1~ "a"'],
    ['a double', { kind: 'double', value: 1.5 }, '(double) 1.5'],
    ['a boolean', { kind: 'boolean', value: true }, '(true)'],
    ['nothing', { kind: 'none' }, ''],
  ];
  for (const [name, reply, expected] of table) it(name, () => expect(printReply(reply)).toBe(expected));

  it('is cut, however long the reply is', () => {
    expect(printReply('x'.repeat(1e6))).toBe(`"${'x'.repeat(198)}…`);
    expect(printReply(Array.from({ length: 1e5 }, (_, i) => i)).length).toBe(200);
  });
});
