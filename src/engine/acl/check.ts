/*
 * May this user send this request?
 * --------------------------------
 * One selector must allow the command, every key for what is done with it, and every channel. When none
 * does, the answer names what came furthest: a channel before a key before the command, and of two keys the
 * later one.
 */
import type { Bytes } from '../bytes.ts';
import type { Command, KeyFlag } from '../command.ts';
import { keysOf } from '../commands/server/facts.ts';
import { CommandError } from '../reply.ts';
import type { Selector } from './selector.ts';
import type { User } from './user.ts';

export type DenialReason = 'command' | 'key' | 'channel';

export interface Denial {
  readonly reason: DenialReason;
  /** The word of the request that was refused; 0 for the command. */
  readonly index: number;
}

type FoundKeys = readonly { readonly index: number; readonly flags: readonly KeyFlag[] }[];

const DISTANCE: Readonly<Record<DenialReason, number>> = { command: 1, key: 2, channel: 3 };

/** Why the user may not run this; undefined when he may. */
export function denialOf(user: User, command: Command, argv: readonly Bytes[]): Denial | undefined {
  if (user.allowsAll) return undefined;
  let furthest: Denial = { reason: 'command', index: 0 };
  let keys: FoundKeys | undefined;
  const foundKeys = () => (keys ??= keysToCheck(command, argv));
  for (const selector of user.selectors) {
    const denial = denialBy(selector, command, argv, foundKeys);
    if (denial === undefined) return undefined;
    const further = DISTANCE[denial.reason] - DISTANCE[furthest.reason];
    if (further > 0 || (further === 0 && denial.index > furthest.index)) furthest = denial;
  }
  return furthest;
}

function denialBy(selector: Selector, command: Command, argv: readonly Bytes[], keys: () => FoundKeys): Denial | undefined {
  if (!selector.allowsCommand(command, argv)) return { reason: 'command', index: 0 };
  if (!selector.allKeys) {
    const refused = keys().find(({ index, flags }) => !selector.allowsKey(argv[index] ?? '', flags));
    if (refused !== undefined) return { reason: 'key', index: refused.index };
  }
  const { channels } = command.spec;
  if (channels !== undefined && !selector.allChannels) {
    const end = channels.count === 'all' ? argv.length : channels.first + channels.count;
    for (let index = channels.first; index < end; index++) {
      if (!selector.allowsChannel(argv[index] ?? '', channels.arePatterns ?? false)) return { reason: 'channel', index };
    }
  }
  return undefined;
}

/** Where the words of a wrong call cannot be told from keys, none are checked: the handler will refuse the call. */
function keysToCheck(command: Command, argv: readonly Bytes[]): FoundKeys {
  try {
    return keysOf(command, argv);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

/** Whether one selector allows the request and the reading of any key at all. */
export function mayReadAllKeys(user: User, command: Command, argv: readonly Bytes[]): boolean {
  return user.allowsAll || user.selectors.some((each) => each.readsAllKeys && denialBy(each, command, argv, () => keysToCheck(command, argv)) === undefined);
}

/** The error for whoever is refused; `names` also tells the key or channel, and is for the administrator alone. */
export function denialText(denial: Denial, user: User, command: Command, argv: readonly Bytes[], names = false): Bytes {
  if (denial.reason === 'command') return `User ${user.name} has no permissions to run the '${command.fullName}' command`;
  if (names) return `User ${user.name} has no permissions to access the '${argv[denial.index] ?? ''}' ${denial.reason}`;
  return `No permissions to access a ${denial.reason}`;
}
