/*
 * Replies, as a client reads them
 * -------------------------------
 * The other direction of writer.ts: bytes from the server in, replies out, every type of RESP2 and
 * RESP3. A chunk may end anywhere, also between `\r` and `\n`, so the parser keeps a stack of the
 * aggregates it is inside of and goes on where it stopped; nothing is read twice.
 *
 * What comes out keeps the wire's own distinctions (a status is not a bulk string, a double keeps the
 * digits the server chose), because a client that prints replies shows exactly those.
 */
import type { Bytes } from '../bytes.ts';
import { narrow, own } from '../bytes.ts';

/** A reply as it stood on the wire. */
export type ReceivedReply =
  | { readonly type: 'status'; readonly text: Bytes }
  | { readonly type: 'error'; readonly text: Bytes }
  | { readonly type: 'integer'; readonly value: number | bigint }
  | { readonly type: 'bulk'; readonly text: Bytes }
  /** `$-1`, `*-1` and `_`. */
  | { readonly type: 'nil' }
  | { readonly type: 'array'; readonly items: readonly ReceivedReply[] }
  | { readonly type: 'map'; readonly pairs: readonly (readonly [ReceivedReply, ReceivedReply])[] }
  | { readonly type: 'set'; readonly items: readonly ReceivedReply[] }
  /** The digits as sent: `3.1415900000000001`, `inf`, `nan`. */
  | { readonly type: 'double'; readonly text: Bytes }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'verbatim'; readonly format: Bytes; readonly text: Bytes }
  | { readonly type: 'bigNumber'; readonly digits: Bytes }
  /** Not an answer to anything: pub/sub messages, invalidations. */
  | { readonly type: 'push'; readonly items: readonly ReceivedReply[] }
  /** Remarks about the reply that follows them. */
  | { readonly type: 'attribute'; readonly pairs: readonly (readonly [ReceivedReply, ReceivedReply])[]; readonly reply: ReceivedReply };

/** The server sent something that is no reply. The connection is of no use afterwards. */
export class ReplyProtocolError extends Error {}

/** Every type byte there is. */
const EVERY_TYPE = '+-:$*%~>,#=(_!|';

type Aggregate = 'array' | 'map' | 'set' | 'push' | 'attribute';

/** An aggregate whose elements are still coming. */
interface Frame {
  readonly kind: Aggregate;
  readonly items: ReceivedReply[];
  /** Replies still to come: twice the pairs for a map; for an attribute also the reply it speaks of. */
  missing: number;
}

/** A string whose length is known and whose bytes are still coming. */
interface PendingString {
  readonly kind: 'bulk' | 'verbatim' | 'error';
  readonly length: number;
}

export class ReplyParser {
  private readonly types: string;
  private buffer: Bytes = '';
  private at = 0;
  private readonly stack: Frame[] = [];
  private string: PendingString | undefined;

  /** `types`: the type bytes that are understood; any other is a protocol error, as for a client that lacks them. */
  constructor(types: string = EVERY_TYPE) {
    this.types = types;
  }

  /** Takes a chunk and returns the replies that are complete now. Throws ReplyProtocolError. */
  feed(chunk: Bytes): ReceivedReply[] {
    this.buffer = this.at === this.buffer.length ? chunk : this.buffer.slice(this.at) + chunk;
    this.at = 0;
    const replies: ReceivedReply[] = [];
    for (;;) {
      const reply = this.string === undefined ? this.readHeader() : this.readString(this.string);
      if (reply === 'more') return replies;
      if (reply === 'opened') continue;
      const whole = this.place(reply);
      if (whole !== undefined) replies.push(whole);
    }
  }

  /** True between replies: a connection that ends now lost nothing. */
  get idle(): boolean {
    return this.at === this.buffer.length && this.stack.length === 0 && this.string === undefined;
  }

  /** Puts a finished reply into the aggregate it belongs to; what that completes moves up the same way. */
  private place(reply: ReceivedReply): ReceivedReply | undefined {
    for (;;) {
      const frame = this.stack.at(-1);
      if (frame === undefined) return reply;
      frame.items.push(reply);
      frame.missing--;
      if (frame.missing > 0) return undefined;
      this.stack.pop();
      reply = finish(frame);
    }
  }

  private readHeader(): ReceivedReply | 'more' | 'opened' {
    if (this.at === this.buffer.length) return 'more';
    const type = this.buffer.charAt(this.at);
    if (!this.types.includes(type)) throw new ReplyProtocolError(`Protocol error, got ${quoteTypeByte(type)} as reply type byte`);
    const end = this.buffer.indexOf('\r\n', this.at);
    if (end < 0) return 'more';
    const line = own(this.buffer.slice(this.at + 1, end));
    this.at = end + 2;
    switch (type) {
      case '+':
        return { type: 'status', text: line };
      case '-':
        return { type: 'error', text: line };
      case ':':
        return { type: 'integer', value: narrow(wholeNumber(line, 'Bad integer value')) };
      case ',':
        if (!isDouble(line)) throw new ReplyProtocolError('Bad double value');
        return { type: 'double', text: line };
      case '#':
        if (line !== 't' && line !== 'T' && line !== 'f' && line !== 'F') throw new ReplyProtocolError('Bad bool value');
        return { type: 'boolean', value: line === 't' || line === 'T' };
      case '(':
        if (!/^-?[0-9]+$/.test(line)) throw new ReplyProtocolError('Bad bignum value');
        return { type: 'bigNumber', digits: line };
      case '_':
        if (line !== '') throw new ReplyProtocolError('Bad nil value');
        return { type: 'nil' };
      case '$':
        return this.openString('bulk', line);
      case '=':
        return this.openString('verbatim', line);
      case '!':
        return this.openString('error', line);
      case '*':
        return this.openAggregate('array', line);
      case '%':
        return this.openAggregate('map', line);
      case '~':
        return this.openAggregate('set', line);
      case '>':
        return this.openAggregate('push', line);
      default:
        return this.openAggregate('attribute', line);
    }
  }

  private openString(kind: PendingString['kind'], line: Bytes): ReceivedReply | 'opened' {
    const length = Number(wholeNumber(line, 'Bad bulk string length'));
    if (length === -1) return { type: 'nil' };
    if (length < -1) throw new ReplyProtocolError('Bulk string length out of range');
    this.string = { kind, length };
    return 'opened';
  }

  private readString({ kind, length }: PendingString): ReceivedReply | 'more' {
    // The two bytes after the string are counted, not read: so do the clients this one stands for.
    if (this.buffer.length - this.at < length + 2) return 'more';
    const text = own(this.buffer.slice(this.at, this.at + length));
    this.at += length + 2;
    this.string = undefined;
    if (kind === 'bulk') return { type: 'bulk', text };
    if (kind === 'error') return { type: 'error', text };
    if (length < 4 || text.charAt(3) !== ':') {
      throw new ReplyProtocolError('Verbatim string 4 bytes of content type are missing or incorrectly encoded.');
    }
    return { type: 'verbatim', format: text.slice(0, 3), text: own(text.slice(4)) };
  }

  private openAggregate(kind: Aggregate, line: Bytes): ReceivedReply | 'opened' {
    const count = Number(wholeNumber(line, 'Bad multi-bulk length'));
    if (count < -1 || count > 4294967295) throw new ReplyProtocolError('Multi-bulk length out of range');
    if (count === -1) return { type: 'nil' };
    const missing = kind === 'map' ? count * 2 : kind === 'attribute' ? count * 2 + 1 : count;
    const frame: Frame = { kind, items: [], missing };
    if (missing === 0) return finish(frame);
    this.stack.push(frame);
    return 'opened';
  }
}

function finish({ kind, items }: Frame): ReceivedReply {
  switch (kind) {
    case 'array':
    case 'set':
    case 'push':
      return { type: kind, items };
    case 'map':
      return { type: 'map', pairs: pairsOf(items) };
    case 'attribute': {
      const reply = items.pop() ?? { type: 'nil' };
      return { type: 'attribute', pairs: pairsOf(items), reply };
    }
  }
}

function pairsOf(items: readonly ReceivedReply[]): (readonly [ReceivedReply, ReceivedReply])[] {
  const pairs: (readonly [ReceivedReply, ReceivedReply])[] = [];
  for (let i = 0; i + 1 < items.length; i += 2) {
    const key = items[i];
    const value = items[i + 1];
    if (key !== undefined && value !== undefined) pairs.push([key, value]);
  }
  return pairs;
}

function wholeNumber(line: Bytes, problem: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(line)) throw new ReplyProtocolError(problem);
  const value = BigInt(line.startsWith('+') ? line.slice(1) : line);
  if (value > 9223372036854775807n || value < -9223372036854775808n) throw new ReplyProtocolError(problem);
  return value;
}

function isDouble(line: Bytes): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(line) || /^-?(inf|nan)$/i.test(line);
}

/** A type byte that nobody knows, in quotes, spelled so that it can be read. */
function quoteTypeByte(byte: Bytes): string {
  const code = byte.charCodeAt(0);
  if (byte === '"' || byte === '\\') return `"\\${byte}"`;
  if (byte === '\n') return '"\\n"';
  if (byte === '\r') return '"\\r"';
  if (byte === '\t') return '"\\t"';
  if (byte === '\x07') return '"\\a"';
  if (byte === '\b') return '"\\b"';
  return code >= 32 && code < 127 ? `"${byte}"` : `"\\x${code.toString(16).padStart(2, '0')}"`;
}
