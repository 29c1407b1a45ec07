/* The deployments as the build compiles them, for tests, which run without the build's modules. */
import { deploymentsOf, parseScenarioFile, Reporter, type Problem } from '../../lessons/compiler/index.ts';

const files = import.meta.glob<string>('../../../content/scenarios/*.yml', { query: '?raw', import: 'default', eager: true });

const problems: Problem[] = [];
const read = Object.entries(files).flatMap(([path, text]) => {
  const file = parseScenarioFile(text, new Reporter(path, problems));
  return file === undefined ? [] : [[path, file] as const];
});
if (problems.length > 0) throw new Error(JSON.stringify(problems));

export const deployments = deploymentsOf(read);
