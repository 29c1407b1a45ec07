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
import { createSimulation, ENGINE_VERSION, EVENTS_BETWEEN_LOOKS, RECORDING_FORMAT } from '../simulation/index.ts';
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

/** Where a way ends: at a time, after so many events, or, with both, at a time between two events. Neither: with its last input. */
export interface WayEnd {
  readonly atUs?: Micros;
  readonly executed?: number;
}

/** How a session is made by running inputs again. */
export interface Way {
  readonly scenario: Scenario;
  readonly inputs: readonly RecordedInput[];
  /** The inputs come between the very events they came between; else (another engine version, an input left out) at their times. */
  readonly exact: boolean;
  readonly end: WayEnd;
}

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
    return Session.along(wayOf({ ...this.recording(), executed }, true), this.programs, listener);
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
   * Goes this way, on a session that has taken no inputs yet. A few events are done between two yields, so that the one
   * who waits can be told how far it is. Throws when an exact way is left, which happens when the programs have changed
   * since; by time it can still be followed.
   */
  *follow({ inputs, exact, end }: Way): Generator<undefined, void> {
    for (const input of inputs) {
      yield* this.goTo(input, exact);
      if (exact && (this.simulation.nowUs !== input.atUs || this.simulation.executed !== input.executed)) {
        throw new Error(`the replay has left its recording at input ${this.inputs.length + 1}`);
      }
      this.take(withoutMoment(input));
    }
    yield* this.goTo(end, exact);
  }

  private *goTo({ atUs, executed }: WayEnd, exact: boolean): Generator<undefined, void> {
    if (atUs === undefined && executed === undefined) return;
    const { simulation } = this;
    const byTime = !exact || executed === undefined;
    const until = Math.max(atUs ?? 0, simulation.nowUs);
    for (let count = 1; byTime ? (simulation.nextAt() ?? Infinity) <= until : simulation.executed < executed; count++) {
      if (!simulation.step()) break;
      if (count % EVENTS_BETWEEN_LOOKS === 0) yield;
    }
    if (byTime) simulation.idleTo(until);
    else if (atUs !== undefined) simulation.idleTo(Math.min(simulation.nextAt() ?? atUs, atUs));
  }

  /** The session at the end of this way. */
  static along(way: Way, programs: readonly Program[], listener: SessionListener = DEAF): Session {
    const session = new Session(way.scenario, programs, listener);
    const steps = session.follow(way);
    while (steps.next().done !== true);
    return session;
  }

  /** A session as this one was after its first `count` inputs. Nobody hears it. */
  forkAfter(count: number): Session {
    return Session.along({ scenario: this.scenario, inputs: this.inputs.slice(0, count), exact: true, end: {} }, this.programs);
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

/** The way of a whole recording. */
export function wayOf({ scenario, inputs, untilUs: atUs, executed }: Recording, exact: boolean): Way {
  return { scenario, inputs, exact, end: { atUs, executed } };
}

/**
 * The way of a recording up to a moment within it, exactly as it was there. Inputs that came later are left out, and so
 * is what was typed at that very time: time stands when one goes back to it, and there what was typed began.
 */
export function wayUpTo({ scenario, inputs }: Recording, to: Moment): Way {
  const came = (input: RecordedInput): boolean => ('atUs' in to ? input.atUs < to.atUs || (input.atUs === to.atUs && input.kind !== 'type' && input.kind !== 'fault') : input.executed <= to.executed);
  // A fault and what came with it share one count of events: the moment before it ends with the input before it.
  const end = 'atUs' in to || to.fault === undefined ? -1 : inputs.findLastIndex((input) => input.kind === 'fault' && input.executed === to.executed && input.text === to.fault);
  return { scenario, inputs: (end === -1 ? inputs : inputs.slice(0, end)).filter(came), exact: true, end: 'atUs' in to ? { atUs: to.atUs } : { executed: to.executed } };
}
