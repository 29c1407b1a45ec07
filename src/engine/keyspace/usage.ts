/*
 * When and how often a key was used
 * ---------------------------------
 * 24 bits per value. Under the LRU policies they hold the clock, in seconds, of the last use; it wraps
 * after 194 days. Under the LFU policies the upper 16 bits hold minutes (of the last decay) and the lower 8 a
 * logarithmic counter: the busier a key is, the less likely the next use raises it.
 */
import type { Config } from '../config/config.ts';
import type { Random } from '../env.ts';

export const LRU_CLOCK_MAX = 0xffffff;
/** Counter of a new key, so that it is not evicted before it had a chance. */
export const LFU_INIT_VAL = 5;

/** The bits after a use at `nowMs`; `old` undefined for a new value. */
export function touchBits(old: number | undefined, nowMs: number, usesLfu: boolean, config: Config, random: Random): number {
  if (!usesLfu) return Math.floor(nowMs / 1000) & LRU_CLOCK_MAX;
  const minutes = Math.floor(nowMs / 60000) & 0xffff;
  if (old === undefined) return (minutes << 8) | LFU_INIT_VAL;
  const counter = increment(decayed(old, nowMs, config), config.number('lfu-log-factor'), random);
  return (minutes << 8) | counter;
}

/** The LFU counter of `bits` as it stands at `nowMs`, decayed by lfu-decay-time. */
export function decayed(bits: number, nowMs: number, config: Config): number {
  const then = bits >> 8;
  const now = Math.floor(nowMs / 60000) & 0xffff;
  const passed = now >= then ? now - then : 65535 - then + now;
  const period = config.number('lfu-decay-time');
  const lost = period === 0 ? 0 : Math.floor(passed / period);
  const counter = bits & 255;
  return lost > counter ? 0 : counter - lost;
}

/** One use of a key whose counter stands at `counter`: raised with probability 1 / ((counter − 5) · factor + 1). */
function increment(counter: number, factor: number, random: Random): number {
  if (counter === 255) return 255;
  const base = Math.max(0, counter - LFU_INIT_VAL);
  return random.below(0x100000000) / 0x100000000 < 1 / (base * factor + 1) ? counter + 1 : counter;
}

/** How a value was used before it came here: as a file or RESTORE tells it. */
export interface PastUsage {
  readonly idleSeconds?: number | undefined;
  readonly frequency?: number | undefined;
}

/** The bits of a value with that past; undefined when the policy in force cannot use what is known. */
export function bitsOfPast({ idleSeconds, frequency }: PastUsage, nowMs: number, usesLfu: boolean): number | undefined {
  if (usesLfu) return frequency === undefined ? undefined : ((Math.floor(nowMs / 60000) & 0xffff) << 8) | frequency;
  if (idleSeconds === undefined) return undefined;
  const used = (Math.floor(nowMs / 1000) & LRU_CLOCK_MAX) - idleSeconds;
  return (used < 0 ? used + LRU_CLOCK_MAX : used) & LRU_CLOCK_MAX;
}

/** Milliseconds since the value was last used, by its LRU bits. */
export function idleMs(bits: number, nowMs: number): number {
  const clock = Math.floor(nowMs / 1000) & LRU_CLOCK_MAX;
  return (clock >= bits ? clock - bits : clock + (LRU_CLOCK_MAX - bits)) * 1000;
}
