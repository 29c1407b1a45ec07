/*
 * Latencies in buckets
 * --------------------
 * As the real program's histogram has them: eight microseconds wide at first, twice as wide with each doubling beyond
 * sixteen milliseconds, so that a value is off by less than a thousandth. A bucket is called by its upper end.
 */
import type { Micros } from '../../../engine/index.ts';

const FINEST_US = 8;
const FINEST_UP_TO_US = 16_384;

export interface Row {
  readonly percent: number;
  readonly us: Micros;
  readonly count: number;
}

export class Histogram {
  count = 0;
  /** How many values each bucket has, by its lower end. */
  private readonly buckets = new Map<Micros, number>();

  add(us: Micros): void {
    const low = us - (us % widthAt(us));
    this.buckets.set(low, (this.buckets.get(low) ?? 0) + 1);
    this.count++;
  }

  clear(): void {
    this.buckets.clear();
    this.count = 0;
  }

  /** NaN without a value. */
  get mean(): Micros {
    let sum = 0;
    for (const [low, count] of this.buckets) sum += (low + widthAt(low) / 2) * count;
    return sum / this.count;
  }

  get least(): Micros {
    return this.count === 0 ? 0 : Math.min(...this.buckets.keys());
  }

  get most(): Micros {
    return this.count === 0 ? 0 : upperEnd(Math.max(...this.buckets.keys()));
  }

  /** The value that so many percent do not exceed. */
  at(percent: number): Micros {
    const wanted = Math.max(1, Math.floor((percent / 100) * this.count + 0.5));
    for (const { us, count } of this.cumulative()) if (count >= wanted) return us;
    return 0;
  }

  private cumulative(): Row[] {
    let below = 0;
    return [...this.buckets].sort(([a], [b]) => a - b).map(([low, count]) => {
      below += count;
      return { percent: (100 * below) / this.count, us: upperEnd(low), count: below };
    });
  }

  /** At 0, 50, 75, 87.5 … percent: halfway to the whole each time. */
  percentiles(): Row[] {
    const rows: Row[] = [];
    let next = 0;
    let last: Row | undefined;
    for (const row of this.cumulative()) {
      last = row;
      while (row.percent >= next && row.count < this.count) {
        rows.push({ ...row, percent: next });
        next += (100 - next) / 2;
      }
      if (row.count === this.count) rows.push({ ...row, percent: next });
    }
    if (last !== undefined) rows.push({ ...last, percent: 100 });
    return rows;
  }

  /** At every tenth of a millisecond, from the second one on at every whole one: where something has changed. */
  steps(): Row[] {
    const rows: Row[] = [];
    const all = this.cumulative();
    let told = -1;
    for (let level = 100, step = 100, i = 0; told < this.count && this.count > 0; level += step) {
      const us = upperEnd(level);
      while (i < all.length && (all[i]?.us ?? 0) <= us) i++;
      const count = all[i - 1]?.count ?? 0;
      if (count !== told) rows.push({ percent: (100 * count) / this.count, us, count });
      told = count;
      if (us > 2100) step = 1000;
    }
    return rows;
  }
}

function widthAt(us: Micros): Micros {
  let width = FINEST_US;
  for (let end = FINEST_UP_TO_US; us >= end; end *= 2) width *= 2;
  return width;
}

function upperEnd(us: Micros): Micros {
  const width = widthAt(us);
  return us - (us % width) + width - 1;
}
