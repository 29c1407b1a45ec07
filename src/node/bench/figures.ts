/*
 * What a bench brings home: figures with a goal, so that a reader sees at once which are met.
 */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** At least (`from`) or at most (`to`) this much is wanted. */
  readonly goal?: { readonly from: number } | { readonly to: number };
  /** How it came about: medians, numbers of runs. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Why there are none, where something was missing. */
  readonly missing?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.max(0, middle - 1)] ?? NaN, sorted[middle] ?? NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** What one value in four reaches. */
export function upperQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => b - a)[Math.floor(values.length / 4)] ?? NaN;
}

export const isMet = ({ value, goal }: Figure): boolean | undefined => (goal === undefined ? undefined : 'from' in goal ? value >= goal.from : value <= goal.to);

export const shownValue = ({ value, unit }: Figure): string => `${value >= 1000 ? Math.round(value).toLocaleString('en') : value >= 100 ? value.toFixed(0) : value.toFixed(2)}${unit === '' ? '' : ` ${unit}`}`;

export const shownGoal = ({ goal }: Figure): string => (goal === undefined ? '' : 'from' in goal ? `≥ ${goal.from}` : `≤ ${goal.to}`);
