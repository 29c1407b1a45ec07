/*
 * Places, lengths and units, as clients write them
 */
import type { Bytes } from '../../bytes.ts';
import { fold, parseDouble } from '../../bytes.ts';
import { formatFixed } from '../../numbers.ts';
import { CommandError, NOT_A_FLOAT } from '../../reply.ts';
import { GEO_LAT_MAX, GEO_LONG_MAX, type Place } from '../../structures/geohash.ts';

const METRES: ReadonlyMap<Bytes, number> = new Map([['m', 1], ['km', 1000], ['ft', 0.3048], ['mi', 1609.34]]);

/** How many metres a unit has. */
export function unitArgument(word: Bytes): number {
  const metres = METRES.get(fold(word));
  if (metres === undefined) throw new CommandError('ERR unsupported unit provided. please use M, KM, FT, MI');
  return metres;
}

export function lengthArgument(word: Bytes, complaint: Bytes): number {
  const length = parseDouble(word);
  if (length === undefined) throw new CommandError(complaint);
  return length;
}

/** A place on the map of two words. */
export function placeArgument(longitudeWord: Bytes, latitudeWord: Bytes): Place {
  const longitude = lengthArgument(longitudeWord, NOT_A_FLOAT);
  const latitude = lengthArgument(latitudeWord, NOT_A_FLOAT);
  if (Math.abs(longitude) > GEO_LONG_MAX || Math.abs(latitude) > GEO_LAT_MAX) {
    throw new CommandError(`ERR invalid longitude,latitude pair ${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`);
  }
  return { longitude, latitude };
}

/** A distance as replies have it: four decimals, half to even, text in RESP3, too. */
export function distanceText(distance: number): Bytes {
  const scaled = distance * 10_000;
  const below = Math.floor(scaled);
  const over = scaled - below;
  const rounded = over > 0.5 || (over === 0.5 && below % 2 === 1) ? below + 1 : below;
  const digits = String(rounded).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
