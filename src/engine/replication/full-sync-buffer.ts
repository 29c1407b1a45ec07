/*
 * What the stream brings during a full synchronization
 * ----------------------------------------------------
 * A replica that gets its snapshot through a second connection hears the stream meanwhile, and keeps it here until
 * the snapshot is loaded. So it is the replica's memory that grows then, not the master's.
 *
 * The buffer grows by whole blocks until it has more than replica-full-sync-buffer-limit; what comes then stays
 * with the master. While it is emptied into the dataset the stream is read on, but only one block for two that
 * have gone: it must come to an end.
 */
import type { Bytes } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import type { LogLevel } from '../log.ts';

/** What of a block's megabyte is left for bytes, and what it takes with its place in the list. */
const BLOCK_ROOM_BYTES = 1024 * 1024 - 16;
const BLOCK_MEMORY_BYTES = 1024 * 1024 + 24;

export interface FullSyncBufferHost {
  readonly config: Config;
  log(level: LogLevel, text: Bytes): void;
}

export class FullSyncBuffer {
  /** The most that its blocks had room for. */
  peak = 0;
  /** Bytes that are to be taken out. */
  used = 0;
  private blocks: Bytes[] = [];
  /** The block that is being taken out, and how far. */
  private current: { readonly bytes: Bytes; at: number } | undefined;
  /** What has come and found no room: the connection cannot always be held at once. */
  private unread: Bytes = '';
  /** Blocks when more was read last, once it is emptied. */
  private blocksBefore: number | undefined;
  private isHeld = false;
  private hold: (isHeld: boolean) => void = () => {};
  private readonly host: FullSyncBufferHost;

  constructor(host: FullSyncBufferHost) {
    this.host = host;
  }

  private get blocksInUse(): number {
    return this.blocks.length + (this.current === undefined ? 0 : 1);
  }

  /** What its blocks have room for, in bytes. */
  get size(): number {
    return this.blocksInUse * BLOCK_ROOM_BYTES;
  }

  get memory(): number {
    return this.blocksInUse * BLOCK_MEMORY_BYTES;
  }

  /** It is empty and takes what `take` is given. `hold` keeps the connection from being read, or lets it be read again. */
  begin(hold: (isHeld: boolean) => void): void {
    this.clear();
    this.hold = hold;
  }

  take(chunk: Bytes): void {
    this.unread += chunk;
    if (!this.isHeld) this.read();
  }

  private read(): void {
    if (this.blocksBefore !== undefined) {
      if (this.blocks.length + 1 >= this.blocksBefore) return this.setHeld(true);
      this.blocksBefore = this.blocks.length;
    }
    const { config } = this.host;
    const limit = config.number('replica-full-sync-buffer-limit') || this.outputLimit;
    while (this.unread !== '') {
      const last = this.blocks.at(-1);
      const room = last === undefined ? 0 : BLOCK_ROOM_BYTES - last.length;
      if (room === 0) {
        if (limit !== 0 && this.size > limit) {
          this.host.log('notice', `Replication buffer limit has been reached (${limit} bytes), stopped buffering replication stream. Further accumulation may occur on master side. `);
          return this.setHeld(true);
        }
        this.blocks.push('');
        this.peak = Math.max(this.peak, this.size);
        continue;
      }
      const taken = this.unread.slice(0, room);
      this.unread = this.unread.slice(room);
      this.blocks[this.blocks.length - 1] = last + taken;
      this.used += taken.length;
    }
    return this.setHeld(false);
  }

  private setHeld(isHeld: boolean): void {
    if (this.isHeld === isHeld) return;
    this.isHeld = isHeld;
    this.hold(isHeld);
  }

  /** Without a limit of its own, as much as a master of the same configuration would keep for a replica. */
  private get outputLimit(): number {
    const words = this.host.config.text('client-output-buffer-limit').split(' ');
    return Number(words[words.indexOf('slave') + 1]);
  }

  /** From now on it is emptied. */
  beginEmptying(): void {
    this.blocksBefore = this.blocks.length;
    this.setHeld(true);
  }

  /** The next bytes, at most so many; undefined when there are none. */
  next(mostBytes: number): Bytes | undefined {
    if (this.current !== undefined && this.current.at >= this.current.bytes.length) this.current = undefined;
    if (this.current === undefined) {
      const bytes = this.blocks.shift();
      if (bytes === undefined) return undefined;
      this.current = { bytes, at: 0 };
      this.read();
    }
    const { current } = this;
    const piece = current.bytes.slice(current.at, current.at + mostBytes);
    current.at += piece.length;
    this.used -= piece.length;
    return piece;
  }

  /** It is done with: what came and found no room, as the next of the stream. */
  end(): Bytes {
    const { unread } = this;
    this.setHeld(false);
    this.clear();
    return unread;
  }

  /** All of it is forgotten, and the connection with it. */
  clear(): void {
    this.blocks = [];
    this.current = undefined;
    this.used = 0;
    this.unread = '';
    this.blocksBefore = undefined;
    this.isHeld = false;
    this.hold = () => {};
  }
}
