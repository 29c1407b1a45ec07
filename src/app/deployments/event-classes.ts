/*
 * Kinds of events, to be folded
 * -----------------------------
 * A shop that writes ten times a second says more than all servers together. What one is not after is folded into a count,
 * by kind: turns and faults are never folded.
 */
import type { Moment } from '../../lab/protocol.ts';
import type { LoggedEvent, Scenario } from '../../simulation/index.ts';

export type EventClass = 'data' | 'talk' | 'connections' | 'processes';

/** In the order in which they are offered. */
export const EVENT_CLASSES: readonly { readonly id: EventClass; readonly label: string; readonly says: string }[] = [
  { id: 'talk', label: 'Agreement', says: 'What servers say to one another to agree and to follow: votes, failures, handshakes' },
  { id: 'data', label: 'Commands and data', says: 'What clients ask and are answered, redirections too, and the writes that replicas get' },
  { id: 'connections', label: 'Connections', says: 'Connections made, refused and closed' },
  { id: 'processes', label: 'Programs and timers', says: 'Programs that start and end, and what they do by the clock' },
];

const CONNECTIONS: ReadonlySet<string> = new Set(['connect', 'accept', 'close', 'timeout', 'opened', 'refused']);
/** undefined: a turn or a fault, which is always shown. */
export function classOf({ kind, isTalk, isBackground }: Pick<LoggedEvent, 'kind' | 'isTalk' | 'isBackground'>): EventClass | undefined {
  if (kind === 'told' || kind === 'fault') return undefined;
  if (kind === 'data') return isTalk || isBackground ? 'talk' : 'data';
  return CONNECTIONS.has(kind) ? 'connections' : 'processes';
}

/** Where a client writes all the time, its data is folded at first; programs and timers always are. */
export function classesHiddenAtFirst(scenario: Scenario): ReadonlySet<EventClass> {
  return new Set<EventClass>(scenario.hosts.some(({ run = [] }) => run.some((line) => /\bworkload\b/.test(line))) ? ['data', 'connections', 'processes'] : ['processes']);
}

export type Listed = LoggedEvent & { readonly folded: number };

/** Where to go back to: a fault is no event of the queue, so the count of these alone would leave it in force. */
export function momentBefore({ executed, kind, what }: Pick<LoggedEvent, 'executed' | 'kind' | 'what'>): Moment {
  return kind === 'fault' ? { executed, fault: what } : { executed };
}

/** What remains of the events, each with how many were folded before it; and how many came after the last. */
export function listed(events: readonly LoggedEvent[], hidden: ReadonlySet<EventClass>, search = ''): { readonly rows: readonly Listed[]; readonly after: number } {
  const rows: Listed[] = [];
  let folded = 0;
  const words = search.trim().toLowerCase();
  for (const event of events) {
    folded += event.folded ?? 0;
    const kind = classOf(event);
    const isFound = words === '' || `${event.host} ${event.kind} ${event.what}`.toLowerCase().includes(words);
    if (!isFound || (words === '' && kind !== undefined && hidden.has(kind))) folded++;
    else {
      rows.push({ ...event, folded });
      folded = 0;
    }
  }
  return { rows, after: folded };
}
