import { describe, expect, test } from 'vitest';
import { addLongDouble, formatDouble, formatHumanDouble, formatLongDouble, parseLongDouble } from './numbers.ts';

/** What ZSCORE of a real 8.0.2 says of each (-0 in a skip list; a listpack forgets its sign). */
const doubles: readonly (readonly [value: number, printed: string])[] = [
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [-1, '-1'],
  [3.5, '3.5'],
  [0.1, '0.1'],
  [0.30000000000000004, '0.30000000000000004'],
  [3.0000000000000004, '3.0000000000000004'],
  [1e15, '1000000000000000'],
  [1e17, '100000000000000000'],
  [1e20, '1e+20'],
  [1e21, '1e+21'],
  [1e23, '99999999999999990000000'],
  [123e18, '1.23e+20'],
  [1234567.8, '1234567.8'],
  [12345678901234567000, '12345678901234567000'],
  [2 ** 62, '4611686018427387904'],
  [2 ** 62 + 1024, '4611686018427389000'],
  [-(2 ** 62), '-4611686018427387904'],
  [2 ** 63, '9223372036854776000'],
  [0.001, '0.001'],
  [0.0001, '0.0001'],
  [0.00012345, '1.2345e-4'],
  [0.00123456789012, '0.00123456789012'],
  [1e-5, '0.00001'],
  [1e-6, '0.000001'],
  [1e-7, '1e-7'],
  [1.5e-7, '1.5e-7'],
  [1.2345678e-5, '1.2345678e-5'],
  [5e-324, '5e-324'],
  [2.2250738585072014e-308, '2.2250738585072014e-308'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [99999999999999.9, '99999999999999.9'],
  [-1522659824678244.2, '-1522659824678244.3'],
  [4.325076759585053e-286, '4.3250767595850525e-286'],
  [-1.266860129318142e+136, '-1.2668601293181419e+136'],
  [-2.7689440930046984e+270, '-2.7689440930046983e+270'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
];

/** SET f a, INCRBYFLOAT f b on a real 8.0.2: the reply, 'invalid' or 'nan' for its two errors. */
const sums: readonly (readonly [a: string, b: string, reply: string])[] = [
  ['10.5', '0.1', '10.6'],
  ['5.0e3', '200', '5200'],
  ['0.1', '0.2', '0.3'],
  ['3', '1.1', '4.1'],
  ['1', '-1', '0'],
  ['-0', '-0', '0'],
  ['0', '-1e-18', '0'],
  ['0', '-5e-18', '0'],
  ['0', '5e-18', '0'],
  ['0', '6e-18', '0.00000000000000001'],
  ['1e17', '1e-17', '100000000000000000'],
  ['1e20', '1', '100000000000000000000'],
  ['1e25', '1', '10000000000000000000000000'],
  ['9223372036854775807', '1', '9223372036854775808'],
  ['18446744073709551615', '1', '18446744073709551616'],
  ['18446744073709551616', '1', '18446744073709551616'],
  ['0.5', '0x1p-3', '0.625'],
  ['0x.8', '0xA.8p1', '21.5'],
  ['1e4932', '1e4932', 'nan'],
  ['1e4931', '-1e4931', '0'],
  ['inf', '1', 'nan'],
  ['-inf', 'inf', 'nan'],
  ['1.18973149535723176509e4932', '0', 'invalid'],
  ['3.6e-4951', '0', '0'],
  ['1.8e-4951', '0', 'invalid'],
  ['1e-5000', '0', 'invalid'],
  ['0e99999999999', '1', '1'],
  ['1e99999999999', '1', 'invalid'],
  ['nan', '1', 'invalid'],
  [' 1', '1', 'invalid'],
  ['1 ', '1', 'invalid'],
  ['1e', '1', 'invalid'],
  ['.', '1', 'invalid'],
  ['.5', '5.', '5.5'],
  ['+1', '1', '2'],
  ['0x', '1', 'invalid'],
  ['0x1p', '1', 'invalid'],
  ['', '1', 'invalid'],
  ['1\0', '1', 'invalid'],
];

describe('formatDouble', () => {
  test.each(doubles)('%d is printed as %s', (value, printed) => {
    expect(formatDouble(value)).toBe(printed);
  });

  test('not-a-number has a name', () => {
    expect(formatDouble(NaN)).toBe('nan');
  });

  test('what is printed reads back as the same double', () => {
    const values = new Float64Array(1);
    const halves = new Uint32Array(values.buffer);
    let state = 20;
    const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    for (let i = 0; i < 3000; i++) {
      halves[0] = next();
      halves[1] = next();
      const value = values[0] ?? 0;
      if (Number.isFinite(value)) expect(Number(formatDouble(value))).toBe(value);
    }
    for (let exponent = -1074; exponent < 1024; exponent++) expect(Number(formatDouble(2 ** exponent))).toBe(2 ** exponent);
  });
});

describe('long doubles', () => {
  test.each(sums)('%j + %j is %s', (a, b, reply) => {
    expect(addLongDouble(a, b)).toBe(reply);
  });

  test('the largest long double is printed with all its digits', () => {
    const largest = addLongDouble('1.18973149535723176502e4932', '0');
    expect(largest.length).toBe(4933);
    expect(BigInt(largest)).toBe((2n ** 64n - 1n) << 16320n);
    expect(addLongDouble(largest, largest)).toBe('nan');
  });

  test('half a unit in the last place goes to the even neighbour', () => {
    expect(addLongDouble(String(2n ** 64n), '1')).toBe(String(2n ** 64n));
    expect(addLongDouble(String(2n ** 64n), '3')).toBe(String(2n ** 64n + 4n));
    expect(addLongDouble(String(2n ** 64n), '0x1.0000000000000001p0')).toBe(String(2n ** 64n)); // the addend has 64 bits, too
    expect(addLongDouble(String(2n ** 64n), '1.5')).toBe(String(2n ** 64n + 2n));
  });

  test('a spelling of 5,120 bytes is refused, one byte less is not', () => {
    expect(addLongDouble(`0.${'1'.repeat(5117)}`, '0')).toBe('0.11111111111111111');
    expect(addLongDouble(`0.${'1'.repeat(5118)}`, '0')).toBe('invalid');
  });

  test('small numbers are kept although they are printed as nothing', () => {
    const tiny = parseLongDouble('3.6e-4951');
    expect(tiny).toEqual({ negative: false, infinite: false, significand: 1n, exponent: -16445 });
    expect(tiny && formatLongDouble(tiny)).toBe('0');
    expect(parseLongDouble('-inf')).toMatchObject({ negative: true, infinite: true });
  });

  test('a double is printed exactly, to 17 decimals', () => {
    expect(formatHumanDouble(0.1)).toBe('0.10000000000000001');
    expect(formatHumanDouble(-2.5)).toBe('-2.5');
    expect(formatHumanDouble(1e22)).toBe('10000000000000000000000');
    expect(formatHumanDouble(-5e-324)).toBe('0');
    expect(formatHumanDouble(-Infinity)).toBe('-inf');
  });
});
