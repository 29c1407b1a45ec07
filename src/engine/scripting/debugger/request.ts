/*
 * A request to the debugger: an array of strings, read more strictly than a server's requests are.
 */
import { atoi, type Bytes } from '../../bytes.ts';

const MOST_WORDS = 1024;
const LONGEST_WORD = 1024;

/** The words of the request that `bytes` begin with. */
export function parseRequest(bytes: Bytes): readonly Bytes[] | 'incomplete' | 'wrong' {
  let at = 0;
  /** A line with a number behind `kind`. */
  const number = (kind: Bytes): number | 'incomplete' | 'wrong' => {
    if (at >= bytes.length) return 'incomplete';
    if (bytes.charAt(at) !== kind) return 'wrong';
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return 'incomplete';
    const value = atoi(bytes.slice(at + 1, end));
    at = end + 2;
    return value;
  };
  const count = number('*');
  if (typeof count === 'string') return count;
  if (count <= 0 || count > MOST_WORDS) return 'wrong';
  const words: Bytes[] = [];
  for (let i = 0; i < count; i++) {
    const length = number('$');
    if (typeof length === 'string') return length;
    if (length <= 0 || length > LONGEST_WORD) return 'wrong';
    if (bytes.length < at + length + 2) return 'incomplete';
    words.push(bytes.slice(at, at + length));
    at += length + 2;
  }
  return words;
}
