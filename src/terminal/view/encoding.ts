/*
 * Text and bytes at the terminal
 * ------------------------------
 * Here, and nowhere else in the page, what a person types becomes bytes (UTF-8), and bytes become text
 * for the eye. `TextDecoder('latin1')` would mean windows-1252 in a browser and change bytes 0x80–0x9F,
 * so bytes cross by character code.
 *
 * The engine's own helpers do the same; they stay behind its door, because a value imported through
 * that door would bring the whole server into the page's first download.
 */
import type { Bytes } from '../../engine/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

/** How many characters String.fromCharCode takes at once without running out of stack. */
const CHUNK = 8192;

export function fromArray(array: Uint8Array): Bytes {
  let bytes = '';
  for (let at = 0; at < array.length; at += CHUNK) bytes += String.fromCharCode(...array.subarray(at, at + CHUNK));
  return bytes;
}

export function toArray(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}

/** What a person typed or pasted, as UTF-8. */
export function bytesOf(text: string): Bytes {
  return fromArray(encoder.encode(text));
}

/** Bytes as text: UTF-8, with a replacement character where they are none. */
export function textOf(bytes: Bytes): string {
  return decoder.decode(toArray(bytes));
}

/** Whether the bytes are text: valid UTF-8 without control characters other than tab and line ends. */
export function isText(bytes: Bytes): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(toArray(bytes));
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) return false;
    }
    return true;
  } catch {
    return false;
  }
}
