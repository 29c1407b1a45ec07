/*
 * What Tab offers at the shell
 * ----------------------------
 * Names of programs where a command stands; behind it what that program would have (services, hosts), and names of files
 * where it has nothing to say. Files get a blank behind
 * them, directories a slash, so that the next Tab goes on inside.
 */
import { type Bytes, type Disk, isDiskError } from '../../engine/index.ts';
import { resolvePath } from '../../simulation/index.ts';

export interface CompletionContext {
  readonly commands: readonly Bytes[];
  readonly disk: Disk;
  readonly directory: string;
  readonly home: Bytes;
  /** What the program that a command line names would have next; nothing when it has no opinion. */
  readonly wordsAfter: (argv: readonly Bytes[]) => readonly Bytes[];
}

/** What the text before the cursor could become. */
export function completionsAt(before: Bytes, context: CompletionContext): Bytes[] {
  const typed = /(?:[^ \t\n;&|<>()\\]|\\.)*$/.exec(before)?.[0] ?? '';
  const rest = before.slice(0, before.length - typed.length);
  const isCommand = /(^|[;&|(])[ \t\n]*$/.test(rest) && !typed.includes('/');
  const names = isCommand ? context.commands : context.wordsAfter(commandBefore(rest));
  const named = [...new Set(names)].filter((name) => name.startsWith(typed)).sort().map((name) => `${name} `);
  const found = isCommand || named.length > 0 ? named : files(typed.replace(/\\(.)/g, '$1'), context);
  return found.map((word) => rest + word);
}

/** The words of the command that the cursor is in, without the one that is being typed. */
function commandBefore(text: Bytes): Bytes[] {
  return (/[^;&|(]*$/.exec(text)?.[0] ?? '').split(/[ \t\n]+/).filter((word) => word !== '').map((word) => word.replace(/\\(.)/g, '$1'));
}

function files(typed: Bytes, { disk, directory, home }: CompletionContext): Bytes[] {
  const slash = typed.lastIndexOf('/');
  const shownFolder = typed.slice(0, slash + 1);
  const name = typed.slice(slash + 1);
  const folder = shownFolder.startsWith('~/') ? home + shownFolder.slice(1) : shownFolder;
  const path = resolvePath(directory, folder === '' ? '.' : folder);
  const names = disk.list(path);
  if (isDiskError(names)) return [];
  return [...names].sort()
    .filter((each) => each.startsWith(name) && (name !== '' || !each.startsWith('.')))
    .map((each) => {
      const found = disk.stat(resolvePath(path, each));
      const isDirectory = !isDiskError(found) && found.kind === 'directory';
      return shownFolder + each.replace(/[ \t\n;&|<>()'"\\$*?[#~]/g, '\\$&') + (isDirectory ? '/' : ' ');
    });
}
