/*
 * ZRANGE, all ways
 * ----------------
 * Since 6.2 one command says it all: which kind of range, from which end, which part of it, and
 * ZRANGESTORE keeps the result. The seven older ones are that command with something said beforehand.
 * All go through zrangeGeneric.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { block, command, doubleArg, integer, key, keyRange, oneOf, string, token, type Arg, type CommandSpec, type Ctx } from '../../command.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { asZset, newZset, zsetAdd, zsetLength, zsetPlaces, zsetSlice, zsetWalk, type ZsetElement } from '../../keyspace/zset-value.ts';
import { CommandError, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { lexRange, scoreRange } from './limits.ts';
import { elementsReply } from './reading.ts';
import { placesOfIndices } from './writing.ts';

type Kind = 'rank' | 'score' | 'lex';

interface RangeOptions {
  kind: Kind;
  reverse: boolean;
  withScores: boolean;
  offset: number;
  /** −1: all. */
  limit: number;
}

interface Given {
  readonly kind?: Kind;
  readonly reverse?: boolean;
}

/** Reads the options from argv[first] on; what `given` says cannot be said again. */
function parseRangeOptions(argv: readonly Bytes[], first: number, given: Given, isStore: boolean): RangeOptions {
  let { kind, reverse } = given;
  let withScores = false;
  let offset = 0;
  let limit = -1;
  for (let i = first; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    if (!isStore && word === 'withscores') withScores = true;
    else if (word === 'limit' && i + 2 < argv.length) {
      offset = Number(integerArgument(argv[i + 1] as Bytes));
      limit = Number(integerArgument(argv[i + 2] as Bytes));
      i += 2;
    } else if (word === 'rev' && reverse === undefined) reverse = true;
    else if (word === 'bylex' && kind === undefined) kind = 'lex';
    else if (word === 'byscore' && kind === undefined) kind = 'score';
    else syntaxError();
  }
  kind ??= 'rank';
  if (limit !== -1 && kind === 'rank') throw new CommandError('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
  if (withScores && kind === 'lex') throw new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');
  return { kind, reverse: reverse ?? false, withScores, offset, limit };
}

/** Reads both ends of the range and returns what finds its elements. */
function rangeOf(startWord: Bytes, stopWord: Bytes, options: RangeOptions): (object: ZsetObject) => ZsetElement[] {
  const { kind, reverse, offset, limit } = options;
  if (kind === 'rank') {
    const start = Number(integerArgument(startWord));
    const stop = Number(integerArgument(stopWord));
    return (object) => {
      const length = zsetLength(object);
      const { start: from, end } = placesOfIndices(start, stop, length);
      return reverse ? zsetSlice(object, length - end, length - from, true) : zsetSlice(object, from, end);
    };
  }
  const makeRange = kind === 'score' ? scoreRange : lexRange;
  const range = reverse ? makeRange(stopWord, startWord) : makeRange(startWord, stopWord);
  return (object) => {
    if (kind === 'lex' && offset >= 0) return zsetWalk(object, range, offset, limit, reverse);
    const { start, end } = zsetPlaces(object, range, reverse);
    const found = end - start;
    // A skip list counts an offset below zero from the other end; a listpack knows no such place.
    const skipped = offset < 0 && object.encoding === 'skiplist' ? found + offset : offset;
    if (skipped < 0 || skipped >= found) return [];
    const count = limit < 0 ? found - skipped : Math.min(limit, found - skipped);
    return reverse ? zsetSlice(object, end - skipped - count, end - skipped, true) : zsetSlice(object, start + skipped, start + skipped + count);
  };
}

/** The elements that the request asks for, undefined when there is no such key. `first` is where the key stands. */
function zrangeGeneric(ctx: Ctx, first: number, given: Given, isStore: boolean): { readonly elements: ZsetElement[]; readonly options: RangeOptions } {
  const { db, argv, server } = ctx;
  const options = parseRangeOptions(argv, first + 3, given, isStore);
  const find = rangeOf(argv[first + 1] as Bytes, argv[first + 2] as Bytes, options);
  const object = asZset(db.lookupKeyRead(argv[first] as Bytes));
  const elements = object === undefined ? [] : find(object);
  server.work(elements.length);
  return { elements, options };
}

function reply(ctx: Ctx, given: Given): Reply {
  const { elements, options } = zrangeGeneric(ctx, 1, given, false);
  return elementsReply(ctx, elements, options.withScores);
}

/** Makes a sorted set the value of `name`, or removes the key when it is empty; returns its size. `changes`: what a set that is made counts as. */
export function storeZset({ db, server }: Ctx, name: Bytes, object: ZsetObject, event: Bytes, changes = 1): number {
  const length = zsetLength(object);
  if (length > 0) {
    db.setKey(name, object);
    server.notify('z', event, name, db.id);
    server.dirty += changes;
  } else if (db.lookupKeyWrite(name) !== undefined && db.remove(name)) {
    db.signalModified(name);
    server.notify('g', 'del', name, db.id);
    server.dirty++;
  }
  return length;
}

const LIMIT = block('limit', [integer('offset'), integer('count')], { token: 'LIMIT', optional: true });
const WITHSCORES = token('withscores', 'WITHSCORES', { optional: true });
const SORTBY = oneOf('sortby', [token('byscore', 'BYSCORE'), token('bylex', 'BYLEX')], { optional: true });
const REV = token('rev', 'REV', { optional: true });
const since62 = (arg: Arg): Arg => ({ ...arg, since: '6.2.0' });

const common = {
  group: 'sorted-set', arity: -4, flags: ['readonly'], keys: [keyRange(['RO', 'access'])],
  complexity: 'O(log N + M) where N is the size of the set and M the number of members that are returned',
} as const satisfies Partial<CommandSpec>;

export const zrange = command(
  {
    ...common,
    name: 'ZRANGE', since: '1.2.0',
    summary: 'Read a range of members: by place, by score or by name, from either end.',
    args: [key('key'), string('start'), string('stop'), since62(SORTBY), since62(REV), since62(LIMIT), WITHSCORES],
    history: [['6.2.0', 'REV, BYSCORE, BYLEX and LIMIT came.']],
    replies: ['the members in order, with WITHSCORES each followed by its score (RESP3: pairs)'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob 15 Eve', 'ZRANGE race 0 -1 WITHSCORES', 'ZRANGE race (11.9 +inf BYSCORE LIMIT 0 1', 'ZRANGE race 0 0 REV'],
  },
  (ctx) => reply(ctx, {}),
);

export const zrangestore = command(
  {
    name: 'ZRANGESTORE', group: 'sorted-set', since: '6.2.0', arity: -5, flags: ['write', 'denyoom'],
    summary: 'Store a range of the members of one sorted set as another.',
    complexity: 'O(log N + M) where N is the size of the set and M the number of members that are stored',
    keys: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2)],
    args: [key('dst'), key('src', { keySpecIndex: 1 }), string('min'), string('max'), SORTBY, REV, LIMIT],
    replies: ['how many members the new sorted set has'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob 15 Eve', 'ZRANGESTORE podium race 0 1', 'ZRANGE podium 0 -1'],
  },
  function zrangestore(ctx) {
    const { argv, server } = ctx;
    const { elements, options } = zrangeGeneric(ctx, 2, {}, true);
    // By place the size of the result is known before it is made, and so is its encoding.
    const result = newZset(server, options.kind === 'rank' ? elements.length : 0);
    for (const { member, score } of elements) zsetAdd(result, score, member, server);
    return storeZset(ctx, argv[1] as Bytes, result, 'zrangestore');
  },
);

export const zrangebyscore = command(
  {
    ...common,
    name: 'ZRANGEBYSCORE', since: '1.0.5',
    summary: 'Read the members whose scores lie in a range, lowest first.',
    args: [key('key'), doubleArg('min'), doubleArg('max'), { ...WITHSCORES, since: '2.0.0' }, LIMIT],
    history: [['2.0.0', 'WITHSCORES came.']],
    deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
    docFlags: ['deprecated'],
    replies: ['the members in order, with WITHSCORES each followed by its score'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob 15 Eve', 'ZRANGEBYSCORE race 12 +inf WITHSCORES LIMIT 0 1'],
  },
  (ctx) => reply(ctx, { kind: 'score', reverse: false }),
);

export const zrevrangebyscore = command(
  {
    ...common,
    name: 'ZREVRANGEBYSCORE', since: '2.2.0',
    summary: 'Read the members whose scores lie in a range, highest first.',
    args: [key('key'), doubleArg('max'), doubleArg('min'), WITHSCORES, LIMIT],
    history: [['2.1.6', 'Both ends may be left out by a round bracket.']],
    deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
    docFlags: ['deprecated'],
    replies: ['the members in order, with WITHSCORES each followed by its score'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob 15 Eve', 'ZREVRANGEBYSCORE race +inf 12'],
  },
  (ctx) => reply(ctx, { kind: 'score', reverse: true }),
);

export const zrangebylex = command(
  {
    ...common,
    name: 'ZRANGEBYLEX', since: '2.8.9',
    summary: 'Read the members whose names lie in a range, first names first; for sets whose scores are all equal.',
    args: [key('key'), string('min'), string('max'), LIMIT],
    deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
    docFlags: ['deprecated'],
    replies: ['the members in order'],
    examples: ['ZADD words 0 apple 0 bean 0 corn', 'ZRANGEBYLEX words - (c'],
  },
  (ctx) => reply(ctx, { kind: 'lex', reverse: false }),
);

export const zrevrangebylex = command(
  {
    ...common,
    name: 'ZREVRANGEBYLEX', since: '2.8.9',
    summary: 'Read the members whose names lie in a range, last names first; for sets whose scores are all equal.',
    args: [key('key'), string('max'), string('min'), LIMIT],
    deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
    docFlags: ['deprecated'],
    replies: ['the members in order'],
    examples: ['ZADD words 0 apple 0 bean 0 corn', 'ZREVRANGEBYLEX words (c -'],
  },
  (ctx) => reply(ctx, { kind: 'lex', reverse: true }),
);

export const zrevrange = command(
  {
    ...common,
    name: 'ZREVRANGE', since: '1.2.0',
    summary: 'Read the members between two places, counted from the highest score.',
    args: [key('key'), integer('start'), integer('stop'), WITHSCORES],
    deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
    docFlags: ['deprecated'],
    replies: ['the members in order, with WITHSCORES each followed by its score'],
    examples: ['ZADD points 50 Ada 70 Bob 60 Eve', 'ZREVRANGE points 0 1 WITHSCORES'],
  },
  (ctx) => reply(ctx, { kind: 'rank', reverse: true }),
);
