/*
 * Globs, as Redis matches them
 * ----------------------------
 * KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET and ACL rules all ask the same question of bytes:
 *
 *   *        any run of bytes, also none          ?       exactly one byte
 *   [abc]    one of these                         [a-f]   a byte of that range, either way round
 *   [^abc]   none of these                        \x      the byte x itself, also inside brackets
 *
 * Four habits surprise people and are kept, because learners compare with the real server. A bracket
 * that is never closed reaches to the end of the pattern. `]` can be the end of a range (`[a-]` is
 * the range from `]` to `a`, and the bracket then stays open). Bytes in a range are compared as
 * signed, so 0x80–0xff come before `a`. And an escaped byte in brackets never folds its case.
 *
 * A pattern like `a*a*a*a*b` would try every way to share the text among the stars. One fact cuts
 * that down: when the part after a star matches nowhere in the rest of the text, no earlier star can
 * help by swallowing more, because then even less text would be left. So the first star that fails
 * ends the whole search (`hopeless`). A limit on nesting protects the stack from a pattern that is
 * nothing but stars and letters.
 */
import type { Bytes } from './bytes.ts';

const STAR = 42; // *
const QUESTION = 63; // ?
const OPEN = 91; // [
const CLOSE = 93; // ]
const CARET = 94; // ^
const DASH = 45; // -
const BACKSLASH = 92;

/** How many stars may be open at once; a pattern with more matches nothing. */
const MAX_NESTING = 1000;

interface Search {
  readonly pattern: Bytes;
  readonly text: Bytes;
  readonly nocase: boolean;
  /** Set once the rest after a star was found nowhere: longer matches of earlier stars are pointless. */
  hopeless: boolean;
}

/** Whether the whole of `text` fits `pattern`. With `nocase`, ASCII letters match either case. */
export function globMatch(pattern: Bytes, text: Bytes, nocase = false): boolean {
  return matchFrom({ pattern, text, nocase, hopeless: false }, 0, 0, 0);
}

function matchFrom(search: Search, patternStart: number, textStart: number, nesting: number): boolean {
  if (nesting > MAX_NESTING) return false;
  const { pattern, text, nocase } = search;
  const patternEnd = pattern.length;
  const textEnd = text.length;
  let p = patternStart;
  let t = textStart;

  while (p < patternEnd && t < textEnd) {
    const c = pattern.charCodeAt(p);
    if (c === STAR) {
      p = skipStars(pattern, p);
      return p === patternEnd || matchAfterStar(search, p, t, nesting);
    }
    if (c === OPEN) {
      p = matchBracket(pattern, p + 1, text.charCodeAt(t), nocase);
      if (p < 0) return false;
    } else if (c === QUESTION) {
      p++;
    } else {
      // A backslash at the very end stands for itself.
      const wanted = c === BACKSLASH && p + 1 < patternEnd ? pattern.charCodeAt(++p) : c;
      const found = text.charCodeAt(t);
      if (wanted !== found && !(nocase && lower(wanted) === lower(found))) return false;
      p++;
    }
    t++;
    if (t === textEnd) p = skipStars(pattern, p); // they may all stand for nothing
  }
  return p === patternEnd && t === textEnd;
}

/** Tries the pattern from `p` at every place of the text from `t` on. */
function matchAfterStar(search: Search, p: number, t: number, nesting: number): boolean {
  for (let from = t; from < search.text.length; from++) {
    if (matchFrom(search, p, from, nesting + 1)) return true;
    if (search.hopeless) return false;
  }
  search.hopeless = true;
  return false;
}

/**
 * Matches one byte against the bracket whose inside starts at `start`. Returns where the pattern
 * goes on, or −1 when the byte does not fit.
 */
function matchBracket(pattern: Bytes, start: number, code: number, nocase: boolean): number {
  const end = pattern.length;
  let p = start;
  const negated = pattern.charCodeAt(p) === CARET;
  if (negated) p++;
  let found = false;
  while (p < end) {
    const c = pattern.charCodeAt(p);
    if (c === BACKSLASH && p + 1 < end) {
      if (pattern.charCodeAt(p + 1) === code) found = true;
      p += 2;
    } else if (c === CLOSE) {
      p++;
      break;
    } else if (p + 2 < end && pattern.charCodeAt(p + 1) === DASH) {
      if (inRange(c, pattern.charCodeAt(p + 2), code, nocase)) found = true;
      p += 3;
    } else {
      if (c === code || (nocase && lower(c) === lower(code))) found = true;
      p++;
    }
  }
  return found === negated ? -1 : p;
}

/** Whether `code` lies between the two ends, given in either order. Bytes count as signed. */
function inRange(from: number, to: number, code: number, nocase: boolean): boolean {
  let low = signed(from);
  let high = signed(to);
  let value = signed(code);
  if (low > high) [low, high] = [high, low];
  // The ends are ordered before they are folded: [Z-a] without case runs from z to a, which holds nothing.
  if (nocase) {
    low = lower(low);
    high = lower(high);
    value = lower(value);
  }
  return value >= low && value <= high;
}

function skipStars(pattern: Bytes, from: number): number {
  let p = from;
  while (pattern.charCodeAt(p) === STAR) p++;
  return p;
}

const signed = (byte: number): number => (byte > 127 ? byte - 256 : byte);
const lower = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);
