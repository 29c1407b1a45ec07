/*
 * Two ways a key with an expiry leaves
 * ------------------------------------
 * On access: every lookup asks Database.expireIfNeeded(), so no command sees a key past its time,
 * however late the cycle below may be.
 *
 * On a timer: activeExpireCycle looks at some keys that have an expiry and removes the dead ones. It
 * samples, because to look at all of them would stop the server for as long as the keyspace is big. It
 * takes twenty keys of a database (more with active-expire-effort), walking the table of deadlines by
 * SCAN's cursor so that nothing is forgotten, and takes twenty more while over a tenth of them were
 * dead. That bounds the share of dead keys that may lie about, whatever their number.
 *
 * The slow cycle runs from serverCron and may take a quarter of the time between two crons. When that
 * was not enough, fast cycles of a millisecond follow before the server sleeps, until one ends because
 * the work is done. (The real server would also start fast cycles by its estimate of stale keys, but it
 * compares a fraction with a percentage there, so that never happens; here it does not happen either.)
 *
 * Time is read from the monotonic clock. Where that stands still during an event, the work itself
 * is the measure: so much for each bucket, key and removal, and the sum is spent at the end.
 */
import type { Config } from '../config/config.ts';
import type { Clock } from '../env.ts';
import type { ServerEvents } from '../events.ts';
import type { LatencyMonitor } from '../latency.ts';
import type { Statistics } from '../statistics.ts';
import type { Database } from './database.ts';

/** What the cycle needs of its server. */
export interface ExpireHost {
  readonly databases: readonly Database[];
  readonly statistics: Statistics;
  readonly config: Config;
  readonly events: ServerEvents;
  readonly env: { readonly clock: Clock };
  readonly nowMs: number;
  readonly expiryPaused: boolean;
  readonly latency: LatencyMonitor;
}

/** One run of the cycle over one database, for the picture: see inspect/views.ts. */
export interface ExpireCycleRun {
  kind: 'slow' | 'fast';
  atUs: number;
  db: number;
  probes: { key: string; expired: boolean }[];
  sampled: number;
  expired: number;
  loops: number;
  timeUp: boolean;
}

/** Keys of one sample at effort 1; effort 10 takes more than three times as many. */
const KEYS_PER_LOOP = 20;
/** How long a fast cycle may take, in microseconds. */
const FAST_DURATION_US = 1000;
/** Share of the time between two crons that a slow cycle may take, in percent. */
const SLOW_TIME_PERCENT = 25;
/** Share of dead keys in a sample up to which the cycle is content, in percent. */
const ACCEPTABLE_STALE_PERCENT = 10;
/** Databases that one run visits at most. */
const CRON_DBS_PER_CALL = 16;
/** Buckets passed for each key wanted: empty ones are cheap, but not free. */
const BUCKETS_PER_KEY = 20;
/** The time is read once in so many samples. */
const LOOPS_PER_TIME_CHECK = 16;
/** Weight that the mean lifetime so far keeps against a new sample, and the estimate of stale keys. */
const TTL_MEMORY = 0.98;
const STALE_MEMORY = 0.95;

/** What the work counts for where the clock stands still, in microseconds. */
const BUCKET_COST_US = 0.02;
const SAMPLE_COST_US = 0.1;
const REMOVAL_COST_US = 0.5;

const PROBES_KEPT = 200;

export class ExpireCycle {
  /** The latest run over each database; kept only while somebody listens to the server's events. */
  readonly lastRuns = new Map<number, ExpireCycleRun>();
  /** The same for the runs that removed something. */
  readonly lastSweeps = new Map<number, ExpireCycleRun>();
  private nextDatabase = 0;
  private stoppedByTime = false;
  private lastFastUs = -Infinity;

  /** The fast cycle, asked for at the end of every event: nearly always it has nothing to do. */
  beforeSleep(host: ExpireHost): void {
    if (this.stoppedByTime) this.run(host, 'fast');
  }

  run(host: ExpireHost, kind: 'slow' | 'fast'): void {
    if (host.expiryPaused) return;
    const { databases, statistics, config, events } = host;
    const { clock } = host.env;
    const effort = config.number('active-expire-effort') - 1;
    const keysPerLoop = KEYS_PER_LOOP + (KEYS_PER_LOOP / 4) * effort;
    const fastUs = FAST_DURATION_US + (FAST_DURATION_US / 4) * effort;
    const acceptablePercent = ACCEPTABLE_STALE_PERCENT - effort;
    const startedUs = clock.monotonic();

    if (kind === 'fast') {
      // Twice as long a rest as the work may take.
      if (startedUs < this.lastFastUs + fastUs * 2) return;
      this.lastFastUs = startedUs;
    }
    // After a run that time cut short, all databases are due: one of them is full of dead keys.
    const databasesDue = this.stoppedByTime ? databases.length : Math.min(CRON_DBS_PER_CALL, databases.length);
    const slowUs = Math.max(1, Math.floor(((SLOW_TIME_PERCENT + 2 * effort) * 1e6) / config.number('hz') / 100));
    const limitUs = kind === 'fast' ? fastUs : slowUs;
    this.stoppedByTime = false;

    let countedUs = 0;
    let loops = 0;
    let totalSampled = 0;
    let totalExpired = 0;
    const elapsedUs = (): number => Math.max(countedUs, clock.monotonic() - startedUs);

    let visited = 0;
    for (let i = 0; i < databases.length && visited < databasesDue && !this.stoppedByTime; i++) {
      const db = databases[this.nextDatabase % databases.length];
      // Moved on now, so that a database that takes all the time does not come first again.
      this.nextDatabase = (this.nextDatabase + 1) % databases.length;
      // Fields come before keys: their queue is cheap to look at.
      db?.expireDueFields();
      if (db === undefined || db.expires.size === 0) {
        if (db !== undefined) db.averageTtlMs = 0;
        continue;
      }
      visited++;
      const run: ExpireCycleRun | undefined = events.heard
        ? { kind, atUs: clock.now(), db: db.id, probes: [], sampled: 0, expired: 0, loops: 0, timeUp: false }
        : undefined;
      let ttlSum = 0;
      let ttlSamples = 0;
      let ttlRounds = 0;
      let again: boolean;
      do {
        again = false;
        loops++;
        const size = db.expires.size;
        if (size === 0) {
          db.averageTtlMs = 0;
          break;
        }
        const wanted = Math.min(size, keysPerLoop);
        const ttlSamplesBefore = ttlSamples;
        let sampled = 0;
        let expired = 0;
        let buckets = 0;
        let wholeTable = false;
        while (sampled < wanted && buckets < wanted * BUCKETS_PER_KEY) {
          db.expireCursor = db.expires.scan(db.expireCursor, ({ key, value }) => {
            sampled++;
            const isDead = host.nowMs >= value;
            if (run !== undefined && run.probes.length < PROBES_KEPT) run.probes.push({ key, expired: isDead });
            if (isDead) {
              db.removeExpired(key, 'cycle');
              expired++;
            } else {
              ttlSum += Number(value) - host.nowMs;
              ttlSamples++;
            }
          });
          if (db.expireCursor === 0) {
            wholeTable = true;
            break;
          }
          buckets++;
        }
        totalSampled += sampled;
        totalExpired += expired;
        countedUs += buckets * BUCKET_COST_US + sampled * SAMPLE_COST_US + expired * REMOVAL_COST_US;
        if (ttlSamples > ttlSamplesBefore) ttlRounds++;
        if (run !== undefined) {
          run.sampled += sampled;
          run.expired += expired;
          run.loops++;
        }
        again = !wholeTable && (sampled === 0 || (expired * 100) / sampled > acceptablePercent);
        if (loops % LOOPS_PER_TIME_CHECK === 0 || !again) {
          if (ttlSamples > 0) {
            const mean = Math.trunc(ttlSum / ttlSamples);
            db.averageTtlMs = db.averageTtlMs === 0 ? mean : Math.trunc(mean + (db.averageTtlMs - mean) * TTL_MEMORY ** ttlRounds);
            ttlSum = ttlSamples = ttlRounds = 0;
          }
          if (elapsedUs() > limitUs) {
            this.stoppedByTime = true;
            statistics.expiredTimeCapReached++;
            if (run !== undefined) run.timeUp = true;
            break;
          }
        }
      } while (again);
      if (run !== undefined) {
        this.lastRuns.set(db.id, run);
        if (run.expired > 0) this.lastSweeps.set(db.id, run);
      }
    }

    if (clock.monotonic() === startedUs && countedUs >= 1) clock.spend(Math.floor(countedUs));
    statistics.expireCycleCpuUs += Math.round(elapsedUs());
    host.latency.addIfNeeded('expire-cycle', elapsedUs(), Math.floor(host.nowMs / 1000));
    const staleNow = totalSampled > 0 ? (totalExpired * 100) / totalSampled : 0;
    statistics.expiredStalePercent = staleNow * (1 - STALE_MEMORY) + statistics.expiredStalePercent * STALE_MEMORY;
    if (totalSampled > 0) {
      events.emit(() => ({ type: 'expiryCycleRan', atUs: clock.now(), kind, sampled: totalSampled, expired: totalExpired, stalePercent: staleNow }));
    }
  }
}
