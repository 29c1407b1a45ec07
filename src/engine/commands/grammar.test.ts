/*
 * The grammar of a spec serves docs, hints and completion; handlers parse by hand. Here each keeps the
 * other honest: no line that the grammar allows may be a syntax error, and the shortest line has as
 * many words as the arity says.
 */
import { expect, test } from 'vitest';
import type { Arg, Command } from '../command.ts';
import { TestServer } from '../testing.ts';
import { bitmapCommands } from './bitmap/index.ts';
import { genericCommands } from './generic/index.ts';
import { geoCommands } from './geo/index.ts';
import { hashCommands } from './hash/index.ts';
import { hyperloglogCommands } from './hyperloglog/index.ts';
import { listCommands } from './list/index.ts';
import { keyspaceCommands } from './server/keyspace-commands.ts';
import { sortedSetCommands } from './sorted-set/index.ts';
import { setCommands } from './set/index.ts';
import { streamCommands } from './stream/index.ts';
import { stringCommands } from './string/index.ts';

const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  key: ['k'], string: ['s'], integer: ['1'], double: ['1.5'], pattern: ['*'], 'unix-time': ['4102444800'],
};

/** The ways to write one argument: its required words first, then one alternative each. */
function ways(arg: Arg): string[][] {
  const token = arg.token === undefined ? [] : [arg.token];
  if (arg.type === 'pure-token') return [token];
  if (arg.type === 'oneof') return (arg.args ?? []).flatMap(ways).map((words) => [...token, ...words]);
  if (arg.type === 'block') return (arg.args ?? []).reduce<string[][]>((before, each) => before.flatMap((start) => waysIn(each).map((end) => [...start, ...end])), [token]);
  return [[...token, ...(SAMPLES[arg.type] ?? [])]];
}

/** The same for an argument of a block, which may leave it out. */
const waysIn = (arg: Arg): string[][] => (arg.optional === true ? [[], ...ways(arg)] : ways(arg));

/** The shortest line, each optional argument alone in each of its ways, and all of them together. */
function lines(command: Command): string[][] {
  const name = command.parent === undefined ? [command.spec.name] : [command.parent.spec.name, command.spec.name];
  const args = command.spec.args ?? [];
  const line = (chosen: (arg: Arg) => string[] | undefined): string[] => [...name, ...args.flatMap((arg) => chosen(arg) ?? (arg.optional === true ? [] : (ways(arg)[0] ?? [])))];
  const found = [line(() => undefined)];
  for (const arg of args) for (const way of ways(arg)) found.push(line((each) => (each === arg ? way : undefined)));
  for (const arg of args) {
    if (arg.multiple !== true) continue;
    // A number of keys counts the keys that follow it.
    found.push(line((each) => (each === arg ? [...(ways(arg)[0] ?? []), ...(ways(arg)[0] ?? [])] : each.name === 'numkeys' && arg.type === 'key' ? ['2'] : undefined)));
  }
  return found;
}

const leaves = (command: Command): Command[] => (command.subcommands === undefined ? [command] : [...command.subcommands.values()]);

for (const command of [...stringCommands, ...bitmapCommands, ...hyperloglogCommands, ...listCommands, ...setCommands, ...hashCommands, ...sortedSetCommands, ...geoCommands, ...streamCommands, ...genericCommands, ...keyspaceCommands].flatMap(leaves)) {
  test(`the grammar of ${command.fullName} and its handler agree`, () => {
    const { arity } = command.spec;
    const shortest = lines(command)[0]?.length;
    expect(shortest).toBe(Math.abs(arity));
    for (const line of lines(command)) {
      const reply = new TestServer().sendArgv(line);
      expect(reply, line.join(' ')).not.toMatch(/^-ERR (syntax error\r|wrong number|unknown|Unsupported)/);
      if (arity > 0) expect(line).toHaveLength(arity);
    }
  });
}
