/*
 * Where an item begins
 * --------------------
 * `start` names a state in one of five ways; all become a scenario and steps. `inherit` repeats what the
 * item before did: its own start, then the commands of its transcripts or its first solution.
 */
import { utf8 } from '../../engine/bytes.ts';
import { createSimulation, scenarioProblem, type HostSpec, type Scenario, type Step } from '../../simulation/index.ts';
import type { Deployment, Start } from '../model.ts';
import { scenarioSchema, type AuthoredScenario } from '../schema.ts';
import { parseSteps } from './command-line.ts';
import type { Reporter } from './problems.ts';
import { didYouMean } from './suggest.ts';
import { parseYaml } from './yaml.ts';

/** What `start: empty` means when the course brings no scenarios/standalone.yml. */
export const STANDALONE: Scenario = { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] };

/** The named states of a course. */
export interface StartSources {
  /** 'scenarios/x.yml' → the scenario. */
  scenarios: Map<string, Scenario>;
  deployments: Deployment[];
  /** 'data/x.redis' → its text. */
  data: Map<string, string>;
}

export function toScenario(authored: AuthoredScenario): Scenario {
  const timeline = [
    ...(authored.network ?? []).map((fault) => ({ atUs: 0, fault })),
    ...(authored.timeline ?? []).map(({ at, fault }) => ({ atUs: microsOf(at), fault })),
  ];
  return {
    seed: authored.seed,
    hosts: [...authored.hosts.flatMap((host) => namesOf(host).map((name): HostSpec => ({
      name,
      ...(host.files === undefined ? {} : { files: Object.fromEntries(Object.entries(host.files).map(([path, text]) => [path, utf8(text)])) }),
      ...(host.run === undefined ? {} : { run: host.run }),
      ...(host.memoryBytes === undefined ? {} : { memoryBytes: host.memoryBytes }),
      ...(host.cpus === undefined ? {} : { cpus: host.cpus }),
    }))), ...(authored.clients ?? []).map(clientHost)],
    ...(authored.epochMs === undefined ? {} : { epochMs: authored.epochMs }),
    ...(timeline.length === 0 ? {} : { timeline }),
    ...(authored.goals === undefined ? {} : { goals: authored.goals }),
  };
}

/** One name, or as many as there are machines of the kind. */
function namesOf({ name, count }: AuthoredScenario['hosts'][number]): string[] {
  return count === undefined ? [name] : Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };

/** The schema has seen to its form. */
function microsOf(duration: string): number {
  const [, count, unit] = /^([\d.]+)(\D+)$/.exec(duration) ?? [];
  return Math.round(Number(count) * (UNITS[unit ?? ''] ?? 0));
}

/** A client's machine: it runs `workload` and keeps its ledger where judgement.ts looks for it. */
function clientHost(client: NonNullable<AuthoredScenario['clients']>[number]): HostSpec {
  const words = [
    'workload', '-e', String(microsOf(client.every ?? '100ms') / 1000),
    ...(client.count === undefined ? [] : ['-n', String(client.count)]), ...(client.master === undefined ? [] : ['-m', client.master]), client.writes, ...client.to,
  ];
  return { name: client.name, run: [`sleep ${microsOf(client.from ?? '1s') / 1e6}; ${words.join(' ')} > ledger`] };
}

/** What a file of scenarios/ says. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  /** How the page offers it; undefined when only lessons and exercises begin there. */
  readonly offer: AuthoredScenario['deployment'];
}

export function parseScenario(text: string, report: Reporter): Scenario | undefined {
  return parseScenarioFile(text, report)?.scenario;
}

/** The deployments among the files `name → file`, in their order. */
export function deploymentsOf(files: Iterable<readonly [name: string, file: ScenarioFile]>): Deployment[] {
  return [...files]
    .flatMap(([name, { scenario, offer }]) => (offer === undefined ? [] : [{ order: offer.order, made: { id: name.replace(/^.*\//, '').replace(/\.yml$/, ''), title: offer.title, says: offer.says, first: offer.first, isBroken: offer.broken ?? false, scenario } }]))
    .sort((a, b) => a.order - b.order)
    .map(({ made }) => made);
}

export function parseScenarioFile(text: string, report: Reporter): ScenarioFile | undefined {
  const parsed = parseYaml(text, scenarioSchema, report);
  if (parsed === undefined) return undefined;
  const scenario = toScenario(parsed.value);
  const problem = scenarioProblem(scenario);
  if (problem !== undefined) {
    report.error(1, problem, 'every machine has a name of its own, clients included');
    return undefined;
  }
  const { clients = [], network = [], timeline = [] } = parsed.value;
  const hosts = new Set(scenario.hosts.map(({ name }) => name));
  clients.forEach(({ to }, i) => to.forEach((address, k) => {
    const host = address.slice(0, address.indexOf(':'));
    if (!hosts.has(host)) report.error(parsed.lineOf(['clients', i, 'to', k]), `no machine is named "${host}"`, didYouMean(host, hosts));
  }));
  // What a line says is known when it is carried out, so it is: on machines where nothing runs.
  const rehearsal = createSimulation({ scenario: { seed: 1, hosts: scenario.hosts.map(({ name }) => ({ name })) }, programs: [] });
  const rehearse = (line: string, path: readonly PropertyKey[]): void => {
    if (NEEDS_SERVERS.test(line)) return;
    const outcome = rehearsal.fault(line);
    if ('problem' in outcome) report.error(parsed.lineOf(path), outcome.problem, '`fault` in a terminal lists what there is');
  };
  network.forEach((line, i) => rehearse(line, ['network', i]));
  timeline.forEach(({ fault }, i) => rehearse(fault, ['timeline', i, 'fault']));
  return { scenario, offer: parsed.value.deployment };
}

/** Faults that depend on what runs, or on the numbers of rules and messages. */
const NEEDS_SERVERS = /^(busy|kill-child|flip|truncate|release|drop|heal)\b/;

export interface StartRequest {
  start: string | undefined;
  scenario: string | undefined;
  seed?: number | undefined;
  /** Line of the `start` field, for problems. */
  line: number;
}

export function resolveStart(request: StartRequest, sources: StartSources, previousEnd: Start | undefined, report: Reporter): Start {
  const named = (name: string): Scenario => {
    const found = sources.scenarios.get(name);
    if (found === undefined) report.error(request.line, `there is no ${name}`, didYouMean(name, sources.scenarios.keys()));
    return found ?? STANDALONE;
  };
  const seeded = (scenario: Scenario): Scenario => (request.seed === undefined ? scenario : { ...scenario, seed: request.seed });
  const base = (): Scenario =>
    seeded(request.scenario === undefined ? (sources.scenarios.get('scenarios/standalone.yml') ?? STANDALONE) : named(request.scenario));
  const start = (request.start ?? 'empty').trim();
  if (start === 'empty' || start === '') return { scenario: base(), steps: [] };
  if (start === 'inherit') {
    if (previousEnd !== undefined) return { scenario: seeded(previousEnd.scenario), steps: previousEnd.steps };
    report.error(request.line, '"start: inherit" with nothing before it', 'write "start: empty", or name a scenario');
    return { scenario: base(), steps: [] };
  }
  if (/^scenarios\/\S+$/.test(start)) return { scenario: seeded(named(start)), steps: [] };
  if (/^data\/\S+$/.test(start)) {
    const text = sources.data.get(start);
    if (text === undefined) {
      report.error(request.line, `there is no ${start}`, didYouMean(start, sources.data.keys()));
      return { scenario: base(), steps: [] };
    }
    return { scenario: base(), steps: stepsOf(text, request.line, report) };
  }
  return { scenario: base(), steps: stepsOf(start, request.line, report) };
}

function stepsOf(text: string, line: number, report: Reporter): Step[] {
  const parsed = parseSteps(text);
  for (const problem of parsed.problems) report.error(line + problem.line, `in the start: ${problem.what}`, problem.fix);
  if (Object.keys(parsed.answers).length > 0) report.error(line, '@answer in a start', 'answers belong to solutions and wrong attempts');
  return parsed.steps;
}
