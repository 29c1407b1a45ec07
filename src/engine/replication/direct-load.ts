/*
 * A snapshot that is loaded as it comes
 * -------------------------------------
 * With repl-diskless-load no file is made of it: what the connection brings goes straight into memory. The old
 * dataset is given up first, or, with `swapdb`, kept until the new one is whole, so that a transfer that ends too
 * early costs nothing. If master and replica have the same history, the old dataset even answers meanwhile: it is
 * but an earlier moment of the new one (async_loading).
 */
import type { Bytes } from '../bytes.ts';
import { Database } from '../keyspace/database.ts';
import type { Loaded } from '../persistence/loading.ts';
import type { RdbContents } from '../persistence/rdb.ts';
import { RdbReader } from '../persistence/rdb-string.ts';
import type { Server } from '../server.ts';
import { MARK_BYTES, type TransferEnd } from './transfer.ts';

/** A record that has not come whole is tried again when a quarter more is there, lest a large one be tried at each chunk. */
const GROWTH = 1.25;
/** So much may wait to be loaded. */
const MOST_WAITING_BYTES = 128 * 1024;

/** What the one who receives it has to do. */
export interface DirectLoadUser {
  /** Before the old dataset is given up, which is at once or at the end. */
  beforeReplacing(): void;
  /** More is needed to go on. */
  starved(): void;
}

export class DirectLoad {
  /** Bytes so far. */
  received = 0;
  /** Why the connection is gone, once it is. */
  lostBecause: Bytes | undefined;
  private readonly server: Server;
  private readonly end: TransferEnd;
  private readonly keepsOld: boolean;
  private readonly reader = RdbReader.fed();
  private readonly libraries: Bytes[] = [];
  private readonly temporary: readonly Database[];
  /** So many bytes must wait in the reader before it is worth while to go on. */
  private enough = 0;
  private readonly user: DirectLoadUser;

  constructor(server: Server, end: TransferEnd, user: DirectLoadUser) {
    this.server = server;
    this.end = end;
    this.user = user;
    this.keepsOld = server.config.text('repl-diskless-load') === 'swapdb';
    this.temporary = this.keepsOld ? server.databases.map(({ id }) => new Database(id, server)) : [];
  }

  /** Whether the directives want it so, of this server as it is now. */
  static isWanted({ config, databases }: Server): boolean {
    const how = config.text('repl-diskless-load');
    return how === 'swapdb' || (how === 'on-empty-db' && databases.every(({ keys }) => keys.size === 0));
  }

  /** 0 when it is not known. */
  get totalBytes(): number {
    return 'bytes' in this.end ? this.end.bytes : 0;
  }

  /** Takes what came, and returns what comes behind the snapshot. goOn() then loads it. */
  take(chunk: Bytes): Bytes {
    const { end, reader } = this;
    const taken = 'bytes' in end ? chunk.slice(0, end.bytes - this.received) : chunk;
    this.received += taken.length;
    if (taken !== '') reader.feed(taken);
    return chunk.slice(taken.length);
  }

  get isFull(): boolean {
    return this.reader.left > Math.max(MOST_WAITING_BYTES, this.enough);
  }

  goOn(): void {
    const { end } = this;
    if ('bytes' in end && this.received === end.bytes) this.close();
    else if (this.reader.left >= this.enough) this.server.loading.feed();
  }

  /** Nothing more will come. `why`: the connection is gone. */
  close(why?: Bytes): void {
    this.lostBecause = why;
    this.reader.isFed = false;
    this.server.loading.feed();
  }

  /** It is not to succeed, whatever has come. */
  abort(): void {
    this.reader.cut();
    this.server.loading.feed();
  }

  /** `isAsync`: the old dataset answers meanwhile. */
  *load(isAsync: boolean): Generator<Loaded, RdbContents | undefined> {
    const { server, reader, end } = this;
    if (!this.keepsOld) this.user.beforeReplacing();
    server.log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    if (!this.keepsOld) {
      server.log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
      server.emptyData(server.config.flag('replica-lazy-flush'));
    }
    server.loading.begin(this.totalBytes, isAsync);
    const into = { databases: this.temporary, library: (code: Bytes): undefined => void this.libraries.push(code) };
    const loaded = yield* this.patiently(server.snapshots.loadContent(reader, { keepsExpired: true, ...(this.keepsOld ? { into } : {}) }));
    const failed = loaded === undefined ? 'Failed trying to load the MASTER synchronization DB from socket, check server logs.' : yield* this.checkMark(end);
    if (failed === undefined) {
      if (this.keepsOld) this.swap();
      return loaded;
    }
    server.log('warning', failed);
    if (this.keepsOld) server.log('notice', 'MASTER <-> REPLICA sync: Discarding temporary DB in background');
    else server.emptyData(server.config.flag('replica-lazy-flush'));
    return undefined;
  }

  /** Notes how much must have come before a starved reader is asked again. */
  private *patiently<T>(work: Generator<Loaded, T>): Generator<Loaded, T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      this.enough = step.value === 'starved' ? Math.max(this.reader.left + this.reader.wanted, this.reader.left * GROWTH) : 0;
      if (step.value === 'starved') this.user.starved();
      yield step.value;
    }
  }

  private *checkMark(end: TransferEnd): Generator<Loaded, Bytes | undefined> {
    const { reader } = this;
    if ('bytes' in end) return undefined;
    this.enough = MARK_BYTES;
    while (reader.left < MARK_BYTES && reader.isFed) {
      this.user.starved();
      yield 'starved';
    }
    return reader.left >= MARK_BYTES && reader.raw(MARK_BYTES) === end.mark ? undefined : 'Replication stream EOF marker is broken';
  }

  private swap(): void {
    const { server } = this;
    this.user.beforeReplacing();
    server.log('notice', 'MASTER <-> REPLICA sync: Swapping active DB with loaded DB');
    for (const [id, database] of this.temporary.entries()) server.databases[id]?.takeContents(database);
    server.scripting.functions.flush();
    for (const code of this.libraries) server.putLibrary(code, true);
    server.tracking.datasetFlushed();
    server.log('notice', 'MASTER <-> REPLICA sync: Discarding old DB in background');
  }
}
