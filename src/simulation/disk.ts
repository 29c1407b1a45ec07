/*
 * The disk of a host
 * ------------------
 * Two layers, as on a real machine. Every write goes to the page cache and can be read back at once;
 * `sync` makes a file durable, after a while. A process that dies (kill -9) loses nothing, because the
 * page cache belongs to the kernel. When the power fails, what was not durable is gone, perhaps torn in
 * the middle. That contrast is the lesson on appendfsync.
 *
 * Simplifications, on purpose: names (create, rename, remove) are durable at once, as a journalling file
 * system nearly makes them; the kernel writes dirty pages back when they are half a minute old; there is
 * one user, who may write everywhere.
 */
import type { Bytes, DiskError, Micros, Random } from '../engine/index.ts';

interface FileNode {
  kind: 'file';
  /** As a process reads it: the page cache. */
  content: Bytes;
  /** What survives a power failure. */
  durable: Bytes;
  /** When the oldest content that is not durable was written. */
  dirtySinceUs: Micros | undefined;
  modifiedUs: Micros;
  /** The process that has locked it. */
  holder?: { readonly ended: boolean };
}

interface DirectoryNode {
  kind: 'directory';
  readonly children: Map<string, Node>;
  modifiedUs: Micros;
}

/** `/dev/null`: swallows everything and is empty. */
interface NullNode {
  kind: 'null';
  modifiedUs: Micros;
}

type Node = FileNode | DirectoryNode | NullNode;

export interface DiskFaults {
  /** Every write and sync fails with an I/O error. */
  failWrites: boolean;
  /** Every read fails with an I/O error. */
  failReads: boolean;
  /** Added to the time of each sync. */
  slowSyncUs: Micros;
}

const WELL: DiskFaults = { failWrites: false, failReads: false, slowSyncUs: 0 };

export interface FileStat {
  kind: 'file' | 'directory';
  sizeBytes: number;
  modifiedMs: number;
}

/** Appends to an open file. */
export type AppendHandle = (content: Bytes, now: Micros) => DiskError | undefined;

/** Making a file durable has begun: it is, or has failed, once `finish` is called `durationUs` later. */
export interface PendingSync {
  durationUs: Micros;
  finish: () => DiskError | undefined;
}

/** A file held open: it stays the same file when it is renamed or its name is removed. */
export interface OpenNode {
  readonly append: AppendHandle;
  readonly beginSync: () => PendingSync;
  /** False while another process that lives has it. */
  readonly lock: (process: { readonly ended: boolean }) => boolean;
}

/** Age at which the kernel writes dirty pages back by itself. */
const WRITE_BACK_US = 30_000_000;
const SYNC_BASE_US = 800;
const SYNC_BYTES_PER_US = 200;
const MAX_NAME_BYTES = 255;

const MESSAGES: Readonly<Record<DiskError['code'], string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  ENOSPC: 'No space left on device',
  EIO: 'Input/output error',
  ENOTEMPTY: 'Directory not empty',
};

export function diskError(code: DiskError['code']): DiskError {
  return { code, message: MESSAGES[code] };
}

function isError(answer: unknown): answer is DiskError {
  return typeof answer === 'object' && answer !== null && 'code' in answer;
}

/** `path` made absolute against `directory`, with `.`, `..` and doubled slashes resolved. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Files of one host. `now` is given with each change, because the caller may be busy and ahead of the clock. */
export class HostDisk {
  readonly faults: DiskFaults = { ...WELL };
  /** How much fits on the disk. */
  capacityBytes: number;
  /** How much fits on it as long as nothing is wrong. */
  readonly sizeBytes: number;
  usedBytes = 0;
  private readonly epochMs: number;
  private readonly root: DirectoryNode = { kind: 'directory', children: new Map(), modifiedUs: 0 };

  constructor(epochMs: number, capacityBytes = 8 * 1024 ** 3) {
    this.epochMs = epochMs;
    this.capacityBytes = capacityBytes;
    this.sizeBytes = capacityBytes;
    this.makeDirectories('/dev', 0);
    const dev = this.find('/dev');
    if (!isError(dev) && dev.kind === 'directory') dev.children.set('null', { kind: 'null', modifiedUs: 0 });
  }

  // --- reading ----------------------------------------------------------------------------------

  read(path: string): Bytes | DiskError {
    const node = this.find(path);
    if (isError(node)) return node;
    if (node.kind === 'directory') return diskError('EISDIR');
    if (this.faults.failReads) return diskError('EIO');
    return node.kind === 'null' ? '' : node.content;
  }

  list(path: string): string[] | DiskError {
    const node = this.find(path);
    if (isError(node)) return node;
    if (node.kind !== 'directory') return diskError('ENOTDIR');
    return [...node.children.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  stat(path: string): FileStat | DiskError {
    const node = this.find(path);
    if (isError(node)) return node;
    return {
      kind: node.kind === 'directory' ? 'directory' : 'file',
      sizeBytes: node.kind === 'file' ? node.content.length : node.kind === 'directory' ? 4096 : 0,
      modifiedMs: this.epochMs + Math.floor(node.modifiedUs / 1000),
    };
  }

  /** Every file by its path: for copies of a moment. */
  contents(): Map<string, Bytes> {
    const found = new Map<string, Bytes>();
    const visit = (directory: DirectoryNode, path: string): void => {
      for (const [name, node] of directory.children) {
        if (node.kind === 'directory') visit(node, `${path}/${name}`);
        else if (node.kind === 'file') found.set(`${path}/${name}`, node.content);
      }
    };
    visit(this.root, '');
    return found;
  }

  // --- changing ---------------------------------------------------------------------------------

  write(path: string, content: Bytes, now: Micros): DiskError | undefined {
    return this.put(path, now, () => content);
  }

  append(path: string, content: Bytes, now: Micros): DiskError | undefined {
    return this.put(path, now, (before) => before + content);
  }

  /** The file held open for appending, made when absent. `truncate` empties it. */
  open(path: string, truncate: boolean, now: Micros): OpenNode | DiskError {
    const problem = truncate ? this.write(path, '', now) : this.append(path, '', now);
    if (problem !== undefined) return problem;
    const node = this.find(path);
    if (isError(node)) return node;
    return {
      append: (content, at) => (node.kind === 'file' ? this.change(node, node.content + content, at) : undefined),
      beginSync: () => this.beginSyncOf(node),
      lock: (process) => {
        if (node.kind !== 'file') return true;
        if (node.holder?.ended === false && node.holder !== process) return false;
        node.holder = process;
        return true;
      },
    };
  }

  openForAppend(path: string, truncate: boolean, now: Micros): AppendHandle | DiskError {
    const opened = this.open(path, truncate, now);
    return 'append' in opened ? opened.append : opened;
  }

  private put(path: string, now: Micros, change: (before: Bytes) => Bytes): DiskError | undefined {
    const place = this.place(path);
    if (isError(place)) return place;
    const node = place.parent.children.get(place.name);
    if (node?.kind === 'directory') return diskError('EISDIR');
    if (node === undefined && path.endsWith('/')) return diskError('EISDIR');
    if (this.faults.failWrites) return diskError('EIO');
    if (node?.kind === 'null') return undefined;
    if (node !== undefined) return this.change(node, change(node.content), now);
    const made: FileNode = { kind: 'file', content: '', durable: '', dirtySinceUs: now, modifiedUs: now };
    const problem = this.change(made, change(''), now);
    if (problem !== undefined) return problem;
    place.parent.children.set(place.name, made);
    place.parent.modifiedUs = now;
    return undefined;
  }

  private change(node: FileNode, content: Bytes, now: Micros): DiskError | undefined {
    if (this.faults.failWrites) return diskError('EIO');
    const grows = content.length - node.content.length;
    if (grows > 0 && this.usedBytes + grows > this.capacityBytes) return diskError('ENOSPC');
    this.usedBytes += grows;
    writeBack(node, now);
    node.content = content;
    node.modifiedUs = now;
    node.dirtySinceUs ??= now;
    return undefined;
  }

  rename(from: string, to: string, now: Micros): DiskError | undefined {
    const source = this.place(from);
    if (isError(source)) return source;
    const node = source.parent.children.get(source.name);
    if (node === undefined) return diskError('ENOENT');
    const target = this.place(to);
    if (isError(target)) return target;
    const plainFrom = resolvePath('/', from);
    const plainTo = resolvePath('/', to);
    if (plainFrom === plainTo) return undefined;
    if (node.kind === 'directory' && plainTo.startsWith(`${plainFrom}/`)) return diskError('EINVAL');
    const existing = target.parent.children.get(target.name);
    if (existing !== undefined) {
      if (existing.kind === 'directory' && node.kind !== 'directory') return diskError('EISDIR');
      if (existing.kind !== 'directory' && node.kind === 'directory') return diskError('ENOTDIR');
      if (existing.kind === 'directory' && existing.children.size > 0) return diskError('ENOTEMPTY');
    }
    if (this.faults.failWrites) return diskError('EIO');
    if (existing?.kind === 'file') this.usedBytes -= existing.content.length;
    source.parent.children.delete(source.name);
    target.parent.children.set(target.name, node);
    source.parent.modifiedUs = now;
    target.parent.modifiedUs = now;
    return undefined;
  }

  /** Removes a file or an empty directory. */
  remove(path: string, now: Micros): DiskError | undefined {
    const place = this.place(path);
    if (isError(place)) return place;
    const node = place.parent.children.get(place.name);
    if (node === undefined) return diskError('ENOENT');
    if (node.kind === 'null') return diskError('EACCES');
    if (node.kind === 'directory' && node.children.size > 0) return diskError('ENOTEMPTY');
    if (this.faults.failWrites) return diskError('EIO');
    if (node.kind === 'file') this.usedBytes -= node.content.length;
    place.parent.children.delete(place.name);
    place.parent.modifiedUs = now;
    return undefined;
  }

  makeDirectory(path: string, now: Micros): DiskError | undefined {
    if (resolvePath('/', path) === '/') return diskError('EEXIST');
    const place = this.place(path);
    if (isError(place)) return place;
    if (place.parent.children.has(place.name)) return diskError('EEXIST');
    if (this.faults.failWrites) return diskError('EIO');
    place.parent.children.set(place.name, { kind: 'directory', children: new Map(), modifiedUs: now });
    place.parent.modifiedUs = now;
    return undefined;
  }

  /** The directory and every missing one above it. */
  makeDirectories(path: string, now: Micros): DiskError | undefined {
    let so = '';
    for (const part of resolvePath('/', path).split('/').slice(1)) {
      so += `/${part}`;
      const problem = this.makeDirectory(so, now);
      if (problem !== undefined && problem.code !== 'EEXIST') return problem;
    }
    return undefined;
  }

  // --- durability -------------------------------------------------------------------------------

  /**
   * Begins to make a file durable: what it holds now is safe once `finish` is called, `durationUs` later.
   * The caller schedules that, because completion is an event of the process that asked.
   */
  beginSync(path: string): PendingSync {
    const node = this.find(path);
    return isError(node) ? { durationUs: 0, finish: () => node } : this.beginSyncOf(node);
  }

  private beginSyncOf(node: Node): PendingSync {
    if (node.kind !== 'file') return { durationUs: 0, finish: () => undefined };
    const content = node.content;
    const unsafe = Math.abs(content.length - node.durable.length);
    return {
      durationUs: SYNC_BASE_US + Math.ceil(unsafe / SYNC_BYTES_PER_US) + this.faults.slowSyncUs,
      finish: () => {
        if (this.faults.failWrites) return diskError('EIO');
        node.durable = content;
        if (node.content === content) node.dirtySinceUs = undefined;
        return undefined;
      },
    };
  }

  /** Everything is gone: a new disk of the same size, with nothing wrong. */
  erase(): void {
    this.mend();
    const dev = this.root.children.get('dev');
    this.root.children.clear();
    if (dev !== undefined) this.root.children.set('dev', dev);
    this.usedBytes = 0;
  }

  /** Nothing is wrong with it any more. */
  mend(): void {
    this.capacityBytes = this.sizeBytes;
    Object.assign(this.faults, WELL);
  }

  /**
   * The power fails: every file falls back to what is durable. Of bytes that were only appended a part may
   * have reached the plate; where it ends is chance.
   */
  powerFails(random: Random, now: Micros): void {
    const visit = (directory: DirectoryNode): void => {
      for (const node of directory.children.values()) {
        if (node.kind === 'directory') visit(node);
        if (node.kind !== 'file') continue;
        writeBack(node, now);
        if (node.dirtySinceUs === undefined) continue;
        const tail = node.content.startsWith(node.durable) ? node.content.length - node.durable.length : 0;
        const survived = node.durable + node.content.slice(node.durable.length, node.durable.length + random.below(tail + 1));
        this.usedBytes += survived.length - node.content.length;
        node.content = survived;
        node.durable = survived;
        node.dirtySinceUs = undefined;
      }
    };
    visit(this.root);
  }

  // --- walking ----------------------------------------------------------------------------------

  private find(path: string): Node | DiskError {
    let node: Node = this.root;
    for (const part of resolvePath('/', path).split('/')) {
      if (part === '') continue;
      if (node.kind !== 'directory') return diskError('ENOTDIR');
      const child: Node | undefined = node.children.get(part);
      if (child === undefined) return diskError('ENOENT');
      node = child;
    }
    if (path.endsWith('/') && node.kind !== 'directory') return diskError('ENOTDIR');
    return node;
  }

  /** The directory that holds (or would hold) `path`, and the last name. */
  private place(path: string): { parent: DirectoryNode; name: string } | DiskError {
    const plain = resolvePath('/', path);
    if (plain === '/') return diskError('EACCES');
    const cut = plain.lastIndexOf('/');
    const name = plain.slice(cut + 1);
    if (name.length > MAX_NAME_BYTES) return diskError('EINVAL');
    const parent = this.find(plain.slice(0, cut) + '/');
    if (isError(parent)) return parent;
    return parent.kind === 'directory' ? { parent, name } : diskError('ENOTDIR');
  }
}

/** What has been dirty for long enough was written back meanwhile. Judged when it matters, without a timer. */
function writeBack(node: FileNode, now: Micros): void {
  if (node.dirtySinceUs === undefined || now - node.dirtySinceUs < WRITE_BACK_US) return;
  node.durable = node.content;
  node.dirtySinceUs = undefined;
}
