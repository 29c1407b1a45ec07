/*
 * What lies within a circle or a box
 * ----------------------------------
 * Distances are those on a ball of the earth's size (the haversine formula). To find the places near a centre, the
 * grid is taken so coarse that the cell of the centre and its eight neighbours surely cover the shape; their score
 * ranges are walked one after the other, and each place found is measured. So unsorted results come cell by cell:
 * the centre's own, north, south, east, west, and the corners.
 */
import type { Bytes } from '../../bytes.ts';
import type { ZsetObject } from '../../keyspace/object.ts';
import { zsetPlaces, zsetSlice } from '../../keyspace/zset-value.ts';
import { boundsOf, cellBeside, cellOf, GEO_STEP_MAX, placeOfScore, scoresOfCell, type Cell, type Place } from '../../structures/geohash.ts';
import { arcsine, cosine, sine } from '../../trigonometry.ts';

const EARTH_RADIUS_IN_METERS = 6372797.560856;
/** Half the length of the equator on the web's map. */
const MERCATOR_MAX = 20037726.37;
const RADIANS_PER_DEGREE = Math.PI / 180;

/** A circle or a box around a centre. Lengths in the client's unit, which has so many metres. */
export interface Shape {
  readonly centre: Place;
  readonly metres: number;
  readonly size: { readonly radius: number } | { readonly width: number; readonly height: number };
}

/** A member that a search has found. */
export interface Found extends Place {
  readonly member: Bytes;
  readonly score: number;
  /** From the centre (metres). */
  readonly distance: number;
}

const radians = (degrees: number): number => degrees * RADIANS_PER_DEGREE;

const latitudeDistance = (a: number, b: number): number => EARTH_RADIUS_IN_METERS * Math.abs(radians(b) - radians(a));

interface Trigonometry {
  sine(x: number): number;
  cosine(x: number): number;
  arcsine(x: number): number;
}

const exactly: Trigonometry = { sine, cosine, arcsine };
const roughly: Trigonometry = { sine: Math.sin, cosine: Math.cos, arcsine: Math.asin };

/** Metres between two places. */
export function distanceBetween(a: Place, b: Place, by: Trigonometry = exactly): number {
  const v = by.sine((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v === 0) return latitudeDistance(a.latitude, b.latitude);
  const [aLatitude, bLatitude] = [radians(a.latitude), radians(b.latitude)];
  const u = by.sine((bLatitude - aLatitude) / 2);
  return 2 * EARTH_RADIUS_IN_METERS * by.arcsine(Math.sqrt(u * u + by.cosine(aLatitude) * by.cosine(bLatitude) * v * v));
}

/** Far more than two ways to work out a sine can differ by. */
const ROUGH_MARGIN = 1 + 1e-9;
const ROUGH_METRES = 1e-3;

/** The distance from the centre to a place within the shape; undefined outside. */
function distanceWithin({ centre, metres, size }: Shape, place: Place): number | undefined {
  if ('radius' in size) {
    const radius = size.radius * metres;
    // What lies clearly outside is most of what is looked at: it need not be measured to the last bit.
    if (distanceBetween(centre, place, roughly) > radius * ROUGH_MARGIN + ROUGH_METRES) return undefined;
    const distance = distanceBetween(centre, place);
    return distance > radius ? undefined : distance;
  }
  if (latitudeDistance(place.latitude, centre.latitude) > (size.height * metres) / 2) return undefined;
  // The width is measured where the place is, not where the centre is.
  const across = distanceBetween(place, { longitude: centre.longitude, latitude: place.latitude });
  return across > (size.width * metres) / 2 ? undefined : distanceBetween(centre, place);
}

interface Bounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** Degrees between which the shape lies; not kept within the map. */
function boundingBox({ centre: { longitude, latitude }, metres, size }: Shape): Bounds {
  const height = metres * ('radius' in size ? size.radius : size.height / 2);
  const width = metres * ('radius' in size ? size.radius : size.width / 2);
  const up = height / EARTH_RADIUS_IN_METERS / RADIANS_PER_DEGREE;
  // A degree of longitude is shortest at the end of the shape that is nearer to a pole.
  const nearerToPole = latitude < 0 ? latitude - up : latitude + up;
  const across = width / EARTH_RADIUS_IN_METERS / cosine(radians(nearerToPole)) / RADIANS_PER_DEGREE;
  return { west: longitude - across, east: longitude + across, south: latitude - up, north: latitude + up };
}

/** The finest grid whose nine cells should cover a circle of this size. */
function stepsFor(metres: number, latitude: number): number {
  if (metres === 0) return GEO_STEP_MAX;
  let steps = 1;
  for (let reach = metres; reach < MERCATOR_MAX; reach *= 2) steps++;
  steps -= 2;
  // Towards the poles cells are narrower.
  if (Math.abs(latitude) > 66) steps--;
  if (Math.abs(latitude) > 80) steps--;
  return Math.max(1, Math.min(GEO_STEP_MAX, steps));
}

/** The cells that are searched, in their order. */
function cellsAround(shape: Shape): Cell[] {
  const { centre, metres, size } = shape;
  const wanted = boundingBox(shape);
  const reach = metres * ('radius' in size ? size.radius : Math.sqrt((size.width / 2) * (size.width / 2) + (size.height / 2) * (size.height / 2)));
  let steps = stepsFor(reach, centre.latitude);
  let cell = cellOf(centre, steps);
  const beside = (east: number, north: number): Bounds => boundsOf(cellBeside(cell, east, north));
  const tooFine = beside(0, 1).north < wanted.north || beside(0, -1).south > wanted.south || beside(1, 0).east < wanted.east || beside(-1, 0).west > wanted.west;
  if (steps > 1 && tooFine) cell = cellOf(centre, --steps);

  const own = boundsOf(cell);
  // On a grid of four cells all neighbours are the same few: then none is left out.
  const mayLeaveOut = steps >= 2;
  const north = !(mayLeaveOut && own.north > wanted.north);
  const south = !(mayLeaveOut && own.south < wanted.south);
  const east = !(mayLeaveOut && own.east > wanted.east);
  const west = !(mayLeaveOut && own.west < wanted.west);
  const neighbours: readonly (readonly [boolean, number, number])[] = [
    [north, 0, 1], [south, 0, -1], [east, 1, 0], [west, -1, 0], [north && east, 1, 1], [north && west, -1, 1], [south && east, 1, -1], [south && west, -1, -1],
  ];
  const cells = [cell];
  for (const [isNeeded, toEast, toNorth] of neighbours) {
    if (!isNeeded) continue;
    const next = cellBeside(cell, toEast, toNorth);
    const before = cells[cells.length - 1] as Cell;
    // In a search of thousands of kilometres the ring closes: the same cell twice in a row is one.
    if (next.row !== before.row || next.column !== before.column || cells.length === 1) cells.push(next);
  }
  return cells;
}

/** The members within the shape, cell by cell; not more than `limit` unless that is 0. `looked` is told how many were measured. */
export function searchShape(object: ZsetObject, shape: Shape, limit: number, looked: (members: number) => void): Found[] {
  const found: Found[] = [];
  for (const cell of cellsAround(shape)) {
    if (limit > 0 && found.length >= limit) break;
    const [min, max] = scoresOfCell(cell);
    const { start, end } = zsetPlaces(object, { isEmpty: min >= max, isBelow: ({ score }) => score < min, isAbove: ({ score }) => score >= max });
    looked(end - start);
    for (const { member, score } of zsetSlice(object, start, end)) {
      const place = placeOfScore(score);
      const distance = distanceWithin(shape, place);
      if (distance === undefined) continue;
      found.push({ ...place, member, score, distance });
      if (limit > 0 && found.length >= limit) break;
    }
  }
  return found;
}
