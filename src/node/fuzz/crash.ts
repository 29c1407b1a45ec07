/*
 * Servers that fail, by the thousand: simulation/crash-run.ts with every way of keeping data and of failing.
 */
import { crashRun, FAILURES, KEEPINGS } from '../../simulation/index.ts';

/** Runs each kind once for each seed from `first` on; gives a line for each kind, throws at the first promise that was broken. */
export function manyCrashes(seeds: number, first: number, progress: (runs: number, ofRuns: number) => void): string[] {
  let runs = 0;
  return KEEPINGS.flatMap((keeping) => FAILURES.map((how) => {
    const sum = { lossy: 0, lost: 0, refused: 0 };
    for (let seed = first; seed < first + seeds; seed++) {
      const { problem, acknowledged, kept, refusesToStart } = crashRun(seed, keeping, how);
      if (problem !== undefined) throw new Error(`seed ${seed}, ${keeping}, ${how}: ${problem}`);
      const lost = refusesToStart ? 0 : Math.max(0, acknowledged.length - 1 - kept);
      sum.lost += lost;
      if (lost > 0) sum.lossy++;
      if (refusesToStart) sum.refused++;
      progress(++runs, seeds * KEEPINGS.length * FAILURES.length);
    }
    return `${keeping}, ${how}: ${seeds} runs, ${sum.lossy} of them lost something, ${sum.lost} acknowledged writes in all${sum.refused === 0 ? '' : `; ${sum.refused} did not start again before redis-check-aof --fix`}`;
  }));
}
