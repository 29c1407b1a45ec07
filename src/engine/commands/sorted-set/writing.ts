/*
 * ZADD, ZINCRBY and ZREM
 * ----------------------
 * One body, zaddGeneric, gives members their scores; ZINCRBY is ZADD with INCR. A sorted set comes into
 * being with its first member and goes with its last.
 */
import type { Bytes } from '../../bytes.ts';
import { fold, parseDouble } from '../../bytes.ts';
import { block, command, doubleArg, integer, key, keyRange, oneOf, string, token, type Ctx } from '../../command.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { asZset, newZset, zsetAdd, zsetDelete, zsetDeleteRange, zsetLength, zsetPlaces, zsetPrepare, zsetRun, type ZaddOptions, type ZsetElement } from '../../keyspace/zset-value.ts';
import { CommandError, double, NOT_A_FLOAT, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { lexRange, scoreRange } from './limits.ts';

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

const SOME_AND_OTHERS = 'ERR XX and NX options at the same time are not compatible';
const TWO_COMPARISONS = 'ERR GT, LT, and/or NX options at the same time are not compatible';

function scoreArgument(word: Bytes): number {
  const score = parseDouble(word);
  if (score === undefined) throw new CommandError(NOT_A_FLOAT);
  return score;
}

function zaddGeneric(ctx: Ctx, isZincrby: boolean): Reply {
  const { argv } = ctx;
  const name = argv[1] as Bytes;
  const options: Changeable<ZaddOptions> = { incr: isZincrby };
  let countsChanged = false;
  let first = 2;
  for (; !isZincrby && first < argv.length; first++) {
    const word = fold(argv[first] as Bytes);
    if (word === 'nx' || word === 'xx' || word === 'gt' || word === 'lt' || word === 'incr') options[word] = true;
    else if (word === 'ch') countsChanged = true;
    else break;
  }
  const { nx = false, xx = false, gt = false, lt = false, incr = false } = options;
  const words = argv.length - first;
  if (words === 0 || words % 2 === 1) syntaxError();
  if (nx && xx) throw new CommandError(SOME_AND_OTHERS);
  if ((gt && nx) || (lt && nx) || (gt && lt)) throw new CommandError(TWO_COMPARISONS);
  if (incr && words > 2) throw new CommandError('ERR INCR option supports a single increment-element pair');
  const scores: number[] = [];
  for (let i = first; i < argv.length; i += 2) scores.push(scoreArgument(argv[i] as Bytes));
  return addToZset(ctx, name, scores.map((score, at) => ({ score, member: argv[first + 2 * at + 1] as Bytes })), options, countsChanged);
}

/** What ZADD does with elements that it has read. `countsChanged`: CH, the reply counts changed members, too. */
export function addToZset({ db, server }: Ctx, name: Bytes, elements: readonly ZsetElement[], options: ZaddOptions, countsChanged: boolean): Reply {
  const { xx = false, incr = false } = options;
  let object = asZset(db.lookupKeyWrite(name));
  if (object === undefined) {
    if (xx) return incr ? null : 0;
    object = newZset(server, elements.length, elements[0]?.member.length);
    db.add(name, object);
  } else zsetPrepare(object, elements.length, server);
  const encoding = object.encoding;
  let added = 0;
  let updated = 0;
  let result: number | null = null;
  for (const { score, member } of elements) {
    const outcome = zsetAdd(object, score, member, server, options);
    if (outcome.what === 'nan') throw new CommandError('ERR resulting score is not a number (NaN)');
    if (outcome.what === 'added') added++;
    if (outcome.what === 'updated') updated++;
    if (outcome.what !== 'nothing') result = outcome.score;
  }
  server.work(elements.length);
  if (added + updated > 0) {
    if (encoding !== object.encoding) db.encodingChanged(name, encoding, object.encoding);
    db.signalModified(name);
    server.notify('z', incr ? 'zincr' : 'zadd', name, db.id);
    server.dirty += added + updated;
  }
  if (incr) return result === null ? null : double(result);
  return countsChanged ? added + updated : added;
}

export const zadd = command(
  {
    name: 'ZADD', group: 'sorted-set', since: '1.2.0', arity: -4,
    summary: 'Put members with their scores into a sorted set, or give members that are there new scores.',
    complexity: 'O(log N) for each member, where N is the size of the set',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [
      key('key'),
      oneOf('condition', [token('nx', 'NX'), token('xx', 'XX')], { optional: true, since: '3.0.2' }),
      oneOf('comparison', [token('gt', 'GT'), token('lt', 'LT')], { optional: true, since: '6.2.0' }),
      token('change', 'CH', { optional: true, since: '3.0.2' }),
      token('increment', 'INCR', { optional: true, since: '3.0.2' }),
      block('data', [doubleArg('score'), string('member')], { multiple: true }),
    ],
    history: [['2.4.0', 'Several members may be given.'], ['3.0.2', 'XX, NX, CH and INCR came.'], ['6.2.0', 'GT and LT came.']],
    replies: ['how many members are new; with CH: new or changed', 'with INCR: the score, nil when a condition kept it from changing'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZADD race CH LT 11.2 Ada 13 Bob', 'ZRANGE race 0 -1 WITHSCORES'],
  },
  function zadd(ctx) {
    return zaddGeneric(ctx, false);
  },
);

export const zincrby = command(
  {
    name: 'ZINCRBY', group: 'sorted-set', since: '1.2.0', arity: 4,
    summary: 'Add to the score of a member; one that is not there counts as 0.',
    complexity: 'O(log N) where N is the size of the set',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), integer('increment'), string('member')],
    replies: ['the score afterwards'],
    examples: ['ZINCRBY votes 1 tea', 'ZINCRBY votes 1 tea', 'ZINCRBY votes 0.5 coffee'],
  },
  function zincrby(ctx) {
    return zaddGeneric(ctx, true);
  },
);

/** Members were taken out: an emptied set goes. The event of the removal comes first. */
export function zsetRemoved({ db, server }: Ctx, name: Bytes, object: ZsetObject, event: Bytes, removed: number): void {
  const isEmpty = zsetLength(object) === 0;
  if (isEmpty) db.remove(name);
  db.signalModified(name);
  server.notify('z', event, name, db.id);
  if (isEmpty) server.notify('g', 'del', name, db.id);
  server.dirty += removed;
}

export const zrem = command(
  {
    name: 'ZREM', group: 'sorted-set', since: '1.2.0', arity: -3,
    summary: 'Take members out of a sorted set; with the last member the key goes too.',
    complexity: 'O(M log N) where N is the size of the set and M the number of members to be removed',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('member', { multiple: true })],
    history: [['2.4.0', 'Several members may be named.']],
    replies: ['how many of the members were there'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZREM race Ada Eve', 'ZCARD race'],
  },
  function zrem(ctx) {
    const { db, argv } = ctx;
    const name = argv[1] as Bytes;
    const object = asZset(db.lookupKeyWrite(name));
    if (object === undefined) return 0;
    let removed = 0;
    for (let i = 2; i < argv.length && zsetLength(object) > 0; i++) if (zsetDelete(object, argv[i] as Bytes)) removed++;
    if (removed > 0) zsetRemoved(ctx, name, object, 'zrem', removed);
    return removed;
  },
);

/** Removes the members at the places that `places` finds. */
function removeRange(ctx: Ctx, event: Bytes, places: (object: ZsetObject) => { readonly start: number; readonly end: number }): Reply {
  const { db, argv, server } = ctx;
  const name = argv[1] as Bytes;
  const object = asZset(db.lookupKeyWrite(name));
  if (object === undefined) return 0;
  const { start, end } = places(object);
  const removed = Math.max(0, end - start);
  if (removed === 0) return 0;
  zsetDeleteRange(object, start, end);
  server.work(removed);
  zsetRemoved(ctx, name, object, event, removed);
  return removed;
}

/** Places that two indices mean, negative ones counted from the end, the last included. */
export function placesOfIndices(start: number, stop: number, length: number): { readonly start: number; readonly end: number } {
  const from = Math.max(0, start < 0 ? length + start : start);
  const to = Math.min(length - 1, stop < 0 ? length + stop : stop);
  return { start: from, end: Math.max(from, to + 1) };
}

export const zremrangebyrank = command(
  {
    name: 'ZREMRANGEBYRANK', group: 'sorted-set', since: '2.0.0', arity: 4,
    summary: 'Take out the members between two places, both included; 0 is the lowest score, -1 the highest.',
    complexity: 'O(log N + M) where N is the size of the set and M the number of members removed',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), integer('start'), integer('stop')],
    replies: ['how many members were removed'],
    examples: ['ZADD top 10 a 20 b 30 c 40 d', 'ZREMRANGEBYRANK top 0 -4', 'ZRANGE top 0 -1'],
  },
  function zremrangebyrank(ctx) {
    const start = Number(integerArgument(ctx.argv[2] as Bytes));
    const stop = Number(integerArgument(ctx.argv[3] as Bytes));
    return removeRange(ctx, 'zremrangebyrank', (object) => placesOfIndices(start, stop, zsetLength(object)));
  },
);

export const zremrangebyscore = command(
  {
    name: 'ZREMRANGEBYSCORE', group: 'sorted-set', since: '1.2.0', arity: 4,
    summary: 'Take out the members whose scores lie in a range.',
    complexity: 'O(log N + M) where N is the size of the set and M the number of members removed',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), doubleArg('min'), doubleArg('max')],
    replies: ['how many members were removed'],
    examples: ['ZADD seen 100 a 200 b 300 c', 'ZREMRANGEBYSCORE seen -inf (300', 'ZRANGE seen 0 -1'],
  },
  function zremrangebyscore(ctx) {
    const range = scoreRange(ctx.argv[2] as Bytes, ctx.argv[3] as Bytes);
    return removeRange(ctx, 'zremrangebyscore', (object) => zsetPlaces(object, range));
  },
);

export const zremrangebylex = command(
  {
    name: 'ZREMRANGEBYLEX', group: 'sorted-set', since: '2.8.9', arity: 4,
    summary: 'Take out the members whose names lie in a range; for sets whose scores are all equal.',
    complexity: 'O(log N + M) where N is the size of the set and M the number of members removed',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('min'), string('max')],
    replies: ['how many members were removed'],
    examples: ['ZADD words 0 apple 0 bean 0 corn', 'ZREMRANGEBYLEX words [b (c', 'ZRANGE words 0 -1'],
  },
  function zremrangebylex(ctx) {
    const range = lexRange(ctx.argv[2] as Bytes, ctx.argv[3] as Bytes);
    return removeRange(ctx, 'zremrangebylex', (object) => zsetRun(object, range));
  },
);
