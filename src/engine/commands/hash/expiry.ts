/*
 * Deadlines of fields: HEXPIRE, HTTL, HPERSIST, HGETEX, HSETEX
 * ------------------------------------------------------------
 * Inside there is one form of a deadline, milliseconds since the epoch, and to replicas and files all of them go as
 * HPEXPIREAT. A deadline that is over already removes the field at once; that goes out as HDEL.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, equalsFolded, fold, parseInteger } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, string, token, unixTime, type Arg, type CommandSpec, type Ctx } from '../../command.ts';
import { fieldDeadline, FIELD_DEADLINE_MAX, isFieldPast, nextExpiryAfter, persistField, prepareDeadlines, setFieldDeadline } from '../../keyspace/hash-expiry.ts';
import { asHash, hashDelete, hashHas, hashLength, hashPrepare, hashSet, newHash } from '../../keyspace/hash-value.ts';
import type { HashObject } from '../../keyspace/object.ts';
import { CommandError, type Reply } from '../../reply.ts';
import { integerArgument, invalidExpireTime, type TimeUnit } from '../expiry-arguments.ts';
import { expireQuietly, lookupFields } from './field-lookup.ts';

const NO_FIELDS_WORD = 'ERR Mandatory argument FIELDS is missing or not at the right position';
const NOT_POSITIVE = 'ERR Number of fields must be a positive integer';
const COUNTS_DIFFER = 'ERR The `numfields` parameter must match the number of arguments';

/** How a deadline is spelled: its unit, and whether it counts from now. */
interface Spelling {
  readonly unit: TimeUnit;
  readonly fromNow: boolean;
}

const SPELLINGS: ReadonlyMap<Bytes, Spelling> = new Map([
  ['ex', { unit: 'seconds', fromNow: true }], ['px', { unit: 'milliseconds', fromNow: true }],
  ['exat', { unit: 'seconds', fromNow: false }], ['pxat', { unit: 'milliseconds', fromNow: false }],
]);

function deadlineArgument(word: Bytes, { unit, fromNow }: Spelling, now: number, commandName: Bytes): number {
  const amount = integerArgument(word);
  if (amount < 0) throw new CommandError('ERR invalid expire time, must be >= 0');
  const ms = Number(amount) * (unit === 'seconds' ? 1000 : 1);
  if (ms > FIELD_DEADLINE_MAX - (fromNow ? now : 0)) throw invalidExpireTime(commandName);
  return ms + (fromNow ? now : 0);
}

/** The fields after FIELDS and their number, which must stand at `at` and end the request. */
function fieldsArgument(argv: readonly Bytes[], at: number, notPositive = NOT_POSITIVE): readonly Bytes[] {
  if (!equalsFolded(argv[at] ?? '', 'fields')) throw new CommandError(NO_FIELDS_WORD);
  const count = parseInteger(argv[at + 1] ?? '');
  if (count === undefined || count < 1) throw new CommandError(notPositive);
  if (count !== argv.length - at - 2) throw new CommandError(COUNTS_DIFFER);
  return argv.slice(at + 2);
}

type Condition = 'nx' | 'xx' | 'gt' | 'lt' | undefined;

function meets(condition: Condition, before: number | undefined, whenMs: number): boolean {
  switch (condition) {
    case 'nx': return before === undefined;
    case 'xx': return before !== undefined;
    case 'gt': return before !== undefined && before < whenMs;
    case 'lt': return before === undefined || before > whenMs;
    case undefined: return true;
  }
}

/** What became of a field, as HEXPIRE answers it. */
type Outcome = -2 | 0 | 1 | 2;
const NO_FIELD = -2;
const NOT_MET = 0;
const SET = 1;
const DELETED = 2;

interface ExpiryOptions {
  readonly condition?: Condition;
  /** The words between deadline and number, which are told as they came. */
  readonly asSent?: readonly Bytes[];
  /** Sets the field with this number, just before it gets its deadline: one that is over at once makes room for the next. */
  readonly set?: (at: number) => void;
}

/** Gives fields a deadline, with everything that follows from it; returns what became of each. */
function expireFields(ctx: Ctx, name: Bytes, object: HashObject, fields: readonly Bytes[], whenMs: number, { condition, asSent = ['FIELDS'], set }: ExpiryOptions = {}): Outcome[] {
  const { db, server } = ctx;
  prepareDeadlines(object);
  let touched = Infinity;
  const updated: Bytes[] = [];
  const deleted: Bytes[] = [];
  const outcomes = fields.map((field, at): Outcome => {
    set?.(at);
    if (!hashHas(object, field)) return NO_FIELD;
    const before = fieldDeadline(object, field);
    if (!meets(condition, before, whenMs)) return NOT_MET;
    touched = Math.min(touched, before ?? Infinity, whenMs);
    if (whenMs <= server.nowMs && server.mayExpire) {
      hashDelete(object, field);
      server.keyspaceStats.expiredSubkeys++;
      deleted.push(field);
      return DELETED;
    }
    setFieldDeadline(object, field, whenMs);
    updated.push(field);
    return SET;
  });
  const isEmpty = hashLength(object) === 0;
  if (!isEmpty) db.queueFields(name, object, nextExpiryAfter(object, touched));
  if (updated.length + deleted.length > 0) {
    if (isEmpty) db.remove(name);
    db.signalModified(name);
    server.notify('h', updated.length > 0 ? 'hexpire' : 'hdel', name, db.id);
    if (isEmpty) server.notify('g', 'del', name, db.id);
    server.dirty += updated.length + deleted.length;
    for (const field of deleted) server.alsoPropagate(db.id, ['HDEL', name, field]);
  }
  if (updated.length > 0) server.propagateAs(['HPEXPIREAT', name, String(whenMs), ...asSent, String(updated.length), ...updated]);
  else server.propagateAs();
  return outcomes;
}

function hexpireGeneric(ctx: Ctx, spelling: Spelling, commandName: Bytes): Reply {
  const { argv, db, now } = ctx;
  const name = argv[1] as Bytes;
  const object = asHash(db.lookupKeyWrite(name));
  const whenMs = deadlineArgument(argv[2] as Bytes, spelling, now, commandName);
  const word = fold(argv[3] as Bytes);
  const condition: Condition = word === 'nx' || word === 'xx' || word === 'gt' || word === 'lt' ? word : undefined;
  const fields = fieldsArgument(argv, condition === undefined ? 3 : 4, 'ERR Parameter `numFields` should be greater than 0');
  ctx.server.work(fields.length);
  return object === undefined ? fields.map(() => NO_FIELD) : expireFields(ctx, name, object, fields, whenMs, { condition, asSent: argv.slice(3, condition === undefined ? 4 : 5) });
}

const FIELDS = block('fields', [integer('numfields'), string('field', { multiple: true })], { token: 'FIELDS' });
const CONDITION = oneOf('condition', [token('nx', 'NX'), token('xx', 'XX'), token('gt', 'GT'), token('lt', 'LT')], { optional: true });
const COMPLEXITY = 'O(N) where N is the number of fields';

const setting = {
  group: 'hash', since: '7.4.0', arity: -6, flags: ['write', 'fast'], keys: [keyRange(['RW', 'update'])], complexity: COMPLEXITY,
  replies: ['an array: for each field 1 when the deadline was set, 0 when a condition was not met, 2 when it was over and the field was removed, -2 when there is no such field'],
} as const satisfies Partial<CommandSpec>;

const settingArgs = (when: Arg): readonly Arg[] => [key('key'), when, CONDITION, FIELDS];

export const hexpire = command(
  {
    ...setting, name: 'HEXPIRE', summary: 'Let fields of a hash end after some seconds.', args: settingArgs(integer('seconds')),
    examples: ['HSET session:9 token t0k city Lisbon', 'HEXPIRE session:9 60 FIELDS 1 token', 'HTTL session:9 FIELDS 2 token city'],
  },
  (ctx) => hexpireGeneric(ctx, { unit: 'seconds', fromNow: true }, 'hexpire'),
);

export const hpexpire = command(
  {
    ...setting, name: 'HPEXPIRE', summary: 'Let fields of a hash end after some milliseconds.', args: settingArgs(integer('milliseconds')),
    examples: ['HSET session:9 token t0k', 'HPEXPIRE session:9 60000 NX FIELDS 1 token'],
  },
  (ctx) => hexpireGeneric(ctx, { unit: 'milliseconds', fromNow: true }, 'hpexpire'),
);

export const hexpireat = command(
  {
    ...setting, name: 'HEXPIREAT', summary: 'Let fields of a hash end at a moment, in seconds since 1970.', args: settingArgs(unixTime('unix-time-seconds')),
    examples: ['HSET session:9 token t0k', 'HEXPIREAT session:9 4102444800 FIELDS 1 token', 'HEXPIRETIME session:9 FIELDS 1 token'],
  },
  (ctx) => hexpireGeneric(ctx, { unit: 'seconds', fromNow: false }, 'hexpireat'),
);

export const hpexpireat = command(
  {
    ...setting, name: 'HPEXPIREAT', summary: 'Let fields of a hash end at a moment, in milliseconds since 1970.', args: settingArgs(unixTime('unix-time-milliseconds')),
    examples: ['HSET session:9 token t0k', 'HPEXPIREAT session:9 4102444800000 FIELDS 1 token', 'HPEXPIRETIME session:9 FIELDS 1 token'],
  },
  (ctx) => hexpireGeneric(ctx, { unit: 'milliseconds', fromNow: false }, 'hpexpireat'),
);

// ---- Asking -------------------------------------------------------------------------------------------

/** −2 for a field that is not there, −1 for one that lasts, else what `shown` makes of its deadline. */
function deadlines(ctx: Ctx, shown: (whenMs: number) => number): Reply {
  const { argv, db, server } = ctx;
  const object = asHash(db.lookupKeyRead(argv[1] as Bytes));
  const fields = fieldsArgument(argv, 2);
  return fields.map((field) => {
    if (object === undefined || !hashHas(object, field) || isFieldPast(object, field, server.nowMs)) return -2;
    const when = fieldDeadline(object, field);
    return when === undefined ? -1 : shown(when);
  });
}

const asking = {
  group: 'hash', since: '7.4.0', arity: -5, flags: ['readonly', 'fast'], keys: [keyRange(['RO', 'access'])], complexity: COMPLEXITY, args: [key('key'), FIELDS],
  replies: ['an array with a number for each field: -1 when it has no deadline, -2 when there is no such field'],
} as const satisfies Partial<CommandSpec>;

const inSeconds = (ms: number): number => Math.floor((ms + 999) / 1000);
const ASKED = ['HSET session:9 token t0k city Lisbon', 'HPEXPIREAT session:9 4102444800000 FIELDS 1 token'];

export const httl = command(
  { ...asking, name: 'HTTL', summary: 'Tell how many seconds fields have left.', tips: ['nondeterministic_output'], examples: [...ASKED, 'HTTL session:9 FIELDS 2 token city'] },
  (ctx) => deadlines(ctx, (when) => inSeconds(when - ctx.now)),
);

export const hpttl = command(
  { ...asking, name: 'HPTTL', summary: 'Tell how many milliseconds fields have left.', tips: ['nondeterministic_output'], examples: [...ASKED, 'HPTTL session:9 FIELDS 2 token city'] },
  (ctx) => deadlines(ctx, (when) => when - ctx.now),
);

export const hexpiretime = command(
  { ...asking, name: 'HEXPIRETIME', summary: 'Tell when fields end, in seconds since 1970.', examples: [...ASKED, 'HEXPIRETIME session:9 FIELDS 2 token city'] },
  (ctx) => deadlines(ctx, inSeconds),
);

export const hpexpiretime = command(
  { ...asking, name: 'HPEXPIRETIME', summary: 'Tell when fields end, in milliseconds since 1970.', examples: [...ASKED, 'HPEXPIRETIME session:9 FIELDS 2 token city'] },
  (ctx) => deadlines(ctx, (when) => when),
);

// ---- Lasting again ------------------------------------------------------------------------------------

/** Takes the deadlines of fields away; returns the number of those that had one. */
function persistFields({ db, server }: Ctx, name: Bytes, object: HashObject, fields: readonly Bytes[]): number {
  const persisted = fields.filter((field) => persistField(object, field));
  if (persisted.length === 0) return 0;
  db.signalModified(name);
  server.notify('h', 'hpersist', name, db.id);
  server.dirty += persisted.length;
  server.propagateAs(['HPERSIST', name, 'FIELDS', String(persisted.length), ...persisted]);
  return persisted.length;
}

export const hpersist = command(
  {
    group: 'hash', since: '7.4.0', name: 'HPERSIST', arity: -5, flags: ['write', 'fast'], keys: [keyRange(['RW', 'update'])], complexity: COMPLEXITY, args: [key('key'), FIELDS],
    summary: 'Take the deadlines of fields away.',
    replies: ['an array: for each field 1 when its deadline was taken away, -1 when it had none, -2 when there is no such field'],
    examples: [...ASKED, 'HPERSIST session:9 FIELDS 2 token city'],
  },
  function hpersist(ctx) {
    const { argv, db, server } = ctx;
    const name = argv[1] as Bytes;
    const object = asHash(db.lookupKeyWrite(name));
    const fields = fieldsArgument(argv, 2);
    if (object === undefined) return fields.map(() => -2);
    const persisted: Bytes[] = [];
    const seen = new Set<Bytes>();
    const outcomes = fields.map((field) => {
      if (!hashHas(object, field) || isFieldPast(object, field, server.nowMs)) return -2;
      if (fieldDeadline(object, field) === undefined || seen.has(field)) return -1;
      seen.add(field);
      persisted.push(field);
      return 1;
    });
    persistFields(ctx, name, object, persisted);
    return outcomes;
  },
);

// ---- Reading and writing with a deadline ----------------------------------------------------------------

const EXPIRATIONS = [
  integer('seconds', { token: 'EX' }), integer('milliseconds', { token: 'PX' }),
  unixTime('unix-time-seconds', { token: 'EXAT' }), unixTime('unix-time-milliseconds', { token: 'PXAT' }),
];

export const hgetex = command(
  {
    name: 'HGETEX', group: 'hash', since: '8.0.0', arity: -5,
    summary: 'Read fields of a hash and, in the same step, change when they end.',
    complexity: COMPLEXITY,
    flags: ['write', 'fast'],
    keys: [{ ...keyRange(['RW', 'access', 'update']), notes: 'RW: the fields may get a deadline or lose it' }],
    args: [key('key'), oneOf('expiration', [...EXPIRATIONS, token('persist', 'PERSIST')], { optional: true }), FIELDS],
    replies: ['the values in the order of the request, nil for each field that is not there'],
    examples: ['HSET session:9 token t0k city Lisbon', 'HGETEX session:9 EX 60 FIELDS 1 token', 'HTTL session:9 FIELDS 1 token'],
  },
  function hgetex(ctx): Reply {
    const { argv, db, now } = ctx;
    const name = argv[1] as Bytes;
    const object = asHash(db.lookupKeyWrite(name));
    const word = fold(argv[2] as Bytes);
    const spelling = SPELLINGS.get(word);
    const persists = word === 'persist';
    const whenMs = spelling === undefined ? undefined : deadlineArgument(argv[3] as Bytes, spelling, now, 'hgetex');
    const fieldsAt = spelling !== undefined ? 4 : persists ? 3 : 2;
    if (fieldsAt + 1 >= argv.length) throw new CommandError("ERR wrong number of arguments for 'hgetex' command");
    const fields = fieldsArgument(argv, fieldsAt);
    if (object === undefined) return fields.map(() => null);
    const values = lookupFields(ctx, name, object, fields).map((value) => value ?? null);
    if (hashLength(object) === 0) return values;
    if (whenMs !== undefined) {
      const outcomes = expireFields(ctx, name, object, fields, whenMs);
      // A time that has passed deletes at once: a field that is named again is gone then.
      return values.map((value, i) => (outcomes[i] === NO_FIELD ? null : value));
    }
    if (persists) {
      prepareDeadlines(object);
      persistFields(ctx, name, object, fields);
    }
    return values;
  },
);

const WRONG_NUMBER = "ERR wrong number of arguments for 'hsetex' command";

interface SetOptions {
  condition: 'fnx' | 'fxx' | undefined;
  whenMs: number | undefined;
  keepTtl: boolean;
  /** Index of the first field; its pairs end the request. */
  first: number;
}

function parseSetOptions({ argv, now }: Ctx): SetOptions {
  const options: SetOptions = { condition: undefined, whenMs: undefined, keepTtl: false, first: 0 };
  for (let i = 2; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const spelling = SPELLINGS.get(word);
    if (word === 'fnx' || word === 'fxx') {
      if (options.condition !== undefined) throw new CommandError('ERR Only one of FXX or FNX arguments can be specified');
      options.condition = word;
    } else if (word === 'keepttl' || (spelling !== undefined && i + 1 < argv.length)) {
      if (options.keepTtl || options.whenMs !== undefined) throw new CommandError('ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified');
      if (spelling === undefined) options.keepTtl = true;
      else options.whenMs = deadlineArgument(argv[++i] as Bytes, spelling, now, 'hsetex');
    } else if (word === 'fields') {
      // Before the number is read: one field and its value must follow at least.
      if (argv.length < i + 4) throw new CommandError(WRONG_NUMBER);
      const count = parseInteger(argv[i + 1] as Bytes);
      if (count === undefined || count < 1 || count > 2147483647) throw new CommandError('ERR invalid number of fields');
      if (argv.length - i - 2 !== Number(count) * 2) throw new CommandError(WRONG_NUMBER);
      options.first = i + 2;
      return options;
    } else throw new CommandError(`ERR unknown argument: ${cText(argv[i] as Bytes)}`);
  }
  throw new CommandError('ERR missing FIELDS argument');
}

/** Whether FNX or FXX holds for all fields; removes those past their time on the way. */
function conditionHolds(ctx: Ctx, name: Bytes, object: HashObject | undefined, condition: 'fnx' | 'fxx', first: number): boolean {
  const { argv } = ctx;
  for (let i = first; i < argv.length; i += 2) {
    const field = argv[i] as Bytes;
    if (object !== undefined) expireQuietly(ctx, name, object, field);
    const has = object !== undefined && hashHas(object, field);
    if (has !== (condition === 'fxx')) return false;
  }
  return true;
}

export const hsetex = command(
  {
    name: 'HSETEX', group: 'hash', since: '8.0.0', arity: -6,
    summary: 'Give fields of a hash their values and a deadline; the hash is made if it is not there.',
    complexity: COMPLEXITY,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [
      key('key'),
      oneOf('condition', [token('fnx', 'FNX'), token('fxx', 'FXX')], { optional: true }),
      oneOf('expiration', [...EXPIRATIONS, token('keepttl', 'KEEPTTL')], { optional: true }),
      block('fields', [integer('numfields'), block('data', [string('field'), string('value')], { multiple: true })], { token: 'FIELDS' }),
    ],
    replies: ['1 when all fields were set', '0 when none was, because of FNX or FXX'],
    examples: ['HSETEX session:9 EX 60 FIELDS 2 token t0k city Lisbon', 'HTTL session:9 FIELDS 2 token city', 'HSETEX session:9 FNX FIELDS 1 token other'],
  },
  function hsetex(ctx): Reply {
    const { argv, db, server } = ctx;
    const { condition, whenMs, keepTtl, first } = parseSetOptions(ctx);
    const name = argv[1] as Bytes;
    let object = asHash(db.lookupKeyWrite(name));
    if (condition !== undefined && !conditionHolds(ctx, name, object, condition, first)) {
      if (object !== undefined && hashLength(object) === 0) {
        server.notify('g', 'del', name, db.id);
        db.remove(name, 'expired');
      }
      return 0;
    }
    if (object === undefined) {
      object = newHash();
      db.add(name, object);
    }
    const before = object.encoding;
    hashPrepare(object, argv, first, argv.length - 1, server);
    const fields = argv.slice(first).filter((_, at) => at % 2 === 0);
    const hash = object;
    const set = (at: number): unknown => hashSet(hash, argv[first + 2 * at] as Bytes, argv[first + 2 * at + 1] as Bytes, server, keepTtl || whenMs !== undefined);
    if (whenMs === undefined) fields.forEach((_, at) => set(at));
    server.work(fields.length);
    db.signalModified(name);
    server.notify('h', 'hset', name, db.id);
    server.dirty += fields.length;
    const outcomes = whenMs === undefined ? [] : expireFields(ctx, name, hash, fields, whenMs, { set });
    if (before !== hash.encoding && hashLength(hash) > 0) db.encodingChanged(name, before, hash.encoding);
    if (whenMs !== undefined) {
      // Fields that were over at once go out as HDEL, and no more than that.
      if (outcomes.includes(SET)) server.propagateAs(['HSETEX', name, 'PXAT', String(whenMs), ...argv.slice(first - 2)]);
    }
    return 1;
  },
);
