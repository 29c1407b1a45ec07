/*
 * Bytes and numbers as words
 * --------------------------
 * What pictures write. Shared by looks and drawings, so it needs nothing of the engine at run time.
 */
import type { Bytes } from '../engine/index.ts';

/** Printable text, or undefined: valid UTF-8 without control characters. */
export function textOf(bytes: Bytes): string | undefined {
  if (/^[\x20-\x7e]*$/.test(bytes)) return bytes;
  let escaped = '';
  for (let i = 0; i < bytes.length; i++) escaped += `%${hex(bytes.charCodeAt(i))}`;
  try {
    const text = decodeURIComponent(escaped);
    return /[\x00-\x1f\x7f-\x9f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Two digits of a byte. */
export function hex(code: number): string {
  return code.toString(16).padStart(2, '0');
}

/** A byte as one character for the eye: itself, or the dot that hex viewers use. */
export function glyph(code: number): string {
  return code > 32 && code < 127 ? String.fromCharCode(code) : code === 32 ? '␠' : '·';
}

/** A byte by name: `"a"`, `space`, `0x0d, carriage return`. */
export function byteName(code: number): string {
  const named: Readonly<Record<number, string>> = { 0: 'zero', 9: 'tab', 10: 'line feed', 13: 'carriage return', 32: 'space' };
  const name = named[code] ?? (code > 32 && code < 127 ? `"${String.fromCharCode(code)}"` : undefined);
  return name === undefined ? `0x${hex(code)}` : `0x${hex(code)}, ${name}`;
}

/** A key or a word of a command: as it is when that is plain, else in quotes with escapes, as redis-cli shows it. */
export function shown(bytes: Bytes, limit = 60): string {
  // A cut may fall into a character, so up to three bytes more are given up for whole text.
  const cut = bytes.length > limit;
  for (let less = 0; less < (cut ? 4 : 1); less++) {
    const text = textOf(bytes.slice(0, limit - less));
    if (text === undefined) continue;
    return /[\s"'\\]/.test(text) || text === '' ? `"${text.replaceAll(/["\\]/g, '\\$&')}${cut ? '…' : ''}"` : text + (cut ? '…' : '');
  }
  return quoted(bytes.slice(0, limit), cut);
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };

/** Every byte visible: `"a\r\n\x00"`. */
export function quoted(bytes: Bytes, cut = false): string {
  let out = '"';
  for (let i = 0; i < bytes.length; i++) {
    const character = bytes.charAt(i);
    const code = bytes.charCodeAt(i);
    out += ESCAPES[character] ?? (code >= 32 && code < 127 ? character : `\\x${hex(code)}`);
  }
  return `${out}${cut ? '…' : ''}"`;
}

/** A command as a line, at most about 80 characters. */
export function commandLine(argv: readonly Bytes[]): string {
  let out = '';
  for (const [index, word] of argv.entries()) {
    const next = index === 0 ? (textOf(word) ?? quoted(word)).toUpperCase() : shown(word, 40);
    if (out.length + next.length > 78) return `${out} …`;
    out += (index === 0 ? '' : ' ') + next;
  }
  return out;
}

/** 12345 as "12,345". */
export function count(n: number): string {
  return String(Math.trunc(n)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 key", "3 keys", "12,000 keys". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A size: "44 bytes", "3.2 KB", "1 MB"; powers of 1024. */
export function bytesSize(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte');
  const [unit, size] = bytes < 1024 ** 2 ? ['KB', 1024] : bytes < 1024 ** 3 ? ['MB', 1024 ** 2] : ['GB', 1024 ** 3];
  const value = bytes / (size as number);
  return `${value >= 100 || Number.isInteger(value) ? count(Math.round(value)) : value.toFixed(1)} ${unit}`;
}

/** A stretch of time: "350 ms", "4.2 s", "3 min 20 s", "2 h 5 min", "3 days". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return pair(minutes, 'min', Math.floor((ms % 60_000) / 1000), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${count(large)} ${largeUnit}` : `${count(large)} ${largeUnit} ${small} ${smallUnit}`;
}

function trimmed(value: number): string {
  const text = value.toFixed(1);
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

/** A moment of the wall clock, UTC: "14:03:07". */
export function timeOfDay(ms: number): string {
  const inDay = ((ms % 86_400_000) + 86_400_000) % 86_400_000;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${two(inDay / 3_600_000)}:${two((inDay / 60_000) % 60)}:${two((inDay / 1000) % 60)}`;
}

/** "a", "a and b", "a, b and c", "a, b and 5 more". */
export function listed(words: readonly string[], limit = 6, more = Math.max(0, words.length - limit)): string {
  const shownWords = words.slice(0, limit);
  if (more > 0) return `${shownWords.join(', ')} and ${count(more)} more`;
  if (shownWords.length < 2) return shownWords.join('');
  return `${shownWords.slice(0, -1).join(', ')} and ${shownWords.at(-1)}`;
}
