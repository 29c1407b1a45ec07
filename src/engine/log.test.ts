import { expect, test } from 'vitest';
import { isLogged, logLine, utcParts } from './log.ts';

test.each([
  [0, '01 Jan 1970 00:00:00.000'],
  [951782400_000_000, '29 Feb 2000 00:00:00.000'],
  [1709251199_999_000, '29 Feb 2024 23:59:59.999'],
  [1795438188_418_000, '23 Nov 2026 12:49:48.418'],
  [4102444800_000_000, '01 Jan 2100 00:00:00.000'],
])('%i microseconds after the epoch is %s', (us, text) => {
  expect(logLine(7, 'M', 'notice', us, 'x')).toBe(`7:M ${text} * x\n`);
});

test('every day of eighty years follows the one before', () => {
  let before = utcParts(0);
  for (let day = 1; day < 80 * 365; day++) {
    const now = utcParts(day * 86400_000_000);
    const next = now.day === before.day + 1 || (now.day === 1 && before.day >= 28 && (now.month === before.month + 1 || (now.month === 0 && before.month === 11 && now.year === before.year + 1)));
    expect(next, `day ${day}`).toBe(true);
    before = now;
  }
});

test('a level is written when the configured one is not above it', () => {
  expect([isLogged('notice', 'notice'), isLogged('verbose', 'notice'), isLogged('warning', 'nothing')]).toEqual([true, false, false]);
});
