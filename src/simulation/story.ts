/*
 * A story: fast where nothing happens, slow at what matters
 * ---------------------------------------------------------
 * Messages take half a millisecond and timeouts take seconds, so at one speed either nothing is seen or nothing comes.
 * A story has no speed of its own:
 *
 *     a message on its way by which servers agree     its flight is stretched to about 600 ms of the reader's time
 *     a turn was announced, a fault was made          time stands for a moment, to be read
 *     neither                                         time runs, faster and faster, until one of the two comes
 *
 * What is only data between a client and its server (orders of a shop) counts for nothing where a client writes all the
 * time; in a deployment without such a client every message that is no heartbeat counts.
 *
 * This decides how much virtual time may pass, never what happens in it: a story is the same run as one at any speed.
 */
import type { Micros } from '../engine/index.ts';
import { announcementWords } from './announcements.ts';
import { isBackgroundLabel, isTalkLabel, labelOf } from './message.ts';
import type { Simulation } from './simulation.ts';
import type { RecordedEvent } from './world.ts';

/** Milliseconds of the reader's time. */
const FLIGHT_MS = 600;
const READ_MS = 800;
/** While nothing happens the speed doubles so often. */
const DOUBLING_MS = 150;
const SLOWEST = 1;
const FASTEST = 200;

export interface StoryView {
  /** Time stands to be read, goes slowly because something is on its way, or is wound on. */
  readonly pace: 'read' | 'slow' | 'fast';
  /** What the reader's time is given to: a turn, or the name of a message. */
  readonly what: string;
  /** How much was wound on since the last turn. */
  readonly skippedUs: Micros;
}

export class Story {
  view: StoryView = { pace: 'fast', what: '', skippedUs: 0 };
  private readMs = 0;
  private idleMs = 0;
  private skippedFrom: Micros | undefined;
  private seenMessages: number;
  private news: string | undefined;
  private readonly countsData: boolean;

  constructor(simulation: Simulation) {
    this.seenMessages = simulation.network.messagesMade;
    this.countsData = !simulation.scenario.hosts.some(({ run = [] }) => run.some((line) => /\bworkload\b/.test(line)));
  }

  /** A server has announced something. */
  hear(recorded: RecordedEvent): void {
    const what = announcementWords(recorded.event, () => 'a node');
    if (what !== undefined) this.turn(`${recorded.host} ${what}`);
  }

  /** Something that is worth reading has happened. */
  turn(what: string): void {
    this.news = what;
  }

  /**
   * Goes on by what `elapsedMs` of the reader's time are worth now; `step` delivers one event, `stop` ends it early.
   * True when nothing more is to be done for them.
   */
  advance(simulation: Simulation, elapsedMs: number, step: () => void, stop: () => boolean): boolean {
    if (this.tookNews(simulation)) return true;
    if (this.readMs > 0) {
      this.readMs -= elapsedMs;
      return true;
    }
    const flight = this.flight(simulation);
    const from = simulation.nowUs;
    if (flight === undefined) this.idleMs += elapsedMs;
    else this.idleMs = 0;
    const speed = Math.min(FASTEST, Math.max(SLOWEST, 2 ** (this.idleMs / DOUBLING_MS)));
    const until = from + Math.max(1, Math.floor(flight === undefined ? elapsedMs * 1000 * speed : (elapsedMs * flight.wholeUs) / FLIGHT_MS));
    if (flight === undefined) {
      this.skippedFrom ??= from;
      this.view = { pace: 'fast', what: '', skippedUs: from - this.skippedFrom };
    } else {
      this.skippedFrom = undefined;
      this.view = { pace: 'slow', what: flight.label, skippedUs: this.view.skippedUs };
    }
    for (;;) {
      const next = simulation.nextAt();
      if (next === undefined || next > until) break;
      step();
      if (this.tookNews(simulation)) return true;
      if (flight === undefined && this.hasSent(simulation)) return true;
      if (stop()) return false;
    }
    simulation.idleTo(until);
    return true;
  }

  private tookNews(simulation: Simulation): boolean {
    if (this.news === undefined) return false;
    const from = this.skippedFrom;
    this.view = { pace: 'read', what: this.news, skippedUs: from === undefined ? 0 : simulation.nowUs - from };
    this.news = undefined;
    this.skippedFrom = undefined;
    this.idleMs = 0;
    this.readMs = READ_MS;
    return true;
  }

  private counts(label: string): boolean {
    return isTalkLabel(label) || (this.countsData && !isBackgroundLabel(label));
  }

  /** The message that counts and arrives first. */
  private flight(simulation: Simulation): { label: string; wholeUs: Micros } | undefined {
    let first: { at: Micros; sent: Micros; bytes: string; kind: string } | undefined;
    for (const { message } of simulation.network.flying.values()) {
      const at = message.arrivesAtUs;
      if (at === undefined || (first !== undefined && at >= first.at) || !this.counts(message.kind === 'close' ? 'close' : labelOf(message.bytes))) continue;
      first = { at, sent: message.sentAtUs, bytes: message.bytes, kind: message.kind };
    }
    this.seenMessages = simulation.network.messagesMade;
    return first === undefined ? undefined : { label: first.kind === 'close' ? 'close' : labelOf(first.bytes), wholeUs: Math.max(1, first.at - first.sent) };
  }

  /** Whether a message that counts has left since the last look. */
  private hasSent({ network }: Simulation): boolean {
    const seen = this.seenMessages;
    if (network.messagesMade === seen) return false;
    this.seenMessages = network.messagesMade;
    for (const { message } of network.flying.values()) if (message.id > seen && this.counts(message.kind === 'close' ? 'close' : labelOf(message.bytes))) return true;
    return false;
  }
}

/** A function, so that the page can do without all of this until somebody wants a story. */
export function newStory(simulation: Simulation): Story {
  return new Story(simulation);
}
