import { expect, test } from 'vitest';
import { atoi, atoll } from './bytes.ts';

test.each<[string, number | bigint, number]>([
  ['', 0, 0],
  ['12', 12, 12],
  [' \t\n\v\f\r-12x3', -12, -12],
  ['+5', 5, 5],
  ['007', 7, 7],
  ['-0', 0, 0],
  ['- 1', 0, 0],
  ['0x10', 0, 0],
  ['\xa01', 0, 0],
  ['1e3', 1, 1],
  ['2147483648', 2147483648, -2147483648],
  ['4294967297', 4294967297, 1],
  ['-4294967297', -4294967297, -1],
  ['9007199254740993', 9007199254740993n, 1],
  ['99999999999999999999', 9223372036854775807n, -1],
  ['-99999999999999999999', -9223372036854775808n, 0],
])('C reads %j as a long long %d and as an int %d', (text, long, int) => {
  expect(atoll(text)).toBe(long);
  expect(atoi(text)).toBe(int);
});
