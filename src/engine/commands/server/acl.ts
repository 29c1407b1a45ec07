/*
 * ACL: who may come in, and what they may do.
 *
 * What stands behind it is in acl/: users and their selectors, the check of a request, the log of refusals.
 */
import { mayStillListen, whatRemains } from '../../acl/listeners.ts';
import { denialOf, denialText } from '../../acl/check.ts';
import { aclCategories, CATEGORIES, categoryNamed } from '../../acl/categories.ts';
import { aclFile, cannotOpenAclFile, readAclFile } from '../../acl/file.ts';
import { hasBlanks, type Selector } from '../../acl/selector.ts';
import { cText, equalsFolded, parseInteger, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { command, container, integer, multiple, oneOf, optional, string, token, type Ctx, type ServerForCommands } from '../../command.ts';
import { isDiskError } from '../../env.ts';
import { replaceFile } from '../../persistence/replace-file.ts';
import { CommandError, double, mapReply, NOT_AN_INTEGER, OK, setReply, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { lookupCommand } from './facts.ts';

const OPEN = ['noscript', 'loading', 'stale'] as const;
const ADMIN = ['admin', ...OPEN] as const;
const EVERYWHERE = ['request_policy:all_nodes', 'response_policy:all_succeeded'] as const;

function wrongCall(word: Bytes): CommandError {
  return new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(word, 128)}'. Try ACL HELP.`);
}

/** Words that nobody else may see: all behind the subcommand. */
const allBehindSubcommand = (argv: readonly Bytes[]): number[] => argv.map((_, index) => index).slice(2);

/** Sends a client away whose user is no more, or may no longer hear what it listens to. */
function sendAway(server: ServerForCommands, victim: Client, caller: Client, why: Bytes): void {
  victim.user = server.acl.defaultUser;
  victim.authenticated = false;
  server.closeClient(victim, why, victim === caller);
}

const cat = command(
  {
    name: 'CAT', group: 'server', since: '6.0.0', arity: -2, flags: OPEN, summary: 'The categories of commands, or the commands of one.', complexity: 'O(N) in the number of commands',
    args: [optional(string('category'))], replies: ['an array of categories', 'an array of commands'], examples: ['ACL CAT', 'ACL CAT hyperloglog'],
  },
  function aclCat({ server, argv }): Reply {
    if (argv.length > 3) throw wrongCall(argv[1] as Bytes);
    if (argv.length === 2) return CATEGORIES;
    const category = categoryNamed(cText(argv[2] as Bytes));
    if (category === undefined) throw new CommandError(`ERR Unknown category '${cText(argv[2] as Bytes, 128)}'`);
    const found: Bytes[] = [];
    for (const each of server.acl.setting.commands.all()) {
      if (aclCategories(each).includes(category)) found.push(each.fullName);
      for (const sub of each.subcommands?.values() ?? []) if (aclCategories(sub).includes(category)) found.push(sub.fullName);
    }
    return found;
  },
);

const deluser = command(
  {
    name: 'DELUSER', group: 'server', since: '6.0.0', arity: -3, flags: ADMIN, tips: EVERYWHERE, summary: 'Delete users, and close the connections that have logged in as one of them.', complexity: 'O(N) in the number of connections',
    args: [multiple(string('username'))], secrets: allBehindSubcommand, replies: ['how many users there were'], examples: ['ACL SETUSER ann on', 'ACL DELUSER ann bob'],
  },
  function aclDeluser({ server, client, argv }): Reply {
    const names = argv.slice(2);
    if (names.some((each) => cText(each) === 'default')) throw new CommandError("ERR The 'default' user cannot be removed");
    let deleted = 0;
    for (const name of names) {
      const user = server.acl.user(name);
      if (user === undefined || !server.acl.remove(name)) continue;
      deleted++;
      for (const each of [...server.clients.values()]) if (each.user === user) sendAway(server, each, client, 'its user was deleted');
    }
    return deleted;
  },
);

const dryrun = command(
  {
    name: 'DRYRUN', group: 'server', since: '7.0.0', arity: -4, flags: ADMIN, summary: 'Ask whether a user may run a command, without running it.', complexity: 'O(N) in the number of rules',
    args: [string('username'), string('command'), optional(multiple(string('arg')))], replies: ['OK', 'a text that says what is refused'],
    examples: ['ACL SETUSER ann +get ~a*', 'ACL DRYRUN ann GET apple', 'ACL DRYRUN ann SET apple 1'],
  },
  function aclDryrun({ server, argv }): Reply {
    const user = server.acl.user(argv[2] as Bytes);
    if (user === undefined) throw new CommandError(`ERR User '${cText(argv[2] as Bytes)}' not found`);
    const request = argv.slice(3);
    const found = lookupCommand(server.commands, request);
    if (found === undefined) throw new CommandError(`ERR Command '${cText(argv[3] as Bytes)}' not found`);
    const { arity } = found.spec;
    if ((arity > 0 && arity !== request.length) || request.length < -arity) throw new CommandError(`ERR wrong number of arguments for '${found.fullName}' command`);
    const denial = denialOf(user, found, request);
    return denial === undefined ? OK : denialText(denial, user, found, request, true);
  },
);

const LONGEST_PASSWORD_BITS = 4096;

const genpass = command(
  {
    name: 'GENPASS', group: 'server', since: '6.0.0', arity: -2, flags: OPEN, summary: 'A password that nobody can guess.', complexity: 'O(1)',
    args: [optional(integer('bits'))], replies: ['hex digits: 64 of them unless told otherwise'], examples: ['ACL GENPASS', 'ACL GENPASS 32'],
  },
  function aclGenpass({ server, argv }): Reply {
    if (argv.length > 3) throw wrongCall(argv[1] as Bytes);
    const bits = argv.length === 2 ? 256 : parseInteger(argv[2] as Bytes);
    if (bits === undefined) throw new CommandError(NOT_AN_INTEGER);
    if (bits <= 0 || bits > LONGEST_PASSWORD_BITS) {
      throw new CommandError(`ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${LONGEST_PASSWORD_BITS}`);
    }
    return Array.from({ length: Math.ceil(Number(bits) / 4) }, () => '0123456789abcdef'.charAt(server.env.random.below(16))).join('');
  },
);

const selectorPairs = (selector: Selector): [Bytes, Reply][] => [['commands', selector.shownCommands], ['keys', selector.shownKeys], ['channels', selector.shownChannels]];

const getuser = command(
  {
    name: 'GETUSER', group: 'server', since: '6.0.0', arity: 3, flags: ADMIN, summary: 'All rules of a user.', complexity: 'O(N) in the number of rules',
    history: [['6.2.0', 'Shows channels.'], ['7.0.0', 'Shows selectors, and keys and channels as rules.']],
    args: [string('username')], secrets: allBehindSubcommand, replies: ['a map of flags, passwords, commands, keys, channels and selectors', 'nil when there is no such user'],
    examples: ['ACL SETUSER ann on >secret ~a* +@read', 'ACL GETUSER ann'],
  },
  function aclGetuser({ server, argv }): Reply {
    const user = server.acl.user(argv[2] as Bytes);
    if (user === undefined) return null;
    const [root, ...others] = user.selectors;
    return mapReply([
      ['flags', setReply(user.flags)], ['passwords', user.passwords], ...selectorPairs(root as Selector),
      ['selectors', others.map((each) => mapReply(selectorPairs(each)))],
    ]);
  },
);

const list = command(
  { name: 'LIST', group: 'server', since: '6.0.0', arity: 2, flags: ADMIN, summary: 'All users with their rules, a line each as in the ACL file.', complexity: 'O(N) in the number of users', replies: ['an array of lines'], examples: ['ACL LIST'] },
  ({ server }) => server.acl.all().map((each) => `user ${each.name} ${each.describe()}`),
);

const users = command(
  { name: 'USERS', group: 'server', since: '6.0.0', arity: 2, flags: ADMIN, summary: 'The names of all users.', complexity: 'O(N) in the number of users', replies: ['an array of names'], examples: ['ACL USERS'] },
  ({ server }) => server.acl.all().map((each) => each.name),
);

const whoami = command(
  { name: 'WHOAMI', group: 'server', since: '6.0.0', arity: 2, flags: OPEN, summary: 'The user that this connection is.', complexity: 'O(1)', replies: ['the name'], examples: ['ACL WHOAMI'] },
  ({ client }) => client.user.name,
);

const NO_FILE =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.';

/** The ACL file as it is configured, and where it is. */
function fileOf(server: ServerForCommands): { readonly shown: Bytes; readonly path: Bytes } {
  const shown = server.config.text('aclfile');
  if (shown === '') throw new CommandError(NO_FILE);
  const directory = server.config.text('dir') === '' ? server.env.surroundings.directory : server.config.text('dir');
  return { shown, path: shown.startsWith('/') ? shown : `${directory === '/' ? '' : directory}/${shown}` };
}

const load = command(
  { name: 'LOAD', group: 'server', since: '6.0.0', arity: 2, flags: ADMIN, summary: 'Read the ACL file again: all its users, or none when a line is wrong.', complexity: 'O(N) in the number of users', replies: ['OK', 'an error that tells all that is wrong'] },
  function aclLoad({ server, client }): Reply {
    const { shown, path } = fileOf(server);
    const content = server.env.disk.read(path);
    const read = isDiskError(content) ? cannotOpenAclFile(shown, content) : readAclFile(content, shown, server.acl.setting);
    if (typeof read === 'string') throw new CommandError(`ERR ${read}`);
    server.acl.replaceAll(read);
    for (const each of [...server.clients.values()]) {
      const before = each.user;
      const now = server.acl.user(before.name);
      const remaining = now === undefined ? undefined : whatRemains(before, now);
      if (now === undefined || (remaining !== undefined && !mayStillListen(each, remaining))) sendAway(server, each, client, 'the ACL file was loaded');
      else each.user = now;
    }
    return OK;
  },
);

const save = command(
  { name: 'SAVE', group: 'server', since: '6.0.0', arity: 2, flags: ADMIN, tips: EVERYWHERE, summary: 'Write all users to the ACL file.', complexity: 'O(N) in the number of users', replies: ['OK'] },
  function aclSave({ server }): Reply {
    const { path } = fileOf(server);
    const { disk, surroundings } = server.env;
    const temporary = `${path}.tmp-${surroundings.pid}-${server.nowMs}`;
    const refused = replaceFile(disk, path, temporary, aclFile(server.acl.all()));
    if (refused !== undefined) {
      server.log('warning', `${{ open: 'Opening temp', write: 'Writing', sync: 'Syncing', rename: 'Renaming' }[refused.step]} ACL file for ACL SAVE: ${refused.message}`);
      disk.remove(temporary);
      throw new CommandError('ERR There was an error trying to save the ACLs. Please check the server logs for more information');
    }
    return OK;
  },
);

const DEFAULT_LOG_LENGTH = 10;

const log = command(
  {
    name: 'LOG', group: 'server', since: '6.0.0', arity: -2, flags: ADMIN, summary: 'What was refused lately: failed logins, commands, keys and channels.', complexity: 'O(N) in the number of entries',
    history: [['7.2.0', 'Entries have an id and the times of their first and last event.']],
    args: [optional(oneOf('operation', [integer('count'), token('reset', 'RESET')]))], replies: ['an array of entries, the newest first', 'OK for RESET'], examples: ['ACL LOG 1', 'ACL LOG RESET'],
  },
  function aclLog({ server, argv, now }: Ctx): Reply {
    if (argv.length > 3) throw wrongCall(argv[1] as Bytes);
    const word = argv[2];
    if (word !== undefined && equalsFolded(word, 'reset')) {
      server.acl.log.reset();
      return OK;
    }
    const count = word === undefined ? DEFAULT_LOG_LENGTH : parseInteger(word);
    if (count === undefined) throw new CommandError(NOT_AN_INTEGER);
    return server.acl.log.entries.slice(0, Math.max(0, Number(count))).map((each) => mapReply([
      ['count', each.count], ['reason', each.reason], ['context', each.context], ['object', each.object], ['username', each.username],
      ['age-seconds', double((now - each.updatedMs) / 1000)], ['client-info', each.clientInfo],
      ['entry-id', each.id], ['timestamp-created', each.createdMs], ['timestamp-last-updated', each.updatedMs],
    ]));
  },
);

const setuser = command(
  {
    name: 'SETUSER', group: 'server', since: '6.0.0', arity: -3, flags: ADMIN, tips: EVERYWHERE, summary: 'Make a user, or change the rules of one.', complexity: 'O(N) in the number of rules',
    history: [['6.2.0', 'Knows rules for channels.'], ['7.0.0', 'Knows selectors and what may be done with keys.']],
    args: [string('username'), optional(multiple(string('rule')))], secrets: allBehindSubcommand, replies: ['OK', 'an error that names the wrong rule: the user is as before'],
    examples: ['ACL SETUSER ann on >secret ~cache:* +@read -@dangerous', 'ACL LIST'],
  },
  function aclSetuser({ server, client, argv }): Reply {
    const name = argv[2] as Bytes;
    if (hasBlanks(name)) throw new CommandError("ERR Usernames can't contain spaces or null characters");
    const problem = server.acl.change(name, argv.slice(3), (present, future) => {
      const remaining = whatRemains(present, future);
      if (remaining === undefined) return;
      for (const each of [...server.clients.values()]) if (each.user === present && !mayStillListen(each, remaining)) sendAway(server, each, client, 'its user may not listen any more');
    });
    if (problem !== undefined) throw new CommandError(`ERR ${problem}`);
    return OK;
  },
);

const help = helpCommand('ACL', 'server', '6.0.0', [
  ['CAT [<category>]', 'The categories of commands, or the commands of one.'],
  ['DELUSER <username> [<username> ...]', 'Delete users and close their connections.'],
  ['DRYRUN <username> <command> [<arg> ...]', 'Ask whether a user may run a command, without running it.'],
  ['GETUSER <username>', 'All rules of a user.'],
  ['GENPASS [<bits>]', 'A password that nobody can guess, of 256 bits unless told otherwise.'],
  ['LIST', 'All users as lines of the ACL file.'],
  ['LOAD', 'Read the users of the ACL file again.'],
  ['LOG [<count> | RESET]', 'What was refused lately, or forget it.'],
  ['SAVE', 'Write all users to the ACL file.'],
  ['SETUSER <username> <attribute> [<attribute> ...]', 'Make a user or change one.'],
  ['USERS', 'The names of all users.'],
  ['WHOAMI', 'The user that this connection is.'],
]);

export const acl = container({
  name: 'ACL', group: 'server', since: '6.0.0', arity: -2, summary: 'Users, their passwords and what they may do.', complexity: 'Depends on the subcommand',
  subcommands: [cat, deluser, dryrun, genpass, getuser, help, list, load, log, save, setuser, users, whoami],
});
