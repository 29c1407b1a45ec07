/*
 * Counters
 * --------
 * INCR and its relatives read the value as a signed 64-bit integer, add, and write it back, with
 * nothing in between: two clients never lose an update to each other. A result that does not fit is
 * refused and the value stays. INCRBYFLOAT does the same with 80-bit floating point (see numbers.ts).
 */
import type { Bytes } from '../../bytes.ts';
import { INT64_MAX, INT64_MIN, narrow } from '../../bytes.ts';
import { command, doubleArg, integer, key, keyRange, type Ctx } from '../../command.ts';
import { announceEncoding, asString, newText, stringBytes, stringInteger } from '../../keyspace/string-value.ts';
import type { StringObject } from '../../keyspace/object.ts';
import { addLongDouble } from '../../numbers.ts';
import { CommandError, NOT_A_FLOAT, NOT_AN_INTEGER, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

/** a + b, exact, or the error when it leaves 64 bits. */
function addWithin64Bits(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum > INT64_MAX || sum < INT64_MIN) throw new CommandError('ERR increment or decrement would overflow');
  return narrow(sum);
}

function incrDecr({ db, argv, server }: Ctx, by: number | bigint): Reply {
  const name = argv[1] as Bytes;
  const object = asString(db.lookupKeyWrite(name));
  let sum: number | bigint;
  if (object === undefined) {
    sum = by;
    const made: StringObject = { type: 'string', encoding: 'int', value: by, lru: 0, sizeClass: 0 };
    db.add(name, made);
  } else {
    const before = stringInteger(object);
    if (before === undefined) throw new CommandError(NOT_AN_INTEGER);
    sum = addWithin64Bits(before, by);
    const { encoding } = object;
    object.encoding = 'int';
    object.value = sum;
    announceEncoding(db, name, encoding, object);
  }
  db.signalModified(name);
  server.notify('$', 'incrby', name, db.id);
  server.dirty++;
  return sum;
}

export const incr = command(
  {
    name: 'INCR', group: 'string', since: '1.0.0', arity: 2,
    summary: 'Add one to the integer of a key; a key that is not there counts as 0.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key')],
    replies: ['the value afterwards'],
    examples: ['INCR visits', 'INCR visits', 'GET visits'],
  },
  function incr(ctx) {
    return incrDecr(ctx, 1);
  },
);

export const decr = command(
  {
    name: 'DECR', group: 'string', since: '1.0.0', arity: 2,
    summary: 'Take one from the integer of a key; a key that is not there counts as 0.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key')],
    replies: ['the value afterwards'],
    examples: ['SET stock 10', 'DECR stock'],
  },
  function decr(ctx) {
    return incrDecr(ctx, -1);
  },
);

export const incrby = command(
  {
    name: 'INCRBY', group: 'string', since: '1.0.0', arity: 3,
    summary: 'Add an integer to the integer of a key.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), integer('increment')],
    replies: ['the value afterwards'],
    examples: ['SET score 10', 'INCRBY score 5', 'INCRBY score -20'],
  },
  function incrby(ctx) {
    return incrDecr(ctx, integerArgument(ctx.argv[2] as Bytes));
  },
);

export const decrby = command(
  {
    name: 'DECRBY', group: 'string', since: '1.0.0', arity: 3,
    summary: 'Take an integer from the integer of a key.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), integer('decrement')],
    replies: ['the value afterwards'],
    examples: ['SET stock 10', 'DECRBY stock 3'],
  },
  function decrby(ctx) {
    const by = integerArgument(ctx.argv[2] as Bytes);
    // The smallest integer has no positive twin.
    if (by === INT64_MIN) throw new CommandError('ERR decrement would overflow');
    return incrDecr(ctx, by === 0 ? 0 : -by);
  },
);

export const incrbyfloat = command(
  {
    name: 'INCRBYFLOAT', group: 'string', since: '2.6.0', arity: 3,
    summary: 'Add a decimal number to the number of a key.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), doubleArg('increment')],
    replies: ['the value afterwards, as text'],
    examples: ['SET price 10.50', 'INCRBYFLOAT price 0.1', 'INCRBYFLOAT price -5'],
  },
  function incrbyfloat({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const object = asString(db.lookupKeyWrite(name));
    const sum = addLongDouble(object === undefined ? '0' : stringBytes(object), argv[2] as Bytes);
    if (sum === 'invalid') throw new CommandError(NOT_A_FLOAT);
    if (sum === 'nan') throw new CommandError('ERR increment would produce NaN or Infinity');
    if (object === undefined) {
      db.add(name, newText(sum));
    } else {
      const from = object.encoding;
      const { encoding, value } = newText(sum);
      object.encoding = encoding;
      object.value = value;
      announceEncoding(db, name, from, object);
    }
    db.signalModified(name);
    server.notify('$', 'incrbyfloat', name, db.id);
    server.dirty++;
    // The sum, not the summand: nobody else need round as we do. A lifetime stays.
    server.propagateAs(['SET', name, sum, 'KEEPTTL']);
    return sum;
  },
);
