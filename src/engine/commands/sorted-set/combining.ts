/*
 * Union, intersection, difference
 * -------------------------------
 * Several sorted sets (or plain sets, whose members all have the score 1) become one. A member that is in more than one gets a score from all of them (their
 * sum, the lowest or the highest), each multiplied by its set's weight first. What would be no number
 * (infinity minus infinity, zero times infinity) counts as 0. The difference keeps the first set's scores.
 *
 * Sums are made from the smallest set to the largest: with fractions the order shows in the last digit.
 */
import type { Bytes } from '../../bytes.ts';
import { fold, parseDouble } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, token, type Arg, type CommandSpec, type Ctx, type KeySpec } from '../../command.ts';
import type { RedisObject, SetObject } from '../../keyspace/object.ts';
import { setHas, setMembers, setSize } from '../../keyspace/set-value.ts';
import { newZset, zsetElements, zsetFromElements, zsetLength, zsetScore, type ZsetElement } from '../../keyspace/zset-value.ts';
import { CommandError, syntaxError, WRONG_TYPE, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { storeZset } from './ranges.ts';
import { elementsReply } from './reading.ts';

type Operation = 'union' | 'inter' | 'diff';
type Aggregate = 'sum' | 'min' | 'max';

/** One of the sets, as far as combining asks. A key that is not there is an empty one. */
interface Source {
  readonly object: RedisObject | undefined;
  readonly length: number;
  elements(): Iterable<ZsetElement>;
  score(member: Bytes): number | undefined;
  weight: number;
}

/** Members of a plain set: each counts as 1. */
function* unscored(object: SetObject): Generator<ZsetElement> {
  for (const member of setMembers(object)) yield { member, score: 1 };
}

function sourceOf(object: RedisObject | undefined): Source {
  if (object === undefined) return { object, length: 0, elements: () => [], score: () => undefined, weight: 1 };
  if (object.type === 'set') {
    return { object, length: setSize(object), elements: () => unscored(object), score: (member) => (setHas(object, member) ? 1 : undefined), weight: 1 };
  }
  if (object.type !== 'zset') throw new CommandError(WRONG_TYPE);
  return { object, length: zsetLength(object), elements: () => zsetElements(object), score: (member) => zsetScore(object, member), weight: 1 };
}

interface Combination {
  readonly sources: readonly Source[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  /** ZINTERCARD's: how far to count; 0 for all the way. */
  readonly limit: number;
}

type Form = 'reply' | 'store' | 'count';

/** Reads `numkeys key … [options]` from argv[first] on. The keys are looked at before the options. */
function parseCombination({ db, argv }: Ctx, first: number, commandName: Bytes, operation: Operation, form: Form): Combination {
  const numkeys = Number(integerArgument(argv[first] as Bytes));
  if (numkeys < 1) throw new CommandError(`ERR at least 1 input key is needed for '${commandName}' command`);
  if (numkeys > argv.length - (first + 1)) syntaxError();
  const sources = argv.slice(first + 1, first + 1 + numkeys).map((name) => sourceOf(db.lookupKeyRead(name)));
  let aggregate: Aggregate = 'sum';
  let withScores = false;
  let limit = 0;
  const weighs = operation !== 'diff' && form !== 'count';
  for (let i = first + 1 + numkeys; i < argv.length; ) {
    const word = fold(argv[i] as Bytes);
    const left = argv.length - i;
    if (weighs && word === 'weights' && left >= numkeys + 1) {
      for (const [index, source] of sources.entries()) {
        const weight = parseDouble(argv[i + 1 + index] as Bytes);
        if (weight === undefined) throw new CommandError('ERR weight value is not a float');
        source.weight = weight;
      }
      i += 1 + numkeys;
    } else if (weighs && word === 'aggregate' && left >= 2) {
      const how = fold(argv[i + 1] as Bytes);
      if (how !== 'sum' && how !== 'min' && how !== 'max') syntaxError();
      aggregate = how;
      i += 2;
    } else if (form === 'reply' && word === 'withscores') {
      withScores = true;
      i++;
    } else if (form === 'count' && word === 'limit' && left >= 2) {
      const text = argv[i + 1] as Bytes;
      limit = Number(integerArgument(text, "ERR LIMIT can't be negative"));
      if (limit < 0) throw new CommandError("ERR LIMIT can't be negative");
      i += 2;
    } else syntaxError();
  }
  return { sources, aggregate, withScores, limit };
}

const orZero = (value: number): number => (Number.isNaN(value) ? 0 : value);

function merged(a: number, b: number, how: Aggregate): number {
  if (how === 'sum') return orZero(a + b);
  return how === 'min' ? (b < a ? b : a) : b > a ? b : a;
}

/** The combined members, in no order. `most` ends an intersection early. */
function combine(operation: Operation, { sources, aggregate }: Combination, most = Infinity): ZsetElement[] {
  if (operation === 'diff') {
    const [from, ...others] = sources;
    return [...(from?.elements() ?? [])].filter(({ member }) => others.every((other) => other.score(member) === undefined));
  }
  const bySize = [...sources].sort((a, b) => a.length - b.length);
  if (operation === 'union') {
    const scores = new Map<Bytes, number>();
    for (const source of bySize) {
      for (const { member, score } of source.elements()) {
        const weighted = orZero(source.weight * score);
        const known = scores.get(member);
        scores.set(member, known === undefined ? weighted : merged(known, weighted, aggregate));
      }
    }
    return [...scores].map(([member, score]) => ({ member, score }));
  }
  const [smallest, ...others] = bySize;
  const found: ZsetElement[] = [];
  for (const { member, score } of smallest?.elements() ?? []) {
    let sum = orZero((smallest?.weight ?? 1) * score);
    const inAll = others.every((other) => {
      const theirs = other.object === smallest?.object ? score : other.score(member);
      if (theirs !== undefined) sum = merged(sum, theirs * other.weight, aggregate);
      return theirs !== undefined;
    });
    if (inAll) found.push({ member, score: sum });
    if (found.length >= most) break;
  }
  return found;
}

const inOrder = (a: ZsetElement, b: ZsetElement): number => (a.score !== b.score ? (a.score < b.score ? -1 : 1) : a.member < b.member ? -1 : 1);

function elementsSeen(combination: Combination): number {
  return combination.sources.reduce((sum, { length }) => sum + length, 0);
}

function replyCombined(ctx: Ctx, commandName: Bytes, operation: Operation): Reply {
  const combination = parseCombination(ctx, 1, commandName, operation, 'reply');
  ctx.server.work(elementsSeen(combination));
  return elementsReply(ctx, combine(operation, combination).sort(inOrder), combination.withScores);
}

function storeCombined(ctx: Ctx, commandName: Bytes, operation: Operation): Reply {
  const combination = parseCombination(ctx, 2, commandName, operation, 'store');
  ctx.server.work(elementsSeen(combination));
  const result = zsetFromElements(combine(operation, combination), ctx.server) ?? newZset(ctx.server);
  return storeZset(ctx, ctx.argv[1] as Bytes, result, commandName);
}

const READ_KEYS: readonly KeySpec[] = [{ flags: ['RO', 'access'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }];
const STORE_KEYS: readonly KeySpec[] = [keyRange(['OW', 'update']), { flags: ['RO', 'access'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }];

const NUMKEYS: Arg = integer('numkeys');
const KEYS: Arg = key('key', { multiple: true });
const SOURCE_KEYS: Arg = key('key', { multiple: true, keySpecIndex: 1 });
const WEIGHTS: Arg = integer('weight', { token: 'WEIGHTS', optional: true, multiple: true });
const AGGREGATE: Arg = oneOf('aggregate', [token('sum', 'SUM'), token('min', 'MIN'), token('max', 'MAX')], { token: 'AGGREGATE', optional: true });
const WITHSCORES: Arg = token('withscores', 'WITHSCORES', { optional: true });

const reading = { group: 'sorted-set', arity: -3, flags: ['readonly', 'movablekeys'], keys: READ_KEYS, since: '6.2.0' } as const satisfies Partial<CommandSpec>;
const storing = { group: 'sorted-set', arity: -4, flags: ['write', 'denyoom', 'movablekeys'], keys: STORE_KEYS } as const satisfies Partial<CommandSpec>;

const UNION_COST = 'O(N) + O(M log M) where N is the size of all sets together and M that of the result';
const INTER_COST = 'O(N K) + O(M log M) where N is the size of the smallest set, K the number of sets and M the size of the result';
const DIFF_COST = 'O(L + (N - K) log N) where L is the size of all sets together, N that of the first and K that of the result';

export const zunion = command(
  {
    ...reading,
    name: 'ZUNION', summary: 'Read the members that are in at least one of several sorted sets.', complexity: UNION_COST,
    args: [NUMKEYS, KEYS, WEIGHTS, AGGREGATE, WITHSCORES],
    replies: ['the members in the order of their new scores, with WITHSCORES each followed by it'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZUNION 2 mon tue WEIGHTS 1 2 WITHSCORES'],
  },
  (ctx) => replyCombined(ctx, 'zunion', 'union'),
);

export const zinter = command(
  {
    ...reading,
    name: 'ZINTER', summary: 'Read the members that are in all of several sorted sets.', complexity: INTER_COST,
    args: [NUMKEYS, KEYS, WEIGHTS, AGGREGATE, WITHSCORES],
    replies: ['the members in the order of their new scores, with WITHSCORES each followed by it'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZINTER 2 mon tue AGGREGATE MAX WITHSCORES'],
  },
  (ctx) => replyCombined(ctx, 'zinter', 'inter'),
);

export const zdiff = command(
  {
    ...reading,
    name: 'ZDIFF', summary: 'Read the members of the first sorted set that are in none of the others.', complexity: DIFF_COST,
    args: [NUMKEYS, KEYS, WITHSCORES],
    replies: ['the members in order, with WITHSCORES each followed by its score'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZDIFF 2 mon tue WITHSCORES'],
  },
  (ctx) => replyCombined(ctx, 'zdiff', 'diff'),
);

export const zunionstore = command(
  {
    ...storing,
    name: 'ZUNIONSTORE', since: '2.0.0', summary: 'Store the union of several sorted sets under a key.', complexity: UNION_COST,
    args: [key('destination'), NUMKEYS, SOURCE_KEYS, WEIGHTS, AGGREGATE],
    replies: ['how many members the result has'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZUNIONSTORE week 2 mon tue', 'ZRANGE week 0 -1 WITHSCORES'],
  },
  (ctx) => storeCombined(ctx, 'zunionstore', 'union'),
);

export const zinterstore = command(
  {
    ...storing,
    name: 'ZINTERSTORE', since: '2.0.0', summary: 'Store the intersection of several sorted sets under a key.', complexity: INTER_COST,
    args: [key('destination'), NUMKEYS, SOURCE_KEYS, WEIGHTS, AGGREGATE],
    replies: ['how many members the result has'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZINTERSTORE both 2 mon tue'],
  },
  (ctx) => storeCombined(ctx, 'zinterstore', 'inter'),
);

export const zdiffstore = command(
  {
    ...storing,
    name: 'ZDIFFSTORE', since: '6.2.0', summary: 'Store the difference of the first sorted set and others under a key.', complexity: DIFF_COST,
    args: [key('destination'), NUMKEYS, SOURCE_KEYS],
    replies: ['how many members the result has'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZDIFFSTORE gone 2 mon tue'],
  },
  (ctx) => storeCombined(ctx, 'zdiffstore', 'diff'),
);

export const zintercard = command(
  {
    ...reading,
    name: 'ZINTERCARD', since: '7.0.0', summary: 'Count the members that are in all of several sorted sets.',
    complexity: 'O(N K) where N is the size of the smallest set and K the number of sets',
    args: [NUMKEYS, KEYS, integer('limit', { token: 'LIMIT', optional: true })],
    replies: ['the number of members; LIMIT ends the count early'],
    examples: ['ZADD mon 1 tea 2 milk', 'ZADD tue 3 tea', 'ZINTERCARD 2 mon tue'],
  },
  function zintercard(ctx) {
    const combination = parseCombination(ctx, 1, 'zintercard', 'inter', 'count');
    ctx.server.work(elementsSeen(combination));
    return combine('inter', combination, combination.limit === 0 ? Infinity : combination.limit).length;
  },
);
