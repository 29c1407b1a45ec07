/*
 * Lines that were entered, kept on the host's disk
 * ------------------------------------------------
 * Each line is added to the file at once, so that another terminal, or the next visit, has it. Programs
 * started at the same time each have the lines from their start and their own.
 */
import { type Bytes, type Disk, isDiskError } from '../../engine/index.ts';

/** Lines that a program sees; the file is cut back to them when it has grown to twice as many. */
const MAX_LINES = 1000;

export class HistoryFile {
  /** Oldest first. */
  readonly lines: Bytes[] = [];
  private readonly disk: Disk;
  private readonly path: string | undefined;

  /** Without a path the lines are kept for this run only. */
  constructor(disk: Disk, path: string | undefined) {
    this.disk = disk;
    this.path = path;
    const content = path === undefined ? '' : disk.read(path);
    if (isDiskError(content)) return;
    const all = content.split('\n').filter((line) => line !== '');
    this.lines.push(...all.slice(-MAX_LINES));
    if (path !== undefined && all.length > 2 * MAX_LINES) disk.write(path, this.lines.map((line) => `${line}\n`).join(''));
  }

  /** Keeps a line unless it is the same as the one before. */
  add(line: Bytes): void {
    if (this.lines.at(-1) === line) return;
    this.lines.push(line);
    // A disk that is full is no reason to stop: the run's own lines are still there.
    if (this.path !== undefined) this.disk.append(this.path, `${line}\n`);
  }
}
