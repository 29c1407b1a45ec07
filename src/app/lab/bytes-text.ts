/*
 * Bytes for the eye, outside a terminal: as they are when they are plain text without spaces, otherwise
 * quoted as redis-cli quotes them.
 */
import type { Bytes } from '../../engine/index.ts';
import { isText, textOf } from '../../terminal/view/index.ts';

export function shownBytes(bytes: Bytes): string {
  if (bytes !== '' && isText(bytes) && !/[\s"'\\]/.test(bytes)) return textOf(bytes);
  return quoted(bytes);
}

/** A word as it can be typed at redis-cli's prompt and means exactly these bytes. */
export function quoted(bytes: Bytes): string {
  if (bytes !== '' && isText(bytes) && !/[\r\n\t]/.test(bytes)) return `"${textOf(bytes).replaceAll(/["\\]/g, '\\$&')}"`;
  let out = '"';
  for (let i = 0; i < bytes.length; i++) {
    const character = bytes.charAt(i);
    const code = bytes.charCodeAt(i);
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\r') out += '\\r';
    else if (character === '\t') out += '\\t';
    else if (code >= 32 && code < 127) out += character;
    else out += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${out}"`;
}

/** Sixteen bytes a line: offset, hexadecimal, printable characters. */
export function hexDump(bytes: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.slice(at, at + 16)];
    const hex = part.map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    const seen = part.map((character) => (character >= ' ' && character < '\x7f' ? character : '·')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${seen}`);
  }
  return lines.join('\n');
}
