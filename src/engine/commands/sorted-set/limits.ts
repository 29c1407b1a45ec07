/*
 * The ends of a range, as clients write them
 * ------------------------------------------
 *   scores   1.5   (1.5   -inf   +inf      a round bracket leaves the limit itself out
 *   names    [b    (b     -      +         one of the brackets must stand there; - and + are the ends
 *
 * A limit is no score: one that is too large is infinite, one that is too small is 0, and so is nothing at
 * all; hexadecimal digits, which ZADD takes, are refused.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, fold } from '../../bytes.ts';
import type { ZsetRange } from '../../keyspace/zset-value.ts';
import { CommandError } from '../../reply.ts';

const NOT_SCORES = 'ERR min or max is not a float';
const NOT_NAMES = 'ERR min or max not valid string range item';
const INFINITE = /^[+-]?inf(inity)?$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function scoreLimit(word: Bytes): { readonly value: number; readonly excluded: boolean } {
  const excluded = word.startsWith('(');
  const text = cText(excluded ? word.slice(1) : word);
  if (text === '') return { value: 0, excluded };
  if (DECIMAL.test(text)) return { value: Number(text), excluded };
  const folded = fold(text);
  if (!INFINITE.test(folded)) throw new CommandError(NOT_SCORES);
  return { value: folded.startsWith('-') ? -Infinity : Infinity, excluded };
}

/** The range of scores from `minWord` to `maxWord`. */
export function scoreRange(minWord: Bytes, maxWord: Bytes): ZsetRange {
  const min = scoreLimit(minWord);
  const max = scoreLimit(maxWord);
  return {
    isEmpty: min.value > max.value || (min.value === max.value && (min.excluded || max.excluded)),
    isBelow: ({ score }) => (min.excluded ? score <= min.value : score < min.value),
    isAbove: ({ score }) => (max.excluded ? score >= max.value : score > max.value),
  };
}

/** A name, or an end of all names. */
type LexLimit = { readonly end: 'first' | 'last' } | { readonly end: undefined; readonly name: Bytes; readonly excluded: boolean };

function lexLimit(word: Bytes): LexLimit {
  const bracket = word.charAt(0);
  if (bracket === '(' || bracket === '[') return { end: undefined, name: word.slice(1), excluded: bracket === '(' };
  const text = cText(word);
  if (text === '-') return { end: 'first' };
  if (text === '+') return { end: 'last' };
  throw new CommandError(NOT_NAMES);
}

/** The range of names from `minWord` to `maxWord`. */
export function lexRange(minWord: Bytes, maxWord: Bytes): ZsetRange {
  const min = lexLimit(minWord);
  const max = lexLimit(maxWord);
  return {
    isEmpty: isEmptyLex(min, max),
    isBelow: ({ member }) => (min.end !== undefined ? min.end === 'last' : min.excluded ? member <= min.name : member < min.name),
    isAbove: ({ member }) => (max.end !== undefined ? max.end === 'first' : max.excluded ? member >= max.name : member > max.name),
  };
}

function isEmptyLex(min: LexLimit, max: LexLimit): boolean {
  // An end counts as left out, so from an end to the same end there is nothing.
  if (min.end === 'last' || max.end === 'first') return true;
  if (min.end !== undefined || max.end !== undefined) return false;
  return min.name > max.name || (min.name === max.name && (min.excluded || max.excluded));
}
