import { expect, test } from 'vitest';
import { commandTable } from './index.ts';
import type { Command } from '../command.ts';
import { TestServer } from '../testing.ts';

/** A command and its subcommands. */
const withSubcommands = (command: Command): Command[] => [command, ...(command.subcommands?.values() ?? [])];

/** Examples that show an error on purpose, or that end the connection they run on. */
const MAY_FAIL = new Set(['SHUTDOWN', 'QUIT', 'AUTH', 'HELLO']);

for (const command of [...commandTable.all()].flatMap(withSubcommands)) {
  const { examples, name } = command.spec;
  if (examples === undefined || MAY_FAIL.has(name)) continue;
  test(`the examples of ${command.fullName} run on an empty server`, () => {
    const world = new TestServer();
    for (const line of examples) {
      const reply = world.ask(line);
      expect(reply, line).not.toMatch(/^\(error\)|not RESP/);
    }
  });
}
