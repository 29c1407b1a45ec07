import { expect, test } from 'vitest';
import { double, NIL_ARRAY } from '../../reply.ts';
import { error, nil, SeededRandom, testKit, TestServer } from '../../testing.ts';

const { cases } = testKit(test);
const TOWNS = 'GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania';
const given = [TOWNS];
const UNIT = error('ERR unsupported unit provided. please use M, KM, FT, MI');

cases('GEOADD', [
  [TOWNS, 2, { dirty: 2, notifies: ['zadd s'], after: [['ZSCORE s Palermo', double(3479099956230698)], ['TYPE s', { kind: 'status', text: 'zset' }]] }],
  ['GEOADD s CH 13.4 38 Palermo', 1, { given, dirty: 1 }],
  ['GEOADD s NX 13.4 38 Palermo', 0, { given, dirty: 0, notifies: [] }],
  ['GEOADD s XX 13.4 38 Rome', 0, { after: [['EXISTS s', 0]] }],
  ['GEOADD s NX XX 1 2 a', error('ERR syntax error')],
  ['GEOADD s nx ch 1', error('ERR syntax error')],
  ['GEOADD s 1 2 a 3', error('ERR syntax error')],
  ['GEOADD s 1 x a', error('ERR value is not a valid float')],
  ['GEOADD s 180.0078125 1 x', error('ERR invalid longitude,latitude pair 180.007812,1.000000')],
  ['GEOADD s 1 2 a 1 -85.06 b', error('ERR invalid longitude,latitude pair 1.000000,-85.060000'), { after: [['EXISTS s', 0]] }],
]);

cases('where members are', [
  ['GEOPOS s Catania Rome', [[double(15.087267458438873), double(37.50266842333162)], NIL_ARRAY], { given }],
  ['GEOPOS none a', [NIL_ARRAY]],
  ['GEOHASH s Palermo Rome', ['sqc8b49rny0', nil], { given }],
  ['GEODIST s Palermo Catania', '166274.1516', { given }],
  ['GEODIST s Palermo Catania MI', '103.3182', { given }],
  ['GEODIST s Palermo Rome', nil, { given }],
  ['GEODIST s Palermo Palermo', '0.0000', { given }],
  ['GEODIST none a b parsec', UNIT],
  ['GEODIST s Palermo Catania m x', error('ERR syntax error')],
  ['GEOPOS z a b', [[double(180), double(85.05112878)], [double(-179.99999731779099), double(-85.05112751263943)]], { given: ['ZADD z -1 a inf b'] }],
]);

cases('searching', [
  ['GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km ASC', ['Catania', 'Palermo'], { given }],
  ['GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST WITHHASH COUNT 1', [['Catania', '56.4413', 3479447370796909]], { given }],
  ['GEOSEARCH s FROMMEMBER Palermo BYBOX 400 400 km DESC', ['Catania', 'Palermo'], { given }],
  ['GEOSEARCH s FROMMEMBER Rome BYRADIUS 1 km', error('ERR could not decode requested zset member'), { given }],
  ['GEOSEARCH none FROMMEMBER Rome BYRADIUS 1 km', []],
  ['GEOSEARCH none FROMMEMBER a FROMLONLAT 1 2 BYRADIUS 1 km', error('ERR syntax error')],
  ['geoSearch none ASC ASC ASC ASC ASC', error('ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geoSearch')],
  ['GEOSEARCH none FROMLONLAT 1 2 ASC ASC', error('ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH')],
  ['GEOSEARCH none FROMLONLAT 1 2 BYRADIUS 1 km ANY', error('ERR the ANY argument requires COUNT argument')],
  ['GEOSEARCH none FROMLONLAT 1 2 BYRADIUS -1 km', error('ERR radius cannot be negative')],
  ['GEOSEARCH none FROMLONLAT 1 2 BYRADIUS 1 parsec', UNIT],
  ['GEOSEARCH none FROMLONLAT 1 2 BYBOX 1 x km', error('ERR need numeric height')],
  ['GEOSEARCH none FROMLONLAT 1 2 BYRADIUS 1 km COUNT 0', error('ERR COUNT must be > 0')],
  ['GEORADIUS s 15 37 100 km', ['Catania'], { given }],
  ['GEORADIUSBYMEMBER s Palermo 200 km WITHDIST', [['Palermo', '0.0000'], ['Catania', '166.2742']], { given }],
  ['GEORADIUS_RO s 15 37 100 km STORE d', error('ERR syntax error'), { given }],
  ['GEORADIUS s 15 37 200 km STOREDIST d', 2, { given, dirty: 2, notifies: ['georadiusstore d'], after: [['ZRANGE d 0 -1', ['Catania', 'Palermo']]] }],
  ['GEOSEARCHSTORE d s FROMLONLAT 0 0 BYRADIUS 1 km', 0, { given: [TOWNS, 'SET d x'], dirty: 1, notifies: ['del d'], after: [['EXISTS d', 0]] }],
  ['GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km', 2, { given, notifies: ['geosearchstore d'], after: [['ZSCORE d Palermo', double(3479099956230698)]] }],
  ['GEORADIUS s 15 37 1 km STORE d WITHDIST', error('ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options'), { given }],
]);

test('a search finds what measuring every member finds', () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < 30; round++) {
    const world = new TestServer({ config: { 'zset-max-listpack-entries': round % 2 === 0 ? 0 : 128 } });
    const degrees = (most: number): number => (random.below(2000) - 1000) * (most / 1000);
    for (let i = 0; i < 100; i++) world.sendArgv(['GEOADD', 'p', String(degrees(180)), String(degrees(80)), `m${i}`]);
    world.send('GEOADD p 1 2 centre');
    const radius = [100, 1000, 4000, 9000][round % 4] ?? 0;
    const found = new Set(world.ask(`GEOSEARCH p FROMMEMBER centre BYRADIUS ${radius} km`).match(/m\d+/g) ?? []);
    for (let i = 0; i < 100; i++) {
      const distance = Number(/[\d.]+/.exec(world.ask(`GEODIST p centre m${i} km`))?.[0]);
      // Shapes so large that they leave the map are searched as far as the real server searches them.
      if (radius <= 4000) expect(found.has(`m${i}`), `m${i}, ${distance} km of ${radius}`).toBe(distance <= radius);
      else if (found.has(`m${i}`)) expect(distance).toBeLessThanOrEqual(radius);
    }
  }
});
