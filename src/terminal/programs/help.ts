/*
 * help and man
 * ------------
 * What is here and how it is used. Every program carries its own page; these two print them.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Output, Program } from '../../simulation/index.ts';
import { builtins } from '../shell/builtins.ts';
import { manualOf, tool } from './tool.ts';

/** The two programs, for a host on which `installed` can be started. */
export function helpPrograms(installed: () => readonly Program[]): readonly Program[] {
  const page = (name: Bytes, output: Output): boolean => {
    const program = installed().find((each) => each.name === name);
    const builtin = builtins.get(name);
    if (program !== undefined) output.write(`${program.name} - ${program.summary}\n\n${manualOf(program)}`);
    else if (builtin !== undefined) output.write(`${name} - ${builtin.summary}\n\nThis is a part of the shell: see "man sh".\n`);
    return program !== undefined || builtin !== undefined;
  };
  const row = (name: string, summary: string): string => `  ${name.padEnd(14)}${summary}\n`;

  const help = tool({
    name: 'help', summary: 'list the programs of this host', takesAnything: true,
    manual: 'Usage: help [program]\n\nLists the programs of this host, or prints the page of one.\n',
    run(call) {
      const [name] = call.operands;
      if (name !== undefined) {
        if (!page(name, call.process.stdout)) call.fail(`there is no program called ${name}; "help" lists them`);
        call.end();
        return;
      }
      const redis = installed().filter((program) => program.name.startsWith('redis-'));
      const others = installed().filter((program) => !program.name.startsWith('redis-')).sort((a, b) => (a.name < b.name ? -1 : 1));
      call.out('Redis:\n');
      for (const program of redis) call.out(row(program.name, program.summary));
      call.out('\nFiles, text and processes:\n');
      for (const program of others) call.out(row(program.name, program.summary));
      call.out('\nParts of the shell:\n');
      for (const [builtin, { summary }] of [...builtins].sort(([a], [b]) => (a < b ? -1 : 1))) call.out(row(builtin, summary));
      call.out('\n"man NAME" explains one of them, "man sh" the shell itself.\n');
      call.end();
    },
  });

  const man = tool({
    name: 'man', summary: 'print the help page of a program', takesAnything: true,
    manual: 'Usage: man program\n\nPrints the help page of a program. "help" lists the programs.\n',
    run(call) {
      const name = call.operands.findLast((word) => !/^\d$/.test(word));
      if (name === undefined) {
        call.process.stderr.write('What manual page do you want?\nFor example, try \'man man\'.\n');
        call.end(1);
        return;
      }
      if (!page(name, call.process.stdout)) call.process.stderr.write(`No manual entry for ${name}\n`);
      else {
        call.end();
        return;
      }
      call.end(16);
    },
  });

  return [help, man];
}
