/*
 * The command table: an explicit list of groups. Importing a file registers nothing.
 */
import type { Bytes } from '../bytes.ts';
import { upper } from '../bytes.ts';
import type { Command, CommandTable } from '../command.ts';
import { bitmapCommands } from './bitmap/index.ts';
import { connectionCommands } from './connection/index.ts';
import { hashCommands } from './hash/index.ts';
import { genericCommands } from './generic/index.ts';
import { hyperloglogCommands } from './hyperloglog/index.ts';
import { listCommands } from './list/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { setCommands } from './set/index.ts';
import { serverCommands } from './server/index.ts';
import { sortedSetCommands } from './sorted-set/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';

const commands: readonly Command[] = [
  ...stringCommands,
  ...bitmapCommands,
  ...hyperloglogCommands,
  ...listCommands,
  ...setCommands,
  ...hashCommands,
  ...sortedSetCommands,
  ...genericCommands,
  ...connectionCommands,
  ...pubsubCommands,
  ...transactionCommands,
  ...serverCommands,
];

/**
 * The table of a server, with its rename-command lines applied: a command renamed to '' is gone.
 * Both plain spellings stand in the map, so that the usual request finds its command without folding.
 */
export function tableWith(renamings: readonly { readonly from: Bytes; readonly to: Bytes }[]): CommandTable {
  const byName = new Map<Bytes, Command>();
  for (const each of commands) {
    byName.set(each.fullName, each);
    byName.set(upper(each.fullName), each);
  }
  for (const { from, to } of renamings) {
    const renamed = byName.get(from);
    if (renamed === undefined) continue;
    byName.delete(from);
    byName.delete(upper(from));
    if (to === '') continue;
    byName.set(to, renamed);
    byName.set(upper(to), renamed);
  }
  const present = renamings.length === 0 ? commands : [...new Set(byName.values())];
  return { lookup: (name) => byName.get(name), all: () => present };
}

/** The table of a server that renames nothing. */
export const commandTable: CommandTable = tableWith([]);
