/*
 * Epochs
 * ------
 * The logical clock of Sentinel and of Cluster: a configuration with a newer epoch wins. It has 64 bits and no sign on
 * the wire and in files, and anybody may tell of one that is larger than a number of JavaScript can hold exactly. Two
 * that should differ and do not would be two leaders in one epoch, so they are big integers.
 */
import type { Bytes } from './bytes.ts';

export type Epoch = bigint;

const HIGHEST: Epoch = 0xffff_ffff_ffff_ffffn;

export const asEpoch = (value: number | bigint): Epoch => BigInt.asUintN(64, BigInt(value));

/** The one after it. After the last comes the first, as in the real server. */
export const nextEpoch = (epoch: Epoch): Epoch => asEpoch(epoch + 1n);

export const laterEpoch = (a: Epoch, b: Epoch): Epoch => (a > b ? a : b);

/** As C's strtoull() reads it: what is no number is 0, and what is too large is the highest. */
export function readEpoch(text: Bytes): Epoch {
  const [, sign, digits] = /^[\t-\r ]*([+-]?)(\d+)/.exec(text) ?? [];
  if (digits === undefined) return 0n;
  const value = BigInt(digits);
  if (value > HIGHEST) return HIGHEST;
  return asEpoch(sign === '-' ? -value : value);
}

/** As an integer of a reply, which has a sign. */
export const epochReply = (epoch: Epoch): bigint => BigInt.asIntN(64, epoch);
