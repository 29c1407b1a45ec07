/*
 * Bytes
 * -----
 * A binary-safe string: one character per byte, every char code 0–255. It is a plain alias of
 * `string`, so literals in tests and code stay readable; the edges (socket, disk, TTY) call
 * `assertBytes` to keep text from slipping in.
 *
 * Bytes are not text. Upper-casing 'ß' yields two letters, `trim()` eats byte 0xA0 and `Number('')`
 * is 0, so everything that folds case, trims or reads numbers goes through this file.
 */

/** A binary-safe string: one character per byte, every char code 0–255. */
export type Bytes = string;

/** Signed 64-bit limits, where Redis integers end. */
export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;

/** V8 copies slices shorter than this; longer ones are windows onto their parent. */
const SLICE_IS_VIEW_FROM = 13;

/** Up to this length a string is made from an array of its codes: a third of the time that a part of a byte array takes. */
const LONGEST_BY_CODES = 64;
const CODES: readonly number[][] = Array.from({ length: LONGEST_BY_CODES + 1 }, (_, length) => new Array<number>(length).fill(0));

/**
 * A copy of `bytes` that does not keep a larger string alive. A slice is a window onto the chunk it
 * was cut from, so whatever is stored (a key, a value, a name) is owned first.
 */
export function own(bytes: Bytes): Bytes {
  if (bytes.length < SLICE_IS_VIEW_FROM) return bytes;
  if (bytes.length <= LONGEST_BY_CODES) {
    const codes = CODES[bytes.length] as number[];
    for (let i = 0; i < bytes.length; i++) codes[i] = bytes.charCodeAt(i);
    return String.fromCharCode.apply(null, codes);
  }
  // One byte longer than needed, and far quicker than building long strings by character.
  return (' ' + bytes).slice(1);
}

/** Throws when a character does not fit one byte: text reached a place that takes bytes. */
export function assertBytes(bytes: Bytes, where: string): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes.charCodeAt(i) > 255) throw new Error(`${where}: character ${i} is not a byte (code ${bytes.charCodeAt(i)})`);
  }
}

/** ASCII lower case; every other byte stays as it is. */
export function fold(bytes: Bytes): Bytes {
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes.charCodeAt(i);
    if (c >= 65 && c <= 90) return foldFrom(bytes, i);
  }
  return bytes;
}

function foldFrom(bytes: Bytes, first: number): Bytes {
  let out = bytes.slice(0, first);
  for (let i = first; i < bytes.length; i++) {
    const c = bytes.charCodeAt(i);
    out += c >= 65 && c <= 90 ? String.fromCharCode(c + 32) : bytes[i];
  }
  return out;
}

/** ASCII upper case; every other byte stays as it is. */
export function upper(bytes: Bytes): Bytes {
  let out = '';
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes.charCodeAt(i);
    out += c >= 97 && c <= 122 ? String.fromCharCode(c - 32) : bytes[i];
  }
  return out;
}

/** Whether `bytes` equals the lower-case word `word`, ASCII case aside. Quick when lengths differ. */
export function equalsFolded(bytes: Bytes, word: Bytes): boolean {
  return bytes.length === word.length && (bytes === word || fold(bytes) === word);
}

/** memcmp order, as a number below, equal to or above zero. */
export function compare(a: Bytes, b: Bytes): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** White space as C's isspace() in the C locale sees it. */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** `bytes` without the given characters at both ends (white space by default). */
export function trim(bytes: Bytes, characters = ' \t\n\v\f\r'): Bytes {
  let start = 0;
  let end = bytes.length;
  while (start < end && characters.includes(bytes.charAt(start))) start++;
  while (end > start && characters.includes(bytes.charAt(end - 1))) end--;
  return bytes.slice(start, end);
}

/**
 * The integer that `bytes` spells exactly as Redis would print it (no sign `+`, no leading zeros, no
 * blanks), within signed 64 bits; otherwise undefined. A number while it is safe, else a bigint.
 * Behaviour of Redis's string2ll().
 */
export function parseInteger(bytes: Bytes): number | bigint | undefined {
  const length = bytes.length;
  if (length === 0 || length > 20) return undefined;
  let i = 0;
  let negative = false;
  if (bytes.charCodeAt(0) === 45) {
    negative = true;
    i = 1;
    if (length === 1) return undefined;
  }
  const first = bytes.charCodeAt(i);
  if (first === 48) return length === 1 ? 0 : undefined;
  if (first < 49 || first > 57) return undefined;
  let value = 0;
  for (; i < length; i++) {
    const digit = bytes.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (value <= Number.MAX_SAFE_INTEGER) return negative ? -value : value;
  const exact = BigInt(bytes);
  return exact > INT64_MAX || exact < INT64_MIN ? undefined : exact;
}

/**
 * The whole number that `bytes` begins with, blanks before it and whatever behind it, kept within 64 bits; 0 where
 * there is none. C's atoll().
 */
export function atoll(bytes: Bytes): number | bigint {
  const digits = /^[\t-\r ]*([+-]?\d+)/.exec(bytes)?.[1] ?? '0';
  // So many digits are exact as a number. The sum makes -0 a plain 0.
  if (digits.length < 16) return Number(digits) + 0;
  const value = BigInt(digits);
  return narrow(value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : value);
}

/** The same, of which the lower 32 bits remain: C's atoi(). */
export function atoi(bytes: Bytes): number {
  const value = atoll(bytes);
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
}

/** The same integer as a number when that is exact, else as a bigint. */
export function narrow(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const DECIMAL = /^[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([ \t\n\v\f\r]*[+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)([pP]([+-]?\d+))?$/;
const INFINITE = /^[+-]?(inf|infinity)$/;

/**
 * The double that the whole of `bytes` spells, as C's strtod() reads it in the C locale (decimal,
 * hexadecimal, inf, infinity), or undefined. Not-a-number, the empty string and leading blanks are refused, as Redis's
 * callers do. A finite spelling that overflows is refused as well (ERANGE).
 */
export function parseDouble(bytes: Bytes): number | undefined {
  if (bytes.length === 0 || isSpace(bytes.charCodeAt(0))) return undefined;
  if (DECIMAL.test(bytes)) {
    const value = Number(bytes);
    if (!Number.isFinite(value)) return undefined;
    if (value === 0 && /[1-9]/.test(bytes.split(/[eE]/)[0] ?? '')) return undefined; // underflow is ERANGE too
    return value;
  }
  const lower = fold(bytes);
  if (INFINITE.test(lower)) return lower.startsWith('-') ? -Infinity : Infinity;
  const hex = HEXADECIMAL.exec(bytes);
  if (hex === null) return undefined;
  const whole = hex[2] ?? '';
  const fraction = hex[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`0x${whole}${fraction}`);
  const value = Number(digits) * 2 ** (Number(hex[5] ?? 0) - 4 * fraction.length);
  return (hex[1] ?? '').includes('-') ? -value : value;
}

/** The bytes of a byte array, or of `length` elements from `start` on. Chunked, because an argument list has a limit. */
export function fromUint8Array(array: Uint8Array, start = 0, length = array.length - start): Bytes {
  if (length <= 8) return fewBytes(array, start, length);
  if (length <= LONGEST_BY_CODES) {
    const codes = CODES[length] as number[];
    for (let i = 0; i < length; i++) codes[i] = array[start + i] as number;
    return String.fromCharCode.apply(null, codes);
  }
  let out = '';
  const end = start + length;
  for (let i = start; i < end; i += 8192) {
    out += String.fromCharCode.apply(null, array.subarray(i, Math.min(end, i + 8192)) as unknown as number[]);
  }
  return out;
}

/** Codes that are given one by one take half of the time of a list of them, and most elements are short. */
function fewBytes(a: Uint8Array, at: number, length: number): Bytes {
  const code = String.fromCharCode;
  switch (length) {
    case 0: return '';
    case 1: return code(a[at]!);
    case 2: return code(a[at]!, a[at + 1]!);
    case 3: return code(a[at]!, a[at + 1]!, a[at + 2]!);
    case 4: return code(a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!);
    case 5: return code(a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!, a[at + 4]!);
    case 6: return code(a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!, a[at + 4]!, a[at + 5]!);
    case 7: return code(a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!, a[at + 4]!, a[at + 5]!, a[at + 6]!);
    default: return code(a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!, a[at + 4]!, a[at + 5]!, a[at + 6]!, a[at + 7]!);
  }
}

/** A byte array with the bytes of `bytes`. */
export function toUint8Array(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}

/** UTF-8 bytes of a text. Lone surrogates become the replacement character, as encoders do. */
export function utf8(text: string): Bytes {
  let out = '';
  for (const character of text) {
    let code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out += String.fromCharCode(code);
    else if (code < 0x800) out += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) out += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else out += String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return out;
}

/** The text that UTF-8 bytes spell; each byte that fits no sequence becomes U+FFFD. */
export function fromUtf8(bytes: Bytes): string {
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes.charCodeAt(i);
    if (lead < 0x80) {
      out += bytes[i++];
      continue;
    }
    const extra = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    let code = extra === 1 ? lead & 31 : extra === 2 ? lead & 15 : lead & 7;
    let good = extra > 0 && i + extra < bytes.length;
    for (let k = 1; good && k <= extra; k++) {
      const next = bytes.charCodeAt(i + k);
      if ((next & 0xc0) !== 0x80) good = false;
      code = (code << 6) | (next & 63);
    }
    const least = extra === 1 ? 0x80 : extra === 2 ? 0x800 : 0x10000;
    if (!good || code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      out += '\ufffd';
      i++;
    } else {
      out += String.fromCodePoint(code);
      i += extra + 1;
    }
  }
  return out;
}

/** What C's `%.*s` prints of `bytes`: up to the first zero byte, `most` bytes at the longest. */
export function cText(bytes: Bytes, most = Infinity): Bytes {
  const end = bytes.indexOf('\0');
  return bytes.slice(0, Math.min(most, end === -1 ? bytes.length : end));
}
