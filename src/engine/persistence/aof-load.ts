/*
 * Loading the append-only file
 * ----------------------------
 * The base and then each incremental file, in order. Commands are run by a client without a connection,
 * past all checks; what stands between MULTI and EXEC is held back until EXEC is read. Keys do not expire
 * meanwhile: the file says when they went.
 *
 * The last file may end in the middle of a command, when the power failed while it was written. With
 * aof-load-truncated the rest is cut off and the server starts. A cut inside a transaction leaves its
 * beginning in the file, as in 8.0: what is appended then belongs to a transaction that never ends, and the
 * next start drops it.
 */
import { fold, own, type Bytes } from '../bytes.ts';
import type { Config } from '../config/config.ts';
import { isDiskError, type Env } from '../env.ts';
import type { Database } from '../keyspace/database.ts';
import type { EncodingHost } from '../keyspace/encodings.ts';
import type { LogLevel } from '../log.ts';
import { AofReader } from './aof-format.ts';
import type { Manifest } from './aof-manifest.ts';
import { keyDelayUs } from './fork.ts';
import type { Loaded, Loading } from './loading.ts';

export interface LoadingHost extends EncodingHost {
  readonly env: Env;
  readonly config: Config;
  readonly databases: readonly Database[];
  log(level: LogLevel, text: Bytes): void;
  /** A name made absolute against the server's directory. */
  pathOf(name: Bytes): Bytes;
  /** The dataset on its way into memory. */
  readonly loading: Loading;
  /** Someone to run the commands of a file; `run` is false for a command that there is not. */
  loadingClient(): { run(argv: readonly Bytes[]): boolean; readonly isSuspended: boolean };
  /** Loads the RDB file at the beginning of `content` and returns where it ended; undefined, and the log says why, when it is none. */
  loadRdbBase(content: Bytes): Generator<Loaded, number | undefined>;
}

export interface LoadOutcome {
  readonly result: 'ok' | 'empty' | 'absent' | 'failed';
  readonly totalBytes: number;
  readonly baseBytes: number;
}

/** After so many commands whoever waits is heard. */
const COMMANDS_PER_SLICE = 1024;

type FileResult = 'ok' | 'truncated' | 'failed';

export class AofLoader {
  private readonly host: LoadingHost;

  constructor(host: LoadingHost) {
    this.host = host;
  }

  /** Before version 7 there was one file, in the server's directory itself: the manifest that takes it in, if there is one to take in. */
  adoptOldFile(manifest: Manifest, directory: Bytes): Manifest | 'failed' | undefined {
    const { config, env } = this.host;
    const filename = config.text('appendfilename');
    const exists = (path: Bytes): boolean => !isDiskError(env.disk.stat(path));
    if (!exists(this.host.pathOf(filename))) return undefined;
    const { base, incremental } = manifest;
    const isInterrupted = base !== undefined && incremental.length === 0 && base.name === filename && !exists(`${directory}/${filename}`);
    if (exists(directory) && !(base === undefined && incremental.length === 0) && !isInterrupted) return undefined;
    const refused = env.disk.makeDirectory(directory);
    if (refused !== undefined && refused.code !== 'EEXIST') {
      this.host.log('warning', `Can't open or create append-only dir ${config.text('appenddirname')}: ${refused.message}`);
      return 'failed';
    }
    return isInterrupted ? manifest : { ...manifest, base: { name: filename, seq: 1 }, baseSeq: 1 };
  }

  /** Loads all files of the manifest into the dataset. */
  *load({ base, incremental }: Manifest, directory: Bytes): Generator<Loaded, LoadOutcome> {
    const { host } = this;
    const nothing = { totalBytes: 0, baseBytes: 0 };
    const files = [...(base === undefined ? [] : [{ name: base.name, kind: 'base' }]), ...incremental.map(({ name }) => ({ name, kind: 'incr' }))];
    if (files.length === 0) return { result: 'absent', ...nothing };
    let totalBytes = 0;
    let baseBytes = 0;
    for (const { name, kind } of files) {
      const stat = host.env.disk.stat(`${directory}/${name}`);
      if (isDiskError(stat)) {
        host.log('warning', `Unable to obtain the AOF file ${name} length. stat: ${stat.message}`);
        return { result: 'failed', ...nothing };
      }
      totalBytes += stat.sizeBytes;
      if (kind === 'base') baseBytes = stat.sizeBytes;
    }
    if (totalBytes === 0) return { result: 'empty', ...nothing };
    host.loading.begin(totalBytes);
    let loadedBytes = 0;
    for (const [index, { name, kind }] of files.entries()) {
      const startedUs = host.env.clock.monotonic();
      const isLast = index === files.length - 1;
      const path = `${directory}/${name}`;
      const content = host.env.disk.read(path);
      if (isDiskError(content)) {
        host.log('warning', `Fatal error: can't open the append log file ${name} for reading: ${content.message}`);
        return { result: 'failed', ...nothing };
      }
      if (content === '') continue;
      const result = yield* this.loadFile(name, path, content, loadedBytes);
      if (result === 'failed') return { result, ...nothing };
      if (result === 'truncated' && !isLast) {
        host.log('warning', 'Fatal error: the truncated file is not the last file');
        return { result: 'failed', ...nothing };
      }
      loadedBytes += content.length;
      host.log('notice', `DB loaded from ${kind} file ${name}: ${((host.env.clock.monotonic() - startedUs) / 1e6).toFixed(3)} seconds`);
    }
    return { result: 'ok', totalBytes, baseBytes };
  }

  private *loadFile(name: Bytes, path: Bytes, content: Bytes, loadedBefore: number): Generator<Loaded, FileResult> {
    const { host } = this;
    let start = 0;
    if (content.startsWith('REDIS')) {
      const isOldStyle = name === host.config.text('appendfilename');
      host.log('notice', isOldStyle ? 'Reading RDB preamble from AOF file...' : 'Reading RDB base file on AOF loading...');
      const end = yield* host.loadRdbBase(content);
      if (end === undefined) {
        host.log('warning', isOldStyle ? `Error reading the RDB preamble of the AOF file ${name}, AOF loading aborted` : `Error reading the RDB base file ${name}, AOF loading aborted`);
        return 'failed';
      }
      start = end;
      if (start < content.length) host.log('notice', 'Reading the remaining AOF tail...');
    }
    return yield* this.runCommands(name, path, content, start, loadedBefore);
  }

  private *runCommands(name: Bytes, path: Bytes, content: Bytes, start: number, loadedBefore: number): Generator<Loaded, FileResult> {
    const { host } = this;
    const reader = new AofReader(content, start);
    const client = host.loadingClient();
    const run = (argv: readonly Bytes[]): boolean => {
      if (client.run(argv)) return true;
      host.log('warning', `Unknown command '${argv[0] ?? ''}' reading the append only file ${name}`);
      return false;
    };
    let queue: (readonly Bytes[])[] | undefined;
    let beforeMulti = start;
    let commands = 0;
    const delay = (count: number): void => {
      const us = Math.round(count * keyDelayUs(host.config, 'key-load-delay'));
      if (us > 0) host.env.clock.spend(us);
    };
    for (;;) {
      if (commands === COMMANDS_PER_SLICE) {
        delay(commands);
        commands = 0;
        yield loadedBefore + reader.position;
      }
      commands++;
      const before = reader.position;
      const item = reader.next();
      if (item.kind === 'damaged') {
        host.log('warning', `Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>`);
        return 'failed';
      }
      if (item.kind === 'short') return this.truncate(name, path, content, before);
      if (item.kind === 'end') {
        delay(commands - 1);
        break;
      }
      const word = fold(item.argv[0] ?? '');
      if (word === 'multi' && queue === undefined) {
        queue = [];
        beforeMulti = before;
      } else if (word === 'exec' && queue !== undefined) {
        for (const argv of queue) {
          if (!run(argv)) return 'failed';
          if (client.isSuspended) yield loadedBefore + before;
        }
        queue = undefined;
      } else if (queue !== undefined) queue.push(item.argv.map(own));
      else {
        if (!run(item.argv)) return 'failed';
        // A script that takes long: the next slice comes when it is over.
        if (client.isSuspended) yield loadedBefore + before;
      }
    }
    if (queue === undefined) return 'ok';
    host.log('warning', `Revert incomplete MULTI/EXEC transaction in AOF file ${name}`);
    return this.truncate(name, path, content, beforeMulti);
  }

  private truncate(name: Bytes, path: Bytes, content: Bytes, at: number): FileResult {
    const { host } = this;
    if (!host.config.flag('aof-load-truncated')) {
      host.log('warning', `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.`);
      return 'failed';
    }
    host.log('warning', `!!! Warning: short read while loading the AOF file ${name}!!!`);
    host.log('warning', `!!! Truncating the AOF ${name} at offset ${at} !!!`);
    const refused = host.env.disk.write(path, content.slice(0, at));
    if (refused !== undefined) {
      host.log('warning', `Error truncating the AOF file ${name}: ${refused.message}`);
      return 'failed';
    }
    host.log('warning', `AOF ${name} loaded anyway because aof-load-truncated is enabled`);
    return 'truncated';
  }
}
