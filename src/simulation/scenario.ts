/*
 * A scenario: a simulation described as data
 * ------------------------------------------
 * What an author writes in content/scenarios and what a recording starts from. A scenario and the
 * timed inputs that follow decide everything that happens.
 *
 * Steps are the small language of `start`, `solution` and `wrong` blocks. The content compiler reads
 * them from text; the lab carries them out.
 */
import type { Bytes, Micros } from '../engine/index.ts';

/** One machine. */
export interface HostSpec {
  readonly name: string;
  /** Path to content. A relative path stands in the learner's home directory. */
  readonly files?: Readonly<Record<string, Bytes>>;
  /** Command lines started at boot, in order, as services of the machine: without a terminal. */
  readonly run?: readonly string[];
  /** What the machine has; 2 GiB and 2 cores unless told. */
  readonly memoryBytes?: number;
  readonly cpus?: number;
}

export interface Scenario {
  /** Where all chance of this run comes from: a whole number, 0 … 2^32−1. */
  readonly seed: number;
  readonly hosts: readonly HostSpec[];
  /** Wall clock at virtual time 0, milliseconds since 1970; the lab fills in the learner's own time when absent. */
  readonly epochMs?: number;
  /** What goes wrong, and when: lines as faults.ts reads them. Those at 0 describe the network as it is from the start. */
  readonly timeline?: readonly TimedFault[];
  /** Names of what is to hold in the end: judgement.ts. */
  readonly goals?: readonly Goal[];
}

export interface TimedFault {
  readonly atUs: Micros;
  readonly fault: string;
}

/** One line of a `start`, `solution` or `wrong` block. */
export type Step =
  /** A command of the client named `client` (the default client when absent). */
  | { readonly kind: 'redis'; readonly text: Bytes; readonly client?: string }
  /** A line at the host's shell. */
  | { readonly kind: 'shell'; readonly text: Bytes }
  /** Virtual time passes. */
  | { readonly kind: 'wait'; readonly us: number }
  /** The server on `port` (6379 when absent) is stopped gracefully and started again with the same arguments. */
  | { readonly kind: 'restart'; readonly port?: number };

/** What a scenario may ask for; judgement.ts says what each means. */
export const GOALS = ['one-master', 'replicas-in-sync', 'slots-covered', 'sentinels-agree', 'writes-accepted', 'acknowledged-writes-survive'] as const;
export type Goal = (typeof GOALS)[number];

export function isGoal(name: string): name is Goal {
  return (GOALS as readonly string[]).includes(name);
}

/** Where a learner's shell starts and where relative files of a scenario go. */
export const HOME = '/home/learner';

/** Their addresses are 10.0.0.11 and up, and the last number of an address ends at 254. */
const MOST_HOSTS = 240;

/** What is wrong with a scenario, as a sentence for its author; undefined when it can be run. */
export function scenarioProblem(scenario: Scenario): string | undefined {
  if (!Number.isInteger(scenario.seed) || scenario.seed < 0 || scenario.seed > 0xffffffff) {
    return `the seed must be a whole number from 0 to 4294967295, not ${String(scenario.seed)}`;
  }
  if (scenario.hosts.length === 0) return 'a scenario needs at least one host';
  if (scenario.hosts.length > MOST_HOSTS) return `a scenario may have ${MOST_HOSTS} hosts, this one has ${scenario.hosts.length}`;
  const seen = new Set<string>();
  for (const host of scenario.hosts) {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(host.name)) {
      return `the host name "${host.name}" must start with a letter and hold small letters, digits and hyphens only`;
    }
    if (seen.has(host.name)) return `two hosts are named "${host.name}"`;
    seen.add(host.name);
  }
  if (scenario.epochMs !== undefined && (!Number.isFinite(scenario.epochMs) || scenario.epochMs < 0)) {
    return `epochMs must be milliseconds since 1970, not ${String(scenario.epochMs)}`;
  }
  const odd = scenario.timeline?.find(({ atUs }) => !Number.isSafeInteger(atUs) || atUs < 0);
  if (odd !== undefined) return `"${odd.fault}" has no moment in the timeline`;
  const goals: readonly string[] = scenario.goals ?? [];
  const goal = goals.find((name) => !isGoal(name));
  if (goal !== undefined) return `there is no goal named "${goal}"; there are: ${GOALS.join(', ')}`;
  return undefined;
}
