/*
 * Scenarios of places
 * -------------------
 * Clusters of places close together and spread over the world, at the map's edges and the poles, several in one
 * spot so that distances are equal; scores that no place has; circles and boxes of every size.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { named, ofCollection, send, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

const SPOTS = [['13.361389', '38.115556'], ['15.087269', '37.502669'], ['0', '0'], ['180', '85.05112878'], ['-180', '-85.05112878'], ['179.9999', '0'], ['-179.9999', '0.0001'], ['10', '84.9'], ['-60', '-70.5'], ['2.3522', '48.8566']] as const;

/** Longitude and latitude; now and then not on the map. */
export function spot({ chance, oddness }: Words): [Bytes, Bytes] {
  if (chance.happens(oddness / 3)) return [chance.pick(['x', '181', '-180.0000001', 'nan', 'inf', '1e300', '', '180.0078125']), chance.pick(['0', '85.06', '-90', 'y', '1'])];
  const [longitude, latitude] = chance.pick(SPOTS);
  const near = (degrees: Bytes, most: number, by: number): Bytes => String(Math.max(-most, Math.min(most, Number(degrees) + (chance.below(2001) - 1000) * by)));
  if (chance.happens(0.25)) return [longitude, latitude];
  const by = chance.pick([0.00001, 0.001, 0.01]);
  if (chance.happens(0.6)) return [near(longitude, 180, by), near(latitude, 85.05112878, by)];
  return [String(chance.between(-180_000, 180_000) / 1000), String(chance.between(-85_000, 85_000) / 1000)];
}

const length = ({ chance, oddness }: Words): Bytes => (chance.happens(oddness / 3) ? chance.pick(['-1', 'x', 'inf', '1e300', '0', '', 'nan', '0x10']) : chance.pick(['0', '0.5', '1', '10', '150.25', '200', '1000', '3000', '6000', '12000', '25000', '100000']));
const unitOf = ({ chance, oddness }: Words): Bytes => (chance.happens(oddness / 4) ? 'parsec' : chance.pick(['m', 'km', 'km', 'km', 'KM', 'ft', 'mi', 'mi']));
const some = (chance: Chance, share: number, words: readonly Bytes[]): Bytes[] => (chance.happens(share) ? [...words] : []);
const member = (words: Words): Bytes => (words.chance.happens(0.5) ? `p${words.chance.below(60)}` : words.element());

function count({ chance, oddness }: Words): Bytes[] {
  return [...some(chance, 0.4, ['COUNT', chance.happens(oddness / 2) ? chance.pick(['0', '-1', 'x']) : String(chance.between(1, 30)), ...some(chance, 0.3, ['ANY'])]), ...some(chance, 0.4, [chance.pick(['ASC', 'DESC'])])];
}

const shown = ({ chance }: Words): Bytes[] => [...some(chance, 0.3, ['WITHDIST']), ...some(chance, 0.3, ['WITHCOORD']), ...some(chance, 0.3, ['withhash'])];

const added = (words: Words): Bytes[] => {
  const { chance } = words;
  const places = Array.from({ length: chance.weighted([[6, chance.between(1, 5)], [2, chance.between(10, 60)]]) }, () => [...spot(words), member(words)]);
  return ['GEOADD', words.key(), ...some(chance, 0.1, ['CH']), ...some(chance, 0.1, ['NX']), ...some(chance, 0.1, ['xx']), ...places.flat()];
};

function searched(words: Words): Bytes[] {
  const { chance } = words;
  const isStore = chance.happens(0.3);
  const parts = [
    chance.happens(0.5) ? ['FROMMEMBER', member(words)] : ['FROMLONLAT', ...spot(words)],
    chance.happens(0.6) ? ['BYRADIUS', length(words), unitOf(words)] : ['BYBOX', length(words), length(words), unitOf(words)],
    count(words), isStore ? some(chance, 0.4, ['STOREDIST']) : shown(words),
  ];
  return [...(isStore ? ['GEOSEARCHSTORE', words.key()] : ['GEOSEARCH']), words.key(), ...chance.shuffled(parts).flat()];
}

function older(words: Words): Bytes[] {
  const { chance } = words;
  const readOnly = chance.happens(0.3) ? '_RO' : '';
  const options = [count(words), readOnly === '' && chance.happens(0.3) ? [chance.pick(['STORE', 'STOREDIST']), words.key()] : shown(words)];
  const centre = chance.happens(0.5) ? [`GEORADIUS${readOnly}`, words.key(), ...spot(words)] : [`GEORADIUSBYMEMBER${readOnly}`, words.key(), member(words)];
  return [...centre, length(words), unitOf(words), ...chance.shuffled(options).flat()];
}

export const geo: Family = {
  length: 200,
  steps(chance, words, length) {
    const make = ofCollection(['geo'], [['zset-max-listpack-entries', ['0', '3', '8']], ['zset-max-listpack-value', ['0', '5', '20']]], [
      [0.2, added],
      [0.25, searched],
      [0.2, older],
      [0.1, (each) => [each.chance.pick(['GEOPOS', 'GEOHASH']), each.key(), ...Array.from({ length: each.chance.between(0, 4) }, () => member(each))]],
      [0.1, (each) => ['GEODIST', each.key(), member(each), member(each), ...some(each.chance, 0.5, [unitOf(each)])]],
      [0.05, (each) => ['ZADD', each.key(), each.chance.pick(['0', '-1', '1.5', '3479099956230698', '4503599627370495', '4503599627370496', '1e20', '-1e20', '9007199254740993', 'inf', '-inf', '18014398509481984']), member(each)]],
      // Ranges of names mean nothing among places, whose scores differ: what comes depends on the chance of the skip list.
      [0.1, (each) => request(each.chance.pick(named('zrange', 'zrem', 'zscore', 'zcard')), each).filter((word) => !/^bylex$/i.test(word))],
      [0.06, (each) => ['ZRANGE', each.key(), '0', '-1', 'WITHSCORES']],
    ]);
    return make(chance, words, length).flatMap((step): Step[] => {
      if (step.kind !== 'command') return [step];
      // The lanes of a skip list are chance, and so is its memory; INFO miscounts sizes in 8.0.2.
      if (/^(memory|info)$/i.test(step.argv[0] ?? '')) return [send('a', ['DBSIZE'])];
      // Declared: the last bit of a stored distance. Its order and its four decimals are compared.
      if (!step.argv.some((word) => /^storedist$/i.test(word))) return [step];
      const stored = /^geosearchstore$/i.test(step.argv[0] ?? '') ? [step.argv[1] ?? ''] : step.argv.filter((_, at) => /^store(dist)?$/i.test(step.argv[at - 1] ?? ''));
      return [step, ...stored.flatMap((key) => [send('a', ['ZRANGE', key, '0', '-1']), send('a', ['DEL', key])])];
    });
  },
};
