/*
 * Writing fields
 * --------------
 * A hash comes into being with its first field and goes with its last; there is no empty one. HSET and
 * HMSET do the same and differ in what they answer.
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded, parseInteger } from '../../bytes.ts';
import { block, command, integer, key, keyRange, string, type Ctx } from '../../command.ts';
import { hasDeadlines } from '../../keyspace/hash-expiry.ts';
import { asHash, hashDelete, hashLength, hashPrepare, hashSet, newHash } from '../../keyspace/hash-value.ts';
import type { HashObject } from '../../keyspace/object.ts';
import { CommandError, OK, type Reply } from '../../reply.ts';
import { lookupField, lookupFields } from './field-lookup.ts';

/** The hash to be written to, made when it is not there. */
export function hashForWrite({ db }: Ctx, name: Bytes): HashObject {
  const known = asHash(db.lookupKeyWrite(name));
  if (known !== undefined) return known;
  const made = newHash();
  db.add(name, made);
  return made;
}

/** The hash and the field's value. A field past its time goes first, and with the last of them the hash, which is made anew. */
export function fieldForWrite(ctx: Ctx, name: Bytes, field: Bytes): { readonly object: HashObject; readonly value: Bytes | undefined } {
  const object = hashForWrite(ctx, name);
  const value = lookupField(ctx, name, object, field);
  return { object: value === undefined && hashLength(object) === 0 ? hashForWrite(ctx, name) : object, value };
}

/** Tells of a write: the change of encoding if there was one, watchers, listeners, `dirty` changes. */
export function hashWritten({ db, server }: Ctx, name: Bytes, object: HashObject, before: HashObject['encoding'], event: Bytes, dirty: number): void {
  if (before !== object.encoding) db.encodingChanged(name, before, object.encoding);
  db.signalModified(name);
  server.notify('h', event, name, db.id);
  server.dirty += dirty;
}

/** Stores all pairs; returns how many fields are new. */
function setPairs(ctx: Ctx, commandName: Bytes): number {
  const { argv, server } = ctx;
  if (argv.length % 2 === 1) throw new CommandError(`ERR wrong number of arguments for '${commandName}' command`);
  const name = argv[1] as Bytes;
  const object = hashForWrite(ctx, name);
  const before = object.encoding;
  hashPrepare(object, argv, 2, argv.length - 1, server);
  let created = 0;
  for (let i = 2; i < argv.length; i += 2) if (hashSet(object, argv[i] as Bytes, argv[i + 1] as Bytes, server)) created++;
  server.work((argv.length - 2) / 2);
  hashWritten(ctx, name, object, before, 'hset', (argv.length - 2) / 2);
  return created;
}

export const hset = command(
  {
    name: 'HSET', group: 'hash', since: '2.0.0', arity: -4,
    summary: 'Give fields of a hash their values; the hash is made if it is not there.',
    complexity: 'O(N) where N is the number of fields that are set',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), block('data', [string('field'), string('value')], { multiple: true })],
    history: [['4.0.0', 'Several fields may be set at once.']],
    replies: ['how many of the fields are new'],
    examples: ['HSET user:1 name Ada city London', 'HSET user:1 city Lisbon', 'HGETALL user:1'],
  },
  function hset(ctx) {
    return setPairs(ctx, 'hset');
  },
);

export const hmset = command(
  {
    name: 'HMSET', group: 'hash', since: '2.0.0', arity: -4,
    summary: 'HSET as it was before 4.0: it answers OK instead of a number.',
    complexity: 'O(N) where N is the number of fields that are set',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), block('data', [string('field'), string('value')], { multiple: true })],
    deprecated: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
    docFlags: ['deprecated'],
    replies: ['OK'],
    examples: ['HMSET user:1 name Ada city London', 'HMGET user:1 name city'],
  },
  function hmset(ctx) {
    setPairs(ctx, 'hmset');
    return OK;
  },
);

export const hsetnx = command(
  {
    name: 'HSETNX', group: 'hash', since: '2.0.0', arity: 4,
    summary: 'Give a field of a hash a value only if it has none yet.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: [key('key'), string('field'), string('value')],
    replies: ['1 when the field was set', '0 when it was there already'],
    examples: ['HSETNX job:7 owner alice', 'HSETNX job:7 owner bob', 'HGET job:7 owner'],
  },
  function hsetnx(ctx) {
    const { argv, server } = ctx;
    const name = argv[1] as Bytes;
    const { object, value } = fieldForWrite(ctx, name, argv[2] as Bytes);
    if (value !== undefined) return 0;
    const before = object.encoding;
    hashPrepare(object, argv, 2, 3, server);
    hashSet(object, argv[2] as Bytes, argv[3] as Bytes, server);
    hashWritten(ctx, name, object, before, 'hset', 1);
    return 1;
  },
);

export const hdel = command(
  {
    name: 'HDEL', group: 'hash', since: '2.0.0', arity: -3,
    summary: 'Remove fields of a hash; with the last field the key goes too.',
    complexity: 'O(N) where N is the number of fields to be removed',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('field', { multiple: true })],
    history: [['2.4.0', 'Several fields may be named.']],
    replies: ['how many of the fields were there'],
    examples: ['HSET user:1 name Ada city London', 'HDEL user:1 city age', 'HDEL user:1 name', 'EXISTS user:1'],
  },
  function hdel(ctx) {
    const object = asHash(ctx.db.lookupKeyWrite(ctx.argv[1] as Bytes));
    return object === undefined ? 0 : deleteFields(ctx, object, 2);
  },
);

/**
 * Removes the fields that argv names from `first` on, and the key with the last of its fields; returns how many were there.
 * The field cycle visits a hash no more once the last deadline has gone with a field (`hadDeadlines`); one that lost it before keeps its place.
 */
function deleteFields(ctx: Ctx, object: HashObject, first: number, hadDeadlines = hasDeadlines(object)): number {
  const { db, argv, server } = ctx;
  const name = argv[1] as Bytes;
  let deleted = 0;
  for (let i = first; i < argv.length && hashLength(object) > 0; i++) if (hashDelete(object, argv[i] as Bytes)) deleted++;
  const emptied = hashLength(object) === 0;
  if (!emptied && hadDeadlines && !hasDeadlines(object)) db.queueFields(name, object, undefined);
  if (deleted === 0) return 0;
  if (emptied) db.remove(name);
  hashWritten(ctx, name, object, object.encoding, 'hdel', deleted);
  if (emptied) server.notify('g', 'del', name, db.id);
  return deleted;
}

export const hgetdel = command(
  {
    name: 'HGETDEL', group: 'hash', since: '8.0.0', arity: -5,
    summary: 'Read fields of a hash and, in the same step, remove them.',
    complexity: 'O(N) where N is the number of fields',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete'])],
    args: [key('key'), block('fields', [integer('numfields'), string('field', { multiple: true })], { token: 'FIELDS' })],
    replies: ['the values in the order of the request, nil for each field that is not there'],
    examples: ['HSET session:9 token t0k city Lisbon', 'HGETDEL session:9 FIELDS 2 token age', 'HGETALL session:9'],
  },
  function hgetdel(ctx): Reply {
    const { db, argv } = ctx;
    const object = asHash(db.lookupKeyWrite(argv[1] as Bytes));
    if (!equalsFolded(argv[2] as Bytes, 'fields')) throw new CommandError('ERR Mandatory argument FIELDS is missing or not at the right position');
    const count = parseInteger(argv[3] as Bytes);
    if (count === undefined || count < 1) throw new CommandError('ERR Number of fields must be a positive integer');
    if (count !== argv.length - 4) throw new CommandError('ERR The `numfields` parameter must match the number of arguments');
    const name = argv[1] as Bytes;
    const hadDeadlines = object !== undefined && hasDeadlines(object);
    // A field named twice is gone the second time.
    const fields = argv.slice(4);
    const values = lookupFields(ctx, name, object, fields).map((value, index): Reply => (fields.indexOf(fields[index] as Bytes) < index ? null : (value ?? null)));
    if (object === undefined || hashLength(object) === 0) return values;
    ctx.server.propagateAs(['HDEL', name, ...argv.slice(4)]);
    const deleted = deleteFields(ctx, object, 4, hadDeadlines);
    if (deleted === 0) ctx.server.propagateAs();
    return values;
  },
);
