/*
 * What content may name
 * ---------------------
 * Commands with a card and pictures to embed, read from the tables of the engine and of the visualizers.
 */
import { commandTable } from '../engine/index.ts';
import { DEFAULT_VISUALIZERS } from '../lessons/compiler/index.ts';
import { visualizers } from '../visualizers/index.ts';

/** 'SET', 'CONFIG GET'. */
export function commandNames(): Set<string> {
  const names = new Set<string>();
  const add = (command: { fullName: string; subcommands?: ReadonlyMap<string, { fullName: string }> | undefined }): void => {
    names.add(command.fullName.replaceAll('|', ' ').toUpperCase());
  };
  for (const command of commandTable.all()) {
    add(command);
    for (const sub of command.subcommands?.values() ?? []) add(sub);
  }
  return names;
}

/** Those that are drawn, or the planned ones as long as none is. */
export function visualizerNames(): ReadonlySet<string> {
  return visualizers.length === 0 ? DEFAULT_VISUALIZERS : new Set(visualizers.map((each) => each.id));
}
