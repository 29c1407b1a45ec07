/*
 * The master's snapshot arrives
 * -----------------------------
 * A line says how long it is, or by which mark its end will be known. Then it comes: into a file that is loaded when
 * it is whole, or straight into memory (direct-load.ts). Through which connection is all the same here.
 */
import { parseInteger, type Bytes } from '../bytes.ts';
import type { Loaded } from '../persistence/loading.ts';
import type { RdbContents } from '../persistence/rdb.ts';
import { RdbReader } from '../persistence/rdb-string.ts';
import type { Server } from '../server.ts';
import { DirectLoad } from './direct-load.ts';
import { firstLine } from './first-line.ts';
import { MARK_BYTES, Transfer } from './transfer.ts';

/** Who wants the snapshot. */
export interface SnapshotUser {
  /** The connection it comes through is to be read no further, or again. */
  hold(isHeld: boolean): void;
  /** Something has come. */
  heard(): void;
  /** Milliseconds since the epoch: when something came last. */
  readonly heardMs: number;
  /** Before the old dataset is given up. */
  beforeReplacing(): void;
  /** It is in memory. `rest` came behind it; `lostBecause`: the connection is gone. */
  loaded(contents: RdbContents, rest: Bytes, lostBecause: Bytes | undefined): void;
  /** It is not to be had; `why`, when the log does not say it yet. `isEarly`: nothing of it was taken. */
  failed(why?: Bytes, isEarly?: boolean): void;
}

/** How often a snapshot that is loaded as it comes is watched, in microseconds. */
const WATCH_US = 1_000_000;

export class ArrivingSnapshot {
  /** It is whole, and read from its file. */
  isLoadingFile = false;
  private isOver = false;
  private input: Bytes = '';
  private transfer: Transfer | undefined;
  private direct: DirectLoad | undefined;
  private readonly server: Server;
  private readonly historyId: Bytes;
  private readonly user: SnapshotUser;

  /** `historyId`: of the history that it is a moment of. */
  constructor(server: Server, historyId: Bytes, user: SnapshotUser) {
    this.server = server;
    this.historyId = historyId;
    this.user = user;
  }

  get isLoading(): boolean {
    return this.isLoadingFile || this.direct !== undefined;
  }

  /** It has begun to come. */
  get hasBegun(): boolean {
    return this.transfer !== undefined || this.direct !== undefined;
  }

  /** Bytes so far, and in all (0: not known, −1: nothing is known). */
  get transferred(): { readonly read: number; readonly total: number } {
    const transfer = this.transfer ?? this.direct;
    return { read: transfer?.received ?? 0, total: transfer?.totalBytes ?? -1 };
  }

  receive(chunk: Bytes): void {
    this.user.heard();
    const { direct, transfer } = this;
    if (direct !== undefined) {
      this.input += direct.take(chunk);
      // What is not loaded yet must not pile up here: the master waits with the rest.
      if (direct.isFull) this.user.hold(true);
      return direct.goOn();
    }
    if (transfer !== undefined) return this.receivePart(transfer, chunk);
    this.input += chunk;
    return this.readLines();
  }

  private readLines(): void {
    for (;;) {
      const first = firstLine(this.input);
      if (first === undefined) return undefined;
      this.input = first.rest;
      // An empty line only says that the master is still there. Behind any other there are no lines: it may be loaded already, and what is left here the stream's.
      if (first.line !== '') return this.begin(first.line);
    }
  }

  private begin(line: Bytes): void {
    const { server, user } = this;
    if (line.startsWith('-')) return user.failed(`MASTER aborted replication with an error: ${line.slice(1)}`);
    if (!line.startsWith('$')) return user.failed(`Bad protocol from MASTER, the first byte is not '$' (we received '${line}'), are you sure the host and port are right?`);
    const mark = line.startsWith('$EOF:') ? line.slice(5) : undefined;
    const bytes = Number(parseInteger(line.slice(1)) ?? NaN);
    if (mark === undefined ? !(bytes >= 0) : mark.length !== MARK_BYTES) return user.failed(`Bad protocol from MASTER: '${line}'`);
    const end = mark === undefined ? { bytes } : { mark };
    const isDirect = DirectLoad.isWanted(server);
    const what = mark === undefined ? `${bytes} bytes from master` : 'streamed RDB from master with EOF';
    server.log('notice', `MASTER <-> REPLICA sync: receiving ${what} ${isDirect ? 'to parser' : 'to disk'}`);
    if (isDirect) return this.loadDirectly(new DirectLoad(server, end, { beforeReplacing: () => user.beforeReplacing(), starved: () => user.hold(false) }));
    const transfer = Transfer.begin(server, end);
    if (typeof transfer === 'string') return user.failed(transfer, true);
    this.transfer = transfer;
    const rest = this.input;
    this.input = '';
    return this.receivePart(transfer, rest);
  }

  private receivePart(transfer: Transfer, chunk: Bytes): void {
    const refused = transfer.take(chunk);
    if (refused !== undefined) this.user.failed(refused);
    else if (transfer.isComplete) this.load(transfer);
  }

  private loadDirectly(direct: DirectLoad): void {
    const { server, user } = this;
    this.direct = direct;
    // The same history: what is here is but an earlier moment of what comes.
    const isAsync = server.config.text('repl-diskless-load') === 'swapdb' && this.historyId === server.replicationId;
    this.endWriting();
    server.loading.run(direct.load(isAsync), (loaded) => {
      if (this.isOver) return;
      this.direct = undefined;
      user.hold(false);
      if (loaded === undefined) user.failed();
      else user.loaded(loaded, this.input, direct.lostBecause);
    });
    this.watch(direct);
    const rest = this.input;
    this.input = direct.take(rest);
    direct.goOn();
  }

  /** A master that falls silent in the middle of a snapshot is given up; the cron waits for the end of loading. */
  private watch(direct: DirectLoad): void {
    const { server } = this;
    server.later(WATCH_US, 'the master is watched', () => {
      if (this.direct !== direct) return;
      if (server.nowMs - this.user.heardMs > server.config.number('repl-timeout') * 1000) direct.close('timeout');
      else this.watch(direct);
    }, 'always');
  }

  private load(transfer: Transfer): void {
    const { server, user } = this;
    const { content, rest } = transfer;
    const refused = transfer.install();
    if (refused !== undefined) return user.failed(refused);
    if (server.snapshots.inProgress) server.log('notice', `Replica is about to load the RDB file received from the master, but there is a pending RDB child running. Killing process ${server.fork.child?.pid ?? 0} and removing its temp file to avoid any race`);
    this.endWriting();
    user.beforeReplacing();
    server.log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    this.isLoadingFile = true;
    user.hold(true);
    server.loading.run(this.loadFile(content), (loaded) => {
      // Nobody has a use for it any more.
      if (this.isOver) return;
      this.isLoadingFile = false;
      this.transfer = undefined;
      user.hold(false);
      if (loaded !== undefined) return user.loaded(loaded, rest, undefined);
      server.emptyData(server.config.flag('replica-lazy-flush'));
      return user.failed('Failed trying to load the MASTER synchronization DB from disk, check server logs.');
    });
    return undefined;
  }

  /** The old dataset is not written any more: a snapshot of it would take the place of the new one's. */
  private endWriting(): void {
    const { aof, snapshots } = this.server;
    if (aof.state !== 'off') aof.turnOff();
    snapshots.killChild();
  }

  private *loadFile(content: Bytes): Generator<Loaded, RdbContents | undefined> {
    const { server } = this;
    server.log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
    server.emptyData(server.config.flag('replica-lazy-flush'));
    server.loading.begin(content.length);
    return yield* server.snapshots.loadContent(new RdbReader(content), { keepsExpired: true });
  }

  /** The connection is gone, or given up. True when that is seen to here: what is loaded as it comes may be whole. */
  closed(reason: Bytes): boolean {
    const { direct } = this;
    direct?.close(reason);
    return direct !== undefined;
  }

  /** What is loaded as it comes is not to succeed; a file is loaded to its end. */
  abort(): void {
    this.direct?.abort();
  }

  /** It is not wanted any more. */
  discard(): void {
    const { direct, transfer } = this;
    this.isOver = true;
    this.direct = undefined;
    direct?.close('given up');
    if (!this.isLoadingFile) transfer?.discard();
  }
}
