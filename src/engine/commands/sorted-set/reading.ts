/*
 * Asking a sorted set about members, places and counts
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded } from '../../bytes.ts';
import { block, command, doubleArg, integer, key, keyRange, pattern, string, token, type Ctx } from '../../command.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { parseCursor } from '../../keyspace/scan.ts';
import { asZset, zsetElements, zsetLength, zsetPlaces, zsetRank, zsetScore, type ZsetElement } from '../../keyspace/zset-value.ts';
import { formatDouble, formatDouble17 } from '../../numbers.ts';
import { CommandError, double, NIL_ARRAY, NO_REPLY, type Reply, syntaxError } from '../../reply.ts';
import { Listpack, NOWHERE } from '../../structures/listpack.ts';
import { EMPTY_SCAN, parseElementScan, scanElements } from '../element-scan.ts';
import { drawEntries, drawIndices, DRAWS_DIFFER, parseRandomCount } from '../random-elements.ts';
import { lexRange, scoreRange } from './limits.ts';

/** The sorted set that is asked about. */
function subject({ db, argv }: Ctx): ZsetObject | undefined {
  return asZset(db.lookupKeyRead(argv[1] as Bytes));
}

export const zcard = command(
  {
    name: 'ZCARD', group: 'sorted-set', since: '1.2.0', arity: 2,
    summary: 'Tell how many members a sorted set has.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the number of members, 0 when there is no such key'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZCARD race'],
  },
  function zcard(ctx) {
    const object = subject(ctx);
    return object === undefined ? 0 : zsetLength(object);
  },
);

const scoreReply = (object: ZsetObject | undefined, member: Bytes): Reply => {
  const score = object === undefined ? undefined : zsetScore(object, member);
  return score === undefined ? null : double(score);
};

export const zscore = command(
  {
    name: 'ZSCORE', group: 'sorted-set', since: '1.2.0', arity: 3,
    summary: 'Tell the score of a member.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member')],
    replies: ['the score', 'nil when there is no such member or no such key'],
    examples: ['ZADD race 12.4 Ada', 'ZSCORE race Ada'],
  },
  function zscore(ctx) {
    return scoreReply(subject(ctx), ctx.argv[2] as Bytes);
  },
);

export const zmscore = command(
  {
    name: 'ZMSCORE', group: 'sorted-set', since: '6.2.0', arity: -3,
    summary: 'Tell the scores of several members.',
    complexity: 'O(N) where N is the number of members that are asked for',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member', { multiple: true })],
    replies: ['the scores in the order of the request, nil for each member that is not there'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZMSCORE race Bob Eve Ada'],
  },
  function zmscore(ctx) {
    const object = subject(ctx);
    ctx.server.work(ctx.argv.length - 2);
    return ctx.argv.slice(2).map((member) => scoreReply(object, member));
  },
);

function rankGeneric(ctx: Ctx, isReverse: boolean): Reply {
  const { argv } = ctx;
  if (argv.length > 4) throw new CommandError(`ERR wrong number of arguments for '${isReverse ? 'zrevrank' : 'zrank'}' command`);
  const withScore = argv.length === 4;
  if (withScore && !equalsFolded(argv[3] as Bytes, 'withscore')) syntaxError();
  const object = subject(ctx);
  const member = argv[2] as Bytes;
  const rank = object === undefined ? undefined : zsetRank(object, member);
  if (object === undefined || rank === undefined) return withScore ? NIL_ARRAY : null;
  const place = isReverse ? zsetLength(object) - 1 - rank : rank;
  return withScore ? [place, double(zsetScore(object, member) ?? 0)] : place;
}

export const zrank = command(
  {
    name: 'ZRANK', group: 'sorted-set', since: '2.0.0', arity: -3,
    summary: 'Tell the place of a member; the lowest score has place 0.',
    complexity: 'O(log N) where N is the size of the set',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member'), token('withscore', 'WITHSCORE', { optional: true })],
    history: [['7.2.0', 'WITHSCORE came.']],
    replies: ['the place; with WITHSCORE the place and the score', 'nil when there is no such member or no such key'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZRANK race Ada', 'ZRANK race Ada WITHSCORE'],
  },
  function zrank(ctx) {
    return rankGeneric(ctx, false);
  },
);

export const zrevrank = command(
  {
    name: 'ZREVRANK', group: 'sorted-set', since: '2.0.0', arity: -3,
    summary: 'Tell the place of a member from the other end; the highest score has place 0.',
    complexity: 'O(log N) where N is the size of the set',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member'), token('withscore', 'WITHSCORE', { optional: true })],
    history: [['7.2.0', 'WITHSCORE came.']],
    replies: ['the place; with WITHSCORE the place and the score', 'nil when there is no such member or no such key'],
    examples: ['ZADD points 50 Ada 70 Bob', 'ZREVRANK points Bob'],
  },
  function zrevrank(ctx) {
    return rankGeneric(ctx, true);
  },
);

export const zcount = command(
  {
    name: 'ZCOUNT', group: 'sorted-set', since: '2.0.0', arity: 4,
    summary: 'Count the members whose scores lie in a range.',
    complexity: 'O(log N) where N is the size of the set',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), doubleArg('min'), doubleArg('max')],
    replies: ['the number of members'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob 15 Eve', 'ZCOUNT race -inf (15'],
  },
  function zcount(ctx) {
    const range = scoreRange(ctx.argv[2] as Bytes, ctx.argv[3] as Bytes);
    const object = subject(ctx);
    if (object === undefined) return 0;
    const { start, end } = zsetPlaces(object, range);
    return end - start;
  },
);

export const zlexcount = command(
  {
    name: 'ZLEXCOUNT', group: 'sorted-set', since: '2.8.9', arity: 4,
    summary: 'Count the members whose names lie in a range; for sets whose scores are all equal.',
    complexity: 'O(log N) where N is the size of the set',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('min'), string('max')],
    replies: ['the number of members'],
    examples: ['ZADD words 0 apple 0 bean 0 corn', 'ZLEXCOUNT words [b +'],
  },
  function zlexcount(ctx) {
    const range = lexRange(ctx.argv[2] as Bytes, ctx.argv[3] as Bytes);
    const object = subject(ctx);
    if (object === undefined) return 0;
    const { start, end } = zsetPlaces(object, range);
    return end - start;
  },
);

/** Elements as a reply has them: in turns with their scores, in RESP3 as pairs. */
export function elementsReply({ client }: Ctx, elements: readonly ZsetElement[], withScores: boolean, isNested = client.resp === 3): Reply {
  if (!withScores) return elements.map(({ member }) => member);
  if (isNested) return elements.map(({ member, score }) => [member, double(score)]);
  const reply: Reply[] = [];
  for (const { member, score } of elements) reply.push(member, double(score));
  return reply;
}

function draw({ server }: Ctx, object: ZsetObject, count: number): ZsetElement[] {
  const { value } = object;
  if (!(value instanceof Listpack)) return drawEntries(server.random, value.dict, count).map((entry) => ({ member: entry.key, score: value.list.score(entry.value) }));
  const all = [...zsetElements(object)];
  return drawIndices(server.random, all.length, count).flatMap((index) => all[index] ?? []);
}

export const zrandmember = command(
  {
    name: 'ZRANDMEMBER', group: 'sorted-set', since: '6.2.0', arity: -2,
    summary: 'Read one or more members, drawn by chance.',
    complexity: 'O(N) where N is the number of members that are returned',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), block('options', [integer('count'), token('withscores', 'WITHSCORES', { optional: true })], { optional: true })],
    tips: ['nondeterministic_output'],
    replies: ['without a count: a member, nil when there is no such key', 'with one: an array of members, each with its score if asked for'],
    examples: ['ZADD coin 1 heads 2 tails', 'ZRANDMEMBER coin', 'ZRANDMEMBER coin -5'],
    differs: DRAWS_DIFFER,
  },
  function zrandmember(ctx): Reply {
    const options = ctx.argv.length === 2 ? undefined : parseRandomCount(ctx.argv, 'withscores');
    const object = subject(ctx);
    if (options === undefined) return object === undefined ? null : (draw(ctx, object, -1)[0]?.member ?? null);
    if (object === undefined || options.count === 0) return [];
    if (ctx.server.limits.closesForElements(ctx.client, -options.count)) return NO_REPLY;
    const drawn = draw(ctx, object, options.count);
    ctx.server.work(drawn.length);
    return elementsReply(ctx, drawn, options.withValues);
  },
);

/** Names and scores as a listpack spells them. */
function* texts(listpack: Listpack): Generator<readonly [Bytes, Bytes]> {
  for (let place = listpack.first(); place !== NOWHERE; ) {
    const scorePlace = listpack.next(place);
    yield [listpack.get(place), listpack.get(scorePlace)];
    place = listpack.next(scorePlace);
  }
}

export const zscan = command(
  {
    name: 'ZSCAN', group: 'sorted-set', since: '2.8.0', arity: -3,
    summary: 'Read the members of a sorted set a little at a time, from a cursor on; the cursor 0 begins and ends it.',
    complexity: 'O(1) for each call, O(N) for all of them until the cursor is 0 again',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('cursor'), pattern('pattern', { token: 'MATCH', optional: true }), integer('count', { token: 'COUNT', optional: true })],
    tips: ['nondeterministic_output'],
    replies: ['the next cursor and the members found on the way, each followed by its score'],
    examples: ['ZADD race 12.4 Ada 11.9 Bob', 'ZSCAN race 0', 'ZSCAN race 0 MATCH A*'],
    differs: 'Members of a large set come in another order, as they do from one real server to the next: the hash function is seeded by chance.',
  },
  function zscan(ctx) {
    const cursor = parseCursor(ctx.argv[2] as Bytes);
    const object = subject(ctx);
    if (object === undefined) return EMPTY_SCAN;
    const options = parseElementScan(ctx.argv, false);
    const { value } = object;
    if (value instanceof Listpack) return scanElements(ctx, cursor, options, texts(value), String);
    // Alone among the commands this one spells scores of a large set with all 17 digits.
    return scanElements(ctx, cursor, options, value.dict, (element) => {
      const score = value.list.score(element);
      return Number.isFinite(score) ? formatDouble17(score) : formatDouble(score);
    });
  },
);
