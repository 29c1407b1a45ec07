/*
 * A lab
 * -----
 * One running scenario behind the message protocol: a session, its terminals, its watches, its checks.
 * Requests change it at the present virtual moment; `advanceTo` lets time pass; `flush` tells the page
 * what has become of it, once a frame: output in one piece per terminal, each watch whose view changed,
 * the checks if something they depend on changed, new rows of the log, the clock.
 *
 * Observation goes one way. Watches, checks and the log read what servers announce and look through the
 * inspector; nothing of it enters the session, so a replay without observers is the same run.
 *
 * Undo, reset, going back and opening a recording make a new session by running inputs again and put it in the place
 * of the old one; terminals are redrawn from what was printed on the way. That may take long, and so may time that
 * passes at once: such work is done a little at a time (work.ts).
 */
import { MissingPart, type Bytes, type Micros, type ServerEventType } from '../engine/index.ts';
import type { Check, CheckResult } from '../lessons/index.ts';
import { ENGINE_VERSION, EVENTS_BETWEEN_LOOKS, HOME, LONGEST_FAULT, newStory, recordingProblem, resolvePath, scenarioProblem, stepUntil } from '../simulation/index.ts';
import type { Finding, RecordedEvent, Recording, Scenario, Simulation, Step, StepGoal, Story } from '../simulation/index.ts';
import { ClockNews, type ClockReading } from './clock-news.ts';
import { REST, type LabContext } from './context.ts';
import { Heard } from './heard.ts';
import { Performer } from './performer.ts';
import type { Moment, Notice, Request } from './protocol.ts';
import { answer } from './questions.ts';
import { Remaking } from './remaking.ts';
import { baselineOf, Session, wayOf, type NewInput, type SessionListener } from './session.ts';
import { Stepper } from './stepper.ts';
import { Watches } from './watches.ts';
import { Work, type Steps } from './work.ts';

/** Output of one frame beyond which the simulation waits for the page. */
export const FRAME_OUTPUT_BYTES = 131_072;
const LOG_ROWS_PER_FRAME = 200;
/** How long `settle` lets virtual time pass for work that was asked for. */
const SETTLE_US: Micros = 60_000_000;
const SETTLE_EVENTS = 5_000_000;
/** What may change the outcome of checks although no learner's command was executed. */
const CHANGES_BY_THEMSELVES: ReadonlySet<ServerEventType> = new Set(['keyExpired', 'serverReady', 'serverStopped', 'databaseFlushed']);

const NEVER = (): boolean => false;
const ALWAYS = (): boolean => true;

type OpenRequest = Extract<Request, { type: 'open' }>;

export class Lab {
  readonly id: string;
  /** Virtual microseconds per real one; 0 pauses. The pacer reads it. */
  speed = 1;
  /** Time goes as a story; the pacer reads it. */
  story: Story | undefined;
  /** Rises when the session is replaced (undo, reset): its inputs are others then. */
  generation = 0;
  private readonly context: LabContext;
  private readonly post: (notice: Notice) => void;
  private session: Session;
  private baseline = 0;
  private heard = new Heard();
  private readonly stepper: Stepper;
  private readonly performer: Performer;
  /** The moment to which a step of a solution lets time pass, while it does. */
  private passingTo: Micros | undefined;
  private work: Work | undefined;
  /** The session is on its way to the end of the recording that was opened: nothing is told of it yet. */
  isOpening = false;
  /** The last request has been taken: what is left to do for it is done without hearing it again. */
  accepted = true;
  private readonly watches = new Watches();
  private checks: readonly Check[] = [];
  private answers: Readonly<Record<string, number>> = {};
  private checksStale = false;
  private shownChecks = '';
  private shownLogId = 0;
  private readonly clock = new ClockNews();
  private readonly remaking: Remaking;

  constructor(request: OpenRequest, context: LabContext, post: (notice: Notice) => void) {
    this.id = request.lab;
    this.context = context;
    this.post = post;
    this.stepper = new Stepper(
      () => this.session,
      (tty, bytes) => this.typeInto(tty, bytes),
      ({ what, remedy }) => this.tellProblem(`${what}.`, remedy),
    );
    this.performer = new Performer(this.stepper, {
      nothingFollows: () => this.nothingFollows(),
      restart: (port) => void this.take({ kind: 'restart', port }),
      pass: (us) => this.passTo(this.nowUs + us),
      open: (tty) => {
        if (!this.heard.screens.has(tty)) this.openTerminal({ tty, host: this.session.mainHost, columns: 80, rows: 24 });
      },
    });
    this.remaking = new Remaking({
      session: () => this.session,
      heard: () => this.heard,
      baseline: () => this.baseline,
      newHeard: () => this.newHeard(),
      begun: (scenario, heard) => this.begun(scenario, heard),
      work: (work) => void (this.work = work),
      replace: (session, heard, then) => this.replace(session, heard, then),
      take: (input) => void this.take(input),
      tellBranches: (branches) => this.post({ type: 'branches', lab: this.id, branches }),
      tellProblem: (what, remedy) => this.tellProblem(what, remedy),
    });
    const scenario: Scenario = { ...request.scenario, epochMs: request.scenario.epochMs ?? request.nowMs };
    const problem = request.recording && recordingProblem(request.recording);
    if (problem !== undefined) this.tellProblem(problem.what, problem.remedy);
    if (request.recording === undefined || problem !== undefined) {
      this.session = this.begun(scenario, this.heard);
      this.stands();
      return;
    }
    const { recording } = request;
    this.isOpening = true;
    this.session = this.begun(recording.scenario, this.heard);
    let isNew = true;
    const begin = (): Steps => {
      const steps = this.opening(recording, scenario, isNew);
      isNew = false;
      return steps;
    };
    this.work = new Work('remaking', () => ({ fromUs: 0, atUs: this.nowUs, toUs: recording.untilUs }), begin);
  }

  /** A session at its begin, which is heard there. */
  private begun(scenario: Scenario, heard: Heard): Session {
    return new Session(scenario, this.context.programs, this.listener(heard));
  }

  /** Follows the recording, first exactly; when the programs have changed since, by time. When neither can be done, a new run of `otherwise` begins. `isNew`: the session has not gone any way yet. */
  private *opening(recording: Recording, otherwise: Scenario, isNew: boolean): Steps {
    let fault: unknown;
    let mayFollow = isNew;
    for (const exact of recording.engineVersion === ENGINE_VERSION ? [true, false] : [false]) {
      try {
        if (!mayFollow) this.beginAnew(recording.scenario);
        mayFollow = false;
        yield* this.session.follow(wayOf(recording, exact));
        return () => this.opened();
      } catch (problem) {
        if (problem instanceof MissingPart) throw problem;
        fault = problem;
      }
    }
    this.beginAnew(otherwise);
    return () => {
      this.tellProblem('This recording could not be replayed here, so you start afresh.', `Report it if you can: ${messageOf(fault)}`);
      this.opened();
    };
  }

  private beginAnew(scenario: Scenario): void {
    this.heard = this.newHeard();
    this.session = this.begun(scenario, this.heard);
  }

  private opened(): void {
    this.isOpening = false;
    this.stands();
  }

  private stands(): void {
    this.baseline = baselineOf(this.session.inputs);
    this.announce();
  }

  // --- what the session tells ---------------------------------------------------------------------

  private listener(heard: Heard): SessionListener {
    const { screens } = heard;
    return {
      opening: (input) => screens.add(input),
      resizing: (tty, columns, rows) => screens.resize(tty, columns, rows),
      output: (tty, bytes) => screens.print(tty, bytes),
      closed: (tty, code) => this.terminalClosed(heard, tty, code),
      frontChanged: (tty) => {
        screens.frontChanged(tty);
        this.checksStale = true;
      },
      recorded: (event, simulation) => this.recorded(heard, event, simulation),
      prepared: () => this.prepared(heard),
      finding: (finding) => this.tellFinding(finding),
    };
  }

  private newHeard(): Heard {
    const heard = new Heard();
    heard.keeper.want(this.checks.length > 0);
    return heard;
  }

  /** Whether the page hears of it: not while it belongs to a session that is still being made. */
  private isTold(heard: Heard): boolean {
    return heard === this.heard && !this.isOpening;
  }

  private terminalClosed(heard: Heard, tty: string, code: number): void {
    const isTold = this.isTold(heard);
    if (isTold) heard.screens.flushOne(this.id, tty, undefined, this.post);
    heard.screens.remove(tty);
    if (isTold) this.post({ type: 'terminalClosed', lab: this.id, tty, code });
  }

  /** `simulation` is the one that announces: during a replay it is not yet that of `session`. */
  private recorded(heard: Heard, event: RecordedEvent, simulation: Simulation): void {
    const entry = heard.history.take(event, simulation);
    if (entry !== undefined) {
      heard.keeper.keep(entry, simulation);
      this.checksStale = true;
    }
    if (CHANGES_BY_THEMSELVES.has(event.event.type)) this.checksStale = true;
    this.watches.wake(event.event.type);
    if (this.isTold(heard)) this.story?.hear(event);
  }

  private tellFinding(finding: Finding): void {
    if (finding.kind === 'crash') {
      this.tellProblem(
        `The program ${finding.argv[0] ?? ''} has crashed: ${finding.message}.`,
        'This is a fault of the simulation, not of what you typed. Everything else goes on; you can start the program again.',
      );
    } else {
      this.tellProblem(`The simulation reached a limit: ${finding.what}.`, 'Press Ctrl-C in the terminal where the work was started, or reset.');
    }
  }

  private tellProblem(what: string, remedy: string): void {
    this.post({ type: 'problem', lab: this.id, what, remedy });
  }

  // --- requests -----------------------------------------------------------------------------------

  /** Work that takes long goes on until `stop` says so; it is done in one piece when nobody does. */
  handle(request: Request, stop: () => boolean = NEVER): void {
    this.accepted = false;
    const { work } = this;
    switch (request.type) {
      case 'open':
      case 'close':
        return; // the hub's business
      case 'openTerminal':
        this.openTerminal(request);
        break;
      case 'closeTerminal':
        this.take({ kind: 'close', tty: request.tty });
        this.heard.screens.remove(request.tty);
        break;
      case 'input':
        if (request.bytes !== '') {
          this.stepper.noteTyped(request.tty, request.bytes);
          this.typeInto(request.tty, request.bytes);
        }
        break;
      case 'resize':
        this.resize(request.tty, clampSize(request.columns), clampSize(request.rows));
        break;
      case 'runStep':
        this.stepper.add(request.tty, request.step);
        break;
      case 'perform':
        this.performer.begin(request.tty, request.steps);
        break;
      case 'prepare':
        this.prepare(request.steps);
        break;
      case 'watch':
        this.watch(request.watch, request.visualizer, request.params);
        break;
      case 'unwatch':
        this.watches.remove(request.watch);
        break;
      case 'checks':
        this.checks = request.checks;
        this.answers = request.answers;
        this.heard.keeper.want(request.checks.length > 0);
        this.checksStale = true;
        this.shownChecks = '';
        break;
      case 'ask':
        this.ask(request.ask, request.question);
        break;
      case 'reset':
        this.remaking.reset();
        break;
      case 'undo':
        this.remaking.undo();
        break;
      case 'pace':
        this.speed = Number.isFinite(request.speed) ? Math.min(1000, Math.max(0, request.speed)) : 1;
        this.story = request.story === true && this.speed > 0 ? newStory(this.session.simulation) : undefined;
        break;
      case 'fault':
        this.fault(request.text);
        break;
      case 'step':
        this.stand();
        this.stepUntil(request.until);
        break;
      case 'seek':
        this.seek(request.to);
        break;
      case 'branch':
        this.stand();
        this.remaking.goToBranch(request.branch);
        break;
      case 'nameBranch':
        this.remaking.nameBranch(request.branch, request.name);
        break;
      case 'advance':
        this.pass(this.nowUs + Math.max(0, Math.round(request.us)));
        break;
    }
    this.accepted = true;
    // Looking does not go on with what was begun before.
    if (this.work !== work) this.workOn(stop);
    this.pumpSteps();
  }

  private take(input: NewInput): number {
    return this.session.take(input);
  }

  private typeInto(tty: string, bytes: Bytes): void {
    if (!this.session.terminals.has(tty)) return;
    this.take({ kind: 'type', tty, bytes });
  }

  private openTerminal(request: { tty: string; host: string; columns: number; rows: number; run?: string }): void {
    const columns = clampSize(request.columns);
    const rows = clampSize(request.rows);
    if (this.heard.screens.has(request.tty) && this.session.terminals.has(request.tty)) {
      // The page shows a terminal that is there already: it came with the recording.
      this.resize(request.tty, columns, rows);
      this.heard.screens.redraw(request.tty);
      return;
    }
    if (this.session.simulation.host(request.host) === undefined) {
      const hosts = this.session.scenario.hosts.map((host) => host.name).join(', ');
      this.tellProblem(`There is no host "${request.host}" for a terminal.`, `This scenario has: ${hosts}.`);
      return;
    }
    this.take({ kind: 'open', tty: request.tty, host: request.host, columns, rows, ...(request.run === undefined ? {} : { run: request.run }) });
    if (this.session.terminals.has(request.tty)) return;
    this.heard.screens.remove(request.tty);
    if (this.session.simulation.host(request.host)?.state === 'off') {
      // It stands in the terminal itself: nobody may have asked for one, and there a key asks again.
      this.post({ type: 'output', lab: this.id, tty: request.tty, bytes: `${request.host} has no power. To boot it: restart ${request.host}` });
      this.post({ type: 'terminalClosed', lab: this.id, tty: request.tty, code: 1 });
      return;
    }
    this.tellProblem(`The host "${request.host}" has no shell, so no terminal can be opened on it.`, 'Report it: a program of the simulation is missing.');
  }

  private resize(tty: string, columns: number, rows: number): void {
    if (!this.heard.screens.hasSize(tty, columns, rows)) this.take({ kind: 'resize', tty, columns, rows });
  }

  private prepare(steps: readonly Step[]): void {
    this.take({ kind: 'prepare', steps });
    this.baseline = this.session.inputs.length;
    this.clock.forget();
  }

  /** The learner begins: live and in every replay. */
  private prepared(heard: Heard): void {
    heard.history.begin();
    heard.keeper.forget();
    this.checksStale = true;
    this.watches.wakeAll();
  }

  private watch(name: string, visualizer: string, params: unknown): void {
    const found = this.context.visualizers.find((each) => each.id === visualizer);
    if (found === undefined) {
      this.tellProblem(`There is no picture named "${visualizer}".`, 'Reload the page to get the newest version.');
      return;
    }
    this.watches.add(name, found, params);
  }

  private ask(ask: number, question: Extract<Request, { type: 'ask' }>['question']): void {
    // The first prompt's commands are declared without what only the reference tells of them.
    if (question.about === 'commandDocs' && this.context.parts?.has(REST) === false) throw new MissingPart(REST);
    const reply = answer(question, {
      session: this.session,
      history: this.heard.history,
      transcript: (tty) => this.heard.screens.text(tty),
      writeFile: (host, path, content) => {
        this.take({ kind: 'writeFile', host, path: resolvePath(HOME, path), content });
        this.checksStale = true;
        return this.session.fileProblem;
      },
    });
    if ('problem' in reply) this.post({ type: 'answer', lab: this.id, ask, value: undefined, problem: reply.problem });
    else this.post({ type: 'answer', lab: this.id, ask, value: reply.value });
  }

  // --- what goes wrong, and moving about in time --------------------------------------------------

  private fault(text: string): void {
    // A recording that holds such a line could not be read again.
    if (text.trim() === '' || text.length > LONGEST_FAULT) {
      this.post({ type: 'fault', lab: this.id, text, said: '', problem: text.trim() === '' ? 'Say what is to go wrong.' : `A line has at most ${LONGEST_FAULT} characters.` });
      return;
    }
    this.take({ kind: 'fault', text });
    const outcome = this.session.faultOutcome ?? { said: '' };
    this.story?.turn(text);
    this.post({ type: 'fault', lab: this.id, text, said: 'said' in outcome ? outcome.said : '', ...('problem' in outcome ? { problem: outcome.problem } : {}) });
    this.watches.wakeAll();
  }

  /** Goes on to what is asked for, a minute of virtual time at most. */
  private stepUntil(goal: StepGoal): void {
    const fromUs = this.nowUs;
    const toUs = fromUs + SETTLE_US;
    this.work = new Work('waiting', () => ({ fromUs, atUs: this.nowUs, toUs }), () => this.steppingUntil(goal, toUs));
  }

  private *steppingUntil(goal: StepGoal, untilUs: Micros): Steps {
    const found = yield* stepUntil(this.session.simulation, goal, untilUs, () => this.session.step());
    return () => {
      if (!found) this.tellProblem(typeof goal === 'object' ? `Nothing with "${goal.text}" happened within a minute.` : 'Nothing of the kind happened within a minute.', 'Step again, or let time pass.');
    };
  }

  private seek(to: Moment): void {
    const isForward = 'atUs' in to ? to.atUs >= this.nowUs : to.executed >= this.session.simulation.executed && to.fault === undefined;
    this.stand();
    if (isForward) {
      if ('atUs' in to) this.pass(Math.round(to.atUs));
      else while (this.session.simulation.executed < to.executed && this.session.step());
      return;
    }
    this.remaking.back(to);
  }

  private stand(): void {
    this.speed = 0;
    this.story = undefined;
  }

  private replace(session: Session, heard: Heard, then: () => void): void {
    const before = this.heard.screens.names();
    this.session = session;
    this.heard = heard;
    this.baseline = Math.min(this.baseline, session.inputs.length);
    if (this.story !== undefined) this.story = newStory(session.simulation);
    then();
    this.stepper.forget();
    this.performer.forget();
    for (const tty of before) {
      if (heard.screens.has(tty)) heard.screens.redraw(tty);
      else this.post({ type: 'terminalClosed', lab: this.id, tty, code: 0 });
    }
    this.announce();
  }

  /**
   * A part that was missing is there. When its absence tore the session, that is made again from its inputs up to
   * the event that was given up; then what was under way goes on. Nobody can tell such a run from another.
   */
  goOn(): void {
    if (this.session.torn && !this.isOpening) {
      const heard = this.newHeard();
      this.session = this.session.mended(this.listener(heard));
      this.heard = heard;
      this.generation++;
      for (const tty of heard.screens.names()) {
        heard.screens.redraw(tty);
        heard.screens.frontChanged(tty);
      }
    }
    this.work?.again();
    this.lookAfresh();
    if (this.passingTo !== undefined) this.passTo(this.passingTo);
    this.pumpSteps();
  }

  private announce(): void {
    this.generation++;
    this.shownLogId = Math.max(0, this.heard.history.lastLogId - LOG_ROWS_PER_FRAME);
    this.clock.forget();
    this.checksStale = true;
    this.shownChecks = '';
    this.watches.wakeAll();
    for (const tty of this.heard.screens.names()) {
      this.heard.screens.frontChanged(tty);
      const typed = this.session.inputs.findLast((input) => input.kind === 'type' && input.tty === tty);
      if (typed?.kind === 'type') this.stepper.noteTyped(tty, typed.bytes);
    }
    this.post({ type: 'opened', lab: this.id, atUs: this.nowUs });
  }

  // --- time ---------------------------------------------------------------------------------------

  get nowUs(): Micros {
    return this.session.nowUs;
  }

  nextAt(): Micros | undefined {
    const next = this.session.simulation.nextAt();
    const deadline = this.stepper.deadline();
    return next === undefined ? deadline : deadline === undefined ? next : Math.min(next, deadline);
  }

  /** More has been printed than the page should get in one frame. */
  get isFlooded(): boolean {
    return !this.isOpening && this.heard.screens.freshBytes > FRAME_OUTPUT_BYTES;
  }

  /**
   * Lets virtual time pass to `at`. Stops early when `stop` says so, which is asked every few events;
   * true when it got there.
   */
  advanceTo(at: Micros, stop: () => boolean = () => false): boolean {
    for (let count = 1; ; count++) {
      const { simulation } = this.session;
      const next = simulation.nextAt();
      if (next === undefined || next > at) break;
      this.session.step();
      this.pumpSteps();
      if (count % EVENTS_BETWEEN_LOOKS === 0 && stop()) return false;
    }
    this.session.simulation.idleTo(at);
    this.pumpSteps();
    // What a step typed at this very moment belongs to it.
    const next = this.session.simulation.nextAt();
    return next !== undefined && next <= at ? this.advanceTo(at, stop) : true;
  }

  /** Goes on as a story by so much of the reader's time; true when that is done. */
  advanceStory(elapsedMs: number, stop: () => boolean): boolean {
    const { story } = this;
    if (story === undefined) return true;
    let count = 0;
    return story.advance(this.session.simulation, elapsedMs, () => {
      this.session.step();
      this.pumpSteps();
    }, () => ++count % EVENTS_BETWEEN_LOOKS === 0 && stop());
  }

  /** Lets time pass as fast as it can, which may be long work. */
  private pass(toUs: Micros): void {
    const fromUs = this.nowUs;
    this.work = new Work('passing', () => ({ fromUs, atUs: this.nowUs, toUs }), () => this.passing(toUs));
  }

  private *passing(toUs: Micros): Steps {
    while (!this.advanceTo(toUs, ALWAYS)) yield;
    return () => {};
  }

  /** Something that takes long is under way. */
  get isAtWork(): boolean {
    return this.work !== undefined;
  }

  /** The world stands as it is until what takes long is done. */
  get isRemaking(): boolean {
    return this.work?.what === 'remaking';
  }

  /** Goes on with what takes long until `stop` says so; true when nothing is left of it. */
  workOn(stop: () => boolean = NEVER): boolean {
    const { work } = this;
    if (work === undefined) return true;
    const rest = work.goOn(stop);
    if (rest === undefined) return false;
    this.work = undefined;
    rest();
    this.lookAfresh();
    this.pumpSteps();
    return true;
  }

  /** Ends what takes long where it is: time has passed so far, or the run stays the one that it was. A recording that is opened is opened to its end. */
  endWork(): void {
    if (this.isOpening) return;
    this.work?.end();
    this.work = undefined;
    this.lookAfresh();
  }

  /** Lets time pass at once. */
  private passTo(at: Micros): void {
    this.passingTo = at;
    this.advanceTo(at);
    this.passingTo = undefined;
  }

  private pumpSteps(): void {
    // What is typed now would be lost with the session.
    if (this.isRemaking) return;
    this.stepper.pump();
    this.performer.pump();
  }

  /** The program in front waits for a line, and everything typed was taken. */
  private isQuiet(tty: string): boolean {
    const terminal = this.session.terminals.get(tty);
    return terminal === undefined || (terminal.drained && terminal.front()?.prompt !== undefined);
  }

  /**
   * Runs until what was asked for is done: no step waits, and every terminal shows a prompt or nothing
   * more follows from the inputs. At most a virtual minute. True when it is done.
   */
  settle(limitUs: Micros = SETTLE_US): boolean {
    const until = this.nowUs + limitUs;
    for (let count = 0; count < SETTLE_EVENTS; count++) {
      this.pumpSteps();
      if (this.isSettled()) return true;
      const next = this.nextAt();
      if (next === undefined || next > until) return false;
      const due = this.session.simulation.nextAt();
      if (due !== undefined && due <= next) this.session.step();
      else this.session.simulation.idleTo(next);
    }
    return false;
  }

  private isSettled(): boolean {
    if (this.stepper.waits || this.performer.isBusy) return false;
    const next = this.session.simulation.nextAt();
    if (next !== undefined && next <= this.nowUs) return false;
    return [...this.session.terminals.keys()].every((tty) => this.isQuiet(tty)) || this.nothingFollows();
  }

  /** Nothing waits to happen because of what was typed lately: whatever runs in front waits for somebody. */
  private nothingFollows(): boolean {
    const { simulation, inputs } = this.session;
    for (let number = inputs.length; number > Math.max(0, inputs.length - 20); number--) {
      if (simulation.leadsOn(number)) return false;
    }
    return true;
  }

  // --- telling the page -----------------------------------------------------------------------------

  /** Whether a flush would tell anything. */
  get hasNews(): boolean {
    if (this.isOpening) return this.isClockDue;
    if (this.heard.screens.hasNews || this.heard.history.lastLogId > this.shownLogId || this.checksDue || this.watches.hasNews) return true;
    return this.isClockDue;
  }

  /** While time stands every event counts, because a learner steps through them. */
  private get isClockDue(): boolean {
    return this.clock.isDue(this.reading, this.speed === 0 || this.story !== undefined);
  }

  private get reading(): ClockReading {
    return { atUs: this.nowUs, inputs: this.inputsMade, speed: this.speed, executed: this.session.simulation.executed, work: this.work?.view };
  }

  private get inputsMade(): number {
    return Math.max(0, this.session.inputs.length - this.baseline);
  }

  /** Checks are judged between steps, not in the middle of a block that is being run. */
  private get checksDue(): boolean {
    return this.checksStale && this.checks.length > 0 && !this.stepper.waits && !this.performer.isBusy;
  }

  /** Looks again at everything at the next flush. */
  lookAfresh(): void {
    this.watches.wakeAll();
    this.checksStale = true;
  }

  /** Tells everything that has changed since the last time. Throws MissingPart when a look has to wait; the session is untouched by that. */
  flush(): void {
    this.flushClock();
    if (this.isOpening) return;
    this.heard.screens.flush(this.id, this.session.terminals, this.post);
    this.flushLog();
    this.watches.flush(this.id, this.session.simulation.world, this.nowUs, this.post);
    if (this.checksDue) this.flushChecks();
  }

  private flushClock(): void {
    if (!this.isClockDue) return;
    const now = this.reading;
    this.post({ type: 'clock', lab: this.id, ...now, ...this.clock.told(now, this.session.inputs, this.baseline), ...(this.story === undefined ? {} : { story: this.story.view }) });
  }

  private flushLog(): void {
    if (this.heard.history.lastLogId <= this.shownLogId) return;
    const entries = this.heard.history.logSince(this.shownLogId, LOG_ROWS_PER_FRAME);
    this.shownLogId = this.heard.history.lastLogId;
    this.post({ type: 'log', lab: this.id, entries });
  }

  private flushChecks(): void {
    this.checksStale = false;
    const results = this.evaluate();
    const shown = JSON.stringify(results);
    if (shown === this.shownChecks) return;
    this.shownChecks = shown;
    this.post({ type: 'checked', lab: this.id, results, solved: results.length > 0 && results.every((result) => result.passed) });
  }

  private evaluate(): CheckResult[] {
    return this.context.evaluateChecks(this.checks, this.heard.keeper.probe(this.session, this.heard.history, this.baseline, this.answers));
  }

  /** How far the session is: a crash goes back to the last such point. */
  get progress(): { inputs: number; atUs: Micros; executed: number } {
    return { inputs: this.session.inputs.length, atUs: this.nowUs, executed: this.session.simulation.executed };
  }

  recording(): Recording {
    return this.session.recording();
  }

  /** Proof of the run, for tests. */
  get runHash(): string {
    return this.session.simulation.runHash;
  }

  /** Whether a scenario can be opened: a sentence when it cannot. */
  static problemOf(scenario: Scenario): string | undefined {
    return scenarioProblem(scenario);
  }
}

function clampSize(size: number): number {
  return Number.isFinite(size) ? Math.min(1000, Math.max(2, Math.round(size))) : 80;
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
