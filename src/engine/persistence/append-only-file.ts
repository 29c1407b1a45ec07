/*
 * The append-only file
 * --------------------
 * Everything that changes the dataset is appended, as a command, to the incremental file in use. What a unit
 * brings gathers in a buffer, and before any reply of the event leaves, the buffer is written. Then it is in
 * the page cache: a process that dies loses nothing. Only what was synced survives a power failure:
 *
 *     appendfsync always     synced before the replies leave
 *                 everysec   synced in the background, once a second
 *                 no         left to the kernel
 *
 * While a sync of `everysec` is under way, writing would have to wait for the disk, so the buffer is kept back,
 * for two seconds at most; then it is written all the same (aof_delayed_fsync).
 *
 *     off ──CONFIG SET appendonly yes──► waitRewrite ──the first base is there──► on
 *
 * A rewrite begins a new incremental file and lets a child write the dataset of that moment as the new base.
 * Once it is there, both replace what was before (aof-manifest.ts).
 */
import type { Bytes } from '../bytes.ts';
import { isDiskError, type DiskError, type OpenFile } from '../env.ts';
import type { PropagatedCommand, Propagation, PropagationTarget } from '../propagation.ts';
import { annotation, encodeCommand } from './aof-format.ts';
import { AofLoader, type LoadingHost, type LoadOutcome } from './aof-load.ts';
import { AofFiles } from './aof-files.ts';
import { withEnd, withNewBase, withNewIncremental, withoutRewritten } from './aof-manifest.ts';
import { RewriteLimit } from './aof-rewrite-limit.ts';
import { encodeAof } from './aof-rewrite.ts';
import { keyDelayUs, keysPerStep, type Child, type Fork, type ForkHost, type ForkProblem } from './fork.ts';
import type { Loaded } from './loading.ts';
import { encodeRdb, type FilePiece } from './rdb.ts';

/** A write that is kept back because of a sync under way is kept back no longer than this. */
const LONGEST_POSTPONEMENT_MS = 2000;
/** A write error is logged no more often than this. */
const ERROR_LOG_MS = 30_000;
/** So often it is tried to turn the file on after a load. */
const ATTEMPTS_TO_TURN_ON = 10;

export interface AofHost extends LoadingHost, ForkHost {
  /** The codes of all libraries of functions. */
  libraries(): readonly Bytes[];
  readonly fork: Fork;
  readonly propagation: Propagation;
  readonly nowMs: number;
  readonly debug: { readonly aofFlushSleepUs: number };
  /** EXEC is running. */
  readonly inTransaction: boolean;
  usedMemory(): number;
  /** Removes all keys. */
  emptyData(): void;
  /** Ends the process at once, no reply is sent any more. */
  stop(how: 'crash', code: number): void;
  /** More of the file is durable than before, or there is none any more: WAITAOF. */
  aofSynced(): void;
}

export class AppendOnlyFile implements PropagationTarget {
  readonly receiver = 'file';
  state: 'off' | 'on' | 'waitRewrite' = 'off';
  rewriteScheduled = false;
  lastRewriteStatus: 'ok' | 'err' = 'ok';
  lastWriteStatus: 'ok' | 'err' = 'ok';
  /** Seconds, −1 before the first. */
  lastRewriteSeconds = -1;
  rewrites = 0;
  delayedFsyncs = 0;
  /** Bytes of base and incremental files, and as many as there were after the last rewrite. */
  currentSize = 0;
  baseSize = 0;
  /** Syncs of the file in use that are under way. */
  syncsUnderWay = 0;
  /** Up to this offset of propagation everything is durable; −1 while there is no file. */
  syncedOffset = -1;
  readonly files: AofFiles;
  readonly rewriteLimit = new RewriteLimit();

  private readonly host: AofHost;
  private readonly loader: AofLoader;
  private file: OpenFile | undefined;
  private buffer: Bytes = '';
  /** Database of the last SELECT that was written; −1: none yet in this file. */
  private selectedDb = -1;
  private lastFsyncMs = 0;
  private postponedSinceMs = 0;
  /** Bytes written to the incremental file in use, and how many of them were asked to be synced. */
  private writtenBytes = 0;
  private syncAskedBytes = 0;
  private lastTimestamp = 0;
  private writeError: Bytes = '';
  private fsyncError: Bytes | undefined;
  private lastErrorLogMs = -Infinity;
  private lastRetryMs = 0;

  constructor(host: AofHost) {
    this.host = host;
    this.loader = new AofLoader(host);
    this.files = new AofFiles(host);
  }

  /** What the incremental file is called while the first base is being made. */
  private get temporaryIncremental(): Bytes {
    return `temp-${this.files.filename}.incr`;
  }

  // --- facts for INFO and for commands ------------------------------------------------------------

  get bufferLength(): number {
    return this.buffer.length;
  }

  get isRewriting(): boolean {
    return this.host.fork.isRunning('aof');
  }

  /** Why writes are refused: the file cannot be written, or not be made durable. */
  get writeProblem(): Bytes | undefined {
    if (this.state === 'off') return undefined;
    return this.lastWriteStatus === 'err' ? this.writeError : this.fsyncError;
  }

  // --- what changed is appended ---------------------------------------------------------------------

  feed(unit: readonly PropagatedCommand[]): void {
    if (this.state !== 'on' && !(this.state === 'waitRewrite' && this.isRewriting)) return;
    const isTransaction = unit.length > 1;
    this.annotate();
    if (isTransaction) this.buffer += encodeCommand(['MULTI']);
    for (const { db, argv } of unit) {
      if (db !== this.selectedDb) {
        this.buffer += encodeCommand(['SELECT', String(db)]);
        this.selectedDb = db;
      }
      this.buffer += encodeCommand(argv);
    }
    if (isTransaction) this.buffer += encodeCommand(['EXEC']);
  }

  private annotate(): void {
    const seconds = Math.floor(this.host.nowMs / 1000);
    if (!this.host.config.flag('aof-timestamp-enabled') || seconds <= this.lastTimestamp) return;
    this.lastTimestamp = seconds;
    this.buffer += annotation(seconds);
  }

  /**
   * Writes the buffer, and syncs as appendfsync says. Called before replies leave and by the cron. `force` writes
   * although a sync is under way.
   */
  flush(force = false): void {
    if (this.state === 'off' || this.file === undefined) return;
    const { config, nowMs } = this.host;
    const policy = config.text('appendfsync');
    if (this.buffer === '') {
      // Nothing new: but what the last second wrote has perhaps not been synced.
      if (this.syncAskedBytes === this.writtenBytes) return;
      if (policy === 'always' || (policy === 'everysec' && nowMs - this.lastFsyncMs >= 1000 && this.syncsUnderWay === 0)) this.sync(policy);
      return;
    }
    if (policy === 'everysec' && !force && this.syncsUnderWay > 0) {
      if (this.postponedSinceMs === 0) this.postponedSinceMs = nowMs;
      if (nowMs - this.postponedSinceMs < LONGEST_POSTPONEMENT_MS) return;
      this.delayedFsyncs++;
      this.host.log('notice', 'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.');
    }
    this.postponedSinceMs = 0;
    this.host.env.clock.spend(this.host.debug.aofFlushSleepUs);
    const refused = this.file.append(this.buffer);
    if (refused !== undefined) {
      this.writeFailed(refused, policy);
      return;
    }
    if (this.lastWriteStatus === 'err') {
      this.host.log('notice', 'AOF write error looks solved, Redis can write again.');
      this.lastWriteStatus = 'ok';
    }
    this.currentSize += this.buffer.length;
    this.writtenBytes += this.buffer.length;
    this.buffer = '';
    this.sync(policy);
  }

  private writeFailed(refused: DiskError, policy: Bytes): void {
    const { host } = this;
    if (host.nowMs - this.lastErrorLogMs > ERROR_LOG_MS) {
      this.lastErrorLogMs = host.nowMs;
      host.log('warning', `Error writing to the AOF file: ${refused.message}`);
    }
    this.writeError = refused.message;
    if (policy === 'always') {
      // The replies that wait would promise what cannot be kept.
      host.log('warning', "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
      host.stop('crash', 1);
      return;
    }
    this.lastWriteStatus = 'err';
  }

  private sync(policy: Bytes): void {
    const { host } = this;
    // A child keeps the disk busy: better to risk more than to wait.
    if (host.config.flag('no-appendfsync-on-rewrite') && host.fork.isRunning()) return;
    if (policy === 'always') {
      const refused = this.file?.syncNow();
      if (refused !== undefined) {
        host.log('warning', `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${refused.message}. Exiting...`);
        host.stop('crash', 1);
        return;
      }
      this.syncAskedBytes = this.writtenBytes;
      this.lastFsyncMs = host.nowMs;
      this.syncedTo(host.propagation.offset);
    } else if (policy === 'everysec' && host.nowMs - this.lastFsyncMs >= 1000) {
      if (this.syncsUnderWay === 0) {
        this.syncInBackground(false);
        this.syncAskedBytes = this.writtenBytes;
      }
      this.lastFsyncMs = host.nowMs;
    }
  }

  private syncInBackground(closes: boolean): void {
    const { file, host } = this;
    if (file === undefined) return;
    const { offset } = host.propagation;
    // A file that is given up may take its time: nothing is written to it any more.
    if (!closes) this.syncsUnderWay++;
    file.sync((error) => host.asEvent(() => {
      if (closes) file.close();
      else this.syncsUnderWay--;
      if (error === undefined) {
        this.fsyncError = undefined;
        this.syncedTo(offset);
        return;
      }
      if (this.fsyncError === undefined) host.log('warning', `Fail to fsync the AOF file: ${error.message}`);
      this.fsyncError = error.message;
    }));
  }

  private syncedTo(offset: number): void {
    if (this.state !== 'on' || offset <= this.syncedOffset) return;
    this.syncedOffset = offset;
    this.host.aofSynced();
  }

  /** The cron's work: a rewrite that waits for another child to end. */
  startScheduled(): void {
    if (this.rewriteScheduled && !this.host.fork.isRunning() && !this.isLimited()) this.rewriteInBackground();
  }

  /** The cron's work: what was kept back is tried again at each call, what failed once a second. */
  flushAgain(): void {
    const isDue = this.lastWriteStatus === 'err' && this.host.nowMs - this.lastRetryMs >= 1000;
    if (isDue) this.lastRetryMs = this.host.nowMs;
    if (isDue || this.postponedSinceMs !== 0) this.flush();
  }

  /** The cron's work: a file that has grown by auto-aof-rewrite-percentage is rewritten. */
  rewriteIfGrown(): void {
    const { config, fork } = this.host;
    if (this.state !== 'on' || fork.isRunning()) return;
    const percentage = config.number('auto-aof-rewrite-percentage');
    if (percentage === 0 || this.currentSize <= config.number('auto-aof-rewrite-min-size')) return;
    const growth = Math.trunc((this.currentSize * 100) / (this.baseSize === 0 ? 1 : this.baseSize)) - 100;
    if (growth < percentage || this.isLimited()) return;
    this.host.log('notice', `Starting automatic rewriting of AOF on ${growth}% growth`);
    this.rewriteInBackground();
  }

  // --- rewriting ------------------------------------------------------------------------------------

  private isLimited(): boolean {
    return this.rewriteLimit.isReached(this.host.nowMs, (text) => this.host.log('warning', text));
  }

  /** BGREWRITEAOF while something else is in the way: as soon as it is done, however often rewrites have failed. */
  scheduleRewrite(): void {
    this.rewriteScheduled = true;
    this.rewriteLimit.lift();
  }

  /** Starts the child; false when that is not possible, for a reason that the log tells. */
  rewriteInBackground(): boolean {
    const { host } = this;
    if (host.fork.isRunning()) return false;
    if (!this.files.makeDirectory()) {
      this.rewriteFailed();
      return false;
    }
    // What follows begins a new file, which must say anew which database it means.
    this.selectedDb = -1;
    this.flush(true);
    if (!this.openNextIncremental()) {
      this.rewriteFailed();
      return false;
    }
    this.rewrites++;
    const isRdb = host.config.flag('aof-use-rdb-preamble');
    const child = host.fork.start({
      kind: 'aof', pieces: this.encodeBase(isRdb), incrementalSync: 'aof-rewrite-incremental-fsync',
      temporary: (pid) => host.pathOf(`temp-rewriteaof-bg-${pid}.aof`),
      done: (ended, problem) => this.rewriteEnded(ended, isRdb, problem),
    });
    host.log('notice', `Background append only file rewriting started by pid ${child.pid}`);
    this.rewriteScheduled = false;
    return true;
  }

  private encodeBase(isRdb: boolean): FilePiece[] {
    const { host } = this;
    if (isRdb) {
      const keysPerPiece = keysPerStep(keyDelayUs(host.config, 'rdb-key-save-delay'));
      const options = { compression: host.config.flag('rdbcompression'), checksum: host.config.flag('rdbchecksum'), keysPerPiece };
      return [...encodeRdb(host.databases, { nowMs: host.nowMs, config: host.config, usedMemoryBytes: host.usedMemory(), isAofBase: true, libraries: host.libraries() }, options)];
    }
    const nowSeconds = Math.floor(host.nowMs / 1000);
    const isTimed = host.config.flag('aof-timestamp-enabled');
    if (isTimed) this.lastTimestamp = nowSeconds;
    return [...encodeAof(host.databases, host.libraries(), isTimed ? nowSeconds : undefined, keysPerStep(keyDelayUs(host.config, 'rdb-key-save-delay')))];
  }

  /** The incremental file for what comes after the fork. While the first base is being made it has a name of its own. */
  private openNextIncremental(): boolean {
    const { host } = this;
    if (this.state === 'off') return true;
    const next = this.state === 'on' ? withNewIncremental(this.files.manifest, this.files.filename, host.propagation.offset) : undefined;
    if (next === undefined) this.startOffset = host.propagation.offset;
    const name = next === undefined ? this.temporaryIncremental : (next.incremental.at(-1)?.name ?? '');
    const file = host.env.disk.open(this.files.pathOf(name), 'truncate');
    if (isDiskError(file)) {
      host.log('warning', `Can't open the append-only file ${name}: ${file.message}`);
      return false;
    }
    if (next !== undefined && !this.files.persist(next)) {
      file.close();
      this.files.remove(name);
      return false;
    }
    host.log('notice', `Creating AOF incr file ${name} on background rewrite`);
    if (this.file !== undefined) {
      this.syncInBackground(true);
      this.lastFsyncMs = host.nowMs;
    }
    this.file = file;
    this.writtenBytes = 0;
    this.syncAskedBytes = 0;
    return true;
  }

  private rewriteFailed(): void {
    this.lastRewriteStatus = 'err';
    this.rewriteLimit.failed();
  }

  private rewriteEnded(child: Child, isRdb: boolean, problem: ForkProblem | undefined): void {
    const { host } = this;
    const short = child.temporary.slice(child.temporary.lastIndexOf('/') + 1);
    if (problem?.step === 'killed') {
      host.log('warning', 'Background AOF rewrite terminated by signal 9');
      this.rewriteFailed();
    } else if (problem !== undefined) {
      host.fork.log(child, 'warning', problem.step === 'open' ? `Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): ${problem.message}` : `Write error writing append only file on disk: ${problem.message}`);
      host.log('warning', 'Background AOF rewrite terminated with error');
      this.rewriteFailed();
    } else {
      host.fork.log(child, 'notice', `Successfully created the temporary AOF base file ${short}`);
      host.fork.log(child, 'notice', 'Fork CoW for AOF rewrite: current 0 MB, peak 0 MB, average 0 MB');
      host.log('notice', 'Background AOF rewrite terminated with success');
      if (this.installBase(child.temporary, short, isRdb)) {
        this.lastRewriteStatus = 'ok';
        this.rewriteLimit.succeeded();
      } else this.rewriteFailed();
    }
    host.env.disk.remove(child.temporary);
    this.lastRewriteSeconds = Math.floor(host.env.clock.now() / 1e6) - child.startedSeconds;
    if (this.state === 'waitRewrite') {
      // Turning it on has failed so far: once more, from the beginning.
      this.buffer = '';
      host.log('notice', `Removing the temp incr aof file ${this.temporaryIncremental} in the background`);
      this.files.remove(this.temporaryIncremental);
      this.rewriteScheduled = true;
    }
  }

  private installBase(temporary: Bytes, short: Bytes, isRdb: boolean): boolean {
    const { host } = this;
    const { disk } = host.env;
    let next = withNewBase(this.files.manifest, this.files.filename, isRdb);
    const baseName = next.base?.name ?? '';
    const refused = disk.rename(temporary, this.files.pathOf(baseName));
    if (refused !== undefined) {
      host.log('warning', `Error trying to rename the temporary AOF base file ${short} into ${baseName}: ${refused.message}`);
      return false;
    }
    host.log('notice', `Successfully renamed the temporary AOF base file ${short} into ${baseName}`);
    if (this.state === 'waitRewrite') {
      const former = this.temporaryIncremental;
      next = withNewIncremental(next, this.files.filename, this.startOffset);
      const name = next.incremental.at(-1)?.name ?? '';
      const problem = disk.rename(this.files.pathOf(former), this.files.pathOf(name));
      if (problem !== undefined) {
        host.log('warning', `Error trying to rename the temporary AOF incr file ${former} into ${name}: ${problem.message}`);
        return false;
      }
      host.log('notice', `Successfully renamed the temporary AOF incr file ${former} into ${name}`);
    }
    next = this.state === 'off' ? { ...next, history: [...next.incremental.toReversed(), ...next.history], incremental: [] } : withoutRewritten(next);
    if (!this.files.persist(next)) return false;
    if (this.state !== 'off') {
      this.currentSize = this.files.sizeOf(baseName) + this.writtenBytes;
      this.baseSize = this.currentSize;
    }
    this.files.removeHistory();
    host.log('notice', 'Background AOF rewrite finished successfully');
    if (this.state === 'waitRewrite') {
      this.state = 'on';
      // The base is durable, and it has everything up to the fork.
      this.syncedTo(this.startOffset);
    }
    return true;
  }

  /** Ends a rewrite that is under way: SHUTDOWN and turning the file off do not wait for it. */
  killChild(): void {
    const { host } = this;
    if (!this.isRewriting) return;
    host.log('notice', `Killing running AOF rewrite child: ${host.fork.child?.pid ?? 0}`);
    host.fork.kill();
  }

  // --- on and off -----------------------------------------------------------------------------------

  /** Offset at which the file that is being turned on begins. */
  private startOffset = 0;

  /** CONFIG SET appendonly yes; false when it cannot be. */
  turnOn(): boolean {
    const { host } = this;
    this.state = 'waitRewrite';
    host.propagation.add(this);
    if (host.fork.isRunning('rdb')) {
      this.rewriteScheduled = true;
      host.log('notice', 'AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.');
    } else if (host.inTransaction) {
      this.rewriteScheduled = true;
      host.log('notice', 'AOF was enabled during a transaction. An AOF background was scheduled to start when possible.');
    } else {
      if (this.isRewriting) {
        host.log('notice', 'AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.');
        this.killChild();
      }
      if (!this.rewriteInBackground()) {
        this.state = 'off';
        host.propagation.remove(this);
        host.log('warning', "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for more info about the error.");
        return false;
      }
    }
    this.lastFsyncMs = host.nowMs;
    if (this.lastWriteStatus === 'err') host.log('warning', 'AOF reopen, just ignore the last error.');
    this.lastWriteStatus = 'ok';
    this.fsyncError = undefined;
    return true;
  }

  /** A dataset was loaded, and CONFIG SET appendonly meanwhile, or only a file that is off could take it: now it is as the directive says. */
  asConfigured(): void {
    const { host } = this;
    const isWanted = host.config.flag('appendonly');
    if (!isWanted && this.state !== 'off') this.turnOff();
    if (!isWanted || this.state !== 'off') return;
    for (let attempt = 0; attempt < ATTEMPTS_TO_TURN_ON; attempt++) {
      if (this.turnOn()) return;
      host.log('warning', 'Failed to enable AOF! Trying it again in one second.');
      host.env.clock.spend(1e6);
    }
    host.log('warning', "FATAL: AOF can't be turned on. Exiting now.");
    host.stop('crash', 1);
  }

  /** CONFIG SET appendonly no: what was written stays on disk. */
  turnOff(): void {
    const { host } = this;
    this.flush(true);
    const refused = this.file?.syncNow();
    if (refused !== undefined) host.log('warning', `Fail to fsync the AOF file: ${refused.message}`);
    else this.lastFsyncMs = host.nowMs;
    this.file?.close();
    this.file = undefined;
    this.selectedDb = -1;
    this.killChild();
    if (this.state === 'on') this.files.persist(withEnd(this.files.manifest, host.propagation.offset));
    this.state = 'off';
    this.rewriteScheduled = false;
    this.writtenBytes = 0;
    this.syncAskedBytes = 0;
    this.syncedOffset = -1;
    this.buffer = '';
    host.propagation.remove(this);
    host.aofSynced();
  }

  /** SHUTDOWN: nothing that was acknowledged is left in memory. False when leaving would lose the dataset. */
  shutdown(force: boolean): boolean {
    const { host } = this;
    if (this.isRewriting) {
      if (this.state === 'waitRewrite') {
        host.log('warning', force ? 'Writing initial AOF. Exit anyway.' : "Writing initial AOF, can't exit.");
        if (!force) return false;
      }
      host.log('warning', 'There is a child rewriting the AOF. Killing it!');
      this.killChild();
    }
    host.log('notice', 'Calling fsync() on the AOF file.');
    this.flush(true);
    const refused = this.file === undefined ? { message: 'Bad file descriptor' } : this.file.syncNow();
    if (refused !== undefined) host.log('warning', `Fail to fsync the AOF file: ${refused.message}.`);
    if (this.state === 'on') this.files.persist(withEnd(this.files.manifest, host.propagation.offset));
    return true;
  }

  // --- at start -----------------------------------------------------------------------------------

  /** Loads the dataset from the files; false when the server cannot start like that. */
  *load(): Generator<Loaded, boolean> {
    const { host } = this;
    const startedUs = host.env.clock.monotonic();
    const migrated = this.loader.adoptOldFile(this.files.manifest, this.files.directory);
    if (migrated === 'failed') return false;
    if (migrated !== undefined && !this.files.persistMigrated(migrated)) return false;
    const result = yield* this.loadFiles();
    if (result === 'failed') return false;
    if (result !== 'absent') host.log('notice', `DB loaded from append only file: ${((host.env.clock.monotonic() - startedUs) / 1e6).toFixed(3)} seconds`);
    const last = this.files.manifest.incremental.at(-1);
    if (last !== undefined) host.propagation.offset = last.endOffset ?? (last.startOffset === undefined ? 0 : last.startOffset + this.files.sizeOf(last.name));
    return true;
  }

  private *loadFiles(): Generator<Loaded, LoadOutcome['result']> {
    const { result, totalBytes, baseBytes } = yield* this.loader.load(this.files.manifest, this.files.directory);
    if (result === 'ok') {
      this.currentSize = totalBytes;
      this.baseSize = baseBytes;
    }
    return result;
  }

  /** Opens the incremental file to go on with; a server that starts with nothing makes the first files. */
  openAtStart(): boolean {
    const { host } = this;
    const { disk } = host.env;
    if (!this.files.makeDirectory()) return false;
    let next = this.files.manifest;
    if (next.base === undefined && next.incremental.length === 0) {
      const isRdb = host.config.flag('aof-use-rdb-preamble');
      next = withNewBase(next, this.files.filename, isRdb);
      const name = next.base?.name ?? '';
      if (!this.writeBase(name, isRdb)) return false;
      host.log('notice', `Creating AOF base file ${name} on server start`);
    }
    const isNew = next.incremental.length === 0;
    if (isNew) next = withNewIncremental(next, this.files.filename, host.propagation.offset);
    next = withEnd(next, undefined);
    const name = next.incremental.at(-1)?.name ?? '';
    const file = disk.open(this.files.pathOf(name), 'append');
    if (isDiskError(file)) {
      host.log('warning', `Can't open the append-only file ${name}: ${file.message}`);
      return false;
    }
    if (next !== this.files.manifest && !this.files.persist(next)) return false;
    this.file = file;
    this.writtenBytes = this.files.sizeOf(name);
    this.syncAskedBytes = this.writtenBytes;
    host.log('notice', isNew ? `Creating AOF incr file ${name} on server start` : `Opening AOF incr file ${name} on server start`);
    this.state = 'on';
    this.syncedOffset = host.propagation.offset;
    this.lastFsyncMs = host.nowMs;
    host.propagation.add(this);
    return true;
  }

  private writeBase(name: Bytes, isRdb: boolean): boolean {
    const { host } = this;
    const { disk } = host.env;
    const temporary = host.pathOf(`temp-rewriteaof-${host.env.surroundings.pid}.aof`);
    const file = disk.open(temporary, 'truncate');
    if (isDiskError(file)) {
      host.log('warning', `Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): ${file.message}`);
      return false;
    }
    let refused: DiskError | undefined;
    for (const { bytes } of this.encodeBase(isRdb)) refused ??= file.append(bytes);
    refused ??= file.syncNow();
    file.close();
    refused ??= disk.rename(temporary, this.files.pathOf(name));
    if (refused === undefined) return true;
    host.log('warning', `Write error writing append only file on disk: ${refused.message}`);
    disk.remove(temporary);
    return false;
  }

  /**
   * DEBUG LOADAOF: what is on disk takes the place of what is in memory, and the manifest there of the one that is believed, whether or not the file
   * is on. False when there is nothing to load, or it cannot be.
   */
  *reload(): Generator<Loaded, boolean> {
    this.flush(true);
    this.host.emptyData();
    if (!this.files.read()) {
      this.host.stop('crash', 1);
      return false;
    }
    this.files.removeHistory();
    const result = yield* this.loadFiles();
    return result === 'ok' || result === 'empty';
  }
}
