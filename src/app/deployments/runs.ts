/*
 * Which run is opened
 * -------------------
 * The run of each scenario is kept under its name, one that came by link or file under SHARED; a run that cannot be
 * taken up again is refused with the reason. Unlike a sandbox, a deployment is never replayed by another version of the
 * engine: the same faults at the same moments may lead to another leader there, and then it is not the run that was kept.
 */
import type { Deployment } from '../../lessons/index.ts';
import type { Recording, Scenario } from '../../simulation/index.ts';
import type { OpenOptions } from '../lab/session.ts';
import type { TerminalPlan } from '../lab/terminals.tsx';
import { placeOf } from '../sandbox/place.ts';
import { plansOf } from '../sandbox/plans.ts';
import { openText } from '../sandbox/share.ts';
import { readRecord, removeRecord, writeRecord } from '../storage.ts';

/** Id of a run that came by link or file. */
export const SHARED = 'shared';
const LAST = 'deployment.last';
/** Events that are run again at most: about half a minute's work in a page. */
export const MOST_EVENTS = 1_500_000;

export interface Run {
  /** Id of the scenario, or SHARED. */
  readonly id: string;
  readonly options: OpenOptions;
  readonly plans: TerminalPlan[];
  /** Not the learner's own as long as they have not touched it. */
  readonly foreign: boolean;
  /** Virtual moment at which it was left; undefined for one that begins. */
  readonly leftAtUs: number | undefined;
}

export interface Refusal {
  readonly what: string;
  readonly remedy: string;
}

const recordOf = (id: string): Promise<string> => placeOf(`deployment:${id}`);

export function begun({ id, scenario }: Deployment, atUs?: number): Run {
  return { id, options: atUs === undefined ? { scenario } : { scenario, atUs }, plans: [{ tty: 'a', host: firstUp(scenario, atUs ?? 0), run: 'redis-cli' }], foreign: false, leftAtUs: undefined };
}

/** The first machine that the scenario itself has not switched off by then: its terminal is the one that stands open. */
function firstUp({ hosts, timeline = [] }: Scenario, atUs: number): string {
  const off = new Set(timeline.filter((each) => each.atUs <= atUs && each.fault.startsWith('power-loss ')).flatMap(({ fault }) => fault.split(' ').slice(1)));
  return (hosts.find(({ name }) => !off.has(name)) ?? hosts[0])?.name ?? '';
}

/** A run that goes on: time stands where it was left. */
export function continued(id: string, recording: Recording, foreign: boolean): Run {
  return { id, options: { scenario: recording.scenario, recording, paused: true }, plans: plansOf(recording), foreign, leftAtUs: recording.untilUs };
}

/** Why this page does not take the run up; undefined when it does. `engineVersion`: of this page. */
export function refusalOf(recording: Recording, engineVersion: string, expected?: Scenario): Refusal | undefined {
  if (recording.engineVersion !== engineVersion) {
    return {
      what: `This run was recorded with version ${recording.engineVersion} of the engine, and this page has ${engineVersion}, in which the same faults may lead elsewhere.`,
      remedy: 'Load the page again if it is the older one; else the run has to be made and shared anew.',
    };
  }
  if (expected !== undefined && !isSameScenario(recording.scenario, expected)) return { what: 'This run is of an older form of the scenario, which has been changed since.', remedy: 'It begins anew in its present form.' };
  if (recording.executed > MOST_EVENTS) {
    return { what: `This run has ${recording.executed.toLocaleString('en')} events; to go on with it they would all have to happen again, and more than ${MOST_EVENTS.toLocaleString('en')} take too long in a page.`, remedy: 'Share or save a run sooner after its begin.' };
  }
  return undefined;
}

/** Whether both describe the same world; the wall clock is filled in when it is opened. */
function isSameScenario(a: Scenario, b: Scenario): boolean {
  const plain = ({ seed, hosts, timeline, goals }: Scenario): string => JSON.stringify([seed, hosts.map(({ name, files, run, memoryBytes, cpus }) => [name, files, run, memoryBytes, cpus]), timeline, goals]);
  return plain(a) === plain(b);
}

/** The run of this text, checked. */
export async function readRun(id: string, text: string, foreign: boolean, expected?: Scenario): Promise<Run | Refusal> {
  const opened = await openText(text);
  if ('what' in opened) return opened;
  const { ENGINE_VERSION } = await import('../sandbox/recording-codec.ts');
  return refusalOf(opened.recording, ENGINE_VERSION, expected) ?? continued(id, opened.recording, foreign);
}

/** The kept run, or why it cannot be taken up; undefined when none is kept. */
export async function keptRun(id: string, expected?: Scenario): Promise<Run | Refusal | undefined> {
  const kept = await recordOf(id).then(readRecord).catch(() => undefined);
  return typeof kept === 'string' ? await readRun(id, kept, false, expected) : undefined;
}

/** Whether somebody did something in the run as it was kept after the last thing had gone wrong in it by itself. */
export function wasActedOn({ options: { scenario, recording } }: Run): boolean {
  const brokenAtUs = Math.max(0, ...(scenario.timeline ?? []).map(({ atUs }) => atUs));
  return recording?.inputs.some(({ kind, atUs }) => (kind === 'type' || kind === 'fault') && atUs >= brokenAtUs) === true;
}

/** Runs that were begun anew: what is still being saved of them must not come after that. */
const givenUp = new WeakSet<Run>();

export async function keepRun(run: Run, text: string): Promise<void> {
  const record = await recordOf(run.id);
  if (!givenUp.has(run)) await writeRecord(record, text);
}

export async function giveUp(run: Run): Promise<void> {
  givenUp.add(run);
  await removeRecord(await recordOf(run.id));
}

/** The id that was opened last. */
export async function lastOpened(): Promise<string | undefined> {
  const kept = await readRecord(LAST).catch(() => undefined);
  return typeof kept === 'string' ? kept : undefined;
}
export const rememberOpened = (id: string): Promise<void> => writeRecord(LAST, id).catch(() => undefined);

// --- addresses ------------------------------------------------------------------------------------------------

/** Where the deployments are. */
export const HERE = '/sandbox/deployments';
export const addressOf = (id: string): string => `${HERE}?scenario=${id}`;

const LONGEST_LEAD_US = 600e6;

/** The moment of an address: `20s`, `1500ms`, `2m`. Undefined when it names none, ten minutes at most. */
export function momentOf(text: string | null): number | undefined {
  const [, count, unit] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text ?? '') ?? [];
  if (count === undefined) return undefined;
  return Math.min(LONGEST_LEAD_US, Math.round(Number(count) * (unit === 'ms' ? 1000 : unit === 's' ? 1e6 : 60e6)));
}
