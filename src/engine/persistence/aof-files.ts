/*
 * The files of the append-only file
 * ---------------------------------
 * Where they are, and which of them count: the manifest as this server believes it and as it is on disk. A change
 * counts once it is there, so whoever changes the manifest goes on only when `persist` has said yes.
 */
import type { Bytes } from '../bytes.ts';
import { isDiskError } from '../env.ts';
import { EMPTY_MANIFEST, encodeManifest, isManifestProblem, manifestName, parseManifest, type Manifest } from './aof-manifest.ts';
import type { LoadingHost } from './aof-load.ts';
import { replaceFile } from './replace-file.ts';

export class AofFiles {
  manifest: Manifest = EMPTY_MANIFEST;
  private readonly host: Pick<LoadingHost, 'config' | 'env' | 'log' | 'pathOf'>;

  constructor(host: AofFiles['host']) {
    this.host = host;
  }

  /** What the names of all files begin with. */
  get filename(): Bytes {
    return this.host.config.text('appendfilename');
  }

  get directory(): Bytes {
    return this.host.pathOf(this.host.config.text('appenddirname'));
  }

  pathOf(name: Bytes): Bytes {
    return `${this.directory}/${name}`;
  }

  /** 0 for a file that is not there. */
  sizeOf(name: Bytes): number {
    const stat = this.host.env.disk.stat(this.pathOf(name));
    return isDiskError(stat) ? 0 : stat.sizeBytes;
  }

  remove(name: Bytes): void {
    this.host.env.disk.remove(this.pathOf(name));
  }

  /** False when there is no directory and none can be made. */
  makeDirectory(): boolean {
    const refused = this.host.env.disk.makeDirectory(this.directory);
    if (refused === undefined || refused.code === 'EEXIST') return true;
    this.host.log('warning', `Can't open or create append-only dir ${this.host.config.text('appenddirname')}: ${refused.message}`);
    return false;
  }

  /** Reads the manifest, none being an empty one; false when there is one that cannot be read, and the log says why. */
  read(): boolean {
    const { host } = this;
    this.manifest = EMPTY_MANIFEST;
    const { disk } = host.env;
    const name = manifestName(this.filename);
    const content = disk.read(this.pathOf(name));
    if (isDiskError(content)) {
      if (isDiskError(disk.stat(this.directory))) host.log('debug', `The AOF directory ${host.config.text('appenddirname')} doesn't exist`);
      else if (content.code === 'ENOENT') host.log('debug', `The AOF manifest file ${name} doesn't exist`);
      else {
        host.log('warning', `Fatal error: can't open the AOF manifest file ${name} for reading: ${content.message}`);
        return false;
      }
      return true;
    }
    const parsed = parseManifest(content);
    if (!isManifestProblem(parsed)) {
      this.manifest = parsed;
      return true;
    }
    host.log('warning', '\n*** FATAL AOF MANIFEST FILE ERROR ***\n');
    if (parsed.number !== undefined) {
      host.log('warning', `Reading the manifest file, at line ${parsed.number}\n`);
      host.log('warning', `>>> '${parsed.line ?? ''}'\n`);
    }
    host.log('warning', `${parsed.message}\n`);
    return false;
  }

  /** Writes the manifest and, when that went well, believes it. */
  persist(manifest: Manifest): boolean {
    const name = manifestName(this.filename);
    const temporary = `temp-${name}`;
    const problem = replaceFile(this.host.env.disk, this.pathOf(name), this.pathOf(temporary), encodeManifest(manifest));
    if (problem !== undefined) {
      const said = {
        open: `Can't open the AOF manifest file ${temporary}: ${problem.message}`,
        write: `Error trying to write the temporary AOF manifest file ${temporary}: ${problem.message}`,
        sync: `Fail to fsync the temp AOF file ${temporary}: ${problem.message}.`,
        rename: `Error trying to rename the temporary AOF manifest file ${temporary} into ${name}: ${problem.message}`,
      };
      this.host.log('warning', said[problem.step]);
      return false;
    }
    this.manifest = manifest;
    return true;
  }

  /** An old file that the manifest has taken in moves to where the manifest says. */
  persistMigrated(manifest: Manifest): boolean {
    const { host, filename } = this;
    if (!this.persist(manifest)) return false;
    const refused = host.env.disk.rename(host.pathOf(filename), this.pathOf(filename));
    if (refused !== undefined) {
      host.log('warning', `Error trying to move the old AOF file ${filename} into dir ${host.config.text('appenddirname')}: ${refused.message}`);
      return false;
    }
    host.log('notice', `Successfully migrated an old-style AOF file (${filename}) into the AOF directory (${host.config.text('appenddirname')}).`);
    return true;
  }

  /** Files that a rewrite has made useless go, unless somebody wants to look at them. */
  removeHistory(): void {
    const { history } = this.manifest;
    if (history.length === 0 || this.host.config.flag('aof-disable-auto-gc')) return;
    for (const { name } of history) {
      this.host.log('notice', `Removing the history file ${name} in the background`);
      this.remove(name);
    }
    this.persist({ ...this.manifest, history: [] });
  }
}
