/*
 * JSON text, token by token, as cjson reads it
 * --------------------------------------------
 * More lenient than JSON where cjson is: numbers are whatever strtod takes when invalid numbers are allowed,
 * control characters may stand in strings, and a zero byte ends the text.
 */
import type { Bytes } from '../bytes.ts';

export type Token =
  | { readonly type: 'T_OBJ_BEGIN' | 'T_OBJ_END' | 'T_ARR_BEGIN' | 'T_ARR_END' | 'T_NULL' | 'T_COLON' | 'T_COMMA' | 'T_END'; readonly at: number }
  | { readonly type: 'T_STRING'; readonly at: number; readonly text: Bytes }
  | { readonly type: 'T_NUMBER'; readonly at: number; readonly value: number }
  | { readonly type: 'T_BOOLEAN'; readonly at: number; readonly value: boolean }
  | { readonly type: 'T_ERROR'; readonly at: number; readonly what: Bytes };

const SIGNS: Readonly<Record<string, 'T_OBJ_BEGIN' | 'T_OBJ_END' | 'T_ARR_BEGIN' | 'T_ARR_END' | 'T_COLON' | 'T_COMMA'>> = {
  '{': 'T_OBJ_BEGIN', '}': 'T_OBJ_END', '[': 'T_ARR_BEGIN', ']': 'T_ARR_END', ':': 'T_COLON', ',': 'T_COMMA',
};
const ESCAPES: Readonly<Record<string, Bytes>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' };

/** What C's strtod takes of the front of a text, in the C locale. */
const STRTOD = /^[+-]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)/i;

/** Numbers that JSON does not know: a plus, a leading zero, hexadecimal, infinity, not a number. */
const INVALID_NUMBER = /^(?:\+|-?(?:0[xX0-9]|inf|nan))/i;

export class JsonText {
  private readonly data: Bytes;
  private at = 0;
  private readonly lenient: boolean;

  /** `lenient`: invalid numbers are taken. */
  constructor(data: Bytes, lenient: boolean) {
    const end = data.indexOf('\0');
    this.data = end === -1 ? data : data.slice(0, end);
    this.lenient = lenient;
  }

  next(): Token {
    const { data } = this;
    while (' \t\n\r'.includes(data.charAt(this.at)) && this.at < data.length) this.at++;
    const at = this.at;
    if (at >= data.length) return { type: 'T_END', at };
    const c = data.charAt(at);
    const sign = SIGNS[c];
    if (sign !== undefined) {
      this.at++;
      return { type: sign, at };
    }
    if (c === '"') return this.string(at);
    if (c === '-' || (c >= '0' && c <= '9')) {
      return !this.lenient && INVALID_NUMBER.test(data.slice(at, at + 4)) ? { type: 'T_ERROR', at, what: 'invalid number' } : this.number(at);
    }
    for (const [word, value] of [['true', true], ['false', false], ['null', undefined]] as const) {
      if (!data.startsWith(word, at)) continue;
      this.at += word.length;
      return value === undefined ? { type: 'T_NULL', at } : { type: 'T_BOOLEAN', at, value };
    }
    if (this.lenient && INVALID_NUMBER.test(data.slice(at, at + 4))) return this.number(at);
    return { type: 'T_ERROR', at, what: 'invalid token' };
  }

  private number(at: number): Token {
    const text = STRTOD.exec(this.data.slice(at, at + 400))?.[0];
    if (text === undefined) return { type: 'T_ERROR', at, what: 'invalid number' };
    this.at += text.length;
    return { type: 'T_NUMBER', at, value: doubleOf(text) };
  }

  private string(at: number): Token {
    const { data } = this;
    let out = '';
    let i = at + 1;
    const error = (what: Bytes): Token => ({ type: 'T_ERROR', at: i, what });
    for (;;) {
      if (i >= data.length) return error('unexpected end of string');
      const c = data.charAt(i);
      if (c === '"') break;
      if (c !== '\\') {
        // As much as stands plain in one piece.
        let end = i + 1;
        while (end < data.length && data.charCodeAt(end) !== 34 && data.charCodeAt(end) !== 92) end++;
        out += data.slice(i, end);
        i = end;
        continue;
      }
      const escaped = data.charAt(i + 1);
      if (escaped === 'u') {
        const read = this.unicode(i);
        if (read === undefined) return error('invalid unicode escape code');
        out += read.bytes;
        i += read.length;
        continue;
      }
      const plain = ESCAPES[escaped];
      if (plain === undefined) return error('invalid escape code');
      out += plain;
      i += 2;
    }
    this.at = i + 1;
    return { type: 'T_STRING', at, text: out };
  }

  /** The character of a \u escape, or of two that form a pair, as UTF-8. */
  private unicode(at: number): { bytes: Bytes; length: number } | undefined {
    const high = this.hex4(at + 2);
    if (high === undefined) return undefined;
    if ((high & 0xf800) !== 0xd800) return { bytes: utf8Of(high), length: 6 };
    if ((high & 0x400) !== 0 || !this.data.startsWith('\\u', at + 6)) return undefined;
    const low = this.hex4(at + 8);
    if (low === undefined || (low & 0xfc00) !== 0xdc00) return undefined;
    return { bytes: utf8Of((((high & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000), length: 12 };
  }

  private hex4(at: number): number | undefined {
    const digits = this.data.slice(at, at + 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? parseInt(digits, 16) : undefined;
  }
}

function doubleOf(text: Bytes): number {
  const negative = text.startsWith('-');
  const size = text.replace(/^[+-]/, '');
  const value = /^i/i.test(size) ? Infinity : /^n/i.test(size) ? NaN : /^0x/i.test(size) ? hexadecimal(size) : Number(size);
  return negative ? -value : value;
}

function hexadecimal(text: Bytes): number {
  const [, whole = '', fraction = '', exponent = '0'] = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(text) ?? [];
  return Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
}

function utf8Of(code: number): Bytes {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

const ESCAPED: Readonly<Record<string, Bytes>> = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };
// eslint-disable-next-line no-control-regex -- control characters are what is escaped
const NEEDS_ESCAPE = /["\\/\x00-\x1f\x7f]/;
// eslint-disable-next-line no-control-regex -- the same
const EACH_ESCAPE = /["\\/\x00-\x1f\x7f]/g;

/** A string in JSON's quotes, escaped as cjson does. Bytes beyond ASCII go as they are. */
export function jsonString(bytes: Bytes): Bytes {
  if (!NEEDS_ESCAPE.test(bytes)) return `"${bytes}"`;
  return `"${bytes.replace(EACH_ESCAPE, (c) => ESCAPED[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}
