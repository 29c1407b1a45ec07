/*
 * Words of a line
 * ---------------
 * The quoting that inline requests, redis.conf and redis-cli share: blanks separate words, "double
 * quotes" know \n \r \t \b \a \xHH and \c for any other character, 'single quotes' know only \'. A
 * closing quote must be followed by a blank or the end.
 */
import type { Bytes } from '../bytes.ts';
import { isSpace } from '../bytes.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** The words of `line`, or undefined when its quotes do not balance. */
export function splitArguments(line: Bytes): Bytes[] | undefined {
  const words: Bytes[] = [];
  let i = 0;
  for (;;) {
    while (i < line.length && isSpace(line.charCodeAt(i))) i++;
    // A NUL ends the line, as it does for the C string that the real server reads here.
    if (i >= line.length || line.charCodeAt(i) === 0) return words;
    let word = '';
    let quote = '';
    for (;;) {
      const c = line.charAt(i);
      if (quote === '"') {
        if (c === '' || c === '\0') return undefined;
        if (c === '\\' && line.charAt(i + 1) === 'x' && isHex(line.charAt(i + 2)) && isHex(line.charAt(i + 3))) {
          word += String.fromCharCode(parseInt(line.slice(i + 2, i + 4), 16));
          i += 4;
        } else if (c === '\\' && i + 1 < line.length && line.charAt(i + 1) !== '\0') {
          const next = line.charAt(i + 1);
          word += ESCAPES[next] ?? next;
          i += 2;
        } else if (c === '"') {
          if (i + 1 < line.length && !isBreak(line.charCodeAt(i + 1))) return undefined;
          i++;
          break;
        } else {
          word += c;
          i++;
        }
      } else if (quote === "'") {
        if (c === '' || c === '\0') return undefined;
        if (c === '\\' && line.charAt(i + 1) === "'") {
          word += "'";
          i += 2;
        } else if (c === "'") {
          if (i + 1 < line.length && !isBreak(line.charCodeAt(i + 1))) return undefined;
          i++;
          break;
        } else {
          word += c;
          i++;
        }
      } else {
        // Unquoted text ends at a blank; isspace() but for form feed and vertical tab, which belong to the word.
        if (c === '' || c === ' ' || c === '\n' || c === '\r' || c === '\t' || c === '\0') break;
        if (c === '"' || c === "'") quote = c;
        else word += c;
        i++;
      }
    }
    words.push(word);
  }
}

function isHex(c: Bytes): boolean {
  return c !== '' && '0123456789abcdefABCDEF'.includes(c);
}

function isBreak(code: number): boolean {
  return isSpace(code) || code === 0;
}
