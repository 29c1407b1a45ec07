/*
 * The calendar of a host: all hosts live in UTC
 */

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export interface Moment {
  readonly year: number;
  /** 0–11. */
  readonly month: number;
  readonly day: number;
  /** 0–6, Sunday first. */
  readonly weekday: number;
  /** 1–366. */
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}

const DAY_US = 86_400_000_000;

/** The date and time of a moment, given in microseconds since 1970. */
export function calendar(us: number): Moment {
  const days = Math.floor(us / DAY_US);
  let rest = us - days * DAY_US;
  let year = 1970;
  let left = days;
  for (let length = yearDays(year); left >= length; length = yearDays(year)) {
    left -= length;
    year++;
  }
  const dayOfYear = left + 1;
  let month = 0;
  for (let length = monthDays(year, month); left >= length; length = monthDays(year, month)) {
    left -= length;
    month++;
  }
  const take = (unit: number): number => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count;
  };
  return {
    year, month, day: left + 1, dayOfYear, weekday: (days + 4) % 7,
    hour: take(3_600_000_000), minute: take(60_000_000), second: take(1_000_000), micros: rest,
  };
}

export const two = (n: number): string => String(n).padStart(2, '0');

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function yearDays(year: number): number {
  return isLeap(year) ? 366 : 365;
}

function monthDays(year: number, month: number): number {
  return month === 1 ? (isLeap(year) ? 29 : 28) : month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}
