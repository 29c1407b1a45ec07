/*
 * redis.conf and the command line
 * -------------------------------
 * The real server puts the options of its command line behind the text of the configuration file, one
 * on a line, and reads the whole as one file; a wrong line is told by its number in that whole. The
 * same is done here, so that line numbers and texts agree.
 */
import { readUserLine, type DeclaredUser } from '../acl/file.ts';
import type { AclSetting } from '../acl/selector.ts';
import type { Bytes } from '../bytes.ts';
import { fold, trim } from '../bytes.ts';
import type { CommandTable } from '../command.ts';
import { isDiskError, type DiskError } from '../env.ts';
import { quote } from '../monitor.ts';
import { splitArguments } from '../protocol/split-arguments.ts';
import type { Config } from './config.ts';
import { directives } from './directives.ts';
import { isBadValue } from './values.ts';

/** Why the server cannot start: texts as the real one prints them. */
export type ConfigProblem =
  /** A wrong line: printed in the block `*** FATAL CONFIG FILE ERROR ***` on standard error. */
  | { readonly kind: 'line'; readonly line: number; readonly text: Bytes; readonly message: Bytes }
  /** A file that cannot be read: a line of the log. */
  | { readonly kind: 'file'; readonly path: Bytes; readonly message: Bytes };

export interface LoadedConfig {
  readonly problem: ConfigProblem | undefined;
  /** Lines that name no directive: the real server takes them for a module's and stops later. */
  readonly unresolved: readonly Bytes[];
  /** The lines that declare users. */
  readonly users: readonly DeclaredUser[];
}

export interface ConfigFiles {
  read(path: string): Bytes | DiskError;
  /** An absolute path. */
  resolve(path: string): string;
  /** Goes to work in the folder; the errno text when that cannot be. */
  checkDirectory(path: string): Bytes | undefined;
}

/** Reads configuration text into `config`. Stops at the first wrong line. */
export function loadConfig(config: Config, text: Bytes, files: ConfigFiles, commands: CommandTable): LoadedConfig {
  const unresolved: Bytes[] = [];
  const users: DeclaredUser[] = [];
  const setting: AclSetting = {
    commands,
    // As far as it has been read.
    get allChannels() {
      return config.text('acl-pubsub-default') === 'allchannels';
    },
    deprecated: () => {},
  };
  const commandExists = (name: Bytes): boolean => commands.lookup(name) !== undefined;
  const seen = new Set<Bytes>();
  const problem = loadText(text);
  return { problem, unresolved, users };

  function loadText(content: Bytes): ConfigProblem | undefined {
    const lines = content.split('\n');
    for (const [index, raw] of lines.entries()) {
      const line = trim(raw, ' \t\r\n');
      if (line === '' || line.startsWith('#')) continue;
      const wrong = (message: Bytes): ConfigProblem => ({ kind: 'line', line: index + 1, text: line, message });
      const words = splitArguments(line);
      if (words === undefined) return wrong('Unbalanced quotes in configuration line');
      if (words.length === 0) continue;
      const trouble = loadLine(fold(words[0] as Bytes), words, line, index + 1);
      if (typeof trouble === 'string') return wrong(trouble);
      if (trouble !== undefined) return trouble;
    }
    return undefined;
  }

  function loadLine(name: Bytes, words: readonly Bytes[], line: Bytes, lineNumber: number): Bytes | ConfigProblem | undefined {
    const directive = directives.get(name);
    if (directive !== undefined) {
      // A name alone is a list without words: `save` saves nothing.
      if (!directive.multiWord && words.length !== 2) return 'wrong number of arguments';
      let value = directive.multiWord ? joined(words.slice(1)) : (words[1] as Bytes);
      // A second `save` adds to the first, but the first of the file replaces the default.
      if (directive.name === 'save' && seen.has('save') && value !== '' && config.text('save') !== '') {
        const checked = directive.parse(value, '');
        if (isBadValue(checked)) return checked.problem;
        value = `${config.text('save')} ${value}`;
      }
      if (directive.name === 'dir') {
        value = files.resolve(value);
        const refused = files.checkDirectory(value);
        if (refused !== undefined) return refused;
      }
      seen.add(directive.name);
      return config.set(directive, value);
    }
    if (name === 'include' && words.length === 2) {
      const path = words[1] as Bytes;
      const content = files.read(path);
      return isDiskError(content) ? { kind: 'file', path, message: content.message } : loadText(content);
    }
    if (name === 'rename-command' && words.length === 3) {
      const from = fold(words[1] as Bytes);
      const to = fold(words[2] as Bytes);
      const renamedTo = (command: Bytes) => config.renamings.some((each) => each.to === command);
      if (!commandExists(from) && !renamedTo(from)) return 'No such command in rename-command';
      if (to !== '' && (commandExists(to) || renamedTo(to))) return 'Target command name already exists';
      config.renamings.push({ from, to });
      return undefined;
    }
    if (name === 'user' && words.length >= 2) {
      const user = readUserLine(words, users, setting);
      if (typeof user === 'string') return user;
      users.push(user);
      return undefined;
    }
    if (name === 'sentinel') {
      if (config.sentinel === undefined) return 'sentinel directive while not in sentinel mode';
      if (words.length > 1) config.sentinel.push({ line: lineNumber, text: line, words: words.slice(1) });
      return undefined;
    }
    if (words.length === 1) return 'Bad directive or wrong number of arguments';
    unresolved.push(words.join(' '));
    return undefined;
  }
}

/** The words of a list. One that stands alone is a line of words itself, with quotes of its own: `--save "''"` saves nothing. */
function joined(given: readonly Bytes[]): Bytes {
  const words = given.length === 1 ? splitArguments(given[0] as Bytes) ?? [] : given;
  return words.length === 1 && words[0] === '' ? '' : words.map(wordOf).join(' ');
}

/** Words with blanks in them keep their borders when a multi-word value is joined. */
function wordOf(word: Bytes): Bytes {
  return word === '' || /[\s"'\\]/.test(word) ? quote(word) : word;
}

/** What a command line of redis-server asks for. */
export type CommandLine =
  | { readonly action: 'run'; readonly file: Bytes | undefined; readonly stdin: boolean; readonly options: Bytes }
  | { readonly action: 'version' | 'help' | 'check-system' }
  | { readonly action: 'test-memory'; readonly megabytes: Bytes | undefined };

/** Reads the words behind `redis-server`. */
export function parseCommandLine(words: readonly Bytes[]): CommandLine {
  const first = words[0];
  if (words.length === 1) {
    if (first === '-v' || first === '--version') return { action: 'version' };
    if (first === '-h' || first === '--help') return { action: 'help' };
    if (first === '--check-system') return { action: 'check-system' };
  }
  if (first === '--test-memory') return { action: 'test-memory', megabytes: words[1] };
  let rest = words;
  let file: Bytes | undefined;
  if (first !== undefined && !first.startsWith('-')) {
    file = first;
    rest = words.slice(1);
  }
  let stdin = false;
  let options = '';
  let name: Bytes | undefined;
  let values = 0;
  for (const [index, word] of rest.entries()) {
    // A dash alone, first or last: the configuration comes from standard input.
    if (word === '-' && (index === rest.length - 1 || (index === 0 && file === undefined))) {
      stdin = true;
      continue;
    }
    // Says what the process is, and sets nothing.
    if (word === '--sentinel') continue;
    // The word behind an option belongs to it, whatever it looks like, unless the option brought its value along; `--save` may stand alone.
    const isValueOfOption = name !== undefined && values === 0 && !name.includes(' ') && fold(name) !== 'save';
    if (word.startsWith('--') && !isValueOfOption) {
      name = word.slice(2);
      values = 0;
      options += `${options === '' ? '' : '\n'}${name}`;
    } else {
      if (name === undefined) {
        // Words before any option make a line of their own, as they do for the real server.
        options += `${options === '' ? '' : ' '}${index === 0 && word.startsWith('-') ? quote(word) : index === 0 ? word : quote(word)}`;
        continue;
      }
      options += ` ${quote(word)}`;
      values++;
    }
  }
  // `--save` alone means: save nothing.
  options = options.split('\n').map((line) => (fold(line) === 'save' ? 'save ""' : line)).join('\n');
  return { action: 'run', file, stdin, options };
}

/** The block that the real server prints on standard error for a wrong line. */
export function fatalConfigError(version: Bytes, problem: { line: number; text: Bytes; message: Bytes }): Bytes {
  return `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\nReading the configuration file, at line ${problem.line}\n>>> '${problem.text}'\n${problem.message}\n`;
}
