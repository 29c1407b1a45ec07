/*
 * The first line of a script
 * --------------------------
 * `#!lua name=orders flags=no-writes,allow-stale` names the engine, and tells what the script promises and
 * asks for. EVAL's scripts may leave it out, and then live by the older rules ("compat"): each command is
 * checked when it comes, instead of the whole script before it begins.
 */
import { fold, type Bytes } from '../bytes.ts';
import { splitArguments } from '../protocol/split-arguments.ts';
import { CommandError } from '../reply.ts';

export const SCRIPT_FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'] as const;
export type ScriptFlag = (typeof SCRIPT_FLAGS)[number];

export function isScriptFlag(word: Bytes): word is ScriptFlag {
  return (SCRIPT_FLAGS as readonly Bytes[]).includes(word);
}

/** What EVAL's script says of itself; `undefined` when it has no first line of this kind. */
export function evalFlags(body: Bytes): ReadonlySet<ScriptFlag> | undefined {
  if (!body.startsWith('#!')) return undefined;
  const end = body.indexOf('\n');
  if (end === -1) throw new CommandError('ERR Invalid script shebang');
  const words = splitArguments(body.slice(0, end));
  if (words === undefined || words.length === 0) throw new CommandError('ERR Invalid engine in script shebang');
  if (words[0] !== '#!lua') throw new CommandError(`ERR Unexpected engine in script shebang: ${words[0]}`);
  const flags = new Set<ScriptFlag>();
  for (const word of words.slice(1)) {
    if (!word.startsWith('flags=')) throw new CommandError(`ERR Unknown lua shebang option: ${word}`);
    const given = word.slice('flags='.length);
    if (given === '') continue;
    for (const flag of given.split(',')) {
      if (!isScriptFlag(flag)) throw new CommandError(`ERR Unexpected flag in script shebang: ${flag}`);
      flags.add(flag);
    }
  }
  return flags;
}

/** What FUNCTION LOAD's code says of itself: its engine (as written), its name, and the code behind the line. */
export function libraryMetadata(code: Bytes): { engine: Bytes; name: Bytes; body: Bytes } {
  if (!code.startsWith('#!')) throw new CommandError('ERR Missing library metadata');
  const end = code.indexOf('\n');
  if (end === -1) throw new CommandError('ERR Invalid library metadata');
  const words = splitArguments(code.slice(0, end));
  if (words === undefined || words.length === 0) throw new CommandError('ERR Invalid library metadata');
  let name: Bytes | undefined;
  for (const word of words.slice(1)) {
    if (!fold(word).startsWith('name=')) throw new CommandError(`ERR Invalid metadata value given: ${word}`);
    if (name !== undefined) throw new CommandError('ERR Invalid metadata value, name argument was given multiple times');
    name = word.slice('name='.length);
  }
  if (name === undefined) throw new CommandError('ERR Library name was not given');
  // The line stays, empty: messages count lines from it.
  return { engine: (words[0] ?? '').slice(2), name, body: code.slice(end) };
}
