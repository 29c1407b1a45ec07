/*
 * The world, to be looked at
 * --------------------------
 * What pictures, checks and the key browser may see of a simulation: hosts, their Redis servers, and what
 * happened lately. Looking never touches: nothing here runs a command, draws a random number or schedules
 * an event, so a run is the same whether or not somebody watches.
 */
import { own } from '../engine/index.ts';
import type { Bytes, Micros, Server, ServerEvent } from '../engine/index.ts';
import type { Origin } from './scheduler.ts';

/** A fact that a server announced, with its place in the run. */
export interface RecordedEvent {
  /** Rising through the whole run, over all servers. */
  readonly id: number;
  readonly atUs: Micros;
  readonly host: string;
  readonly port: number;
  readonly event: ServerEvent;
  /** The input that led to it. */
  readonly origin: Origin;
  /** Events of the simulation that had been executed before: the moment, exactly. */
  readonly executed: number;
  /** How many announcements in a row it stands for, when more than one: see joined(). */
  readonly times?: number;
  /** Bytes that were left out of a `bytesReceived` or `bytesSent`, when any were. */
  readonly cutBytes?: number;
}

/** A Redis server that runs on a host. */
export interface ServerView {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** To be inspected only: engine/inspect reads it without touching. */
  readonly server: Server;
  /** What it announced lately, oldest first; at most RECENT_EVENTS. */
  readonly recent: readonly RecordedEvent[];
}

export interface World {
  /** Virtual time since the start. */
  readonly nowUs: Micros;
  /** The wall clock now, milliseconds since 1970. */
  readonly wallMs: number;
  hosts(): readonly { readonly name: string; readonly servers: readonly ServerView[] }[];
  /** The address of a host: what its servers tell others. */
  addressOf(host: string): string | undefined;
  /** The server at this port of this host; without arguments the first there is. */
  server(host?: string, port?: number): ServerView | undefined;
}

export const RECENT_EVENTS = 400;
const MAX_WORD_BYTES = 4096;

/** A copy that keeps no large value alive: long words are cut, with nothing to show for it but their first part. */
export function bounded(event: ServerEvent): ServerEvent {
  switch (event.type) {
    case 'commandExecuted':
    case 'commandRejected':
      return event.argv.some((word) => word.length > MAX_WORD_BYTES) ? { ...event, argv: event.argv.map(cut) } : event;
    case 'bytesReceived':
    case 'bytesSent':
      return event.bytes.length > MAX_WORD_BYTES ? { ...event, bytes: cut(event.bytes) } : event;
    default:
      return event;
  }
}

/** Bytes that `bounded` leaves out of what crossed the wire. */
export function cutBytes(event: ServerEvent): number {
  return event.type === 'bytesReceived' || event.type === 'bytesSent' ? Math.max(0, event.bytes.length - MAX_WORD_BYTES) : 0;
}

/**
 * What a server says over and over takes one place among the recent: the steps of a rehash within one moment,
 * and cycles that found nothing to remove. Otherwise a quiet minute would push everything else out.
 * Undefined when `next` needs a place of its own.
 */
export function joined(before: RecordedEvent | undefined, next: RecordedEvent): RecordedEvent | undefined {
  if (before === undefined) return undefined;
  const was = before.event;
  const is = next.event;
  const isSame =
    (was.type === 'rehashStep' && is.type === 'rehashStep' && was.db === is.db && was.which === is.which && before.executed === next.executed) ||
    (was.type === 'expiryCycleRan' && is.type === 'expiryCycleRan' && was.expired === 0 && is.expired === 0);
  return isSame ? { ...next, times: (before.times ?? 1) + 1 } : undefined;
}

function cut(word: Bytes): Bytes {
  return word.length > MAX_WORD_BYTES ? own(word.slice(0, MAX_WORD_BYTES)) : word;
}
