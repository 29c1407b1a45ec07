/*
 * Patterns of grep
 * ----------------
 * Basic and extended regular expressions over bytes, rewritten for the engine underneath. What differs is
 * which characters are special without a backslash, and the classes like [[:digit:]].
 */
import { type Bytes, fold } from '../../engine/index.ts';

export interface PatternOptions {
  readonly extended: boolean;
  readonly fixed: boolean;
  readonly ignoreCase: boolean;
  /** Only whole words, only whole lines. */
  readonly words: boolean;
  readonly lines: boolean;
}

/** Gives all matches in a line; empty when there is none. */
export type Finder = (line: Bytes) => Bytes[];

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', space: ' \\t\\n\\v\\f\\r', blank: ' \\t', punct: '!-\\/:-@\\[-`{-~', xdigit: '0-9A-Fa-f',
};

/** A finder, or what is wrong with the pattern. */
export function patternOf(source: Bytes, options: PatternOptions): Finder | string {
  const text = (bytes: Bytes): Bytes => (options.ignoreCase ? fold(bytes) : bytes);
  let body = options.fixed ? text(source).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&') : rewritten(source, options.extended, options.ignoreCase);
  if (options.words) body = `(?<![A-Za-z0-9_])(?:${body})(?![A-Za-z0-9_])`;
  if (options.lines) body = `^(?:${body})$`;
  let expression: RegExp;
  try {
    expression = new RegExp(body, 'g');
  } catch {
    return `'${source}' is not a pattern: a bracket or a parenthesis has no partner, or a repetition has nothing to repeat`;
  }
  return (line) => [...text(line).matchAll(expression)].map((match) => line.slice(match.index, match.index + match[0].length));
}

/** The pattern in the spelling of the engine underneath. */
function rewritten(source: Bytes, extended: boolean, ignoreCase: boolean): string {
  const letter = (character: string): string => (ignoreCase ? fold(character) : character);
  let out = '';
  for (let i = 0; i < source.length; i++) {
    const character = source.charAt(i);
    if (character === '\\') {
      const next = source.charAt(++i);
      if (next === '') out += '\\\\';
      else if ('(){}|+?'.includes(next)) out += extended ? `\\${next}` : next;
      else if ('wWbB'.includes(next) || /[1-9]/.test(next)) out += `\\${next}`;
      else if (next === 's') out += '[ \\t\\n\\v\\f\\r]';
      else if (next === 'S') out += '[^ \\t\\n\\v\\f\\r]';
      else if (next === '<' || next === '>') out += '\\b';
      else out += /[A-Za-z0-9]/.test(next) ? letter(next) : `\\${next}`;
    } else if (character === '[') {
      const end = source.indexOf(']', i + (source.charAt(i + 1) === '^' ? 3 : 2));
      const close = closingBracket(source, i, end);
      if (close < 0) return '['; // refused by the engine underneath, which is right
      let set = source.slice(i + 1, close);
      const negated = set.startsWith('^');
      if (negated) set = set.slice(1);
      set = letter(set.replace(/[\\\]]/g, '\\$&').replace(/\[:(\w+):\\\]/g, (all, name: string) => CLASSES[name] ?? all)).replace(/(?<!\\)\[/g, '\\[');
      out += `[${negated ? '^' : ''}${set}]`;
      i = close;
    } else if (!extended && '(){}|+?'.includes(character)) out += `\\${character}`;
    else if (character === '*' && (out === '' || out === '^')) out += '\\*';
    else out += character === '/' ? '\\/' : letter(character);
  }
  return out;
}

/** The bracket that closes a set, past those of [:classes:]. */
function closingBracket(source: Bytes, open: number, candidate: number): number {
  let close = candidate;
  for (;;) {
    const classAt = close < 0 ? -1 : source.lastIndexOf('[:', close);
    if (close < 0 || classAt <= open || source.charAt(close - 1) !== ':' || source.indexOf(':]', classAt) !== close - 1) return close;
    close = source.indexOf(']', close + 1);
  }
}
