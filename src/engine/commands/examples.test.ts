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

test('what COMMAND DOCS sends are bytes: no text of a spec has a character that a socket cannot carry', () => {
  for (const each of commandTable.all()) {
    for (const { spec } of [each, ...(each.subcommands?.values() ?? [])]) {
      const texts = [spec.summary, spec.complexity ?? '', spec.deprecated?.replacedBy ?? '', ...(spec.history ?? []).flat(), ...(spec.tips ?? [])];
      expect(texts.filter((text) => /[^\0-\xff]/.test(text)), spec.name).toEqual([]);
    }
  }
});
