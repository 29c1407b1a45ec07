/*
 * What happened, and why
 * ----------------------
 * The last events of a simulation of several machines, each with the event during which it was scheduled. Because
 * nothing happens but by events, that is the whole chain of causes: a promotion leads back to the message, that to the
 * timer, that to the cut, that to the line that somebody typed. What machines do all the time (heartbeats, crons) is
 * told apart.
 */
import type { Micros } from '../engine/index.ts';
import { isBackgroundLabel } from './message.ts';
import type { EventInfo } from './scheduler.ts';

export interface LoggedEvent {
  readonly seq: number;
  /** Events that had been executed before this one: the moment, exactly. */
  readonly executed: number;
  readonly atUs: Micros;
  readonly host: string;
  readonly kind: string;
  readonly what: string;
  /** seq of what led to it; 0 when it came from outside. */
  readonly cause: number;
  readonly isBackground: boolean;
}

/** So many are kept; a chain of causes ends where it leads beyond them. */
const KEPT = 30_000;
const LONGEST_CHAIN = 200;
/** Timers that go on for ever. */
const TIMERS: ReadonlySet<string> = new Set(['serverCron', 'clusterCron', 'sentinelTimer', 'replicationCron']);
/** Between the name of a message and its way: see network.ts. */
const AFTER_LABEL = ': ';

export class EventLog {
  private readonly events = new Map<number, LoggedEvent>();

  note({ seq, at, host, kind, what, cause }: EventInfo, executed: number): void {
    const label = kind === 'data' ? what.slice(0, Math.max(0, what.indexOf(AFTER_LABEL))) : what;
    const isBackground = kind === 'timer' || kind === 'wake' ? TIMERS.has(what) : kind === 'data' && isBackgroundLabel(label);
    this.events.set(seq, { seq, executed, atUs: at, host, kind, what, cause, isBackground });
    if (this.events.size <= KEPT) return;
    for (const oldest of this.events.keys()) {
      this.events.delete(oldest);
      break;
    }
  }

  /** The newest `limit` events, oldest first; those of the background only when they are wanted. */
  latest(limit: number, background: boolean): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    for (const event of [...this.events.values()].reverse()) {
      if (found.length >= limit) break;
      if (background || !event.isBackground) found.push(event);
    }
    return found.reverse();
  }

  /** The event and what led to it, back to what came from outside or is no longer kept. */
  why(seq: number): LoggedEvent[] {
    const chain: LoggedEvent[] = [];
    for (let event = this.events.get(seq); event !== undefined && chain.length < LONGEST_CHAIN; event = this.events.get(event.cause)) chain.push(event);
    return chain;
  }
}
