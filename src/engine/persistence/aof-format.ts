/*
 * The append-only file: bytes
 * ---------------------------
 * Commands as clients send them, one after the other, each an array of bulk strings:
 *
 *     *2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n
 *     #TS:1700000000\r\n                      an annotation, if they are asked for: seconds since 1970
 *     *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
 *
 * A reader takes lines that begin with # for comments. What stands between MULTI and EXEC holds as a whole
 * or not at all.
 */
import { atoi, atoll, type Bytes } from '../bytes.ts';

export function encodeCommand(argv: readonly Bytes[]): Bytes {
  let bytes = `*${argv.length}\r\n`;
  for (const word of argv) bytes += `$${word.length}\r\n${word}\r\n`;
  return bytes;
}

export function annotation(seconds: number): Bytes {
  return `#TS:${seconds}\r\n`;
}

/** Longest line that is looked at for a length. */
const LINE_BYTES = 127;

export type AofItem =
  | { readonly kind: 'command'; readonly argv: readonly Bytes[] }
  | { readonly kind: 'end' }
  /** The bytes end inside a command. */
  | { readonly kind: 'short' }
  | { readonly kind: 'damaged' };

/** Reads commands from front to back, as forgiving about lengths and line ends as the real server. */
export class AofReader {
  /** Behind the last command that was read whole. */
  position: number;
  private readonly bytes: Bytes;

  constructor(bytes: Bytes, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  next(): AofItem {
    let at = this.position;
    let line = this.line(at);
    while (line.startsWith('#')) {
      at += line.length;
      line = this.line(at);
    }
    if (line === '') return { kind: 'end' };
    if (!line.startsWith('*')) return { kind: 'damaged' };
    if (line.length === 1) return { kind: 'short' };
    const argc = atoi(line.slice(1));
    if (argc < 1) return { kind: 'damaged' };
    at += line.length;
    const argv: Bytes[] = [];
    for (let i = 0; i < argc; i++) {
      line = this.line(at);
      if (line === '') return { kind: 'short' };
      if (!line.startsWith('$')) return { kind: 'damaged' };
      const length = Number(atoll(line.slice(1)));
      at += line.length;
      if (length < 0 || at + length + 2 > this.bytes.length) return { kind: 'short' };
      argv.push(this.bytes.slice(at, at + length));
      at += length + 2;
    }
    this.position = at;
    return { kind: 'command', argv };
  }

  /** The bytes up to and with the next line end, or as many as a line may have; empty at the end. */
  private line(at: number): Bytes {
    const end = this.bytes.indexOf('\n', at);
    return this.bytes.slice(at, Math.min(end === -1 ? this.bytes.length : end + 1, at + LINE_BYTES));
  }
}
