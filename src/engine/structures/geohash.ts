/*
 * Places as numbers
 * -----------------
 * A place on the map becomes one number in which near places are mostly near: longitude and latitude are each told
 * in 26 steps of halving their range, and the answers are interleaved, latitude in the even bits.
 *
 *     latitude    …   1   0   1      }   … 0 1 1 0 1 1    52 bits, which a score of a sorted set holds exactly
 *     longitude   … 0   1   1        }
 *
 * With fewer steps the same number names a cell of a coarser grid, and all places in the cell have scores that lie
 * between two numbers. So a search by distance is a search of score ranges: of a cell that holds the centre, and its
 * eight neighbours.
 *
 * The latitudes are those of the web's maps: 85.05112878 degrees to either side make the map a square.
 */
import type { Bytes } from '../bytes.ts';

export const GEO_LONG_MAX = 180;
export const GEO_LAT_MAX = 85.05112878;
/** Steps of a score. */
export const GEO_STEP_MAX = 26;

/** Degrees. */
export interface Place {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell of the grid with 2^step rows and columns, counted from the south west. */
export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly step: number;
}

/** Degrees between which a cell lies. */
export interface CellBounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** The cell in which a place lies. At the very end of a range it is one beyond the last, as in the real server. */
export function cellOf({ longitude, latitude }: Place, step: number, latitudeMax = GEO_LAT_MAX): Cell {
  const across = (longitude + GEO_LONG_MAX) / (2 * GEO_LONG_MAX);
  const up = (latitude + latitudeMax) / (2 * latitudeMax);
  return { row: Math.trunc(up * 2 ** step), column: Math.trunc(across * 2 ** step), step };
}

export function boundsOf({ row, column, step }: Cell): CellBounds {
  const cells = 2 ** step;
  const latitude = (n: number): number => -GEO_LAT_MAX + (n / cells) * (2 * GEO_LAT_MAX);
  const longitude = (n: number): number => -GEO_LONG_MAX + (n / cells) * (2 * GEO_LONG_MAX);
  // A made-up score may have 32 bits of each, and the next number of 32 bits is 0 again.
  return { south: latitude(row), north: latitude((row + 1) >>> 0), west: longitude(column), east: longitude((column + 1) >>> 0) };
}

/** The cell so many columns to the east and rows to the north; the map is a ring in both directions. */
export function cellBeside({ row, column, step }: Cell, east: number, north: number): Cell {
  const cells = 2 ** step;
  const moved = (n: number, by: number): number => (by === 0 ? n : (n + by + cells) % cells);
  return { row: moved(row, north), column: moved(column, east), step };
}

/** The bits of 16 bits, each followed by a zero. */
function spread(bits: number): number {
  let x = bits & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Every second bit of 32, from the lowest on. */
function gathered(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

/** The number of a cell: rows and columns interleaved. */
function bitsOf({ row, column }: Cell): bigint {
  const low = (spread(row) | (spread(column) << 1)) >>> 0;
  const high = (spread(row >>> 16) | (spread(column >>> 16) << 1)) >>> 0;
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The score of a place. */
export function scoreOfPlace(place: Place): number {
  return Number(bitsOf(cellOf(place, GEO_STEP_MAX)));
}

/** Scores of all places in a cell: from the first up to and not including the second. */
export function scoresOfCell(cell: Cell): readonly [number, number] {
  const shift = BigInt(2 * (GEO_STEP_MAX - cell.step));
  const bits = bitsOf(cell);
  return [Number(bits << shift), Number((bits + 1n) << shift)];
}

/** The place that a score stands for: the middle of its cell. Any score means one, also those that no place has. */
export function placeOfScore(score: number): Place {
  const bits = toUnsigned64(score);
  const [high, low] = [Number(bits >> 32n), Number(bits & 0xffffffffn)];
  const row = ((gathered(high) << 16) | gathered(low)) >>> 0;
  const column = ((gathered(high >>> 1) << 16) | gathered(low >>> 1)) >>> 0;
  const { west, east, south, north } = boundsOf({ row, column, step: GEO_STEP_MAX });
  return { longitude: within((west + east) / 2, GEO_LONG_MAX), latitude: within((south + north) / 2, GEO_LAT_MAX) };
}

const within = (degrees: number, most: number): number => Math.max(-most, Math.min(most, degrees));

/** A double as the processor converts it to 64 bits without sign: what does not fit is 2^63 or 0. */
function toUnsigned64(value: number): bigint {
  const top = 2 ** 63;
  if (value >= top) return value < 2 * top ? BigInt(Math.trunc(value)) : 0n;
  return value >= -top ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : 1n << 63n;
}

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const HASH_LENGTH = 11;

/** The usual geohash: letters of five bits each, for latitudes up to the poles. The last of eleven has no bits left and is 0. */
export function geohashText(place: Place): Bytes {
  const bits = bitsOf(cellOf(place, GEO_STEP_MAX, 90));
  let text = '';
  for (let i = 1; i < HASH_LENGTH; i++) text += ALPHABET.charAt(Number((bits >> BigInt(2 * GEO_STEP_MAX - 5 * i)) & 31n));
  return `${text}0`;
}
