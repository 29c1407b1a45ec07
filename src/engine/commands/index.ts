/*
 * The command table: an explicit list of groups. Importing a file registers nothing.
 */
import type { Bytes } from '../bytes.ts';
import { upper } from '../bytes.ts';
import type { Command, CommandTable } from '../command.ts';
import { connectionCommands } from './connection/index.ts';
import { genericCommands } from './generic/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { serverCommands } from './server/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';

const commands: readonly Command[] = [
  ...stringCommands,
  ...genericCommands,
  ...connectionCommands,
  ...pubsubCommands,
  ...transactionCommands,
  ...serverCommands,
];

// Both plain spellings stand in the map, so that the usual request finds its command without folding.
const byName = new Map<Bytes, Command>();
for (const each of commands) {
  byName.set(each.fullName, each);
  byName.set(upper(each.fullName), each);
}

export const commandTable: CommandTable = {
  lookup: (name) => byName.get(name),
  all: () => commands,
};
