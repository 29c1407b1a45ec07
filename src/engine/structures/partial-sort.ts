/*
 * Sorting no more than is shown
 * -----------------------------
 * Quicksort as J. L. Bentley and M. D. McIlroy engineered it (1993): the pivot is the middle of three, of nine in
 * long runs; what equals it is gathered at both ends and swapped back between the halves; under seven elements
 * insertion does. Here a half in which no wanted place lies is left as it is, so that to have the ten nearest
 * of a million takes little more than looking at each once.
 *
 * It is not stable: which of several equal elements come into the wanted places depends on every swap, and
 * clients see it. So this follows the original swap by swap.
 */

type Compare<T> = (a: T, b: T) => number;

const SHORT = 7;
const LONG = 40;

/** Sorts `items` in place as far as the places from 0 to `last` are concerned. */
export function partialSort<T>(items: T[], last: number, compare: Compare<T>): void {
  sortPart(items, 0, items.length, last, compare);
}

function sortPart<T>(items: T[], from: number, count: number, last: number, compare: Compare<T>): void {
  let start = from;
  let n = count;
  for (;;) {
    if (n < SHORT) {
      for (let i = start + 1; i < start + n; i++) {
        for (let k = i; k > start && compare(items[k - 1] as T, items[k] as T) > 0; k--) swap(items, k, k - 1);
      }
      return;
    }
    swap(items, start, pivotOf(items, start, n, compare));
    const pivot = items[start] as T;
    let equalLow = start + 1;
    let low = start + 1;
    let high = start + n - 1;
    let equalHigh = start + n - 1;
    for (;;) {
      for (; low <= high; low++) {
        const order = compare(items[low] as T, pivot);
        if (order > 0) break;
        if (order === 0) swap(items, equalLow++, low);
      }
      for (; low <= high; high--) {
        const order = compare(items[high] as T, pivot);
        if (order < 0) break;
        if (order === 0) swap(items, high, equalHigh--);
      }
      if (low > high) break;
      swap(items, low++, high--);
    }
    const end = start + n;
    swapRuns(items, start, low, Math.min(equalLow - start, low - equalLow));
    swapRuns(items, low, end, Math.min(equalHigh - high, end - equalHigh - 1));
    const below = low - equalLow;
    if (below > 1 && start <= last) sortPart(items, start, below, last, compare);
    const above = equalHigh - high;
    if (above <= 1 || end - above > last) return;
    start = end - above;
    n = above;
  }
}

function swap<T>(items: T[], a: number, b: number): void {
  const item = items[a] as T;
  items[a] = items[b] as T;
  items[b] = item;
}

/** Exchanges `length` elements from `start` on with the `length` elements before `end`. */
function swapRuns<T>(items: T[], start: number, end: number, length: number): void {
  for (let i = 0; i < length; i++) swap(items, start + i, end - length + i);
}

function pivotOf<T>(items: readonly T[], start: number, n: number, compare: Compare<T>): number {
  const middleOf = (a: number, b: number, c: number): number => {
    const [x, y, z] = [items[a] as T, items[b] as T, items[c] as T];
    if (compare(x, y) < 0) return compare(y, z) < 0 ? b : compare(x, z) < 0 ? c : a;
    return compare(y, z) > 0 ? b : compare(x, z) < 0 ? a : c;
  };
  const middle = start + Math.floor(n / 2);
  if (n === SHORT) return middle;
  const end = start + n - 1;
  if (n <= LONG) return middleOf(start, middle, end);
  const d = Math.floor(n / 8);
  return middleOf(middleOf(start, start + d, start + 2 * d), middleOf(middle - d, middle, middle + d), middleOf(end - 2 * d, end - d, end));
}
