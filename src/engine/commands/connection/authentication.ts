/*
 * Who is there, and which protocol is spoken: AUTH, HELLO, RESET, QUIT.
 */
import { DEFAULT_USER } from '../../acl/acl.ts';
import { noteFailedLogin } from '../../acl/refusals.ts';
import { cText, own, parseInteger, fold, type Bytes } from '../../bytes.ts';
import { block, command, integer, optional, string, type Ctx } from '../../command.ts';
import { serverMode } from '../server/info.ts';
import { CommandError, mapReply, NO_REPLY, OK, status, type Reply } from '../../reply.ts';
import { REDIS_VERSION } from '../../version.ts';
import { discardTransaction } from '../transactions/transactions.ts';
import { checkName } from './names.ts';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';

/** False when the pair is wrong and the client is not even told so. */
function authenticate({ server, client, argv }: Ctx, name: Bytes, password: Bytes): boolean {
  const user = server.acl.authenticated(name, password);
  if (user === undefined) {
    noteFailedLogin(server, client, argv[0] as Bytes, name);
    // A habit of the real server: behind replies that are still unsent (a pipeline, EXEC) it says nothing.
    if (client.out !== '' || client.executing) return false;
    throw new CommandError(WRONG_PASSWORD);
  }
  client.user = user;
  client.authenticated = true;
  return true;
}

export const auth = command(
  {
    name: 'AUTH', group: 'connection', since: '1.0.0', arity: -2,
    summary: 'Show the password, with a user name or for the default user.',
    complexity: 'O(N) in the number of passwords of the user',
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    history: [['6.0.0', 'Takes a user name before the password.']],
    args: [optional(string('username', { since: '6.0.0' })), string('password')],
    secrets: (argv) => argv.map((_, index) => index).slice(1),
    replies: ['OK', 'an error when the pair is wrong'],
    examples: ['CONFIG SET requirepass secret', 'AUTH secret'],
  },
  function auth(ctx): Reply {
    const { server, argv } = ctx;
    if (argv.length > 3) throw new CommandError('ERR syntax error');
    if (argv.length === 2) {
      if (server.acl.defaultUser.nopass) {
        throw new CommandError('ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?');
      }
      return authenticate(ctx, DEFAULT_USER, argv[1] as Bytes) ? OK : NO_REPLY;
    }
    return authenticate(ctx, argv[1] as Bytes, argv[2] as Bytes) ? OK : NO_REPLY;
  },
);

export const hello = command(
  {
    name: 'HELLO', group: 'connection', since: '6.0.0', arity: -1,
    summary: 'Choose the protocol version (2 or 3), and log in on the way if asked.',
    complexity: 'O(1)',
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    history: [['6.2.0', 'The version may be left out: the present one stays.']],
    args: [
      optional(block('arguments', [
        integer('protover'),
        block('auth', [string('username'), string('password')], { token: 'AUTH', optional: true }),
        string('clientname', { token: 'SETNAME', optional: true }),
      ])),
    ],
    secrets: (argv) => argv.flatMap((word, index) => (index > 1 && fold(word) === 'auth' ? [index + 1, index + 2] : [])),
    replies: ['a map that tells of the server', 'an error when the version is not known'],
    examples: ['HELLO 3', 'HELLO 2'],
    differs: 'modules is empty: Debian\'s build loads vector sets, this engine has no modules.',
  },
  function hello(ctx): Reply {
    const { client, argv, server } = ctx;
    let version: number | undefined;
    let next = 1;
    if (argv.length >= 2) {
      const given = parseInteger(argv[1] as Bytes);
      next = 2;
      if (given === undefined) throw new CommandError('ERR Protocol version is not an integer or out of range');
      if (given !== 2 && given !== 3) throw new CommandError('NOPROTO unsupported protocol version');
      version = given;
    }
    let login: { user: Bytes; password: Bytes } | undefined;
    let name: Bytes | undefined;
    for (let i = next; i < argv.length; i++) {
      const left = argv.length - 1 - i;
      const option = fold(argv[i] as Bytes);
      if (option === 'auth' && left >= 2) {
        login = { user: argv[i + 1] as Bytes, password: argv[i + 2] as Bytes };
        i += 2;
      } else if (option === 'setname' && left >= 1) {
        name = argv[++i] as Bytes;
        checkName(name);
      } else throw new CommandError(`ERR Syntax error in HELLO option '${cText(argv[i] as Bytes)}'`);
    }
    if (login !== undefined && !authenticate(ctx, login.user, login.password)) return NO_REPLY;
    if (!client.authenticated) {
      throw new CommandError(
        'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
      );
    }
    if (name !== undefined) client.name = name === '' ? undefined : own(name);
    if (version === 2 || version === 3) client.resp = version;
    return mapReply([
      ['server', 'redis'], ['version', REDIS_VERSION], ['proto', client.resp], ['id', client.id],
      ['mode', serverMode(server)], ...(server.sentinel === undefined ? [['role', server.replication.isReplica ? 'replica' : 'master'] as const] : []), ['modules', []],
    ]);
  },
);

export const reset = command(
  {
    name: 'RESET', group: 'connection', since: '6.2.0', arity: 1,
    summary: 'Bring the connection back to the state of a new one.',
    complexity: 'O(1)',
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    replies: ['RESET'],
    examples: ['SELECT 3', 'RESET'],
  },
  function reset({ server, client }): Reply {
    server.monitors.delete(client);
    client.isMonitor = false;
    discardTransaction(client);
    server.pubsub.forget(client);
    server.tracking.disable(client);
    client.db = server.databases[0] as typeof client.db;
    client.resp = 2;
    client.user = server.acl.defaultUser;
    client.authenticated = client.user.isOpen;
    client.name = undefined;
    client.noEvict = false;
    client.noTouch = false;
    client.asking = false;
    client.readsReplica = false;
    // A reply that CLIENT REPLY SKIP has claimed is this one.
    if (client.replyMode !== 'skip') client.replyMode = 'on';
    return status('RESET');
  },
);

export const quit = command(
  {
    name: 'QUIT', group: 'connection', since: '1.0.0', arity: -1,
    summary: 'Ask the server to close the connection.',
    complexity: 'O(1)',
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    deprecated: { since: '7.2.0', replacedBy: 'just closing the connection' },
    docFlags: ['deprecated'],
    replies: ['OK'],
  },
  function quit({ server, client }): Reply {
    server.closeClient(client, 'QUIT', true);
    return OK;
  },
);
