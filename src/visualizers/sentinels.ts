/*
 * What pictures of Sentinels share: who they are, what each believes, and what they told last.
 */
import { sentinelView, type SentinelMasterView, type SentinelView } from '../engine/inspect/index.ts';
import type { ServerView, World } from '../simulation/index.ts';

const MOST = 16;

export interface KnownSentinel {
  readonly server: ServerView;
  /** host:port */
  readonly place: string;
  readonly facts: SentinelView;
}

/** Something a Sentinel told. */
export interface ToldView {
  /** Rises through the whole run. */
  readonly id: number;
  readonly place: string;
  readonly atUs: number;
  /** `+odown` */
  readonly event: string;
  readonly text: string;
}

/** The Sentinels that run, at most 16. */
export function sentinelsOf(world: World): KnownSentinel[] {
  return world.hosts().flatMap((host) => host.servers.flatMap((server): KnownSentinel[] => {
    const facts = sentinelView(server.server);
    return facts === undefined ? [] : [{ server, place: `${server.host}:${server.port}`, facts }];
  })).slice(0, MOST);
}

/** Names of the masters that they watch, each once. */
export function mastersOf(known: readonly KnownSentinel[]): string[] {
  return [...new Set(known.flatMap(({ facts }) => facts.masters.map(({ name }) => name)))];
}

export function masterIn({ facts }: KnownSentinel, name: string): SentinelMasterView | undefined {
  return facts.masters.find((each) => each.name === name);
}

/** Routine that is no news to a learner. */
const ROUTINE: ReadonlySet<string> = new Set(['+monitor', '+slave', '+sentinel', '+role-change', '-role-change']);

/** What the Sentinel told lately, oldest first, routine left out. */
export function toldBy({ server, place }: KnownSentinel): ToldView[] {
  return server.recent.flatMap(({ id, atUs, event }) => (event.type === 'sentinelEvent' && !ROUTINE.has(event.event) ? [{ id, place, atUs, event: event.event, text: event.text }] : []));
}

/** The newest of what any of them told. */
export function lastTold(known: readonly KnownSentinel[]): ToldView | undefined {
  let latest: ToldView | undefined;
  for (const each of known) {
    const told = toldBy(each).at(-1);
    if (told !== undefined && (latest === undefined || told.id > latest.id)) latest = told;
  }
  return latest;
}
