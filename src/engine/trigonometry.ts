/*
 * Sine, cosine and arcsine, the same everywhere
 * ---------------------------------------------
 * JavaScript leaves the last bit of Math.sin to the engine, and browsers differ. GEOSEARCHSTORE … STOREDIST stores
 * distances with all their bits, so here the functions are worked out to some 100 bits and rounded once, which is
 * also what the C library gives in all but the rarest cases. Sums, products and quotients come out alike in every
 * engine, and nothing else decides about a result.
 *
 * A number of double length is a pair whose sum it is, the second part below half a unit in the last place of the
 * first (T. J. Dekker, "A floating-point technique for extending the available precision", 1971).
 */

type Long = readonly [high: number, low: number];

/** a + b without loss; `a` may be the smaller one. */
function sum(a: number, b: number): Long {
  const s = a + b;
  const fromB = s - a;
  return [s, a - (s - fromB) + (b - fromB)];
}

/** The same when |a| ≥ |b|. */
function normal(a: number, b: number): Long {
  const s = a + b;
  return [s, b - (s - a)];
}

/** 2^27 + 1: cuts a significand in two halves whose products are exact. */
const HALVES = 134217729;

function product(a: number, b: number): Long {
  const p = a * b;
  const aTimes = HALVES * a;
  const bTimes = HALVES * b;
  const aHigh = aTimes - (aTimes - a);
  const bHigh = bTimes - (bTimes - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return [p, aHigh * bHigh - p + aHigh * bLow + aLow * bHigh + aLow * bLow];
}

function add(x: Long, y: Long): Long {
  const [high, rest] = sum(x[0], y[0]);
  const [low, least] = sum(x[1], y[1]);
  const [a, b] = normal(high, rest + low);
  return normal(a, b + least);
}

function multiply(x: Long, y: Long): Long {
  const [high, low] = product(x[0], y[0]);
  return normal(high, low + (x[0] * y[1] + x[1] * y[0]));
}

function divide(x: Long, by: number): Long {
  const high = x[0] / by;
  const [p, rest] = product(high, by);
  return normal(high, (x[0] - p - rest + x[1]) / by);
}

/** π/2 in three parts: enough for a remainder of double length near any multiple. */
const HALF_PI = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33] as const;
/** Beyond this many quarter turns the parts of π/2 do not suffice. */
const MOST_QUARTERS = 16;

/** Terms of the series; the last is below 2^-110 at π/4. */
const TERMS = 29;
/** 1/n!. */
const inverseFactorials: readonly Long[] = (() => {
  const all: Long[] = [[1, 0]];
  for (let n = 1; n <= TERMS; n++) all.push(divide(all[n - 1] as Long, n));
  return all;
})();

/** The series of sine (from 1) or cosine (from 0) for |r| ≤ π/4. */
function series(r: Long, from: 0 | 1): Long {
  const square = multiply(r, r);
  const minusSquare: Long = [-square[0], -square[1]];
  let result: Long = [0, 0];
  for (let n = TERMS - 1 + from; n >= from; n -= 2) result = add(multiply(result, minusSquare), inverseFactorials[n] as Long);
  return from === 1 ? multiply(result, r) : result;
}

/** The sine of x plus `quarters` right angles. */
function sineFrom(x: number, quarters: number): Long {
  const turns = Math.round(x / HALF_PI[0]);
  let r: Long = [x, 0];
  for (const part of HALF_PI) {
    const [high, low] = product(-turns, part);
    r = add(r, [high, low]);
  }
  const quadrant = (((turns + quarters) % 4) + 4) % 4;
  const value = series(r, quadrant % 2 === 0 ? 1 : 0);
  return quadrant < 2 ? value : [-value[0], -value[1]];
}

const isFar = (x: number): boolean => !(Math.abs(x) < MOST_QUARTERS);

/** Far from 0 the engine's own function serves: no distance on this planet needs it. */
export function sine(x: number): number {
  return isFar(x) ? Math.sin(x) : sineFrom(x, 0)[0];
}

export function cosine(x: number): number {
  return isFar(x) ? Math.cos(x) : sineFrom(x, 1)[0];
}

export function arcsine(x: number): number {
  const near = Math.asin(x);
  if (x === 0 || Math.abs(x) >= 1) return near;
  // One step of Newton's from a value that is good to 50 bits.
  const [high, low] = sineFrom(near, 0);
  return near + (x - high - low) / cosine(near);
}
