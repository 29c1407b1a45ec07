/*
 * What clients send
 * -----------------
 * Two forms: a multibulk request (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) and an inline one (words on a
 * line, quoted as a person would type them). Chunks may be cut anywhere, so the parser keeps what is
 * incomplete and goes on when more comes.
 *
 * A long bulk arrives in many chunks. Joining each of them to the rest would copy the whole again and
 * again, so while a bulk is incomplete the chunks are only collected, and joined once it is there.
 */
import type { Bytes } from '../bytes.ts';
import { parseInteger } from '../bytes.ts';
import { splitArguments } from './split-arguments.ts';

/** Redis's PROTO_INLINE_MAX_SIZE: the longest inline request or length line, in bytes. */
export const PROTO_INLINE_MAX_SIZE = 64 * 1024;
const INT_MAX = 2147483647;
/** What a client that has not authenticated may send: number of words, bytes of one. */
const UNAUTHENTICATED_MAX_WORDS = 10;
const UNAUTHENTICATED_MAX_BULK = 16384;

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const ZERO = 48;

/** Limits that depend on who asks; read for each request. */
export interface ParserLimits {
  readonly authenticated: boolean;
  /** proto-max-bulk-len, in bytes. */
  readonly maxBulkBytes: number;
}

export class RequestParser {
  /** Lines without a word: a replica says with them that it is still there. */
  emptyLines = 0;
  private buffer: Bytes = '';
  private position = 0;
  private late: Bytes[] = [];
  private lateBytes = 0;
  /** Words still to come of the request being read; 0 between requests. */
  private wordsLeft = 0;
  /** Length of the bulk being read, −1 before its length line. */
  private bulkLength = -1;
  private argv: Bytes[] = [];
  /** Text of the protocol error (without `-ERR `), once there is one: nothing is parsed after it. */
  problem: Bytes | undefined;

  feed(chunk: Bytes): void {
    if (this.bulkLength >= 0 && this.buffer.length - this.position + this.lateBytes + chunk.length < this.bulkLength + 2) {
      this.late.push(chunk);
      this.lateBytes += chunk.length;
      return;
    }
    if (this.lateBytes > 0) {
      this.buffer = this.buffer.slice(this.position) + this.late.join('') + chunk;
      this.late = [];
      this.lateBytes = 0;
    } else {
      this.buffer = this.position === this.buffer.length ? chunk : this.buffer.slice(this.position) + chunk;
    }
    this.position = 0;
  }

  /** Bytes that have come but are not consumed yet (CLIENT LIST's qbuf). */
  get waitingBytes(): number {
    return this.buffer.length - this.position + this.lateBytes;
  }

  /** The same with what has been consumed since something last came. */
  get heldBytes(): number {
    return this.buffer.length + this.lateBytes;
  }

  /** Length of the word that is being read, −1 between words. */
  get bulk(): number {
    return this.bulkLength;
  }

  /** The words that have been read of a request which is not whole yet. */
  get readWords(): readonly Bytes[] {
    return this.wordsLeft === 0 ? [] : this.argv;
  }

  /** The beginning of what has come and is not consumed yet. */
  waitingText(most: number): Bytes {
    return (this.buffer.slice(this.position, this.position + most) + this.late.join('').slice(0, most)).slice(0, most);
  }

  /** State for the wire picture: what the parser waits for. */
  get expects(): { wordsLeft: number; bulkLength: number; words: readonly Bytes[] } {
    return { wordsLeft: this.wordsLeft, bulkLength: this.bulkLength, words: this.argv };
  }

  /**
   * The words of the next whole request, or undefined when more bytes are needed or `problem` is set.
   * Words are slices of the chunk: whoever keeps one calls own(). Empty requests are passed over.
   */
  next(limits: ParserLimits): Bytes[] | undefined {
    while (this.problem === undefined) {
      if (this.wordsLeft === 0) {
        if (this.position >= this.buffer.length) return undefined;
        const whole = this.wholeRequest(limits);
        if (whole !== undefined) return whole;
        if (this.buffer.charCodeAt(this.position) !== STAR) {
          const words = this.inline();
          if (words === undefined) return undefined;
          if (words.length > 0) return words;
          this.emptyLines++;
          continue;
        }
        if (!this.multibulkHeader(limits)) {
          if (this.problem !== undefined || this.headerIncomplete) return undefined;
          continue; // `*0` and `*-1` ask for nothing
        }
      }
      return this.words(limits);
    }
    return undefined;
  }

  /**
   * The short road for what nearly every request is: a multibulk request that lies whole in the buffer, its
   * lengths short and written plainly. Where anything is otherwise nothing is consumed, and the long road
   * below decides.
   */
  private wholeRequest(limits: ParserLimits): Bytes[] | undefined {
    const { buffer } = this;
    const count = this.plainLength(STAR, this.position);
    if (count < 1 || (count > UNAUTHENTICATED_MAX_WORDS && !limits.authenticated)) return undefined;
    const words = new Array<Bytes>(count);
    let at = this.afterLength;
    for (let i = 0; i < count; i++) {
      const length = this.plainLength(DOLLAR, at);
      const start = this.afterLength;
      if (length < 0 || start + length + 2 > buffer.length) return undefined;
      words[i] = buffer.slice(start, start + length);
      at = start + length + 2;
    }
    this.position = at;
    return words;
  }

  /** Where the line ends that plainLength() has read. */
  private afterLength = 0;

  /** The number of a length line: `sign`, up to four digits without a zero in front, CR LF. −1 for any other. */
  private plainLength(sign: number, start: number): number {
    const { buffer } = this;
    // Past the end charCodeAt() gives NaN, which is neither a digit nor anything else that is looked for.
    let length = buffer.charCodeAt(start + 1) - ZERO;
    if (buffer.charCodeAt(start) !== sign || !(length >= 0 && length <= 9)) return -1;
    let at = start + 2;
    for (let digit = buffer.charCodeAt(at) - ZERO; digit >= 0 && digit <= 9; digit = buffer.charCodeAt(++at) - ZERO) {
      if (length === 0 || length > 999) return -1;
      length = length * 10 + digit;
    }
    if (buffer.charCodeAt(at) !== CR || buffer.charCodeAt(at + 1) !== LF) return -1;
    this.afterLength = at + 2;
    return length;
  }

  private headerIncomplete = false;

  private multibulkHeader(limits: ParserLimits): boolean {
    this.headerIncomplete = false;
    const end = this.find('\r', this.position);
    if (end === -1 || end + 1 >= this.buffer.length) {
      if (end === -1 && this.buffer.length - this.position > PROTO_INLINE_MAX_SIZE) this.problem = 'Protocol error: too big mbulk count string';
      this.headerIncomplete = true;
      return false;
    }
    const count = parseLength(this.buffer, this.position + 1, end);
    if (count === undefined || count > INT_MAX) {
      this.problem = 'Protocol error: invalid multibulk length';
      return false;
    }
    if (count > UNAUTHENTICATED_MAX_WORDS && !limits.authenticated) {
      this.problem = 'Protocol error: unauthenticated multibulk length';
      return false;
    }
    this.position = end + 2;
    if (count <= 0) return false;
    this.wordsLeft = count;
    this.argv = [];
    return true;
  }

  private words(limits: ParserLimits): Bytes[] | undefined {
    const buffer = this.buffer;
    while (this.wordsLeft > 0) {
      if (this.bulkLength < 0) {
        const start = this.position;
        const end = this.find('\r', start);
        if (end === -1 || end + 1 >= buffer.length) {
          if (end === -1 && buffer.length - start > PROTO_INLINE_MAX_SIZE) this.problem = 'Protocol error: too big bulk count string';
          return undefined;
        }
        if (buffer.charCodeAt(start) !== DOLLAR) {
          this.problem = `Protocol error: expected '$', got '${printable(buffer.charAt(start))}'`;
          return undefined;
        }
        const length = parseLength(buffer, start + 1, end);
        if (length === undefined || length < 0 || length > limits.maxBulkBytes) {
          this.problem = 'Protocol error: invalid bulk length';
          return undefined;
        }
        if (length > UNAUTHENTICATED_MAX_BULK && !limits.authenticated) {
          this.problem = 'Protocol error: unauthenticated bulk length';
          return undefined;
        }
        this.bulkLength = length;
        this.position = end + 2;
      }
      const end = this.position + this.bulkLength;
      if (end + 2 > buffer.length) return undefined;
      this.argv.push(buffer.slice(this.position, end));
      this.position = end + 2;
      this.bulkLength = -1;
      this.wordsLeft--;
    }
    return this.argv;
  }

  private inline(): Bytes[] | undefined {
    const newline = this.find('\n', this.position);
    if (newline === -1) {
      if (this.buffer.length - this.position > PROTO_INLINE_MAX_SIZE) this.problem = 'Protocol error: too big inline request';
      return undefined;
    }
    const end = newline > this.position && this.buffer.charCodeAt(newline - 1) === CR ? newline - 1 : newline;
    const words = splitArguments(this.buffer.slice(this.position, end));
    if (words === undefined) {
      this.problem = 'Protocol error: unbalanced quotes in request';
      return undefined;
    }
    this.position = newline + 1;
    return words;
  }

  /**
   * Where a line ends, or −1. The real server looks with a function that takes a zero byte for the end of
   * the text: a line with one in it has no end, whatever follows.
   */
  private find(lineEnd: Bytes, from: number): number {
    const end = this.buffer.indexOf(lineEnd, from);
    if (end === -1) return -1;
    const zero = this.buffer.indexOf('\0', from);
    return zero !== -1 && zero < end ? -1 : end;
  }
}

/** The integer of a length line; undefined where it is none. */
function parseLength(buffer: Bytes, start: number, end: number): number | undefined {
  const value = parseInteger(buffer.slice(start, end));
  return value === undefined ? undefined : Number(value);
}

/** The character as the real server's `%c` shows it: as it is. */
function printable(character: Bytes): Bytes {
  return character === '' ? '\0' : character;
}
