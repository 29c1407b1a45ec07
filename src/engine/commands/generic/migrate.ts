/*
 * MIGRATE: keys go to another server
 * ----------------------------------
 * The values go out as RESTORE commands, and each key that the target has confirmed is removed here: at no
 * moment is it in both places for anybody who asks, because neither side hears anybody meanwhile. This one stands
 * still from the first byte to the last answer (docs/decisions/migrate-stands-still.md); to the target each
 * RESTORE is a command like others. Replicas and the append-only file are told one DEL.
 */
import { type Bytes, fold, own } from '../../bytes.ts';
import { block, command, integer, key, keyRange, type KeyFlag, oneOf, type ServerForCommands, string, token } from '../../command.ts';
import type { Database } from '../../keyspace/database.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { dumpValue } from '../../keyspace/types.ts';
import { encodeCommand } from '../../persistence/aof-format.ts';
import type { Exchanged, Request } from '../../migration/migrate-sockets.ts';
import { CommandError, errorReply, OK, status, SUSPENDED, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

const DEFAULT_TIMEOUT_MS = 1000;
/** Longest timer that is worth setting, in milliseconds. */
const LONGEST_TIMER_MS = Number.MAX_SAFE_INTEGER / 1000;
const FIRST_OPTION = 6;
/** What the real server notes for a connection whose database it does not know. Who asks for it gets no SELECT, and the key goes wherever that is. */
const UNKNOWN_DB = '-1';
const KEYS_AND_KEY = 'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string';
/** How many words follow an option. */
const WORDS_BEHIND: Readonly<Record<string, number>> = { copy: 0, replace: 0, auth: 1, auth2: 2 };

interface Wanted {
  /** `host:port` of the target; undefined when no port can have that number. */
  readonly address: Bytes | undefined;
  readonly db: Bytes;
  readonly timeoutMs: number;
  readonly copies: boolean;
  readonly replaces: boolean;
  /** User and password, or the password alone. */
  readonly login: readonly Bytes[] | undefined;
  readonly keys: readonly Bytes[];
}

function parse(argv: readonly Bytes[]): Wanted {
  let copies = false;
  let replaces = false;
  let login: readonly Bytes[] | undefined;
  let keys = [argv[3] as Bytes];
  for (let i = FIRST_OPTION; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const behind = WORDS_BEHIND[word];
    if (word === 'keys') {
      if (argv[3] !== '') throw new CommandError(KEYS_AND_KEY);
      keys = argv.slice(i + 1);
      break;
    }
    if (behind === undefined || i + behind >= argv.length) syntaxError();
    if (word === 'copy') copies = true;
    else if (word === 'replace') replaces = true;
    else login = argv.slice(i + 1, i + 1 + behind);
    i += behind;
  }
  const timeout = Number(integerArgument(argv[5] as Bytes));
  const db = String(integerArgument(argv[4] as Bytes));
  const port = portOf(argv[2] as Bytes);
  return { address: port === undefined ? undefined : `${argv[1]}:${port}`, db, timeoutMs: timeout <= 0 ? DEFAULT_TIMEOUT_MS : Math.min(timeout, LONGEST_TIMER_MS), copies, replaces, login, keys };
}

/** The words behind AUTH and AUTH2. */
function secrets(argv: readonly Bytes[]): number[] {
  const found: number[] = [];
  for (let i = FIRST_OPTION; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    if (word === 'keys') break;
    const behind = WORDS_BEHIND[word] ?? 0;
    for (let j = 1; j <= behind; j++) found.push(i + j);
    i += behind;
  }
  return found;
}

const KEY_FLAGS: readonly KeyFlag[] = ['RW', 'access', 'delete'];

/** The key in its usual place, or those behind KEYS. */
function keysOf(argv: readonly Bytes[]): { index: number; flags: readonly KeyFlag[] }[] {
  for (let i = FIRST_OPTION; i < argv.length - 1; i++) {
    const word = fold(argv[i] as Bytes);
    if (word === 'keys') {
      if (argv[3] !== '') throw new CommandError('ERR Invalid arguments specified for command');
      return argv.slice(i + 1).map((_, offset) => ({ index: i + 1 + offset, flags: KEY_FLAGS }));
    }
    i += WORDS_BEHIND[word] ?? 0;
  }
  return [{ index: 3, flags: KEY_FLAGS }];
}

/** A key that goes, found when the command began: nothing can change it before it ends. */
interface Traveller {
  readonly key: Bytes;
  readonly object: RedisObject;
}

/**
 * The port that a word means to the real server (8.0.2): the number that it begins with, 0 without one, cut to 32 bits
 * and then to five digits, modulo 65,536. Undefined for a negative one, which is no port to the system.
 */
function portOf(word: Bytes): number | undefined {
  const number = BigInt(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(word)?.[1]?.replace('+', '') ?? 0);
  const LONG_MAX = 2n ** 63n - 1n;
  const int = Number(BigInt.asIntN(32, number > LONG_MAX ? LONG_MAX : number < -LONG_MAX ? -LONG_MAX - 1n : number));
  return int < 0 ? undefined : Number(String(int).slice(0, 5)) % 65_536;
}
const NO_CONNECTION = 'IOERR error or timeout connecting to the client';
const isRefusal = (line: Bytes): boolean => line.startsWith('-');

/** The commands for the target. */
function requestFor(server: ServerForCommands, db: Database, wanted: Wanted, leftIn: Bytes | undefined, travellers: readonly Traveller[]): Request & { readonly sent: readonly Traveller[] } {
  const commands: Bytes[][] = [];
  if (wanted.login !== undefined) commands.push(['AUTH', ...wanted.login]);
  if ((leftIn ?? UNKNOWN_DB) !== wanted.db) commands.push(['SELECT', wanted.db]);
  const nowMs = Math.floor(server.env.clock.now() / 1000);
  const sent: Traveller[] = [];
  for (const each of travellers) {
    const when = db.getExpire(each.key);
    const ttl = when === undefined ? 0 : Number(when) - nowMs;
    // It ended since the command began.
    if (ttl < 0) continue;
    sent.push(each);
    const payload = dumpValue(each.object, { compression: server.config.flag('rdbcompression') });
    const name = server.config.flag('cluster-enabled') ? 'RESTORE-ASKING' : 'RESTORE';
    commands.push([name, each.key, String(when === undefined ? 0 : Math.max(ttl, 1)), payload, ...(wanted.replaces ? ['REPLACE'] : [])]);
  }
  return { bytes: commands.map(encodeCommand).join(''), lineCount: commands.length, introductions: commands.length - sent.length, sent };
}

export const migrate = command(
  {
    name: 'MIGRATE', group: 'generic', since: '2.6.0', arity: -6,
    summary: 'Move keys to another server, each in one step.',
    complexity: 'A DUMP and a DEL here and a RESTORE there for each key, and O(N) to send the values',
    flags: ['write', 'movablekeys'],
    keys: [
      keyRange(KEY_FLAGS, 3),
      { flags: [...KEY_FLAGS, 'incomplete'], begin: { keyword: 'KEYS', startFrom: -2 }, find: { lastKey: -1, step: 1, limit: 0 } },
    ],
    getKeys: keysOf,
    args: [
      string('host'), integer('port'), oneOf('key-selector', [key('key'), token('empty-string', '')]), integer('destination-db'), integer('timeout'),
      token('copy', 'COPY', { optional: true, since: '3.0.0' }), token('replace', 'REPLACE', { optional: true, since: '3.0.0' }),
      oneOf('authentication', [
        string('auth', { token: 'AUTH', displayText: 'password', since: '4.0.7' }),
        block('auth2', [string('username'), string('password')], { token: 'AUTH2', since: '6.0.0' }),
      ], { optional: true }),
      key('keys', { token: 'KEYS', displayText: 'key', keySpecIndex: 1, optional: true, multiple: true, since: '3.0.6' }),
    ],
    acl: ['dangerous'],
    tips: ['nondeterministic_output'],
    history: [['3.0.0', 'COPY and REPLACE came.'], ['3.0.6', 'KEYS came.'], ['4.0.7', 'AUTH came.'], ['6.0.0', 'AUTH2 came.']],
    secrets,
    replies: ['OK', 'NOKEY when none of the keys is there', 'an error: the target cannot be reached, is silent for too long, or has refused a key'],
    differs: 'A script cannot call it when there is a key to move: Lua would have to be left in the middle of redis.call.',
    examples: ['MIGRATE 10.0.0.2 6379 nothing 0 1000'],
  },
  function migrate(ctx): Reply {
    const { server, db, client } = ctx;
    const wanted = parse(ctx.argv.map(own));
    const travellers: Traveller[] = [];
    for (const name of wanted.keys) {
      const object = db.lookupKeyRead(name);
      if (object !== undefined) travellers.push({ key: name, object });
    }
    if (travellers.length === 0) return status('NOKEY');
    if (client.isScript) throw new CommandError('ERR This Redis command is not allowed from script');
    const { address } = wanted;
    if (address === undefined) return errorReply(NO_CONNECTION);
    let sent: readonly Traveller[] = [];
    let introductions = 0;
    let early: Exchanged | undefined;
    let isSuspended = false;
    const finish = (exchanged: Exchanged): Reply => arrived(server, db, wanted, address, exchanged, introductions, sent);
    server.migrateSockets.exchange({
      address,
      timeoutMs: wanted.timeoutMs,
      request(leftIn) {
        const request = requestFor(server, db, wanted, leftIn, travellers);
        ({ sent, introductions } = request);
        return request;
      },
      done(exchanged) {
        if (isSuspended) server.moveOn(() => server.goOnSuspended(() => finish(exchanged)));
        else early = exchanged;
      },
    });
    if (early !== undefined) return finish(early);
    isSuspended = true;
    server.standStill();
    return SUSPENDED;
  },
);

/** The target has answered, or has not: what it has is removed here. */
function arrived(server: ServerForCommands, db: Database, wanted: Wanted, address: Bytes, { lines, outcome }: Exchanged, introductions: number, sent: readonly Traveller[]): Reply {
  const refused = lines.slice(0, introductions).find(isRefusal);
  const answers = lines.slice(introductions);
  const removed: Bytes[] = [];
  for (const [i, line] of answers.entries()) {
    if (refused !== undefined || wanted.copies || isRefusal(line)) continue;
    const name = sent[i]?.key as Bytes;
    db.remove(name);
    db.signalModified(name);
    server.notify('g', 'del', name, db.id);
    server.dirty++;
    removed.push(name);
  }
  if (removed.length > 0) server.propagateAs(['DEL', ...removed]);
  const complaint = answers.length === 0 ? undefined : (refused ?? answers.find(isRefusal));
  server.migrateSockets.leftIn(address, complaint === undefined && outcome === 'complete' ? wanted.db : undefined);
  if (complaint !== undefined) return errorReply(`ERR Target instance replied with error: ${complaint.slice(1)}`);
  switch (outcome) {
    case 'complete':
      return OK;
    case 'no connection':
      return errorReply(NO_CONNECTION);
    case 'not written':
      return errorReply('IOERR error or timeout writing to target instance');
    case 'not read':
      return errorReply('IOERR error or timeout reading to target instance');
  }
}
