/*
 * Taking the lowest or the highest
 * --------------------------------
 * Reading and removing in one step, so that two clients never get the same member: what makes a sorted
 * set a queue with priorities. The forms with a B wait where there is nothing (see commands/blocking.ts).
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded } from '../../bytes.ts';
import { command, doubleArg, integer, key, keyRange, oneOf, token, type CommandSpec, type Ctx } from '../../command.ts';
import { asZset, zsetDeleteRange, zsetLength, zsetSlice, type ZsetElement } from '../../keyspace/zset-value.ts';
import { CommandError, double, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { blockForKeys, timeoutArgument } from '../blocking.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { elementsReply } from './reading.ts';
import { zsetRemoved } from './writing.ts';

type Where = 'min' | 'max';

const NOT_POSITIVE = 'ERR value is out of range, must be positive';

interface Popped {
  readonly key: Bytes;
  readonly elements: readonly ZsetElement[];
}

/** Takes up to `count` members from the first of the sets that is there; undefined when none is. */
function popGeneric(ctx: Ctx, keys: readonly Bytes[], where: Where, count: number): Popped | undefined {
  for (const name of keys) {
    const object = asZset(ctx.db.lookupKeyWrite(name));
    if (object === undefined) continue;
    const length = zsetLength(object);
    const taken = Math.min(count, length);
    const start = where === 'min' ? 0 : length - taken;
    const elements = zsetSlice(object, start, start + taken, where === 'max');
    if (taken > 0) {
      zsetDeleteRange(object, start, start + taken);
      zsetRemoved(ctx, name, object, where === 'min' ? 'zpopmin' : 'zpopmax', taken);
    }
    ctx.server.work(taken);
    return { key: name, elements };
  }
  return undefined;
}

function popCommand(ctx: Ctx, where: Where): Reply {
  const { argv, client } = ctx;
  if (argv.length > 3) syntaxError();
  const count = argv[2] === undefined ? 1 : integerArgument(argv[2], NOT_POSITIVE);
  if (count < 0) throw new CommandError(NOT_POSITIVE);
  const popped = popGeneric(ctx, [argv[1] as Bytes], where, Number(count));
  // One member alone is no list of members, even where lists have pairs.
  return elementsReply(ctx, popped?.elements ?? [], true, client.resp === 3 && argv.length === 3);
}

const popping = {
  group: 'sorted-set', keys: [keyRange(['RW', 'access', 'delete'])],
} as const satisfies Partial<CommandSpec>;

export const zpopmin = command(
  {
    ...popping,
    name: 'ZPOPMIN', since: '5.0.0', arity: -2, flags: ['write', 'fast'],
    summary: 'Take the members with the lowest scores out of a sorted set.',
    complexity: 'O(M log N) where N is the size of the set and M the number of members taken',
    args: [key('key'), integer('count', { optional: true })],
    replies: ['the members with their scores, lowest first; empty when there is no such key'],
    examples: ['ZADD tasks 1 urgent 5 later', 'ZPOPMIN tasks', 'ZPOPMIN tasks 10'],
  },
  (ctx) => popCommand(ctx, 'min'),
);

export const zpopmax = command(
  {
    ...popping,
    name: 'ZPOPMAX', since: '5.0.0', arity: -2, flags: ['write', 'fast'],
    summary: 'Take the members with the highest scores out of a sorted set.',
    complexity: 'O(M log N) where N is the size of the set and M the number of members taken',
    args: [key('key'), integer('count', { optional: true })],
    replies: ['the members with their scores, highest first; empty when there is no such key'],
    examples: ['ZADD bids 10 Ada 15 Bob', 'ZPOPMAX bids'],
  },
  (ctx) => popCommand(ctx, 'max'),
);

interface ManyPop {
  readonly keys: readonly Bytes[];
  readonly where: Where;
  readonly count: number;
}

/** Reads `numkeys key … MIN|MAX [COUNT n]` from argv[first] on. */
function parseManyPop(argv: readonly Bytes[], first: number): ManyPop {
  const numkeys = integerArgument(argv[first] as Bytes, 'ERR numkeys should be greater than 0');
  if (numkeys < 1) throw new CommandError('ERR numkeys should be greater than 0');
  if (numkeys > argv.length) syntaxError();
  const at = first + 1 + Number(numkeys);
  const word = argv[at];
  if (word === undefined) syntaxError();
  const where = equalsFolded(word, 'min') ? 'min' : equalsFolded(word, 'max') ? 'max' : syntaxError();
  let count: number | undefined;
  for (let i = at + 1; i < argv.length; i += 2) {
    const next = argv[i + 1];
    if (count !== undefined || next === undefined || !equalsFolded(argv[i] as Bytes, 'count')) syntaxError();
    count = Number(integerArgument(next, 'ERR count should be greater than 0'));
    if (count < 1) throw new CommandError('ERR count should be greater than 0');
  }
  return { keys: argv.slice(first + 1, at), where, count: count ?? 1 };
}

/** What ZMPOP and BZMPOP have taken, told by the name of the key that had it. */
function manyPopped(ctx: Ctx, { key: name, elements }: Popped, where: Where): Reply {
  ctx.server.propagateAs([popName(where), name, String(elements.length)]);
  return [name, elementsReply(ctx, elements, true, true)];
}

const popName = (where: Where): Bytes => (where === 'min' ? 'ZPOPMIN' : 'ZPOPMAX');

const WHERE = oneOf('where', [token('min', 'MIN'), token('max', 'MAX')]);
const COUNT = integer('count', { token: 'COUNT', optional: true });

export const zmpop = command(
  {
    name: 'ZMPOP', group: 'sorted-set', since: '7.0.0', arity: -4, flags: ['write', 'movablekeys'],
    summary: 'Take members from the first of several sorted sets that has any.',
    complexity: 'O(K) + O(M log N) where K is the number of keys, N the size of the set and M the number of members taken',
    keys: [{ flags: ['RW', 'access', 'delete'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }],
    args: [integer('numkeys'), key('key', { multiple: true }), WHERE, COUNT],
    replies: ['the key, and the members with their scores', 'nil when none of the keys is there'],
    examples: ['ZADD low 1 a 2 b', 'ZMPOP 2 high low MIN', 'ZMPOP 2 high low MAX COUNT 10'],
  },
  function zmpop(ctx) {
    const { keys, where, count } = parseManyPop(ctx.argv, 1);
    const popped = popGeneric(ctx, keys, where, count);
    return popped === undefined ? NIL_ARRAY : manyPopped(ctx, popped, where);
  },
);

export const bzmpop = command(
  {
    name: 'BZMPOP', group: 'sorted-set', since: '7.0.0', arity: -5, flags: ['write', 'blocking', 'movablekeys'],
    summary: 'ZMPOP that waits until one of the sorted sets has a member.',
    complexity: 'O(K) + O(M log N) where K is the number of keys, N the size of the set and M the number of members taken',
    keys: [{ flags: ['RW', 'access', 'delete'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }],
    args: [doubleArg('timeout'), integer('numkeys'), key('key', { multiple: true }), WHERE, COUNT],
    replies: ['the key, and the members with their scores', 'nil when the time is up'],
    examples: ['ZADD low 1 a 2 b', 'BZMPOP 1 2 high low MIN'],
  },
  function bzmpop(ctx) {
    const { keys, where, count } = parseManyPop(ctx.argv, 2);
    const timeoutMs = timeoutArgument(ctx.argv[1] as Bytes, ctx.now);
    const popped = popGeneric(ctx, keys, where, count);
    return popped === undefined ? blockForKeys(ctx, 'zset', keys, timeoutMs) : manyPopped(ctx, popped, where);
  },
);

function blockingPop(ctx: Ctx, where: Where): Reply {
  const { argv, now } = ctx;
  const keys = argv.slice(1, -1);
  const timeoutMs = timeoutArgument(argv[argv.length - 1] as Bytes, now);
  const popped = popGeneric(ctx, keys, where, 1);
  const element = popped?.elements[0];
  if (popped === undefined || element === undefined) return blockForKeys(ctx, 'zset', keys, timeoutMs);
  ctx.server.propagateAs([popName(where), popped.key]);
  return [popped.key, element.member, double(element.score)];
}

const blocking = {
  group: 'sorted-set', keys: [keyRange(['RW', 'access', 'delete'], 1, -2)],
} as const satisfies Partial<CommandSpec>;

export const bzpopmin = command(
  {
    ...blocking,
    name: 'BZPOPMIN', since: '5.0.0', arity: -3, flags: ['write', 'blocking', 'fast'],
    summary: 'Take the member with the lowest score from the first of several sorted sets that has any, or wait for one.',
    complexity: 'O(log N) where N is the size of the set',
    args: [key('key', { multiple: true }), doubleArg('timeout')],
    history: [['6.0.0', 'The timeout may be a fraction of a second.']],
    replies: ['the key, the member and its score', 'nil when the time is up'],
    examples: ['ZADD tasks 1 urgent 5 later', 'BZPOPMIN tasks 1'],
  },
  (ctx) => blockingPop(ctx, 'min'),
);

export const bzpopmax = command(
  {
    ...blocking,
    name: 'BZPOPMAX', since: '5.0.0', arity: -3, flags: ['write', 'blocking', 'fast'],
    summary: 'Take the member with the highest score from the first of several sorted sets that has any, or wait for one.',
    complexity: 'O(log N) where N is the size of the set',
    args: [key('key', { multiple: true }), doubleArg('timeout')],
    history: [['6.0.0', 'The timeout may be a fraction of a second.']],
    replies: ['the key, the member and its score', 'nil when the time is up'],
    examples: ['ZADD bids 10 Ada 15 Bob', 'BZPOPMAX bids 1'],
  },
  (ctx) => blockingPop(ctx, 'max'),
);
