/*
 * What the server counts
 * ----------------------
 * The numbers behind INFO's stats, commandstats and errorstats. CONFIG RESETSTAT starts them again.
 */
import type { Bytes } from './bytes.ts';
import type { Command } from './command.ts';
import { oneLine } from './reply.ts';
import { LatencyHistogram } from './structures/latency-histogram.ts';

export interface CommandCounters {
  calls: number;
  /** Time in the handler, microseconds. */
  usec: number;
  /** Refused before the handler ran. */
  rejected: number;
  /** Answered with an error. */
  failed: number;
  /** How long the calls took; of those that ran with latency-tracking on. */
  histogram: LatencyHistogram | undefined;
}

/** Redis stops telling new error prefixes apart beyond this many (ERROR_STATS_NUMBER). */
export const ERROR_STATS_LIMIT = 128;

/** Where the first blank may stand behind a code; an error without one counts as ERR. */
const LONGEST_PREFIX = 30;

export class Statistics {
  connectionsReceived = 0;
  commandsProcessed = 0;
  /** Time spent in handlers, microseconds. */
  commandUsec = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  rejectedConnections = 0;
  errorReplies = 0;
  evictedClients = 0;
  unexpectedErrorReplies = 0;
  /** Packed pieces of loaded values that were looked into because sanitize-dump-payload asks for it. */
  payloadSanitizations = 0;
  /** Keys removed since the last reset, in all databases. */
  keyspace = { hits: 0, misses: 0, expiredKeys: 0, expiredSubkeys: 0, evictedKeys: 0, lazyFreed: 0 };
  expiredTimeCapReached = 0;
  expiredStalePercent = 0;
  expireCycleCpuUs = 0;
  totalReadsProcessed = 0;
  totalWritesProcessed = 0;
  /** As many of these as other threads than the main one have done, by thread (io-threads.ts). */
  ioThreadReads: number[] = [];
  ioThreadWrites: number[] = [];
  clientOutputBufferDisconnects = 0;
  replyBufferShrinks = 0;
  replyBufferExpands = 0;
  clientQueryBufferDisconnects = 0;
  /** Refusals by the rules of users: failed logins, commands, keys, channels. */
  aclAccessDenied = { auth: 0, command: 0, key: 0, channel: 0 };
  /** Commands that a cluster would refuse, of those that were looked at. */
  clusterIncompatible = 0;
  peakMemoryBytes = 0;
  readonly commands = new Map<number, { command: Command; counters: CommandCounters }>();
  readonly errors = new Map<Bytes, number>();
  errorsOverflowed = false;
  /** There are too many kinds of errors; these are they. */
  onTooManyErrors: (codes: readonly Bytes[]) => void = () => {};
  /** Turns of the event loop, and time spent in them: in all, in the cron, in writing the append-only file (microseconds). */
  eventLoop = { cycles: 0, durationUs: 0, cronUs: 0, aofUs: 0, longestUs: 0, mostCommands: 0 };
  /** Samples for the rates of INFO: instantaneous operations and bytes a second. */
  readonly instantaneous = { operations: new Rate(), input: new Rate(), output: new Rate(), cycles: new Rate(), cycleUs: new Rate() };

  countersOf(command: Command): CommandCounters {
    let entry = this.commands.get(command.index);
    if (entry === undefined) {
      entry = { command, counters: { calls: 0, usec: 0, rejected: 0, failed: 0, histogram: undefined } };
      this.commands.set(command.index, entry);
    }
    return entry.counters;
  }

  /** Counts a call that is over, and `isTracked`: its duration in the histogram. */
  countCall(command: Command, durationUs: number, isTracked: boolean): CommandCounters {
    const counters = this.countersOf(command);
    counters.calls++;
    counters.usec += durationUs;
    this.commandUsec += durationUs;
    this.commandsProcessed++;
    if (isTracked) (counters.histogram ??= new LatencyHistogram()).record(durationUs * 1000);
    return counters;
  }

  /** Counts an error reply by the first word of its line. */
  countError(text: Bytes): void {
    this.errorReplies++;
    const line = oneLine(text);
    const blank = line.indexOf(' ');
    const prefix = blank === -1 || blank > LONGEST_PREFIX ? 'ERR' : line.slice(0, blank);
    const known = this.errors.get(prefix);
    if (this.errorsOverflowed) return;
    if (known === undefined && this.errors.size >= ERROR_STATS_LIMIT) {
      // Somebody makes them up: from now on none is told apart, until CONFIG RESETSTAT.
      this.onTooManyErrors([...this.errors.keys()].sort());
      this.errors.clear();
      this.errors.set('ERRORSTATS_DISABLED', 1);
      this.errorsOverflowed = true;
      return;
    }
    this.errors.set(prefix, (known ?? 0) + 1);
  }

  reset(): void {
    Object.assign(this, new Statistics(), { commands: this.commands, errors: this.errors, instantaneous: this.instantaneous, keyspace: this.keyspace, onTooManyErrors: this.onTooManyErrors });
    Object.assign(this.keyspace, { hits: 0, misses: 0, expiredKeys: 0, expiredSubkeys: 0, evictedKeys: 0, lazyFreed: 0 });
    this.commands.clear();
    this.errors.clear();
    for (const rate of Object.values(this.instantaneous)) rate.reset();
  }
}

/** A rate over the last 16 samples, each taken by the cron: what instantaneous_ops_per_sec shows. */
export class Rate {
  private samples = new Array<number>(16).fill(0);
  private next = 0;
  private lastBase = 0;
  private lastTotal = 0;

  sample(total: number, nowUs: number): void {
    this.samplePer(total, nowUs, 1e6);
  }

  /** The same for a rate by something else than time: `factor` times what `total` has grown by, for each by which `base` has. */
  samplePer(total: number, base: number, factor: number): void {
    const passed = base - this.lastBase;
    this.samples[this.next] = this.lastBase > 0 && passed > 0 ? ((total - this.lastTotal) * factor) / passed : 0;
    this.next = (this.next + 1) % this.samples.length;
    this.lastBase = base;
    this.lastTotal = total;
  }

  /** Mean of the samples: a second, or whatever they were taken by. */
  get perSecond(): number {
    return this.samples.reduce((sum, each) => sum + each, 0) / this.samples.length;
  }

  reset(): void {
    this.samples.fill(0);
    this.lastBase = 0;
    this.lastTotal = 0;
  }
}
