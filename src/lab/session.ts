/*
 * A session: a simulation and everything that came from outside
 * -------------------------------------------------------------
 * The part of a lab that can be made again. Whatever enters (keys, new terminals, start steps, files an
 * editor wrote) goes through `take`, which stamps it with the virtual moment and keeps it. The list of
 * inputs is the recording: a session that takes the same inputs at the same moments is the same session.
 *
 * A session knows nothing of pages, frames or real time.
 */
import type { Bytes, Micros, Server } from '../engine/index.ts';
import { createSimulation, ENGINE_VERSION, RECORDING_FORMAT } from '../simulation/index.ts';
import type { FaultOutcome, Finding, Program, RecordedEvent, RecordedInput, Recording, Scenario, Simulation, Terminal } from '../simulation/index.ts';
import type { Moment } from './protocol.ts';
import { restartServer, runSteps } from './start-steps.ts';

/** An input before it has its moment. */
export type NewInput = RecordedInput extends infer Each ? (Each extends RecordedInput ? Omit<Each, 'atUs' | 'executed'> : never) : never;

export interface SessionListener {
  /** A terminal is about to be opened. */
  opening(input: NewInput & { kind: 'open' }): void;
  resizing(tty: string, columns: number, rows: number): void;
  output(tty: string, bytes: Bytes): void;
  closed(tty: string, code: number): void;
  /** The program in front of a terminal, or its prompt, has changed. */
  frontChanged(tty: string): void;
  recorded(event: RecordedEvent, simulation: Simulation): void;
  /** The start steps are done. */
  prepared(): void;
  finding(finding: Finding): void;
}

const DEAF: SessionListener = { opening() {}, resizing() {}, output() {}, closed() {}, frontChanged() {}, recorded() {}, prepared() {}, finding() {} };

/** What a machine needs to boot before anybody sits down at it. */
const BOOT_US = 20_000;
const ENTER = '\r';

export class Session {
  readonly scenario: Scenario;
  readonly simulation: Simulation;
  readonly terminals = new Map<string, Terminal>();
  readonly inputs: RecordedInput[] = [];
  /** Why the last `writeFile` failed, if it did. */
  fileProblem: string | undefined;
  /** What the last fault has done, or why it could not be. */
  faultOutcome: FaultOutcome | undefined;
  /** An event, or the taking of an input, was given up in its middle: this session is good for nothing but its inputs. */
  torn = false;
  private wholeExecuted: number | undefined;
  private readonly programs: readonly Program[];
  private readonly listener: SessionListener;

  /** `scenario` with its wall clock filled in. */
  constructor(scenario: Scenario, programs: readonly Program[], listener: SessionListener = DEAF) {
    this.scenario = scenario;
    this.programs = programs;
    this.listener = listener;
    this.simulation = createSimulation({ scenario, programs });
    this.simulation.onRecorded = (event) => this.listener.recorded(event, this.simulation);
    this.simulation.onFinding = (finding) => this.listener.finding(finding);
    this.simulation.advance(BOOT_US);
  }

  get nowUs(): Micros {
    return this.simulation.nowUs;
  }

  // --- inputs -----------------------------------------------------------------------------------

  /** Takes an input now. Returns its number, from 1. */
  take(input: NewInput): number {
    this.inputs.push({ ...input, atUs: this.simulation.nowUs, executed: this.simulation.executed } as RecordedInput);
    try {
      this.carryOut(input, this.inputs.length);
    } catch (fault) {
      this.torn = true;
      this.inputs.pop();
      throw fault;
    }
    return this.inputs.length;
  }

  /** Delivers one event. */
  step(): boolean {
    const { executed } = this.simulation;
    try {
      return this.simulation.step();
    } catch (fault) {
      this.torn = true;
      this.wholeExecuted = executed;
      throw fault;
    }
  }

  /** This session as it was before what tore it. */
  mended(listener: SessionListener): Session {
    const executed = this.wholeExecuted ?? this.simulation.executed;
    return Session.replay({ ...this.recording(), executed }, true, this.programs, listener);
  }

  private carryOut(input: NewInput, number: number): void {
    switch (input.kind) {
      case 'open':
        this.openTerminal(input, number);
        return;
      case 'close':
        this.terminals.get(input.tty)?.close();
        this.terminals.delete(input.tty);
        return;
      case 'type':
        this.terminals.get(input.tty)?.type(input.bytes, number);
        return;
      case 'resize':
        this.listener.resizing(input.tty, input.columns, input.rows);
        this.terminals.get(input.tty)?.resize(input.columns, input.rows);
        return;
      case 'prepare':
        runSteps(this.simulation, this.mainHost, input.steps);
        this.listener.prepared();
        return;
      case 'restart':
        restartServer(this.simulation, this.mainHost, input.port);
        return;
      case 'writeFile': {
        const disk = this.simulation.host(input.host)?.disk;
        this.fileProblem = disk?.write(input.path, input.content, this.simulation.nowUs)?.message;
        return;
      }
      case 'fault':
        this.faultOutcome = this.simulation.fault(input.text);
        return;
    }
  }

  private openTerminal(input: NewInput & { kind: 'open' }, number: number): void {
    const { tty } = input;
    this.listener.opening(input);
    const terminal = this.simulation.openTerminal({
      id: tty,
      host: input.host,
      columns: input.columns,
      rows: input.rows,
      output: (bytes) => this.listener.output(tty, bytes),
      closed: (code) => {
        if (this.terminals.get(tty) !== terminal) return; // closed from outside, and perhaps opened again
        this.terminals.delete(tty);
        this.listener.closed(tty, code);
      },
      frontChanged: () => this.listener.frontChanged(tty),
    });
    if (terminal === undefined) return;
    this.terminals.set(tty, terminal);
    if (input.run !== undefined) terminal.type(input.run + ENTER, number);
  }

  /** The host that steps and questions mean when they name none. */
  get mainHost(): string {
    return this.scenario.hosts[0]?.name ?? '';
  }

  // --- replaying --------------------------------------------------------------------------------

  /**
   * Takes these inputs at their moments. With `exact` they come between the very events they came between;
   * without (another engine version, an input left out) at their times.
   */
  private takeAll(inputs: readonly RecordedInput[], exact: boolean): void {
    for (const input of inputs) {
      this.goTo(input, exact);
      if (exact && (this.simulation.nowUs !== input.atUs || this.simulation.executed !== input.executed)) {
        throw new Error(`the replay has left its recording at input ${this.inputs.length + 1}`);
      }
      this.take(withoutMoment(input));
    }
  }

  private goTo(moment: { atUs: Micros; executed: number }, exact: boolean): void {
    const { simulation } = this;
    if (!exact) {
      simulation.advanceTo(Math.max(moment.atUs, simulation.nowUs));
      return;
    }
    while (simulation.executed < moment.executed && simulation.step());
    const next = simulation.nextAt();
    simulation.idleTo(next === undefined ? moment.atUs : Math.min(next, moment.atUs));
  }

  /** A session as this one was after its first `count` inputs. Nobody hears it. */
  forkAfter(count: number): Session {
    const twin = new Session(this.scenario, this.programs);
    twin.takeAll(this.inputs.slice(0, count), true);
    return twin;
  }

  /** The same world with other inputs, at the times they carry, until `untilUs`. */
  static rerun(scenario: Scenario, inputs: readonly RecordedInput[], untilUs: Micros, programs: readonly Program[], listener: SessionListener): Session {
    const session = new Session(scenario, programs, listener);
    session.takeAll(inputs, false);
    session.simulation.advanceTo(Math.max(untilUs, session.nowUs));
    return session;
  }

  /**
   * A session made from a recording. Throws when an exact replay leaves the recording, which happens when
   * the programs have changed since; by time it can still be followed.
   */
  static replay(recording: Recording, exact: boolean, programs: readonly Program[], listener: SessionListener = DEAF): Session {
    const session = new Session(recording.scenario, programs, listener);
    session.takeAll(recording.inputs, exact);
    session.goTo({ atUs: recording.untilUs, executed: recording.executed }, exact);
    return session;
  }

  /**
   * The run of a recording up to a moment within it, exactly as it was there. Inputs that came later are left out, and so
   * is what was typed at that very time: time stands when one goes back to it, and there what was typed began.
   */
  static upTo(recording: Recording, to: Moment, programs: readonly Program[], listener: SessionListener): Session {
    const session = new Session(recording.scenario, programs, listener);
    const came = (input: RecordedInput): boolean => ('atUs' in to ? input.atUs < to.atUs || (input.atUs === to.atUs && input.kind !== 'type' && input.kind !== 'fault') : input.executed <= to.executed);
    // A fault and what came with it share one count of events: the moment before it ends with the input before it.
    const end = 'atUs' in to || to.fault === undefined ? -1 : recording.inputs.findLastIndex((input) => input.kind === 'fault' && input.executed === to.executed && input.text === to.fault);
    session.takeAll((end === -1 ? recording.inputs : recording.inputs.slice(0, end)).filter(came), true);
    if ('atUs' in to) session.simulation.advanceTo(Math.max(to.atUs, session.nowUs));
    else while (session.simulation.executed < to.executed && session.simulation.step());
    return session;
  }

  recording(): Recording {
    return {
      format: RECORDING_FORMAT,
      engineVersion: ENGINE_VERSION,
      scenario: this.scenario,
      inputs: [...this.inputs],
      untilUs: this.nowUs,
      executed: this.simulation.executed,
    };
  }

  // --- looking ----------------------------------------------------------------------------------

  /** The server at this port, for looking at it and, in a fork, for asking it. */
  serverAt(host: string, port: number): Server | undefined {
    return this.simulation.world.server(host, port)?.server;
  }
}

function withoutMoment(input: RecordedInput): NewInput {
  const { atUs: _atUs, executed: _executed, ...rest } = input;
  return rest;
}

/** Number of inputs that belong to the start: everything up to the last `prepare`. */
export function baselineOf(inputs: readonly RecordedInput[]): number {
  return inputs.findLastIndex((input) => input.kind === 'prepare') + 1;
}
