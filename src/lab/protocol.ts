/*
 * The lab's message protocol
 * --------------------------
 * A lab is one running scenario: a simulation, its terminals, its watches and its checks. The page
 * reaches it only through these messages, so that it may live in a worker (worker.ts), or inline in
 * tests and authoring tools (inline.ts); nothing outside src/lab may know which one it got.
 * One worker holds several labs by `lab` id (home page, lesson, sandbox), each with its own simulation.
 *
 * All payloads are plain, bounded, cloneable data. Bytes are latin1 strings.
 */
import type { Arg, Bytes } from '../engine/index.ts';
import type { DatabaseView, KeyPage, KeySummary, KeyView } from '../engine/inspect/index.ts';
import type { BranchView, EventInfo, HostView, Judgement, LedgerView, LinksView, LoggedEvent, MessageView, MissingWrite, Recording, Scenario, Step, StoryView, TimedFault } from '../simulation/index.ts';
import type { Check, CheckResult } from '../lessons/index.ts';
import type { WorkView } from './work.ts';

export type { WorkView };

/** By time, or by the number of executed events; with a fault, before that fault, which came in after so many events. */
export type Moment = { readonly atUs: number } | { readonly executed: number; readonly fault?: string };

/** What the page says. `lab` names the lab; `open` makes it. */
export type Request =
  | { type: 'open'; lab: string; scenario: Scenario; recording?: Recording; nowMs: number }
  | { type: 'close'; lab: string }
  /** A terminal on `host`, running the shell and, typed into it, `run` (e.g. 'redis-cli') if given. */
  | { type: 'openTerminal'; lab: string; tty: string; host: string; columns: number; rows: number; run?: string }
  | { type: 'closeTerminal'; lab: string; tty: string }
  | { type: 'input'; lab: string; tty: string; bytes: Bytes }
  | { type: 'resize'; lab: string; tty: string; columns: number; rows: number }
  /** A line as if the learner typed it at redis-cli's prompt (starts redis-cli when the shell is in front); `$ `-lines go to the shell. */
  | { type: 'runStep'; lab: string; tty: string; step: string }
  /**
   * Carries out a solution as the learner would, one step after the other: commands of client `b` are typed
   * into the terminal `b` (opened if there is none), those without a client into `tty`; time passes; the
   * server is restarted.
   */
  | { type: 'perform'; lab: string; tty: string; steps: readonly Step[] }
  /** Looks at the world through a visualizer after each waking event, at most once a frame; answers with `view` notices. */
  | { type: 'watch'; lab: string; watch: string; visualizer: string; params: unknown }
  | { type: 'unwatch'; lab: string; watch: string }
  /** Evaluates these checks now and after every change; answers with `checked` notices. An empty list ends it. */
  | { type: 'checks'; lab: string; checks: readonly Check[]; answers: Readonly<Record<string, number>> }
  /** Runs `start` steps silently, before the learner's recording begins to count (undo stops there). */
  | { type: 'prepare'; lab: string; steps: readonly Step[] }
  | { type: 'ask'; lab: string; ask: number; question: Question }
  /** Back to the moment after `prepare` (or to the start); terminals stay open and are told. */
  | { type: 'reset'; lab: string }
  /** Takes back the learner's last command by running everything else again. */
  | { type: 'undo'; lab: string }
  /** Virtual microseconds per real one; 0 pauses. As a `story` it is fast where nothing happens and slow at what matters. */
  | { type: 'pace'; lab: string; speed: number; story?: boolean }
  /** Lets something go wrong: a line as `fault` in a terminal takes it. Answers with a `fault` notice. */
  | { type: 'fault'; lab: string; text: string }
  /**
   * Goes on by one event, to the arrival of the next message between machines (heartbeats aside), or to the next event
   * or announcement whose kind or text contains `text`. Time stands afterwards.
   */
  | { type: 'step'; lab: string; until: 'event' | 'message' | { text: string } }
  /**
   * Goes to a moment, by time or by the number of executed events. Going back runs everything again up to there; what
   * was is kept as a branch. Time stands afterwards.
   */
  | { type: 'seek'; lab: string; to: Moment }
  /** Goes to the end of a kept branch; the present one is kept in its place. */
  | { type: 'branch'; lab: string; branch: number }
  | { type: 'nameBranch'; lab: string; branch: number; name: string }
  /** Passes virtual time at once (tests, `@wait`, step buttons). */
  | { type: 'advance'; lab: string; us: number };

/** Questions about the state. Looking never touches: no expiry, no LRU, no statistics. */
export type Question =
  | { about: 'keys'; host: string; port: number; db: number; pattern: Bytes; limit: number }
  | { about: 'key'; host: string; port: number; db: number; key: Bytes; limit: number }
  | { about: 'databases'; host: string; port: number }
  | { about: 'commandDocs'; host: string; port: number }
  | { about: 'recording' }
  | { about: 'log'; since: number; limit: number }
  | { about: 'files'; host: string; path: string }
  /** The content of a file: the first four MiB, or up to `limit` bytes. */
  | { about: 'file'; host: string; path: string; limit?: number }
  | { about: 'writeFile'; host: string; path: string; content: Bytes }
  | { about: 'transcript'; tty: string }
  /** Machines, with what runs on them. */
  | { about: 'hosts' }
  /** What lies between machines: connections, settings that are not plain, what stands in the way. */
  | { about: 'links' }
  /** Messages between machines that have not arrived. */
  | { about: 'inFlight'; limit: number }
  /** What can happen next. */
  | { about: 'pending'; limit: number }
  /** What happened lately, oldest first. */
  | { about: 'events'; limit: number; background: boolean }
  /** An event and what led to it, back to its beginning. */
  | { about: 'why'; seq: number }
  | { about: 'faults' }
  /** What must hold, what the scenario is for, and what each client has seen of it. */
  | { about: 'goals' };

/** The value of an `answer` by what was asked. */
export interface Answers {
  keys: Omit<KeyPage, 'keys'> & { readonly keys: readonly (KeySummary & { readonly sizeBytes: number })[] };
  /** null when there is no such key. */
  key: KeyView | null;
  databases: readonly (DatabaseView & { readonly db: number })[];
  commandDocs: readonly CommandDoc[];
  recording: Recording;
  log: readonly LogEntry[];
  files: { readonly path: string; readonly files: readonly { readonly name: string; readonly kind: 'file' | 'directory'; readonly sizeBytes: number; readonly modifiedMs: number }[] };
  file: { readonly path: string; readonly content: Bytes; readonly sizeBytes: number };
  writeFile: true;
  /** Plain text as it stands on the screen and above it, lines joined by '\n'. */
  transcript: string;
  hosts: readonly HostView[];
  links: LinksView;
  inFlight: readonly MessageView[];
  pending: readonly EventInfo[];
  events: readonly LoggedEvent[];
  why: readonly LoggedEvent[];
  /** Every fault with its line: words in capitals stand for something. */
  goals: { readonly judgements: readonly Judgement[]; readonly ledgers: readonly LedgerSummary[]; readonly timeline: readonly TimedFault[] };
  faults: readonly { readonly name: string; readonly usage: string; readonly summary: string }[];
}

/** A client's ledger: of missing writes the first hundred, and how many there are. */
export interface LedgerSummary extends Omit<LedgerView, 'lost' | 'away'> {
  readonly lost: readonly MissingWrite[];
  readonly lostCount: number;
  readonly away: readonly MissingWrite[];
  readonly awayCount: number;
}

/** What the reference says of a command: its declaration without the handler. */
export interface CommandDoc {
  /** 'SET', 'CONFIG GET'. */
  readonly name: string;
  readonly group: string;
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  readonly arity: number;
  readonly flags: readonly string[];
  readonly args: readonly Arg[];
  readonly history: readonly { readonly version: string; readonly change: string }[];
  readonly replies: readonly string[];
  readonly examples: readonly string[];
  /** '' when it answers as the real server does. */
  readonly differs: string;
  readonly deprecated: { readonly since: string; readonly replacedBy?: string } | null;
  readonly subcommands: readonly CommandDoc[];
}

/** What the lab says. */
export type Notice =
  /** The world stands, or (after reset and undo) stands anew: redraw what was drawn of the one before. */
  | { type: 'opened'; lab: string; atUs: number }
  | { type: 'output'; lab: string; tty: string; bytes: Bytes }
  /** The program in front has changed: what the terminal's title and the run buttons show. */
  | { type: 'foreground'; lab: string; tty: string; program: string; prompt: string }
  | { type: 'terminalClosed'; lab: string; tty: string; code: number }
  /** `previous` states are the page's business; `described` is the same view in words. */
  | { type: 'view'; lab: string; watch: string; view: unknown; described: string; atUs: number }
  | { type: 'checked'; lab: string; results: readonly CheckResult[]; solved: boolean }
  | { type: 'answer'; lab: string; ask: number; value: unknown; problem?: string }
  /** What a fault has done, or why it could not be. */
  | { type: 'fault'; lab: string; text: string; said: string; problem?: string }
  /** The branches that are kept have changed. */
  | { type: 'branches'; lab: string; branches: readonly BranchView[] }
  | { type: 'clock'; lab: string; atUs: number; speed: number; inputs: number; executed: number; canUndo: boolean; work: WorkView | undefined; story?: StoryView }
  /** Something was executed: the command log's new rows (bounded). */
  | { type: 'log'; lab: string; entries: readonly LogEntry[] }
  /** A recording that could not be used, a scenario that is wrong: a sentence for the learner. */
  | { type: 'problem'; lab: string; what: string; remedy: string }
  /** What was told as a problem is over by itself. */
  | { type: 'solvedItself'; lab: string; what: string }
  /** The lab itself failed: what happened, for a report; the page starts it again from the recording. */
  | { type: 'crashed'; lab: string; report: string; recording?: Recording };

export interface LogEntry {
  /** Rising number of the entry in this lab. */
  id: number;
  atUs: number;
  host: string;
  clientId: number;
  db: number;
  /** Words of the command, each at most 200 bytes, at most 20 of them. */
  argv: readonly Bytes[];
  /** The reply as redis-cli would print it, first 200 characters. */
  reply: string;
  durationUs: number;
  isWrite: boolean;
  /** Terminal it was sent from; '' when it came from elsewhere. */
  tty: string;
  /** Sent by redis-cli on its own account (HELLO, COMMAND DOCS). */
  automatic: boolean;
}

/** The same door for worker and inline. */
export interface LabClient {
  send(request: Request): void;
  /** Hears every notice of `lab`; returns its own removal. */
  listen(lab: string, heard: (notice: Notice) => void): () => void;
  /** Sends the question; `done` gets the answer or the problem. */
  ask(lab: string, question: Question, done: (answer: { value: unknown } | { problem: string }) => void): void;
  dispose(): void;
}
