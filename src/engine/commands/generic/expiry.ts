/*
 * When keys end
 * -------------
 * EXPIRE and its relatives set the moment, TTL and its relatives tell it, PERSIST takes it away. Inside
 * it is one number, milliseconds since the epoch; the commands differ in unit and in what they count
 * from. A moment that has passed already removes the key at once.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, fold, narrow } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, token, unixTime, type Arg, type Ctx } from '../../command.ts';
import type { Moment } from '../../keyspace/database.ts';
import { deletionOf } from '../../propagation.ts';
import { CommandError, type Reply } from '../../reply.ts';
import { integerArgument, momentFrom, type TimeUnit } from '../expiry-arguments.ts';

interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

function parseConditions(argv: readonly Bytes[]): Conditions | undefined {
  if (argv.length === 3) return undefined;
  const given: Conditions = { nx: false, xx: false, gt: false, lt: false };
  for (let i = 3; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    if (word !== 'nx' && word !== 'xx' && word !== 'gt' && word !== 'lt') throw new CommandError(`ERR Unsupported option ${cText(argv[i] as Bytes)}`);
    given[word] = true;
  }
  if (given.nx && (given.xx || given.gt || given.lt)) throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  if (given.gt && given.lt) throw new CommandError('ERR GT and LT options at the same time are not compatible');
  return given;
}

/** Whether the conditions let a key that ends at `current` (never, if undefined) end at `wanted`. */
function allows(conditions: Conditions, current: Moment | undefined, wanted: Moment): boolean {
  if (conditions.nx && current !== undefined) return false;
  if (conditions.xx && current === undefined) return false;
  // A key without expiry lives for ever: nothing is later, everything is sooner.
  if (conditions.gt && (current === undefined || wanted <= current)) return false;
  return !(conditions.lt && current !== undefined && wanted >= current);
}

function expireGeneric({ db, argv, server, now }: Ctx, unit: TimeUnit, baseMs: number, commandName: Bytes): Reply {
  const name = argv[1] as Bytes;
  const conditions = parseConditions(argv);
  const wanted = momentFrom(integerArgument(argv[2] as Bytes), unit, baseMs, commandName);
  if (db.lookupKeyWrite(name) === undefined) return 0;
  if (conditions !== undefined && !allows(conditions, db.getExpire(name), wanted)) return 0;
  // What comes from a file or a master says itself when a key is gone.
  if (wanted <= now && server.mayExpire) {
    db.remove(name);
    db.signalModified(name);
    server.notify('g', 'del', name, db.id);
    server.propagateAs(deletionOf(name, server.config.flag('lazyfree-lazy-expire')));
  } else {
    db.setExpire(name, wanted);
    db.signalModified(name);
    server.notify('g', 'expire', name, db.id);
    if (commandName !== 'pexpireat') server.propagateAs(['PEXPIREAT', name, String(wanted), ...argv.slice(3)]);
  }
  server.dirty++;
  return 1;
}

const condition: Arg = oneOf('condition', [token('nx', 'NX'), token('xx', 'XX'), token('gt', 'GT'), token('lt', 'LT')], { optional: true, since: '7.0.0' });
const conditionHistory = [['7.0.0', 'NX, XX, GT and LT came.']] as const;
const expireReplies = ['1 when the expiry was set, or the key removed because the moment has passed', '0 when the key does not exist or a condition kept it from being set'];

export const expire = command(
  {
    name: 'EXPIRE', group: 'generic', since: '1.0.0', arity: -3,
    summary: 'Let a key end some seconds from now.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), integer('seconds'), condition],
    history: conditionHistory,
    replies: expireReplies,
    examples: ['SET cart "3 books"', 'EXPIRE cart 60', 'TTL cart', 'EXPIRE cart 10 GT', 'TTL cart'],
  },
  function expire(ctx) {
    return expireGeneric(ctx, 'seconds', ctx.now, 'expire');
  },
);

export const pexpire = command(
  {
    name: 'PEXPIRE', group: 'generic', since: '2.6.0', arity: -3,
    summary: 'Let a key end some milliseconds from now.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), integer('milliseconds'), condition],
    history: conditionHistory,
    replies: expireReplies,
    examples: ['SET flash on', 'PEXPIRE flash 1500', 'PTTL flash'],
  },
  function pexpire(ctx) {
    return expireGeneric(ctx, 'milliseconds', ctx.now, 'pexpire');
  },
);

export const expireat = command(
  {
    name: 'EXPIREAT', group: 'generic', since: '1.2.0', arity: -3,
    summary: 'Let a key end at a moment, in seconds since 1970.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), unixTime('unix-time-seconds'), condition],
    history: conditionHistory,
    replies: expireReplies,
    examples: ['SET offer half', 'EXPIREAT offer 4102444800', 'EXPIRETIME offer'],
  },
  function expireat(ctx) {
    return expireGeneric(ctx, 'seconds', 0, 'expireat');
  },
);

export const pexpireat = command(
  {
    name: 'PEXPIREAT', group: 'generic', since: '2.6.0', arity: -3,
    summary: 'Let a key end at a moment, in milliseconds since 1970.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), unixTime('unix-time-milliseconds'), condition],
    history: conditionHistory,
    replies: expireReplies,
    examples: ['SET offer half', 'PEXPIREAT offer 4102444800000', 'PEXPIRETIME offer'],
  },
  function pexpireat(ctx) {
    return expireGeneric(ctx, 'milliseconds', 0, 'pexpireat');
  },
);

export const persist = command(
  {
    name: 'PERSIST', group: 'generic', since: '2.2.0', arity: 2,
    summary: 'Take the expiry from a key, so that it stays.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key')],
    replies: ['1 when the expiry is gone', '0 when the key does not exist or has none'],
    examples: ['SET a 1 EX 60', 'PERSIST a', 'TTL a'],
  },
  function persist({ db, argv, server }) {
    const name = argv[1] as Bytes;
    if (db.lookupKeyWrite(name) === undefined || !db.removeExpire(name)) return 0;
    db.signalModified(name);
    server.notify('g', 'persist', name, db.id);
    server.dirty++;
    return 1;
  },
);

/** Seconds, rounded to the nearest as the real server rounds them. */
function inSeconds(ms: Moment): Moment {
  return typeof ms === 'number' ? Math.floor((ms + 500) / 1000) : (ms + 500n) / 1000n;
}

function ttlGeneric({ db, argv, now }: Ctx, unit: TimeUnit, absolute: boolean): Reply {
  const name = argv[1] as Bytes;
  if (db.lookupKeyReadNoTouch(name) === undefined) return -2;
  const when = db.getExpire(name);
  if (when === undefined) return -1;
  let ms: Moment = when;
  if (!absolute) ms = typeof when === 'number' ? when - now : narrow(BigInt.asIntN(64, when - BigInt(now)));
  if (ms < 0) ms = 0;
  return unit === 'seconds' ? inSeconds(ms) : ms;
}

const ttlHistory = [['2.8.0', 'A key that is not there answers -2; before, it was -1 like one without expiry.']] as const;
const ttlReplies = ['-1 when the key has no expiry', '-2 when the key does not exist'];

export const ttl = command(
  {
    name: 'TTL', group: 'generic', since: '1.0.0', arity: 2,
    summary: 'Tell how many seconds a key has left.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output'],
    history: ttlHistory,
    replies: ['the seconds left, rounded', ...ttlReplies],
    examples: ['SET a 1 EX 60', 'TTL a', 'SET b 2', 'TTL b', 'TTL nothing'],
  },
  function ttl(ctx) {
    return ttlGeneric(ctx, 'seconds', false);
  },
);

export const pttl = command(
  {
    name: 'PTTL', group: 'generic', since: '2.6.0', arity: 2,
    summary: 'Tell how many milliseconds a key has left.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output'],
    history: ttlHistory,
    replies: ['the milliseconds left', ...ttlReplies],
    examples: ['SET a 1 PX 1500', 'PTTL a'],
  },
  function pttl(ctx) {
    return ttlGeneric(ctx, 'milliseconds', false);
  },
);

export const expiretime = command(
  {
    name: 'EXPIRETIME', group: 'generic', since: '7.0.0', arity: 2,
    summary: 'Tell at which moment a key ends, in seconds since 1970.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    replies: ['the moment in seconds, rounded', ...ttlReplies],
    examples: ['SET offer half EXAT 4102444800', 'EXPIRETIME offer'],
  },
  function expiretime(ctx) {
    return ttlGeneric(ctx, 'seconds', true);
  },
);

export const pexpiretime = command(
  {
    name: 'PEXPIRETIME', group: 'generic', since: '7.0.0', arity: 2,
    summary: 'Tell at which moment a key ends, in milliseconds since 1970.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    replies: ['the moment in milliseconds', ...ttlReplies],
    examples: ['SET offer half PXAT 4102444800000', 'PEXPIRETIME offer'],
  },
  function pexpiretime(ctx) {
    return ttlGeneric(ctx, 'milliseconds', true);
  },
);
