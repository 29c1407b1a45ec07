/* sudo: on these hosts everybody may do everything, so it starts what stands behind it. */
import type { Program } from '../../simulation/index.ts';
import { tool } from './tool.ts';

export const sudo: Program = tool({
  name: 'sudo', summary: 'start a program as the one who may do everything', takesAnything: true,
  manual: `Usage: sudo command [argument ...]

Starts the command. On these hosts everybody may do everything, so nothing is
asked and nothing changes; commands from other places can be typed as they are.
`,
  completions: (argv, host) => (argv.length > 1 ? (host.machine?.wordsAfter(argv.slice(1)) ?? []) : host.programs()),
  run(call) {
    const words = call.operands.filter((word, at) => !(word.startsWith('-') && call.operands.slice(0, at).every((each) => each.startsWith('-'))));
    if (words.length === 0) {
      call.process.stderr.write('usage: sudo command [argument ...]\n');
      call.end(1);
      return;
    }
    const child = call.process.spawn({ argv: words, foreground: true, exited: (code) => call.end(code) });
    if (child !== undefined) return;
    call.fail(`${words[0]}: command not found`);
    call.end(1);
  },
});
