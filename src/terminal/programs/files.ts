/*
 * Files and directories: ls, cat, cp, mv, rm, mkdir, rmdir, touch
 */
import { type Bytes, isDiskError } from '../../engine/index.ts';
import type { Program } from '../../simulation/index.ts';
import { calendar, MONTHS, two } from './calendar.ts';
import { tool, type ToolCall } from './tool.ts';

export const cat = tool({
  name: 'cat', summary: 'print files one after the other', flags: 'nu',
  manual: `Usage: cat [-n] [file ...]

Prints the files, or what it reads when none is named.
  -n   number the lines
`,
  run(call) {
    let number = 1;
    let atLineStart = true;
    call.readInputs(call.operands, (chunk) => {
      if (!call.has('n')) {
        call.out(chunk);
        return;
      }
      let out = '';
      for (const piece of chunk.split(/(?<=\n)/)) {
        if (atLineStart) out += `${String(number++).padStart(6)}\t`;
        out += piece;
        atLineStart = piece.endsWith('\n');
      }
      call.out(out);
    }, () => call.end());
  },
});

interface Entry {
  readonly name: Bytes;
  readonly path: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export const ls = tool({
  name: 'ls', summary: 'list files', flags: 'la1htrdAF',
  manual: `Usage: ls [-la1htrd] [file ...]

Lists what a directory holds: the working directory if none is named.
  -l   one line each: kind, size in bytes, last change, name
  -a   also names that begin with a dot
  -1   one name a line
  -h   with -l: sizes in K and M
  -t   newest first
  -r   the other way round
  -d   the directories themselves, not what they hold
`,
  run(call) {
    const names = call.operands.length === 0 ? ['.'] : [...call.operands].sort();
    const single: Entry[] = [];
    const directories: Bytes[] = [];
    for (const name of names) {
      const entry = entryOf(call, name, call.process.resolve(name));
      if (typeof entry === 'string') call.fail(`cannot access '${name}': ${entry}`, 2);
      else if (entry.isDirectory && !call.has('d')) directories.push(name);
      else single.push(entry);
    }
    if (single.length > 0) call.out(table(call, single));
    directories.forEach((name, i) => {
      if (i > 0 || single.length > 0) call.out('\n');
      if (names.length > 1) call.out(`${name}:\n`);
      listDirectory(call, name);
    });
    call.end();
  },
});

function entryOf(call: ToolCall, name: Bytes, path: string): Entry | string {
  const found = call.process.env.disk.stat(path);
  if (isDiskError(found)) return found.message;
  return { name, path, isDirectory: found.kind === 'directory', sizeBytes: found.sizeBytes, modifiedMs: found.modifiedMs };
}

function listDirectory(call: ToolCall, name: Bytes): void {
  const path = call.process.resolve(name);
  const found = call.process.env.disk.list(path);
  if (isDiskError(found)) {
    call.fail(`cannot open directory '${name}': ${found.message}`, 2);
    return;
  }
  const names = found.filter((each) => call.has('a') || call.has('A') || !each.startsWith('.'));
  if (call.has('a')) names.unshift('.', '..');
  const entries = names.map((each) => entryOf(call, each, `${path === '/' ? '' : path}/${each}`)).filter((entry) => typeof entry !== 'string');
  if (call.has('t')) entries.sort((a, b) => b.modifiedMs - a.modifiedMs);
  if (call.has('r')) entries.reverse();
  if (call.has('l')) call.out(`total ${entries.reduce((sum, entry) => sum + blocks(entry), 0)}\n`);
  call.out(table(call, entries));
}

/** Disk use as ls counts it, in KiB of 4 KiB blocks. */
function blocks(entry: Entry): number {
  return entry.isDirectory ? 4 : Math.ceil(entry.sizeBytes / 4096) * 4;
}

function table(call: ToolCall, entries: readonly Entry[]): Bytes {
  const shown = (entry: Entry): Bytes => entry.name + (call.has('F') && entry.isDirectory ? '/' : '');
  if (call.has('l')) {
    const sizes = entries.map((entry) => (entry.isDirectory ? '4096' : call.has('h') ? humanSize(entry.sizeBytes) : String(entry.sizeBytes)));
    const width = Math.max(0, ...sizes.map((size) => size.length));
    return entries.map((entry, i) => {
      const kind = entry.isDirectory ? 'drwxr-xr-x 2' : '-rw-r--r-- 1';
      return `${kind} learner learner ${(sizes[i] ?? '').padStart(width)} ${changed(call, entry.modifiedMs)} ${shown(entry)}\n`;
    }).join('');
  }
  const names = entries.map(shown);
  if (call.has('1') || !call.process.stdout.isTty) return names.map((name) => `${name}\n`).join('');
  return inColumns(names, call.process.tty?.size().columns ?? 80);
}

function changed(call: ToolCall, ms: number): string {
  const at = calendar(ms * 1000);
  const isRecent = call.process.env.clock.now() / 1000 - ms < 182 * 86_400_000;
  return `${MONTHS[at.month]} ${String(at.day).padStart(2)} ${isRecent ? `${two(at.hour)}:${two(at.minute)}` : ` ${at.year}`}`;
}

function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  for (const [unit, size] of [['K', 1024], ['M', 1024 ** 2]] as const) {
    const value = bytes / size;
    if (value < 1024) return `${value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : Math.ceil(value)}${unit}`;
  }
  return `${Math.ceil(bytes / 1024 ** 3)}G`;
}

/** Names in as many columns as fit, read downwards. */
function inColumns(names: readonly Bytes[], width: number): Bytes {
  if (names.length === 0) return '';
  for (let rows = 1; ; rows++) {
    const columns: (readonly Bytes[])[] = [];
    for (let i = 0; i < names.length; i += rows) columns.push(names.slice(i, i + rows));
    const widths = columns.map((column) => Math.max(...column.map((name) => name.length)));
    if (rows < names.length && widths.reduce((sum, each) => sum + each + 2, -2) > width) continue;
    let out = '';
    for (let row = 0; row < rows; row++) {
      const cells = columns.flatMap((column, i) => {
        const name = column[row];
        return name === undefined ? [] : [i === columns.length - 1 || columns[i + 1]?.[row] === undefined ? name : name.padEnd((widths[i] ?? 0) + 2)];
      });
      out += `${cells.join('')}\n`;
    }
    return out;
  }
}

export const cp = tool({
  name: 'cp', summary: 'copy files', flags: 'rRafpv', long: { '--recursive': 'r' },
  manual: `Usage: cp [-r] source ... target

Copies a file to another name, or several files into a directory.
  -r   copy directories with all they hold
`,
  run(call) {
    transfer(call, 'copy', (from, to, name) => copy(call, from, to, name));
  },
});

export const mv = tool({
  name: 'mv', summary: 'move or rename files', flags: 'fv',
  manual: `Usage: mv source ... target

Gives a file or directory another name, or moves several into a directory.
`,
  run(call) {
    transfer(call, 'move', (from, to, name) => {
      const problem = call.process.env.disk.rename(from, to);
      if (problem?.code === 'ENOENT') call.fail(`cannot stat '${name}': ${problem.message}`);
      else if (problem !== undefined) call.fail(`cannot move '${name}' to '${to}': ${problem.message}`);
    });
  },
});

/** What cp and mv share: one source to a name, or many into a directory. */
function transfer(call: ToolCall, verb: string, one: (from: string, to: string, name: Bytes) => void): void {
  const sources = call.operands.slice(0, -1);
  const target = call.operands.at(-1);
  if (target === undefined) {
    call.refuse('missing file operand');
    return;
  }
  if (sources.length === 0) {
    call.refuse(`missing destination file operand after '${target}'`);
    return;
  }
  const into = call.isDirectory(target);
  if (!into && sources.length > 1) {
    call.fail(`target '${target}' is not a directory`);
    call.end();
    return;
  }
  for (const source of sources) {
    const from = call.process.resolve(source);
    const to = call.process.resolve(into ? `${target}/${lastPart(from)}` : target);
    if (from === to) call.fail(`'${source}' and '${target}' are the same file`);
    else if (to.startsWith(`${from}/`) && call.isDirectory(source)) call.fail(`cannot ${verb} a directory, '${source}', into itself, '${to}'`);
    else one(from, to, source);
  }
  call.end();
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function copy(call: ToolCall, from: string, to: string, name: Bytes): void {
  const { disk } = call.process.env;
  const found = disk.stat(from);
  if (isDiskError(found)) {
    call.fail(`cannot stat '${name}': ${found.message}`);
    return;
  }
  if (found.kind === 'file') {
    const content = disk.read(from);
    const problem = isDiskError(content) ? content : disk.write(to, content);
    if (problem !== undefined) call.fail(`cannot create regular file '${to}': ${problem.message}`);
    return;
  }
  if (!call.has('r') && !call.has('R') && !call.has('a')) {
    call.fail(`-r not specified; omitting directory '${name}'`);
    return;
  }
  const made = isDiskError(disk.stat(to)) ? disk.makeDirectory(to) : undefined;
  if (made !== undefined) {
    call.fail(`cannot create directory '${to}': ${made.message}`);
    return;
  }
  const names = disk.list(from);
  if (!isDiskError(names)) for (const each of names) copy(call, `${from}/${each}`, `${to}/${each}`, `${name}/${each}`);
}

export const rm = tool({
  name: 'rm', summary: 'remove files', flags: 'rRfvi', long: { '--recursive': 'r', '--force': 'f' },
  manual: `Usage: rm [-rf] file ...

Removes files. There is no way back.
  -r   remove directories with all they hold
  -f   say nothing of files that are not there
`,
  run(call) {
    if (call.operands.length === 0 && !call.has('f')) {
      call.refuse('missing operand');
      return;
    }
    for (const name of call.operands) {
      const path = call.process.resolve(name);
      const home = call.process.environment.get('HOME') ?? '/';
      if (path === '/' || home === path || home.startsWith(`${path}/`)) call.fail(`cannot remove '${name}': it holds your home directory`);
      else remove(call, path, name);
    }
    call.end();
  },
});

function remove(call: ToolCall, path: string, name: Bytes): void {
  const { disk } = call.process.env;
  const found = disk.stat(path);
  if (isDiskError(found)) {
    if (!call.has('f') || found.code !== 'ENOENT') call.fail(`cannot remove '${name}': ${found.message}`);
    return;
  }
  if (found.kind === 'directory') {
    if (!call.has('r') && !call.has('R')) {
      call.fail(`cannot remove '${name}': Is a directory`);
      return;
    }
    const names = disk.list(path);
    if (!isDiskError(names)) for (const each of names) remove(call, `${path}/${each}`, `${name}/${each}`);
  }
  const problem = disk.remove(path);
  if (problem !== undefined) call.fail(`cannot remove '${name}': ${problem.message}`);
}

export const mkdir = tool({
  name: 'mkdir', summary: 'make directories', flags: 'pv', long: { '--parents': 'p' },
  manual: `Usage: mkdir [-p] directory ...

Makes directories.
  -p   make what is missing on the way; a directory that is there is fine
`,
  run(call) {
    if (call.operands.length === 0) {
      call.refuse('missing operand');
      return;
    }
    const { disk } = call.process.env;
    for (const name of call.operands) {
      const path = call.process.resolve(name);
      const wanted = call.has('p') ? path.split('/').slice(1).map((_part, i, parts) => `/${parts.slice(0, i + 1).join('/')}`) : [path];
      for (const each of wanted) {
        const problem = disk.makeDirectory(each);
        if (problem === undefined || (call.has('p') && problem.code === 'EEXIST' && call.isDirectory(each))) continue;
        call.fail(`cannot create directory '${name}': ${problem.message}`);
        break;
      }
    }
    call.end();
  },
});

export const rmdir = tool({
  name: 'rmdir', summary: 'remove empty directories',
  manual: `Usage: rmdir directory ...

Removes directories that hold nothing.
`,
  run(call) {
    if (call.operands.length === 0) {
      call.refuse('missing operand');
      return;
    }
    for (const name of call.operands) {
      const found = call.process.env.disk.stat(call.process.resolve(name));
      const problem = isDiskError(found) ? found.message : found.kind === 'file' ? 'Not a directory' : call.process.env.disk.remove(call.process.resolve(name))?.message;
      if (problem !== undefined) call.fail(`failed to remove '${name}': ${problem}`);
    }
    call.end();
  },
});

export const touch = tool({
  name: 'touch', summary: 'make empty files, or mark files as changed now',
  manual: `Usage: touch file ...

Makes the files that are not there; of the others it changes the date only.
`,
  run(call) {
    if (call.operands.length === 0) {
      call.refuse('missing file operand');
      return;
    }
    for (const name of call.operands) {
      if (call.isDirectory(name)) continue;
      const problem = call.process.env.disk.append(call.process.resolve(name), '');
      if (problem !== undefined) call.fail(`cannot touch '${name}': ${problem.message}`);
    }
    call.end();
  },
});

export const filePrograms: readonly Program[] = [cat, ls, cp, mv, rm, mkdir, rmdir, touch];
