/*
 * What is kept when a server fails: crash-run.ts tells how a run goes
 */
import { describe, expect, it } from 'vitest';
import { crashRun, EVERYSEC_BOUND_MS, FAILURES, KEEPINGS, type CrashOutcome, type Failure, type Keeping } from './crash-run.ts';

const SEEDS = 40;

const runs = (keeping: Keeping, how: Failure): CrashOutcome[] => Array.from({ length: SEEDS }, (_, index) => crashRun(index + 1, keeping, how));
const lost = ({ acknowledged, kept, refusesToStart }: CrashOutcome): number => (refusesToStart ? 0 : Math.max(0, acknowledged.length - 1 - kept));

describe.each(KEEPINGS)('%s', (keeping) => {
  it.each(FAILURES)('keeps its promise after %s', (how) => {
    for (const [index, { problem }] of runs(keeping, how).entries()) expect(problem, `seed ${index + 1}`).toBeUndefined();
  });
});

describe('what may be lost is lost', () => {
  it('with appendfsync everysec, when the power fails: up to a second', () => {
    const ages = runs('everysec', 'power').filter(({ refusesToStart }) => !refusesToStart).map(({ acknowledged, crashedAtMs, kept }) => crashedAtMs - (acknowledged[kept + 1] ?? crashedAtMs));
    expect(Math.max(...ages)).toBeGreaterThan(500);
    expect(Math.max(...ages)).toBeLessThan(EVERYSEC_BOUND_MS);
  });

  it('with appendfsync no: what was written since the last rewrite', () => {
    expect(runs('no', 'power').reduce((sum, outcome) => sum + lost(outcome), 0)).toBeGreaterThan(SEEDS * 10);
  });

  it('with snapshots: what was written since the last, whichever way it fails', () => {
    for (const how of FAILURES) expect(runs('snapshots', how).reduce((sum, outcome) => sum + lost(outcome), 0)).toBeGreaterThan(SEEDS * 10);
  });
});
