/*
 * Reading fields
 */
import type { Bytes } from '../../bytes.ts';
import { command, integer, key, keyRange, pattern, string, token, type Ctx } from '../../command.ts';
import { isFieldPast, liveEntries } from '../../keyspace/hash-expiry.ts';
import { asHash, hashLength } from '../../keyspace/hash-value.ts';
import type { HashObject } from '../../keyspace/object.ts';
import { parseCursor } from '../../keyspace/scan.ts';
import { mapReply, type Reply } from '../../reply.ts';
import { Listpack } from '../../structures/listpack.ts';
import { EMPTY_SCAN, parseElementScan, scanElements } from '../element-scan.ts';
import { lookupField, lookupFields } from './field-lookup.ts';

/** The hash that is asked about. */
function subject({ db, argv }: Ctx): HashObject | undefined {
  return asHash(db.lookupKeyRead(argv[1] as Bytes));
}

export const hget = command(
  {
    name: 'HGET', group: 'hash', since: '2.0.0', arity: 3,
    summary: 'Read one field of a hash.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('field')],
    replies: ['the value', 'nil when there is no such field or no such key'],
    examples: ['HSET user:1 name Ada', 'HGET user:1 name', 'HGET user:1 age'],
  },
  function hget(ctx) {
    const object = subject(ctx);
    return lookupField(ctx, ctx.argv[1] as Bytes, object, ctx.argv[2] as Bytes) ?? null;
  },
);

export const hmget = command(
  {
    name: 'HMGET', group: 'hash', since: '2.0.0', arity: -3,
    summary: 'Read several fields of a hash.',
    complexity: 'O(N) where N is the number of fields that are asked for',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('field', { multiple: true })],
    replies: ['the values in the order of the request, nil for each field that is not there'],
    examples: ['HSET user:1 name Ada city London', 'HMGET user:1 city age name'],
  },
  function hmget(ctx) {
    const object = subject(ctx);
    const { argv, server } = ctx;
    server.work(argv.length - 2);
    return lookupFields(ctx, argv[1] as Bytes, object, argv.slice(2)).map((value): Reply => value ?? null);
  },
);

export const hlen = command(
  {
    name: 'HLEN', group: 'hash', since: '2.0.0', arity: 2,
    summary: 'Tell how many fields a hash has.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the number of fields, 0 when there is no such key'],
    examples: ['HSET user:1 name Ada city London', 'HLEN user:1'],
  },
  function hlen(ctx) {
    const object = subject(ctx);
    return object === undefined ? 0 : hashLength(object);
  },
);

export const hstrlen = command(
  {
    name: 'HSTRLEN', group: 'hash', since: '3.2.0', arity: 3,
    summary: 'Tell how long the value of a field is.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key'), string('field')],
    replies: ['the length in bytes, 0 when there is no such field'],
    examples: ['HSET user:1 name Ada', 'HSTRLEN user:1 name'],
  },
  function hstrlen(ctx) {
    const object = subject(ctx);
    return lookupField(ctx, ctx.argv[1] as Bytes, object, ctx.argv[2] as Bytes)?.length ?? 0;
  },
);

export const hexists = command(
  {
    name: 'HEXISTS', group: 'hash', since: '2.0.0', arity: 3,
    summary: 'Tell whether a hash has a field.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key'), string('field')],
    replies: ['1 when it has the field', '0 when it has not, or there is no such key'],
    examples: ['HSET user:1 name Ada', 'HEXISTS user:1 name', 'HEXISTS user:1 age'],
  },
  function hexists(ctx) {
    const object = subject(ctx);
    return lookupField(ctx, ctx.argv[1] as Bytes, object, ctx.argv[2] as Bytes) === undefined ? 0 : 1;
  },
);

/** All elements, or one part of each. */
function column(ctx: Ctx, which: 0 | 1): Reply {
  const object = subject(ctx);
  if (object === undefined) return [];
  ctx.server.work(hashLength(object));
  return [...liveEntries(object, ctx.server.nowMs)].map((pair) => pair[which]);
}

export const hgetall = command(
  {
    name: 'HGETALL', group: 'hash', since: '2.0.0', arity: 2,
    summary: 'Read all fields of a hash with their values.',
    complexity: 'O(N) where N is the number of fields',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output_order'],
    replies: ['the fields and values in turns (RESP3: a map), empty when there is no such key'],
    examples: ['HSET user:1 name Ada city London', 'HGETALL user:1'],
  },
  function hgetall(ctx) {
    const object = subject(ctx);
    if (object === undefined) return mapReply([]);
    ctx.server.work(hashLength(object));
    return mapReply([...liveEntries(object, ctx.server.nowMs)]);
  },
);

export const hkeys = command(
  {
    name: 'HKEYS', group: 'hash', since: '2.0.0', arity: 2,
    summary: 'Read the names of all fields of a hash.',
    complexity: 'O(N) where N is the number of fields',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output_order'],
    replies: ['the names, none when there is no such key'],
    examples: ['HSET user:1 name Ada city London', 'HKEYS user:1'],
  },
  function hkeys(ctx) {
    return column(ctx, 0);
  },
);

export const hvals = command(
  {
    name: 'HVALS', group: 'hash', since: '2.0.0', arity: 2,
    summary: 'Read the values of all fields of a hash.',
    complexity: 'O(N) where N is the number of fields',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output_order'],
    replies: ['the values, none when there is no such key'],
    examples: ['HSET user:1 name Ada city London', 'HVALS user:1'],
  },
  function hvals(ctx) {
    return column(ctx, 1);
  },
);

export const hscan = command(
  {
    name: 'HSCAN', group: 'hash', since: '2.8.0', arity: -3,
    summary: 'Read the fields of a hash a little at a time, from a cursor on; the cursor 0 begins and ends it.',
    complexity: 'O(1) for each call, O(N) for all of them until the cursor is 0 again',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [
      key('key'), integer('cursor'),
      pattern('pattern', { token: 'MATCH', optional: true }),
      integer('count', { token: 'COUNT', optional: true }),
      token('novalues', 'NOVALUES', { optional: true }),
    ],
    tips: ['nondeterministic_output'],
    replies: ['the next cursor and the fields found on the way, each followed by its value unless NOVALUES was given'],
    examples: ['HSET user:1 name Ada city London', 'HSCAN user:1 0', 'HSCAN user:1 0 MATCH n* NOVALUES'],
    differs: 'Fields of a large hash come in another order, as they do from one real server to the next: the hash function is seeded by chance.',
  },
  function hscan(ctx) {
    const cursor = parseCursor(ctx.argv[2] as Bytes);
    const object = subject(ctx);
    if (object === undefined) return EMPTY_SCAN;
    const options = parseElementScan(ctx.argv, true);
    const { value } = object;
    return scanElements(ctx, cursor, options, value instanceof Listpack ? liveEntries(object, ctx.server.nowMs) : value, (text: Bytes) => text, (field) => isFieldPast(object, field, ctx.server.nowMs));
  },
);
