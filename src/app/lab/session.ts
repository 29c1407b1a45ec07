/*
 * One lab, as the page sees it
 * ----------------------------
 * A session speaks to one lab by messages and keeps what the lab said last: the clock, the results of
 * checks, the newest rows of the log, what each terminal printed. It never keeps state of a server;
 * whoever wants that asks, or watches.
 *
 * React reads a session with useSession(). Terminals, views and log rows have listeners of their own,
 * so that a key press does not redraw a page.
 */
import { markFirstPrompt } from '../first-prompt.ts';
import { useSyncExternalStore } from 'react';
import type { Bytes } from '../../engine/index.ts';
import type { Answers, LabClient, LogEntry, Moment, Notice, Question, WorkView } from '../../lab/protocol.ts';
import type { Check, CheckResult } from '../../lessons/index.ts';
import type { BranchView, Recording, Scenario, Step, StoryView } from '../../simulation/index.ts';
import { bytesOf, type TtyPort } from '../../terminal/view/index.ts';

/** Output kept per terminal, so that a view that opens late can draw it. */
const SCROLLBACK_BYTES = 400_000;
const LOG_ROWS = 300;
/** Size of a terminal that nobody has drawn yet. */
const UNSEEN = { columns: 100, rows: 30 };

export interface Foreground {
  program: string;
  prompt: string;
}

export interface SessionState {
  phase: 'opening' | 'ready' | 'crashed';
  atUs: number;
  speed: number;
  inputs: number;
  /** Events of the simulation so far: with time standing, each counts. */
  executed: number;
  canUndo: boolean;
  /** How a story goes; undefined while time goes at one speed. */
  story: StoryView | undefined;
  /** What takes long and is under way. */
  work?: WorkView | undefined;
  /** What the last fault has done, or why it could not be. */
  fault: { text: string; said: string; problem: string | undefined } | undefined;
  branches: readonly BranchView[];
  results: readonly CheckResult[];
  solved: boolean;
  /** A sentence for the learner, with the way out. */
  problem: { what: string; remedy: string } | undefined;
  crash: { report: string; recording: Recording | undefined } | undefined;
  foregrounds: Readonly<Record<string, Foreground>>;
}

/** Whether the world changes by itself: time runs, or is on its way to a later moment. */
export const isMoving = ({ speed, work }: SessionState): boolean => (work === undefined ? speed > 0 : work.what !== 'remaking');

export interface OpenOptions {
  scenario: Scenario;
  recording?: Recording;
  /** Done silently before the learner begins. */
  steps?: readonly Step[];
  /** Time stands at first. */
  paused?: boolean;
  /** Time passes to this moment at once, and stands there. */
  atUs?: number;
}

export interface ViewSeen {
  view: unknown;
  described: string;
  atUs: number;
}

const AT_REST: SessionState = { phase: 'opening', atUs: 0, speed: 1, inputs: 0, executed: 0, canUndo: false, story: undefined, fault: undefined, branches: [], results: [], solved: false, problem: undefined, crash: undefined, foregrounds: {} };

export class LabSession {
  readonly id: string;
  private readonly client: LabClient;
  private readonly stopListening: () => void;
  private readonly heard = new Set<() => void>();
  private readonly terminals = new Map<string, TerminalChannel>();
  private readonly watchers = new Map<string, { visualizer: string; params: unknown; seen: (view: ViewSeen) => void }>();
  private checked: { checks: readonly Check[]; answers: Readonly<Record<string, number>> } | undefined;
  private readonly logHeard = new Set<(entries: readonly LogEntry[]) => void>();
  private readonly changeHeard = new Set<() => void>();
  private readonly closeHeard = new Set<() => void>();
  private opened: OpenOptions | undefined;
  private rows: readonly LogEntry[] = [];
  private nextWatch = 1;
  state: SessionState = AT_REST;
  /** The learner did something: typed, pressed a run button, took back, wrote a file. Looking is not that. */
  isTouched = false;
  /** How often something was typed or made to go wrong, or right. */
  acts = 0;

  constructor(client: LabClient, id: string) {
    this.client = client;
    this.id = id;
    this.stopListening = client.listen(id, (notice) => this.hear(notice));
  }

  open(options: OpenOptions): void {
    this.opened = options;
    this.rows = [];
    this.set(AT_REST);
    this.client.send({ type: 'open', lab: this.id, scenario: options.scenario, ...(options.recording === undefined ? {} : { recording: options.recording }), nowMs: Date.now() });
    if (options.steps !== undefined && options.steps.length > 0 && options.recording === undefined) this.client.send({ type: 'prepare', lab: this.id, steps: options.steps });
    if (options.atUs !== undefined) this.client.send({ type: 'seek', lab: this.id, to: { atUs: options.atUs } });
    else if (options.paused === true) this.pace(0);
    for (const terminal of this.terminals.values()) terminal.begin();
    // A lab that stands anew knows nothing of what was watched and checked in the one before.
    for (const [watch, { visualizer, params }] of this.watchers) this.client.send({ type: 'watch', lab: this.id, watch, visualizer, params });
    if (this.checked !== undefined) this.client.send({ type: 'checks', lab: this.id, ...this.checked });
  }

  /** After a crash: the same world again, from the recording if there is one, else from its start. */
  openAgain(fromStart: boolean): void {
    const before = this.opened;
    if (before === undefined) return;
    const recording = fromStart ? undefined : this.state.crash?.recording;
    this.open({ scenario: before.scenario, ...(before.steps === undefined ? {} : { steps: before.steps }), ...(recording === undefined ? {} : { recording }) });
  }

  close(): void {
    for (const heard of this.closeHeard) heard();
    this.client.send({ type: 'close', lab: this.id });
    this.stopListening();
  }

  // --- terminals

  terminal(tty: string, host: string, run?: string): TerminalChannel {
    let channel = this.terminals.get(tty);
    if (channel === undefined) {
      channel = new TerminalChannel((message) => {
        if (message.type === 'input') this.acted();
        this.client.send(message);
      }, this.id, tty, host, run);
      this.terminals.set(tty, channel);
    }
    return channel;
  }

  closeTerminal(tty: string): void {
    this.terminals.delete(tty);
    this.client.send({ type: 'closeTerminal', lab: this.id, tty });
  }

  /** Types a command as a learner would; the terminal must be known by terminal(). */
  run(step: string, tty: string): void {
    this.isTouched = true;
    this.terminals.get(tty)?.ensureOpen();
    this.client.send({ type: 'runStep', lab: this.id, tty, step: bytesOf(step) });
  }

  /** Carries out steps of a solution in order, passing time and restarts included. */
  perform(steps: readonly Step[], tty: string): void {
    this.isTouched = true;
    this.terminals.get(tty)?.ensureOpen();
    this.client.send({ type: 'perform', lab: this.id, tty, steps });
  }

  // --- time and undo

  /** As a story: fast where nothing happens, slow at what matters. */
  pace(speed: number, story = false): void { this.client.send({ type: 'pace', lab: this.id, speed, ...(story ? { story } : {}) }); }
  advance(us: number): void {
    this.isTouched = true;
    this.client.send({ type: 'advance', lab: this.id, us });
  }

  /** Goes on to the next event, the next message between machines, or the next event that contains a text. */
  step(until: 'event' | 'message' | { text: string }): void {
    this.isTouched = true;
    this.client.send({ type: 'step', lab: this.id, until });
  }

  /** Goes to another moment; what lies after it is kept as a branch. */
  seek(to: Moment): void {
    this.isTouched = true;
    this.client.send({ type: 'seek', lab: this.id, to });
  }

  branch(branch: number): void {
    this.isTouched = true;
    this.client.send({ type: 'branch', lab: this.id, branch });
  }

  /** A line as `fault` takes it in a terminal. */
  fault(text: string): void {
    this.acted();
    this.client.send({ type: 'fault', lab: this.id, text });
  }

  undo(): void {
    this.isTouched = true;
    this.client.send({ type: 'undo', lab: this.id });
  }

  reset(): void {
    this.isTouched = true;
    this.client.send({ type: 'reset', lab: this.id });
  }

  dismissProblem(): void {
    this.set({ ...this.state, problem: undefined });
  }

  // --- looking

  /** The answer, or an error with the lab's own sentence. Page and lab are of one build, so the pairs of the protocol hold. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q['about']]> {
    if (question.about === 'writeFile') this.isTouched = true;
    return new Promise((resolve, reject) => {
      this.client.ask(this.id, question, (answer) => ('problem' in answer ? reject(new Error(answer.problem)) : resolve(answer.value as Answers[Q['about']])));
    });
  }

  watch(visualizer: string, params: unknown, seen: (view: ViewSeen) => void): () => void {
    const watch = `${visualizer}-${this.nextWatch++}`;
    this.watchers.set(watch, { visualizer, params, seen });
    this.client.send({ type: 'watch', lab: this.id, watch, visualizer, params });
    return () => {
      this.watchers.delete(watch);
      this.client.send({ type: 'unwatch', lab: this.id, watch });
    };
  }

  check(checks: readonly Check[], answers: Readonly<Record<string, number>>): void {
    this.checked = { checks, answers };
    this.client.send({ type: 'checks', lab: this.id, checks, answers });
  }

  log(): readonly LogEntry[] { return this.rows; }

  onLog(heard: (entries: readonly LogEntry[]) => void): () => void {
    this.logHeard.add(heard);
    return () => this.logHeard.delete(heard);
  }

  /** Something was executed or taken back: time to ask again. */
  onChange(heard: () => void): () => void {
    this.changeHeard.add(heard);
    return () => this.changeHeard.delete(heard);
  }

  /** The lab is about to be closed: the last moment to ask it something. */
  onClose(heard: () => void): () => void {
    this.closeHeard.add(heard);
    return () => this.closeHeard.delete(heard);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  };

  snapshot = (): SessionState => this.state;

  // --- what the lab says

  private hear(notice: Notice): void {
    switch (notice.type) {
      case 'opened':
        // Also after reset and undo: the world stands anew, and its terminals print what holds now.
        for (const terminal of this.terminals.values()) terminal.forget();
        this.set({ ...this.state, phase: 'ready', atUs: notice.atUs, problem: this.state.phase === 'opening' ? this.state.problem : undefined });
        this.readLog();
        this.changed();
        return;
      case 'output':
        this.terminals.get(notice.tty)?.print(notice.bytes);
        return;
      case 'foreground':
        if (notice.prompt !== '') markFirstPrompt();
        this.set({ ...this.state, foregrounds: { ...this.state.foregrounds, [notice.tty]: { program: notice.program, prompt: notice.prompt } } });
        return;
      case 'terminalClosed':
        this.terminals.get(notice.tty)?.ended();
        return;
      case 'view':
        this.watchers.get(notice.watch)?.seen({ view: notice.view, described: notice.described, atUs: notice.atUs });
        return;
      case 'checked':
        this.set({ ...this.state, results: notice.results, solved: notice.solved });
        return;
      case 'clock':
        this.set({ ...this.state, atUs: notice.atUs, speed: notice.speed, inputs: notice.inputs, executed: notice.executed, canUndo: notice.canUndo, story: notice.story, work: notice.work });
        return;
      case 'fault':
        this.set({ ...this.state, fault: { text: notice.text, said: notice.said, problem: notice.problem } });
        this.changed();
        return;
      case 'branches':
        this.set({ ...this.state, branches: notice.branches });
        return;
      case 'log':
        this.hearLog(notice.entries.filter(isLearners));
        this.changed();
        return;
      case 'problem':
        this.set({ ...this.state, problem: { what: notice.what, remedy: notice.remedy } });
        return;
      case 'solvedItself':
        if (this.state.problem?.what === notice.what) this.set({ ...this.state, problem: undefined });
        return;
      case 'crashed':
        this.set({ ...this.state, phase: 'crashed', work: undefined, crash: { report: notice.report, recording: notice.recording } });
        return;
      case 'answer':
        return;
    }
  }

  private hearLog(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    const last = this.rows.at(-1)?.id ?? -1;
    this.rows = [...this.rows, ...entries.filter((entry) => entry.id > last)].slice(-LOG_ROWS);
    for (const heard of this.logHeard) heard(entries);
  }

  /** Rows that hold now: after an undo some are gone. */
  private readLog(): void {
    this.ask({ about: 'log', since: 0, limit: LOG_ROWS }).then((rows) => {
      this.rows = rows.filter(isLearners);
      for (const heard of this.logHeard) heard([]);
    }, () => undefined);
  }

  private acted(): void {
    this.isTouched = true;
    this.acts++;
  }

  private changed(): void {
    for (const heard of this.changeHeard) heard();
  }

  private set(state: SessionState): void {
    this.state = state;
    for (const listener of this.heard) listener();
  }
}

/** Sent from a terminal and on request: neither a step of the start nor what redis-cli asks for itself. */
function isLearners(entry: LogEntry): boolean {
  return entry.tty !== '' && !entry.automatic;
}

type TerminalMessage = Parameters<LabClient['send']>[0];

/** One terminal's bytes in both directions. */
export class TerminalChannel implements TtyPort {
  readonly tty: string;
  readonly host: string;
  readonly runs: string | undefined;
  private readonly lab: string;
  private readonly send: (message: TerminalMessage) => void;
  private size: { columns: number; rows: number } | undefined;
  private isOpen = false;
  /** Its shell has ended: only a key opens another. */
  private hasEnded = false;
  private pieces: Bytes[] = [];
  private kept = 0;
  private readonly outputHeard = new Set<(bytes: Bytes) => void>();
  private readonly redrawHeard = new Set<() => void>();

  constructor(send: (message: TerminalMessage) => void, lab: string, tty: string, host: string, runs: string | undefined) {
    this.send = send;
    this.lab = lab;
    this.tty = tty;
    this.host = host;
    this.runs = runs;
  }

  /** The lab was opened (again): what was printed belongs to the world before. */
  begin(): void {
    const wasOpen = this.isOpen;
    this.isOpen = false;
    this.forget();
    if (wasOpen) this.ensureOpen();
  }

  ensureOpen(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.hasEnded = false;
    const size = this.size ?? UNSEEN;
    this.send({ type: 'openTerminal', lab: this.lab, tty: this.tty, host: this.host, columns: size.columns, rows: size.rows, ...(this.runs === undefined ? {} : { run: this.runs }) });
  }

  input(bytes: Bytes): void {
    this.ensureOpen();
    this.send({ type: 'input', lab: this.lab, tty: this.tty, bytes });
  }

  resize(columns: number, rows: number): void {
    if (this.isOpen && this.size?.columns === columns && this.size.rows === rows) return;
    this.size = { columns, rows };
    if (this.isOpen) this.send({ type: 'resize', lab: this.lab, tty: this.tty, columns, rows });
    else if (!this.hasEnded) this.ensureOpen();
  }

  history(): Bytes {
    return this.pieces.join('');
  }

  onOutput(heard: (bytes: Bytes) => void): () => void {
    this.outputHeard.add(heard);
    return () => this.outputHeard.delete(heard);
  }

  onRedraw(heard: () => void): () => void {
    this.redrawHeard.add(heard);
    return () => this.redrawHeard.delete(heard);
  }

  print(bytes: Bytes): void {
    this.pieces.push(bytes);
    this.kept += bytes.length;
    while (this.kept > SCROLLBACK_BYTES && this.pieces.length > 1) this.kept -= (this.pieces.shift() ?? '').length;
    for (const heard of this.outputHeard) heard(bytes);
  }

  /** The shell has ended; the next key opens a new one. */
  ended(): void {
    this.isOpen = false;
    this.hasEnded = true;
    this.print('\r\n[The session has ended. Press any key for a new one.]\r\n');
  }

  /** What was printed belongs to a world that is gone. */
  forget(): void {
    this.hasEnded = false;
    this.pieces = [];
    this.kept = 0;
    for (const heard of this.redrawHeard) heard();
  }
}

/** The part of a session's state that `pick` takes; the component is drawn again when that part changes. */
export function useSession<T>(session: LabSession, pick: (state: SessionState) => T): T {
  return useSyncExternalStore(session.subscribe, () => pick(session.state));
}
