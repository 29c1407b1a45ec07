/*
 * Counting in fields
 */
import type { Bytes } from '../../bytes.ts';
import { INT64_MAX, INT64_MIN, narrow, parseInteger } from '../../bytes.ts';
import { command, doubleArg, integer, key, keyRange, string } from '../../command.ts';
import { hashSet } from '../../keyspace/hash-value.ts';
import { addLongDoubles, formatLongDouble, parseLongDouble } from '../../numbers.ts';
import { CommandError, NOT_A_FLOAT } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { fieldForWrite, hashWritten } from './writing.ts';

export const hincrby = command(
  {
    name: 'HINCRBY', group: 'hash', since: '2.0.0', arity: 4,
    summary: 'Add an integer to the integer in a field; a field that is not there counts as 0.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), string('field'), integer('increment')],
    replies: ['the value afterwards'],
    examples: ['HSET page:home views 41', 'HINCRBY page:home views 1', 'HINCRBY page:home likes -1'],
  },
  function hincrby(ctx) {
    const { argv, server } = ctx;
    const name = argv[1] as Bytes;
    const field = argv[2] as Bytes;
    const by = integerArgument(argv[3] as Bytes);
    const { object, value } = fieldForWrite(ctx, name, field);
    const former = parseInteger(value ?? '0');
    if (former === undefined) throw new CommandError('ERR hash value is not an integer');
    const sum = BigInt(former) + BigInt(by);
    if (sum > INT64_MAX || sum < INT64_MIN) throw new CommandError('ERR increment or decrement would overflow');
    const before = object.encoding;
    hashSet(object, field, String(sum), server, true);
    hashWritten(ctx, name, object, before, 'hincrby', 1);
    return narrow(sum);
  },
);

export const hincrbyfloat = command(
  {
    name: 'HINCRBYFLOAT', group: 'hash', since: '2.6.0', arity: 4,
    summary: 'Add a decimal number to the number in a field.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), string('field'), doubleArg('increment')],
    replies: ['the value afterwards, as text'],
    examples: ['HSET item:3 price 10.50', 'HINCRBYFLOAT item:3 price 0.1', 'HINCRBYFLOAT item:3 weight 2.0e2'],
  },
  function hincrbyfloat(ctx) {
    const { argv, server } = ctx;
    const name = argv[1] as Bytes;
    const field = argv[2] as Bytes;
    const by = parseLongDouble(argv[3] as Bytes);
    if (by === undefined) throw new CommandError(NOT_A_FLOAT);
    if (by.infinite) throw new CommandError('ERR value is NaN or Infinity');
    const { object, value } = fieldForWrite(ctx, name, field);
    const former = parseLongDouble(value ?? '0');
    if (former === undefined) throw new CommandError('ERR hash value is not a float');
    const sum = addLongDoubles(former, by);
    if (sum === undefined || sum.infinite) throw new CommandError('ERR increment would produce NaN or Infinity');
    const text = formatLongDouble(sum);
    const before = object.encoding;
    hashSet(object, field, text, server, true);
    hashWritten(ctx, name, object, before, 'hincrbyfloat', 1);
    server.propagateAs(['HSET', name, field, text]);
    return text;
  },
);
