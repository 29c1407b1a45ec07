/*
 * CLIENT: look at connections and steer them.
 */
import type { User } from '../../acl/user.ts';
import { cText, equalsFolded, fold, own, parseInteger, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { command, container, integer, oneOf, optional, string, token, type Ctx, type ServerForCommands } from '../../command.ts';
import { CommandError, NOT_AN_INTEGER, OK, SYNTAX_ERROR, verbatim, NO_REPLY, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { clientLine, clientType } from './client-list.ts';
import { checkName } from './names.ts';
import { caching, getredir, tracking, trackinginfo } from './tracking.ts';

const QUIET = ['noscript', 'loading', 'stale'] as const;
const ADMIN = ['admin', ...QUIET] as const;

const TYPES: Readonly<Record<string, string>> = { normal: 'normal', slave: 'replica', replica: 'replica', master: 'master', pubsub: 'pubsub' };

function typeNamed(word: Bytes): string {
  const type = TYPES[fold(word)];
  if (type === undefined) throw new CommandError(`ERR Unknown client type '${cText(word)}'`);
  return type;
}

function onOff(word: Bytes): boolean {
  if (equalsFolded(word, 'on')) return true;
  if (equalsFolded(word, 'off')) return false;
  throw new CommandError(SYNTAX_ERROR);
}

const id = command(
  { name: 'ID', group: 'connection', since: '5.0.0', arity: 2, flags: QUIET, summary: 'The number of this connection.', complexity: 'O(1)', replies: ['the id'], examples: ['CLIENT ID'] },
  ({ client }) => client.id,
);

const info = command(
  {
    name: 'INFO', group: 'connection', since: '6.2.0', arity: 2, flags: QUIET, tips: ['nondeterministic_output'],
    summary: 'What the server knows of this connection, in one line.', complexity: 'O(1)', replies: ['a line of name=value pairs'], examples: ['CLIENT INFO'],
  },
  ({ server, client }) => verbatim(`${clientLine(server, client, client)}\n`),
);

const list = command(
  {
    name: 'LIST', group: 'connection', since: '2.4.0', arity: -2, flags: ADMIN, tips: ['nondeterministic_output'],
    summary: 'All connections, a line each.', complexity: 'O(N) in the number of connections',
    history: [
      ['2.8.12', 'Each client has an id.'], ['5.0.0', 'Takes TYPE.'], ['6.0.0', 'Shows the user.'], ['6.2.0', 'Shows argv-mem, tot-mem, laddr and redir; takes ID.'],
      ['7.0.0', 'Shows resp, multi-mem, rbs and rbp.'], ['7.0.3', 'Shows ssub.'], ['7.2.0', 'Shows lib-name and lib-ver.'], ['7.4.0', 'Shows watch.'], ['8.0.0', 'Shows io-thread.'],
    ],
    args: [
      oneOf('client-type', [token('normal', 'NORMAL'), token('master', 'MASTER'), token('replica', 'REPLICA'), token('pubsub', 'PUBSUB')], { token: 'TYPE', optional: true, since: '5.0.0' }),
      integer('client-id', { token: 'ID', optional: true, multiple: true, since: '6.2.0' }),
    ],
    replies: ['lines of name=value pairs'], examples: ['CLIENT LIST'],
  },
  function clientList({ server, client, argv }): Reply {
    let chosen: Client[] = [...server.clients.values()];
    if (argv.length === 4 && equalsFolded(argv[2] as Bytes, 'type')) {
      const type = typeNamed(argv[3] as Bytes);
      chosen = chosen.filter((each) => clientType(each) === type);
    } else if (argv.length > 3 && equalsFolded(argv[2] as Bytes, 'id')) {
      chosen = argv.slice(3).flatMap((word) => {
        const wanted = parseInteger(word);
        if (wanted === undefined) throw new CommandError('ERR Invalid client ID');
        const found = server.clients.get(Number(wanted));
        return found === undefined ? [] : [found];
      });
    } else if (argv.length !== 2) throw new CommandError(SYNTAX_ERROR);
    return verbatim(chosen.map((each) => `${clientLine(server, each, client)}\n`).join(''));
  },
);

interface KillFilter {
  id?: number;
  type?: string;
  addr?: Bytes;
  laddr?: Bytes;
  user?: User;
  maxAge?: number;
  skipMe: boolean;
}

const kill = command(
  {
    name: 'KILL', group: 'connection', since: '2.4.0', arity: -3, flags: ADMIN,
    summary: 'Close connections: one by its address, or all that fit the filters.', complexity: 'O(N) in the number of connections',
    history: [
      ['2.8.12', 'Takes filters.'], ['2.8.12', 'Takes ID.'], ['3.2.0', 'Knows the type master.'], ['5.0.0', 'The type slave is also called replica.'],
      ['6.2.0', 'Takes LADDR.'], ['7.4.0', 'Takes MAXAGE.'],
    ],
    args: [
      oneOf('filter', [
        string('old-format', { displayText: 'ip:port', deprecatedSince: '2.8.12' }),
        oneOf('new-format', [
          integer('client-id', { token: 'ID', optional: true, since: '2.8.12' }),
          oneOf('client-type', [
            token('normal', 'NORMAL'), token('master', 'MASTER', { since: '3.2.0' }), token('slave', 'SLAVE'), token('replica', 'REPLICA', { since: '5.0.0' }), token('pubsub', 'PUBSUB'),
          ], { token: 'TYPE', optional: true, since: '2.8.12' }),
          string('username', { token: 'USER', optional: true }),
          string('addr', { token: 'ADDR', optional: true, displayText: 'ip:port' }),
          string('laddr', { token: 'LADDR', optional: true, displayText: 'ip:port', since: '6.2.0' }),
          oneOf('skipme', [token('yes', 'YES'), token('no', 'NO')], { token: 'SKIPME', optional: true }),
          integer('maxage', { token: 'MAXAGE', optional: true, since: '7.4.0' }),
        ], { multiple: true }),
      ]),
    ],
    replies: ['OK for the old form', 'the number of connections closed'],
  },
  function clientKill({ server, client, argv }): Reply {
    const isOldForm = argv.length === 3;
    const filter: KillFilter = isOldForm ? { addr: argv[2] as Bytes, skipMe: false } : killFilter(server, argv);
    const victims = [...server.clients.values()].filter((each) => fits(each, filter, client, server.nowMs));
    for (const victim of victims) server.closeClient(victim, 'CLIENT KILL', victim === client);
    if (!isOldForm) return victims.length;
    if (victims.length === 0) throw new CommandError('ERR No such client');
    return OK;
  },
);

function killFilter(server: ServerForCommands, argv: readonly Bytes[]): KillFilter {
  const filter: KillFilter = { skipMe: true };
  for (let i = 2; i < argv.length; i += 2) {
    const option = fold(argv[i] as Bytes);
    const value = argv[i + 1];
    if (value === undefined) throw new CommandError(SYNTAX_ERROR);
    if (option === 'id') {
      const number = parseInteger(value);
      if (number === undefined || number < 1) throw new CommandError('ERR client-id should be greater than 0');
      filter.id = Number(number);
    } else if (option === 'type') filter.type = typeNamed(value);
    else if (option === 'addr') filter.addr = value;
    else if (option === 'laddr') filter.laddr = value;
    else if (option === 'user') {
      const user = server.acl.user(value);
      if (user === undefined) throw new CommandError(`ERR No such user '${cText(value)}'`);
      filter.user = user;
    } else if (option === 'maxage') {
      const number = parseInteger(value);
      if (number === undefined) throw new CommandError('ERR maxage is not an integer or out of range');
      if (number <= 0) throw new CommandError('ERR maxage should be greater than 0');
      filter.maxAge = Number(number);
    } else if (option === 'skipme') {
      if (equalsFolded(value, 'yes')) filter.skipMe = true;
      else if (equalsFolded(value, 'no')) filter.skipMe = false;
      else throw new CommandError(SYNTAX_ERROR);
    } else throw new CommandError(SYNTAX_ERROR);
  }
  return filter;
}

function fits(each: Client, filter: KillFilter, caller: Client, nowMs: number): boolean {
  if (filter.skipMe && each === caller) return false;
  if (filter.id !== undefined && each.id !== filter.id) return false;
  if (filter.type !== undefined && clientType(each) !== filter.type) return false;
  if (filter.addr !== undefined && each.socket?.peer !== filter.addr) return false;
  if (filter.laddr !== undefined && each.socket?.local !== filter.laddr) return false;
  if (filter.user !== undefined && each.user !== filter.user) return false;
  return filter.maxAge === undefined || Math.floor((nowMs - each.createdMs) / 1000) >= filter.maxAge;
}

const getname = command(
  { name: 'GETNAME', group: 'connection', since: '2.6.9', arity: 2, flags: QUIET, summary: 'The name this connection was given.', complexity: 'O(1)', replies: ['the name', 'nil without one'], examples: ['CLIENT SETNAME worker-1', 'CLIENT GETNAME'] },
  ({ client }) => client.name ?? null,
);

const setname = command(
  {
    name: 'SETNAME', group: 'connection', since: '2.6.9', arity: 3, flags: QUIET, tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Name this connection, so that CLIENT LIST can be read.', complexity: 'O(1)', args: [string('connection-name')], replies: ['OK'], examples: ['CLIENT SETNAME worker-1', 'CLIENT GETNAME'],
  },
  function clientSetname({ client, argv }): Reply {
    const name = argv[2] as Bytes;
    checkName(name);
    client.name = name === '' ? undefined : own(name);
    return OK;
  },
);

const setinfo = command(
  {
    name: 'SETINFO', group: 'connection', since: '7.2.0', arity: 4, flags: QUIET, tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Tell the server the name or version of the client library.', complexity: 'O(1)',
    args: [oneOf('attr', [string('libname', { token: 'LIB-NAME' }), string('libver', { token: 'LIB-VER' })])], replies: ['OK'], examples: ['CLIENT SETINFO LIB-NAME example'],
  },
  function clientSetinfo({ client, argv }): Reply {
    const option = fold(argv[2] as Bytes);
    const value = argv[3] as Bytes;
    if (option !== 'lib-name' && option !== 'lib-ver') throw new CommandError(`ERR Unrecognized option '${cText(argv[2] as Bytes)}'`);
    checkName(value, argv[2] as Bytes);
    if (option === 'lib-name') client.libraryName = own(value);
    else client.libraryVersion = own(value);
    return OK;
  },
);

const noEvict = command(
  { name: 'NO-EVICT', group: 'connection', since: '7.0.0', arity: 3, flags: ADMIN, summary: 'Spare this connection when client memory runs out.', complexity: 'O(1)', args: [oneOf('enabled', [token('on', 'ON'), token('off', 'OFF')])], replies: ['OK'] },
  function clientNoEvict({ client, argv }): Reply {
    client.noEvict = onOff(argv[2] as Bytes);
    return OK;
  },
);

const noTouch = command(
  { name: 'NO-TOUCH', group: 'connection', since: '7.2.0', arity: 3, flags: QUIET, summary: 'Let commands of this connection not count as use of keys.', complexity: 'O(1)', args: [oneOf('enabled', [token('on', 'ON'), token('off', 'OFF')])], replies: ['OK'] },
  function clientNoTouch({ client, argv }): Reply {
    client.noTouch = onOff(argv[2] as Bytes);
    return OK;
  },
);

const reply = command(
  { name: 'REPLY', group: 'connection', since: '3.2.0', arity: 3, flags: QUIET, summary: 'Choose whether the server answers this connection.', complexity: 'O(1)', args: [oneOf('action', [token('on', 'ON'), token('off', 'OFF'), token('skip', 'SKIP')])], replies: ['OK for ON, nothing otherwise'],
    differs: 'Inside EXEC the real server stops in the middle of its array, which no client can read; here the whole reply is left out.' },
  function clientReply({ client, argv }): Reply {
    const action = fold(argv[2] as Bytes);
    if (action === 'on') {
      client.replyMode = 'on';
      return OK;
    }
    if (action === 'off') client.replyMode = 'off';
    else if (action !== 'skip') throw new CommandError(SYNTAX_ERROR);
    // After OFF a SKIP changes nothing: there is no reply to skip.
    else if (client.replyMode !== 'off') client.replyMode = 'skip-next';
    return NO_REPLY;
  },
);

const pause = command(
  {
    name: 'PAUSE', group: 'connection', since: '3.0.0', arity: -3, flags: ADMIN, summary: 'Hold back the commands of all clients, or only writes, for some milliseconds.', complexity: 'O(1)',
    history: [['6.2.0', 'WRITE holds back writes alone.']],
    args: [integer('timeout'), optional(oneOf('mode', [token('write', 'WRITE'), token('all', 'ALL')], { since: '6.2.0' }))], replies: ['OK'],
  },
  function clientPause({ server, argv, now }): Reply {
    let kind: 'all' | 'write' = 'all';
    if (argv.length === 4) {
      const mode = fold(argv[3] as Bytes);
      if (mode === 'write') kind = 'write';
      else if (mode !== 'all') throw new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL');
    } else if (argv.length > 4) throw new CommandError(SYNTAX_ERROR);
    const timeoutMs = parseInteger(argv[2] as Bytes);
    if (timeoutMs === undefined) throw new CommandError('ERR timeout is not an integer or out of range');
    if (timeoutMs < 0) throw new CommandError('ERR timeout is negative');
    server.pauseClients(now + Number(timeoutMs), kind);
    return OK;
  },
);

const unpause = command(
  { name: 'UNPAUSE', group: 'connection', since: '6.2.0', arity: 2, flags: ADMIN, summary: 'End a pause.', complexity: 'O(N) in the number of clients held back', replies: ['OK'], examples: ['CLIENT UNPAUSE'] },
  function clientUnpause({ server }): Reply {
    server.unpauseClients();
    return OK;
  },
);

const unblock = command(
  {
    name: 'UNBLOCK', group: 'connection', since: '5.0.0', arity: -3, flags: ADMIN, summary: 'End the waiting of a client that a blocking command holds.', complexity: 'O(log N) in the number of clients',
    args: [integer('client-id'), optional(oneOf('unblock-type', [token('timeout', 'TIMEOUT'), token('error', 'ERROR')]))], replies: ['1 when a client was freed', '0 otherwise'],
  },
  function clientUnblock({ server, argv }: Ctx): Reply {
    if (argv.length === 4) {
      const reason = fold(argv[3] as Bytes);
      if (reason !== 'timeout' && reason !== 'error') throw new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
    } else if (argv.length > 4) throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(argv[1] as Bytes, 128)}'. Try CLIENT HELP.`);
    const wanted = parseInteger(argv[2] as Bytes);
    if (wanted === undefined) throw new CommandError(NOT_AN_INTEGER);
    const target = server.clients.get(Number(wanted));
    // A client held back by CLIENT PAUSE is not blocked by a command, and stays.
    if (target?.blocked === undefined || target.blocked.why === 'pause') return 0;
    target.blocked.release(argv.length === 4 && fold(argv[3] as Bytes) === 'error' ? 'error' : 'timeout');
    return 1;
  },
);

const help = helpCommand('CLIENT', 'connection', '5.0.0', [
  ['CACHING (YES|NO)', 'Track, or do not track, the keys of the next command (OPTIN, OPTOUT).'],
  ['GETREDIR', 'Tell which client gets the invalidation messages.'],
  ['GETNAME', 'Tell the name of this connection.'],
  ['ID', 'Tell the number of this connection.'],
  ['INFO', 'Tell what is known of this connection.'],
  ['KILL <ip:port>', 'Close the connection that comes from this address.'],
  ['KILL <option> <value> [<option> <value> [...]]', 'Close every connection that fits ADDR, LADDR, TYPE, USER, ID and MAXAGE; SKIPME no includes one\'s own.'],
  ['LIST [options ...]', 'List connections, all or by TYPE or ID.'],
  ['UNPAUSE', 'End a pause.'],
  ['PAUSE <timeout> [WRITE|ALL]', 'Hold clients back for <timeout> milliseconds.'],
  ['REPLY (ON|OFF|SKIP)', 'Choose whether replies are sent.'],
  ['SETNAME <name>', 'Name this connection.'],
  ['SETINFO <option> <value>', 'Tell the name (LIB-NAME) or version (LIB-VER) of the library.'],
  ['UNBLOCK <clientid> [TIMEOUT|ERROR]', 'Free a client that waits in a blocking command.'],
  ['TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]', '         [OPTIN] [OPTOUT] [NOLOOP]', 'Be told when keys change that were read here.'],
  ['TRACKINGINFO', 'Tell the state of client-side caching.'],
  ['NO-EVICT (ON|OFF)', 'Spare this connection when client memory runs out.'],
  ['NO-TOUCH (ON|OFF)', 'Let commands here not count as use of keys.'],
]);

export const client = container({
  name: 'CLIENT', group: 'connection', since: '2.4.0', arity: -2,
  summary: 'Look at connections and steer them.',
  complexity: 'Depends on the subcommand',
  subcommands: [caching, getname, getredir, help, id, info, kill, list, noEvict, noTouch, pause, reply, setinfo, setname, tracking, trackinginfo, unblock, unpause],
});
