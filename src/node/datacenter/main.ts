/*
 * npm run --silent datacenter -- scenario.yml --base-port 7100
 *
 * Serves the scenario's servers on loopback and reads faults from standard input, one on a line; `goals` judges, and
 * what stands behind `HOST$` is given to a shell of that machine.
 */
import * as fs from 'node:fs';
import { createInterface } from 'node:readline';
import { formatProblem, parseScenario, Reporter, type Problem } from '../../lessons/compiler/index.ts';
import { faultHelp, judge } from '../../simulation/index.ts';
import { Datacenter } from './datacenter.ts';
import type { PublishedServer } from './published.ts';

const HELP = `Usage: npm run --silent datacenter -- SCENARIO.yml [--base-port 7100] [--seed N]

Serves the servers of a scenario (content/scenarios/) at ports of 127.0.0.1, from the
base port on, in real time; a server that is started later gets the next port. Type a
fault, "faults" for all there are, "goals" for what holds, "HOST$ LINE" for a shell of
a machine (n7$ redis-server --port 6380), or Ctrl-D to end.
`;

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function option(words: readonly string[], name: string): number | undefined {
  const at = words.indexOf(name);
  if (at === -1) return undefined;
  const value = Number(words[at + 1]);
  if (!Number.isSafeInteger(value) || value < 0) fail(`${name} wants a number`);
  return value;
}

async function main(words: readonly string[]): Promise<void> {
  const file = words.find((word, i) => !word.startsWith('--') && words[i - 1]?.startsWith('--') !== true);
  if (file === undefined) fail(HELP);
  if (!fs.existsSync(file)) fail(`there is no file ${file}`);
  const problems: Problem[] = [];
  const scenario = parseScenario(fs.readFileSync(file, 'utf8'), new Reporter(file, problems));
  if (scenario === undefined || problems.length > 0) fail(problems.map(formatProblem).join('\n'));
  const datacenter = new Datacenter({ ...scenario, seed: option(words, '--seed') ?? scenario.seed }, option(words, '--base-port') ?? 7100);
  const told = ({ host, port, outerPort, kind }: PublishedServer): string => `127.0.0.1:${outerPort}  ${host}:${port}  ${kind}\n`;
  datacenter.onServer = (server, problem) => process.stdout.write(problem === undefined ? told(server) : `${server.host}:${server.port} cannot be reached: ${problem.message}\n`);
  await datacenter.start().catch((error: unknown) => fail(String(error)));
  for (const server of datacenter.servers) process.stdout.write(told(server));
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const text = line.trim();
    if (text === '') return;
    const typed = /^([a-z][a-z0-9-]*)\$\s*(.+)$/.exec(text);
    if (typed !== null) {
      const [, host = '', command = ''] = typed;
      if (!datacenter.shell(host, command, (printed) => process.stdout.write(printed))) process.stdout.write(`${host} does not run; there are: ${datacenter.simulation.hostNames.join(', ')}\n`);
      return;
    }
    const said = text === 'goals' ? judge(datacenter.simulation).map(({ about, holds, because }) => `${holds ? 'yes' : 'NO '}  ${about}: ${because}`).join('\n')
      : text === 'faults' ? faultHelp().map(({ usage, summary }) => `${usage}\n    ${summary}`).join('\n')
      : datacenter.fault(text);
    process.stdout.write(`${said}\n`);
  });
  const end = (): void => {
    datacenter.stop();
    process.exit(0);
  };
  lines.on('close', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

await main(process.argv.slice(2));
