/*
 * Recordings
 * ----------
 * A scenario and the timed inputs that followed: enough to make the same run again, byte for byte. It is
 * the save file, the share link, the undo button and the bug report.
 *
 * Each input carries the virtual time and the number of events executed before it. The number makes the
 * moment exact even when an input came between two events of one instant. A recording of another engine
 * version replays by time alone: the commands are all there, ticks may differ.
 *
 * As text: `keyspace-recording FORMAT CHECKSUM` on the first line, compact JSON on the second. Reading is
 * strict and answers with a sentence for the learner; nothing of a bad recording is used.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import { LONGEST_FAULT } from './faults.ts';
import { hashBytes } from './run-hash.ts';
import { isGoal, scenarioProblem, type HostSpec, type Scenario, type Step, type TimedFault } from './scenario.ts';

/** Raised when the behaviour of a run may change: replies, order of events, use of chance. A test of src/lab/determinism.test.ts holds the hash of a run against it. */
export const ENGINE_VERSION = '8.0.2-2';
export const RECORDING_FORMAT = 1;

/** What came from outside. */
export type RecordedInput = {
  readonly atUs: Micros;
  /** Events executed before it. */
  readonly executed: number;
} & (
  | { readonly kind: 'open'; readonly tty: string; readonly host: string; readonly columns: number; readonly rows: number; readonly run?: Bytes }
  | { readonly kind: 'close'; readonly tty: string }
  | { readonly kind: 'type'; readonly tty: string; readonly bytes: Bytes }
  | { readonly kind: 'resize'; readonly tty: string; readonly columns: number; readonly rows: number }
  | { readonly kind: 'prepare'; readonly steps: readonly Step[] }
  | { readonly kind: 'restart'; readonly port: number }
  | { readonly kind: 'writeFile'; readonly host: string; readonly path: string; readonly content: Bytes }
  /** Something goes wrong: a line as faults.ts reads it. */
  | { readonly kind: 'fault'; readonly text: string }
);

export interface Recording {
  readonly format: typeof RECORDING_FORMAT;
  readonly engineVersion: string;
  /** With the wall clock filled in: input 0. */
  readonly scenario: Scenario;
  readonly inputs: readonly RecordedInput[];
  /** Virtual time at which it was taken. */
  readonly untilUs: Micros;
  /** Events executed by then. */
  readonly executed: number;
}

export interface RecordingProblem {
  /** What is wrong, as a sentence. */
  readonly what: string;
  /** What the learner can do. */
  readonly remedy: string;
}

const MAGIC = 'keyspace-recording';
const MAX_TEXT = 32 * 1024 * 1024;
const MAX_INPUTS = 200_000;
const MAX_UNTIL_US = 366 * 86_400 * 1e6;

// --- writing --------------------------------------------------------------------------------------

/** One input as a short array: [kind letter, microseconds and events since the one before, …fields]. */
type Row = readonly [string, number, number, ...(string | number | readonly Step[])[]];

/** The recording as compact text of plain ASCII. */
export function encodeRecording(recording: Recording): string {
  let at = 0;
  let executed = 0;
  const rows = recording.inputs.map((input): Row => {
    const head = [input.atUs - at, input.executed - executed] as const;
    at = input.atUs;
    executed = input.executed;
    switch (input.kind) {
      case 'open':
        return input.run === undefined
          ? ['o', ...head, input.tty, input.host, input.columns, input.rows]
          : ['o', ...head, input.tty, input.host, input.columns, input.rows, input.run];
      case 'close':
        return ['c', ...head, input.tty];
      case 'type':
        return ['t', ...head, input.tty, input.bytes];
      case 'resize':
        return ['r', ...head, input.tty, input.columns, input.rows];
      case 'prepare':
        return ['p', ...head, input.steps];
      case 'restart':
        return ['x', ...head, input.port];
      case 'writeFile':
        return ['w', ...head, input.host, input.path, input.content];
      case 'fault':
        return ['f', ...head, input.text];
    }
  });
  const body = JSON.stringify({ v: recording.engineVersion, s: recording.scenario, u: recording.untilUs, e: recording.executed, i: rows })
    .replace(/[\x7f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${MAGIC} ${recording.format} ${checksum(body)}\n${body}\n`;
}

function checksum(body: string): string {
  return (hashBytes(body) >>> 0).toString(16).padStart(8, '0') + (hashBytes(body, 1) >>> 0).toString(16).padStart(8, '0');
}

// --- reading --------------------------------------------------------------------------------------

const DAMAGED = 'Ask for the link or file again; what you have here is untouched.';

/** The recording that `text` spells, or why it cannot be used. */
export function decodeRecording(text: string): { recording: Recording } | { problem: RecordingProblem } {
  const fail = (what: string, remedy = DAMAGED): { problem: RecordingProblem } => ({ problem: { what, remedy } });
  if (text.length > MAX_TEXT) return fail('This recording is larger than 32 MiB.', 'It cannot be opened in a page.');
  const head = /^keyspace-recording (\d{1,9}) ([0-9a-f]{16})\r?\n/.exec(text);
  if (head === null) {
    return text.startsWith(MAGIC)
      ? fail('This recording is damaged: its first line cannot be read.')
      : fail('This is not a Keyspace recording.', 'Choose a file or link that Keyspace has made.');
  }
  const format = Number(head[1]);
  if (format > RECORDING_FORMAT) {
    return fail('This recording was made by a newer Keyspace than the one you have open.', 'Reload the page to get the newest version, then open it again.');
  }
  if (format < RECORDING_FORMAT) {
    return fail('This recording was made by an old Keyspace, in a format that can no longer be replayed.', 'Ask its author to record it again.');
  }
  const body = text.slice(head[0].length).replace(/\r?\n$/, '');
  if (/[^\0-\x7f]/.test(body) || checksum(body) !== head[2]) return fail('This recording is damaged: part of it is missing or was changed.');
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return fail('This recording is damaged: it is not complete.');
  }
  const recording = readBody(value);
  if (typeof recording === 'string') return fail(`This recording cannot be replayed: ${recording}.`);
  return { recording };
}

/** Checks a recording that arrived as an object; undefined when it can be replayed. */
export function recordingProblem(recording: Recording): RecordingProblem | undefined {
  const read = decodeRecording(encodeRecording(recording));
  return 'problem' in read ? read.problem : undefined;
}

function readBody(value: unknown): Recording | string {
  if (!isRecord(value)) return 'it holds no record';
  const { v: engineVersion, s, u: untilUs, e: total, i: rows } = value;
  if (typeof engineVersion !== 'string') return 'its engine version is missing';
  if (!isCount(untilUs) || untilUs > MAX_UNTIL_US) return 'its end is missing';
  if (!isCount(total)) return 'its number of events is missing';
  const scenario = readScenario(s);
  if (typeof scenario === 'string') return scenario;
  if (!Array.isArray(rows) || rows.length > MAX_INPUTS) return 'its inputs are missing';
  const inputs: RecordedInput[] = [];
  let atUs = 0;
  let executed = 0;
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || !isCount(row[1]) || !isCount(row[2])) return `input ${inputs.length + 1} has no time`;
    atUs += row[1];
    executed += row[2];
    const input = readInput(row, { atUs, executed });
    if (input === undefined) return `input ${inputs.length + 1} makes no sense`;
    inputs.push(input);
  }
  if (atUs > untilUs || executed > total) return 'its last input comes after its end';
  return { format: RECORDING_FORMAT, engineVersion, scenario, inputs, untilUs, executed: total };
}

function readInput(row: readonly unknown[], head: { atUs: number; executed: number }): RecordedInput | undefined {
  const [kind, , , a, b, c, d, e] = row;
  switch (kind) {
    case 'o':
      if (!isName(a) || !isName(b) || !isSize(c) || !isSize(d) || !(e === undefined || isBytes(e))) return undefined;
      return e === undefined
        ? { ...head, kind: 'open', tty: a, host: b, columns: c, rows: d }
        : { ...head, kind: 'open', tty: a, host: b, columns: c, rows: d, run: e };
    case 'c':
      return isName(a) ? { ...head, kind: 'close', tty: a } : undefined;
    case 't':
      return isName(a) && isBytes(b) ? { ...head, kind: 'type', tty: a, bytes: b } : undefined;
    case 'r':
      return isName(a) && isSize(b) && isSize(c) ? { ...head, kind: 'resize', tty: a, columns: b, rows: c } : undefined;
    case 'p': {
      if (!Array.isArray(a)) return undefined;
      const steps = a.map(readStep);
      return steps.every((step) => step !== undefined) ? { ...head, kind: 'prepare', steps } : undefined;
    }
    case 'x':
      return isCount(a) ? { ...head, kind: 'restart', port: a } : undefined;
    case 'w':
      return isName(a) && isBytes(b) && isBytes(c) ? { ...head, kind: 'writeFile', host: a, path: b, content: c } : undefined;
    case 'f':
      return isFaultLine(a) ? { ...head, kind: 'fault', text: a } : undefined;
    default:
      return undefined;
  }
}

function readStep(value: unknown): Step | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, text, client, us, port } = value;
  if (kind === 'redis' && isBytes(text)) {
    if (client === undefined) return { kind, text };
    return isName(client) ? { kind, text, client } : undefined;
  }
  if (kind === 'shell' && isBytes(text)) return { kind, text };
  if (kind === 'wait' && isCount(us)) return { kind, us };
  if (kind === 'restart') {
    if (port === undefined) return { kind };
    return isCount(port) ? { kind, port } : undefined;
  }
  return undefined;
}

function readScenario(value: unknown): Scenario | string {
  if (!isRecord(value) || typeof value['seed'] !== 'number' || !Array.isArray(value['hosts'])) return 'its scenario is missing';
  const hosts: HostSpec[] = [];
  for (const host of value['hosts'] as unknown[]) {
    const spec = readHost(host);
    if (spec === undefined) return 'one of its hosts makes no sense';
    hosts.push(spec);
  }
  const epochMs = value['epochMs'];
  if (epochMs !== undefined && typeof epochMs !== 'number') return 'its clock makes no sense';
  const { timeline, goals } = value;
  if (timeline !== undefined && !(Array.isArray(timeline) && timeline.every(isTimedFault))) return 'its timeline makes no sense';
  if (goals !== undefined && !(Array.isArray(goals) && goals.every((goal) => typeof goal === 'string' && isGoal(goal)))) return 'its goals make no sense';
  const scenario: Scenario = {
    seed: value['seed'], hosts,
    ...(epochMs === undefined ? {} : { epochMs }), ...(timeline === undefined ? {} : { timeline }), ...(goals === undefined ? {} : { goals }),
  };
  return scenarioProblem(scenario) ?? scenario;
}

function readHost(value: unknown): HostSpec | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string') return undefined;
  const { name, files, run, memoryBytes, cpus } = value;
  const spec: { -readonly [K in keyof HostSpec]: HostSpec[K] } = { name };
  if (files !== undefined) {
    if (!isRecord(files) || !Object.values(files).every(isBytes)) return undefined;
    spec.files = files as Record<string, Bytes>;
  }
  if (run !== undefined) {
    if (!Array.isArray(run) || !run.every(isBytes)) return undefined;
    spec.run = run;
  }
  if (memoryBytes !== undefined) {
    if (!isCount(memoryBytes)) return undefined;
    spec.memoryBytes = memoryBytes;
  }
  if (cpus !== undefined) {
    if (!isCount(cpus)) return undefined;
    spec.cpus = cpus;
  }
  return spec;
}

function isTimedFault(value: unknown): value is TimedFault {
  return isRecord(value) && isCount(value['atUs']) && isFaultLine(value['fault']);
}

function isFaultLine(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_FAULT;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
function isSize(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= 10_000;
}
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 200;
}
function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' && !/[^\0-\xff]/.test(value);
}
