import { expect, test } from 'vitest';
import { SeededRandom } from './testing.ts';
import { arcsine, cosine, sine } from './trigonometry.ts';

const PLACES = 60n;
const ONE = 10n ** PLACES;

/** The sine of a double by its series in whole numbers of 10^-60, rounded to a double. */
function exactSine(x: number): number {
  const [whole, places] = exactDecimal(x);
  const value = BigInt(whole) * 10n ** (PLACES - BigInt(places));
  let term = value;
  let total = 0n;
  for (let n = 1n; term !== 0n; n += 2n) {
    total += term;
    term = (-term * value) / ONE;
    term = (term * value) / ONE / ((n + 1n) * (n + 2n));
  }
  return Number(`${total}e-${PLACES}`);
}

/** A double below 2^3 as digits and a number of decimal places, cut at 60. */
function exactDecimal(x: number): [string, string] {
  return [BigInt(Math.round(x * 2 ** 50)) * 10n ** PLACES / 2n ** 50n, PLACES].map(String) as [string, string];
}

test('sine and cosine are rounded correctly', () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 400; i++) {
    const x = (random.below(2 ** 31) - 2 ** 30) / 2 ** 28 + random.below(1000) / 2 ** 50;
    const asRead = Math.round(x * 2 ** 50) / 2 ** 50;
    expect(sine(asRead)).toBe(exactSine(asRead));
    expect(Math.abs(cosine(asRead) - Math.cos(asRead))).toBeLessThan(1e-15);
  }
});

test('known values', () => {
  expect(sine(0)).toBe(0);
  expect(cosine(0)).toBe(1);
  expect(sine(Math.PI)).toBe(1.2246467991473532e-16);
  expect(cosine(Math.PI / 2)).toBe(6.123233995736766e-17);
  expect(sine(0.5)).toBe(0.479425538604203);
  expect(cosine(1)).toBe(0.5403023058681398);
  expect(arcsine(0.5)).toBe(0.5235987755982989);
  expect(arcsine(1)).toBe(Math.PI / 2);
  expect(cosine(Infinity)).toBeNaN();
});

test('arcsine undoes sine', () => {
  for (let i = 1; i < 1000; i++) {
    const x = i / 1000;
    expect(Math.abs(arcsine(sine(x)) - x)).toBeLessThanOrEqual(2 ** -52);
  }
});
