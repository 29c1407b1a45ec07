/*
 * SET and its older relatives
 * ---------------------------
 * One body, setGeneric, writes a string whatever the key held before. SETNX, SETEX and PSETEX are SET
 * with one option; GETSET is SET with GET. They stay because clients use them.
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, string, token, unixTime, type Ctx } from '../../command.ts';
import type { Moment } from '../../keyspace/database.ts';
import { asString, setString, stringBytes } from '../../keyspace/string-value.ts';
import { OK, type Reply } from '../../reply.ts';
import { positiveMomentFrom } from '../expiry-arguments.ts';
import { expiryMoment, parseStringOptions } from './options.ts';

/** Writes and tells: expiry, change count, notifications. The caller has looked the key up. */
function write({ db, server }: Ctx, name: Bytes, value: Bytes, known: ReturnType<Ctx['db']['lookupKeyWrite']>, moment: Moment | undefined, keepTtl: boolean): void {
  // An expiry that is about to be set anew need not be removed first.
  setString(db, name, value, keepTtl || moment !== undefined, known);
  if (moment !== undefined) db.setExpire(name, moment);
  server.dirty++;
  server.notify('$', 'set', name, db.id);
  if (moment !== undefined) server.notify('g', 'expire', name, db.id);
}

function propagateWithMoment({ server }: Ctx, name: Bytes, value: Bytes, moment: Moment): void {
  server.propagateAs(['SET', name, value, 'PXAT', String(moment)]);
}

/** The value before the write, as the GET option answers it: nil where there is none. */
function formerValue({ db }: Ctx, name: Bytes): Reply {
  const object = asString(db.lookupKeyRead(name));
  return object === undefined ? null : stringBytes(object);
}

export const set = command(
  {
    name: 'SET', group: 'string', since: '1.0.0', arity: -3,
    summary: 'Store a string under a key, whatever the key held before.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    getKeys: (argv) => [{ index: 1, flags: argv.slice(3).some((word) => equalsFolded(word, 'get')) ? ['RW', 'access', 'update'] : ['OW', 'update'] }],
    keys: [{ ...keyRange(['RW', 'access', 'update', 'variable_flags']), notes: 'Only with GET is the old value read as well as written.' }],
    args: [
      key('key'), string('value'),
      oneOf('condition', [token('nx', 'NX'), token('xx', 'XX')], { optional: true, since: '2.6.12' }),
      token('get', 'GET', { optional: true, since: '6.2.0' }),
      oneOf('expiration', [
        integer('seconds', { token: 'EX', since: '2.6.12' }),
        integer('milliseconds', { token: 'PX', since: '2.6.12' }),
        unixTime('unix-time-seconds', { token: 'EXAT', since: '6.2.0' }),
        unixTime('unix-time-milliseconds', { token: 'PXAT', since: '6.2.0' }),
        token('keepttl', 'KEEPTTL', { since: '6.0.0' }),
      ], { optional: true }),
    ],
    history: [
      ['2.6.12', 'The options EX, PX, NX and XX came.'],
      ['6.0.0', 'KEEPTTL came.'],
      ['6.2.0', 'GET, EXAT and PXAT came.'],
      ['7.0.0', 'NX and GET may stand together.'],
    ],
    replies: ['OK', 'nil when NX or XX kept it from writing', 'with GET: the value before, nil when there was none'],
    examples: ['SET greeting hello', 'GET greeting', 'SET session:1 alice EX 60', 'TTL session:1', 'SET greeting bye NX', 'SET greeting bye XX GET'],
  },
  function set(ctx) {
    const { db, argv, now } = ctx;
    const name = argv[1] as Bytes;
    const value = argv[2] as Bytes;
    if (argv.length === 3) {
      write(ctx, name, value, db.lookupKeyWrite(name), undefined, false);
      return OK;
    }
    const options = parseStringOptions('set', argv, 3);
    const moment = expiryMoment(options, now, 'set');
    const former = options.get ? formerValue(ctx, name) : undefined;
    const found = db.lookupKeyWrite(name);
    const refused = (options.condition === 'nx' && found !== undefined) || (options.condition === 'xx' && found === undefined);
    if (!refused) {
      write(ctx, name, value, found, moment, options.expiry === 'keepttl');
      // Who runs it later does so at another time, and nobody reads the former value there.
      if (moment !== undefined && options.expiry !== 'pxat') propagateWithMoment(ctx, name, value, moment);
      else if (options.get && moment === undefined) ctx.server.propagateAs(argv.filter((word, index) => index < 3 || !equalsFolded(word, 'get')));
    }
    if (former !== undefined) return former;
    return refused ? null : OK;
  },
);

export const setnx = command(
  {
    name: 'SETNX', group: 'string', since: '1.0.0', arity: 3,
    summary: 'Store a string only if the key does not exist yet.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['OW', 'insert'])],
    args: [key('key'), string('value')],
    deprecated: { since: '2.6.12', replacedBy: '`SET` with the `NX` argument' },
    docFlags: ['deprecated'],
    replies: ['1 when the key was set', '0 when the key was there already'],
    examples: ['SETNX owner alice', 'SETNX owner bob', 'GET owner'],
  },
  function setnx(ctx) {
    const name = ctx.argv[1] as Bytes;
    if (ctx.db.lookupKeyWrite(name) !== undefined) return 0;
    write(ctx, name, ctx.argv[2] as Bytes, undefined, undefined, false);
    return 1;
  },
);

export const setex = command(
  {
    name: 'SETEX', group: 'string', since: '2.0.0', arity: 4,
    summary: 'Store a string that lives for some seconds.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update'])],
    args: [key('key'), integer('seconds'), string('value')],
    deprecated: { since: '2.6.12', replacedBy: '`SET` with the `EX` argument' },
    docFlags: ['deprecated'],
    replies: ['OK'],
    examples: ['SETEX code:alice 30 4711', 'TTL code:alice'],
  },
  function setex(ctx) {
    return setWithLifetime(ctx, positiveMomentFrom(ctx.argv[2] as Bytes, 'seconds', ctx.now, 'setex'));
  },
);

export const psetex = command(
  {
    name: 'PSETEX', group: 'string', since: '2.6.0', arity: 4,
    summary: 'Store a string that lives for some milliseconds.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update'])],
    args: [key('key'), integer('milliseconds'), string('value')],
    deprecated: { since: '2.6.12', replacedBy: '`SET` with the `PX` argument' },
    docFlags: ['deprecated'],
    replies: ['OK'],
    examples: ['PSETEX flash 1500 on', 'PTTL flash'],
  },
  function psetex(ctx) {
    return setWithLifetime(ctx, positiveMomentFrom(ctx.argv[2] as Bytes, 'milliseconds', ctx.now, 'psetex'));
  },
);

function setWithLifetime(ctx: Ctx, moment: Moment): Reply {
  const name = ctx.argv[1] as Bytes;
  write(ctx, name, ctx.argv[3] as Bytes, ctx.db.lookupKeyWrite(name), moment, false);
  propagateWithMoment(ctx, name, ctx.argv[3] as Bytes, moment);
  return OK;
}

export const getset = command(
  {
    name: 'GETSET', group: 'string', since: '1.0.0', arity: 3,
    summary: 'Store a string and answer the one that was there.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), string('value')],
    deprecated: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
    docFlags: ['deprecated'],
    replies: ['the value before', 'nil when there was none'],
    examples: ['SET count 7', 'GETSET count 0', 'GET count'],
  },
  function getset(ctx) {
    const name = ctx.argv[1] as Bytes;
    const former = formerValue(ctx, name);
    write(ctx, name, ctx.argv[2] as Bytes, ctx.db.lookupKeyWrite(name), undefined, false);
    ctx.server.propagateAs(['SET', name, ctx.argv[2] as Bytes]);
    return former;
  },
);
