/* A program of the simulated hosts as a program of this machine: the first word names it, the rest are its own. */
import { programs } from '../terminal/index.ts';
import { runProgram } from './program-process.ts';

const [name, ...words] = process.argv.slice(2);
const program = programs.find((each) => each.name === name);
if (program === undefined) {
  process.stderr.write(`there is no program ${name ?? ''}: ${programs.map((each) => each.name).join(' ')}\n`);
  process.exit(127);
}
runProgram(program, words);
