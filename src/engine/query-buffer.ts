/*
 * What a client's requests are read into
 * --------------------------------------
 * All clients read into one shared buffer. Whoever leaves a part of a request in it keeps it, and the others get a new one:
 * from then on that client has a buffer of its own, which grows as strings do. A long word gets exactly the room that
 * it needs as soon as its length is known, and its buffer becomes the value; a new one of the same size takes
 * its place, since another such word is likely. The cron takes such buffers back: all of it from a client that has been silent
 * for some seconds, and what was not used lately from one that is busy.
 *
 * The bytes themselves are the parser's; what is kept here is their room, as the real server would have it. It decides
 * how much one read brings, and what CLIENT LIST, the limits and maxmemory-clients count.
 */
import type { RequestParser } from './protocol/request-parser.ts';
import { mallocSize, sdsGrownRoom, sdsResizedRoom, type SdsRoom } from './structures/sds.ts';

/** The room that a read finds at least (PROTO_IOBUF_LEN), and what the allocator makes of it. */
const READ_BYTES = 16 * 1024;
const SHARED_ROOM = sdsMade(READ_BYTES);
/** From here on a word is long (PROTO_MBULK_BIG_ARG), and a buffer may become smaller while its client is busy. */
const LONG_WORD_BYTES = 32 * 1024;
const KEPT_BYTES = 32 * 1024;
/** Less free room than this is not worth taking back. */
const LEAST_WASTE_BYTES = 4 * 1024;
const IDLE_SECONDS = 2;
const CRLF_BYTES = 2;

/** A buffer made or enlarged to just this room, and what the allocator's rounding adds. */
function sdsMade(bytes: number): SdsRoom {
  const { headerBytes } = sdsResizedRoom(bytes);
  const size = mallocSize(headerBytes + bytes + 1);
  return { headerBytes, alloc: size - headerBytes - 1, size };
}

export class QueryBuffer {
  /** The client's own; undefined: it reads into the shared one. */
  private own: SdsRoom | undefined;
  /** The most that was in it since the cron last came. */
  private peak = 0;
  /** What was in it before the read, and the length of the long word that the read goes on with, or 0. */
  private before = 0;
  private longWord = 0;
  private readonly parser: RequestParser;

  constructor(parser: RequestParser) {
    this.parser = parser;
  }

  /** Makes room for what comes next; how many bytes one read may bring. */
  read(): number {
    const { waitingBytes: waiting, bulk } = this.parser;
    this.before = waiting;
    this.longWord = bulk >= LONG_WORD_BYTES && waiting < bulk + CRLF_BYTES ? bulk : 0;
    if (this.longWord > 0) {
      const whole = bulk + CRLF_BYTES;
      if (this.own === undefined || this.own.alloc < whole) this.own = sdsMade(whole);
      this.peak = Math.max(this.peak, whole);
      return whole - waiting;
    }
    const room = this.own ?? SHARED_ROOM;
    if (room.alloc - waiting < READ_BYTES) this.own = (room.alloc < READ_BYTES ? sdsMade : sdsGrownRoom)(waiting + READ_BYTES);
    return (this.own ?? SHARED_ROOM).alloc - waiting;
  }

  /** So many bytes were read, and all requests that are whole have run. */
  served(bytesRead: number): void {
    const { waitingBytes: waiting, bulk } = this.parser;
    this.peak = Math.max(this.peak, this.before + bytesRead);
    if (this.longWord > 0 && waiting === 0) this.own = sdsMade(this.longWord + CRLF_BYTES);
    else if (bulk >= LONG_WORD_BYTES && waiting <= bulk + CRLF_BYTES) {
      this.peak = Math.max(this.peak, bulk + CRLF_BYTES);
      if ((this.own ?? SHARED_ROOM).alloc < bulk + CRLF_BYTES) this.own = sdsMade(bulk + CRLF_BYTES);
      else this.own ??= SHARED_ROOM;
    } else if (waiting > 0) this.own ??= SHARED_ROOM;
  }

  /** Bytes in it, its free room, and the memory that it takes. A client that is served now may be using the shared one. */
  view(isServed: boolean): { readonly used: number; readonly free: number; readonly memory: number } {
    const used = isServed ? this.parser.heldBytes : this.parser.waitingBytes;
    const room = this.own ?? (isServed ? SHARED_ROOM : undefined);
    return room === undefined ? { used, free: 0, memory: 0 } : { used, free: Math.max(0, room.alloc - used), memory: room.size };
  }

  /** The cron's look. */
  resize(idleSeconds: number): void {
    const { waitingBytes: waiting, bulk } = this.parser;
    const wanted = bulk >= 0 ? bulk + CRLF_BYTES : 0;
    const { own } = this;
    if (own === undefined) return;
    if (own.alloc - waiting > LEAST_WASTE_BYTES) {
      if (idleSeconds > IDLE_SECONDS) this.own = waiting === 0 ? undefined : sdsResizedRoom(waiting);
      else if (own.alloc > KEPT_BYTES && this.peak < own.alloc / 2) this.own = sdsResizedRoom(Math.max(waiting, this.peak, wanted));
    }
    this.peak = Math.max(waiting, wanted);
  }
}
