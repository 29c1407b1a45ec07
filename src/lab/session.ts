/*
 * A session: a simulation and everything that came from outside
 * -------------------------------------------------------------
 * The part of a lab that can be made again. Whatever enters (keys, new terminals, start steps, files an
 * editor wrote) goes through `take`, which stamps it with the virtual moment and keeps it. The list of
 * inputs is the recording: `follow` takes the inputs of another session at the same moments and so
 * becomes the same session.
 *
 * A session knows nothing of pages, frames or real time.
 */
import type { Bytes, Micros, Server } from '../engine/index.ts';
import { createSimulation, ENGINE_VERSION, RECORDING_FORMAT } from '../simulation/index.ts';
import type { Finding, Program, RecordedEvent, RecordedInput, Recording, Scenario, Simulation, Step, Terminal } from '../simulation/index.ts';
import { restartServer, runSteps } from './start-steps.ts';

/** An input before it has its moment. */
export type NewInput = RecordedInput extends infer Each ? (Each extends RecordedInput ? Omit<Each, 'atUs' | 'executed'> : never) : never;

export interface SessionListener {
  output(tty: string, bytes: Bytes): void;
  closed(tty: string, code: number): void;
  /** The program in front of a terminal, or its prompt, has changed. */
  frontChanged(tty: string): void;
  recorded(event: RecordedEvent): void;
  finding(finding: Finding): void;
}

const DEAF: SessionListener = { output() {}, closed() {}, frontChanged() {}, recorded() {}, finding() {} };

/** What a machine needs to boot before anybody sits down at it. */
const BOOT_US = 20_000;
/** Line ends that the shell is given when a terminal is opened with a command. */
const ENTER = '\r';

export class Session {
  readonly scenario: Scenario;
  readonly simulation: Simulation;
  readonly terminals = new Map<string, Terminal>();
  readonly inputs: RecordedInput[] = [];
  private readonly programs: readonly Program[];
  private listener: SessionListener = DEAF;

  /** `scenario` with its wall clock filled in. */
  constructor(scenario: Scenario, programs: readonly Program[], listener: SessionListener = DEAF) {
    this.scenario = scenario;
    this.programs = programs;
    this.listener = listener;
    this.simulation = createSimulation({ scenario, programs });
    this.simulation.onRecorded = (event) => this.listener.recorded(event);
    this.simulation.onFinding = (finding) => this.listener.finding(finding);
    this.simulation.advance(BOOT_US);
  }

  /** Somebody else hears from now on; used when a rebuilt session takes the place of the visible one. */
  listenWith(listener: SessionListener): void {
    this.listener = listener;
  }

  get nowUs(): Micros {
    return this.simulation.nowUs;
  }

  // --- inputs -----------------------------------------------------------------------------------

  /** Takes an input now. Returns its number, from 1. */
  take(input: NewInput): number {
    this.inputs.push({ ...input, atUs: this.simulation.nowUs, executed: this.simulation.executed } as RecordedInput);
    this.carryOut(input, this.inputs.length);
    return this.inputs.length;
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
        this.terminals.get(input.tty)?.resize(input.columns, input.rows);
        return;
      case 'prepare':
        runSteps(this.simulation, this.mainHost, input.steps);
        return;
      case 'restart':
        restartServer(this.simulation, this.mainHost, input.port);
        return;
      case 'writeFile': {
        const host = this.simulation.host(input.host);
        host?.disk.write(input.path, input.content, this.simulation.nowUs);
        return;
      }
    }
  }

  private openTerminal(input: NewInput & { kind: 'open' }, number: number): void {
    const { tty } = input;
    const terminal = this.simulation.openTerminal({
      id: tty,
      host: input.host,
      columns: input.columns,
      rows: input.rows,
      output: (bytes) => this.listener.output(tty, bytes),
      closed: (code) => {
        if (this.terminals.get(tty) === terminal) this.terminals.delete(tty);
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
   * Goes on as a session with these inputs did, until `executed` events and virtual time `atUs`. Inputs
   * that it has taken already must be the first of `inputs`. With `exact`, inputs come between the very
   * events they came between; without (another engine version, an input left out) at their times.
   */
  follow(inputs: readonly RecordedInput[], until: { atUs: Micros; executed: number }, exact: boolean): void {
    const { simulation } = this;
    for (let i = this.inputs.length; i < inputs.length; i++) {
      const input = inputs[i];
      if (input === undefined || input.executed > until.executed && exact) break;
      // What came right after the moment asked for is not part of it.
      if (exact && input.executed === until.executed && input.atUs > until.atUs) break;
      this.goTo(input, exact);
      if (exact && simulation.nowUs < input.atUs) throw new Error('the replay has left its recording');
      this.take(withoutMoment(input));
    }
    this.goTo(until, exact);
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

  /** A session that has gone the same way up to a moment of this one (now, unless told). Nobody hears it. */
  fork(until: { atUs: Micros; executed: number } = { atUs: this.nowUs, executed: this.simulation.executed }): Session {
    const twin = new Session(this.scenario, this.programs);
    const before = this.inputs.filter((input) => input.executed < until.executed || (input.executed === until.executed && input.atUs <= until.atUs));
    twin.follow(before, until, true);
    return twin;
  }

  /** A session made from a recording. */
  static replay(recording: Recording, programs: readonly Program[], listener: SessionListener = DEAF): Session {
    const session = new Session(recording.scenario, programs, listener);
    const exact = recording.engineVersion === ENGINE_VERSION;
    session.follow(recording.inputs, { atUs: recording.untilUs, executed: exact ? recording.executed : 0 }, exact);
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

export type { Step };
