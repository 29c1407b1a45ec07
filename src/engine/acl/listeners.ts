/*
 * Clients that listen when the rules change
 * -----------------------------------------
 * Rules are looked at when a client subscribes, never again when a message comes. So when a user loses
 * channels, those of his clients that listen to one of them are sent away.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import { globMatch } from '../glob.ts';
import { sameCText } from './selector.ts';
import type { User } from './user.ts';

/** The patterns of channels that the user keeps; undefined when nothing was taken away. */
export function whatRemains(before: User, after: User): readonly Bytes[] | undefined {
  if (after.selectors.some((each) => each.allChannels)) return undefined;
  const remaining = after.selectors.flatMap((each) => each.channels);
  const lostNothing = before.selectors.every((each) => !each.allChannels && each.channels.every((channel) => remaining.includes(channel)));
  return lostNothing ? undefined : remaining;
}

/** Whether everything that the client listens to is among what remains: patterns as they stand, channels by matching. */
export function mayStillListen(client: Client, remaining: readonly Bytes[]): boolean {
  const isCovered = (channel: Bytes): boolean => remaining.some((each) => globMatch(each, channel));
  return [...client.patterns].every((each) => remaining.some((kept) => sameCText(kept, each))) && [...client.channels].every(isCovered) && [...client.shardChannels].every(isCovered);
}
