/*
 * Choices from a seed
 * -------------------
 * Every generator draws from here, so that a seed and a number name one scenario for ever.
 */
import { SeededRandom } from '../../simulation/index.ts';

export class Chance {
  private readonly random: SeededRandom;
  constructor(seed: number, name: string) {
    this.random = new SeededRandom(seed, name);
  }

  /** 0 … n−1. */
  below(n: number): number {
    return this.random.below(n);
  }

  /** low … high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `probability` of the cases. */
  happens(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** One of the entries, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      at -= weight;
      if (at < 0) return value;
    }
    throw new Error('the weights do not add up');
  }

  shuffled<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const moved = mixed[i] as T;
      mixed[i] = mixed[j] as T;
      mixed[j] = moved;
    }
    return mixed;
  }
}
