/*
 * Bytes of the wire, cut into tokens
 * ----------------------------------
 * What a person wants to see of `*1\r\n$4\r\nPING\r\n`: a type, a count, a line end, a type, a length, a line end,
 * four bytes of payload, a line end. The scanner goes over a stream that may be cut anywhere, keeps its place
 * between chunks, and never throws: what fits no rule becomes a token that says so.
 *
 * It cuts for the eye. What the server understands is said by the server's own parser (look.ts).
 */
import type { Bytes } from '../../engine/index.ts';

export type TokenKind = 'type' | 'number' | 'text' | 'payload' | 'end' | 'inline' | 'wrong';

export interface Token {
  readonly kind: TokenKind;
  /** The bytes, cut to 64; `length` is the whole. */
  readonly bytes: Bytes;
  readonly length: number;
  /** Which message of the stream it belongs to, from 0. */
  readonly message: number;
  /** How deep it lies in arrays and maps. */
  readonly depth: number;
  /** In words: "array of 2", "bulk string of 3 bytes". */
  readonly says: string;
  /** The token went on in the next chunk, or came from the one before. */
  readonly isPart: boolean;
}

export type Side = 'request' | 'reply';

const SHOWN_BYTES = 64;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  '+': 'status', '-': 'error', ':': 'integer', '$': 'bulk string', '*': 'array', '%': 'map', '~': 'set', '>': 'push message',
  ',': 'double', '#': 'boolean', '=': 'verbatim string', '(': 'big number', '_': 'null', '!': 'long error', '|': 'attribute',
};
const AGGREGATES = '*%~>|';
const STRINGS = '$=!';

/** What is to come, innermost last: elements of an aggregate. */
interface Open {
  missing: number;
}

type Awaits =
  | { readonly what: 'message' }
  | { readonly what: 'line'; readonly type: Bytes; read: Bytes; isCut: boolean }
  | { readonly what: 'payload'; left: number; readonly of: number; readonly type: Bytes; begun: boolean }
  | { readonly what: 'end'; readonly read: Bytes; readonly isBare?: boolean };

export class TokenScanner {
  private readonly side: Side;
  private awaits: Awaits = { what: 'message' };
  private readonly open: Open[] = [];
  /** Messages begun so far, and of them finished. */
  private message = 0;
  finished = 0;

  constructor(side: Side) {
    this.side = side;
  }

  /** True between messages. */
  get isIdle(): boolean {
    return this.awaits.what === 'message' && this.open.length === 0;
  }

  /** The tokens of the next chunk; `gap` bytes after it were not kept. */
  scan(chunk: Bytes, gap = 0): Token[] {
    const tokens: Token[] = [];
    let at = 0;
    while (at < chunk.length) at = this.step(chunk, at, tokens);
    if (gap > 0) this.skip(gap);
    return tokens;
  }

  private step(chunk: Bytes, at: number, tokens: Token[]): number {
    // As it stands now: a line end may finish the message that it still belongs to.
    const message = this.message;
    const depth = this.open.length;
    const add = (kind: TokenKind, end: number, says: string, isPart = false): number => {
      tokens.push({ kind, bytes: chunk.slice(at, Math.min(end, at + SHOWN_BYTES)), length: end - at, message, depth, says, isPart });
      return end;
    };
    const { awaits } = this;
    switch (awaits.what) {
      case 'message': {
        const type = chunk.charAt(at);
        const isKnown = this.side === 'reply' ? type in TYPE_WORDS : type === '*' || (this.open.length > 0 && type === '$');
        if (!isKnown && this.side === 'request' && this.open.length === 0) return this.inline(chunk, at, add);
        if (!isKnown) {
          // Nothing sensible can follow; the rest of the chunk is shown as it is.
          this.reset();
          return add('wrong', chunk.length, 'not RESP');
        }
        this.awaits = { what: 'line', type, read: '', isCut: false };
        return add('type', at + 1, TYPE_WORDS[type] ?? 'request');
      }
      case 'line': {
        const found = chunk.indexOf('\r', at);
        const end = found === -1 ? chunk.length : found;
        awaits.read += chunk.slice(at, Math.min(end, at + 1024));
        if (found === -1) {
          awaits.isCut = true;
          return add(lineKind(awaits.type), end, `${TYPE_WORDS[awaits.type] ?? 'line'}, not finished`, true);
        }
        const next = end > at ? add(lineKind(awaits.type), end, lineWords(awaits.type, awaits.read), awaits.isCut) : at;
        this.awaits = { what: 'end', read: '' };
        this.afterLine(awaits.type, awaits.read);
        return next;
      }
      case 'end': {
        const wanted = awaits.read === '' ? 2 : 1;
        const end = Math.min(chunk.length, at + wanted);
        const read = awaits.read + chunk.slice(at, end);
        const isRight = '\r\n'.startsWith(read);
        if (read.length < 2) this.awaits = { what: 'end', read };
        else this.afterEnd();
        return isRight ? add('end', end, 'line end', awaits.isBare !== true && (read.length < 2 || end - at < 2)) : add('wrong', end, 'where a line end belongs; the two bytes are passed over unread');
      }
      case 'payload': {
        const end = Math.min(chunk.length, at + awaits.left);
        const isPart = awaits.begun || end - at < awaits.left;
        awaits.left -= end - at;
        awaits.begun = true;
        const kind = awaits.type === '=' && awaits.of >= 4 ? 'text, with its format in front' : 'payload';
        add('payload', end, isPart ? `${kind}, part: ${awaits.of - awaits.left} of ${awaits.of} bytes` : kind, isPart);
        if (awaits.left === 0) this.awaits = { what: 'end', read: '' };
        return end;
      }
    }
  }

  private inline(chunk: Bytes, at: number, add: (kind: TokenKind, end: number, says: string, isPart?: boolean) => number): number {
    const found = chunk.indexOf('\n', at);
    if (found === -1) return add('inline', chunk.length, 'inline request, not finished', true);
    const textEnd = found > at && chunk.charAt(found - 1) === '\r' ? found - 1 : found;
    if (textEnd > at) {
      // A bare line feed ends an inline request, too.
      this.awaits = textEnd === found ? { what: 'end', read: '\r', isBare: true } : { what: 'end', read: '' };
      return add('inline', textEnd, 'inline request: words on a line');
    }
    const end = add('end', found + 1, 'line end');
    this.finishMessage();
    return end;
  }

  /** What the line just read asks for; `awaits` is the line end already. */
  private afterLine(type: Bytes, read: Bytes): void {
    const number = /^[+-]?\d{1,15}$/.test(read) ? Number(read) : undefined;
    if (STRINGS.includes(type) && number !== undefined && number >= 0) this.next = { what: 'payload', left: number, of: number, type, begun: false };
    else if (AGGREGATES.includes(type) && number !== undefined && number > 0) this.next = { what: 'message', opens: type === '%' || type === '|' ? number * 2 + (type === '|' ? 1 : 0) : number };
    else this.next = { what: 'done' };
  }

  private next: { what: 'payload'; left: number; of: number; type: Bytes; begun: boolean } | { what: 'message'; opens: number } | { what: 'done' } = { what: 'done' };

  private afterEnd(): void {
    const { next } = this;
    this.next = { what: 'done' };
    if (next.what === 'payload') {
      // An empty payload still has its line end.
      this.awaits = next.left === 0 ? { what: 'end', read: '' } : next;
      return;
    }
    this.awaits = { what: 'message' };
    if (next.what === 'message') {
      this.open.push({ missing: next.opens });
      return;
    }
    for (;;) {
      const inner = this.open.at(-1);
      if (inner === undefined) return this.finishMessage();
      inner.missing--;
      if (inner.missing > 0) return;
      this.open.pop();
    }
  }

  private finishMessage(): void {
    this.message++;
    this.finished++;
    this.awaits = { what: 'message' };
  }

  /** Bytes that nobody kept: a payload takes what is its own; with anything else the thread is lost. */
  private skip(gap: number): void {
    if (this.awaits.what === 'payload' && gap <= this.awaits.left) {
      this.awaits.left -= gap;
      this.awaits.begun = true;
      if (this.awaits.left === 0) this.awaits = { what: 'end', read: '' };
      return;
    }
    this.reset();
  }

  /** Begins anew, as at the start of a message. */
  reset(): void {
    if (!this.isIdle) this.message++;
    this.open.length = 0;
    this.next = { what: 'done' };
    this.awaits = { what: 'message' };
  }
}

function lineKind(type: Bytes): TokenKind {
  return STRINGS.includes(type) || AGGREGATES.includes(type) || type === ':' || type === ',' || type === '(' ? 'number' : 'text';
}

function lineWords(type: Bytes, read: Bytes): string {
  const name = TYPE_WORDS[type] ?? 'line';
  if (type === '$' && read === '-1') return 'nothing: a length of −1';
  if (type === '*' && read === '-1') return 'nothing: a count of −1';
  if (STRINGS.includes(type)) return `${name} of ${read} ${read === '1' ? 'byte' : 'bytes'}`;
  if (type === '%') return `map of ${read} ${read === '1' ? 'pair' : 'pairs'}`;
  if (AGGREGATES.includes(type)) return `${name} of ${read}`;
  if (type === '#') return read === 't' ? 'true' : 'false';
  return type === ':' || type === ',' || type === '(' ? 'its digits' : 'its text';
}
