/*
 * The scheduler
 * -------------
 * The one queue of a simulation: a binary heap of events in (at, seq) order, where seq is the counter of
 * insertion. Nothing happens except by taking the next event, so this total order is the whole truth
 * about concurrency. `now` moves only between events.
 *
 * Every event has a name that a paused learner can read, and the id of its cause: the event during which
 * it was scheduled. `origin` is handed down the same way and says which input of the learner led here.
 * Cancelled events stay in the heap as tombstones until they come up.
 *
 * Guards. A chain of events that schedule one another without delay would hold one instant for ever, so
 * an instant has a budget; when it is spent the clock moves on by itself, and if that goes on for long it
 * is reported as a finding. The heap is bounded too.
 */
import type { Micros } from '../engine/index.ts';
import { avalanche, hashBytes, RunHash } from './run-hash.ts';

/** Which input of the learner led to an event: its number, and the process that took it. */
export interface Origin {
  /** 0 for what the scenario itself started. */
  readonly input: number;
  /** Process that received the bytes; 0 when it was no terminal input. */
  readonly pid: number;
}

export const NO_ORIGIN: Origin = { input: 0, pid: 0 };

export interface EventInfo {
  /** Its place in the order of insertion: unique in the run. */
  readonly seq: number;
  readonly at: Micros;
  readonly host: string;
  /** 'timer', 'data', 'connect', 'start', 'signal' … */
  readonly kind: string;
  /** Label with the parties, for people. */
  readonly what: string;
  /** seq of the event during which it was scheduled; 0 for inputs. */
  readonly cause: number;
  readonly origin: Origin;
}

export interface ScheduledEvent extends EventInfo {
  /** Hash of what it carries, folded into the run hash. */
  readonly payload: number;
  run: () => void;
  /** Decides among events of one instant before seq does; 0 for all unless ties are shuffled. */
  readonly tie: number;
  state: 'waiting' | 'done' | 'cancelled';
}

/** Timers that a server keeps for ever: what they lead to is nobody's input. */
const BACKGROUND = new Set(['serverCron']);

/** Events that may happen at one instant before the clock moves on by itself. */
export const EVENTS_PER_INSTANT = 20_000;
/** By how much it then moves. */
const NUDGE_US = 1_000;
/** So many nudges in a row are a livelock: 10 million events without a delay of their own. */
const NUDGES_TOLERATED = 500;
const MAX_WAITING = 2_000_000;

export class Scheduler {
  now: Micros = 0;
  /** Events executed so far. */
  executed = 0;
  readonly hash = new RunHash();
  /** The event that is being handled. */
  current: ScheduledEvent | undefined;
  /** The cause of what is scheduled between events: 0, or the number of a fault (event-log.ts). */
  outside = 0;
  /** Origin that newly scheduled events inherit. */
  origin: Origin = NO_ORIGIN;
  /** Told of a breached limit. */
  onFinding: (what: string, event: EventInfo) => void = () => {};

  /** Hears of each event that is about to be handled, and how many were before it. */
  onExecuting: ((event: EventInfo, executed: number) => void) | undefined;

  /**
   * Shuffles which machine is first at an instant, to find what depends on it by accident. Events of one machine keep
   * their order, and with it every connection.
   */
  tieSeed: number | undefined;

  private readonly heap: ScheduledEvent[] = [];
  private waiting = 0;
  private nextSeq = 1;
  private atThisInstant = 0;
  private nudges = 0;
  private readonly nameHashes = new Map<string, number>();
  /** Events that wait, by the input that led to them; see `waitingFor`. */
  private readonly byInput = new Map<number, number>();

  schedule(at: Micros, host: string, kind: string, what: string, run: () => void, payload = 0): ScheduledEvent {
    if (this.waiting >= MAX_WAITING) throw new Error(`more than ${MAX_WAITING} events wait: ${what}`);
    const when = Math.max(Math.round(at), this.now);
    const event: ScheduledEvent = {
      seq: this.nextSeq++,
      at: when,
      tie: this.tieSeed === undefined ? 0 : avalanche(this.nameHash(host) ^ Math.imul(when, 0x9e3779b1) ^ this.tieSeed),
      host, kind, what, run, payload,
      cause: this.current?.seq ?? this.outside,
      origin: BACKGROUND.has(what) ? NO_ORIGIN : this.origin,
      state: 'waiting',
    };
    this.heap.push(event);
    this.siftUp(this.heap.length - 1);
    this.waiting++;
    this.countInput(event, 1);
    return event;
  }

  cancel(event: ScheduledEvent): void {
    if (event.state !== 'waiting') return;
    event.state = 'cancelled';
    event.run = () => {}; // lets go of what the closure holds, long before the tombstone comes up
    this.waiting--;
    this.countInput(event, -1);
  }

  /** When the next event is due; undefined when nothing waits. */
  nextAt(): Micros | undefined {
    this.dropTombstones();
    return this.heap[0]?.at;
  }

  /** Handles exactly one event; false when nothing waits. */
  step(): boolean {
    this.dropTombstones();
    const event = this.pop();
    if (event === undefined) return false;
    this.waiting--;
    this.countInput(event, -1);
    this.moveClock(event);
    event.state = 'done';
    this.onExecuting?.(event, this.executed);
    this.executed++;
    this.hash.fold(this.now);
    this.hash.fold(event.seq);
    this.hash.fold(this.nameHash(event.host));
    this.hash.fold(this.nameHash(event.kind));
    this.hash.fold(event.payload);
    this.current = event;
    this.origin = event.origin;
    try {
      event.run();
    } finally {
      this.current = undefined;
      this.origin = NO_ORIGIN;
    }
    return true;
  }

  private moveClock(event: ScheduledEvent): void {
    if (event.at > this.now) {
      this.now = event.at;
      this.atThisInstant = 0;
      this.nudges = 0;
      return;
    }
    if (++this.atThisInstant < EVENTS_PER_INSTANT) return;
    this.atThisInstant = 0;
    this.now += NUDGE_US;
    if (++this.nudges === NUDGES_TOLERATED) {
      this.onFinding(`${NUDGES_TOLERATED * EVENTS_PER_INSTANT} events followed one another without a pause`, event);
    }
  }

  /** Lets time pass to `at` where nothing is due before it. */
  idleUntil(at: Micros): void {
    if (at <= this.now) return;
    const next = this.nextAt();
    if (next !== undefined && next < at) throw new Error('idleUntil must not skip an event that is due');
    this.now = at;
    this.atThisInstant = 0;
    this.nudges = 0;
  }

  /** What can happen next, in order: for a paused learner and for reports. */
  pending(limit: number): EventInfo[] {
    return this.heap
      .filter((event) => event.state === 'waiting')
      .sort(order)
      .slice(0, limit)
      .map(({ seq, at, host, kind, what, cause, origin }) => ({ seq, at, host, kind, what, cause, origin }));
  }

  /** How many waiting events the input with this number has led to. */
  waitingFor(input: number): number {
    return this.byInput.get(input) ?? 0;
  }

  private countInput(event: EventInfo, by: number): void {
    const input = event.origin.input;
    if (input === 0) return;
    const count = (this.byInput.get(input) ?? 0) + by;
    if (count === 0) this.byInput.delete(input);
    else this.byInput.set(input, count);
  }

  private nameHash(name: string): number {
    let hash = this.nameHashes.get(name);
    if (hash === undefined) {
      hash = hashBytes(name);
      this.nameHashes.set(name, hash);
    }
    return hash;
  }

  private dropTombstones(): void {
    while (this.heap[0]?.state === 'cancelled') this.pop();
  }

  private pop(): ScheduledEvent | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.heap[0] = last;
    this.siftDown(0);
    return first;
  }

  private siftUp(index: number): void {
    const heap = this.heap;
    const event = heap[index];
    if (event === undefined) return;
    let at = index;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || order(parent, event) <= 0) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  private siftDown(index: number): void {
    const heap = this.heap;
    const event = heap[index];
    if (event === undefined) return;
    let at = index;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && order(right, child) < 0) {
        child = right;
        childAt++;
      }
      if (order(event, child) <= 0) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = event;
  }
}

function order(a: ScheduledEvent, b: ScheduledEvent): number {
  return a.at - b.at || a.tie - b.tie || a.seq - b.seq;
}
