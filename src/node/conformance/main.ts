/*
 * npm run conformance: our server against the real one
 * ----------------------------------------------------
 *   npm run conformance -- --commands 200000 --seed 1
 *   npm run conformance -- --families string,expire --minutes 5
 *   npm run conformance -- --seed 1 --only string/17      one scenario again, step by step
 *   npm run conformance -- --seed 1 --from 250            go on with the 250th scenario of each family
 *
 * Both get the same random scenarios; every difference that no rule allows is cut down to the steps that
 * it needs and printed with both replies. Exit code 1 when there is one.
 */
import { freePort, NoReferenceRedis, pauseMs, startOurServer, startRealServer, type RunningServer } from '../reference-redis.ts';
import { Pair, Tally, type Difference } from './differences.ts';
import { FAMILIES, scenarioOf } from './families.ts';
import { shownStep, type Scenario } from './scenario.ts';
import { Side } from './side.ts';

/** How often a run that takes long tells how far it is. */
const TELL_EVERY_MS = 60_000;

interface Options {
  commands: number;
  seed: number;
  minutes: number | undefined;
  families: readonly string[];
  /** The number of the first scenario of each family. */
  from: number;
  only: readonly { family: string; number: number }[] | undefined;
  /** Differences printed in full. */
  show: number;
  ports: readonly [number, number] | undefined;
}

function readOptions(words: readonly string[]): Options {
  const options: Options = { commands: 20_000, seed: 1, minutes: undefined, families: FAMILIES, from: 0, only: undefined, show: 30, ports: undefined };
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i], words[i + 1]];
    const number = Number(value);
    const wantsNumber = name === '--commands' || name === '--seed' || name === '--minutes' || name === '--show' || name === '--from';
    if (value === undefined || (wantsNumber && !(number >= 0))) fail(`${name} wants ${wantsNumber ? 'a number' : 'a value'}.`);
    else if (name === '--commands') options.commands = number;
    else if (name === '--seed') options.seed = number;
    else if (name === '--minutes') options.minutes = number;
    else if (name === '--show') options.show = number;
    else if (name === '--from') options.from = number;
    else if (name === '--families') {
      options.families = value.split(',');
      const wrong = options.families.find((each) => !FAMILIES.includes(each));
      if (wrong !== undefined) fail(`There is no family "${wrong}"; there are ${FAMILIES.join(', ')}.`);
    } else if (name === '--only') {
      options.only = value.split(',').map((each) => {
        const [family, at] = each.split('/');
        if (family === undefined || !FAMILIES.includes(family) || !/^\d+$/.test(at ?? '')) fail(`"${each}" names no scenario; one is called ${FAMILIES[0]}/17.`);
        return { family: family as string, number: Number(at) };
      });
    } else if (name === '--ports') {
      const [real, ours] = value.split(',').map(Number);
      options.ports = [real ?? 0, ours ?? 0];
    } else fail(`There is no option ${name}; there are --commands, --seed, --from, --families, --minutes, --only, --show and --ports.`);
  }
  return options;
}

function fail(why: string): never {
  process.stderr.write(`conformance: ${why}\n`);
  process.exit(2);
}

interface Found extends Difference {
  readonly scenario: Scenario;
  times: number;
}

function report(found: Found, number: number): string {
  const steps = found.scenario.steps.map((step) => `    ${shownStep(step)}`).join('\n');
  const at = found.step === undefined ? '' : `  at: ${shownStep(found.step)}\n`;
  return `\n${number}. ${found.command}   (${found.scenario.name})\n${steps}\n${at}  real: ${found.real}\n  ours: ${found.ours}\n`;
}

function* scenarios(options: Options): Iterable<Scenario> {
  if (options.only !== undefined) {
    for (const { family, number } of options.only) yield scenarioOf(family, options.seed, number);
    return;
  }
  for (let number = options.from; ; number++) for (const family of options.families) yield scenarioOf(family, options.seed, number);
}

/** Both servers, newly started. */
class BothServers {
  private running: RunningServer[] = [];
  private pair: Pair | undefined = undefined;

  async start(options: Options): Promise<Pair> {
    await this.stop();
    const words = ['--enable-debug-command', 'yes'];
    const real = await startRealServer(options.ports?.[0] ?? (await freePort()), words);
    this.running.push(real);
    const ours = await startOurServer(options.ports?.[1] ?? (await freePort()), words);
    this.running.push(ours);
    this.pair = new Pair(new Side(real), new Side(ours));
    return this.pair;
  }

  async stop(): Promise<void> {
    this.pair?.real.close();
    this.pair?.ours.close();
    this.pair = undefined;
    for (const server of this.running.splice(0)) await server.stop();
  }

  /** Which servers have ended by themselves, once a moment has shown it. */
  async gone(): Promise<readonly RunningServer[]> {
    await pauseMs(500);
    return this.running.filter((server) => server.ended());
  }
}

async function compareServers(options: Options): Promise<number> {
  const both = new BothServers();
  const started = Date.now();
  try {
    let pair = await both.start(options);
    const tally = new Tally();
    const found = new Map<string, Found>();
    let told = started;
    for (const scenario of scenarios(options)) {
      if (Date.now() - told > TELL_EVERY_MS) {
        told = Date.now();
        process.stderr.write(`${tally.total} requests in ${Math.round((told - started) / 1000)} s, up to${scenario.name.replace(/.*--only/, '')}, ${found.size} kinds of difference\n`);
      }
      if (options.only === undefined && (options.minutes === undefined ? tally.total >= options.commands : Date.now() - started > options.minutes * 60_000)) break;
      try {
        const problem = await pair.check(scenario, tally);
        if (problem === undefined) continue;
        const known = found.get(problem.difference.signature);
        if (known !== undefined) {
          known.times++;
          continue;
        }
        const small = await pair.shrink(scenario, problem.difference, problem.stepwise);
        const entry = { ...small.difference, scenario: small.scenario, times: 1 };
        found.set(entry.signature, entry);
        if (found.size <= options.show) process.stdout.write(report(entry, found.size));
      } catch (error) {
        const gone = await both.gone();
        const [one] = gone;
        if (one === undefined) throw error;
        // The real 8.0.2 has faults of its own; one of them ends it in FUNCTION FLUSH now and then.
        if (gone.length > 1 || one.name !== 'real' || !one.output().includes('REDIS BUG REPORT END')) throw new Error(`the ${one.name} server has ended:\n${one.output()}`, { cause: error });
        tally.crashedReal.push(scenario.name);
        pair = await both.start(options);
      }
    }
    summarise(tally, found, Date.now() - started);
    return found.size;
  } finally {
    await both.stop();
  }
}

function summarise(tally: Tally, found: ReadonlyMap<string, Found>, tookMs: number): void {
  const byCommand = new Map<string, number>();
  for (const each of found.values()) byCommand.set(each.command, (byCommand.get(each.command) ?? 0) + each.times);
  const names = [...tally.commands].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}${byCommand.has(name) ? ` (${byCommand.get(name)} differ)` : ''}`);
  process.stdout.write(`\n${tally.total} requests in ${Math.round(tookMs / 1000)} s, by command: ${names.join(', ')}\n`);
  for (const [reason, times] of tally.declared) process.stdout.write(`compared by meaning, ${reason}: ${times}\n`);
  if (tally.notRepeated.length > 0) process.stdout.write(`seen once and not again (clock or load): ${tally.notRepeated.join('; ')}\n`);
  if (tally.crashedReal.length > 0) process.stdout.write(`the real server crashed: ${tally.crashedReal.join('; ')}\n`);
  for (const [name, times] of byCommand) process.stdout.write(`differs: ${name}, ${times} ${times === 1 ? 'time' : 'times'}\n`);
  process.stdout.write(found.size === 0 ? 'No difference.\n' : `${found.size} kinds of difference.\n`);
}

try {
  process.exitCode = (await compareServers(readOptions(process.argv.slice(2)))) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof NoReferenceRedis)) throw error;
  fail(error.message);
}
