/*
 * What was written to an AOF, in a form that can be compared
 * ----------------------------------------------------------
 * The bytes are taken apart as strictly as the format is simple: anything but arrays of bulk strings and
 * annotations is shown as it is, so that a wrong byte cannot hide. Moments lie as far ahead of the clock
 * as the line asked for, whatever the clock said: `(+100 s)`.
 */
import type { Bytes } from '../../engine/index.ts';
import { inlineWord } from '../conformance/scenario.ts';

/** Moments further away were named by the line itself. */
const NEAR_MS = 1e9;
/** A busy machine runs a line so much later than it was sent. */
const GRAIN_MS = 5000;

/** One entry a command or annotation, written as one would type it. */
export function written(bytes: Bytes, nowMs: number): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = bytes.charAt(at) === '#' ? annotation(bytes, at, found) : command(bytes, at, nowMs, found);
    if (next === undefined) {
      found.push(`not RESP: ${inlineWord(bytes.slice(at))}`);
      break;
    }
    at = next;
  }
  return found;
}

function annotation(bytes: Bytes, at: number, found: string[]): number | undefined {
  const line = /^#TS:\d{10}\r\n/.exec(bytes.slice(at, at + 20));
  if (line === null) return undefined;
  found.push('#TS');
  return at + line[0].length;
}

function command(bytes: Bytes, start: number, nowMs: number, found: string[]): number | undefined {
  let at = start;
  const header = (mark: string): number | undefined => {
    const end = bytes.indexOf('\r\n', at);
    const digits = bytes.slice(at + 1, end);
    if (end === -1 || bytes.charAt(at) !== mark || !/^(0|[1-9]\d*)$/.test(digits)) return undefined;
    at = end + 2;
    return Number(digits);
  };
  const count = header('*');
  if (count === undefined) return undefined;
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = header('$');
    if (length === undefined || bytes.slice(at + length, at + length + 2) !== '\r\n') return undefined;
    words.push(word(bytes.slice(at, at + length), nowMs));
    at += length + 2;
  }
  found.push(words.join(' '));
  return at;
}

function word(bytes: Bytes, nowMs: number): string {
  const ahead = Number(bytes) - nowMs;
  if (/^\d{13}$/.test(bytes) && Math.abs(ahead) < NEAR_MS) return `(+${Math.round(ahead / GRAIN_MS) * (GRAIN_MS / 1000)} s)`;
  return bytes === '' ? '""' : inlineWord(bytes);
}
