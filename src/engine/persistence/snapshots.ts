/*
 * Snapshots: when the dataset is written to its RDB file, and read back
 * ---------------------------------------------------------------------
 * SAVE writes while everybody waits; BGSAVE leaves it to a child (fork.ts). The file is written under
 * another name and renamed, so that a crash leaves the old one whole.
 */
import { own, type Bytes } from '../bytes.ts';
import { isDiskError } from '../env.ts';
import type { Database, Moment } from '../keyspace/database.ts';
import type { RedisObject } from '../keyspace/object.ts';
import type { PastUsage } from '../keyspace/usage.ts';
import type { RdbFilter } from '../replication/replica-state.ts';
import type { LoadingHost } from './aof-load.ts';
import type { Loaded } from './loading.ts';
import { keyDelayUs, keysPerStep, SIGUSR1, type Child, type Fork, type ForkHost, type ForkJob, type ForkProblem } from './fork.ts';
import { encodeRdb, historyPoint, readRdb, type FilePiece, type HistoryPoint, type RdbContents } from './rdb.ts';
import { endsTooEarly, RdbDamageError, RdbFormatError, RdbHeaderError, RdbReader } from './rdb-string.ts';

/** After a failed save the save points wait so long, in seconds (CONFIG_BGSAVE_RETRY_DELAY). */
const RETRY_DELAY_SECONDS = 5;

/** What a child tells of itself at its end. */
const COPIED = 'Fork CoW for RDB: current 0 MB, peak 0 MB, average 0 MB';

/** What snapshots need of their server. */
export interface SnapshotHost extends LoadingHost, ForkHost {
  readonly fork: Fork;
  readonly nowMs: number;
  readonly debug: { readonly skipChecksum: boolean };
  readonly statistics: { payloadSanitizations: number };
  dirty: number;
  /** Bytes in use, for the note that the file carries. */
  usedMemory(): number;
  /** The codes of all libraries of functions. */
  libraries(): readonly Bytes[];
  /** Takes the code of a library; the text of a problem, or undefined. */
  putLibrary(code: Bytes, replaces: boolean): Bytes | undefined;
  /** Where the dataset stands in its history. */
  readonly historyPoint: HistoryPoint | undefined;
  /** The dataset is that of such a point; keys whose time had passed were left out. */
  restoreHistory(point: HistoryPoint, expired: readonly { readonly db: number; readonly key: Bytes }[]): void;
  /** Only a master says when a key is gone. */
  readonly isMaster: boolean;
  /** Puts a loaded key where it belongs. One whose time has passed is left out, unless `keepsExpired`. */
  putLoaded(db: Database | undefined, key: Bytes, object: RedisObject, loaded: LoadedKey): 'loaded' | 'expired' | 'duplicate';
}

/** How a snapshot is to be loaded. */
export interface LoadOptions {
  /** Keys whose time has passed are taken as well: their removal follows. */
  readonly keepsExpired: boolean;
  /** Told of a key that was left out. */
  readonly expired?: (db: number, key: Bytes) => void;
  /** What it has replaces what is there. */
  readonly merges?: boolean;
  /** The dataset that it becomes, and who takes its libraries; the server's own unless told. */
  readonly into?: { readonly databases: readonly Database[]; library(code: Bytes): undefined };
  /** A client has asked for it: what is wrong inside is told to those who read a verbose log. */
  readonly isAsked?: boolean;
  /** Why it cannot be loaded; the log knows it by then. */
  readonly failed?: (problem: RdbFormatError) => void;
}

export interface LoadedKey {
  readonly expiresAtMs: Moment | undefined;
  readonly usage: PastUsage;
  /** Its removal follows, from the append-only file or from the master. */
  readonly keepsExpired: boolean;
}

export class Snapshots {
  /** Seconds since the epoch. */
  lastSaveSeconds: number;
  lastStatus: 'ok' | 'err' = 'ok';
  /** Seconds, −1 before the first. */
  lastDurationSeconds = -1;
  saves = 0;
  keysLoaded = 0;
  keysExpired = 0;
  /** BGSAVE SCHEDULE while another child runs: as soon as it is done. */
  scheduled = false;
  /** Changes that the child's file has. */
  private dirtyBefore = 0;
  private lastTrySeconds = 0;
  private readonly host: SnapshotHost;

  constructor(host: SnapshotHost) {
    this.host = host;
    this.lastSaveSeconds = this.nowSeconds;
  }

  /** Seconds since the epoch; a child's end is an event without a command, so the server's own reading may be old. */
  private get nowSeconds(): number {
    return Math.floor(this.host.env.clock.now() / 1e6);
  }

  get inProgress(): boolean {
    return this.host.fork.isRunning('rdb');
  }

  /** Seconds that the running child has been at work, −1 without one. */
  get currentSeconds(): number {
    return this.inProgress ? this.nowSeconds - (this.host.fork.child?.startedSeconds ?? 0) : -1;
  }

  get file(): Bytes {
    return this.host.pathOf(this.host.config.text('dbfilename'));
  }

  /** Whether save points are configured: SHUTDOWN saves then, and a failed save stops writes. */
  get hasSavePoints(): boolean {
    return this.host.config.text('save') !== '';
  }

  /** Writes the file now; false when that failed, for a reason that the log tells. */
  save(): boolean {
    const { host } = this;
    const { disk, surroundings } = host.env;
    const temporary = this.temporary(surroundings.pid);
    const file = disk.open(temporary, 'truncate');
    let problem: ForkProblem | undefined;
    if (isDiskError(file)) problem = { step: 'open', message: file.message };
    else {
      const delayUs = keyDelayUs(host.config, 'rdb-key-save-delay');
      for (const { bytes, keys } of this.encode()) {
        if (delayUs > 0) host.env.clock.spend(Math.ceil(keys * delayUs));
        const refused = file.append(bytes);
        if (refused !== undefined) problem ??= { step: bytes.length < 4096 ? 'flush' : 'write', message: refused.message };
      }
      const unsynced = problem === undefined ? file.syncNow() : undefined;
      if (unsynced !== undefined) problem = { step: 'fsync', message: unsynced.message };
      file.close();
    }
    const told = problem === undefined ? this.install(temporary) : this.problemText(temporary, problem);
    if (told !== undefined) {
      disk.remove(temporary);
      host.log('warning', told);
      return false;
    }
    host.log('notice', 'DB saved on disk');
    host.dirty = 0;
    this.saved();
    return true;
  }

  private temporary(pid: number): Bytes {
    return this.host.pathOf(`temp-${pid}.rdb`);
  }

  /** Gives the complete file its name; what went wrong, or undefined. */
  private install(temporary: Bytes): Bytes | undefined {
    const refused = this.host.env.disk.rename(temporary, this.file);
    if (refused === undefined) return undefined;
    return `Error moving temp DB file ${nameOf(temporary)} on the final destination ${this.host.config.text('dbfilename')} (in server root dir ${this.host.pathOf('')}): ${refused.message}`;
  }

  private problemText(temporary: Bytes, { step, message }: ForkProblem): Bytes {
    if (step === 'open') return `Failed opening the temp RDB file ${nameOf(temporary)} (in server root dir ${this.host.pathOf('')}) for saving: ${message}`;
    return `Write error while saving DB to the disk(${step === 'write' ? 'rdbSaveRio' : step === 'flush' ? 'fflush' : 'fsync'}): ${message}`;
  }

  private saved(): void {
    this.lastSaveSeconds = this.nowSeconds;
    this.lastStatus = 'ok';
    this.saves++;
  }

  /** Starts the child; `then` hears of its end. The caller has made sure that there is none. */
  startBackground(then: (problem: ForkProblem | undefined) => void = () => {}): void {
    const { host } = this;
    this.lastTrySeconds = this.nowSeconds;
    this.dirtyBefore = host.dirty;
    const child = host.fork.start({
      kind: 'rdb', pieces: this.encode(), incrementalSync: 'rdb-save-incremental-fsync',
      temporary: (pid) => this.temporary(pid),
      done: (ended, problem) => {
        this.finish(ended, problem);
        then(problem);
      },
    });
    host.log('notice', `Background saving started by pid ${child.pid}`);
  }

  /** Starts a child that hands the snapshot's bytes, or a part of the dataset's, to `sink` instead of a file: for replicas. */
  startStreaming(filter: RdbFilter, { sink, isSinkFull }: Required<Pick<ForkJob, 'sink' | 'isSinkFull'>>, to: 'replica socket' | 'parent process pipe', done: (problem: ForkProblem | undefined) => void): void {
    const { host } = this;
    const child = host.fork.start({
      kind: 'rdb', pieces: this.encode(filter), incrementalSync: 'rdb-save-incremental-fsync', temporary: (pid) => this.temporary(pid), sink, isSinkFull,
      done: (ended, problem) => {
        if (problem === undefined) host.fork.log(ended, 'notice', COPIED);
        done(problem);
      },
    });
    host.log('notice', `Background RDB transfer started by pid ${child.pid} to ${to}`);
  }

  private finish(child: Child, problem: ForkProblem | undefined): void {
    const { host } = this;
    this.lastDurationSeconds = this.nowSeconds - child.startedSeconds;
    if (problem?.step === 'killed') {
      if (problem.signal !== SIGUSR1) this.lastStatus = 'err';
      host.log('warning', `Background saving terminated by signal ${problem.signal}`);
      return;
    }
    const told = problem === undefined ? this.install(child.temporary) : this.problemText(child.temporary, problem);
    if (told !== undefined) {
      host.env.disk.remove(child.temporary);
      this.lastStatus = 'err';
      host.fork.log(child, 'warning', told);
      host.log('warning', 'Background saving error');
      return;
    }
    host.fork.log(child, 'notice', 'DB saved on disk');
    host.fork.log(child, 'notice', COPIED);
    host.log('notice', 'Background saving terminated with success');
    host.dirty = Math.max(0, host.dirty - this.dirtyBefore);
    this.saved();
  }

  /** Ends the child, its file undone: what it writes is of no use any more. That is no failure of saving. */
  killChild(): void {
    if (this.inProgress) this.host.fork.giveUp();
  }

  /** The cron's question: is a save point reached? */
  checkSavePoints(): void {
    const { host, nowSeconds } = this;
    if (host.dirty === 0 || host.fork.isRunning()) return;
    const words = host.config.text('save').split(' ');
    const mayTry = this.lastStatus === 'ok' || nowSeconds - this.lastTrySeconds > RETRY_DELAY_SECONDS;
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [seconds, changes] = [Number(words[i]), Number(words[i + 1])];
      if (host.dirty >= changes && nowSeconds - this.lastSaveSeconds > seconds && mayTry) {
        host.log('notice', `${changes} changes in ${seconds} seconds. Saving...`);
        this.startBackground();
        return;
      }
    }
  }

  /** What was asked for while another child ran: begun when nothing else wants to. */
  startScheduled(): void {
    const mayTry = this.lastStatus === 'ok' || this.nowSeconds - this.lastTrySeconds > RETRY_DELAY_SECONDS;
    if (!this.scheduled || this.host.fork.isRunning() || !mayTry) return;
    this.scheduled = false;
    this.startBackground();
  }

  private encode(filter: RdbFilter = 'all'): FilePiece[] {
    const { host } = this;
    const { config } = host;
    return [...encodeRdb(filter === 'all' ? host.databases : [], { nowMs: host.nowMs, config, usedMemoryBytes: host.usedMemory(), libraries: filter === 'nothing' ? [] : host.libraries(), point: host.historyPoint }, { compression: config.flag('rdbcompression'), checksum: config.flag('rdbchecksum'), keysPerPiece: keysPerStep(keyDelayUs(config, 'rdb-key-save-delay')) })];
  }

  /**
   * Loads the file; false for one that cannot be loaded. At the start none at all is fine, and the server goes on with the
   * history that the file is of. A client that asked (`isAtStart` false) hears of a failure itself, and the server lives on.
   * `merges`: what the file has replaces what is there.
   */
  *load(isAtStart: boolean, merges = false): Generator<Loaded, boolean> {
    const { host } = this;
    const content = host.env.disk.read(this.file);
    if (isDiskError(content)) {
      if (content.code === 'ENOENT') return isAtStart;
      host.log('warning', `Fatal error: can't open the RDB file ${host.config.text('dbfilename')} for reading: ${content.message}`);
      if (isAtStart) host.log('warning', `Fatal error loading the DB, check server logs. Exiting.`);
      return false;
    }
    const startedUs = host.env.clock.monotonic();
    const expired: { db: number; key: Bytes }[] = [];
    host.loading.begin(content.length);
    const loaded = yield* this.loadContent(new RdbReader(content), {
      keepsExpired: !host.isMaster, merges, isAsked: !isAtStart,
      expired: (db, key) => void expired.push({ db, key }),
      failed: (problem) => {
        if (isAtStart) this.sayEnd(problem);
      },
    });
    if (loaded === undefined) return false;
    host.log('notice', `DB loaded from disk: ${((host.env.clock.monotonic() - startedUs) / 1e6).toFixed(3)} seconds`);
    host.dirty = 0;
    const point = isAtStart ? historyPoint(loaded.facts) : undefined;
    if (point !== undefined) host.restoreHistory(point, expired);
    return true;
  }

  /** The last word of a server whose file cannot be loaded. Of a sum that is wrong, and a file that ends too early, all is said. */
  private sayEnd(problem: RdbFormatError): void {
    if (problem instanceof RdbHeaderError) this.host.log('warning', 'Fatal error loading the DB, check server logs. Exiting.');
    if (problem instanceof RdbDamageError) this.host.log('warning', 'Terminating server after rdb file reading failure.');
  }

  /** Loads the bytes of a file; undefined, and the log says why, when they are none. */
  *loadContent(reader: RdbReader, { keepsExpired, expired, merges = false, into, isAsked = false, failed }: LoadOptions): Generator<Loaded, RdbContents | undefined> {
    const { host } = this;
    const databases = into?.databases ?? host.databases;
    const startedAt = reader.position;
    let undelayed = 0;
    this.keysLoaded = 0;
    this.keysExpired = 0;
    const delay = (): void => {
      const us = Math.round(undelayed * keyDelayUs(host.config, 'key-load-delay'));
      if (us > 0) host.env.clock.spend(us);
      undelayed = 0;
    };
    try {
      const reading = readRdb(reader, host, {
        databases: databases.length,
        nowSeconds: this.nowSeconds,
        skipChecksum: host.debug.skipChecksum,
        log: (level, text) => host.log(level, text),
        fact: (name, value) => host.loading.fact(name, value),
        sliceBytes: () => host.config.number('loading-process-events-interval-bytes'),
        key: (db, key, object, expiresAtMs, usage) => {
          undelayed++;
          if (merges) databases[db]?.remove(key, 'overwritten');
          const what = host.putLoaded(databases[db], own(key), object, { expiresAtMs, usage, keepsExpired });
          if (what === 'loaded') this.keysLoaded++;
          else if (what === 'expired') {
            this.keysExpired++;
            expired?.(db, own(key));
          }
          return what !== 'duplicate';
        },
        library: (code) => (into === undefined ? host.putLibrary(code, merges) : into.library(own(code))),
      });
      let contents: RdbContents | undefined;
      while (contents === undefined) {
        const step = reading.next();
        delay();
        if (step.done === true) contents = step.value;
        else if (reader.wanted > 0) yield 'starved';
        else yield step.value - startedAt;
      }
      const { emptySkipped } = contents;
      const skipped = emptySkipped > 0 ? `, empty keys skipped: ${emptySkipped}` : '';
      host.log('notice', `Done loading RDB, keys loaded: ${this.keysLoaded}, keys expired: ${this.keysExpired}${skipped}.`);
      return contents;
    } catch (error) {
      if (!(error instanceof RdbFormatError)) throw error;
      for (const line of isAsked ? saidQuietly(error) : error.message.split('\n')) host.log(isAsked && isInside(line) ? 'verbose' : 'warning', line);
      failed?.(error);
      return undefined;
    } finally {
      if (host.config.text('sanitize-dump-payload') === 'yes') host.statistics.payloadSanitizations += reader.packedPieces;
    }
  }
}

const isInside = (line: Bytes): boolean => line.startsWith('Internal error in RDB reading');

/** The lines of a problem with a file that a client asked for: a value that is damaged counts as one that ends too early, and places are not told. */
function saidQuietly(problem: RdbFormatError): Bytes[] {
  const lines = [...problem.message.split('\n'), ...(problem instanceof RdbDamageError ? endsTooEarly(0).split('\n') : [])];
  return lines.map((line) => (isInside(line) ? line.replace(/offset \d+/, 'offset 0') : line));
}

const nameOf = (path: Bytes): Bytes => path.slice(path.lastIndexOf('/') + 1);
