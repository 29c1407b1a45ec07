/*
 * The latency monitor
 * -------------------
 * Whatever holds the server up for latency-monitor-threshold milliseconds or longer leaves a sample under its
 * event's name: a command, an expiry cycle, an eviction. Of each event the last 160 seconds that had one are
 * kept, the worst of each second, and the worst of all time.
 */
import type { Bytes } from './bytes.ts';
import type { Config } from './config/config.ts';

/** Samples kept of one event (LATENCY_TS_LEN). */
const SAMPLES_KEPT = 160;

export interface LatencySample {
  readonly atSeconds: number;
  latencyMs: number;
}

export interface LatencyEvent {
  /** Oldest first. */
  readonly samples: LatencySample[];
  maxMs: number;
}

export class LatencyMonitor {
  readonly events = new Map<Bytes, LatencyEvent>();
  private thresholdMs = 0;

  constructor(config: Config) {
    config.follow('latency-monitor-threshold', () => (this.thresholdMs = config.number('latency-monitor-threshold')));
  }

  get isOn(): boolean {
    return this.thresholdMs > 0;
  }

  /** Something took so long, in microseconds; it leaves a sample if that was long enough. */
  addIfNeeded(name: Bytes, durationUs: number, atSeconds: number): void {
    const latencyMs = Math.floor(durationUs / 1000);
    if (this.thresholdMs === 0 || latencyMs < this.thresholdMs) return;
    let event = this.events.get(name);
    if (event === undefined) this.events.set(name, (event = { samples: [], maxMs: 0 }));
    event.maxMs = Math.max(event.maxMs, latencyMs);
    const last = event.samples.at(-1);
    if (last?.atSeconds === atSeconds) last.latencyMs = Math.max(last.latencyMs, latencyMs);
    else event.samples.push({ atSeconds, latencyMs });
    if (event.samples.length > SAMPLES_KEPT) event.samples.shift();
  }

  /** Forgets these events, or all; returns how many there were. */
  reset(names: readonly Bytes[]): number {
    if (names.length > 0) return names.filter((name) => this.events.delete(name)).length;
    const { size } = this.events;
    this.events.clear();
    return size;
  }
}
