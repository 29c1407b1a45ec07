/*
 * A new file in the place of an old one
 * -------------------------------------
 * Written under another name, made durable, and only then given the name: whenever the power fails there is a whole
 * file, the old or the new.
 */
import type { Bytes } from '../bytes.ts';
import { isDiskError, type Disk, type DiskError } from '../env.ts';

/** What went wrong, and in which step; undefined when the new file is in its place. */
export interface ReplaceProblem {
  readonly step: 'open' | 'write' | 'sync' | 'rename';
  readonly message: string;
}

/** Puts `content` in the place of the file at `path`; `temporary` is its name until then. */
export function replaceFile(disk: Disk, path: Bytes, temporary: Bytes, content: Bytes): ReplaceProblem | undefined {
  const told = (step: ReplaceProblem['step'], problem: DiskError | undefined): ReplaceProblem | undefined => problem && { step, message: problem.message };
  const file = disk.open(temporary, 'truncate');
  if (isDiskError(file)) return told('open', file);
  const problem = told('write', file.append(content)) ?? told('sync', file.syncNow());
  file.close();
  return problem ?? told('rename', disk.rename(temporary, path));
}
