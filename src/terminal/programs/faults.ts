/*
 * Faults from the terminal
 * ------------------------
 * `fault` hands its line to the simulation (simulation/faults.ts), which is where a person would pull a cable or
 * a plug; `power-loss` does so for the host it is typed on, because that is the experiment one makes most.
 */
import type { Program } from '../../simulation/index.ts';
import { faultHelp } from '../../simulation/index.ts';
import { tool, type ToolCall } from './tool.ts';

function carryOut(call: ToolCall, text: string): void {
  const outcome = call.process.host.fault(text);
  if ('problem' in outcome) call.fail(outcome.problem);
  else call.out(`${outcome.said}\n`);
  call.end();
}

const fault = tool({
  name: 'fault', summary: 'let something go wrong in the data centre', takesAnything: true,
  manual: `Usage: fault LINE

Lets something go wrong, on any host of the simulation and on the network
between them. "fault" alone lists what there is. Quote a line that holds | or >,
which the shell would take for itself.

  fault 'partition r1 | r2 r3'      cut the network in two
  fault heal                        everything reaches everything again
  fault delay r1 - r2 200ms         make a link slow
  fault pause r1 for 10s            stop a host in its work for a while
  fault power-loss r1               pull the plug: unsynced bytes are lost
  fault restart r1                  boot it again

What stays says a rule number, by which "fault heal 3" takes away that alone;
"for 10s" behind such a line ends it by itself.
`,
  run(call) {
    if (call.operands.length > 0) {
      carryOut(call, call.operands.join(' '));
      return;
    }
    for (const { usage, summary } of faultHelp()) call.out(`${usage}\n    ${summary}\n`);
    call.end();
  },
});

const powerLoss = tool({
  name: 'power-loss', summary: 'pull the plug of a host',
  manual: `Usage: power-loss [HOST]

The power of a host fails, of this one unless another is named: its processes
vanish, and what was written but not synced to the disk is lost. Terminals on
it close. "fault restart HOST", typed on another host, boots it again; a host
that is alone boots by itself after three seconds.
`,
  run(call) {
    carryOut(call, `power-loss ${call.operands[0] ?? call.process.host.name}`);
  },
});

export const faultPrograms: readonly Program[] = [fault, powerLoss];
