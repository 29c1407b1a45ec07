/*
 * FUNCTION: libraries of functions.
 */
import { cText, equalsFolded, fold, type Bytes } from '../../bytes.ts';
import { command, container, oneOf, optional, string, token, type Ctx } from '../../command.ts';
import { globMatch } from '../../glob.ts';
import { LAZYFREE_THRESHOLD } from '../../keyspace/types.ts';
import { dumpFunctions, restoredFunctions } from '../../persistence/functions.ts';
import { CommandError, mapReply, OK, setReply, status, type Reply } from '../../reply.ts';
import { SCRIPT_FLAGS } from '../../scripting/shebang.ts';
import type { FunctionLibrary } from '../../scripting/functions.ts';
import { helpCommand } from '../help.ts';

const group = 'scripting';
const since = '7.0.0';
const EVERYWHERE = ['request_policy:all_shards', 'response_policy:all_succeeded'] as const;
const EXAMPLE = "FUNCTION LOAD \"#!lua name=example\\nredis.register_function('answer', function() return 42 end)\"";

const load = command(
  {
    name: 'LOAD', group, since, arity: -3, flags: ['write', 'denyoom', 'noscript'], tips: EVERYWHERE,
    summary: 'Load a library and register its functions.', complexity: 'O(1), compiling aside', args: [token('replace', 'REPLACE', { optional: true }), string('function-code')],
    replies: ["the library's name"], examples: [EXAMPLE, 'FCALL answer 0'],
  },
  function functionLoad({ server, argv }: Ctx): Reply {
    for (const word of argv.slice(2, -1)) if (!equalsFolded(word, 'replace')) throw new CommandError(`ERR Unknown option given: ${cText(word)}`);
    const name = server.scripting.functions.load(argv.at(-1) as Bytes, argv.length > 3);
    server.dirty++;
    return name;
  },
);

const remove = command(
  { name: 'DELETE', group, since, arity: 3, flags: ['write', 'noscript'], tips: EVERYWHERE, summary: 'Delete a library and its functions.', complexity: 'O(1)', args: [string('library-name')], replies: ['OK'], examples: [EXAMPLE, 'FUNCTION DELETE example'] },
  function functionDelete({ server, argv }): Reply {
    if (!server.scripting.functions.delete(argv[2] as Bytes)) throw new CommandError('ERR Library not found');
    server.dirty++;
    return OK;
  },
);

const flush = command(
  {
    name: 'FLUSH', group, since, arity: -2, flags: ['write', 'noscript'], tips: EVERYWHERE, summary: 'Delete all libraries.', complexity: 'O(N) in the number of functions',
    args: [optional(oneOf('flush-type', [token('async', 'ASYNC'), token('sync', 'SYNC')]))], replies: ['OK'], examples: [EXAMPLE, 'FUNCTION FLUSH'],
  },
  function functionFlush({ server, argv }): Reply {
    if (argv.length > 3) throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(argv[1] as Bytes, 128)}'. Try FUNCTION HELP.`);
    const mode = argv[2] === undefined ? undefined : fold(argv[2]);
    if (mode !== undefined && mode !== 'sync' && mode !== 'async') throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
    const { functions } = server.scripting;
    // Freed by another thread there, the engine with them.
    if ((mode ?? (server.config.flag('lazyfree-lazy-user-flush') ? 'async' : 'sync')) === 'async' && functions.functionCount > LAZYFREE_THRESHOLD) server.keyspaceStats.lazyFreed += functions.functionCount + 1;
    functions.flush();
    server.dirty++;
    return OK;
  },
);

const list = command(
  {
    name: 'LIST', group, since, arity: -2, flags: ['noscript'], tips: ['nondeterministic_output_order'], summary: 'The libraries and their functions.', complexity: 'O(N) in the number of functions',
    args: [optional(string('library-name-pattern', { token: 'LIBRARYNAME' })), optional(token('withcode', 'WITHCODE'))],
    replies: ['an array with a map for each library'], examples: [EXAMPLE, 'FUNCTION LIST'],
  },
  function functionList({ server, argv }): Reply {
    let pattern: Bytes | undefined;
    let withCode = false;
    for (let i = 2; i < argv.length; i++) {
      const word = argv[i] as Bytes;
      if (!withCode && equalsFolded(word, 'withcode')) withCode = true;
      else if (pattern === undefined && equalsFolded(word, 'libraryname')) {
        pattern = argv[++i];
        if (pattern === undefined) throw new CommandError('ERR library name argument was not given');
      } else throw new CommandError(`ERR Unknown argument ${cText(word)}`);
    }
    const libraries = [...server.scripting.functions.libraries.values()];
    return libraries.filter(({ name }) => pattern === undefined || globMatch(pattern, name, true)).map((library) => libraryReply(library, withCode));
  },
);

function libraryReply({ name, code, functions }: FunctionLibrary, withCode: boolean): Reply {
  const rows = [...functions.values()].map((each) => mapReply([
    ['name', each.name],
    ['description', each.description ?? null],
    ['flags', setReply(SCRIPT_FLAGS.filter((flag) => each.flags.has(flag)).map((flag) => status(flag)))],
  ]));
  return mapReply([['library_name', name], ['engine', 'LUA'], ['functions', rows], ...(withCode ? [['library_code', code] as const] : [])]);
}

const stats = command(
  { name: 'STATS', group, since, arity: 2, flags: ['noscript', 'allow_busy'], tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'], summary: 'The function that runs, and how many there are.', complexity: 'O(1)', replies: ['a map'], examples: [EXAMPLE, 'FUNCTION STATS'] },
  function functionStats({ server }): Reply {
    const { running, busyError, functions } = server.scripting;
    if (running?.rights.kind === 'eval') throw new CommandError(busyError ?? '');
    const script = running === undefined ? null : mapReply([
      ['name', running.rights.name],
      ['command', running.rights.argv],
      ['duration_ms', Math.floor((server.env.clock.monotonic() - running.startedUs) / 1000)],
    ]);
    const engine = mapReply([['libraries_count', functions.libraries.size], ['functions_count', functions.functionCount]]);
    return mapReply([['running_script', script], ['engines', mapReply([['LUA', engine]])]]);
  },
);

const kill = command(
  { name: 'KILL', group, since, arity: 2, flags: ['noscript', 'allow_busy'], tips: ['request_policy:all_shards', 'response_policy:one_succeeded'], summary: 'End the function that runs, unless it has written something.', complexity: 'O(1)', replies: ['OK', 'an error when no function runs, or when it has written'] },
  ({ server }): Reply => {
    server.scripting.kill('function');
    return OK;
  },
);

const dump = command(
  { name: 'DUMP', group, since, arity: 2, flags: ['noscript'], summary: 'All libraries as one string, for FUNCTION RESTORE.', complexity: 'O(N) in the number of functions', replies: ['the bytes'], examples: [EXAMPLE, 'FUNCTION DUMP'] },
  ({ server }): Reply => dumpFunctions(server.scripting.functions.codes(), { compression: server.config.flag('rdbcompression') }),
);

const restore = command(
  {
    name: 'RESTORE', group, since, arity: -3, flags: ['write', 'denyoom', 'noscript'], tips: EVERYWHERE, summary: 'Load the libraries of a string that FUNCTION DUMP made.', complexity: 'O(N) in the number of functions',
    args: [string('serialized-value'), optional(oneOf('policy', [token('flush', 'FLUSH'), token('append', 'APPEND'), token('replace', 'REPLACE')]))], replies: ['OK'],
  },
  function functionRestore({ server, argv }): Reply {
    if (argv.length > 4) throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(argv[1] as Bytes, 128)}'. Try FUNCTION HELP.`);
    const policy = argv[3] === undefined ? 'append' : fold(argv[3]);
    if (policy !== 'flush' && policy !== 'append' && policy !== 'replace') throw new CommandError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');
    server.scripting.functions.restore(restoredFunctions(argv[2] as Bytes, server.debug.skipChecksum), policy);
    server.dirty++;
    return OK;
  },
);

export const functionCommand = container({
  name: 'FUNCTION', group, since, arity: -2, summary: 'Libraries of functions.', complexity: 'Depends on the subcommand',
  subcommands: [
    remove, dump, flush,
    helpCommand('FUNCTION', group, since, [
      ['LOAD [REPLACE] <FUNCTION CODE>', 'Load a library: its name stands in the first line of the code.'],
      ['DELETE <LIBRARY NAME>', 'Delete a library.'],
      ['LIST [LIBRARYNAME PATTERN] [WITHCODE]', 'The libraries: name, engine, functions, and the code if asked for.', 'A pattern chooses libraries by name.'],
      ['STATS', 'The function that runs: its name, the command, how long it has run;', 'and how many libraries and functions there are.'],
      ['KILL', 'End the function that runs.'],
      ['FLUSH [ASYNC|SYNC]', 'Delete all libraries: at once, or in the background. Without a word,', 'lazyfree-lazy-user-flush decides.'],
      ['DUMP', 'All libraries as one string.'],
      ['RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]', 'Load the libraries of such a string. FLUSH deletes the present ones first, APPEND (the default)', 'fails when a name is taken, REPLACE replaces libraries of the same name.'],
    ]),
    kill, list, load, restore, stats,
  ],
});

