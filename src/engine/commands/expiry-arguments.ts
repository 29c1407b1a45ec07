/*
 * Moments that clients give
 * -------------------------
 * EX, PX, EXAT, PXAT, EXPIRE and the rest say when a key shall end: in seconds or milliseconds, from
 * now or since the epoch. Inside there is one form only, milliseconds since the epoch in 64 bits;
 * whatever would not fit is refused, with the command's name in the message.
 *
 * A moment is a number as long as that is exact and a bigint beyond (some 285,000 years from now),
 * because a client that sets such a moment may ask for it again.
 */
import type { Bytes } from '../bytes.ts';
import { INT64_MAX, INT64_MIN, narrow, parseInteger } from '../bytes.ts';
import type { Moment } from '../keyspace/database.ts';
import { CommandError, NOT_AN_INTEGER } from '../reply.ts';

export type TimeUnit = 'seconds' | 'milliseconds';

/** What is safe to multiply by 1000 and to add a clock to, without leaving exact numbers. */
const CERTAINLY_SAFE = 2 ** 42;

/** The integer that `text` spells, as every command reads its numbers: within 64 bits, spelled plainly. */
export function integerArgument(text: Bytes, complaint: Bytes = NOT_AN_INTEGER): number | bigint {
  const value = parseInteger(text);
  if (value === undefined) throw new CommandError(complaint);
  return value;
}

/** An integer within a range; outside of it the error names the range. */
export function integerInRange(text: Bytes, from: number, to: number, complaint?: Bytes): number {
  const value = integerArgument(text, complaint);
  if (value < from || value > to) throw new CommandError(complaint ?? `ERR value is out of range, value must between ${from} and ${to}`);
  return Number(value);
}

export function invalidExpireTime(commandName: Bytes): CommandError {
  return new CommandError(`ERR invalid expire time in '${commandName}' command`);
}

/**
 * The moment that `amount` means, counted from `baseMs` (0 for one since the epoch). Refuses what does
 * not fit 64 bits. A negative result is fine here: it lies in the past.
 */
export function momentFrom(amount: number | bigint, unit: TimeUnit, baseMs: number, commandName: Bytes): Moment {
  if (typeof amount === 'number' && amount < CERTAINLY_SAFE && amount > -CERTAINLY_SAFE) {
    return (unit === 'seconds' ? amount * 1000 : amount) + baseMs;
  }
  let exact = BigInt(amount);
  if (unit === 'seconds') {
    if (exact > INT64_MAX / 1000n || exact < INT64_MIN / 1000n) throw invalidExpireTime(commandName);
    exact *= 1000n;
  }
  if (exact > INT64_MAX - BigInt(baseMs)) throw invalidExpireTime(commandName);
  return narrow(exact + BigInt(baseMs));
}

/** The same for options that must lie ahead of zero: SET k v EX 0 is an error, EXPIRE k 0 is not. */
export function positiveMomentFrom(text: Bytes, unit: TimeUnit, baseMs: number, commandName: Bytes): Moment {
  const amount = integerArgument(text);
  if (amount <= 0) throw invalidExpireTime(commandName);
  return momentFrom(amount, unit, baseMs, commandName);
}
