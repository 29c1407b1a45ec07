/*
 * Cursors that clients send
 * -------------------------
 * A cursor is an unsigned 64-bit number. Clients send back what they were given, but any number is
 * taken: a table looks at as many of its low bits as it has use for. Spellings are read as C's
 * strtoull() reads them, so leading zeros and blanks and a plus sign pass.
 */
import type { Bytes } from '../bytes.ts';
import { cText, parseInteger } from '../bytes.ts';
import { CommandError } from '../reply.ts';

const UINT64_MAX = 18446744073709551615n;
const LENIENT = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/;

/** The low 32 bits of the cursor that `text` spells: no table is larger. Throws for what is no cursor. */
export function parseCursor(word: Bytes): number {
  // Read as text of C: a zero byte ends it.
  const text = cText(word);
  const plain = parseInteger(text);
  if (plain !== undefined) {
    if (plain < 0) throw new CommandError('ERR invalid cursor');
    return Number(BigInt.asUintN(32, BigInt(plain)));
  }
  const parts = LENIENT.exec(text);
  if (parts === null) throw new CommandError('ERR invalid cursor');
  const value = BigInt(parts[2] ?? '0');
  if (value > UINT64_MAX) throw new CommandError('ERR invalid cursor');
  return Number(BigInt.asUintN(32, parts[1] === '-' ? -value : value));
}
