/*
 * The software watchdog
 * ---------------------
 * With watchdog-period (milliseconds) every cron winds an alarm, and the next one winds it again. What holds the cron
 * up for longer, a slow command, a script, a dataset that is loaded, lets it ring, once, and the log says so.
 *
 * In the real server a signal rings in the middle of the work and the log shows the machine's stack. Here it rings at
 * that moment where the work is made of several events (a script, a load), and otherwise when it is over, before the
 * cron winds it again. There is no machine's stack to show: the log says what a server says that was built without.
 */
import type { Bytes } from './bytes.ts';
import type { Config } from './config/config.ts';
import type { Env } from './env.ts';
import { writeFromHandler } from './log.ts';

export class Watchdog {
  private alarm: { readonly dueUs: number; cancel(): void } | undefined;
  private readonly env: Env;
  private readonly config: Config;

  constructor(env: Env, config: Config) {
    this.env = env;
    this.config = config;
    config.follow('watchdog-period', () => this.asConfigured());
  }

  /** A period in which two crons do not fit would ring without a reason. */
  private asConfigured(): void {
    const { config } = this;
    const period = config.number('watchdog-period');
    const least = Math.trunc(1000 / Math.max(1, config.number('hz'))) * 2;
    if (period > 0 && period < least) return config.put('watchdog-period', least);
    this.stop();
    return this.wind();
  }

  /** The cron runs. */
  wind(): void {
    const { clock } = this.env;
    const periodUs = this.config.number('watchdog-period') * 1000;
    // The cron was due before the alarm, and so came first when both were late.
    if (this.alarm !== undefined && clock.monotonic() >= this.alarm.dueUs) this.ring();
    this.stop();
    if (periodUs > 0) this.alarm = { dueUs: clock.monotonic() + periodUs, cancel: clock.after(periodUs, 'watchdog', () => this.ring()) };
  }

  stop(): void {
    this.alarm?.cancel();
    this.alarm = undefined;
  }

  private ring(): void {
    this.stop();
    this.tell('--- WATCHDOG TIMER EXPIRED ---');
  }

  /** What the handler of SIGALRM writes, whoever sent it. */
  tell(why: Bytes): void {
    for (const text of [`\n${why}`, 'Sorry: no support for backtrace().', '--------\n']) writeFromHandler(this.env, this.config, text);
  }
}
