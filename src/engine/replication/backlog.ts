/*
 * The backlog
 * -----------
 * The end of the command stream, kept so that a replica whose link broke can go on where it stopped. Every
 * byte of the stream has a number, its offset; the backlog knows which stretch of them it still has:
 *
 *      firstByteOffset                    firstByteOffset + length
 *            │ block │ block │ block │ block being filled │
 *
 * The stream is kept in blocks of 16 KB, longer for long commands but not above a sixteenth of the size, and all that
 * the allocator gives is used. It is forgotten a block at a time: so the backlog is longer than repl-backlog-size says,
 * once so much was written, and at most by a block. Only what a replica has not taken yet stays as long as that lasts:
 * it is there anyway, so others may go on from it too. Replicas need no copy of the stream: each holds the block that it
 * has come to, and all after it.
 */
import type { Bytes } from '../bytes.ts';
import { mallocSize } from '../structures/sds.ts';

/** No block is asked for with less room than this. */
const SMALLEST_BLOCK_BYTES = 16 * 1024;
/** What stands before the bytes of a block, and its node in the list of blocks. */
const BLOCK_HEADER_BYTES = 40;
const LIST_NODE_BYTES = 24;
/** Every so many blocks one is entered in a radix tree by its offset. */
const BLOCKS_TO_AN_ENTRY = 64;
const TREE_NODE_BYTES = 4;
const POINTER_BYTES = 8;

/** What one replica holds of the blocks. */
export interface HeldBlocks {
  readonly blocks: number;
  /** From the beginning of the first of them to the end of the last, and what the blocks themselves take. */
  readonly bytes: number;
}

interface Block {
  readonly offset: number;
  /** How many bytes it has room for. */
  readonly room: number;
  readonly isEntered: boolean;
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
  /** What the blocks take from memory. */
  memory = 0;
  private blocks: Block[] = [];
  /** Blocks made so far. */
  private made = 0;
  /** Those of the blocks that are entered in the tree. */
  private entries = 0;

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
        const wanted = Math.min(Math.max(bytes.length - at, SMALLEST_BLOCK_BYTES), Math.max(Math.floor(this.sizeBytes / 16), SMALLEST_BLOCK_BYTES));
        const room = mallocSize(wanted + BLOCK_HEADER_BYTES) - BLOCK_HEADER_BYTES;
        last = { offset: this.firstByteOffset + this.length, room, isEntered: ++this.made % BLOCKS_TO_AN_ENTRY === 0, bytes: '', commandAt: undefined };
        this.blocks.push(last);
        this.count(last, 1);
      }
      if (at === 0) last.commandAt ??= last.bytes.length;
      const piece = bytes.slice(at, at + last.room - last.bytes.length);
      last.bytes += piece;
      this.length += piece.length;
      at += piece.length;
    }
    this.trim();
  }

  private count({ room, isEntered }: Block, sign: 1 | -1): void {
    this.memory += sign * (BLOCK_HEADER_BYTES + room + LIST_NODE_BYTES);
    if (isEntered) this.entries += sign;
  }

  /** repl-backlog-size was changed. */
  resize(sizeBytes: number): void {
    this.sizeBytes = sizeBytes;
    this.trim();
  }

  /** What the tree takes in which some blocks are entered. */
  get treeMemory(): number {
    const { entries } = this;
    const nodes = entries < 2 ? entries + 1 : 2 * entries + 2;
    return nodes * TREE_NODE_BYTES + entries * POINTER_BYTES;
  }

  /** What a replica holds that has taken all before `offset`: who has taken everything is in the last block. */
  heldFrom(offset: number): HeldBlocks {
    const last = this.blocks.at(-1);
    if (last === undefined) return { blocks: 0, bytes: 0 };
    const at = this.blocks.findIndex((block) => block.offset + block.bytes.length > offset);
    const first = this.blocks[at] ?? last;
    const blocks = at < 0 ? 1 : this.blocks.length - at;
    return { blocks, bytes: last.offset + last.room - first.offset + blocks * (BLOCK_HEADER_BYTES + LIST_NODE_BYTES) };
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
      if (block === this.blocks.at(-1) || this.length - block.bytes.length <= this.sizeBytes || block.offset + block.bytes.length > (needed ??= this.neededFrom())) break;
      this.length -= block.bytes.length;
      this.firstByteOffset += block.bytes.length;
      this.count(block, -1);
      gone++;
    }
    if (gone > 0) this.blocks = this.blocks.slice(gone);
  }
}
