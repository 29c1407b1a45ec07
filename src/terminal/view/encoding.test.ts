import { describe, expect, test } from 'vitest';
import { bytesOf, fromArray, isText, textOf, toArray } from './encoding.ts';

describe('bytes at the terminal', () => {
  test('all 256 byte values survive the way to an array and back', () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    expect(fromArray(toArray(all))).toBe(all);
    expect([...toArray(all)]).toEqual(Array.from({ length: 256 }, (_, code) => code));
  });
  test('typed text becomes UTF-8, one character per byte', () => {
    expect(bytesOf('é€')).toBe('\xc3\xa9\xe2\x82\xac');
    expect(textOf('\xc3\xa9\xe2\x82\xac')).toBe('é€');
  });
  test('a long paste is converted in pieces', () => {
    const long = 'ä'.repeat(20_000);
    expect(textOf(bytesOf(long))).toBe(long);
  });
  test.each([['plain', true], ['\xc3\xa9', true], ['a\nb', true], ['\xff\xfe', false], ['\x00', false], ['\x1b[0m', false]])('%j is text: %s', (bytes, expected) => {
    expect(isText(bytes)).toBe(expected);
  });
});
