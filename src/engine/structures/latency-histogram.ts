/*
 * How long something took, as a distribution
 * ------------------------------------------
 * A high dynamic range histogram of two significant digits, in nanoseconds from 1 to 10^9: cells of equal width
 * up to 256, and from each power of two on cells twice as wide, 128 of them to the next. So every value is kept
 * to within one in 128, whatever its size. Only cells that were met take memory.
 */

/** Longest duration that is told apart from longer ones (one second). */
const HIGHEST = 1_000_000_000;
/** Digits in base two that a cell tells apart. */
const SUB_BUCKET_MAGNITUDE = 8;
/** Where the walk by powers of two begins, and where the last cell ends. */
const FIRST_LEVEL = 1024;
const LAST_LEVEL = 2 ** 30;

/** Width of the cell that holds `value`. */
const cellWidth = (value: number): number => 2 ** Math.max(0, 32 - Math.clz32(value) - SUB_BUCKET_MAGNITUDE);

/** The highest value that is in one cell with this one. */
function highestEquivalent(value: number): number {
  const width = cellWidth(value);
  return Math.floor(value / width) * width + width - 1;
}

export class LatencyHistogram {
  /** Counts by the highest value of their cell. */
  private readonly cells = new Map<number, number>();
  total = 0;

  record(nanoseconds: number): void {
    const cell = highestEquivalent(Math.min(HIGHEST, Math.max(1, nanoseconds)));
    this.cells.set(cell, (this.cells.get(cell) ?? 0) + 1);
    this.total++;
  }

  /** The value, in nanoseconds, that so many percent of all do not exceed: the highest of its cell. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.floor((Math.min(100, percent) / 100) * this.total + 0.5));
    let seen = 0;
    for (const [cell, count] of this.inOrder()) {
      seen += count;
      if (seen >= wanted) return percent === 0 ? cell - cellWidth(cell) + 1 : cell;
    }
    return 0;
  }

  /** Pairs of microseconds, doubling, and how many took no longer; only where the number grows. */
  cumulative(): (readonly [number, number])[] {
    const rows: (readonly [number, number])[] = [];
    const cells = this.inOrder();
    let next = 0;
    let seen = 0;
    for (let level = FIRST_LEVEL; seen < this.total; level *= 2) {
      const upTo = level >= LAST_LEVEL ? LAST_LEVEL - 1 : highestEquivalent(level);
      const before = seen;
      for (let cell = cells[next]; cell !== undefined && cell[0] <= upTo; cell = cells[++next]) seen += cell[1];
      if (seen > before) rows.push([Math.floor(upTo / 1000), seen]);
    }
    return rows;
  }

  private inOrder(): (readonly [number, number])[] {
    return [...this.cells].sort(([a], [b]) => a - b);
  }
}
