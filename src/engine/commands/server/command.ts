/*
 * COMMAND: what commands there are, told from their specs.
 */
import { aclCategories, categoryNamed } from '../../acl/categories.ts';
import { equalsFolded, fold, type Bytes } from '../../bytes.ts';
import { command as declare, multiple, oneOf, optional, pattern, string, type Command, type CommandTable, type KeyFlag } from '../../command.ts';
import { globMatch } from '../../glob.ts';
import { CommandError, mapReply, SYNTAX_ERROR, setReply, status, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { commandDocs, commandInfo, keysOf, lookupByFullName, lookupCommand } from './facts.ts';

const FLAGS = ['loading', 'stale'] as const;
const UNORDERED = ['nondeterministic_output_order'] as const;

function* withSubcommands(table: CommandTable): Iterable<Command> {
  for (const each of table.all()) {
    yield each;
    yield* each.subcommands?.values() ?? [];
  }
}

function keysOfRequest(table: CommandTable, argv: readonly Bytes[]): readonly { index: number; flags: readonly KeyFlag[] }[] {
  const found = lookupCommand(table, argv);
  if (found === undefined) throw new CommandError('ERR Invalid command specified');
  const { spec } = found;
  if ((spec.keys ?? []).filter((each) => !each.flags.includes('not_key')).length === 0 && spec.getKeys === undefined) throw new CommandError('ERR The command has no key arguments');
  if ((spec.arity > 0 && spec.arity !== argv.length) || argv.length < -spec.arity) throw new CommandError('ERR Invalid number of arguments specified for command');
  const keys = keysOf(found, argv);
  if (keys.length === 0 && !found.flags.has('no_mandatory_keys')) throw new CommandError('ERR Invalid arguments specified for command');
  return keys;
}

const count = declare(
  { name: 'COUNT', group: 'server', since: '2.8.13', arity: 2, flags: FLAGS, acl: ['connection'], summary: 'How many commands there are.', complexity: 'O(1)', replies: ['the number'], examples: ['COMMAND COUNT'] },
  ({ server }) => [...server.commands.all()].length,
);

const docs = declare(
  {
    name: 'DOCS', group: 'server', since: '7.0.0', arity: -2, flags: FLAGS, acl: ['connection'], tips: UNORDERED, summary: 'Documentation of commands: summary, grammar, history.', complexity: 'O(N) in the number of commands named',
    args: [optional(multiple(string('command-name')))], replies: ['a map of command and documentation'], examples: ['COMMAND DOCS GET'],
    differs: 'Summaries, complexity and history are in our own words.',
  },
  function commandDocsOf({ server, argv }): Reply {
    const chosen = argv.length === 2 ? [...server.commands.all()] : argv.slice(2).flatMap((name) => lookupByFullName(server.commands, name) ?? []);
    return mapReply(chosen.map((each) => [each.fullName, commandDocs(each)] as const));
  },
);

const info = declare(
  {
    name: 'INFO', group: 'server', since: '2.8.13', arity: -2, flags: FLAGS, acl: ['connection'], tips: UNORDERED, summary: 'Arity, flags, keys and categories of commands.', complexity: 'O(N) in the number of commands named',
    history: [['7.0.0', 'Without names it tells of all commands.']], args: [optional(multiple(string('command-name')))], replies: ['an array with an entry for each; nil for a name that is none'], examples: ['COMMAND INFO GET SET'],
  },
  function commandInfoOf({ server, argv }): Reply {
    if (argv.length === 2) return [...server.commands.all()].map(commandInfo);
    return argv.slice(2).map((name) => {
      const found = lookupByFullName(server.commands, name);
      return found === undefined ? null : commandInfo(found);
    });
  },
);

const list = declare(
  {
    name: 'LIST', group: 'server', since: '7.0.0', arity: -2, flags: FLAGS, acl: ['connection'], tips: UNORDERED, summary: 'The names of all commands, or of those that fit a filter.', complexity: 'O(N) in the number of commands',
    args: [optional(oneOf('filterby', [string('module-name', { token: 'MODULE' }), string('category', { token: 'ACLCAT' }), pattern('pattern', { token: 'PATTERN' })], { token: 'FILTERBY' }))],
    replies: ['an array of names'], examples: ['COMMAND LIST FILTERBY PATTERN *ttl'],
  },
  function commandList({ server, argv }): Reply {
    const all = [...withSubcommands(server.commands)];
    if (argv.length === 2) return all.map((each) => each.fullName);
    if (argv.length !== 5 || !equalsFolded(argv[2] as Bytes, 'filterby')) throw new CommandError(SYNTAX_ERROR);
    const value = argv[4] as Bytes;
    const kind = fold(argv[3] as Bytes);
    if (kind === 'module') return [];
    if (kind === 'aclcat') {
      const category = categoryNamed(value);
      return category === undefined ? [] : all.filter((each) => aclCategories(each).includes(category)).map((each) => each.fullName);
    }
    if (kind === 'pattern') return all.filter((each) => globMatch(value, each.fullName, true)).map((each) => each.fullName);
    throw new CommandError(SYNTAX_ERROR);
  },
);

const getkeys = declare(
  {
    name: 'GETKEYS', group: 'server', since: '2.8.13', arity: -3, flags: FLAGS, acl: ['connection'], summary: 'Which words of a request are keys.', complexity: 'O(N) in the number of words',
    args: [string('command'), optional(multiple(string('arg')))], replies: ['an array of keys'], examples: ['COMMAND GETKEYS MSET a 1 b 2'],
  },
  ({ server, argv }) => keysOfRequest(server.commands, argv.slice(2)).map(({ index }) => argv[index + 2] as Bytes),
);

const getkeysandflags = declare(
  {
    name: 'GETKEYSANDFLAGS', group: 'server', since: '7.0.0', arity: -3, flags: FLAGS, acl: ['connection'], summary: 'Which words of a request are keys, and what is done with them.', complexity: 'O(N) in the number of words',
    args: [string('command'), optional(multiple(string('arg')))], replies: ['an array of key and flags'], examples: ['COMMAND GETKEYSANDFLAGS SET a 1'],
  },
  ({ server, argv }) => keysOfRequest(server.commands, argv.slice(2)).map(({ index, flags }) => [argv[index + 2] as Bytes, setReply(flags.map((flag) => status(flag)))]),
);

export const command = declare(
  {
    name: 'COMMAND', group: 'server', since: '2.8.13', arity: -1, flags: FLAGS, tips: UNORDERED, acl: ['connection'],
    summary: 'Tell everything about all commands.', complexity: 'O(N) in the number of commands',
    subcommands: [
      count, docs, getkeys, getkeysandflags,
      helpCommand('COMMAND', 'server', '5.0.0', [
        ['(no subcommand)', 'Tell arity, flags and keys of all commands.'],
        ['COUNT', 'How many commands there are.'],
        ['LIST', 'The names of the commands.'],
        ['INFO [<command-name> ...]', 'Arity, flags and keys of these commands, or of all.'],
        ['DOCS [<command-name> ...]', 'Documentation of these commands, or of all.'],
        ['GETKEYS <full-command>', 'Which words of the request are keys.'],
        ['GETKEYSANDFLAGS <full-command>', 'Which words of the request are keys, and what is done with them.'],
      ], undefined, ['connection']),
      info, list,
    ],
    replies: ['an array with an entry for each command'],
  },
  ({ server }) => [...server.commands.all()].map(commandInfo),
);
