/*
 * Places in a sorted set: GEOADD, GEOPOS, GEODIST, GEOHASH
 * --------------------------------------------------------
 * There is no type for places: a member's score is where it is (structures/geohash.ts). So ZRANGE, ZREM and all the
 * others work, and to replicas and files GEOADD is the ZADD that it amounts to.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { block, command, doubleArg, key, keyRange, oneOf, string, token, type Ctx } from '../../command.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { asZset, zsetScore, type ZsetElement } from '../../keyspace/zset-value.ts';
import { double, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { geohashText, placeOfScore, scoreOfPlace, type Place } from '../../structures/geohash.ts';
import { addToZset } from '../sorted-set/writing.ts';
import { distanceText, placeArgument, unitArgument } from './arguments.ts';
import { distanceBetween } from './shape.ts';

/** The units of length, as the grammar has them. */
export const UNITS = [token('m', 'M'), token('km', 'KM'), token('ft', 'FT'), token('mi', 'MI')];

/** Where a member is, undefined when it is not there. */
export function placeOf(object: ZsetObject, member: Bytes): Place | undefined {
  const score = zsetScore(object, member);
  return score === undefined ? undefined : placeOfScore(score);
}

export const coordinates = ({ longitude, latitude }: Place): Reply => [double(longitude), double(latitude)];

export const geoadd = command(
  {
    name: 'GEOADD', group: 'geo', since: '3.2.0', arity: -5,
    summary: 'Put members with their places on the map into a sorted set.',
    complexity: 'O(log N) for each member, where N is the size of the set',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'update'])],
    args: [
      key('key'),
      oneOf('condition', [token('nx', 'NX'), token('xx', 'XX')], { optional: true, since: '6.2.0' }),
      token('change', 'CH', { optional: true, since: '6.2.0' }),
      block('data', [doubleArg('longitude'), doubleArg('latitude'), string('member')], { multiple: true }),
    ],
    history: [['6.2.0', 'CH, NX and XX came.']],
    replies: ['how many members are new; with CH: new or moved'],
    examples: ['GEOADD towns 13.361389 38.115556 Palermo 15.087269 37.502669 Catania', 'ZRANGE towns 0 -1 WITHSCORES'],
  },
  function geoadd(ctx) {
    const { argv, server } = ctx;
    let first = 2;
    let [nx, xx, countsChanged] = [false, false, false];
    for (; first < argv.length; first++) {
      const word = fold(argv[first] as Bytes);
      if (word === 'nx') nx = true;
      else if (word === 'xx') xx = true;
      else if (word === 'ch') countsChanged = true;
      else break;
    }
    if ((argv.length - first) % 3 !== 0 || (nx && xx)) syntaxError();
    const elements: ZsetElement[] = [];
    for (let i = first; i < argv.length; i += 3) {
      elements.push({ score: scoreOfPlace(placeArgument(argv[i] as Bytes, argv[i + 1] as Bytes)), member: argv[i + 2] as Bytes });
    }
    if (elements.length === 0) syntaxError();
    const before = server.dirty;
    const reply = addToZset(ctx, argv[1] as Bytes, elements, { nx, xx }, countsChanged);
    if (server.dirty > before) server.propagateAs(['ZADD', ...argv.slice(1, first), ...elements.flatMap(({ score, member }) => [String(score), member])]);
    return reply;
  },
);

/** A reply for each member that is asked about. */
function ofMembers({ db, argv }: Ctx, reply: (place: Place) => Reply, missing: Reply): Reply {
  const object = asZset(db.lookupKeyRead(argv[1] as Bytes));
  return argv.slice(2).map((member) => {
    const place = object === undefined ? undefined : placeOf(object, member);
    return place === undefined ? missing : reply(place);
  });
}

export const geopos = command(
  {
    name: 'GEOPOS', group: 'geo', since: '3.2.0', arity: -2,
    summary: 'Tell longitude and latitude of members.',
    complexity: 'O(1) for each member',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member', { multiple: true, optional: true })],
    replies: ['an array with longitude and latitude of each member, nil for one that is not there'],
    examples: ['GEOADD towns 13.361389 38.115556 Palermo', 'GEOPOS towns Palermo Rome'],
  },
  (ctx) => ofMembers(ctx, coordinates, NIL_ARRAY),
);

export const geohash = command(
  {
    name: 'GEOHASH', group: 'geo', since: '3.2.0', arity: -2,
    summary: 'Tell the geohash of members: a text whose beginning names the region.',
    complexity: 'O(1) for each member',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member', { multiple: true, optional: true })],
    replies: ['an array of texts with eleven letters, nil for a member that is not there'],
    examples: ['GEOADD towns 13.361389 38.115556 Palermo 15.087269 37.502669 Catania', 'GEOHASH towns Palermo Catania'],
  },
  (ctx) => ofMembers(ctx, geohashText, null),
);

export const geodist = command(
  {
    name: 'GEODIST', group: 'geo', since: '3.2.0', arity: -4,
    summary: 'Tell the distance between two members.',
    complexity: 'O(1)',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member1'), string('member2'), oneOf('unit', UNITS, { optional: true })],
    replies: ['the distance in the unit (metres if none is named), with four decimals', 'nil when one of them is not there'],
    examples: ['GEOADD towns 13.361389 38.115556 Palermo 15.087269 37.502669 Catania', 'GEODIST towns Palermo Catania km'],
  },
  function geodist({ db, argv }) {
    const metres = argv.length === 5 ? unitArgument(argv[4] as Bytes) : 1;
    if (argv.length > 5) syntaxError();
    const object = asZset(db.lookupKeyRead(argv[1] as Bytes));
    if (object === undefined) return null;
    const [one, other] = [placeOf(object, argv[2] as Bytes), placeOf(object, argv[3] as Bytes)];
    return one === undefined || other === undefined ? null : distanceText(distanceBetween(one, other) / metres);
  },
);
