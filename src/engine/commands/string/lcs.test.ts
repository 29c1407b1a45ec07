import { expect, test } from 'vitest';
import { error, testKit, TestServer } from '../../testing.ts';
import { mapReply } from '../../reply.ts';

const { cases } = testKit(test);
const given = ['MSET a ohmytext b mynewtext'];

cases('LCS', [
  ['LCS a b', 'mytext', { given }],
  ['LCS a b LEN', 6, { given }],
  ['LCS a none', '', { given }],
  ['LCS a none IDX', mapReply([['matches', []], ['len', 0]]), { given }],
  ['LCS a b IDX', mapReply([['matches', [[[4, 7], [5, 8]], [[2, 3], [0, 1]]]], ['len', 6]]), { given }],
  ['LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN', mapReply([['matches', [[[4, 7], [5, 8], 4]]], ['len', 6]]), { given }],
  ['LCS a b IDX MINMATCHLEN -3', mapReply([['matches', [[[4, 7], [5, 8]], [[2, 3], [0, 1]]]], ['len', 6]]), { given }],
  ['LCS a b IDX', mapReply([['matches', [[[4, 7], [5, 8]], [[2, 3], [0, 1]]]], ['len', 6]]), { given, resp: 3 }],
  ['LCS a b IDX LEN', error('ERR If you want both the length and indexes, please just use IDX.'), { given }],
  ['LCS a b MINMATCHLEN', error('ERR syntax error'), { given }],
  ['LCS a b MINMATCHLEN x', error('ERR value is not an integer or out of range'), { given }],
  ['LCS a b foo', error('ERR syntax error'), { given }],
  ['LCS a b', error('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len'), { config: { 'proto-max-bulk-len': 1024 * 1024 }, given: ['SETRANGE a 600 x', 'SETRANGE b 600 x'] }],
]);

test('the answer is a subsequence of both strings, and no longer one exists (against a plain recursion)', () => {
  const world = new TestServer();
  const longest = (a: string, b: string): number => {
    if (a === '' || b === '') return 0;
    if (a.at(-1) === b.at(-1)) return 1 + longest(a.slice(0, -1), b.slice(0, -1));
    return Math.max(longest(a.slice(0, -1), b), longest(a, b.slice(0, -1)));
  };
  const isWithin = (part: string, whole: string): boolean => {
    let i = 0;
    for (const c of whole) if (c === part[i]) i++;
    return i === part.length;
  };
  let state = 7;
  const word = (): string => Array.from({ length: (state = (state * 75 + 74) % 65537) % 8 }, () => 'abc'[(state = (state * 75 + 74) % 65537) % 3]).join('');
  for (let i = 0; i < 100; i++) {
    const [a, b] = [word(), word()];
    world.sendArgv(['MSET', 'a', a, 'b', b]);
    const reply = world.send('LCS a b');
    const text = reply.slice(reply.indexOf('\r\n') + 2, -2);
    expect([text.length, isWithin(text, a), isWithin(text, b)], `${a} / ${b}`).toEqual([longest(a, b), true, true]);
  }
});
