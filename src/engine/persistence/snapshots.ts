/*
 * Snapshots: when the dataset is written to its RDB file, and read back
 * ---------------------------------------------------------------------
 * SAVE writes while everybody waits. BGSAVE stands for a child process: the bytes are those of the
 * moment it was asked, and they reach the disk over a time that grows with their number, so that
 * `rdb_bgsave_in_progress`, a full disk and a crash half way are all there to be seen. The file is
 * written under another name and renamed, so that a crash leaves the old one whole.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import { isDiskError, type Env } from '../env.ts';
import type { Database } from '../keyspace/database.ts';
import type { EncodingHost } from '../keyspace/encodings.ts';
import { logLine, writeLog, type LogLevel } from '../log.ts';
import { decodeRdb, encodeRdb } from './rdb.ts';
import { RdbFormatError } from './rdb-string.ts';

/** A child needs so long to start and to end, and writes so much in a microsecond. */
const CHILD_OVERHEAD_US = 2000;
const CHILD_BYTES_PER_US = 200;
/** After a failed save the save points wait so long, in seconds (CONFIG_BGSAVE_RETRY_DELAY). */
const RETRY_DELAY_SECONDS = 5;

/** What snapshots need of their server. */
export interface SnapshotHost extends EncodingHost {
  readonly env: Env;
  readonly config: Config;
  readonly databases: readonly Database[];
  dirty: number;
  log(level: LogLevel, text: Bytes): void;
  /** Bytes in use, for the note that the file carries. */
  usedMemory(): number;
  /** Puts a loaded key where it belongs; false when its time has passed. */
  putLoaded(db: number, key: Bytes, object: Parameters<Database['add']>[1], expiresAtMs: number | undefined): boolean;
}

interface Child {
  readonly pid: number;
  readonly dirtyBefore: number;
  readonly startedSeconds: number;
  readonly cancel: () => void;
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
  private child: Child | undefined;
  private lastTrySeconds = 0;
  private nextChildPid: number;
  private readonly host: SnapshotHost;

  constructor(host: SnapshotHost) {
    this.host = host;
    this.lastSaveSeconds = this.nowSeconds;
    this.nextChildPid = host.env.surroundings.pid + 1;
  }

  /** Seconds since the epoch; a child's end is an event without a command, so the server's own reading may be old. */
  private get nowSeconds(): number {
    return Math.floor(this.host.env.clock.now() / 1e6);
  }

  get inProgress(): boolean {
    return this.child !== undefined;
  }

  /** Seconds that the running child has been at work, −1 without one. */
  get currentSeconds(): number {
    return this.child === undefined ? -1 : this.nowSeconds - this.child.startedSeconds;
  }

  get file(): string {
    const { config, env } = this.host;
    const directory = config.text('dir') === '' ? env.surroundings.directory : config.text('dir');
    return `${directory === '/' ? '' : directory}/${config.text('dbfilename')}`;
  }

  /** Whether save points are configured: SHUTDOWN saves then, and a failed save stops writes. */
  get hasSavePoints(): boolean {
    return this.host.config.text('save') !== '';
  }

  /** Writes the file now; the text of what went wrong, or undefined. */
  save(): Bytes | undefined {
    const { host } = this;
    const problem = this.write(this.encode(), host.env.surroundings.pid);
    if (problem !== undefined) {
      host.log('warning', `Failed opening the temp RDB file for saving: ${problem}`);
      this.lastStatus = 'err';
      return problem;
    }
    host.log('notice', 'DB saved on disk');
    host.dirty = 0;
    this.saved();
    return undefined;
  }

  private saved(): void {
    this.lastSaveSeconds = this.nowSeconds;
    this.lastStatus = 'ok';
    this.saves++;
  }

  /** Starts the child. The caller has made sure that there is none. */
  startBackground(): void {
    const { host } = this;
    const pieces = this.encode();
    const pid = this.nextChildPid++;
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const duration = CHILD_OVERHEAD_US + Math.ceil(bytes / CHILD_BYTES_PER_US);
    this.lastTrySeconds = this.nowSeconds;
    host.log('notice', `Background saving started by pid ${pid}`);
    const cancel = host.env.clock.after(duration, 'background save ends', () => this.finish(pieces, pid));
    this.child = { pid, dirtyBefore: host.dirty, startedSeconds: this.nowSeconds, cancel };
  }

  private finish(pieces: readonly Bytes[], pid: number): void {
    const { child, host } = this;
    if (child === undefined || child.pid !== pid) return;
    this.child = undefined;
    const problem = this.write(pieces, pid);
    this.lastDurationSeconds = this.nowSeconds - child.startedSeconds;
    if (problem !== undefined) {
      this.lastStatus = 'err';
      this.childLog('warning', pid, `Failed opening the temp RDB file for saving: ${problem}`);
      host.log('warning', 'Background saving error');
      return;
    }
    this.childLog('notice', pid, 'DB saved on disk');
    this.childLog('notice', pid, 'Fork CoW for RDB: current 0 MB, peak 0 MB, average 0 MB');
    host.log('notice', 'Background saving terminated with success');
    host.dirty = Math.max(0, host.dirty - child.dirtyBefore);
    this.saved();
  }

  private childLog(level: LogLevel, pid: number, text: Bytes): void {
    const { env, config } = this.host;
    writeLog(env, config.text('logfile'), logLine(pid, 'C', level, env.clock.now(), text));
  }

  /** Ends the child, its file undone: SHUTDOWN and FLUSHALL do not wait for it. */
  killChild(): void {
    if (this.child === undefined) return;
    this.host.log('warning', 'There is a child saving an .rdb. Killing it!');
    this.child.cancel();
    this.child = undefined;
  }

  /** The cron's question: is a save point reached, or a save waiting? */
  checkSavePoints(): void {
    if (this.child !== undefined) return;
    const { host } = this;
    if (this.scheduled) {
      this.scheduled = false;
      this.startBackground();
      return;
    }
    const { nowSeconds } = this;
    const words = host.config.text('save').split(' ');
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [seconds, changes] = [Number(words[i]), Number(words[i + 1])];
      const mayTry = this.lastStatus === 'ok' || nowSeconds - this.lastTrySeconds > RETRY_DELAY_SECONDS;
      if (host.dirty >= changes && host.dirty > 0 && nowSeconds - this.lastSaveSeconds > seconds && mayTry) {
        host.log('notice', `${changes} changes in ${seconds} seconds. Saving...`);
        this.startBackground();
        return;
      }
    }
  }

  private encode(): Bytes[] {
    const { host } = this;
    const facts = { nowSeconds: this.nowSeconds, usedMemoryBytes: host.usedMemory() };
    return [...encodeRdb(host.databases, facts, { compression: host.config.flag('rdbcompression'), checksum: host.config.flag('rdbchecksum') })];
  }

  private write(pieces: readonly Bytes[], pid: number): Bytes | undefined {
    const { disk } = this.host.env;
    const temporary = `${this.file.slice(0, this.file.lastIndexOf('/'))}/temp-${pid}.rdb`;
    for (const [index, piece] of pieces.entries()) {
      const refused = index === 0 ? disk.write(temporary, piece) : disk.append(temporary, piece);
      if (refused !== undefined) {
        disk.remove(temporary);
        return refused.message;
      }
    }
    return disk.rename(temporary, this.file)?.message;
  }

  /** Loads the file at start. The text of a fatal problem, or undefined (also when there is no file). */
  load(): Bytes | undefined {
    const { host } = this;
    const content = host.env.disk.read(this.file);
    if (isDiskError(content)) return content.code === 'ENOENT' ? undefined : content.message;
    const startedUs = host.env.clock.monotonic();
    let loaded = 0;
    let expired = 0;
    const lines: Bytes[] = [];
    try {
      const { facts } = decodeRdb(content, host, {
        key: (db, key, object, expiresAtMs) => {
          if (host.putLoaded(db, own(key), object, expiresAtMs)) loaded++;
          else expired++;
        },
      });
      lines.push(`Loading RDB produced by version ${facts.get('redis-ver') ?? '?'}`);
      lines.push(`RDB age ${this.nowSeconds - Number(facts.get('ctime') ?? 0)} seconds`);
      lines.push(`RDB memory usage when created ${(Number(facts.get('used-mem') ?? 0) / 1048576).toFixed(2)} Mb`);
    } catch (error) {
      if (!(error instanceof RdbFormatError)) throw error;
      host.log('warning', error.message);
      return 'Fatal error loading the DB, check server logs. Exiting.';
    }
    for (const line of lines) host.log('notice', line);
    host.log('notice', `Done loading RDB, keys loaded: ${loaded}, keys expired: ${expired}.`);
    host.log('notice', `DB loaded from disk: ${((host.env.clock.monotonic() - startedUs) / 1e6).toFixed(3)} seconds`);
    this.keysLoaded = loaded;
    this.keysExpired = expired;
    host.dirty = 0;
    return undefined;
  }
}
