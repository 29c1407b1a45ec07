/*
 * Lines of a handshake
 * --------------------
 * A master answers in lines before the snapshot and the stream, which have none, begin behind the last of them.
 */
import type { Bytes } from '../bytes.ts';

/** The first line of what has come, without its end, and what is behind it; undefined while no line is whole. */
export function firstLine(input: Bytes): { readonly line: Bytes; readonly rest: Bytes } | undefined {
  const end = input.indexOf('\n');
  return end === -1 ? undefined : { line: input.slice(0, end).replace(/\r$/, ''), rest: input.slice(end + 1) };
}
