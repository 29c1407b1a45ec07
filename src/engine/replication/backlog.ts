/*
 * The backlog
 * -----------
 * The end of the command stream, kept so that a replica whose link broke can go on where it stopped. Every
 * byte of the stream has a number, its offset; the backlog knows which stretch of them it still has:
 *
 *      firstByteOffset                    firstByteOffset + length
 *            │ block │ block │ block │ block being filled │
 *
 * The stream is kept in blocks of 16 KB, longer for long commands but never above a sixteenth of the size, and
 * forgotten a block at a time: so the backlog is at least as long as repl-backlog-size says, once so much was
 * written, and at most a block longer. Only what a replica has not taken yet stays as long as that lasts: it is there
 * anyway, so others may go on from it too.
 */
import type { Bytes } from '../bytes.ts';

/** No block has less room than this, unless the backlog is small. */
const SMALLEST_BLOCK_BYTES = 16 * 1024;

interface Block {
  readonly offset: number;
  /** How many bytes it has room for. */
  readonly room: number;
  bytes: Bytes;
  /** Where in it a command begins for the first time; undefined when it is all of one that began before. */
  commandAt: number | undefined;
}

export class ReplicationBacklog {
  /** Offset of the first byte that is kept. */
  firstByteOffset: number;
  /** Bytes that are kept (repl_backlog_histlen). */
  length = 0;
  private sizeBytes: number;
  private blocks: Block[] = [];

  private readonly neededFrom: () => number;

  /** `offset`: of the first byte that will be written. `neededFrom`: of the first that a replica has not taken. */
  constructor(sizeBytes: number, offset: number, neededFrom = (): number => Infinity) {
    this.neededFrom = neededFrom;
    this.sizeBytes = sizeBytes;
    this.firstByteOffset = offset;
  }

  /** Whole commands. */
  append(bytes: Bytes): void {
    for (let at = 0; at < bytes.length; ) {
      let last = this.blocks.at(-1);
      if (last === undefined || last.bytes.length === last.room) {
        const room = Math.min(Math.max(bytes.length - at, SMALLEST_BLOCK_BYTES), Math.max(1, Math.floor(this.sizeBytes / 16)));
        last = { offset: this.firstByteOffset + this.length, room, bytes: '', commandAt: undefined };
        this.blocks.push(last);
      }
      if (at === 0) last.commandAt ??= last.bytes.length;
      const piece = bytes.slice(at, at + last.room - last.bytes.length);
      last.bytes += piece;
      this.length += piece.length;
      at += piece.length;
    }
    this.trim();
  }

  /** repl-backlog-size was changed. */
  resize(sizeBytes: number): void {
    this.sizeBytes = sizeBytes;
    this.trim();
  }

  /** Whether everything from `offset` on is here; just past the end there is nothing to miss. */
  has(offset: number): boolean {
    return offset >= this.firstByteOffset && offset <= this.firstByteOffset + this.length;
  }

  /** The stream from `offset` to its end. `has(offset)` must be true. */
  from(offset: number): Bytes {
    if (!this.has(offset)) throw new Error(`the backlog begins at ${this.firstByteOffset} and has ${this.length} bytes: nothing at ${offset}`);
    let out = '';
    for (const block of this.blocks) {
      if (block.offset + block.bytes.length > offset) out += offset > block.offset ? block.bytes.slice(offset - block.offset) : block.bytes;
    }
    return out;
  }

  /** The last bytes of the stream, at most so many. */
  end(limitBytes: number): Bytes {
    return this.from(this.firstByteOffset + Math.max(0, this.length - limitBytes));
  }

  /** The end of the stream from the beginning of a command on, at most `limitBytes` of it; undefined when no command begins there. */
  lastCommands(limitBytes: number): { readonly offset: number; readonly bytes: Bytes } | undefined {
    const end = this.firstByteOffset + this.length;
    for (const { offset, commandAt } of this.blocks) {
      if (commandAt === undefined) continue;
      const begin = offset + commandAt;
      if (end - begin <= limitBytes) return { offset: begin, bytes: this.from(begin) };
    }
    return undefined;
  }

  /** Forgets what is too much. */
  trim(): void {
    let gone = 0;
    let needed: number | undefined;
    for (const block of this.blocks) {
      if (this.length - block.bytes.length < this.sizeBytes || block.offset + block.bytes.length > (needed ??= this.neededFrom())) break;
      this.length -= block.bytes.length;
      this.firstByteOffset += block.bytes.length;
      gone++;
    }
    if (gone > 0) this.blocks = this.blocks.slice(gone);
  }
}
