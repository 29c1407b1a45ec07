/*
 * A snapshot on its way to this server
 * ------------------------------------
 * Its length is known beforehand, or 40 bytes that were told first stand at its end. It is received into a file of
 * another name, which takes the place of the server's own snapshot when all of it is durable: however the transfer
 * ends, and whenever the host loses power, there is always one whole file.
 */
import type { Bytes } from '../bytes.ts';
import { isDiskError, type DiskError, type OpenFile } from '../env.ts';
import type { Server } from '../server.ts';

export const MARK_BYTES = 40;

/** What has come is made durable whenever it is so much more, so that the end need not wait long. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

export type TransferEnd = { readonly bytes: number } | { readonly mark: Bytes };

const SYNCHRONIZATION = 'in MASTER <-> REPLICA synchronization';

export class Transfer {
  /** Bytes so far. */
  received = 0;
  isComplete = false;
  /** What came behind the snapshot. */
  rest: Bytes = '';
  private readonly pieces: Bytes[] = [];
  /** The last bytes received, which may be the mark: they are held back. */
  private tail: Bytes = '';
  private unsynced = 0;
  private readonly server: Server;
  private readonly end: TransferEnd;
  private readonly file: OpenFile;
  private readonly temporary: Bytes;

  private constructor(server: Server, end: TransferEnd, file: OpenFile, temporary: Bytes) {
    this.server = server;
    this.end = end;
    this.file = file;
    this.temporary = temporary;
  }

  /** Opens the file; the log line that tells why it cannot be had. */
  static begin(server: Server, end: TransferEnd): Transfer | Bytes {
    const temporary = server.pathOf(`temp-${Math.floor(server.nowMs / 1000)}.${server.env.surroundings.pid}.rdb`);
    const file = server.env.disk.open(temporary, 'truncate');
    if (isDiskError(file)) return `Opening the temp file needed for MASTER <-> REPLICA synchronization: ${file.message}`;
    return new Transfer(server, end, file, temporary);
  }

  /** 0 when it is not known. */
  get totalBytes(): number {
    return 'bytes' in this.end ? this.end.bytes : 0;
  }

  /** Takes what came; the log line that tells what went wrong. */
  take(chunk: Bytes): Bytes | undefined {
    const { end } = this;
    const taken = 'bytes' in end ? chunk.slice(0, end.bytes - this.received) : chunk;
    this.rest = chunk.slice(taken.length);
    this.received += taken.length;
    let piece = taken;
    if ('bytes' in end) this.isComplete = this.received === end.bytes;
    else {
      // The master sends nothing behind the mark before it hears that the snapshot is loaded.
      const all = this.tail + taken;
      piece = all.slice(0, -MARK_BYTES);
      this.tail = all.slice(-MARK_BYTES);
      this.isComplete = this.tail === end.mark;
    }
    this.pieces.push(piece);
    const refused = this.file.append(piece);
    if (refused !== undefined) return `Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: ${refused.message}`;
    this.unsynced += piece.length;
    if (this.unsynced >= SYNC_EVERY_BYTES) {
      this.unsynced = 0;
      this.file.sync(() => {});
    }
    return undefined;
  }

  /** The snapshot's bytes. `isComplete` must be true. */
  get content(): Bytes {
    return this.pieces.join('');
  }

  /** Makes the file durable and gives it the name of the server's own snapshot; the log line that tells what went wrong. */
  install(): Bytes | undefined {
    const { server } = this;
    const { disk } = server.env;
    const failed = (what: Bytes, { message }: DiskError): Bytes => {
      this.discard();
      return `Failed trying to ${what} ${SYNCHRONIZATION}: ${message}`;
    };
    const unsynced = this.file.syncNow();
    if (unsynced !== undefined) return failed('sync the temp DB to disk', unsynced);
    this.file.close();
    const refused = disk.rename(this.temporary, server.snapshots.file);
    return refused === undefined ? undefined : failed(`rename the temp DB into ${server.config.text('dbfilename')}`, refused);
  }

  /** It will not be used: nothing is left of it. */
  discard(): void {
    this.file.close();
    this.server.env.disk.remove(this.temporary);
  }
}
