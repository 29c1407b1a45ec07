import { describe, expect, test } from 'vitest';
import { globMatch } from './glob.ts';

/** Each row was asked of a real 8.0.2 by SET text, KEYS pattern. */
const asked: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['user:*', 'user:1', true],
  ['user:*', 'user:', true],
  ['user:*', 'user', false],
  ['*', 'anything', true],
  ['a*b*c', 'a__b__c', true],
  ['a*b*c', 'a__c__b', false],
  ['h?llo', 'hello', true],
  ['h?llo', 'hllo', false],
  ['h[ae]llo', 'hallo', true],
  ['h[ae]llo', 'hillo', false],
  ['h[^e]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['h[a-c]llo', 'hbllo', true],
  ['h[c-a]llo', 'hbllo', true],
  ['h[a-c]llo', 'hdllo', false],
  ['[a-z]*[0-9]', 'key7', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a\\', true],
  ['[\\]]', ']', true],
  ['[a\\-z]', '-', true],
  ['[a\\-z]', 'm', false],
  ['[]a', 'a', false],
  ['[abc', 'b', true],
  ['[abc', 'd', false],
  ['x[', 'x[', false],
  ['x[^', 'xy', true],
  ['[a-]', 'a', true],
  ['[a-]', '_', true],
  ['[a-]', '-', false],
  ['[a-\xff]', 'z', false],
  ['[a-\xff]', 'Z', true],
  ['[\x80-\xff]', '\x90', true],
  ['\0*', '\0x', true],
  ['a**', 'a', true],
  ['a?', 'a', false],
  ['', 'a', false],
  ['A', 'a', false],
];

/** Asked of a real 8.0.2 by COMMAND LIST FILTERBY PATTERN, which folds case. */
const askedWithoutCase: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['G?T', 'get', true],
  ['[E-H]et', 'get', true],
  ['[Z-a]et', 'get', false],
  ['[\\G]et', 'get', false],
  ['\\Get', 'get', true],
  ['[^G]et', 'get', false],
];

describe('globMatch', () => {
  test.each(asked)('%j on %j is %s', (pattern, text, matches) => {
    expect(globMatch(pattern, text)).toBe(matches);
  });

  test.each(askedWithoutCase)('without case %j on %j is %s', (pattern, text, matches) => {
    expect(globMatch(pattern, text, true)).toBe(matches);
  });

  test('stars that cannot match are given up without trying every way', () => {
    // Trying all ways would need more steps than there are atoms; it ends at once.
    expect(globMatch(`${'a*'.repeat(30)}b`, 'a'.repeat(3000))).toBe(false);
    expect(globMatch(`${'*a'.repeat(30)}b`, 'a'.repeat(3000))).toBe(false);
  });

  test('a pattern nested deeper than a thousand stars matches nothing', () => {
    expect(globMatch('a*'.repeat(1001), 'a'.repeat(1001))).toBe(true);
    expect(globMatch('a*'.repeat(1002), 'a'.repeat(1002))).toBe(false);
  });
});
