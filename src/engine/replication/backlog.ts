/*
 * The backlog
 * -----------
 * The end of the command stream, kept so that a replica whose link broke can go on where it stopped. Every
 * byte of the stream has a number, its offset; the backlog knows which stretch of them it still has:
 *
 *      firstByteOffset                    firstByteOffset + length
 *            │ block │ block │ block │ block being filled │
 *
 * The stream is kept in blocks of about a sixteenth of the size, and forgotten a block at a time: so the
 * backlog is at least as long as repl-backlog-size says, once so much was written, and at most a block longer.
 */
import type { Bytes } from '../bytes.ts';

/** No block is smaller than this, unless the backlog is. */
const SMALLEST_BLOCK_BYTES = 16 * 1024;

interface Block {
  readonly offset: number;
  bytes: Bytes;
}

export class ReplicationBacklog {
  /** Offset of the first byte that is kept. */
  firstByteOffset: number;
  /** Bytes that are kept (repl_backlog_histlen). */
  length = 0;
  private sizeBytes: number;
  private blocks: Block[] = [];

  /** `offset`: of the first byte that will be written. */
  constructor(sizeBytes: number, offset: number) {
    this.sizeBytes = sizeBytes;
    this.firstByteOffset = offset;
  }

  append(bytes: Bytes): void {
    for (let at = 0; at < bytes.length; ) {
      const last = this.blocks.at(-1);
      const room = this.blockBytes - (last?.bytes.length ?? this.blockBytes);
      const piece = bytes.slice(at, at + (room > 0 ? room : this.blockBytes));
      if (last !== undefined && room > 0) last.bytes += piece;
      else this.blocks.push({ offset: this.firstByteOffset + this.length, bytes: piece });
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

  /** The end of the stream in whole blocks, at most `limitBytes` of it: it begins with a command. Undefined when the last block alone is longer. */
  lastBlocks(limitBytes: number): { readonly offset: number; readonly bytes: Bytes } | undefined {
    let bytes = 0;
    let first = this.blocks.length;
    for (let i = first - 1; i >= 0; i--) {
      bytes += this.blocks[i]?.bytes.length ?? 0;
      if (bytes > limitBytes) break;
      first = i;
    }
    const offset = this.blocks[first]?.offset;
    return offset === undefined ? undefined : { offset, bytes: this.blocks.slice(first).map((block) => block.bytes).join('') };
  }

  private get blockBytes(): number {
    return Math.min(SMALLEST_BLOCK_BYTES, Math.max(1, Math.floor(this.sizeBytes / 16)));
  }

  private trim(): void {
    let gone = 0;
    for (const block of this.blocks) {
      if (this.length - block.bytes.length < this.sizeBytes) break;
      this.length -= block.bytes.length;
      this.firstByteOffset += block.bytes.length;
      gone++;
    }
    if (gone > 0) this.blocks = this.blocks.slice(gone);
  }
}
