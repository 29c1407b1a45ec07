/*
 * HELP subcommands: a line of usage, then each form with lines that explain it. The forms are Redis's,
 * the explanations are ours.
 */
import type { Bytes } from '../bytes.ts';
import { command, type AclCategory, type Command, type CommandFlag, type Group } from '../command.ts';
import { status, type Reply } from '../reply.ts';

/** The HELP subcommand of a container. `entries`: a form and the lines that explain it; HELP itself is added. */
export function helpCommand(
  container: Bytes, group: Group, since: string, entries: readonly (readonly [Bytes, ...Bytes[]])[], flags: readonly CommandFlag[] = ['loading', 'stale'],
  acl: readonly AclCategory[] = [],
): Command {
  const reply = helpLines(container, entries);
  return command(
    {
      name: 'HELP', group, since, arity: 2, flags, acl,
      summary: `List the subcommands of ${container}.`,
      complexity: 'O(1)',
      replies: ['an array of lines'],
      differs: 'The explanations are in our own words; the forms are the same.',
    },
    () => reply,
  );
}

/** What such a subcommand answers. */
export function helpLines(container: Bytes, entries: readonly (readonly [Bytes, ...Bytes[]])[]): Reply {
  const lines: Bytes[] = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [form, ...explanation] of [...entries, ['HELP', 'Show this list.'] as const]) {
    lines.push(form, ...explanation.map((line) => `    ${line}`));
  }
  return lines.map((line) => status(line));
}
