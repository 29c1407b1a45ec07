/*
 * Categories of commands
 * ----------------------
 * `+@read`, `-@dangerous`: what a command's flags and group imply, and what its spec adds (`acl`). Nothing
 * about a command is written twice.
 */
import { fold, type Bytes } from '../bytes.ts';
import type { AclCategory, Command, Group } from '../command.ts';

/** In the order in which the real server lists them. */
export const CATEGORIES: readonly AclCategory[] = [
  'keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo', 'stream', 'pubsub', 'admin', 'fast', 'slow',
  'blocking', 'dangerous', 'connection', 'transaction', 'scripting',
];

const CATEGORY_OF_GROUP: Partial<Record<Group, AclCategory>> = {
  string: 'string', list: 'list', hash: 'hash', set: 'set', 'sorted-set': 'sortedset', stream: 'stream', bitmap: 'bitmap', hyperloglog: 'hyperloglog', geo: 'geo',
  generic: 'keyspace', connection: 'connection', transactions: 'transaction', scripting: 'scripting',
};

const GROUP_CATEGORIES: ReadonlySet<AclCategory> = new Set(Object.values(CATEGORY_OF_GROUP));

/** The category of this name, in any case. */
export function categoryNamed(name: Bytes): AclCategory | undefined {
  const folded = fold(name);
  return CATEGORIES.find((each) => each === folded);
}

/** ACL categories: what flags and group imply, and what the spec adds. Containers are judged by their subcommands. */
export function aclCategories(command: Command): AclCategory[] {
  const { spec, flags } = command;
  const has = new Set<AclCategory>(spec.acl ?? []);
  if (flags.has('write')) has.add('write');
  // A command that only reads, and one with keys: administrative commands and scripts are no readers of data.
  if (flags.has('readonly') && spec.group !== 'scripting') has.add('read');
  if (flags.has('admin')) {
    has.add('admin');
    has.add('dangerous');
  }
  if (flags.has('pubsub')) has.add('pubsub');
  if (flags.has('blocking')) has.add('blocking');
  has.add(flags.has('fast') ? 'fast' : 'slow');
  const byGroup = CATEGORY_OF_GROUP[spec.group];
  // Some belong elsewhere than their group says: WAIT is @connection, SORT is @list, @set and @sortedset, neither is @keyspace.
  const isElsewhere = spec.acl?.some((category) => GROUP_CATEGORIES.has(category)) ?? false;
  if (byGroup !== undefined && command.subcommands === undefined && !isElsewhere) has.add(byGroup);
  return CATEGORIES.filter((category) => has.has(category));
}
