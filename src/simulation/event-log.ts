/*
 * What happened, and why
 * ----------------------
 * The last events of a simulation of several machines, each with the event during which it was scheduled. Because
 * nothing happens but by events, that is the whole chain of causes: a promotion leads back to the message, that to the
 * timer, that to the cut, that to the line that somebody typed. What machines do all the time (heartbeats, crons) is
 * told apart.
 *
 * Between the events of the queue stand what servers announced while one was handled, and faults. They have numbers of
 * their own, below zero: an announcement is caused by the event it fell in, and what a fault sets off is caused by it.
 */
import type { Micros } from '../engine/index.ts';
import { isBackgroundLabel, isReplyLabel, isTalkLabel } from './message.ts';
import type { EventInfo } from './scheduler.ts';
import type { Simulation } from './simulation.ts';

export interface LoggedEvent {
  /** Below zero for announcements (`told`) and faults. */
  readonly seq: number;
  /** Events that had been executed before this one: the moment, exactly. */
  readonly executed: number;
  readonly atUs: Micros;
  /** '' for a fault of the whole network. */
  readonly host: string;
  readonly kind: string;
  readonly what: string;
  /** seq of what led to it; 0 when it came from outside. */
  readonly cause: number;
  readonly isBackground: boolean;
  /** A message by which servers agree on something, rather than one that hands on data. */
  readonly isTalk: boolean;
  /** How many events of the background came between it and the one before in the list. */
  readonly folded?: number;
}

/** So many are kept; a chain of causes ends where it leads beyond them. */
const KEPT = 30_000;
const LONGEST_CHAIN = 200;
/** Turns and faults that are told although they are older than the newest events. */
const TURNS = 100;
/** Timers that go on for ever. */
const TIMERS: ReadonlySet<string> = new Set(['serverCron', 'clusterCron', 'sentinelTimer', 'replicationCron']);
/** Between the name of a message and its way: see network.ts. */
const AFTER_LABEL = ': ';

/** `10.0.0.14:32768 → 10.0.0.11:6379, 27 bytes` */
const WAY = /(\S+) → (\S+), \d+ bytes$/;
const ACCEPTED = / accepts (\S+)$/;

/** What made a connection, when it was no client. */
type Caller = 'sentinel' | 'server';

/** As it is kept: what it means to a reader is found out when somebody reads. */
type Noted = Omit<LoggedEvent, 'isBackground' | 'isTalk' | 'folded'>;

export class EventLog {
  /**
   * A ring: the entry numbered n stands at n modulo its size. Column by column, because an object for each of thirty
   * thousand events would be moved from one generation of the heap to the next, and that costs more than the event.
   */
  private readonly seqs = new Float64Array(KEPT);
  private readonly moments = new Float64Array(KEPT);
  private readonly executions = new Float64Array(KEPT);
  private readonly causes = new Float64Array(KEPT);
  private readonly hosts: string[] = [];
  private readonly kinds: string[] = [];
  private readonly whats: string[] = [];
  private count = 0;
  private ownSeq = 0;
  /**
   * Who made the connections that were no client's, by their own end: an OK says nothing of itself. Its ports come round
   * again, so there are never more of them than a few for each.
   */
  private readonly callers = new Map<string, Caller>();
  private readonly simulation: Pick<Simulation, 'network' | 'host'>;
  /** The last of what was added: turns stay in sight when a thousand messages have come after them. */
  private readonly turns: Noted[] = [];

  constructor(simulation: Pick<Simulation, 'network' | 'host'>) {
    this.simulation = simulation;
  }

  note({ seq, at, host, kind, what, cause }: EventInfo, executed: number): void {
    if (kind === 'accept') {
      const address = ACCEPTED.exec(what)?.[1] ?? '';
      const user = this.simulation.network.clientOf(host, address);
      const view = user === undefined ? undefined : this.simulation.host(user.hostName)?.serverViews().find(({ pid }) => pid === user.pid);
      if (view === undefined) this.callers.delete(address);
      else this.callers.set(address, view.server.sentinel === undefined ? 'server' : 'sentinel');
    }
    // What goes wrong by itself is an event of the queue, and as much a turn as what somebody does.
    if (kind === 'fault') this.keepTurn({ seq, executed, atUs: at, host, kind, what, cause });
    this.put(seq, executed, at, host, kind, what, cause);
  }

  private put(seq: number, executed: number, atUs: Micros, host: string, kind: string, what: string, cause: number): void {
    const place = this.count++ % KEPT;
    this.seqs[place] = seq;
    this.executions[place] = executed;
    this.moments[place] = atUs;
    this.causes[place] = cause;
    this.hosts[place] = host;
    this.kinds[place] = kind;
    this.whats[place] = what;
  }

  private at(place: number): Noted {
    return {
      seq: this.seqs[place] ?? 0, executed: this.executions[place] ?? 0, atUs: this.moments[place] ?? 0, cause: this.causes[place] ?? 0,
      host: this.hosts[place] ?? '', kind: this.kinds[place] ?? '', what: this.whats[place] ?? '',
    };
  }

  /** Notes what is no event of the queue; gives its number. */
  add(entry: Omit<Noted, 'seq'>): number {
    const seq = --this.ownSeq;
    const noted = { ...entry, seq };
    this.put(seq, entry.executed, entry.atUs, entry.host, entry.kind, entry.what, entry.cause);
    this.keepTurn(noted);
    return seq;
  }

  private keepTurn(turn: Noted): void {
    this.turns.push(turn);
    if (this.turns.length > TURNS) this.turns.shift();
  }

  /** The newest `limit` events, oldest first, after turns from before them; those of the background only when they are wanted, else counted. */
  latest(limit: number, background: boolean): LoggedEvent[] {
    const found: { event: LoggedEvent; folded: number }[] = [];
    for (let at = this.count - 1; at >= Math.max(0, this.count - KEPT); at--) {
      const event = this.readable(this.at(at % KEPT));
      const last = found.at(-1);
      if (!background && event.isBackground) {
        if (last !== undefined) last.folded++;
      } else if (found.length === limit) break;
      else found.push({ event, folded: 0 });
    }
    const earliest = found.at(-1);
    const turns = found.length < limit || earliest === undefined ? [] : this.turns.filter(({ seq, executed }) => executed <= earliest.event.executed && !found.some(({ event }) => event.seq === seq));
    // What lies between two of them is known by the count of events alone.
    const last = turns.at(-1);
    if (last !== undefined && earliest !== undefined) earliest.folded = Math.max(0, earliest.event.executed - last.executed);
    const older = turns.map((turn, i) => ({ event: this.readable(turn), folded: i === 0 ? 0 : Math.max(0, turn.executed - (turns[i - 1]?.executed ?? turn.executed)) }));
    return [...older, ...found.reverse()].map(({ event, folded }) => (folded === 0 ? event : { ...event, folded }));
  }

  /** The event and what led to it, back to what came from outside or is no longer kept. */
  why(seq: number): LoggedEvent[] {
    const placeOf = new Map<number, number>();
    for (let place = 0; place < Math.min(this.count, KEPT); place++) placeOf.set(this.seqs[place] ?? 0, place);
    const chain: LoggedEvent[] = [];
    for (let place = placeOf.get(seq); place !== undefined && chain.length < LONGEST_CHAIN; place = placeOf.get(this.causes[place] ?? 0)) chain.push(this.readable(this.at(place)));
    return chain;
  }

  private readable(event: Noted): LoggedEvent {
    const { kind, what } = event;
    const label = what.slice(0, Math.max(0, what.indexOf(AFTER_LABEL)));
    const isBackground = kind === 'timer' ? TIMERS.has(what) : kind === 'wake' ? TIMERS.has(what) || isBackgroundLabel(label) : kind === 'data' && isBackgroundLabel(label);
    return { ...event, isBackground, isTalk: kind === 'data' && !isBackground && (isTalkLabel(label) || isBetweenServers(this.callers, what, label)) };
  }
}

/** On a Sentinel's connection everything is; on one that a server made, all that it says and is answered, but not the stream that it gets. */
function isBetweenServers(callers: ReadonlyMap<string, Caller>, what: string, label: string): boolean {
  const [, from = '', to = ''] = WAY.exec(what) ?? [];
  if (callers.has(from)) return true;
  const caller = callers.get(to);
  return caller === 'sentinel' || (caller === 'server' && isReplyLabel(label));
}
