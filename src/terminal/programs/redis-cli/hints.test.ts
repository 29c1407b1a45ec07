import { describe, expect, test } from 'vitest';
import type { ArgumentDoc, CommandDoc } from './command-docs.ts';
import goldens from './hints.goldens.json' with { type: 'json' };
import { hintFor, syntaxOf } from './hints.ts';

interface RecordedArgument {
  name: string; type: string; token?: string; optional: boolean; multiple: boolean; multipleToken: boolean; arguments: RecordedArgument[];
}

const argument = (recorded: RecordedArgument): ArgumentDoc => ({ ...recorded, token: recorded.token, arguments: recorded.arguments.map(argument) });
const docs: CommandDoc[] = goldens.grammar.map(({ name, arguments: args }) => ({
  name, group: '', summary: '', since: '', arguments: args.map((each) => argument(each as RecordedArgument)),
}));

describe('a hint is what the real redis-cli shows', () => {
  test.each(goldens.hints.map(([line, hint]) => [line ?? '', hint ?? ''] as const))('%j', (line, hint) => {
    // Of blanks alone nothing is seen.
    expect(hintFor(line, docs) ?? '').toBe(hint.trim() === '' ? '' : hint);
  });

  test('the syntax of a command is its hint before anything is typed', () => {
    for (const doc of docs) expect(` ${syntaxOf(doc.arguments)}`, doc.name).toBe(hintFor(`${doc.name} `, docs) === undefined ? ' ' : ` ${hintFor(`${doc.name} `, docs)}`);
  });
});
