/*
 * Searching for what is near: GEOSEARCH and the older GEORADIUS
 * -------------------------------------------------------------
 * All six commands are one search with another way to say where: from a member or a place, within a circle or a box.
 * georadiusGeneric reads the options in the order in which they come, so that of several mistakes the first is told.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, fold, narrow } from '../../bytes.ts';
import { block, command, doubleArg, integer, key, keyRange, oneOf, string, token, type Arg, type CommandSpec, type Ctx, type KeyFlag } from '../../command.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { asZset, zsetAdd, newZset, zsetToListpackIfSmall } from '../../keyspace/zset-value.ts';
import { CommandError, syntaxError, type Reply } from '../../reply.ts';
import type { Place } from '../../structures/geohash.ts';
import { partialSort } from '../../structures/partial-sort.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { storeZset } from '../sorted-set/ranges.ts';
import { distanceText, lengthArgument, placeArgument, unitArgument } from './arguments.ts';
import { coordinates, placeOf, UNITS } from './places.ts';
import { searchShape, type Found, type Shape } from './shape.ts';

interface Options {
  withDistance: boolean;
  withHash: boolean;
  withCoordinates: boolean;
  any: boolean;
  sort: 'asc' | 'desc' | undefined;
  /** 0: all. */
  count: number;
  storeKey: Bytes | undefined;
  storesDistance: boolean;
  /** Where the centre is; 'unknown' for a member of a key that is not there. */
  from: Place | 'unknown' | undefined;
  fromBy: 'member' | 'place' | undefined;
  area: Pick<Shape, 'size' | 'metres'> | undefined;
}

/** Which words a command knows. */
interface Form {
  /** Index of the sorted set's key. */
  readonly source: number;
  /** Where the options begin. */
  readonly options: number;
  /** GEOSEARCH and GEOSEARCHSTORE say everything by options. */
  readonly isSearch: boolean;
  /** GEORADIUS takes STORE and STOREDIST with a key, GEOSEARCHSTORE takes STOREDIST alone. */
  readonly stores: 'by-option' | 'always' | 'never';
}

function memberPlace(object: ZsetObject | undefined, member: Bytes): Place | 'unknown' {
  if (object === undefined) return 'unknown';
  const place = placeOf(object, member);
  if (place === undefined) throw new CommandError('ERR could not decode requested zset member');
  return place;
}

function circle(radiusWord: Bytes, unitWord: Bytes): Options['area'] {
  const radius = lengthArgument(radiusWord, 'ERR need numeric radius');
  if (radius < 0) throw new CommandError('ERR radius cannot be negative');
  return { size: { radius }, metres: unitArgument(unitWord) };
}

function box(widthWord: Bytes, heightWord: Bytes, unitWord: Bytes): Options['area'] {
  const width = lengthArgument(widthWord, 'ERR need numeric width');
  const height = lengthArgument(heightWord, 'ERR need numeric height');
  if (width < 0 || height < 0) throw new CommandError('ERR height or width cannot be negative');
  return { size: { width, height }, metres: unitArgument(unitWord) };
}

/** Reads the words from `form.options` on into `options`. */
function parseOptions(argv: readonly Bytes[], form: Form, object: ZsetObject | undefined, options: Options): void {
  const { isSearch, stores } = form;
  for (let i = form.options; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const left = argv.length - i - 1;
    const next = argv[i + 1] as Bytes;
    if (word === 'withdist') options.withDistance = true;
    else if (word === 'withhash') options.withHash = true;
    else if (word === 'withcoord') options.withCoordinates = true;
    else if (word === 'any') options.any = true;
    else if (word === 'asc' || word === 'desc') options.sort = word;
    else if (word === 'count' && left >= 1) {
      options.count = Number(integerArgument(next));
      if (options.count <= 0) throw new CommandError('ERR COUNT must be > 0');
      i++;
    } else if (stores === 'by-option' && (word === 'store' || word === 'storedist') && left >= 1) {
      options.storeKey = next;
      options.storesDistance = word === 'storedist';
      i++;
    } else if (isSearch && word === 'frommember' && left >= 1 && options.fromBy !== 'place') {
      options.from = memberPlace(object, next);
      options.fromBy = 'member';
      i++;
    } else if (isSearch && word === 'fromlonlat' && left >= 2 && options.fromBy !== 'member') {
      options.from = placeArgument(next, argv[i + 2] as Bytes);
      options.fromBy = 'place';
      i += 2;
    } else if (isSearch && word === 'byradius' && left >= 2 && !(options.area !== undefined && 'width' in options.area.size)) {
      options.area = circle(next, argv[i + 2] as Bytes);
      i += 2;
    } else if (isSearch && word === 'bybox' && left >= 3 && !(options.area !== undefined && 'radius' in options.area.size)) {
      options.area = box(next, argv[i + 2] as Bytes, argv[i + 3] as Bytes);
      i += 3;
    } else if (stores === 'always' && word === 'storedist') options.storesDistance = true;
    else syntaxError();
  }
}

const nearestFirst = (a: Found, b: Found): number => (a.distance > b.distance ? 1 : a.distance === b.distance ? 0 : -1);

/** Brings the wanted results to the front, in order. */
function sortFound(found: Found[], wanted: number, sort: 'asc' | 'desc'): void {
  const order = sort === 'asc' ? nearestFirst : (a: Found, b: Found) => -nearestFirst(a, b);
  if (wanted === found.length) found.sort(order);
  else partialSort(found, wanted - 1, order);
}

function georadiusGeneric(ctx: Ctx, form: Form): Reply {
  const { db, argv, server } = ctx;
  const object = asZset(db.lookupKeyRead(argv[form.source] as Bytes));
  const options: Options = {
    withDistance: false, withHash: false, withCoordinates: false, any: false, sort: undefined, count: 0,
    storeKey: form.stores === 'always' ? argv[1] : undefined, storesDistance: false, from: undefined, fromBy: undefined, area: undefined,
  };
  if (!form.isSearch) {
    // GEORADIUS has a place of two words, GEORADIUSBYMEMBER a member, and then the circle. Without the key only options can be wrong.
    options.from = form.options === 6 ? placeArgument(argv[2] as Bytes, argv[3] as Bytes) : memberPlace(object, argv[2] as Bytes);
    if (options.from !== 'unknown') options.area = circle(argv[form.options - 2] as Bytes, argv[form.options - 1] as Bytes);
  }
  parseOptions(argv, form, object, options);

  const { from, area, storeKey, storesDistance, count, any, withDistance, withHash, withCoordinates } = options;
  if (storeKey !== undefined && (withDistance || withHash || withCoordinates)) {
    throw new CommandError(`ERR ${form.isSearch ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS'} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
  }
  const name = cText(argv[0] as Bytes);
  if (form.isSearch && from === undefined) throw new CommandError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
  if (form.isSearch && area === undefined) throw new CommandError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
  if (any && count === 0) throw new CommandError('ERR the ANY argument requires COUNT argument');

  let found: Found[] = [];
  if (object !== undefined && area !== undefined && from !== undefined && from !== 'unknown') {
    found = searchShape(object, { centre: from, ...area }, any ? count : 0, (members) => server.work(members));
    const wanted = count === 0 ? found.length : Math.min(count, found.length);
    // The nearest are meant when only some are asked for; with ANY whichever come first.
    const sort = options.sort ?? (count > 0 && !any ? 'asc' : undefined);
    if (sort !== undefined) sortFound(found, wanted, sort);
    found = found.slice(0, wanted);
  }
  const metres = area?.metres ?? 1;
  if (storeKey !== undefined) return store(ctx, storeKey, found, storesDistance ? metres : undefined, form.isSearch ? 'geosearchstore' : 'georadiusstore');
  return found.map((each): Reply => {
    if (!withDistance && !withHash && !withCoordinates) return each.member;
    return [
      each.member,
      ...(withDistance ? [distanceText(each.distance / metres)] : []),
      ...(withHash ? [narrow(BigInt(Math.trunc(each.score)))] : []),
      ...(withCoordinates ? [coordinates(each)] : []),
    ];
  });
}

/** Stores places, or distances in a unit of so many metres. */
function store(ctx: Ctx, name: Bytes, found: readonly Found[], metres: number | undefined, event: Bytes): Reply {
  const result = newZset(ctx.server, Infinity);
  for (const { member, score, distance } of found) zsetAdd(result, metres === undefined ? score : distance / metres, member, ctx.server);
  zsetToListpackIfSmall(result, ctx.server);
  return storeZset(ctx, name, result, event, found.length);
}

// ---- The commands -------------------------------------------------------------------------------------

const unit = oneOf('unit', UNITS);
const withs = [token('withcoord', 'WITHCOORD', { optional: true }), token('withdist', 'WITHDIST', { optional: true }), token('withhash', 'WITHHASH', { optional: true })];
const countBlock = (any: Arg): Arg => block('count-block', [integer('count', { token: 'COUNT' }), any], { optional: true });
const any = token('any', 'ANY', { optional: true });
const anySince = token('any', 'ANY', { optional: true, since: '6.2.0' });
const order = oneOf('order', [token('asc', 'ASC'), token('desc', 'DESC')], { optional: true });
const storeOption = oneOf('store', [key('storekey', { token: 'STORE', keySpecIndex: 1, displayText: 'key' }), key('storedistkey', { token: 'STOREDIST', keySpecIndex: 2, displayText: 'key' })], { optional: true });
const from = oneOf('from', [string('member', { token: 'FROMMEMBER' }), block('fromlonlat', [doubleArg('longitude'), doubleArg('latitude')], { token: 'FROMLONLAT' })]);
const by = oneOf('by', [
  block('circle', [doubleArg('radius', { token: 'BYRADIUS' }), unit]),
  block('box', [doubleArg('width', { token: 'BYBOX' }), doubleArg('height'), unit]),
]);

const RESULTS = 'the members; with WITHDIST, WITHHASH or WITHCOORD an array for each: member, distance, score, longitude and latitude';
const STORED = 'with STORE or STOREDIST: how many were stored';
const LAST_BIT = 'The last bit of a stored distance: sines are rounded correctly here, in the real server as its C library and processor do it.';
const TOWNS = 'GEOADD towns 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.496366 41.902782 Rome';
const AREA = 'O(N + log M) where N is the number of members in the cells around the area and M the size of the set';

/** The key of the set, and the one that is stored to: of several the last. */
const storingKeys = (options: number) => (argv: readonly Bytes[]): readonly { index: number; flags: readonly KeyFlag[] }[] => {
  let stored: number | undefined;
  for (let i = options - 1; i + 1 < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    if (word === 'store' || word === 'storedist') stored = ++i;
  }
  return [{ index: 1, flags: ['RO', 'access'] }, ...(stored === undefined ? [] : [{ index: stored, flags: ['OW', 'update'] as const }])];
};

const storing = (startFrom: number): Pick<CommandSpec, 'flags' | 'keys'> => ({
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [
    keyRange(['RO', 'access']),
    ...['STORE', 'STOREDIST'].map((keyword) => ({ flags: ['OW', 'update', 'incomplete'] as const, notes: `Of several ${keyword} the last counts: the whole request must be read`, begin: { keyword, startFrom }, find: { lastKey: 0, step: 1, limit: 0 } })),
  ],
});

const reading: Pick<CommandSpec, 'flags' | 'keys'> = { flags: ['readonly'], keys: [keyRange(['RO', 'access'])] };

const radiusHistory: CommandSpec['history'] = [['6.2.0', 'ANY came.'], ['7.0.0', 'Units may be written in any case of letters.']];

const byPlace = {
  group: 'geo', arity: -6, complexity: AREA, history: radiusHistory, docFlags: ['deprecated'],
} as const satisfies Partial<CommandSpec>;
const placeArgs = [key('key'), doubleArg('longitude'), doubleArg('latitude'), doubleArg('radius'), unit, ...withs, countBlock(anySince), order];
const byMember = { ...byPlace, arity: -5 } as const;
const memberArgs = [key('key'), string('member'), doubleArg('radius'), unit, ...withs, countBlock(any), order];

export const georadius = command(
  {
    ...byPlace, ...storing(6), name: 'GEORADIUS', since: '3.2.0',
    summary: 'Find the members within a circle around a place, or store them.',
    getKeys: storingKeys(6),
    args: [...placeArgs, storeOption],
    deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
    replies: [RESULTS, STORED],
    differs: LAST_BIT,
    examples: [TOWNS, 'GEORADIUS towns 15 37 200 km WITHDIST ASC'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 1, options: 6, isSearch: false, stores: 'by-option' }),
);

export const georadiusRo = command(
  {
    ...byPlace, ...reading, name: 'GEORADIUS_RO', since: '3.2.10',
    summary: 'Find the members within a circle around a place.',
    args: placeArgs,
    deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
    replies: [RESULTS],
    examples: [TOWNS, 'GEORADIUS_RO towns 15 37 200 km'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 1, options: 6, isSearch: false, stores: 'never' }),
);

export const georadiusbymember = command(
  {
    ...byMember, ...storing(5), name: 'GEORADIUSBYMEMBER', since: '3.2.0',
    summary: 'Find the members within a circle around one of them, or store them.',
    getKeys: storingKeys(5),
    args: [...memberArgs, storeOption],
    deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments' },
    replies: [RESULTS, STORED],
    differs: LAST_BIT,
    examples: [TOWNS, 'GEORADIUSBYMEMBER towns Palermo 200 km STOREDIST near', 'ZRANGE near 0 -1 WITHSCORES'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 1, options: 5, isSearch: false, stores: 'by-option' }),
);

export const georadiusbymemberRo = command(
  {
    ...byMember, ...reading, name: 'GEORADIUSBYMEMBER_RO', since: '3.2.10',
    summary: 'Find the members within a circle around one of them.',
    args: memberArgs,
    deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
    replies: [RESULTS],
    examples: [TOWNS, 'GEORADIUSBYMEMBER_RO towns Palermo 200 km'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 1, options: 5, isSearch: false, stores: 'never' }),
);

export const geosearch = command(
  {
    name: 'GEOSEARCH', group: 'geo', since: '6.2.0', arity: -7,
    summary: 'Find the members within a circle or a box around a member or a place.',
    complexity: AREA,
    ...reading,
    args: [key('key'), from, by, order, countBlock(any), ...withs],
    history: [['7.0.0', 'Units may be written in any case of letters.']],
    replies: [RESULTS],
    examples: [TOWNS, 'GEOSEARCH towns FROMMEMBER Palermo BYRADIUS 200 km ASC WITHDIST', 'GEOSEARCH towns FROMLONLAT 14 38 BYBOX 400 400 km'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 1, options: 2, isSearch: true, stores: 'never' }),
);

export const geosearchstore = command(
  {
    name: 'GEOSEARCHSTORE', group: 'geo', since: '6.2.0', arity: -8,
    summary: 'Store the members within a circle or a box, with their places or with their distances.',
    complexity: AREA,
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2)],
    args: [key('destination'), key('source', { keySpecIndex: 1 }), from, by, order, countBlock(any), token('storedist', 'STOREDIST', { optional: true })],
    history: [['7.0.0', 'Units may be written in any case of letters.']],
    replies: ['how many members were stored'],
    differs: LAST_BIT,
    examples: [TOWNS, 'GEOSEARCHSTORE near towns FROMMEMBER Palermo BYRADIUS 200 km STOREDIST', 'ZRANGE near 0 -1 WITHSCORES'],
  },
  (ctx) => georadiusGeneric(ctx, { source: 2, options: 3, isSearch: true, stores: 'always' }),
);
