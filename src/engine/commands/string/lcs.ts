/*
 * LCS: the longest common subsequence of two strings
 * --------------------------------------------------
 * The bytes that both strings have in the same order, gaps allowed. A table of (n+1)·(m+1) lengths is
 * filled row by row: cell (i, j) is the answer for the first i bytes of the one and the first j of the
 * other. Walking back from the last corner spells one of the subsequences; where both directions are
 * as good, the walk steps back in the second string, so that the answer is the one the real server gives.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { command, integer, key, keyRange, token } from '../../command.ts';
import { stringBytes } from '../../keyspace/string-value.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { CommandError, mapReply, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

interface Range {
  readonly first: number;
  readonly last: number;
}

interface Match {
  readonly a: Range;
  readonly b: Range;
  readonly length: number;
}

/** Lengths of the common subsequences of all pairs of beginnings, row by row, (m + 1) cells a row. */
function lengths(a: Bytes, b: Bytes): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const code = a.charCodeAt(i - 1);
    const row = i * width;
    for (let j = 1; j <= b.length; j++) {
      if (code === b.charCodeAt(j - 1)) table[row + j] = (table[row - width + j - 1] ?? 0) + 1;
      else table[row + j] = Math.max(table[row - width + j] ?? 0, table[row + j - 1] ?? 0);
    }
  }
  return table;
}

/** The subsequence and the stretches in which it lies, the last stretch first. */
function walkBack(a: Bytes, b: Bytes, table: Uint32Array): { text: Bytes; matches: Match[] } {
  const width = b.length + 1;
  const codes: number[] = [];
  const matches: Match[] = [];
  let open: { aFirst: number; aLast: number; bFirst: number; bLast: number } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    matches.push({ a: { first: open.aFirst, last: open.aLast }, b: { first: open.bFirst, last: open.bLast }, length: open.aLast - open.aFirst + 1 });
    open = undefined;
  };
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      codes.push(a.charCodeAt(i - 1));
      i--;
      j--;
      if (open === undefined) open = { aFirst: i, aLast: i, bFirst: j, bLast: j };
      else {
        open.aFirst = i;
        open.bFirst = j;
      }
    } else {
      close();
      if ((table[(i - 1) * width + j] ?? 0) > (table[i * width + j - 1] ?? 0)) i--;
      else j--;
    }
  }
  close();
  let text = '';
  for (let k = codes.length - 1; k >= 0; k--) text += String.fromCharCode(codes[k] ?? 0);
  return { text, matches };
}

function text(object: RedisObject | undefined): Bytes {
  if (object === undefined) return '';
  if (object.type !== 'string') throw new CommandError('ERR The specified keys must contain string values');
  return stringBytes(object);
}

/** Cells of the table that are as much work as one element elsewhere. */
const CELLS_PER_ELEMENT = 64;

export const lcs = command(
  {
    name: 'LCS', group: 'string', since: '7.0.0', arity: -3,
    summary: 'Find the longest sequence of bytes that two strings have in common, gaps allowed.',
    complexity: 'O(N*M) where N and M are the lengths of the two strings',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'], 1, 1)],
    args: [
      key('key1'), key('key2'),
      token('len', 'LEN', { optional: true }),
      token('idx', 'IDX', { optional: true }),
      integer('min-match-len', { token: 'MINMATCHLEN', optional: true }),
      token('withmatchlen', 'WITHMATCHLEN', { optional: true }),
    ],
    replies: ['the common bytes', 'with LEN: how many they are', 'with IDX: a map of the matching stretches and the length'],
    examples: ['MSET a ohmytext b mynewtext', 'LCS a b', 'LCS a b LEN', 'LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN'],
  },
  function lcs({ db, argv, server }): Reply {
    const first = db.lookupKeyRead(argv[1] as Bytes);
    const second = db.lookupKeyRead(argv[2] as Bytes);
    const a = text(first);
    const b = text(second);
    let wantsLength = false;
    let wantsIndexes = false;
    let withMatchLength = false;
    let shortest: number | bigint = 0;
    for (let i = 3; i < argv.length; i++) {
      const word = fold(argv[i] as Bytes);
      const next = argv[i + 1];
      if (word === 'idx') wantsIndexes = true;
      else if (word === 'len') wantsLength = true;
      else if (word === 'withmatchlen') withMatchLength = true;
      else if (word === 'minmatchlen' && next !== undefined) {
        shortest = integerArgument(next);
        i++;
      } else syntaxError();
    }
    if (wantsIndexes && wantsLength) throw new CommandError('ERR If you want both the length and indexes, please just use IDX.');
    // Four bytes a cell; the real server refuses what it would not take as one value either.
    if ((a.length + 1) * (b.length + 1) * 4 > server.config.number('proto-max-bulk-len')) {
      throw new CommandError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
    }
    server.work((a.length * b.length) / CELLS_PER_ELEMENT);
    const table = lengths(a, b);
    const length = table[table.length - 1] ?? 0;
    if (wantsLength) return length;
    const found = walkBack(a, b, table);
    if (!wantsIndexes) return found.text;
    const matches = found.matches.filter((match) => match.length >= shortest);
    const shown = matches.map((match): Reply => {
      const ranges: Reply[] = [[match.a.first, match.a.last], [match.b.first, match.b.last]];
      return withMatchLength ? [...ranges, match.length] : ranges;
    });
    return mapReply([['matches', shown], ['len', length]]);
  },
);
