/*
 * npm run swarm: random deployments, clients and faults
 * -----------------------------------------------------
 *   npm run swarm -- --seeds 1000 --from 1        so many plans, each from its own seed
 *   npm run swarm -- --seeds 100 --kind cluster   of one kind: standalone, replicas, sentinels, cluster
 *   npm run swarm -- --plan failing.yml           a plan that was printed
 *   npm run swarm -- --show 17                    prints the plan of a seed and runs it
 *   npm run swarm -- --seeds 100 --operators      with somebody who works on it by hand: FAILOVER and REPLICAOF among
 *                                                 replicas; in clusters slots that move, nodes that come and go
 *
 * A seed means the same plan for ever, and with `--operators` the same one with the work added; of the two kinds where
 * there is none to do, nothing changes.
 *
 * A seed that fails is shrunk, printed and written to swarm-failures/, and the command exits with 1. `--keep-going`
 * looks at the other seeds as well; `--no-shrink` leaves the plan as it is; `--twice` runs each a second time and
 * compares the hashes; `--record FILE` adds a line to the file for each seed, and passes over the seeds that it has.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { planOf, type Kind, type Plan } from './plan.ts';
import { inWords, SeedRecord } from './record.ts';
import { runPlan, type Outcome } from './run.ts';
import { shrink } from './shrink.ts';
import { planOfText, textOfPlan } from './text.ts';

const FOLDER = 'swarm-failures';
const KINDS: readonly string[] = ['standalone', 'replicas', 'sentinels', 'cluster'];
const words = process.argv.slice(2);

const USAGE = `usage: npm run swarm -- [--seeds N] [--from S] [--kind ${KINDS.join('|')}] [--keep-going] [--no-shrink] [--twice] [--record FILE] [--operators] | --show SEED [--operators] | --plan FILE\n`;
if (words.includes('--help')) {
  process.stdout.write(USAGE);
  process.exit(0);
}

function wrong(text: string): never {
  process.stderr.write(`swarm: ${text}\n${USAGE}`);
  process.exit(2);
}

function option(name: string): string | undefined {
  const at = words.indexOf(name);
  if (at === -1) return undefined;
  const value = words[at + 1];
  if (value === undefined || value.startsWith('--')) wrong(`${name} wants a value`);
  return value;
}

function count(name: string, otherwise: number): number {
  const value = Number(option(name) ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) wrong(`${name} wants a whole number`);
  return value;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function told({ problem, hash, executed, virtualUs }: Outcome): string {
  return problem === undefined ? `well; ${executed} events in ${Math.round(virtualUs / 1e6)} s, hash ${hash}` : `${problem.rule}, at ${(problem.atUs / 1e6).toFixed(3)} s: ${problem.says}`;
}

function fail(plan: Plan, outcome: Outcome): void {
  const { seed } = plan.scenario;
  say(`seed ${seed} (${plan.kind}): ${told(outcome)}\nshrinking …`);
  const small = words.includes('--no-shrink') ? plan : shrink(plan, (candidate) => runPlan(candidate).problem?.rule === outcome.problem?.rule);
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/seed-${seed}.yml`;
  writeFileSync(file, textOfPlan(small));
  say(`${textOfPlan(small)}\n${told(runPlan(small))}\n\nrepeat the whole:  npm run swarm -- --show ${seed}${option('--kind') === undefined ? '' : ` --kind ${option('--kind')}`}${words.includes('--operators') ? ' --operators' : ''}\nrepeat this part:  npm run swarm -- --plan ${file}\n`);
  process.exitCode = 1;
}

const kind = option('--kind');
const operators = words.includes('--operators');
if (kind !== undefined && !KINDS.includes(kind)) wrong(`there is no kind "${kind}"`);
const file = option('--plan');
const shown = option('--show');
if (file !== undefined || shown !== undefined) {
  const plan = file === undefined ? planOf(count('--show', 1), kind as Kind | undefined, { operators }) : planOfText(readFileSync(file, 'utf8'));
  if (file === undefined) say(textOfPlan(plan));
  const outcome = runPlan(plan);
  say(told(outcome));
  if (outcome.problem !== undefined) process.exitCode = 1;
} else {
  const from = count('--from', 1);
  const path = option('--record');
  const record = path === undefined ? undefined : new SeedRecord(path);
  const seeds = Array.from({ length: count('--seeds', 100) }, (_, i) => from + i).filter((seed) => record?.seeds.has(seed) !== true);
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  const total: { [name: string]: number } = {};
  let failures = 0;
  let done = 0;
  for (const seed of seeds) {
    const plan = planOf(seed, kind as Kind | undefined, { operators });
    const before = Date.now();
    const outcome = runPlan(plan);
    record?.add(seed, plan.kind, outcome, Date.now() - before);
    done++;
    for (const [name, value] of Object.entries({ ...outcome.tally, events: outcome.executed, seconds: Math.round(outcome.virtualUs / 1e6) })) total[name] = (total[name] ?? 0) + value;
    if (words.includes('--twice') && runPlan(plan).hash !== outcome.hash) {
      say(`seed ${seed}: run twice, and the hashes differ`);
      process.exitCode = 1;
    }
    if (outcome.problem !== undefined) {
      failures++;
      fail(plan, outcome);
      if (!words.includes('--keep-going')) break;
    }
    if (done % 50 === 0) say(`${done} of ${seeds.length} in ${inWords(seconds())}, ${failures} failed; about ${inWords((seconds() / done) * (seeds.length - done))} left`);
  }
  say(`${done} seeds from ${from} in ${inWords(seconds())}, ${failures} failed. ${Object.entries(total).map(([name, value]) => `${name} ${value}`).join(', ')}.`);
}
