/*
 * The command table: an explicit list of groups. Importing a file registers nothing.
 */
import type { Bytes } from '../bytes.ts';
import { upper } from '../bytes.ts';
import type { Command, CommandTable } from '../command.ts';
import { bitmapCommands } from './bitmap/index.ts';
import { clusterCommands } from './cluster/index.ts';
import { connectionCommands } from './connection/index.ts';
import { geoCommands } from './geo/index.ts';
import { hashCommands } from './hash/index.ts';
import { genericCommands } from './generic/index.ts';
import { hyperloglogCommands } from './hyperloglog/index.ts';
import { listCommands } from './list/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { scriptingCommands } from './scripting/index.ts';
import { setCommands } from './set/index.ts';
import { sentinelCommands } from './sentinel/index.ts';
import { serverCommands } from './server/index.ts';
import { sortedSetCommands } from './sorted-set/index.ts';
import { streamCommands } from './stream/index.ts';
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
  ...streamCommands,
  ...geoCommands,
  ...genericCommands,
  ...connectionCommands,
  ...pubsubCommands,
  ...transactionCommands,
  ...scriptingCommands,
  ...serverCommands,
  ...clusterCommands,
];

/**
 * The table of a server, with its rename-command lines applied: a command renamed to '' is gone.
 * Both plain spellings stand in the map, so that the usual request finds its command without folding.
 */
export function tableWith(renamings: readonly { readonly from: Bytes; readonly to: Bytes }[], of: readonly Command[] = commands): CommandTable {
  const byName = new Map<Bytes, NamedCommand>();
  const put = (name: Bytes, command: Command): void => {
    for (const spelling of [name, upper(name)]) byName.set(spelling, { name: spelling, command });
  };
  for (const each of of) put(each.fullName, each);
  for (const { from, to } of renamings) {
    const renamed = byName.get(from)?.command;
    if (renamed === undefined) continue;
    byName.delete(from);
    byName.delete(upper(from));
    if (to !== '') put(to, renamed);
  }
  const present = renamings.length === 0 ? of : [...new Set([...byName.values()].map(({ command }) => command))];
  return { lookup: remembering(byName), all: () => present };
}

interface NamedCommand {
  readonly name: Bytes;
  readonly command: Command;
}

/**
 * A lookup that remembers what it found under a few facts of the name. The name of a request is a new string,
 * and to compare it with one that is known is several times cheaper than to hash it for the map.
 */
function remembering(byName: ReadonlyMap<Bytes, NamedCommand>): CommandTable['lookup'] {
  const found = new Array<NamedCommand | undefined>(256).fill(undefined);
  return (name) => {
    const at = (name.length * 41 + name.charCodeAt(0) * 5 + name.charCodeAt(name.length - 1)) & 255;
    const last = found[at];
    if (last !== undefined && last.name === name) return last.command;
    const named = byName.get(name);
    if (named !== undefined) found[at] = named;
    return named?.command;
  };
}

/** The table of a server that renames nothing. */
export const commandTable: CommandTable = tableWith([]);

/** The table of a Sentinel. */
export function sentinelTable(renamings: readonly { readonly from: Bytes; readonly to: Bytes }[]): CommandTable {
  return tableWith(renamings, sentinelCommands());
}
