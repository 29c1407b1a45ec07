/*
 * What time it is inside an event
 * -------------------------------
 * The wall clock is read once when an event begins. While it lasts, time is that reading plus what the
 * monotonic clock has advanced since; the end of one command is the beginning of the next, so that a
 * command costs one reading. A clock that is set back in the middle of an event is not noticed.
 */
import type { Clock } from './env.ts';

export class EventTime {
  /** Milliseconds and microseconds since the epoch, frozen while a command runs. */
  nowMs = 0;
  nowUs = 0;
  private wallAtEventUs = 0;
  private monotonicAtEventUs = 0;
  private lastReadUs = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
    this.beginEvent();
  }

  /** An event has begun: both clocks are read anew. */
  beginEvent(): void {
    this.wallAtEventUs = this.clock.now();
    this.monotonicAtEventUs = this.clock.monotonic();
    this.lastReadUs = this.monotonicAtEventUs;
    this.set(this.wallAtEventUs);
  }

  /** A command begins where the last one ended; returns that moment of the monotonic clock, in microseconds. */
  beginCommand(): number {
    this.set(this.wallAtEventUs + (this.lastReadUs - this.monotonicAtEventUs));
    return this.lastReadUs;
  }

  /** A command has ended; returns that moment of the monotonic clock, in microseconds. */
  endCommand(): number {
    return (this.lastReadUs = this.clock.monotonic());
  }

  /** How long this event has taken up to the end of its last command, in microseconds. */
  get eventUs(): number {
    return this.lastReadUs - this.monotonicAtEventUs;
  }

  private set(us: number): void {
    this.nowUs = us;
    this.nowMs = Math.floor(us / 1000);
  }
}
