/*
 * Rewrites that fail again and again
 * ----------------------------------
 * A rewrite that failed is tried again at the next call of the cron, which on a full disk would keep a child writing
 * all day. After three failures in a row the next has to wait, for a minute, then two, … an hour.
 */
import type { Bytes } from '../bytes.ts';

const FAILURES_WITHOUT_DELAY = 3;
const LONGEST_DELAY_MINUTES = 60;

export class RewriteLimit {
  failuresInRow = 0;
  private nextMs = 0;
  private isLogged = false;

  failed(): void {
    this.failuresInRow++;
  }

  succeeded(): void {
    this.failuresInRow = 0;
  }

  /** Somebody wants a rewrite, however often it has failed. */
  lift(): void {
    this.failuresInRow = 0;
    this.nextMs = 0;
  }

  /** Whether the next rewrite has to wait. */
  isReached(nowMs: number, warn: (text: Bytes) => void): boolean {
    if (this.failuresInRow < FAILURES_WITHOUT_DELAY) return false;
    if (this.nextMs === 0) {
      const minutes = Math.min(LONGEST_DELAY_MINUTES, 2 ** (this.failuresInRow - FAILURES_WITHOUT_DELAY));
      this.nextMs = nowMs + minutes * 60_000;
      if (!this.isLogged) warn(`Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${minutes} minutes`);
      this.isLogged = true;
    }
    if (nowMs < this.nextMs) return true;
    this.nextMs = 0;
    this.isLogged = false;
    return false;
  }
}
